"""Fine-tuning on any folder of pictures with one class to each subfolder: the reader's own dogs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from ..efficientnet import load, preprocess, square
from .augment import augment
from .head import mix
from .training import SELF_TRAINING, Data, Epoch, Settings, Tail, best, split, tail, train
from .trunk import activations, device_of

SUFFIXES = frozenset(Image.registered_extensions())
FEWEST = 3  # one picture each to learn from, to choose with and to be judged by


class Pictures(NamedTuple):
    """What a folder holds: files that can be read, the number of the class of each, and the classes' names."""

    paths: list[Path]
    labels: list[int]
    classes: list[str]
    unreadable: list[Path]


class Result(NamedTuple):
    """A fine-tuned network, and how good it is on pictures that neither training nor the choice of alpha has seen."""

    trunk: nn.Sequential
    network: Tail
    size: int
    classes: list[str]
    alpha: float
    accuracy: float  # of the mixed heads on test pictures
    accuracies: tuple[float, float]  # of each head alone
    history: list[Epoch]
    unreadable: list[Path]

    def classify(self, photo: np.ndarray | Image.Image) -> dict[str, float]:
        """The probability of each class for a photo, a PIL image or an array (h, w) or (h, w, 3), uint8."""
        with torch.no_grad():
            picture = preprocess(square(photo, self.size, share=1.0)[None])
            seen = self.trunk(picture.to(device_of(self.trunk)))
        probabilities = mix(self.network.probabilities(seen), self.alpha)[0]
        return dict(zip(self.classes, probabilities.tolist(), strict=True))

    def __repr__(self) -> str:
        heads = " and ".join(f"{each:.3f}" for each in self.accuracies)
        return (
            f"Result({len(self.classes)} classes, test accuracy {self.accuracy:.3f} with alpha {self.alpha}, "
            f"heads alone {heads}, {len(self.unreadable)} unreadable)"
        )


def pictures(folder: Path | str) -> Pictures:
    """The pictures of a folder with one class to each subfolder. Files that no picture can be read from are left out.

    Warns, with their names, if there are unreadable pictures.

    Raises:
        ValueError: there are fewer than two classes, or a class has fewer than three pictures.
    """
    folder = Path(folder)
    subfolders = sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    paths: list[Path] = []
    labels: list[int] = []
    unreadable: list[Path] = []
    for label, subfolder in enumerate(subfolders):
        for path in _files(subfolder):
            if _readable(path):
                paths.append(path)
                labels.append(label)
            else:
                unreadable.append(path)
    if unreadable:
        named = ", ".join(str(each.relative_to(folder)) for each in unreadable[:10])
        more = f" and {len(unreadable) - 10} more" if len(unreadable) > 10 else ""
        warnings.warn(f"unreadable pictures skipped ({len(unreadable)}): {named}{more}", stacklevel=2)
    if len(subfolders) < 2:
        raise ValueError(
            f"folder must have a subfolder for each of two or more classes, {folder} has {len(subfolders)}"
        )
    for label, subfolder in enumerate(subfolders):
        if labels.count(label) < FEWEST:
            count = labels.count(label)
            raise ValueError(f"class {subfolder.name!r} must have at least {FEWEST} readable pictures, has {count}")
    return Pictures(paths, labels, [each.name for each in subfolders], unreadable)


def parts(labels: Tensor, seed: int, share: float = 0.1) -> tuple[Tensor, Tensor, Tensor]:
    """Indices to learn from, to choose with and to be judged by; of each class a share, at least one, for the last two."""
    generator = torch.Generator().manual_seed(seed)
    sets: tuple[list[Tensor], ...] = ([], [], [])
    for label in labels.unique():
        members = (labels == label).nonzero()[:, 0]
        members = members[torch.randperm(len(members), generator=generator)]
        held = max(1, round(share * len(members)))
        for chosen, part in zip(sets, members.split([len(members) - 2 * held, held, held]), strict=True):
            chosen.append(part)
    learn, choose, judge = (torch.cat(each) for each in sets)
    return learn, choose, judge


