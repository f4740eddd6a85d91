"""What a build of the book costs: with empty caches, with nothing changed, and with one small change of each kind.

All of it happens in a copy of the tracked files, with caches of its own. The first row is the processor's time of everything
that a build starts; the second is what one waits for.

Usage: python benchmarks/build.py
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _common import ROOT, print_table, store, versions
from run import command

STATIC = "kexue_widgets/static"
# A file, what stands in it, and what becomes of that.
CHANGES = {
    "a word of a chapter": ("book/dropout.ipynb", "Toss a coin", "Throw a coin"),
    "a comment in a chapter's module": ("kexue_widgets/dropout.py", "\n\n\n", "\n\n\n# A comment.\n"),
    "a word of a catalogue": ("book/locale/zh_CN/LC_MESSAGES/book/dropout.po", "两种理解没有区别", "两种理解没有分别"),
}


def copy(folder: Path) -> None:
    """Put the tracked files, and what npm has made of them, into a folder."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / STATIC, folder / STATIC)


def build(folder: Path) -> tuple[float, float]:
    """Seconds of the processor, and of the clock."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / ".cache"), "PYTHONPATH": str(folder)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command("book"), cwd=folder, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began


def main() -> None:
    """Build, change, build again."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        copy(folder)
        found = {"caches empty": build(folder), "nothing changed": build(folder)}
        for name, (file, old, new) in CHANGES.items():
            path = folder / file
            text = path.read_text("utf-8")
            if old not in text:
                sys.exit(f"{file} has no {old!r} that this script could change.")
            path.write_text(text.replace(old, new, 1), "utf-8")
            found[name] = build(folder)
    cold = found["caches empty"][0]
    rows = [(name, f"{cpu:.1f}", f"{wall:.1f}") for name, (cpu, wall) in found.items()]
    table = print_table("Building the book, seconds", ("", "processor", "clock"), rows)
    shares = [(name, f"{cold / cpu:.1f}") for name, (cpu, _) in found.items() if cpu != cold]
    ratio = print_table("Processor's time with empty caches, as a multiple", ("", "ratio"), shares, ("ratio",))
    code = ("_config.yml", "_toc.yml", "kexue_widgets/sphinx.py", "kexue_widgets/book/*.py")
    store(__file__, [ratio, table], code, versions("sphinx", "jupyter-book", "myst-nb", "torch"))


if __name__ == "__main__":
    main()
