"""The chapter on word vectors as a reader meets it: words looked up, analogies asked, vectors trained."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from browsing import Visit
from reader import Live

from kexue_widgets.live import Explorer
from kexue_widgets.wordvec import AddUp, Affinity, Analogy, CoupletAffinity, CoupletSpace, Plane, PoemAffinity, Space


def choose(live: Live, label: str, word: str) -> dict[str, np.ndarray]:
    """The first frame after a word was typed into a search field."""
    field = live.root.get_by_label(label, exact=True)
    field.fill(word)
    return live.after(lambda: field.press("Enter"))


def assert_same(page: dict[str, np.ndarray], kernel: dict[str, np.ndarray], tolerance: float = 1e-5) -> None:
    assert page.keys() == kernel.keys()
    for name in kernel:
        scale = max(1.0, float(abs(kernel[name]).max()))
        np.testing.assert_allclose(page[name], kernel[name], atol=tolerance * scale, err_msg=name)


@pytest.mark.parametrize(
    ("kind", "control", "label", "word"),
    [
        (Affinity, "a", "word a", "river"),
        (PoemAffinity, "a", "word a", "月"),
        (CoupletAffinity, "b", "word b", "鶴"),
        (Space, "word", "word", "physics"),
        (CoupletSpace, "word", "word", "龍"),
        (Analogy, "c", "as c is to …", "queen"),
    ],
)
def test_a_word_looked_up_gives_the_kernels_numbers(
    show: Callable, kind: type[Explorer], control: str, label: str, word: str
) -> None:
    explorer = kind()
    seen, live = show(explorer)
    page = choose(live, label, word)
    setattr(explorer, control, word)
    assert_same(page, explorer.arrays)
    assert live.alert == ""
    seen.assert_clean()


def test_sets_of_words_add_up_on_the_page_as_in_the_kernel(show: Callable) -> None:
    seen, live = show(AddUp())
    live.set("tie between topics", 1)
    total, truth, bound = live.arrays["summary"]
    # two noisy copies of one bit: 2 log 1.8, log(0.405 / 0.205), log 2
    assert total == pytest.approx(2 * math.log(1.8), abs=1e-5)
    assert truth == pytest.approx(math.log(0.405 / 0.205), abs=1e-5)
    assert bound == pytest.approx(math.log(2), abs=1e-5)
    live.after(lambda: live.root.get_by_label("q₂", exact=True).uncheck())
    assert_same(live.arrays, AddUp(tie=1.0, q2=False).arrays)
    seen.assert_clean()


def test_the_plane_trains_on_the_page_as_in_the_kernel(show: Callable) -> None:
    explorer = Plane(seed=3)
    seen, live = show(explorer)
    live.press("Reset")
    live.until("explorer.steps === 0")
    for _ in range(20):
        live.press("Step")
    live.until("explorer.steps === 20")
    explorer.reset()
    explorer.advance(20)
    assert_same(live.arrays, explorer.arrays, 1e-4)
    seen.assert_clean()


def test_a_reader_asks_for_a_queen(chapter: Visit) -> None:
    live = Live(chapter.page, Analogy)
    words = list(Analogy.c.options)

    def ranked() -> list[str]:
        return [words[int(index)] for index in live.arrays["sum"]]

    assert "queen" in ranked()[:2]
    assert "king" not in ranked()
    # With the three words allowed, one that was put in comes close.
    live.root.get_by_label("leave a, b and c out", exact=True).uncheck()
    live.until(f"explorer.arrays.sum.data.includes({words.index('king')})")
    assert "queen" in ranked()[:2]
    assert "king" in ranked()[:4]
    chapter.assert_clean()


def test_a_click_on_a_match_chooses_it(chapter: Visit) -> None:
    live = Live(chapter.page, CoupletAffinity)
    live.after(lambda: live.root.get_by_role("button", name="鳳").first.click())
    assert live.values["b"] == "鳳"
    chapter.assert_clean()


def test_words_come_together_while_the_plane_trains(chapter: Visit) -> None:
    live = Live(chapter.page, Plane)
    before = live.arrays["losses"][-1]
    arrays = live.play(200)
    assert arrays["losses"][-1] < 0.9 * before
    assert np.corrcoef(arrays["counted"], arrays["product"])[0, 1] > 0.5
    chapter.assert_clean()
