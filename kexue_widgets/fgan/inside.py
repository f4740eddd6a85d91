"""One round of a GAN in slow motion, for the same chapter: what each unit passes on, where the bound comes from, and what
each player learns from it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ..colors import GREEN, GREY
from ..live import (
    SGD,
    Arrows,
    Choice,
    Dots,
    Explorer,
    Graph,
    Heatmap,
    Noise,
    Phase,
    Slider,
    Training,
    View,
    in_phase,
    phase_array,
    phase_view,
    relative,
)
from .divergences import JENSEN_SHANNON, KL, REVERSE_KL
from .explorers import FAKE, tree_where
from .training import GAN, Losses, around, divergence_losses, mlp


def outputs(network: Any, points: Tensor, nudge: Tensor) -> Tensor:
    """What each unit of an `mlp` with one hidden layer passes on, (n, units): inputs, hidden units and outputs.

    Args:
        network: an `mlp` as `Training.network` gives it.
        points: its inputs, (n, inputs).
        nudge: what each unit passes on besides, (n, units) or (units,); the gradient by it is that by the units.
    """
    first, first_bias, last, last_bias = network.parameters.values()
    by_layer = nudge.split((first.shape[1], first.shape[0], last.shape[0]), dim=-1)
    points = points + by_layer[0]
    hidden = torch.tanh(points @ first.T + first_bias) + by_layer[1]
    return torch.cat([points, hidden, hidden @ last.T + last_bias + by_layer[2]], dim=-1)


def pick(which: Tensor, values: Sequence[Tensor]) -> Tensor:
    """The one of some tensors of one shape that has this number, a scalar."""
    value = values[0]
    for number, each in enumerate(values[1:], start=1):
        value = torch.where(which == number, each, value)
    return value


UNIT = (torch.ones(1), torch.ones(1))  # counts nothing in or out


class InsideGAN(Explorer):
    """One round of a small GAN in slow motion: data and noise are drawn, the generator makes fakes, the critic looks at data
    and fakes, the bound is taken, the critic climbs it, the generator descends it. A unit chosen in the diagram shows its
    response."""

    noises, generating, places, judging = ("z1", "z2"), ("g1", "g2", "g3"), ("x", "y"), ("c1", "c2", "c3", "c4")
    units = (*noises, *generating, *places, *judging, "v", "T")
    phases = (
        *("draw", "fakes", "critic on data", "critic on fakes", "bound"),
        *("critic's gradient", "critic's update", "generator's gradient", "generator's update"),
    )
    # What lights up together in the diagram, in its order, and how many nodes or edges that is.
    node_parts = {
        **{"data": 1, "noise": 2, "generating": 3, "places": 2, "critic": 6},
        **{"mean_data": 1, "mean_fakes": 1, "bound": 1},
    }
    edge_parts = {
        **{"generator": 12, "data": 2, "critic": 12, "activation": 1},
        **{"to_mean_data": 1, "to_mean_fakes": 1, "mean_data": 1, "mean_fakes": 1},
    }

    unit = Choice({name: index for index, name in enumerate(units)}, default="c1", label="unit")
    three = (KL, REVERSE_KL, JENSEN_SHANNON)
    divergence = Choice({each.name: index for index, each in enumerate(three)}, default="KL", label="divergence")
    rate_critic, rate_generator = (
        Slider(rate, 0.01, 1.0, log=True, label=f"{player}'s learning rate")
        for player, rate in (("critic", 0.5), ("generator", 0.2))
    )

    batch, made = 32, 7  # points, and units in which fakes are made
    fakes, critic = Training(mlp(2, 3, 2), SGD()), Training(mlp(2, 4, 1), SGD())
    centres = torch.tensor([[-1.2, -0.6], [1.2, 0.6]])
    axis = torch.linspace(-3, 3, 31)
    plane = torch.stack([axis.repeat(31), axis.repeat_interleave(31)], dim=1)
    opening = 184
    speed = 2

    views = (
        View(
            Graph(
                ("data", *units, "E_p[T]", "E_q[f*(T)]", "bound"),
                (
                    *itertools.product(noises, generating),
                    *itertools.product(generating, places),
                    *itertools.product(("data",), places),
                    *itertools.product(places, judging),
                    *itertools.product(judging, ("v",)),
                    *itertools.pairwise(("v", "T", "E_p[T]")),
                    *(("T", "E_q[f*(T)]"), ("E_p[T]", "bound"), ("E_q[f*(T)]", "bound")),
                ),
                highlight_nodes="at_work",
                highlight_edges="through",
                values="numbers",
                control="unit",
                digits=2,
            ),
            title="generator and critic, and means over 32 points",
        ),
        phase_view(phases, "where the round is"),
        View(
            Heatmap("response", x="axis", y="axis", scale="diverging", label="what it passes on"),
            Dots("through_x", "through_y", label="points that pass through it", color=GREY, size=2),
            title="response of the chosen unit",
            x="z1 or x",
            y="z2 or y",
            x_range=(-3, 3),
            y_range=(-3, 3),
            aspect=1,
        ),
        View(
            Heatmap("field", x="axis", y="axis", scale="diverging", label="T"),
            Arrows("fake_x", "fake_y", "arrow_x", "arrow_y", label="where the generator is pulled", color=GREEN),
            Dots("data_x", "data_y", label="data", color=GREY, size=2),
            Dots("fake_x", "fake_y", label="fakes", color=FAKE, size=2.5),
            title="T, data and fakes",
            x="x",
            y="y",
            x_range=(-3, 3),
            y_range=(-3, 3),
            aspect=1,
        ),
    )

    @classmethod
    def draw(cls, noise: Noise) -> dict[str, Tensor]:
        """Data in two heaps and noise for as many fakes, (batch, 2) each."""
        return {"data": around(noise, cls.batch, cls.centres, 0.25), "noise": noise.normal(cls.batch, 2)}

    @classmethod
    def start(cls, noise: Noise) -> dict[str, Any]:
        players = {"generator": cls.fakes.start(noise), "critic": cls.critic.start(noise)}
        moved = {name: torch.zeros_like(player["parameters"]) for name, player in players.items()}
        return {**players, "drawn": cls.draw(noise), "moved": moved, "phase": torch.zeros(())}

    @classmethod
    def step(
        cls, state: dict[str, Any], noise: Noise, divergence: Tensor, rate_critic: Tensor, rate_generator: Tensor
    ) -> dict[str, Any]:
        games = [divergence_losses(each) for each in cls.three]
        losses = Losses(
            "one of three",
            lambda data, fake: pick(divergence, [each.critic(data, fake) for each in games]),
            lambda fake: pick(divergence, [each.generator(fake) for each in games]),
        )
        gan = GAN(losses, cls.critic, cls.fakes)
        phase = torch.remainder(state["phase"] + 1, len(cls.phases))
        drawn = tree_where(phase == 0, cls.draw(noise), state["drawn"])
        before = {name: state[name] for name in ("generator", "critic")}
        critic, _ = gan.critic_step(before, drawn["data"], drawn["noise"], rate_critic)
        generator = gan.generator_step(before, drawn["noise"], rate_generator)
        after = {
            name: tree_where(phase == cls.phases.index(f"{name}'s update"), stepped[name], before[name])
            for name, stepped in (("generator", generator), ("critic", critic))
        }
        moved = {name: after[name]["parameters"] - before[name]["parameters"] for name in before}
        return {**after, "drawn": drawn, "moved": moved, "phase": phase}

    @classmethod
    def judged(cls, divergence: Tensor, critic: Any, points: Tensor, nudge: Tensor) -> Tensor:
        """The critic's hidden units, its score v and T at points (n, 2), nudged as in `outputs`: (n, 6)."""
        units = outputs(critic, points, functional.pad(nudge[..., :-1], (2, 0)))[:, 2:]
        slope = pick(divergence, [each.activation(units[:, -1:]) for each in cls.three])
        return torch.cat([units, slope + nudge[..., -1:]], dim=-1)

    @classmethod
    def round(
        cls, divergence: Tensor, state: dict[str, Any], vectors: dict[str, Tensor], nudge: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """All that a round goes through up to the bound.

        Args:
            divergence: its number among the three.
            state: of the model.
            vectors: the parameters of the generator and of the critic.
            nudge: what units pass on besides, those of the critic for data, (n, 6), and all of them for fakes, (n, 13).

        Returns:
            What these units pass on, (n, 6) and (n, 13), the means of T and of f*(T), and the bound.
        """
        generator, critic = (
            training.network({**state[name], "parameters": vectors[name]})
            for name, training in (("generator", cls.fakes), ("critic", cls.critic))
        )
        made = outputs(generator, state["drawn"]["noise"], nudge["fakes"][:, : cls.made])
        on_fakes = cls.judged(divergence, critic, made[:, -2:], nudge["fakes"][:, cls.made :])
        on_data = cls.judged(divergence, critic, state["drawn"]["data"], nudge["data"])
        # Each conjugate of its own T: another's may lie outside of its domain.
        conjugates = [
            each.conjugate_inside(each.activation(on_fakes[:, -2]) + nudge["fakes"][:, -1]) for each in cls.three
        ]
        means = {"mean_data": on_data[:, -1].mean(), "mean_fakes": pick(divergence, conjugates).mean()}
        bound = means["mean_data"] - means["mean_fakes"]
        return {"data": on_data, "fakes": torch.cat([made, on_fakes], dim=-1), **means, "bound": bound}

    @classmethod
    def along_edges(
        cls, player: str, vector: Tensor, before: Sequence[Tensor] = UNIT, behind: Sequence[Tensor] = UNIT
    ) -> Tensor:
        """How much passes along each edge of a player, as a part of the most.

        Args:
            player: "generator" or "critic".
            vector: its parameters, or as many numbers that belong to them.
            before, behind: what each entry of a weight counts for by the unit before the edge and by the one behind it, for
                both layers.
        """
        training = cls.fakes if player == "generator" else cls.critic
        parts = zip(vector.split(training.sizes), training.initial.values(), strict=True)
        weights = [part.reshape(value.shape).T for part, value in parts if value.dim() == 2]
        layers = zip(weights, before, behind, strict=True)
        return relative(torch.cat([(left[:, None] * weight * right).reshape(-1) for weight, left, right in layers]))

    @classmethod
    def frame(cls, state: dict[str, Any], divergence: Tensor, unit: Tensor) -> dict[str, Tensor]:
        drawn, now = state["drawn"], state["phase"]
        vectors = {name: state[name]["parameters"] for name in ("generator", "critic")}
        nudge = {"data": torch.zeros(cls.batch, 6), "fakes": torch.zeros(cls.batch, 13)}
        seen = cls.round(divergence, state, vectors, nudge)
        by_point, by_weight = torch.func.grad(
            lambda nudge, vectors: cls.round(divergence, state, vectors, nudge)["bound"], argnums=(0, 1)
        )(nudge, vectors)

        def parts(of_fakes: Tensor) -> dict[str, Tensor]:
            """Numbers of the units that fakes pass through, by part of the diagram."""
            return dict(zip(("noise", "generating", "places", "critic"), of_fakes.split((2, 3, 2, 6)), strict=True))

        def lit(*parts: str) -> dict[str, float]:
            return dict.fromkeys(parts, 1.0)

        fakes, by_fakes = parts(seen["fakes"].mean(0)), by_point["fakes"].sum(0)
        by_critic = by_point["data"].sum(0) + by_fakes[cls.made :]
        sizes = parts(seen["fakes"].abs().mean(0))
        data_sizes = drawn["data"].abs().mean(0), seen["data"][:, :4].abs().mean(0)
        learned = {name: cls.along_edges(name, by_weight[name]) for name in vectors}
        moved = {name: cls.along_edges(name, state["moved"][name]) for name in vectors}
        means = {name: seen[name] for name in ("mean_data", "mean_fakes")}
        known = {**fakes, **means, "bound": seen["bound"]}
        numbers: list[Phase] = [
            {"noise": fakes["noise"]},
            {name: fakes[name] for name in ("noise", "generating", "places")},
            {"places": drawn["data"].mean(0), "critic": seen["data"].mean(0), "mean_data": seen["mean_data"]},
            {**fakes, **means},
            known,
            {"critic": by_critic, "mean_data": 1.0, "mean_fakes": -1.0, "bound": 1.0},
            known,
            {**parts(by_fakes), "noise": math.nan, "mean_fakes": -1.0, "bound": 1.0},
            known,
        ]
        nodes: list[Phase] = [
            lit("data", "noise"),
            lit("noise", "generating", "places"),
            lit("data", "places", "critic", "mean_data"),
            lit("places", "critic", "mean_fakes"),
            lit("mean_data", "mean_fakes", "bound"),
            lit("critic", "mean_data", "mean_fakes", "bound"),
            {},
            lit("generating", "places", "critic", "mean_fakes", "bound"),
            {},
        ]
        all_means = lit("activation", "to_mean_data", "to_mean_fakes", "mean_data", "mean_fakes")
        edges: list[Phase] = [
            {},
            {"generator": cls.along_edges("generator", vectors["generator"], (sizes["noise"], sizes["generating"]))},
            {
                **lit("data", "activation", "to_mean_data"),
                "critic": cls.along_edges("critic", vectors["critic"], data_sizes),
            },
            {
                **lit("activation", "to_mean_fakes"),
                "critic": cls.along_edges("critic", vectors["critic"], (sizes["places"], sizes["critic"][:4])),
            },
            lit("mean_data", "mean_fakes"),
            {**all_means, "critic": learned["critic"]},
            {"critic": moved["critic"]},
            {
                **lit("activation", "to_mean_fakes", "mean_fakes"),
                "generator": learned["generator"],
                "critic": cls.along_edges(
                    "critic", vectors["critic"], behind=(by_fakes[cls.made : -2], by_fakes[-2:-1])
                ),
            },
            {"generator": moved["generator"]},
        ]

        generator, critic = cls.fakes.network(state["generator"]), cls.critic.network(state["critic"])
        everywhere = torch.cat(
            [
                outputs(generator, cls.plane, torch.zeros(cls.made)),
                cls.judged(divergence, critic, cls.plane, torch.zeros(6)),
            ],
            dim=-1,
        )
        fake = seen["fakes"][:, 5:7]
        through = torch.where(
            unit < cls.made, torch.cat([drawn["noise"], drawn["noise"]]), torch.cat([drawn["data"], fake])
        )
        pull = -by_point["fakes"][:, 5:7]
        arrow = 0.6 * pull / (pull.norm(dim=1).max() + 1e-12)
        return {
            "phase": phase_array(cls.phases, now),
            "at_work": in_phase(now, cls.node_parts, nodes),
            "through": in_phase(now, cls.edge_parts, edges),
            "numbers": in_phase(now, cls.node_parts, numbers, math.nan),
            "axis": cls.axis,
            "response": everywhere.T[unit.long().reshape(1)][0].reshape(31, 31),
            "through_x": through[:, 0],
            "through_y": through[:, 1],
            "field": everywhere[:, -1].reshape(31, 31),
            "data_x": drawn["data"][:, 0],
            "data_y": drawn["data"][:, 1],
            "fake_x": fake[:, 0],
            "fake_y": fake[:, 1],
            "arrow_x": arrow[:, 0],
            "arrow_y": arrow[:, 1],
        }
