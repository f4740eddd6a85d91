"""The sentences of the Gillespie chapter that tell a reader what to do and what will be seen: done, and looked at."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from chapters import cells, pressing, sayings
from scipy.stats import poisson

from kexue_widgets.gillespie import SYSTEMS, EventTrap, OwnNetwork, ReactionNetwork, Trajectories, simulate
from kexue_widgets.gillespie.explorers import stationary

says, press = sayings("gillespie"), pressing("gillespie")


def fallen_ill(network: ReactionNetwork, susceptible: int, infected: int) -> np.ndarray:
    """The share of the susceptible that an epidemic reaches, for 4000 of them."""
    left = simulate(network, [susceptible, infected, 0], times=[200], n=4000, seed=1).counts[:, 0, 0]
    return 1 - left / susceptible


def test_gene_expression_fills_its_curve_in_2000_steps() -> None:
    says("play it to the end, some 2000 steps. The figure opens on the way there")
    half_way = Trajectories(number=48).arrays
    assert half_way["x_time"].max(1).max() < 12
    arrays = press("#live:Trajectories.number=48&Trajectories.steps=2000").arrays
    assert (arrays["x_time"].max(1) == 12).mean() > 0.95

    def apart(arrays: dict[str, np.ndarray]) -> float:
        """Half the area between histogram and curve: 0 where they agree, 1 where they do not meet."""
        curve = np.interp(np.arange(200), arrays["theory_n"], arrays["theory"], right=0)
        histogram = np.zeros(400)
        for left, right, share in zip(arrays["edges"][::2], arrays["edges"][1::2], arrays["share"][::2], strict=True):
            histogram[int(left + 0.5) : int(right + 0.5)] = share
        return abs(curve - histogram[:200]).sum() / 2

    assert apart(arrays) < 0.1 < apart(half_way)


def test_fewer_proteins_for_each_mrna_are_noisier_at_a_smaller_mean_and_less_so_at_the_same() -> None:
    says(
        "the Fano factor falls from 2.25 to 1.31. Yet relative to its mean, now 12.5, the curve is wider, 32 % in place"
    )
    says("Set $c_1$ to 4 as well: the mean is 50 again, at 16 %.")
    n = torch.arange(300.0)
    for c1, c2, mean, fano, relative in (
        (1, 1, 50, 2.25, 0.21),
        (1, 0.25, 12.5, 1.31, 0.32),
        (4, 0.25, 50, 1.31, 0.16),
    ):
        curve = stationary("gene expression", torch.tensor([20.0 * c1, 2.5 * c2, 1, 1]), torch.tensor(0.0), n)
        found = float(n @ curve)
        variance = float((n - found) ** 2 @ curve)
        assert found == pytest.approx(mean, rel=1e-3)
        assert round(variance / found, 2) == fano
        assert round(variance**0.5 / found, 2) == relative
    for explorer, mean in (
        (press("#live:Trajectories.c2=0.25"), 12.5),
        (press("#live:Trajectories.c1=4&Trajectories.c2=0.25"), 50),
    ):
        # The curve that is drawn has that mean.
        counts, curve = explorer.arrays["theory_n"], explorer.arrays["theory"]
        assert np.trapezoid(counts * curve, counts) == pytest.approx(mean, rel=0.02)


def test_prey_and_predators_go_round_and_a_half_and_few_die_out() -> None:
    says("the figure shows a round and a half of it. Most trajectories go along that far: one in 25 has lost")
    system = SYSTEMS["Lotka-Volterra"]
    explorer = press("#live:Trajectories.system=Lotka-Volterra&Trajectories.steps=2000")
    ends = np.nanmax(explorer.arrays["x_time"], 1)
    assert (ends[ends > 0] == system.horizon).all()
    prey, time = explorer.arrays["ode_x"], explorer.arrays["ode_x_time"]
    peaks = time[1:-1][(prey[1:-1] > prey[:-2]) & (prey[1:-1] > prey[2:])]
    assert system.horizon / np.diff(peaks)[0] == pytest.approx(1.5, abs=0.15)
    ends = simulate(system.network, system.x0, times=[10], n=4000, seed=1).counts[:, 0]
    assert (ends == 0).any(1).mean() == pytest.approx(1 / 25, abs=0.01)


def test_a_single_catalyst_sets_out_by_chance() -> None:
    says("The equation has turned half of the hundred at $t = 4.6$. The trajectories")
    says("each sets out at a time of its own: they need 5.1 on average, with a standard deviation of 1.3. As long")
    explorer = OwnNetwork(number=24)
    arrays = explorer.arrays
    assert round(float(np.interp(51, arrays["ode"][1], arrays["ode_time"][1])), 1) == 4.6
    # While there are b of B the wait is exponential with rate 0.01 b (101 - b), whatever came before.
    waits = 1 / (0.01 * np.arange(1, 51) * (101 - np.arange(1, 51)))
    assert round(waits.sum(), 1) == 5.1
    assert round((waits**2).sum() ** 0.5, 1) == 1.3
    reached = []
    for seed in range(8):
        explorer.seed = seed
        arrays = explorer.arrays
        reached += [time[(count >= 51).argmax()] for time, count in zip(arrays["time"], arrays["count_1"], strict=True)]
    assert np.mean(reached) == pytest.approx(5.1, abs=4 * 1.3 / len(reached) ** 0.5)
    assert np.std(reached) == pytest.approx(1.3, abs=0.3)


def test_wider_swings_lose_a_species() -> None:
    says("six in ten have lost one or the other by $t = 3$, and there is no way back")
    system = SYSTEMS["Lotka-Volterra"]
    tripled = [3 * count for count in system.x0]
    counts = simulate(system.network, tripled, times=[3, 4], n=4000, seed=1).counts
    lost = counts == 0
    assert lost[:, 0].any(1).mean() == pytest.approx(0.6, abs=0.03)
    assert lost[:, 1][lost[:, 0]].all()
    # The same of 48 trajectories in the figure, four standard deviations.
    arrays = press(
        "#live:Trajectories.system=Lotka-Volterra&Trajectories.initial=3&Trajectories.number=48&Trajectories.steps=3000"
    ).arrays
    before = arrays["x_time"] <= 3
    gone = (((arrays["x"] == 0) | (arrays["y"] == 0)) & before).any(1)
    assert (arrays["x_time"].max(1) >= 3).mean() > 0.9
    assert gone.mean() == pytest.approx(0.6, abs=0.28)


@pytest.mark.parametrize("seed", range(3))
def test_schloegls_trajectories_part_and_some_change_over(seed: int) -> None:
    says("trajectories from one and the same start end up at two different levels, and now and then one changes over")
    system = SYSTEMS["Schlögl"]
    explorer = press("#live:Trajectories.system=Schlögl&Trajectories.steps=3000", seed=seed)
    ends = explorer.arrays["x"][:12, -1]
    assert (ends < 25).any()
    assert (ends > 40).any()
    # Changes over take longer than the figure shows of most trajectories: of 48, some have been at both levels.
    paths = simulate(system.network, {"X": 25}, times=np.linspace(0, 8, 81), n=480, seed=seed).counts[:, :, 0]
    both = (paths < 10).any(1) & (paths > 55).any(1)
    assert 0.02 < both.mean() < 0.5


def test_one_epidemic_in_seven_that_three_start_never_takes_off() -> None:
    says("Of the epidemics that three infected start, about one in seven never takes off")
    network = SYSTEMS["epidemic (SIR)"].network
    assert (fallen_ill(network, 200, 3) < 0.2).mean() == pytest.approx(1 / 7, abs=0.02)
    explorer = press("#live:Trajectories.system=epidemic+(SIR)&Trajectories.number=48&Trajectories.steps=1500")
    # 48 epidemics: four standard deviations
    drawn = 1 - explorer.arrays["x"][:, -1] / 200
    assert (drawn < 0.2).mean() == pytest.approx(1 / 7, abs=4 * (6 / 49 / 48) ** 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_few_infected_below_the_threshold_and_above_it(seed: int) -> None:
    says("one infected among 80 passes it on to 0.8 others on average, and hardly any takes off. Raise $c_1$ to 2.5")
    says("now it is nearly half of them")
    network = SYSTEMS["epidemic (SIR)"].network
    few = press(
        "#live:Trajectories.system=epidemic+(SIR)&Trajectories.initial=0.4&Trajectories.number=48&Trajectories.steps=1000",
        seed=seed,
    )
    many = press(
        "#live:Trajectories.system=epidemic+(SIR)&Trajectories.initial=0.4&Trajectories.c1=2.5&Trajectories.number=48&Trajectories.steps=1000",
        seed=seed,
    )
    for explorer, c1, share in ((few, 1.0, 0.04), (many, 2.5, 0.48)):
        taken_off = (fallen_ill(network.with_rates([0.01 * c1, 1]), 80, 1) >= 0.2).mean()
        assert taken_off == pytest.approx(share, abs=0.03)
        drawn = 1 - explorer.arrays["x"][:, -1] / 80
        # 48 epidemics: four standard deviations
        assert (drawn >= 0.2).mean() == pytest.approx(taken_off, abs=4 * (taken_off * (1 - taken_off) / 48) ** 0.5)


def test_an_untranslated_mrna_is_overcounted_by_half_a_molecule() -> None:
    says("Set translation $k_n$ to 0. There is no protein left, and no bias in it; but there is one in $m$.")
    explorer = press("#live:EventTrap.k_n=0&EventTrap.steps=3900")
    by_time, theory, by_event, event_theory = explorer.arrays["summary"]
    assert theory.tolist() == pytest.approx([20, 0])
    assert event_theory.tolist() == pytest.approx([20.5, 0])
    assert (by_event - by_time).tolist() == pytest.approx([0.5, 0], abs=0.05)


def test_protein_that_decays_faster_is_overcounted_less_but_more_relative_to_its_mean() -> None:
    says("Make protein decay three times as fast. Does the bias grow? And relative to the mean?")
    (_, slow, _, slow_events), (_, fast, _, fast_events) = (
        explorer.arrays["summary"] for explorer in (EventTrap(), press("#live:EventTrap.g_n=3"))
    )
    bias = slow_events[1] - slow[1], fast_events[1] - fast[1]
    assert bias[1] < bias[0]
    assert bias[1] / fast[1] > bias[0] / slow[1]


def test_whoever_has_waited_waits_on_and_random_times_fall_into_long_gaps() -> None:
    says("Ten minutes more")
    says("And the gap is twenty minutes")
    rng = np.random.default_rng(0)
    gaps = rng.exponential(10, 1_000_000)
    assert (gaps[gaps > 10] - 10).mean() == pytest.approx(10, rel=0.01)
    buses = gaps.cumsum()
    after = np.searchsorted(buses, rng.uniform(buses[0], buses[-1], 200_000))
    assert gaps[after].mean() == pytest.approx(20, rel=0.02)


def test_seven_models_of_the_suite_are_here_with_the_bounds_that_the_chapter_speaks_of() -> None:
    says(
        "Seven of its 39 models are among the tests of this chapter's simulator, with bounds wider than the suite's own"
    )
    folder = Path(__file__).with_name("dsmts")
    assert len(json.loads((folder / "cases.json").read_text())) == 7
    suite, ours = (re.search(words, (folder / "README.md").read_text()) for words in (r"\|Z\| ≤ 3 ", r"\|Z\| ≤ 4\.5 "))
    assert suite
    assert ours


# Exercises


@pytest.mark.parametrize("rates", [(20, 2.5, 1, 1), (200, 0.25, 1, 1), (3, 7, 0.5, 2)])
def test_proteins_come_in_bursts(rates: tuple[float, ...]) -> None:
    says("Show that for general rates the protein's Fano factor is $1 + \\frac{b}{1 + q}$")
    k_m, k_n, g_m, g_n = rates
    mean, covariance = SYSTEMS["gene expression"].network.with_rates(rates).stationary_moments()
    assert mean[1] == pytest.approx(k_m * k_n / g_m / g_n)
    assert covariance[1, 1] / mean[1] == pytest.approx(1 + (k_n / g_m) / (1 + g_n / g_m))


@pytest.mark.parametrize(("k", "c"), [(10, 0.5), (1, 1), (30, 0.2)])
def test_events_overcount_birth_and_death_by_half_a_molecule(k: float, c: float) -> None:
    says("So the bias is $k/2k = 1/2$: half a molecule, whatever the rates are.")
    n = np.arange(1000)
    by_event = poisson.pmf(n, k / c) * (k + c * n)
    assert n @ by_event / by_event.sum() == pytest.approx(k / c + 0.5)


def test_one_epidemic_in_eight_dies_out_early_and_some_more_do_not_take_off() -> None:
    says("The smaller solution is $\\rho = 1/2$, so three lines die out with probability $1/8$.")
    assert min(np.roots([2 / 3, -1, 1 / 3])) == pytest.approx(1 / 2)
    share = (fallen_ill(SYSTEMS["epidemic (SIR)"].network, 200, 3) < 0.2).mean()
    assert 1 / 8 < share < 1 / 8 + 0.04


def test_poissons_distribution_keeps_as_much_going_up_as_down() -> None:
    says("Poisson distribution with mean $k/c$.")
    n = np.arange(60)
    up, down = poisson.pmf(n, 20) * 10, poisson.pmf(n + 1, 20) * 0.5 * (n + 1)
    np.testing.assert_allclose(up, down, rtol=1e-9)


# Bridges from single events to the differential equation


def test_first_passages_take_what_the_chain_of_mean_times_says() -> None:
    says("the way leads back through $n$, which costs $h_{n-1} + h_n$ more")
    # Brute force: the mean times T(n) to 30 solve (b + d) T(n) = 1 + b T(n + 1) + d T(n - 1).
    n = np.arange(30)
    matrix = np.diag(10 + 0.5 * n) - np.diag(np.full(29, 10.0), 1) - np.diag(0.5 * n[1:], -1)
    climb = [0.1]
    for k in range(1, 30):
        climb.append((1 + 0.5 * k * climb[-1]) / 10)
    assert np.linalg.solve(matrix, np.ones(30))[0] == pytest.approx(sum(climb))
    assert round(sum(climb)) == 31


def test_the_table_of_bridges_says_what_the_chapter_says() -> None:
    says("the mean is too large by 0.5, and by 0.1 with a quarter of the step")
    says("the smaller the step, the more often one of them is negative")
    (cell,) = (each for each in cells("gillespie") if each.get("id") == "bridges")
    rows = "".join(cell["outputs"][0]["data"]["text/plain"]).splitlines()[1:]
    exact, exactly, coarse, fine, coarse_bell, fine_bell = ([float(each) for each in row.split()[-3:]] for row in rows)
    assert abs(exactly[0] - exact[0]) < 4 * (exact[1] / 4000) ** 0.5
    off = [each[0] - exact[0] for each in (coarse, coarse_bell, fine, fine_bell)]
    assert off == [pytest.approx(each, abs=0.07) for each in (0.5, 0.5, 0.1, 0.1)]
    assert coarse[2] < 0.01 < coarse_bell[2] < fine_bell[2]
