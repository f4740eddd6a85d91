"""Eight divergences, each from a convex function: conjugate, bound, losses, exact values, best fits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import scipy.optimize
import torch
from torch import Tensor
from torch.func import grad
from torch.nn.functional import logsigmoid, softplus

Function = Callable[[Tensor], Tensor]

LOG_2 = math.log(2)
LOG_RANGE = 6 * math.log(10)  # a reader's own f is looked at for ratios u from 1e-6 to 1e6


class Domain(NamedTuple):
    """The slopes t = f'(u) of a convex function, with the limits at u = 0 and u = inf where f* is finite there."""

    low: float = -math.inf
    high: float = math.inf
    low_included: bool = False
    high_included: bool = False

    def __str__(self) -> str:
        brackets = "[" if self.low_included else "(", "]" if self.high_included else ")"
        return f"{brackets[0]}{self.low:.4g}, {self.high:.4g}{brackets[1]}"


@dataclass(frozen=True)
class FDivergence:
    """D_f(P||Q) = E_q f(p/q), and everything that its variational bound needs.

    All functions take tensors of any shape and work elementwise. `r` is a log ratio log(p/q), `v` a critic's raw score.

    Attributes:
        name: its conventional name.
        f: convex on u >= 0 with f(1) = 0.
        optimal_critic: r -> f'(e^r), where the bound is tight.
        optimal_conjugate: r -> f*(f'(e^r)) = e^r f'(e^r) - f(e^r).
        conjugate_inside: f* on the domain; `conjugate` is f* everywhere.
        domain: the range of f'.
        activation: v -> g_f(v), smooth, increasing, from all numbers onto the inside of the domain.
        activation_conjugate: v -> f*(g_f(v)) in a form that is finite, with its gradient, for |v| up to 1e4 in float32.
        integrand: (log p, log q) -> q f(p/q), without a ratio that could overflow.
        at_zero: f(0).
    """

    name: str
    f: Function = field(repr=False)
    optimal_critic: Function = field(repr=False)
    optimal_conjugate: Function = field(repr=False)
    conjugate_inside: Function = field(repr=False)
    domain: Domain
    activation: Function = field(repr=False)
    activation_conjugate: Function = field(repr=False)
    integrand: Callable[[Tensor, Tensor], Tensor] = field(repr=False)
    at_zero: float

    @property
    def upper(self) -> float:
        """The least upper bound of the divergence, f(0) + sup f' (Vajda 1972); the greatest lower bound is 0."""
        return self.at_zero + self.domain.high

    def derivative(self, u: Tensor) -> Tensor:
        """f'(u) for u > 0."""
        return self.optimal_critic(u.log())

    def conjugate(self, t: Tensor) -> Tensor:
        """f*(t) = sup over u >= 0 of t u - f(u), for any t: -f(0) below the domain, infinite above it."""
        inside = self.conjugate_inside(t.clamp(self.domain.low, self.domain.high))
        return torch.where(t > self.domain.high, math.inf, inside)


def through_log_ratio(critic: Function, conjugate: Function, log_ratio: Function = torch.asinh) -> dict[str, Function]:
    """Optimal critic, activation, and f* of both, from r -> f'(e^r) and r -> f*(f'(e^r)).

    The activation is the optimal critic for the log ratio that the score stands for, so a score of 0 says p = q. The
    article's activations take the score for the log ratio itself (up to sign and factor), and e^r overflows in float32
    beyond r = 88. r = asinh(v) is v near 0 and sign(v) log(2|v|) far out: still smooth and onto, and every e^r is
    algebraic in v.
    """
    return {
        "optimal_critic": critic,
        "optimal_conjugate": conjugate,
        "activation": lambda v: critic(log_ratio(v)),
        "activation_conjugate": lambda v: conjugate(log_ratio(v)),
    }


def log_lambert(x: Tensor) -> Tensor:
    """y = log W(e^x), that is y + e^y = x, by Newton's method; W is Lambert's function, and e^x itself may overflow."""
    # y + e^y is convex, and both starts lie above the root: Newton's steps only go down, and e^y stays below max(x, e).
    y = torch.where(x > 1, x.clamp(min=1).log(), x.clamp(max=1))
    for _ in range(6):
        y = y - (y + y.exp() - x) / (1 + y.exp())
    return y


def jeffrey_conjugate(t: Tensor) -> Tensor:
    """W(e^{1-t}) + 1 / W(e^{1-t}) + t - 2."""
    y = log_lambert(1 - t)
    return y.exp() + (-y).exp() + t - 2


