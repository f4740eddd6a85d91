"""How chapters are executed while a book is built: what is running is said, and what failed is told last.

myst-nb executes notebooks with nbclient, in several processes. In each, `execute` stands in for nbclient's own function.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import jupyter_cache.executors.utils
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from traitlets.config import Config

from .. import BOOK
from ..progress import noted, progress_file

WIDTH = 40  # of a bar

# Kernels talk over an encrypted line, where they can; otherwise each warns that it does not.
SETTINGS = Config({"KernelManager": {"transport_encryption": "auto"}})

_failure: Path | None = None  # where to note that the chapter being read has failed


def say(words: str, end: str = "\n") -> None:
    """Tell whoever waits for the book, at once, and from the processes that Sphinx keeps quiet, too."""
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""  # of the bar that may stand there
    print(f"{clear}{words}", file=sys.stderr, flush=True, end=end)  # noqa: T201


def execute(notebook: NotebookNode, cwd: str | None = None, **settings: Any) -> NotebookNode:
    """Execute a chapter, with a line each minute that says where it is, and one when it is finished.

    Raises:
        CellExecutionError: a cell failed, or could not show what it returned, or its kernel died.
    """
    name = unquote(_failure.name) if _failure else "notebook"
    count = sum(cell.cell_type == "code" for cell in notebook.cells)
    place = 0  # of the cell at work, among those with code
    began = time.monotonic()

    def next_cell(cell: NotebookNode, cell_index: int) -> None:
        nonlocal place
        place = sum(each.cell_type == "code" for each in notebook.cells[: cell_index + 1])

    def minutes() -> None:
        say(f"{name}: at cell {place} of {count} after {(time.monotonic() - began) / 60:.0f} min")

    settings |= {"config": SETTINGS, "on_cell_start": next_cell}
    try:
        with every(60, minutes):
            NotebookClient(notebook, resources={"metadata": {"path": cwd}}, **settings).execute()
    except Exception as error:  # a kernel that dies is not the notebook's own error, but its chapter's all the same
        failed = error if isinstance(error, CellExecutionError) else as_failure(error)
        if _failure:
            _failure.parent.mkdir(parents=True, exist_ok=True)
            _failure.write_text(f"{name}, cell {place} of {count}: {in_words(failed)}\n", "utf-8")
        raise failed from error
    say(f"{name}: executed in {time.monotonic() - began:.0f} s")
    return notebook


def as_failure(error: Exception) -> CellExecutionError:
    """What myst-nb takes for the failure of one chapter; anything else ends the build of all."""
    words = str(error)
    return CellExecutionError(words, type(error).__name__, words)


def in_words(error: CellExecutionError) -> str:
    """The error itself, which IPython does not always name apart from its traceback."""
    if error.ename != "NoneType":
        return f"{error.ename}: {error.evalue}"
    return re.sub(r"\x1b\[[\d;]*m", "", error.traceback).strip().splitlines()[-1]


@contextmanager
def every(seconds: float, call: Callable[[], None]) -> Iterator[None]:
    """Call a function again and again, on a thread of its own, until the block ends."""
    over = threading.Event()

    def wait() -> None:
        while not over.wait(seconds):
            call()

    threading.Thread(target=wait, daemon=True).start()
    try:
        yield
    finally:
        over.set()


class GraphsWatch:
    """Tells how many graphs the kernels have made: a bar on a terminal, plain lines in a log."""

    def __init__(self) -> None:
        self._path = progress_file(os.environ[BOOK])  # as kernels find it
        self._told = 0
        self._running = ExitStack()

    def begin(self, *_: Any) -> None:
        """From now on kernels may note what they make."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(b"")
        self._running.enter_context(every(0.2 if sys.stderr.isatty() else 10, self.tell))

    def end(self, *_: Any) -> None:
        """Tell the last number; a second time, nothing happens."""
        self._running.close()
        self.tell()
        self._path.unlink(missing_ok=True)

    def tell(self) -> None:
        """Tell the number, if it has grown."""
        made, wanted = noted(self._path)
        if made > self._told:
            self._told = made
            words = f"graph {made} of {wanted} so far"
            bar = f"[{'#' * (WIDTH * made // wanted):.<{WIDTH}}]"
            if sys.stderr.isatty():
                say(f"{words} {bar}", end="" if made < wanted else "\n")
            else:
                say(words)


def watch_graphs(app: Sphinx) -> None:
    """Tell of graphs while chapters are read; other editions execute none."""
    if app.config.kexue_root == ".":
        watch = GraphsWatch()
        app.connect("env-before-read-docs", watch.begin)
        app.connect("env-updated", watch.end)
        app.connect("build-finished", watch.end)  # where reading has failed


def failures(app: Sphinx) -> Path:
    """The folder with a note for each chapter that has failed since it was last executed whole."""
    return Path(app.doctreedir, "failures")


def reading(app: Sphinx, docname: str, source: list[str]) -> None:
    """Know which chapter is executed next in this process."""
    global _failure
    _failure = failures(app) / quote(docname, safe="")
    _failure.unlink(missing_ok=True)


def try_again(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Chapters that failed are executed again, though nothing in them has changed."""
    for docname in removed:
        (failures(app) / quote(docname, safe="")).unlink(missing_ok=True)
    return [unquote(path.name) for path in failures(app).glob("*") if unquote(path.name) in env.found_docs]


def tell_failures(app: Sphinx, exception: Exception | None) -> None:
    """Name the chapters that failed, as the last words of the build."""
    notes = sorted(path.read_text("utf-8") for path in failures(app).glob("*"))
    if notes and multiprocessing.parent_process() is None:  # other editions fail for the same reasons
        atexit.register(say, "\nNot executed to the end:\n" + "".join(notes))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.setup_extension("kexue_widgets.sphinx")
    jupyter_cache.executors.utils.executenb = execute
    app.connect("source-read", reading)
    app.connect("env-get-outdated", try_again)
    app.connect("builder-inited", watch_graphs)
    app.connect("build-finished", tell_failures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
