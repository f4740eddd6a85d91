"""Words in rankings and at points: which they are, and what is refused."""

import warnings

import matplotlib
import numpy as np
import pytest
import torch

from kexue_widgets.live import (
    Choice,
    Explorer,
    Ranking,
    Texts,
    View,
    draw_figure,
)

NUMBERS = {f"word{number}": number for number in range(20)}


class Words(Explorer):
    """Some words."""

    word = Choice(NUMBERS)
    views = (
        View(Ranking("which", "score", control="word", label="score"), title="ranking"),
        View(Texts("which", "score", control="word", index="which"), title="map"),
        View(Texts("which", "score", names=["国家", "b", "c", "d"])),
    )

    @staticmethod
    def frame(word):
        return {"which": (word + torch.arange(1, 5)) % 20, "score": torch.tensor([0.5, 0.25, 0.0, -0.5])}


def test_a_ranking_names_the_options_of_its_control():
    ranking, places, named = Words(word="word17").figure().axes
    words = ["word18", "word19", "word0", "word1"]
    assert [label.get_text() for label in ranking.get_yticklabels()] == words
    assert [patch.get_width() for patch in ranking.patches] == [0.5, 0.25, 0, -0.5]
    assert [text.get_text() for text in places.texts] == words
    assert places.texts[0].get_position() == (18, 0.5)
    assert named.texts[0].get_text() == "国家"


@pytest.mark.skipif(matplotlib.__version_info__ < (3, 11), reason="earlier ones have no box for any letter")
def test_letters_without_a_font_are_no_cause_for_warnings(monkeypatch):
    from matplotlib.font_manager import fontManager

    monkeypatch.setattr(fontManager, "ttflist", [font for font in fontManager.ttflist if "CJK" not in font.name])
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        Words().picture()


def test_words_that_are_not_there_are_refused():
    arrays = {"which": np.array([0.0, 7.0]), "score": np.array([1.0, 2.0])}
    with pytest.raises(ValueError, match=r"ranking: index must be in \[0, 1\], got 7"):
        draw_figure([View(Ranking("which", "score", names=["a", "b"]))], arrays)
    with pytest.raises(ValueError, match="ranking needs names or control, got neither"):
        Ranking("which", "score")
    with pytest.raises(ValueError, match=r"ranking: control must be a Choice of the explorer, got 'x'"):
        View(Ranking("which", "score", control="x")).check_controls({})
    with pytest.raises(ValueError, match=r"ranking: 'score' must have as many entries as 'which' \(1\)"):
        View(Ranking("which", "score", names=["a"])).check({**arrays, "which": np.zeros(1)})
