"""What a GAN is trained on, and its two players."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..live import Noise, State, Training
from .divergences import FDivergence, critic_loss, log_normal, nonsaturating_loss, saturating_loss


class Mixture(NamedTuple):
    """A mixture of Gaussians on the line: weights that add up to 1, means, standard deviations."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def log_density(self, x: Tensor) -> Tensor:
        """Log density at x, of any shape."""
        parts = zip(self.weights, self.means, self.deviations, strict=True)
        return torch.logsumexp(torch.stack([math.log(w) + log_normal(x, m, s) for w, m, s in parts]), dim=0)

    def sample(self, noise: Noise, count: int) -> Tensor:
        """`count` points, (count, 1)."""
        return around(noise, count, torch.tensor(self.means)[:, None], self.deviations, self.weights)


# The target of the paper's toy table, reconstructed: the paper does not give it, these figures solve for its results.
TOY = Mixture((0.33, 0.67), (-1.0, 2.0), (math.sqrt(0.065), math.sqrt(2.0)))


def around(
    noise: Noise,
    count: int,
    centres: Tensor,
    deviations: float | tuple[float, ...] = 0.1,
    weights: tuple[float, ...] | None = None,
) -> Tensor:
    """`count` points (count, d), each Gaussian around one of the centres (k, d); equal weights if none are given."""
    chance = noise.uniform(count)
    weight = torch.full((len(centres),), 1 / len(centres)) if weights is None else torch.tensor(weights)
    ends = weight.cumsum(0)[:-1].to(chance.device)
    which = (chance[:, None] >= ends).sum(1)
    deviation = torch.as_tensor(deviations).expand(len(centres)).to(chance.device)[which]
    centre = centres.to(chance.device)[which]
    return centre + deviation[:, None] * noise.normal(count, centres.shape[1])


RING = 2 * torch.stack([(torch.arange(8) * math.pi / 4).cos(), (torch.arange(8) * math.pi / 4).sin()], dim=1)
GRID = torch.cartesian_prod(torch.arange(-2.0, 3), torch.arange(-2.0, 3))


def two_moons(noise: Noise, count: int) -> Tensor:
    """Two half circles that reach into each other, (count, 2)."""
    angle, side = math.pi * noise.uniform(count), torch.where(noise.uniform(count) < 0.5, -1, 1)
    moon = torch.stack([side * (angle.cos() - 0.5), side * (angle.sin() - 0.25)], dim=1)
    return 1.5 * moon + 0.1 * noise.normal(count, 2)


def spiral(noise: Noise, count: int) -> Tensor:
    """An Archimedean spiral of a turn and a half with evenly spread points, (count, 2)."""
    turned = 3 * math.pi * noise.uniform(count).sqrt()
    line = torch.stack([turned * turned.cos(), turned * turned.sin()], dim=1) / (1.5 * math.pi)
    return line + 0.1 * noise.normal(count, 2)


SAMPLERS: dict[str, Callable[[Noise, int], Tensor]] = {
    "mixture": TOY.sample,
    "ring": lambda noise, count: around(noise, count, RING),
    "grid": lambda noise, count: around(noise, count, GRID),
    "two moons": two_moons,
    "spiral": spiral,
}


def mlp(*widths: int) -> nn.Sequential:
    """A network of linear layers from widths[0] inputs to widths[-1] outputs, with tanh between them.

    Raises:
        ValueError: fewer than two widths, or one that is no whole number of at least 1.
    """
    if len(widths) < 2 or any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in widths):
        raise ValueError(f"widths must be two or more whole numbers of at least 1, got {widths}")
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


@dataclass(frozen=True)
class Losses:
    """What the two players of a GAN minimise, as functions of a critic's scores of any shape.

    Attributes:
        name: what the pair is called.
        critic: (scores of data, scores of fakes) -> L_D, a scalar.
        generator: scores of fakes -> L_G, a scalar.
    """

    name: str
    critic: Callable[[Tensor, Tensor], Tensor] = field(repr=False)
    generator: Callable[[Tensor], Tensor] = field(repr=False)


def divergence_losses(divergence: FDivergence, saturating: bool = True) -> Losses:
    """The losses of an f-GAN; a saturating one is a zero-sum game, its players fight for one number."""
    loss = saturating_loss if saturating else nonsaturating_loss
    return Losses(
        divergence.name if saturating else f"{divergence.name}, non-saturating",
        lambda data, fake: critic_loss(divergence, data, fake),
        lambda fake: loss(divergence, fake),
    )


@dataclass(frozen=True)
class GAN:
    """Two players: a critic from points to scores, a generator from latent points to fakes.

    It computes where its tensors are: noise and data on a GPU make it train there.

    Args:
        losses: what each of them minimises.
        critic, generator: networks with their optimisers.
    """

    losses: Losses
    critic: Training
    generator: Training

    def start(self, noise: Noise | None = None) -> State:
        """Both players before their first step: {"generator": ..., "critic": ...}, drawn in this order."""
        return {"generator": self.generator.start(noise), "critic": self.critic.start(noise)}

    def critic_step(self, state: State, data: Tensor, latent: Tensor, rate: Tensor | float) -> tuple[State, Tensor]:
        """One step of the critic on data (n, ...) and fakes of latent points (m, k); the new state, and the loss before
        the step: of an f-GAN minus the estimate of the divergence."""
        fake = self.generator.network(state["generator"], train=True)(latent)
        critic, loss = self.critic.step(
            state["critic"], lambda network: self.losses.critic(network(data), network(fake)), rate
        )
        return {**state, "critic": critic}, loss

    def generator_step(self, state: State, latent: Tensor, rate: Tensor | float, ratio: Tensor | float = 1.0) -> State:
        """One step of the generator against the critic as it is, with fakes of latent points (m, k), on `ratio` times its
        loss."""
        critic = self.critic.network(state["critic"], train=True)
        generator, _ = self.generator.step(
            state["generator"], lambda network: ratio * self.losses.generator(critic(network(latent))), rate
        )
        return {**state, "generator": generator}
