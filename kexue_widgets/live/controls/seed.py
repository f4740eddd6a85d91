"""Where randomness begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from .base import Control


class Seed(Control, traitlets.Int):
    """The number that all randomness of an explorer follows from: a whole number in [0, 2^32)."""

    kind = "seed"

    def validate(self, obj: Any, value: Any) -> int:
        """The value as an int; a TraitError says what is accepted."""
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < 2**32:
            raise self._refuse("a whole number in [0, 4294967295]", value)
        return int(value)
