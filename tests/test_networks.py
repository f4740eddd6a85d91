"""Networks and counts as readers type them, and simulations that would never end."""

import _thread

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import multinomial

from kexue_widgets.gillespie import Paths, ReactionNetwork, simulate, simulation

GROWTH = ReactionNetwork.from_text("A -> 2 A @ 1")
PAIR = ReactionNetwork.from_text("A <-> B @ 1, 3")


@pytest.mark.parametrize("arrow", ["->", "-->", "→", "⟶", "=>", "⇒"])
def test_arrows_are_read_as_people_type_them(arrow):
    assert str(ReactionNetwork.from_text(f"2·A + B {arrow} Ø @ 1")) == "2 A + B -> ∅ @ 1"


@pytest.mark.parametrize("arrow", ["<->", "<-->", "<=>", "⇌", "⇄", "⇋", "↔", "⟷"])
def test_a_reaction_both_ways_has_two_rates(arrow):
    assert str(ReactionNetwork.from_text(f"A + B{arrow}C @ .5, 2")) == "A + B -> C @ 0.5\nC -> A + B @ 2"
    with pytest.raises(ValueError, match=f"a reaction with {arrow} has 2 rates after @, got"):
        ReactionNetwork.from_text(f"A {arrow} B @ 1")


@pytest.mark.parametrize("word", ["null", "None", "NULL", "nil", "nothing", "EmptySet", "φ", "Φ", "ϕ"])
def test_nothing_is_no_species(word):
    for text in (f"{word} -> A @ 1", f"A -> {word} @ 1", f"A + 2 {word} -> B @ 1"):
        with pytest.raises(ValueError, match=f"nothing at all is written 0 or ∅, got '{word}' in "):
            ReactionNetwork.from_text(text)
    assert ReactionNetwork.from_text("empty + nullified -> φ1 @ 1").species == ("empty", "nullified", "φ1")


def test_full_width_signs_are_signs_and_names_stay():
    text = "２ Ａ ＋ 甲 －＞ ∅ ＠ ０．５ ＃ 注释\nＡ ⇌ 甲 ＠ １，２"
    assert str(ReactionNetwork.from_text(text)) == "2 Ａ + 甲 -> ∅ @ 0.5\nＡ -> 甲 @ 1\n甲 -> Ａ @ 2"


def test_subscripts_and_greek_letters_are_names():
    network = ReactionNetwork.from_text("α + β₁ → X_1' @ 1".replace("'", ""))
    assert network.species == ("α", "β₁", "X_1")
    assert network.counts({"β₁": 3}).tolist() == [0, 3, 0]
    paths = simulate(network, {"α": 2, "β₁": 3}, t_end=100.0)
    assert paths.counts[-1].tolist() == [0, 1, 2]


def test_rates_may_have_names():
    text = "A -> B @ k_on # binding\nB -> A @ k_off\nB -> @ 0.1"
    assert ReactionNetwork.from_text(text, rates={"k_on": 2, "k_off": 0.5}).rates.tolist() == [2, 0.5, 0.1]
    for rates, words in [
        (None, "must be a number, got 'k_on' in .*; `rates` gives numbers to names"),
        ({"k_on": 1}, "must be a number or one of k_on, got 'k_off'"),
        ({"k_on": 1, "k_off": 1, "k": 1}, "rates must be of names in the text, k is in none"),
        ({"k_on": "1", "k_off": 1}, "rates must be numbers, k_on is '1'"),
        ({"k_on": 10**400, "k_off": 1}, "rates must be numbers, k_on is 1000"),
        ({"k_on": 1, "k_off": 1, 1: 1}, "rates must be numbers by their names"),
        ({"k_on": -1, "k_off": 1}, "rates must be finite and not negative, got -1"),
    ]:
        with pytest.raises(ValueError, match=words):
            ReactionNetwork.from_text(text, rates=rates)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A <- B @ 1", "a reaction reads 'A \\+ B -> C @ rate', got 'A <- B @ 1'"),
        ("A ← B @ 1", "a reaction reads"),
        ("A -> B @ 1, 2", "a reaction with -> has 1 rate after @, got"),
        ("A <-> B @ 1,000", "a rate is written without commas and without zeros in front, as 1000 is"),
        ("A -> time @ 1", "species must not be called 'time'"),
        ("trajectory -> @ 1", "species must not be called 'trajectory'"),
        (
            "µ -> μ @ 1",
            "species must be names that are told apart by more than their looks",
        ),  # micro sign and Greek letter
        ("A₁ -> A1 @ 1", "species must be names that are told apart by more than their looks"),
        (None, "text must be reactions such as"),
    ],
)
def test_what_is_ambiguous_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        ReactionNetwork.from_text(text)


