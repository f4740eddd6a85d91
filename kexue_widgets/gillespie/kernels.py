"""The direct method as compiled loops (Gillespie 1977): one written out for each small network, one driven by tables.

Both have the same signature, `FIRE`: they fire reactions until the next one would come after `stop`, or `limit` have
been fired, and hand back the time of the next one, so that a path does not depend on where it was interrupted.

Counts are float64 while a simulation runs: whole numbers are exact up to 2^53, and propensities need no conversions.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
from numba import types

from ..cache import private_folder, warn_once, write_whole
from .network import LARGEST_COUNT, ReactionNetwork

WRITTEN_OUT = 32  # reactions up to which a network gets a loop of its own: beyond, compiling takes longer than it saves
BATCH = 2**16  # events between two looks at whether counts stay exact and time still advances
TOO_MANY = 3  # a status
STALLED = 64  # events after which time must have advanced

NUMBERS = types.float64[::1]
TABLES = types.UniTuple(types.int64[::1], 8)
FIRE = types.Tuple((types.float64, types.int64))(
    NUMBERS,  # counts (S,), changed in place
    types.float64,  # clock: the time of the next reaction; negative before the first has been drawn
    types.float64,  # stop
    types.int64,  # limit
    NUMBERS,  # rates divided by prod_i s_ri! (R,)
    TABLES,
    NUMBERS,  # work: room for the tree of partial sums
    numba.typeof(np.random.Generator(np.random.SFC64(0))),
    NUMBERS,  # times of the reactions fired (limit,), or of length 0 if nobody wants them
    types.int64[:, ::1],  # counts after each (limit, S)
)


def compiled(signature: Any) -> Callable[..., Any]:
    """Compile a function; its machine code is kept on disk, if it can be written there and read again.

    numba keeps it in pickles, which are programs: beside the function's file, so in the folder of this package, or in a
    folder of the user's own.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        loop = _dispatcher(function)
        try:
            loop.enable_caching()
            loop.compile(signature)
        except Exception:  # no folder, a full disk, a file cut short: numba passes on whatever it meets
            with suppress(Exception):
                loop._cache.flush()
            loop = _dispatcher(function)
            loop.compile(signature)
        loop.disable_compile()
        return loop

    return decorate


def _dispatcher(function: Callable[..., Any]) -> Any:
    return numba.njit(nogil=True, error_model="numpy")(function)  # a / 0 = inf: the next reaction never comes


@compiled(types.float64(types.float64, FIRE.args[7]))
def waiting_time(total, rng):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Until the next reaction: infinite if the total propensity is 0 (or -0, as 0 * (0 - 1) is), NaN if it is infinite."""
    return rng.standard_exponential() / abs(total) + 0.0 * total


def kernel(network: ReactionNetwork) -> Callable[..., Any]:
    """The loop that fires this network's reactions; networks that differ in their rates alone share one."""
    if len(network.rates) > WRITTEN_OUT:
        return fire_by_tables
    return _compiled(source(network))


def source(network: ReactionNetwork) -> str:
    """Python source of the loop written out for one network.

    The counts live in local variables, which become registers, and a reaction is chosen and carried out without a
    branch that a processor would have to guess.
    """
    reactions, changes = range(len(network.rates)), network.stoichiometry
    moving = [species for species in range(len(network.species)) if changes[:, species].any()]
    propensities = [f"a{r} = " + " * ".join([f"c{r}", *_factors(network.reactants[r])]) for r in reactions]
    sums = ["b0 = a0", *(f"b{r} = b{r - 1} + a{r}" for r in reactions[1:])]
    refresh = "\n        ".join([*propensities, *sums])
    tables = "\n".join(f"CHANGE_{s} = np.array({changes[:, s].astype(float).tolist()})" for s in moving)
    return f"""import numpy as np

from kexue_widgets.gillespie.kernels import FIRE, compiled, waiting_time

{tables}


@compiled(FIRE)
def fire(counts, clock, stop, limit, rates, tables, work, rng, times, states):
    {"; ".join(f"c{r} = rates[{r}]" for r in reactions)}
    {"; ".join(f"x{s} = counts[{s}]" for s in range(len(network.species)))}
    recording = len(times) > 0
    fired = 0
    first = clock < 0
    while True:
        {refresh}
        total = b{reactions[-1]}
        if first or fired > 0:
            clock = waiting_time(total, rng) + (0.0 if first else clock)
            first = False
        if not (clock <= stop and fired < limit):
            break
        where = rng.random() * total
        chosen = {" + ".join(f"int(where >= b{r})" for r in reactions[:-1]) or "0"}
        {"; ".join(f"x{s} += CHANGE_{s}[chosen]" for s in moving) or "pass"}
        if recording:
            times[fired] = clock
            {"; ".join(f"states[fired, {s}] = int(x{s})" for s in range(len(network.species)))}
        fired += 1
    {"; ".join(f"counts[{s}] = x{s}" for s in range(len(network.species)))}
    return clock, fired
"""


