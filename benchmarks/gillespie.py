"""Reactions per second, exact stochastic simulation: ours beside rebop, GillesPy2's C++ solver and COPASI.

The peers are no dependency of this project; one that is missing is skipped:
`pip install --group peers` (GillesPy2 also needs g++).

Every tool has a process of its own, pinned to one core, and simulates seven models with one thread. Before it is timed,
means and variances of all species at a check time must agree with ours. Then all tools run trajectories to the same
horizon, of 10^5 to 10^6 reactions each and as many as fill a block, and keep nothing but the last counts. Blocks take
turns, so that a slow moment of the machine hits everyone.

The clock is CPU time, of the process and of the programs it starts. What a call costs beside the reactions (a program's
start, a table for each trajectory) is measured with the same call to a millionth of the horizon, and taken off for every
tool; imports and compilers are in the table of first calls. Our reactions are counted one by one. The peers do not
report theirs: each of their trajectories counts as the mean number of ours, whose standard error is printed.

What a reaction costs should not grow with the network: rings of 10 to 1,000 reactions, with as many molecules in each,
are compared in the same way, but for two things. A block is one trajectory, long enough for its reactions to outweigh what
the call costs beside: a ring has as many a second at any time, and some tools take seconds to prepare a thousand (those
that take more than ten are left out: it would take minutes until their reactions outweighed that). In the check all places, which are alike, count as one. Then many trajectories at once, by wall time: on one thread, on two, and
through joblib on two processes of Dask and of Ray. Last, what it takes to come to the first trajectory.

Each part is kept when it is done; a run that was interrupted goes on with the next.

Usage: python benchmarks/gillespie.py [rounds]
"""

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from _simulators import MODELS, SIZES, TOOLS, Model, ours

BLOCK = 0.5  # seconds of CPU time
MOST_BESIDE = 10  # seconds of CPU time that a call may take beside its reactions: more could not be told from them
CHECKED, COUNTS = 1000, 20_000  # a peer's trajectories in the check, and counts of species in all of them, at most
MORE = 10  # times as many are ours
LIMIT = 5.0  # standard errors; the check looks at some 1,000 numbers, one in two million is further out by chance
PACKAGES = ("numba", "numpy", "joblib", "rebop", "gillespy2", "copasi-basico", "python-copasi", "distributed", "ray")
CODE = [f"kexue_widgets/gillespie/{each}.py" for each in ("kernels", "network", "simulation")]


