"""Word vectors and what can be asked of them, after the fifth article of the series (https://kexue.fm/archives/4677).

The product s(i, j) of two vectors stands for their PMI: its size says how related two words are, its sign whether they
attract or avoid each other. It is the inner product, in which the last axes may count negatively (see `models`). Files are those of word2vec (Mikolov et al. 2013), which gensim's `KeyedVectors` reads too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .counts import Text, Vocabulary

Ranked = list[tuple[str, float]]  # words and scores, the best first


class WordVectors:
    """A vector for each word of a vocabulary.

    Args:
        vocabulary: of n words.
        vectors: (n, d), kept as float32.
        negative_axes: how many of the d axes, the last ones, count negatively in s(i, j).

    Raises:
        ValueError: not as many vectors as words, or `negative_axes` not less than d.
    """

    def __init__(self, vocabulary: Vocabulary, vectors: np.ndarray, negative_axes: int = 0) -> None:
        self.vocabulary = vocabulary
        self.vectors = np.asarray(vectors, dtype=np.float32)
        if self.vectors.ndim != 2 or len(self.vectors) != len(vocabulary):
            raise ValueError(f"vectors must be ({len(vocabulary)}, d), got shape {self.vectors.shape}")
        self.signs = axis_signs(self.vectors.shape[1], negative_axes)

    @property
    def norms(self) -> np.ndarray:
        """The length of each vector, (n,)."""
        return np.linalg.norm(self.vectors, axis=1)

    @property
    def directions(self) -> np.ndarray:
        """The vectors at length 1, (n, d)."""
        return self.vectors / np.maximum(self.norms, 1e-12)[:, None]

    def __getitem__(self, word: str) -> np.ndarray:
        """The vector of a word, (d,); `UnknownWord` if it has none."""
        return self.vectors[self.vocabulary[word]]

    def __contains__(self, word: object) -> bool:
        return word in self.vocabulary

    def __len__(self) -> int:
        return len(self.vocabulary)

    def related(self, word: str, count: int = 10) -> Ranked:
        """The words of largest s(i, j) with `word`: those it meets most above chance."""
        return self._best(self.vectors @ (self.signs * self[word]), count, [word])

    def nearest(self, word: str, count: int = 10) -> Ranked:
        """The words of largest cosine with `word`: those in its direction, however long."""
        return self._best(self.directions @ self._direction(self[word]), count, [word])

    def analogy(self, a: str, b: str, c: str, count: int = 10) -> Ranked:
        """What is to `c` as `b` is to `a`: the words nearest to b - a + c by cosine, those three left out.

        As usual (Mikolov et al. 2013) the three are taken at length 1.
        """
        target = self._direction(self[b]) - self._direction(self[a]) + self._direction(self[c])
        return self._best(self.directions @ self._direction(target), count, [a, b, c])

    def profiles(self, contexts: int = 500) -> WordVectors:
        """Vectors whose cosines say how *similar* two words are: alike in whom they attract and whom they avoid.

        The cosine of two of them is the correlation of s(i, c) and s(j, c) over the most frequent words c. With
        V (contexts, d), its mean taken off, and the Cholesky factor V^T V = U U^T they are v U (article 4677, eq. 39);
        negative axes of V change their signs.

        Args:
            contexts: how many c, more than d; few of them tell grammar, many tell the subject.

        Raises:
            ValueError: more contexts than words, or not more than dimensions.
        """
        dimension = self.vectors.shape[1]
        if not dimension < contexts <= len(self):
            raise ValueError(f"contexts must be in [{dimension + 1}, {len(self)}], got {contexts}")
        seen = self.signs * self.vectors[:contexts].astype(np.float64)
        seen -= seen.mean(0)
        return WordVectors(self.vocabulary, self.vectors @ np.linalg.cholesky(seen.T @ seen))

    def sentence(self, text: Text) -> np.ndarray:
        """The sum of the vectors of a text's words, (d,); words without a vector are passed over."""
        known = [self.vocabulary.index[word] for word in text if word in self]
        return self.vectors[known].sum(0)

    def keywords(self, text: Text, count: int = 5) -> Ranked:
        """The words w of a text of largest sum of s(i, w): those that speak most for finding all the others with them."""
        index = sorted({self.vocabulary.index[word] for word in text if word in self})
        scores = np.full(len(self), -np.inf, dtype=np.float32)
        scores[index] = self.vectors[index] @ (self.signs * self.sentence(text))
        return self._best(scores, min(count, len(index)), [])

    def sentence_similarity(self, one: Text, other: Text) -> float:
        """The cosine of two texts' sums, 0 if one has no known word."""
        return float(self._direction(self.sentence(one)) @ self._direction(self.sentence(other)))

    def save_word2vec(self, path: str | Path, *, binary: bool = False) -> None:
        """Write the text or the binary format of word2vec; gensim reads both with `KeyedVectors.load_word2vec_format`."""
        with open(path, "wb") as file:
            file.write(f"{len(self)} {self.vectors.shape[1]}\n".encode())
            for word, vector in zip(self.vocabulary.words, self.vectors, strict=True):
                numbers = vector.tobytes() if binary else " ".join(map(repr, vector.tolist())).encode()
                file.write(word.encode() + b" " + numbers + b"\n")

    @classmethod
    def load_word2vec(cls, path: str | Path, *, binary: bool = False, negative_axes: int = 0) -> WordVectors:
        """Read the text or the binary format of word2vec, which tells neither frequencies (they become 0) nor signs of axes.

        Raises:
            ValueError: the file is of the other format, or ends too early, or `negative_axes` is not less than d.
        """
        with open(path, "rb") as file:
            try:
                count, dimension = map(int, file.readline().split())
                read = _read_binary if binary else _read_text
                rows = [read(file, dimension) for _ in range(count)]
            except (ValueError, UnicodeDecodeError) as error:
                form = "binary" if binary else "text"
                raise ValueError(f"{path} is not a whole file in word2vec's {form} format: {error}") from None
        words = [word for word, _ in rows]
        vectors = np.stack([vector for _, vector in rows])
        return cls(Vocabulary(words, np.zeros(count, dtype=np.int64)), vectors, negative_axes)

    def _direction(self, vector: np.ndarray) -> np.ndarray:
        return vector / max(float(np.linalg.norm(vector)), 1e-12)

    def _best(self, scores: np.ndarray, count: int, without: Sequence[str]) -> Ranked:
        scores = scores.copy()
        scores[[self.vocabulary[word] for word in without]] = -np.inf
        best = np.argsort(-scores, kind="stable")[: min(count, len(self) - len(set(without)))]
        return [(self.vocabulary.words[index], float(scores[index])) for index in best]

    def __repr__(self) -> str:
        return f"WordVectors({len(self):,} words, {self.vectors.shape[1]} dimensions)"


