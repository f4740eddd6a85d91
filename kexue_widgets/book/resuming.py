"""Of two builds at once in one folder the second waits for the first; one that was ended in the middle is taken up again."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout
from sphinx.application import Sphinx
from sphinx.config import Config

from .execution import say


def locked(doctrees: Path, place: Path) -> FileLock:
    """The lock of a build, taken when no other one writes to the place, nor a process that a killed one has left behind."""
    doctrees.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{doctrees}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        say(f"Another build writes to {place}: this one waits for it.")
        lock.acquire()
    return lock


def wait(app: Sphinx, config: Config) -> None:
    """Wait until no other build writes here."""
    lock = locked(Path(app.doctreedir), Path(app.outdir))
    app.connect(
        "build-finished", lambda app, exception: lock.release(), priority=1000
    )  # after all that is still written


def write_again(app: Sphinx) -> None:
    """Pages of a build that was ended in the middle may be half there: all are written again."""
    if unfinished(app).exists():
        for page in Path(app.outdir).rglob("*.html"):
            page.unlink()
    unfinished(app).touch()


def finished(app: Sphinx, exception: Exception | None) -> None:
    """The pages are whole."""
    if exception is None:
        unfinished(app).unlink()


def unfinished(app: Sphinx) -> Path:
    """A file that is there while pages are written."""
    return Path(app.doctreedir, "unfinished")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("config-inited", wait, priority=100)  # before anything is read
    app.connect("builder-inited", write_again)
    app.connect("build-finished", finished, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
