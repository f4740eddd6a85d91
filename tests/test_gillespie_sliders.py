"""What `Trajectories` and `EventTrap` draw at the ends of their sliders, against scipy and closed forms in float64.

`Trajectories` runs as its exported graph in ONNX Runtime, in float32, as on the page.
"""

import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.special import gammaln
from scipy.stats import poisson

from kexue_widgets.gillespie import SYSTEMS, EventTrap, Trajectories, protein_distribution
from kexue_widgets.gillespie.explorers import stationary
from kexue_widgets.live import Engine, OnnxProgram, export_model

ENDS = (0.25, 4.0)


def corners(system: str) -> list[tuple[float, ...]]:
    """Factors of the rates at all corners of their sliders."""
    return list(itertools.product(ENDS, repeat=len(SYSTEMS[system].network.rates)))


def solution(system: str, rates: np.ndarray, initial: float, times: np.ndarray) -> np.ndarray:
    """The deterministic amounts (2 or 1, T), with dx/dt written out by hand, by LSODA or, where it is stiff, Radau."""
    c = [*rates, 0, 0][:4]
    slopes = {
        "gene expression": lambda t, x: [c[0] - c[2] * x[0], c[1] * x[0] - c[3] * x[1]],
        "birth and death": lambda t, x: [c[0] - c[1] * x[0]],
        "dimerisation": lambda t, x: [-c[0] * x[0] ** 2 + 2 * c[1] * x[1], c[0] * x[0] ** 2 / 2 - c[1] * x[1]],
        "Lotka-Volterra": lambda t, x: [c[0] * x[0] - c[1] * x[0] * x[1], c[1] * x[0] * x[1] - c[2] * x[1]],
        "Schlögl": lambda t, x: [c[0] * x[0] ** 2 / 2 - c[1] * x[0] ** 3 / 6 + c[2] - c[3] * x[0]],
        "epidemic (SIR)": lambda t, x: [-c[0] * x[0] * x[1], c[0] * x[0] * x[1] - c[1] * x[1]],
    }
    start = np.round(np.array(SYSTEMS[system].x0[:2]) * initial)
    method = "Radau" if system == "Schlögl" else "LSODA"
    tight = {"rtol": 1e-8, "atol": 1e-8}
    return solve_ivp(slopes[system], (0, times[-1]), start, method, t_eval=times, **tight).y


class Few(Trajectories):
    """The differential equation beside two trajectories: a test has no use for 48."""

    most = 2


@pytest.fixture(scope="module")
def engine() -> Engine:
    explorer = Few()
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)  # of all systems
    return Engine(OnnxProgram(graphs, explorer.controls, explorer.manifest()["starts"]))


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_differential_equation_is_solved_at_all_corners(system: str, engine: Engine) -> None:
    explorer, chosen = Few(system=system), SYSTEMS[system]
    times = np.linspace(0, chosen.horizon, 161)
    for factors, initial in zip(corners(system), itertools.cycle((0.0, 1.0, 3.0)), strict=False):
        rates = np.array(chosen.network.rates) * factors
        moved = {f"c{i + 1}": factor for i, factor in enumerate(factors)}
        values = {**explorer.values, **moved, "initial": initial}
        engine.reset(values, 0)
        arrays = engine.advance(700, values, 0).arrays
        assert all(np.isfinite(array).all() for array in arrays.values())
        np.testing.assert_allclose(arrays["ode_x_time"], times, rtol=1e-5)
        for name, expected in zip(("ode_x", "ode_y"), solution(system, rates, initial, times), strict=False):
            allowed = 0.01 * max(1.0, expected.max())  # a hundredth of the picture's height
            np.testing.assert_allclose(arrays[name], expected, rtol=0.01, atol=allowed, err_msg=f"{values}")


