"""The chapter's explorers: the divergence selector, a GAN in the plane, one Gaussian for a mixture."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

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
    Table,
    Toggle,
    Training,
    View,
    record,
    start_trace,
    trace_steps,
)
from ..live.noise import Stream, generator
from .divergences import (
    DIVERGENCES,
    divergence_value,
    estimate,
    log_normal,
    nonsaturating_loss,
    saturating_loss,
)
from .training import GAN, GRID, RING, TOY, mlp, spiral, two_moons

DATA, FAKE, GREY, RED = "#3b7dd8", "#e07b00", "#808894", "#d6455d"


class Selector(Explorer):
    """A divergence chosen by its name: its function f with the tangent that touches at u, the conjugate, the critic's
    activation, two densities, and the divergence by definition beside its bound for a critic that knows only a part."""

    divergence = Choice(list(DIVERGENCES), default="KL", label="divergence")
    u = Slider(2.0, 0.1, 4.0, step=0.05, label="touch at u")
    # Beyond these deviations Pearson's or Neyman's divergence from the standard normal density is infinite.
    mean = Slider(1.0, -2.0, 2.0, step=0.1, label="mean of q")
    deviation = Slider(1.2, 0.8, 1.3, step=0.05, label="standard deviation of q")
    knows = Slider(0.5, 0.0, 1.5, step=0.05, label="critic's score as a multiple of ln(p/q)")

    ratio = torch.linspace(0.1, 4, 118)
    score = torch.linspace(-4, 4, 81)
    x = torch.linspace(-12, 12, 481)
    shown = torch.linspace(-6, 6, 121)
    multiples = torch.linspace(0, 1.5, 31)

    views = (
        View(
            Lines("ratio", "f", label="f"),
            Lines("ratio", "tangent", label="tangent", dashed=True),
            Dots("u", "at_u", label="where it touches", color=RED),
            title="f and a tangent",
            x="u",
        ),
        View(
            Lines("slope", "conjugate", label="f*"),
            Dots("touching", "at_slope", label="at the tangent's slope", color=RED),
            title="conjugate",
            x="t",
        ),
        View(Lines("score", "activation"), title="activation", x="score v", y="T"),
        View(
            Lines("shown", "p", label="p", color=DATA),
            Lines("shown", "q", label="q", color=FAKE),
            title="densities",
            x="x",
        ),
        View(
            Lines("multiples", "bounds", label="bound"),
            Lines("multiples", "exact", label="divergence", color=GREY, dashed=True),
            Dots("knows", "bound", label="this critic", color=RED),
            title="bound for critics that know more or less",
            x="score as a multiple of ln(p/q)",
        ),
        View(
            Table("summary", rows=("by definition", "by the bound"), columns=("value",), digits=4),
            title="by definition and by the bound",
        ),
    )

    @staticmethod
    def frame(divergence: str, u: Tensor, mean: Tensor, deviation: Tensor, knows: Tensor) -> dict[str, Tensor]:
        explorer, of = Selector, DIVERGENCES[divergence]
        slope = of.derivative(explorer.ratio)
        at_u, touching = of.f(u), of.derivative(u)
        log_p, log_q = log_normal(explorer.x, 0.0, 1.0), log_normal(explorer.x, mean, deviation)
        exact = divergence_value(of, log_p, log_q, explorer.x)
        log_ratio = log_p - log_q

        def bound(multiple: Tensor) -> Tensor:
            critic, conjugate = of.optimal_critic(multiple * log_ratio), of.optimal_conjugate(multiple * log_ratio)
            value = torch.trapezoid(log_p.exp() * critic - log_q.exp() * conjugate, explorer.x)
            # A critic that is too sure of itself may be infinitely wrong: the picture ends somewhere.
            return torch.where(value > -exact, value, -exact)

        return {
            "ratio": explorer.ratio,
            "f": of.f(explorer.ratio),
            "tangent": at_u + touching * (explorer.ratio - u),
            "u": u.reshape(1),
            "at_u": at_u.reshape(1),
            "slope": slope,
            "conjugate": explorer.ratio * slope - of.f(explorer.ratio),
            "touching": touching.reshape(1),
            "at_slope": (u * touching - at_u).reshape(1),
            "score": explorer.score,
            "activation": of.activation(explorer.score),
            "shown": explorer.shown,
            "p": log_normal(explorer.shown, 0.0, 1.0).exp(),
            "q": log_normal(explorer.shown, mean, deviation).exp(),
            "multiples": explorer.multiples,
            "bounds": bound(explorer.multiples.unsqueeze(1)),
            "exact": exact.expand(len(explorer.multiples)),
            "knows": knows.reshape(1),
            "bound": bound(knows).reshape(1),
            "summary": torch.stack([exact, bound(knows)]),
        }


def turn(state: Any, moved: Any, whether: Tensor) -> Any:
    """`moved` where it is this player's turn, else `state`: trees of tensors of the same shapes."""
    return tree_map(lambda before, after: torch.where(whether, after, before), state, moved)


