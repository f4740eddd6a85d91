"""How long the book takes to build: all of it with empty caches, and once more when nothing has changed.

Usage: python benchmarks/build.py [table of contents]; without one, of the whole book, and that is recorded.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _common import ROOT, print_table, store, versions


def seconds(toc: Path, folder: str) -> float:
    """Wall time of a build into a folder, whose caches are in it too."""
    environment = {**os.environ, "XDG_CACHE_HOME": f"{folder}/cache"}
    command = [sys.executable, "-m", "jupyter_book", "build", ".", "--quiet", "--toc", toc, "--path-output", folder]
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return time.monotonic() - began


def main(toc: str = "") -> None:
    """Build twice."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(toc or ROOT / "_toc.yml").resolve()
        cold, warm = seconds(path, folder), seconds(path, folder)
    rows = [("caches empty", f"{cold:.0f}"), ("nothing changed", f"{warm:.1f}")]
    table = print_table("Building the book, seconds", ("", "s"), rows)
    title = "How many times as long with empty caches"
    ratio = print_table(title, ("", "ratio"), [("caches empty", f"{cold / warm:.1f}")], ("ratio",))
    if not toc:
        code = ("_config.yml", "_toc.yml", "kexue_widgets/sphinx.py", "kexue_widgets/book/*.py")
        store(__file__, [ratio, table], code, versions("sphinx", "jupyter-book", "myst-nb", "torch"))


if __name__ == "__main__":
    main(*sys.argv[1:])
