"""Fine-tuning a network that knows ImageNet on a problem with little data and classes that look alike.

Chapter for 基于fine tune的图像分类（百度分狗竞赛） (Jianlin Su, 2017-10-13, https://kexue.fm/archives/4611).
"""

from .augment import augment, flip, mask_quadrant, rotate, splice, zoom
from .checkpoints import best_checkpoint
from .explorers import PHOTOS, Augment, HeadTraining, WhatDoesItSee, cell_features, sample_photos
from .folders import Pictures, Result, finetune, pictures, stratified_split
from .head import ACTIVATIONS, Head, choose_alpha, mix
from .settings import SELF_TRAINING, STAGES, Settings, Stage
from .training import (
    Data,
    Epoch,
    Tail,
    balanced_batches,
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
    "best_checkpoint",
    "cell_features",
    "choose_alpha",
    "finetune",
    "flip",
    "mask_quadrant",
    "mix",
    "pictures",
    "plain_batches",
    "rotate",
    "sample_photos",
    "splice",
    "split",
    "stratified_split",
    "tail",
    "train",
    "zoom",
]
