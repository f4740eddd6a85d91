"""Where an interrupted training goes on: files that hold the network of the last epoch, and beside it the best one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..cache import whole_file


def place(name: str, path: Any) -> Path:
    """The path of a file that can be written.

    Raises:
        ValueError: it is no path, or nothing can be written there, for want of the folder or because it is one, or a pipe
            or device; the text says `name`.
    """
    if not isinstance(path, Path | str) or not str(path) or "\0" in str(path):
        raise ValueError(f"{name} must be the path of a file, got {path!r}")
    path = Path(path)
    try:
        os.fsencode(path)
        folder, there, known = path.is_dir(), path.exists() and not path.is_file(), path.parent.is_dir()
    except (OSError, ValueError) as error:  # a name that is too long, or none in this system's letters
        raise ValueError(f"{name} must be a file that can be written, got {str(path)!a}: {error}") from error
    if folder or there or not known:
        why = (
            "is a folder"
            if folder
            else "is no regular file"
            if there
            else f"is in no folder: {path.parent} does not exist"
        )
        raise ValueError(f"{name} must be a file that can be written, {path} {why}")
    return path


def place_of_checkpoint(path: Any) -> Path:
    """The path of a checkpoint, beside which its best network can be written.

    Raises:
        ValueError: no file can be written there or beside it, or the file beside it is no such network.
    """
    path = place("checkpoint", path)
    if place("the best network of checkpoint", best_checkpoint(path)).exists():
        best(path)  # another's would be overwritten, and damage be found when training is over
    return path


def best_checkpoint(checkpoint: Path | str) -> Path:
    """Where the network with the highest validation accuracy is kept, beside the checkpoint."""
    if not isinstance(checkpoint, Path | str) or not Path(checkpoint).name:
        raise ValueError(f"checkpoint must be the path of a file, got {checkpoint!r}")
    path = Path(checkpoint)
    return path.with_name(f"{path.name}.best")


def save(path: Path, content: Any) -> None:
    """Write a file whole or not at all: an interruption leaves the one that was there."""
    with whole_file(path) as file:
        torch.save(content, file)


def saved(checkpoint: Path, identity: str) -> dict[str, Any] | None:
    """What the checkpoint holds, or None if there is none.

    Raises:
        ValueError: it was made with other settings or other data, is no whole file, or has lost its best file.
    """
    if not checkpoint.exists():
        return None
    try:
        content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception as error:  # torch passes on whatever it stumbles over
        raise ValueError(
            f"checkpoint must be a whole file, {checkpoint} is none: without it, training starts anew"
        ) from error
    if not isinstance(content, dict) or content.get("identity") != identity:
        raise ValueError(f"checkpoint must come from the same settings and data, {checkpoint} does not")
    if not best_checkpoint(checkpoint).exists():
        raise ValueError(
            f"checkpoint must have its best network beside it, {best_checkpoint(checkpoint)} is gone: "
            f"without {checkpoint}, too, training starts anew"
        )
    return content


def best(checkpoint: Path) -> tuple[dict[str, Tensor], float]:
    """The best network beside a checkpoint, and its alpha.

    Raises:
        ValueError: the file is none that training has written.
    """
    path = best_checkpoint(checkpoint)
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
        return kept["network"], kept["alpha"]
    except Exception as error:  # torch passes on whatever it stumbles over
        raise ValueError(
            f"checkpoint must have its best network beside it, {path} is none: without it and {checkpoint}, training "
            "starts anew"
        ) from error


def identity(settings: Any, *tensors: Tensor) -> str:
    """A hash of what a training depends on."""
    digest = hashlib.sha256(repr(settings).encode())
    for each in tensors:
        digest.update(each.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
