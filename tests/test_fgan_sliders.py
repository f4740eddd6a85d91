"""What the f-GAN explorers draw, at the ends of their sliders and between, against integrals in float64.

The selector runs as its exported graph in ONNX Runtime, in float32, as on the page.
"""

import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from kexue_widgets.fgan import DIVERGENCES, OneGaussian, Selector
from kexue_widgets.live import Engine, OnnxProgram, export_model

X = np.linspace(-200, 200, 8001)
MIXED = {"total variation": 0.3, "KL": 0.5, "Neyman": 0.05, "Jensen-Shannon": 1.0}
WEIGHTS = {name.lower().replace(" ", "_").replace("-", "_"): MIXED.get(name, 0.0) for name in DIVERGENCES}


def log_density(x: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    return -(((x - mean) / deviation) ** 2) / 2 - np.log(deviation) - np.log(2 * np.pi) / 2


def gain(name: str, p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
    """p T - q f*(T) for T = f'(e^r), with log densities p and q, from the chapter's table, each product as one power."""
    e = np.exp
    match name:
        case "total variation":
            return (e(p) - e(q)) * np.sign(r) / 2
        case "KL":
            return e(p) * (1 + r) - e(q + r)
        case "reverse KL":
            return -e(p - r) - e(q) * (r - 1)
        case "Pearson":
            return 2 * e(p + r) - 2 * e(p) - e(q + 2 * r) + e(q)
        case "Neyman":
            return e(p) - e(p - 2 * r) - 2 * e(q) + 2 * e(q - r)
        case "squared Hellinger":
            return e(p) - e(p - r / 2) - e(q + r / 2) + e(q)
        case "Jeffrey":
            return e(p) * (1 + r) - e(p - r) - e(q) * (r - 1) - e(q + r)
        case "Jensen-Shannon":
            return (e(p) * (np.log(2) - np.logaddexp(0, -r)) - e(q) * (np.logaddexp(0, r) - np.log(2))) / 2
        case "your mixture":
            return sum(weight * gain(each, p, q, r) for each, weight in MIXED.items())
    raise ValueError(name)


def bound(name: str, multiple: float, mean: float, deviation: float) -> float:
    """What the critic f'(u^multiple) reaches; minus infinity where the integrand does not vanish far out."""
    p, q = log_density(X, 0, 1), log_density(X, mean, deviation)
    with np.errstate(over="ignore", invalid="ignore"):
        values = gain(name, p, q, multiple * (p - q))
    ends = np.abs(values[[0, -1]])
    return float(np.trapezoid(values, X)) if (ends < 1e-12).all() else -np.inf


@pytest.fixture(scope="module")
def engine() -> Engine:
    selector = Selector()
    graphs = export_model(selector.functions, selector.controls, selector.values)  # of all divergences
    return Engine(OnnxProgram(graphs, selector.controls, []))


@pytest.mark.parametrize("name", [*DIVERGENCES, "your mixture"])
def test_the_selector_is_right_wherever_its_sliders_are(name: str, engine: Engine) -> None:
    values = Selector(divergence=name, **WEIGHTS).values
    for mean, deviation in itertools.product(np.linspace(-2, 2, 9), np.linspace(0.8, 1.3, 11)):
        exact = bound(name, 1, mean, deviation)
        for knows in (0.0, 1.0, 1.5):
            arrays = engine.frame({**values, "mean": mean, "deviation": deviation, "knows": knows}, 0).arrays
            assert all(np.isfinite(array).all() for array in arrays.values())
            # The picture ends at minus the divergence; on total variation's kinks a trapezoidal rule is good to 1e-4.
            reached = max(bound(name, knows, mean, deviation), -exact)
            close = {"rel": 1e-4, "abs": 1e-4, "nan_ok": False}
            assert arrays["exact"][0] == pytest.approx(exact, **close)
            assert arrays["summary"].tolist() == pytest.approx([exact, reached], **close)
            assert arrays["bound"][0] == pytest.approx(reached, **close)
        expected = [max(bound(name, each, mean, deviation), -exact) for each in np.linspace(0, 1.5, 7)]
        np.testing.assert_allclose(arrays["bounds"][::5], expected, rtol=1e-4, atol=1e-4, err_msg=f"{mean} {deviation}")


@pytest.mark.parametrize("u", [0.1, 0.35, 1.0, 4.0])
@pytest.mark.parametrize("name", DIVERGENCES)
def test_tangent_and_conjugate_are_those_of_f(name: str, u: float) -> None:
    # The slope by central differences of f, the height of the tangent at 0 by its two points.
    of, arrays = DIVERGENCES[name], Selector(divergence=name, u=u).arrays
    near = torch.tensor([u - 1e-5, u, u + 1e-5], dtype=torch.float64)
    below, at, above = of.f(near).tolist()
    slope = (above - below) / 2e-5
    assert arrays["at_u"][0] == pytest.approx(at, rel=1e-4, abs=1e-5)
    assert arrays["touching"][0] == pytest.approx(slope, rel=1e-4, abs=1e-4)
    assert arrays["at_slope"][0] == pytest.approx(u * slope - at, rel=1e-4, abs=1e-4)
    np.testing.assert_allclose(arrays["tangent"], at + slope * (arrays["ratio"] - u), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(arrays["f"], of.f(torch.from_numpy(arrays["ratio"]).double()), rtol=1e-4, atol=1e-5)


def test_densities_add_up_to_one() -> None:
    arrays = Selector(mean=-1.0, deviation=0.8).arrays
    for name, mean, deviation in (("p", 0, 1), ("q", -1, 0.8)):
        np.testing.assert_allclose(arrays[name], np.exp(log_density(arrays["shown"], mean, deviation)), atol=1e-6)
        assert quad(lambda x, m=mean, s=deviation: np.exp(log_density(x, m, s)), -20, 20)[0] == pytest.approx(1)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_landscape_is_the_divergence_of_each_gaussian(name: str) -> None:
    # From the same integrand in float64, over a grid fifteen times as wide: what is missing there lies above 1000.
    explorer = OneGaussian(divergence=name)
    explorer.reset()
    arrays = explorer.arrays
    assert all(np.isfinite(array).all() for array in arrays.values())
    x = np.linspace(-400, 400, 16001)
    parts = (np.log(0.33) + log_density(x, -1, 0.065**0.5), np.log(0.67) + log_density(x, 2, 2**0.5))
    log_p = torch.from_numpy(np.logaddexp(*parts))
    for i, j in itertools.product((0, 10, 15, 24, 33, 36, 50), (0, 15, 30, 50)):
        log_q = torch.from_numpy(log_density(x, arrays["means"][j], arrays["deviations"][i]))
        exact = float(torch.trapezoid(DIVERGENCES[name].integrand(log_p, log_q), torch.from_numpy(x)))
        assert arrays["landscape"][i, j] == pytest.approx(np.log(np.clip(exact, 1e-3, 1e3)), abs=0.01)


def test_an_infinite_divergence_is_drawn_at_the_end_of_the_scale() -> None:
    # p^2/q does not vanish far out where q's variance is below half of the mixture's wider one, 2; q^2/p where above.
    for name, infinite in (("Pearson", lambda s: s < 0.99), ("Neyman", lambda s: s > 2.02)):
        explorer = OneGaussian(divergence=name)
        explorer.reset()
        arrays = explorer.arrays
        drawn = arrays["landscape"][infinite(arrays["deviations"])]
        np.testing.assert_allclose(drawn, np.log(1e3), rtol=1e-5)
