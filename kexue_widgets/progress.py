"""How many graphs are made while a book is built: its kernels note them in a file, and the build reads it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from . import BOOK

WANTED, MADE = b"+", b"."  # a sign for each graph that an explorer needs, and one for each that has been made


def progress_file(folder: Path | str) -> Path:
    """The file of notes for a folder of graphs."""
    return Path(folder) / "progress"


def note(sign: bytes, count: int = 1) -> None:
    """Note graphs, if a build waits for them."""
    if folder := os.environ.get(BOOK):
        with suppress(FileNotFoundError):
            file = os.open(progress_file(folder), os.O_WRONLY | os.O_APPEND)  # one call: kernels do not mix their notes
            os.write(file, sign * count)
            os.close(file)


def noted(path: Path) -> tuple[int, int]:
    """How many graphs have been made, of how many."""
    signs = path.read_bytes() if path.exists() else b""
    return signs.count(MADE), signs.count(WANTED)
