"""The chapter's explorers: many trajectories of a chosen system, and the trap of counting events.

Their model is the direct method over a whole batch of trajectories in torch, one event in each of them a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..colors import BLUE, GREEN, GREY, ORANGE, RED, TEAL, VIOLET
from ..live import (
    Band,
    Choice,
    Dots,
    Explorer,
    Lines,
    Noise,
    Slider,
    Table,
    View,
    record,
    start_trace,
    trace_steps,
)
from .network import ReactionNetwork

GENE_EXPRESSION = ReactionNetwork.from_text(
    """
    -> m @ 20
    m -> m + n @ 2.5
    m -> @ 1
    n -> @ 1
    """
)
HIGHEST = 512  # proteins that the histogram of `EventTrap` counts are fewer than this
STATES = 2048  # stationary distributions of chains are worked out for counts below this
FREQUENCIES = 512
BINS = 40
NODES, WEIGHTS = (torch.tensor(each, dtype=torch.float32) for each in np.polynomial.legendre.leggauss(64))
Slope = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class System:
    """A network to explore: where it starts, how long it is followed, and which species its histogram counts."""

    network: ReactionNetwork
    x0: tuple[int, ...]
    horizon: float
    watched: int = 0


SYSTEMS = {
    "gene expression": System(GENE_EXPRESSION, (1, 1), 12.0, watched=1),
    "birth and death": System(ReactionNetwork.from_text("-> X @ 10\nX -> @ 0.5"), (0,), 40.0),
    "dimerisation": System(ReactionNetwork.from_text("2 X -> Y @ 0.02\nY -> 2 X @ 0.2"), (100, 0), 20.0, watched=1),
    "Lotka-Volterra": System(ReactionNetwork.from_text("X -> 2 X @ 1\nX + Y -> 2 Y @ 0.02\nY -> @ 1"), (80, 40), 10.0),
    "Schlögl": System(
        ReactionNetwork.from_text("2 X -> 3 X @ 0.3\n3 X -> 2 X @ 0.01\n-> X @ 20\nX -> @ 3.5"), (25,), 8.0
    ),
    "epidemic (SIR)": System(
        ReactionNetwork.from_text("X + Y -> 2 Y @ 0.01\nY -> Z @ 1", species=("X", "Y", "Z")), (200, 3, 0), 15.0
    ),
}


def propensities(network: ReactionNetwork, counts: Tensor, rates: Tensor) -> Tensor:
    """a_r(n) = c_r prod_i C(n_i, s_ri), (n, R), for counts (n, S) and rates (R,)."""
    return _rate(network.reactants, counts, rates, falling=1.0)


def deterministic(network: ReactionNetwork, amounts: Tensor, rates: Tensor) -> Tensor:
    """dx/dt = sum_r nu_r c_r prod_i x_i^s_ri / s_ri!, (n, S), for amounts (n, S)."""
    return _rate(network.reactants, amounts, rates, falling=0.0) @ _changes(network)


def jacobian(network: ReactionNetwork, amounts: Tensor, rates: Tensor) -> Tensor:
    """The derivatives of dx_i/dt by x_j, (S, S), at amounts (1, S)."""
    columns = []
    for taken in np.eye(len(network.species), dtype=int):
        # The derivative of x^s / s! is x^(s-1) / (s-1)!: the same reaction with a molecule less.
        reacts = torch.from_numpy(network.reactants @ taken > 0)
        fewer = np.maximum(network.reactants - taken, 0)
        columns.append(_rate(fewer, amounts, rates * reacts, falling=0.0) @ _changes(network))
    return torch.cat(columns).T


def _rate(reactants: np.ndarray, x: Tensor, rates: Tensor, falling: float) -> Tensor:
    each = []
    for reaction, orders in enumerate(reactants):
        rate = rates[reaction].expand(len(x))
        for species in np.flatnonzero(orders):
            for k in range(orders[species]):
                rate = rate * (x[:, species] - falling * k) / (k + 1)
        each.append(rate)
    return torch.stack(each, dim=1)


def _changes(network: ReactionNetwork) -> Tensor:
    return torch.tensor(network.stoichiometry, dtype=torch.float32)


def direct_method(network: ReactionNetwork, counts: Tensor, rates: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """The next event of every trajectory (Gillespie 1977).

    Args:
        network: the reactions.
        counts: the state of each trajectory (n, S).
        rates: rate constants (R,), in place of the network's own.
        uniform: uniform numbers on [0, 1) (n, 2).

    Returns:
        The waiting time -ln(u_0) / a_0 of each (n,), infinite where nothing can react, and the counts after it.
    """
    return next_event(propensities(network, counts, rates), _changes(network), counts, uniform)


def next_event(rates: Tensor, changes: Tensor, counts: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """What `direct_method` returns, from the propensities (n, R) and what each reaction adds to each count (R, S)."""
    cumulative = rates.cumsum(1)
    total = cumulative[:, -1]
    waiting = -torch.log(1 - uniform[:, 0]) / total
    # The first reaction whose cumulative propensity exceeds u_1 a_0; none where a_0 = 0.
    chosen = (cumulative <= (uniform[:, 1] * total).unsqueeze(1)).sum(1, keepdim=True)
    happens = (chosen == torch.arange(len(changes))).float()
    return torch.where(total > 0, waiting, math.inf), counts + happens @ changes


def birth_death_distribution(births: Tensor, deaths: Tensor) -> Tensor:
    """The stationary distribution pi (N,) of a chain of one species, from births b(n) and deaths d(n), both (N,).

    In the stationary state as many trajectories go up as down: pi(n) b(n) = pi(n + 1) d(n + 1).
    """
    ratios = torch.log(births[:-1].clamp(min=0)) - torch.log(deaths[1:])
    return torch.softmax(torch.cat([torch.zeros(1), ratios.cumsum(0)]), dim=0)


def protein_distribution(rates: Tensor, n: Tensor) -> Tensor:
    """The stationary probability of n proteins in gene expression, (k,) for n (k,) and rates (k_m, k_n, g_m, g_n).

    Its generating function is G(z) = exp(k_m / g_m int_0^1 (exp(b (z - 1) (1 - w^q)) - 1) / (1 - w^q) dw) with
    b = k_n / g_n and q = g_n / g_m, from the characteristics of the master equation. On the unit circle G is the
    Fourier transform of the distribution.
    """
    k_m, k_n, g_m, g_n = rates
    # At Gauss-Legendre points y on [0, 1] with w = y^power, so that neither w nor w^q is steep at 0.
    y, power = (1 + NODES) / 2, (g_m / g_n).clamp(min=1)
    spread = 1 - y ** (g_n / g_m).clamp(min=1)
    weights = k_m / g_m * WEIGHTS / 2 * power * y ** (power - 1) / spread
    # The wider the distribution, the lower the frequencies that are in it, and the closer together they must be.
    *_, variance = protein_moments(rates)
    highest = (30 / variance.sqrt()).clamp(max=math.pi)
    angle = highest * torch.arange(FREQUENCIES + 1.0) / FREQUENCIES
    real = (k_n / g_n) * torch.outer(torch.cos(angle) - 1, spread)
    imaginary = (k_n / g_n) * torch.outer(torch.sin(angle), spread)
    radius = torch.exp((torch.exp(real) * torch.cos(imaginary) - 1) @ weights)
    phase = (torch.exp(real) * torch.sin(imaginary)) @ weights
    return torch.trapezoid(radius * torch.cos(phase - torch.outer(n, angle)), angle) / math.pi


def protein_moments(rates: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Stationary means of m and n, their covariance, and the variance of n; m has its mean for variance."""
    k_m, k_n, g_m, g_n = rates
    m, n = k_m / g_m, k_m * k_n / (g_m * g_n)
    covariance = k_n * m / (g_m + g_n)
    return m, n, covariance, n + k_n / g_n * covariance