def protein_oracle(k_m: float, k_n: float, g_m: float, g_n: float, length: int) -> np.ndarray:
    """The stationary distribution of proteins up to `length`, without the closed form of its generating function.

    An mRNA that is t old has left proteins behind; x is the generating function of what one mRNA at age t adds. Along the
    characteristics of the master equation dx/dt = k_n x (z - 1) e^(-g_n t) - g_m (x - 1), and ln G = k_m int (x - 1) dt.
    """
    z = np.exp(2j * np.pi * np.arange(length // 2 + 1) / length)

    def slope(t: float, x: np.ndarray) -> np.ndarray:
        return k_n * x * (z - 1) * np.exp(-g_n * t) - g_m * (x - 1)

    fast = 8 / max(k_n, g_m, g_n)
    times = np.concatenate([np.linspace(0, fast, 1500), np.linspace(fast, 40 / min(g_m, g_n), 3000)[1:]])
    x, log = np.ones_like(z), np.zeros_like(z)
    for t, h in zip(times, np.diff(times), strict=False):
        k1 = slope(t, x)
        k2 = slope(t + h / 2, x + h / 2 * k1)
        k3 = slope(t + h / 2, x + h / 2 * k2)
        k4 = slope(t + h, x + h * k3)
        after = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        middle = (x + after) / 2 + h / 8 * (k1 - slope(t + h, after))
        log += h / 6 * (x + 4 * middle + after - 6)
        x = after
    return np.fft.irfft(np.exp(k_m * log).conj(), length)


@pytest.mark.parametrize("factors", corners("gene expression"), ids=str)
def test_the_protein_curve_is_right_at_all_corners(factors: tuple[float, ...]) -> None:
    network = SYSTEMS["gene expression"].network.with_rates(np.array([20, 2.5, 1, 1]) * factors)
    mean, covariance = network.stationary_moments()
    highest = int(mean[1] + 10 * covariance[1, 1] ** 0.5 + 30)
    found = protein_distribution(torch.tensor(network.rates, dtype=torch.float32), torch.arange(float(highest))).numpy()
    assert found.sum() == pytest.approx(1, abs=1e-3)
    n = np.arange(highest)
    assert n @ found == pytest.approx(mean[1], rel=1e-3)
    near = abs(n - mean[1]) < 6 * covariance[1, 1] ** 0.5 + 20  # far out, roundings weigh as much as probabilities
    assert (n - mean[1])[near] ** 2 @ found[near] == pytest.approx(covariance[1, 1], rel=2e-3)
    if mean[1] < 900:
        expected = protein_oracle(*network.rates, length=2 ** int(np.ceil(np.log2(highest))))[:highest]
        np.testing.assert_allclose(found, expected, atol=2e-5 * expected.max())


@pytest.mark.parametrize("factors", corners("birth and death"), ids=str)
def test_the_curve_of_birth_and_death_is_poissons(factors: tuple[float, ...]) -> None:
    rates, n = torch.tensor([10.0, 0.5]) * torch.tensor(factors), np.arange(600)
    found = stationary("birth and death", rates, torch.tensor(0.0), torch.from_numpy(n))
    np.testing.assert_allclose(found, poisson.pmf(n, float(rates[0] / rates[1])), atol=1e-5)


@pytest.mark.parametrize("total", [0, 1, 100, 300])
@pytest.mark.parametrize("factors", corners("dimerisation"), ids=str)
def test_the_curve_of_dimers_has_its_closed_form(factors: tuple[float, ...], total: int) -> None:
    # Detailed balance: pi(y) ~ (c1 / 2 c2)^y / ((N - 2y)! y!)
    c1, c2 = np.array([0.02, 0.2]) * factors
    y = np.arange(total // 2 + 1)
    log = y * np.log(c1 / 2 / c2) - gammaln(total - 2 * y + 1) - gammaln(y + 1)
    expected = np.exp(log - log.max())
    rates = torch.tensor([c1, c2], dtype=torch.float32)
    found = stationary("dimerisation", rates, torch.tensor(float(total)), torch.from_numpy(y))
    np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-4)


@pytest.mark.parametrize("factors", corners("Schlögl"), ids=str)
def test_schloegls_curve_is_at_rest_under_the_master_equation(factors: tuple[float, ...]) -> None:
    # Q pi = 0, with Q from the network; in float64 pi is known up to roundings of the curve.
    network = SYSTEMS["Schlögl"].network.with_rates(np.array([0.3, 0.01, 20, 3.5]) * factors)
    n = torch.arange(2000.0)
    pi = stationary("Schlögl", torch.tensor(network.rates, dtype=torch.float32), torch.tensor(0.0), n).double().numpy()
    assert pi.sum() == pytest.approx(1, abs=1e-4)
    assert pi[-100:].max() < 1e-6  # nothing is cut off
    flow = network.master_equation((1999,))
    assert abs(flow @ pi).max() < 1e-3 * abs(flow.diagonal() * pi).max()


def test_a_wide_curve_is_drawn_where_the_mean_is() -> None:
    # <n> = 50 * 4 * 4 = 800, beyond the counts of the standard rates; trajectories are not needed to know it.
    n = torch.arange(1200.0)
    curve = protein_distribution(torch.tensor([80.0, 10.0, 1.0, 1.0]), n)
    assert float(n[curve.argmax()]) == pytest.approx(800, abs=10)


@pytest.mark.parametrize("values", list(itertools.product((5.0, 30.0), (0.0, 4.0), (0.8, 3.0), (0.8, 3.0))), ids=str)
def test_the_traps_theory_is_that_of_the_moments_at_all_corners(values: tuple[float, ...]) -> None:
    explorer = EventTrap(**dict(zip(("k_m", "k_n", "g_m", "g_n"), values, strict=True)))
    explorer.reset()
    explorer.advance(350)
    arrays = explorer.arrays
    assert all(np.isfinite(array).all() for array in arrays.values())
    network = SYSTEMS["gene expression"].network.with_rates(values)
    mean, covariance = network.stationary_moments()
    k_m, k_n, g_m, g_n = values
    slope = np.array([k_n + g_m, g_n])  # a_0 = k_m + (k_n + g_m) m + g_n n
    by_events = mean + covariance @ slope / (k_m + slope @ mean)
    np.testing.assert_allclose(arrays["summary"][1::2], [mean, by_events], rtol=1e-4, atol=1e-4)
    expected = protein_distribution(torch.tensor(values), torch.from_numpy(arrays["theory_n"]))
    np.testing.assert_allclose(arrays["theory"], expected, atol=1e-6)


@pytest.mark.parametrize("values", [(30.0, 4.0, 0.8, 0.8), (5.0, 4.0, 0.8, 0.8), (30.0, 4.0, 3.0, 0.8)], ids=str)
def test_the_trap_opens_with_what_theory_says(values: tuple[float, ...]) -> None:
    # 512 paths that have forgotten how they began: the two means stray together, their difference by some hundredths.
    arrays = EventTrap(**dict(zip(("k_m", "k_n", "g_m", "g_n"), values, strict=True))).arrays
    by_time, theory, by_event, event_theory = arrays["summary"][:, 1]
    assert by_event - by_time == pytest.approx(event_theory - theory, rel=0.2)
    assert by_time == pytest.approx(theory, rel=0.03)
