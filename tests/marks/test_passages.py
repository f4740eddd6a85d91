"""Passages: what is drawn."""

import numpy as np
import pytest
from explorers import Echo
from matplotlib.figure import Figure

from kexue_widgets.live import Passages, View


def test_passages_draw_the_texts_of_their_numbers() -> None:
    (axes,) = Echo(question="a").figure().axes
    (drawn,) = axes.texts
    assert drawn.get_text() == "alpha\nbeta\n"


def test_what_is_between_dollars_in_a_text_is_no_formula() -> None:
    axes = Figure().subplots()
    View(Passages("numbers", ["costs $5 and $6"])).draw(axes, {"numbers": np.array([0.0])})
    assert not any(text.get_parse_math() for text in axes.texts)


def test_passages_stand_alone() -> None:
    with pytest.raises(ValueError, match="a passages stands alone"):
        View(Passages("numbers", []), Passages("numbers", []))
