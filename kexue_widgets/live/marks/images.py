"""Pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..numbers import format_number
from .base import Arrays, Mark, Range

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


CRISP = 64  # pixels: wider pictures are photos, whose pixels nobody wants to count


@dataclass(frozen=True)
class Images(Mark):
    """Pictures (n, height, width) in grey or (n, height, width, 3) in colour, side by side in rows of `columns`.

    Under each may stand its caption, and its number of scores (n,).
    """

    values: str
    columns: int = 8
    range: Range = (0.0, 1.0)
    captions: Sequence[str] | None = None
    scores: str | None = None
    digits: int = 3

    kind = "images"
    dimensions = {"values": (3, 4), "scores": (1,)}
    alone = True

    def _check_shapes(self, arrays: Arrays) -> None:
        count = len(arrays[self.values])
        if arrays[self.values].shape[3:] not in ((), (3,)):
            shape = arrays[self.values].shape
            raise ValueError(f"images: {self.values!r} must have 3 colours on its last axis, got shape {shape}")
        if self.captions is not None and len(self.captions) != count:
            raise ValueError(f"images: captions must be {count}, one for each picture, got {len(self.captions)}")
        if self.scores is not None and len(arrays[self.scores]) != count:
            got = arrays[self.scores].shape
            raise ValueError(f"images: {self.scores!r} must have one entry for each of {count} pictures, got {got}")

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        low, high = self.range
        pictures = np.clip((arrays[self.values] - low) / (high - low), 0, 1)
        columns = min(self.columns, len(pictures))
        short = -len(pictures) % columns
        words = [["", ""] for _ in pictures]
        for index, caption in enumerate(self.captions or ()):
            words[index][0] = caption
        for index, score in enumerate(arrays[self.scores] if self.scores else ()):
            words[index][1] = format_number(score, self.digits)
        lines = max(len(list(filter(None, each))) for each in words)
        height, width = pictures.shape[1:3]
        under = round(0.22 * lines * height)  # blank pixels, for the words
        padding = [(0, short), (0, under), (0, 0), (0, 0)][: pictures.ndim]
        rows = np.pad(pictures, padding, constant_values=1).reshape(-1, columns, height + under, *pictures.shape[2:])
        sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in rows])
        axes.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest" if width <= CRISP else "antialiased")
        for index, each in enumerate(words):
            row, column = divmod(index, columns)
            place = ((column + 0.5) * width, row * (height + under) + height)
            axes.text(*place, "\n".join(filter(None, each)), ha="center", va="top", fontsize="x-small")
        axes.set_axis_off()
