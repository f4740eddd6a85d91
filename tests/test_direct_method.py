"""Both compiled loops beside the direct method as it stands on paper, event by event from the same random numbers."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kexue_widgets.gillespie import Paths, ReactionNetwork, kernels, simulate

calm = settings(deadline=None, max_examples=40)
LARGEST = 2**53 - 1
GENE = ReactionNetwork.from_text("∅ -> m @ 20 \n m -> m + n @ 2.5 \n m -> ∅ @ 1 \n n -> ∅ @ 1")
MIXED = ReactionNetwork.from_text(
    "∅ -> A @ 1.5 \n 2 A -> B @ 0.4 \n A + B -> C @ 0.3 \n 3 A -> C @ 0.1 \n B -> 2 A @ 0.6 \n C -> ∅ @ 0.5"
)
DECAY = ReactionNetwork.from_text("A -> ∅ @ 1")


@pytest.fixture(params=["written out", "by tables"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A test that asks for this runs twice, with each of the two compiled loops."""
    if request.param == "by tables":
        monkeypatch.setattr(kernels, "WRITTEN_OUT", 0)
    return request.param


def generators(seed: int, n: int) -> list[np.random.Generator]:
    """The random streams of a seed, at most 256 of them."""
    return [np.random.Generator(np.random.SFC64(each)) for each in np.random.SeedSequence(seed).spawn(min(n, 256))]


def on_paper(
    network: ReactionNetwork, x0: Sequence[int], rng: np.random.Generator
) -> Iterator[tuple[float, list[int]]]:
    """Gillespie 1977: wait for Exp(a_0), then choose reaction r with probability a_r / a_0; in Python's exact integers."""
    time, counts = 0.0, [int(count) for count in x0]
    while True:
        yield time, list(counts)
        propensities = [
            float(rate) * math.prod(math.comb(n, int(s)) for n, s in zip(counts, row, strict=True))
            for rate, row in zip(network.rates, network.reactants, strict=True)
        ]
        waiting = rng.standard_exponential()
        if sum(propensities) == 0:
            return
        time += waiting / sum(propensities)
        yield time, []  # whoever looks up to an earlier time stops here, before the choice is drawn
        where = rng.random() * sum(propensities)
        chosen = next(r for r, partial in enumerate(itertools.accumulate(propensities)) if where < partial)
        counts = [n + int(change) for n, change in zip(counts, network.stoichiometry[chosen], strict=True)]


def events_on_paper(
    network: ReactionNetwork,
    x0: Sequence[int],
    rng: np.random.Generator,
    events: float = math.inf,
    stop: float = math.inf,
) -> tuple[list[float], list[list[int]]]:
    times, states = [], []
    for time, counts in on_paper(network, x0, rng):
        if time > stop or (not counts and len(times) > events):
            break
        if counts:
            times.append(time)
            states.append(counts)
    return times, states


def assert_path(path: Paths, expected: tuple[list[float], list[list[int]]]) -> None:
    np.testing.assert_allclose(path.times, expected[0], rtol=1e-9)
    assert path.counts.tolist() == expected[1]


@pytest.mark.parametrize(
    ("network", "x0"), [(GENE, [1, 1]), (MIXED, [4, 1, 0]), (DECAY, [5])], ids=["gene", "mixed", "decay"]
)
def test_each_event_is_that_of_the_method_on_paper(network: ReactionNetwork, x0: list[int], loop: str) -> None:
    for seed in range(3):
        [rng] = generators(seed, 1)
        assert_path(simulate(network, x0, events=60, seed=seed), events_on_paper(network, x0, rng, events=60))
        [rng] = generators(seed, 1)
        expected = events_on_paper(network, x0, rng, stop=1.5)
        assert_path(simulate(network, x0, t_end=1.5, seed=seed), expected)


@st.composite
def cases(draw: st.DrawFn) -> tuple[ReactionNetwork, list[int]]:
    """1 to 4 species, 1 to 9 reactions of at most 3 molecules, catalysts and rates of 0 among them."""
    species = draw(st.integers(1, 4))
    side = st.lists(st.integers(0, species - 1), max_size=3).map(lambda each: np.bincount(each, minlength=species))
    rate = st.just(0.0) | st.floats(0.1, 5)
    reactions = draw(st.lists(st.tuples(side, side, rate), min_size=1, max_size=9))
    left, right, rates = zip(*reactions, strict=True)
    network = ReactionNetwork(tuple("ABCD"[:species]), np.array(left), np.array(right), np.array(rates))
    return network, draw(st.lists(st.integers(0, 9), min_size=species, max_size=species))


