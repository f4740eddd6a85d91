"""The Gillespie chapter: networks and what follows from them, then the simulator against exact results."""

import csv
import errno
import functools
import itertools
import json
import math
import os
import pickle
import re
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import sympy
import torch
from chapters import cells
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, special, stats
from scipy.sparse.linalg import expm_multiply, splu

from kexue_widgets import cache
from kexue_widgets.gillespie import (
    SYSTEMS,
    EventTrap,
    Paths,
    ReactionNetwork,
    Samples,
    Trajectories,
    kernels,
    simulate,
    simulation,
)
from kexue_widgets.gillespie.explorers import (
    GENE_EXPRESSION,
    direct_method,
    propensities,
    protein_distribution,
    stationary,
    stationary_means,
)

calm = settings(deadline=None, max_examples=40)  # the first call loads machine code
network_of = ReactionNetwork.from_text
LARGEST = 2**53 - 1

# The article's example: a gene makes messengers m, these make proteins n, and both are broken down.
GENE = network_of("∅ -> m @ 20 \n m -> m + n @ 2.5 \n m -> ∅ @ 1 \n n -> ∅ @ 1")
# Orders 0 to 3, one species alone and two together, a species that is changed by many
MIXED = network_of(
    """∅ -> A @ 1.5
    2 A -> B @ 0.4
    A + B -> C @ 0.3
    3 A -> C @ 0.1
    B -> 2 A @ 0.6
    C -> ∅ @ 0.5"""
)
DECAY = network_of("A -> ∅ @ 1")
BIRTH = network_of("∅ -> A @ 100")


