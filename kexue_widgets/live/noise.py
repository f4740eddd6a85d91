"""Random numbers that are the same in Python and in the browser.

Both sides run the Mersenne Twister MT19937 (numpy's `RandomState` here, npm's `mersenne-twister` there) and keep the
low 24 bits of each output, so that every uniform number is exact in float32. Matsumoto & Nishimura 1998.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor


class Stream(IntEnum):
    """Each use of randomness has its own stream, so that drawing more for one leaves the others as they were."""

    FRAME = 0
    START = 1
    STEP = 2


def generator(seed: int, stream: Stream) -> np.random.RandomState:
    """The generator behind one stream of one seed."""
    return np.random.RandomState([seed, stream])


def uniform_numbers(rng: np.random.RandomState, count: int) -> np.ndarray:
    """The next `count` numbers of a stream, uniform on [0, 1), float32 of shape (count,)."""
    return rng.randint(2**24, size=count, dtype=np.uint32).astype(np.float32) / np.float32(2**24)


class Noise:
    """Hands a model its random numbers, in the order in which it asks for them.

    A model never calls torch's own generator: its numbers come in from outside, so that it is a pure function and
    gives the same arrays wherever it runs.
    """

    def __init__(self, take: Callable[[int], Tensor]) -> None:
        self._take = take
        self.used = 0

    @classmethod
    def from_generator(cls, rng: np.random.RandomState) -> Noise:
        """Numbers drawn from `rng` when they are asked for."""
        return cls(lambda count: torch.from_numpy(uniform_numbers(rng, count)))

    @classmethod
    def from_tensor(cls, numbers: Tensor) -> Noise:
        """Numbers read from a vector; this is what a traced model sees."""
        noise = cls(lambda count: numbers[noise.used : noise.used + count])
        return noise

    def uniform(self, *shape: int) -> Tensor:
        """Uniform numbers on [0, 1), float32 of the given shape."""
        count = math.prod(shape)
        numbers = self._take(count).reshape(shape)
        self.used += count
        return numbers

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers, float32 of the given shape, by the transform of Box & Muller 1958."""
        radius = torch.sqrt(-2 * torch.log(1 - self.uniform(*shape)))  # 1 - u is never 0
        return radius * torch.cos(2 * math.pi * self.uniform(*shape))
