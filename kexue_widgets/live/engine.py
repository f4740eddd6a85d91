"""Where a model runs: state, steps and seeds, whatever carries out the arithmetic. `frontend/engines.js` mirrors it.

An `Engine` keeps an explorer's state and answers three requests: frame, advance, reset. The arithmetic is done by a
`Program`: `TorchProgram` calls the explorer's functions, `OnnxProgram` runs their exported graphs in Python (the page
runs the same graphs with ONNX Runtime Web).
"""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from .controls import Control
from .noise import Noise, Stream, generator

Values = Mapping[str, Any]  # control name -> value of its trait

# JupyterLab may deliver a widget's messages on a thread of their own while a cell runs; a state takes one step at a time.
_turn = threading.RLock()


@dataclass(frozen=True)
class Frame:
    """What is drawn: arrays by name, after so many steps."""

    steps: int
    arrays: dict[str, np.ndarray]


class Program(Protocol):
    """A model's three functions over its own kind of state; each draws the noise it needs from `rng`."""

    stateful: bool
    starts: list[str]  # the controls that start depends on

    def start(self, rng: np.random.RandomState, values: Values) -> Any:
        """The state before the first step."""

    def advance(self, state: Any, steps: int, rng: np.random.RandomState, values: Values) -> Any:
        """The state after `steps` more steps."""

    def frame(self, state: Any, rng: np.random.RandomState, values: Values) -> dict[str, np.ndarray]:
        """The arrays to draw."""


class Engine:
    """An explorer's state, made when it is first needed.

    Args:
        program: the model.
        opening: steps made before the first frame, and again after a restart.
    """

    def __init__(self, program: Program, opening: int = 0) -> None:
        self.program = program
        self.opening = opening
        self.steps = 0
        self._made_with: str | None = None
        self._state: Any = None
        self._rng: np.random.RandomState

    def frame(self, values: Values, seed: int) -> Frame:
        """The frame for these values; starts anew if the seed, or a control that `start` reads, has changed."""
        with _turn:
            if self.program.stateful and self._made_with != self._key(values, seed):
                self._restart(values, seed, self.opening)
            arrays = self.program.frame(self._state, generator(seed, Stream.FRAME), values)
            return Frame(self.steps, arrays)

    def advance(self, steps: int, values: Values, seed: int) -> Frame:
        """Make `steps` steps and return the frame after them."""
        if steps < 0:
            raise ValueError(f"steps must not be negative, got {steps}")
        with _turn:
            if self._made_with != self._key(values, seed):
                self._restart(values, seed, self.opening)
            self._walk(steps, values)
            return self.frame(values, seed)

    def reset(self, values: Values, seed: int) -> Frame:
        """Start anew, with no step made."""
        with _turn:
            if self.program.stateful:
                self._restart(values, seed, 0)
            return self.frame(values, seed)

    def _restart(self, values: Values, seed: int, steps: int) -> None:
        self._rng = generator(seed, Stream.STEP)
        self._state = self.program.start(generator(seed, Stream.START), values)
        self.steps = 0
        self._made_with = self._key(values, seed)
        self._walk(steps, values)

    def _walk(self, steps: int, values: Values) -> None:
        if steps:
            self._state = self.program.advance(self._state, steps, self._rng, values)
            self.steps += steps

    def _key(self, values: Values, seed: int) -> str:
        return json.dumps([seed, *(values[name] for name in self.program.starts)])


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
        self.starts = controls_of(functions["start"], controls) if self.stateful else []

    def start(self, rng: np.random.RandomState, values: Values) -> Any:
        return self._call("start", rng, values)

    def advance(self, state: Any, steps: int, rng: np.random.RandomState, values: Values) -> Any:
        for _ in range(steps):
            state = self._call("step", rng, values, state)
        return state

    def frame(self, state: Any, rng: np.random.RandomState, values: Values) -> dict[str, np.ndarray]:
        arrays = self._call("frame", rng, values, *([state] if self.stateful else []))
        return {name: np.asarray(torch.as_tensor(array).detach().float()) for name, array in arrays.items()}

    def _call(self, name: str, rng: np.random.RandomState, values: Values, *state: Any) -> Any:
        tensors = {name: control.tensor(values[name]) for name, control in self._controls.items()}
        with _one_thread():
            return call(self._functions[name], Noise.from_generator(rng), tensors, *state)


@contextmanager
def _one_thread() -> Iterator[None]:
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
        TypeError: it names something that is neither state, noise nor a control.
    """
    names = [name for name in inspect.signature(function).parameters if name not in ("state", "noise")]
    for name in names:
        if name not in controls:
            known = ", ".join(controls) or "none"
            raise TypeError(f"{function.__qualname__} takes {name!r}, which is no control (controls: {known})")
    return names


def call(function: Callable[..., Any], noise: Noise, controls: Mapping[str, Any], *state: Any) -> Any:
    """Call a model function with what its signature names: the state first, then noise and controls."""
    parameters = inspect.signature(function).parameters
    named = {name: value for name, value in controls.items() if name in parameters}
    if "noise" in parameters:
        named["noise"] = noise
    return function(*state, **named)
