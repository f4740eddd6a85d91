"""Numbers as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..notation import plain
from .base import Arrays, Painted, Shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Bars(Painted):
    """One bar for each of heights (n,), under `names`; several in one view stand side by side."""

    heights: str
    names: Sequence[str] | None = None

    kind = "bars"
    dimensions = {"heights": (1,)}
    keeps = True

    def _check_shapes(self, arrays: Arrays) -> None:
        if self.names is not None and len(self.names) != len(arrays[self.heights]):
            shape = arrays[self.heights].shape
            raise ValueError(
                f"bars: {self.heights!r} must have one entry for each of {len(self.names)} names, got {shape}"
            )

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        heights = arrays[self.heights]
        groups, centres, width = self._places(view, len(heights))
        axes.bar(centres, heights, width, color=self.color, label=self.label)
        names = list(map(str, next((mark.names for mark in groups if mark.names), range(len(heights)))))
        slanted: dict[str, Any] = {"rotation": 35, "ha": "right"} if sum(map(len, names)) > 40 else {}
        axes.set_xticks(np.arange(len(heights)), list(map(plain, names)), **slanted)

    def draw_kept(self, axes: Axes, runs: Sequence[Arrays], view: View, shade: Shade) -> None:
        """A line across each bar, over it: beneath, a taller bar would hide it."""
        alpha = shade.alpha / len(runs) ** 0.25
        for run in runs:
            heights = run[self.heights]
            _, centres, width = self._places(view, len(heights))
            ends = centres - width / 2, centres + width / 2
            axes.hlines(heights, *ends, color="black", alpha=alpha, linestyle=shade.dashes, zorder=3)

    def _places(self, view: View, count: int) -> tuple[list[Bars], np.ndarray, float]:
        """The marks of bars in the view, and where those of this one stand and how wide they are."""
        groups = [mark for mark in view.marks if isinstance(mark, Bars)]
        width = 0.8 / len(groups)
        return groups, np.arange(count) + (groups.index(self) - (len(groups) - 1) / 2) * width, width
