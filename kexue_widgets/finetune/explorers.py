"""Explorers of the fine-tuning chapter: pictures changed at random, a head that learns, and what ImageNet's network sees."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.func import functional_call
from torch.fx.experimental.optimization import fuse

from ..colors import BLUE, GREY, ORANGE, RED, TEAL, VIOLET
from ..efficientnet import SIZE, EfficientNetLite0, class_names, load, preprocess, square
from ..live import (
    Adam,
    Choice,
    Dots,
    Explorer,
    Images,
    Lines,
    Noise,
    Photo,
    Ranking,
    Slider,
    Training,
    View,
    record,
    start_trace,
    trace_steps,
)
from .augment import augment, flip, mask_quadrant, rotate, splice, zoom
from .head import Head
from .trunk import activations

PHOTOS = ("coffee", "chelsea", "china", "flower", "camera", "rocket", "astronaut")


@cache
def sample_photos(size: int) -> Tensor:
    """The photos that scikit-image and scikit-learn bring along, in the order of `PHOTOS`: (n, size, size, 3), uint8."""
    import skimage.data
    from sklearn.datasets import load_sample_image

    pictures = [
        load_sample_image(f"{name}.jpg") if name in ("china", "flower") else getattr(skimage.data, name)()
        for name in PHOTOS
    ]
    return torch.from_numpy(np.stack([square(each, size) for each in pictures]))


class Augment(Explorer):
    """The article's five ways to make a new picture out of an old one, each by itself, and below what chance makes of the
    photo when all of them are drawn at random, as in training."""

    photo = Choice({name: index for index, name in enumerate(PHOTOS)}, default="camera", label="photo")
    other = Choice(
        {name: index for index, name in enumerate(PHOTOS)}, default="coffee", label="another photo, to paste onto"
    )
    degrees = Slider(10.0, -45.0, 45.0, step=1.0, label="rotation", unit="°")
    scale = Slider(0.8, 0.5, 2.0, step=0.05, label="zoom")
    across = Slider(0.8, 0.0, 1.0, step=0.05, label="where, across")
    down = Slider(0.8, 0.0, 1.0, step=0.05, label="where, down")
    way = Choice({"left and right": 0, "above and below": 1, "first diagonal": 2, "second diagonal": 3}, label="splice")
    cut = Slider(
        0.5, 0.25, 0.75, step=0.05, label="where the cut is", when={"way": ["left and right", "above and below"]}
    )
    quadrant = Choice(
        {"top left": 0, "top right": 1, "bottom left": 2, "bottom right": 3, "none": 4}, label="masked quadrant"
    )

    size = 48
    views = (
        View(
            Images(
                "single",
                columns=3,
                range=(0, 255),
                captions=("original", "flipped", "rotated", "zoomed", "spliced", "masked"),
            ),
            title="one at a time",
        ),
        View(Images("drawn", columns=3, range=(0, 255)), title="drawn at random, as in training"),
    )

    @classmethod
    def frame(
        cls,
        noise: Noise,
        photo: Tensor,
        other: Tensor,
        degrees: Tensor,
        scale: Tensor,
        across: Tensor,
        down: Tensor,
        way: Tensor,
        cut: Tensor,
        quadrant: Tensor,
    ) -> dict[str, Tensor]:
        pictures = sample_photos(cls.size).permute(0, 3, 1, 2).float() - 127.5  # masks are grey
        image, second = (pictures[each.long().reshape(1)] for each in (photo, other))
        where = torch.stack([across, down]).reshape(1, 2)
        single = [
            image,
            flip(image, torch.ones(1)),
            rotate(image, degrees.reshape(1)),
            zoom(image, scale.reshape(1), where, second),
            splice(image, image.flip(3), way.reshape(1), cut.reshape(1)),
            mask_quadrant(image, quadrant.reshape(1)),
        ]
        # With one photo to a class, its mirror image stands for another one of that class.
        three = image.expand(3, -1, -1, -1)
        drawn = augment(three, second.expand(3, -1, -1, -1), three.flip(3), noise.uniform(3, 8))
        sheets = {"single": torch.cat(single), "drawn": drawn}
        return {name: (sheet + 127.5).round().permute(0, 2, 3, 1) for name, sheet in sheets.items()}


KINDS = (
    "monocrystalline, functional",
    "monocrystalline, defective",
    "polycrystalline, functional",
    "polycrystalline, defective",
)
KIND_COLORS = (BLUE, RED, TEAL, ORANGE)


TRAIN_PER_KIND, TEST_PER_KIND = 100, 50  # cells of each kind, to train and to test on


@cache
def cell_features(dimensions: int = 64) -> tuple[Tensor, Tensor]:
    """ImageNet's features of solar cells, their main directions only, scaled to a mean square of 1.

    Args:
        dimensions: how many principal components are kept.

    Returns:
        Features (600, dimensions) and labels (600,): 100 cells of each of the four `KINDS`, then 50 more of each.
    """
    import elpv_dataset
    import pandas

    # Of the 2,624 pictures only these 600 are opened, which is as quick as a cache would be.
    folder = Path(elpv_dataset.__file__).with_name("data")
    table = pandas.read_csv(folder / "labels.csv", sep=r"\s+", names=["path", "probability", "module"])
    label = (2 * (table["module"] == "poly") + (table["probability"] == 1)).to_numpy()
    sure = table["probability"].isin([0, 1]).to_numpy()
    rng = np.random.RandomState(0)
    orders = [rng.permutation(np.flatnonzero(sure & (label == number))) for number in range(len(KINDS))]
    index = np.concatenate(
        [each[:TRAIN_PER_KIND] for each in orders] + [each[TRAIN_PER_KIND:][:TEST_PER_KIND] for each in orders]
    )
    network = load()
    trunk = nn.Sequential(network.stem, network.blocks, network.head, network.pool)
    pictures = (square(Image.open(folder / path), 128, share=1.0) for path in table["path"][index])
    features = activations(trunk, pictures, total=len(index)).double()
    features -= features.mean(0)
    directions = torch.linalg.svd(features, full_matrices=False)[2][:dimensions]
    reduced = features @ directions.T
    return (reduced / reduced.pow(2).mean().sqrt()).float(), torch.from_numpy(label[index])


class SwitchableHead(nn.Module):
    """The head with a bottleneck of two numbers, for any of three activations, and how far it lies from the centers."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Head(64, len(KINDS), width=2)

    def forward(self, features: Tensor, labels: Tensor, activation: Tensor) -> tuple[Tensor, ...]:
        """Logits of both heads, the bottleneck (n, 2), its mean squared distance from the centers, and the centers."""
        first, gate = self.head.bottleneck[0](features).chunk(2, dim=1)
        # Without a gate half of the linear map is not used: so one graph serves all three.
        squeezed = torch.where(
            activation == 1, F.relu(first), first * torch.where(activation == 0, gate, first).sigmoid()
        )
        distance = ((squeezed - self.head.centers(labels)) ** 2).sum(1).mean()
        return self.head.softmax(squeezed), self.head.auxiliary(features), squeezed, distance, self.head.centers.weight