def stationary_means(rates: Tensor) -> Tensor:
    """Means of m and n in gene expression, as time sees them and as events do, (2, 2), for rates (k_m, k_n, g_m, g_n).

    Events see the distribution pi(n) a_0(n) / <a_0>, which moves a mean by its covariance with a_0 over <a_0>.
    """
    k_m, k_n, g_m, g_n = rates
    m, n, covariance, variance = protein_moments(rates)
    total = 2 * (k_m + k_n * m)  # <a_0>: on average as much decays as is made
    moved_m = ((k_n + g_m) * m + g_n * covariance) / total
    moved_n = ((k_n + g_m) * covariance + g_n * variance) / total
    return torch.stack([torch.stack([m, n]), torch.stack([m + moved_m, n + moved_n])])


def stationary(system: str, rates: Tensor, total: Tensor, n: Tensor) -> Tensor:
    """The stationary probability of n of the watched species, (k,) for n (k,); zeros for a system that has none.

    `total` is what dimerisation conserves: X + 2 Y.
    """
    each = torch.arange(float(STATES))
    if system == "gene expression":
        return protein_distribution(rates, n)
    if system == "birth and death":
        chain = birth_death_distribution(rates[0].expand(STATES), rates[1] * each)
    elif system == "dimerisation":
        monomers = (total - 2 * each).clamp(min=0)
        chain = birth_death_distribution(rates[0] * monomers * (monomers - 1) / 2, rates[1] * each)
    elif system == "Schlögl":
        births = rates[2] + rates[0] * each * (each - 1) / 2
        chain = birth_death_distribution(births, rates[3] * each + rates[1] * each * (each - 1) * (each - 2) / 6)
    else:
        return torch.zeros_like(n)
    return chain[n.clamp(max=STATES - 1).long()]


