"""Controls: what a reader can move. Each is a trait of its explorer, with a label, bounds and a default."""

from __future__ import annotations

import difflib
import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor

Number = float | Sequence[float]
Pairs = Sequence[Sequence[float]] | np.ndarray

MANY = 64  # options: more are no list to read through, here and in `frontend/controls.js`


class Control:
    """What all controls share: a label, a specification for the front end, and the value as a model sees it."""

    name: str | None
    label: str

    def spec(self, value: Any) -> dict[str, Any]:
        """This control as JSON, standing at `value`."""
        raise TypeError(f"{type(self).__name__} has no specification")

    def tensor(self, value: Any) -> Tensor | str:
        """The value that a model is called with: a tensor, or a string that picks a graph."""
        return torch.tensor(float(value))

    def shown(self, value: Any) -> str:
        """The value as an explorer's repr shows it."""
        return repr(value)

    def _refuse(self, accepted: str, value: Any) -> traitlets.TraitError:
        return traitlets.TraitError(f"{self.name} ({self.label or self.name}) must be {accepted}, got {value!r}")


class Slider(Control, traitlets.Float):
    """A number between `minimum` and `maximum`; a model receives it as a float32 scalar.

    Args:
        default: where the slider stands at first.
        minimum, maximum: its bounds, both included.
        step: the distance between two positions; a hundredth of the range if not given.
        log: equal distances on the slider are equal ratios; needs minimum > 0.
        label: what the reader sees; the trait's name if empty.
        unit: shown after the value.
    """

    def __init__(
        self,
        default: float,
        minimum: float,
        maximum: float,
        *,
        step: float | None = None,
        log: bool = False,
        label: str = "",
        unit: str = "",
    ) -> None:
        if not minimum <= default <= maximum:
            raise ValueError(f"default must be in [{minimum}, {maximum}], got {default}")
        if log and minimum <= 0:
            raise ValueError(f"minimum of a logarithmic slider must be positive, got {minimum}")
        super().__init__(default)
        self.minimum, self.maximum, self.log, self.label, self.unit = minimum, maximum, log, label, unit
        self.step = (maximum - minimum) / 100 if step is None else step
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> float:
        """The value as a float; a TraitError names the control and its bounds."""
        accepted = f"in [{self.minimum:g}, {self.maximum:g}]"
        if isinstance(value, bool):
            raise self._refuse(accepted, value)
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise self._refuse(accepted, value) from None
        if math.isnan(number) or not self.minimum <= number <= self.maximum:
            raise self._refuse(accepted, value)
        return number

    def spec(self, value: float) -> dict[str, Any]:
        """This slider as JSON."""
        return {
            "kind": "slider",
            "name": self.name,
            "label": self.label or self.name,
            "value": value,
            "min": self.minimum,
            "max": self.maximum,
            "step": self.step,
            "log": self.log,
            "unit": self.unit,
        }


class Toggle(Control, traitlets.Bool):
    """On or off; a model receives a float32 scalar, 1 or 0."""

    def __init__(self, default: bool, *, label: str = "") -> None:
        super().__init__(default)
        self.label = label
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> bool:
        """The value itself; a TraitError names the control."""
        if not isinstance(value, bool):
            raise self._refuse("True or False", value)
        return value

    def spec(self, value: bool) -> dict[str, Any]:
        """This toggle as JSON."""
        return {"kind": "toggle", "name": self.name, "label": self.label or self.name, "value": value}


class Choice(Control, traitlets.Unicode):
    """One of several options, named by its label.

    Given as a mapping from labels to numbers, the number (or tuple of numbers) reaches the model as a tensor. Given as
    a list of labels, the model receives the label itself and may branch on it: each label then has a graph of its own.
    More than 64 options, such as the words of a vocabulary, are searched by typing.
    """

    def __init__(
        self, options: Mapping[str, Number] | Sequence[str], default: str | None = None, *, label: str = ""
    ) -> None:
        self.options: dict[str, Number | None]
        self.options = dict(options) if isinstance(options, Mapping) else dict.fromkeys(options)
        first = next(iter(self.options)) if default is None else default
        if first not in self.options:
            raise ValueError(f"default must be {self._accepted(first)}, got {first!r}")
        super().__init__(first)
        self.label = label
        self.tag(sync=True)

    @property
    def picks_graph(self) -> bool:
        """Whether the options are labels alone, so that a model may branch on them."""
        return all(value is None for value in self.options.values())

    def validate(self, obj: Any, value: Any) -> str:
        """The label; a TraitError names the control and its options."""
        if value not in self.options:
            raise self._refuse(self._accepted(value), value)
        return value

    def tensor(self, value: str) -> Tensor | str:
        """The option's number or numbers as a float32 tensor, or the label itself."""
        return value if self.picks_graph else torch.tensor(self.options[value], dtype=torch.float32)

    def spec(self, value: str) -> dict[str, Any]:
        """This choice as JSON; numbers that only count the options need not be said."""
        numbers: Any = list(self.options.values())
        if self.picks_graph:
            numbers = None
        elif numbers == list(range(len(numbers))):
            numbers = "order"
        return {
            "kind": "choice",
            "name": self.name,
            "label": self.label or self.name,
            "value": value,
            "options": {"labels": list(self.options), "numbers": numbers},
        }

    def _accepted(self, value: Any) -> str:
        if len(self.options) <= MANY:
            return "one of " + ", ".join(map(repr, self.options))
        near = difflib.get_close_matches(str(value), self.options, cutoff=0.5)
        return f"one of {len(self.options)} options" + (f" (near: {', '.join(map(repr, near))})" if near else "")


