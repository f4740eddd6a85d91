"""What all kinds of marks share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ..controls import Choice, Control

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View

Arrays = Mapping[str, np.ndarray]
Range = tuple[float, float]
GREY = "#8a929e"  # of what was kept
TINT = 0.4  # how much of its colour is left to it, so that marks can still be told apart

# Legible on white and on near-black, and told apart by colour-blind readers.
COLORS = ("#3b7dd8", "#e07b00", "#2a9d5c", "#d6455d", "#8f63d2", "#1899a8", "#a0722f", "#808894")


@dataclass(frozen=True)
class Shade:
    """How one kept state is told from another: by dashes, where there are lines, and by how dark it is."""

    dashes: str
    alpha: float


SHADES = (Shade("-", 1.0), Shade("--", 0.75), Shade(":", 0.5))


@dataclass(frozen=True)
class Mark:
    """Something drawn in a view. Its fields listed in `dimensions` name the arrays it draws."""

    kind: ClassVar[str]
    dimensions: ClassVar[dict[str, tuple[int, ...]]]  # array field -> numbers of axes accepted
    gaps: ClassVar[tuple[str, ...]] = ()  # the fields whose arrays may be finite in some places only
    along: ClassVar[str | None] = None  # the field whose array all others are as long as, on their last axis
    alone: ClassVar[bool] = False  # whether it takes a view of its own
    wide: ClassVar[bool] = False  # whether its view takes a row of its own
    keeps: ClassVar[bool] = False  # whether what is kept of it can be seen beneath what comes after

    def spec(self) -> dict[str, Any]:
        """This mark as JSON."""
        return {"kind": self.kind, **asdict(self)}

    def drawn(self) -> dict[str, str]:
        """The arrays it draws: field -> name of the array."""
        return {field: getattr(self, field) for field in self.dimensions if getattr(self, field) is not None}

    def check(self, arrays: Arrays) -> None:
        """Raise a ValueError, in words, unless `arrays` holds what this mark draws, in shapes it can draw."""
        drawn = self.drawn()
        for field, name in drawn.items():
            if name not in arrays:
                raise ValueError(f"{self.kind} draws {name!r}, but frame returns only {', '.join(arrays)}")
            if arrays[name].ndim not in self.dimensions[field]:
                expected = " or ".join(map(str, self.dimensions[field]))
                raise ValueError(f"{self.kind}: {name!r} must have {expected} axes, got shape {arrays[name].shape}")
            self._check_finite(field, name, arrays[name])
        if self.along is not None:
            first = drawn[self.along]
            count, what = arrays[first].shape[-1], "points" if self.along == "x" else "entries"
            for name in drawn.values():
                if (shape := arrays[name].shape)[-1] != count:
                    raise ValueError(
                        f"{self.kind}: {name!r} must have as many {what} as {first!r} ({count}), got shape {shape}"
                    )
        self._check_shapes(arrays)

    def _check_finite(self, field: str, name: str, array: np.ndarray) -> None:
        """Raise a ValueError where a page has none to draw."""
        finite = np.isfinite(array).ravel()
        if not (finite.all() or (field in self.gaps and finite.any())):
            where = int(finite.argmin())
            some = " somewhere" if field in self.gaps else ""
            raise ValueError(
                f"{self.kind}: {name!r} must be finite{some}, holds {array.ravel()[where]:g} at position {where}"
            )

    def _check_shapes(self, arrays: Arrays) -> None:
        """What this kind asks for besides."""

    def check_controls(self, controls: Mapping[str, Control]) -> None:
        """Raise an error, in words, if this mark sets a control that is not there."""

    def painted(self, colors: Iterator[str]) -> Self:
        """This mark with the next of the colours, if it takes one and was given none."""
        return self

    def named(self, controls: Mapping[str, Control]) -> Self:
        """This mark with the words that it takes from a control, if it does."""
        return self

    def called(self, names: Names) -> Self | None:
        """This mark with the label that a reader gave it, or none if there is no such name."""
        return self

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        """Draw with matplotlib."""
        raise TypeError(f"{self.kind} has no renderer")

    def draw_kept(self, axes: Axes, runs: Sequence[Arrays], view: View, shade: Shade) -> None:
        """Draw what was kept of it in grey: one run, or those of several seeds."""


@dataclass(frozen=True)
class Name:
    """A label that a reader gives: one of the names in the value of a control. While it has fewer, the mark is not drawn."""

    control: str
    index: int


Names = Mapping[str, Sequence[str]]  # control -> the names in its value


@dataclass(frozen=True, kw_only=True)
class Painted(Mark):
    """A mark in one colour, with an entry in the legend if it has a label."""

    label: str | Name | None = None
    color: str | None = None

    def check_controls(self, controls: Mapping[str, Control]) -> None:
        """Raise a ValueError if the label is the name of something that is no control."""
        if isinstance(self.label, Name) and self.label.control not in controls:
            raise ValueError(f"{self.kind}: label must name a control of the explorer, got {self.label.control!r}")

    def called(self, names: Names) -> Self | None:
        if not isinstance(self.label, Name):
            return self
        found = names.get(self.label.control, ())
        return replace(self, label=found[self.label.index]) if self.label.index < len(found) else None

    def painted(self, colors: Iterator[str]) -> Self:
        return replace(self, color=next(colors)) if self.color is None else self

    def greyed(self) -> tuple[float, float, float]:
        """The colour of what is kept of it."""
        from matplotlib.colors import to_rgb

        grey, own = to_rgb(GREY), to_rgb(self.color or GREY)
        red, green, blue = (one + TINT * (other - one) for one, other in zip(grey, own, strict=True))
        return red, green, blue


def named(kind: str, names: Sequence[str], index: np.ndarray) -> list[str]:
    """The names with these numbers, whole or nearly so."""
    for each in index:
        if not -0.5 <= each < len(names) - 0.5:
            raise ValueError(f"{kind}: index must be in [0, {len(names) - 1}], got {each:g}")
    return [names[round(each)] for each in index.tolist()]


@dataclass(frozen=True, kw_only=True)
class Words(Painted):
    """A mark that shows `names` or, without them, the options of the Choice called `control`."""

    names: Sequence[str] | None = None
    control: str | None = None

    def __post_init__(self) -> None:
        if self.control is None and self.names is None:
            raise ValueError(f"{self.kind} needs names or control, got neither")

    def check_controls(self, controls: Mapping[str, Control]) -> None:
        """Raise a ValueError unless `control` is a choice."""
        super().check_controls(controls)
        if self.control is not None and not isinstance(controls.get(self.control), Choice):
            raise ValueError(f"{self.kind}: control must be a Choice of the explorer, got {self.control!r}")

    def named(self, controls: Mapping[str, Control]) -> Self:
        control = controls.get(self.control or "")
        if self.names is not None or not isinstance(control, Choice):
            return self
        return replace(self, names=list(control.options))

    def _words(self, index: np.ndarray) -> list[str]:
        """The names with these numbers, whole or nearly so."""
        if self.names is None:
            return [f"{each:.0f}" for each in index]
        return named(self.kind, self.names, index)
