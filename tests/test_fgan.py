"""The f-GAN chapter: its mathematics against numerical suprema, quadrature, closed forms and other libraries."""

import functools
import math
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import jensenshannon
from scipy.special import lambertw, rel_entr, wrightomega
from scipy.stats import norm
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from kexue_widgets import fgan
from kexue_widgets.fgan import (
    DIVERGENCES,
    GAN,
    GRID,
    JEFFREY,
    JENSEN_SHANNON,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    RING,
    ROWS,
    SAMPLERS,
    SQUARED_HELLINGER,
    TOTAL_VARIATION,
    TOY,
    FDivergence,
    GaussianFit,
    OneGaussian,
    PlaneGAN,
    Selector,
    alpha_divergence,
    around,
    best_gaussian,
    bound_value,
    critic_loss,
    divergence_losses,
    divergence_value,
    estimate,
    from_f,
    log_lambert,
    log_normal,
    mlp,
    nonsaturating_loss,
    ring,
    saturating_loss,
    swapped,
)
from kexue_widgets.live import SGD, Adam, Engine, Noise, OnnxProgram, Stream, Training, export_model, generator

ALPHAS = [alpha_divergence(alpha) for alpha in (-1, -0.5, 0, 0.3, 0.5, 1, 2, 3)]
OWN = from_f("own", lambda u: (u - 1) ** 2 / (u + 1))  # Vincze & Le Cam: smooth, bounded, not among the eight
SWAPPED = [swapped(each) for each in (*ROWS, OWN)]
MIRROR = {"KL": "reverse KL", "reverse KL": "KL", "Pearson": "Neyman", "Neyman": "Pearson"}

LINE = torch.linspace(-12, 15, 4001, dtype=torch.float64)
TARGET = TOY.log_density(LINE)
MODEL = log_normal(LINE, 1.0, 1.5)  # all eight divergences between the two are finite, in both directions

# What is tested is small: a second thread costs more than it gains.
torch.set_num_threads(1)

calm = settings(deadline=None, max_examples=25)  # torch's first calls are slow