class Points(Control, traitlets.List):
    """Points that a reader draws: a list of pairs [x, y].

    A model receives them as a float32 tensor (capacity, 2), repeated from the first on until it is full, so that its
    shape is always the same. With no points drawn it receives the default ones.

    Args:
        default: the points there are at first, n pairs with 1 <= n <= capacity.
        x_range, y_range: bounds of the plane, all included.
        capacity: how many points a reader may draw.
        label: what the reader sees; the trait's name if empty.
    """

    def __init__(
        self,
        default: Pairs,
        *,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        capacity: int = 64,
        label: str = "",
    ) -> None:
        for argument, (low, high) in (("x_range", x_range), ("y_range", y_range)):
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ValueError(f"{argument} must be two numbers, the lower one first, got ({low}, {high})")
        self.x_range, self.y_range, self.capacity, self.label = x_range, y_range, capacity, label
        points = self._pairs(default)
        if not points:
            raise ValueError(f"default must be 1 to {self._accepted}, got {reprlib.repr(default)}")
        super().__init__(default_value=points)
        self.fallback = points
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        """The points as a list of pairs of floats; a TraitError names the control and what it accepts."""
        points = self._pairs(value)
        if points is None:
            raise traitlets.TraitError(
                f"{self.name} ({self.label or self.name}) must be at most {self._accepted}, got {reprlib.repr(value)}"
            )
        return points

    def tensor(self, value: Pairs) -> Tensor:
        """The points as a float32 tensor (capacity, 2)."""
        points = torch.tensor(value if len(value) else self.fallback, dtype=torch.float32)
        return points[torch.arange(self.capacity) % len(points)]

    def spec(self, value: list[list[float]]) -> dict[str, Any]:
        """These points as JSON."""
        return {
            "kind": "points",
            "name": self.name,
            "label": self.label or self.name,
            "value": value,
            "fallback": self.fallback,
            "x_range": self.x_range,
            "y_range": self.y_range,
            "capacity": self.capacity,
        }

    @property
    def _accepted(self) -> str:
        (left, right), (low, high) = self.x_range, self.y_range
        return f"{self.capacity} pairs [x, y] with x in [{left:g}, {right:g}] and y in [{low:g}, {high:g}]"

    def _pairs(self, value: Any) -> list[list[float]] | None:
        """The points as a list of pairs of floats; None unless they are that many at the most, and in the ranges."""
        try:
            points = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            return None
        if points.size == 0:
            return []
        (left, right), (low, high) = self.x_range, self.y_range
        if points.ndim != 2 or points.shape[1] != 2 or len(points) > self.capacity:
            return None
        if not ((points >= (left, low)) & (points <= (right, high))).all():  # NaN is in no range
            return None
        return points.tolist()


class Seed(Control, traitlets.Int):
    """The number that all randomness of an explorer follows from: a whole number in [0, 2^32)."""

    label = "seed"

    def __init__(self, default: int = 0) -> None:
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> int:
        """The value as an int; a TraitError says what is accepted."""
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
            raise self._refuse("a whole number in [0, 4294967295]", value)
        return value


def specifications(controls: Mapping[str, Control], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All controls as JSON. Options that an earlier control has as well are not repeated but named after it."""
    specs: list[dict[str, Any]] = []
    for name, control in controls.items():
        spec = control.spec(values[name])
        same = (each["name"] for each in specs if "options" in spec and each.get("options") == spec["options"])
        specs.append(spec | {"options": first} if (first := next(same, None)) else spec)
    return specs
