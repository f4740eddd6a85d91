"""Fine-tuning on any folder of pictures with one class to each subfolder: the reader's own dogs."""

from __future__ import annotations

import hashlib
import os
import re
import reprlib
import tempfile
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from ..checks import real_number, whole_number
from ..efficientnet import load, preprocess, square
from ..photos import presentable
from . import checkpoints
from .augment import augment
from .checks import LARGEST_SEED, LARGEST_SIZE, SMALLEST_SIZE, check_labels, checked_settings
from .head import mix
from .settings import SELF_TRAINING, Settings, Stage
from .training import Data, Epoch, Tail, split, tail, train
from .trunk import activations, device_of, fingerprint

if TYPE_CHECKING:
    import pandas

FEWEST = 3  # one picture each to train, validate and test on
PART = re.compile(  # of a data set
    r"(train(ing)?|val(id(ation)?)?|test(ing)?|dev)([-_ ]?(set|data|images))?[-_ ]?\d*|fold[-_ ]?\d+|"
    r"([训訓][练練]|[验驗][证證]|[测測][试試])([集组組]|[数數][据據]集?)?",
    re.IGNORECASE,
)
UNLABELLED = re.compile(
    r"un[-_ ]?(label+ed|sorted|sup(ervised)?|categori[sz]ed)([-_ ]?(set|data|images))?|[未无無][标標分][注註记記签簽籤类類]([数數][据據]|图片|圖片)?",
    re.IGNORECASE,
)
# What systems leave in folders besides hidden files: an icon, small copies of all pictures, what was thrown away.
NO_PICTURES = {
    *("__macosx", "thumbs.db", "desktop.ini", "icon\r", "@eadir", "#recycle", "@recycle", "$recycle.bin"),
    *("system volume information", "lost+found"),
}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
FORMAT = "kexue_widgets.finetune 1"
KEPT = ("size", "classes", "alpha", "accuracy", "accuracies", "tested")  # of a result, as they are


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _are_names(names: Any) -> bool:
    return isinstance(names, list) and all(isinstance(each, str) for each in names) and len({*names}) == len(names) > 1


# What the parts of a file must be like, which might have been edited or damaged.
SOUND: dict[str, Callable[[Any], bool]] = {
    "size": lambda size: type(size) is int and SMALLEST_SIZE <= size <= LARGEST_SIZE,
    "classes": _are_names,
    "alpha": _is_share,
    "accuracy": _is_share,
    "accuracies": lambda both: isinstance(both, tuple) and len(both) == 2 and all(map(_is_share, both)),
    "network": lambda weights: all(bool(each.isfinite().all()) for each in weights.values()),
    "history": lambda epochs: all(isinstance(stage, str) and _is_share(alpha) for stage, _, _, alpha in epochs),
    "trunk": lambda mark: isinstance(mark, str),
    "tested": lambda count: count is None or (type(count) is int and count > 0),
}


