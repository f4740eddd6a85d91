"""The book's long runs on many machines, through joblib: a task each, and the same numbers as on one machine.

    python examples/cluster.py ring                          f-GANs on the ring: every divergence, SEEDS seeds
    python examples/cluster.py divisions                     fine-tuning: every experiment in every division of the photos
    python examples/cluster.py settings                      word vectors: every method, one setting changed at a time

on the cores of this machine, or on those of a Dask scheduler, if its address is added:

    python examples/cluster.py ring tcp://192.0.2.1:8786

Each machine needs this checkout, installed in the same versions, with the group `test` of `pyproject.toml`, which has Dask and
gensim. A task that was lost with its machine is done again on another one; what tasks find goes into a table that is printed. The chapters' own files are written by the commands that they name.
Ensembles of trajectories need no script: `simulate` runs where joblib is told to, see the chapter on Gillespie simulation.
"""

import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import torch

import kexue_widgets
from kexue_widgets.fgan import DIVERGENCES
from kexue_widgets.fgan.ring import SETTINGS, Settings, quality, train

SEEDS = 20
BENCHMARKS = Path(kexue_widgets.__file__).parents[1] / "benchmarks"  # of the checkout on each machine
Row = dict[str, Any]


def ring(name: str, seed: int, settings: Settings = SETTINGS) -> Row:
    """A GAN with this divergence: how many of eight modes it covers, and the share of good samples."""
    torch.set_num_threads(1)  # as many would add in another order
    (samples,) = train(DIVERGENCES[name], settings._replace(seeds=(seed,)))
    modes, good = quality(samples, settings.deviation) if samples.isfinite().all() else (None, None)
    return {"divergence": name, "seed": seed, "modes": modes, "good": good}


@cache
def cells() -> Any:
    """The photos and what the trunk makes of them, once in each process."""
    from kexue_widgets.finetune.elpv import CellDataset

    return CellDataset()


def divisions() -> list[tuple[str, int]]:
    """Every experiment, with the seeds that the chapter has."""
    from kexue_widgets.finetune.elpv import EXPERIMENTS

    return [(name, seed) for name, (seeds, _) in EXPERIMENTS.items() for seed in range(seeds)]


def division(name: str, seed: int) -> Row:
    """An experiment in one division of the photos."""
    from kexue_widgets.finetune import elpv

    torch.set_num_threads(1)
    found = elpv.EXPERIMENTS[name][1](cells(), seed)
    return {"experiment": name, "seed": seed, **{key: each for key, each in found.items() if isinstance(each, float)}}


@cache
def words() -> tuple[Any, Any]:
    """The text of `benchmarks/wordvec.py`, and that module, once in each process."""
    sys.path.insert(0, str(BENCHMARKS))
    import wordvec

    return wordvec.english(), wordvec


def settings() -> list[tuple[str, dict[str, float]]]:
    """Every method with the setting that its search begins with, and those one change from it."""
    _, wordvec = words()
    return [(name, each) for name, method in wordvec.METHODS.items() for each in method.beside_first()]


def setting(name: str, setting: dict[str, float]) -> Row:
    """Word vectors by one method with one setting: agreement on both halves of the test sets."""
    torch.set_num_threads(1)
    texts, wordvec = words()
    vectors = wordvec.METHODS[name].make(texts, wordvec.SETTINGS, **setting).variants()["w"]
    scores = {half: wordvec.scores(wordvec.answers(vectors, wordvec.half(half)))["mean"] for half in wordvec.HALVES}
    return {"method": name, "setting": wordvec.name_of(setting), **scores}


RUNS: dict[str, tuple[Callable[..., Row], Callable[[], Iterable[tuple[Any, ...]]]]] = {
    "ring": (ring, lambda: [(name, seed) for name in DIVERGENCES for seed in range(SEEDS)]),
    "divisions": (division, divisions),
    "settings": (setting, settings),
}


def spread(task: Callable[..., Row], arguments: Iterable[tuple[Any, ...]], where: str = "") -> list[Row]:
    """What a task finds with each of its arguments, in their order: here, or where the address says."""
    with ExitStack() as stack:
        if where:
            from distributed import Client

            client = stack.enter_context(Client(where))
            client.upload_file(__file__)
            stack.enter_context(joblib.parallel_config(backend="dask"))
        return joblib.Parallel(n_jobs=-1)(joblib.delayed(task)(*each) for each in arguments)


def main(name: str, where: str = "") -> None:
    """Make a run, and print its table."""
    import pandas as pd

    task, arguments = RUNS[name]
    print(pd.DataFrame(spread(task, arguments(), where)).to_string(index=False))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in RUNS:
        sys.exit(__doc__)
    import cluster  # by this name other processes find what they are to do, and keep what they have read

    cluster.main(*sys.argv[1:])
