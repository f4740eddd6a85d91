"""Exact trajectories of a reaction network, many at once, on all cores or, through joblib, on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

import numpy as np

from . import kernels
from .network import Counts, ReactionNetwork, grid
from .results import Paths, Samples

STREAMS = 256  # random streams at most: their number follows from n alone, so that results do not depend on the cores

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
) -> Samples | Paths:
    """Trajectories of the network from x0 at time 0, by the direct method (Gillespie 1977, J. Phys. Chem. 81:2340).

    Exactly one of `times`, `t_end` and `events` says how far they run, and what is kept of them. Where nothing can
    react any more, a trajectory stays as it is. The same seed gives the same result on any number of cores.

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

    Returns:
        `Samples` for `times`, else `Paths`.

    Raises:
        ValueError: an argument that is none of this.
        OverflowError: a count would exceed 2^53 - 1, or the counts explode in finite time.
    """
    counts = network.counts(x0)
    given = [name for name, value in (("times", times), ("t_end", t_end), ("events", events)) if value is not None]
    if len(given) != 1:
        raise ValueError(f"exactly one of times, t_end and events is needed, got {', '.join(given) or 'none'}")
    _whole_number("n", n, 1)
    _whole_number("seed", seed, 0)
    streams = np.random.SeedSequence(seed).spawn(min(n, STREAMS))
    sizes = [len(part) for part in np.array_split(np.arange(n), len(streams))]
    if times is not None:
        at = grid(times)
        parts = _run(_sample, [(network, counts, at, *each) for each in zip(sizes, streams, strict=True)], n_jobs)
        states, fired = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Samples(network, at, states, fired)
    if events is not None:
        _whole_number("events", events, 0)
    elif not (isinstance(t_end, (int, float, np.number)) and 0 <= t_end < np.inf):
        raise ValueError(f"t_end must be finite and not negative, got {t_end!r}")
    stop = NEVER if t_end is None else float(t_end)
    parts = _run(_record, [(network, counts, stop, events, *each) for each in zip(sizes, streams, strict=True)], n_jobs)
    paths = [path for part in parts for path in part]
    lengths = [len(path[0]) for path in paths]
    return Paths(
        network,
        np.concatenate([path[0] for path in paths]),
        np.concatenate([path[1] for path in paths]),
        np.concatenate([[0], np.cumsum(lengths)]),
        np.array([path[0][-1] if t_end is None else t_end for path in paths], dtype=float),
    )


def _whole_number(name: str, value: Any, smallest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < smallest:
        raise ValueError(f"{name} must be a whole number of at least {smallest}, got {value!r}")


def _run(work: Callable[..., Any], tasks: list[tuple[Any, ...]], n_jobs: int) -> list[Any]:
    """The tasks' results in order, with a progress bar if they take more than a moment."""
    from joblib import Parallel, delayed
    from tqdm.auto import tqdm

    kernels.kernel(tasks[0][0])  # compiled once, before threads ask for it
    running = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(delayed(work)(*task) for task in tasks)
    return list(tqdm(running, total=len(tasks), delay=5, leave=False))


def _prepared(network: ReactionNetwork, stream: np.random.SeedSequence) -> tuple[Any, ...]:
    """What all loops take beside the state: rates, tables, room for the tree, random numbers, the largest gains (S,)."""
    gains = network.stoichiometry[network.rates > 0].max(0, initial=0).astype(float)
    rates, tables = kernels.scaled_rates(network), kernels.tables_of(network)
    return rates, tables, 2 * kernels.leaves(len(rates)), np.random.Generator(np.random.SFC64(stream)), gains


def _sample(
    network: ReactionNetwork, x0: np.ndarray, times: np.ndarray, size: int, stream: np.random.SeedSequence
) -> tuple[np.ndarray, np.ndarray]:
    """`size` trajectories at `times`: counts (size, T, S) and events (size,)."""
    rates, tables, tree, rng, gains = _prepared(network, stream)
    states = np.empty((size, len(times), len(x0)), np.int64)
    fired = np.zeros(size, np.int64)
    fire = kernels.kernel(network)
    kernels.check(kernels.sample(fire, x0.astype(float), times, gains, rates, tables, tree, rng, states, fired))
    return states, fired


def _record(
    network: ReactionNetwork,
    x0: np.ndarray,
    stop: float,
    events: int | None,
    size: int,
    stream: np.random.SeedSequence,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """`size` trajectories with every event: times (1 + events,) and counts (1 + events, S) of each."""
    rates, tables, tree, rng, gains = _prepared(network, stream)
    fire, paths = kernels.kernel(network), []
    for _ in range(size):
        counts, work, clock, left = x0.astype(float), np.empty(tree), -1.0, events
        times, states = [np.zeros(1)], [x0[None]]
        while clock <= stop and left != 0:
            room = kernels.BATCH if left is None else min(left, kernels.BATCH)
            at, after = np.empty(room), np.empty((room, len(x0)), np.int64)
            clock, done, status = kernels.record(fire, counts, clock, stop, gains, rates, tables, work, rng, at, after)
            kernels.check(status)
            left = None if left is None else left - done
            times.append(at[:done])
            states.append(after[:done])
        paths.append((np.concatenate(times), np.concatenate(states)))
    return paths
