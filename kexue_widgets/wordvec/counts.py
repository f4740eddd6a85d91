"""Counting which words meet, and how much more often than by chance: pointwise mutual information.

Church & Hanks 1990, "Word association norms, mutual information, and lexicography"; smoothing and shift after Levy,
Goldberg & Dagan 2015, "Improving distributional similarity with lessons learned from word embeddings".
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from tqdm.auto import tqdm

from .checks import SHORTEST_STRINGS, Text, is_iterable, real_number, token_lists, whole_number

LARGEST_WINDOW = 1000
CHUNK = 2**22  # words that are counted at a time: bounds the memory that a long text takes besides the counts


class UnknownWord(KeyError):
    """A word that is not in the vocabulary; the message has near spellings."""

    def __init__(self, word: str, known: Iterable[str]) -> None:
        near = difflib.get_close_matches(word, known, n=3)
        super().__init__(word, near)

    def __reduce__(self) -> tuple[Any, ...]:  # as it comes from another process, where the vocabulary is not
        return UnknownWord.__new__, (UnknownWord, *self.args)

    def __str__(self) -> str:
        word, near = self.args
        return f"{word!r} is not in the vocabulary" + (f"; near: {', '.join(near)}" if near else "")


class Vocabulary:
    """Words and their indices, the most frequent first.

    Args:
        words: all different.
        frequencies: how often each occurs, (n,).
    """

    def __init__(self, words: Sequence[str], frequencies: np.ndarray) -> None:
        if not is_iterable(words):
            raise ValueError(f"words must be strings, got {words!r}")
        self.words = tuple(words)
        try:
            self.frequencies = np.asarray(frequencies)
        except (ValueError, RuntimeError):
            raise ValueError(f"frequencies must be numbers (n,), got {frequencies!r}") from None
        if wrong := [word for word in self.words if not isinstance(word, str) or not word]:
            raise ValueError(f"words must be strings, not empty, got {wrong[0]!r}")
        if self.frequencies.ndim != 1 or self.frequencies.dtype.kind not in "iuf":
            raise ValueError(f"frequencies must be numbers (n,), got {self.frequencies.dtype} {self.frequencies.shape}")
        if not (np.isfinite(self.frequencies).all() and (self.frequencies >= 0).all()):
            raise ValueError("frequencies must be finite and not negative")
        self.index = {word: index for index, word in enumerate(self.words)}
        if len(self.words) != len(self.index) or len(self.words) != len(self.frequencies):
            raise ValueError(
                f"words must be all different, with a frequency each: got {len(self.words)} words, "
                f"{len(self.index)} different, {len(self.frequencies)} frequencies"
            )

    @classmethod
    def of(cls, texts: Iterable[Text], minimum: int = 5) -> Vocabulary:
        """All words that occur at least `minimum` times; equally frequent ones in alphabetical order."""
        whole_number("minimum", minimum, 1)
        return cls._commonest(token_lists(texts, SHORTEST_STRINGS), minimum)

    @classmethod
    def _commonest(cls, texts: Iterable[Text], minimum: int) -> Vocabulary:
        found = Counter(itertools.chain.from_iterable(texts))
        kept = sorted(((-count, word) for word, count in found.items() if count >= minimum))
        return cls([word for _, word in kept], np.array([-count for count, _ in kept], dtype=np.int64))

    @property
    def probabilities(self) -> np.ndarray:
        """P(w), the share of each word among all, (n,)."""
        return self.frequencies / self.frequencies.sum()

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> int:
        """The index of a word; `UnknownWord` if it has none."""
        if not isinstance(word, str):
            raise TypeError(f"word must be a string, got {word!r}")
        try:
            return self.index[word]
        except KeyError:
            raise UnknownWord(word, self.words) from None

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} words, {int(self.frequencies.sum()):,} occurrences)"


@dataclass(frozen=True)
class Cooccurrences:
    """How often words meet.

    Args:
        vocabulary: of n words.
        counts: (n, n), symmetric: entry (i, j) is the number of times that j was found beside i.
    """

    vocabulary: Vocabulary
    counts: sparse.csr_array

    @cached_property
    def meetings(self) -> np.ndarray:
        """How often each word was found beside any, (n,): the sums of the rows."""
        return np.asarray(self.counts.sum(1)).ravel()

    def pmi(self, first: str, second: str) -> float:
        """log P(a, b) / (P(a) P(b)), in nats; minus infinity for words that never met.

        Raises:
            UnknownWord: one of them is not in the vocabulary.
        """
        i, j = self.vocabulary[first], self.vocabulary[second]
        count = self.counts[i, j]
        if not count:
            return -math.inf
        return math.log(float(count) * float(self.meetings.sum()) / (float(self.meetings[i]) * float(self.meetings[j])))

    def pmi_matrix(self, *, positive: bool = False, shift: float = 1.0, smoothing: float = 1.0) -> sparse.csr_array:
        """The PMI of all pairs that met, (n, n) sparse: log P(a, b) / (P(a) P(b)) - log shift.

        Args:
            positive: leave out what is negative (PPMI); pairs that never met then count as 0.
            shift: skip-gram with k negative samples implicitly has k here (Levy & Goldberg 2014).
            smoothing: the exponent of P(b), as of skip-gram's negative samples; below 1, rare b count for less.
        """
        real_number("shift", shift, -math.inf)
        real_number("smoothing", smoothing, -math.inf)
        if not 0 < shift < math.inf or not 0 < smoothing <= 1:
            raise ValueError(f"shift must be positive and smoothing in (0, 1], got {shift} and {smoothing}")
        pairs = self.counts.tocoo()
        context = self.meetings**smoothing
        value = np.log(pairs.data / self.meetings[pairs.row]) - np.log(context[pairs.col] / context.sum())
        value -= math.log(shift)
        kept = value > 0 if positive else np.ones(len(value), dtype=bool)
        cells = (value[kept], (pairs.row[kept], pairs.col[kept]))
        return sparse.coo_array(cells, shape=pairs.shape).tocsr()

    def __repr__(self) -> str:
        return f"Cooccurrences({len(self.vocabulary):,} words, {self.counts.nnz:,} pairs that met)"


def count_in_window(
    texts: Iterable[Text],
    window: int = 5,
    minimum: int = 5,
    vocabulary: Vocabulary | None = None,
    *,
    dynamic: bool = False,
) -> Cooccurrences:
    """Count how often words stand at most `window` places apart in the same text.

    Every such pair of places counts 1 for (a, b) and 1 for (b, a), whatever its distance. Words outside the
    vocabulary are taken out of the text first.

    Args:
        texts: token lists; no pair reaches from one into the next. A string stands for its characters if all are Chinese.
        window: the largest distance, L.
        minimum: rarer words are left out of the vocabulary.
        vocabulary: the words to count, if not those of the texts.
        dynamic: a pair d places apart counts (L + 1 - d) / L. It is what word2vec's dynamic windows, whose length is
            drawn from 1 to L for each word, count on average.

    Raises:
        ValueError: `window` is not in [1, 1000], `minimum` is less than 1, or `texts` are no token lists.
    """
    whole_number("window", window, 1, LARGEST_WINDOW)
    whole_number("minimum", minimum, 1)
    texts = token_lists(texts, SHORTEST_STRINGS)
    vocabulary = Vocabulary._commonest(texts, minimum) if vocabulary is None else vocabulary
    words, numbers = _indices(texts, vocabulary)
    total = sparse.csr_array((len(vocabulary), len(vocabulary)), dtype=np.int64)
    spans = [(start, gap) for start in range(0, len(words), CHUNK) for gap in range(1, window + 1)]
    for start, gap in tqdm(spans, desc="counting", delay=20):
        stop = max(start, min(start + CHUNK, len(words) - gap))  # a gap may reach beyond the end
        left, right = slice(start, stop), slice(start + gap, stop + gap)
        same = numbers[left] == numbers[right]
        found = _counted(words[left][same], words[right][same], len(vocabulary))
        total = total + (found * ((window + 1 - gap) / window) if dynamic else found)
    return Cooccurrences(vocabulary, (total + total.T).tocsr())


def count_aligned(pairs: Iterable[tuple[Text, Text]], minimum: int = 5) -> Cooccurrences:
    """Count how often words stand at the same place of two texts that answer each other, as the lines of a couplet.

    Args:
        pairs: token lists, two of one length each.
        minimum: rarer words are left out.

    Raises:
        ValueError: two texts of different lengths, or what is no pair of token lists.
    """
    whole_number("minimum", minimum, 1)
    if not is_iterable(pairs):
        raise ValueError(f"pairs must be two token lists each, got {pairs!r}")
    uppers, lowers = [], []
    for pair in pairs:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise ValueError(f"pairs must be two token lists each, got {pair!r}")
        upper, lower = token_lists(pair) if any(pair) else ([], [])
        if len(upper) != len(lower):
            raise ValueError(f"aligned texts must have one length, got {len(upper)} and {len(lower)} tokens")
        uppers.append(upper)
        lowers.append(lower)
    vocabulary = Vocabulary._commonest(itertools.chain(uppers, lowers), minimum)
    above, below = (
        np.array([vocabulary.index.get(word, -1) for word in itertools.chain.from_iterable(texts)], dtype=np.int32)
        for texts in (uppers, lowers)
    )
    known = (above >= 0) & (below >= 0)
    total = _counted(above[known], below[known], len(vocabulary))
    return Cooccurrences(vocabulary, (total + total.T).tocsr())


def _indices(texts: Iterable[Text], vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """All known words of the texts, one after the other, and the number of the text that each is from."""
    index = vocabulary.index
    known = [np.array([index[word] for word in text if word in index], dtype=np.int32) for text in texts]
    numbers = np.repeat(np.arange(len(known), dtype=np.int32), [len(text) for text in known])
    return np.concatenate([*known, np.empty(0, np.int32)]), numbers


def _counted(rows: np.ndarray, columns: np.ndarray, size: int) -> sparse.csr_array:
    ones = np.ones(len(rows), dtype=np.int64)
    return sparse.coo_array((ones, (rows, columns)), shape=(size, size)).tocsr()
