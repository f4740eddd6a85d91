"""Numbers as colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import Arrays, Mark, Range

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Heatmap(Mark):
    """Numbers as colours.

    A matrix (rows, columns) has row 0 on top; a stack (k, rows, columns) shows its k matrices side by side. With
    evenly spaced x (columns,) and y (rows,) a matrix is a field over the plane, y upwards. `label` says what the colours
    stand for. A cell without a finite number stays empty.
    """

    values: str
    x: str | None = None
    y: str | None = None
    scale: str = "sequential"
    range: Range | None = None
    label: str | None = None

    kind = "heatmap"
    dimensions = {"values": (2, 3), "x": (1,), "y": (1,)}
    gaps = ("values",)

    def _check_shapes(self, arrays: Arrays) -> None:
        if self.x is not None and self.y is not None:
            expected = (len(arrays[self.y]), len(arrays[self.x]))
            if arrays[self.values].shape != expected:
                raise ValueError(f"heatmap: {self.values!r} must be {expected}, got shape {arrays[self.values].shape}")

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        finite = np.isfinite(arrays[self.values])
        values = np.where(finite, arrays[self.values], np.nan)
        known = values[finite] if finite.any() else np.zeros(1)
        low, high = self.range or (known.min(), known.max())
        if self.scale == "diverging" and self.range is None:
            largest = max(-low, high) or 1  # so that zero is in the middle
            low, high = -largest, largest
        style: dict[str, Any] = {
            "cmap": "viridis" if self.scale == "sequential" else "RdBu_r",
            "vmin": low,
            "vmax": high,
        }
        image: Any
        if self.x is not None and self.y is not None:
            image = axes.pcolormesh(arrays[self.x], arrays[self.y], values, shading="nearest", **style)
        else:
            blocks = values.reshape(-1, *values.shape[-2:])
            # An empty column after each block keeps them apart.
            gapped = np.pad(blocks, [(0, 0), (0, 0), (0, 1)], constant_values=np.nan)
            image = axes.imshow(np.concatenate(list(gapped), axis=1)[:, :-1], aspect="auto", **style)
            axes.set(xticks=[], yticks=[])
        axes.figure.colorbar(image, ax=axes, fraction=0.05, pad=0.03, label=self.label or "")