TOTAL_VARIATION = FDivergence(
    "total variation",
    f=lambda u: (u - 1).abs() / 2,
    optimal_critic=lambda r: r.sign() / 2,
    optimal_conjugate=lambda r: r.sign() / 2,
    conjugate_inside=lambda t: t,
    domain=Domain(-0.5, 0.5, True, True),
    # The optimal critic is a step, which no gradient can climb: the article's activation instead.
    activation=lambda v: v.tanh() / 2,
    activation_conjugate=lambda v: v.tanh() / 2,
    integrand=lambda log_p, log_q: (log_p.exp() - log_q.exp()).abs() / 2,
    at_zero=0.5,
)
KL = FDivergence(
    "KL",
    f=lambda u: torch.xlogy(u, u),
    **through_log_ratio(lambda r: 1 + r, lambda r: r.exp()),
    conjugate_inside=lambda t: (t - 1).exp(),
    domain=Domain(),
    integrand=lambda log_p, log_q: log_p.exp() * (log_p - log_q),
    at_zero=0.0,
)
REVERSE_KL = FDivergence(
    "reverse KL",
    f=lambda u: -u.log(),
    **through_log_ratio(lambda r: -(-r).exp(), lambda r: r - 1),
    conjugate_inside=lambda t: -1 - (-t).log(),
    domain=Domain(high=0.0),
    integrand=lambda log_p, log_q: log_q.exp() * (log_q - log_p),
    at_zero=math.inf,
)
PEARSON = FDivergence(
    "Pearson",
    f=lambda u: (u - 1) ** 2,
    **through_log_ratio(lambda r: 2 * r.expm1(), lambda r: (2 * r).expm1()),
    conjugate_inside=lambda t: t * t / 4 + t,
    domain=Domain(low=-2.0, low_included=True),
    integrand=lambda log_p, log_q: (2 * log_p - log_q).exp() - 2 * log_p.exp() + log_q.exp(),
    at_zero=1.0,
)
NEYMAN = FDivergence(
    "Neyman",
    f=lambda u: (1 - u) ** 2 / u,
    **through_log_ratio(lambda r: -(-2 * r).expm1(), lambda r: -2 * (-r).expm1()),
    conjugate_inside=lambda t: 2 - 2 * (1 - t).sqrt(),
    domain=Domain(high=1.0, high_included=True),
    integrand=lambda log_p, log_q: (2 * log_q - log_p).exp() - 2 * log_q.exp() + log_p.exp(),
    at_zero=math.inf,
)
SQUARED_HELLINGER = FDivergence(
    "squared Hellinger",
    f=lambda u: (u.sqrt() - 1) ** 2,
    **through_log_ratio(lambda r: -(-r / 2).expm1(), lambda r: (r / 2).expm1()),
    conjugate_inside=lambda t: t / (1 - t),
    domain=Domain(high=1.0),
    integrand=lambda log_p, log_q: ((log_p / 2).exp() - (log_q / 2).exp()) ** 2,
    at_zero=1.0,
)
JEFFREY = FDivergence(
    "Jeffrey",
    f=lambda u: (u - 1) * u.log(),
    **through_log_ratio(lambda r: r - (-r).expm1(), lambda r: r + r.expm1()),
    conjugate_inside=jeffrey_conjugate,
    domain=Domain(),
    integrand=lambda log_p, log_q: (log_p.exp() - log_q.exp()) * (log_p - log_q),
    at_zero=math.inf,
)
JENSEN_SHANNON = FDivergence(
    "Jensen-Shannon",
    f=lambda u: (torch.xlogy(u, u) - (u + 1) * ((u + 1) / 2).log()) / 2,
    # Nothing overflows here: the score is the log ratio, as in the article, and sigmoid(v) is the GAN's discriminator.
    **through_log_ratio(lambda r: (LOG_2 + logsigmoid(r)) / 2, lambda r: (softplus(r) - LOG_2) / 2, lambda v: v),
    conjugate_inside=lambda t: -(2 - (2 * t).exp()).log() / 2,
    domain=Domain(high=LOG_2 / 2),
    integrand=lambda log_p, log_q: (
        (log_p.exp() * (LOG_2 + logsigmoid(log_p - log_q)) + log_q.exp() * (LOG_2 + logsigmoid(log_q - log_p))) / 2
    ),
    at_zero=LOG_2 / 2,
)

ROWS = (TOTAL_VARIATION, KL, REVERSE_KL, PEARSON, NEYMAN, SQUARED_HELLINGER, JEFFREY, JENSEN_SHANNON)
DIVERGENCES = {each.name: each for each in ROWS}


