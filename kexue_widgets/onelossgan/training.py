"""Both ways to train: all at once on one loss, or one player after the other."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.func import grad_and_value

from ..live import Noise, Training
from ..live.training import State
from .losses import Losses, single_loss


@dataclass(frozen=True)
class Game:
    """A critic and a generator, and what each of them minimises.

    Args:
        losses: of the two players.
        critic, generator: networks with their optimisers.
    """

    losses: Losses
    critic: Training
    generator: Training

    def start(self, noise: Noise | None = None) -> State:
        """Both players before their first step: {"critic": ..., "generator": ...}."""
        return {"critic": self.critic.start(noise), "generator": self.generator.start(noise)}

    def synchronous(
        self,
        state: State,
        data: Tensor,
        latent: Tensor,
        rate: Tensor | float,
        ratio: Tensor | float = 1.0,
        generator_rate: Tensor | float | None = None,
    ) -> tuple[State, Tensor]:
        """One step of both players on the single loss; the new state, and the loss before the step.

        Args:
            state: as `start` makes it.
            data: a batch (n, ...).
            latent: latent points (m, k).
            rate: learning rate.
            ratio: the article's lambda, a factor of the generator's loss.
            generator_rate: the generator's learning rate, if it is not the same.
        """

        def loss(critic: Tensor, generator: Tensor) -> Tensor:
            networks = (
                self.critic.network({"parameters": critic}),
                self.generator.network({"parameters": generator}),
            )
            return single_loss(self.losses, *networks, data, latent, ratio)

        vectors = state["critic"]["parameters"], state["generator"]["parameters"]
        gradients, value = grad_and_value(loss, argnums=(0, 1))(*vectors)
        rates = rate, rate if generator_rate is None else generator_rate
        moved = {}
        for name, player, gradient, its_rate in zip(
            ("critic", "generator"), (self.critic, self.generator), gradients, rates, strict=True
        ):
            parameters, memory = player.optimizer.update(
                state[name]["parameters"], gradient, state[name]["memory"], its_rate
            )
            moved[name] = {"parameters": parameters, "memory": memory}
        return moved, value

    def alternating(
        self,
        state: State,
        data: Tensor,
        latent: Tensor,
        rate: Tensor | float,
        ratio: Tensor | float = 1.0,
        generator_rate: Tensor | float | None = None,
    ) -> tuple[State, Tensor]:
        """One step of the critic, then one of the generator with the same latent points; arguments and returns as for
        `synchronous`. The critic's step is the same, the generator sees a critic that has already moved."""
        fake = self.generator.network(state["generator"])(latent)
        critic, value = self.critic.step(
            state["critic"], lambda network: self.losses.critic(network(data), network(fake)), rate
        )
        score = self.critic.network(critic)
        generator, _ = self.generator.step(
            state["generator"],
            lambda network: ratio * self.losses.generator(score(network(latent))),
            rate if generator_rate is None else generator_rate,
        )
        return {"critic": critic, "generator": generator}, value
