"""Slow motion: a model whose steps are the phases of one round, each of which lights a part of a diagram."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .marks.graph import Graph
from .views import View

Phase = Mapping[str, Tensor | float]  # what a phase shows of a diagram, by its parts


def phase_view(phases: Sequence[str], title: str) -> View:
    """The phases in a row, the one at work lit: it draws the array "phase"."""
    return View(Graph(phases, list(itertools.pairwise(phases)), highlight_nodes="phase"), title=title)


def phase_array(phases: Sequence[str], now: Tensor) -> Tensor:
    """What `phase_view` draws: 1 at the number of the phase, a scalar, and 0 elsewhere."""
    return (torch.arange(len(phases)) == now).float()


def in_phase(now: Tensor, sizes: Mapping[str, int], phases: Sequence[Phase], empty: float = 0.0) -> Tensor:
    """What a diagram shows in one of its phases.

    Args:
        now: the number of the phase, a scalar.
        sizes: the parts of the diagram in its order, and how many entries each has.
        phases: for each phase the entries of the parts that it shows: tensors, or one number for a whole part.
        empty: the entries of the others: 0 where nothing is lit, NaN where no number is there yet.

    Returns:
        The entries of all parts, one after the other.
    """
    return torch.stack([_row(sizes, phase, empty) for phase in phases])[now.long().reshape(1)][0]


def _row(sizes: Mapping[str, int], phase: Phase, empty: float) -> Tensor:
    pieces: list[Tensor | list[float]] = []
    for part, size in sizes.items():
        value = phase.get(part, empty)
        if isinstance(value, Tensor):
            pieces.append(value.reshape(size))
        elif pieces and isinstance(pieces[-1], list):
            pieces[-1].extend([value] * size)  # a graph of few constants is made sooner than one of many
        else:
            pieces.append([value] * size)
    return torch.cat([piece if isinstance(piece, Tensor) else torch.tensor(piece) for piece in pieces])


def relative(values: Tensor) -> Tensor:
    """Sizes as parts of the largest."""
    return values.abs() / (values.abs().max() + 1e-12)
