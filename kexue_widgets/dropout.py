"""Dropout: a mask, an ensemble, a regulariser.

Chapter for 【备忘】谈谈dropout (Jianlin Su, 2017-08-08, https://kexue.fm/archives/4521). Dropout itself: Srivastava et
al., JMLR 15 (2014) 1929-1958.
"""

from __future__ import annotations

import itertools
import math
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn

from .checks import whole_number
from .colors import BLUE, GREY, ORANGE, RED
from .live import (
    SGD,
    Adam,
    Band,
    Bars,
    Choice,
    Dots,
    Explorer,
    Graph,
    Heatmap,
    Lines,
    Noise,
    Phase,
    Slider,
    Table,
    Toggle,
    Training,
    View,
    in_phase,
    phase_array,
    phase_view,
    record,
    relative,
    start_trace,
    trace_steps,
)

MOST_UNITS = 20  # whose masks, a million, can be listed
NOISE_SHAPES = list(itertools.product((3, 1), (4, 1), (5, 1)))


def check_rate(rate: Tensor | float) -> None:
    """Raises:
    ValueError: a drop rate that is a number outside [0, 1). Tensors are not looked into: a traced model has none yet.
    """
    if not isinstance(rate, Tensor) and not (isinstance(rate, Real) and 0 <= rate < 1):
        raise ValueError(f"drop rate must be in [0, 1), got {rate!r}")


def dropout(x: Tensor, rate: Tensor | float, uniform: Tensor) -> Tensor:
    """x * m / (1 - rate), where m is 1 wherever `uniform` >= rate and 0 elsewhere.

    Args:
        x: activations of any shape.
        rate: the drop rate, in [0, 1).
        uniform: uniform numbers on [0, 1), broadcastable to x. Their shape is Keras' `noise_shape`: along an axis of
            length 1 all entries are kept or dropped together.

    Returns:
        A tensor of x's shape with mean x and variance x^2 rate / (1 - rate).

    Raises:
        ValueError: the drop rate is a number outside [0, 1), or the uniform numbers are of a shape that x has not.
    """
    check_rate(rate)
    if any(drawn not in (1, length) for length, drawn in zip(reversed(x.shape), reversed(uniform.shape), strict=False)):
        raise ValueError(f"uniform must be broadcastable to x {tuple(x.shape)}, got shape {tuple(uniform.shape)}")
    return x * (uniform >= rate) / (1 - rate)


def share(uniform: Tensor, noise_shape: Tensor) -> Tensor:
    """Uniform numbers (..., *shape) shared along every axis that is 1 in `noise_shape`, which is given as a tensor."""
    for axis, length in enumerate(noise_shape, start=uniform.dim() - len(noise_shape)):
        uniform = torch.where(length > 1, uniform, uniform.narrow(axis, 0, 1))
    return uniform


def variance_of_mean(x: Tensor, rate: Tensor | float, noise_shape: Tensor) -> Tensor:
    """Var of the mean over all entries of dropout(x): rate / (1 - rate) * sum over groups of (sum of group)^2 / N^2.

    A group is a set of entries that are kept or dropped together: the larger the groups, the noisier the mean.
    """
    check_rate(rate)
    if len(noise_shape) != x.dim():
        raise ValueError(f"noise_shape must be {x.dim()} lengths, one for each axis of x, got {len(noise_shape)}")
    total = x
    for axis, length in enumerate(noise_shape):
        total = torch.where(length > 1, total, total.sum(axis, keepdim=True) / math.sqrt(x.shape[axis]))
    # Summing along a shared axis and spreading the sum over it counts each group once for every entry it has there.
    return rate / (1 - rate) * (total * total).sum() / x.numel() ** 2