def bins(highest: Tensor) -> tuple[Tensor, Tensor]:
    """The width of BINS bins, a whole number, that hold the counts 0 to `highest`, and their edges (BINS + 1,)."""
    width = torch.floor(highest / BINS) + 1
    return width, width * torch.arange(BINS + 1.0) - 0.5


def binned(counts: Tensor, weights: Tensor, width: Tensor) -> Tensor:
    """The share of the weights (n,) at each count, averaged over each bin of that width (BINS,)."""
    shares = (torch.floor(counts / width).unsqueeze(1) == torch.arange(BINS)).float()
    return weights @ shares / (weights.sum() + 1e-12) / width


def outline(edges: Tensor, heights: Tensor) -> tuple[Tensor, Tensor]:
    """The outline of a histogram: x and y (2 N,) for edges (N + 1,) and heights (N,)."""
    x = torch.stack([edges[:-1], edges[1:]], dim=1).reshape(-1)
    return x, torch.stack([heights, heights], dim=1).reshape(-1)


def systems_with(reactions: int) -> dict[str, list[str]]:
    """The systems of at least so many reactions, as the condition of a control that only these read."""
    return {"system": [name for name, each in SYSTEMS.items() if len(each.network.rates) >= reactions]}


class Trajectories(Explorer):
    """Trajectories of a reaction network, each event at its random time, with the deterministic limit laid over; beside
    them how often each count occurs, with the stationary distribution laid over where there is one."""

    system = Choice(list(SYSTEMS), label="system")
    c1 = Slider(1.0, 0.25, 4.0, log=True, label="rate c₁ ×")
    c2 = Slider(1.0, 0.25, 4.0, log=True, label="rate c₂ ×")
    c3 = Slider(1.0, 0.25, 4.0, log=True, label="rate c₃ ×", when=systems_with(3))
    c4 = Slider(1.0, 0.25, 4.0, log=True, label="rate c₄ ×", when=systems_with(4))
    initial = Slider(
        1.0,
        0.0,
        3.0,
        step=0.05,
        label="initial counts ×",
        when={"system": [name for name, each in SYSTEMS.items() if any(each.x0)]},
    )
    number = Slider(12, 1, 48, step=1, label="number of trajectories")

    most = 48  # trajectories that are simulated, whether shown or not
    points = torch.arange(161.0) / 160  # where counts are kept, as shares of the horizon
    opening = 500
    speed = 300

    views = (
        View(
            Lines("x_time", "x", label="X", color=BLUE, step=True),
            Lines("y_time", "y", label="Y", color=ORANGE, step=True),
            Lines("ode_x_time", "ode_x", label="X, deterministic", color=GREEN, dashed=True),
            Lines("ode_y_time", "ode_y", label="Y, deterministic", color=RED, dashed=True),
            title="counts",
            x="time",
            y="count",
        ),
        View(
            Band("edges", "nothing", "share", label="trajectories, second half", color=VIOLET),
            Lines("theory_n", "theory", label="stationary distribution", color=TEAL),
            title="how often each count: of Y in gene expression and dimerisation, else of X",
            x="count",
            y="probability",
        ),
    )

    @staticmethod
    def rates(system: str, *factors: Tensor) -> Tensor:
        """The system's rate constants times the sliders' factors (R,)."""
        standard = SYSTEMS[system].network.rates
        return torch.tensor(standard, dtype=torch.float32) * torch.stack(factors[: len(standard)])

    @classmethod
    def start(cls, system: str, initial: Tensor, c1: Tensor, c2: Tensor, c3: Tensor, c4: Tensor) -> dict[str, Tensor]:
        x0 = torch.round(torch.tensor(SYSTEMS[system].x0, dtype=torch.float32) * initial)
        points = len(cls.points)
        return {
            "counts": x0.repeat(cls.most, 1),
            "clock": torch.zeros(cls.most),
            "history": x0[:2].reshape(-1, 1, 1).repeat(1, cls.most, points),
            "amounts": x0.unsqueeze(0),
            "solved": torch.zeros(()),  # the differential equation, up to this time
            "dt": torch.tensor(SYSTEMS[system].horizon / points),
            "ode": x0[:2].unsqueeze(1).repeat(1, points),
        }

    @classmethod
    def step(
        cls, state: dict[str, Tensor], noise: Noise, system: str, c1: Tensor, c2: Tensor, c3: Tensor, c4: Tensor
    ) -> dict[str, Tensor]:
        chosen = SYSTEMS[system]
        rates = cls.rates(system, c1, c2, c3, c4)
        waiting, after = direct_method(chosen.network, state["counts"], rates, noise.uniform(cls.most, 2))
        clock = state["clock"] + waiting
        runs = clock < chosen.horizon
        counts = torch.where(runs.unsqueeze(1), after, state["counts"])
        clock = clock.clamp(max=chosen.horizon)
        # Points still ahead hold the newest counts; each is passed over once its time has come.
        ahead = cls.points * chosen.horizon > clock.unsqueeze(1)
        newest = counts[:, :2].T.unsqueeze(2)

        times = cls.points * chosen.horizon

        def slope(amounts: Tensor) -> Tensor:
            return deterministic(chosen.network, amounts, rates)

        def slopes(amounts: Tensor) -> Tensor:
            return jacobian(chosen.network, amounts, rates)

        return {
            "counts": counts,
            "clock": clock,
            "history": torch.where(ahead, newest, state["history"]),
            **solved_further(state, slope, slopes, times),
        }

    @classmethod
    def frame(
        cls, state: dict[str, Tensor], system: str, c1: Tensor, c2: Tensor, c3: Tensor, c4: Tensor, number: Tensor
    ) -> dict[str, Tensor]:
        chosen = SYSTEMS[system]
        shown = torch.arange(cls.most) < number
        time = cls.points * chosen.horizon
        history = state["history"]
        # What is not shown, and the second species where there is none, shrinks to a point.
        seen = torch.minimum(time, state["clock"].unsqueeze(1)) * shown.unsqueeze(1)
        counts = torch.where(shown.reshape(1, -1, 1), history, history[:, :, :1])
        ode_time = torch.minimum(time, state["solved"])
        second = len(history) > 1

        # The second half of what each has seen so far, so that where it started counts for less.
        clock = state["clock"].unsqueeze(1)
        weights = (shown.unsqueeze(1) & (time >= clock / 2) & (time <= clock)).float()
        watched = history[chosen.watched]
        width, edges = bins((watched * weights).max())
        x, share = outline(edges, binned(watched.reshape(-1), weights.reshape(-1), width))
        n = width * torch.arange(float(BINS))
        total = state["counts"][0, 0] + 2 * state["counts"][0, -1]
        theory = stationary(system, cls.rates(system, c1, c2, c3, c4), total, n)
        known = theory.sum() > 1e-6  # else a curve of no length
        return {
            "x_time": seen,
            "x": counts[0],
            "y_time": seen if second else torch.zeros_like(seen),
            "y": counts[-1] if second else counts[0, :, :1].expand_as(seen),
            "ode_x_time": ode_time,
            "ode_x": state["ode"][0],
            "ode_y_time": ode_time if second else torch.zeros_like(ode_time),
            "ode_y": state["ode"][-1] if second else state["ode"][0, :1].expand_as(ode_time),
            "edges": x,
            "nothing": torch.zeros_like(x),
            "share": share,
            "theory_n": torch.where(known, n, 0.0),
            "theory": theory,
        }


