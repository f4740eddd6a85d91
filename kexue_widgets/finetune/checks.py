"""What is taken for settings, and what is refused in words: apart from what learns, so that it may change without making what was
measured old."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..checks import real_number, truth, whole_number
from .head import ACTIVATIONS
from .settings import Settings, Stage

LARGEST = 1e30  # weight of a loss, and rate
# What nobody means: a thousand views of a picture, or layers that no memory holds.
MOST = {"blocks": 100, "width": 10**5, "classes_per_batch": 10**6, "batch": 10**6}
PIECE = 256  # pictures that are looked at together: there may be more of them than memory holds
MOST_VIEWS, MOST_EPOCHS = 10**4, 10**6
SMALLEST_SIZE, LARGEST_SIZE = 32, 1024  # pixels a side: five times halved, one must be left
LARGEST_SEED = 2**63 - 1  # that torch takes
WHOLE = {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}


def checked_settings(settings: Any, *, has_unlabelled: bool) -> Settings:
    """The settings, numpy's numbers among them as Python's.

    Args:
        settings: what should be `Settings`.
        has_unlabelled: whether there are pictures without a class.

    Raises:
        ValueError: what nothing can be trained with; the text names it.
    """
    if not isinstance(settings, Settings):
        raise ValueError(f"settings must be Settings, such as Settings(width=32), got {settings!r}")
    if not isinstance(settings.stages, tuple | list) or not all(isinstance(each, Stage) for each in settings.stages):
        raise ValueError(f"stages must be a tuple of Stage, got {settings.stages!r}")
    if not settings.stages:
        raise ValueError("stages must be at least one, got none")
    if not isinstance(settings.activation, str) or settings.activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {settings.activation!r}")
    changed: dict[str, Any] = {
        name: whole_number(name, getattr(settings, name), 1, most) for name, most in MOST.items()
    }
    changed |= {name: real_number(name, getattr(settings, name), 0, LARGEST) for name in ("center", "auxiliary")}
    stages = tuple(_checked_stage(stage, has_unlabelled) for stage in settings.stages)
    if stages[0].unlabelled:
        raise ValueError(
            f"stage {stages[0].name!r} learns from pictures without a class, and must stand after another one, which guesses "
            "their classes"
        )
    changed |= {"stages": stages, "seed": whole_number("seed", settings.seed, 0, LARGEST_SEED)}
    return settings._replace(balanced=truth("balanced", settings.balanced), **changed)


def check_activations(name: str, activations: Any, like: Tensor | None = None) -> None:
    """Raises:
    ValueError: they are no activations (views, n, ...), or not of one network with those that they should be like.
    """
    expected = "(views, n, ...)" if like is None else f"(views, n, {', '.join(map(str, like.shape[2:]))})"
    if not isinstance(activations, Tensor):
        raise ValueError(f"{name} must be a tensor {expected}, got {activations!r:.60}")
    shape = tuple(activations.shape)
    right = len(shape) > 2 and activations.numel() and activations.is_floating_point()
    right = right and activations.layout is torch.strided and not activations.is_meta
    if not right or (like is not None and activations.shape[2:] != like.shape[2:]):
        raise ValueError(f"{name} must be numbers of shape {expected}, got {activations.dtype} of {shape}")
    if not all(bool(each.isfinite().all()) for each in activations.flatten(0, 1).split(PIECE)):
        raise ValueError(f"{name} must be finite, some are infinite or no numbers")


def check_data(name: str, data: Any, classes: int, like: Tensor | None = None) -> None:
    """Raises:
    ValueError: it is no `Data` for that many classes, or not of one network with the activations that it should be like.
    """
    activations, labels = (getattr(data, each, None) for each in ("activations", "labels"))
    if activations is None or labels is None:
        raise ValueError(f"{name} must be Data, such as Data(activations, labels), got {data!r:.60}")
    check_activations(f"activations of {name}", activations, like)
    check_labels(f"labels of {name}", labels, activations.shape[1], classes)


def check_labels(name: str, labels: Any, count: int | None = None, classes: int = LARGEST_SEED) -> None:
    """Raises:
    ValueError: they are no numbers of classes (count,).
    """
    whole = isinstance(labels, Tensor) and labels.dtype in WHOLE and labels.layout is torch.strided
    if not whole or labels.is_meta or labels.dim() != 1 or not len(labels) or count not in (None, len(labels)):
        found = f"{labels.dtype} of {tuple(labels.shape)}" if isinstance(labels, Tensor) else f"{labels!r:.60}"
        expected = "(n,)" if count is None else f"({count},)"
        raise ValueError(f"{name} must be a tensor of whole numbers {expected}, one for each picture, got {found}")
    wrong = labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        largest = "" if classes == LARGEST_SEED else f" to {classes - 1}, the classes of the network"
        raise ValueError(f"{name} must be from 0{largest}, got {int(wrong[0])}")


def _checked_stage(stage: Stage, has_unlabelled: bool) -> Stage:
    name = stage.name
    if not isinstance(name, str):
        raise ValueError(f"the name of a stage must be a string, got {name!r}")
    blocks, unlabelled = (truth(f"{each} of stage {name!r}", getattr(stage, each)) for each in ("blocks", "unlabelled"))
    if unlabelled and not has_unlabelled:
        raise ValueError(f"stage {name!r} learns from pictures without a class, and must have them: give `unlabelled`")
    rate = real_number(f"rate of stage {name!r}", stage.rate, 0, LARGEST)
    if not rate:
        raise ValueError(f"rate of stage {name!r} must be positive, got 0")
    return stage._replace(
        epochs=whole_number(f"epochs of stage {name!r}", stage.epochs, 1, MOST_EPOCHS),
        views=whole_number(f"views of stage {name!r}", stage.views, 1, MOST_VIEWS),
        rate=rate,
        blocks=blocks,
        unlabelled=unlabelled,
    )
