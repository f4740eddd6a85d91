"""An area between two curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .base import Arrays, Painted, Shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Band(Painted):
    """The area between low and high over x, all of shape (n,)."""

    x: str
    low: str
    high: str

    kind = "band"
    dimensions = {"x": (1,), "low": (1,), "high": (1,)}
    along = "x"
    keeps = True

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        low, high = arrays[self.low], arrays[self.high]
        axes.fill_between(arrays[self.x], low, high, color=self.color, alpha=0.2, linewidth=0, label=self.label)

    def draw_kept(self, axes: Axes, runs: Sequence[Arrays], view: View, shade: Shade) -> None:
        alpha = 0.35 * shade.alpha / len(runs) ** 0.5
        for run in runs:
            axes.fill_between(run[self.x], run[self.low], run[self.high], color=self.greyed(), alpha=alpha, linewidth=0)
