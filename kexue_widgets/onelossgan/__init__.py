"""One loss for both players: a GAN trained in one step, by cutting gradients where they should not flow.

Chapter for 巧断梯度：单个loss实现GAN模型 (Jianlin Su, 2019-02-22, https://kexue.fm/archives/6387).
"""

from . import costs, digits, plain
from .explorers import DigitsGAN, GradientFlow, PlainGame, TwoSchemes
from .losses import (
    HINGE,
    LOSSES,
    WASSERSTEIN,
    chosen,
    gradient,
    single_loss,
    zero_term,
)
from .rounds import ROUNDS, Pair, reverse_gradient
from .training import alternating, synchronous

__all__ = [
    "HINGE",
    "LOSSES",
    "ROUNDS",
    "WASSERSTEIN",
    "DigitsGAN",
    "GradientFlow",
    "Pair",
    "PlainGame",
    "TwoSchemes",
    "alternating",
    "chosen",
    "costs",
    "digits",
    "gradient",
    "plain",
    "reverse_gradient",
    "single_loss",
    "synchronous",
    "zero_term",
]
