"""What a round of training costs, as `python benchmarks/onelossgan.py` measured it and wrote it down for the chapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results import StoredResults

if TYPE_CHECKING:
    import pandas

PARTS = ("fgan/training.py", *(f"onelossgan/{each}.py" for each in ("digits", "losses", "rounds")))
RESULTS = StoredResults(
    "onelossgan.json",
    "python benchmarks/onelossgan.py",
    (*(f"kexue_widgets/{each}" for each in PARTS), "benchmarks/onelossgan.py"),
)
is_current = RESULTS.is_current


def rounds() -> pandas.DataFrame:
    """One row for each kind of round and pair of networks.

    Columns: `ms`, a round's time (median); `faster`, how many times faster than the usual round of the same repetition
    (median, with the quartiles `faster_low` and `faster_high`); `GFLOP`, its arithmetic; `MiB`, its peak of memory
    beyond what is there between rounds; `memory`, the same as a multiple of the usual round's.

    Warns if the code has changed since the file was written.
    """
    import pandas

    return pandas.DataFrame(RESULTS.read()["rounds"]).set_index(["round", "networks"])


def quality() -> pandas.DataFrame:
    """One row for each kind of round and seed: `steps` and `seconds` until a GAN for digits is as good as the mark.

    Warns if the code has changed since the file was written.
    """
    import pandas

    return pandas.DataFrame(RESULTS.read()["quality"]).set_index(["round", "seed"])