def alpha_divergence(alpha: float) -> FDivergence:
    """f = (u^a - 1 - a (u - 1)) / (a (a - 1)), Amari's family; KL at a = 1 and reverse KL at a = 0 are its limits.

    It holds twice the squared Hellinger (a = 1/2), half of Pearson (a = 2) and of Neyman (a = -1). Its f differs from
    theirs by a multiple of u - 1, which changes f* and the optimal critic but no divergence.

    Raises:
        ValueError: alpha is no finite number.
    """
    if not isinstance(alpha, int | float) or not math.isfinite(alpha):
        raise ValueError(f"alpha must be a finite number, got {alpha!r}")

    def growth(rate: float, r: Tensor) -> Tensor:
        return (rate * r).expm1() / rate if rate else r

    def integrand(log_p: Tensor, log_q: Tensor) -> Tensor:
        p, q = log_p.exp(), log_q.exp()
        if alpha == 0:
            return q * (log_q - log_p) + p - q
        if alpha == 1:
            return p * (log_p - log_q) + q - p
        mixed = (alpha * log_p + (1 - alpha) * log_q).exp()
        return (mixed - alpha * p - (1 - alpha) * q) / (alpha * (alpha - 1))

    def f(u: Tensor) -> Tensor:
        return torch.xlogy(u, u) - u + 1 if alpha == 1 else integrand(u.log(), torch.zeros_like(u))

    def conjugate(t: Tensor) -> Tensor:
        slope = (alpha - 1) * t  # t = (u^(a-1) - 1) / (a - 1)
        return growth(alpha, slope.log1p() / (alpha - 1) if alpha != 1 else t)

    end = 1 / (1 - alpha) if alpha != 1 else math.inf
    return FDivergence(
        f"alpha = {alpha:g}",
        f=f,
        **through_log_ratio(lambda r: growth(alpha - 1, r), lambda r: growth(alpha, r)),
        conjugate_inside=conjugate,
        domain=Domain(low=end, low_included=True) if alpha > 1 else Domain(high=end, high_included=alpha < 0),
        integrand=integrand,
        at_zero=1 / alpha if alpha > 0 else math.inf,
    )


def legendre(f: Function, slope: Function) -> Function:
    """f* by numbers: t -> t u - f(u) at the u in [1e-6, 1e6] where the slope r -> f'(e^r) reaches t, by bisection.

    The gradient in t is u, as it should be: the u that is best for t does not move t u - f(u) to first order.
    """

    def conjugate(t: Tensor) -> Tensor:
        low, high = torch.full_like(t, -LOG_RANGE), torch.full_like(t, LOG_RANGE)
        for _ in range(30):
            middle = (low + high) / 2
            below = slope(middle) < t
            low, high = torch.where(below, middle, low), torch.where(below, high, middle)
        u = ((low + high) / 2).exp()
        return t * u - f(u)

    return conjugate


def from_f(name: str, f: Function) -> FDivergence:
    """A divergence of your own, from f alone.

    f is looked at between u = 1e-6 and 1e6: domain and upper bound are those of that range, f* is a numerical Legendre
    transform over it. To be trained with, f needs a slope that rises smoothly: where it is constant, the gradient is 0.

    Args:
        name: what it shall be called.
        f: elementwise, in torch operations that have a gradient.

    Raises:
        ValueError: f(1) is not 0, f is not finite between 1e-6 and 1e6, or f is not convex there.
    """

    def derivative(u: Tensor) -> Tensor:
        return grad(lambda u: f(u).sum())(u)

    def slope(r: Tensor) -> Tensor:
        return derivative(r.exp())

    def conjugate(r: Tensor) -> Tensor:
        return r.exp() * slope(r) - f(r.exp())

    def integrand(log_p: Tensor, log_q: Tensor) -> Tensor:
        ratio = (log_p - log_q).clamp(-LOG_RANGE, LOG_RANGE).exp()
        # Where p/q > 1e6, p f(u) / u stands for q f(p/q): q may be 0 in float32 where p is not.
        return torch.maximum(log_q, log_p - LOG_RANGE).exp() * f(ratio)

    at_one = float(f(torch.ones((), dtype=torch.float64)))
    if not abs(at_one) < 1e-9:
        raise ValueError(f"f(1) must be 0, got {at_one:g}")
    u = torch.linspace(-LOG_RANGE, LOG_RANGE, 2001, dtype=torch.float64).exp()
    values, slopes = f(u), derivative(u)
    if not bool((values.isfinite() & slopes.isfinite()).all()):
        worst = u[~(values.isfinite() & slopes.isfinite())][0]
        raise ValueError(f"f and its slope must be finite for u from 1e-6 to 1e6, not so at u = {worst:.3g}")
    falls = slopes.diff() + 1e-9 * (1 + slopes[1:].abs())
    if bool((falls < 0).any()):
        at = int(falls.argmin())
        raise ValueError(
            f"f must be convex, but its slope falls from {slopes[at]:.4g} at u = {u[at]:.3g} to {slopes[at + 1]:.4g} "
            f"at u = {u[at + 1]:.3g}"
        )
    return FDivergence(
        name,
        f=f,
        **through_log_ratio(slope, conjugate),
        conjugate_inside=legendre(f, slope),
        domain=Domain(float(slopes[0]), float(slopes[-1]), True, True),
        integrand=integrand,
        at_zero=float(values[0]),
    )