def views(photos: np.ndarray, labels: Tensor | None, count: int, seed: int) -> Iterator[np.ndarray]:
    """Augmented views of pictures, one view of all of them after the other: as they are, mirrored, then `augment`ed.

    Args:
        photos: (n, size, size, 3), uint8.
        labels: (n,), for splicing within a class; without them every picture is spliced with itself.
        count: how many views.
        seed: of the random choices.

    Yields:
        Pictures (size, size, 3), uint8: n of each view.
    """
    yield from photos
    if count > 1:
        yield from np.ascontiguousarray(photos[:, :, ::-1])
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count - 2):
        others = torch.randperm(len(photos), generator=generator)
        partners = torch.arange(len(photos)) if labels is None else _partners(labels, generator)
        uniform = torch.rand(len(photos), 8, generator=generator)
        for part in torch.arange(len(photos)).split(64):
            used = (photos[index.numpy()] for index in (part, others[part], partners[part]))
            batch = [torch.from_numpy(each).permute(0, 3, 1, 2) / 255 - 0.5 for each in used]
            changed = augment(batch[0], batch[1], batch[2], uniform[part])
            yield from ((changed.permute(0, 2, 3, 1) + 0.5) * 255).round().clamp(0, 255).byte().numpy()


def finetune(
    folder: Path | str,
    *,
    unlabelled: Path | str | None = None,
    checkpoint: Path | str | None = None,
    settings: Settings | None = None,
    size: int = 160,
    cache: Path | None = None,
) -> Result:
    """Fine-tune EfficientNet-Lite0 on a folder with one class to each subfolder.

    Of each class a tenth chooses the weight of the two heads, and another tenth judges the result. Runs on a GPU if there
    is one.

    Args:
        folder: the pictures: folder/class/picture.
        unlabelled: a folder of pictures without classes, for self-training after the other stages.
        checkpoint: a file that is written after every epoch; training that was interrupted goes on from it, and the
            network that was best on validation pictures is the result. Without it that is the last one.
        settings: the stages of training and all else; `Settings()` if not given.
        size: pixels a side that pictures are scaled to.
        cache: where the trunk's activations are kept; in the user's cache folder if not given.

    Raises:
        ValueError: too few classes or pictures, or a checkpoint of something else.
    """
    settings = settings or Settings()
    if unlabelled is not None:
        settings = settings._replace(stages=(*settings.stages, SELF_TRAINING))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    found = pictures(folder)
    labels = torch.tensor(found.labels)
    count = max(stage.views for stage in settings.stages)
    learn, choose, judge = parts(labels, settings.seed)
    photos = _read(found.paths, size)
    trunk = split(load(), settings.blocks)[0].to(device)

    def through(photos: np.ndarray, labels: Tensor | None, count: int) -> Tensor:
        seen = views(photos, labels, count, settings.seed)
        values = activations(trunk, seen, cache=cache, total=count * len(photos))
        return values.reshape(count, len(photos), *values.shape[1:])

    data = Data(through(photos[learn], labels[learn], count), labels[learn])
    validation, test = (Data(through(photos[each], None, 1), labels[each]) for each in (choose, judge))
    more = None
    if unlabelled is not None:
        more = through(_read([path for path in _files(Path(unlabelled)) if _readable(path)], size), None, count)
    network = tail(len(found.classes), settings, device)
    path = None if checkpoint is None else Path(checkpoint)
    history = train(network, data, validation, settings, unlabelled=more, checkpoint=path)
    alpha = history[-1].alpha
    if path is not None:
        kept = torch.load(best(path), map_location="cpu", weights_only=True)
        network.load_state_dict(kept["network"])
        alpha = kept["alpha"]
    probabilities = network.probabilities(test.activations[0])
    right = [
        float((each.argmax(1) == test.labels).float().mean()) for each in (mix(probabilities, alpha), *probabilities)
    ]
    return Result(trunk, network, size, found.classes, alpha, right[0], (right[1], right[2]), history, found.unreadable)


def _files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES)


def _readable(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what decoders raise at broken files
        return False
    return True


def _read(paths: Sequence[Path], size: int) -> np.ndarray:
    def one(path: Path) -> np.ndarray:
        with Image.open(path) as image:
            return square(image, size, share=1.0)

    return np.stack([one(path) for path in tqdm(paths, delay=5, desc="pictures")])


def _partners(labels: Tensor, generator: torch.Generator) -> Tensor:
    """For every picture another of its class, at random."""
    partners = torch.empty_like(labels)
    for label in labels.unique():
        members = (labels == label).nonzero()[:, 0]
        partners[members] = members[torch.randint(len(members), (len(members),), generator=generator)]
    return partners
