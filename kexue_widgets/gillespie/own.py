"""The explorer of the reader's own network: whatever reactions are typed, by the direct method and as an equation.

Its graph does not know which reactions there are. It has room for some, and their coefficients and rates are numbers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..colors import BLUE, GREEN, GREY, ORANGE, RED, TEAL, VIOLET
from ..live import Explorer, Lines, Name, Noise, Slider, View
from .explorers import next_event, solved_further
from .typed import MOLECULES, SPECIES, Reactions, unpack

EXAMPLES = {
    "autocatalysis": "A + B -> 2 B @ 0.01\nA = 100\nB = 1\ntime = 12",
    "epidemic (SIR)": "S + I -> 2 I @ 0.01\nI -> R @ 1\nS = 200\nI = 3\ntime = 15",
    "Lotka-Volterra": "prey -> 2 prey @ 1\nprey + fox -> 2 fox @ 0.02\nfox -> 0 @ 1\nprey = 80\nfox = 40\ntime = 10",
    "dimerisation": "2 A <-> A₂ @ 0.02, 0.2\nA = 100\ntime = 5",
    "enzyme": "E + S <-> ES @ 0.01, 1\nES -> E + P @ 1\nE = 20\nS = 200\ntime = 20",
}


def ways(reactants: Tensor, x: Tensor, falling: float) -> Tensor:
    """prod_k (x_i - k) / (k + 1) over k < s_ri, (..., R, S): C(x_i, s_ri), or x_i^s_ri / s_ri! if nothing is falling.

    Args:
        reactants: s (..., R, S).
        x: counts or amounts (n, S).
        falling: 1 for counts, 0 for amounts.
    """
    x, found = x.unsqueeze(-2), torch.ones(())
    for k in range(MOLECULES):
        found = torch.where(reactants > k, found * (x - falling * k) / (k + 1), found)
    return found


def product(factors: Tensor, rates: Tensor) -> Tensor:
    """c_r prod_i f_ri, (..., R), for factors (..., R, S): one after the other, so that every engine rounds alike."""
    for species in range(SPECIES):
        rates = rates * factors[..., species]
    return rates


class OwnNetwork(Explorer):
    """Trajectories of the network that you type, a colour for each species, with the deterministic limit dashed."""

    number = Slider(6, 1, 24, step=1, label="number of trajectories")
    network = Reactions(EXAMPLES, label="your reactions")

    most = 24  # trajectories that are simulated, whether shown or not
    points = torch.arange(161.0) / 160  # where counts are kept, as shares of the time
    opening = 400
    speed = 300

    views = (
        View(
            *(
                Lines("time", f"count_{index}", label=Name("network", index), color=color, step=True)
                for index, color in enumerate((BLUE, ORANGE, TEAL, VIOLET, RED, GREEN))
            ),
            Lines("ode_time", "ode", label="deterministic", color=GREY, dashed=True),
            title="counts",
            x="time",
            y="count",
        ),
    )

    @classmethod
    def start(cls, network: Tensor) -> dict[str, Any]:
        *_, x0, time = unpack(network)
        points = len(cls.points)
        return {
            "counts": x0.repeat(cls.most, 1),
            "clock": torch.zeros(cls.most),
            "history": x0.reshape(-1, 1, 1).repeat(1, cls.most, points),
            "amounts": x0.unsqueeze(0),
            "solved": torch.zeros(()),  # the differential equation, up to this time
            "dt": time / points,
            "ode": x0.unsqueeze(1).repeat(1, points),
        }

    @classmethod
    def step(cls, state: dict[str, Any], noise: Noise, network: Tensor) -> dict[str, Any]:
        reactants, changes, rates, _, time = unpack(network)
        times = cls.points * time
        propensities = product(ways(reactants, state["counts"], falling=1.0), rates)
        waiting, after = next_event(propensities, changes, state["counts"], noise.uniform(cls.most, 2))
        clock = state["clock"] + waiting
        counts = torch.where((clock < time).unsqueeze(1), after, state["counts"])
        clock = torch.minimum(clock, time)
        # Points still ahead hold the newest counts; each is passed over once its time has come.
        ahead = times > clock.unsqueeze(1)

        def slope(amounts: Tensor) -> Tensor:
            return product(ways(reactants, amounts, falling=0.0), rates) @ changes

        def jacobian(amounts: Tensor) -> Tensor:
            # The derivative of x^s / s! is x^(s-1) / (s-1)!: the same reaction with a molecule less.
            one = torch.eye(SPECIES).unsqueeze(1)  # (j, 1, i): derivatives by x_j
            fewer = ways((reactants - one).clamp(min=0), amounts, falling=0.0)
            reacts = (reactants * one).amax(2) > 0
            return (product(fewer, rates * reacts) @ changes).T

        return {
            "counts": counts,
            "clock": clock,
            "history": torch.where(ahead, counts.T.unsqueeze(2), state["history"]),
            **solved_further(state, slope, jacobian, times),
        }

    @classmethod
    def frame(cls, state: dict[str, Any], network: Tensor, number: Tensor) -> dict[str, Tensor]:
        reactants, changes, _, _, time = unpack(network)
        times = cls.points * time
        shown = (torch.arange(cls.most) < number).unsqueeze(1)
        # What is not shown, and the equation for species that there are not, shrinks to a point.
        history = torch.where(shown, state["history"], state["history"][:, :, :1])
        there = ((reactants + (changes + reactants)).amax(0) > 0).unsqueeze(1)
        counts = {f"count_{index}": history[index] for index in range(SPECIES)}
        return {
            "time": torch.minimum(times, state["clock"].unsqueeze(1)) * shown,
            **counts,
            "ode_time": torch.minimum(times, state["solved"]) * there,
            "ode": torch.where(there, state["ode"], state["ode"][:1, :1]),
        }
