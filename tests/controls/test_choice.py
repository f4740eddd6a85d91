"""Choices among many options: how they travel, what is said to a word that is none of them."""

import pytest
import torch
import traitlets

from kexue_widgets.live import Choice, Dots, Explorer, View

WORDS = {f"word{index}": index for index in range(3000)}


class Pairs(Explorer):
    """Two words and a letter."""

    first = Choice(WORDS, label="first")
    second = Choice(dict(WORDS), "word9", label="second")
    letter = Choice({"a": 0, "b": 1})

    views = (View(Dots("x", "x")),)

    @staticmethod
    def frame(first, second):
        return {"x": torch.stack([first, second])}


def test_options_that_two_controls_share_are_sent_once_and_their_order_not_at_all():
    first, second, letter = Pairs().manifest()["controls"]
    assert first["options"] == {"labels": list(WORDS), "numbers": "order"}
    assert (second["options"], second["value"]) == ("first", "word9")
    assert letter["options"] == {"labels": ["a", "b"], "numbers": "order"}
    assert Pairs().arrays["x"].tolist() == [0, 9]


def test_a_word_that_is_none_of_many_is_answered_with_near_ones():
    with pytest.raises(traitlets.TraitError, match=r"one of 3000 options \(near: 'word12.*\), got 'wrd12'"):
        Pairs(first="wrd12")


def test_options_are_as_many_numbers_each():
    with pytest.raises(ValueError, match="options must be numbers, or as many numbers each"):
        Choice({"one": 1.0, "two": (1.0, 2.0)})
