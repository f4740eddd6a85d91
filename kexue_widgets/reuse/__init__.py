"""Reusing layers and models: share a layer, clone a model, tie a weight, take a network apart and put it together.

Chapter for “让Keras更酷一些！”：层与模型的重用技巧 (Jianlin Su, 2019-09-29, https://kexue.fm/archives/6985). Graphs of layers are
those of torch.fx: Reed et al. 2021, https://arxiv.org/abs/2112.08429.
"""

from typing import TYPE_CHECKING, Any

from .digits import DigitNet, accuracy, digits, train, trained
from .graphs import NotACut, edges_of, leaking_edges, picture, submodel, summary, trace
from .layers import EmbeddingDense, clone_model

if TYPE_CHECKING:
    from .explorers import CutHere, LookInside, ShareOrCopy

__all__ = [
    "CutHere",
    "DigitNet",
    "EmbeddingDense",
    "LookInside",
    "NotACut",
    "ShareOrCopy",
    "accuracy",
    "clone_model",
    "digits",
    "edges_of",
    "leaking_edges",
    "picture",
    "submodel",
    "summary",
    "trace",
    "train",
    "trained",
]


def __getattr__(name: str) -> Any:
    # To import the explorers is to load scikit-learn, its digits, photos and a pretrained network, which come with the book
    # and not with the package: who only cuts a model of their own needs none of them.
    if name in ("CutHere", "LookInside", "ShareOrCopy"):
        from . import explorers

        return getattr(explorers, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
