"""Views: small declarations of how arrays are drawn, with two renderers.

A `View` is one set of axes, its marks are what is drawn in it, and a mark names the arrays it draws. Here matplotlib
draws it (print, PDF, notebooks on GitHub, pages without JavaScript); `frontend/views.js` draws the same declaration in
the browser.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .controls import Control
from .controls.base import words
from .marks.base import COLORS, GREY, SHADES, Arrays, Mark, Names, Range
from .notation import mathtext
from .numbers import spaced

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OWN = r"$\mathdefault{"  # in what matplotlib itself writes at the ticks of an axis
EMPTY = -1  # a place in a figure's grid with no view in it
MOST_NAMED = 6  # kept states, for which a legend has room


class View:
    """One set of axes with its marks.

    Args:
        marks: what is drawn, the first at the back. Marks without a colour of their own get one each.
        title: a few words above the axes.
        x, y: axis labels, with their unit where there is one: "time (s)".
        x_range, y_range: fixed ranges (low, high); automatic if not given.
        x_log, y_log: logarithmic axes.
        aspect: width over height; left to the page if not given.
    """

    def __init__(
        self,
        *marks: Mark,
        title: str = "",
        x: str = "",
        y: str = "",
        x_range: Range | None = None,
        y_range: Range | None = None,
        x_log: bool = False,
        y_log: bool = False,
        aspect: float | None = None,
    ) -> None:
        if not marks:
            raise ValueError("a view needs at least one mark")
        for mark in marks:
            if mark.alone and len(marks) > 1:
                raise ValueError(f"a {mark.kind} stands alone in its view")
        colors = itertools.cycle(COLORS)
        self.marks = tuple(mark.painted(colors) for mark in marks)
        self.title, self.x, self.y = words("title", title), words("x", x), words("y", y)
        self.x_range, self.y_range, self.x_log, self.y_log, self.aspect = x_range, y_range, x_log, y_log, aspect

    def spec(self) -> dict[str, Any]:
        """This view as JSON."""
        return {**vars(self), "marks": [mark.spec() for mark in self.marks]}

    def check(self, arrays: Arrays) -> None:
        """Raise a ValueError, in words, unless every mark can be drawn from `arrays`."""
        for mark in self.marks:
            mark.check(arrays)

    def check_controls(self, controls: Mapping[str, Control]) -> None:
        """Raise an error, in words, if a mark sets a control that is not there."""
        for mark in self.marks:
            mark.check_controls(controls)

    def draw(
        self,
        axes: Axes,
        arrays: Arrays,
        controls: Mapping[str, Control] | None = None,
        names: Names | None = None,
        kept: Sequence[tuple[str, Sequence[Arrays]]] = (),
    ) -> None:
        """Draw the axes and their marks with matplotlib.

        Args:
            axes: of matplotlib.
            arrays: the frame.
            controls: of the explorer, for marks that show their words.
            names: in the values of controls, for marks labelled by them.
            kept: what was kept, each with its name: the arrays of one run or of several. The legend names the newest.
        """
        marks = [called for mark in self.marks if (called := mark.named(controls or {}).called(names or {}))]
        shown = copy.copy(self)
        shown.marks = tuple(marks)
        unnamed = len(kept) - MOST_NAMED
        for index, ((name, runs), shade) in enumerate(zip(kept, itertools.cycle(SHADES))):
            for mark in marks:
                mark.draw_kept(axes, runs, shown, shade)
            if index >= unnamed - 1 and not self.marks[0].alone and any(mark.keeps for mark in marks):
                label = name if index >= unnamed else f"{unnamed} more"
                axes.plot([], [], color=GREY, alpha=shade.alpha, linestyle=shade.dashes, label=label)
        for mark in marks:
            mark.draw(axes, arrays, shown)
        axes.set(title=self.title, xlabel=self.x, ylabel=self.y)
        if self.x_log:
            axes.set_xscale("log")
        if self.y_log:
            axes.set_yscale("log")
        if self.x_range:
            axes.set_xlim(*self.x_range)
        if self.y_range:
            axes.set_ylim(*self.y_range)
        space_ticks(axes)
        if axes.get_legend_handles_labels()[1]:
            axes.legend(frameon=False, fontsize="small")


def space_ticks(axes: Axes) -> None:
    """Write thousands at ticks as the browser does, where a mark has put no names there."""
    from matplotlib.ticker import ScalarFormatter

    class Spaced(ScalarFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return spaced(super().__call__(x, pos))

    for axis in (axes.xaxis, axes.yaxis):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(Spaced())


def draw_figure(
    views: Sequence[View],
    arrays: Arrays,
    controls: Mapping[str, Control] | None = None,
    names: Names | None = None,
    kept: Sequence[tuple[str, Sequence[Arrays]]] = (),
) -> Figure:
    """All views in one matplotlib figure, at most three in a row; `kept` is what was kept, each with its name."""
    from matplotlib.figure import Figure
    from matplotlib.table import Table as Cells
    from matplotlib.text import Text

    wide = [any(mark.wide for mark in view.marks) for view in views]
    columns = min(max(wide.count(False), 1), 3)
    rows: list[Any] = []  # of indices of views, as matplotlib lays out a mosaic
    for index in range(len(views)):
        if wide[index]:
            rows.append([index] * columns)
        elif not rows or EMPTY not in rows[-1]:
            rows.append([index] + [EMPTY] * (columns - 1))
        else:
            rows[-1][rows[-1].index(EMPTY)] = index
    figure = Figure(figsize=(3.6 * columns if columns > 1 else 6.4, 3.1 * len(rows)), layout="constrained")
    grid: Any = figure.subplot_mosaic(rows, empty_sentinel=EMPTY)
    for index, view in enumerate(views):
        view.check(arrays)
        view.draw(grid[index], arrays, controls, names, kept)
    fonts = _other_fonts()
    cells = [cell.get_text() for table in figure.findobj(Cells) for cell in table.get_celld().values()]
    for text in [*figure.findobj(Text), *cells]:
        text.set_fontfamily([*text.get_fontfamily(), *fonts])
        if text.get_parse_math() and OWN not in text.get_text():
            text.set_text(mathtext(text.get_text()))
    return figure


CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC"),
    *("PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei"),
)


def _other_fonts() -> list[str]:
    """Fonts of this machine for letters that matplotlib's own lack."""
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    # The last, which matplotlib has from 3.11 on, has an empty box for any letter, so that a missing font is no cause for warnings.
    return [name for name in (*CHINESE_FONTS, "Last Resort High-Efficiency") if name in there]
