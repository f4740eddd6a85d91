"""Where a model runs: state, steps and seeds, whatever carries out the arithmetic. `frontend/engines.js` mirrors it.

An `Engine` keeps an explorer's state and answers three requests: frame, advance, reset. The arithmetic is done by a
program (`programs.py`).
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from .noise import Stream, generator
from .programs import Program, Values

# JupyterLab may deliver a widget's messages on a thread of their own while a cell runs; a state takes one step at a time.
_turn = threading.RLock()


@dataclass(frozen=True)
class Frame:
    """What is drawn: arrays by name, after so many steps."""

    steps: int
    arrays: dict[str, np.ndarray]


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
        """The frame for these values; starts anew if the seed, or one of the program's `starts`, has changed."""
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
        # JavaScript does not tell 1 from 1.0.
        given = json.dumps([seed, *(values[name] for name in self.program.starts)])
        return repr(json.loads(given, parse_int=float))
