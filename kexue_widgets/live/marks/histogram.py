"""How often values occur."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Arrays, Painted, Shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Histogram(Painted):
    """A histogram of values (n,), as density or as counts; `edges` is (low, high, number of bins)."""

    values: str
    weights: str | None = None
    edges: tuple[float, float, int] | None = None
    density: bool = True

    kind = "histogram"
    dimensions = {"values": (1,), "weights": (1,)}
    along = "values"
    keeps = True

    def _check_shapes(self, arrays: Arrays) -> None:
        if self.edges is None and not arrays[self.values].size:
            raise ValueError(
                f"histogram: {self.values!r} must have a number at least where there are no edges, got none"
            )

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        self._draw(axes, arrays, color=self.color, alpha=0.55, label=self.label)

    def draw_kept(self, axes: Axes, runs: Sequence[Arrays], view: View, shade: Shade) -> None:
        alpha = shade.alpha / len(runs) ** 0.5
        for run in runs:
            self._draw(axes, run, color=self.greyed(), alpha=alpha, histtype="step", linestyle=shade.dashes)

    def _draw(self, axes: Axes, arrays: Arrays, **style: Any) -> None:
        values = arrays[self.values]
        low, high, bins = self.edges or (*around(float(values.min()), float(values.max())), 30)
        weights = None if self.weights is None else arrays[self.weights]
        axes.hist(
            values, bins=np.linspace(low, high, bins + 1).tolist(), weights=weights, density=self.density, **style
        )


def around(low: float, high: float) -> tuple[float, float]:
    """A range of some width, as numpy does it: a single value stands in the middle."""
    margin = 0.0 if low < high else max(0.5, abs(low) / 1000)
    return low - margin, high + margin