def solved_further(state: dict[str, Tensor], slope: Slope, jacobian: Slope, times: Tensor) -> dict[str, Tensor]:
    """One more step of a differential equation, as long as its error allows.

    Args:
        state: `amounts` (1, S) at the time `solved`, the length `dt` to be tried, and what is known of the first amounts at
            `times`, `ode` (K, T).
        slope: dx/dt (1, S) at amounts (1, S).
        jacobian: its derivatives (S, S).
        times: T increasing times; the last is the end.

    Returns:
        The same four, after the step.
    """
    before, solved, kept, end = state["amounts"], state["solved"], len(state["ode"]), times[-1]
    dt = torch.minimum(state["dt"], end - solved)
    moves = dt > 0
    dt = torch.where(moves, dt, torch.tensor(1.0))
    amounts, error = rosenbrock_method(slope, jacobian(before), before, dt)
    moves = moves & (error <= 1)  # never where it is not a number
    amounts = torch.where(moves, amounts, before)
    share = ((times - solved) / dt).clamp(0, 1)
    slopes = [dt * slope(each)[0, :kept] for each in (before, amounts)]
    between = hermite(share, before[0, :kept], amounts[0, :kept], *slopes)
    # The error is of third order in dt.
    longer = torch.minimum((0.9 * (error + 1e-6) ** (-1 / 3)).clamp(min=0.2), torch.tensor(4.0))
    longer = torch.where(error < math.inf, longer, torch.tensor(0.2))
    return {
        "amounts": amounts,
        "solved": torch.where(moves, torch.minimum(solved + dt, end), solved),
        "dt": dt * longer,
        "ode": torch.where(moves & (share > 0), between, state["ode"]),
    }