class Pictures(NamedTuple):
    """What a folder holds: the files to learn from, the number of the class of each, and the classes' names.

    `unreadable` says of each file that is left out why, and `copies` of each second file with a picture which one has it.
    """

    paths: list[Path]
    labels: list[int]
    classes: list[str]
    unreadable: dict[Path, str]
    copies: dict[Path, Path]


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
    unreadable: dict[Path, str]
    settings: Settings
    tested: int | None = None  # how many test pictures there were; files of earlier versions do not say it

    def classify(self, photo: Path | str | np.ndarray | Image.Image) -> dict[str, float]:
        """The probability of each class for a photo: a file, a PIL image or an array (h, w) or (h, w, 3), uint8.

        Raises:
            ValueError: it cannot be read or used as a photo; the text says why.
        """
        picture = square(presentable(photo), self.size, share=1.0)
        return dict(zip(self.classes, self._probabilities(picture[None])[0].tolist(), strict=True))

    def classify_folder(self, folder: Path | str) -> pandas.DataFrame:
        """All pictures in a folder and in the folders below: `.to_csv("found.csv")` writes the table to a file.

        Returns:
            A row for each file, by its path in the folder: `best`, the likeliest class; `problem`, why there is none;
            and `P(class)` of each class.
        """
        import pandas

        folder = _folder("folder", folder)
        rows: list[dict[str, Any]] = []
        for path in tqdm(_files(folder), delay=5, desc="pictures"):
            row: dict[str, Any] = {"file": _written(path.relative_to(folder).as_posix()), "best": "", "problem": ""}
            try:
                chances = self.classify(path)
            except (OSError, ValueError) as error:
                row["problem"] = _why(error, path)
            else:
                row["best"] = _written(max(chances, key=chances.__getitem__))
                row |= {f"P({_written(name)})": chance for name, chance in chances.items()}
            rows.append(row)
        columns = ["file", "best", "problem", *(f"P({_written(name)})" for name in self.classes)]
        return pandas.DataFrame(rows, columns=columns).set_index("file")

    def save(self, path: Path | str) -> None:
        """Write a file that `Result.load` reads: what has been learned, without ImageNet's weights below."""
        path = checkpoints.place("path", path)
        content = {
            "format": FORMAT,
            "settings": _plain(self.settings),
            "trunk": fingerprint(self.trunk).hex(),
            "network": {name: value.cpu() for name, value in self.network.state_dict().items()},
            "history": [tuple(each) for each in self.history],
            "unreadable": {str(file): why for file, why in self.unreadable.items()},
        }
        content |= {name: getattr(self, name) for name in KEPT}
        checkpoints.save(path, content)

    @classmethod
    def load(cls, path: Path | str) -> Result:
        """What `save` has written, on a GPU if there is one.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is another's or cut short, or the weights of ImageNet are no longer those it was made with.
        """
        if not isinstance(path, Path | str) or not str(path):
            raise ValueError(f"path must be the path of a file, got {path!r}")
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except FileNotFoundError:
            raise
        except Exception as error:  # torch passes on whatever it stumbles over
            raise ValueError(f"{path} is no whole file of a fine-tuned network") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ValueError(f"{path} is no file that Result.save has written in this version")
        try:
            result = cls._of(content)
        except torch.cuda.OutOfMemoryError:
            raise
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:  # a part is missing or another
            raise ValueError(f"{path} is no file that Result.save has written: {error}") from error
        if fingerprint(result.trunk).hex() != content["trunk"]:
            raise ValueError(f"{path} was made with other weights of ImageNet than those that are installed")
        return result

    @classmethod
    def _of(cls, content: dict[str, Any]) -> Result:
        content = {"tested": None} | content
        for name, is_sound in SOUND.items():
            if not is_sound(content[name]):
                raise ValueError(f"its {name} cannot be {reprlib.repr(content[name])}")
        stages, *others = content["settings"]
        settings = Settings(tuple(Stage(*each) for each in stages), *others)
        settings = checked_settings(settings, has_unlabelled=True)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        trunk = split(load(), settings.blocks)[0].to(device)
        network = tail(len(content["classes"]), settings, device)
        network.load_state_dict(content["network"])
        history = [Epoch(*each) for each in content["history"]]
        unreadable = {Path(file): why for file, why in content["unreadable"].items()}
        kept = {name: content[name] for name in KEPT}
        return cls(trunk, network, **kept, history=history, unreadable=unreadable, settings=settings)

    def _probabilities(self, pictures: np.ndarray) -> Tensor:
        with torch.no_grad():
            seen = self.trunk(preprocess(pictures).to(device_of(self.trunk)))
        return mix(self.network.probabilities(seen), self.alpha)

    def __repr__(self) -> str:
        heads = " and ".join(f"{each:.3f}" for each in self.accuracies)
        tested = "" if self.tested is None else f" on {self.tested} pictures"
        return (
            f"Result({len(self.classes)} classes, test accuracy {self.accuracy:.3f}{tested} with alpha {self.alpha}, "
            f"heads alone {heads}, {len(self.unreadable)} unreadable)"
        )


def pictures(folder: Path | str) -> Pictures:
    """The pictures of a folder with one class to each subfolder, whatever the names of files end in.

    Hidden files and folders are passed over. Left out, with a warning that names them, are files that no picture can be
    read from or that are no picture to learn from (see `photos.presentable`), second copies of a picture, pictures
    that are in two classes, and pictures beside the subfolders. Copies are found by their pixels; one that has been resized
    or packed anew is another picture. Of a file with several pages or frames it is the first that counts.

    Raises:
        ValueError: there are fewer than two classes, a class has fewer than three pictures, two classes have names that
            look alike, or the folder holds the parts of a divided data set, such as train and test, or pictures without
            a class.
    """
    return _looked_through(_folder("folder", folder))[0]


