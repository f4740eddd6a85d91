"""Divergences beside what is known of them in closed form: how they print, what is refused, and which fit is best."""

import dataclasses
import math
import re

import numpy as np
import pytest
import torch

from kexue_widgets.fgan import (
    DIVERGENCES,
    JEFFREY,
    KL,
    REVERSE_KL,
    TOTAL_VARIATION,
    FDivergence,
    alpha_divergence,
    best_gaussian,
    bound_value,
    critic_loss,
    divergence_value,
    estimate,
    from_f,
    gaussian_bound,
    log_normal,
    nonsaturating_loss,
    saturating_loss,
    swapped,
)

LINE = torch.linspace(-12, 12, 1201, dtype=torch.float64)


def test_a_divergence_prints_what_tells_it_from_others_and_no_addresses() -> None:
    domain = "Domain(low=-0.5, high=0.5, low_included=True, high_included=True)"
    assert repr(TOTAL_VARIATION) == f"FDivergence(name='total variation', domain={domain}, at_zero=0.5)"


def test_a_divergence_cannot_be_changed_by_accident() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        KL.f = torch.exp


def test_rows_are_found_by_their_conventional_names() -> None:
    expected = "total variation, KL, reverse KL, Pearson, Neyman, squared Hellinger, Jeffrey, Jensen-Shannon"
    assert ", ".join(DIVERGENCES) == expected
    assert all(name == each.name for name, each in DIVERGENCES.items())
    assert swapped(KL).name == "swapped KL"
    assert alpha_divergence(0.5).name == "alpha = 0.5"
    assert from_f("mine", lambda u: (u - 1) ** 2).name == "mine"


def test_estimate_and_losses_of_kl_by_hand() -> None:
    # A score of sinh(r) stands for the log ratio r, so T = 1 + r and f*(T) = e^r: at r = 0 and 2, and at 0 and 1.
    data, fake = torch.tensor([0.0, 2.0]).double().sinh(), torch.tensor([0.0, 1.0]).double().sinh()
    assert float(estimate(KL, data, fake)) == pytest.approx(2 - (1 + math.e) / 2)
    assert float(critic_loss(KL, data, fake)) == pytest.approx((1 + math.e) / 2 - 2)
    assert float(saturating_loss(KL, fake)) == pytest.approx(-(1 + math.e) / 2)
    assert float(nonsaturating_loss(KL, fake)) == pytest.approx(-3 / 2)


def test_bound_and_value_of_kl_by_hand() -> None:
    # p = 2 and q = 3 on half a unit: the integrals of p (1 + r) - q e^r at r = 1, and of p log(p/q)
    grid, score = torch.tensor([0.0, 0.1, 0.5]).double(), torch.ones(3).double().sinh()
    log_p, log_q = torch.full((3,), math.log(2)).double(), torch.full((3,), math.log(3)).double()
    assert float(bound_value(KL, score, log_p, log_q, grid)) == pytest.approx((4 - 3 * math.e) / 2, rel=1e-6)
    assert float(divergence_value(KL, log_p, log_q, grid)) == pytest.approx(math.log(2 / 3), rel=1e-6)


@pytest.mark.parametrize("name", [name for name in DIVERGENCES if name not in ("total variation", "Jensen-Shannon")])
@pytest.mark.parametrize(("mean", "deviation"), [(-0.7, 1.3), (0.4, 0.8)])
def test_the_bound_between_gaussians_is_that_of_quadrature(name: str, mean: float, deviation: float) -> None:
    grid = torch.linspace(-20, 20, 4001).double()
    log_p, log_q = log_normal(grid, 0, 1), log_normal(grid, mean, deviation)
    k = torch.tensor([0, 0.3, 1]).double()
    ratio = k[:, None] * (log_p - log_q)
    rows = DIVERGENCES[name]
    values = log_p.exp() * rows.optimal_critic(ratio) - log_q.exp() * rows.optimal_conjugate(ratio)
    found = gaussian_bound(name, k, torch.tensor(mean).double(), torch.tensor(deviation).double())
    torch.testing.assert_close(found, torch.trapezoid(values, grid), rtol=1e-6, atol=1e-6)


def test_the_bound_is_minus_infinity_where_the_conjugate_has_no_mean() -> None:
    # E_q[u^k] for Q = N(0, 1/4): the exponent -k x^2 / 2 - (1 - k) 2 x^2 stops falling at k = 4/3
    found = gaussian_bound("KL", torch.tensor([1.3, 4 / 3, 1.4]), torch.tensor(0.0), torch.tensor(0.5))
    assert found.isneginf().tolist() == [False, True, True]
    # E_p[2 u^k] is infinite from k = 1/3 on, where E_q[u^2k] is not yet: there the bound is that of the divergence itself.
    found = gaussian_bound("Pearson", torch.tensor([1 / 3, 1]), torch.tensor(0.0), torch.tensor(0.5))
    assert found.tolist() == [math.inf, -math.inf]


def kinked(slope: float) -> FDivergence:
    """Straight lines that meet at u = 1, with slopes 0 and `slope`."""
    return from_f("kinked", lambda u: slope * (u - 1).clamp(min=0))