def _factors(orders: np.ndarray) -> list[str]:
    return [f"(x{s} - {k})" if k else f"x{s}" for s, order in enumerate(orders) for k in range(order)]


@cache
def _compiled(text: str) -> Callable[..., Any]:
    """The loop in `text`, compiled.

    numba finds the machine code by a file that holds the text. What is executed is the text itself, whatever has become of
    that file.
    """
    # The loop has functions of this module compiled in, so it is made anew when they change.
    name = "fire_" + hashlib.sha256(text.encode() + Path(__file__).read_bytes()).hexdigest()[:24]
    place = f"<{name}>"
    if folder := private_folder("gillespie"):
        path = folder / f"{name}.py"
        place = str(path)
        try:
            if not path.exists() or path.read_bytes() != text.encode():
                write_whole(path, text)
        except OSError as error:
            warn_once(folder, error)
    module = sys.modules[name] = ModuleType(name)  # numba looks it up by its name
    exec(compile(text, place, "exec"), vars(module))
    return module.fire


def scaled_rates(network: ReactionNetwork) -> np.ndarray:
    """c_r / prod_i s_ri!, so that a propensity is this times falling factorials (R,)."""
    return network.rates / np.array([math.prod(map(math.factorial, row)) for row in network.reactants.tolist()])


def tables_of(network: ReactionNetwork) -> tuple[np.ndarray, ...]:
    """Who reacts, what changes, and the dependency graph, each as a list of lists laid end to end.

    Returns:
        Starts and entries (species, orders) of reactants; of changes (species, amounts); and of the reactions whose
        propensity changes when one fires (Gibson & Bruck 2000).
    """
    changes = network.stoichiometry
    depends = (changes != 0).astype(np.float32) @ (network.reactants != 0).T.astype(np.float32)  # of floats it is quick
    reactant_start, reactant_species, orders = _rows(network.reactants)
    change_start, changed_species, amounts = _rows(changes)
    dependent_start, dependents, _ = _rows(depends)
    return (
        reactant_start, reactant_species, orders, change_start, changed_species, amounts, dependent_start, dependents
    )  # fmt: skip


