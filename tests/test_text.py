"""Questions and passages: what a model receives, what is refused, what is drawn."""

import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from kexue_widgets.live import Explorer, Passages, Query, View
from kexue_widgets.live.text import runs, segment

WORDS = ["词", "向量", "词向量", "dropout", "drops"]
FORMS = {word: number for number, word in enumerate(WORDS)}


class Echo(Explorer):
    """The texts whose numbers are the terms of a question."""

    question = Query("b", ["a aa", "b", "词向量 向量"], capacity=3, label="your question")
    views = (View(Passages("numbers", ["alpha\nbeta", "gamma", "delta", ""]), title="texts"),)

    @staticmethod
    def frame(question):
        return {"numbers": question % 4}


def test_the_longest_chinese_word_wins() -> None:
    assert segment("词向量词量", FORMS) == [2, 0]


def test_latin_words_are_whole_whatever_their_case_or_width() -> None:
    assert segment("Dropout ＤＲＯＰＳ dropouts, dropout的向量", FORMS) == [3, 4, 3, 1]
    assert runs("f-GAN，café 2·x") == ["f", "gan", "café", "2", "x"]


@given(st.lists(st.sampled_from(WORDS)))
def test_words_between_spaces_are_all_found(words: list[str]) -> None:
    assert [WORDS[number] for number in segment(" ".join(words), FORMS)] == words


@given(st.text())
def test_any_text_is_understood_or_passed_over(text: str) -> None:
    assert all(0 <= number < len(WORDS) for number in segment(text, FORMS))


def test_a_model_receives_the_terms_and_minus_one_after_them() -> None:
    explorer = Echo(question="AA 向量")
    np.testing.assert_array_equal(explorer.controls["question"].tensor("AA 向量"), [0, 2, -1])
    np.testing.assert_array_equal(explorer.controls["question"].tensor("a b a b a"), [0, 1, 0])


@pytest.mark.parametrize("value", [None, 3, "x" * 1001])
def test_what_is_no_question_is_refused(value: object) -> None:
    explorer = Echo()
    with pytest.raises(traitlets.TraitError, match=r"question \(your question\) must be a string of at most 1000"):
        explorer.question = value
    assert explorer.question == "b"


def test_passages_draw_the_texts_of_their_numbers() -> None:
    (axes,) = Echo(question="a").figure().axes
    (drawn,) = axes.texts
    assert drawn.get_text() == "alpha\nbeta\n"


def test_passages_stand_alone() -> None:
    with pytest.raises(ValueError, match="a passages stands alone"):
        View(Passages("numbers", []), Passages("numbers", []))
