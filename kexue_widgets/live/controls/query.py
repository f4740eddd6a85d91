"""A question that a reader types."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Sequence
from functools import cached_property
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
        rows: (m, d), what a model receives of each of the m terms in place of its number: float32 (capacity + 1, d), the rows
            of the question's terms, zeros after the last of them, and at the end the sum of all m rows. The graph of such
            a model holds no word, so that other words need no other graph.
        capacity: how many terms are read; those after are left out.
        label: what the reader sees; the trait's name if empty.
    """

    kind = "query"

    def __init__(
        self,
        default: str,
        terms: Sequence[str],
        *,
        rows: Tensor | None = None,
        capacity: int = 16,
        label: str = "",
        restarts: bool = False,
        when: Conditions | None = None,
    ) -> None:
        super().__init__(default, label, restarts, when)
        self.terms, self.capacity = list(terms), capacity
        if rows is not None and (rows.ndim != 2 or len(rows) != len(terms)):
            raise ValueError(f"rows must be of shape ({len(terms)}, d), one row for each term, got {tuple(rows.shape)}")
        # Below them what stands for no term, and for all terms.
        self._rows = None if rows is None else torch.cat([rows, torch.zeros_like(rows[:1]), rows.sum(0, True)]).float()
        self.forms = {form: number for number, term in enumerate(terms) for form in term.split()}

    def validate(self, obj: Any, value: Any) -> str:
        """The question; a TraitError names the control and what it accepts."""
        if not isinstance(value, str) or len(value) > LONGEST:
            raise self._refuse(f"a string of at most {LONGEST} characters", value)
        return value

    def tensor(self, value: str) -> Tensor:
        """What a model receives: the numbers of its terms as float32 (capacity,), -1 where there is none, or their rows."""
        numbers = segment(value, self.forms)[: self.capacity]
        none = self.capacity - len(numbers)
        if self._rows is None:
            return torch.tensor(numbers + [-1] * none, dtype=torch.float32)
        return self._rows[numbers + [len(self.terms)] * none + [len(self.terms) + 1]]

    def _details(self) -> dict[str, Any]:
        rows = {} if self._rows is None else {"packed": self._packed}
        return {"terms": self.terms, "capacity": self.capacity} | rows

    @cached_property
    def _packed(self) -> str:
        assert self._rows is not None
        return base64.b64encode(gzip.compress(self._rows.numpy().astype("<f4").tobytes(), mtime=0)).decode()
