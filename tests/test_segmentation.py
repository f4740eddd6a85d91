"""Words in a text: Latin ones whole, Chinese ones as long as they come."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kexue_widgets.live import Query, runs, segment

WORDS = ["词", "向量", "词向量", "dropout", "drops"]
SHARED = json.loads(Path(__file__).with_name("segmentation.json").read_text("utf-8"))
FORMS = {word: number for number, word in enumerate(WORDS)}


def test_the_longest_chinese_word_wins() -> None:
    assert segment("词向量词量", FORMS) == [2, 0]


def test_latin_words_are_whole_whatever_their_case_or_width() -> None:
    assert segment("Dropout ＤＲＯＰＳ dropouts, dropout的向量", FORMS) == [3, 4, 3, 1]
    assert runs("f-GAN，café 2·x") == ["f", "gan", "café", "2", "x"]


@pytest.mark.parametrize(("text", "found"), [(case["text"], case["found"]) for case in SHARED["cases"]])
def test_python_finds_the_terms_that_the_page_finds(text: str, found: list[int]) -> None:
    # By hand; the page's own test (frontend/tests/controls.test.js) answers the same cases.
    assert segment(text, Query("", SHARED["terms"]).forms) == found


@given(st.lists(st.sampled_from(WORDS)))
def test_words_between_spaces_are_all_found(words: list[str]) -> None:
    assert [WORDS[number] for number in segment(" ".join(words), FORMS)] == words


@given(st.text())
def test_any_text_is_understood_or_passed_over(text: str) -> None:
    assert all(0 <= number < len(WORDS) for number in segment(text, FORMS))
