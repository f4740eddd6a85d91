"""The chapter's explorers: where gradients flow, a plain game and a GAN in the plane by both schemes, digits."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.func import grad
from torch.nn.functional import pad

from ..colors import BLUE, GREY, ORANGE, RED
from ..fgan import DIVERGENCES, GAN, RING, around, divergence_losses, mlp
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
    running_mean,
    start_trace,
    trace_steps,
)
from . import digits, plain
from .losses import HINGE, LOSSES, chosen
from .training import alternating, synchronous

SYNCHRONOUS, ALTERNATING, FAKE = RED, BLUE, ORANGE


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
    cut_subtracted = Toggle(True, label="cut the fakes off in −L_G", when={"subtract": True})
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

    @classmethod
    def frame(
        cls,
        noise: Noise,
        loss: Tensor,
        cut_critic: Tensor,
        subtract: Tensor,
        cut_subtracted: Tensor,
        dropout: Tensor,
        gradients: Tensor,
    ) -> dict[str, Tensor]:
        losses = chosen(list(LOSSES.values()), loss)
        count, width = cls.batch, cls.width
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

            def along(start: str, end: str) -> Tensor:
                return held[start] + probes[start, end]

            def hold_score(name: str, points: str, mask: Tensor) -> None:
                hold(name, score(along("D", name), along(points, name), mask))

            hold("x", x)
            hold("z", z)
            hold("D", critic)
            hold("G", generator)
            scale, place = along("G", "fake")
            hold("fake", scale * along("z", "fake") + place)
            hold("cut", detached(along("fake", "cut"), cut_critic))
            hold("cut again", detached(along("fake", "cut again"), cut_subtracted))
            hold_score("real score", "x", masks[0])
            hold_score("cut score", "cut", masks[1])
            hold_score("score", "fake", masks[2])
            hold_score("cut score again", "cut again", masks[3])
            hold("critic", losses.critic(along("real score", "critic"), along("cut score", "critic")))
            hold("generator", losses.generator(along("score", "generator")))
            hold("subtracted", -subtract * losses.generator(along("cut score again", "subtracted")))
            hold("zero", along("generator", "zero") + along("subtracted", "zero"))
            hold("loss", along("critic", "loss") + along("zero", "loss"))
            return held["loss"], held

        shapes = {"x": x, "z": z, "D": critic, "G": generator, "fake": x, "cut": x, "cut again": x}
        shapes |= {name: x[:, 0] for name in ("real score", "cut score", "score", "cut score again")}
        zeros: dict[Any, Tensor] = {name: torch.zeros_like(shapes.get(name, loss)) for name in cls.nodes}
        zeros |= {edge: torch.zeros_like(zeros[edge[0]]) for edge in cls.edges}
        flowing, held = grad(single, has_aux=True)(zeros)

        # What either should receive, by its own loss alone; the same masks.
        def critic_loss(parameters: Tensor) -> Tensor:
            fake = generator[0] * z + generator[1]
            return losses.critic(score(parameters, x, masks[0]), score(parameters, fake, masks[1]))

        def generator_loss(parameters: Tensor) -> Tensor:
            fake = parameters[0] * z + parameters[1]
            return losses.generator(score(critic, fake, masks[2]))

        wanted = {"D": grad(critic_loss)(critic), "G": grad(generator_loss)(generator)}
        received = torch.stack([flowing[name].norm() for name in cls.nodes])
        through = torch.stack([flowing[edge].norm() for edge in cls.edges])
        largest = torch.maximum(received.max(), through.max())

        def highlight(lengths: Tensor) -> Tensor:
            """From 0 to 1. Square roots let small gradients be seen; what is only rounding is nothing."""
            return torch.where(lengths < 1e-6 * largest, 0, lengths / largest).sqrt()

        values = torch.stack([held[name].norm() if name in wanted else held[name].mean() for name in cls.nodes])
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
    # A new game for new settings: the whole path belongs to the controls as they stand.
    rate = Slider(0.3, 0.02, 2.2, step=0.02, label="learning rate η", restarts=True)
    ratio = Slider(1.0, 0.25, 4.0, log=True, label="λ in the generator's loss", restarts=True)
    curvature = Slider(0.0, 0.0, 1.0, step=0.01, label="curvature a", restarts=True)

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
            y="distance",
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

    @classmethod
    def start(cls, optimizer: str) -> dict[str, Any]:
        place = torch.ones(2, 2)
        memory = [OPTIMIZERS[optimizer].start(place[0, :1]) for _ in range(4)]
        path = place[:, :, None].repeat(1, 1, cls.kept)
        return {"memory": memory, "path": path, "count": torch.zeros(())}

    @classmethod
    def step(
        cls, state: dict[str, Any], optimizer: str, rate: Tensor, ratio: Tensor, curvature: Tensor
    ) -> dict[str, Any]:
        rule = OPTIMIZERS[optimizer]

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
        place = place.clamp(-cls.bound, cls.bound)
        return {
            "memory": [first, second, third, fourth],
            "path": torch.cat([state["path"][:, :, 1:], place], dim=2),
            "count": state["count"] + 1,
        }

    @classmethod
    def frame(
        cls, state: dict[str, Any], optimizer: str, rate: Tensor, ratio: Tensor, curvature: Tensor
    ) -> dict[str, Tensor]:
        path = state["path"]
        distance = path.norm(dim=1)
        drawn = path.clamp(-cls.drawn, cls.drawn)
        matrices = [make(rate, curvature, ratio) for make in (plain.synchronous_matrix, plain.alternating_matrix)]
        both, turns = (plain.eigenvalues(matrix) for matrix in matrices)
        radii = torch.stack([plain.radius(matrix) for matrix in matrices])
        time = (state["count"] + torch.arange(1.0 - cls.kept, 1.0)).clamp(min=0)
        return {
            "both_x": drawn[0, 0],
            "both_y": drawn[0, 1],
            "turns_x": drawn[1, 0],
            "turns_y": drawn[1, 1],
            "now_x": drawn[:, 0, -1],
            "now_y": drawn[:, 1, -1],
            "circle_x": cls.angle.cos(),
            "circle_y": cls.angle.sin(),
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
                Heatmap(f"{scheme}_field", x="axis", y="axis", scale="diverging", label="score"),
                Dots("data_x", "data_y", label="data", color=GREY, size=1.5),
                Dots(f"{scheme}_x", f"{scheme}_y", label="fakes", color=FAKE, size=2),
                title=title,
                x="x",
                y="y",
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
            y="loss",
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

    @classmethod
    def gan(cls, optimizer: str, loss: Tensor) -> GAN:
        """Both players with their optimiser, for losses chosen by number."""
        rule = OPTIMIZERS[optimizer]
        players = Training(cls.critic, rule), Training(cls.generator, rule)
        return GAN(chosen(cls.losses, loss), *players)

    @classmethod
    def start(cls, noise: Noise, optimizer: str) -> dict[str, Any]:
        gan = cls.gan(optimizer, torch.zeros(()))
        state = {"critic": gan.critic.start(noise), "generator": gan.generator.start(noise)}
        return {
            "both": state,
            "turns": state,
            "origin": state["generator"]["parameters"],
            "mean": torch.zeros(2),
            "count": torch.zeros(()),
            "trace": start_trace(2),
        }

    @classmethod
    def step(
        cls,
        state: dict[str, Any],
        noise: Noise,
        loss: Tensor,
        optimizer: str,
        rate: Tensor,
        ratio: Tensor,
        where: Tensor,
    ) -> dict[str, Any]:
        gan = cls.gan(optimizer, loss)
        data = around(noise, cls.batch, RING, cls.deviation)
        latent = noise.normal(cls.batch, cls.latent)
        factor, generator_rate = torch.where(where > 0, 1, ratio), rate * torch.where(where > 0, ratio, 1)
        rest = data, latent, rate, factor, generator_rate
        both, both_loss = synchronous(gan, state["both"], *rest)
        turns, turns_loss = alternating(gan, state["turns"], *rest)
        count = state["count"] + 1
        mean = running_mean(state["mean"], torch.stack([both_loss, turns_loss]), count)
        return {
            "both": both,
            "turns": turns,
            "origin": state["origin"],
            "mean": mean,
            "count": count,
            "trace": record(state["trace"], mean),
        }

    @classmethod
    def frame(cls, state: dict[str, Any], noise: Noise, optimizer: str) -> dict[str, Tensor]:
        gan = cls.gan(optimizer, torch.zeros(()))
        data = around(noise, 200, RING, cls.deviation)
        latent = noise.normal(300, cls.latent)
        arrays = {"axis": cls.axis, "data_x": data[:, 0], "data_y": data[:, 1]}
        columns = []
        for scheme in ("both", "turns"):
            critic = gan.critic.network(state[scheme]["critic"])
            fake = gan.generator.network(state[scheme]["generator"])(latent)
            near = ((fake[:, None] - RING).norm(dim=2) < 3 * cls.deviation).float()
            way = (state[scheme]["generator"]["parameters"] - state["origin"]).norm()
            columns.append(torch.stack([(near.mean(0) >= 0.01).float().sum(), near.sum(1).mean(), way]))
            arrays[f"{scheme}_field"] = critic(cls.plane).reshape(31, 31).clamp(-8, 8)
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
    gan = GAN(
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
            y="loss",
        ),
    )

    @classmethod
    def start(cls, noise: Noise) -> dict[str, Any]:
        return {
            "players": {"critic": cls.gan.critic.start(noise), "generator": cls.gan.generator.start(noise)},
            "latent": noise.normal(64, digits.LATENT),
            "mean": torch.zeros(()),
            "count": torch.zeros(()),
            "trace": start_trace(2),
        }

    @classmethod
    def step(cls, state: dict[str, Any], noise: Noise, scheme: str, rate: Tensor, ratio: Tensor) -> dict[str, Any]:
        train = synchronous if scheme == "one loss" else alternating
        data, latent = digits.batch(noise.uniform(cls.batch)), noise.normal(cls.batch, digits.LATENT)
        players, value = train(cls.gan, state["players"], data, latent, rate, 1.0, ratio * rate)
        count = state["count"] + 1
        mean = running_mean(state["mean"], value, count)
        return {
            "players": players,
            "latent": state["latent"],
            "mean": mean,
            "count": count,
            "trace": record(state["trace"], torch.stack([value, mean])),
        }

    @classmethod
    def frame(cls, state: dict[str, Any], noise: Noise) -> dict[str, Tensor]:
        fake = cls.gan.generator.network(state["players"]["generator"])(state["latent"])
        loss, mean = state["trace"]["values"]
        return {
            "fake": framed(fake),
            "real": framed(digits.batch(noise.uniform(64))),
            "time": trace_steps(state["trace"]),
            "loss": loss,
            "mean": mean,
        }
