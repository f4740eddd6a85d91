"""Texts to read or to copy."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .base import Arrays, Mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Passages(Mark):
    """Texts picked by number, line breaks kept, each with a button that copies it; alone in its view.

    On a page, "YYYY-MM-DD" and "YYYY/MM/DD" in a text become the day, and "https://ADDRESS/" the address of the page's
    folder if it has one on the web.

    Args:
        index: array (k,), whole numbers: which texts, in their order. Empty texts are not shown.
        texts: all there are.
        links: an address for each text, relative to the page; its first line then is a link, in place of the button.
    """

    index: str
    texts: Sequence[str]
    links: Sequence[str] | None = None

    kind = "passages"
    dimensions = {"index": (1,)}
    alone = True
    wide = True

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        shown = [self.texts[round(number)] for number in np.asarray(arrays[self.index]).tolist()]
        lines = [line for text in shown if text for line in [*text.splitlines(), ""]]
        folded = [part for line in lines for part in textwrap.wrap(line, 88) or [""]]
        axes.text(
            0, 1, "\n".join(folded[:12]), va="top", fontsize="x-small", transform=axes.transAxes, parse_math=False
        )
        axes.set_axis_off()
