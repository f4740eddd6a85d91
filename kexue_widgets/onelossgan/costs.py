"""What a round of training costs, as `python benchmarks/onelossgan.py` measured it and wrote it down for the chapter."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "book" / "data" / "onelossgan.json"
PACKAGE = ("digits.py", "losses.py", "rounds.py")
CODE = (*(f"kexue_widgets/onelossgan/{name}" for name in PACKAGE), "benchmarks/onelossgan.py")


def code_hash() -> str:
    """SHA-256 of the source that the results depend on: what is measured, and what measures it."""
    return hashlib.sha256("".join((ROOT / name).read_text("utf-8") for name in CODE).encode()).hexdigest()


def fresh(path: Path | str = RESULTS) -> bool:
    """Whether the file was written by the code as it is now."""
    return json.loads(Path(path).read_text())["code"] == code_hash()


def rounds(path: Path | str = RESULTS) -> pandas.DataFrame:
    """One row for each kind of round and pair of networks.

    Columns: `ms`, a round's time (median); `faster`, how many times faster than the usual round of the same turn
    (median, with the quartiles `faster_low` and `faster_high`); `GFLOP`, its arithmetic; `MiB`, its peak of memory
    beyond what is there between rounds; `memory`, the same as a multiple of the usual round's.

    Warns if the code has changed since the file was written.
    """
    return _table("rounds", path).set_index(["round", "networks"])


def quality(path: Path | str = RESULTS) -> pandas.DataFrame:
    """One row for each kind of round and seed: `steps` and `seconds` until a GAN for digits is as good as the mark.

    Warns if the code has changed since the file was written.
    """
    return _table("quality", path).set_index(["round", "seed"])


def _table(name: str, path: Path | str) -> pandas.DataFrame:
    import pandas

    if not fresh(path):
        warnings.warn(f"{path} is older than the code; python benchmarks/onelossgan.py writes it afresh", stacklevel=3)
    return pandas.DataFrame(json.loads(Path(path).read_text())[name])