def named(divergences: list[FDivergence]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("divergence", divergences, ids=lambda each: each.name)


def doubles(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def noise(seed: int = 0) -> Noise:
    return Noise.from_generator(generator(seed, Stream.STEP))


# f and its conjugate


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_conjugate_is_the_supremum_over_all_tangents(divergence: FDivergence) -> None:
    # f*(t) = sup_u { t u - f(u) }, searched by scipy for slopes t from all over the domain
    ratios = torch.linspace(-4, 4, 9, dtype=torch.float64).exp()
    for t in map(float, divergence.derivative(ratios) * 0.999):

        def fall(r: float, t: float = t) -> float:
            u = doubles(math.exp(r))
            return float(divergence.f(u) - t * u)

        coarse = min(np.linspace(-13, 13, 261), key=fall)
        found = minimize_scalar(fall, bounds=(coarse - 0.1, coarse + 0.1), method="bounded", options={"xatol": 1e-12})
        expected = -min(found.fun, fall(coarse))
        assert float(divergence.conjugate(doubles(t))) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_a_tangent_touches_where_its_slope_is_taken(divergence: FDivergence) -> None:
    # Fenchel & Young: f(u) + f*(t) = t u at t = f'(u), and optimal_conjugate is f* there.
    u = torch.linspace(-3, 3, 31, dtype=torch.float64).exp()
    t = divergence.derivative(u)
    torch.testing.assert_close(divergence.f(u) + divergence.conjugate(t), t * u, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(divergence.optimal_conjugate(u.log()), divergence.conjugate(t), rtol=1e-6, atol=1e-8)


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_slopes_of_f_and_of_its_conjugate_are_inverse(divergence: FDivergence) -> None:
    # f' by autograd is `derivative`; (f*)'(f'(u)) = u, but for total variation, whose f is made of straight lines.
    u = torch.linspace(-3, 3, 30, dtype=torch.float64).exp().requires_grad_()
    (slope,) = torch.autograd.grad(divergence.f(u).sum(), u)
    t = divergence.derivative(u).detach()
    torch.testing.assert_close(slope, t, rtol=1e-7, atol=1e-9)
    if "total variation" not in divergence.name:
        t.requires_grad_()
        (ratio,) = torch.autograd.grad(divergence.conjugate(t).sum(), t)
        torch.testing.assert_close(ratio, u.detach(), rtol=1e-5, atol=1e-8)


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_f_is_convex_and_vanishes_at_one(divergence: FDivergence) -> None:
    u = torch.linspace(0.01, 10, 1000, dtype=torch.float64)
    values = divergence.f(u)
    assert float(divergence.f(doubles(1.0))) == pytest.approx(0, abs=1e-12)
    assert (values[1:-1] <= (values[:-2] + values[2:]) / 2 + 1e-12).all()


@pytest.mark.parametrize(
    ("divergence", "low", "high", "below", "text"),
    [
        # below the domain the best u is 0: f* = -f(0); above it t u outgrows f
        (TOTAL_VARIATION, -0.5, 0.5, -0.5, "[-0.5, 0.5]"),
        (REVERSE_KL, -math.inf, 0.0, None, "(-inf, 0)"),
        (PEARSON, -2.0, math.inf, -1.0, "[-2, inf)"),
        (NEYMAN, -math.inf, 1.0, None, "(-inf, 1]"),
        (SQUARED_HELLINGER, -math.inf, 1.0, None, "(-inf, 1)"),
        (JENSEN_SHANNON, -math.inf, math.log(2) / 2, None, "(-inf, 0.3466)"),
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_conjugate_outside_of_the_domain(
    divergence: FDivergence, low: float, high: float, below: float | None, text: str
) -> None:
    assert (divergence.domain.low, divergence.domain.high) == pytest.approx((low, high))
    assert str(divergence.domain) == text
    if below is not None:
        assert divergence.conjugate(doubles(low - 1, low - 100)).tolist() == [below, below]
    if high < math.inf:
        assert divergence.conjugate(doubles(high + 1e-6, high + 100)).tolist() == [math.inf, math.inf]


@named([*ROWS, *ALPHAS, OWN])
def test_ends_of_the_domain_are_included_where_the_conjugate_is_finite(divergence: FDivergence) -> None:
    domain = divergence.domain
    assert domain.low_included == math.isfinite(domain.low)
    if math.isfinite(domain.high):
        # towards an end that is not included, f* grows without bound: at least as log(1 / distance)
        near = float(divergence.conjugate(doubles(domain.high - 1e-12)))
        assert (near < 3) == domain.high_included


def test_log_lambert_agrees_with_scipy() -> None:
    # scipy's lambertw where e^x is finite; its Wright omega, W(e^x), on all of [-1e4, 1e4]
    x = torch.linspace(-600, 600, 1001, dtype=torch.float64)
    np.testing.assert_allclose(log_lambert(x).exp(), lambertw(np.exp(x.numpy())).real, rtol=1e-13)
    x = torch.linspace(-1e4, 1e4, 20001, dtype=torch.float64)
    np.testing.assert_allclose(log_lambert(x).exp(), wrightomega(x.numpy()), rtol=1e-13)
    np.testing.assert_allclose(log_lambert(x.float()).double().exp(), wrightomega(x.numpy()), rtol=2e-6)


def test_log_lambert_is_smooth_to_autograd() -> None:
    # y + e^y = x gives y' = 1 / (1 + e^y)
    x = torch.linspace(-1e4, 1e4, 2001, requires_grad=True)
    y = log_lambert(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(slope, 1 / (1 + y.exp()))
    t = torch.linspace(-1e4, 50, 500, requires_grad=True)
    value = JEFFREY.conjugate(t)
    (slope,) = torch.autograd.grad(value.sum(), t)
    assert value.isfinite().all()
    assert slope.isfinite().all()
    assert not JEFFREY.conjugate(doubles(1e4)).isnan()


# Activations and losses


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_activation_rises_smoothly_through_the_domain(divergence: FDivergence) -> None:
    v = torch.linspace(-12, 12, 1001, dtype=torch.float64, requires_grad=True)
    t = divergence.activation(v)
    (slope,) = torch.autograd.grad(t.sum(), v)
    assert (slope > 0).all()
    assert slope.diff().abs().max() < 0.1 * slope.max()  # no jump from one step of 0.03 to the next
    assert (t >= divergence.domain.low).all()
    assert (t <= divergence.domain.high).all()
    torch.testing.assert_close(divergence.activation_conjugate(v), divergence.conjugate(t), rtol=1e-5, atol=1e-6)


@named([*ROWS, *ALPHAS])
def test_activation_reaches_every_part_of_the_domain(divergence: FDivergence) -> None:
    # Scores of +-1e4 reach beyond f'(e^-4) and f'(e^4), and to 0.02 of each finite end.
    ends = divergence.activation(doubles(-1e4, 1e4))
    reached = divergence.optimal_critic(doubles(-4.0, 4.0)) if divergence is not TOTAL_VARIATION else ends * 0.99
    assert ends[0] <= reached[0]
    assert ends[1] >= reached[1]
    if math.isfinite(divergence.domain.low):
        assert float(ends[0]) == pytest.approx(divergence.domain.low, abs=0.02)
    if math.isfinite(divergence.domain.high):
        assert float(ends[1]) == pytest.approx(divergence.domain.high, abs=0.02)


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_extreme_scores_give_no_nan(divergence: FDivergence) -> None:
    # float32, |v| up to 1e4: each loss and its gradient, all scores alike and all together
    magnitudes = torch.tensor([0.0, 1.0, 20.0, 87.0, 89.0, 104.0, 1e3, 1e4])
    scores = torch.cat([-magnitudes, magnitudes])
    for score in [*scores.unsqueeze(1), scores]:
        for losses in (
            lambda v: critic_loss(divergence, v, v.flip(0)),
            lambda v: saturating_loss(divergence, v),
            lambda v: nonsaturating_loss(divergence, v),
        ):
            v = score.clone().requires_grad_()
            loss = losses(v)
            (slope,) = torch.autograd.grad(loss, v)
            assert loss.isfinite()
            assert slope.isfinite().all()


def test_jensen_shannon_estimate_is_the_objective_of_the_first_gan() -> None:
    # log 2 + E_p log D / 2 + E_q log(1 - D) / 2 with D = sigmoid(v): Goodfellow et al. 2014, and the factor 1/2
    data, fake = torch.randn(2, 100, generator=torch.Generator().manual_seed(0)).double()
    real, false = torch.sigmoid(data), torch.sigmoid(fake)
    expected = math.log(2) + real.log().mean() / 2 + (1 - false).log().mean() / 2
    torch.testing.assert_close(estimate(JENSEN_SHANNON, data, fake), expected)


def test_generator_losses_of_jensen_shannon_are_those_of_the_first_gan() -> None:
    # E log(1 - D), and -E log D in its place (Goodfellow et al. 2014), each halved and shifted by log 2 / 2
    fake = torch.randn(100, generator=torch.Generator().manual_seed(0)).double()
    discriminator = torch.sigmoid(fake)
    saturating, trick = (1 - discriminator).log().mean(), -discriminator.log().mean()
    torch.testing.assert_close(saturating_loss(JENSEN_SHANNON, fake), (math.log(2) + saturating) / 2)
    torch.testing.assert_close(nonsaturating_loss(JENSEN_SHANNON, fake), (trick - math.log(2)) / 2)


@named([*ROWS, *ALPHAS, OWN])
def test_swapped_roles_are_the_same_loss_with_scores_exchanged_and_turned(divergence: FDivergence) -> None:
    # max over T of E_q[T] - E_p[f*(T)]: fakes where data was
    data, fake = torch.randn(2, 50, generator=torch.Generator().manual_seed(0)).double()
    other = swapped(divergence)
    torch.testing.assert_close(critic_loss(other, data, fake), critic_loss(divergence, -fake, -data))
    torch.testing.assert_close(saturating_loss(other, fake), divergence.activation(-fake).mean())
    assert divergence_value(other, TARGET, MODEL, LINE) == divergence_value(divergence, MODEL, TARGET, LINE)


@named(ROWS)
def test_swapping_leads_from_row_to_row(divergence: FDivergence) -> None:
    # u f(1/u): KL and reverse KL, Pearson and Neyman change places, the other four are symmetric.
    other, expected = swapped(divergence), DIVERGENCES[MIRROR.get(divergence.name, divergence.name)]
    u, v = torch.linspace(0.1, 5, 50).double(), torch.linspace(-9, 9, 50).double()
    assert other.domain == expected.domain
    for function, x in [("f", u), ("derivative", u), ("activation", v), ("activation_conjugate", v)]:
        torch.testing.assert_close(getattr(other, function)(x), getattr(expected, function)(x))


# The bound


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_bound_is_tight_for_the_optimal_critic(divergence: FDivergence) -> None:
    # E_p[T] - E_q[f*(T)] at T = f'(p/q) against E_q f(p/q)
    line = LINE[(LINE > -6) & (LINE < 8)]  # densities are truncated alike on both sides
    log_p, log_q = TOY.log_density(line), log_normal(line, 1.0, 1.5)
    t = divergence.optimal_critic(log_p - log_q)
    bound = torch.trapezoid(log_p.exp() * t - log_q.exp() * divergence.conjugate(t), line)
    value = torch.trapezoid(log_q.exp() * divergence.f((log_p - log_q).exp()), line)
    assert float(bound) == pytest.approx(float(value), rel=1e-6)


@calm
@given(st.integers(0, 2**31), st.floats(0.1, 5.0))
def test_no_critic_exceeds_the_divergence(seed: int, scale: float) -> None:
    score = scale * torch.from_numpy(np.random.default_rng(seed).normal(size=len(LINE)))
    for divergence in (*ROWS, *ALPHAS, OWN):
        value = divergence_value(divergence, TARGET, MODEL, LINE)
        assert bound_value(divergence, score, TARGET, MODEL, LINE) < value


@named([each for each in ROWS if each is not TOTAL_VARIATION])
def test_bound_is_tight_for_the_score_that_activation_maps_to_the_optimal_critic(divergence: FDivergence) -> None:
    # the score that stands for the log ratio: r itself for Jensen-Shannon, sinh(r) for the others
    ratio = TARGET - MODEL
    score = ratio if divergence is JENSEN_SHANNON else ratio.clamp(-300, 300).sinh()
    value = divergence_value(divergence, TARGET, MODEL, LINE)
    assert float(bound_value(divergence, score, TARGET, MODEL, LINE)) == pytest.approx(float(value), rel=1e-6)


# Exact values

INTEGRANDS = {
    # the article's integrals, with Pearson and Neyman under their usual names
    "total variation": lambda p, q: abs(p - q) / 2,
    "KL": lambda p, q: p * np.log(p / q),
    "reverse KL": lambda p, q: q * np.log(q / p),
    "Pearson": lambda p, q: (p - q) ** 2 / q,
    "Neyman": lambda p, q: (p - q) ** 2 / p,
    "squared Hellinger": lambda p, q: (np.sqrt(p) - np.sqrt(q)) ** 2,
    "Jeffrey": lambda p, q: (p - q) * np.log(p / q),
    "Jensen-Shannon": lambda p, q: (p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))) / 2,
}


@named(ROWS)
def test_value_agrees_with_quadrature(divergence: FDivergence) -> None:
    # scipy's adaptive quadrature of the article's integral, densities by scipy.stats
    def integrand(x: float) -> float:
        p = 0.33 * norm.pdf(x, -1, math.sqrt(0.065)) + 0.67 * norm.pdf(x, 2, math.sqrt(2))
        return INTEGRANDS[divergence.name](p, norm.pdf(x, 1, 1.5))

    expected = sum(
        quad(integrand, low, high, epsabs=1e-12, limit=200)[0] for low, high in ((-12, -2), (-2, 0), (0, 4), (4, 15))
    )
    value = float(divergence_value(divergence, TARGET, MODEL, LINE))
    # total variation's integrand has kinks, which cost the trapezoidal rule a few digits
    assert value == pytest.approx(expected, rel=2e-5 if divergence is TOTAL_VARIATION else 1e-7)
    assert 0 < value < divergence.upper


@calm
@given(st.floats(-1, 1), st.floats(0.8, 1), st.floats(-1, 1), st.floats(1, 1.2))
def test_gaussians_have_their_closed_forms(m: float, s: float, n: float, t: float) -> None:
    # KL by torch.distributions; the others by completing squares
    first, second = Normal(doubles(m), doubles(s)), Normal(doubles(n), doubles(t))
    forward, backward = float(kl_divergence(first, second)), float(kl_divergence(second, first))
    affinity = math.sqrt(2 * s * t / (s * s + t * t)) * math.exp(-((m - n) ** 2) / 4 / (s * s + t * t))
    rest = 2 * t * t - s * s
    squares = t * t / (s * math.sqrt(rest)) * math.exp((m - n) ** 2 / rest) - 1
    log_p, log_q = log_normal(LINE, m, s), log_normal(LINE, n, t)
    torch.testing.assert_close(log_p, first.log_prob(LINE))
    for divergence, expected in [
        (KL, forward),
        (REVERSE_KL, backward),
        (JEFFREY, forward + backward),
        (SQUARED_HELLINGER, 2 - 2 * affinity),
        (PEARSON, squares),
    ]:
        value = float(divergence_value(divergence, log_p, log_q, LINE))
        assert value == pytest.approx(expected, rel=1e-7, abs=1e-9)
    assert float(divergence_value(NEYMAN, log_q, log_p, LINE)) == pytest.approx(squares, rel=1e-7, abs=1e-9)


@calm
@given(st.integers(0, 2**31))
def test_discrete_distributions_agree_with_scipy(seed: int) -> None:
    # sum of q f(p/q) against rel_entr, and the square of jensenshannon, which is a distance
    p, q = np.random.default_rng(seed).dirichlet(np.ones(6), size=2)
    u, weight = torch.from_numpy(p / q), torch.from_numpy(q)
    for divergence, expected in [
        (KL, rel_entr(p, q).sum()),
        (REVERSE_KL, rel_entr(q, p).sum()),
        (JEFFREY, rel_entr(p, q).sum() + rel_entr(q, p).sum()),
        (JENSEN_SHANNON, jensenshannon(p, q) ** 2),
        (TOTAL_VARIATION, abs(p - q).sum() / 2),
    ]:
        assert float(weight @ divergence.f(u)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_integrand_is_q_times_f_of_the_ratio(divergence: FDivergence) -> None:
    log_p, log_q = torch.linspace(-9, 1, 11).double()[:, None], torch.linspace(-9, 1, 11).double()
    expected = log_q.exp() * divergence.f((log_p - log_q).exp())
    torch.testing.assert_close(divergence.integrand(log_p, log_q), expected, rtol=1e-9, atol=1e-12)


@named([*ROWS, *ALPHAS, *SWAPPED, OWN])
def test_tails_without_density_give_no_nan_in_float32(divergence: FDivergence) -> None:
    # e^-2000 is 0 in float32: where both densities vanish, so must the integrand.
    grid = torch.linspace(-60, 60, 2001)
    integrand = divergence.integrand(log_normal(grid, 0.1, 1.0), log_normal(grid, 0.0, 1.1))
    assert integrand.isfinite().all()
    assert integrand[0] == pytest.approx(0, abs=1e-12)


@named([each for each in ROWS if each.upper < math.inf] + [alpha_divergence(0.3), swapped(SQUARED_HELLINGER)])
def test_upper_bound_is_reached_by_densities_that_do_not_meet(divergence: FDivergence) -> None:
    # 1 for total variation, 2 for squared Hellinger, log 2 for Jensen-Shannon, 1 / (a (1 - a)) for alpha
    apart = divergence_value(divergence, log_normal(LINE, -8, 0.3), log_normal(LINE, 8, 0.3), LINE)
    assert float(apart) == pytest.approx(divergence.upper, rel=1e-6)


def test_the_other_rows_have_no_upper_bound() -> None:
    unbounded = {each.name for each in ROWS if each.upper == math.inf}
    assert unbounded == {"KL", "reverse KL", "Pearson", "Neyman", "Jeffrey"}
    for name in unbounded:  # two Gaussians 16 apart: all beyond the bounds of the others
        log_p, log_q = log_normal(LINE, -6, 1.0), log_normal(LINE, 9, 1.0)
        assert divergence_value(DIVERGENCES[name], log_p, log_q, LINE) > 100


# Best fits


@functools.cache
def best_fit(name: str) -> GaussianFit:
    return best_gaussian(DIVERGENCES[name], TARGET, LINE)


@pytest.mark.parametrize(
    ("name", "factor", "objective", "mean", "deviation"),
    [
        # Solutions of the same problem by another program; for total variation and Hellinger to fewer digits.
        ("KL", 1, 0.28305, 1.01000, 1.83067),
        ("reverse KL", 1, 0.24821, 1.57811, 1.63117),
        ("Jensen-Shannon", 2, 0.12808, 1.30685, 1.75397),
        ("Jeffrey", 1, 0.57081, 1.32163, 1.70292),
        ("Pearson", 1, 0.64578, 0.57366, 1.92731),
        ("squared Hellinger", 1, 0.1347, 1.3129, 1.7326),
        ("total variation", 1, 0.2396, 1.3381, 1.8790),
    ],
)
def test_best_gaussian_of_the_reconstructed_mixture(
    name: str, factor: int, objective: float, mean: float, deviation: float
) -> None:
    fit = best_fit(name)
    assert factor * fit.objective == pytest.approx(objective, abs=3e-4)
    assert fit.mean == pytest.approx(mean, abs=2e-3)
    assert fit.deviation == pytest.approx(deviation, abs=2e-3)


@pytest.mark.parametrize(
    ("name", "factor", "objective", "mean", "deviation"),
    [
        # The paper's table (exact row, mean and deviation); its Jensen-Shannon is twice the usual one.
        ("KL", 1, 0.2831, 1.0100, 1.8308),
        ("reverse KL", 1, 0.2480, 1.5782, 1.6319),
        ("Jensen-Shannon", 2, 0.1280, 1.3070, 1.7542),
        ("Jeffrey", 1, 0.5705, 1.3218, 1.7034),
        ("Pearson", 1, 0.6457, 0.5737, 1.9274),
    ],
)
def test_best_gaussian_agrees_with_the_paper(
    name: str, factor: int, objective: float, mean: float, deviation: float
) -> None:
    fit = best_fit(name)
    assert factor * fit.objective == pytest.approx(objective, abs=3.5e-4)
    assert fit.mean == pytest.approx(mean, abs=2e-3)
    assert fit.deviation == pytest.approx(deviation, abs=2e-3)


def test_best_gaussian_of_a_gaussian_is_itself() -> None:
    for divergence in ROWS:
        fit = best_gaussian(divergence, MODEL, LINE)
        assert fit.objective == pytest.approx(0, abs=1e-8)
        assert (fit.mean, fit.deviation) == pytest.approx((1, 1.5), abs=1e-3)


def test_best_gaussian_for_kl_has_the_moments_of_the_target() -> None:
    # Maximum likelihood: mean 0.33 (-1) + 0.67 * 2, second moment 0.33 (1 + 0.065) + 0.67 (4 + 2)
    fit = best_fit("KL")
    assert fit.mean == pytest.approx(1.01, abs=1e-5)
    assert fit.deviation**2 == pytest.approx(0.33 * 1.065 + 0.67 * 6 - 1.01**2, abs=1e-4)


@pytest.mark.parametrize(
    ("divergence", "objective", "mean", "deviation"),
    [
        # Two modes of equal weight far apart: one is lost for ln 2 (reverse KL), both are covered with the moments (KL).
        (REVERSE_KL, math.log(2), 8, 1),
        (KL, math.log(7.0711 / 1) - math.log(2), 1, 50**0.5),
    ],
    ids=repr,
)
def test_what_lies_beyond_the_grid_is_no_bargain(
    divergence: FDivergence, objective: float, mean: float, deviation: float
) -> None:
    # The densities of Gaussians wider than the grid are small on it, and so was the integral there.
    grid = torch.linspace(-12, 15, 1001, dtype=torch.float64)
    target = fgan.Mixture((0.5, 0.5), (-6.0, 8.0), (1.0, 1.0)).log_density(grid)
    fit = best_gaussian(divergence, target, grid)
    assert fit.objective == pytest.approx(objective, abs=1e-3)
    assert (abs(fit.mean - 1) + 1, fit.deviation) == pytest.approx((mean, deviation), abs=1e-2)


# What a generator follows


def gradients_at_the_best_critic(divergence: FDivergence) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients in (mean, deviation) of a Gaussian Q: of both generator losses, by quadrature over z, and of D_f."""
    start = doubles(0.7, 1.5)
    z = torch.linspace(-9, 9, 4001, dtype=torch.float64)

    def fake_mean(function: str, parameters: Tensor) -> Tensor:
        x = parameters[0] + parameters[1] * z
        ratio = TOY.log_density(x) - log_normal(x, *start)  # the critic does not move with the generator
        return torch.trapezoid(log_normal(z, 0.0, 1.0).exp() * getattr(divergence, function)(ratio), z)

    return tuple(
        torch.func.grad(loss)(start)
        for loss in (
            lambda parameters: -fake_mean("optimal_conjugate", parameters),
            lambda parameters: -fake_mean("optimal_critic", parameters),
            lambda parameters: divergence_value(divergence, TARGET, log_normal(LINE, *parameters), LINE),
        )
    )


SMOOTH = [each for each in ROWS if each is not TOTAL_VARIATION]


@named([*SMOOTH, alpha_divergence(0.3), swapped(JEFFREY)])
def test_saturating_loss_follows_the_divergence(divergence: FDivergence) -> None:
    # At the maximum over T, the derivative in the generator's parameters is the partial one.
    saturating, _, value = gradients_at_the_best_critic(divergence)
    torch.testing.assert_close(saturating, value, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("divergence", "parts"),
    [
        # h'' = f'' / u, integrated twice: alpha becomes alpha - 1, and the others are sums of members of that family.
        (KL, [(1, REVERSE_KL)]),
        (REVERSE_KL, [(0.5, NEYMAN)]),
        (PEARSON, [(2, KL)]),
        (NEYMAN, [(2, alpha_divergence(-2))]),
        (SQUARED_HELLINGER, [(0.5, alpha_divergence(-0.5))]),
        (JEFFREY, [(1, REVERSE_KL), (0.5, NEYMAN)]),
        (JENSEN_SHANNON, [(0.5, REVERSE_KL), (-1, JENSEN_SHANNON)]),
        (alpha_divergence(0.3), [(1, alpha_divergence(-0.7))]),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_the_trick_follows_another_divergence(divergence: FDivergence, parts: list[tuple[float, FDivergence]]) -> None:
    _, trick, _ = gradients_at_the_best_critic(divergence)
    expected = sum(factor * gradients_at_the_best_critic(part)[2] for factor, part in parts)
    torch.testing.assert_close(trick, expected, rtol=1e-5, atol=1e-8)


# The alpha family, and divergences of one's own


@pytest.mark.parametrize(
    ("alpha", "factor", "member"),
    [(0, 1, REVERSE_KL), (1, 1, KL), (2, 0.5, PEARSON), (-1, 0.5, NEYMAN), (0.5, 2, SQUARED_HELLINGER)],
)
def test_alpha_family_holds_five_of_the_rows(alpha: float, factor: float, member: FDivergence) -> None:
    # up to the stated factor, and a multiple of u - 1, which integrates to 0
    value = float(divergence_value(alpha_divergence(alpha), TARGET, MODEL, LINE))
    assert value == pytest.approx(factor * float(divergence_value(member, TARGET, MODEL, LINE)), rel=1e-8)


@pytest.mark.parametrize("limit", [0, 1])
def test_alpha_family_is_continuous_at_its_limits(limit: int) -> None:
    t, u = torch.linspace(-2, 0.5, 20).double(), torch.linspace(0.1, 5, 20).double()
    at, near = alpha_divergence(limit), alpha_divergence(limit + 1e-5)
    for function, x in [("f", u), ("derivative", u), ("conjugate", t), ("activation", t), ("activation_conjugate", t)]:
        torch.testing.assert_close(getattr(at, function)(x), getattr(near, function)(x), rtol=1e-3, atol=1e-3)


def test_alpha_above_one_has_a_conjugate_below_its_domain() -> None:
    # The formula alone would take the root of a negative number below t = -1 / (alpha - 1); f* is -f(0) = -1/alpha.
    assert alpha_divergence(3).conjugate(doubles(-0.6, -5)).tolist() == pytest.approx([-1 / 3, -1 / 3])


@named([KL, REVERSE_KL, PEARSON, NEYMAN, SQUARED_HELLINGER, JEFFREY, JENSEN_SHANNON, TOTAL_VARIATION])
def test_numerical_conjugate_agrees_with_the_table(divergence: FDivergence) -> None:
    own = from_f("mine", divergence.f)
    t = divergence.derivative(torch.linspace(-5, 5, 41).double().exp())
    torch.testing.assert_close(own.conjugate(t), divergence.conjugate(t), rtol=1e-6, atol=1e-6)
    v = torch.linspace(-20, 20, 41).double()
    if divergence not in (JENSEN_SHANNON, TOTAL_VARIATION):  # whose activations are their own
        torch.testing.assert_close(own.activation(v), divergence.activation(v))
        torch.testing.assert_close(
            own.activation_conjugate(v), divergence.activation_conjugate(v), atol=1e-8, rtol=1e-7
        )


def test_own_divergence_has_its_known_bound() -> None:
    # (u - 1)^2 / (u + 1): f(0) = 1 and f'(inf) = 1, so 2; the domain is (-3, 1).
    assert OWN.upper == pytest.approx(2, abs=1e-5)
    assert (OWN.domain.low, OWN.domain.high) == pytest.approx((-3, 1), abs=1e-5)


def test_own_divergence_that_is_not_defined_at_zero_can_be_swapped() -> None:
    # u log u is 0 * -inf at u = 0; KL becomes reverse KL all the same
    other = swapped(from_f("mine", lambda u: u * u.log()))
    t = doubles(-5, -1, -0.1)
    torch.testing.assert_close(other.conjugate(t), REVERSE_KL.conjugate(t), rtol=1e-5, atol=1e-5)


def test_own_divergence_of_densities_far_apart_is_right() -> None:
    # ratios far beyond 1e6 on both sides: the integral of (p - q)^2 / (p + q) is nearly 2
    value = divergence_value(OWN, log_normal(LINE, -3, 1.0), log_normal(LINE, 5, 1.0), LINE)
    p, q = log_normal(LINE, -3, 1.0).exp(), log_normal(LINE, 5, 1.0).exp()
    assert float(value) == pytest.approx(float(torch.trapezoid((p - q) ** 2 / (p + q), LINE)), rel=1e-4)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda u: u * u, r"f\(1\) must be 0, got 1"),
        (lambda u: u.sqrt() - 1, "f must be convex, but its slope falls from 500 at u = 1e-06"),
        (lambda u: -((u - 1) ** 2), "f must be convex"),
        (lambda u: (3 * (u - 1)).sin() * (u - 1), "f must be convex"),
        (lambda u: (u - 1) * (u - 2).sqrt(), r"f\(1\) must be 0, got nan"),
        (lambda u: (u.exp() - math.e) ** 2, "must be finite for u from 1e-6 to 1e6, not so at u = 3"),
    ],
)
def test_a_function_that_makes_no_divergence_is_refused_in_words(f, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_f("mine", f)


# Samples


def test_mixture_samples_have_the_moments_of_the_density() -> None:
    # mean 1.01, variance 3.3512; five standard errors over 40,000 draws (kurtosis below 3)
    points = TOY.sample(noise(), 40_000)
    variance = 0.33 * 1.065 + 0.67 * 6 - 1.01**2
    assert points.shape == (40_000, 1)
    assert float(points.mean()) == pytest.approx(1.01, abs=5 * math.sqrt(variance / 40_000))
    assert float(points.var()) == pytest.approx(variance, rel=5 * math.sqrt(2 / 40_000))
    assert float(torch.trapezoid(TARGET.exp(), LINE)) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "centres"), [("ring", RING), ("grid", GRID), ("own", torch.tensor([[0.0, 0.0], [1.0, 2.0], [3.0, -1.0]]))]
)
def test_points_lie_around_their_centres_in_equal_shares(name: str, centres: Tensor) -> None:
    points = SAMPLERS[name](noise(), 20_000) if name in SAMPLERS else around(noise(), 20_000, centres)
    offset = points[:, None] - centres
    nearest = offset.norm(dim=2).argmin(1)
    share = 1 / len(centres)
    counts = nearest.bincount(minlength=len(centres)) / 20_000
    assert counts.tolist() == pytest.approx([share] * len(centres), abs=5 * math.sqrt(share / 20_000))
    # standard deviation 0.1 in both directions
    assert float(offset[torch.arange(20_000), nearest].std()) == pytest.approx(0.1, rel=0.03)


def test_ring_has_eight_centres_at_distance_two_and_grid_twenty_five_at_distance_one() -> None:
    assert RING.norm(dim=1).tolist() == pytest.approx([2.0] * 8)
    assert torch.pdist(RING).min() == pytest.approx(4 * math.sin(math.pi / 8))
    assert GRID.shape == (25, 2)
    assert torch.pdist(GRID).min() == 1


def test_two_moons_are_half_circles() -> None:
    # One is the other turned by 180 degrees; each lies on a circle of radius 1.5 around (-+0.75, -+0.375).
    points = SAMPLERS["two moons"](noise(), 5000)
    centre = torch.tensor([-0.75, -0.375])
    radius = torch.minimum((points - centre).norm(dim=1), (points + centre).norm(dim=1))
    distance = torch.minimum(((points - centre).norm(dim=1) - 1.5).abs(), ((points + centre).norm(dim=1) - 1.5).abs())
    assert float(distance.quantile(0.99)) < 0.3
    assert float(radius.std()) > 0.1
    assert points.mean(0).tolist() == pytest.approx([0, 0], abs=0.1)


def test_spiral_winds_one_turn_and_a_half() -> None:
    # Archimedes: the radius grows in proportion to the angle, to 2 after 3 pi.
    points = SAMPLERS["spiral"](noise(), 5000)
    radius, angle = points.norm(dim=1), torch.atan2(points[:, 1], points[:, 0])
    turns = ((radius / 2 * 3 * math.pi - angle) / (2 * math.pi)).round().clamp(0, 1)
    off = radius - 2 * (angle + 2 * math.pi * turns) / (3 * math.pi)
    assert float(off[radius > 0.5].abs().median()) < 0.1
    assert float(radius.max()) == pytest.approx(2, abs=0.5)
    # spread evenly, half of the points lie beyond 3 pi / sqrt(2), where the radius is sqrt(2)
    assert float(radius.median()) == pytest.approx(math.sqrt(2), abs=0.05)


def test_same_noise_gives_the_same_points() -> None:
    for sampler in SAMPLERS.values():
        assert torch.equal(sampler(noise(3), 20), sampler(noise(3), 20))
        assert not torch.equal(sampler(noise(3), 20), sampler(noise(4), 20))


# Training


def small_gan(divergence: FDivergence, loss=saturating_loss) -> GAN:
    return GAN(
        divergence_losses(divergence, loss is saturating_loss),
        Training(mlp(2, 8, 1), SGD()),
        Training(mlp(2, 8, 2), SGD()),
    )


@pytest.mark.parametrize("loss", [saturating_loss, nonsaturating_loss])
def test_steps_are_those_of_plain_torch(loss) -> None:
    # both players as modules, their losses through backward(), torch.optim.SGD
    gan = small_gan(PEARSON, loss)
    state = gan.start(noise())
    networks = {"generator": mlp(2, 8, 2), "critic": mlp(2, 8, 1)}
    for name, network in networks.items():
        nn.utils.vector_to_parameters(state[name]["parameters"].clone(), network.parameters())
    data, latent = SAMPLERS["ring"](noise(1), 64), noise(2).normal(64, 2)

    before = critic_loss(PEARSON, networks["critic"](data), networks["critic"](networks["generator"](latent)))
    optimizer = torch.optim.SGD(networks["critic"].parameters(), 0.1)
    before.backward()
    optimizer.step()
    optimizer = torch.optim.SGD(networks["generator"].parameters(), 0.1)
    optimizer.zero_grad()
    loss(PEARSON, networks["critic"](networks["generator"](latent))).backward()
    optimizer.step()

    state, value = gan.critic_step(state, data, latent, 0.1)
    state = gan.generator_step(state, latent, 0.1)
    assert float(value) == pytest.approx(before.item(), abs=1e-6)
    for name, network in networks.items():
        torch.testing.assert_close(state[name]["parameters"], nn.utils.parameters_to_vector(network.parameters()))


@named(ROWS)
def test_critic_steps_raise_the_estimate_towards_the_exact_value(divergence: FDivergence) -> None:
    # two Gaussians half a deviation apart: the exact value is a bound, and 150 steps come within a third of it
    gan = GAN(divergence_losses(divergence), Training(mlp(1, 16, 1), Adam()), Training(nn.Linear(1, 1), SGD()))
    state, numbers = gan.start(noise()), noise(1)
    shift, spread = state["generator"]["parameters"][1], state["generator"]["parameters"][0].abs()
    data, latent = shift + spread * (numbers.normal(4000, 1) + 0.7), numbers.normal(4000, 1)
    values = []
    for _ in range(150):
        state, value = gan.critic_step(state, data, latent, 0.03)
        values.append(-float(value))
    exact = float(divergence_value(divergence, log_normal(LINE, 0.7, 1.0), log_normal(LINE, 0.0, 1.0), LINE))
    assert values[-1] > values[0]
    assert 0.66 * exact < values[-1] < 1.2 * exact  # a sample of 4000 is not quite the density


def test_learned_gaussian_is_the_exact_best_fit() -> None:
    # Within 5 % in mean and deviation, averaged over the last quarter; `benchmarks/fgan_toy.py` does it for all five.
    gan = GAN(
        divergence_losses(REVERSE_KL),
        Training(mlp(1, 32, 32, 1), Adam(0.5)),
        Training(nn.Linear(1, 1), Adam(0.5, 0.9)),
    )
    state, numbers, kept = gan.start(noise()), noise(100), []
    latent = torch.special.ndtri((torch.arange(512) + 0.5) / 512)[:, None]  # the same quantiles for every step
    for step in range(300):
        rate = 0.01 * (1 - step / 300)
        for _ in range(3):
            state, _ = gan.critic_step(state, TOY.sample(numbers, 512), latent, rate)
        state = gan.generator_step(state, latent, 2 * rate)
        kept.append(state["generator"]["parameters"])
    deviation, mean = torch.stack(kept[225:]).mean(0)
    exact = best_fit("reverse KL")
    assert float(mean) == pytest.approx(exact.mean, rel=0.05)
    assert float(deviation.abs()) == pytest.approx(exact.deviation, rel=0.05)


def test_training_stays_where_its_tensors_are() -> None:
    # torch's meta device computes shapes alone, and refuses to mix with tensors on the CPU.
    there = Noise(lambda count: torch.empty(count, device="meta"))
    gan = GAN(divergence_losses(JEFFREY), Training(mlp(2, 8, 1), Adam()), Training(mlp(2, 8, 2), Adam()))
    state = gan.start(there)
    for sampler in list(SAMPLERS.values())[1:]:
        state, value = gan.critic_step(state, sampler(there, 16), there.normal(16, 2), 0.1)
        state = gan.generator_step(state, there.normal(16, 2), 0.1)
        assert value.device.type == "meta"
        assert state["generator"]["parameters"].device.type == "meta"


# Export


@pytest.fixture
def empty_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))


def assert_exports(frame) -> None:
    """The same arrays from ONNX Runtime, the page's engine, to 1e-5."""
    graphs = export_model({"frame": frame}, {}, {})
    exported = Engine(OnnxProgram(graphs, {}, [])).frame({}, 5).arrays
    expected = frame(Noise.from_generator(generator(5, Stream.FRAME)))
    assert exported.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(exported[name], array, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("kinds", [[*ROWS, alpha_divergence(0.3), swapped(PEARSON)], [OWN]], ids=["known", "own"])
@pytest.mark.usefixtures("empty_cache")
def test_losses_and_gradients_export(kinds: list[FDivergence]) -> None:
    def frame(noise: Noise) -> dict[str, Tensor]:
        scores, shift, ratio = 20 * noise.uniform(2, 32) - 10, noise.uniform(1), (4 * noise.uniform(16) - 2).exp()
        grid = torch.linspace(-8, 9, 101)
        log_p, log_q = TOY.log_density(grid), log_normal(grid, shift, 2.0)
        arrays = {}
        for kind in kinds:
            slope, value = torch.func.grad_and_value(lambda v, kind=kind: critic_loss(kind, v[0], v[1]))(scores)
            arrays |= {
                f"{kind.name} loss": value,
                f"{kind.name} gradient": slope,
                f"{kind.name} value": divergence_value(kind, log_p, log_q, grid),
                f"{kind.name} bound": bound_value(kind, grid - shift, log_p, log_q, grid),
            }
            if not kind.name.startswith("swapped"):  # the bisection is in the graph once, with `own`
                arrays[f"{kind.name} conjugate"] = kind.conjugate(kind.derivative(ratio))
        return arrays

    assert_exports(frame)


@pytest.mark.usefixtures("empty_cache")
def test_a_landscape_is_in_its_graph_without_the_parts_it_is_made_of() -> None:
    # Each part has 51 x 51 x 453 numbers, 4.7 MB. ONNX Runtime computes what follows from constants while it makes a session.
    def frame(noise: Noise) -> dict[str, Tensor]:
        return {"landscape": OneGaussian.start(noise, "Jensen-Shannon")["landscape"]}

    (variant,) = export_model({"frame": frame}, {}, {})["frame"]
    graph = onnx.shape_inference.infer_shapes(onnx.load_from_string(variant.graph)).graph
    kinds = [each.type.tensor_type for each in (*graph.value_info, *graph.output)]
    sizes = [math.prod(each.dim_value for each in kind.shape.dim) for kind in kinds]
    sizes += [math.prod(each.dims) for each in graph.initializer]
    assert max(sizes) == 51 * 51


@pytest.mark.usefixtures("empty_cache")
def test_samplers_export() -> None:
    assert_exports(lambda noise: {name: sampler(noise, 8) for name, sampler in SAMPLERS.items()})


def test_table_has_the_eight_rows() -> None:
    assert list(DIVERGENCES) == [
        "total variation", "KL", "reverse KL", "Pearson", "Neyman", "squared Hellinger", "Jeffrey", "Jensen-Shannon",
    ]  # fmt: skip
    assert set(ROWS) == {each for each in vars(fgan).values() if isinstance(each, FDivergence)}


# Explorers


@pytest.mark.parametrize("name", DIVERGENCES)
def test_selector_touches_and_bounds(name: str) -> None:
    explorer = Selector(divergence=name, u=1.7, knows=1.0)
    arrays = explorer.arrays
    # A convex function lies above its tangents and meets this one at u.
    assert (arrays["f"] >= arrays["tangent"] - 1e-5).all()
    nearest = abs(arrays["ratio"] - 1.7).argmin()
    assert arrays["tangent"][nearest] == pytest.approx(arrays["f"][nearest], abs=1e-3)
    # No critic exceeds the divergence; the one that knows the log ratio reaches it.
    exact, bound = arrays["summary"]
    assert (arrays["bounds"] <= exact + 1e-4).all()
    assert bound == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("name", ["KL", "reverse KL", "Jensen-Shannon"])
def test_landscape_is_least_at_the_exact_fit(name: str) -> None:
    exact = best_gaussian(DIVERGENCES[name], TOY.log_density(OneGaussian.x), OneGaussian.x)
    explorer = OneGaussian(divergence=name)
    explorer.reset()
    best = explorer.arrays["summary"][:, 1]
    # The landscape is known on a lattice with steps of 0.1 and 0.05.
    np.testing.assert_allclose(best, [exact.mean, exact.deviation, exact.objective], atol=0.06)
    assert best[2] >= exact.objective - 1e-4


def test_one_gaussian_goes_downhill() -> None:
    explorer = OneGaussian(divergence="Jensen-Shannon")
    explorer.reset()
    explorer.advance(300)
    exact = explorer.arrays["exact"]
    assert exact[-1] < exact[0] / 2


def test_plane_gan_takes_turns() -> None:
    # Two critic steps for each of the generator: after the first step only the critic has moved.
    explorer = PlaneGAN(critic_steps=2)
    explorer.reset()
    frames = [explorer.arrays]
    for _ in range(2):
        explorer.advance(1)
        frames.append(explorer.arrays)
    fakes = [frame["fake_x"] for frame in frames]
    assert np.array_equal(fakes[0], fakes[1])
    assert not np.array_equal(fakes[1], fakes[2])
    assert not np.array_equal(frames[0]["field"], frames[1]["field"])


def test_plane_gan_pulls_fakes_uphill_in_what_the_generator_gains() -> None:
    # For Jensen-Shannon both losses fall with the score, so arrows follow its gradient.
    explorer = PlaneGAN(divergence="Jensen-Shannon")
    explorer.reset()
    explorer.advance(20)
    arrays = explorer.arrays
    state = explorer._engine._state
    fake = torch.tensor(np.stack([arrays["fake_x"], arrays["fake_y"]], axis=1), requires_grad=True)
    PlaneGAN.critic.network(state["critic"])(fake).sum().backward()
    arrow = np.stack([arrays["arrow_x"], arrays["arrow_y"]], axis=1)
    cosine = (arrow * fake.grad.numpy()).sum(1) / np.linalg.norm(arrow, axis=1) / np.linalg.norm(fake.grad, axis=1)
    np.testing.assert_allclose(cosine, 1, atol=1e-4)


def test_points_that_a_reader_draws_become_data() -> None:
    explorer = PlaneGAN(data="your points", points=[[2.0, 2.0]])
    explorer.reset()
    arrays = explorer.arrays
    assert abs(arrays["data_x"] - 2).max() < 0.6
    assert abs(arrays["data_y"] - 2).max() < 0.6


# The ring


def test_quality_counts_modes_and_good_samples() -> None:
    # Fifty samples on each of three modes, fifty in the middle, one mode with a single sample of 201: under 1 %.
    samples = torch.cat([RING[:3].repeat(50, 1), torch.zeros(50, 2), RING[3:4]])
    modes, good = ring.quality(samples, 0.1)
    assert modes == 3
    assert good == pytest.approx(151 / 201, abs=1e-4)


def test_ring_is_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ring.json"
    ring.main(path, ring.Settings(generator_steps=2, samples=50, seeds=(0, 1)))
    table = ring.results(path)
    assert table.index.tolist() == [(name, seed) for name in DIVERGENCES for seed in (0, 1)]
    assert table["modes"].between(0, 8).all()
    assert table["good"].between(0, 1).all()
    assert ring.is_current(path)


def test_the_chapters_ring_is_of_this_code() -> None:
    assert ring.is_current()