def against_theory(x: Tensor, mask: Tensor, outputs: Tensor, rate: Tensor, noise_shape: Tensor) -> dict[str, Tensor]:
    """What the views of `Mask` draw: many draws of some kind of dropout beside the theory of the usual one.

    Args:
        x: the input, of three axes.
        mask, outputs: what x was multiplied by, up to a constant, and what came out: (draws, *x.shape).
        rate: the drop rate that the theory is worked out for.
        noise_shape: three lengths; 1 where a mask is shared along an axis.

    Returns:
        Arrays by name: the first draw, the variance of each entry, and a summary (3, 2) of theory and measurement.
    """
    expected = x * x * rate / (1 - rate)
    means = outputs.mean((1, 2, 3))
    measured = [means.mean(), means.var(), (outputs == 0).float().mean()]
    theory = [x.mean(), variance_of_mean(x, rate, noise_shape), rate]
    return {
        "x": x,
        "mask": mask[0].float(),
        "output": outputs[0],
        "line": torch.stack([torch.zeros(()), expected.max()]),
        "expected_variance": expected.reshape(-1),
        "variance": outputs.var(0).reshape(-1),
        "summary": torch.stack([torch.stack(theory), torch.stack(measured)], dim=1),
    }


class Mask(Explorer):
    """Dropout at work on a tensor of 3 samples, 4 rows and 5 columns: what goes in, the mask, what comes out, and how
    mean and variance over 400 draws compare with theory."""

    p = Slider(0.5, 0.0, 0.95, step=0.05, label="drop rate p", when={"training": True})
    noise_shape = Choice({str(shape): shape for shape in NOISE_SHAPES}, label="noise shape", when={"training": True})
    training = Toggle(True, label="training mode")

    views = (
        View(Heatmap("x", range=(0, 3), label="entry"), title="input x", x="column", y="row"),
        View(Heatmap("mask", range=(0, 1), label="entry"), title="mask m", x="column", y="row"),
        View(Heatmap("output", range=(0, 3), label="entry"), title="output y", x="column", y="row"),
        View(
            Lines("line", "line", label="theory", dashed=True),
            Dots("expected_variance", "variance", label="an entry of y"),
            title="variance of each entry",
            x="theory: x² p / (1 − p)",
            y="over 400 draws",
        ),
        View(
            Table(
                "summary",
                rows=("mean of y", "variance of the mean of y", "share of zeros"),
                columns=("theory", "400 draws"),
            ),
            title="one number for the whole tensor",
        ),
    )

    @staticmethod
    def frame(noise: Noise, p: Tensor, noise_shape: Tensor, training: Tensor) -> dict[str, Tensor]:
        x = noise.uniform(3, 4, 5)
        rate = p * training  # evaluation mode is dropout at rate 0
        uniform = share(noise.uniform(400, 3, 4, 5), noise_shape).expand(400, 3, 4, 5)
        return against_theory(x, uniform >= rate, dropout(x, rate, uniform), rate, noise_shape)


def masks(units: int) -> Tensor:
    """All 2^units masks of so many units, (2^units, units) of 0 and 1.

    Raises:
        ValueError: units that are no whole number in [0, 20].
    """
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=whole_number("units", units, 0, MOST_UNITS))))


def mask_probabilities(mask: Tensor, rate: Tensor | float) -> Tensor:
    """The probability of each mask, (n,) for masks (n, units): rate for a dropped unit, 1 - rate for a kept one."""
    check_rate(rate)
    return (mask * (1 - rate) + (1 - mask) * rate).prod(1)


def arithmetic_mean(log_probabilities: Tensor, weight: Tensor) -> Tensor:
    """sum_m w_m P_m, for log P (sub-models, classes) and weights w (sub-models,) that add up to 1."""
    return weight @ log_probabilities.exp()


def geometric_mean(log_probabilities: Tensor, weight: Tensor) -> Tensor:
    """prod_m P_m^w_m, normalised over the classes (Baldi & Sadowski 2013), for the same arguments."""
    return torch.softmax(weight @ log_probabilities, dim=-1)