def swapped(divergence: FDivergence) -> FDivergence:
    """D_f(Q||P) as a divergence of P and Q: f becomes u f(1/u), T becomes -f*(T), and a score changes its sign.

    In a GAN this exchanges the roles of data and fake. It makes KL of reverse KL and Pearson of Neyman, and the other
    way round; the other four stay what they are.
    """

    def f(u: Tensor) -> Tensor:
        return u * divergence.f(1 / u)

    def critic(r: Tensor) -> Tensor:
        return -divergence.optimal_conjugate(-r)

    _, high, low_included, high_included = divergence.domain
    end = float(divergence.conjugate(torch.tensor(high, dtype=torch.float64))) if high_included else math.inf
    return FDivergence(
        f"swapped {divergence.name}",
        f=f,
        optimal_critic=critic,
        optimal_conjugate=lambda r: -divergence.optimal_critic(-r),
        conjugate_inside=legendre(f, critic),
        domain=Domain(-end, divergence.at_zero, high_included, low_included),
        activation=lambda v: -divergence.activation_conjugate(-v),
        activation_conjugate=lambda v: -divergence.activation(-v),
        integrand=lambda log_p, log_q: divergence.integrand(log_q, log_p),
        at_zero=high,
    )


def estimate(divergence: FDivergence, score_data: Tensor, score_fake: Tensor) -> Tensor:
    """E_p[T] - E_q[f*(T)], T = g_f(v): at most D_f(P||Q), and equal to it for the best critic.

    Args:
        divergence: any, `swapped(...)` included.
        score_data: a critic's raw scores of samples from P, any shape.
        score_fake: its raw scores of samples from Q, any shape.
    """
    return divergence.activation(score_data).mean() - divergence.activation_conjugate(score_fake).mean()


def critic_loss(divergence: FDivergence, score_data: Tensor, score_fake: Tensor) -> Tensor:
    """What a critic minimises: minus the estimate, for the same arguments."""
    return -estimate(divergence, score_data, score_fake)


def saturating_loss(divergence: FDivergence, score_fake: Tensor) -> Tensor:
    """What a generator minimises: its part of the estimate, -E f*(T). For the best critic it follows grad D_f(P||Q)."""
    return -divergence.activation_conjugate(score_fake).mean()


def nonsaturating_loss(divergence: FDivergence, score_fake: Tensor) -> Tensor:
    """The paper's trick: maximise E T instead, whose gradient is larger while the fakes are bad.

    It is another game: for the best critic it follows grad D_h(P||Q) with h''(u) = f''(u) / u. Of KL it makes reverse KL.
    """
    return -divergence.activation(score_fake).mean()


def divergence_value(divergence: FDivergence, log_p: Tensor, log_q: Tensor, grid: Tensor) -> Tensor:
    """D_f(P||Q) on the line by the trapezoidal rule; one that is infinite comes out finite, and grows with the grid.

    Args:
        divergence: which.
        log_p, log_q: finite log densities on the grid, (..., n).
        grid: increasing positions (n,), wide enough to hold both densities.
    """
    return torch.trapezoid(divergence.integrand(log_p, log_q), grid)


def bound_value(divergence: FDivergence, score: Tensor, log_p: Tensor, log_q: Tensor, grid: Tensor) -> Tensor:
    """The bound E_p[g_f(v)] - E_q[f*(g_f(v))] that a critic with these scores (..., n) on the grid would reach."""
    value = log_p.exp() * divergence.activation(score) - log_q.exp() * divergence.activation_conjugate(score)
    return torch.trapezoid(value, grid)


