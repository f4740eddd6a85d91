"""A choice among thousands of words: typed, suggested, misspelt, shared, and the same to the model on both sides."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from reader import Live, assert_accessible

from kexue_widgets.live import Choice, Explorer, Ranking, Texts, View

SYLLABLES = [a + b for a in "bdfghklmnprst" for b in "aeiou"]
WORDS = ["国家", "国王", "王后", "Art", "art", *(a + b for a in SYLLABLES for b in SYLLABLES)]


class Neighbours(Explorer):
    """Words near two words."""

    first = Choice({word: index for index, word in enumerate(WORDS)}, label="first word")
    second = Choice({word: index for index, word in enumerate(WORDS)}, "art", label="second word")

    views = (
        View(Ranking("near", "score", control="first", label="similarity"), title="near the first"),
        View(Texts("x", "score", control="second", index="near"), title="map", x="x", y="y"),
    )

    @staticmethod
    def frame(first: torch.Tensor, second: torch.Tensor) -> dict[str, torch.Tensor]:
        steps = torch.arange(1, 5)
        return {"near": (first + steps) % len(WORDS), "score": 1 - 0.4 * steps, "x": second + steps}


def type_word(live: Live, label: str, word: str) -> None:
    field = live.root.get_by_label(label, exact=True)
    field.fill(word)
    field.press("Enter")


@pytest.mark.parametrize(
    ("typed", "word"), [("国王", "国王"), (" KATE ", "kate"), ("Art", "Art"), ("ｂａｂａ", "baba")]
)
def test_a_word_is_chosen_by_typing_it(show: Callable, typed: str, word: str) -> None:
    seen, live = show(Neighbours())
    live.after(lambda: type_word(live, "first word", typed))
    assert live.values["first"] == word
    assert live.root.get_by_label("first word").input_value() == word
    explorer = Neighbours(first=word)
    for name, array in explorer.arrays.items():
        np.testing.assert_array_equal(live.arrays[name], array)
    assert "Neighbours.first=" in seen.page.url
    assert "second=" not in seen.page.url
    seen.assert_clean()


def test_the_address_brings_the_word_back(show: Callable, visit: Callable) -> None:
    seen, live = show(Neighbours())
    live.after(lambda: type_word(live, "second word", "王后"))
    assert "Neighbours.second=王后" in unquote(seen.page.url)
    again = Live(visit(seen.page.url).page, Neighbours)
    again.until("explorer.values.second === '王后'")
    assert again.root.get_by_label("second word").input_value() == "王后"


def test_an_unknown_word_loses_nothing_and_near_ones_are_offered(show: Callable) -> None:
    seen, live = show(Neighbours(first="kate"))
    type_word(live, "first word", "katz")
    assert live.values["first"] == "kate"
    field = live.root.get_by_label("first word")
    assert field.input_value() == "katz"
    assert field.get_attribute("aria-invalid") == "true"
    message = live.root.get_by_role("status").filter(has_text="katz")
    assert "“katz” is not among the 4230 words; it is still “kate”." in message.inner_text()
    # One letter away: kat + each vowel; those that come first among the options are offered.
    assert message.get_by_role("button").all_inner_texts() == ["kata", "kate", "kati"]
    live.after(lambda: live.press("kati"))
    assert live.values["first"] == "kati"
    assert field.input_value() == "kati"
    assert field.get_attribute("aria-invalid") is None
    type_word(live, "first word", "xyz")
    field.press("Escape")
    assert field.input_value() == "kati"
    assert live.root.get_by_text("is not among").count() == 0
    seen.assert_clean()


def test_suggestions_follow_the_typing_but_not_an_unfinished_composition(show: Callable) -> None:
    seen, live = show(Neighbours())
    field = live.root.get_by_label("first word")
    suggested = "input => [...input.list.options].map(({ value }) => value)"
    field.fill("ka")
    assert field.evaluate(suggested)[:3] == ["kaba", "kabe", "kabi"]
    session = seen.page.context.new_cdp_session(seen.page)
    field.fill("")
    session.send("Input.imeSetComposition", {"text": "国", "selectionStart": 1, "selectionEnd": 1})
    assert "国家" in field.evaluate(suggested)  # of the empty field: the first of all
    assert "baba" in field.evaluate(suggested)
    assert live.values["first"] == "国家"
    session.send("Input.insertText", {"text": "国"})
    assert field.evaluate(suggested) == ["国家", "国王"]
    seen.assert_clean()


def test_a_row_of_a_ranking_chooses_its_word(show: Callable) -> None:
    seen, live = show(Neighbours())
    rows = live.root.get_by_role("list", name="near the first").get_by_role("button")
    # After 国家, number 0: numbers 1 to 4 with scores 0.6, 0.2, -0.2 and -0.6.
    assert [row.split() for row in rows.all_inner_texts()] == [
        ["国王", "0.6"],
        ["王后", "0.2"],
        ["Art", "−0.2"],
        ["art", "−0.6"],
    ]
    bars = rows.locator(".kexue-bar > span").evaluate_all(
        "bars => bars.map((bar) => { const { left, right } = bar.getBoundingClientRect(); return [left, right] })"
    )
    (zero, _), *_, (_, end) = bars
    assert end == pytest.approx(zero)
    widths = [right - left for left, right in bars]
    assert widths == pytest.approx(np.array([0.6, 0.2, 0.2, 0.6]) / 0.6 * widths[0], abs=0.5)
    rows.nth(1).focus()
    live.after(lambda: seen.page.keyboard.press("Enter"))
    assert live.values["first"] == "王后"
    assert rows.first.inner_text().split()[0] == "Art"
    assert rows.nth(1).evaluate("row => row === document.activeElement")
    seen.assert_clean()


def test_words_stand_at_their_points(show: Callable) -> None:
    seen, live = show(Neighbours())
    words = live.root.locator("figure", has_text="map").locator("svg g[data-part=text] text")
    found = words.evaluate_all(
        "all => all.map((each) => [each.textContent, each.transform.baseVal.consolidate().matrix.e,"
        " each.transform.baseVal.consolidate().matrix.f])"
    )
    assert sorted(word for word, *_ in found) == sorted(["国王", "王后", "Art", "art"])
    places = {word: (x, y) for word, x, y in found}
    steps = np.array([places[word] for word in ("国王", "王后", "Art", "art")])
    np.testing.assert_allclose(np.diff(steps, n=2, axis=0), 0, atol=0.02)  # evenly along a line, downwards
    assert (np.diff(steps, axis=0) > 0).all()
    seen.assert_clean()


def test_a_phone_and_a_screen_reader_are_served(show: Callable, axe_path: Path) -> None:
    seen, live = show(Neighbours(), viewport={"width": 360, "height": 800})
    type_word(live, "first word", "an unheard-of word without any end")
    type_word(live, "second word", "katz")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_accessible(seen.page, axe_path)