LABELLED = [
    {"B": 1, "A": 2},
    pd.Series({"B": 1, "A": 2}),
    pd.Series([1, 2], index=pd.Index(["B", "A"], name="species")),
    xr.DataArray([1, 2], {"species": ["B", "A"]}),
    xr.DataArray([1, 2], {"species": ["B", "A"], "time": 3.0}, dims=["species"]),
]


@pytest.mark.parametrize("x", LABELLED)
def test_a_start_with_labels_is_read_by_them(x):
    assert PAIR.counts(x).tolist() == [2, 1]
    assert PAIR.propensities(x).tolist() == [2, 3]
    assert simulate(PAIR, x, events=0).counts.tolist() == [[2, 1]]


@pytest.mark.parametrize("x", [[2, 1], (2, 1), np.array([2, 1]), pd.Series([2, 1]), xr.DataArray([2, 1])])
def test_a_start_without_labels_is_read_in_order(x):
    assert PAIR.counts(x).tolist() == [2, 1]


def test_results_go_back_in_by_their_labels():
    samples = simulate(PAIR, {"A": 5}, times=[1.0, 2.0], n=3)
    last = samples.to_xarray().isel(trajectory=0, time=-1)
    assert PAIR.counts(last[::-1]).tolist() == samples.counts[0, -1].tolist()
    table = samples.to_pandas()[["B", "A"]]
    assert PAIR.counts(table.iloc[-1]).tolist() == samples.counts[-1, -1].tolist()
    np.testing.assert_array_equal(PAIR.propensities(table), PAIR.propensities(samples.counts.reshape(-1, 2)))
    np.testing.assert_array_equal(
        PAIR.propensities(samples.to_xarray().transpose("species", ...)), PAIR.propensities(samples.counts)
    )


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (pd.Series({"B": 1, "C": 2}), "unknown species 'C'"),
        (xr.DataArray([1, 2], {"s": ["B", "C"]}), "unknown species 'C'"),
        (xr.DataArray([1], {"s": ["B"]}), "counts must have all species, A is missing"),
        (xr.Dataset({"A": 1, "B": 2}), "counts must be one array, got an xarray Dataset"),
        (pd.Series([1, 2], index=["A", "A"]), "counts must have each species once, got 'A' twice"),
        (pd.Series([1, 2], index=[5, 6]), "unknown species 5"),
        ({"A": 1.5}, "counts must be whole numbers from 0"),
        ({"A": None}, "counts must be whole numbers"),
        ([1, [2]], "counts must be an array, got"),
        ([1, 2, 3], r"counts must have shape \(2,\), got \(3,\)"),
        ("AB", r"counts must have shape \(2,\), got \(\)"),
        ([True, False], "counts must be whole numbers"),
        ([1, float("nan")], "counts must be whole numbers from 0"),
        ([1, 2**60], "counts must be whole numbers from 0"),
        (np.array([1, np.inf], np.float16), "counts must be whole numbers from 0 to 9007199254740991, got inf"),
        (np.array([1, 2**53], np.float32), "counts must be whole numbers from 0 to 9007199254740991"),
        (np.ma.array([1, 2], mask=[True, False]), "counts must be an array without masked numbers"),
    ],
)
def test_counts_that_are_none_are_refused(x, words):
    for take in (PAIR.counts, lambda x: simulate(PAIR, x, events=1)):
        with pytest.raises(ValueError, match=words):
            take(x)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([[1, 2, 3]], r"counts must have shape \(1, 2\), got \(1, 3\)"),
        ([-1, 2], "counts must be whole numbers from 0"),
        ([0.5, 2], "counts must be whole numbers from 0"),
        (5, r"counts must have shape \(2,\)"),
        (pd.DataFrame({"A": [1]}), "counts must have all species, B is missing"),
    ],
)
def test_propensities_are_of_counts(x, words):
    with pytest.raises(ValueError, match=words):
        PAIR.propensities(x)


@pytest.mark.parametrize(
    "rates",
    [
        *({"A": 1}, pd.Series([1, 2], index=["b", "a"]), "fast", None, [1, "x"], [1], [[1, 2]], [1, float("inf")]),
        *(["1", "2"], [True, True], np.array([1, 2], "m8[s]"), np.ma.array([1, 2], mask=[True, False]), [None, 1]),
    ],
)
def test_rates_have_no_labels_and_are_numbers(rates):
    with pytest.raises(ValueError, match="rates must be"):
        PAIR.with_rates(rates)


def test_sides_of_reactions_with_names_are_read_by_them():
    sides = [pd.DataFrame({"B": [0, 1], "A": [1, 0]}), pd.DataFrame({"A": [0, 1], "B": [1, 0]})]
    network = ReactionNetwork(["A", "B"], *sides, [1.0, 2.0])
    assert str(network) == "A -> B @ 1\nB -> A @ 2"
    with pytest.raises(ValueError, match="B is missing"):
        ReactionNetwork(["A", "B"], sides[0][["A"]], sides[1], [1.0, 2.0])