def _looked_through(folder: Path) -> tuple[Pictures, dict[bytes, Path]]:
    """The pictures, and which file has which pixels, those that are left out included."""
    subfolders = sorted(each for each in folder.iterdir() if each.is_dir() and not _is_hidden(each.name))
    parts = [each.name for each in subfolders if PART.fullmatch(each.name)]
    if len(parts) > 1 and len(parts) == len(subfolders) and not any(map(_subfolders, subfolders)):
        raise ValueError(
            f"folder must have a subfolder for each class, {folder} has {', '.join(parts)}, which are parts of a divided "
            "data set and not classes; where they are classes indeed, other names say so"
        )
    parts = [each for each in parts if _subfolders(folder / each)]
    if parts:
        raise ValueError(
            f"folder must have a subfolder for each class, {folder} has {', '.join(parts)}, which have subfolders themselves: "
            f"give one part, such as {folder / parts[0]}; some of its pictures will be kept for validation and for the test"
        )
    if len(subfolders) < 2:
        inner = f"; is it {subfolders[0]} that is meant?" if subfolders and len(_subfolders(subfolders[0])) > 1 else ""
        raise ValueError(
            f"folder must have a subfolder for each of two or more classes, {folder} has {len(subfolders)}{inner}"
        )
    if without := [each.name for each in subfolders if UNLABELLED.fullmatch(each.name)]:
        raise ValueError(
            f"folder must have a subfolder for each class, {folder} has {without[0]}, which is none: in a folder elsewhere, its "
            "pictures can be given as `unlabelled`"
        )
    looks: dict[str, str] = {}
    for each in subfolders:
        look = " ".join(unicodedata.normalize("NFKC", each.name).split())
        if look in looks:
            raise ValueError(
                f"classes must have names that are told apart by more than their looks, got {looks[look]!a} and {each.name!a}"
            )
        looks[look] = each.name
    beside = _look([each for each in sorted(folder.iterdir()) if each.is_file() and not _is_hidden(each.name)])
    _say(folder, dict.fromkeys(beside.marks, "in the subfolder of no class"), {})
    files = [(path, label) for label, each in enumerate(subfolders) for path in _files(each)]
    classes = {path: label for path, label in files}
    found = _look([path for path, _ in files])
    unreadable = dict(found.unreadable)
    several: dict[bytes, set[int]] = {}
    for path, mark in found.marks.items():
        several.setdefault(mark, set()).add(classes[path])
    first: dict[bytes, Path] = {}
    copies: dict[Path, Path] = {}
    for path, mark in found.marks.items():
        if len(several[mark]) > 1:
            names = ", ".join(subfolders[label].name for label in sorted(several[mark]))
            unreadable[path] = f"the same picture is in the classes {names}"
        elif mark in first:
            copies[path] = first[mark]
        else:
            first[mark] = path
    _say(folder, unreadable, copies)
    paths = list(first.values())
    labels = [classes[path] for path in paths]
    for label, subfolder in enumerate(subfolders):
        if labels.count(label) < FEWEST:
            count = labels.count(label)
            raise ValueError(f"class {subfolder.name!r} must have at least {FEWEST} readable pictures, has {count}")
    known = {mark: path for path, mark in found.marks.items()}
    return Pictures(paths, labels, [each.name for each in subfolders], unreadable, copies), known