def test_straight_lines_are_convex_and_a_slope_that_falls_is_not() -> None:
    assert kinked(1).domain == (0, 1, True, True)
    assert kinked(5).domain == (0, 5, True, True)
    # 27.6 / 1000 from one looked-at ratio to the next: the last below 1, and 1 itself or the next above it
    with pytest.raises(ValueError, match=r"its slope falls from 0 at u = (0.986|1) to -2 at u = (1|1.01)$"):
        kinked(-2)


def test_a_slope_that_falls_by_rounding_alone_is_constant() -> None:
    # f = 2 * 10^6 (u - 1), whose slope is a difference of two that are a million times as large at the end
    straight = from_f("straight", lambda u: 1e6 * ((u + 1) ** 2 - u**2 - 3))
    assert (straight.domain.low, straight.domain.high) == pytest.approx((2e6, 2e6))


def test_ratios_are_looked_at_from_a_millionth_to_a_million() -> None:
    # f' = 2 (u - 1), and f(0) = 1
    own = from_f("mine", lambda u: (u - 1) ** 2)
    assert own.domain.low == pytest.approx(2 * (1e-6 - 1), rel=1e-12)
    assert own.domain.high == pytest.approx(2 * (1e6 - 1), rel=1e-12)
    assert own.at_zero == pytest.approx((1 - 1e-6) ** 2, rel=1e-12)
    assert own.upper == pytest.approx(own.at_zero + own.domain.high)


@pytest.mark.parametrize("offset", [1e-9, -1e-8, 0.5])
def test_a_function_that_is_not_zero_at_one_is_refused(offset: float) -> None:
    with pytest.raises(ValueError, match=rf"f\(1\) must be 0, got {offset:g}"):
        from_f("mine", lambda u: (u - 1) ** 2 + offset)
    assert from_f("mine", lambda u: (u - 1) ** 2 + offset * 1e-9).at_zero > 0


@pytest.mark.parametrize("end", [2e-6, 5e5])
def test_a_function_that_is_infinite_anywhere_is_refused(end: float) -> None:
    # At the first ratio looked at on the infinite side; autograd finds a slope of 0 there, so the values must be seen.
    below = end < 1
    ratios = np.exp(np.linspace(-6, 6, 2001) * math.log(10))
    worst = ratios[ratios < end][0] if below else ratios[ratios > end][0]
    with pytest.raises(ValueError, match=re.escape(f"for u from 1e-6 to 1e6, not so at u = {worst:.3g}")):
        from_f("mine", lambda u: torch.where(u < end if below else u > end, math.inf, (u - 1) ** 2))


def test_a_function_without_a_slope_is_refused() -> None:
    # Where u < 2 the root has neither value nor slope; `where` leaves out the one, and autograd keeps the other.
    with pytest.raises(ValueError, match="f and its slope must be finite for u from 1e-6 to 1e6, not so at u = 1e-06"):
        from_f("mine", lambda u: (u - 1) ** 2 + torch.where(u < 2, 0, 0 * (u - 2).sqrt()))


def test_a_divergence_beyond_the_looked_at_ratios_goes_on_in_proportion() -> None:
    # Where p / q > 1e6, q f(p/q) becomes p f(1e6) / 1e6; where p / q < 1e-6, q f(1e-6).
    own = from_f("mine", lambda u: (u - 1) ** 2 / (u + 1))
    log_p, log_q = torch.tensor([-1.0, -400.0]).double(), torch.tensor([-200.0, -2.0]).double()
    expected = [math.exp(-1) * (1e6 - 1) ** 2 / (1e6 + 1) / 1e6, math.exp(-2) * (1 - 1e-6) ** 2 / (1 + 1e-6)]
    assert own.integrand(log_p, log_q).tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("side", [-1, 1])
def test_the_best_fit_in_reverse_is_the_heavier_of_two_modes(side: int) -> None:
    # Q far from the other mode: D(Q||P) = E_q log(q / 0.7 q) = -log 0.7. The lighter one is a minimum too, -log 0.3.
    modes = torch.stack(
        [log_normal(LINE, side * 4.0, 0.5) + math.log(0.7), log_normal(LINE, side * -4.0, 0.5) + math.log(0.3)]
    )
    fit = best_gaussian(REVERSE_KL, modes.logsumexp(0), LINE)
    assert fit == pytest.approx((-math.log(0.7), side * 4, 0.5), abs=1e-5)


@pytest.mark.filterwarnings("ignore:invalid value encountered in subtract")  # scipy compares two infinite values
@pytest.mark.filterwarnings("error")  # scipy warns of options that it does not know
@pytest.mark.parametrize("best", [-5, 0, 5])
def test_the_best_fit_in_reverse_is_found_at_the_mean_and_a_deviation_away(best: int) -> None:
    # A search ends in the mode that it starts beside: at -log 0.3 in one of the other two.
    modes = [(0.4 if mean == best else 0.3, mean) for mean in (-5.0, 0.0, 5.0)]
    target = torch.stack([log_normal(LINE, mean, 0.5) + math.log(weight) for weight, mean in modes]).logsumexp(0)
    assert best_gaussian(REVERSE_KL, target, LINE) == pytest.approx((-math.log(0.4), best, 0.5), abs=1e-5)


def test_the_best_fit_is_found_in_single_precision_as_well() -> None:
    fit = best_gaussian(JEFFREY, log_normal(LINE, -1.0, 0.8).float(), LINE.float())
    assert fit == pytest.approx((0, -1, 0.8), abs=2e-6)
    assert [type(number) for number in fit] == [float] * 3
