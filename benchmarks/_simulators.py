"""What `gillespie.py` compares: seven reaction networks, rings of four sizes, and how each simulator is asked for trajectories of them.

Each tool is a function from a model to a function from (horizon, n, seed) to the last counts of n trajectories (n, S)
and, where the tool tells it, how many reactions each has had (n,).
"""

import math
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np  # a simulator is imported where it is used: its import is part of its first call

Run = Callable[[float, int, int], tuple[np.ndarray, np.ndarray | None]]


@dataclass(frozen=True)
class Model:
    """Reactions with stochastic rate constants, counts at time 0, the time of the check, and the timed horizon.

    Of a ring all places are alike, and as many reactions happen in any time as long.
    """

    reactions: str
    x0: dict[str, int]
    check: float
    horizon: float
    is_ring: bool = False

    @property
    def sides(self) -> list[tuple[list[str], list[str], float]]:
        """Reactants and products, as often as they take part, and the peers' rate constant.

        Ours are those of a = c n (n - 1) / 2; all peers here mean k n (n - 1), and get k = c / 2 (c / 6 for three).
        """
        parsed = []
        for reaction in self.reactions.split(", "):
            left, right, rate = reaction.replace("@", "->").replace("+", " ").split("->")
            orders = Counter(left.split()).values()
            parsed.append((left.split(), right.split(), float(rate) / math.prod(map(math.factorial, orders))))
        return parsed

    @property
    def species(self) -> list[str]:
        return list(dict.fromkeys(name for left, right, _ in self.sides for name in left + right))


# Genes D and E, with A bound DA and EA, their messengers M and N, proteins A and R (Vilar, Kueh, Barkai & Leibler 2002).
VILAR = (
    "A + D -> DA @ 1, DA -> A + D @ 50, A + E -> EA @ 1, EA -> A + E @ 100, D -> D + M @ 50, DA -> DA + M @ 500, "
    "E -> E + N @ 0.01, EA -> EA + N @ 50, M -> M + A @ 50, N -> N + R @ 5, A + R -> C @ 2, C -> R @ 1, "
    "A -> @ 1, R -> @ 0.2, M -> @ 10, N -> @ 0.5"
)


def ring(size: int) -> str:
    """Molecules that move from place to place, always in one direction."""
    return ", ".join(f"A{index} -> A{(index + 1) % size} @ 1" for index in range(size))


MODELS = {
    "birth-death": Model("-> A @ 100, A -> @ 1", {}, 1, 2000),
    "dimerisation": Model("A + A -> B @ 0.002, B -> A + A @ 0.5", {"A": 1000}, 0.5, 1000),
    # With 1,000 of each no trajectory dies out before t = 10.
    "Lotka-Volterra": Model("X -> X + X @ 10, X + Y -> Y + Y @ 0.01, Y -> @ 10", {"X": 1000, "Y": 1000}, 0.1, 10),
    "gene expression": Model("-> m @ 20, m -> m + n @ 2.5, m -> @ 1, n -> @ 1", {}, 4, 2000),
    # A tenth of the usual volume: both states, 8 and 56, are visited often enough for a steady number of reactions.
    "Schloegl": Model("X + X -> X + X + X @ 0.3, X + X + X -> X + X @ 0.01, -> X @ 20, X -> @ 3.5", {"X": 25}, 5, 4000),
    "Vilar oscillator": Model(VILAR, {"D": 1, "E": 1}, 4, 200),
    "ring of 100": Model(ring(100), {f"A{index}": 20 for index in range(50)}, 2, 500),
}
# As many molecules in all, and so as many reactions a second, whatever the size.
SIZES = {
    size: Model(ring(size), {f"A{index}": 1000 // size for index in range(size)}, 1, 10, is_ring=True)
    for size in (10, 50, 200, 1000)
}


def ours(model: Model, n_jobs: int = 1) -> Run:
    """`simulate` with the last time as its only one."""
    from kexue_widgets.gillespie import ReactionNetwork, simulate

    network = ReactionNetwork.from_text(model.reactions.replace(", ", "\n"), model.species)

    def run(horizon: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        samples = simulate(network, model.x0, times=[horizon], n=n, seed=seed, n_jobs=n_jobs)
        return samples.counts[:, -1], samples.events

    return run


def rebop(model: Model, sparse: bool) -> Run:
    """`Gillespie.run` with one step, a call for each trajectory."""
    from rebop import Gillespie

    system = Gillespie()
    for reactants, products, rate in model.sides:
        system.add_reaction(rate, reactants, products)

    def run(horizon: float, n: int, seed: int) -> tuple[np.ndarray, None]:
        results = [system.run(model.x0, horizon, 1, rng=(seed, index), sparse=sparse) for index in range(n)]
        return np.array([[each[name].values[-1] for name in model.species] for each in results]), None

    return run


def gillespy2(model: Model) -> Run:
    """`SSACSolver`, compiled once, with all trajectories in one call and two points of each."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # its compiler's SCons
    import gillespy2

    system = gillespy2.Model(name="benchmark")
    system.add_species([gillespy2.Species(name, initial_value=model.x0.get(name, 0)) for name in model.species])
    for index, (reactants, products, rate) in enumerate(model.sides):
        constant = gillespy2.Parameter(f"k{index}", expression=rate)
        system.add_parameter(constant)
        kinetics = {"rate": constant}
        if len(reactants) > 2:  # mass action of a higher order has to be written out
            factors = [f"({name} - {k})" for name, order in Counter(reactants).items() for k in range(order)]
            kinetics = {"propensity_function": " * ".join([constant.name, *factors])}
        sides = {"reactants": Counter(reactants), "products": Counter(products)}
        system.add_reaction(gillespy2.Reaction(f"r{index}", **sides, **kinetics))
    solver = gillespy2.SSACSolver(model=system)

    def run(horizon: float, n: int, seed: int) -> tuple[np.ndarray, None]:
        solver.model.timespan(gillespy2.TimeSpan([0, horizon]))
        results = solver.run(number_of_trajectories=n, seed=seed)
        return np.array([[each[name][-1] for name in model.species] for each in results]), None

    return run


def copasi(model: Model) -> Run:
    """`run_time_course` with the direct method and one interval, a call for each trajectory."""
    import basico

    basico.new_model(quantity_unit="#", volume_unit="1", time_unit="1")
    # Each with its value at once: to look one up takes as long as the network is large.
    for name in model.species:
        basico.add_species(name, initial_concentration=model.x0.get(name, 0))  # in a volume of 1
    for index, (reactants, products, rate) in enumerate(model.sides):
        scheme = f"{' + '.join(reactants)} -> {' + '.join(products)}"
        basico.add_reaction(f"r{index}", scheme, mapping={"k1" if reactants else "v": rate})
    settings = {"method": "directMethod", "intervals": 1, "use_numbers": True, "use_seed": True, "max_steps": 2**31 - 1}

    def run(horizon: float, n: int, seed: int) -> tuple[np.ndarray, None]:
        seeds = np.random.default_rng(seed).integers(1, 2**31, n).tolist()
        results = [basico.run_time_course(duration=horizon, seed=each, **settings) for each in seeds]
        return np.array([each[model.species].to_numpy()[-1] for each in results]), None

    return run


TOOLS: dict[str, Callable[[Model], Run]] = {
    "ours": ours,
    "rebop dense": partial(rebop, sparse=False),
    "rebop sparse": partial(rebop, sparse=True),
    "GillesPy2 C++": gillespy2,
    "COPASI direct": copasi,
}
