"""examples/cluster.py: a task each, on a cluster as on one machine, also where a process is lost on the way."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kexue_widgets.fgan import DIVERGENCES
from kexue_widgets.fgan.ring import SETTINGS
from kexue_widgets.finetune import elpv

FOLDER = Path(__file__).parents[1] / "examples"
FEW = SETTINGS._replace(generator_steps=3, samples=200)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(FOLDER)  # which the processes of the cluster take over
    return importlib.import_module("cluster")


def test_every_task_is_done_once_though_a_process_dies(cluster: ModuleType, tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    tasks = [(name, seed, FEW) for name in list(DIVERGENCES)[:2] for seed in range(3)]
    ring, died = cluster.ring, tmp_path / "died"

    def dies_once(name: str, seed: int, settings: Any) -> dict[str, Any]:
        if (name, seed) == tasks[4][:2] and not died.exists():
            died.touch()
            os._exit(1)
        return ring(name, seed, settings)

    here = [ring(*task) for task in tasks]
    options = {"n_workers": 2, "processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as local:
        with Client(local) as client:
            before = set(client.run(os.getpid).values())
        there = cluster.spread(dies_once, tasks, local.scheduler_address)
        with Client(local) as client:
            client.wait_for_workers(2)
            after = set(client.run(os.getpid).values())
    assert died.exists()
    assert len(after - before) == 1
    assert there == here
    assert [(row["divergence"], row["seed"]) for row in there] == [task[:2] for task in tasks]


def test_a_run_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    for arguments in ([], ["rings"], ["ring", "tcp://127.0.0.1:1", "more"]):
        done = subprocess.run([sys.executable, FOLDER / "cluster.py", *arguments], capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.startswith("The book's long runs")
        assert "python examples/cluster.py ring" in done.stderr


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_run_is_done_by_its_command(elsewhere: bool) -> None:
    from distributed import LocalCluster

    # Of the run one task alone, which takes seconds
    code = (
        "import runpy, sys; sys.path.insert(0, sys.argv[1]); import cluster\n"
        "quick = next(each for each in cluster.settings() if each[0] == 'svd_vectors')\n"
        "cluster.RUNS['settings'] = (cluster.setting, lambda: [quick])\n"
        "sys.argv[:2] = [sys.argv[1] + '/cluster.py']; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    options = {"n_workers": 1, "processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as local:
        where = [local.scheduler_address] if elsewhere else []
        command = [sys.executable, "-c", code, FOLDER, "settings", *where]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("svd_vectors") == 1


def test_the_runs_are_those_of_the_chapters(cluster: ModuleType) -> None:
    rings, divisions, settings = (list(arguments()) for _, arguments in cluster.RUNS.values())
    assert rings == [(name, seed) for name in DIVERGENCES for seed in range(20)]
    assert len(divisions) == sum(seeds for seeds, _ in elpv.EXPERIMENTS.values())
    assert {name for name, _ in divisions} == {*elpv.EXPERIMENTS}
    # where each search of `benchmarks/wordvec.py` begins, and 12 + 13 + 9 + 14 + 8 settings one change away
    assert len(settings) == 5 + 56
    assert len({str(each) for each in settings}) == len(settings)
