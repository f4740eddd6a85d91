"""Training as pure functions: parameters travel as one vector, so a whole training step becomes one small graph.

Few large tensors are what makes training quick in the browser: the optimiser updates one vector, whatever the number
of layers. The update rules are those of `torch.optim`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value
from torch.fx.experimental.proxy_tensor import get_proxy_mode
from torch.utils._python_dispatch import TorchDispatchMode

from .noise import Noise

State = dict[str, Any]
aten = torch.ops.aten


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

    What a module has frozen (`requires_grad=False`) stays as it is; a parameter that it holds twice is trained once. Its
    buffers, such as the running statistics of batch normalisation, travel in the state.

    Args:
        parameters: a `torch.nn.Module`, or a mapping from names to initial tensors.
        optimizer: `SGD`, `RMSprop` or `Adam` of this module.

    Raises:
        ValueError: there is nothing to train, or the parameters are of several types.
    """

    def __init__(self, parameters: nn.Module | Mapping[str, Tensor], optimizer: Optimizer) -> None:
        self.module = parameters if isinstance(parameters, nn.Module) else None
        named = dict(parameters.named_parameters() if isinstance(parameters, nn.Module) else parameters)
        self.frozen = {
            name: value for name, value in named.items() if isinstance(value, nn.Parameter) and not value.requires_grad
        }
        self.initial = {name: value.detach().clone() for name, value in named.items() if name not in self.frozen}
        if not self.initial:
            raise ValueError(f"there must be a parameter to train, got {', '.join(self.frozen) or 'none'} (frozen)")
        types = {str(value.dtype): name for name, value in self.initial.items()}
        if len(types) > 1:
            met = " and ".join(f"{name} in {dtype}" for dtype, name in types.items())
            raise ValueError(f"parameters must be of one type, got {met}")
        buffers = [] if self.module is None else self.module.named_buffers()
        self.buffers = {name: value.clone() for name, value in buffers}
        self.sizes = [value.numel() for value in self.initial.values()]
        self.optimizer = optimizer

    def start(self, noise: Noise | None = None) -> State:
        """The state before the first step: {"parameters": (P,), "memory": the optimiser's, "buffers": the module's}.

        With `noise`, what is trained of a module is drawn afresh by each layer's own `reset_parameters`, whose
        `uniform_` and `normal_` take their numbers from there.

        Raises:
            ValueError: a parameter cannot be drawn so; the text names it.
        """
        parameters, buffers = self.initial, self.buffers
        if noise is not None and self.module is not None:
            parameters, buffers = self._drawn(self.module, noise)
        vector = torch.cat([value.reshape(-1) for value in parameters.values()])
        return {"parameters": vector, "memory": self.optimizer.start(vector), "buffers": dict(buffers)}

    def network(self, state: State, train: bool = False) -> Any:
        """The module with the parameters and buffers of `state`, to be called; of a tree, the dict of its tensors.

        It is in evaluation mode, as one who looks at it wants it: batch normalisation by the running statistics. With
        `train` each layer is in the mode that the module has it in, as in `step`, and calls move `network.buffers` on.
        """
        parts = zip(self.initial.items(), state["parameters"].split(self.sizes), strict=True)
        tensors = {name: part.reshape(value.shape) for (name, value), part in parts}
        if self.module is None:
            return self.frozen | tensors
        return _Network(self.module, tensors, dict(state["buffers"]), train)

    def step(self, state: State, loss: Callable[[Any], Tensor], rate: Tensor | float) -> tuple[State, Tensor]:
        """One step of the optimiser against `loss(network)`, a scalar; returns the new state and the loss before it.

        Raises:
            ValueError: a layer of the module would draw random numbers of its own.
        """

        def outcome(vector: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
            network = self.network({**state, "parameters": vector}, train=True)
            value = loss(network)
            return value, {} if self.module is None else network.buffers

        gradient, (value, buffers) = grad_and_value(outcome, has_aux=True)(state["parameters"])
        vector, memory = self.optimizer.update(state["parameters"], gradient, state["memory"], rate)
        return {"parameters": vector, "memory": memory, "buffers": buffers}, value

    def _drawn(self, module: nn.Module, noise: Noise) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        there = noise.uniform(0).device
        drawn = {name: torch.full_like(value, math.nan, device=there) for name, value in self.initial.items()}
        buffers = {name: value.to(there, copy=True) for name, value in self.buffers.items()}
        for prefix, layer in _children_first(module):
            reset = getattr(layer, "reset_parameters", getattr(layer, "_reset_parameters", None))
            # A tied parameter is drawn by the layer that held it first, and has its name; what others make of it is lost.
            tensors = {
                name: drawn[prefix + name] if prefix + name in drawn else value.detach().to(there, copy=True)
                for name, value in layer.named_parameters()
            }
            if reset is not None and any(prefix + name in drawn for name in tensors):
                held = {name: prefix + name for name, _ in layer.named_buffers() if prefix + name in buffers}
                tensors |= {name: buffers[full] for name, full in held.items()}
                with _FromNoise(noise, f"{prefix.removesuffix('.') or 'the module'} ({type(layer).__name__})"):
                    _, after = _call(layer, reset, tensors)
                buffers |= {full: after[name] for name, full in held.items()}
        for name, value in drawn.items():
            # A trace lets no choice follow from a tensor, and comes after a call. On torch's meta device there are no values.
            if get_proxy_mode() is None and not value.is_meta and value.isnan().any():
                raise ValueError(
                    f"{name} cannot be drawn from noise: no reset_parameters of its layer sets it; write one, or start "
                    "without noise from the values that the module has"
                )
        return drawn, buffers


class _Network:
    """A module with the given parameters and buffers in place of its own."""

    def __init__(
        self, module: nn.Module, parameters: dict[str, Tensor], buffers: dict[str, Tensor], train: bool
    ) -> None:
        self.module = module
        self.parameters = parameters
        self.buffers = buffers
        self.train = train

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        # Layers write into their buffers; the state is not theirs.
        tensors = self.parameters | {name: value.clone() for name, value in self.buffers.items()}
        _refuse_layers(self.module, self.train)
        if self.train:
            outputs, self.buffers = _call(self.module, self.module, tensors, *inputs, **named)
            return outputs
        modes = [(layer, layer.training) for layer in self.module.modules()]
        self.module.eval()
        try:
            return _call(self.module, self.module, tensors, *inputs, **named)[0]
        finally:
            for layer, training in modes:
                layer.training = training


class _Holder(nn.Module):
    """Lets `functional_call` call any function of a module, and read its buffers before they are put back."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, function: Callable[..., Any], *inputs: Any, **named: Any) -> tuple[Any, dict[str, Tensor]]:
        return function(*inputs, **named), dict(self.module.named_buffers())


def _call(
    module: nn.Module, function: Callable[..., Any], tensors: Mapping[str, Tensor], *inputs: Any, **named: Any
) -> tuple[Any, dict[str, Tensor]]:
    placed = {f"module.{name}": value for name, value in tensors.items()}
    return functional_call(_Holder(module), placed, (function, *inputs), named)


def _children_first(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    # The order in which modules are made: a module may set parameters of its children anew.
    for name, child in module.named_children():
        yield from _children_first(child, f"{prefix}{name}.")
    yield prefix, module


def _refuse_layers(module: nn.Module, train: bool) -> None:
    for name, layer in module.named_modules():
        layer_name = f"{name or 'the module'} ({type(layer).__name__})"
        if getattr(layer, "max_norm", None) is not None:
            raise ValueError(
                f"{layer_name} changes its weights in place by max_norm={layer.max_norm}; leave it out, and scale what the "
                "layer gives: x * torch.clamp(max_norm / x.norm(dim=-1, keepdim=True), max=1)"
            )
        if not (train and layer.training):
            continue
        if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.track_running_stats and layer.momentum is None:
            raise ValueError(
                f"{layer_name} has momentum=None, a mean over all steps by a count in Python; give it a momentum, such as 0.1"
            )
        if isinstance(layer, nn.modules.dropout._DropoutNd):
            rate = layer.p
        else:
            rate = layer.dropout if isinstance(layer, nn.RNNBase | nn.MultiheadAttention) else 0
        if rate > 0:
            raise ValueError(
                f"{layer_name} drops at random by {rate}, aside from noise: set it to 0 or to eval(), and multiply by a mask "
                "that comes from noise"
            )


class _FromNoise(TorchDispatchMode):
    """What layers are drawn with, `uniform_` and `normal_`, takes its numbers from noise."""

    def __init__(self, noise: Noise, layer: str) -> None:
        super().__init__()
        self.noise = noise
        self.layer = layer

    def __torch_dispatch__(
        self, operation: Any, types: Any, inputs: tuple[Any, ...] = (), named: dict[str, Any] | None = None
    ) -> Any:
        if operation is aten.uniform_.default:
            return self._uniform(*inputs)
        if operation is aten.normal_.default:
            return self._normal(*inputs)
        # A number drawn aside from noise, or a choice that follows from one, would be a constant on the page.
        if {torch.Tag.nondeterministic_seeded, torch.Tag.data_dependent_output} & set(operation.tags):
            raise ValueError(
                f"{self.layer} cannot be drawn from noise: its reset_parameters uses {operation.overloadpacket.__name__}, "
                "where only uniform_ and normal_ can be met; use these, or start without noise from the values that the "
                "module has"
            )
        return operation(*inputs, **(named or {}))

    def _uniform(self, tensor: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
        around = (2 * self.noise.uniform(*tensor.shape) - 1).to(tensor.dtype)
        return tensor.copy_((low + high) / 2 + (high - low) / 2 * around)

    def _normal(self, tensor: Tensor, mean: float = 0.0, deviation: float = 1.0) -> Tensor:
        return tensor.copy_(mean + deviation * self.noise.normal(*tensor.shape).to(tensor.dtype))


def running_mean(mean: Tensor, value: Tensor, count: Tensor, least: float = 0.02) -> Tensor:
    """The mean with one more value: m <- m + max(1 / count, least) (value - m).

    It is the plain mean of the first 1 / `least` values, and forgets older ones exponentially from there on.

    Args:
        mean: of the values before this one, of any shape.
        value: the newest, of the same shape.
        count: how many values there are with this one, a scalar.
        least: the least weight that the newest value gets, in (0, 1].
    """
    return mean + torch.clamp(1 / count, min=least) * (value - mean)


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
