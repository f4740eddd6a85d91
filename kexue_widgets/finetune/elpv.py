"""Which solar cells are defective? What each part of the article's recipe adds, on 2,223 photos.

`python -m kexue_widgets.finetune.elpv` measures it and writes the file that the chapter reads, book/data/finetune.json. It
takes about an hour on one core; interrupted, it goes on where it was.

The photos: Buerhop-Lutz et al. 2018, "A Benchmark for Visual Identification of Defective Solar Cells in Electroluminescence
Imagery"; Deitsch et al. 2019, "Automatic classification of defective photovoltaic module cells in electroluminescence images";
Deitsch et al. 2021, "Segmentation of photovoltaic module cells in uncalibrated electroluminescence images". They are licensed
CC BY-NC-SA 4.0 and come in the package elpv-dataset.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from ..cache import write_whole
from ..efficientnet import EfficientNetLite0, load, preprocess, square
from ..results import StoredResults
from .augment import mask_quadrant, rotate, splice, zoom
from .head import choose_alpha, mix
from .settings import Settings, Stage
from .training import Data, Tail, plain_batches, split, tail, train
from .trunk import activations

if TYPE_CHECKING:
    import pandas

PARTS = (
    "efficientnet.py",
    *(f"finetune/{name}.py" for name in ("augment", "elpv", "head", "settings", "training", "trunk")),
)
RESULTS = StoredResults(
    "finetune.json", "python -m kexue_widgets.finetune.elpv", tuple(f"kexue_widgets/{each}" for each in PARTS)
)
is_current = RESULTS.is_current
SIZE = 160  # pixels a side
GROUPS = 8  # of photos: settings were tried on the first two, two of the other six are for testing
TRIED = 2
FLIPS = ("as it is", "mirrored", "upside down", "turned round")
AUGMENTED = ("rotate", "zoom", "splice", "mask")

SETTINGS = Settings(
    stages=(
        Stage("head", 10, 1e-3, blocks=False, views=4),
        Stage("blocks", 16, 1e-4, blocks=True, views=4),
        Stage("light augmentation", 2, 1e-5, blocks=True, views=2),
    )
)
HEAD = SETTINGS._replace(stages=(Stage("head", 15, 1e-3, blocks=False, views=99),))
GUESSING = Stage("self-training", 5, 1e-3, blocks=False, views=99, unlabelled=True)


class Cells(NamedTuple):
    """The photos (n, 300, 300), uint8, which of them are defective (n,), and where they stood in the data set (n,)."""

    photos: np.ndarray
    labels: Tensor
    places: Tensor


class Split(NamedTuple):
    """Indices to train on, to choose alpha with, and to test on."""

    train: Tensor
    validation: Tensor
    test: Tensor


def cells() -> Cells:
    """The 2,223 cells that experts were sure of: 1,508 functional ones, 715 defective ones."""
    from elpv_dataset.utils import load_dataset

    photos, probability, _ = load_dataset()
    sure = np.flatnonzero((probability == 0) | (probability == 1))
    return Cells(photos[sure], torch.tensor(probability[sure] == 1).long(), torch.tensor(sure))


def groups(labels: Tensor) -> Tensor:
    """The same eight groups every time (n,), each with its share of either class.

    Pictures are pasted together only within a group, so that no training picture holds a piece of a test picture.
    """
    generator = torch.Generator().manual_seed(0)
    group = torch.empty_like(labels)
    for label in labels.unique():
        members = (labels == label).nonzero()[:, 0]
        group[members[torch.randperm(len(members), generator=generator)]] = torch.arange(len(members)) % GROUPS
    return group


def group_split(labels: Tensor, seed: int) -> Split:
    """Two groups of eight to test on; of all others every tenth picture to choose alpha with.

    The first two groups are never tested on, since settings were tried on them. Seeds 0 to 2 test every picture of the
    other six groups once, as a cross-validation does; so do seeds 3 to 5, in other pairs of groups, and so on up to 14:
    each pair of groups has its seed, as each pair of players has its day in a round-robin tournament.
    """
    generator = torch.Generator().manual_seed(seed)
    group = groups(labels)
    testable = GROUPS - TRIED
    day, table = divmod(seed, testable // 2)
    last = testable - 1
    tested = TRIED + torch.tensor([(day + table) % last, (day - table) % last if table else last])
    rest = (~torch.isin(group, tested)).nonzero()[:, 0]
    rest = rest[torch.randperm(len(rest), generator=generator)]
    return Split(rest[len(rest) // 10 :], rest[: len(rest) // 10], torch.isin(group, tested).nonzero()[:, 0])


def block_split(places: Tensor, seed: int, blocks: int = 44) -> Split:
    """Like `group_split`, but cells that follow one another in the data set stay together, as those of a module may do."""
    generator = torch.Generator().manual_seed(seed)
    block = places * blocks // (int(places.max()) + 1)
    tested = torch.isin(block, torch.randperm(blocks, generator=generator)[: blocks // 4])
    rest, test = (~tested).nonzero()[:, 0], tested.nonzero()[:, 0]
    return Split(rest[len(rest) // 10 :], rest[: len(rest) // 10], test)


def pictures(photos: np.ndarray, labels: Tensor, view: str = FLIPS[0]) -> Iterator[np.ndarray]:
    """One view, of `FLIPS` or of `AUGMENTED`, of every photo (n, size, size, 3), uint8, one after the other."""
    if view in FLIPS:
        steps = {"as it is": (1, 1), "mirrored": (1, -1), "upside down": (-1, 1), "turned round": (-1, -1)}[view]
        yield from np.ascontiguousarray(photos[:, :: steps[0], :: steps[1]])
        return
    generator = torch.Generator().manual_seed(AUGMENTED.index(view))
    kind = 2 * groups(labels) + (labels if view == "splice" else 0)
    partner = torch.empty_like(kind)
    for each in kind.unique():
        members = (kind == each).nonzero()[:, 0]
        partner[members] = members[torch.randperm(len(members), generator=generator)]
    uniform = torch.rand(len(photos), 3, generator=generator)
    for part in torch.arange(len(photos)).split(64):
        images, others = (preprocess(photos[index.numpy()]) for index in (part, partner[part]))
        changed = _augmented(view, images, others, uniform[part])
        yield from (changed * 128 + 127).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()


def _augmented(view: str, images: Tensor, others: Tensor, uniform: Tensor) -> Tensor:
    if view == "rotate":
        return rotate(images, 20 * uniform[:, 0] - 10)
    if view == "zoom":
        return zoom(images, 0.8 + 0.4 * uniform[:, 0], uniform[:, 1:], others)
    if view == "splice":
        return splice(images, others, (4 * uniform[:, 0]).floor(), 0.25 + 0.5 * uniform[:, 1])
    return mask_quadrant(images, (4 * uniform[:, 0]).floor())


class CellDataset:
    """The cells as the experiments see them: activations, features and pixels, each made when it is first needed."""

    def __init__(self) -> None:
        self.cells = cells()
        self.labels = self.cells.labels
        self.trunk, blocks = split(load(), SETTINGS.blocks)
        self.blocks = blocks.eval()
        self._known: dict[tuple[str, str], Tensor] = {}

    def activations(self, views: tuple[str, ...] = FLIPS) -> Tensor:
        """Of the trunk below the last five blocks: (views, n, c, h, w)."""
        return torch.stack([self._once("activations", view, self._activations) for view in views])

    def features(self, views: tuple[str, ...] = FLIPS) -> Tensor:
        """What ImageNet's network makes of the cells: (views, n, 1280)."""
        return torch.stack([self._once("features", view, self._features) for view in views])

    @cached_property
    def photos(self) -> np.ndarray:
        """Photos as the trunk sees them: (n, SIZE, SIZE, 3), uint8."""
        return self.scaled(SIZE)

    @cached_property
    def pixels(self) -> np.ndarray:
        """Brightness of photos of 32 x 32 pixels: (n, 1024)."""
        return self.scaled(32)[..., 0].reshape(-1, 1024) / 255

    def scaled(self, size: int) -> np.ndarray:
        """All photos, (n, size, size, 3), uint8."""
        return np.stack([square(each, size, share=1.0) for each in self.cells.photos])

    def _once(self, kind: str, view: str, make: Callable[[str], Tensor]) -> Tensor:
        if (kind, view) not in self._known:
            self._known[kind, view] = make(view)
        return self._known[kind, view]

    def _activations(self, view: str) -> Tensor:
        return activations(self.trunk, pictures(self.photos, self.labels, view), total=len(self.labels))

    def _features(self, view: str) -> Tensor:
        with torch.no_grad():
            return torch.cat([self.blocks(part.float()) for part in self._activations(view).split(256)])


