"""Every array that the explorers of dropout, Gillespie, f-GAN and one loss draw, against an oracle from outside of them.

An oracle works out all arrays of a frame anew: from the same uniform numbers, with numpy, scipy, closed forms, brute force
and `torch.optim`, at all corners of the sliders and with every choice. A frame with an array that its oracle does not know
fails. The traces of longer runs are held to theory in the tests of each chapter's sliders and claims.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import gammaln, lambertw, log_softmax, softmax
from scipy.stats import gmean, norm, poisson
from sklearn.datasets import load_digits
from test_fgan_sliders import bound, gain, log_density
from test_gillespie_sliders import protein_oracle, solution
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from kexue_widgets import dropout, fgan, gillespie, onelossgan
from kexue_widgets.dropout import Ensemble, Mask, Overfitting, SlowMotion
from kexue_widgets.fgan import DIVERGENCES, InsideGAN, OneGaussian, PlaneGAN, Selector
from kexue_widgets.gillespie import EventTrap, OwnNetwork, Trajectories
from kexue_widgets.live import Choice, Engine, Explorer, Slider, Toggle
from kexue_widgets.live.programs import TorchProgram
from kexue_widgets.onelossgan import DigitsGAN, GradientFlow, PlainGame, TwoSchemes

Arrays = dict[str, Any]
Oracle = Callable[[SimpleNamespace, int, dict[str, np.ndarray]], Arrays]
FRAME, START, STEP = range(3)
SEED = 3
EIGHT = (
    "total variation", "KL", "reverse KL", "Pearson", "Neyman", "squared Hellinger", "Jeffrey", "Jensen-Shannon"
)  # fmt: skip


class Draw:
    """The random numbers of a stream: MT19937, the low 24 bits of each output, and Box & Muller."""

    def __init__(self, stream: int) -> None:
        self.rng = np.random.RandomState([SEED, stream])

    def uniform(self, *shape: int) -> np.ndarray:
        bits = self.rng.randint(2**24, size=math.prod(shape), dtype=np.uint32)
        return (bits / np.float32(2**24)).astype(np.float32).reshape(shape)

    def normal(self, *shape: int) -> np.ndarray:
        u, v = self.uniform(*shape), self.uniform(*shape)
        return np.sqrt(-2 * np.log(1 - u)) * np.cos(np.float32(2 * math.pi) * v)

    def layer(self, layer: nn.Module, inputs: int) -> nn.Module:
        """A layer as torch draws it: weights, then biases, uniform on +- 1 / sqrt(inputs)."""
        for parameter in layer.parameters():
            parameter.data = torch.from_numpy((2 * self.uniform(*parameter.shape) - 1) / np.float32(math.sqrt(inputs)))
        return layer

    def mlp(self, *widths: int) -> nn.Sequential:
        layers = [self.layer(nn.Linear(*pair), pair[0]) for pair in itertools.pairwise(widths)]
        return nn.Sequential(*itertools.chain(*((layer, nn.Tanh()) for layer in layers)))[:-1]


def trace(rows: list[Any], capacity: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """What is drawn of a run shorter than the trace: each step's numbers, and from there on the newest."""
    rows = rows or [np.zeros(1)]
    at = np.minimum(np.arange(capacity), len(rows) - 1)
    return at, np.array([[float(each) for each in row] for row in rows])[at].T


def means(values: list[float]) -> list[float]:
    """The mean of all values so far, at each of them."""
    return list(np.cumsum(values) / np.arange(1, len(values) + 1))


