"""What is taken for a number, and what is refused in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

OTHERS = (bool, np.timedelta64)  # which Python and numpy count among whole numbers


def real_number(name: str, value: Any, smallest: float, largest: float = math.inf) -> float:
    """A number from the smallest to the largest; a ValueError that names it if it is none."""
    real = isinstance(value, int | float | np.number) and not isinstance(value, OTHERS) and np.isreal(value)
    if not real or not smallest <= value <= largest:
        raise ValueError(f"{name} must be a number in [{smallest:g}, {largest:g}], got {value!r}")
    return float(value)


def whole_number(name: str, value: Any, smallest: int, largest: int | None = None) -> int:
    """A whole number from the smallest to the largest; a ValueError that names it if it is none."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, OTHERS)
    if not whole or value < smallest or (largest is not None and value > largest):
        accepted = f"of at least {smallest}" if largest is None else f"in [{smallest}, {largest}]"
        raise ValueError(f"{name} must be a whole number {accepted}, got {value!r}")
    return int(value)


def truth(name: str, value: Any) -> bool:
    """True or False; a ValueError that names it if it is neither."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r:.60}")
    return bool(value)
