"""Mixtures of the eight divergences, which are divergences again."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from .divergences import DIVERGENCES, TOTAL_VARIATION, Domain, FDivergence

LONGEST_LOG = 40.0  # of ratios between which the slope of a mixture is looked for


def mixed(weights: Mapping[str, float]) -> FDivergence:
    """sum_i w_i f_i of the eight, a divergence again: sum_i w_i D_i.

    Its conjugate is not the sum of theirs: f*(t) = t u - f(u) at the one u where sum_i w_i f_i'(u) reaches t. But for a
    critic T = f'(e^r), told by the log ratio r, both T and f*(T) = e^r f'(e^r) - f(e^r) are linear in f. So the losses are
    sums as well, with r = asinh(v) for a score v, and nothing is inverted; f* of any t is found by bisection.

    Total variation has a step of slopes at u = 1. There scores from -1 to 1 lead from its lower end to its upper one, where
    f*(t) = t, while r rests at 0; those beyond are counted from the ends of the step.

    Args:
        weights: numbers that are not negative, by the names of divergences, such as {"KL": 0.5, "Pearson": 0.5}; those left
            out are 0.

    Raises:
        ValueError: an unknown name, a weight that is negative or not finite, or none above 0.
    """
    for name, weight in weights.items():
        if name not in DIVERGENCES:
            raise ValueError(f"weights must be of {', '.join(DIVERGENCES)}, got {name!r}")
        if not 0 <= weight < math.inf:
            raise ValueError(f"weights must be finite and not negative, got {weight!r} for {name}")
    parts = {DIVERGENCES[name]: float(weight) for name, weight in weights.items() if weight}
    if not parts:
        raise ValueError("weights must be above 0 for some divergence, got none")
    smooth = {each: weight for each, weight in parts.items() if each is not TOTAL_VARIATION}

    def step(v: Tensor) -> Tensor:
        return v.clamp(-1, 1) / 2 if smooth else TOTAL_VARIATION.activation(v)

    rise = parts.get(TOTAL_VARIATION, 0.0)

    def f(u: Tensor) -> Tensor:
        return sum((w * each.f(u) for each, w in parts.items()), torch.zeros_like(u))

    def critic(r: Tensor) -> Tensor:
        return sum((w * each.optimal_critic(r) for each, w in parts.items()), torch.zeros_like(r))

    def conjugate(r: Tensor) -> Tensor:
        return sum((w * each.optimal_conjugate(r) for each, w in parts.items()), torch.zeros_like(r))

    def log_ratio(v: Tensor) -> Tensor:
        return torch.asinh(v - v.clamp(-1, 1) if rise else v)

    def activation(v: Tensor) -> Tensor:
        return sum((w * each.optimal_critic(log_ratio(v)) for each, w in smooth.items()), rise * step(v))

    def activation_conjugate(v: Tensor) -> Tensor:
        return sum((w * each.optimal_conjugate(log_ratio(v)) for each, w in smooth.items()), rise * step(v))

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
        " + ".join(f"{w:g} {each.name}" for each, w in parts.items()),
        f=f,
        optimal_critic=critic,
        optimal_conjugate=conjugate,
        conjugate_inside=conjugate_inside,
        domain=Domain(
            sum(w * each.domain.low for each, w in parts.items()),
            sum(w * each.domain.high for each, w in parts.items()),
            all(each.domain.low_included for each in parts),
            all(each.domain.high_included for each in parts),
        ),
        activation=activation,
        activation_conjugate=activation_conjugate,
        integrand=lambda log_p, log_q: sum(
            (w * each.integrand(log_p, log_q) for each, w in parts.items()), torch.zeros_like(log_q)
        ),
        at_zero=sum(w * each.at_zero for each, w in parts.items()),
    )
