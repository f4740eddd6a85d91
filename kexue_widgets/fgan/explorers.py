"""The chapter's explorers: the divergence selector, a GAN in the plane, one Gaussian for a mixture."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from ..colors import BLUE, GREEN, GREY, ORANGE, RED
from ..live import (
    Adam,
    Arrows,
    Choice,
    Dots,
    Explorer,
    Heatmap,
    Lines,
    Noise,
    Points,
    Slider,
    Stream,
    Table,
    Toggle,
    Training,
    View,
    generator,
    record,
    running_mean,
    start_trace,
    trace_steps,
)
from .divergences import (
    DIVERGENCES,
    JENSEN_SHANNON,
    TOTAL_VARIATION,
    FDivergence,
    divergence_value,
    gaussian_bound,
    log_normal,
)
from .mixture import Weight, mixed, weighted
from .training import GAN, GRID, RING, TOY, Losses, divergence_losses, mlp, spiral, two_moons

FAKE = ORANGE
MIXTURE = "your mixture"


def weight_sliders() -> list[Slider]:
    """A weight for each of the eight, in the order of `DIVERGENCES`; half of KL and half of reverse KL are half of Jeffrey."""
    return [
        Slider(
            0.5 if name in ("KL", "reverse KL") else 0.0,
            0.0,
            1.0,
            step=0.05,
            label=f"weight of {name}",
            when={"divergence": MIXTURE},
        )
        for name in DIVERGENCES
    ]


def chosen(divergence: str, weights: tuple[Weight, ...]) -> FDivergence:
    """One of the eight, or their mixture with these weights, in the order of `DIVERGENCES`."""
    return mixed(dict(zip(DIVERGENCES, weights, strict=True))) if divergence == MIXTURE else DIVERGENCES[divergence]


class Selector(Explorer):
    """A divergence chosen by its name: its function f with the tangent that touches at u, the conjugate, the critic's
    activation, two densities, and the divergence by definition beside its bound for a critic that knows only a part."""

    divergence = Choice([*DIVERGENCES, MIXTURE], default="KL", label="divergence")
    u = Slider(2.0, 0.1, 4.0, step=0.05, label="touch at u")
    # Beyond these deviations Pearson's or Neyman's divergence from the standard normal density is infinite.
    mean = Slider(1.0, -2.0, 2.0, step=0.1, label="mean of q")
    deviation = Slider(1.2, 0.8, 1.3, step=0.05, label="standard deviation of q")
    knows = Slider(0.5, 0.0, 1.5, step=0.05, label="critic's score as a multiple of ln(p/q)")
    total_variation, kl, reverse_kl, pearson, neyman, squared_hellinger, jeffrey, jensen_shannon = weight_sliders()

    ratio = torch.linspace(0.1, 4, 118)
    score = torch.linspace(-4, 4, 81)
    x = torch.linspace(-40, 40, 3201)  # Neyman's integrand may lie as far out as 30
    shown = torch.linspace(-6, 6, 121)
    multiples = torch.linspace(0, 1.5, 31)

    views = (
        View(
            Lines("ratio", "f", label="f"),
            Lines("ratio", "tangent", label="tangent", dashed=True),
            Dots("u", "at_u", label="where it touches", color=RED),
            title="f and a tangent",
            x="u",
            y="f(u)",
        ),
        View(
            Lines("slope", "conjugate", label="f*"),
            Dots("touching", "at_slope", label="at the tangent's slope", color=RED),
            title="conjugate",
            x="t",
            y="f*(t)",
        ),
        View(Lines("score", "activation"), title="activation", x="score v", y="T"),
        View(
            Lines("shown", "p", label="p", color=BLUE),
            Lines("shown", "q", label="q", color=ORANGE),
            title="densities",
            x="x",
            y="density",
        ),
        View(
            Lines("multiples", "bounds", label="bound"),
            Lines("multiples", "exact", label="divergence", color=GREY, dashed=True),
            Dots("knows", "bound", label="this critic", color=RED),
            title="bound for critics that know more or less",
            x="score as a multiple of ln(p/q)",
            y="divergence",
        ),
        View(
            Table("summary", rows=("by definition", "by the bound"), columns=("value",), digits=4),
            title="by definition and by the bound",
        ),
    )

    @classmethod
    def frame(
        cls,
        divergence: str,
        u: Tensor,
        mean: Tensor,
        deviation: Tensor,
        knows: Tensor,
        total_variation: Tensor,
        kl: Tensor,
        reverse_kl: Tensor,
        pearson: Tensor,
        neyman: Tensor,
        squared_hellinger: Tensor,
        jeffrey: Tensor,
        jensen_shannon: Tensor,
    ) -> dict[str, Tensor]:
        weights = (total_variation, kl, reverse_kl, pearson, neyman, squared_hellinger, jeffrey, jensen_shannon)
        of = chosen(divergence, weights)
        parts = dict(zip(DIVERGENCES, weights, strict=True)) if divergence == MIXTURE else {divergence: 1.0}
        slope = of.derivative(cls.ratio)
        at_u, touching = of.f(u), of.derivative(u)
        log_p, log_q = log_normal(cls.x, 0.0, 1.0), log_normal(cls.x, mean, deviation)
        exact = divergence_value(of, log_p, log_q, cls.x)
        log_ratio = log_p - log_q

        def reached(name: str, multiple: Tensor) -> Tensor:
            each = DIVERGENCES[name]
            if each not in (TOTAL_VARIATION, JENSEN_SHANNON):
                return gaussian_bound(name, multiple, mean, deviation).reshape(multiple.shape[:1])
            # T and f*(T) do not outgrow the densities
            critic, conjugate = each.optimal_critic(multiple * log_ratio), each.optimal_conjugate(multiple * log_ratio)
            return torch.trapezoid(log_p.exp() * critic - log_q.exp() * conjugate, cls.x)

        def bound(multiple: Tensor) -> Tensor:
            value = sum(weighted(weight, reached(name, multiple)) for name, weight in parts.items())
            # A critic that is too sure of itself may be infinitely wrong: the picture ends somewhere.
            return torch.maximum(value, -exact)

        return {
            "ratio": cls.ratio,
            "f": of.f(cls.ratio),
            "tangent": at_u + touching * (cls.ratio - u),
            "u": u.reshape(1),
            "at_u": at_u.reshape(1),
            "slope": slope,
            "conjugate": cls.ratio * slope - of.f(cls.ratio),
            "touching": touching.reshape(1),
            "at_slope": (u * touching - at_u).reshape(1),
            "score": cls.score,
            "activation": of.activation(cls.score),
            "shown": cls.shown,
            "p": log_normal(cls.shown, 0.0, 1.0).exp(),
            "q": log_normal(cls.shown, mean, deviation).exp(),
            "multiples": cls.multiples,
            "bounds": bound(cls.multiples.unsqueeze(1)),
            "exact": exact.expand(len(cls.multiples)),
            "knows": knows.reshape(1),
            "bound": bound(knows).reshape(1),
            "summary": torch.stack([exact, bound(knows)]),
        }


def tree_where(condition: Tensor, tree: Any, other: Any) -> Any:
    """`torch.where`, leaf by leaf, for two trees of tensors of the same shapes."""
    return tree_map(lambda one, another: torch.where(condition, one, another), tree, other)


class PlaneGAN(Explorer):
    """A GAN learns a distribution in the plane with the loss of a chosen divergence: data, fakes, the critic's field, the
    generator's gradients, and the critic's estimate of the divergence step by step."""

    divergence = Choice([*DIVERGENCES, MIXTURE], default="Jensen-Shannon", label="divergence")
    data = Choice({"ring": 0, "grid": 1, "two moons": 2, "spiral": 3, "your points": 4}, label="data")
    points = Points(
        [[-1.5, -1.0], [0.0, 1.5], [1.5, -1.0]],
        x_range=(-3, 3),
        y_range=(-3, 3),
        capacity=200,
        label="your points",
        when={"data": "your points"},
    )
    player = Choice({"both": 0, "the critic alone": 1, "the generator alone": 2}, label="who learns")
    critic_steps = Slider(2, 1, 10, step=1, label="critic steps for each of the generator", when={"player": "both"})
    rate_critic, rate_generator = (
        Slider(
            rate,
            0.0001,
            0.03,
            log=True,
            label=f"{player}'s learning rate",
            when={"player": ["both", f"the {player} alone"]},
        )
        for player, rate in (("critic", 0.003), ("generator", 0.001))
    )
    # With the total variation the trick changes nothing: its conjugate is the identity.
    nonsaturating = Toggle(
        False,
        label="generator maximises E T (the paper's trick)",
        when={"divergence": [name for name in [*DIVERGENCES, MIXTURE] if name != "total variation"]},
    )
    total_variation, kl, reverse_kl, pearson, neyman, squared_hellinger, jeffrey, jensen_shannon = weight_sliders()

    batch, width, latent, spread = 128, 64, 2, 0.1
    fakes = Training(mlp(latent, width, width, 2), Adam(beta1=0.5))
    critic = Training(mlp(2, width, width, 1), Adam(beta1=0.5))
    centres = torch.stack(
        [
            RING.repeat(25, 1),
            GRID.repeat(8, 1),
            *(each(Noise.from_generator(generator(0, Stream.START)), 200) for each in (two_moons, spiral)),
        ]
    )
    axis = torch.linspace(-3, 3, 41)
    plane = torch.stack([axis.repeat(41), axis.repeat_interleave(41)], dim=1)
    opening = 400
    speed = 200

    views = (
        View(
            Heatmap("field", x="axis", y="axis", scale="diverging", label="score"),
            Arrows("fake_x", "fake_y", "arrow_x", "arrow_y", label="where the generator is pulled", color=GREEN),
            Dots("data_x", "data_y", label="data", color=GREY, size=1.5),
            Dots("fake_x", "fake_y", label="fakes", color=FAKE, size=2),
            title="critic's score, data and fakes",
            x="x",
            y="y",
            x_range=(-3, 3),
            y_range=(-3, 3),
            aspect=1,
        ),
        View(
            Lines("time", "estimate", label="critic's estimate"),
            Lines("time", "smooth", label="its running mean", color=RED),
            title="divergence from data to fakes",
            x="step",
            y="divergence",
        ),
        View(
            Table(
                "summary",
                rows=("critic's estimate, running mean", "data points with a fake nearby", "fakes near a data point"),
                columns=("value",),
            ),
            title="how good",
        ),
    )

    @classmethod
    def gan(cls, of: FDivergence, nonsaturating: Tensor) -> GAN:
        """Both players, and what they minimise; `nonsaturating` is 1 for the paper's trick, else 0."""
        plain, trick = (divergence_losses(of, saturating) for saturating in (True, False))

        def generator_loss(fake: Tensor) -> Tensor:
            return torch.where(nonsaturating > 0, trick.generator(fake), plain.generator(fake))

        return GAN(Losses(of.name, plain.critic, generator_loss), cls.critic, cls.fakes)

    @classmethod
    def real(cls, noise: Noise, data: Tensor, points: Tensor, count: int) -> Tensor:
        """`count` data points (count, 2): centres of the chosen data set with some noise around them."""
        centres = torch.cat([cls.centres, points.unsqueeze(0)])[data.long().reshape(1)][0]
        chosen = centres[(noise.uniform(count) * len(points)).long()]
        return chosen + cls.spread * noise.normal(count, 2)

    @classmethod
    def start(cls, noise: Noise, data: Tensor, points: Tensor) -> dict[str, Any]:
        return {
            "generator": cls.fakes.start(noise),
            "critic": cls.critic.start(noise),
            "count": torch.zeros(()),
            "mean": torch.zeros(()),
            "trace": start_trace(2),
            "real": cls.real(noise, data, points, 256),
        }

    @classmethod
    def step(
        cls,
        state: dict[str, Any],
        noise: Noise,
        divergence: str,
        data: Tensor,
        points: Tensor,
        player: Tensor,
        critic_steps: Tensor,
        rate_critic: Tensor,
        rate_generator: Tensor,
        nonsaturating: Tensor,
        total_variation: Tensor,
        kl: Tensor,
        reverse_kl: Tensor,
        pearson: Tensor,
        neyman: Tensor,
        squared_hellinger: Tensor,
        jeffrey: Tensor,
        jensen_shannon: Tensor,
    ) -> dict[str, Any]:
        weights = (total_variation, kl, reverse_kl, pearson, neyman, squared_hellinger, jeffrey, jensen_shannon)
        gan = cls.gan(chosen(divergence, weights), nonsaturating)
        real = cls.real(noise, data, points, cls.batch)
        after, loss = gan.critic_step(state, real, noise.normal(cls.batch, cls.latent), rate_critic)
        critic = tree_where(player != 2, after["critic"], state["critic"])
        after = gan.generator_step({**state, "critic": critic}, noise.normal(cls.batch, cls.latent), rate_generator)
        count = state["count"] + 1
        round_over = torch.remainder(count, critic_steps) == 0
        moves = (player == 2) | ((player == 0) & round_over)
        mean = running_mean(state["mean"], -loss, count)
        return {
            **after,
            "generator": tree_where(moves, after["generator"], state["generator"]),
            "count": count,
            "mean": mean,
            "trace": record(state["trace"], torch.stack([-loss, mean])),
        }

    @classmethod
    def frame(
        cls,
        state: dict[str, Any],
        noise: Noise,
        divergence: str,
        nonsaturating: Tensor,
        total_variation: Tensor,
        kl: Tensor,
        reverse_kl: Tensor,
        pearson: Tensor,
        neyman: Tensor,
        squared_hellinger: Tensor,
        jeffrey: Tensor,
        jensen_shannon: Tensor,
    ) -> dict[str, Tensor]:
        of = chosen(
            divergence, (total_variation, kl, reverse_kl, pearson, neyman, squared_hellinger, jeffrey, jensen_shannon)
        )
        critic = cls.critic.network(state["critic"])
        fake = cls.fakes.network(state["generator"])(noise.normal(256, cls.latent))

        def gain(fake: Tensor) -> Tensor:
            score = critic(fake)
            return torch.where(nonsaturating > 0, of.activation(score), of.activation_conjugate(score)).sum()

        pull = torch.func.grad(gain)(fake)
        length = pull.norm(dim=1, keepdim=True)
        arrow = 0.6 * pull / (length.max() + 1e-12)
        distance = (fake.unsqueeze(1) - state["real"]).norm(dim=2)
        near = 3 * cls.spread
        value, mean = state["trace"]["values"]
        return {
            "field": critic(cls.plane).reshape(41, 41).clamp(-8, 8),
            "axis": cls.axis,
            "data_x": state["real"][:, 0],
            "data_y": state["real"][:, 1],
            "fake_x": fake[:, 0],
            "fake_y": fake[:, 1],
            "arrow_x": arrow[:, 0],
            "arrow_y": arrow[:, 1],
            "time": trace_steps(state["trace"]),
            "estimate": value,
            "smooth": mean,
            "summary": torch.stack(
                [
                    state["mean"],
                    (distance.min(0).values < near).float().mean(),
                    (distance.min(1).values < near).float().mean(),
                ]
            ),
        }