def test_what_the_reactions_conserve_has_a_stationary_distribution():
    # A <-> B from 12 molecules: binomial, each is A with probability 3 / 4.
    mean, covariance = PAIR.stationary_moments({"A": 12})
    np.testing.assert_allclose(mean, [9, 3])
    np.testing.assert_allclose(covariance, multinomial(12, [0.75, 0.25]).cov())
    ring = ReactionNetwork.from_text("A -> B @ 1\nB -> C @ 2\nC -> A @ 4")
    shares = np.array([4, 2, 1]) / 7
    mean, covariance = ring.stationary_moments({"B": 70})
    np.testing.assert_allclose(mean, 70 * shares)
    np.testing.assert_allclose(covariance, multinomial(70, shares).cov(), atol=1e-9)
    with pytest.raises(ValueError, match="x0 is needed: the reactions conserve something"):
        PAIR.stationary_moments()
    with pytest.raises(ValueError, match="the means do not settle"):
        GROWTH.stationary_moments()
    mean, covariance = ReactionNetwork.from_text("A -> B @ 0").stationary_moments([1, 2])
    assert mean.tolist() == [1, 2]
    assert not covariance.any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"times": [1e6], "limit": 10**5}, "a trajectory has more than 100000 reactions: it may grow without bound"),
        ({"t_end": 1e6, "limit": 10**5}, "a trajectory has more than 100000 reactions"),
        ({"t_end": 1e6, "n": 200}, "more than 1342177 events would be kept by t = .*: ask for `times`"),
        ({"events": 10**12}, r"1 trajectories with 1000000000000 events are 1\.6e\+13 bytes"),
        ({"times": [1.0], "n": 10**12}, "1000000000000 trajectories at 1 times"),
        ({"t_end": 1.0, "n": 10**13}, "10000000000000 trajectories are"),
    ],
)
def test_growth_without_bound_ends_in_words(monkeypatch, arguments, words):
    if "n" in arguments and "t_end" in arguments and arguments["n"] == 200:
        monkeypatch.setattr(simulation, "STREAMS", 2)
        monkeypatch.setattr(simulation, "ROOM", 2 * 2 * 1342177)
    with pytest.raises(OverflowError, match=words):
        simulate(GROWTH, [1], **arguments)


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 1.5}, {"n_jobs": 0}, {"n_jobs": "all"}, {"n": 0}, {"seed": -1}, {"events": -1}]
)
def test_arguments_of_a_simulation_are_named(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} must be a whole number"):
        simulate(GROWTH, [1], **({"events": 1} | wrong))
    for end in (True, "1", -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="t_end must be a number, finite and not negative"):
            simulate(GROWTH, [1], t_end=end)
    with pytest.raises(ValueError, match="network must be a ReactionNetwork, got str"):
        simulate("A -> B @ 1", [1], events=1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interruption_keeps_what_is_done(monkeypatch, jobs):
    record, calls = simulation.kernels.record, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            _thread.interrupt_main()
        return record(*arguments)

    monkeypatch.setattr(simulation.kernels, "record", interrupted)
    monkeypatch.setattr(simulation, "STREAMS", 1)
    flow = ReactionNetwork.from_text("-> X @ 1000\nX -> @ 1")
    if jobs == 1:  # nothing else runs that could look at the flag
        with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt):
            simulate(flow, [0], t_end=1e4, n_jobs=1)
        return
    with pytest.warns(UserWarning, match="interrupted: what had been simulated by then is kept"):
        paths = simulate(flow, [0], t_end=1e4, n=2, n_jobs=jobs)
    assert isinstance(paths, Paths)
    assert 0 < paths.ends[0] < 1e4
    assert paths.ends[0] == paths.times[-1]
    assert paths.events.sum() >= simulation.kernels.BATCH


@pytest.mark.parametrize(("x0", "times"), [([2**53 - 1], [1e300]), ([5], [1e3])])
def test_amounts_that_explode_are_no_solution(x0, times):
    with pytest.raises(ValueError, match="the differential equation has no solution up to t = "):
        GROWTH.ode(x0, times)


def test_an_equation_that_takes_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr("kexue_widgets.gillespie.network.MOST_SLOPES", 500)
    hares = ReactionNetwork.from_text("A -> 2 A @ 1\nA + B -> 2 B @ 0.01\nB -> @ 1")
    with pytest.raises(ValueError, match=r"no solution up to t = 1e\+09: after 500 steps it is at t = "):
        hares.ode([100, 50], [1e9])


def test_too_many_states_are_refused():
    with pytest.raises(ValueError, match="limits must leave at most 16777216 states, 100001 x 100001 are"):
        PAIR.master_equation([10**5, 10**5])


def test_a_histogram_has_a_bar_to_a_count():
    paths = simulate(GROWTH, [2**50], events=1)
    with pytest.raises(ValueError, match="counts of A reach 1125899906842625, a histogram has at most"):
        paths.time_histogram("A")
    with pytest.raises(TypeError):
        paths[0:1]
