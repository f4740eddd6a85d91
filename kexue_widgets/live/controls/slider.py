"""A number on a scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import traitlets

from .base import Conditions, Control, words

LARGEST = float(np.finfo(np.float32).max)  # models compute in single precision


def finite_number(name: str, value: Any) -> float:
    """A number as Python's own, whether it is numpy's, torch's or of whole ones; a ValueError that names it otherwise."""
    try:
        array = np.asarray(value)
        number = float(array) if array.ndim == 0 and array.dtype.kind in "iufO" else math.nan
    except (TypeError, ValueError, OverflowError, RuntimeError):
        number = math.nan
    if not abs(number) <= LARGEST or np.ma.is_masked(value):  # NaN is not
        why = "; single precision ends at 3.4e38" if LARGEST < abs(number) < math.inf else ""
        raise ValueError(f"{name} must be a finite number, got {value!r}{why}")
    return value if type(value) in (int, float) else number


class Slider(Control, traitlets.Float):
    """A number between `minimum` and `maximum`; a model receives it as a float32 scalar.

    Args:
        default: where the slider stands at first.
        minimum, maximum: its bounds, both included.
        step: the distance between two positions; a hundredth of the range if not given.
        log: equal distances on the slider are equal ratios; needs minimum > 0.
        label: what the reader sees; the trait's name if empty.
        unit: shown after the value.
        restarts: changing it starts the model anew, whether `start` reads it or not; so for all controls.
        when: values of other controls without which the model does not read it; so for all controls.
    """

    kind = "slider"

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
        restarts: bool = False,
        when: Conditions | None = None,
    ) -> None:
        default, minimum, maximum = (
            finite_number(name, each)
            for name, each in (("default", default), ("minimum", minimum), ("maximum", maximum))
        )
        if not minimum < maximum:
            raise ValueError(f"minimum must be less than maximum, got {minimum:g} and {maximum:g}")
        if not minimum <= default <= maximum:
            raise ValueError(f"default must be in [{minimum:g}, {maximum:g}], got {default:g}")
        if log and minimum <= 0:
            raise ValueError(f"minimum of a logarithmic slider must be positive, got {minimum}")
        step = (maximum - minimum) / 100 if step is None else finite_number("step", step)
        if not 0 < step <= maximum - minimum:
            raise ValueError(f"step must be positive and at most {maximum - minimum:g}, the range, got {step:g}")
        super().__init__(default, label, restarts, when)
        self.minimum, self.maximum, self.log, self.step = minimum, maximum, log, step
        self.unit = words("unit", unit)

    def validate(self, obj: Any, value: Any) -> float:
        """The value as a float; a TraitError names the control and its bounds."""
        try:
            number = float(finite_number(self.label, value))
        except ValueError:
            number = math.nan
        if not self.minimum <= number <= self.maximum:  # NaN is in no range
            raise self._refuse(f"in [{self.minimum:g}, {self.maximum:g}]", value)
        return number

    def ends(self) -> tuple[float, float]:
        """Both bounds."""
        return self.minimum, self.maximum

    def _details(self) -> dict[str, Any]:
        return {"min": self.minimum, "max": self.maximum, "step": self.step, "log": self.log, "unit": self.unit}