class HeadTraining(Explorer):
    """A head learns to tell four kinds of solar cells apart from what ImageNet's network makes of them, through a bottleneck
    of two numbers: those two numbers for every cell, the loss, and the accuracy on cells it has not seen."""

    activation = Choice({"GLU": 0, "ReLU": 1, "swish": 2}, label="activation of the bottleneck")
    center = Slider(0.25, 0.0, 2.0, step=0.05, label="weight of the center loss")
    auxiliary = Slider(0.25, 0.0, 1.0, step=0.05, label="weight of the auxiliary head")
    rate = Slider(0.01, 0.0003, 0.1, log=True, label="learning rate")
    wrong = Slider(0.0, 0.0, 0.5, step=0.05, label="share of wrong labels")

    train_cells, test_cells, batch = 4 * TRAIN_PER_KIND, 4 * TEST_PER_KIND, 64
    opening = 100
    speed = 60
    training = Training(SwitchableHead(), Adam())

    views = (
        View(
            *(
                Dots(f"x{number}", f"y{number}", label=kind, color=KIND_COLORS[number], size=2)
                for number, kind in enumerate(KINDS)
            ),
            Dots("center_x", "center_y", label="centers", color=GREY, size=5),
            title="the bottleneck's two numbers",
            x="first number",
            y="second number",
        ),
        View(
            Lines("time", "loss", label="all three losses", color=GREY),
            Lines("time", "loss_center", label="center loss, without its weight", color=VIOLET),
            title="loss",
            x="step",
            y="loss",
            y_log=True,
        ),
        View(
            Lines("time", "seen", label="cells to learn from, with the labels given", color=BLUE, dashed=True),
            Lines("time", "unseen", label="unseen cells", color=BLUE),
            Lines("time", "unseen_auxiliary", label="unseen cells, auxiliary head", color=ORANGE),
            title="accuracy",
            x="step",
            y="accuracy",
            y_range=(0, 1),
        ),
    )

    @classmethod
    def start(cls, noise: Noise, wrong: Tensor) -> dict[str, Any]:
        _, labels = cell_features()
        labels = labels[: cls.train_cells].float()
        # A wrong label is one of the three others.
        other = torch.remainder(labels + 1 + (3 * noise.uniform(len(labels))).floor(), 4)
        given = torch.where(noise.uniform(len(labels)) < wrong, other, labels)
        return {"head": cls.training.start(noise), "labels": given, "trace": start_trace(5)}

    @classmethod
    def step(
        cls, state: dict[str, Any], noise: Noise, activation: Tensor, center: Tensor, auxiliary: Tensor, rate: Tensor
    ) -> dict[str, Any]:
        features, labels = cell_features()
        chosen = (noise.uniform(cls.batch) * cls.train_cells).long()
        given = state["labels"].long()

        def loss(network: Any) -> Tensor:
            logits, direct, _, distance, _ = network(features[chosen], given[chosen], activation)
            entropy, other = F.cross_entropy(logits, given[chosen]), F.cross_entropy(direct, given[chosen])
            return entropy + center * distance + auxiliary * other

        head, value = cls.training.step(state["head"], loss, rate)
        known = torch.cat([given, labels[cls.train_cells :]])
        logits, direct, _, distance, _ = cls.training.network(head)(features, known, activation)
        seen, unseen = (logits.argmax(1) == known).float().split([cls.train_cells, cls.test_cells])
        other = (direct.argmax(1) == known).float()[cls.train_cells :]
        values = torch.stack([value, distance, seen.mean(), unseen.mean(), other.mean()])
        return {"head": head, "labels": state["labels"], "trace": record(state["trace"], values)}

    @classmethod
    def frame(cls, state: dict[str, Any], activation: Tensor) -> dict[str, Tensor]:
        features, labels = (each[: cls.train_cells] for each in cell_features())
        _, _, squeezed, _, centers = cls.training.network(state["head"])(features, labels, activation)
        loss, distance, seen, unseen, other = state["trace"]["values"]
        arrays = {
            "center_x": centers[:, 0],
            "center_y": centers[:, 1],
            "time": trace_steps(state["trace"]),
            "loss": loss,
            "loss_center": distance,
            "seen": seen,
            "unseen": unseen,
            "unseen_auxiliary": other,
        }
        for number, points in enumerate(squeezed.split(TRAIN_PER_KIND)):
            arrays |= {f"x{number}": points[:, 0], f"y{number}": points[:, 1]}
        return arrays


