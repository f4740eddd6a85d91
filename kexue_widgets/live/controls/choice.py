"""One of several options."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from .base import Conditions, Control, words
from .slider import finite_number

Number = float | Sequence[float]


def _numbers(value: Any) -> Number:
    """A number, or several, as Python's own."""
    several = isinstance(value, list | tuple) or getattr(value, "ndim", 0) == 1
    try:
        given = [float(each) if isinstance(each, bool | np.bool) else each for each in (value if several else [value])]
        each = [finite_number("options", number) for number in given]
    except ValueError:
        each = []
    if not each:
        raise ValueError(f"options must be finite numbers, or as many numbers each, got {value!r}")
    return type(value)(each) if isinstance(value, list | tuple) else each if several else each[0]


MANY = 64  # options: more are no list to read through, here and in `frontend/controls/choice.js`


class Choice(Control, traitlets.Unicode):
    """One of several options, named by its label.

    Given as a mapping from labels to numbers, the number (or tuple of numbers) reaches the model as a tensor. Given as
    a list of labels, the model receives the label itself and may branch on it: each label then has a graph of its own.
    More than 64 options, such as the words of a vocabulary, are searched by typing.
    """

    kind = "choice"

    def __init__(
        self,
        options: Mapping[str, Number] | Sequence[str],
        default: str | None = None,
        *,
        label: str = "",
        restarts: bool = False,
        when: Conditions | None = None,
    ) -> None:
        self.options: dict[str, Number | None]
        if isinstance(options, str):
            raise ValueError(f"options must be labels, got one string {options!r}")
        if isinstance(options, set | frozenset) or not isinstance(options, Iterable):
            raise ValueError(f"options must be labels in an order, got {options!r}")
        labels = list(options)
        if not labels:
            raise ValueError("options must be at least one, got none")
        if wrong := [each for each in labels if not isinstance(each, str) or not each]:
            raise ValueError(f"options must have labels that are strings, not empty, got {wrong[0]!r}")
        for each in labels:
            words("options", each)
        if len(set(labels)) < len(labels):
            raise ValueError(
                f"options must have different labels, got {next(x for x in labels if labels.count(x) > 1)!r} twice"
            )
        self.numbered = isinstance(options, Mapping)
        self.options = dict.fromkeys(labels)
        if isinstance(options, Mapping):
            self.options = {label: _numbers(value) for label, value in options.items()}
            if len({np.shape(each) for each in self.options.values()}) > 1:  # type: ignore[arg-type]
                raise ValueError(f"options must be numbers, or as many numbers each, got {list(self.options.values())}")
        first = next(iter(self.options)) if default is None else default
        if first not in self.options:
            raise ValueError(f"default must be {self._accepted(first)}, got {first!r}")
        super().__init__(first, label, restarts, when)

    def validate(self, obj: Any, value: Any) -> str:
        """The label; a TraitError names the control and its options."""
        if not isinstance(value, str) or value not in self.options:
            raise self._refuse(self._accepted(value), value)
        return value

    def tensor(self, value: str) -> Tensor | str:
        """The option's number or numbers as a float32 tensor, or the label itself."""
        return torch.tensor(self.options[value], dtype=torch.float32) if self.numbered else value

    def graph_labels(self) -> Sequence[str]:
        """The labels, if they are no names of numbers."""
        return () if self.numbered else list(self.options)

    def ends(self) -> Sequence[str]:
        """All options, in their order."""
        return list(self.options)

    def _details(self) -> dict[str, Any]:
        numbers: Any = list(self.options.values()) if self.numbered else None
        if numbers == list(range(len(self.options))):
            numbers = "order"  # what only counts the options need not be said
        return {"options": {"labels": list(self.options), "numbers": numbers}}

    def _accepted(self, value: Any) -> str:
        if len(self.options) <= MANY:
            return "one of " + ", ".join(map(repr, self.options))
        near = difflib.get_close_matches(str(value), self.options, cutoff=0.5)
        return f"one of {len(self.options)} options" + (f" (near: {', '.join(map(repr, near))})" if near else "")
