"""Counts and 8-bit vectors of a text's most frequent words, for the explorers.

The texts are counted when an explorer is first asked for, which takes some seconds; the result is kept in the user's
cache, under a key that changes with everything it depends on.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..cache import Cache
from ..sources import syntax, versions
from . import corpora
from .counts import Cooccurrences, count_aligned, count_in_window
from .models import svd_vectors

COUNTED, MAPPED = 700, 3500  # words with counts, words with vectors
DIMENSION = 64  # of the vectors
PLANE = (
    *("music", "song", "album"),
    *("army", "navy", "war"),
    *("king", "queen", "prince"),
    *("river", "lake", "ocean"),
    *("tax", "income", "budget"),
    *("theory", "mathematics", "physics"),
    *("film", "actor", "director"),
    *("species", "animals", "fish"),
)

Arrays = dict[str, np.ndarray]
CACHE = Cache("wordvec")


@cache
def cooccurrences(text: str) -> Cooccurrences:
    """The counts of "English", of "Tang poems", or of "Tang couplets"."""
    if text == "English":
        return count_in_window(corpora.english())
    if text == "Tang poems":
        return count_in_window(corpora.tang_poems())
    return count_aligned(corpora.tang_couplets())


@dataclass(frozen=True)
class Counts:
    """The n commonest words of a text.

    Args:
        options: the words and their indices, the most frequent first.
        counts: how often they met, (n, n) of int32.
        meetings: how often each met any word, (n,).
        total: how often any words met.
    """

    options: dict[str, float]
    counts: Tensor
    meetings: Tensor
    total: float


@dataclass(frozen=True)
class QuantizedVectors:
    """The n commonest words of a text.

    Args:
        options: the words and their indices, the most frequent first.
        probabilities: P(w) of each, (n,).
        codes, scale: their vectors (n, d) are codes of int8 times the scale.
    """

    options: dict[str, float]
    probabilities: Tensor
    codes: Tensor
    scale: float

    def dequantized(self) -> Tensor:
        """The vectors (n, d); made where the model asks, so that a graph holds the codes."""
        return self.codes.float() * self.scale


def frequent_counts(text: str) -> Counts:
    """Counts of one of the three texts."""

    def make() -> Arrays:
        found = cooccurrences(text)
        return {
            "words": np.array(found.vocabulary.words[:COUNTED]),
            "counts": found.counts[:COUNTED, :COUNTED].toarray().astype(np.int32),
            "meetings": found.meetings[:COUNTED].astype(np.float32),
            "total": found.meetings.sum(),
        }

    arrays = _kept(f"counts of {text}", make)
    counts, meetings = torch.from_numpy(arrays["counts"]), torch.from_numpy(arrays["meetings"])
    return Counts(_options(arrays), counts, meetings, float(arrays["total"]))


def frequent_vectors(text: str) -> QuantizedVectors:
    """Vectors from one of the three texts."""

    def make() -> Arrays:
        found = cooccurrences(text)
        vectors = svd_vectors(found, DIMENSION).vectors[:MAPPED]
        scale = np.abs(vectors).max() / 127
        return {
            "words": np.array(found.vocabulary.words[:MAPPED]),
            "probabilities": found.vocabulary.probabilities[:MAPPED].astype(np.float32),
            "codes": np.rint(vectors / scale).astype(np.int8),
            "scale": scale,
        }

    arrays = _kept(f"vectors of {text}", make)
    probabilities, codes = torch.from_numpy(arrays["probabilities"]), torch.from_numpy(arrays["codes"])
    return QuantizedVectors(_options(arrays), probabilities, codes, float(arrays["scale"]))


def plane_counts() -> tuple[Tensor, Tensor]:
    """How often the words of `PLANE` met in English, and the PMI of those that did; 0 elsewhere; (k, k) each."""

    def make() -> Arrays:
        found = cooccurrences("English")
        index = [found.vocabulary[word] for word in PLANE]
        others = 1 - np.eye(len(PLANE), dtype=np.float32)
        tables = {"counts": found.counts, "pmi": found.pmi_matrix()}
        return {name: others * table[index][:, index].toarray().astype(np.float32) for name, table in tables.items()}

    arrays = _kept("plane", make)
    return torch.from_numpy(arrays["counts"]), torch.from_numpy(arrays["pmi"])


def _options(arrays: Arrays) -> dict[str, float]:
    return {word: index for index, word in enumerate(arrays["words"].tolist())}


def _kept(name: str, make: Callable[[], Arrays]) -> Arrays:
    """Arrays from the user's cache, made if they are not there."""

    def packed() -> bytes:
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **make())
        return file.getvalue()

    with np.load(io.BytesIO(CACHE.get(_key(name), packed))) as arrays:
        return dict(arrays)


def _key(name: str) -> str:
    """Changes with everything that the arrays depend on: these programs, the texts, and the packages that they use."""
    programs = (Path(__file__).with_name(f"{each}.py") for each in ("frequent", "corpora", "counts", "models"))
    poems = hashlib.sha256(corpora.POEMS.read_bytes()).hexdigest() if corpora.POEMS.exists() else None
    return repr((name, [syntax(each.read_text("utf-8")) for each in programs], poems, versions()))
