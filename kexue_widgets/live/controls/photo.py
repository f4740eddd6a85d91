"""A photo that a reader brings along. `frontend/controls/photo.js` crops and resizes it in the browser; it leaves no machine."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import traitlets
from PIL import Image, ImageOps
from torch import Tensor

from ...photos import opened, unpacked, upright
from .base import Conditions, Control

PREFIX = "data:image/png;base64,"
ACCEPTED = "'', an image as data URL, as file or from PIL, or a uint8 array (height, width) or (height, width, 3)"


class Photo(Control, traitlets.Unicode):
    """A photo, cropped to a square around its middle; a PNG data URL, or '' for none.

    In Python a data URL, a path, a PIL image or a uint8 array (height, width) or (height, width, 3) may be assigned. A
    model receives float32 (size, size, 3) in red, green, blue from 0 to 255; zeros when there is no photo.

    Args:
        size: pixels across and down.
        label: what the reader sees; the trait's name if empty.
    """

    kind = "photo"

    def __init__(
        self, size: int = 224, *, label: str = "", restarts: bool = False, when: Conditions | None = None
    ) -> None:
        if size < 1:
            raise ValueError(f"size must be at least 1, got {size}")
        super().__init__("", label, restarts, when)
        self.size = size

    def validate(self, obj: Any, value: Any) -> str:
        """The photo as a PNG data URL of the right size, or ''; a TraitError names what cannot be read."""
        if isinstance(value, str) and value == "":
            return ""
        try:
            image = _opened(value)
            if isinstance(value, str) and value.startswith(PREFIX) and _is_ready(image, self.size):
                return value
            return _data_url(_square(image, self.size))
        except (OSError, ValueError) as error:
            raise self._refuse(ACCEPTED, str(value) if isinstance(value, Path) else value, f" ({error})") from None

    def tensor(self, value: str) -> Tensor:
        """The photo as float32 (size, size, 3), from 0 to 255."""
        return _pixels(value, self.size) if value else torch.zeros(self.size, self.size, 3)

    def shown(self, value: str) -> str:
        """Whether there is one; its data would fill pages."""
        return "<photo>" if value else "''"

    def _details(self) -> dict[str, Any]:
        return {"size": self.size}


def _opened(value: Any) -> Image.Image:
    if isinstance(value, str) and value.startswith("data:"):
        return unpacked(base64.b64decode(value.partition(",")[2]))
    return opened(value)


def _is_ready(image: Image.Image, size: int) -> bool:
    """Whether it is as small as it should be, and opaque; browsers write the fourth channel even then."""
    opaque = image.mode == "RGB" or (image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255))
    return opaque and image.size == (size, size)


def _square(image: Image.Image, size: int) -> Image.Image:
    """Upright, on white where it is transparent, cropped around the middle."""
    return ImageOps.fit(upright(image), (size, size), Image.Resampling.LANCZOS)


def _data_url(image: Image.Image) -> str:
    packed = io.BytesIO()
    image.save(packed, format="png", optimize=True)
    return PREFIX + base64.b64encode(packed.getvalue()).decode()


@lru_cache(8)  # a model that trains asks for it at every step
def _pixels(url: str, size: int) -> Tensor:
    return torch.from_numpy(np.asarray(_square(_opened(url), size), dtype=np.float32))
