"""Training as pure functions: parameters travel as one vector, so a whole training step becomes one small graph.

Few large tensors are what makes training quick in the browser: the optimiser updates one vector, whatever the number
of layers. The update rules are those of `torch.optim`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value

from .noise import Noise

State = dict[str, Any]
Network = Callable[..., Tensor] | dict[str, Tensor]


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent, with momentum as in `torch.optim.SGD`."""

    momentum: float = 0.0

    def start(self, parameters: Tensor) -> State:
        """The optimiser's memory before the first step."""
        return {"velocity": torch.zeros_like(parameters)} if self.momentum else {}

    def update(self, parameters: Tensor, gradient: Tensor, memory: State, rate: Tensor | float) -> tuple[Tensor, State]:
        """v <- momentum v + g; w <- w - rate v."""
        if not self.momentum:
            return parameters - rate * gradient, memory
        velocity = self.momentum * memory["velocity"] + gradient
        return parameters - rate * velocity, {"velocity": velocity}


@dataclass(frozen=True)
class RMSprop:
    """RMSprop (Tieleman & Hinton 2012) as in `torch.optim.RMSprop`."""

    alpha: float = 0.99
    epsilon: float = 1e-8

    def start(self, parameters: Tensor) -> State:
        """The optimiser's memory before the first step."""
        return {"square": torch.zeros_like(parameters)}

    def update(self, parameters: Tensor, gradient: Tensor, memory: State, rate: Tensor | float) -> tuple[Tensor, State]:
        """s <- alpha s + (1 - alpha) g^2; w <- w - rate g / (sqrt(s) + epsilon)."""
        square = self.alpha * memory["square"] + (1 - self.alpha) * gradient * gradient
        return parameters - rate * gradient / (torch.sqrt(square) + self.epsilon), {"square": square}


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1) as in `torch.optim.Adam`."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def start(self, parameters: Tensor) -> State:
        """The optimiser's memory before the first step."""
        zeros = torch.zeros_like(parameters)
        # The powers are carried as products: beta^t computed by exp and log would drift apart between engines.
        return {"mean": zeros, "square": zeros.clone(), "powers": torch.ones(2, dtype=parameters.dtype)}

    def update(self, parameters: Tensor, gradient: Tensor, memory: State, rate: Tensor | float) -> tuple[Tensor, State]:
        """m, s: running means of g and g^2; w <- w - rate m^ / (sqrt(s^) + epsilon), both corrected for their start."""
        mean = self.beta1 * memory["mean"] + (1 - self.beta1) * gradient
        square = self.beta2 * memory["square"] + (1 - self.beta2) * gradient * gradient
        powers = memory["powers"] * torch.tensor([self.beta1, self.beta2], dtype=parameters.dtype)
        step = rate / (1 - powers[0])
        root = torch.sqrt(square / (1 - powers[1])) + self.epsilon
        return parameters - step * mean / root, {"mean": mean, "square": square, "powers": powers}


Optimizer = SGD | RMSprop | Adam


class Training:
    """A module, or a tree of parameters, with its optimiser: what one player of a game needs.

    Args:
        parameters: a `torch.nn.Module`, or a mapping from names to initial tensors.
        optimizer: `SGD`, `RMSprop` or `Adam` of this module.
    """

    def __init__(self, parameters: nn.Module | Mapping[str, Tensor], optimizer: Optimizer) -> None:
        self.module = parameters if isinstance(parameters, nn.Module) else None
        named = parameters.named_parameters() if isinstance(parameters, nn.Module) else parameters.items()
        self.initial = {name: value.detach().clone() for name, value in named}
        self.sizes = [value.numel() for value in self.initial.values()]
        self.optimizer = optimizer

    def start(self, noise: Noise | None = None) -> State:
        """The state before the first step: {"parameters": (P,), "memory": the optimiser's}.

        With `noise`, weights and biases of a module are drawn afresh as torch does by default for linear and
        convolutional layers, uniform in +-1/sqrt(fan_in); other parameters keep their values.
        """
        tensors = self.initial if noise is None or self.module is None else self._drawn(noise)
        vector = torch.cat([value.reshape(-1) for value in tensors.values()])
        return {"parameters": vector, "memory": self.optimizer.start(vector)}

    def network(self, state: State) -> Any:
        """The module with the parameters of `state`, to be called; of a tree, the dict of its tensors."""
        return self._network(state["parameters"])

    def step(self, state: State, loss: Callable[[Any], Tensor], rate: Tensor | float) -> tuple[State, Tensor]:
        """One step of the optimiser against `loss(network)`, a scalar; returns the new state and the loss before it."""
        gradient, value = grad_and_value(lambda vector: loss(self._network(vector)))(state["parameters"])
        vector, memory = self.optimizer.update(state["parameters"], gradient, state["memory"], rate)
        return {"parameters": vector, "memory": memory}, value

    def _network(self, vector: Tensor) -> Any:
        parts = zip(self.initial.items(), vector.split(self.sizes), strict=True)
        tensors = {name: part.reshape(value.shape) for (name, value), part in parts}
        if self.module is None:
            return tensors
        module = self.module
        return lambda *inputs: functional_call(module, tensors, inputs)

    def _drawn(self, noise: Noise) -> dict[str, Tensor]:
        assert self.module is not None
        drawn = dict(self.initial)
        for prefix, layer in self.module.named_modules():
            weight = getattr(layer, "weight", None)
            if not isinstance(weight, Tensor) or weight.dim() < 2:
                continue
            bound = 1 / math.sqrt(weight[0].numel())
            for name in ("weight", "bias"):
                full = f"{prefix}.{name}" if prefix else name
                if full in drawn:
                    drawn[full] = (2 * noise.uniform(*drawn[full].shape) - 1) * bound
        return drawn


def start_trace(series: int, capacity: int = 256) -> State:
    """An empty record of how `series` values change from step to step, in bounded memory, however long it runs."""
    return {"values": torch.zeros(series, capacity), "stride": torch.ones(()), "count": torch.zeros(())}


def record(trace: State, values: Tensor) -> State:
    """The trace with one more step's `values`, shape (series,).

    When the record is full, every second entry is dropped and entries lie twice as many steps apart. Slots still
    ahead hold the newest value, so that a curve drawn through all of them simply ends there.
    """
    capacity = trace["values"].shape[1]
    full = trace["count"] > (capacity - 1) * trace["stride"]
    thinned = torch.cat([trace["values"][:, ::2]] * 2, dim=1)[:, :capacity]
    kept = torch.where(full, thinned, trace["values"])
    stride = torch.where(full, 2 * trace["stride"], trace["stride"])
    ahead = torch.arange(capacity) * stride >= trace["count"]
    return {"values": torch.where(ahead, values.unsqueeze(1), kept), "stride": stride, "count": trace["count"] + 1}


def trace_steps(trace: State) -> Tensor:
    """The steps at which the entries of a trace were recorded, shape (capacity,), for the horizontal axis."""
    capacity = trace["values"].shape[1]
    return torch.minimum(torch.arange(capacity) * trace["stride"], torch.clamp(trace["count"] - 1, min=0))
