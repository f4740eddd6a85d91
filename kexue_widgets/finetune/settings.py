"""How a network is fine-tuned: the stages of its training, and all else that can be chosen."""

from __future__ import annotations

from typing import NamedTuple


class Stage(NamedTuple):
    """A part of the training: what learns, how fast, and from which views of the pictures."""

    name: str
    epochs: int
    rate: float
    blocks: bool  # whether the blocks learn, by SGD with momentum 0.9; otherwise the head does alone, by Adam
    views: int  # how many views of each picture are used, the plainest first
    unlabelled: bool = False  # whether pictures without a label join in, with the classes that the network gives them


STAGES = (
    Stage("head", 10, 1e-3, blocks=False, views=8),
    Stage("blocks", 6, 1e-4, blocks=True, views=8),
    Stage("light augmentation", 2, 1e-5, blocks=True, views=2),  # small last steps: they scatter less
)
SELF_TRAINING = Stage("self-training", 2, 1e-4, blocks=True, views=2, unlabelled=True)


class Settings(NamedTuple):
    """How a network is fine-tuned."""

    stages: tuple[Stage, ...] = STAGES
    blocks: int = 5  # how many blocks are fine-tuned, the last ones
    width: int = 64  # of the bottleneck
    activation: str = "GLU"
    center: float = 0.25
    auxiliary: float = 0.25
    classes_per_batch: int = 16
    batch: int = 32
    balanced: bool = True  # whether the classes of a batch have equally many pictures
    seed: int = 2017