@pytest.fixture(params=["written out", "by tables"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A test that asks for this runs twice, with each of the two compiled loops."""
    if request.param == "by tables":
        monkeypatch.setattr(kernels, "WRITTEN_OUT", 0)
    return request.param


def by_tables() -> Any:
    """Inside it no network gets a loop of its own, whose compilation takes half a second."""
    return mock.patch.object(kernels, "WRITTEN_OUT", 0)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """TimeoutError if the block computes for longer, however busy the machine is."""

    def late(*_: object) -> None:
        raise TimeoutError(f"still computing after {seconds} s")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


names = st.from_regex(r"[A-Za-zαβ_][A-Za-z0-9αβ_]{0,4}", fullmatch=True)
rates = st.just(0.0) | st.floats(1e-3, 10)


@st.composite
def networks(draw: st.DrawFn, rates: st.SearchStrategy[float] = rates) -> ReactionNetwork:
    """1 to 4 species, 1 to 6 reactions, at most 3 molecules on each side."""
    species = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    molecules = st.lists(st.integers(0, len(species) - 1), max_size=3)
    reactions = draw(st.lists(st.tuples(molecules, molecules, rates), min_size=1, max_size=6))
    sides = [[np.bincount(side, minlength=len(species)) for side in (each[0], each[1])] for each in reactions]
    reactants, products = np.moveaxis(np.array(sides, dtype=int), 1, 0)
    return ReactionNetwork(tuple(species), reactants, products, np.array([each[2] for each in reactions]))


@st.composite
def networks_and_counts(draw: st.DrawFn, largest: int = 20) -> tuple[ReactionNetwork, np.ndarray]:
    network = draw(networks())
    size = len(network.species)
    return network, np.array(draw(st.lists(st.integers(0, largest), min_size=size, max_size=size)))


def same(one: ReactionNetwork, other: ReactionNetwork) -> bool:
    arrays = ("reactants", "products", "rates")
    return one.species == other.species and all(
        np.array_equal(getattr(one, array), getattr(other, array)) for array in arrays
    )


def same_numbers(one: Samples | Paths, other: Samples | Paths) -> bool:
    fields = ("times", "counts", "events") if isinstance(one, Samples) else ("times", "counts", "first", "ends")
    return type(one) is type(other) and all(
        np.array_equal(getattr(one, field), getattr(other, field)) for field in fields
    )


# Writing a network down


def test_text_and_arrays_say_the_same() -> None:
    # The article's four reactions, as its arrays of left and right sides give them
    left, right = [[0, 0], [1, 0], [1, 0], [0, 1]], [[1, 0], [1, 1], [0, 0], [0, 0]]
    assert same(GENE, ReactionNetwork(("m", "n"), left, right, [20, 2.5, 1, 1]))
    assert GENE.stoichiometry.tolist() == [[1, 0], [0, 1], [-1, 0], [0, -1]]


@pytest.mark.parametrize(
    ("text", "left", "right", "rate"),
    [
        ("2 A + B -> 3 C @ 1e-3", [2, 1, 0], [0, 0, 3], 1e-3),
        ("A+A+B->3C@.001", [2, 1, 0], [0, 0, 3], 1e-3),
        ("2*A + B -> C + 2 C @ 1E-3", [2, 1, 0], [0, 0, 3], 1e-3),
        ("A + B -> @ 2 # nothing is left", [1, 1, 0], [0, 0, 0], 2),
        ("0 -> C @ 0", [0, 0, 0], [0, 0, 1], 0),
    ],
)
def test_text_is_read_as_written(text: str, left: list[int], right: list[int], rate: float) -> None:
    # By hand
    network = network_of("# a remark\n\n" + text, species=["A", "B", "C"])
    assert same(network, ReactionNetwork(("A", "B", "C"), [left], [right], [rate]))


def test_species_come_in_order_of_appearance_or_as_asked() -> None:
    text = "b -> a @ 1 \n a + c -> d @ 1"
    assert network_of(text).species == ("b", "a", "c", "d")
    assert network_of(text, ["a", "b", "c", "d", "e"]).species == ("a", "b", "c", "d", "e")


@calm
@given(networks(rates=st.sampled_from([0, 1, 20, 2.5, 1e-5, 0.123456, 3e20])))
def test_a_printed_network_reads_back(network: ReactionNetwork) -> None:
    # Rates of at most six digits
    assert same(network_of(str(network), network.species), network)


@calm
@given(networks(rates=st.floats(0, 1e300)))
def test_a_printed_rate_keeps_all_its_digits(network: ReactionNetwork) -> None:
    assert same(network_of(str(network), network.species), network)


def test_networks_print_as_text_and_as_a_table() -> None:
    network = network_of("2 P -> P2 @ 0.001 \n P2 -> 2 P @ 0.01 \n A + 3 P -> @ 5 \n -> A @ 20")
    assert str(network) == "2 P -> P2 @ 0.001\nP2 -> 2 P @ 0.01\n3 P + A -> ∅ @ 5\n∅ -> A @ 20"
    assert repr(network) == "ReactionNetwork(3 species: P, P2, A; 4 reactions)"
    table = network.to_pandas()
    assert table.index.tolist() == ["2 P -> P2", "P2 -> 2 P", "3 P + A -> ∅", "∅ -> A"]
    assert table["c"].tolist() == [0.001, 0.01, 5, 20]
    # c prod C(n_i, s_i), written out by hand
    products = ["0.001 P (P - 1) / 2", "0.01 P2", "5 P (P - 1) (P - 2) A / 6", "20"]
    assert table["a(n)"].tolist() == products
    assert "<td>0.001 P (P - 1) / 2</td>" in network._repr_html_()


def test_with_rates_changes_the_rates_alone() -> None:
    faster = GENE.with_rates([40, 5, 2, 2])
    assert same(faster, network_of("-> m @ 40 \n m -> m + n @ 5 \n m -> @ 2 \n n -> @ 2"))
    assert GENE.rates.tolist() == [20, 2.5, 1, 1]


def test_a_network_cannot_be_changed_by_accident() -> None:
    rates = np.array([20, 2.5, 1, 1])
    network = GENE.with_rates(rates)
    rates[0] = 7
    assert network.rates[0] == 20
    with pytest.raises(ValueError, match="read-only"):
        network.rates[0] = 7
    with pytest.raises(AttributeError):
        network.rates = rates


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"^text must hold at least one reaction, such as 'm -> m \+ n @ 2.5'$"),
        ("# only a remark", "at least one reaction"),
        ("A -> B", r"'A \+ B -> C @ rate', got 'A -> B'"),
        ("A @ 1", "got 'A @ 1'"),
        ("A ~> B @ 1", "got 'A ~> B @ 1'"),
        ("A -> B @", "rate after @ must be a number, got ''"),
        ("A -> B @ fast", "rate after @ must be a number, got 'fast' in 'A -> B @ fast'"),
        ("A -> B @ 1 @ 2", "rate after @ must be a number"),
        ("A B -> C @ 1", r"'A \+ 2 B', got 'A B' in 'A B -> C @ 1'"),
        ("A + -> C @ 1", r"got 'A \+' in"),
        ("A -> B -> C @ 1", "got 'B -> C' in"),
        ("2 -> C @ 1", "got '2' in"),
        ("1..2 A -> C @ 1", "1..2 A -> C @ 1"),
        (". A -> C @ 1", r"\. A -> C @ 1"),
        ("∅ -> ∅ @ 1", "species must be different names, at least one, got none"),
        ("A -> B @ -1", "rates must be finite and not negative, got -1"),
        ("A -> B @ nan", "rates must be finite and not negative, got nan"),
        ("A -> B @ inf", "rates must be finite and not negative, got inf"),
        ("1.5 A -> B @ 1", "reactants must be whole numbers from 0 to 12, got 1.5"),
        ("-1 A -> B @ 1", "reactants must be whole numbers from 0 to 12, got -1"),
        ("13 A -> B @ 1", "reactants must be whole numbers from 0 to 12, got 13"),
        ("7 A + 6 A -> B @ 1", "reactants must be whole numbers from 0 to 12, got 13"),
        ("A -> 0.5 B @ 1", "products must be whole numbers from 0 to 9007199254740991, got 0.5"),
        ("A -> -2 B @ 1", "products must be whole numbers from 0 to 9007199254740991, got -2"),
    ],
)
def test_text_that_makes_no_sense_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        network_of(text)


def test_a_species_that_was_not_named_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown species 'B' \(species: A, C\)"):
        network_of("A -> B @ 1", species=["A", "C"])
    with pytest.raises(ValueError, match=r"unknown species 'x' \(species: m, n\)"):
        GENE.counts({"x": 1})
    with pytest.raises(ValueError, match="unknown species 'x'"):
        simulate(GENE, {"m": 1, "x": 1}, t_end=1)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"species": ("A",)}, "must have shape"),
        ({"species": ("A", "A")}, "species must be different names, at least one, got A, A"),
        ({"species": ()}, "species must be different names, at least one, got none"),
        ({"species": ("A", "2B")}, "species must be names such as 'm' or 'DNA', got '2B'"),
        ({"species": ("A", 2)}, "species must be names .* got 2"),
        ({"reactants": [[1], [0]]}, r"reactants must have shape \(2, 2\), got \(2, 1\)"),
        ({"products": [[0, 1], [1, math.nan]]}, "products must be whole numbers .* got nan"),
        ({"reactants": [["1", "0"], ["0", "1"]]}, "reactants must be whole numbers"),
        ({"rates": [[1, 2]]}, r"rates must be one number per reaction, got shape \(1, 2\)"),
        ({"rates": []}, "rates must be one number per reaction"),
        ({"rates": [0.5, -1]}, "rates must be finite and not negative, got -1"),
    ],
)
def test_arrays_that_make_no_sense_are_refused_in_words(changed: dict[str, Any], words: str) -> None:
    arguments = {"species": ("A", "B"), "reactants": [[1, 0], [0, 1]], "products": [[0, 1], [1, 0]], "rates": [1, 2]}
    with pytest.raises(ValueError, match=words):
        ReactionNetwork(**{**arguments, **changed})


def test_a_wrong_number_of_rates_is_called_so() -> None:
    with pytest.raises(ValueError, match="rates must be one number for each of 4 reactions, got 3"):
        GENE.with_rates([20, 2.5, 1])


@calm
@given(st.sampled_from(["rates", "reactants", "products"]), st.floats().filter(lambda x: not (x >= 0 and x < math.inf)))
def test_negative_and_infinite_numbers_never_pass(name: str, wrong: float) -> None:
    arguments = {"species": ("A",), "reactants": [[1.0]], "products": [[1.0]], "rates": [1.0]}
    arguments[name] = [wrong] if name == "rates" else [[wrong]]
    with pytest.raises(ValueError, match=f"{name} must be"):
        ReactionNetwork(**arguments)


@calm
@given(st.floats(-1e18, 1e18).filter(lambda x: x < 0 or x != math.floor(x) or x > LARGEST))
def test_counts_that_are_no_counts_never_pass(wrong: float) -> None:
    for x0 in ({"A": wrong}, [wrong]):
        with pytest.raises(ValueError, match="counts must be whole numbers from 0 to 9007199254740991, got"):
            DECAY.counts(x0)


def test_a_state_is_given_by_names_or_in_order() -> None:
    # What a mapping leaves out is 0.
    assert GENE.counts({"n": 3}).tolist() == GENE.counts([0, 3]).tolist() == GENE.counts(np.array([0.0, 3.0])).tolist()
    for x0 in ([1], [1, 2, 3], 5, "mn"):
        with pytest.raises(ValueError, match=r"counts must have shape \(2,\)"):
            GENE.counts(x0)


# Propensities


@calm
@given(networks_and_counts(largest=1000))
def test_propensities_count_the_ways_to_choose(case: tuple[ReactionNetwork, np.ndarray]) -> None:
    # a_r = c_r prod_i C(n_i, s_ri), with Python's exact binomial coefficients
    network, counts = case
    expected = [
        rate * math.prod(math.comb(int(n), int(s)) for n, s in zip(counts, row, strict=True))
        for rate, row in zip(network.rates, network.reactants, strict=True)
    ]
    np.testing.assert_allclose(network.propensities(counts), expected, rtol=1e-13)


def test_propensities_take_many_states_at_once() -> None:
    counts = np.random.default_rng(0).integers(0, 9, (4, 5, 3))
    expected = MIXED.rates * special.comb(counts[..., None, :], MIXED.reactants, exact=False).prod(-1)
    np.testing.assert_allclose(MIXED.propensities(counts), expected, rtol=1e-13)


def test_twelve_molecules_may_react_at_once() -> None:
    # 25 -> 13 -> 1: C(25, 12) = 5,200,300 ways, then C(13, 12) = 13, then none
    network = network_of("12 A -> ∅ @ 1")
    assert network.propensities([25])[0] == pytest.approx(5_200_300)
    assert simulate(network, [25], events=5).counts[:, 0].tolist() == [25, 13, 1]


# The limit of large counts


def test_means_of_gene_expression_follow_the_articles_solution() -> None:
    # m(t) = 20 - 19 e^-t from m(0) = 1; then n' = 2.5 m - n gives n(t) = 50 - 49 e^-t - 47.5 t e^-t from n(0) = 1.
    t = np.linspace(0, 8, 30)
    expected = np.stack([20 - 19 * np.exp(-t), 50 - (49 + 47.5 * t) * np.exp(-t)], axis=1)
    np.testing.assert_allclose(GENE.ode([1, 1], t), expected, rtol=1e-6)


def test_dimerisation_follows_a_hyperbola() -> None:
    # x' = -2 c x^2 / 2 has the solution x0 / (1 + c x0 t); every two molecules make one.
    t = np.array([0.5, 3, 20])
    x = 100 / (1 + 0.01 * 100 * t)
    solved = network_of("2 A -> B @ 0.01").ode({"A": 100}, t)
    np.testing.assert_allclose(solved, np.stack([x, (100 - x) / 2], axis=1), rtol=1e-6)


def test_births_and_fights_grow_logistically() -> None:
    # x' = r x - c x^2 / 2 = r x (1 - x / K) with K = 2 r / c
    r, capacity, t = 0.7, 500, np.linspace(0, 20, 9)
    network = network_of(f"A -> 2 A @ {r} \n 2 A -> A @ {2 * r / capacity}")
    expected = capacity / (1 + (capacity / 10 - 1) * np.exp(-r * t))
    np.testing.assert_allclose(network.ode({"A": 10}, t)[:, 0], expected, rtol=1e-6)


def test_ode_at_time_zero_is_the_start() -> None:
    with within(5):
        assert GENE.ode({"m": 3, "n": 4}, 0).tolist() == [[3, 4]]


def test_ode_that_explodes_says_so() -> None:
    # x' = x^2 / 2 from 1 is 2 / (2 - t): there is nothing beyond t = 2.
    network = network_of("2 A -> 3 A @ 1")
    assert network.ode([1], [1.9])[0, 0] == pytest.approx(20, rel=1e-5)
    with within(5), pytest.raises(ValueError, match=r"no solution up to t = 3: \w"), np.errstate(all="ignore"):
        network.ode([1], [3])


@pytest.mark.parametrize("times", [[1, 1], [2, 1], [-1, 1], [math.nan], [math.inf], [], [[1, 2]], "soon"])
def test_times_must_increase_from_zero(times: Any) -> None:
    words = "times must be numbers, finite, increasing and not negative, got"
    with pytest.raises(ValueError, match=words):
        GENE.ode([1, 1], times)
    with pytest.raises(ValueError, match=words):
        simulate(GENE, [1, 1], times=times)


# The stationary distribution


@functools.cache
def stationary_gene_expression() -> np.ndarray:
    """The stationary distribution of (m, n) on m <= 60, n <= 160: the null vector of the master equation (61, 161)."""
    solve = splu(GENE.master_equation([60, 160]).tocsc()).solve
    p = np.ones(61 * 161)
    for _ in range(4):  # inverse iteration: the next eigenvalue is -1, so each step gains ten digits
        p = solve(p)
        p /= p.sum()
    return p.reshape(61, 161)


def test_stationary_moments_are_those_of_theory() -> None:
    # <m> = 20 with Poisson's variance, <n> = 20 * 2.5 = 50, Cov = 25, Fano factor 1 + 2.5 / (1 + 1) = 2.25
    mean, covariance = GENE.stationary_moments()
    np.testing.assert_allclose(mean, [20, 50])
    np.testing.assert_allclose(covariance, [[20, 25], [25, 112.5]])
    assert covariance[1, 1] / mean[1] == pytest.approx(2.25)


def test_stationary_moments_are_those_of_the_master_equation() -> None:
    p = stationary_gene_expression()
    m, n = np.indices(p.shape)
    mean, covariance = GENE.stationary_moments()
    np.testing.assert_allclose([(p * m).sum(), (p * n).sum()], mean, rtol=1e-6)
    centred = np.stack([m - mean[0], n - mean[1]])
    np.testing.assert_allclose(np.einsum("amn,bmn,mn->ab", centred, centred, p), covariance, rtol=1e-5)


def test_births_in_batches_widen_the_distribution() -> None:
    # Batches of b at rate k, deaths at rate d: mean k b / d, variance mean * (1 + b) / 2 (the suite's case 004-01)
    mean, covariance = network_of("∅ -> 5 X @ 1 \n X -> ∅ @ 0.2").stationary_moments()
    np.testing.assert_allclose([mean[0], covariance[0, 0]], [25, 75])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2 A -> B @ 1 \n B -> ∅ @ 1", "only if no reaction has more than one reactant"),
        ("A + B -> ∅ @ 1", "only if no reaction has more than one reactant"),
        ("∅ -> A @ 1", "the means do not settle"),
        ("A -> 2 A @ 1 \n A -> ∅ @ 0.5", "the means do not settle"),
        ("A -> B @ 1 \n B -> A @ 1", "x0 is needed: the reactions conserve something"),
    ],
)
def test_moments_that_do_not_close_or_settle_are_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        network_of(text).stationary_moments()


# The master equation


def test_columns_of_the_master_equation_lose_what_leaves_the_box() -> None:
    # Probability is conserved, but for jumps beyond the limits: brute force over all states and reactions
    limits = np.array([5, 4, 3])
    matrix = MIXED.master_equation(limits)
    lost = []
    for state in itertools.product(*(range(limit + 1) for limit in limits)):
        leaves = ((np.array(state) + MIXED.stoichiometry) > limits).any(1)
        lost.append(MIXED.propensities(state)[leaves].sum())
    assert matrix.shape == (120, 120)
    np.testing.assert_allclose(matrix.sum(0), -np.array(lost), atol=1e-12)
    assert max(lost) > 1
    off_diagonal = matrix.toarray() - np.diag(matrix.diagonal())
    assert off_diagonal.min() == 0


def test_master_equation_moves_probability_along_the_reactions() -> None:
    # C = 1, B = 2, A = 3 in a box with room: dp/dt at each neighbour is the propensity of the way there, by hand
    limits = (9, 9, 9)
    column = MIXED.master_equation(limits)[:, [np.ravel_multi_index((3, 2, 1), (10, 10, 10))]].toarray().ravel()
    into = {(4, 2, 1): 1.5, (1, 3, 1): 1.2, (2, 1, 2): 1.8, (0, 2, 2): 0.1, (5, 1, 1): 1.2, (3, 2, 0): 0.5}
    expected = np.zeros((10, 10, 10))
    for state, rate in into.items():
        expected[state] = rate
    expected[3, 2, 1] = -sum(into.values())
    np.testing.assert_allclose(column, expected.ravel(), atol=1e-12)


@pytest.mark.parametrize("t", [0.3, 2, 30])
def test_immigration_and_death_give_poisson(t: float) -> None:
    # From 0, counts are Poisson distributed at all times, with mean (k / d) (1 - e^-dt).
    matrix = network_of("∅ -> X @ 4 \n X -> ∅ @ 0.5").master_equation([40])
    p = linalg.expm(matrix.toarray() * t)[:, 0]
    np.testing.assert_allclose(p, stats.poisson.pmf(np.arange(41), 8 * (1 - np.exp(-0.5 * t))), atol=1e-9)


def chi_square(counts: np.ndarray, expected: np.ndarray) -> float:
    """The p-value of observed counts per state beside expected ones, rare states taken together."""
    rare = expected < 10
    if not rare.any():
        return stats.chisquare(counts, expected).pvalue
    observed = np.append(counts[~rare], counts[rare].sum())
    hoped = np.append(expected[~rare], counts.sum() - expected[~rare].sum())
    return stats.chisquare(observed, hoped).pvalue


@pytest.mark.parametrize("t", [0.4, 2.5])
def test_simulated_states_are_distributed_as_the_master_equation_says(loop: str, t: float) -> None:
    # Reactions of orders 0 to 3; 40,000 trajectories, the truncation loses less than one of them.
    start, box, n = (4, 1, 0), (20, 12, 12), 40_000
    p0 = np.zeros(box)
    p0[start] = 1
    p = expm_multiply(MIXED.master_equation(np.array(box) - 1) * t, p0.ravel())
    assert 1 - p.sum() < 1 / n
    samples = simulate(MIXED, start, times=[t], n=n, seed=11)
    inside = (samples.counts[:, 0] < box).all(1)
    states = np.ravel_multi_index(tuple(samples.counts[inside, 0].T), box)
    assert inside.sum() > n - 5
    assert chi_square(np.bincount(states, minlength=p.size), n * p) > 1e-3


def test_gene_expression_has_the_articles_moments(loop: str) -> None:
    # At t = 14 the start from (1, 1) has decayed below 0.001. Five standard errors; those of the variances from the
    # fourth moments of the samples themselves
    n = 10_000
    m, protein = simulate(GENE, [1, 1], times=[14], n=n, seed=2).counts[:, 0].T
    for values, expected in ((m, 20), (protein, 50)):
        assert values.mean() == pytest.approx(expected, abs=5 * values.std() / math.sqrt(n))
    for one, other, expected in ((m, m, 20), (m, protein, 25), (protein, protein, 112.5)):
        products = (one - one.mean()) * (other - other.mean())
        assert products.mean() == pytest.approx(expected, abs=5 * products.std() / math.sqrt(n))


def test_waiting_times_are_exponential_and_choices_are_in_proportion(loop: str) -> None:
    # a = (3, 0, 5, 2) from A = 5: Exp(10), and choices with probabilities 0.3, 0, 0.5, 0.2
    network = network_of("∅ -> A @ 3 \n 6 A -> ∅ @ 1 \n A -> ∅ @ 1 \n A -> 3 A @ 0.4")
    n = 3_000
    paths = simulate(network, [5], events=1, n=n, seed=3)
    waits, after = paths.times[1::2], paths.counts[1::2, 0]
    assert stats.kstest(waits, stats.expon(scale=0.1).cdf).pvalue > 1e-3
    assert set(after) == {6, 4, 7}
    chosen = np.array([(after == count).sum() for count in (6, 4, 7)])
    assert chi_square(chosen, n * np.array([0.3, 0.5, 0.2])) > 1e-3


# A ring of 100 species, which always goes by tables


def ring(rates: np.ndarray) -> ReactionNetwork:
    """Walkers on a circle: s_i -> s_(i+1) at rate i."""
    identity = np.eye(len(rates), dtype=int)
    return ReactionNetwork(tuple(f"s{i}" for i in range(len(rates))), identity, np.roll(identity, 1, axis=1), rates)


def test_walkers_on_a_ring_are_multinomial_on_their_way() -> None:
    # All start at s0, each walks on its own: at t they are multinomial with the probabilities expm gives for one.
    rates = np.linspace(0.5, 2, 100)
    n, walkers, t = 1_000, 50, 40.0
    generator = np.roll(np.diag(rates), 1, axis=0) - np.diag(rates)
    p = linalg.expm(generator * t)[:, 0]
    counts = simulate(ring(rates), [walkers] + [0] * 99, times=[t], n=n, seed=4).counts[:, 0]
    assert (counts.sum(1) == walkers).all()
    assert chi_square(counts.sum(0), n * walkers * p) > 1e-3
    crowded = n * walkers * p > 500
    expected = walkers * p * (1 - p)
    np.testing.assert_allclose(counts.var(0)[crowded], expected[crowded], rtol=5 * math.sqrt(2.5 / n))


def test_walkers_on_a_ring_end_up_multinomial() -> None:
    # Stationary: each of the 100 is anywhere with probability 1/100, so mean 1, variance 100 * 0.01 * 0.99 = 0.99.
    # From one walker everywhere, the variance at t is 1 - sum_j p_j^2, p_j wrapped Poisson(t): 1 % below at t = 200.
    n, t = 400, 200.0
    steps = stats.poisson.pmf(np.arange(400), t).reshape(4, 100).sum(0)
    variance = 1 - (steps**2).sum()
    assert variance == pytest.approx(0.99, rel=0.015)
    samples = simulate(ring(np.ones(100)), [1] * 100, times=[100, t], n=n, seed=5)
    assert (samples.counts.sum(2) == 100).all()
    counts = samples.counts[:, 1]
    # The mean of each species within five standard errors; the mean of the 100 variances within five of its own
    np.testing.assert_allclose(counts.mean(0), 1, atol=5 * math.sqrt(variance / n))
    assert counts.var(0).mean() == pytest.approx(variance, rel=5 * math.sqrt(3 / (100 * n)))


# Simulating


def test_times_and_t_end_show_the_same_trajectories(loop: str) -> None:
    times = np.array([0, 0.1, 1, 2, 2.5])
    paths = simulate(MIXED, [9, 2, 1], t_end=2.5, n=300, seed=6)
    assert same_numbers(paths.at(times), simulate(MIXED, [9, 2, 1], times=times, n=300, seed=6))


def test_paths_longer_than_a_batch_go_on_where_they_were() -> None:
    # A batch is 65,536 events; here are three and a bit, looked at every event, at times, and up to a time.
    events = 3 * kernels.BATCH + 17
    path = simulate(GENE, [20, 50], events=events, seed=7)
    assert path.events.tolist() == [events]
    changes = np.diff(path.counts, axis=0)
    assert (np.abs(changes).sum(1) == 1).all()
    assert (np.diff(path.times) > 0).all()
    end = path.times[-1]
    assert same_numbers(simulate(GENE, [20, 50], t_end=end, seed=7), path)
    assert same_numbers(simulate(GENE, [20, 50], times=[end / 2, end], seed=7), path.at([end / 2, end]))


@pytest.mark.parametrize("length", [{"times": [0.5, 1, 3]}, {"t_end": 3}, {"events": 40}], ids=str)
def test_the_number_of_cores_does_not_change_the_numbers(length: dict[str, Any]) -> None:
    alone = simulate(MIXED, [9, 2, 1], n=300, seed=8, n_jobs=1, **length)
    for n_jobs in (2, 3, -1):
        assert same_numbers(simulate(MIXED, [9, 2, 1], n=300, seed=8, n_jobs=n_jobs, **length), alone)


def test_a_backend_that_hands_all_results_over_at_the_end_gives_the_same_numbers() -> None:
    # As Ray's, which is made from this one of joblib's.
    here = simulate(MIXED, [9, 2, 1], times=[0.5, 1, 3], n=40, seed=8, n_jobs=1)
    with joblib.parallel_config(backend="multiprocessing"):
        assert same_numbers(simulate(MIXED, [9, 2, 1], times=[0.5, 1, 3], n=40, seed=8, n_jobs=2), here)


def test_arrays_that_cannot_be_written_to_may_be_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(given: Any) -> Any:
        if isinstance(given, tuple):
            return tuple(map(closed, given))
        if isinstance(given, np.ndarray):
            given = given.copy()
            given.flags.writeable = False
        return given

    here = simulate(MIXED, [9, 2, 1], times=[0.5, 1, 3], n=2, seed=8)
    noted = simulation._noted
    monkeypatch.setattr(simulation, "_noted", lambda *task: noted(*closed(task)))
    assert same_numbers(simulate(MIXED, [9, 2, 1], times=[0.5, 1, 3], n=2, seed=8), here)


def test_a_cluster_of_two_processes_gives_the_numbers_of_one() -> None:
    # Modules of loops written out are named fire_...: both workers must have loaded one, so both have simulated.
    from distributed import Client, LocalCluster

    def has_simulated() -> bool:
        return any(name.startswith("fire_") for name in sys.modules)

    lengths: list[dict[str, Any]] = [{"times": [0.5, 1, 3]}, {"events": 40}]
    here = [simulate(MIXED, [9, 2, 1], n=40, seed=8, n_jobs=1, **length) for length in lengths]
    options = {"n_workers": 2, "processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        processes = set(client.run(os.getpid).values())
        with joblib.parallel_config(backend="dask"):
            there = [simulate(MIXED, [9, 2, 1], n=40, seed=8, **length) for length in lengths]
        assert len(processes - {os.getpid()}) == 2
        assert all(client.run(has_simulated).values())
    assert all(same_numbers(one, other) for one, other in zip(here, there, strict=True))


def test_where_a_process_is_lost_on_the_way_nothing_is_and_nothing_counts_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client, LocalCluster

    here = simulate(MIXED, [9, 2, 1], times=[0.5, 1, 3], n=300, seed=8, n_jobs=1)
    sample, died = simulation._sample, tmp_path / "died"

    def dies_once(*task: Any) -> Any:
        stream = next(each for each in task if isinstance(each, np.random.SeedSequence))
        if stream.spawn_key == (100,) and not died.exists():  # of 256: some are done, some wait, this one is under way
            died.touch()
            os._exit(1)
        return sample(*task)

    monkeypatch.setattr(simulation, "_sample", dies_once)
    options = {"n_workers": 2, "processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        before = set(client.run(os.getpid).values())
        with joblib.parallel_config(backend="dask"):
            there = simulate(MIXED, [9, 2, 1], times=[0.5, 1, 3], n=300, seed=8)
        client.wait_for_workers(2)
        after = set(client.run(os.getpid).values())
    assert died.exists()
    assert len(after - before) == 1  # another has taken its place
    assert same_numbers(there, here)


def test_the_chapters_lines_for_a_cluster_run_as_they_are_written() -> None:
    from distributed import LocalCluster

    gene = network_of("∅ -> m @ 20 \n m -> m + n @ 2.5 \n m -> ∅ @ 1 \n n -> ∅ @ 1")
    text = next("".join(cell["source"]) for cell in cells("gillespie") if "parallel_config" in "".join(cell["source"]))
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    names: dict[str, Any] = {"simulate": simulate, "gene": gene}
    with LocalCluster(n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None) as cluster:
        exec(code.replace("tcp://127.0.0.1:8786", cluster.scheduler_address), names)
    here = simulate(gene, {"m": 1, "n": 1}, times=[0, 5, 10], n=1000, seed=3, n_jobs=1)
    assert same_numbers(names["samples"], here)


def test_a_task_does_not_carry_the_results_of_those_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def delayed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*task: Any) -> Any:
            sizes.append(len(pickle.dumps(task)))  # as it is sent to another machine, when its turn comes
            return function, task, {}

        return call

    monkeypatch.setattr(joblib, "delayed", delayed)
    samples = simulate(MIXED, [9, 2, 1], times=[0.5, 1, 3], n=20, seed=8, n_jobs=1)
    assert len(samples.counts) == len(sizes) == 20
    assert max(sizes) - min(sizes) < 20


def test_trajectories_differ_among_each_other_and_among_seeds() -> None:
    # 600 are more than the 256 random streams: each first waiting time is drawn once.
    first = [simulate(GENE, [20, 50], events=1, n=600, seed=seed).times[1::2] for seed in (0, 1)]
    assert len(np.unique(first)) == 1_200


def test_initial_counts_may_be_named_or_listed() -> None:
    named = simulate(GENE, {"n": 3}, events=50, seed=1)
    for x0 in ([0, 3], (0, 3), np.array([0, 3]), np.array([0.0, 3.0])):
        assert same_numbers(simulate(GENE, x0, events=50, seed=1), named)


def test_at_time_zero_there_are_the_initial_counts() -> None:
    for samples in (simulate(GENE, [7, 9], times=0, n=3), simulate(GENE, [7, 9], t_end=0, n=3).at([0])):
        assert samples.counts.tolist() == [[[7, 9]]] * 3
        assert samples.events.tolist() == [0, 0, 0]


def test_a_trajectory_stays_where_nothing_can_react(loop: str) -> None:
    # Three molecules decay, then a0 = 0: three events, whatever else was asked for.
    samples = simulate(DECAY, [3], times=[0, 1e6, 1e300], n=2)
    assert samples.counts[:, :, 0].tolist() == [[3, 0, 0]] * 2
    assert samples.events.tolist() == [3, 3]
    by_time, by_events = simulate(DECAY, [3], t_end=1e6), simulate(DECAY, [3], events=10)
    for path in (by_time, by_events):
        assert path.counts[:, 0].tolist() == [3, 2, 1, 0]
        assert path.events.tolist() == [3]
    assert by_time.ends.tolist() == [1e6]
    assert by_events.ends.tolist() == [by_events.times[-1]]
    assert by_time.durations.sum() == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("text", "x0", "last", "events"),
    [
        ("2 A -> B @ 1", [4, 0], [0, 2], 2),
        ("2 A -> B @ 1", [5, 0], [1, 2], 2),
        ("2 A -> B @ 1 \n 4 B -> A @ 1", [4, 0], [0, 2], 2),
        ("2 A -> B @ 1 \n 2 B -> C @ 1", [4, 0, 0], [0, 0, 1], 3),
        ("A + 2 B -> ∅ @ 1", [9, 4], [7, 0], 2),
        ("4 A -> ∅ @ 1", [8], [0], 2),
    ],
)
def test_pairs_react_until_none_is_left(text: str, x0: list[int], last: list[int], events: int, loop: str) -> None:
    # By hand. No pairs among 0 molecules: 0 (0 - 1) / 2, whose sign floating-point numbers take for negative.
    network = network_of(text)
    path = simulate(network, x0, events=9)
    assert path.counts[-1].tolist() == last
    assert path.events.tolist() == [events]
    samples = simulate(network, x0, times=[1e9])
    assert samples.counts.tolist() == [[last]]
    assert samples.events.tolist() == [events]


def test_a_trajectory_may_have_no_events_at_all(loop: str) -> None:
    for x0, length in (([0], {"t_end": 5}), ([0], {"events": 5}), ([3], {"events": 0}), ([3], {"t_end": 0})):
        path = simulate(DECAY, x0, **length)
        assert (path.times.tolist(), path.counts.tolist()) == ([0], [x0])
        assert path.ends.tolist() == [length.get("t_end", 0)]
    assert simulate(DECAY, [0], times=[1, 2]).counts.tolist() == [[[0], [0]]]
    still = simulate(DECAY.with_rates([0]), [3], times=[1, 2])
    assert (still.counts.tolist(), still.events.tolist()) == ([[[3], [3]]], [0])


LENGTHS = [{"times": [1.0]}, {"t_end": 1.0}, {"events": 200}]


@pytest.mark.parametrize("length", LENGTHS, ids=str)
def test_a_count_beyond_the_largest_exact_one_raises(loop: str, length: dict[str, Any]) -> None:
    # Births at rate 100: there is one before t = 1 but for e^-100.
    with pytest.raises(OverflowError, match=f"a count would exceed {LARGEST}"):
        simulate(BIRTH, [LARGEST], **length)


def test_the_largest_count_may_stand_where_no_time_is_left_to_exceed_it(loop: str) -> None:
    for length in ({"t_end": 0.0}, {"times": [0.0]}):
        assert simulate(network_of("A -> 2 A @ 1"), [LARGEST], **length).counts.ravel().tolist() == [LARGEST]


def test_counts_are_exact_up_to_the_largest() -> None:
    # 2^53 - 1 - 100 and a hundred births are just allowed, one more is not; nine steps of 10^15 likewise.
    assert simulate(BIRTH, [LARGEST - 100], events=100).counts[:, 0].tolist() == [*range(LARGEST - 100, LARGEST + 1)]
    leaps = network_of("∅ -> 1000000000000000 A @ 1")
    assert simulate(leaps, [0], events=9).counts[:, 0].tolist() == [10**15 * k for k in range(10)]
    for network, start, events in ((BIRTH, LARGEST - 100, 101), (leaps, 0, 10)):
        with pytest.raises(OverflowError, match="a count would exceed"):
            simulate(network, [start], events=events)


def test_deaths_from_the_largest_count_do_not_overflow(loop: str) -> None:
    path = simulate(DECAY, [LARGEST], events=5)
    assert path.counts[:, 0].tolist() == [LARGEST - k for k in range(6)]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("A -> B @ 1", {"A": LARGEST - 5, "B": 5}),  # each count stays in range
        ("A -> A + B @ 1", {"A": LARGEST, "B": 5}),
        (f"∅ -> {LARGEST} A @ 0 \n A -> B @ 1", {"A": LARGEST - 5, "B": 5}),  # what never happens, adds nothing
    ],
)
def test_a_large_count_beside_a_small_one_that_grows_does_not_overflow(text: str, after: dict[str, int]) -> None:
    network = network_of(text)
    path = simulate(network, {"A": LARGEST}, events=5)
    assert path.counts[-1].tolist() == network.counts(after).tolist()


@pytest.mark.parametrize("length", LENGTHS[:2], ids=str)
def test_counts_that_explode_in_finite_time_raise(length: dict[str, Any]) -> None:
    # x' = x^3 / 6 from 10 has its pole at t = 3 / 10^2 = 0.03.
    with pytest.raises(OverflowError, match="the counts explode in finite time"):
        simulate(network_of("3 A -> 4 A @ 1"), [10], **length)


@pytest.mark.parametrize("length", LENGTHS[1:], ids=str)
@pytest.mark.parametrize("text", ["A -> B @ 1e308 \n B -> A @ 0", "A + B -> C @ 1e308 \n A -> C @ 1"])
def test_a_propensity_too_large_for_a_number_raises(loop: str, text: str, length: dict[str, Any]) -> None:
    # From A = 100: 1e308 * 100 is infinite, and then no choice can be made.
    with pytest.raises(OverflowError):
        simulate(network_of(text), {"A": 100}, **length)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "exactly one of times, t_end and events is needed, got none"),
        ({"times": [1], "t_end": 1}, "exactly one of times, t_end and events is needed, got times, t_end"),
        ({"t_end": 1, "events": 1}, "got t_end, events"),
        ({"t_end": -1}, "t_end must be a number, finite and not negative, got -1"),
        ({"t_end": math.inf}, "t_end must be a number, finite and not negative, got inf"),
        ({"t_end": math.nan}, "t_end must be a number, finite and not negative, got nan"),
        ({"t_end": [1, 2]}, "t_end must be a number, finite and not negative"),
        ({"t_end": "soon"}, "t_end must be a number, finite and not negative"),
        ({"events": -1}, "events must be a whole number of at least 0, got -1"),
        ({"events": 2.5}, "events must be a whole number of at least 0, got 2.5"),
        ({"events": True}, "events must be a whole number of at least 0, got True"),
        ({"t_end": 1, "n": 0}, "n must be a whole number of at least 1, got 0"),
        ({"t_end": 1, "n": 1.0}, "n must be a whole number of at least 1, got 1.0"),
        ({"t_end": 1, "seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"t_end": 1, "seed": None}, "seed must be a whole number of at least 0, got None"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_in_words(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        simulate(GENE, [1, 1], **arguments)


@pytest.mark.parametrize(("x0", "value"), [({"m": -1}, "-1"), ([1, 0.5], "0.5"), ([math.nan, 1], "nan")])
def test_initial_counts_must_be_counts(x0: Any, value: str) -> None:
    with pytest.raises(ValueError, match=f"counts must be whole numbers from 0 to {LARGEST}, got {value}"):
        simulate(GENE, x0, t_end=1)


def test_another_process_finds_the_compiled_loop_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # numba counts how often it found machine code on disk, and how often it had to compile.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    code = """
from kexue_widgets.gillespie import ReactionNetwork, kernels, simulate
network = ReactionNetwork.from_text("A -> B @ 1 \\n 7 B -> A @ 3")
path = simulate(network, {"A": 3}, events=3, n_jobs=1)
loop = kernels.kernel(network).stats
found = sum(loop.cache_hits.values()), sum(loop.cache_misses.values()), path.times.tolist()
"""
    here: dict[str, Any] = {}
    exec(code, here)
    assert here["found"][:2] == (0, 1)
    command = [sys.executable, "-c", code + "print(found)"]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert there.strip() == str((1, 0, here["path"].times.tolist()))


AB = ReactionNetwork.from_text("A -> B @ 1 \n 9 B -> A @ 3")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of generated code: a folder of its own, for a process that has compiled nothing yet."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    monkeypatch.setattr(cache, "_warned", False)
    kernels._compiled.cache_clear()
    yield tmp_path / "kexue_widgets" / "gillespie"
    kernels._compiled.cache_clear()


def ab_times() -> list[float]:
    kernels._compiled.cache_clear()
    return simulate(AB, {"A": 3}, events=3, n_jobs=1).times.tolist()


@pytest.mark.parametrize("damage", ["", "def fire(", "raise SystemExit('executed unread')"])
def test_generated_code_is_never_executed_as_it_is_found(place: Path, damage: str) -> None:
    expected = ab_times()
    (path,) = place.glob("fire_*.py")
    assert path.read_text() == kernels.source(AB)
    path.write_text(damage)
    assert ab_times() == expected
    assert path.read_text() == kernels.source(AB)
    assert place.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_machine_code_that_cannot_be_read_is_made_anew(place: Path, suffix: str) -> None:
    expected = ab_times()
    for _ in range(2):  # the first time it is thrown away, the second time it is there again
        (path, *_) = (place / "__pycache__").glob(f"*.{suffix}")
        path.write_bytes(path.read_bytes()[:100])
        assert ab_times() == expected
        assert ab_times() == expected


def test_simulations_run_where_nothing_can_be_kept(place: Path, recwarn: pytest.WarningsRecorder) -> None:
    place.parent.write_text("a file where the folder should be")
    assert len(ab_times()) == 4
    assert ["nothing can be kept" in str(each.message) for each in recwarn] == [True]


def test_simulations_run_on_a_full_disk(
    place: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert len(ab_times()) == 4
    assert ["No space left" in str(each.message) for each in recwarn] == [True]


# Any network


def check_path(network: ReactionNetwork, x0: np.ndarray, path: Paths, events: int) -> None:
    """What holds for every trajectory of every network."""
    counts, stoichiometry = path.counts, network.stoichiometry
    assert counts[0].tolist() == x0.tolist()
    assert path.times[0] == 0
    assert (np.diff(path.times) >= 0).all()
    assert (counts >= 0).all()
    # Each event is one of the reactions that could happen.
    happened = (np.diff(counts, axis=0)[:, None] == stoichiometry).all(2)
    possible = network.propensities(counts) > 0
    assert (happened & possible[:-1]).any(1).all()
    # It ends after so many events, or where nothing can react.
    assert path.events[0] == events or not possible[-1].any()
    # A conservation law is a vector that no reaction changes: an exact basis in fractions
    for law in sympy.Matrix(stoichiometry.tolist()).nullspace():
        weights = np.array(law * sympy.ilcm(1, *(entry.q for entry in law)), dtype=np.int64)
        assert len(np.unique(counts @ weights)) == 1


@calm
@given(networks_and_counts(), st.integers(0, 2**64))
def test_any_network_keeps_its_laws(case: tuple[ReactionNetwork, np.ndarray], seed: int) -> None:
    network, x0 = case
    with by_tables():
        check_path(network, x0, simulate(network, x0, events=200, seed=seed), 200)


CLOSED = network_of(
    "2 A -> B @ 0.3 \n B -> 2 A @ 0.7 \n A + C -> D @ 0.2 \n D -> A + C @ 0.5 \n 3 A -> A + B @ 0.1 \n D -> E @ 0.01"
)


@pytest.mark.parametrize(
    ("network", "x0"), [(GENE, (1, 1)), (MIXED, (4, 1, 0)), (CLOSED, (30, 0, 9, 0, 0)), (DECAY, (5,))], ids=str
)
@pytest.mark.parametrize("seed", range(3))
def test_these_networks_keep_their_laws(network: ReactionNetwork, x0: tuple[int, ...], seed: int, loop: str) -> None:
    check_path(network, np.array(x0), simulate(network, x0, events=5_000, seed=seed), 5_000)


@calm
@given(networks_and_counts(), st.integers(0, 2**32))
def test_any_network_repeats_itself_from_the_same_seed(case: tuple[ReactionNetwork, np.ndarray], seed: int) -> None:
    network, x0 = case
    with by_tables():
        one, two, other = (simulate(network, x0, events=50, n=3, seed=each) for each in (seed, seed, seed + 1))
    assert same_numbers(one, two)
    if one.events.any():  # waiting times are never drawn twice
        assert not same_numbers(one, other)


# Averages over time, averages over events


EVENTS = 6_000_000


@functools.cache
def long_path() -> Paths:
    return simulate(GENE, [20, 50], events=EVENTS, seed=12)


def test_averages_over_time_and_over_events_differ_as_theory_says() -> None:
    # Over time: <m> = 20, <n> = 50. Over events each state counts with a0 = 20 + 3.5 m + n, <a0> = 140, so the means move
    # by Cov(., a0) / <a0>: 95 / 140 and 200 / 140, to 20.68 and 51.43. Standard errors from 60 parts of the same path.
    path = long_path()
    parts = np.arange(0, EVENTS, EVENTS // 60)
    durations = path.durations[:-1]
    spans = np.add.reduceat(durations, parts)[:, None]
    over_time = np.add.reduceat(path.counts[:-1] * durations[:, None], parts) / spans
    over_events = np.add.reduceat(path.counts[:-1], parts) / (EVENTS // 60)

    def error(values: np.ndarray) -> np.ndarray:
        return values.std(0) / math.sqrt(60)

    time, event = path.time_average(), path.event_average()
    assert error(over_time)[1] < 0.15  # else 50 and 51.43 could not be told apart
    assert (np.abs(time - [20, 50]) < 4 * error(over_time)).all()
    assert (np.abs(event - [20 + 95 / 140, 50 + 200 / 140]) < 4 * error(over_events)).all()
    # On one path both averages wander together, so their difference is known far better.
    difference = error(over_events - over_time)
    assert difference[1] < 0.03
    assert (np.abs(event - time - [95 / 140, 200 / 140]) < 4 * difference).all()


def test_histograms_add_up_to_one_and_have_those_means() -> None:
    path = long_path()
    for index, species in enumerate(("m", "n")):
        for histogram, average in (
            (path.time_histogram(species), path.time_average()),
            (path.event_histogram(species), path.event_average()),
        ):
            assert histogram.sum() == pytest.approx(1)
            assert histogram @ np.arange(len(histogram)) == pytest.approx(average[index])


def test_histograms_are_the_stationary_distribution_and_its_weighting_by_events() -> None:
    # pi from the master equation, and pi a0 / <a0>. Half the sum of differences is about 1 % on so long a path; between
    # the two kinds it is 5 %.
    pi = stationary_gene_expression()
    m, n = np.indices(pi.shape)
    weighted = pi * (20 + 3.5 * m + n) / 140

    def distance(histogram: np.ndarray, p: np.ndarray) -> float:
        size = max(len(histogram), len(p))
        return np.abs(np.pad(histogram, (0, size - len(histogram))) - np.pad(p, (0, size - len(p)))).sum() / 2

    path = long_path()
    for axis, species in enumerate(("m", "n")):
        by_time, by_events = pi.sum(1 - axis), weighted.sum(1 - axis)
        assert distance(by_time, by_events) > 0.04
        assert distance(path.time_histogram(species), by_time) < 0.015
        assert distance(path.event_histogram(species), by_events) < 0.015


def by_hand() -> Paths:
    """Two trajectories of A -> ∅ that never were: A = 2, 1, 0 from 0, 1, 4 until 10, and A = 2 until 5."""
    times, counts = np.array([0.0, 1, 4, 0]), np.array([[2], [1], [0], [2]])
    return Paths(DECAY, times, counts, np.array([0, 3, 4]), np.array([10.0, 5]))


def test_what_lasts_no_time_has_no_average_over_time() -> None:
    path = simulate(DECAY, [0], events=5)
    assert path.event_average().tolist() == [0]
    with pytest.raises(ValueError, match="last no time"):
        path.time_average()


def test_weights_are_durations_or_ones() -> None:
    # By hand: A = 2 for 1 + 5, A = 1 for 3, A = 0 for 6 of 15 units of time; four states in all
    paths = by_hand()
    assert paths.durations.tolist() == [1, 3, 6, 5]
    assert paths.time_average() == pytest.approx((2 * 6 + 1 * 3) / 15)
    assert paths.event_average() == pytest.approx(5 / 4)
    assert paths.time_histogram("A") == pytest.approx([6 / 15, 3 / 15, 6 / 15])
    assert paths.event_histogram("A") == pytest.approx([1 / 4, 1 / 4, 2 / 4])
    for histogram in (paths.time_histogram, paths.event_histogram):
        with pytest.raises(ValueError, match=r"unknown species 'B' \(species: A\)"):
            histogram("B")


@pytest.mark.parametrize("length", [{"t_end": 3.0}, {"events": 70}], ids=str)
def test_durations_add_up_to_the_ends(length: dict[str, Any]) -> None:
    paths = simulate(GENE, [1, 1], n=20, seed=9, **length)
    assert (paths.durations >= 0).all()
    np.testing.assert_allclose(np.add.reduceat(paths.durations, paths.first[:-1]), paths.ends)


# What is kept


def test_paths_are_read_between_their_events() -> None:
    # By hand: a count holds from its event on, the event included.
    paths = by_hand()
    samples = paths.at([0, 0.5, 1, 3.9, 4, 5])
    assert samples.counts[:, :, 0].tolist() == [[2, 2, 1, 1, 0, 0], [2] * 6]
    assert samples.events.tolist() == [2, 0]
    with pytest.raises(ValueError, match=r"times must not exceed 5, where a trajectory ends, got 5.5"):
        paths.at([1, 5.5])
    with pytest.raises(ValueError, match="times must be numbers, finite, increasing"):
        paths.at([2, 1])


def test_one_path_of_many_stands_alone() -> None:
    paths = simulate(MIXED, [4, 1, 0], t_end=5, n=4, seed=10)
    assert len(paths) == len(list(paths)) == 4
    assert sum(len(path.times) for path in paths) == len(paths.times)
    assert np.concatenate([path.events for path in paths]).tolist() == paths.events.tolist()
    for index, (times, counts) in enumerate(paths.to_numpy()):
        path = paths[index]
        assert path.ends.tolist() == [5]
        assert np.array_equal(path.times, times)
        assert np.array_equal(path.counts, counts)
        assert times[0] == 0
        assert path.durations.sum() == pytest.approx(5)
    assert same_numbers(paths[-1], paths[3])
    with pytest.raises(IndexError):
        paths[4]


def test_samples_convert_to_numpy_pandas_and_xarray() -> None:
    samples = simulate(GENE, [1, 1], times=[0, 0.5, 2], n=4, seed=1)
    array, frame, labelled = samples.to_numpy(), samples.to_pandas(), samples.to_xarray()
    assert array.shape == (4, 3, 2)
    assert array.dtype == np.int64
    assert frame.columns.tolist() == ["m", "n"]
    assert frame.index.names == ["trajectory", "time"]
    assert len(frame) == 12
    assert labelled.dims == ("trajectory", "time", "species")
    assert labelled.time.values.tolist() == [0, 0.5, 2]
    for trajectory, (index, time), (column, name) in itertools.product(
        range(4), enumerate([0, 0.5, 2]), enumerate(["m", "n"])
    ):
        value = array[trajectory, index, column]
        assert frame.loc[(trajectory, time), name] == value
        assert labelled.sel(trajectory=trajectory, time=time, species=name) == value


def test_paths_convert_to_pandas_and_xarray() -> None:
    paths = by_hand()
    frame, labelled = paths.to_pandas(), paths.to_xarray()
    assert frame.index.tolist() == [(0, 0), (0, 1), (0, 4), (1, 0)]
    assert frame.index.names == ["trajectory", "time"]
    assert frame["A"].tolist() == [2, 1, 0, 2]
    assert labelled.dims == ("event", "species")
    assert labelled.trajectory.values.tolist() == [0, 0, 0, 1]
    assert labelled.time.values.tolist() == [0, 1, 4, 0]
    assert labelled.sel(species="A").values.tolist() == [2, 1, 0, 2]


def test_paths_plot_as_steps_up_to_their_ends() -> None:
    figure, axes = plt.subplots()
    paths = by_hand()
    assert paths.plot(ax=axes) is axes
    assert [line.get_drawstyle() for line in axes.lines] == ["steps-post"] * 2
    assert [line.get_xydata().tolist() for line in axes.lines] == [
        [[0, 2], [1, 1], [4, 0], [10, 0]],
        [[0, 2], [5, 2]],
    ]
    plt.close(figure)


def test_plots_show_the_species_asked_for() -> None:
    samples = simulate(GENE, [1, 1], times=[0, 1, 2], n=3, seed=1)
    figure, (left, right) = plt.subplots(1, 2)
    samples.plot(ax=left)
    samples.plot("n", ax=right)
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["m", "n"]
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["n"]
    assert [line.get_ydata().tolist() for line in right.lines] == samples.counts[:, :, 1].tolist()
    assert {line.get_drawstyle() for line in right.lines} == {"steps-post"}
    assert left.get_xlabel() == "t"
    with pytest.raises(ValueError, match="unknown species 'x'"):
        samples.plot("x", ax=left)
    plt.close(figure)


def test_plots_go_to_the_current_axes() -> None:
    figure, axes = plt.subplots()
    assert by_hand().plot() is axes
    plt.close(figure)


def test_results_print_the_same_in_every_run() -> None:
    assert repr(by_hand()) == "Paths(n=2, events=2, species=('A',))"
    samples = simulate(GENE, [1, 1], times=[0, 1], n=3)
    assert repr(samples) == "Samples(n=3, times=2, species=('m', 'n'))"


# The Discrete Stochastic Models Test Suite


SUITE = Path(__file__).with_name("dsmts")
CASES = {case["case"].removeprefix("dsmts-"): case for case in json.loads((SUITE / "cases.json").read_text())}


@functools.cache
def suite_tables() -> dict[str, dict[str, np.ndarray]]:
    """True mean and standard deviation, (51, 2) for each species of each case."""
    tables: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    with (SUITE / "tables.csv").open() as file:
        for row in csv.DictReader(file):
            tables[row["case"]][row["species"]].append([float(row["mean"]), float(row["sd"])])
    return {case: {name: np.array(rows) for name, rows in table.items()} for case, table in tables.items()}


def suite_statistics(name: str, n: int, seed: int) -> tuple[float, float]:
    """The largest |Z| and |Y| over all species and times; infinite where the sample should be exact and is not."""
    case = CASES[name]
    sides = [
        [[reaction[side].get(species, 0) for species in case["species"]] for reaction in case["reactions"]]
        for side in ("reactants", "products")
    ]
    network = ReactionNetwork(tuple(case["species"]), *sides, [reaction["k"] for reaction in case["reactions"]])
    counts = simulate(network, case["x0"], times=np.arange(51), n=n, seed=seed).counts
    largest_z, largest_y = 0.0, 0.0
    for species, table in suite_tables()[name].items():
        mean, sd = table.T
        values = counts[:, :, network.species.index(species)]
        exact = sd == 0
        if (values[:, exact] != mean[exact]).any():
            return math.inf, math.inf
        values, mean, sd = values[:, ~exact], mean[~exact], sd[~exact]
        z = math.sqrt(n) * (values.mean(0) - mean) / sd
        y = math.sqrt(n / 2) * (((values - mean) ** 2).mean(0) / sd**2 - 1)
        largest_z, largest_y = max(largest_z, np.abs(z).max()), max(largest_y, np.abs(y).max())
    return largest_z, largest_y


def test_the_suite_has_seven_cases_of_51_times() -> None:
    assert set(CASES) == set(suite_tables()) == {"001-01", "001-04", "001-07", "002-01", "002-06", "003-01", "004-01"}
    assert {len(rows) for table in suite_tables().values() for rows in table.values()} == {51}


@pytest.mark.parametrize("name", CASES)
def test_suite_of_stochastic_models_passes(name: str) -> None:
    # 10,000 runs; bounds so wide that a correct simulator hardly ever meets them (dsmts/README.md)
    largest_z, largest_y = suite_statistics(name, n=10_000, seed=0)
    assert largest_z <= 4.5
    assert largest_y <= 6


# Explorers


RATES = torch.tensor([20.0, 2.5, 1.0, 1.0])


@pytest.mark.parametrize("system", SYSTEMS)
def test_explorers_have_the_propensities_of_the_simulator(system: str) -> None:
    network = SYSTEMS[system].network
    counts = np.random.default_rng(0).integers(0, 40, size=(50, len(network.species)))
    rates = torch.tensor(network.rates, dtype=torch.float32)
    found = propensities(network, torch.tensor(counts, dtype=torch.float32), rates)
    np.testing.assert_allclose(found, network.propensities(counts), rtol=1e-5)


def test_explorers_wait_and_choose_as_the_direct_method_says() -> None:
    # From (m, n) = (4, 6): a = (20, 10, 4, 6), a_0 = 40; 200,000 draws, five standard errors.
    counts = torch.tensor([[4.0, 6.0]]).repeat(200_000, 1)
    uniform = torch.from_numpy(np.random.default_rng(1).random((200_000, 2), dtype=np.float32))
    waiting, after = direct_method(GENE_EXPRESSION, counts, RATES, uniform)
    assert float(waiting.mean()) == pytest.approx(1 / 40, rel=5 / 200_000**0.5)
    for change, propensity in zip(GENE_EXPRESSION.stoichiometry, (20, 10, 4, 6), strict=True):
        share = float((after - counts == torch.tensor(change)).all(1).float().mean())
        assert share == pytest.approx(propensity / 40, abs=5 * (0.25 / 200_000) ** 0.5)


def test_explorers_wait_for_ever_where_nothing_can_react() -> None:
    network = ReactionNetwork.from_text("2 A -> B @ 1")
    waiting, after = direct_method(network, torch.tensor([[1.0, 3.0]]), torch.ones(1), torch.tensor([[0.5, 0.5]]))
    assert waiting.isinf().all()
    assert after.tolist() == [[1.0, 3.0]]


def settled(network: ReactionNetwork, limits: tuple[int, ...], start: tuple[int, ...]) -> np.ndarray:
    """The truncated master equation's solution after a long time, with what would leave the box kept inside."""
    matrix = network.master_equation(limits).toarray()
    matrix -= np.diag(matrix.sum(0))
    shape = [limit + 1 for limit in limits]
    at = np.zeros(shape)
    at[start] = 1
    return (linalg.expm(300 * matrix) @ at.ravel()).reshape(shape)


def test_protein_distribution_solves_the_master_equation() -> None:
    rates = [3.0, 1.2, 1.0, 0.7]
    expected = settled(GENE_EXPRESSION.with_rates(rates), (18, 45), (0, 0)).sum(0)
    found = protein_distribution(torch.tensor(rates), torch.arange(46.0))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("system", "limits", "start"),
    [("birth and death", (80,), (0,)), ("Schlögl", (200,), (0,)), ("dimerisation", (20, 10), (20, 0))],
)
def test_stationary_distributions_solve_the_master_equation(
    system: str, limits: tuple[int, ...], start: tuple[int, ...]
) -> None:
    network = SYSTEMS[system].network
    expected = settled(network, limits, start)
    if system == "dimerisation":
        expected = expected.sum(0)  # over the monomers: the dimers are watched
    n = torch.arange(float(len(expected)))
    found = stationary(system, torch.tensor(network.rates, dtype=torch.float32), torch.tensor(20.0), n)
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_event_weighted_means_follow_from_the_covariance_with_the_total_propensity() -> None:
    # <n> + Cov(n, a_0) / <a_0> with a_0 = 20 + 3.5 m + n, from the moments that the network gives
    mean, covariance = GENE_EXPRESSION.stationary_moments()
    slope = np.array([3.5, 1.0])
    expected = mean + covariance @ slope / (20 + slope @ mean)
    np.testing.assert_allclose(stationary_means(RATES), [mean, expected], rtol=1e-6)
    np.testing.assert_allclose(expected, [20 + 95 / 140, 50 + 200 / 140])


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_dashed_curves_solve_the_differential_equation(system: str) -> None:
    # BDF at relative accuracy 1e-8; the explorer takes 640 steps of second order
    explorer, chosen = Trajectories(system=system), SYSTEMS[system]
    explorer.advance(200)
    arrays = explorer.arrays
    expected = chosen.network.ode(chosen.x0, arrays["ode_x_time"])[:, :2]
    np.testing.assert_allclose(arrays["ode_x"], expected[:, 0], rtol=0.01, atol=0.01)
    if len(chosen.network.species) > 1:
        np.testing.assert_allclose(arrays["ode_y"], expected[:, 1], rtol=0.01, atol=0.01)


def test_trajectories_settle_into_the_stationary_distribution() -> None:
    # Birth and death at t = 40: Poisson with mean 20; 48 trajectories, five standard errors.
    explorer = Trajectories(system="birth and death", number=48)
    explorer.advance(800)
    arrays = explorer.arrays
    assert (arrays["x_time"].max(1) == 40).all()
    assert arrays["x"][:, -1].mean() == pytest.approx(20, abs=5 * (20 / 48) ** 0.5)
    # The histogram's bins and the theory's points, one count wide, both add up to 1.
    assert arrays["share"][::2].sum() == pytest.approx(1, abs=1e-5)
    assert arrays["theory"].sum() == pytest.approx(1, abs=1e-3)


def test_before_the_first_event_the_histogram_holds_the_initial_counts() -> None:
    explorer = Trajectories(system="Lotka-Volterra")
    explorer.reset()
    arrays = explorer.arrays
    left, right = arrays["edges"][::2], arrays["edges"][1::2]
    at_80 = (left < 80) & (right > 80)
    assert at_80.sum() == 1
    np.testing.assert_allclose(arrays["share"][::2] * (right - left), at_80, atol=1e-6)


def test_only_the_chosen_number_of_trajectories_is_drawn() -> None:
    arrays = Trajectories(number=3).arrays
    assert (arrays["y_time"].max(1) > 0).sum() == 3


def test_initial_counts_and_rates_start_anew() -> None:
    explorer = Trajectories(system="epidemic (SIR)")
    explorer.advance(10)
    explorer.initial = 0.5
    assert explorer.arrays["x"][:, 0].tolist() == [100] * 48
    assert explorer.steps == explorer.opening
    explorer.advance(10)
    explorer.c1 = 2.0
    assert explorer.current_frame().steps == explorer.opening


def test_the_trap_tells_time_from_events() -> None:
    # 512 paths of 1200 counted events: the two means stray together by some tenths, their difference by hundredths.
    explorer = EventTrap()
    explorer.advance(600)
    by_time, theory, by_event, event_theory = explorer.arrays["summary"]
    np.testing.assert_allclose(theory, [20, 50], rtol=1e-5)
    np.testing.assert_allclose(by_time, theory, rtol=0.02)
    np.testing.assert_allclose(by_event - by_time, event_theory - theory, atol=0.1)
    assert explorer.arrays["events"][-1] == pytest.approx(512 * 1200, rel=0.01)


def test_an_event_trap_with_other_constants_computes_with_them():
    class Brief(EventTrap):
        paths, recent = 16, 5

    # One event of each trajectory a step: after n steps 16 n events have been counted, and the last 5 are drawn.
    brief = Brief()
    assert brief.arrays["events"].max() == 16 * (Brief.opening - Brief.forgotten - 1)
    assert brief.arrays["recent_n"].shape == (5,)
    assert EventTrap().arrays["recent_n"].shape == (60,)
