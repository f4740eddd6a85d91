"""Words with their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..notation import plain
from ..numbers import format_number
from .base import Arrays, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Ranking(Words):
    """A word, a bar and a number for each of k entries; alone in its view.

    Args:
        index: array (k,), whole numbers: which of the names (counted from 0) each entry is.
        score: array (k,), the bars; below zero they point to the left.
        control: a `Choice`: its options are the names, and a click on an entry chooses it.
        names: given instead of a control, or to show other words than its options; entries named "" are not shown.
        label: what the scores are.
        digits: significant digits of the scores.
    """

    index: str
    score: str
    digits: int = 3

    kind = "ranking"
    dimensions = {"index": (1,), "score": (1,)}
    along = "index"
    alone = True

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        words = np.array(self._words(arrays[self.index]))
        score, words = arrays[self.score][words != ""], words[words != ""]
        rows = np.arange(len(score))
        axes.barh(rows, score, color=self.color, height=0.7, label=self.label)
        axes.set_yticks(rows, list(map(plain, words)))
        axes.invert_yaxis()
        for row, value in zip(rows, score, strict=True):
            axes.annotate(
                format_number(value, self.digits),
                (max(value, 0), row),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
            )
        axes.margins(x=0.2)
        axes.set_xticks([])