class Ensemble(Explorer):
    """All 256 sub-models that dropout can make of 8 units before a softmax: their averages, arithmetic and normalised
    geometric, beside the one network with dropout switched off."""

    p = Slider(0.5, 0.05, 0.95, step=0.05, label="drop rate p")
    scale = Slider(1.5, 0.1, 4.0, step=0.1, label="size of the weights")
    network = Choice(("softmax", "hidden layer, then softmax"), label="network after the mask")

    views = (
        View(
            Bars("off", label="dropout off"),
            Bars("geometric", label="geometric mean of sub-models"),
            Bars("arithmetic", label="arithmetic mean of sub-models"),
            title="probability of each class",
            x="class",
            y="probability",
            y_range=(0, 1),
        ),
        View(
            Dots("rank", "submodels", label="a sub-model", size=2),
            Lines("ends", "off_line", label="dropout off"),
            title="class 0 in every sub-model",
            x="sub-models, sorted",
            y="probability",
            y_range=(0, 1),
        ),
        View(
            Table("gap", rows=("geometric mean", "arithmetic mean"), columns=("largest difference from dropout off",)),
            title="how good is switching off?",
        ),
    )

    @staticmethod
    def frame(noise: Noise, p: Tensor, scale: Tensor, network: str) -> dict[str, Tensor]:
        x, hidden, last = noise.normal(8), noise.normal(8, 8) / math.sqrt(8), noise.normal(8, 3)

        def log_probabilities(units: Tensor) -> Tensor:
            if network != "softmax":
                units = torch.tanh(scale * units @ hidden)
            return torch.log_softmax(scale * units @ last, dim=-1)

        mask = masks(8)
        weight = mask_probabilities(mask, p)
        submodels = log_probabilities(x * mask / (1 - p))
        off = log_probabilities(x).exp()
        arithmetic, geometric = arithmetic_mean(submodels, weight), geometric_mean(submodels, weight)
        return {
            "off": off,
            "geometric": geometric,
            "arithmetic": arithmetic,
            "rank": torch.arange(256.0),
            "submodels": submodels[:, 0].exp().sort().values,
            "ends": torch.tensor([0.0, 255.0]),
            "off_line": off[0].expand(2),
            "gap": torch.stack([(geometric - off).abs().max(), (arithmetic - off).abs().max()]),
        }


