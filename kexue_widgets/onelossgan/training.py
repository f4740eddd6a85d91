"""Both ways to train a GAN: all at once on one loss, or one player after the other."""

from __future__ import annotations

from torch import Tensor
from torch.func import grad_and_value

from ..fgan import GAN
from ..live import State
from .losses import single_loss


def synchronous(
    gan: GAN,
    state: State,
    data: Tensor,
    latent: Tensor,
    rate: Tensor | float,
    ratio: Tensor | float = 1.0,
    generator_rate: Tensor | float | None = None,
) -> tuple[State, Tensor]:
    """One step of both players on the single loss; the new state, and the loss before the step.

    Args:
        gan: the players.
        state: as `gan.start` makes it.
        data: a batch (n, ...).
        latent: latent points (m, k).
        rate: learning rate.
        ratio: the article's lambda, a factor of the generator's loss.
        generator_rate: the generator's learning rate, if it is not the same.
    """

    names, players = ("critic", "generator"), (gan.critic, gan.generator)

    def loss(*vectors: Tensor) -> tuple[Tensor, list[State]]:
        critic, generator = (
            player.network({**state[name], "parameters": vector}, train=True)
            for name, player, vector in zip(names, players, vectors, strict=True)
        )
        value = single_loss(gan.losses, critic, generator, data, latent, ratio)
        return value, [critic.buffers, generator.buffers]

    vectors = state["critic"]["parameters"], state["generator"]["parameters"]
    gradients, (value, buffers) = grad_and_value(loss, argnums=(0, 1), has_aux=True)(*vectors)
    rates = rate, rate if generator_rate is None else generator_rate
    moved = {}
    for name, player, gradient, its_buffers, its_rate in zip(names, players, gradients, buffers, rates, strict=True):
        parameters, memory = player.optimizer.update(
            state[name]["parameters"], gradient, state[name]["memory"], its_rate
        )
        moved[name] = {"parameters": parameters, "memory": memory, "buffers": its_buffers}
    return moved, value


def alternating(
    gan: GAN,
    state: State,
    data: Tensor,
    latent: Tensor,
    rate: Tensor | float,
    ratio: Tensor | float = 1.0,
    generator_rate: Tensor | float | None = None,
) -> tuple[State, Tensor]:
    """One step of the critic, then one of the generator with the same latent points; the new state, and the critic's loss
    before the step; arguments as for `synchronous`. The critic's step is the same, the generator sees a critic that has
    already moved."""
    state, value = gan.critic_step(state, data, latent, rate)
    return gan.generator_step(state, latent, rate if generator_rate is None else generator_rate, ratio), value
