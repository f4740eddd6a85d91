"""Exact trajectories of a reaction network, many at once, on all cores or, through joblib, on a cluster."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, overload

import numpy as np

from ..checks import whole_number
from . import kernels
from .network import Counts, ReactionNetwork, grid
from .results import Paths, Samples

STREAMS = 256  # random streams at most: their number follows from n alone, so that results do not depend on the cores

ROOM = 2**29  # numbers of 8 bytes that a result may hold
MOST_JOBS = 10_000
PATIENCE = 10  # seconds that loops which have been told to stop are waited for
NEVER = np.finfo(float).max  # later than every reaction that happens, earlier than infinity


@overload
def simulate(
    network: ReactionNetwork, x0: Counts, *, times: Any, n: int = 1, seed: int = 0, n_jobs: int = -1
) -> Samples: ...


@overload
def simulate(
    network: ReactionNetwork,
    x0: Counts,
    *,
    t_end: float | None = None,
    events: int | None = None,
    n: int = 1,
    seed: int = 0,
    n_jobs: int = -1,
    limit: int = 10**8,
) -> Paths: ...


def simulate(
    network: ReactionNetwork,
    x0: Counts,
    *,
    times: Any = None,
    t_end: float | None = None,
    events: int | None = None,
    n: int = 1,
    seed: int = 0,
    n_jobs: int = -1,
    limit: int = 10**8,
) -> Samples | Paths:
    """Trajectories of the network from x0 at time 0, by the direct method (Gillespie 1977, J. Phys. Chem. 81:2340).

    Exactly one of `times`, `t_end` and `events` says how far they run, and what is kept of them. Where nothing can
    react any more, a trajectory stays as it is. The same seed gives the same result on any number of cores. If it is
    interrupted (Ctrl-C, or a notebook's stop button), the trajectories that are done are the result, with a warning.

    Args:
        network: the reactions.
        x0: initial counts, {species: count} or S numbers.
        times: keep the counts at these T increasing times; memory does not grow with the number of events.
        t_end: keep every event up to this time.
        events: keep this many events, fewer if nothing can react any more.
        n: the number of independent trajectories.
        seed: a whole number, not negative.
        n_jobs: cores to use, as joblib counts them: -1 is all. Threads here; inside `joblib.parallel_config` whatever
            backend it names, such as Dask or Ray.
        limit: how many reactions a trajectory may have.

    Returns:
        `Samples` for `times`, else `Paths`.

    Raises:
        ValueError: an argument that is none of this.
        OverflowError: a count would exceed 2^53 - 1, the counts explode in finite time, a trajectory has more than `limit`
            reactions, or more would be kept than the 4 GiB that a result may take.
    """
    if not isinstance(network, ReactionNetwork):
        raise ValueError(f"network must be a ReactionNetwork, got {type(network).__name__}")
    counts = network.counts(x0)
    given = [name for name, value in (("times", times), ("t_end", t_end), ("events", events)) if value is not None]
    if len(given) != 1:
        raise ValueError(f"exactly one of times, t_end and events is needed, got {', '.join(given) or 'none'}")
    whole_number("n", n, 1)
    whole_number("seed", seed, 0)
    whole_number("limit", limit, 1)
    limit = min(limit, 2**62)  # as many as a loop can count
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int | np.integer) or not n_jobs or abs(n_jobs) > MOST_JOBS:
        raise ValueError(f"n_jobs must be a whole number other than 0, at most {MOST_JOBS}, got {n_jobs!r}")
    prepared = _prepared(network)  # once: of a large network it takes longer than a trajectory
    numbers = len(counts) + 1  # kept for each event: its time, and the counts after it
    if times is not None:
        at = grid(times)
        _room(f"{n} trajectories at {len(at)} times", n * len(at) * len(counts))
        streams, sizes = _streams(n, seed)
        looks = [(network, prepared, counts, at, *each, limit) for each in zip(sizes, streams, strict=True)]
        states, fired = (np.concatenate(each) for each in zip(*_run(_sample, looks, n_jobs), strict=True))
        if not len(states):
            raise KeyboardInterrupt
        return Samples(network, at, states, fired)
    if events is not None:
        whole_number("events", events, 0)
        _room(f"{n} trajectories with {events} events", n * (events + 1) * numbers)
    elif isinstance(t_end, bool) or not (isinstance(t_end, (int, float, np.number)) and 0 <= t_end < np.inf):
        raise ValueError(f"t_end must be a number, finite and not negative, got {t_end!r}")
    _room(f"{n} trajectories", n * numbers)
    streams, sizes = _streams(n, seed)
    stop = NEVER if t_end is None else float(t_end)
    room = ROOM // numbers // len(streams)
    tasks = [(network, prepared, counts, stop, events, *each, limit, room) for each in zip(sizes, streams, strict=True)]
    paths = [path for part in _run(_record, tasks, n_jobs) for path in part]
    if not paths:
        raise KeyboardInterrupt
    lengths = [len(path[0]) for path in paths]
    return Paths(
        network,
        np.concatenate([path[0] for path in paths]),
        np.concatenate([path[1] for path in paths]),
        np.concatenate([[0], np.cumsum(lengths)]),
        np.array([path[2] for path in paths], dtype=float),
    )


def _streams(n: int, seed: int) -> tuple[list[np.random.SeedSequence], list[int]]:
    """Random streams, and how many trajectories each of them is for."""
    streams = np.random.SeedSequence(seed).spawn(min(n, STREAMS))
    return streams, [n // len(streams) + (index < n % len(streams)) for index in range(len(streams))]


def _room(what: str, numbers: int) -> None:
    if numbers > ROOM:
        raise OverflowError(f"{what} are {8 * numbers:.2g} bytes, more than the {8 * ROOM:.2g} that a result may take")


def _run(work: Callable[..., Any], tasks: list[tuple[Any, ...]], n_jobs: int) -> list[Any]:
    """The tasks' results in order, with a progress bar if they take more than a moment; what is done if interrupted."""
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend
    from tqdm.auto import tqdm

    kernels.kernel(tasks[0][0])  # compiled once, before threads ask for it
    halt = np.zeros(1, np.int64)
    notes = _Notes()
    found = notes.found
    calls = (delayed(_noted)(notes, index, work, *task, halt) for index, task in enumerate(tasks))
    backend, _ = get_active_backend(prefer="threads")
    handed = "generator" if backend.supports_return_generator else "list"  # all at the end: Ray's cannot do otherwise
    running = Parallel(n_jobs=n_jobs, prefer="threads", return_as=handed)(calls)
    try:
        for index, part in enumerate(tqdm(running, total=len(tasks), delay=5, leave=False)):
            found[index] = part
    except KeyboardInterrupt:
        halt[0] = 1  # which the loops look at: they stop, and hand back how far they came
        with suppress(Exception):
            running.close()
        deadline = time.monotonic() + PATIENCE
        while not notes.begun <= found.keys() and time.monotonic() < deadline:
            time.sleep(0.01)
        warnings.warn("interrupted: what had been simulated by then is kept", stacklevel=3)
        if not found:
            raise
    return [found[index] for index in sorted(found)]


class _Notes:
    """What has begun and what has been found, noted by tasks that run in threads of this process; elsewhere they have none."""

    def __init__(self) -> None:
        self.begun: set[int] = set()
        self.found: dict[int, Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _Notes, ()  # or each task would carry the results of those before it to its machine


def _noted(notes: _Notes, index: int, work: Callable[..., Any], *task: Any) -> Any:
    notes.begun.add(index)
    notes.found[index] = result = work(*_writable(task))
    return result


def _writable(given: Any) -> Any:
    """The same with a copy of each array that cannot be written to, as Ray hands them over: the loops are compiled for others."""
    if isinstance(given, tuple):
        return tuple(map(_writable, given))
    return given.copy() if isinstance(given, np.ndarray) and not given.flags.writeable else given


def _prepared(network: ReactionNetwork) -> tuple[Any, ...]:
    """What all loops take beside the state and random numbers: rates, tables, room for the tree, the largest gains (S,)."""
    gains = network.stoichiometry[network.rates > 0].max(0, initial=0).astype(float)
    rates, tables = kernels.scaled_rates(network), kernels.tables_of(network)
    return rates, tables, 2 * kernels.leaves(len(rates)), gains


def _random(stream: np.random.SeedSequence) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(stream))


def _sample(
    network: ReactionNetwork,
    prepared: tuple[Any, ...],
    x0: np.ndarray,
    times: np.ndarray,
    size: int,
    stream: np.random.SeedSequence,
    limit: int,
    halt: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """`size` trajectories at `times`, fewer if halted: counts (size, T, S) and events (size,)."""
    (rates, tables, tree, gains), rng = prepared, _random(stream)
    states = np.empty((size, len(times), len(x0)), np.int64)
    fired = np.zeros(size, np.int64)
    fire = kernels.kernel(network)
    done, status = kernels.sample(
        fire, x0.astype(float), times, gains, rates, tables, tree, rng, states, fired, limit, halt
    )
    kernels.check(status, limit)
    return states[:done], fired[:done]


def _record(
    network: ReactionNetwork,
    prepared: tuple[Any, ...],
    x0: np.ndarray,
    stop: float,
    events: int | None,
    size: int,
    stream: np.random.SeedSequence,
    limit: int,
    most: int,
    halt: np.ndarray,
) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """`size` trajectories with every event: times (1 + events,), counts (1 + events, S), and where each ends.

    No more than `most` events are kept of all of them. If halted, the last trajectory ends there, and no more begin.
    """
    (rates, tables, tree, gains), rng = prepared, _random(stream)
    fire, paths, kept = kernels.kernel(network), [], 0
    for _ in range(size):
        counts, work, clock, left = x0.astype(float), np.empty(tree), -1.0, events
        times, states, fired = [np.zeros(1)], [x0[None]], 0
        while clock <= stop and left != 0 and not halt[0]:
            room = kernels.BATCH if left is None else min(left, kernels.BATCH)
            at, after = np.empty(room), np.empty((room, len(x0)), np.int64)
            clock, done, status = kernels.record(fire, counts, clock, stop, gains, rates, tables, work, rng, at, after)
            kernels.check(status, limit)
            left = None if left is None else left - done
            fired, kept = fired + done, kept + done
            if fired > limit:
                kernels.check(kernels.TOO_MANY, limit)
            if events is None and kept > most:
                raise OverflowError(
                    f"more than {most} events would be kept by t = {at[done - 1]:.3g}, as many as there is room for: "
                    "ask for `times`, fewer `events` or an earlier `t_end`"
                )
            times.append(at[:done])
            states.append(after[:done])
        whole = np.concatenate(times)
        ended = whole[-1] if stop == NEVER or clock <= stop else stop
        paths.append((whole, np.concatenate(states), float(ended)))
        if halt[0]:
            break
    return paths
