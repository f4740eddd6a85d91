"""Reactions per second, exact stochastic simulation: ours beside rebop, GillesPy2's C++ solver and COPASI.

The peers are no dependency of this project; one that is missing is skipped:
`pip install --group simulators` (GillesPy2 also needs g++).

Every tool has a process of its own, pinned to one core, and simulates seven models with one thread. Before it is timed,
means and variances of all species at a check time must agree with ours. Then all tools run trajectories to the same
horizon, of 10^5 to 10^6 reactions each and as many as fill a block, and keep nothing but the last counts. Blocks take
turns, so that a slow moment of the machine hits everyone.

The clock is CPU time, of the process and of the programs it starts. What a call costs beside the reactions (a program's
start, a table for each trajectory) is measured with the same call to a millionth of the horizon, and taken off for every
tool; imports and compilers are in the table of first calls. Our reactions are counted one by one. The peers do not
report theirs: each of their trajectories counts as the mean number of ours, whose standard error is printed.
"""

import importlib.metadata
import multiprocessing
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from _simulators import MODELS, TOOLS, Model, ours

ROUNDS = 5
BLOCK = 1.0  # seconds of CPU time
CHECKED, REFERENCE = 1000, 20_000  # trajectories of a peer in the check, and of ours
LIMIT = 5.0  # standard errors; the check looks at some 1,000 numbers, one in two million is further out by chance
PACKAGES = ("kexue-widgets", "numba", "numpy", "rebop", "gillespy2", "copasi-basico", "python-copasi")


@dataclass
class Comparison:
    """What one model has shown: the check of each tool, its reactions per second in each round, or why there are none."""

    deviations: dict[str, float] = field(default_factory=dict)
    rates: dict[str, list[float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    events: np.ndarray = field(default_factory=lambda: np.empty(0))  # of each of our trajectories


def cpu_time() -> float:
    """Seconds of this process and of the programs that it has started and seen end."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def work(tool: str, model: Model, pipe: Connection) -> None:
    """What a tool's process does: prepare the model, then run whatever it is asked for, until it is asked for nothing."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        run = TOOLS[tool](model)
        pipe.send("ready")
        while order := pipe.recv():
            began = cpu_time()
            counts, events = run(*order)
            pipe.send((counts, events, cpu_time() - began))
    except Exception as error:  # whatever a peer raises is its result
        pipe.send(f"{type(error).__name__}: {error}")


@contextmanager
def started(tool: str, model: Model) -> Iterator[Callable[..., Any]]:
    """A fresh process for a tool: a function that sends it (horizon, n, seed) and gives counts, events and CPU time."""
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=work, args=(tool, model, other))
    process.start()
    other.close()  # so that a process that dies ends the wait for its answer

    def ask(*order: float) -> Any:
        if order:
            pipe.send(order)
        answer = pipe.recv()
        if isinstance(answer, str) and answer != "ready":
            raise RuntimeError(answer)
        return answer

    try:
        ask()
        yield ask
    finally:
        with suppress(BrokenPipeError):  # a process that failed has ended by itself
            pipe.send(None)
        process.join()


def deviation(counts: np.ndarray, reference: np.ndarray) -> float:
    """The largest difference of a mean or a variance from the reference's, in standard errors."""
    centred = reference - reference.mean(0)
    variance, fourth = (centred**2).mean(0), (centred**4).mean(0)
    gaps = np.concatenate([counts.mean(0) - reference.mean(0), counts.var(0) - variance])
    spreads = np.sqrt(np.concatenate([variance, fourth - variance**2]))
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = abs(gaps) / (spreads * np.sqrt(1 / len(counts) + 1 / len(reference)))
    return float(np.where(gaps == 0, 0, errors).max())


def compare(model: Model) -> Comparison:
    """Check all tools against ours, then let blocks of trajectories take turns."""
    found = Comparison()
    with ExitStack() as stack:
        asks: dict[str, Callable[..., Any]] = {}
        reference = np.empty(0)
        for tool in TOOLS:
            try:
                ask = stack.enter_context(started(tool, model))
                counts, *_ = ask(model.check, REFERENCE if tool == "ours" else CHECKED, 1)
            except (RuntimeError, EOFError) as error:
                if tool == "ours":
                    raise
                found.failures[tool] = str(error) or "its process has died"
                continue
            reference = counts if tool == "ours" else reference
            found.deviations[tool] = deviation(counts, reference)
            if found.deviations[tool] < LIMIT:
                asks[tool] = ask
        sizes = {tool: max(1, round(BLOCK / ask(model.horizon, 1, 2)[2])) for tool, ask in asks.items()}
        blocks = []
        for seed in range(3, 3 + ROUNDS):
            for tool, ask in asks.items():
                _, events, seconds = ask(model.horizon, sizes[tool], seed)
                _, _, beside = ask(model.horizon / 1e6, sizes[tool], seed)
                blocks.append((tool, events, seconds - beside))
    found.events = np.concatenate([events for _, events, _ in blocks if events is not None])
    for tool, events, seconds in blocks:
        fired = sizes[tool] * found.events.mean() if events is None else events.sum()
        found.rates.setdefault(tool, []).append(fired / seconds)
    return found


def first_calls(tool: str, model: Model) -> list[float]:
    """Seconds from the start of Python to the first trajectory: with empty caches of numba, and once more."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NUMBA_CACHE_DIR"] = folder
        for _ in range(2):
            began = time.perf_counter()
            with started(tool, model) as ask:
                ask(model.check, 1, 1)
                seconds.append(time.perf_counter() - began)
        del os.environ["NUMBA_CACHE_DIR"]
    return seconds


def two_threads(model: Model, rate: float) -> np.ndarray:
    """For each round (ROUNDS, 3): how many times as fast two threads are as one by wall time, how many cores the machine
    gave them, and how much of one thread's work they do in the same CPU time.
    """
    runs = [ours(model, threads) for threads in (1, 2)]
    events = runs[0](model.horizon, 8, 1)[1]
    assert events is not None
    trajectories = max(256, round(2 * BLOCK * rate / events.mean()))
    rows = []
    for seed in range(ROUNDS):
        walls, cpus = [], []
        for run in runs:
            wall, cpu = time.perf_counter(), cpu_time()
            run(model.horizon, trajectories, seed)
            walls.append(time.perf_counter() - wall)
            cpus.append(cpu_time() - cpu)
        rows.append((walls[0] / walls[1], cpus[1] / walls[1], cpus[0] / cpus[1]))
    return np.array(rows)


def machine() -> str:
    """Processor, cores, and the versions of all that takes part."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")] or [platform.processor()]
    installed = {
        each.metadata["Name"].lower().replace("_", "-"): each.version for each in importlib.metadata.distributions()
    }
    versions = [f"{name} {installed.get(name, 'missing: pip install ' + name)}" for name in PACKAGES]
    return f"{names[0]}, {os.cpu_count()} cores; Python {platform.python_version()}; {'; '.join(versions)}"


