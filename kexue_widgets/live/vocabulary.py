"""Marks made of words, which are the options of a `Choice` or names given by the author.

`frontend/ranking.js` draws a ranking, `frontend/marks.js` words in axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .controls import Choice, Control
from .views import COLORS, Arrays, Mark, View

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Words(Mark):
    """A mark that shows `names` or, without them, the options of the Choice called `control`."""

    control: str | None
    names: Sequence[str] | None

    def __post_init__(self) -> None:
        if self.control is None and self.names is None:
            raise ValueError(f"{self.kind} needs names or control, got neither")

    def check_controls(self, controls: Mapping[str, Control]) -> None:
        """Raise a ValueError unless `control` is a choice."""
        if self.control is not None and not isinstance(controls.get(self.control), Choice):
            raise ValueError(f"{self.kind}: control must be a Choice of the explorer, got {self.control!r}")

    def named(self, controls: Mapping[str, Control]) -> Mark:
        """This mark with names, from the control's options if it has none of its own."""
        control = controls.get(self.control or "")
        if self.names is not None or not isinstance(control, Choice):
            return self
        return replace(self, names=list(control.options))  # type: ignore[call-arg]

    def _words(self, index: np.ndarray) -> list[str]:
        """The names with these numbers, whole or nearly so."""
        if self.names is None:
            return [f"{each:.0f}" for each in index]
        for each in index:
            if not -0.5 <= each < len(self.names) - 0.5:
                raise ValueError(f"{self.kind}: index must be in [0, {len(self.names) - 1}], got {each:g}")
        return [self.names[round(each)] for each in index.tolist()]


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
    control: str | None = None
    names: Sequence[str] | None = None
    label: str | None = None
    color: str | None = None
    digits: int = 3

    kind = "ranking"
    dimensions = {"index": (1,), "score": (1,)}
    alone = True

    def _check_lengths(self, arrays: Arrays) -> None:
        _must_match(self, arrays, self.score, self.index)

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        words = np.array(self._words(arrays[self.index]))
        score, words = arrays[self.score][words != ""], words[words != ""]
        rows = np.arange(len(score))
        axes.barh(rows, score, color=self.color or COLORS[0], height=0.7, label=self.label)
        axes.set_yticks(rows, words)
        axes.invert_yaxis()
        for row, value in zip(rows, score, strict=True):
            axes.annotate(
                f"{value:.{self.digits}g}",
                (max(value, 0), row),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
            )
        axes.margins(x=0.2)
        axes.set_xticks([])


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
    names: Sequence[str] | None = None
    control: str | None = None
    index: str | None = None
    label: str | None = None
    color: str = ""  # that of all text
    size: float = 12.0

    kind = "texts"
    dimensions = {"x": (1,), "y": (1,), "index": (1,)}

    def _check_lengths(self, arrays: Arrays) -> None:
        super()._check_lengths(arrays)
        if self.index is not None:
            _must_match(self, arrays, self.index, self.x)

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
            "color": self.color or "black",
        }
        for word, left, bottom in zip(self._words(index), x, y, strict=True):
            axes.text(left, bottom, word, path_effects=[withStroke(linewidth=2, foreground="white")], **style)


def _must_match(mark: Mark, arrays: Arrays, name: str, other: str) -> None:
    if len(arrays[name]) != len(arrays[other]):
        count, shape = len(arrays[other]), arrays[name].shape
        raise ValueError(f"{mark.kind}: {name!r} must have as many entries as {other!r} ({count}), got shape {shape}")