class Gaussian(nn.Module):
    """A generator with two parameters: latent points (n, 1) stretched and moved."""

    def __init__(self) -> None:
        super().__init__()
        self.mean, self.log_deviation = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(()))

    def forward(self, latent: Tensor) -> Tensor:
        """Points (n, 1)."""
        return self.mean + self.log_deviation.exp() * latent


@cache  # so that a graph holds what follows alone: ONNX Runtime, making a session, kept every part of it, up to 232 MB
def divergence_landscape(divergence: str, means: Tensor, deviations: Tensor, grid: Tensor) -> Tensor:
    """The exact divergence between the mixture and each Gaussian, (deviations, means), by the trapezoidal rule on the grid."""
    log_q = log_normal(grid, means.reshape(1, -1, 1), deviations.reshape(-1, 1, 1))
    return divergence_value(DIVERGENCES[divergence], TOY.log_density(grid), log_q, grid)


class OneGaussian(Explorer):
    """One Gaussian for a mixture of two: a generator with two parameters learns against a critic, and its path is drawn
    over the exact divergence of every Gaussian, whose least value it should find."""

    divergence = Choice(list(DIVERGENCES), default="KL", label="divergence")
    critic_steps = Slider(5, 1, 10, step=1, label="critic steps for each of the generator")
    rate_critic = Slider(0.01, 0.001, 0.03, log=True, label="critic's learning rate")
    rate_generator = Slider(0.01, 0.001, 0.1, log=True, label="generator's learning rate")

    batch = 512
    fakes = Training(Gaussian(), Adam(0.5, 0.9))
    critic = Training(mlp(1, 64, 64, 1), Adam(beta1=0.5))
    # Neyman's integrand has long and smooth tails where the learned Gaussian is nearly as wide as the mixture.
    x = torch.cat([torch.linspace(-60, -12.5, 96), torch.linspace(-12, 14, 261), torch.linspace(14.5, 62, 96)])
    shown = torch.linspace(-4, 7, 221)
    means = torch.linspace(-2, 3, 51)
    deviations = torch.linspace(0.3, 2.8, 51)
    opening = 400
    speed = 300

    views = (
        View(
            Heatmap("landscape", x="means", y="deviations", label="ln D"),
            Lines("path_mean", "path_deviation", label="learned so far", color=FAKE),
            Dots("mean", "deviation", label="learned", color=FAKE, size=4),
            Dots("best_mean", "best_deviation", label="exact best", color=RED, size=4),
            title="logarithm of the exact divergence",
            x="mean",
            y="standard deviation",
            x_range=(-2, 3),
            y_range=(0.3, 2.8),
        ),
        View(
            Lines("shown", "p", label="mixture p", color=GREY),
            Lines("shown", "q", label="learned q", color=FAKE),
            Lines("shown", "best", label="exact best q", color=RED, dashed=True),
            title="densities",
            x="x",
            y="density",
        ),
        View(
            Lines("time", "exact", label="exact", color=RED),
            Lines("time", "estimate", label="critic's estimate, running mean", color=FAKE),
            title="divergence of the learned Gaussian",
            x="step",
            y="divergence",
        ),
        View(
            Table("summary", rows=("mean", "standard deviation", "divergence"), columns=("learned", "exact best")),
            title="two parameters",
        ),
    )

    @staticmethod
    def gaussian(generator: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of what the generator makes."""
        mean, log_deviation = generator["parameters"]
        return mean, log_deviation.exp()

    @classmethod
    def start(cls, noise: Noise, divergence: str) -> dict[str, Any]:
        return {
            "generator": cls.fakes.start(),
            "critic": cls.critic.start(noise),
            "count": torch.zeros(()),
            "mean": torch.zeros(()),
            "trace": start_trace(4),
            "landscape": divergence_landscape(divergence, cls.means, cls.deviations, cls.x),
        }

    @classmethod
    def step(
        cls,
        state: dict[str, Any],
        noise: Noise,
        divergence: str,
        critic_steps: Tensor,
        rate_critic: Tensor,
        rate_generator: Tensor,
    ) -> dict[str, Any]:
        of = DIVERGENCES[divergence]
        real, latent = TOY.sample(noise, cls.batch), noise.normal(cls.batch, 1)
        gan = GAN(divergence_losses(of), cls.critic, cls.fakes)
        after, loss = gan.critic_step(state, real, latent, rate_critic)
        after = gan.generator_step(after, latent, rate_generator)
        count = state["count"] + 1
        generator = tree_where(torch.remainder(count, critic_steps) == 0, after["generator"], state["generator"])
        learned_mean, deviation = cls.gaussian(generator)
        log_q = log_normal(cls.x, learned_mean, deviation)
        exact = divergence_value(of, TOY.log_density(cls.x), log_q, cls.x).clamp(max=1e3)
        mean = running_mean(state["mean"], -loss, count)
        seen = torch.stack([learned_mean, deviation, exact, mean])
        return {
            **after,
            "generator": generator,
            "count": count,
            "mean": mean,
            "trace": record(state["trace"], seen),
        }

    @classmethod
    def frame(cls, state: dict[str, Any]) -> dict[str, Tensor]:
        landscape = state["landscape"]
        mean, deviation = cls.gaussian(state["generator"])
        least = landscape.reshape(-1).argmin().reshape(1)
        best_mean = cls.means[torch.remainder(least, len(cls.means))]
        best_deviation = cls.deviations[torch.div(least, len(cls.means), rounding_mode="floor")]
        path_mean, path_deviation, exact, mean_estimate = state["trace"]["values"]
        return {
            "landscape": landscape.clamp(1e-3, 1e3).log(),
            "means": cls.means,
            "deviations": cls.deviations,
            "path_mean": path_mean,
            "path_deviation": path_deviation,
            "mean": mean.reshape(1),
            "deviation": deviation.reshape(1),
            "best_mean": best_mean,
            "best_deviation": best_deviation,
            "shown": cls.shown,
            "p": TOY.log_density(cls.shown).exp(),
            "q": log_normal(cls.shown, mean, deviation).exp(),
            "best": log_normal(cls.shown, best_mean, best_deviation).exp(),
            "time": trace_steps(state["trace"]),
            "exact": exact.clamp(max=10),  # Pearson's is infinite at first
            "estimate": mean_estimate,
            "summary": torch.stack(
                [
                    torch.stack([mean, best_mean[0]]),
                    torch.stack([deviation, best_deviation[0]]),
                    torch.stack([exact[-1], landscape.min()]),
                ]
            ),
        }