class PlaneGAN(Explorer):
    """A GAN learns a distribution in the plane with the loss of a chosen divergence: data, fakes, the critic's field, the
    generator's gradients, and the critic's estimate of the divergence step by step."""

    divergence = Choice(list(DIVERGENCES), default="Jensen-Shannon", label="divergence")
    data = Choice({"ring": 0, "grid": 1, "two moons": 2, "spiral": 3, "your points": 4}, label="data")
    points = Points(
        [[-1.5, -1.0], [0.0, 1.5], [1.5, -1.0]],
        x_range=(-3, 3),
        y_range=(-3, 3),
        capacity=200,
        label="your points",
    )
    player = Choice({"both": 0, "the critic alone": 1, "the generator alone": 2}, label="who learns")
    critic_steps = Slider(2, 1, 10, step=1, label="critic steps for each of the generator")
    rate_critic = Slider(0.003, 0.0001, 0.03, log=True, label="critic's learning rate")
    rate_generator = Slider(0.001, 0.0001, 0.03, log=True, label="generator's learning rate")
    nonsaturating = Toggle(False, label="generator maximises E T (the paper's trick)")

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
            Heatmap("field", x="axis", y="axis", scale="diverging"),
            Dots("data_x", "data_y", label="data", color=GREY, size=1.5),
            Dots("fake_x", "fake_y", label="fakes", color=FAKE, size=2),
            Arrows("fake_x", "fake_y", "arrow_x", "arrow_y", label="where the generator is pulled", color="#2a9d5c"),
            title="critic's score, data and fakes",
            x_range=(-3, 3),
            y_range=(-3, 3),
            aspect=1,
        ),
        View(
            Lines("time", "estimate", label="critic's estimate"),
            Lines("time", "smooth", label="its running mean", color=RED),
            title="divergence from data to fakes",
            x="step",
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

    @staticmethod
    def gan(divergence: str) -> GAN:
        """Both players and the divergence they play for."""
        return GAN(DIVERGENCES[divergence], PlaneGAN.fakes, PlaneGAN.critic)

    @staticmethod
    def real(noise: Noise, data: Tensor, points: Tensor, count: int) -> Tensor:
        """`count` data points (count, 2): centres of the chosen data set with some noise around them."""
        centres = torch.cat([PlaneGAN.centres, points.unsqueeze(0)])[data.long().reshape(1)][0]
        chosen = centres[(noise.uniform(count) * len(points)).long()]
        return chosen + PlaneGAN.spread * noise.normal(count, 2)

    @staticmethod
    def start(noise: Noise, data: Tensor, points: Tensor) -> dict[str, Any]:
        explorer = PlaneGAN
        return {
            "generator": explorer.fakes.start(noise),
            "critic": explorer.critic.start(noise),
            "count": torch.zeros(()),
            "mean": torch.zeros(()),
            "trace": start_trace(2),
            "real": explorer.real(noise, data, points, 256),
        }

    @staticmethod
    def step(
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
    ) -> dict[str, Any]:
        explorer = PlaneGAN
        gan = explorer.gan(divergence)
        players = {"generator": state["generator"], "critic": state["critic"]}
        real = explorer.real(noise, data, points, explorer.batch)
        moved, value = gan.critic_step(players, real, noise.normal(explorer.batch, explorer.latent), rate_critic)
        critic = turn(players["critic"], moved["critic"], player != 2)

        score = explorer.critic.network(critic)
        latent = noise.normal(explorer.batch, explorer.latent)

        def loss(network: Any) -> Tensor:
            scores = score(network(latent))
            saturating, trick = saturating_loss(gan.divergence, scores), nonsaturating_loss(gan.divergence, scores)
            return torch.where(nonsaturating > 0, trick, saturating)

        generator, _ = explorer.fakes.step(players["generator"], loss, rate_generator)
        count = state["count"] + 1
        round_over = torch.remainder(count, critic_steps) == 0
        generator = turn(players["generator"], generator, (player == 2) | ((player == 0) & round_over))
        weight = torch.maximum(1 / count, torch.tensor(0.02))
        mean = state["mean"] + weight * (value - state["mean"])
        return {
            "generator": generator,
            "critic": critic,
            "count": count,
            "mean": mean,
            "trace": record(state["trace"], torch.stack([value, mean])),
            "real": state["real"],
        }

    @staticmethod
    def frame(state: dict[str, Any], noise: Noise, divergence: str, nonsaturating: Tensor) -> dict[str, Tensor]:
        explorer, of = PlaneGAN, DIVERGENCES[divergence]
        critic = explorer.critic.network(state["critic"])
        fake = explorer.fakes.network(state["generator"])(noise.normal(256, explorer.latent))

        def gain(fake: Tensor) -> Tensor:
            score = critic(fake)
            return torch.where(nonsaturating > 0, of.activation(score), of.activation_conjugate(score)).sum()

        pull = torch.func.grad(gain)(fake)
        length = pull.norm(dim=1, keepdim=True)
        arrow = 0.6 * pull / (length.max() + 1e-12)
        distance = (fake.unsqueeze(1) - state["real"]).norm(dim=2)
        near = 3 * explorer.spread
        value, mean = state["trace"]["values"]
        return {
            "field": critic(explorer.plane).reshape(41, 41).clamp(-8, 8),
            "axis": explorer.axis,
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


class OneGaussian(Explorer):
    """One Gaussian for a mixture of two: a generator with two parameters learns against a critic, and its path is drawn
    over the exact divergence of every Gaussian, whose least value it should find."""

    divergence = Choice(list(DIVERGENCES), default="KL", label="divergence")
    critic_steps = Slider(5, 1, 10, step=1, label="critic steps for each of the generator")
    rate_critic = Slider(0.01, 0.001, 0.03, log=True, label="critic's learning rate")
    rate_generator = Slider(0.01, 0.001, 0.1, log=True, label="generator's learning rate")

    batch = 512
    fakes = Training({"mean": torch.zeros(()), "log_deviation": torch.zeros(())}, Adam(0.5, 0.9))
    critic = Training(mlp(1, 64, 64, 1), Adam(beta1=0.5))
    x = torch.linspace(-12, 14, 261)
    shown = torch.linspace(-4, 7, 221)
    means = torch.linspace(-2, 3, 51)
    deviations = torch.linspace(0.3, 2.8, 51)
    opening = 400
    speed = 300

    views = (
        View(
            Heatmap("landscape", x="means", y="deviations"),
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
        ),
        View(
            Lines("time", "exact", label="exact", color=RED),
            Lines("time", "estimate", label="critic's estimate, running mean", color=FAKE),
            title="divergence of the learned Gaussian",
            x="step",
        ),
        View(
            Table("summary", rows=("mean", "standard deviation", "divergence"), columns=("learned", "exact best")),
            title="two parameters",
        ),
    )

    @staticmethod
    def start(noise: Noise, divergence: str) -> dict[str, Any]:
        explorer, of = OneGaussian, DIVERGENCES[divergence]
        deviations, means = explorer.deviations.reshape(-1, 1, 1), explorer.means.reshape(1, -1, 1)
        log_q = log_normal(explorer.x, means, deviations)
        landscape = divergence_value(of, TOY.log_density(explorer.x), log_q, explorer.x)
        return {
            "generator": explorer.fakes.start(),
            "critic": explorer.critic.start(noise),
            "count": torch.zeros(()),
            "mean": torch.zeros(()),
            "trace": start_trace(4),
            "landscape": landscape,
        }

    @staticmethod
    def step(
        state: dict[str, Any],
        noise: Noise,
        divergence: str,
        critic_steps: Tensor,
        rate_critic: Tensor,
        rate_generator: Tensor,
    ) -> dict[str, Any]:
        explorer, of = OneGaussian, DIVERGENCES[divergence]
        real, latent = TOY.sample(noise, explorer.batch), noise.normal(explorer.batch, 1)

        def points(parameters: dict[str, Tensor]) -> Tensor:
            return parameters["mean"] + parameters["log_deviation"].exp() * latent

        fake = points(explorer.fakes.network(state["generator"]))
        critic, value = explorer.critic.step(
            state["critic"], lambda network: -estimate(of, network(real), network(fake)), rate_critic
        )
        score = explorer.critic.network(critic)
        moved, _ = explorer.fakes.step(
            state["generator"], lambda parameters: saturating_loss(of, score(points(parameters))), rate_generator
        )
        count = state["count"] + 1
        generator = turn(state["generator"], moved, torch.remainder(count, critic_steps) == 0)
        parameters = explorer.fakes.network(generator)
        log_q = log_normal(explorer.x, parameters["mean"], parameters["log_deviation"].exp())
        exact = divergence_value(of, TOY.log_density(explorer.x), log_q, explorer.x)
        mean = state["mean"] + torch.maximum(1 / count, torch.tensor(0.02)) * (-value - state["mean"])
        seen = torch.stack([parameters["mean"], parameters["log_deviation"].exp(), exact, mean])
        return {
            "generator": generator,
            "critic": critic,
            "count": count,
            "mean": mean,
            "trace": record(state["trace"], seen),
            "landscape": state["landscape"],
        }

    @staticmethod
    def frame(state: dict[str, Any]) -> dict[str, Tensor]:
        explorer, landscape = OneGaussian, state["landscape"]
        parameters = explorer.fakes.network(state["generator"])
        mean, deviation = parameters["mean"], parameters["log_deviation"].exp()
        least = landscape.reshape(-1).argmin().reshape(1)
        best_mean = explorer.means[torch.remainder(least, len(explorer.means))]
        best_deviation = explorer.deviations[torch.div(least, len(explorer.means), rounding_mode="floor")]
        path_mean, path_deviation, exact, mean_estimate = state["trace"]["values"]
        return {
            "landscape": landscape.clamp(1e-3, 1e3).log(),
            "means": explorer.means,
            "deviations": explorer.deviations,
            "path_mean": path_mean,
            "path_deviation": path_deviation,
            "mean": mean.reshape(1),
            "deviation": deviation.reshape(1),
            "best_mean": best_mean,
            "best_deviation": best_deviation,
            "shown": explorer.shown,
            "p": TOY.log_density(explorer.shown).exp(),
            "q": log_normal(explorer.shown, mean, deviation).exp(),
            "best": log_normal(explorer.shown, best_mean, best_deviation).exp(),
            "time": trace_steps(state["trace"]),
            "exact": exact,
            "estimate": mean_estimate,
            "summary": torch.stack(
                [
                    torch.stack([mean, best_mean[0]]),
                    torch.stack([deviation, best_deviation[0]]),
                    torch.stack([exact[-1], landscape.min()]),
                ]
            ),
        }
