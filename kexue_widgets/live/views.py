"""Views: small declarations of how arrays are drawn, with two renderers.

Here each mark draws itself with matplotlib (print, PDF, notebooks on GitHub, pages without JavaScript); `frontend/views.js`
draws the same declaration with Observable Plot. A `View` is one set of axes, its marks are what is drawn in it, and a
mark names the arrays it draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .controls import Control

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Arrays = Mapping[str, np.ndarray]
Range = tuple[float, float]

CRISP = 64  # pixels: wider pictures are photos, whose pixels nobody wants to count
EMPTY = -1  # a place in a figure's grid with no view in it

# Legible on white and on near-black, and told apart by colour-blind readers.
COLORS = ("#3b7dd8", "#e07b00", "#2a9d5c", "#d6455d", "#8f63d2", "#1899a8", "#a0722f", "#808894")


@dataclass(frozen=True)
class Mark:
    """Something drawn in a view. Its fields listed in `dimensions` name the arrays it draws."""

    kind: ClassVar[str]
    dimensions: ClassVar[dict[str, tuple[int, ...]]]  # array field -> numbers of axes accepted
    alone: ClassVar[bool] = False  # whether it takes a view of its own
    wide: ClassVar[bool] = False  # whether its view takes a row of its own

    def spec(self) -> dict[str, Any]:
        """This mark as JSON."""
        return {"kind": self.kind, **asdict(self)}

    def drawn(self) -> dict[str, str]:
        """The arrays it draws: field -> name of the array."""
        return {field: getattr(self, field) for field in self.dimensions if getattr(self, field) is not None}

    def check(self, arrays: Arrays) -> None:
        """Raise a ValueError, in words, unless `arrays` holds what this mark draws, in shapes it can draw."""
        for field, name in self.drawn().items():
            if name not in arrays:
                raise ValueError(f"{self.kind} draws {name!r}, but frame returns only {', '.join(arrays)}")
            if arrays[name].ndim not in self.dimensions[field]:
                expected = " or ".join(map(str, self.dimensions[field]))
                raise ValueError(f"{self.kind}: {name!r} must have {expected} axes, got shape {arrays[name].shape}")
        self._check_lengths(arrays)

    def _check_lengths(self, arrays: Arrays) -> None:
        """Marks over an x axis need as many points in every array."""
        x = getattr(self, "x", None)
        for field in ("y", "low", "high", "dx", "dy"):
            name = getattr(self, field, None)
            if x is not None and name is not None and arrays[name].shape[-1] != arrays[x].shape[-1]:
                count, shape = arrays[x].shape[-1], arrays[name].shape
                raise ValueError(
                    f"{self.kind}: {name!r} must have as many points as {x!r} ({count}), got shape {shape}"
                )

    def check_controls(self, controls: Mapping[str, Control]) -> None:
        """Raise an error, in words, if this mark sets a control that is not there."""

    def named(self, controls: Mapping[str, Control]) -> Mark:
        """This mark with the words that it takes from a control, if it does."""
        return self

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        """Draw with matplotlib."""
        raise TypeError(f"{self.kind} has no renderer")


@dataclass(frozen=True)
class Lines(Mark):
    """Curves y over x: y of shape (n,) or (k, n) for k curves in one colour, x (n,), or (k, n) for each its own."""

    x: str
    y: str
    label: str | None = None
    color: str | None = None
    dashed: bool = False
    step: bool = False

    kind = "lines"
    dimensions = {"x": (1, 2), "y": (1, 2)}

    def _check_lengths(self, arrays: Arrays) -> None:
        super()._check_lengths(arrays)
        x, y = arrays[self.x].shape, arrays[self.y].shape
        if len(x) == 2 and x != y:
            raise ValueError(f"lines: {self.y!r} must have as many curves as {self.x!r}: shape {x}, got {y}")

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        curves = np.atleast_2d(arrays[self.y])
        style: dict[str, Any] = {"color": self.color, "linestyle": "--" if self.dashed else "-"}
        style["drawstyle"] = "steps-post" if self.step else "default"
        for index, (x, curve) in enumerate(zip(np.broadcast_to(arrays[self.x], curves.shape), curves, strict=True)):
            axes.plot(x, curve, label=None if index else self.label, linewidth=1.8, **style)


@dataclass(frozen=True)
class Band(Mark):
    """The area between low and high over x, all of shape (n,)."""

    x: str
    low: str
    high: str
    label: str | None = None
    color: str | None = None

    kind = "band"
    dimensions = {"x": (1,), "low": (1,), "high": (1,)}

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        low, high = arrays[self.low], arrays[self.high]
        axes.fill_between(arrays[self.x], low, high, color=self.color, alpha=0.2, linewidth=0, label=self.label)


@dataclass(frozen=True)
class Dots(Mark):
    """Points (x, y), both of shape (n,); `size` is the radius in pixels."""

    x: str
    y: str
    label: str | None = None
    color: str | None = None
    size: float = 3.0

    kind = "dots"
    dimensions = {"x": (1,), "y": (1,)}

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        axes.scatter(arrays[self.x], arrays[self.y], s=3 * self.size**2, color=self.color, label=self.label, zorder=3)


@dataclass(frozen=True)
class Arrows(Mark):
    """Arrows from (x, y) to (x + dx, y + dy), in the units of the axes; all of shape (n,)."""

    x: str
    y: str
    dx: str
    dy: str
    label: str | None = None
    color: str | None = None

    kind = "arrows"
    dimensions = {"x": (1,), "y": (1,), "dx": (1,), "dy": (1,)}

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        x, y, dx, dy = (arrays[name] for name in (self.x, self.y, self.dx, self.dy))
        style: dict[str, Any] = {"color": self.color, "label": self.label, "width": 0.006, "zorder": 3}
        axes.quiver(x, y, dx, dy, angles="xy", scale_units="xy", scale=1, **style)
        # matplotlib looks at where arrows begin, not at where they end.
        axes.update_datalim(np.stack([x + dx, y + dy], axis=1))
        axes.autoscale_view()


@dataclass(frozen=True)
class Heatmap(Mark):
    """Numbers as colours.

    A matrix (rows, columns) has row 0 on top; a stack (k, rows, columns) shows its k matrices side by side. With
    evenly spaced x (columns,) and y (rows,) a matrix is a field over the plane, y upwards.
    """

    values: str
    x: str | None = None
    y: str | None = None
    scale: str = "sequential"
    range: Range | None = None

    kind = "heatmap"
    dimensions = {"values": (2, 3), "x": (1,), "y": (1,)}

    def _check_lengths(self, arrays: Arrays) -> None:
        if self.x is not None and self.y is not None:
            expected = (len(arrays[self.y]), len(arrays[self.x]))
            if arrays[self.values].shape != expected:
                raise ValueError(f"heatmap: {self.values!r} must be {expected}, got shape {arrays[self.values].shape}")

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        values = arrays[self.values]
        low, high = self.range or (values.min(), values.max())
        if self.scale == "diverging" and self.range is None:
            low, high = -abs(values).max(), abs(values).max()
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
        axes.figure.colorbar(image, ax=axes, fraction=0.05, pad=0.03)


@dataclass(frozen=True)
class Histogram(Mark):
    """A histogram of values (n,), as density or as counts; `edges` is (low, high, number of bins)."""

    values: str
    weights: str | None = None
    edges: tuple[float, float, int] | None = None
    density: bool = True
    label: str | None = None
    color: str | None = None

    kind = "histogram"
    dimensions = {"values": (1,), "weights": (1,)}

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        values = arrays[self.values]
        low, high, bins = self.edges or (values.min(), values.max(), 30)
        weights = None if self.weights is None else arrays[self.weights]
        style: dict[str, Any] = {"color": self.color, "alpha": 0.55, "label": self.label}
        axes.hist(
            values, bins=np.linspace(low, high, bins + 1).tolist(), weights=weights, density=self.density, **style
        )


@dataclass(frozen=True)
class Bars(Mark):
    """One bar for each of heights (n,), under `names`; several in one view stand side by side."""

    heights: str
    names: Sequence[str] | None = None
    label: str | None = None
    color: str | None = None

    kind = "bars"
    dimensions = {"heights": (1,)}

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        heights = arrays[self.heights]
        groups = [mark for mark in view.marks if isinstance(mark, Bars)]
        width = 0.8 / len(groups)
        offset = (groups.index(self) - (len(groups) - 1) / 2) * width
        axes.bar(np.arange(len(heights)) + offset, heights, width, color=self.color, label=self.label)
        names = list(map(str, next((mark.names for mark in groups if mark.names), range(len(heights)))))
        slanted: dict[str, Any] = {"rotation": 35, "ha": "right"} if sum(map(len, names)) > 40 else {}
        axes.set_xticks(np.arange(len(heights)), names, **slanted)


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

    def _check_lengths(self, arrays: Arrays) -> None:
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
            words[index][1] = f"{score:.{self.digits}g}"
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


@dataclass(frozen=True)
class Table(Mark):
    """Numbers (rows, columns), or (rows,) for one column, under the given headings; alone in its view."""

    values: str
    rows: Sequence[str]
    columns: Sequence[str]
    digits: int = 3

    kind = "table"
    dimensions = {"values": (1, 2)}
    alone = True

    def check(self, arrays: Arrays) -> None:
        super().check(arrays)
        values = self._cells(arrays)
        if values.shape != (len(self.rows), len(self.columns)):
            raise ValueError(
                f"table: {self.values!r} must be {len(self.rows)} x {len(self.columns)}, is {values.shape}"
            )

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        cells = [[f"{value:.{self.digits}g}" for value in row] for row in self._cells(arrays)]
        text = [[name, *row] for name, row in zip(self.rows, cells, strict=True)]
        axes.set_axis_off()
        table = axes.table(text, colLabels=["", *self.columns], loc="upper center", edges="horizontal")
        table.auto_set_column_width(list(range(len(self.columns) + 1)))

    def _cells(self, arrays: Arrays) -> np.ndarray:
        values = arrays[self.values]
        return values[:, None] if values.ndim == 1 else values


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
        self.marks = _colored(marks)
        self.title, self.x, self.y = title, x, y
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

    def draw(self, axes: Axes, arrays: Arrays, controls: Mapping[str, Control] | None = None) -> None:
        """Draw the axes and their marks with matplotlib; `controls` of the explorer, for marks that show their words."""
        for mark in self.marks:
            mark.named(controls or {}).draw(axes, arrays, self)
        axes.set(title=self.title, xlabel=self.x, ylabel=self.y)
        if self.x_log:
            axes.set_xscale("log")
        if self.y_log:
            axes.set_yscale("log")
        if self.x_range:
            axes.set_xlim(*self.x_range)
        if self.y_range:
            axes.set_ylim(*self.y_range)
        if any(getattr(mark, "label", None) for mark in self.marks):
            axes.legend(frameon=False, fontsize="small")


def _colored(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    given = 0
    colored = []
    for mark in marks:
        if any(field.name == "color" for field in fields(mark)) and mark.color is None:  # type: ignore[attr-defined]
            mark = replace(mark, color=COLORS[given % len(COLORS)])  # type: ignore[call-arg]
            given += 1
        colored.append(mark)
    return tuple(colored)


def draw_figure(views: Sequence[View], arrays: Arrays, controls: Mapping[str, Control] | None = None) -> Figure:
    """All views in one matplotlib figure, at most three in a row."""
    from matplotlib.figure import Figure
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
        view.draw(grid[index], arrays, controls)
    fonts = _other_fonts()
    for text in figure.findobj(Text):
        text.set_fontfamily([*text.get_fontfamily(), *fonts])
    return figure


# Chinese fonts, and last one with an empty box for any letter, so that a missing font is no cause for warnings.
OTHER_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei"),
    "Last Resort High-Efficiency",
)


def _other_fonts() -> list[str]:
    """Fonts of this machine for letters that matplotlib's own lack."""
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return [name for name in OTHER_FONTS if name in there]
