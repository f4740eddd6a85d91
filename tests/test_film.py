"""Frames that a page plays before its engine is there."""

import base64
import gzip

import numpy as np
import pytest
import torch

from kexue_widgets.live import Dots, Explorer, Noise, View
from kexue_widgets.live.film import Film


class Decay(Explorer):
    """Points that fall to half their height with each step, beside ones that stay."""

    views = (View(Dots("x", "y")), View(Dots("x", "other")))
    opening = 3

    @staticmethod
    def start(noise: Noise) -> dict[str, torch.Tensor]:
        return {"y": noise.uniform(4) + 1}

    @staticmethod
    def step(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {"y": state["y"] / 2}

    @staticmethod
    def frame(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {"x": torch.arange(4.0), "y": state["y"], "other": state["y"] + 1}


def test_a_film_begins_at_the_start_and_leaves_its_explorer_at_the_end() -> None:
    explorer = Decay(seed=3)
    film = Film(explorer, every=2, count=4)
    assert film.stored()["steps"] == [0, 2, 4, 6]
    assert explorer.steps == 6
    first = Decay(seed=3)
    first.reset()
    np.testing.assert_allclose(explorer.arrays["y"], first.arrays["y"] / 64)


def test_a_film_stores_what_its_view_shows_and_what_changes_to_within_half_a_level() -> None:
    film = Film(Decay(), every=1, count=5)
    stored = film.stored()
    (array,) = stored["arrays"]
    assert array["name"] == "y"
    levels = np.frombuffer(gzip.decompress(base64.b64decode(stored["data"])), np.uint8).reshape(5, 4)
    found = array["low"] + levels / 255 * (array["high"] - array["low"])
    expected = np.stack([frame["y"] for frame in film.frames])
    np.testing.assert_allclose(found, expected, atol=(array["high"] - array["low"]) / 255 / 2 + 1e-6)


def test_an_explorer_that_stands_still_makes_no_film() -> None:
    class Still(Explorer):
        """Nothing moves."""

        views = (View(Dots("x", "x")),)

        @staticmethod
        def frame() -> dict[str, torch.Tensor]:
            return {"x": torch.zeros(1)}

    with pytest.raises(TypeError, match="has no steps"):
        Film(Still(), every=1, count=2)
