"""A figure that moves by itself when its page opens, before anything but the page has been loaded."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import numpy as np

from .explorer import Explorer
from .page import Thumbnail

LEVELS = 255  # between an array's least number and its greatest; the last frame is stored exactly, as in any page form


class Film(Thumbnail):
    """One view of an explorer with frames from its start on, which the page plays until its reader takes over.

    Args:
        explorer: it has a state; it keeps that view only, and is left at the last frame.
        every: steps from frame to frame.
        count: of frames.
        seconds: that they take.
        view: which of its views.
    """

    def __init__(self, explorer: Explorer, every: int, count: int, seconds: float = 5, view: int = 0) -> None:
        super().__init__(explorer, view)
        self.seconds = seconds
        explorer.reset()
        self.steps, self.frames = [explorer.steps], [explorer.arrays]
        for _ in range(count - 1):
            explorer.advance(every)
            self.steps.append(explorer.steps)
            self.frames.append(explorer.arrays)

    def stored(self) -> dict[str, Any]:
        """What `frontend/film.js` plays: the arrays that change, in bytes, one array after the other."""
        arrays, parts = [], []
        for name in self.frames[0]:
            every = np.stack([frame[name] for frame in self.frames])
            low, high = float(every.min()), float(every.max())
            if (every != every[0]).any() and self._drawn(name):
                arrays.append({"name": name, "low": low, "high": high})
                parts.append(np.round((every - low) / (high - low) * LEVELS).astype(np.uint8).tobytes())
        data = base64.b64encode(gzip.compress(b"".join(parts), mtime=0)).decode()
        return {"seconds": self.seconds, "steps": self.steps, "arrays": arrays, "data": data}

    def _drawn(self, name: str) -> bool:
        return json.dumps(name) in json.dumps([view.spec() for view in self.explorer.views])

    def _repr_html_(self) -> str:
        film = json.dumps(self.stored(), separators=(",", ":"))
        element = super()._repr_html_().replace('class="kexue-thumbnail"', 'class="kexue-film"', 1)
        return element.replace(
            '<script type="application/json">{', f'<script type="application/json">{{"film":{film},', 1
        )
