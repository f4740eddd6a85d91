"""What is taken for texts, and what is refused in words: apart from what counts and learns, so that it may change without
making what was measured old."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from ..checks import real_number as real_number
from ..checks import whole_number as whole_number

Text = Sequence[str]

HANZI = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]*")
SHORTEST_STRINGS = 5  # characters, on average, that strings which stand for texts have at least: words have fewer


def token_lists(texts: Iterable[Text], shortest: int = 1) -> list[Text]:
    """The texts, which may come one after the other; a string among them if it is Chinese and so a list of characters.

    Args:
        texts: what should be token lists.
        shortest: how many characters strings have at least on average, so that they are no words.

    Raises:
        ValueError: what is no token list; the text shows it.
    """
    if isinstance(texts, str | bytes):
        raise ValueError(f"texts must be token lists, got one string {texts[:40]!r}")
    if not is_iterable(texts) or isinstance(texts, Mapping):
        raise ValueError(f"texts must be token lists, got {texts!r}")
    found: list[Text] = []
    letters = 0  # of strings
    for number, text in enumerate(texts):
        if isinstance(text, str):
            if not HANZI.fullmatch(text):
                raise ValueError(
                    f"texts must be token lists, text {number} is the string {text[:40]!r}: cut it into words"
                )
            letters += len(text)
        elif not is_iterable(text) or isinstance(text, Mapping | Set):  # which have no order, and nothing twice
            raise ValueError(f"texts must be token lists, text {number} is {text!r}")
        else:
            text = text if isinstance(text, list | tuple) else list(text)
            if not all(issubclass(kind, str) for kind in set(map(type, text))) or "" in text:
                wrong = next(each for each in text if not isinstance(each, str) or not each)
                raise ValueError(f"texts must hold words, text {number} holds {wrong!r}")
        found.append(text)
    if not found and isinstance(texts, Iterator):
        raise ValueError("texts must be token lists, got an iterator with nothing left: list(...) can be read again")
    if letters and letters < shortest * len(found):
        raise ValueError(
            f"texts must be token lists, got a list of words such as {found[0]!r}: put it into a list of its own"
        )
    return found


def is_iterable(value: Any) -> bool:
    """Whether one thing after the other can be taken from it."""
    try:
        iter(value)
    except TypeError:  # arrays without an axis say it only when they are asked
        return False
    return True
