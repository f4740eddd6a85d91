"""Networks that a reader types: reactions, the counts they start from and the time they are followed, in one text.

`frontend/controls/reactions.js` mirrors it: a text gives both sides the same numbers, or both refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
import traitlets
from torch import Tensor

from ..live import Control
from .network import ARROW, NAME, ReactionNetwork

SPECIES, REACTIONS = 6, 12  # for which the graph has room
MOLECULES = 4  # that a reaction takes at the most
PRODUCTS = 100  # of one species that it leaves behind
LARGEST_START, LARGEST_RATE, LONGEST_TIME = 100_000, 1_000_000.0, 1_000_000.0
TIME = 10.0  # where the text says nothing of it
LONGEST = 2000  # letters of a text
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
SETTING = re.compile(rf"(?P<name>{NAME.pattern})\s*=\s*(?P<number>{NUMBER.pattern})")
HALF_WIDTH = {
    code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)
}  # ＋, ＠ and the like, as Chinese keyboards have them


@lru_cache(64)
def parse(text: str) -> tuple[ReactionNetwork, tuple[int, ...], float]:
    """The network, its start and the time, from reactions such as `A + B -> 2 B @ 0.01` and settings such as `A = 100`.

    Reactions are written as `ReactionNetwork.from_text` reads them, with numbers for rates. A species that has no setting
    starts with none; `time = 20` says how long the network is followed.

    Raises:
        ValueError: a line that cannot be read, or more than there is room for; the text shows it.
    """
    plain = text.translate(HALF_WIDTH)
    if any(each.isdecimal() and not each.isascii() for each in plain):
        raise ValueError("numbers are written with the digits 0 to 9")
    lines = [line.split("#")[0].strip() for line in plain.splitlines()]
    settings: dict[str, float] = {}
    reactions = []
    for line in filter(None, lines):
        if "=" not in line or "@" in line or ARROW.search(line):
            reactions.append(line)
            continue
        for part in re.split("[,;]", line):
            if not (match := SETTING.fullmatch(part.strip())):
                raise ValueError(f"a start reads 'A = 100', got {line!r}")
            if match["name"] in settings:
                raise ValueError(f"{match['name']} is given twice")
            settings[match["name"]] = float(match["number"])
    for line in reactions:
        for rate in map(str.strip, re.split("[,;]", line.partition("@")[2])):
            if "@" in line and not (NUMBER.fullmatch(rate) and 0 <= float(rate) <= LARGEST_RATE):
                raise ValueError(f"a rate is a number from 0 to {LARGEST_RATE:g}, got {rate!r} in {line!r}")
    network = ReactionNetwork.from_text("\n".join(reactions))
    time = settings.pop("time", TIME)
    if not 0 < time <= LONGEST_TIME:
        raise ValueError(f"time must be above 0 and at most {LONGEST_TIME:g}, got {time:g}")
    for name, count in settings.items():
        if name not in network.species:
            raise ValueError(f"no reaction has {name!r} (species: {', '.join(network.species)})")
        if not (0 <= count <= LARGEST_START and count == int(count)):
            raise ValueError(f"a species starts with a whole number from 0 to {LARGEST_START}, got {name} = {count:g}")
    if len(network.species) > SPECIES or len(network.rates) > REACTIONS:
        given = f"got {len(network.species)} and {len(network.rates)}"
        raise ValueError(f"there is room for {SPECIES} species and {REACTIONS} reactions, {given}")
    if network.reactants.sum(1).max() > MOLECULES or network.products.max() > PRODUCTS:
        raise ValueError(
            f"a reaction takes at most {MOLECULES} molecules, and leaves at most {PRODUCTS} of each species"
        )
    return network, tuple(int(settings.get(name, 0)) for name in network.species), time


class Reactions(Control, traitlets.Unicode):
    """A reaction network as a text; see `parse`.

    A model receives float32 (REACTIONS + 1, 2 SPECIES + 1): a row for each reaction, what it takes of each species, what it
    leaves behind, and its rate constant; in the last row the start, then zeros, then the time. Where there are fewer
    reactions or species, zeros; `unpack` takes it apart.

    Args:
        examples: texts by their labels; the first is the default.
        label: what the reader sees; the trait's name if empty.
    """

    kind = "reactions"

    def __init__(
        self,
        examples: Mapping[str, str],
        *,
        label: str = "",
        restarts: bool = False,
        when: Mapping[str, Any] | None = None,
    ) -> None:
        self.examples = dict(examples)
        super().__init__(next(iter(self.examples.values())), label, restarts, when)

    def validate(self, obj: Any, value: Any) -> str:
        """The text; a TraitError names the control and what cannot be read."""
        accepted = f"reactions such as 'A + B -> 2 B @ 0.01', in at most {LONGEST} letters"
        if not isinstance(value, str) or len(value) > LONGEST:
            raise self._refuse(accepted, value)
        try:
            parse(value)
        except ValueError as error:
            raise self._refuse(accepted, value, f": {error}") from None
        return value

    def tensor(self, value: str) -> Tensor:
        """The network as float32 (REACTIONS + 1, 2 SPECIES + 1)."""
        network, start, time = parse(value)
        reactions, species = network.reactants.shape
        found = torch.zeros(REACTIONS + 1, 2 * SPECIES + 1)
        found[:reactions, :species] = torch.tensor(network.reactants)
        found[:reactions, SPECIES : SPECIES + species] = torch.tensor(network.products)
        found[:reactions, -1] = torch.tensor(network.rates)
        found[-1, :species] = torch.tensor(start)
        found[-1, -1] = time
        return found

    def ends(self) -> Sequence[str]:
        """The examples."""
        return list(self.examples.values())

    def names(self, value: str) -> Sequence[str]:
        """The species, in the order of the tensor's columns."""
        return parse(value)[0].species

    def _details(self) -> dict[str, Any]:
        return {"examples": [{"label": label, "text": text} for label, text in self.examples.items()]}


def unpack(typed: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Reactants and changes (REACTIONS, SPECIES), rates (REACTIONS,), start (SPECIES,) and time () of what is typed."""
    reactants, products = typed[:-1, :SPECIES], typed[:-1, SPECIES:-1]
    return reactants, products - reactants, typed[:-1, -1], typed[-1, :SPECIES], typed[-1, -1]
