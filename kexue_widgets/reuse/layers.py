"""Layers that share a weight, and copies that share nothing."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Model = TypeVar("Model", bound=nn.Module)


class EmbeddingDense(nn.Module):
    """A dense layer whose weight is an embedding's table, with a bias of its own: logits_v = h · e_v + b_v.

    It holds the embedding itself and not a second name for its weight, so that whatever replaces the weight there
    replaces it here: the tie outlives copying, saving and loading.

    Args:
        embedding: of V words in D dimensions. A model that registers the embedding too counts and trains it once.
    """

    def __init__(self, embedding: nn.Embedding) -> None:
        super().__init__()
        self.embedding = embedding
        self.bias = nn.Parameter(torch.zeros_like(embedding.weight[:, 0]))

    def forward(self, hidden: Tensor) -> Tensor:
        """Logits (..., V) for hidden states (..., D)."""
        return functional.linear(hidden, self.embedding.weight, self.bias)

    def reset_parameters(self) -> None:
        """The bias back to zero; the table is the embedding's to reset."""
        nn.init.zeros_(self.bias)


def fresh(model: Model) -> Model:
    """The same structure with weights drawn afresh and running statistics at their start; shared layers stay shared.

    `copy.deepcopy` is its counterpart with weights.

    Raises:
        TypeError: a module has parameters of its own and no `reset_parameters` to draw them with.
    """
    clone = copy.deepcopy(model)
    for name, module in clone.named_modules():
        reset = getattr(module, "reset_parameters", None)
        if reset is not None:
            reset()
        elif next(module.parameters(recurse=False), None) is not None:
            raise TypeError(
                f"model must draw its weights in reset_parameters; {name or type(module).__name__} has none"
            )
    return clone
