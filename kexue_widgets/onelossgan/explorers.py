"""The chapter's explorers: where gradients flow, a plain game and a GAN in the plane by both schemes, digits."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.func import grad
from torch.nn.functional import pad

from ..fgan import DIVERGENCES, RING, around, mlp
from ..live import (
    SGD,
    Adam,
    Choice,
    Dots,
    Explorer,
    Graph,
    Heatmap,
    Images,
    Lines,
    Noise,
    RMSprop,
    Slider,
    Table,
    Toggle,
    Training,
    View,
    record,
    start_trace,
    trace_steps,
)
from . import digits, plain
from .losses import HINGE, LOSSES, chosen, divergence_losses
from .training import Game

SYNCHRONOUS, ALTERNATING, FAKE, GREY = "#d6455d", "#3b7dd8", "#e07b00", "#808894"


def framed(images: Tensor) -> Tensor:
    """Images (n, 1, 8, 8) as ink on paper, (n, 10, 10), with a margin that keeps them apart."""
    return 1 - pad(images[:, 0], (1, 1, 1, 1))


OPTIMIZERS: dict[str, SGD | RMSprop | Adam] = {"SGD": SGD(), "RMSprop": RMSprop(), "Adam": Adam(beta1=0.5)}


class GradientFlow(Explorer):
    """The single loss of a small GAN as a computation graph, from networks and data to the loss: an edge is highlighted as
    strongly as the gradient that flows back through it, and dashed if none does. The table says what either player receives
    and should receive."""

    loss = Choice({name: index for index, name in enumerate(LOSSES)}, label="loss")
    cut_critic = Toggle(True, label="cut the fakes off in L_D")
    subtract = Toggle(True, label="subtract L_G again")
    cut_subtracted = Toggle(True, label="cut the fakes off in −L_G")
    dropout = Toggle(False, label="dropout in the critic")
    gradients = Toggle(False, label="gradients on the nodes")

    batch, width = 8, 6
    nodes = {
        "x": "x",
        "z": "z",
        "G": "G",
        "D": "D",
        "fake": "G(z)",
        "cut": "cut",
        "cut again": "cut",
        "real score": "D(x)",
        "cut score": "D(cut)",
        "score": "D(G(z))",
        "cut score again": "D(cut)",
        "critic": "L_D",
        "generator": "L_G",
        "subtracted": "−L_G",
        "zero": "sum",
        "loss": "loss",
    }
    edges = (
        ("z", "fake"),
        ("G", "fake"),
        ("fake", "cut"),
        ("fake", "score"),
        ("fake", "cut again"),
        ("x", "real score"),
        ("D", "real score"),
        ("cut", "cut score"),
        ("D", "cut score"),
        ("D", "score"),
        ("cut again", "cut score again"),
        ("D", "cut score again"),
        ("real score", "critic"),
        ("cut score", "critic"),
        ("score", "generator"),
        ("cut score again", "subtracted"),
        ("generator", "zero"),
        ("subtracted", "zero"),
        ("critic", "loss"),
        ("zero", "loss"),
    )

    views = (
        View(
            Graph(nodes, edges, highlight_nodes="received", highlight_edges="through", values="numbers"),
            title="where gradients flow",
        ),
        View(
            Table(
                "summary",
                rows=("critic D", "generator G"),
                columns=("should receive", "receives", "difference"),
                digits=4,
            ),
            title="lengths of the players' gradients",
        ),
    )

    @staticmethod
    def frame(
        noise: Noise,
        loss: Tensor,
        cut_critic: Tensor,
        subtract: Tensor,
        cut_subtracted: Tensor,
        dropout: Tensor,
        gradients: Tensor,
    ) -> dict[str, Tensor]:
        explorer = GradientFlow
        losses = chosen(list(LOSSES.values()), loss)
        count, width = explorer.batch, explorer.width
        x, z = 1 + 0.5 * noise.normal(count, 1), noise.normal(count, 1)
        inner, outer, shift = noise.normal(2, width), noise.normal(width) / width, noise.normal(width)
        # The critic's parameters are one vector, so that what reaches them along each edge is one, too.
        critic = torch.cat([inner[0], shift, outer])
        generator = torch.stack([torch.tensor(0.8), torch.tensor(-0.5)]) + 0.3 * noise.normal(2)
        masks = 2 * (noise.uniform(4, count, width) < 0.5).float() * dropout + (1 - dropout)

        def score(parameters: Tensor, points: Tensor, mask: Tensor) -> Tensor:
            slope, shift, outer = parameters.split(width)
            return ((points * slope + shift).tanh() * mask) @ outer

        def detached(points: Tensor, whether: Tensor) -> Tensor:
            return whether * points.detach() + (1 - whether) * points

        def single(probes: dict[Any, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
            """The loss, and the value of each node. A probe is a zero added to what an edge carries, or to what a node
            holds: the gradient for the zero is the gradient that flows there."""
            held: dict[str, Tensor] = {}

            def hold(name: str, value: Tensor) -> None:
                held[name] = value + probes[name]

            def carried(start: str, end: str) -> Tensor:
                return held[start] + probes[start, end]

            def judge(name: str, points: str, mask: Tensor) -> None:
                hold(name, score(carried("D", name), carried(points, name), mask))

            hold("x", x)
            hold("z", z)
            hold("D", critic)
            hold("G", generator)
            scale, place = carried("G", "fake")
            hold("fake", scale * carried("z", "fake") + place)
            hold("cut", detached(carried("fake", "cut"), cut_critic))
            hold("cut again", detached(carried("fake", "cut again"), cut_subtracted))
            judge("real score", "x", masks[0])
            judge("cut score", "cut", masks[1])
            judge("score", "fake", masks[2])
            judge("cut score again", "cut again", masks[3])
            hold("critic", losses.critic(carried("real score", "critic"), carried("cut score", "critic")))
            hold("generator", losses.generator(carried("score", "generator")))
            hold("subtracted", -subtract * losses.generator(carried("cut score again", "subtracted")))
            hold("zero", carried("generator", "zero") + carried("subtracted", "zero"))
            hold("loss", carried("critic", "loss") + carried("zero", "loss"))
            return held["loss"], held

        shapes = {"x": x, "z": z, "D": critic, "G": generator, "fake": x, "cut": x, "cut again": x}
        shapes |= {name: x[:, 0] for name in ("real score", "cut score", "score", "cut score again")}
        zeros: dict[Any, Tensor] = {name: torch.zeros_like(shapes.get(name, loss)) for name in explorer.nodes}
        zeros |= {edge: torch.zeros_like(zeros[edge[0]]) for edge in explorer.edges}
        flowing, held = grad(single, has_aux=True)(zeros)

        # What either should receive, by its own loss alone; the same masks.
        def critic_loss(parameters: Tensor) -> Tensor:
            fake = generator[0] * z + generator[1]
            return losses.critic(score(parameters, x, masks[0]), score(parameters, fake, masks[1]))

        def generator_loss(parameters: Tensor) -> Tensor:
            fake = parameters[0] * z + parameters[1]
            return losses.generator(score(critic, fake, masks[2]))

        wanted = {"D": grad(critic_loss)(critic), "G": grad(generator_loss)(generator)}
        received = torch.stack([flowing[name].norm() for name in explorer.nodes])
        through = torch.stack([flowing[edge].norm() for edge in explorer.edges])
        largest = torch.maximum(received.max(), through.max())

        def highlight(lengths: Tensor) -> Tensor:
            """From 0 to 1. Square roots let small gradients be seen; what is only rounding is nothing."""
            return torch.where(lengths < 1e-6 * largest, 0, lengths / largest).sqrt()

        values = torch.stack([held[name].norm() if name in wanted else held[name].mean() for name in explorer.nodes])
        return {
            "received": highlight(received),
            "through": highlight(through),
            "numbers": torch.where(gradients > 0, received, values),
            "summary": torch.stack(
                [
                    torch.stack([wanted[name].norm(), flowing[name].norm(), (flowing[name] - wanted[name]).norm()])
                    for name in wanted
                ]
            ),
        }


class PlainGame(Explorer):
    """The game of two numbers, V = a/2 (x² − y²) + x y: the path of both players when they move at once, beside the path
    when they take turns, and the eigenvalues that tell beforehand where each path leads."""

    optimizer = Choice(list(OPTIMIZERS), label="optimiser")
    rate = Slider(0.3, 0.02, 2.2, step=0.02, label="learning rate η")
    ratio = Slider(1.0, 0.25, 4.0, log=True, label="λ in the generator's loss")
    curvature = Slider(0.0, 0.0, 1.0, step=0.01, label="curvature a")

    kept, bound, drawn = 120, 1e18, 1e4
    angle = torch.linspace(0, 2 * torch.pi, 73)
    opening = 40
    speed = 8

    views = (
        View(
            Lines("both_x", "both_y", label="at once", color=SYNCHRONOUS),
            Lines("turns_x", "turns_y", label="taking turns", color=ALTERNATING),
            Dots("now_x", "now_y", label="now", color=GREY, size=4),
            title="paths of the players",
            x="generator x",
            y="critic y",
            x_range=(-4, 4),
            y_range=(-4, 4),
            aspect=1,
        ),
        View(
            Lines("circle_x", "circle_y", label="modulus 1", color=GREY, dashed=True),
            Dots("both_re", "both_im", label="at once", color=SYNCHRONOUS, size=5),
            Dots("turns_re", "turns_im", label="taking turns", color=ALTERNATING, size=5),
            title="eigenvalues of a round with SGD",
            x="real part",
            y="imaginary part",
            x_range=(-3, 3),
            y_range=(-3, 3),
            aspect=1,
        ),
        View(
            Lines("time", "both_distance", label="at once", color=SYNCHRONOUS),
            Lines("time", "turns_distance", label="taking turns", color=ALTERNATING),
            title="distance from the equilibrium",
            x="round",
            y_range=(0.01, 1000),
            y_log=True,
        ),
        View(
            Table(
                "summary",
                rows=("modulus of the eigenvalues (SGD)", "growth over the last round", "distance now"),
                columns=("at once", "taking turns"),
                digits=4,
            ),
            title="a round's growth",
        ),
    )

    @staticmethod
    def start(optimizer: str, rate: Tensor, ratio: Tensor, curvature: Tensor) -> dict[str, Any]:
        explorer = PlainGame
        # A new game for new settings: the whole path belongs to the controls as they stand.
        place = torch.tensor([[1.0, 1.0], [1.0, 1.0]]) + 0 * (rate + ratio + curvature)
        memory = [OPTIMIZERS[optimizer].start(place[0, :1]) for _ in range(4)]
        path = place[:, :, None].repeat(1, 1, explorer.kept)
        return {"memory": memory, "path": path, "count": torch.zeros(())}

    @staticmethod
    def step(state: dict[str, Any], optimizer: str, rate: Tensor, ratio: Tensor, curvature: Tensor) -> dict[str, Any]:
        explorer, rule = PlainGame, OPTIMIZERS[optimizer]

        def slopes(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            by_x, by_y = grad(lambda x, y: plain.value(x, y, curvature).sum(), argnums=(0, 1))(x, y)
            return ratio * by_x, -by_y  # what either descends

        (both_x, both_y), (x, y) = state["path"][:, :, -1:]
        first, second, third, fourth = state["memory"]
        by_x, by_y = slopes(both_x, both_y)
        both_x, first = rule.update(both_x, by_x, first, rate)
        both_y, second = rule.update(both_y, by_y, second, rate)
        y, third = rule.update(y, slopes(x, y)[1], third, rate)
        x, fourth = rule.update(x, slopes(x, y)[0], fourth, rate)
        place = torch.stack([torch.stack([both_x, both_y]), torch.stack([x, y])])
        # What flies off would not be a number for long: it stays at the edge of a huge box.
        place = place.clamp(-explorer.bound, explorer.bound)
        return {
            "memory": [first, second, third, fourth],
            "path": torch.cat([state["path"][:, :, 1:], place], dim=2),
            "count": state["count"] + 1,
        }

    @staticmethod
    def frame(
        state: dict[str, Any], optimizer: str, rate: Tensor, ratio: Tensor, curvature: Tensor
    ) -> dict[str, Tensor]:
        explorer, path = PlainGame, state["path"]
        distance = path.norm(dim=1)
        drawn = path.clamp(-explorer.drawn, explorer.drawn)
        matrices = [make(rate, curvature, ratio) for make in (plain.synchronous_matrix, plain.alternating_matrix)]
        both, turns = (plain.eigenvalues(matrix) for matrix in matrices)
        radii = torch.stack([plain.radius(matrix) for matrix in matrices])
        time = (state["count"] + torch.arange(1.0 - explorer.kept, 1.0)).clamp(min=0)
        return {
            "both_x": drawn[0, 0],
            "both_y": drawn[0, 1],
            "turns_x": drawn[1, 0],
            "turns_y": drawn[1, 1],
            "now_x": drawn[:, 0, -1],
            "now_y": drawn[:, 1, -1],
            "circle_x": explorer.angle.cos(),
            "circle_y": explorer.angle.sin(),
            "both_re": both[:, 0],
            "both_im": both[:, 1],
            "turns_re": turns[:, 0],
            "turns_im": turns[:, 1],
            "time": time,
            "both_distance": distance[0].clamp(min=1e-6),
            "turns_distance": distance[1].clamp(min=1e-6),
            "summary": torch.stack([radii, distance[:, -1] / distance[:, -2].clamp(min=1e-12), distance[:, -1]]),
        }


class TwoSchemes(Explorer):
    """Two GANs learn a ring of eight Gaussians from the same start, with the same data and the same random numbers: one
    moves both players at once on the single loss, the other lets them take turns."""

    loss = Choice({"hinge": 0, "Jensen-Shannon": 1, "Jensen-Shannon, non-saturating": 2}, label="loss")
    optimizer = Choice(list(OPTIMIZERS), default="RMSprop", label="optimiser")
    rate = Slider(0.002, 0.0002, 0.5, log=True, label="learning rate")
    ratio = Slider(1.0, 0.1, 10.0, log=True, label="λ")
    where = Choice({"the generator's loss": 0, "the generator's learning rate": 1}, label="λ multiplies")

    batch, width, latent, deviation = 128, 32, 2, 0.1
    losses = (HINGE, *(divergence_losses(DIVERGENCES["Jensen-Shannon"], saturating) for saturating in (True, False)))
    critic, generator = mlp(2, width, width, 1), mlp(latent, width, width, 2)
    axis = torch.linspace(-3, 3, 31)
    plane = torch.stack([axis.repeat(31), axis.repeat_interleave(31)], dim=1)
    opening = 200
    speed = 100

    views = (
        *(
            View(
                Heatmap(f"{scheme}_field", x="axis", y="axis", scale="diverging"),
                Dots("data_x", "data_y", label="data", color=GREY, size=1.5),
                Dots(f"{scheme}_x", f"{scheme}_y", label="fakes", color=FAKE, size=2),
                title=title,
                x_range=(-3, 3),
                y_range=(-3, 3),
                aspect=1,
            )
            for scheme, title in (("both", "both at once"), ("turns", "taking turns"))
        ),
        View(
            Lines("time", "both_loss", label="at once", color=SYNCHRONOUS),
            Lines("time", "turns_loss", label="taking turns", color=ALTERNATING),
            title="critic's loss, running mean",
            x="step",
        ),
        View(
            Table(
                "summary",
                rows=("modes with fakes, of 8", "share of fakes near one", "generator's way"),
                columns=("at once", "taking turns"),
            ),
            title="after so many steps",
        ),
    )

    @staticmethod
    def game(optimizer: str, loss: Tensor) -> Game:
        """Both players with their optimiser, for losses chosen by number."""
        explorer, rule = TwoSchemes, OPTIMIZERS[optimizer]
        players = Training(explorer.critic, rule), Training(explorer.generator, rule)
        return Game(chosen(explorer.losses, loss), *players)

    @staticmethod
    def start(noise: Noise, optimizer: str) -> dict[str, Any]:
        state = TwoSchemes.game(optimizer, torch.zeros(())).start(noise)
        return {
            "both": state,
            "turns": state,
            "origin": state["generator"]["parameters"],
            "mean": torch.zeros(2),
            "count": torch.zeros(()),
            "trace": start_trace(2),
        }

    @staticmethod
    def step(
        state: dict[str, Any],
        noise: Noise,
        loss: Tensor,
        optimizer: str,
        rate: Tensor,
        ratio: Tensor,
        where: Tensor,
    ) -> dict[str, Any]:
        explorer = TwoSchemes
        game = explorer.game(optimizer, loss)
        data = around(noise, explorer.batch, RING, explorer.deviation)
        latent = noise.normal(explorer.batch, explorer.latent)
        factor, generator_rate = torch.where(where > 0, 1, ratio), rate * torch.where(where > 0, ratio, 1)
        rest = data, latent, rate, factor, generator_rate
        both, both_loss = game.synchronous(state["both"], *rest)
        turns, turns_loss = game.alternating(state["turns"], *rest)
        count = state["count"] + 1
        weight = torch.maximum(1 / count, torch.tensor(0.02))
        mean = state["mean"] + weight * (torch.stack([both_loss, turns_loss]) - state["mean"])
        return {
            "both": both,
            "turns": turns,
            "origin": state["origin"],
            "mean": mean,
            "count": count,
            "trace": record(state["trace"], mean),
        }

    @staticmethod
    def frame(state: dict[str, Any], noise: Noise, optimizer: str) -> dict[str, Tensor]:
        explorer = TwoSchemes
        game = explorer.game(optimizer, torch.zeros(()))
        data = around(noise, 200, RING, explorer.deviation)
        latent = noise.normal(300, explorer.latent)
        arrays = {"axis": explorer.axis, "data_x": data[:, 0], "data_y": data[:, 1]}
        columns = []
        for scheme in ("both", "turns"):
            critic = game.critic.network(state[scheme]["critic"])
            fake = game.generator.network(state[scheme]["generator"])(latent)
            near = ((fake[:, None] - RING).norm(dim=2) < 3 * explorer.deviation).float()
            way = (state[scheme]["generator"]["parameters"] - state["origin"]).norm()
            columns.append(torch.stack([(near.mean(0) >= 0.01).float().sum(), near.sum(1).mean(), way]))
            arrays[f"{scheme}_field"] = critic(explorer.plane).reshape(31, 31).clamp(-8, 8)
            arrays[f"{scheme}_x"], arrays[f"{scheme}_y"] = fake.T
        arrays["time"] = trace_steps(state["trace"])
        arrays["both_loss"], arrays["turns_loss"] = state["trace"]["values"]
        arrays["summary"] = torch.stack(columns, dim=1)
        return arrays


class DigitsGAN(Explorer):
    """Handwritten digits, being invented: a small convolutional GAN trained on real images of 8 by 8 pixels, fakes and
    data side by side."""

    scheme = Choice(["one loss", "taking turns"], label="scheme")
    rate = Slider(0.001, 0.0001, 0.01, log=True, label="learning rate")
    ratio = Slider(1.0, 0.1, 10.0, log=True, label="λ in the generator's rate")

    batch, width = 32, 16
    game = Game(
        HINGE,
        Training(digits.critic(width), Adam(beta1=0.5)),
        Training(digits.generator(width), Adam(beta1=0.5)),
    )
    opening = 100
    speed = 100

    views = (
        View(Images("fake", columns=8), title="fakes"),
        View(Images("real", columns=8), title="data"),
        View(
            Lines("time", "loss", label="at each step", color=GREY),
            Lines("time", "mean", label="running mean", color=SYNCHRONOUS),
            title="critic's loss",
            x="step",
        ),
    )

    @staticmethod
    def start(noise: Noise) -> dict[str, Any]:
        return {
            "players": DigitsGAN.game.start(noise),
            "latent": noise.normal(64, digits.LATENT),
            "mean": torch.zeros(()),
            "count": torch.zeros(()),
            "trace": start_trace(2),
        }

    @staticmethod
    def step(state: dict[str, Any], noise: Noise, scheme: str, rate: Tensor, ratio: Tensor) -> dict[str, Any]:
        explorer = DigitsGAN
        move = explorer.game.synchronous if scheme == "one loss" else explorer.game.alternating
        data, latent = digits.batch(noise.uniform(explorer.batch)), noise.normal(explorer.batch, digits.LATENT)
        players, value = move(state["players"], data, latent, rate, 1.0, ratio * rate)
        count = state["count"] + 1
        mean = state["mean"] + torch.maximum(1 / count, torch.tensor(0.02)) * (value - state["mean"])
        return {
            "players": players,
            "latent": state["latent"],
            "mean": mean,
            "count": count,
            "trace": record(state["trace"], torch.stack([value, mean])),
        }

    @staticmethod
    def frame(state: dict[str, Any], noise: Noise) -> dict[str, Tensor]:
        explorer = DigitsGAN
        fake = explorer.game.generator.network(state["players"]["generator"])(state["latent"])
        loss, mean = state["trace"]["values"]
        return {
            "fake": framed(fake),
            "real": framed(digits.batch(noise.uniform(64))),
            "time": trace_steps(state["trace"]),
            "loss": loss,
            "mean": mean,
        }