def main() -> None:
    """Compare all models, then time first calls and two threads."""
    from _common import print_table  # here, as the tools' processes have no use for a browser

    print(machine())
    found: dict[str, Comparison] = {}
    for name, model in MODELS.items():
        found[name] = each = compare(model)
        error = each.events.std() / len(each.events) ** 0.5 / each.events.mean()
        print(f"{name}: {each.events.mean():.0f} reactions a trajectory (standard error {error:.2%})", flush=True)
        for tool, reason in each.failures.items():
            print(f"  {tool} skipped: {reason}")
    heads = ("", *TOOLS)
    rows = [
        (name, *(f"{each.deviations[tool]:.1f}" if tool in each.deviations else "-" for tool in TOOLS))
        for name, each in found.items()
    ]
    print_table(f"Largest deviation from our means and variances, in standard errors (to pass: {LIMIT:g})", heads, rows)
    medians = {
        name: {tool: float(np.median(rates)) for tool, rates in each.rates.items()} for name, each in found.items()
    }
    rows = [
        (name, *(f"{each[tool] / 1e6:.3g}" if tool in each else "-" for tool in TOOLS))
        for name, each in medians.items()
    ]
    print_table(f"Million reactions a second, one thread, CPU time, median of {ROUNDS} blocks", heads, rows)
    print("\nours / best peer, median and range of the rounds (target: above 1, gene expression 1.5)")
    for name, rates in medians.items():
        peers = [tool for tool in rates if tool != "ours"]
        if best := max(peers, key=rates.__getitem__, default=None):
            ratios = np.divide(found[name].rates["ours"], found[name].rates[best])
            print(f"  {name}: {np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f}), {best}")
    rows = []
    for name in ("gene expression", "Vilar oscillator"):
        tools = list(medians[name])
        seconds = np.median([[first_calls(tool, MODELS[name]) for tool in tools] for _ in range(3)], axis=0)
        for cache, column in zip(("numba's caches empty", "again"), seconds.T, strict=True):
            times = dict(zip(tools, column, strict=True))
            rows.append((f"{name}, {cache}", *(f"{times[tool]:.1f}" if tool in times else "-" for tool in TOOLS)))
    print_table("First call in a fresh process, seconds of wall time, median of 3", heads, rows)
    print("\nours, two threads against one, wall time, median and range (target: 1.8)")
    for name in ("gene expression", "Vilar oscillator", "ring of 100"):
        rounds = two_threads(MODELS[name], medians[name]["ours"])
        (speedup, cores, share), (low, *_), (high, *_) = np.median(rounds, axis=0), rounds.min(0), rounds.max(0)
        given = f"given {cores:.2f} cores, {share:.0%} of one thread's work in the same CPU time"
        print(f"  {name}: {speedup:.2f} ({low:.2f} to {high:.2f}), {given}")


if __name__ == "__main__":
    main()