def stratified_split(labels: Tensor, seed: int, share: float = 0.1) -> tuple[Tensor, Tensor, Tensor]:
    """Indices to train, validate and test on; of each class a share, at least one, for each of the last two.

    Raises:
        ValueError: a class with fewer than three members, or a share that leaves none to train on.
    """
    check_labels("labels", labels)
    seed = whole_number("seed", seed, 0, LARGEST_SEED)
    share = real_number("share", share, 0, 0.5)
    if share == 0.5:
        raise ValueError("share must be below 1/2, or nothing is left to train on, got 0.5")
    for label, count in zip(*labels.unique(return_counts=True), strict=True):
        if count < FEWEST or count - 2 * max(1, round(share * int(count))) < 1:
            raise ValueError(
                f"class {int(label)} must have at least {FEWEST} members and some to train on, has {count}"
            )
    generator = torch.Generator().manual_seed(seed)
    sets: tuple[list[Tensor], ...] = ([], [], [])
    for label in labels.unique():
        members = (labels == label).nonzero()[:, 0]
        members = members[torch.randperm(len(members), generator=generator)]
        held = max(1, round(share * len(members)))
        for chosen, part in zip(sets, members.split([len(members) - 2 * held, held, held]), strict=True):
            chosen.append(part)
    train_index, validation_index, test_index = (torch.cat(each) for each in sets)
    return train_index, validation_index, test_index


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
        yield from (np.ascontiguousarray(each[:, ::-1]) for each in photos)
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
    cache: Path | str | None = None,
) -> Result:
    """Fine-tune EfficientNet-Lite0 on a folder with one class to each subfolder.

    Of each class a tenth is for validation, which chooses the weight of the two heads, and another tenth tests the result.
    Runs on a GPU if there is one.

    Args:
        folder: the pictures: folder/class/picture.
        unlabelled: a folder of pictures without classes, for self-training after the other stages; those that are in
            `folder` too are left out, with a warning, or the network would learn from what it is tested on.
        checkpoint: a file that is written after every epoch; training that was interrupted goes on from it, and the
            network that was best on validation pictures is the result. Without it that is the last one.
        settings: the stages of training and all else; `Settings()` if not given.
        size: pixels a side that pictures are scaled to.
        cache: a folder where the trunk's activations are kept; in the user's cache if not given.

    Raises:
        ValueError: too few classes or pictures, settings that are none or with which training runs away to numbers that are
            not finite, or a checkpoint of something else or without its best file.
    """
    settings = checked_settings(Settings() if settings is None else settings, has_unlabelled=unlabelled is not None)
    if cache is not None and not (isinstance(cache, Path | str) and str(cache)):
        raise ValueError(f"cache must be the path of a folder, got {cache!r}")
    if unlabelled is not None:
        settings = settings._replace(stages=(*settings.stages, SELF_TRAINING))
    size = whole_number("size", size, SMALLEST_SIZE, LARGEST_SIZE)
    path = None if checkpoint is None else checkpoints.place_of_checkpoint(checkpoint)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    found, known = _looked_through(_folder("folder", folder))
    labels = torch.tensor(found.labels)
    count = max(stage.views for stage in settings.stages)
    parts = stratified_split(labels, settings.seed)
    trunk = split(load(), settings.blocks)[0].to(device)

    def through(paths: Sequence[Path], labels: Tensor | None, count: int) -> Tensor:
        photos = _read(paths, size)
        seen = views(photos, labels, count, settings.seed)
        values = activations(trunk, seen, cache=None if cache is None else Path(cache), total=count * len(photos))
        return values.reshape(count, len(photos), *values.shape[1:])

    def part(index: Tensor, count: int) -> Data:
        chosen = [found.paths[each] for each in index]
        return Data(through(chosen, labels[index] if count > 1 else None, count), labels[index])

    more = None
    if unlabelled is not None:
        more = through(_unlabelled(_folder("unlabelled", unlabelled), known), None, count)
    data, validation, test = (part(index, views) for index, views in zip(parts, (count, 1, 1), strict=True))
    network = tail(len(found.classes), settings, device)
    history = train(network, data, validation, settings, unlabelled=more, checkpoint=path)
    alpha = history[-1].alpha
    if path is not None:
        state, alpha = checkpoints.best(path)
        network.load_state_dict(state)
    probabilities = network.probabilities(test.activations[0])
    right = [
        float((each.argmax(1) == test.labels).float().mean()) for each in (mix(probabilities, alpha), *probabilities)
    ]
    learned = (trunk, network, size, found.classes, alpha)
    return Result(*learned, right[0], (right[1], right[2]), history, found.unreadable, settings, len(test.labels))


