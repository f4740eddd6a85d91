"""A question that a reader types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import traitlets
from torch import Tensor

from ...segmentation import segment
from .base import Conditions, Control

LONGEST = 1000  # characters of a question


class Query(Control, traitlets.Unicode):
    """A question in words. A model receives the numbers of the terms in it: float32 (capacity,), and -1 after the last.

    Args:
        default: the question at first.
        terms: what is understood. Each is one string: its written forms, separated by spaces ("drop drops dropped").
        capacity: how many terms are read; those after are left out.
        label: what the reader sees; the trait's name if empty.
    """

    kind = "query"

    def __init__(
        self,
        default: str,
        terms: Sequence[str],
        *,
        capacity: int = 16,
        label: str = "",
        restarts: bool = False,
        when: Conditions | None = None,
    ) -> None:
        super().__init__(default, label, restarts, when)
        self.terms, self.capacity = list(terms), capacity
        self.forms = {form: number for number, term in enumerate(terms) for form in term.split()}

    def validate(self, obj: Any, value: Any) -> str:
        """The question; a TraitError names the control and what it accepts."""
        if not isinstance(value, str) or len(value) > LONGEST:
            raise self._refuse(f"a string of at most {LONGEST} characters", value)
        return value

    def tensor(self, value: str) -> Tensor:
        """The numbers of its terms as float32 (capacity,), -1 where there is none."""
        numbers = segment(value, self.forms)[: self.capacity]
        return torch.tensor(numbers + [-1] * (self.capacity - len(numbers)), dtype=torch.float32)

    def _details(self) -> dict[str, Any]:
        return {"terms": self.terms, "capacity": self.capacity}