def gaussian_bound(name: str, multiple: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """The bound that T = f'(u^k) reaches between P = N(0, 1) and Q = N(mean, deviation^2), in closed form.

    At k = 1 it is the divergence. E_p and E_q of the powers of u = p/q are integrals of p^a q^(1-a), whose integrand may
    lie so far out that p or q vanishes there in float32.

    Args:
        name: a divergence whose T and f*(T) are made of powers of u and ln u: neither total variation nor Jensen-Shannon.
        multiple: k, of any shape.
        mean, deviation: of Q.

    Returns:
        The bound for each k; minus infinity where E_q[f*(T)] is infinite, or too large for a float32.
    """

    def power(a: Tensor) -> Tensor:  # the integral of p^a q^(1-a)
        width = 1 + a * (deviation**2 - 1)
        value = (a * (a - 1) * mean**2 / (2 * width) + a * deviation.log()).exp() / width.clamp(min=0).sqrt()
        return torch.where(width > 0, value, math.inf)

    k = multiple
    from_p = deviation.log() + (1 + mean**2) / (2 * deviation**2) - 0.5  # E_p[ln u]
    from_q = deviation.log() - (deviation**2 + mean**2) / 2 + 0.5  # E_q[ln u]
    gains, losses = {
        "KL": lambda: (1 + k * from_p, power(k)),
        "reverse KL": lambda: (1 - k * from_q, power(1 - k)),
        "Pearson": lambda: (2 * power(1 + k) - 1, power(2 * k)),
        "Neyman": lambda: (2 * power(-k) - 1, power(1 - 2 * k)),
        "squared Hellinger": lambda: (torch.tensor(2.0), power(1 - k / 2) + power(k / 2)),
        "Jeffrey": lambda: (2 + k * (from_p - from_q), power(k) + power(1 - k)),
    }[name]()
    # Where both are infinite, losses grow faster with u.
    return torch.where(losses < math.inf, gains - losses, -math.inf)


def log_normal(x: Tensor, mean: Tensor | float, deviation: Tensor | float) -> Tensor:
    """Log density of a Gaussian with this mean and standard deviation."""
    deviation = torch.as_tensor(deviation, dtype=x.dtype)
    return -(((x - mean) / deviation) ** 2) / 2 - deviation.log() - math.log(2 * math.pi) / 2


class GaussianFit(NamedTuple):
    """The best Gaussian, and its divergence from the target."""

    objective: float
    mean: float
    deviation: float


def best_gaussian(divergence: FDivergence, log_p: Tensor, grid: Tensor) -> GaussianFit:
    """The Gaussian Q with the least D_f(P||Q), by Nelder & Mead's simplex search from six starts.

    Args:
        divergence: which.
        log_p: log density of the target on the grid, (n,).
        grid: increasing positions (n,), wide enough to hold both densities.

    Raises:
        ValueError: a grid that does not increase, or log densities of another shape or that are none.
    """
    log_p, grid = log_p.double(), grid.double()
    if grid.dim() != 1 or len(grid) < 2 or not (grid.isfinite().all() and (grid.diff() > 0).all()):
        raise ValueError(f"grid must be finite and increasing positions (n,), got shape {tuple(grid.shape)}")
    if log_p.shape != grid.shape or not 0 < float(torch.trapezoid(log_p.exp(), grid)) < math.inf:
        raise ValueError(f"log_p must be log densities {tuple(grid.shape)}, got shape {tuple(log_p.shape)}")

    def objective(parameters: np.ndarray) -> float:
        mean, log_deviation = torch.from_numpy(parameters)
        log_q = log_normal(grid, mean, log_deviation.exp())
        value = float(divergence_value(divergence, log_p, log_q, grid))
        beyond = 1 - float(torch.trapezoid(log_q.exp(), grid))
        if divergence.at_zero < math.inf:
            value += beyond * divergence.at_zero  # beyond the grid p is 0, and each unit of q costs f(0)
        return value if -0.01 < beyond < (0.01 if divergence.at_zero == math.inf else 1) else math.inf

    mean = float(torch.trapezoid(log_p.exp() * grid, grid))
    deviation = math.sqrt(float(torch.trapezoid(log_p.exp() * (grid - mean) ** 2, grid)))
    # Divergences that seek one mode may have several minima.
    starts = [(mean + shift * deviation, math.log(deviation) + widen) for shift in (-1, 0, 1) for widen in (-1, 0)]
    options = {"xatol": 1e-6}
    found = [scipy.optimize.minimize(objective, start, method="Nelder-Mead", options=options) for start in starts]
    best = min(found, key=lambda result: result.fun)
    return GaussianFit(float(best.fun), float(best.x[0]), math.exp(best.x[1]))