def _folder(name: str, folder: Path | str) -> Path:
    try:
        if isinstance(folder, Path | str) and str(folder) and Path(folder).is_dir():
            return Path(folder)
    except (OSError, ValueError) as error:  # a name that is too long, or none in this system's letters
        raise ValueError(f"{name} must be a folder, {str(folder)!a} is none: {error}") from error
    raise ValueError(f"{name} must be a folder, {str(folder)!r} is none")


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in NO_PICTURES


def _written(name: str) -> str:
    """A name for a table in any file: bytes that are no Unicode, as in old archives, and control characters written out."""
    legible = os.fsencode(name).decode(errors="backslashreplace")
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", legible)


def _subfolders(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_dir() and not _is_hidden(each.name)]


def _files(folder: Path) -> list[Path]:
    """All files in a folder and below, but for hidden ones. Links to folders are followed, none to where one has been."""

    def refuse(error: OSError) -> None:
        raise ValueError(f"{error.filename} cannot be looked into: {error.strerror}") from error

    files, seen = [], set(folder.resolve().parents)  # where a link would lead round, and to other classes
    for place, below, names in os.walk(folder, onerror=refuse, followlinks=True):
        if (real := Path(place).resolve()) in seen:
            below.clear()
            continue
        seen.add(real)
        below[:] = sorted(name for name in below if not _is_hidden(name))
        files += [Path(place, name) for name in names if not _is_hidden(name)]
    return sorted(files)


class _Look(NamedTuple):
    marks: dict[Path, bytes]  # a hash of the pixels of each picture
    unreadable: dict[Path, str]


def _look(paths: Sequence[Path]) -> _Look:
    found = _Look({}, {})
    for path in tqdm(paths, delay=5, desc="looking"):
        try:
            image = presentable(path)
        except (OSError, ValueError) as error:
            found.unreadable[path] = _why(error, path)
        else:
            found.marks[path] = hashlib.sha256(repr(image.size).encode() + image.tobytes()).digest()
    return found


def _why(error: Exception, path: Path) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said.removeprefix(f"{path} cannot be read: ")


def _say(folder: Path, unreadable: dict[Path, str], copies: dict[Path, Path]) -> None:
    """Warn, with names, of what is left out."""
    left_out = [f"{path.relative_to(folder)} ({why})" for path, why in unreadable.items()]
    again = [f"{path.relative_to(folder)} (as {copies[path].relative_to(folder)})" for path in copies]
    for what, names in (("unreadable pictures skipped", left_out), ("copies of pictures skipped", again)):
        if names:
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            warnings.warn(f"{what} ({len(names)}): {', '.join(names[:10])}{more}", stacklevel=3)


def _unlabelled(folder: Path, known: dict[bytes, Path]) -> list[Path]:
    """The pictures of a folder, each once, without those that are `known`."""
    found = _look(_files(folder))
    left_out = found.unreadable | {
        path: f"it is {known[mark]} as well, with a class" for path, mark in found.marks.items() if mark in known
    }
    _say(folder, left_out, {})
    paths = {mark: path for path, mark in reversed(found.marks.items()) if mark not in known}
    if not paths:
        raise ValueError(
            f"unlabelled must be a folder with pictures, {folder} has none that can be read and has no class"
        )
    return sorted(paths.values())


def _read(paths: Sequence[Path], size: int) -> np.ndarray:
    """The pictures (n, size, size, 3), on disk and not in memory: there may be more of them than it holds."""
    with tempfile.TemporaryFile() as file:
        photos = np.memmap(file, np.uint8, "w+", shape=(len(paths), size, size, 3))
    for index, path in enumerate(tqdm(paths, delay=5, desc="pictures")):
        photos[index] = square(path, size, share=1.0)
    return photos


def _plain(settings: Settings) -> tuple[Any, ...]:
    stages, *others = settings
    return (tuple(tuple(each) for each in stages), *others)


def _partners(labels: Tensor, generator: torch.Generator) -> Tensor:
    """For every picture another of its class, at random."""
    partners = torch.empty_like(labels)
    for label in labels.unique():
        members = (labels == label).nonzero()[:, 0]
        partners[members] = members[torch.randint(len(members), (len(members),), generator=generator)]
    return partners
