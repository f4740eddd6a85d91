"""Counting words that meet: what is counted unless told otherwise, what is refused, and what is printed."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import sparse

from kexue_widgets.wordvec import Cooccurrences, UnknownWord, Vocabulary, count_aligned, count_in_window

RHYME = ["one", "two", "three", "one", "two", "one"]


def test_words_rarer_than_five_are_left_out_unless_told_otherwise() -> None:
    texts = [list("ab" * 4), ["a"]]  # a five times, b four
    assert Vocabulary.of(texts).words == ("a",)
    assert count_in_window(texts).vocabulary.words == ("a",)
    assert count_aligned([(list("aaab"), list("abbb"))]).vocabulary.words == ()
    assert count_aligned([(list("aaaab"), list("abbbc"))]).vocabulary.words == ("a",)


def test_a_window_reaches_five_places_unless_told_otherwise() -> None:
    # a stands 5 places from f, and 6 from g
    found = count_in_window([list("abcdefg")], minimum=1)
    assert found.pmi("a", "f") > -math.inf
    assert found.pmi("a", "g") == -math.inf


def test_one_occurrence_and_the_nearest_word_are_the_least() -> None:
    found = count_in_window([list("ab")], 1, 1)
    assert found.counts.toarray().tolist() == [[0, 1], [1, 0]]
    for arguments in (([list("ab")], 0), ([list("ab")], 1, 0)):
        with pytest.raises(ValueError, match=r"must be a whole number .*, got 0"):
            count_in_window(*arguments)
    for minimum in (0, -1):
        with pytest.raises(ValueError, match=rf"minimum must be a whole number .*, got {minimum}"):
            Vocabulary.of([list("ab")], minimum)


def test_given_words_are_counted_in_their_order_and_no_others() -> None:
    # Without "three" there stand: one two one two one. Neighbours: one-two four times.
    vocabulary = Vocabulary(["two", "one", "never"], np.array([2, 3, 0]))
    found = count_in_window([RHYME], 1, minimum=99, vocabulary=vocabulary)
    assert found.vocabulary is vocabulary
    assert found.counts.toarray().tolist() == [[0, 4, 0], [4, 0, 0], [0, 0, 0]]
    assert found.meetings.tolist() == [4, 4, 0]


def test_counts_are_whole_numbers_unless_windows_are_dynamic() -> None:
    # Two places apart in a window of 4: (4 + 1 - 2) / 4
    assert count_in_window([RHYME], 2, 1).counts.dtype == np.int64
    assert count_aligned([(list("ab"), list("ba"))], 1).counts.dtype == np.int64
    assert Vocabulary.of([RHYME], 1).frequencies.dtype == np.int64
    assert count_in_window([list("abc")], 4, 1, dynamic=True).counts.toarray().tolist() == [
        [0, 1, 0.75],
        [1, 0, 1],
        [0.75, 1, 0],
    ]


def test_no_text_and_no_pair_count_nothing() -> None:
    for found in (count_in_window([], 2, 1), count_in_window([[], []], 2, 1), count_aligned([], 1)):
        assert len(found.vocabulary) == 0
        assert found.counts.shape == (0, 0)
    alone = count_in_window([["word"]], 2, 1)
    assert alone.counts.toarray().tolist() == [[0]]


def test_words_of_several_letters_answer_each_other_as_wholes() -> None:
    found = count_aligned([(["sun", "rises"], ["moon", "sets"]), (["sun"], ["moon"])], 1)
    assert found.vocabulary.words == ("moon", "sun", "rises", "sets")
    met = {(found.vocabulary.words[i], found.vocabulary.words[j]): n for (i, j), n in found.counts.todok().items()}
    assert met == {("sun", "moon"): 2, ("moon", "sun"): 2, ("rises", "sets"): 1, ("sets", "rises"): 1}


def test_texts_of_a_pair_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="aligned texts must have one length, got 1 and 2 tokens"):
        count_aligned([(["a", "b"], ["c", "d"]), (["a"], ["b", "c"])])


def test_a_vocabulary_is_a_table_of_words() -> None:
    vocabulary = Vocabulary.of([RHYME], 1)
    assert vocabulary.words == ("one", "two", "three")
    assert vocabulary.frequencies.tolist() == [3, 2, 1]
    assert vocabulary.probabilities.tolist() == [3 / 6, 2 / 6, 1 / 6]
    assert len(vocabulary) == 3
    assert ("two" in vocabulary, "four" in vocabulary) == (True, False)
    assert [vocabulary[word] for word in vocabulary.words] == [0, 1, 2]
    assert Vocabulary.of([RHYME], 2).words == ("one", "two")


@pytest.mark.parametrize(
    ("words", "frequencies", "text"),
    [
        (["a", "a", "b"], [1, 1, 1], "got 3 words, 2 different, 3 frequencies"),
        (["a", "b"], [1, 1, 1], "got 2 words, 2 different, 3 frequencies"),
        (["a", "b"], [1], "got 2 words, 2 different, 1 frequencies"),
    ],
)
def test_words_must_differ_and_have_a_frequency_each(words: list[str], frequencies: list[int], text: str) -> None:
    with pytest.raises(ValueError, match=f"words must be all different, with a frequency each: {text}"):
        Vocabulary(words, np.array(frequencies))


def test_an_unknown_word_is_answered_with_the_three_nearest_spellings() -> None:
    # By the share of letters in common: four words have 3 of 4, one has 1.
    vocabulary = Vocabulary.of([["cart", "card", "cars", "care", "zebra"]], 1)
    with pytest.raises(UnknownWord) as caught:
        _ = vocabulary["carx"]
    first, near = str(caught.value).split("; near: ")
    assert first == "'carx' is not in the vocabulary"
    assert len(near.split(", ")) == 3
    assert set(near.split(", ")) < {"cart", "card", "cars", "care"}
    assert caught.value.__suppress_context__
    with pytest.raises(UnknownWord) as caught:
        _ = vocabulary["qqq"]
    assert str(caught.value) == "'qqq' is not in the vocabulary"


def test_counts_cannot_be_exchanged_by_accident() -> None:
    found = count_in_window([RHYME], 1, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.counts = sparse.csr_array((3, 3))


def test_pmi_is_in_nats() -> None:
    # One text "a b": P(a, b) = 1/2 of the ordered meetings, P(a) = P(b) = 1/2, so log 2; a never meets itself.
    found = count_in_window([list("ab")], 1, 1)
    assert found.pmi("a", "b") == pytest.approx(math.log(2))
    assert found.pmi("a", "a") == -math.inf
    for words in (("c", "a"), ("a", "c")):
        with pytest.raises(UnknownWord, match="'c' is not in the vocabulary"):
            found.pmi(*words)


def test_smoothing_is_of_the_second_word() -> None:
    # Meetings: a 3, b 2, c 1. log P(b | a) / P'(b) with P'(b) = 2^s / (3^s + 2^s + 1), at s = 1/2
    counts = sparse.csr_array(np.array([[0, 2, 1], [2, 0, 0], [1, 0, 0]]))
    found = Cooccurrences(Vocabulary("abc", np.array([3, 2, 1])), counts)
    total = math.sqrt(3) + math.sqrt(2) + 1
    matrix = found.pmi_matrix(smoothing=0.5).toarray()
    assert matrix[0, 1] == pytest.approx(math.log(2 / 3 / (math.sqrt(2) / total)))
    assert matrix[1, 0] == pytest.approx(math.log(1 / (math.sqrt(3) / total)))
    assert found.pmi_matrix().toarray()[0, 1] == pytest.approx(found.pmi("a", "b"))


def test_only_the_positive_part_keeps_nothing_that_is_not_positive() -> None:
    # Two words that meet themselves and each other alike: all PMI is 0, and stored unless only the positive is asked for.
    even = Cooccurrences(Vocabulary("ab", np.array([2, 2])), sparse.csr_array(np.ones((2, 2), dtype=np.int64)))
    assert even.pmi_matrix().nnz == 4
    assert even.pmi_matrix(positive=True).nnz == 0
    assert even.pmi_matrix(shift=math.e).toarray() == pytest.approx(-np.ones((2, 2)))


@pytest.mark.parametrize(
    "wrong", [{"shift": 0}, {"shift": -1.0}, {"smoothing": 0}, {"smoothing": -1}, {"smoothing": 1.1}]
)
def test_shift_and_smoothing_must_be_positive_and_smoothing_at_most_one(wrong: dict[str, float]) -> None:
    found = count_in_window([list("ab")], 1, 1)
    words = f"got {wrong.get('shift', 1.0)} and {wrong.get('smoothing', 1.0)}"
    with pytest.raises(ValueError, match=rf"shift must be positive and smoothing in \(0, 1\], {words}"):
        found.pmi_matrix(**wrong)
    assert found.pmi_matrix(shift=0.5).nnz == 2


def test_counts_print_their_size_with_commas() -> None:
    vocabulary = Vocabulary([str(number) for number in range(1_200)], np.full(1_200, 3))
    counts = sparse.csr_array(np.eye(1_200, dtype=np.int64))
    assert repr(vocabulary) == "Vocabulary(1,200 words, 3,600 occurrences)"
    assert repr(Cooccurrences(vocabulary, counts)) == "Cooccurrences(1,200 words, 1,200 pairs that met)"
