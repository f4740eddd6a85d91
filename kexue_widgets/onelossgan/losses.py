"""Two losses, and the one that stands for both."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from ..fgan import DIVERGENCES, Losses, divergence_losses

Network = Callable[[Tensor], Tensor]

# With the article's sign: data are pushed to -1, fakes to +1, and the generator makes the score of its fakes smaller.
HINGE = Losses("hinge", lambda data, fake: relu(1 + data).mean() + relu(1 - fake).mean(), lambda fake: fake.mean())
# The same without a hinge. As the distance of its name it needs a bound on the critic's slope besides.
WASSERSTEIN = Losses("Wasserstein", lambda data, fake: data.mean() - fake.mean(), lambda fake: fake.mean())

LOSSES = {HINGE.name: HINGE} | {name: divergence_losses(each) for name, each in DIVERGENCES.items()}


def chosen(losses: Sequence[Losses], number: Tensor) -> Losses:
    """The losses with this number, a scalar tensor: an explorer that branches on it needs one graph for all."""

    def pick(values: list[Tensor]) -> Tensor:
        return torch.stack(values)[number.long().reshape(1)][0]

    return Losses(
        "chosen",
        lambda data, fake: pick([each.critic(data, fake) for each in losses]),
        lambda fake: pick([each.generator(fake) for each in losses]),
    )


def gradient(loss: Tensor, network: nn.Module) -> Tensor:
    """The gradient of a loss for all parameters of a network in one vector (P,), 0 where it does not depend on them."""
    parts = torch.autograd.grad(loss, list(network.parameters()), retain_graph=True, materialize_grads=True)
    return torch.cat([part.reshape(-1) for part in parts])


def zero_term(losses: Losses, critic: Network, fake: Tensor) -> Tensor:
    """L_G(D(G(z))) - L_G(D(sg G(z))): zero, with the generator's gradient. Gradients reach the fakes alone."""
    return losses.generator(critic(fake)) - losses.generator(critic(fake.detach()))


def single_loss(
    losses: Losses, critic: Network, generator: Network, data: Tensor, latent: Tensor, ratio: Tensor | float = 1.0
) -> Tensor:
    """L_D(D(x), D(sg G(z))) + ratio [L_G(D(G(z))) - L_G(D(sg G(z)))], where sg stops the gradient (`detach`).

    Its gradient for the critic is that of L_D, and for the generator `ratio` times that of L_G, if the critic gives
    the same scores whenever it is asked the same (dropout breaks it).

    Args:
        losses: of the two players.
        critic, generator: the networks.
        data: a batch (n, ...).
        latent: latent points (m, k).
        ratio: the article's lambda.
    """
    fake = generator(latent)
    seen, cut = critic(data), critic(fake.detach())  # `cut` serves twice: three passes through the critic in all
    return losses.critic(seen, cut) + ratio * (losses.generator(critic(fake)) - losses.generator(cut))
