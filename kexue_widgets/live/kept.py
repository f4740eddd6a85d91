"""What is kept of an explorer, to be compared with what comes after: one frame, or the frames of several seeds.

`frontend/kept.js` is its mirror.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .controls import Control
from .engine import Frame
from .marks.base import Arrays
from .page import packed_frame

LONGEST = 40  # letters of a value: a legend has no room for a text or a hundred points


@dataclass(frozen=True)
class Kept:
    """A frame that was left in grey, or those of the seeds that follow `seed`.

    Args:
        values: of the controls.
        seed: under which it was kept.
        frames: one, or one for each of the seeds after it.
        repeated: whether they are of other seeds.
    """

    values: Mapping[str, Any]
    seed: int
    frames: tuple[Frame, ...]
    repeated: bool = False

    @property
    def runs(self) -> list[Arrays]:
        """The arrays of each frame."""
        return [frame.arrays for frame in self.frames]

    def name(self, controls: Mapping[str, Control], values: Mapping[str, Any], seed: int, steps: int) -> str:
        """What differs from the present values, seed and steps."""
        seeds = "one other seed" if len(self.frames) == 1 else f"{len(self.frames)} other seeds"
        parts = [seeds] if self.repeated else []
        for name, control in controls.items():
            if self.values[name] != values[name]:
                shown = control.shown(self.values[name])
                parts.append(f"{control.label} = {shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + '…'}")
        if self.seed != seed:
            parts.append(f"seed {self.seed}")
        if self.frames[0].steps != steps:
            parts.append(f"step {self.frames[0].steps}")
        return ", ".join(parts) or "as now"

    def packed(self, drawn: set[str]) -> dict[str, Any]:
        """As JSON, with the arrays of these names; `frontend/kept.js` unpacks it."""
        frames = [
            packed_frame(Frame(each.steps, {name: array for name, array in each.arrays.items() if name in drawn}))
            for each in self.frames
        ]
        return {"values": dict(self.values), "seed": self.seed, "repeated": self.repeated, "frames": frames}
