"""A small residual network for handwritten digits: something to take apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..cache import whole_file
from ..checks import whole_number

WEIGHTS = Path(__file__).with_name("digits.npz")


class Unit(nn.Sequential):
    """Normalise, rectify, convolve: the order of He et al. 2016, "Identity mappings in deep residual networks"."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        super().__init__(nn.BatchNorm2d(inputs), nn.ReLU(), convolution)


class Block(nn.Module):
    """x + second(first(x)); where the shape changes, a 1 x 1 convolution takes x along."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        same = inputs == outputs and stride == 1
        self.shortcut = None if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        self.first = Unit(inputs, outputs, stride)
        self.second = Unit(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (n, outputs, height / stride, width / stride) of (n, inputs, height, width)."""
        return (x if self.shortcut is None else self.shortcut(x)) + self.second(self.first(x))


class DigitNet(nn.Module):
    """Three residual blocks, 9,762 parameters: logits (n, 10) for grey images (n, 1, 8, 8) with values in [0, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.block1 = Block(8, 8)
        self.block2 = Block(8, 16, stride=2)
        self.block3 = Block(16, 16)
        self.pool = nn.Sequential(nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(16, 10)

    def forward(self, image: Tensor) -> Tensor:
        """Logits (n, 10)."""
        x = self.block3(self.block2(self.block1(self.stem(image))))
        return self.head(self.pool(x))


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """scikit-learn's 1,797 digits: images (n, 1, 8, 8) and labels (n,) to train with, then 450 of both to test with."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    parts = train_test_split(images, labels, test_size=450, stratify=labels, random_state=0)
    seen, unseen, seen_labels, unseen_labels = map(torch.from_numpy, parts)
    return seen, seen_labels, unseen, unseen_labels


def train(model: nn.Module, epochs: int = 12, seed: int = 0, rate: float = 0.02) -> nn.Module:
    """The model itself, in evaluation mode, after training on the digits.

    SGD with momentum 0.9 on batches of 32, the rate going down to 0 in a line; parameters that ask for no gradient stay
    as they are. `seed` decides the order of the images.

    Raises:
        ValueError: epochs that are no whole number of at least 1.
    """
    whole_number("epochs", epochs, 1)
    images, labels, _, _ = digits()
    generator = torch.Generator().manual_seed(seed)
    trained = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=rate, momentum=0.9, weight_decay=1e-4)
    steps = epochs * (len(images) // 32)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    model.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(images), generator=generator).split(32)[:-1]:
            optimizer.zero_grad()
            functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def accuracy(model: nn.Module) -> float:
    """The share of the test images whose largest logit is the right one."""
    _, _, images, labels = digits()
    return float((model(images).argmax(1) == labels).float().mean())


def trained() -> DigitNet:
    """The network with the weights that `write_weights` left beside this file."""
    model = DigitNet()
    with np.load(WEIGHTS) as weights:
        model.load_state_dict({name: torch.from_numpy(weights[name]) for name in weights})
    return model.eval()


def write_weights() -> None:
    """Train on one core, and write the weights that `trained` reads, in half precision."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = train(DigitNet())
    arrays = {name: value.numpy() for name, value in model.state_dict().items()}
    half = {name: value.astype(np.float16) if value.dtype == np.float32 else value for name, value in arrays.items()}
    with whole_file(WEIGHTS) as file:
        np.savez_compressed(file, **half)