def axis_signs(dimension: int, negative_axes: int) -> np.ndarray:
    """1 for each axis, -1 for the last `negative_axes`: float32, (d,)."""
    if not 0 <= negative_axes < dimension:
        raise ValueError(
            f"negative_axes must be in [0, {dimension - 1}] for {dimension} dimensions, got {negative_axes}"
        )
    return np.repeat(np.array([1, -1], dtype=np.float32), [dimension - negative_axes, negative_axes])


def _read_text(file: BinaryIO, dimension: int) -> tuple[str, np.ndarray]:
    word, *numbers = file.readline().decode().split(" ")
    if len(numbers) != dimension:
        raise ValueError(f"expected a word and {dimension} numbers, got {len(numbers)} numbers")
    return word, np.array([float(number) for number in numbers], dtype=np.float32)


def _read_binary(file: BinaryIO, dimension: int) -> tuple[str, np.ndarray]:
    letters = bytearray()
    while (letter := file.read(1)) != b" ":
        if not letter:
            raise ValueError("it ends within a word")
        letters += letter
    numbers = file.read(4 * dimension)
    if len(numbers) < 4 * dimension:
        raise ValueError("it ends within a vector")
    return letters.decode().lstrip("\n"), np.frombuffer(numbers, dtype="<f4")
