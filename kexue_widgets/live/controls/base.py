"""What all kinds of controls share."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
import traitlets
from torch import Tensor

Conditions = Mapping[str, Any]  # control name -> its value, or a list of several

brief = reprlib.Repr()
brief.maxstring = 200  # a path is told whole, a photo is not


def words(name: str, text: Any) -> str:
    """A text that a page can show; a ValueError that names the argument otherwise."""
    if not isinstance(text, str) or re.search("[\ud800-\udfff]", text):
        raise ValueError(f"{name} must be a string of whole characters, got {text!r}")
    return text


class Control(traitlets.TraitType[Any, Any]):
    """A trait with a label, a specification for the front end, and a value as a model sees it.

    Args:
        default: the value at first.
        label: what the reader sees; the trait's name if empty.
        restarts: changing it starts the model anew, whether `start` reads it or not.
        when: values of other controls without which the model does not read it: {"data": "your points"}, or a list of
            several. While they are others it is disabled; drawing points chooses the first of these values.
    """

    kind: ClassVar[str]

    def __init__(self, default: Any, label: str = "", restarts: bool = False, when: Conditions | None = None) -> None:
        super().__init__(default_value=default)
        self.label, self.restarts = words("label", label), restarts
        if when is not None and not isinstance(when, Mapping):
            raise ValueError(f"when must be values of other controls by their names, got {when!r}")
        self.when = {name: each if isinstance(each, list) else [each] for name, each in (when or {}).items()}
        if never := [name for name, each in self.when.items() if not each]:
            raise ValueError(f"when must have values for {never[0]}, got none")
        self.tag(sync=True)

    def __set_name__(self, owner: type, name: str) -> None:
        self.label = self.label or name

    def spec(self, value: Any) -> dict[str, Any]:
        """This control as JSON, standing at `value`."""
        shared = {"kind": self.kind, "name": self.name, "label": self.label, "value": value}
        shared |= {"when": self.when} if self.when else {}
        shared |= {"default": default} if (default := self.default()) != value else {}
        return shared | ({"called": names} if (names := list(self.names(value))) else {}) | self._details()

    def is_read(self, values: Mapping[str, Any]) -> bool:
        """Whether the model reads it while the controls have these values."""
        return all(values[name] in accepted for name, accepted in self.when.items())

    def _details(self) -> dict[str, Any]:
        """What only this kind has."""
        return {}

    def tensor(self, value: Any) -> Tensor | str:
        """The value that a model is called with: a tensor, or a string that picks a graph."""
        return torch.tensor(float(value))

    def graph_labels(self) -> Sequence[str]:
        """The values that a model may branch on, since each has a graph of its own; none if there is one graph for all."""
        return ()

    def ends(self) -> Sequence[Any]:
        """Its first and its last value, and those between if they can be counted; none where values have no order."""
        return ()

    def names(self, value: Any) -> Sequence[str]:
        """What the value calls things, for marks whose label is a `Name`."""
        return ()

    def shown(self, value: Any) -> str:
        """The value as an explorer's repr shows it."""
        return repr(value)

    def _refuse(self, accepted: str, value: Any, why: str = "") -> traitlets.TraitError:
        return traitlets.TraitError(f"{self.name} ({self.label}) must be {accepted}, got {brief.repr(value)}{why}")


def specifications(controls: Mapping[str, Control], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All controls as JSON. Options that an earlier control has as well are not repeated but named after it."""
    specs: list[dict[str, Any]] = []
    for name, control in controls.items():
        spec = control.spec(values[name])
        same = (each["name"] for each in specs if "options" in spec and each.get("options") == spec["options"])
        specs.append(spec | {"options": first} if (first := next(same, None)) else spec)
    return specs
