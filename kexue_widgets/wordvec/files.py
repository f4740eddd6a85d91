"""Files of word vectors in word2vec's two formats (Mikolov et al. 2013), read as gensim reads them or refused."""

from __future__ import annotations

import gzip
import itertools
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

SPACES = b" \t\r\n\v\f"  # what separates words and numbers, so no word may have it
MARK = b"\xef\xbb\xbf"  # UTF-8's byte order mark
LARGEST_DIMENSION = 2**20
# What is longer is no such file, or was packed to fill the memory of whoever unpacks it.
LONGEST_LINE = 32 * LARGEST_DIMENSION  # bytes
LONGEST_WORD = 10_000  # bytes


class Table(NamedTuple):
    """Different words and their vectors (n, d), float32."""

    words: list[str]
    vectors: np.ndarray


def packed_word(word: str) -> bytes:
    """A word in UTF-8; a ValueError if a file could not give it back."""
    try:
        packed = word.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{word!r} cannot be written: it has half of a character") from None
    if not packed or any(each in SPACES for each in packed):
        raise ValueError(f"{word!r} cannot be written in word2vec's formats, whose words have no spaces in them")
    return packed


def read_table(path: str | Path, binary: bool) -> Table:
    """The words and vectors in a file, which may be packed with gzip.

    A text file may begin with a byte order mark, have tabs between numbers and spaces at the ends of lines, and lack the
    line that says how many words there are, as those of GloVe do. Of a word that comes twice the first vector counts.

    Raises:
        ValueError: the file is of the other format, damaged, cut short or longer than it says; the text names line and word.
    """
    form = "binary" if binary else "text"
    with Path(path).open("rb") as raw:  # `open` would take a number for an open file, and close it
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            with gzip.open(raw) if packed else raw as file:
                rows = _binary(file) if binary else _text(file)  # type: ignore[arg-type]
                found = _unique(path, rows)
        except (ValueError, EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path} is not a whole file in word2vec's {form} format: {error}") from None
    return found


def _unique(path: str | Path, rows: Iterator[tuple[str, np.ndarray, str]]) -> Table:
    vectors: dict[str, np.ndarray] = {}
    again: list[str] = []
    for word, vector, place in rows:
        if not np.isfinite(vector).all():
            raise ValueError(f"{place}: the vector of {word!r} is not finite")
        if word in vectors:
            again.append(word)
        else:
            vectors[word] = vector
    if not vectors:
        raise ValueError("it has no words")
    if again:
        shown = ", ".join(again[:5]) + (f" and {len(again) - 5} more" if len(again) > 5 else "")
        warnings.warn(f"{path} has words twice, of which the first vectors are kept: {shown}", stacklevel=4)
    return Table(list(vectors), np.stack(list(vectors.values())))


def _header(line: bytes) -> tuple[int, int] | None:
    """How many words and dimensions, if the line says that."""
    fields = line.removeprefix(MARK).split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields):
        return None
    count, dimension = map(int, fields)
    if not (count and 0 < dimension <= LARGEST_DIMENSION):
        raise ValueError(f"line 1: {count} words of {dimension} dimensions are none")
    return count, dimension


def _lines(file: BinaryIO) -> Iterator[bytes]:
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), start=1):
        if len(line) > LONGEST_LINE:
            raise ValueError(f"line {number} is longer than {LONGEST_LINE:,} bytes")
        yield line


def _text(file: BinaryIO) -> Iterator[tuple[str, np.ndarray, str]]:
    following = _lines(file)
    first = next(following, b"")
    header = _header(first)
    count, dimension = header or (-1, -1)
    lines = itertools.chain([first.removeprefix(MARK)] if header is None else [], following)
    words = 0
    for number, line in enumerate(lines, start=1 if header is None else 2):
        fields = line.split()
        if not fields:
            if any(rest.strip() for rest in lines):
                raise ValueError(f"line {number} is empty")
            break
        if dimension < 0:
            dimension = len(fields) - 1
        place = f"line {number}"
        word = _word(fields[0], place)
        if len(fields) - 1 != dimension or not dimension:
            said = "" if header is None else ", as line 1 says"
            raise ValueError(
                f"{place}: {word!r} has {len(fields) - 1} numbers, expected a word and {max(dimension, 1)} numbers{said}"
            )
        try:
            vector = np.array([float(field) for field in fields[1:]])
        except ValueError as error:
            raise ValueError(f"{place}: {word!r}: {error}") from None
        with np.errstate(over="ignore"):
            yield word, vector.astype(np.float32), place
        words += 1
        if header is not None and words > count:
            raise ValueError(f"line 1 says {count} words, but line {number} has one more, {word!r}")
    if header is not None and words < count:
        raise ValueError(f"it ends after {words} words of the {count} that line 1 says")


def _binary(file: BinaryIO) -> Iterator[tuple[str, np.ndarray, str]]:
    header = _header(file.readline(200))
    if header is None:
        raise ValueError("line 1 does not say how many words and dimensions there are")
    count, dimension = header
    for number in range(1, count + 1):
        letters = bytearray()
        while (letter := file.read(1)) != b" ":
            if not letter:
                raise ValueError(f"it ends within word {number} of {count}")
            if len(letters) == LONGEST_WORD:
                raise ValueError(f"word {number} of {count} is longer than {LONGEST_WORD:,} bytes")
            letters += letter
        word = _word(bytes(letters).lstrip(b"\n"), f"word {number}")
        numbers = file.read(4 * dimension)
        if len(numbers) < 4 * dimension:
            raise ValueError(f"it ends within the vector of word {number} of {count}, {word!r}")
        yield word, np.frombuffer(numbers, dtype="<f4"), f"word {number}"
    if any(rest.strip(b"\n") for rest in iter(lambda: file.read(2**16), b"")):
        raise ValueError(f"line 1 says {count} words, but there are more, or words have spaces in them")


def _word(packed: bytes, place: str) -> str:
    try:
        word = packed.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{place}: the word {packed!r} is not UTF-8: {error.reason}") from None
    if not word or any(each in SPACES for each in packed):
        raise ValueError(f"{place}: {word!r} is no word")
    return word
