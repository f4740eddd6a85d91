"""Arrows, such as gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Arrays, Painted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Arrows(Painted):
    """Arrows from (x, y) to (x + dx, y + dy), in the units of the axes; all of shape (n,)."""

    x: str
    y: str
    dx: str
    dy: str

    kind = "arrows"
    dimensions = {"x": (1,), "y": (1,), "dx": (1,), "dy": (1,)}
    along = "x"

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        x, y, dx, dy = (arrays[name] for name in (self.x, self.y, self.dx, self.dy))
        style: dict[str, Any] = {"color": self.color, "label": self.label, "width": 0.006, "zorder": 3}
        axes.quiver(x, y, dx, dy, angles="xy", scale_units="xy", scale=1, **style)
        # matplotlib looks at where arrows begin, not at where they end.
        axes.update_datalim(np.stack([x + dx, y + dy], axis=1))
        axes.autoscale_view()
