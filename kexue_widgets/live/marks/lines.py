"""Curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Arrays, Painted

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
    along = "x"

    def _check_shapes(self, arrays: Arrays) -> None:
        x, y = arrays[self.x].shape, arrays[self.y].shape
        if len(x) == 2 and x != y:
            raise ValueError(f"lines: {self.y!r} must have as many curves as {self.x!r}: shape {x}, got {y}")

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        curves = np.atleast_2d(arrays[self.y])
        style: dict[str, Any] = {"color": self.color, "linestyle": "--" if self.dashed else "-"}
        style["drawstyle"] = "steps-post" if self.step else "default"
        for index, (x, curve) in enumerate(zip(np.broadcast_to(arrays[self.x], curves.shape), curves, strict=True)):
            axes.plot(x, curve, label=None if index else self.label, linewidth=1.8, **style)
