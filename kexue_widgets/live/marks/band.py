"""An area between two curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .base import Arrays, Painted

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

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        low, high = arrays[self.low], arrays[self.high]
        axes.fill_between(arrays[self.x], low, high, color=self.color, alpha=0.2, linewidth=0, label=self.label)
