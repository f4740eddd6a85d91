"""Points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .base import Arrays, Painted, Shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Dots(Painted):
    """Points (x, y), both of shape (n,); `size` is the radius in pixels."""

    x: str
    y: str
    size: float = 3.0

    kind = "dots"
    dimensions = {"x": (1,), "y": (1,)}
    along = "x"
    keeps = True

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        axes.scatter(arrays[self.x], arrays[self.y], s=3 * self.size**2, color=self.color, label=self.label, zorder=3)

    def draw_kept(self, axes: Axes, runs: Sequence[Arrays], view: View, shade: Shade) -> None:
        style = {"color": self.greyed(), "alpha": shade.alpha / len(runs) ** 0.5, "linewidths": 0, "zorder": 1.5}
        for run in runs:
            axes.scatter(run[self.x], run[self.y], s=3 * self.size**2, **style)