@calm
@given(cases(), st.integers(0, 2**32))
def test_any_network_goes_by_tables_as_on_paper(case: tuple[ReactionNetwork, list[int]], seed: int) -> None:
    network, x0 = case
    [rng] = generators(seed, 1)
    with mock.patch.object(kernels, "WRITTEN_OUT", 0):
        assert_path(simulate(network, x0, events=30, seed=seed), events_on_paper(network, x0, rng, events=30))


def test_trajectories_share_the_random_streams_in_equal_parts() -> None:
    # 600 over 256 streams: three each for the first 88, two each for the others, one after another
    n, times = 600, [0.2, 0.7]
    samples = simulate(DECAY, [3], times=times, n=n, seed=5)
    paths = [
        events_on_paper(DECAY, [3], rng, stop=times[-1])
        for stream, rng in enumerate(generators(5, n))
        for _ in range(3 if stream < 88 else 2)
    ]
    assert len(paths) == n
    expected = [[states[np.searchsorted(at, time, side="right") - 1] for time in times] for at, states in paths]
    assert samples.counts.tolist() == expected
    assert samples.events.tolist() == [len(at) - 1 for at, _ in paths]
    recorded = simulate(DECAY, [3], t_end=0.7, n=n, seed=5)
    assert recorded.counts.tolist() == list(itertools.chain.from_iterable(states for _, states in paths))
    assert recorded.first.tolist() == [0, *itertools.accumulate(len(at) for at, _ in paths)]
    assert recorded.ends.tolist() == [0.7] * n


def test_small_networks_are_written_out_and_large_ones_go_by_tables() -> None:
    # 32 reactions take about a second to compile: two of them would take two.
    def births(reactions: int) -> ReactionNetwork:
        return ReactionNetwork(("A",), [[0]] * reactions, [[1]] * reactions, np.ones(reactions))

    with mock.patch.object(kernels, "_compiled", lambda text: text):
        assert "def fire(" in kernels.kernel(births(32))
        assert kernels.kernel(births(33)) is kernels.fire_by_tables


@pytest.mark.parametrize(
    ("reactions", "expected"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (8, 8), (9, 16), (100, 128)]
)
def test_the_tree_has_a_power_of_two_leaves(reactions: int, expected: int) -> None:
    assert kernels.leaves(reactions) == expected


def test_tables_list_reactants_changes_and_who_depends_on_whom() -> None:
    # By hand for MIXED: 0 makes A, on which 1, 2 and 3 depend; 1 changes A and B, so 1, 2, 3 and 4; and so on.
    tables = [each.tolist() for each in kernels.tables_of(MIXED)]
    starts, species, orders = tables[:3]
    assert (starts, species, orders) == ([0, 0, 1, 3, 4, 5, 6], [0, 0, 1, 0, 1, 2], [2, 1, 1, 3, 1, 1])
    starts, species, amounts = tables[3:6]
    assert (starts, species, amounts) == (
        [0, 1, 3, 6, 8, 10, 11],
        [0, 0, 1, 0, 1, 2, 0, 2, 0, 1, 2],
        [1, -2, 1, -1, -1, 1, -3, 1, 2, -1, -1],
    )
    starts, dependents = tables[6:]
    lists = [dependents[low:high] for low, high in itertools.pairwise(starts)]
    assert lists == [[1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 2, 3, 5], [1, 2, 3, 4], [5]]


@pytest.mark.parametrize("lengths", [{"times": [1]}, {"t_end": 1}])
def test_a_network_is_prepared_once_whatever_the_number_of_trajectories(lengths: dict[str, Any]) -> None:
    with mock.patch.object(kernels, "tables_of", wraps=kernels.tables_of) as tables_of:
        simulate(MIXED, [9, 2, 1], n=300, **lengths)
    assert tables_of.call_count == 1  # 256 streams once made their own, 0.9 s each with 1,000 reactions


