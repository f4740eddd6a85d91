"""A model's three functions as programs: called in torch, or run as the graphs they were exported to.

`TorchProgram` calls the explorer's functions; `OnnxProgram` runs their graphs in Python, as the page runs them with ONNX
Runtime Web.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only

from .controls import Control
from .noise import Noise, uniform_numbers

if TYPE_CHECKING:
    from .export import Graphs

Values = Mapping[str, Any]  # control name -> value of its trait


class Program(Protocol):
    """A model's three functions over its own kind of state; each draws the noise it needs from `rng`."""

    stateful: bool
    starts: list[str]  # the controls whose change starts the model anew

    def start(self, rng: np.random.RandomState, values: Values) -> Any:
        """The state before the first step."""

    def advance(self, state: Any, steps: int, rng: np.random.RandomState, values: Values) -> Any:
        """The state after `steps` more steps."""

    def frame(self, state: Any, rng: np.random.RandomState, values: Values) -> dict[str, np.ndarray]:
        """The arrays to draw."""


class TorchProgram:
    """The explorer's own functions, called eagerly.

    Args:
        functions: "frame" and, for a stateful model, "start" and "step".
        controls: the explorer's controls by name.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Control]) -> None:
        self._functions = functions
        self._controls = controls
        self.stateful = "step" in functions
        read = controls_of(functions["start"], controls) if self.stateful else []
        self.starts = [name for name, each in controls.items() if name in read or (self.stateful and each.restarts)]

    def start(self, rng: np.random.RandomState, values: Values) -> Any:
        return self._call("start", rng, values)

    def advance(self, state: Any, steps: int, rng: np.random.RandomState, values: Values) -> Any:
        for _ in range(steps):
            state = self._call("step", rng, values, state)
        return state

    def frame(self, state: Any, rng: np.random.RandomState, values: Values) -> dict[str, np.ndarray]:
        arrays = self._call("frame", rng, values, *([state] if self.stateful else []))
        return {name: array.numpy() for name, array in arrays_of(self._functions["frame"], arrays).items()}

    def _call(self, name: str, rng: np.random.RandomState, values: Values, *state: Any) -> Any:
        tensors = {name: control.tensor(values[name]) for name, control in self._controls.items()}
        with one_thread():
            # Copies, so that no function changes what another one sees.
            return call(self._functions[name], Noise.from_generator(rng), tensors, *copied(state))


class OnnxProgram:
    """Exported graphs run by ONNX Runtime in Python: the page's arithmetic without the page.

    Args:
        graphs: what `export_model` returned.
        controls: the explorer's controls by name.
        starts: the names of those whose change starts the model anew.
    """

    def __init__(self, graphs: Graphs, controls: Mapping[str, Control], starts: list[str]) -> None:
        self._graphs = graphs
        self._controls = controls
        self._sessions: dict[bytes, Any] = {}
        self.stateful = "step" in graphs
        self.starts = starts

    def start(self, rng: np.random.RandomState, values: Values) -> list[np.ndarray]:
        return list(self._run("start", rng, values).values())

    def advance(
        self, state: list[np.ndarray], steps: int, rng: np.random.RandomState, values: Values
    ) -> list[np.ndarray]:
        return list(self._run("step", rng, values, state, rows=steps).values())

    def frame(
        self, state: list[np.ndarray] | None, rng: np.random.RandomState, values: Values
    ) -> dict[str, np.ndarray]:
        arrays = self._run("frame", rng, values, state or [])
        return {name.removeprefix("array."): array for name, array in arrays.items()}

    def _run(
        self,
        name: str,
        rng: np.random.RandomState,
        values: Values,
        state: list[np.ndarray] | None = None,
        rows: int | None = None,
    ) -> dict[str, np.ndarray]:
        variant = next(each for each in self._graphs[name] if each.fits(values))
        session = self._session(variant.graph)
        inputs = {f"state.{index}": leaf for index, leaf in enumerate(state or [])}
        shape = (variant.noise,) if rows is None else (rows, variant.noise)
        noise = uniform_numbers(rng, int(np.prod(shape))).reshape(shape)
        # A graph has no empty inputs: one that needs no noise gets zeros that it does not read.
        inputs["noise"] = noise if variant.noise else np.zeros((*shape[:-1], 1), np.float32)
        for each, control in self._controls.items():
            tensor = control.tensor(values[each])
            if isinstance(tensor, Tensor):
                inputs[f"control.{each}"] = tensor.numpy()
        wanted = [value.name for value in session.get_inputs()]
        results = session.run(None, {each: inputs[each] for each in wanted})
        return dict(zip((value.name for value in session.get_outputs()), results, strict=True))

    def _session(self, graph: bytes) -> Any:
        import onnxruntime

        if graph not in self._sessions:
            self._sessions[graph] = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        return self._sessions[graph]


@contextmanager
def one_thread() -> Iterator[None]:
    """Tensors as small as an explorer's lose more to waking a second thread than they gain from it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def controls_of(function: Callable[..., Any], controls: Mapping[str, Control]) -> list[str]:
    """The controls that a model function names among its parameters.

    Raises:
        TypeError: it is no function, or names something that is neither state, noise nor a control.
    """
    if not inspect.isfunction(function) and not inspect.ismethod(function):
        raise TypeError(
            f"a model's functions must be functions, got {type(function).__name__}; write one that calls it"
        )
    names = [name for name in inspect.signature(function).parameters if name not in ("state", "noise")]
    for name in names:
        if name not in controls:
            known = ", ".join(controls) or "none"
            raise TypeError(f"{function.__qualname__} takes {name!r}, which is no control (controls: {known})")
    return names