def scores(probability: Tensor, labels: Tensor) -> dict[str, float]:
    """Accuracy, balanced accuracy and the area under the ROC curve, of probabilities (n,) of a defect."""
    from sklearn.metrics import roc_auc_score

    right = (probability > 0.5) == (labels == 1)
    balanced = (right[labels == 0].float().mean() + right[labels == 1].float().mean()) / 2
    auc = roc_auc_score(labels, probability)
    return {"accuracy": float(right.float().mean()), "balanced": float(balanced), "auc": float(auc)}


def logistic_regression(inputs: np.ndarray, labels: Tensor, parts: Split) -> dict[str, Any]:
    """Scores of a logistic regression on (n, d)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_index = torch.cat([parts.train, parts.validation])  # there is nothing to choose
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=1000))
    model.fit(inputs[train_index], labels[train_index])
    return scores(torch.from_numpy(model.predict_proba(inputs[parts.test])[:, 1]), labels[parts.test])


def recipe(network: Tail, inputs: Tensor, labels: Tensor, parts: Split, settings: Settings) -> dict[str, Any]:
    """Train by the article's recipe: scores of the mixed heads, of each head alone, and what alpha was chosen for.

    Args:
        network: what is trained.
        inputs: activations or features, (views, n, ...); the first view is the one that is tested.
        labels: (n,).
        parts: of the n.
        settings: of the training.
    """
    data = Data(inputs, labels)
    test = data.subset(parts.test)
    guessing = any(stage.unlabelled for stage in settings.stages)
    history = train(
        network,
        data.subset(parts.train),
        data.subset(parts.validation),
        settings,
        unlabelled=test.activations if guessing else None,
    )
    both = network.probabilities(test.activations[0])
    last = history[-1]
    mixed = mix(both, last.alpha)[:, 1]
    gated, direct = (scores(each[:, 1], test.labels)["accuracy"] for each in both)
    found: dict[str, Any] = {"alpha": last.alpha, "validation": last.accuracy, "gated": gated, "auxiliary": direct}
    peeked = mix(both, choose_alpha(both, test.labels))[:, 1]  # what a search on the test data would have reported
    found["peeked"] = scores(peeked, test.labels)["accuracy"]
    found["probabilities"] = [round(each, 4) for each in mixed.tolist()]
    return scores(mixed, test.labels) | found


def head_alone(
    dataset: CellDataset, seed: int, settings: Settings = HEAD, views: tuple[str, ...] = FLIPS
) -> dict[str, Any]:
    """The recipe with all blocks frozen."""
    network = tail(2, settings._replace(seed=seed))
    network.blocks = nn.Sequential()
    parts = group_split(dataset.labels, seed)
    return recipe(network, dataset.features(views), dataset.labels, parts, settings._replace(seed=seed))


def fine_tuned(dataset: CellDataset, seed: int, settings: Settings = SETTINGS) -> dict[str, Any]:
    """The recipe: the head, then the last five blocks.

    Scores, too, of the mean over a cell and its three reflections, and of the mean of such means by two networks, the
    second of which has its head and its batches drawn with another seed.
    """
    parts, inputs = group_split(dataset.labels, seed), dataset.activations()
    labels, found, flipped = dataset.labels[parts.test], [], []
    for number in range(2):
        own = settings._replace(seed=seed + 100 * number)
        network = tail(2, own)
        found.append(recipe(network, inputs, dataset.labels, parts, own))
        reflections = torch.stack([network.probabilities(view[parts.test]) for view in inputs])
        flipped.append(mix(reflections.mean(0), found[-1]["alpha"])[:, 1])
    averaged = {"flipped": flipped[0], "two networks": torch.stack(flipped).mean(0)}
    return found[0] | {name: scores(each, labels) for name, each in averaged.items()}


def from_scratch(dataset: CellDataset, seed: int, size: int = 64, epochs: int = 10) -> dict[str, Any]:
    """The same network with random weights, all of it trained by Adam, on smaller photos and their mirror images."""
    parts = group_split(dataset.labels, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = EfficientNetLite0(classes=2)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.1  # so that the statistics of so few steps are not those of the start
    images = preprocess(dataset.scaled(size))
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    train_index = torch.cat([parts.train, parts.validation])
    for _ in range(epochs):
        network.train()
        for index in plain_batches(dataset.labels[train_index], SETTINGS, generator):
            across, down = torch.randint(2, (2,), generator=generator).tolist()
            batch = images[train_index[index]].flip([3] * across + [2] * down)
            loss = F.cross_entropy(network(batch), dataset.labels[train_index[index]])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        logits = torch.cat([network.eval()(each) for each in images[parts.test].split(128)])
    return scores(logits.softmax(1)[:, 1], dataset.labels[parts.test])


def on_pixels(dataset: CellDataset, seed: int) -> dict[str, Any]:
    """Logistic regression on small photos."""
    return logistic_regression(dataset.pixels, dataset.labels, group_split(dataset.labels, seed))


def frozen(dataset: CellDataset, seed: int) -> dict[str, Any]:
    """Logistic regression on frozen features."""
    parts = group_split(dataset.labels, seed)
    return logistic_regression(dataset.features(FLIPS[:1])[0].numpy(), dataset.labels, parts)


def frozen_neighbouring(dataset: CellDataset, seed: int) -> dict[str, Any]:
    """The same, with neighbours in the data set on one side of the split."""
    parts = block_split(dataset.cells.places, seed)
    return logistic_regression(dataset.features(FLIPS[:1])[0].numpy(), dataset.labels, parts)


ABLATION: dict[str, Settings] = {
    "ReLU for GLU": HEAD._replace(activation="ReLU"),
    "swish for GLU": HEAD._replace(activation="swish"),
    "nothing for GLU": HEAD._replace(activation="none"),
    "no center loss": HEAD._replace(center=0.0),
    "no auxiliary head": HEAD._replace(auxiliary=0.0),
    "no balanced batches": HEAD._replace(balanced=False),
    "self-training": HEAD._replace(stages=(*HEAD.stages, GUESSING)),
}
EXPERIMENTS: dict[str, tuple[int, Callable[[CellDataset, int], dict[str, Any]]]] = {  # with the number of seeds
    "fine-tuned": (6, fine_tuned),
    "pixels": (6, on_pixels),
    "head": (6, head_alone),
    **{f"head: {name}": (6, partial(head_alone, settings=each)) for name, each in ABLATION.items()},
    "head: no flips": (6, partial(head_alone, views=FLIPS[:1])),
    "frozen": (6, frozen),
    "frozen, neighbours together": (6, frozen_neighbouring),
    **{f"head: {name}": (6, partial(head_alone, views=(*FLIPS, name))) for name in AUGMENTED},
    "from scratch": (3, from_scratch),
}


def results() -> pandas.DataFrame:
    """The file's results, one row for each experiment and seed.

    Warns if the code has changed since the file was written.
    """
    import pandas

    return pandas.DataFrame(RESULTS.read()["results"]).set_index(["experiment", "seed"])


def main(path: Path = RESULTS.path) -> None:
    """Make every experiment on one core; the file is written after each, and what it holds already is not done again."""
    torch.set_num_threads(1)
    code = RESULTS.code_hash()  # of what has been imported: a file may change while this runs
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    settings = {"fine-tuned": SETTINGS._asdict(), "head": HEAD._asdict(), "size": SIZE}
    content: dict[str, Any] = {"settings": settings, "versions": versions, "code": code, "results": []}
    with suppress(OSError, ValueError):  # no file, or none that can be gone on with
        earlier = json.loads(path.read_text())
        content = earlier if earlier["code"] == code else content
    done = {(row["experiment"], row["seed"]) for row in content["results"]}
    wanted = [(name, seed) for name, (seeds, _) in EXPERIMENTS.items() for seed in range(seeds)]
    dataset = CellDataset()
    for name, seed in tqdm([each for each in wanted if each not in done]):
        found = EXPERIMENTS[name][1](dataset, seed)
        averaged = {key: found.pop(key) for key in tuple(found) if isinstance(found[key], dict)}
        rows = {name: found, **{f"{name}, {key}": row for key, row in averaged.items()}}
        if (name, seed) != ("fine-tuned", 0):  # whose mistakes the chapter looks at
            found.pop("probabilities", None)
        for experiment, row in rows.items():
            content["results"].append({"experiment": experiment, "seed": seed, **_rounded(row)})
        path.parent.mkdir(exist_ok=True)
        write_whole(path, json.dumps(content, indent=1) + "\n")


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}


if __name__ == "__main__":
    main()