@dataclass
class Comparison:
    """What one model has shown: the check of each tool, its reactions per second in each round, or why there are none."""

    deviations: dict[str, float] = field(default_factory=dict)
    rates: dict[str, list[float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


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


def filling(ask: Callable[..., Any], model: Model) -> tuple[float, int]:
    """The horizon, and how many trajectories to it fill a block; a RuntimeError where that would take too long."""
    if not model.is_ring:
        return model.horizon, max(1, round(BLOCK / ask(model.horizon, 1, 2)[2]))
    horizon, beside = model.horizon, ask(model.horizon / 1e6, 1, 2)[2]
    if beside > MOST_BESIDE:
        raise RuntimeError(f"a call takes {beside:.0f} s of CPU time beside its reactions")
    while (seconds := ask(horizon, 1, 2)[2] - beside) < max(BLOCK, beside) / 2:
        horizon *= 2 if seconds > BLOCK / 10 else 8
    return horizon, 1


def compare(model: Model, rounds: int) -> Comparison:
    """Check all tools against ours, then let blocks of trajectories take turns."""
    found = Comparison()
    checked = min(CHECKED, COUNTS // len(model.species))
    with ExitStack() as stack:
        asks: dict[str, Callable[..., Any]] = {}
        blocks: dict[str, tuple[float, int]] = {}
        reference = np.empty(0)
        for tool in TOOLS:
            try:
                ask = stack.enter_context(started(tool, model))
                counts, *_ = ask(model.check, MORE * checked if tool == "ours" else checked, 1)
                blocks[tool] = filling(ask, model)
            except (RuntimeError, EOFError) as error:
                if tool == "ours":
                    raise
                found.failures[tool] = str(error) or "its process has died"
                continue
            counts = counts.reshape(-1, 1) if model.is_ring else counts
            reference = counts if tool == "ours" else reference
            found.deviations[tool] = deviation(counts, reference)
            if found.deviations[tool] < LIMIT:
                asks[tool] = ask
        turns = []
        for seed in range(3, 3 + rounds):
            for tool, ask in asks.items():
                horizon, n = blocks[tool]
                _, events, seconds = ask(horizon, n, seed)
                _, _, beside = ask(horizon / 1e6, n, seed)
                turns.append((tool, events, seconds - beside))
    own = np.concatenate([events for _, events, _ in turns if events is not None]) / blocks["ours"][0]
    error = own.std() / len(own) ** 0.5 / own.mean()
    print(f"  {own.mean():.4g} reactions in a unit of time (standard error {error:.2%})")
    for tool, events, seconds in turns:
        horizon, n = blocks[tool]
        fired = horizon * n * own.mean() if events is None else events.sum()
        found.rates.setdefault(tool, []).append(fired / seconds)
    return found


def first_calls(tool: str, model: Model) -> list[float]:
    """CPU time from the start of Python to the first trajectory: with empty caches of numba, and once more."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NUMBA_CACHE_DIR"] = folder
        for _ in range(2):
            began = cpu_time()
            with started(tool, model) as ask:
                ask(model.check, 1, 1)
            seconds.append(cpu_time() - began)
        del os.environ["NUMBA_CACHE_DIR"]
    return seconds


def dask(stack: ExitStack) -> Callable[[], Any]:
    """What sends joblib's calls to two processes of Dask, for as long as the stack is open."""
    from distributed import Client, LocalCluster
    from joblib import parallel_config

    options = {"n_workers": 2, "processes": True, "threads_per_worker": 1, "dashboard_address": None}
    stack.enter_context(Client(stack.enter_context(LocalCluster(**options))))
    return lambda: parallel_config(backend="dask")


def ray(stack: ExitStack) -> Callable[[], Any]:
    """The same for Ray."""
    import ray
    from joblib import parallel_config
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    stack.callback(ray.shutdown)
    register_ray()
    return lambda: parallel_config(backend="ray")


def ensembles(models: Sequence[str], rounds: int) -> list[tuple[str, ...]]:
    """How many times as fast an ensemble is on two cores as on one thread, by wall time, and how many cores two threads got."""
    sides: dict[str, tuple[Callable[[], Any], int]] = {"one": (nullcontext, 1), "two threads": (nullcontext, 2)}
    rows: list[tuple[str, ...]] = []
    with ExitStack() as stack:
        for name, begin in (("Dask, two processes", dask), ("Ray, two processes", ray)):
            try:
                sides[name] = begin(stack), -1
            except Exception as error:  # whatever keeps a cluster from coming up
                print(f"{name} skipped: {type(error).__name__}: {error}")
        for name in models:
            model = MODELS[name]
            one = ours(model)
            one(model.horizon, 1, 1)  # compiles
            began = cpu_time()
            one(model.horizon, 32, 1)
            trajectories = max(256, round(2 * 32 / (cpu_time() - began)))  # for two seconds of one thread
            walls: dict[str, list[float]] = {side: [] for side in sides}
            cores: list[float] = []
            for seed in range(rounds + 1):
                for side, (where, n_jobs) in sides.items():
                    run = ours(model, n_jobs)
                    with where():
                        wall, cpu = time.perf_counter(), cpu_time()
                        run(model.horizon, trajectories, seed)
                        wall, cpu = time.perf_counter() - wall, cpu_time() - cpu
                    if seed:  # the first round warms up
                        walls[side].append(wall)
                        cores += [cpu / wall] if side == "two threads" else []
            for side in list(sides)[1:]:
                ratios = np.divide(walls["one"], walls[side])
                figures = (f"{each:.2f}" for each in (np.median(ratios), ratios.min(), ratios.max()))
                given = f"{np.median(cores):.2f}" if side == "two threads" else "-"
                rows.append((f"{name}, {side}", *figures, given))
    return rows


def ratio_row(name: str, rates: dict[str, list[float]]) -> tuple[str, ...]:
    """Ours over the best peer: median and range of the rounds, and which peer that is."""
    medians = {tool: np.median(each) for tool, each in rates.items() if tool != "ours"}
    if not medians:
        return (name, "-", "-", "-", "none")
    best = max(medians, key=medians.__getitem__)
    ratios = np.divide(rates["ours"], rates[best])
    return (name, *(f"{each:.2f}" for each in (np.median(ratios), ratios.min(), ratios.max())), best)


def compare_all(models: dict[str, Model], rounds: int) -> tuple[dict[str, Comparison], dict[str, dict[str, float]]]:
    """All of them, and the median rates."""
    found = {}
    for name, model in models.items():
        print(name, flush=True)
        found[name] = compare(model, rounds)
        for tool, reason in found[name].failures.items():
            print(f"  {tool} skipped: {reason}")
    return found, {name: {tool: float(np.median(r)) for tool, r in each.rates.items()} for name, each in found.items()}


def of_tools(name: str, figures: dict[str, float], form: str) -> tuple[str, ...]:
    """A row with a figure of each tool that has one."""
    return (name, *(format(figures[tool], form) if tool in figures else "-" for tool in TOOLS))


def main(rounds: int = 3) -> None:
    """Compare all models, then sizes, ensembles and first calls."""
    import _common  # here, as the tools' processes have no use for a browser

    versions = _common.versions(*PACKAGES)
    print(f"{_common.processor()}, {os.cpu_count()} cores; {versions}")
    show, heads = _common.print_table, ("", *TOOLS)
    ratio_heads, ratios = ("", "median", "lowest", "highest", "best peer"), ("median", "lowest", "highest")
    agreement = f"Largest deviation from our means and variances, in standard errors (to pass: {LIMIT:g})"

    def models() -> list[dict[str, Any]]:
        found, medians = compare_all(MODELS, rounds)
        title = "Exact simulation, one thread: how many times as fast as the best peer"
        beside = show(title, ratio_heads, [ratio_row(name, found[name].rates) for name in found], ratios)
        rows = [of_tools(name, {tool: each / 1e6 for tool, each in medians[name].items()}, ".3g") for name in found]
        rates = show("Million reactions a second, one thread", heads, rows)
        rows = [of_tools(name, found[name].deviations, ".1f") for name in found]
        return [beside, rates, show(agreement, heads, rows)]

    def rings() -> list[dict[str, Any]]:
        found, medians = compare_all({f"ring of {size:,} reactions": each for size, each in SIZES.items()}, rounds)
        rows = [of_tools(name, {tool: 1e9 / each for tool, each in medians[name].items()}, ".0f") for name in found]
        costs = show(
            f"What a reaction costs, nanoseconds (-: a call takes over {MOST_BESIDE} s beside them)", heads, rows
        )
        title = "Rings: how many times as fast as the best peer"
        beside = show(title, ratio_heads, [ratio_row(name, found[name].rates) for name in found], ratios)
        small, *_, large = medians.values()
        rows = [(tool, f"{small[tool] / large[tool]:.2f}") for tool in TOOLS if tool in small and tool in large]
        title = "What a reaction costs in the largest ring, as a multiple of the cost in the smallest (1 would be flat)"
        growth = show(title, ("", "ratio"), rows, ("ratio",))
        rows = [of_tools(name, found[name].deviations, ".1f") for name in found]
        return [costs, beside, growth, show(f"Rings: {agreement[0].lower()}{agreement[1:]}", heads, rows)]

    def many() -> list[dict[str, Any]]:
        title = "Many trajectories at once: how many times as fast as on one thread"
        rows = ensembles(("gene expression", "Vilar oscillator", "ring of 100"), rounds)
        return [show(title, ("", "median", "lowest", "highest", "cores given"), rows, ratios)]

    def beginnings() -> list[dict[str, Any]]:
        rows = []
        for name in ("gene expression", "Vilar oscillator"):
            times = {}
            for tool in TOOLS:
                with suppress(RuntimeError, EOFError):  # it is not there
                    times[tool] = first_calls(tool, MODELS[name])
            for place, cache in enumerate(("numba's caches empty", "again")):
                rows.append(of_tools(f"{name}, {cache}", {tool: each[place] for tool, each in times.items()}, ".1f"))
        return [show("First call in a fresh process, seconds of CPU time", heads, rows)]

    parts = {"models": models, "rings": rings, "many at once": many, "first calls": beginnings}
    _common.store_parts(__file__, parts, ["benchmarks/_simulators.py", *CODE], versions)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