def losses_over_masks(
    x: Tensor, y: Tensor, weights: Tensor, rate: float, noise_shape: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """The squared error of a linear model under every mask that dropout on its inputs can draw.

    Args:
        x: inputs (n, d); few enough of them that all masks can be listed.
        y: targets (n,).
        weights: the model's weights (d,).
        rate: the drop rate.
        noise_shape: (n, d), (1, d), (n, 1) or (1, 1): the shape in which masks are drawn.

    Returns:
        ||y - (x * m / (1 - rate)) weights||^2 and the probability of m, both (number of masks,).

    Raises:
        ValueError: the drop rate is not in [0, 1), a noise shape that x has not, or more than 20 units in a mask.
    """
    check_rate(rate)
    if len(noise_shape) != 2 or any(
        length not in (1, axis) for length, axis in zip(noise_shape, x.shape, strict=False)
    ):
        raise ValueError(f"noise_shape must be {tuple(x.shape)}, with 1 for axes that share a mask, got {noise_shape}")
    mask = masks(noise_shape[0] * noise_shape[1]).to(x.dtype)
    outputs = (x * mask.reshape(-1, *noise_shape) / (1 - rate)) @ weights
    return ((y - outputs) ** 2).sum(1), mask_probabilities(mask, rate)


def ridge(x: Tensor, y: Tensor, rate: float) -> Tensor:
    """The weights (d,) that minimise ||y - x w||^2 + rate / (1 - rate) * sum_j w_j^2 ||x_j||^2 (Wager et al. 2013)."""
    check_rate(rate)
    gram = x.T @ x
    return torch.linalg.solve(gram + rate / (1 - rate) * gram.diag().diag(), x.T @ y)


class Regressor(nn.Module):
    """A network 1 -> width -> width -> 1 with tanh units, and dropout on both hidden layers."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(1, width), nn.Linear(width, width), nn.Linear(width, 1)

    def forward(self, x: Tensor, rate: Tensor | float, uniform: Tensor) -> Tensor:
        """Predictions (..., n) for x (n,); `uniform`, (..., 2, n or 1, width), decides what is dropped."""
        hidden = dropout(torch.tanh(self.first(x.unsqueeze(-1))), rate, uniform[..., 0, :, :])
        hidden = dropout(torch.tanh(self.second(hidden)), rate, uniform[..., 1, :, :])
        return self.last(hidden).squeeze(-1)


class Overfitting(Explorer):
    """Two networks learn the same few noisy points, one with dropout and one without: their fits, their errors on the
    points they saw and on points they did not, and the spread of predictions with dropout left on."""

    p = Slider(0.2, 0.0, 0.8, step=0.05, label="drop rate p")
    rate = Slider(0.02, 0.0005, 0.05, log=True, label="learning rate")
    spread = Slider(0.3, 0.0, 1.0, step=0.05, label="noise in the data")

    points, width, passes = 16, 64, 32
    network = Regressor(width)
    training = Training(network, Adam())
    grid = torch.linspace(-1.2, 1.2, 61)
    held_out = torch.linspace(-1, 1, 64)
    always = torch.ones(2, 1, width)  # uniform numbers that drop nothing
    opening = 400
    speed = 120

    views = (
        View(
            Band("x", "low", "high", label="dropout on: ± 2 standard deviations", color=BLUE),
            Lines("x", "truth", label="truth", color=GREY, dashed=True),
            Lines("x", "with", label="dropout off", color=BLUE),
            Dots("data_x", "data_y", label="training points", color=ORANGE),
            title="trained with dropout",
            x="x",
            y="y",
            y_range=(-2.5, 2.5),
        ),
        View(
            Lines("x", "truth", label="truth", color=GREY, dashed=True),
            Lines("x", "without", label="fit", color=RED),
            Dots("data_x", "data_y", label="training points", color=ORANGE),
            title="trained without dropout",
            x="x",
            y="y",
            y_range=(-2.5, 2.5),
        ),
        View(
            Lines("time", "seen_with", label="with dropout, training points", color=BLUE, dashed=True),
            Lines("time", "unseen_with", label="with dropout, held-out points", color=BLUE),
            Lines("time", "seen_without", label="without, training points", color=RED, dashed=True),
            Lines("time", "unseen_without", label="without, held-out points", color=RED),
            title="mean squared error",
            x="step",
            y="error",
            y_log=True,
        ),
    )

    @staticmethod
    def truth(x: Tensor) -> Tensor:
        return torch.sin(3 * x) + 0.3 * x

    @classmethod
    def start(cls, noise: Noise, spread: Tensor) -> dict[str, Any]:
        x = 2 * noise.uniform(cls.points) - 1
        y = cls.truth(x) + spread * noise.normal(cls.points)
        unseen = cls.truth(cls.held_out) + spread * noise.normal(len(cls.held_out))
        network = cls.training.start(noise)
        return {
            "data": {"x": x, "y": y, "unseen": unseen},
            "with": network,
            "without": network,
            "errors": start_trace(4),
        }

    @classmethod
    def step(cls, state: dict[str, Any], noise: Noise, p: Tensor, rate: Tensor) -> dict[str, Any]:
        data = state["data"]
        uniform = noise.uniform(2, cls.points, cls.width)

        def error(network: Any, x: Tensor, y: Tensor, p: Any = 0.0, uniform: Tensor = cls.always) -> Tensor:
            return ((network(x, p, uniform) - y) ** 2).mean()

        with_dropout, _ = cls.training.step(
            state["with"], lambda network: error(network, data["x"], data["y"], p, uniform), rate
        )
        without, _ = cls.training.step(state["without"], lambda network: error(network, data["x"], data["y"]), rate)
        errors = []
        for player in (with_dropout, without):
            network = cls.training.network(player)
            errors += [error(network, data["x"], data["y"]), error(network, cls.held_out, data["unseen"])]
        return {
            "data": data,
            "with": with_dropout,
            "without": without,
            "errors": record(state["errors"], torch.stack(errors)),
        }

    @classmethod
    def frame(cls, state: dict[str, Any], noise: Noise, p: Tensor) -> dict[str, Tensor]:
        network = cls.training.network(state["with"])
        # One mask for each pass, the same for every x: each pass draws one function.
        uniform = noise.uniform(cls.passes, 2, 1, cls.width)
        passes = network(cls.grid, p, uniform)
        mean, deviation = passes.mean(0), passes.std(0)
        errors = state["errors"]["values"]
        return {
            "x": cls.grid,
            "truth": cls.truth(cls.grid),
            "with": network(cls.grid, 0.0, cls.always),
            "low": mean - 2 * deviation,
            "high": mean + 2 * deviation,
            "without": cls.training.network(state["without"])(cls.grid, 0.0, cls.always),
            "data_x": state["data"]["x"],
            "data_y": state["data"]["y"],
            "time": trace_steps(state["errors"]),
            "seen_with": errors[0],
            "unseen_with": errors[1],
            "seen_without": errors[2],
            "unseen_without": errors[3],
        }


class Units(Regressor):
    """A `Regressor` that tells what each of its units makes of x."""

    def forward(self, x: Tensor, rate: Tensor | float, uniform: Tensor, nudge: Tensor | float = 0.0) -> Tensor:
        """The input, what each hidden unit passes on, and the prediction: (n, 2 width + 2), for x (n,).

        The gradient by `nudge`, (2 width + 2,), is that of the input, of each unit before it may be dropped, and of the
        prediction.
        """
        width = self.second.in_features
        nudge = torch.as_tensor(nudge).expand(2 * width + 2)
        x = x.unsqueeze(-1) + nudge[:1]
        first = dropout(torch.tanh(self.first(x)) + nudge[1 : width + 1], rate, uniform[0])
        second = dropout(torch.tanh(self.second(first)) + nudge[width + 1 : -1], rate, uniform[1])
        return torch.cat([x, first, second, self.last(second) + nudge[-1:]], dim=-1)


class SlowMotion(Explorer):
    """A small network learns with dropout in slow motion, by one point at a time: a point and a mask are drawn, the network
    predicts, the loss is taken, its gradient flows back, the weights move. A unit chosen in the diagram shows its response."""

    width = 5
    firsts, seconds = ([f"{layer}{index + 1}" for index in range(5)] for layer in "ab")
    units = ("x", *firsts, *seconds, "y")
    phases = ("a point and a mask", "prediction", "loss", "gradient", "update")

    unit = Choice({name: index for index, name in enumerate(units)}, default="b1", label="unit")
    p = Slider(0.2, 0.0, 0.8, step=0.05, label="drop rate p")
    rate = Slider(0.1, 0.01, 0.3, log=True, label="learning rate")

    training = Training(Units(width), SGD())
    points = 16
    grid = torch.linspace(-1.2, 1.2, 61)
    always = torch.ones(2, 1, width)  # uniform numbers that drop nothing
    edges = (
        *(("x", first) for first in firsts),
        *itertools.product(firsts, seconds),
        *((second, "y") for second in seconds),
        ("y", "loss"),
    )
    opening = 500
    speed = 2

    views = (
        View(
            Graph(
                (*units, "loss"),
                edges,
                highlight_nodes="at_work",
                highlight_edges="through",
                values="numbers",
                control="unit",
                digits=2,
            ),
            title="the network, and numbers at its units",
        ),
        phase_view(phases, "where the step is"),
        View(
            Lines("x", "response", label="dropout off", color=BLUE),
            Lines("x", "masked", label="with this mask", color=RED, dashed=True),
            Dots("point_x", "point_unit", label="at the point", color=RED, size=4),
            title="response of the chosen unit",
            x="x",
            y="what it passes on",
        ),
        View(
            Lines("x", "truth", label="truth", color=GREY, dashed=True),
            Lines("x", "fit", label="dropout off", color=BLUE),
            Lines("x", "masked_fit", label="with this mask", color=RED, dashed=True),
            Dots("data_x", "data_y", label="training points", color=ORANGE),
            Dots("point_x", "point_y", label="the point", color=RED, size=4),
            title="prediction",
            x="x",
            y="y",
            y_range=(-2.5, 2.5),
        ),
    )

    @classmethod
    def draw(cls, noise: Noise, data: dict[str, Tensor]) -> dict[str, Tensor]:
        """A training point, each (1,), and uniform numbers (2, 1, width) for a mask."""
        chosen = (noise.uniform(1) * cls.points).long()
        return {"x": data["x"][chosen], "y": data["y"][chosen], "uniform": noise.uniform(2, 1, cls.width)}

    @classmethod
    def start(cls, noise: Noise) -> dict[str, Any]:
        x = 2 * noise.uniform(cls.points) - 1
        data = {"x": x, "y": Overfitting.truth(x) + 0.3 * noise.normal(cls.points)}
        network = cls.training.start(noise)
        moved = torch.zeros_like(network["parameters"])
        return {
            "data": data,
            "network": network,
            "drawn": cls.draw(noise, data),
            "moved": moved,
            "phase": torch.zeros(()),
        }

    @classmethod
    def step(cls, state: dict[str, Any], noise: Noise, p: Tensor, rate: Tensor) -> dict[str, Any]:
        phase = torch.remainder(state["phase"] + 1, len(cls.phases))
        after, _ = cls.training.step(state["network"], lambda network: cls.loss(network, state["drawn"], p), rate)
        before, last = state["network"]["parameters"], phase == len(cls.phases) - 1
        parameters = torch.where(last, after["parameters"], before)
        drawn = cls.draw(noise, state["data"])
        return {
            "data": state["data"],
            "network": {**after, "parameters": parameters},
            "drawn": {name: torch.where(phase == 0, drawn[name], each) for name, each in state["drawn"].items()},
            "moved": parameters - before,
            "phase": phase,
        }

    @staticmethod
    def loss(network: Any, drawn: dict[str, Tensor], p: Tensor, nudge: Tensor | float = 0.0) -> Tensor:
        """The squared error at the point that is drawn, under its mask."""
        return ((network(drawn["x"], p, drawn["uniform"], nudge)[:, -1] - drawn["y"]) ** 2).sum()

    @classmethod
    def along_edges(cls, vector: Tensor) -> Tensor:
        """The entries of a vector of parameters that belong to weights, in the order of the edges but the last."""
        first, _, second, _, last, _ = vector.split(cls.training.sizes)
        return torch.cat([first, second.reshape(cls.width, cls.width).T.reshape(-1), last])

    @classmethod
    def frame(cls, state: dict[str, Any], unit: Tensor, p: Tensor) -> dict[str, Tensor]:
        drawn, vector = state["drawn"], state["network"]["parameters"]
        network = cls.training.network(state["network"])
        passed = network(drawn["x"], p, drawn["uniform"])[0]
        loss = cls.loss(network, drawn, p)
        by_unit = torch.func.grad(lambda nudge: cls.loss(network, drawn, p, nudge))(torch.zeros(len(cls.units)))
        by_weight = torch.func.grad(
            lambda vector: cls.loss(cls.training.network({**state["network"], "parameters": vector}), drawn, p)
        )(vector)
        kept = (drawn["uniform"].reshape(-1) >= p).float()
        everything = network(cls.grid, 0.0, cls.always)
        masked = network(cls.grid, p, drawn["uniform"])
        chosen = unit.long().reshape(1)
        weights = cls.along_edges(vector)
        sources = torch.cat([passed[:1].repeat(cls.width), passed[1 : cls.width + 1].repeat_interleave(cls.width)])
        signals = weights * torch.cat([sources, passed[cls.width + 1 : -1]])

        def units(values: Tensor) -> dict[str, Tensor]:
            return dict(zip(("x", "hidden", "y"), values.split((1, 2 * cls.width, 1)), strict=True))

        now = state["phase"]
        nodes = {"x": 1, "hidden": 2 * cls.width, "y": 1, "loss": 1}
        known = {**units(passed), "loss": loss}
        lit: list[Phase] = [
            {"x": 1.0},
            {"x": 1.0, "hidden": kept, "y": 1.0},
            {"y": 1.0, "loss": 1.0},
            {**units(relative(by_unit)), "loss": 1.0},
            {},
        ]
        through: list[Phase] = [
            {},
            {"weights": relative(signals)},
            {"loss": 1.0},
            {"weights": relative(cls.along_edges(by_weight)), "loss": 1.0},
            {"weights": relative(cls.along_edges(state["moved"]))},
        ]
        numbers: list[Phase] = [{"x": passed[:1]}, units(passed), known, {**units(by_unit), "loss": 1.0}, known]
        return {
            "phase": phase_array(cls.phases, now),
            "at_work": in_phase(now, nodes, lit),
            "through": in_phase(now, {"weights": len(cls.edges) - 1, "loss": 1}, through),
            "numbers": in_phase(now, nodes, numbers, math.nan),
            "x": cls.grid,
            "response": everything.T[chosen][0],
            "masked": masked.T[chosen][0],
            "point_x": drawn["x"],
            "point_unit": passed[chosen],
            "truth": Overfitting.truth(cls.grid),
            "fit": everything[:, -1],
            "masked_fit": masked[:, -1],
            "data_x": state["data"]["x"],
            "data_y": state["data"]["y"],
            "point_y": drawn["y"],
        }