def _rows(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each row's entries start, their columns and their values, leaving out zeros."""
    rows, columns = np.nonzero(matrix)
    starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
    return starts.astype(np.int64), columns.astype(np.int64), matrix[rows, columns].astype(np.int64)


def leaves(reactions: int) -> int:
    """How many leaves the tree of partial sums has: the next power of two."""
    return 1 << max(reactions - 1, 0).bit_length()


@compiled(FIRE)
def fire_by_tables(counts, clock, stop, limit, rates, tables, work, rng, times, states):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """The loop for any network: a binary tree over the propensities finds a reaction, and is mended, in log2 R steps."""
    reactant_start, reactant_species, orders, change_start, changed, amounts, dependent_start, dependents = tables
    half = len(work) // 2
    if clock < 0:
        work[:] = 0
        for reaction in range(len(rates)):
            propensity = rates[reaction]
            for entry in range(reactant_start[reaction], reactant_start[reaction + 1]):
                for k in range(orders[entry]):
                    propensity *= counts[reactant_species[entry]] - k
            work[half + reaction] = propensity
        for node in range(half - 1, 0, -1):
            work[node] = work[2 * node] + work[2 * node + 1]
        clock = waiting_time(work[1], rng)
    fired = 0
    while clock <= stop and fired < limit:
        where = rng.random() * work[1]
        node = 1
        while node < half:
            node *= 2
            # A branch of weight 0 is never taken, wherever rounding has left `where`.
            if where >= work[node] and work[node + 1] > 0:
                where -= work[node]
                node += 1
        reaction = node - half
        for entry in range(change_start[reaction], change_start[reaction + 1]):
            counts[changed[entry]] += amounts[entry]
        for index in range(dependent_start[reaction], dependent_start[reaction + 1]):
            dependent = dependents[index]
            propensity = rates[dependent]
            for entry in range(reactant_start[dependent], reactant_start[dependent + 1]):
                for k in range(orders[entry]):
                    propensity *= counts[reactant_species[entry]] - k
            node = half + dependent
            work[node] = propensity
            while node > 1:
                node //= 2
                work[node] = work[2 * node] + work[2 * node + 1]
        if len(times) > 0:
            times[fired] = clock
            for species in range(len(counts)):
                states[fired, species] = int(counts[species])
        fired += 1
        clock += waiting_time(work[1], rng)
    return clock, fired


@compiled(types.int64(NUMBERS, NUMBERS, types.int64))
def room_for(counts, gains, limit):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """How many reactions, at most `limit`, may fire before a count can exceed the largest; none adds more than gains (S,)."""
    for species in range(len(counts)):
        if gains[species] > 0:
            limit = min(limit, int((LARGEST_COUNT - counts[species]) // gains[species]))
    return limit


@compiled(
    types.UniTuple(types.int64, 2)(
        types.FunctionType(FIRE), NUMBERS, NUMBERS, NUMBERS, NUMBERS, TABLES, types.int64,
        FIRE.args[7], types.int64[:, :, ::1], types.int64[::1], types.int64, types.int64[::1],
    )
)  # fmt: skip
def sample(fire, x0, times, gains, rates, tables, tree, rng, states, events, limit, halt):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Trajectories from x0, looked at at `times` (T,): fills states (n, T, S) and events (n,).

    Returns how many are done, all unless `halt` (1,) has become 1 meanwhile, and a status, see `check`.
    """
    no_times, no_states = np.empty(0), np.empty((0, len(x0)), np.int64)
    work = np.empty(tree)
    for trajectory in range(len(states)):
        counts = x0.copy()
        clock, _ = fire(counts, -1.0, 0.0, 0, rates, tables, work, rng, no_times, no_states)
        for index in range(len(times)):
            while clock <= times[index]:
                if halt[0]:
                    return trajectory, 0
                room = room_for(counts, gains, BATCH)
                if room < 1:
                    return trajectory, 1
                before = clock
                clock, fired = fire(counts, clock, times[index], room, rates, tables, work, rng, no_times, no_states)
                events[trajectory] += fired
                if fired >= STALLED and clock == before:
                    return trajectory, 2
                if events[trajectory] > limit:
                    return trajectory, TOO_MANY
            if math.isnan(clock):
                return trajectory, 2
            for species in range(len(x0)):
                states[trajectory, index, species] = int(counts[species])
    return len(states), 0


@compiled(
    types.Tuple((types.float64, types.int64, types.int64))(
        types.FunctionType(FIRE), NUMBERS, types.float64, types.float64, NUMBERS, NUMBERS, TABLES, NUMBERS,
        FIRE.args[7], NUMBERS, types.int64[:, ::1],
    )
)  # fmt: skip
def record(fire, counts, clock, stop, gains, rates, tables, work, rng, times, states):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Every event of one trajectory up to `stop`, as far as there is room: the next time, how many, and a status."""
    if clock < 0:
        clock, _ = fire(counts, clock, 0.0, 0, rates, tables, work, rng, times[:0], states[:0])
    done = 0
    while clock <= stop and done < len(times):
        room = room_for(counts, gains, len(times) - done)
        if room < 1:
            return clock, done, 1
        before = clock
        clock, fired = fire(counts, clock, stop, room, rates, tables, work, rng, times[done:], states[done:])
        done += fired
        if fired >= STALLED and clock == before:
            return clock, done, 2
    return clock, done, 2 if math.isnan(clock) else 0


def check(status: int, limit: int = 0) -> None:
    """Raise what a loop reported."""
    if status == TOO_MANY:
        raise OverflowError(
            f"a trajectory has more than {limit} reactions: it may grow without bound; `limit` allows more"
        )
    if status == 1:
        raise OverflowError(f"a count would exceed {LARGEST_COUNT}, the largest that is exact in float64")
    if status == 2:
        raise OverflowError("time no longer advances: the counts explode in finite time, or a propensity is too large")