def test_rates_are_divided_by_the_orders_factorials() -> None:
    network = ReactionNetwork.from_text("3 A + 2 B -> ∅ @ 6 \n A -> B @ 5 \n 2 A -> B @ 4")
    assert kernels.scaled_rates(network).tolist() == [6 / 12, 5, 2]


@pytest.mark.parametrize(
    ("counts", "gains", "limit", "expected"),
    [
        ([5, 5], [0, -1], 9, 9),  # nothing grows
        ([LARGEST - 7, 5], [2, 0], 9, 3),
        ([LARGEST - 7, LARGEST - 2], [2, 1], 9, 2),
        ([LARGEST - 7, 5], [1, 1], 5, 5),
        ([LARGEST, 0], [1, 0], 9, 0),
    ],
)
def test_room_is_what_the_largest_count_leaves(counts: list[int], gains: list[int], limit: int, expected: int) -> None:
    # (2^53 - 1 - n) // gain, by Python's exact integers, the least over all species that grow
    assert kernels.room_for(np.array(counts, float), np.array(gains, float), limit) == expected


@pytest.mark.parametrize("network", [GENE, MIXED], ids=["gene", "mixed"])
def test_a_path_goes_on_as_if_it_had_not_been_interrupted(
    network: ReactionNetwork, loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Batches of 7 events, which end in the midst, on a boundary, and one before and after it
    x0 = [3] * len(network.species)
    for events in (6, 7, 8, 14, 30):
        whole = simulate(network, x0, events=events, seed=2)
        with monkeypatch.context() as patch:
            patch.setattr(kernels, "BATCH", 7)
            parts = simulate(network, x0, events=events, seed=2)
            timed = simulate(network, x0, t_end=whole.times[-1], seed=2)
        for other in (parts, timed):
            assert other.times.tolist() == whole.times.tolist()
            assert other.counts.tolist() == whole.counts.tolist()
        assert whole.ends.tolist() == [whole.times[-1]]


def test_progress_is_reported_in_words() -> None:
    kernels.check(0)
    with pytest.raises(OverflowError, match="a count would exceed 9007199254740991"):
        kernels.check(1)
    with pytest.raises(OverflowError, match="time no longer advances"):
        kernels.check(2)


def test_one_trajectory_of_seed_0_is_simulated_unless_told_otherwise() -> None:
    [rng] = generators(0, 1)
    path = simulate(GENE, [1, 1], events=20)
    assert len(path) == 1
    assert_path(path, events_on_paper(GENE, [1, 1], rng, events=20))


def test_trajectories_run_in_as_many_threads_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Asked(joblib.Parallel):
        def __init__(self, **options: Any) -> None:
            asked.append((options["n_jobs"], options["prefer"]))
            super().__init__(**options)

    monkeypatch.setattr(joblib, "Parallel", Asked)
    simulate(DECAY, [3], events=1, n=2, n_jobs=2)
    simulate(DECAY, [3], events=1, n=2)
    assert asked == [(2, "threads"), (-1, "threads")]


def test_the_progress_bar_waits_five_seconds_and_goes_when_all_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("tqdm.auto.tqdm", lambda running, **options: asked.append(options) or running)
    simulate(DECAY, [3], events=1, n=2)
    assert asked == [{"total": 2, "delay": 5, "leave": False}]


@pytest.mark.parametrize("length", [{"times": [1.0]}, {"t_end": 1.0}, {"events": 5}], ids=str)
def test_an_infinite_propensity_is_not_called_a_count(loop: str, length: dict[str, Any]) -> None:
    # 100 * 1e308 is infinite; a network that test_gillespie.py has compiled already
    network = ReactionNetwork.from_text("A -> B @ 1e308 \n B -> A @ 0")
    with pytest.raises(OverflowError, match="time no longer advances"):
        simulate(network, {"A": 100}, **length)


def test_a_path_near_the_largest_count_has_as_many_events_as_asked_for(loop: str) -> None:
    # 3 below it there is room for 3 events, then for 6, and so on; all are deaths, 10^15 times as frequent as births.
    network = ReactionNetwork.from_text("∅ -> A @ 1 \n A -> ∅ @ 1")
    path = simulate(network, [LARGEST - 3], events=10)
    assert path.counts[:, 0].tolist() == [LARGEST - 3 - k for k in range(11)]