def check_functions(functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Control]) -> None:
    """Whether these can be a model's functions.

    Raises:
        TypeError: one is no function, or does not take what it is called with; the text says what is accepted.
    """
    for name, function in functions.items():
        controls_of(function, controls)
        first, *others = [*inspect.signature(function).parameters, ""]
        if "step" in functions and name != "start" and first != "state":
            wanted = ", ".join(["state", *(each for each in (first, *others) if each not in ("state", ""))])
            raise TypeError(f"{function.__qualname__} must take the state first: {name}({wanted})")
        if "state" in (first, *others) and ("step" not in functions or name == "start"):
            why = "it is what makes the state" if name == "start" else "the model has no state: there is no step"
            raise TypeError(f"{function.__qualname__} takes 'state', but {why}")


def call(function: Callable[..., Any], noise: Noise, controls: Mapping[str, Any], *state: Any) -> Any:
    """Call a model function with what its signature names: the state first, then noise and controls."""
    parameters = inspect.signature(function).parameters
    named = {name: value for name, value in controls.items() if name in parameters}
    if "noise" in parameters:
        named["noise"] = noise
    return function(*state, **named)


def copied(tree: Any) -> Any:
    """A state, or whatever holds tensors, with a copy of each tensor."""
    return tree_map_only(Tensor, lambda each: each.detach().clone().requires_grad_(each.requires_grad), tree)


class NoArraysError(TypeError):
    """`frame` returned no dict of real arrays by name."""


def arrays_of(frame: Callable[..., Any], result: Any) -> dict[str, Tensor]:
    """What `frame` returned, as float32 tensors by name.

    Raises:
        NoArraysError: it is no dict of real arrays by name.
    """
    if not isinstance(result, Mapping):
        raise NoArraysError(f"{frame.__qualname__} must return a dict of arrays by name, got {type(result).__name__}")
    if not result:
        raise NoArraysError(f"{frame.__qualname__} must return a dict of arrays by name, got an empty one")
    arrays = {}
    for name, array in result.items():
        if not isinstance(name, str):
            raise NoArraysError(
                f"{frame.__qualname__} must name its arrays by str, got {name!r}, of type {type(name).__name__}"
            )
        try:
            if isinstance(array, list | tuple) and any(isinstance(each, Tensor) for each in array):
                raise TypeError("torch.stack makes one tensor of several")
            tensor = torch.as_tensor(array).detach().to_dense()
        except (TypeError, ValueError, RuntimeError) as error:
            accepted = "a tensor, an array or a number"
            raise NoArraysError(
                f"{frame.__qualname__}: {name!r} must be {accepted}, got {type(array).__name__} ({error})"
            ) from error
        if tensor.is_complex():
            raise NoArraysError(
                f"{frame.__qualname__}: {name!r} must be real, got {tensor.dtype}; draw .real, .imag or .abs()"
            )
        arrays[name] = tensor.float()
    return arrays
