"""Curves."""

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
class Lines(Painted):
    """Curves y over x: y of shape (n,) or (k, n) for k curves in one colour, x (n,), or (k, n) for each its own.

    Where y is not finite, as a square root left of zero, a curve has a gap.
    """

    x: str
    y: str
    dashed: bool = False
    step: bool = False

    kind = "lines"
    dimensions = {"x": (1, 2), "y": (1, 2)}
    gaps = ("y",)
    along = "x"
    keeps = True

    def _check_shapes(self, arrays: Arrays) -> None:
        x, y = arrays[self.x].shape, arrays[self.y].shape
        if len(x) == 2 and x != y:
            raise ValueError(f"lines: {self.y!r} must have as many curves as {self.x!r}: shape {x}, got {y}")

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        style: dict[str, Any] = {"color": self.color, "linestyle": "--" if self.dashed else "-"}
        style["drawstyle"] = "steps-post" if self.step else "default"
        for index, (x, y) in enumerate(self.curves([arrays])):
            axes.plot(x, y, label=None if index else self.label, linewidth=1.8, **style)

    def draw_kept(self, axes: Axes, runs: Sequence[Arrays], view: View, shade: Shade) -> None:
        """Every curve; of several runs thin, with their median and the band from the 10 % to the 90 % quantile."""
        curves = self.curves(runs)
        style: dict[str, Any] = {"color": self.greyed(), "drawstyle": "steps-post" if self.step else "default"}
        several = len(runs) > 1
        thin: dict[str, Any] = {"linewidth": 0.5 if several else 1.4, "alpha": shade.alpha / (1 + several)}
        for x, y in curves:
            axes.plot(x, y, linestyle="-" if several else shade.dashes, **thin, **style)
        if several and (found := spread(curves)):
            x, (low, median, high) = found
            axes.fill_between(
                x, low, high, color=self.greyed(), alpha=0.25, linewidth=0, step="post" if self.step else None
            )
            axes.plot(x, median, linewidth=1.8, linestyle=shade.dashes, **style)

    def curves(self, runs: Sequence[Arrays]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Each curve's x and y (n,) of all runs together: they have one colour and one name."""
        pairs: list[tuple[np.ndarray, np.ndarray]] = []
        for run in runs:
            y = np.atleast_2d(run[self.y])
            pairs += zip(np.broadcast_to(run[self.x], y.shape), y, strict=True)
        return pairs


QUANTILES = (0.1, 0.5, 0.9)


def spread(curves: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray] | None:
    """The quantiles of curves over their common x, (n,) and (3, n), with gaps where one of them has a gap.

    Nothing where they have no common x. Curves that have shrunk to a point are left out.
    """
    seen = [(x, y) for x, y in curves if (x != x[0]).any() or (y != y[0]).any()]
    if not seen or any(not np.array_equal(x, seen[0][0]) for x, _ in seen):
        return None
    heights = np.array([np.where(np.isfinite(y), y, np.nan) for _, y in seen], dtype=float)
    return seen[0][0], np.quantile(heights, QUANTILES, axis=0)
