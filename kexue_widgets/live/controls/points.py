"""Points drawn in a plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from .base import Conditions, Control, brief

Pairs = Sequence[Sequence[float]] | np.ndarray


class Points(Control, traitlets.List):
    """Points that a reader draws: a list of pairs [x, y].

    A model receives them as a float32 tensor (capacity, 2), repeated from the first on until it is full, so that its
    shape is always the same. With no points drawn it receives the default ones.

    Args:
        default: the points there are at first, n pairs with 1 <= n <= capacity.
        x_range, y_range: bounds of the plane, all included.
        capacity: how many points a reader may draw.
        label: what the reader sees; the trait's name if empty.
    """

    kind = "points"

    def __init__(
        self,
        default: Pairs,
        *,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        capacity: int = 64,
        label: str = "",
        restarts: bool = False,
        when: Conditions | None = None,
    ) -> None:
        for argument, (low, high) in (("x_range", x_range), ("y_range", y_range)):
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ValueError(f"{argument} must be two numbers, the lower one first, got ({low}, {high})")
        self.x_range, self.y_range, self.capacity = x_range, y_range, capacity
        points = self._pairs(default)
        if not points:
            raise ValueError(f"default must be 1 to {self._accepted}, got {brief.repr(default)}")
        super().__init__(points, label, restarts, when)
        self.fallback = points

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        """The points as a list of pairs of floats; a TraitError names the control and what it accepts."""
        points = self._pairs(value)
        if points is None:
            raise self._refuse(f"at most {self._accepted}", value)
        return points

    def tensor(self, value: Pairs) -> Tensor:
        """The points as a float32 tensor (capacity, 2)."""
        points = torch.tensor(value if len(value) else self.fallback, dtype=torch.float32)
        return points[torch.arange(self.capacity) % len(points)]

    def _details(self) -> dict[str, Any]:
        ranges = {"x_range": self.x_range, "y_range": self.y_range}
        return {"fallback": self.fallback, **ranges, "capacity": self.capacity}

    @property
    def _accepted(self) -> str:
        (left, right), (low, high) = self.x_range, self.y_range
        return f"{self.capacity} pairs [x, y] with x in [{left:g}, {right:g}] and y in [{low:g}, {high:g}]"

    def _pairs(self, value: Any) -> list[list[float]] | None:
        """The points as a list of pairs of floats; None unless they are that many at the most, and in the ranges."""
        try:
            points = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            return None
        if points.size == 0:
            return []
        (left, right), (low, high) = self.x_range, self.y_range
        if points.ndim != 2 or points.shape[1] != 2 or len(points) > self.capacity:
            return None
        if not ((points >= (left, low)) & (points <= (right, high))).all():  # NaN is in no range
            return None
        return points.tolist()