def rosenbrock_method(slope: Slope, jacobian: Tensor, amounts: Tensor, dt: Tensor) -> tuple[Tensor, Tensor]:
    """One step of RODAS3 (Sandu et al., Atmos. Environ. 31 (1997) 3459): third order, and stable however stiff.

    Args:
        slope: dx/dt (1, S) at amounts (1, S).
        jacobian: its derivatives (S, S) at `amounts`.
        amounts: the amounts now (1, S).
        dt: how much later.

    Returns:
        The amounts (1, S) after dt, and the estimated error () in units of what is allowed.
    """
    solve, pivot = inverse(2 / dt * torch.eye(amounts.shape[1]) - jacobian)
    solve = solve.T
    first = slope(amounts)
    k1 = first @ solve
    k2 = (first + 4 / dt * k1) @ solve
    k3 = (slope(amounts + 2 * k1) + (k1 - k2) / dt) @ solve
    k4 = (slope(amounts + 2 * k1 + k3) + (k1 - k2 - 8 / 3 * k3) / dt) @ solve
    after = amounts + 2 * k1 + k3 + k4
    allowed = 6e-5 * (1 + torch.maximum(amounts.abs(), after.abs()))
    # What grows faster than 2 / dt goes the wrong way, as if it decayed: a step would lead through an explosion.
    backwards = ((first * k1 < 0) & (k1.abs() > allowed)).any() & (pivot <= 0)
    return after, torch.where(backwards, math.inf, (k4.abs() / allowed).max())


