"""One round of training in ordinary torch, written in five ways: what today's code does, and what it costs.

Each function takes a `Pair`, a batch of data (n, ...) and latent points (n, k), and makes one step of both players.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..fgan import Losses
from .losses import single_loss


@dataclass(frozen=True)
class Pair:
    """Two networks, an optimiser for each, and their losses."""

    losses: Losses
    critic: nn.Module
    generator: nn.Module
    critic_optimizer: torch.optim.Optimizer
    generator_optimizer: torch.optim.Optimizer

    def zero_grad(self) -> None:
        """Forget all gradients."""
        self.critic_optimizer.zero_grad()
        self.generator_optimizer.zero_grad()

    def step(self) -> None:
        """Both optimisers make a step."""
        self.critic_optimizer.step()
        self.generator_optimizer.step()


class _Reversal(torch.autograd.Function):
    """Hands its input through, and turns the gradient round on the way back."""

    @staticmethod
    def forward(context: Any, inputs: Tensor, factor: float) -> Tensor:
        context.factor = factor
        return inputs.view_as(inputs)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -context.factor * gradients[0], None


def reverse_gradient(inputs: Tensor, factor: float = 1.0) -> Tensor:
    """The inputs themselves; their gradient is multiplied by -factor (Ganin & Lempitsky 2015)."""
    return _Reversal.apply(inputs, factor)


def two_stages(pair: Pair, data: Tensor, latent: Tensor) -> None:
    """Alternating, each stage from scratch: the generator runs once for the critic's step, and again for its own."""
    with torch.no_grad():
        fake = pair.generator(latent)
    pair.zero_grad()
    pair.losses.critic(pair.critic(data), pair.critic(fake)).backward()
    pair.critic_optimizer.step()
    pair.zero_grad()
    pair.losses.generator(pair.critic(pair.generator(latent))).backward()
    pair.generator_optimizer.step()


def kept_fakes(pair: Pair, data: Tensor, latent: Tensor) -> None:
    """Alternating, as in most examples: the fakes are made once, detached for the critic and judged again after."""
    fake = pair.generator(latent)
    pair.zero_grad()
    pair.losses.critic(pair.critic(data), pair.critic(fake.detach())).backward()
    pair.critic_optimizer.step()
    pair.losses.generator(pair.critic(fake)).backward()  # the critic's gradient grows too, and is thrown away
    pair.generator_optimizer.step()


def one_loss(pair: Pair, data: Tensor, latent: Tensor) -> None:
    """Synchronous, the article's way: one loss, one pass back."""
    pair.zero_grad()
    single_loss(pair.losses, pair.critic, pair.generator, data, latent).backward()
    pair.step()


def shared_scores(pair: Pair, data: Tensor, latent: Tensor) -> None:
    """Synchronous, for any losses: the scores of the fakes serve both players, and each gradient is asked for alone."""
    scores = pair.critic(pair.generator(latent))
    critic, generator = list(pair.critic.parameters()), list(pair.generator.parameters())
    loss = pair.losses.critic(pair.critic(data), scores)
    gradients = torch.autograd.grad(loss, critic, retain_graph=True)
    gradients += torch.autograd.grad(pair.losses.generator(scores), generator)
    for parameter, gradient in zip(critic + generator, gradients, strict=True):
        parameter.grad = gradient
    pair.step()


def reversal(pair: Pair, data: Tensor, latent: Tensor) -> None:
    """Synchronous, for zero-sum losses alone: the critic's loss, with its gradient reversed at the fakes."""
    fake = reverse_gradient(pair.generator(latent))
    pair.zero_grad()
    pair.losses.critic(pair.critic(data), pair.critic(fake)).backward()
    pair.step()


# The second is the usual one, which the others are compared with.
ROUNDS: tuple[Callable[[Pair, Tensor, Tensor], None], ...] = (two_stages, kept_fakes, one_loss, shared_scores, reversal)
