"""Words as points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Arrays, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


def legible(color: str) -> tuple[float, ...]:
    """A colour nearer to that of text: what serves for lines is too faint for letters."""
    from matplotlib.colors import to_rgb

    return tuple(0.7 * part for part in to_rgb(color))


@dataclass(frozen=True)
class Texts(Words):
    """A word at each point (x, y), both of shape (n,); up to some 150 stay legible.

    Args:
        x, y: arrays (n,).
        names: the words; n of them, unless `index` picks from them.
        control: a `Choice` whose options are the names.
        index: array (n,), whole numbers: which of the names stands at each point; point i has name i without it.
        size: of the letters, in pixels.
    """

    x: str
    y: str
    index: str | None = None
    size: float = 12.0
    color: str | None = field(default="", kw_only=True)  # that of all text

    kind = "texts"
    dimensions = {"x": (1,), "y": (1,), "index": (1,)}
    along = "x"

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        from matplotlib.patheffects import withStroke

        x, y = arrays[self.x], arrays[self.y]
        index = np.arange(len(x)) if self.index is None else arrays[self.index]
        # Invisible points: matplotlib fits its axes to these, not to words.
        axes.scatter(x, y, s=0)
        axes.margins(0.12)
        style: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "fontsize": 0.72 * self.size,
            "color": legible(self.color or "black"),
        }
        for word, left, bottom in zip(self._words(index), x, y, strict=True):
            halo = [withStroke(linewidth=2, foreground="white")]
            axes.text(left, bottom, word, path_effects=halo, parse_math=False, **style)