class Maps(nn.Module):
    """Pictures to the last maps of the network (n, 1280, h / 32, w / 32) and the logits (n, 1000)."""

    def __init__(self, network: EfficientNetLite0) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.network.head(self.network.blocks(self.network.stem(x)))
        return maps, self.network.classifier(self.network.pool(maps))


@cache
def whole_network() -> tuple[nn.Module, dict[str, Tensor]]:
    """`Maps` with each batch normalisation merged into its convolution, and the weights in half precision.

    A page then loads half as much; logits move by a few thousandths.
    """
    network = fuse(Maps(load()))
    return network, {name: weight.detach().half() for name, weight in network.named_parameters()}


class WhatDoesItSee(Explorer):
    """What EfficientNet-Lite0 takes a photo for: its ten likeliest of ImageNet's thousand classes, and the places of the
    photo that speak for the first of them."""

    photo = Photo(SIZE, label="your photo")
    bundled = Choice(
        {name: index for index, name in enumerate(PHOTOS)},
        default="camera",
        label="if there is none, one of these",
        when={"photo": ""},
    )

    views = (
        View(
            Images("pictures", columns=2, range=(0, 255), captions=("the photo", "what speaks for the first class")),
            title="seen",
        ),
        View(Ranking("index", "probability", names=class_names()), title="ten likeliest classes"),
    )

    @staticmethod
    def frame(photo: Tensor, bundled: Tensor) -> dict[str, Tensor]:
        known = sample_photos(SIZE)[bundled.long().reshape(1)].float()
        picture = torch.where(photo.sum() > 0, photo.unsqueeze(0), known)
        network, weights = whole_network()
        weights = {name: weight.float() for name, weight in weights.items()}
        maps, logits = functional_call(network, weights, (preprocess(picture),))
        values, places = (each[:10] for each in logits.softmax(1)[0].sort(stable=True, descending=True))
        # The logit of a class is the mean of this map over all places (Zhou et al. 2016).
        speaks = torch.einsum("c,chw->hw", weights["network.classifier.weight"][places[:1]][0], maps[0]).clamp(min=0)
        light = F.interpolate((speaks / (speaks.max() + 1e-6)).reshape(1, 1, 7, 7), size=(112, 112), mode="bilinear")
        small = F.avg_pool2d(picture.permute(0, 3, 1, 2), 2)
        lit = 255 - (255 - small) * (0.15 + 0.85 * light)
        return {
            "pictures": torch.cat([small, lit]).round().permute(0, 2, 3, 1),
            "index": places.float(),
            "probability": values,
        }