def inverse(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """The inverse of a small matrix (n, n) by Gauss & Jordan's elimination in the order of its rows, and the smallest pivot ()."""
    rows, smallest = torch.cat([matrix, torch.eye(len(matrix))], dim=1), torch.tensor(math.inf)
    for i in range(len(matrix)):
        smallest = torch.minimum(smallest, rows[i, i])
        row = rows[i] / rows[i, i]
        rows = torch.where((torch.arange(len(matrix)) == i).unsqueeze(1), row, rows - torch.outer(rows[:, i], row))
    return rows[:, len(matrix) :], smallest


def hermite(share: Tensor, before: Tensor, after: Tensor, slope_before: Tensor, slope_after: Tensor) -> Tensor:
    """The cubic (S, n) that has these values and slopes (S,) at the shares 0 and 1, at `share` (n,)."""
    u, (x, y, dx, dy) = share, (each.unsqueeze(1) for each in (before, after, slope_before, slope_after))
    return x + u * u * (3 - 2 * u) * (y - x) + u * (1 - u) * ((1 - u) * dx - u * dy)


class EventTrap(Explorer):
    """Gene expression watched in two ways: the protein number weighted with the time that each state lasts, and counted
    once at every event. The second prefers states in which much happens, and its mean is too high."""

    k_m = Slider(20.0, 5.0, 30.0, step=1, label="transcription kₘ")
    k_n = Slider(2.5, 0.0, 4.0, step=0.1, label="translation kₙ")
    g_m = Slider(1.0, 0.8, 3.0, step=0.1, label="decay of mRNA γₘ")
    g_n = Slider(1.0, 0.8, 3.0, step=0.1, label="decay of protein γₙ")

    paths = 512  # trajectories that are pooled
    forgotten = 300  # events of each before counting begins, so that nothing is left of how it started
    recent = 60  # events that are drawn
    opening = 900
    speed = 300

    views = (
        View(
            Lines("recent_time", "recent_n", label="protein number", color=GREY, step=True),
            Dots("recent_time", "recent_n", label="event", color=RED),
            title="the last 60 events of one trajectory",
            x="time",
            y="n",
        ),
        View(
            Band("edges", "nothing", "by_time", label="weighted with time", color=BLUE),
            Lines("edges", "by_event", label="counted at events", color=RED),
            Lines("theory_n", "theory", label="stationary distribution", color=BLUE, dashed=True),
            title="distribution of the protein number",
            x="n",
            y="probability",
        ),
        View(
            Lines("events", "time_mean", label="weighted with time", color=BLUE),
            Lines("events", "event_mean", label="counted at events", color=RED),
            Lines("events", "time_theory", color=BLUE, dashed=True),
            Lines("events", "event_theory", color=RED, dashed=True),
            title="mean of n so far, and theory",
            x="events counted",
            y="mean of n",
        ),
        View(
            Table(
                "summary",
                rows=("time: measured", "time: theory", "events: measured", "events: theory"),
                columns=("mean of m", "mean of n"),
                digits=4,
            ),
            title="averages",
        ),
    )

    @classmethod
    def start(cls, noise: Noise, k_m: Tensor, k_n: Tensor, g_m: Tensor, g_n: Tensor) -> dict[str, Any]:
        # Where decay is slow, 300 events forget a start at the mean only in part: begin with the right scatter.
        m, n, covariance, variance = protein_moments(torch.stack([k_m, k_n, g_m, g_n]))
        first, second = noise.normal(2, cls.paths)
        by_m = covariance / m.sqrt()
        rest = (variance - by_m**2).clamp(min=0).sqrt()
        counts = torch.stack([m + m.sqrt() * first, n + by_m * first + rest * second], dim=1).round().clamp(min=0)
        return {
            "counts": counts,
            "events": torch.zeros(()),
            "sums": torch.zeros(2, 3),  # weights, m, n: by time and by event
            "histograms": torch.zeros(2, HIGHEST),
            "recent": torch.cat([torch.zeros(cls.recent, 1), counts[0, 1].expand(cls.recent, 1)], dim=1),
            "means": start_trace(2, 128),
        }

    @classmethod
    def step(
        cls, state: dict[str, Any], noise: Noise, k_m: Tensor, k_n: Tensor, g_m: Tensor, g_n: Tensor
    ) -> dict[str, Any]:
        counts, rates = state["counts"], torch.stack([k_m, k_n, g_m, g_n])
        waiting, after = direct_method(GENE_EXPRESSION, counts, rates, noise.uniform(cls.paths, 2))
        counted = (state["events"] >= cls.forgotten).float()
        weights = torch.stack([waiting, torch.ones_like(waiting)]) * counted  # (2, paths)
        m, n = counts[:, 0], counts[:, 1]
        sums = state["sums"] + weights @ torch.stack([torch.ones_like(n), m, n], dim=1)
        place = n.clamp(max=HIGHEST - 1).long().expand(2, -1)
        recent = torch.stack([state["recent"][-1, 0] + waiting[0], after[0, 1]])
        means = record(state["means"], sums[:, 2] / sums[:, 0].clamp(min=1e-6))
        begun = counted > 0
        return {
            "counts": after,
            "events": state["events"] + 1,
            "sums": sums,
            "histograms": state["histograms"].scatter_add(1, place, weights),
            "recent": torch.cat([state["recent"][1:], recent.unsqueeze(0)]),
            "means": {name: torch.where(begun, means[name], state["means"][name]) for name in means},
        }

    @classmethod
    def frame(cls, state: dict[str, Any], k_m: Tensor, k_n: Tensor, g_m: Tensor, g_n: Tensor) -> dict[str, Tensor]:
        rates = torch.stack([k_m, k_n, g_m, g_n])
        histograms, sums = state["histograms"], state["sums"]
        n = torch.arange(float(HIGHEST))
        width, edges = bins((n * (histograms[1] > 0)).max())
        x, by_time = outline(edges, binned(n, histograms[0], width))
        x, by_event = outline(edges, binned(n, histograms[1], width))
        theory_n = width * torch.arange(float(BINS))
        time_mean, event_mean = state["means"]["values"]
        expected = stationary_means(rates)
        measured = sums[:, 1:3] / sums[:, :1].clamp(min=1e-6)
        return {
            "recent_time": state["recent"][:, 0] - state["recent"][0, 0],
            "recent_n": state["recent"][:, 1],
            "edges": x,
            "nothing": torch.zeros_like(x),
            "by_time": by_time,
            "by_event": by_event,
            "theory_n": theory_n,
            "theory": protein_distribution(rates, theory_n),
            "events": trace_steps(state["means"]) * cls.paths,
            "time_mean": time_mean,
            "event_mean": event_mean,
            "time_theory": expected[0, 1].expand(len(time_mean)),
            "event_theory": expected[1, 1].expand(len(time_mean)),
            "summary": torch.stack([measured[0], expected[0], measured[1], expected[1]]),
        }