def outline(edges: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(edges, 2)[1:-1], np.repeat(heights, 2)


# Dropout


def mask(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    draw = Draw(FRAME)
    x, u = draw.uniform(3, 4, 5), draw.uniform(400, 3, 4, 5)
    rate = np.float32(v.p if v.training else 0)
    coins = np.ones(v.noise_shape, int).cumsum().reshape(v.noise_shape) - 1
    coin_of = np.broadcast_to(coins, x.shape)
    first = [np.flatnonzero(coin_of.ravel() == coin)[0] for coin in range(coins.size)]
    kept = (u.reshape(400, 60)[:, first] >= rate)[:, coin_of.ravel()].reshape(u.shape)
    y = x * kept / (1 - rate)
    expected = np.float64(x) ** 2 * rate / (1 - rate)
    # The mean of y is a sum of independent coins, each with all of its entries: x m / (1 - p) has variance x^2 p / (1 - p).
    shares = np.bincount(coin_of.ravel(), x.ravel()) / 60
    each_mean = y.mean((1, 2, 3))
    return {
        "x": x,
        "mask": kept[0],
        "output": y[0],
        "line": [0, expected.max()],
        "expected_variance": expected.ravel(),
        "variance": y.var(0, ddof=1).ravel(),
        "summary": [
            [x.mean(), each_mean.mean()],
            [rate / (1 - rate) * (shares**2).sum(), each_mean.var(ddof=1)],
            [rate, (y == 0).mean()],
        ],
    }


def ensemble(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    draw = Draw(FRAME)
    x, hidden, last = draw.normal(8), draw.normal(8, 8) / math.sqrt(8), draw.normal(8, 3)

    def model(x: np.ndarray) -> np.ndarray:
        return v.scale * (x if v.network == "softmax" else np.tanh(v.scale * x @ hidden)) @ last

    every = np.array(list(itertools.product((0, 1), repeat=8)))
    weight = np.where(every, 1 - v.p, v.p).prod(1)
    each = np.array([model(x * m / (1 - v.p)) for m in every])
    off = softmax(model(x))
    # scipy's weighted geometric mean, of probabilities that e^700 does not reach
    logs = log_softmax(each, axis=1)
    lift = logs.max()
    geometric = gmean(np.exp(np.longdouble(logs - lift)), axis=0, weights=np.tile(weight[:, None], 3))
    geometric, arithmetic = geometric / geometric.sum(), weight @ np.exp(logs)
    return {
        "off": off,
        "geometric": geometric,
        "arithmetic": arithmetic,
        "rank": np.arange(256),
        "submodels": np.sort(np.exp(logs[:, 0])),
        "ends": [0, 255],
        "off_line": [off[0]] * 2,
        "gap": [abs(geometric - off).max(), abs(arithmetic - off).max()],
    }


class Dropped(nn.Module):
    """Dropout by hand on both hidden layers of a network 1 -> 64 -> 64 -> 1."""

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self.layers = nn.ModuleList(draw.layer(nn.Linear(*pair), pair[0]) for pair in ((1, 64), (64, 64), (64, 1)))

    def forward(self, x: Tensor, p: float = 0, u: np.ndarray | None = None) -> Tensor:
        h = x[:, None]
        for k in range(2):
            h = torch.tanh(self.layers[k](h))
            if u is not None:
                h = h * torch.from_numpy(u[k] >= np.float32(p)) / (1 - p)
        return self.layers[2](h)[:, 0]


def overfitting(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    draw, step = Draw(START), Draw(STEP)

    def truth(x: Any) -> Any:
        return np.sin(3 * x) + 0.3 * x

    x = 2 * draw.uniform(16) - 1
    y = truth(x) + v.spread * draw.normal(16)
    held_out = np.linspace(-1, 1, 64)
    unseen = truth(held_out) + v.spread * draw.normal(64)
    start = draw.rng.get_state()
    networks = []
    for _ in range(2):
        draw.rng.set_state(start)
        networks.append(Dropped(draw))
    rules = [torch.optim.Adam(network.parameters(), v.rate) for network in networks]
    points = [(torch.tensor(a).float(), torch.tensor(b).float()) for a, b in ((x, y), (held_out, unseen))]
    rows = []
    for _ in range(steps):
        u = step.uniform(2, 16, 64)
        for network, rule, arguments in zip(networks, rules, ((v.p, u), ()), strict=True):
            rule.zero_grad()
            ((network(points[0][0], *arguments) - points[0][1]) ** 2).mean().backward()
            rule.step()
        rows.append([float(((net(a) - b) ** 2).mean()) for net in networks for a, b in points])
    grid = torch.linspace(-1.2, 1.2, 61)
    passes = Draw(FRAME).uniform(32, 2, 1, 64)
    fits = np.array([networks[0](grid, v.p, u).detach() for u in passes])
    time, errors = trace(rows)
    return {
        "x": grid,
        "truth": truth(grid.numpy()),
        "with": networks[0](grid),
        "low": fits.mean(0) - 2 * fits.std(0, ddof=1),
        "high": fits.mean(0) + 2 * fits.std(0, ddof=1),
        "without": networks[1](grid),
        "data_x": x,
        "data_y": y,
        "time": time,
    } | dict(zip(("seen_with", "unseen_with", "seen_without", "unseen_without"), errors, strict=True))


def slow_motion(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    draw, step = Draw(START), Draw(STEP)

    def truth(x: Any) -> Any:
        return np.sin(3 * x) + 0.3 * x

    def pick(draw: Draw) -> tuple[Tensor, Tensor, np.ndarray]:
        index = int(draw.uniform(1)[0] * 16)
        return tensor(x[index]), tensor(y[index]), draw.uniform(2, 5)

    x = 2 * draw.uniform(16) - 1
    y = truth(x) + 0.3 * draw.normal(16)
    first, second, last = (draw.layer(nn.Linear(*pair), pair[0]) for pair in ((1, 5), (5, 5), (5, 1)))
    parameters = [each for layer in (first, second, last) for each in layer.parameters()]

    def outcome(x: Tensor, u: np.ndarray | None) -> tuple[list[Tensor], list[Tensor]]:
        """Of x (n, 1): what is there before anything is dropped, and what is passed on."""
        keep = torch.ones(2, 5) if u is None else torch.from_numpy(u >= np.float32(v.p)) / (1 - v.p)
        a = torch.tanh(first(x))
        b = torch.tanh(second(a * keep[0]))
        y = last(b * keep[1])
        return [x, a, b, y], [x, a * keep[0], b * keep[1], y]

    def gradients() -> tuple[Tensor, list[Tensor], list[Tensor], list[Tensor]]:
        before, passed = outcome(point.reshape(1, 1).requires_grad_(), u)
        loss = ((passed[-1] - aim) ** 2).sum()
        found = torch.autograd.grad(loss, [*before, *parameters])
        return loss, passed, list(found[:4]), list(found[4:])

    (point, aim, u), moved = pick(draw), [torch.zeros_like(each) for each in parameters]
    for count in range(1, steps + 1):
        other = pick(step)
        moved = [torch.zeros_like(each) for each in parameters]
        if count % 5 == 4:
            moved = [-v.rate * each for each in gradients()[3]]
            for each, by in zip(parameters, moved, strict=True):
                each.data += by
        if count % 5 == 0:
            point, aim, u = other
    loss, passed, by_unit, by_weight = gradients()
    flat = torch.cat([each.reshape(-1) for each in passed]).detach()
    kept = np.concatenate([[1], (u >= np.float32(v.p)).reshape(-1), [1]])
    weights = [each.detach() for each in parameters]
    signals = [
        *(float(w * flat[0]) for w in weights[0][:, 0]),
        *(float(weights[2][j, i] * flat[1 + i]) for i in range(5) for j in range(5)),
        *(float(weights[4][0, j] * flat[6 + j]) for j in range(5)),
    ]

    def of_edges(values: list[Tensor]) -> list[float]:
        return [
            *values[0][:, 0].tolist(),
            *(float(values[2][j, i]) for i in range(5) for j in range(5)),
            *values[4][0].tolist(),
        ]

    def share(values: Any) -> list[float]:
        sizes = np.abs(values)
        return list(sizes / (sizes.max() + 1e-12))

    slopes = torch.cat([each.reshape(-1) for each in by_unit]).tolist()
    known = [*flat.tolist(), float(loss.detach())]
    phase = steps % 5
    at_work, through, numbers = [
        ([1] + 12 * [0], 36 * [0], [known[0]] + 12 * [np.nan]),
        ([*kept, 0], [*share(signals), 0], [*known[:-1], np.nan]),
        (11 * [0] + [1, 1], 35 * [0] + [1], known),
        ([*share(slopes), 1], [*share(of_edges(by_weight)), 1], [*slopes, 1]),
        (13 * [0], [*share(of_edges(moved)), 0], known),
    ][phase]
    grid = torch.linspace(-1.2, 1.2, 61)
    off, masked = (torch.cat(outcome(grid[:, None], each)[1], dim=1).detach() for each in (None, u))
    return {
        "phase": np.arange(5) == phase,
        "at_work": at_work,
        "through": through,
        "numbers": numbers,
        "x": grid,
        "response": off[:, v.unit],
        "masked": masked[:, v.unit],
        "point_x": [float(point)],
        "point_unit": [known[v.unit]],
        "truth": truth(grid.numpy()),
        "fit": off[:, -1],
        "masked_fit": masked[:, -1],
        "data_x": x,
        "data_y": y,
        "point_y": [float(aim)],
    }


# Gillespie: what each system takes and how it changes, its rates and its start, written out by hand

NETWORKS: dict[str, tuple] = {
    "gene expression": (
        lambda n, c: (c[0], c[1] * n[0], c[2] * n[0], c[3] * n[1]),
        [(1, 0), (0, 1), (-1, 0), (0, -1)], (20, 2.5, 1, 1), (1, 1), 12, 1,
    ),
    "birth and death": (lambda n, c: (c[0], c[1] * n[0]), [(1,), (-1,)], (10, 0.5), (0,), 40, 0),
    "dimerisation": (
        lambda n, c: (c[0] * n[0] * (n[0] - 1) / 2, c[1] * n[1]),
        [(-2, 1), (2, -1)], (0.02, 0.2), (100, 0), 20, 1,
    ),
    "Lotka-Volterra": (
        lambda n, c: (c[0] * n[0], c[1] * n[0] * n[1], c[2] * n[1]),
        [(1, 0), (-1, 1), (0, -1)], (1, 0.02, 1), (80, 40), 10, 0,
    ),
    "Schlögl": (
        lambda n, c: (
            c[0] * n[0] * (n[0] - 1) / 2, c[1] * n[0] * (n[0] - 1) / 2 * (n[0] - 2) / 3, c[2], c[3] * n[0]
        ),
        [(1,), (-1,), (1,), (-1,)], (0.3, 0.01, 20, 3.5), (25,), 8, 0,
    ),
    "epidemic (SIR)": (
        lambda n, c: (c[0] * n[0] * n[1], c[1] * n[1]),
        [(-1, 1, 0), (0, -1, 1)], (0.01, 1), (200, 3, 0), 15, 0,
    ),
}  # fmt: skip


def event(
    counts: np.ndarray, propensities: Callable, changes: np.ndarray, rates: np.ndarray, u: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Waiting times and counts after the next event of each trajectory; single precision, as the choice hangs on it."""
    a = np.stack(np.broadcast_arrays(*propensities(counts.T, rates)), axis=1).astype(np.float32)
    cumulative = a.cumsum(1, dtype=np.float32)
    total = cumulative[:, -1]
    chosen = (cumulative <= (u[:, 1] * total)[:, None]).sum(1)
    after = counts + np.concatenate([changes, np.zeros_like(changes[:1])])[chosen]  # nothing where nothing can react
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, -np.log(1 - u[:, 0]) / total, np.inf), after


def stationary(system: str, c: np.ndarray, total: float, n: np.ndarray) -> np.ndarray:
    """The stationary probability of n: Poisson, closed forms by detailed balance, and mRNAs followed one by one."""
    if system == "gene expression":
        mean = c[0] * c[1] / c[2] / c[3]
        deviation = (mean * (1 + c[1] / (c[2] + c[3]))) ** 0.5
        length = 2 ** int(np.ceil(np.log2(max(mean + 10 * deviation + 30, 64))))
        return np.append(protein_oracle(*c, length=length), 0)[np.minimum(n, length)]
    if system == "birth and death":
        return poisson.pmf(n, c[0] / c[1])
    if system == "dimerisation":
        y = np.arange(total // 2 + 1)
        log = y * np.log(c[0] / 2 / c[1]) - gammaln(total - 2 * y + 1) - gammaln(y + 1)
        return np.append(softmax(log), 0)[np.minimum(n, len(y)).astype(int)]
    if system == "Schlögl":
        k = np.arange(1, 2048)
        ratio = (c[2] + c[0] * (k - 1) * (k - 2) / 2) / (c[3] * k + c[1] * k * (k - 1) * (k - 2) / 6)
        return softmax(np.append(0, np.log(ratio).cumsum()))[np.minimum(n, 2047)]
    return np.zeros(len(n))


def trajectories(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    propensities, changes, standard, x0, horizon, watched = NETWORKS[v.system]
    factors = (v.c1, v.c2, v.c3, v.c4)[: len(standard)]
    rates = np.float32(standard) * np.float32(factors)
    start = np.round(np.float32(x0) * np.float32(v.initial))
    counts, clock, draw = np.tile(start, (48, 1)).astype(np.float32), np.zeros(48), Draw(STEP)
    points = np.arange(161) / 160 * horizon
    history = np.tile(counts[:, :, None], 161)
    for _ in range(steps):
        waiting, after = event(counts, propensities, np.float32(changes), rates, draw.uniform(48, 2))
        counts = np.where((clock + waiting < horizon)[:, None], after, counts)
        clock = np.minimum(clock + waiting, horizon)
        history = np.where((points > clock[:, None])[:, None], counts[:, :, None], history)
    shown = np.arange(48) < v.number
    time = np.where(shown[:, None], np.minimum(points, clock[:, None]), 0)
    seen = np.where(shown[:, None, None], history, history[:, :, :1])
    late = shown[:, None] & (points >= clock[:, None] / 2) & (points <= clock[:, None])
    lately = history[:, watched][late]
    width = int(lately.max(initial=0) // 40) + 1
    edges = width * np.arange(41) - 0.5
    x, share = outline(edges, np.histogram(lately, edges)[0] / max(len(lately), 1) / width)
    n = width * np.arange(40)
    theory = stationary(v.system, np.float64(standard) * factors, start[0] + 2 * start[-1], n)
    # How far the differential equation has been solved is the solver's own affair; what it has found so far is not.
    solved = np.minimum(points, drawn["ode_x_time"].max())
    times, place = np.unique(solved, return_inverse=True)
    ode = solution(v.system, np.float64(standard) * factors, v.initial, times)[:, place]
    second = len(x0) > 1
    nothing = np.zeros_like(time), np.tile(seen[:, 0, :1], 161), np.zeros(161), np.full(161, drawn["ode_x"][0])
    y_time, y, ode_y_time, ode_y = (time, seen[:, 1], solved, ode[1]) if second else nothing
    return {
        "x_time": time,
        "x": seen[:, 0],
        "y_time": y_time,
        "y": y,
        "ode_x_time": solved,
        "ode_x": ode[0],
        "ode_y_time": ode_y_time,
        "ode_y": ode_y,
        "edges": x,
        "nothing": np.zeros(80),
        "share": share,
        "theory_n": n if theory.sum() > 1e-6 else np.zeros(40),
        "theory": theory,
    }


def own_network(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    # The text is the first example, by hand: A + B -> 2 B @ 0.01 from 100 and 1, whose equation is Verhulst's.
    counts, clock, draw = np.tile(np.float32([100, 1]), (24, 1)), np.zeros(24), Draw(STEP)
    points = np.arange(161) / 160 * 12
    history = np.tile(counts[:, :, None], 161)
    for _ in range(steps):
        waiting, after = event(
            counts, lambda n, c: [c[0] * n[0] * n[1]], np.float32([[-1, 1]]), np.float32([0.01]), draw.uniform(24, 2)
        )
        counts = np.where((clock + waiting < 12)[:, None], after, counts)
        clock = np.minimum(clock + waiting, 12)
        history = np.where((points > clock[:, None])[:, None], counts[:, :, None], history)
    shown = (np.arange(24) < v.number)[:, None]
    solved = np.minimum(points, drawn["ode_time"].max())
    grown = 101 / (1 + 100 * np.exp(-1.01 * solved))
    point = np.zeros((4, 161))
    return {
        "time": np.where(shown, np.minimum(points, clock[:, None]), 0),
        **{f"count_{i}": np.where(shown, history[:, i], history[:, i, :1]) for i in range(2)},
        **{f"count_{i}": np.zeros((24, 161)) for i in range(2, 6)},
        "ode_time": [solved, solved, *point],
        "ode": [101 - grown, grown, *(point + 100)],
    }


def event_trap(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    c = np.array([v.k_m, v.k_n, v.g_m, v.g_n])
    # Moments of the stationary state, from the equations for <m>, <n>, <mn> and <n^2>.
    m, n = c[0] / c[2], c[0] * c[1] / c[2] / c[3]
    covariance = c[1] * m / (c[2] + c[3])
    variance = n + c[1] * covariance / c[3]
    first, second = np.float64(Draw(START).normal(2, 512))
    # The Cholesky factor of ((m, cov), (cov, var)) makes two normal numbers hang together.
    root = np.linalg.cholesky([[m, covariance], [covariance, variance + 1e-12]])
    counts = np.float32(np.round([[m], [n]] + root @ [first, second]).clip(0)).T
    draw, changes = Draw(STEP), np.float32([(1, 0), (0, 1), (-1, 0), (0, -1)])
    by_time, by_event, sums, rows = np.zeros(512), np.zeros(512), np.zeros((2, 3)), []
    recent = [(0.0, counts[0, 1])] * 60
    for k in range(steps):
        waiting, after = event(counts, NETWORKS["gene expression"][0], changes, np.float32(c), draw.uniform(512, 2))
        if k >= 300:
            for row, weight in enumerate((waiting, np.ones(512))):
                sums[row] += [weight.sum(), *(weight @ counts)]
                np.add.at((by_time, by_event)[row], counts[:, 1].astype(int), weight)
            rows.append(sums[:, 2] / sums[:, 0])
        counts = after
        recent.append((recent[-1][0] + waiting[0], after[0, 1]))
    width = int(np.flatnonzero(by_event).max(initial=0) // 40) + 1
    edges = width * np.arange(41) - 0.5
    heights = [
        np.histogram(np.arange(512), edges, weights=each)[0] / (each.sum() + 1e-12) / width
        for each in (by_time, by_event)
    ]
    (x, by_time), (_, by_event) = (outline(edges, each) for each in heights)
    time, (time_mean, event_mean) = trace(rows or [np.zeros(2)], 128)
    slope = np.array([c[1] + c[2], c[3]])  # a_0 = k_m + (k_n + g_m) m + g_n n
    second_moments = np.array([[m, covariance], [covariance, variance]])
    biased = [m, n] + second_moments @ slope / (c[0] + slope @ [m, n])
    recent_time, recent_n = np.array(recent[-60:]).T
    measured = sums[:, 1:] / np.maximum(sums[:, :1], 1e-6)
    return {
        "recent_time": recent_time - recent_time[0],
        "recent_n": recent_n,
        "edges": x,
        "nothing": np.zeros(80),
        "by_time": by_time,
        "by_event": by_event,
        "theory_n": width * np.arange(40),
        "theory": stationary("gene expression", c, 0, width * np.arange(40)),
        "events": 512 * time,
        "time_mean": time_mean,
        "event_mean": event_mean,
        "time_theory": [n] * 128,
        "event_theory": [biased[1]] * 128,
        "summary": [measured[0], [m, n], measured[1], biased],
    }


# f-GAN: the columns of the chapter's tables

CONTROLS = {name: name.lower().replace(" ", "_").replace("-", "_") for name in DIVERGENCES}


def table(name: str, u: Any) -> tuple[Any, Any, Any]:
    """f, its slope t, and f*(t) by the table's formula in t."""
    e, log, root = np.exp, np.log, np.sqrt
    match name:
        case "total variation":
            return abs(u - 1) / 2, np.sign(u - 1) / 2, np.sign(u - 1) / 2
        case "KL":
            return u * log(u), 1 + log(u), e(log(u))
        case "reverse KL":
            return -log(u), -1 / u, -1 - log(1 / u)
        case "Pearson":
            return (u - 1) ** 2, 2 * (u - 1), (t := 2 * (u - 1)) + t**2 / 4
        case "Neyman":
            return (1 - u) ** 2 / u, 1 - u**-2.0, 2 - 2 * root(u**-2.0)
        case "squared Hellinger":
            return (root(u) - 1) ** 2, (t := 1 - u**-0.5), t / (1 - t)
        case "Jeffrey":
            t = 1 - 1 / u + log(u)
            w = lambertw(e(1 - t)).real
            return (u - 1) * log(u), t, w + 1 / w + t - 2
        case "Jensen-Shannon":
            t = log(2 * u / (u + 1)) / 2
            return u / 2 * log(u) - (u + 1) / 2 * log((u + 1) / 2), t, -log(2 - e(2 * t)) / 2
    raise ValueError(name)


def activation(name: str, v: Tensor) -> tuple[Tensor, Tensor]:
    """T and f*(T) of a score, as in the chapter's table of activations with w = v + sqrt(v^2 + 1)."""
    w = torch.asinh(v).exp()
    return {
        "total variation": lambda: (v.tanh() / 2, v.tanh() / 2),
        "KL": lambda: (1 + w.log(), w),
        "reverse KL": lambda: (-1 / w, w.log() - 1),
        "Pearson": lambda: (2 * (w - 1), w**2 - 1),
        "Neyman": lambda: (1 - w**-2, 2 - 2 / w),
        "squared Hellinger": lambda: (1 - w**-0.5, w**0.5 - 1),
        "Jeffrey": lambda: (1 - 1 / w + w.log(), w - 1 + w.log()),
        "Jensen-Shannon": lambda: ((math.log(2) - softplus(-v)) / 2, (softplus(v) - math.log(2)) / 2),
    }[name]()


def mixture(v: SimpleNamespace) -> dict[str, float]:
    """The divergences that count, with their weights: one, or those of a mixture."""
    if v.divergence != "your mixture":
        return {v.divergence: 1.0}
    return {name: getattr(v, each) for name, each in CONTROLS.items() if getattr(v, each)}


def mixed_activation(v: SimpleNamespace, score: Tensor) -> tuple[Tensor, ...]:
    """T and f*(T) of a mixture at w = v + sqrt(v^2 + 1), where total variation has scores from -1 to 1 for itself."""
    if v.divergence != "your mixture":
        return activation(v.divergence, score)
    parts = mixture(v)
    rise = parts.pop("total variation", 0.0)
    inside = score.clamp(-1, 1) if rise else torch.zeros(())
    step = rise * (inside / 2 if parts else score.tanh() / 2) + 0 * score
    log_w = torch.asinh(score - inside)
    each = [activation(name, log_w if name == "Jensen-Shannon" else score - inside) for name in parts]
    return tuple(step + sum(w * one[i] for w, one in zip(parts.values(), each, strict=True)) for i in (0, 1))


def selector(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    u, score, shown = np.linspace(0.1, 4, 118), torch.linspace(-4, 4, 81).double(), np.linspace(-6, 6, 121)
    parts = mixture(v)

    def columns(u: Any) -> np.ndarray:
        return sum((w * np.array(table(name, u)) for name, w in parts.items()), np.zeros((3, *np.shape(u))))

    def reached(multiple: float) -> float:
        return sum(w * bound(name, multiple, v.mean, v.deviation) for name, w in parts.items())

    f, slope, conjugate = columns(u)
    (at_u, touching, at_slope) = (float(each) for each in columns(np.float64(v.u)))
    exact = reached(1)
    multiples = np.linspace(0, 1.5, 31)
    bounds = [max(reached(each), -exact) for each in (*multiples, v.knows)]
    return {
        "ratio": u,
        "f": f,
        "tangent": at_u + touching * (u - v.u),
        "u": [v.u],
        "at_u": [at_u],
        "slope": slope,
        "conjugate": conjugate,
        "touching": [touching],
        "at_slope": [at_slope],
        "score": score,
        "activation": mixed_activation(v, score)[0],
        "shown": shown,
        "p": norm.pdf(shown),
        "q": norm.pdf(shown, v.mean, v.deviation),
        "multiples": multiples,
        "bounds": bounds[:-1],
        "exact": [exact] * 31,
        "knows": [v.knows],
        "bound": bounds[-1:],
        "summary": [exact, bounds[-1]],
    }


def tensor(x: Any) -> Tensor:
    return torch.tensor(np.asarray(x), dtype=torch.float32)


def adam(network: nn.Module, rate: float, beta2: float = 0.999) -> torch.optim.Optimizer:
    return torch.optim.Adam(network.parameters(), rate, (0.5, beta2))


def descend(rule: torch.optim.Optimizer, loss: Tensor) -> None:
    rule.zero_grad()
    loss.backward()
    rule.step()


def plane_gan(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    draw, step = Draw(START), Draw(STEP)
    generator, critic = draw.mlp(2, 64, 64, 2), draw.mlp(2, 64, 64, 1)
    # Where points lie is checked in the tests of the samplers; here they are given.
    centres = tensor(v.points)[np.arange(200) % len(v.points)] if v.data == 4 else PlaneGAN.centres[v.data]

    def data(draw: Draw, count: int) -> Tensor:
        return centres[(draw.uniform(count) * len(centres)).astype(int)] + 0.1 * tensor(draw.normal(count, 2))

    def value(real: Tensor, fake: Tensor) -> Tensor:
        return mixed_activation(v, critic(real))[0].mean() - mixed_activation(v, critic(fake))[1].mean()

    def gains(fake: Tensor) -> Tensor:
        return mixed_activation(v, critic(fake))[0 if v.nonsaturating else 1]

    real = data(draw, 256)
    critic_rule, generator_rule = adam(critic, v.rate_critic), adam(generator, v.rate_generator)
    estimates = []
    for count in range(1, steps + 1):
        batch, latent, other = data(step, 128), tensor(step.normal(128, 2)), tensor(step.normal(128, 2))
        estimate = value(batch, generator(latent).detach())
        estimates.append(float(estimate))
        if v.player != 2:
            descend(critic_rule, -estimate)
        if v.player == 2 or (v.player == 0 and count % v.critic_steps == 0):
            descend(generator_rule, -gains(generator(other)).mean())
    fake = generator(tensor(Draw(FRAME).normal(256, 2))).detach().requires_grad_()
    (pull,) = torch.autograd.grad(gains(fake).sum(), fake)
    arrow = 0.6 * pull / (pull.norm(dim=1).max() + 1e-12)
    fake = fake.detach()
    distance = torch.cdist(fake, real, compute_mode="donot_use_mm_for_euclid_dist")
    axis = torch.linspace(-3, 3, 41)
    x, y = torch.meshgrid(axis, axis, indexing="xy")
    time, (estimate, smooth) = trace(list(zip(estimates, means(estimates), strict=True)) or [np.zeros(2)])
    covered, good = ((distance.min(k).values < 0.3).float().mean() for k in (0, 1))
    return {
        "field": critic(torch.stack([x, y], 2))[..., 0].clamp(-8, 8),
        "axis": axis,
        "data_x": real[:, 0],
        "data_y": real[:, 1],
        "fake_x": fake[:, 0],
        "fake_y": fake[:, 1],
        "arrow_x": arrow[:, 0],
        "arrow_y": arrow[:, 1],
        "time": time,
        "estimate": estimate,
        "smooth": smooth,
        "summary": [smooth[-1], covered, good],
    }


def inside_gan(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    draw, step = Draw(START), Draw(STEP)
    generator, critic = draw.mlp(2, 3, 2), draw.mlp(2, 4, 1)
    # f'(w) and, of a slope T, f*(T), as in the table of the paper; w is the ratio that a score stands for.
    activation, conjugate = [
        (lambda v: 1 + torch.asinh(v), lambda T: torch.exp(T - 1)),
        (lambda v: -torch.exp(-torch.asinh(v)), lambda T: -1 - torch.log(-T)),
        (lambda v: torch.log(2 * torch.sigmoid(v)) / 2, lambda T: -torch.log(2 - torch.exp(2 * T)) / 2),
    ][v.divergence]

    def pick(draw: Draw) -> tuple[Tensor, Tensor]:
        heap = np.where(draw.uniform(32)[:, None] < 0.5, -1, 1) * np.array([1.2, 0.6])
        return tensor(heap + 0.25 * draw.normal(32, 2)), tensor(draw.normal(32, 2))

    def through(network: nn.Sequential, points: Tensor) -> list[Tensor]:
        hidden = network[:2](points)
        return [points, hidden, network[2](hidden)]

    def judged(points: Tensor) -> list[Tensor]:
        units = through(critic, points)
        return [*units, activation(units[-1])]

    def forward() -> tuple[list[Tensor], list[Tensor], Tensor, Tensor]:
        made = through(generator, noise)
        on_data, on_fakes = judged(data), judged(made[-1])
        return [*made[:2], *on_fakes], on_data, on_data[-1].mean(), conjugate(on_fakes[-1]).mean()

    def climb(network: nn.Sequential, rate: float) -> list[np.ndarray]:
        _, _, mean_data, mean_fakes = forward()
        parameters = list(network.parameters())
        moves = [rate * each for each in torch.autograd.grad(mean_data - mean_fakes, parameters)]
        for parameter, move in zip(parameters, moves, strict=True):
            parameter.data += move
        return [move.numpy() for move in moves]

    (data, noise), moved = pick(draw), [np.zeros(1)]
    for count in range(1, steps + 1):
        other = pick(step)
        if count % 9 == 0:
            data, noise = other
        if count % 9 == 6:
            moved = climb(critic, v.rate_critic)
        if count % 9 == 8:
            moved = climb(generator, -v.rate_generator)

    fakes, on_data, mean_data, mean_fakes = forward()
    bound = mean_data - mean_fakes
    players = [*generator.parameters(), *critic.parameters()]
    found = torch.autograd.grad(bound, [*fakes[1:], *on_data[1:], *players])
    mean_data, mean_fakes, bound = (float(each.detach()) for each in (mean_data, mean_fakes, bound))
    by_fakes, by_data, by_weight = found[:5], found[5:8], [each.numpy() for each in found[8:]]
    fakes, on_data = ([each.detach().numpy() for each in units] for units in (fakes, on_data))
    weights = [each.detach().numpy() for each in players]

    def mean(units: Any) -> list[float]:
        return [float(each) for unit in units for each in unit.mean(0)]

    def total(gradients: Any) -> np.ndarray:
        return np.concatenate([each.numpy().sum(0) for each in gradients])

    def size(unit: np.ndarray) -> np.ndarray:
        return abs(unit).mean(0)

    def along(first: np.ndarray, last: np.ndarray) -> list[float]:
        """From the first input to each hidden unit, from the second, then from each hidden unit to each output."""
        sizes = [
            abs(float(layer[to, by]))
            for layer in (first, last)
            for by in range(layer.shape[1])
            for to in range(len(layer))
        ]
        return list(np.array(sizes) / (max(sizes) + 1e-12))

    nan = [np.nan]
    known = [*nan, *mean(fakes), mean_data, mean_fakes, bound]
    through_data = along(weights[4] * size(on_data[0]), weights[6] * size(on_data[1]))
    through_fakes = along(weights[4] * size(fakes[2]), weights[6] * size(fakes[3]))
    making = along(weights[0] * size(fakes[0]), weights[2] * size(fakes[1]))
    by_hidden, by_score = (each.numpy().sum(0) for each in by_fakes[2:4])
    back = along(weights[4] * by_hidden[:, None], weights[6] * by_score[:, None])
    move = along(moved[0], moved[2]) if len(moved) > 1 else []
    # Nodes: data, 2 of noise, 3 hidden, 2 places, 6 of the critic, 2 means, the bound; edges: 12, 2, 12, 1, 2 and 2.
    at_work, edges, numbers = [
        ([1, 1, 1] + 14 * [0], 31 * [0], nan + known[1:3] + 14 * nan),
        ([0] + 7 * [1] + 9 * [0], making + 19 * [0], nan + known[1:8] + 9 * nan),
        (
            [1] + 5 * [0] + 9 * [1] + 2 * [0],
            12 * [0] + [1, 1] + through_data + [1, 1, 0, 0, 0],
            6 * nan + mean(on_data) + [known[14]] + 2 * nan,
        ),
        (6 * [0] + 8 * [1] + [0, 1, 0], 14 * [0] + through_fakes + [1, 0, 1, 0, 0], known[:-1] + nan),
        (14 * [0] + 3 * [1], 29 * [0] + [1, 1], known),
        (
            8 * [0] + 9 * [1],
            14 * [0] + along(by_weight[4], by_weight[6]) + 5 * [1],
            8 * nan + list(total(by_data) + total(by_fakes[2:])) + [1, -1, 1],
        ),
        (17 * [0], 14 * [0] + move + 5 * [0], known),
        (
            3 * [0] + 11 * [1] + [0, 1, 1],
            [*along(by_weight[0], by_weight[2]), 0, 0, *back, 1, 0, 1, 0, 1],
            3 * nan + list(total(by_fakes)) + nan + [-1, 1],
        ),
        (17 * [0], move + 19 * [0], known),
    ][steps % 9]
    axis = np.linspace(-3, 3, 31)
    plane = tensor(np.stack(np.meshgrid(axis, axis), 2).reshape(-1, 2))
    everywhere = torch.cat([*through(generator, plane), *judged(plane)[1:]], 1).detach().reshape(31, 31, 13)
    entering = np.tile(fakes[0], (2, 1)) if v.unit < 7 else np.concatenate([on_data[0], fakes[2]])
    pull = -by_fakes[1].numpy()
    arrow = 0.6 * pull / np.hypot(*pull.T).max()
    return {
        "phase": np.arange(9) == steps % 9,
        "at_work": at_work,
        "through": edges,
        "numbers": numbers,
        "axis": axis,
        "response": everywhere[..., v.unit],
        "through_x": entering[:, 0],
        "through_y": entering[:, 1],
        "field": everywhere[..., 12],
        "data_x": on_data[0][:, 0],
        "data_y": on_data[0][:, 1],
        "fake_x": fakes[2][:, 0],
        "fake_y": fakes[2][:, 1],
        "arrow_x": arrow[:, 0],
        "arrow_y": arrow[:, 1],
    }


WIDE = np.linspace(-200, 200, 8001)
LOG_P = np.logaddexp(np.log(0.33) + log_density(WIDE, -1, 0.065**0.5), np.log(0.67) + log_density(WIDE, 2, 2**0.5))


def from_mixture(name: str, mean: float, deviation: float) -> float:
    """The divergence from the mixture to a Gaussian: the bound of the best critic."""
    log_q = log_density(WIDE, mean, deviation)
    with np.errstate(over="ignore", invalid="ignore"):
        value = np.trapezoid(gain(name, LOG_P, log_q, LOG_P - log_q), WIDE)
    return float(value.clip(0, 1e3)) if np.isfinite(value) else 1e3


@functools.cache
def landscape(name: str) -> np.ndarray:
    """At every third deviation and every fifth mean."""
    means, deviations = np.linspace(-2, 3, 51)[::5], np.linspace(0.3, 2.8, 51)[::3]
    return np.array([[from_mixture(name, mean, deviation) for mean in means] for deviation in deviations])


def one_gaussian(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    critic, step = Draw(START).mlp(1, 64, 64, 1), Draw(STEP)
    mean, log_deviation = (nn.Parameter(torch.zeros(())) for _ in range(2))
    critic_rule = adam(critic, v.rate_critic)
    generator_rule = torch.optim.Adam([mean, log_deviation], v.rate_generator, (0.5, 0.9))
    estimates, path = [], []
    for count in range(1, steps + 1):
        wide = step.uniform(512) >= np.float32(0.33)
        z = step.normal(512, 1)
        real = tensor(np.where(wide, 2, -1)[:, None] + np.where(wide, 2**0.5, 0.065**0.5)[:, None] * z)
        latent = tensor(step.normal(512, 1))

        def fake(latent: Tensor = latent) -> Tensor:
            return mean + log_deviation.exp() * latent

        estimate = activation(v.divergence, critic(real))[0].mean()
        estimate = estimate - activation(v.divergence, critic(fake().detach()))[1].mean()
        estimates.append(float(estimate))
        descend(critic_rule, -estimate)
        if count % v.critic_steps == 0:
            descend(generator_rule, -activation(v.divergence, critic(fake()))[1].mean())
        path.append((float(mean), float(log_deviation.exp())))
    exact = [from_mixture(v.divergence, *place) for place in path]
    time, (path_mean, path_deviation, exact_trace, smooth) = trace(
        [(*place, each, mean) for place, each, mean in zip(path, exact, means(estimates), strict=True)]
    )
    # The drawn landscape is checked in one place of fifteen; its lowest point is that of the whole.
    at = landscape(v.divergence)
    least = np.unravel_index(drawn["landscape"].argmin(), (51, 51))
    best_mean, best_deviation = np.linspace(-2, 3, 51)[least[1]], np.linspace(0.3, 2.8, 51)[least[0]]
    lowest = from_mixture(v.divergence, best_mean, best_deviation)
    assert lowest <= at.min() + 1e-3
    whole = drawn["landscape"].copy()
    whole[::3, ::5] = np.log(at.clip(1e-3, 1e3))
    x = np.linspace(-4, 7, 221)
    learned = path[-1]
    return {
        "landscape": whole,
        "means": np.linspace(-2, 3, 51),
        "deviations": np.linspace(0.3, 2.8, 51),
        "path_mean": path_mean,
        "path_deviation": path_deviation,
        "mean": [learned[0]],
        "deviation": [learned[1]],
        "best_mean": [best_mean],
        "best_deviation": [best_deviation],
        "shown": x,
        "p": 0.33 * norm.pdf(x, -1, 0.065**0.5) + 0.67 * norm.pdf(x, 2, 2**0.5),
        "q": norm.pdf(x, *learned),
        "best": norm.pdf(x, best_mean, best_deviation),
        "time": time,
        "exact": exact_trace.clip(max=10),
        "estimate": smooth,
        "summary": [[learned[0], best_mean], [learned[1], best_deviation], [exact[-1], lowest]],
    }


# One loss


def hinge(data: Tensor, fake: Tensor) -> Tensor:
    return relu(1 + data).mean() + relu(1 - fake).mean()


def players(name: str) -> tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor], Tensor]]:
    """The losses of critic and generator."""
    if name == "hinge":
        return hinge, lambda fake: fake.mean()
    of, trick = name.removesuffix(", non-saturating"), name.endswith("non-saturating")
    return (
        lambda data, fake: activation(of, fake)[1].mean() - activation(of, data)[0].mean(),
        lambda fake: -activation(of, fake)[0 if trick else 1].mean(),
    )


def round_of(
    at_once: bool, networks: list[nn.Module], rules: list, losses: tuple, data: Tensor, latent: Tensor, factor: float
) -> float:
    """One round in ordinary torch; the critic's loss before it."""
    critic, generator = networks
    loss = losses[0](critic(data), critic(generator(latent).detach()))
    slopes = torch.autograd.grad(loss, list(critic.parameters()))
    if not at_once:
        _apply(rules[0], critic, slopes)
    for_generator = torch.autograd.grad(
        factor * losses[1](critic(generator(latent))), list(generator.parameters()), allow_unused=False
    )
    if at_once:
        _apply(rules[0], critic, slopes)
    _apply(rules[1], generator, for_generator)
    return float(loss)


def _apply(rule: torch.optim.Optimizer, network: nn.Module, slopes: tuple[Tensor, ...]) -> None:
    for parameter, slope in zip(network.parameters(), slopes, strict=True):
        parameter.grad = slope
    rule.step()


def optimizer(name: str, parameters: Any, rate: float) -> torch.optim.Optimizer:
    return {
        "SGD": lambda: torch.optim.SGD(parameters, rate),
        "RMSprop": lambda: torch.optim.RMSprop(parameters, rate, alpha=0.99),
        "Adam": lambda: torch.optim.Adam(parameters, rate, (0.5, 0.999)),
    }[name]()


ANGLES = np.arange(8) * np.pi / 4
RING = 2 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1)


def ring(draw: Draw, count: int) -> Tensor:
    return tensor(RING[(draw.uniform(count) * 8).astype(int)] + 0.1 * draw.normal(count, 2))


def two_schemes(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    losses = players(("hinge", "Jensen-Shannon", "Jensen-Shannon, non-saturating")[v.loss])
    factor, rate = (1.0, v.rate * v.ratio) if v.where else (v.ratio, v.rate)
    frame = Draw(FRAME)
    data, latent = ring(frame, 200), tensor(frame.normal(300, 2))
    arrays: Arrays = {"axis": (axis := torch.linspace(-3, 3, 31)), "data_x": data[:, 0], "data_y": data[:, 1]}
    x, y = torch.meshgrid(axis, axis, indexing="xy")
    columns, curves = [], []
    for scheme in ("both", "turns"):
        draw, step = Draw(START), Draw(STEP)
        networks = [draw.mlp(2, 32, 32, 1), draw.mlp(2, 32, 32, 2)]
        start = nn.utils.parameters_to_vector(networks[1].parameters()).clone()
        rules = [optimizer(v.optimizer, each.parameters(), r) for each, r in zip(networks, (v.rate, rate), strict=True)]
        rows = [
            round_of(scheme == "both", networks, rules, losses, ring(step, 128), tensor(step.normal(128, 2)), factor)
            for _ in range(steps)
        ]
        curves.append(means(rows))
        fake = networks[1](latent).detach()
        near = np.linalg.norm(fake.numpy()[:, None] - RING, axis=2) < 0.3
        way = nn.utils.parameters_to_vector(networks[1].parameters()) - start
        columns.append([(near.mean(0) >= 0.01).sum(), near.any(1).mean(), float(way.norm())])
        arrays[f"{scheme}_field"] = networks[0](torch.stack([x, y], 2))[..., 0].clamp(-8, 8)
        arrays[f"{scheme}_x"], arrays[f"{scheme}_y"] = fake.T
    arrays["time"], (arrays["both_loss"], arrays["turns_loss"]) = trace(list(zip(*curves, strict=True)))
    return arrays | {"summary": np.transpose(columns)}


def digits_gan(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    images = tensor(load_digits().images / 16)
    draw, step = Draw(START), Draw(STEP)
    critic = nn.Sequential(
        draw.layer(nn.Conv2d(1, 16, 4, 2, 1), 16), nn.LeakyReLU(0.2),
        draw.layer(nn.Conv2d(16, 32, 4, 2, 1), 256), nn.LeakyReLU(0.2),
        nn.Flatten(), draw.layer(nn.Linear(128, 1), 128),
    )  # fmt: skip
    # Of a transposed convolution torch takes the second axis of the weights for the inputs.
    generator = nn.Sequential(
        draw.layer(nn.Linear(16, 128), 16), nn.LeakyReLU(0.2), nn.Unflatten(1, (32, 2, 2)),
        draw.layer(nn.ConvTranspose2d(32, 16, 4, 2, 1), 256), nn.LeakyReLU(0.2),
        draw.layer(nn.ConvTranspose2d(16, 1, 4, 2, 1), 16), nn.Sigmoid(),
    )  # fmt: skip
    latent = tensor(draw.normal(64, 16))

    def some(draw: Draw, count: int) -> Tensor:
        return images[(draw.uniform(count) * 1797).astype(int)][:, None]

    rules = [adam(critic, v.rate), adam(generator, v.rate * v.ratio)]
    rows = [
        round_of(
            v.scheme == "one loss", [critic, generator], rules, players("hinge"), some(step, 32),
            tensor(step.normal(32, 16)), 1.0,
        )
        for _ in range(steps)
    ]  # fmt: skip
    time, (loss, mean) = trace(list(zip(rows, means(rows), strict=True)))

    def paper(ink: Tensor) -> np.ndarray:
        return 1 - np.pad(ink.detach().numpy()[:, 0], ((0, 0), (1, 1), (1, 1)))

    return {"fake": paper(generator(latent)), "real": paper(some(Draw(FRAME), 64)), "time": time} | {
        "loss": loss, "mean": mean
    }  # fmt: skip


def plain_game(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    a, eta, ratio = v.curvature, v.rate, v.ratio

    def gradient(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return ratio * (a * x + y), a * y - x  # of ratio V by x, and of -V by y, with V = a/2 (x^2 - y^2) + x y

    paths = []
    for at_once in (True, False):
        place = [nn.Parameter(torch.ones((), dtype=torch.float64)) for _ in range(2)]
        rules = [optimizer(v.optimizer, [each], eta) for each in place]
        path = [[1.0, 1.0]] * 120
        for _ in range(steps):
            place[0].grad, place[1].grad = (each.detach().clone() for each in gradient(*place))
            rules[1].step()
            if not at_once:
                place[0].grad = gradient(*place)[0].detach().clone()
            rules[0].step()
            path.append([float(each) for each in place])
        paths.append(np.array(path[-120:]).T)
    once = np.array([[1 - ratio * eta * a, -ratio * eta], [eta, 1 - eta * a]])
    critic, generator = np.array([[1, 0], once[1]]), np.array([once[0], [0, 1]])
    eigenvalues = [
        sorted(np.linalg.eigvals(each), key=lambda z: (-z.real, -z.imag)) for each in (once, generator @ critic)
    ]
    distances = [np.hypot(*path) for path in paths]
    turned = np.linspace(0, 2 * np.pi, 73)
    growth = [each[-1] / max(each[-2], 1e-12) for each in distances]
    (both_x, both_y), (turns_x, turns_y) = np.clip(paths, -1e4, 1e4)
    arrays = {"both_x": both_x, "both_y": both_y, "turns_x": turns_x, "turns_y": turns_y}
    for name, pair, distance in zip(("both", "turns"), eigenvalues, distances, strict=True):
        arrays |= {f"{name}_re": np.real(pair), f"{name}_im": np.imag(pair), f"{name}_distance": distance.clip(1e-6)}
    return arrays | {
        "now_x": [both_x[-1], turns_x[-1]],
        "now_y": [both_y[-1], turns_y[-1]],
        "circle_x": np.cos(turned),
        "circle_y": np.sin(turned),
        "time": np.maximum(steps - 119 + np.arange(120), 0),
        "summary": [[abs(np.array(pair)).max() for pair in eigenvalues], growth, [each[-1] for each in distances]],
    }


def gradient_flow(v: SimpleNamespace, steps: int, drawn: Arrays) -> Arrays:
    draw = Draw(FRAME)
    x, z = tensor(1 + 0.5 * draw.normal(8, 1)), tensor(draw.normal(8, 1))
    inner, outer, shift = draw.normal(2, 6), draw.normal(6) / 6, draw.normal(6)
    D = tensor(np.concatenate([inner[0], shift, outer]))
    G = tensor(np.float32([0.8, -0.5]) + 0.3 * draw.normal(2))
    masks = tensor(np.where(draw.uniform(4, 8, 6) < 0.5, 2, 0) if v.dropout else np.ones((4, 8, 6)))
    critic_loss, generator_loss = players(("hinge", *EIGHT)[v.loss])
    held: dict[Any, Tensor] = {}

    def keep(name: Any, value: Tensor) -> Tensor:
        held[name] = value if value.requires_grad else value.detach().requires_grad_()
        held[name].retain_grad()
        return held[name]

    def along(start: str, end: str) -> Tensor:
        return keep((start, end), held[start].view_as(held[start]))

    def score(D: Tensor, points: Tensor, mask: Tensor) -> Tensor:
        slope, shift, outer = D.split(6)
        return (torch.tanh(points * slope + shift) * mask) @ outer

    for name, value in (("x", x), ("z", z), ("G", G), ("D", D)):
        keep(name, value.clone().requires_grad_())
    scale, place = along("G", "fake")
    keep("fake", scale * along("z", "fake") + place)
    for cut, off in (("cut", v.cut_critic), ("cut again", v.cut_subtracted)):
        before = along("fake", cut)
        keep(cut, before.detach() if off else before + 0)
    scored = {"real score": "x", "cut score": "cut", "score": "fake", "cut score again": "cut again"}
    for mask, (name, points) in zip(masks, scored.items(), strict=True):
        keep(name, score(along("D", name), along(points, name), mask))
    keep("critic", critic_loss(along("real score", "critic"), along("cut score", "critic")))
    keep("generator", generator_loss(along("score", "generator")))
    keep("subtracted", -float(v.subtract) * generator_loss(along("cut score again", "subtracted")))
    keep("zero", along("generator", "zero") + along("subtracted", "zero"))
    keep("loss", along("critic", "loss") + along("zero", "loss"))
    held["loss"].backward()
    flow = {name: torch.zeros(()) if each.grad is None else each.grad for name, each in held.items()}
    lengths = {name: float(each.norm()) for name, each in flow.items()}

    def own(player: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
        player = player.clone().requires_grad_()
        return torch.autograd.grad(loss(player), player)[0]

    fake = G[0] * z + G[1]
    wanted = {
        "D": own(D, lambda D: critic_loss(score(D, x, masks[0]), score(D, fake, masks[1]))),
        "G": own(G, lambda G: generator_loss(score(D, G[0] * z + G[1], masks[2]))),
    }
    largest = max(lengths.values())
    nodes, edges = GradientFlow.nodes, GradientFlow.edges

    def highlights(names: Any) -> list[float]:
        return [0 if lengths[name] < 1e-6 * largest else (lengths[name] / largest) ** 0.5 for name in names]

    values = [(held[name].norm() if name in wanted else held[name].mean()).item() for name in nodes]
    return {
        "received": highlights(nodes),
        "through": highlights(edges),
        "numbers": [lengths[name] for name in nodes] if v.gradients else values,
        "summary": [[wanted[n].norm(), flow[n].norm(), (flow[n] - wanted[n]).norm()] for n in wanted],
    }


# Explorer: its oracle, the steps after which it is asked, and how near it must come where rounding grows from step to step.
ORACLES: dict[type[Explorer], tuple[Oracle, int, float]] = {
    Mask: (mask, 0, 1e-4),
    Ensemble: (ensemble, 0, 1e-4),
    Overfitting: (overfitting, 3, 1e-3),
    SlowMotion: (slow_motion, 8, 1e-3),
    Trajectories: (trajectories, 12, 1e-2),
    OwnNetwork: (own_network, 12, 1e-3),
    EventTrap: (event_trap, 303, 1e-3),
    Selector: (selector, 0, 1e-3),
    PlaneGAN: (plane_gan, 3, 2e-3),
    InsideGAN: (inside_gan, 16, 1e-3),
    OneGaussian: (one_gaussian, 3, 1e-2),
    GradientFlow: (gradient_flow, 0, 1e-4),
    PlainGame: (plain_game, 5, 1e-3),
    TwoSchemes: (two_schemes, 2, 3e-2),
    DigitsGAN: (digits_gan, 2, 2e-3),
}


def settings(explorer: Explorer) -> Iterator[dict[str, Any]]:
    """All corners of the sliders that are read, or some of very many, with every value of the first choice, and the other choices in turn."""
    switches = {name: each for name, each in explorer.controls.items() if isinstance(each, Choice | Toggle)}
    first, *others = [
        [(name, value) for value in (each.options if isinstance(each, Choice) else (False, True))]
        for name, each in switches.items()
    ] or [[()]]
    turns = itertools.cycle(itertools.product(*others))
    for chosen in first:
        base = explorer.values | dict([chosen] if chosen else [])
        read = [name for name, each in explorer.controls.items() if isinstance(each, Slider) and each.is_read(base)]
        corners = list(itertools.product(*(explorer.controls[name].ends() for name in read)))
        if len(corners) > 512:  # an odd stride, so that each slider is at both of its ends
            corners = corners[:: len(corners) // 64 + 1]
        # Each of the other choices has its turn at some corner of every value of the first.
        least = math.prod(map(len, others)) // (len(first) if len(first) > 2 else 1)
        for corner in itertools.islice(itertools.cycle(corners), max(len(corners), least)):
            yield base | dict(zip(read, corner, strict=True)) | dict(next(turns))


def test_every_explorer_of_these_chapters_has_an_oracle() -> None:
    chapters = (dropout, fgan, gillespie, onelossgan)
    shown = {
        each
        for chapter in chapters
        for each in (getattr(chapter, name) for name in getattr(chapter, "__all__", vars(chapter)))
        if isinstance(each, type) and issubclass(each, Explorer) and each.views
    }
    assert shown == set(ORACLES)


@pytest.mark.parametrize("kind", ORACLES, ids=lambda kind: kind.__name__)
def test_every_array_is_what_its_oracle_says_at_all_corners(kind: type[Explorer]) -> None:
    oracle, steps, near = ORACLES[kind]
    explorer = kind()
    engine = Engine(TorchProgram(explorer.functions, explorer.controls))
    for values in settings(explorer):
        if "step" in explorer.functions:
            engine.reset(values, SEED)
            arrays = engine.advance(steps, values, SEED).arrays
        else:
            arrays = engine.frame(values, SEED).arrays
        numbers = {
            name: each.options[values[name]]
            for name, each in explorer.controls.items()
            if isinstance(each, Choice) and each.options[values[name]] is not None
        }
        expected = oracle(SimpleNamespace(**values | numbers), steps, arrays)
        assert arrays.keys() == expected.keys(), "arrays without an oracle"
        for name, array in arrays.items():
            each = expected[name]
            each = each.detach().numpy() if isinstance(each, Tensor) else np.array(each, dtype=float)
            # Only an oracle that says so makes a blank of a number.
            np.testing.assert_array_equal(np.isfinite(array), ~np.isnan(each), err_msg=f"{name} {values}")
            size = max(1e-3, abs(each[~np.isnan(each)]).max(initial=0))
            np.testing.assert_allclose(array, each, rtol=near, atol=near * size, err_msg=f"{name} {values}")


@pytest.mark.parametrize("steps", [0, 1, 2, 4, 5])
def test_slow_motion_is_what_its_oracle_says_in_every_phase(steps: int) -> None:
    explorer = SlowMotion(seed=SEED, unit="a2", p=0.3)
    explorer.reset()
    explorer.advance(steps)
    expected = slow_motion(SimpleNamespace(unit=2, p=0.3, rate=0.1), steps, {})
    for name, array in explorer.arrays.items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4, 5, 6, 8, 9])
def test_the_inside_of_a_gan_is_what_its_oracle_says_in_every_phase(steps: int) -> None:
    explorer = InsideGAN(seed=SEED, unit="g2", divergence="reverse KL")
    explorer.opening = 0
    explorer.edit(**explorer.functions)
    explorer.advance(steps)
    values = SimpleNamespace(unit=3, divergence=1, rate_critic=0.5, rate_generator=0.2)
    expected = inside_gan(values, steps, {})
    for name, array in explorer.arrays.items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-4, atol=1e-5, err_msg=name)
