"""Word vectors and what can be asked of them, after the fifth article of the series (https://kexue.fm/archives/4677).

The product s(i, j) of two vectors stands for their PMI: its size says how related two words are, its sign whether they
attract or avoid each other. It is the inner product, in which the last axes may count negatively (see `models`). Files are those of word2vec (Mikolov et al. 2013), which gensim's `KeyedVectors` reads too.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..cache import whole_file
from .checks import Text, token_lists, whole_number
from .counts import Vocabulary
from .files import packed_word, read_table

Ranked = list[tuple[str, float]]  # words and scores, the best first


class WordVectors:
    """A vector for each word of a vocabulary.

    Args:
        vocabulary: of n words.
        vectors: (n, d), kept as float32.
        negative_axes: how many of the d axes, the last ones, count negatively in s(i, j).

    Raises:
        ValueError: not as many vectors as words, one that is not finite, or `negative_axes` not less than d.
    """

    def __init__(self, vocabulary: Vocabulary, vectors: np.ndarray, negative_axes: int = 0) -> None:
        self.vocabulary = vocabulary
        try:
            if np.ma.is_masked(vectors) or np.iscomplexobj(vectors):
                raise ValueError(f"got {'masked' if np.ma.is_masked(vectors) else 'complex'} ones")
            with np.errstate(over="ignore"):
                self.vectors = np.asarray(vectors, dtype=np.float32)
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            raise ValueError(f"vectors must be numbers ({len(vocabulary)}, d): {error}") from None
        if self.vectors.ndim != 2 or len(self.vectors) != len(vocabulary):
            raise ValueError(f"vectors must be ({len(vocabulary)}, d), got shape {self.vectors.shape}")
        if not (finite := np.isfinite(self.vectors).all(1)).all():
            raise ValueError(f"vectors must be finite, that of {vocabulary.words[int(finite.argmin())]!r} is not")
        self.negative_axes = negative_axes
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
        """The words of largest cosine with `word`: those in its direction, however long.

        Raises:
            ValueError: `word` has the vector 0, as a word has that met no other, and so no direction.
        """
        return self._best(self.directions @ self._direction_of(word), count, [word])

    def analogy(self, a: str, b: str, c: str, count: int = 10) -> Ranked:
        """What is to `c` as `b` is to `a`: the words nearest to b - a + c by cosine, those three left out.

        As usual (Mikolov et al. 2013) the three are taken at length 1.
        """
        target = self._direction_of(b) - self._direction_of(a) + self._direction_of(c)
        return self._best(self.directions @ self._direction(target), count, [a, b, c])

    def profiles(self, contexts: int = 500) -> WordVectors:
        """Vectors whose cosines say how *similar* two words are: alike in whom they attract and whom they avoid.

        The cosine of two of them is the correlation of s(i, c) and s(j, c) over the most frequent words c. With
        V (contexts, d), its mean taken off, and any factor V^T V = U U^T they are v U (article 4677, eq. 39, which has Cholesky's;
        that of the eigenvectors is there, too, when axes depend on each other). Negative axes of V change their signs.

        Args:
            contexts: how many c, more than d; few of them tell grammar, many tell the subject.

        Raises:
            ValueError: more contexts than words, or not more than dimensions.
        """
        dimension = self.vectors.shape[1]
        whole_number("contexts", contexts, 1)
        if not dimension < contexts <= len(self):
            raise ValueError(f"contexts must be in [{dimension + 1}, {len(self)}], got {contexts}")
        seen = self.signs * self.vectors[:contexts].astype(np.float64)
        seen -= seen.mean(0)
        values, axes = np.linalg.eigh(seen.T @ seen)
        return WordVectors(self.vocabulary, self.vectors @ (axes * np.maximum(values, 0) ** 0.5))

    def sentence(self, text: Text) -> np.ndarray:
        """The sum of the vectors of a text's words, (d,); words without a vector are passed over."""
        (text,) = token_lists([text])
        known = [self.vocabulary.index[word] for word in text if word in self]
        return self.vectors[known].sum(0)

    def keywords(self, text: Text, count: int = 5) -> Ranked:
        """The words w of a text of largest sum of s(i, w): those that speak most for finding all the others with them."""
        (text,) = token_lists([text])
        index = sorted({self.vocabulary.index[word] for word in text if word in self})
        scores = np.full(len(self), -np.inf, dtype=np.float32)
        scores[index] = self.vectors[index] @ (self.signs * self.sentence(text))
        whole_number("count", count, 1)
        return self._best(scores, min(count, len(index)), []) if index else []

    def sentence_similarity(self, one: Text, other: Text) -> float:
        """The cosine of two texts' sums, 0 if one has no known word."""
        return float(self._direction(self.sentence(one)) @ self._direction(self.sentence(other)))

    def save(self, path: str | Path) -> None:
        """Write everything, frequencies and negative axes too, as numpy's .npz, which `load` reads."""
        words = "\n".join(map(json.dumps, self.vocabulary.words)).encode()
        with whole_file(path) as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                words=np.frombuffer(words, np.uint8),
                frequencies=self.vocabulary.frequencies,
                vectors=self.vectors,
                negative_axes=self.negative_axes,
            )

    @classmethod
    def load(cls, path: str | Path) -> WordVectors:
        """What `save` has written.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is another kind of file, or not whole.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                words = [json.loads(line) for line in arrays["words"].tobytes().split(b"\n")]
                vocabulary = Vocabulary(words, arrays["frequencies"])
                return cls(vocabulary, arrays["vectors"], int(arrays["negative_axes"]))
        except FileNotFoundError:
            raise
        except Exception as error:  # numpy and zipfile pass on whatever they stumble over
            raise ValueError(f"{path} is no whole file that WordVectors.save has written: {error}") from error

    def save_word2vec(self, path: str | Path, *, binary: bool = False) -> None:
        """Write the text or the binary format of word2vec; gensim reads both with `KeyedVectors.load_word2vec_format`.

        The formats have no place for frequencies and negative axes: a warning says so of the latter, and `save` keeps both.

        Raises:
            ValueError: a word with a space in it, which no program could read again.
        """
        words = [packed_word(word) for word in self.vocabulary.words]
        with whole_file(path) as file:
            file.write(f"{len(self)} {self.vectors.shape[1]}\n".encode())
            for word, vector in zip(words, self.vectors, strict=True):
                numbers = vector.astype("<f4").tobytes() if binary else " ".join(map(repr, vector.tolist())).encode()
                file.write(word + b" " + numbers + b"\n")
        if self.negative_axes:
            warnings.warn(
                f"word2vec's formats do not say that {self.negative_axes} axes count negatively: "
                f"load_word2vec(..., negative_axes={self.negative_axes}), or `save` and `load`",
                stacklevel=2,
            )

    @classmethod
    def load_word2vec(cls, path: str | Path, *, binary: bool = False, negative_axes: int = 0) -> WordVectors:
        """Read the text or the binary format of word2vec, which tells neither frequencies (they become 0) nor signs of axes.

        Files of other programs are read as gensim reads them: see `files.read_table`.

        Raises:
            ValueError: the file is of the other format, damaged or not whole; the text names line and word. Or
                `negative_axes` is not less than d.
        """
        words, vectors = read_table(path, binary)
        return cls(Vocabulary(words, np.zeros(len(words), dtype=np.int64)), vectors, negative_axes)

    def _direction(self, vector: np.ndarray) -> np.ndarray:
        return vector / max(float(np.linalg.norm(vector)), 1e-12)

    def _direction_of(self, word: str) -> np.ndarray:
        vector = self[word]
        if not vector.any():
            raise ValueError(f"{word!r} has the vector 0, and so no direction: it met no other word")
        return self._direction(vector)

    def _best(self, scores: np.ndarray, count: int, without: Sequence[str]) -> Ranked:
        whole_number("count", count, 1)
        scores = scores.copy()
        scores[[self.vocabulary[word] for word in without]] = -np.inf
        best = np.argsort(-scores, kind="stable")[: min(count, len(self) - len(set(without)))]
        return [(self.vocabulary.words[index], float(scores[index])) for index in best]

    def __repr__(self) -> str:
        return f"WordVectors({len(self):,} words, {self.vectors.shape[1]} dimensions)"


def axis_signs(dimension: int, negative_axes: int) -> np.ndarray:
    """1 for each axis, -1 for the last `negative_axes`: float32, (d,)."""
    whole = isinstance(negative_axes, int | np.integer) and not isinstance(negative_axes, bool)
    if not whole or not 0 <= negative_axes < dimension:
        raise ValueError(
            f"negative_axes must be in [0, {dimension - 1}] for {dimension} dimensions, got {negative_axes}"
        )
    return np.repeat(np.array([1, -1], dtype=np.float32), [dimension - negative_axes, negative_axes])
