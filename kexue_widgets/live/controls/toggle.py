"""A switch."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from .base import Conditions, Control


class Toggle(Control, traitlets.Bool):
    """On or off; a model receives a float32 scalar, 1 or 0."""

    kind = "toggle"

    def __init__(
        self, default: bool, *, label: str = "", restarts: bool = False, when: Conditions | None = None
    ) -> None:
        if not isinstance(default, bool | np.bool):
            raise ValueError(f"default must be True or False, got {default!r}")
        super().__init__(bool(default), label, restarts, when)

    def validate(self, obj: Any, value: Any) -> bool:
        """The value as a bool; a TraitError names the control."""
        if not isinstance(value, bool | np.bool):
            raise self._refuse("True or False", value)
        return bool(value)

    def ends(self) -> tuple[bool, bool]:
        """Off and on."""
        return False, True
