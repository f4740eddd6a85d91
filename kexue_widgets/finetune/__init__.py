"""Fine-tuning a network that knows ImageNet on a problem with little data and classes that look alike.

Chapter for 基于fine tune的图像分类（百度分狗竞赛） (Jianlin Su, 2017-10-13, https://kexue.fm/archives/4611).
"""

from .augment import augment, flip, mask_quadrant, rotate, splice, zoom
from .explorers import PHOTOS, Augment, HeadTraining, WhatDoesItSee, cell_features, photos
from .folders import Pictures, Result, finetune, parts, pictures
from .head import ACTIVATIONS, Head, choose_alpha, mix
from .training import (
    SELF_TRAINING,
    STAGES,
    Data,
    Epoch,
    Settings,
    Stage,
    Tail,
    balanced_batches,
    best,
    plain_batches,
    split,
    tail,
    train,
)
from .trunk import activations

__all__ = [
    "ACTIVATIONS",
    "PHOTOS",
    "SELF_TRAINING",
    "STAGES",
    "Augment",
    "Data",
    "Epoch",
    "Head",
    "HeadTraining",
    "Pictures",
    "Result",
    "Settings",
    "Stage",
    "Tail",
    "WhatDoesItSee",
    "activations",
    "augment",
    "balanced_batches",
    "best",
    "cell_features",
    "choose_alpha",
    "finetune",
    "flip",
    "mask_quadrant",
    "mix",
    "parts",
    "photos",
    "pictures",
    "plain_batches",
    "rotate",
    "splice",
    "split",
    "tail",
    "train",
    "zoom",
]
