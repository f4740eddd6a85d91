"""Numbers as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Arrays, Painted

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

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        heights = arrays[self.heights]
        groups = [mark for mark in view.marks if isinstance(mark, Bars)]
        width = 0.8 / len(groups)
        offset = (groups.index(self) - (len(groups) - 1) / 2) * width
        axes.bar(np.arange(len(heights)) + offset, heights, width, color=self.color, label=self.label)
        names = list(map(str, next((mark.names for mark in groups if mark.names), range(len(heights)))))
        slanted: dict[str, Any] = {"rotation": 35, "ha": "right"} if sum(map(len, names)) > 40 else {}
        axes.set_xticks(np.arange(len(heights)), names, **slanted)
