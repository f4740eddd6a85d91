"""Points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .base import Arrays, Shade, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Dots(Words):
    """Points (x, y), both of shape (n,).

    Args:
        x, y: arrays (n,).
        size: the radius in pixels.
        names: if given, a pointer at a point is told its word; n of them, unless `index` picks from them.
        control: a `Choice` whose options are the names.
        index: array (n,), whole numbers: which of the names each point has; point i has name i without it.
    """

    x: str
    y: str
    size: float = 3.0
    index: str | None = field(default=None, kw_only=True)

    kind = "dots"
    dimensions = {"x": (1,), "y": (1,), "index": (1,)}
    along = "x"
    keeps = True

    def __post_init__(self) -> None:
        if self.index is not None:
            super().__post_init__()  # without an index, points may well have no names

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        from matplotlib.patheffects import withStroke

        # On a field of colours, of which one may be its own, a point has an edge.
        field = any(mark.kind == "heatmap" for mark in view.marks)
        edge = [withStroke(linewidth=1.5, foreground="white")] if field else []
        style: dict[str, Any] = {"color": self.color, "label": self.label, "zorder": 3, "path_effects": edge}
        if field:
            style["linewidths"] = 0
        axes.scatter(arrays[self.x], arrays[self.y], s=3 * self.size**2, **style)

    def draw_kept(self, axes: Axes, runs: Sequence[Arrays], view: View, shade: Shade) -> None:
        style = {"color": self.greyed(), "alpha": shade.alpha / len(runs) ** 0.5, "linewidths": 0, "zorder": 1.5}
        for run in runs:
            axes.scatter(run[self.x], run[self.y], s=3 * self.size**2, **style)
