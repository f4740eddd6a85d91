"""Words of the book's subjects: which of them mean the same, from `terms.txt`, and which are one word of Chinese."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from .. import segmentation
from ..cache import Cache
from ..segmentation import load_dictionary, runs
from ..sources import syntax

if TYPE_CHECKING:
    import jieba


def _read(path: Path) -> list[list[str]]:
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return [[form.strip() for form in line.split(" = ")] for line in lines if line and line[0] != "#"]


CACHE = Cache("words")  # of each stretch of Chinese: to read jieba's dictionary takes a second
ALIASES = _read(Path(__file__).with_name("terms.txt"))


TERMS = {run for forms in ALIASES for form in forms for run in runs(form) if len(run) > 1 and run[0] >= "㐀"}


def chinese_words(texts: Iterable[str]) -> list[str]:
    """The Chinese words of two letters and more in some texts, as jieba finds them, and the book's own terms wherever they are."""
    chinese = {run for text in texts for run in runs(text) if run[0] >= "㐀"}
    key = repr((version("jieba"), _code(), sorted(TERMS)))
    known = json.loads(CACHE.find(key) or b"{}")
    if missing := chinese - known.keys():
        known |= {run: [word for word in tokenizer().cut(run) if len(word) > 1] for run in missing}
        CACHE.put(key, json.dumps(known).encode())
    found = {word for run in chinese for word in known[run]}
    return sorted(found | {term for term in TERMS if any(term in run for run in chinese)})


def _code() -> list[str]:
    return [syntax(Path(file).read_text("utf-8")) for file in (__file__, segmentation.__file__)]


def meanings(text: str) -> set[str]:
    """What a text names, each by its first word in `terms.txt`."""
    closed = f" {_closed(text)} "
    return {
        forms[0]
        for forms, patterns in zip(ALIASES, _patterns(), strict=True)
        if any(form in closed and pattern.search(closed) for form, pattern in patterns.items())
    }


def _closed(text: str) -> str:
    """The words of a text, with no spaces beside Chinese."""
    return re.sub(r"(?<![a-z0-9]) | (?![a-z0-9])", "", f" {' '.join(runs(text))} ")


@lru_cache(1)
def _patterns() -> list[dict[str, re.Pattern[str]]]:
    """Of each meaning its forms, which are looked for first since that is quick, each with its pattern."""
    return [{closed: _pattern(closed) for closed in map(_closed, forms)} for forms in ALIASES]


def _pattern(closed: str) -> re.Pattern[str]:
    before = "" if closed[0] >= "㐀" else "(?<![a-z0-9])"
    after = "" if closed[-1] >= "㐀" else "(?:e?s)?(?![a-z0-9])"
    return re.compile(before + closed + after)


@lru_cache(1)
def tokenizer() -> jieba.Tokenizer:
    """jieba, and what its dictionary does not know as one word."""
    import jieba

    tokenizer = jieba.Tokenizer()
    load_dictionary(tokenizer)
    for term in TERMS:
        tokenizer.add_word(term)
    return tokenizer
