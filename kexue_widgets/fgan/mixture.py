"""Mixtures of the eight divergences, which are divergences again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from .divergences import DIVERGENCES, TOTAL_VARIATION, Domain, FDivergence

Weight = float | Tensor
LONGEST_LOG = 40.0  # of ratios between which the slope of a mixture is looked for


def either(weight: Weight, value: Any, other: Any) -> Any:
    """`value` for a weight above 0, else `other`."""
    if isinstance(weight, Tensor):
        return torch.where(weight > 0, value, other)
    return value if weight > 0 else other


def weighted(weight: Weight, value: Any) -> Any:
    """weight * value, and 0 for a weight of 0 even where the value is infinite."""
    return either(weight, weight * value, 0.0)


def mixed(weights: Mapping[str, Weight]) -> FDivergence:
    """sum_i w_i f_i of the eight, a divergence again: sum_i w_i D_i.

    Its conjugate is not the sum of theirs: f*(t) = t u - f(u) at the one u where sum_i w_i f_i'(u) reaches t. But for a
    critic T = f'(e^r), told by the log ratio r, both T and f*(T) = e^r f'(e^r) - f(e^r) are linear in f. So the losses are
    sums as well, with r = asinh(v) for a score v, and nothing is inverted; f* of any t is found by bisection.

    Total variation has a step of slopes at u = 1. There scores from -1 to 1 lead from its lower end to its upper one, where
    f*(t) = t, while r rests at 0; those beyond are counted from the ends of the step.

    Args:
        weights: numbers that are not negative, by the names of divergences, such as {"KL": 0.5, "Pearson": 0.5}; those left
            out are 0. Tensors of no dimensions are not looked into, since those of a traced model have no values yet:
            where all are 0, so is everything, and the ends of the domain are told as if all were above 0.

    Raises:
        ValueError: an unknown name, a weight that is negative or not finite, or none above 0.
    """
    for name, weight in weights.items():
        if name not in DIVERGENCES:
            raise ValueError(f"weights must be of {', '.join(DIVERGENCES)}, got {name!r}")
        if not isinstance(weight, Tensor) and not 0 <= weight < math.inf:
            raise ValueError(f"weights must be finite and not negative, got {weight!r} for {name}")
    parts = {
        DIVERGENCES[name]: weight if isinstance(weight, Tensor) else float(weight)
        for name, weight in weights.items()
        if isinstance(weight, Tensor) or weight
    }
    if not parts:
        raise ValueError("weights must be above 0 for some divergence, got none")
    smooth = {each: weight for each, weight in parts.items() if each is not TOTAL_VARIATION}
    rise: Weight = parts.get(TOTAL_VARIATION, 0.0)
    rest: Weight = sum(smooth.values(), 0.0)

    def summed(of: Mapping[FDivergence, Weight], value: Callable[[FDivergence], Any]) -> Any:
        return sum(weighted(weight, value(each)) for each, weight in of.items())

    def log_ratio(v: Tensor) -> Tensor:
        return torch.asinh(either(rise, v - v.clamp(-1, 1), v))

    def step(v: Tensor) -> Tensor:
        return rise * either(rest, v.clamp(-1, 1) / 2, TOTAL_VARIATION.activation(v))

    def critic(r: Tensor) -> Tensor:
        return summed(parts, lambda each: each.optimal_critic(r))

    def conjugate(r: Tensor) -> Tensor:
        return summed(parts, lambda each: each.optimal_conjugate(r))

    def conjugate_inside(t: Tensor) -> Tensor:
        low, high = torch.full_like(t, -LONGEST_LOG), torch.full_like(t, LONGEST_LOG)
        for _ in range(60):
            middle = (low + high) / 2
            below = critic(middle) < t
            low, high = torch.where(below, middle, low), torch.where(below, high, middle)
        r = (low + high) / 2
        # t u - f(u), whose slope in t is u, in a form that cancels nothing.
        return conjugate(r) + r.exp() * (t - critic(r))

    return FDivergence(
        " + ".join(each.name if isinstance(w, Tensor) else f"{w:g} {each.name}" for each, w in parts.items()),
        f=lambda u: summed(parts, lambda each: each.f(u)),
        optimal_critic=critic,
        optimal_conjugate=conjugate,
        conjugate_inside=conjugate_inside,
        domain=Domain(
            summed(parts, lambda each: each.domain.low),
            summed(parts, lambda each: each.domain.high),
            all(each.domain.low_included for each in parts),
            all(each.domain.high_included for each in parts),
        ),
        activation=lambda v: step(v) + summed(smooth, lambda each: each.optimal_critic(log_ratio(v))),
        activation_conjugate=lambda v: step(v) + summed(smooth, lambda each: each.optimal_conjugate(log_ratio(v))),
        integrand=lambda log_p, log_q: summed(parts, lambda each: each.integrand(log_p, log_q)),
        at_zero=summed(parts, lambda each: each.at_zero),
    )
