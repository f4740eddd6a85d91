"""Mixtures of the eight divergences, against scipy: conjugates by optimisation, values by quadrature."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import norm
from torch import Tensor

from kexue_widgets.fgan import (
    DIVERGENCES,
    PlaneGAN,
    Selector,
    bound_value,
    divergence_value,
    estimate,
    log_normal,
    mixed,
)

# f by hand.
BY_HAND = {
    "total variation": lambda u: abs(u - 1) / 2,
    "KL": lambda u: u * np.log(u),
    "reverse KL": lambda u: -np.log(u),
    "Pearson": lambda u: (u - 1) ** 2,
    "Neyman": lambda u: (1 - u) ** 2 / u,
    "squared Hellinger": lambda u: (np.sqrt(u) - 1) ** 2,
    "Jeffrey": lambda u: (u - 1) * np.log(u),
    "Jensen-Shannon": lambda u: (u * np.log(u) - (u + 1) * np.log((u + 1) / 2)) / 2,
}
MIXTURES = (
    {"KL": 0.5, "Pearson": 0.5},
    {"reverse KL": 1, "Neyman": 0.2, "squared Hellinger": 3},
    {"Jeffrey": 0.3, "Jensen-Shannon": 2},
    {"total variation": 1, "KL": 0.5},
    {"total variation": 0.7, "squared Hellinger": 1, "Neyman": 0.1},
    dict.fromkeys(BY_HAND, 1 / 8),
)
CONTROLS = {name: name.lower().replace(" ", "_").replace("-", "_") for name in DIVERGENCES}  # in explorers
NAMED = {"argvalues": MIXTURES, "ids": [", ".join(each) for each in MIXTURES[:-1]] + ["all"]}


def by_hand(weights: dict[str, float], u: float) -> float:
    return sum(weight * BY_HAND[name](u) for name, weight in weights.items())


def best(weights: dict[str, float], t: float) -> float:
    """sup over u of t u - f(u): a concave function of ln u has one top here, or f a kink at 1."""
    tops = [
        -minimize_scalar(
            lambda r: by_hand(weights, math.exp(r)) - t * math.exp(r),
            bounds=b,
            method="bounded",
            options={"xatol": 1e-10},
        ).fun
        for b in ((-12, 0), (0, 12), (-1, 1))
    ]
    return max(*tops, t)  # t is its value at u = 1


@pytest.mark.parametrize("weights", **NAMED)
def test_conjugates_are_those_that_scipy_finds(weights: dict[str, float]) -> None:
    divergence = mixed(weights)
    slopes = divergence.derivative(torch.tensor([0.05, 0.3, 0.9, 1.0, 1.1, 2.0, 6.0]).double())
    t = torch.cat([slopes, (slopes[1:] + slopes[:-1]) / 2])
    expected = [best(weights, float(each)) for each in t]
    np.testing.assert_allclose(divergence.conjugate(t), expected, rtol=1e-6, atol=1e-7)


def test_a_conjugate_is_not_the_sum_of_conjugates() -> None:
    t = torch.tensor(0.5).double()
    halves = (DIVERGENCES["KL"].conjugate(t) + DIVERGENCES["Pearson"].conjugate(t)) / 2
    assert float(mixed({"KL": 0.5, "Pearson": 0.5}).conjugate(t)) < float(halves) - 0.01


@pytest.mark.parametrize("weights", **NAMED)
def test_what_trains_is_the_conjugate_of_the_critic(weights: dict[str, float]) -> None:
    divergence = mixed(weights)
    score = torch.tensor([-8, -2, -1, -0.5, 0, 0.3, 1, 1.5, 6]).double()
    expected = [best(weights, float(each)) for each in divergence.activation(score)]
    np.testing.assert_allclose(divergence.activation_conjugate(score), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("weights", **NAMED)
def test_scores_of_any_size_have_values_and_gradients(weights: dict[str, float]) -> None:
    divergence = mixed(weights)
    score = torch.cat([torch.logspace(-3, 4, 50), -torch.logspace(-3, 4, 50)]).requires_grad_()
    for function in (divergence.activation, divergence.activation_conjugate):
        value = function(score)
        (slope,) = torch.autograd.grad(value.sum(), score)
        assert value.isfinite().all()
        assert slope.isfinite().all()
        assert (slope > 0).all()


@pytest.mark.parametrize("weights", **NAMED)
def test_values_are_those_of_quadrature_and_the_bound_reaches_them(weights: dict[str, float]) -> None:
    divergence = mixed(weights)
    p, q = norm(0, 1), norm(0.6, 1.1)
    expected = quad(lambda x: q.pdf(x) * by_hand(weights, p.pdf(x) / q.pdf(x)), -9, 9, limit=200, points=[0.3])[0]
    grid = torch.linspace(-9, 9, 4001).double()
    log_p, log_q = log_normal(grid, 0.0, 1.0), log_normal(grid, 0.6, 1.1)
    assert float(divergence_value(divergence, log_p, log_q, grid)) == pytest.approx(expected, rel=1e-4)
    ratio = log_p - log_q
    beyond = ratio.sign() * ("total variation" in weights)  # the step at u = 1 takes scores from -1 to 1
    tight = bound_value(divergence, ratio.sinh() + beyond, log_p, log_q, grid)
    assert float(tight) == pytest.approx(expected, rel=1e-4)
    for score in (0 * ratio, 0.5 * ratio, ratio + 1, torch.tanh(grid)):
        assert float(bound_value(divergence, score, log_p, log_q, grid)) <= expected * (1 + 1e-6)


def test_one_of_them_alone_is_itself() -> None:
    v = torch.linspace(-5, 5, 21).double()
    for name in ("KL", "Pearson", "total variation"):
        alone, same = mixed({name: 1}), DIVERGENCES[name]
        assert alone.domain == same.domain
        for one, other in (
            (alone.activation, same.activation),
            (alone.activation_conjugate, same.activation_conjugate),
        ):
            np.testing.assert_allclose(one(v), other(v))


def test_a_mixture_trains_a_critic() -> None:
    # The best critic of two points of data and fake each, by gradient steps: the estimate climbs to the divergence.
    divergence = mixed({"total variation": 1, "KL": 1, "squared Hellinger": 1})
    p, q = torch.tensor([0.8, 0.2]).double(), torch.tensor([0.5, 0.5]).double()
    score = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([score], lr=0.05)

    def bound(score: Tensor) -> Tensor:
        return (p * divergence.activation(score) - q * divergence.activation_conjugate(score)).sum()

    for _ in range(2000):
        optimiser.zero_grad()
        (-bound(score)).backward()
        optimiser.step()
    expected = sum(
        q_i * by_hand(dict.fromkeys(("total variation", "KL", "squared Hellinger"), 1), p_i / q_i)
        for p_i, q_i in zip(p.numpy(), q.numpy(), strict=True)
    )
    assert float(bound(score).detach()) == pytest.approx(float(expected), rel=1e-4)
    assert math.isfinite(estimate(divergence, score, score).detach())


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"kl": 1}, "weights must be of total variation, KL, .*, got 'kl'"),
        ({"KL": -1}, "weights must be finite and not negative, got -1 for KL"),
        ({"KL": math.nan}, "weights must be finite"),
        ({"KL": 0}, "weights must be above 0 for some divergence"),
    ],
)
def test_weights_that_are_none_are_refused(weights: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mixed(weights)


@pytest.mark.parametrize("weights", **NAMED)
def test_weights_as_tensors_give_the_same_with_zeros_for_those_left_out(weights: dict[str, float]) -> None:
    numbers = mixed(weights)
    tensors = mixed({name: torch.tensor(float(weights.get(name, 0)), dtype=torch.float64) for name in DIVERGENCES})
    u, v = torch.tensor([0.05, 1, 6]).double(), torch.tensor([-30, -0.5, 0, 2, 1e4]).double()
    for name, x in (
        ("f", u),
        ("derivative", u),
        ("conjugate", u.log()),
        ("activation", v),
        ("activation_conjugate", v),
    ):
        np.testing.assert_allclose(getattr(tensors, name)(x), getattr(numbers, name)(x), rtol=1e-12)
    log_p, log_q = (-torch.linspace(0, 30, 9).double(), -torch.linspace(30, 0, 9).double())
    np.testing.assert_allclose(tensors.integrand(log_p, log_q), numbers.integrand(log_p, log_q), rtol=1e-12)
    assert float(tensors.upper) == pytest.approx(float(numbers.upper))


def test_no_weight_at_all_makes_everything_zero() -> None:
    nothing = dict.fromkeys(CONTROLS.values(), 0.0)
    arrays = Selector(divergence="your mixture", **nothing).arrays
    for name in ("f", "tangent", "slope", "conjugate", "activation", "bounds", "exact", "summary"):
        np.testing.assert_array_equal(arrays[name], 0, err_msg=name)
    gan = PlaneGAN(divergence="your mixture", **nothing)
    gan.reset()
    before = gan.arrays
    gan.advance(3)
    for name in ("field", "fake_x", "fake_y"):  # nobody learns
        np.testing.assert_array_equal(gan.arrays[name], before[name])
    np.testing.assert_array_equal(gan.arrays["estimate"], 0)
    np.testing.assert_array_equal(gan.arrays["arrow_x"], 0)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_selectors_mixture_of_one_is_that_one(name: str) -> None:
    alone = {each: float(other == name) for other, each in CONTROLS.items()}
    arrays, same = Selector(divergence="your mixture", **alone).arrays, Selector(divergence=name).arrays
    if name == "Jensen-Shannon":  # whose score is ln(p/q) itself, where a mixture's is sinh of that
        v = np.arcsinh(arrays["score"])
        same["activation"] = (np.log(2) - np.logaddexp(0, -v)) / 2
    for each, array in same.items():
        np.testing.assert_allclose(arrays[each], array, rtol=1e-5, atol=1e-6, err_msg=each)


def test_half_of_kl_and_half_of_reverse_kl_are_half_of_jeffrey() -> None:
    arrays, jeffrey = (Selector(divergence=each, mean=0.7).arrays for each in ("your mixture", "Jeffrey"))
    for name in ("f", "slope", "conjugate", "activation", "bounds", "exact", "summary"):
        np.testing.assert_allclose(arrays[name], jeffrey[name] / 2, rtol=1e-4, atol=1e-5, err_msg=name)
    # Of N(0, 1) and N(m, s^2): (s^2 + m^2 + (1 + m^2) / s^2 - 2) / 2 for Jeffrey.
    assert arrays["exact"][0] == pytest.approx((1.2**2 + 0.49 + 1.49 / 1.2**2 - 2) / 4, rel=1e-4)
    # Adam does not see a factor of the loss, but for its epsilon.
    gans = [PlaneGAN(divergence=each) for each in ("your mixture", "Jeffrey")]
    for gan in gans:
        gan.reset()
        gan.advance(5)
    mixture, jeffrey = (gan.arrays for gan in gans)
    np.testing.assert_allclose(mixture["field"], jeffrey["field"], atol=1e-3)
    np.testing.assert_allclose(mixture["estimate"], jeffrey["estimate"] / 2, atol=1e-3)
