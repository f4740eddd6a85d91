"""The methods that `wordvec.py` compares, each with all that may be set, and what is tried of that.

What is added to the package's methods follows Levy, Goldberg & Dagan 2015: a smoothed context distribution and a
shift in PMI, the weighting of eigenvalues, and the sum w + c of a word's two vectors.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from _wordvec_items import Settings
from gensim.models import FastText, Word2Vec
from scipy import sparse

from kexue_widgets.wordvec import (
    Cooccurrences,
    GloVe,
    Vocabulary,
    WordVectors,
    count_in_window,
    pair_weights,
    svd_vectors,
    train,
    weighted_vectors,
)

PEER = "gensim.Word2Vec"

Texts = list[list[str]]
Setting = dict[str, float]


class Trained(NamedTuple):
    """What a training leaves: a vector of each word, and where there is one its vector as a context."""

    vocabulary: Vocabulary
    words: np.ndarray  # (n, d)
    contexts: np.ndarray | None = None

    def variants(self) -> dict[str, WordVectors]:
        """What may be taken for the vectors: w, w + c, either without its mean, and with the roots of its singular values."""
        tables = {"w": self.words} if self.contexts is None else {"w": self.words, "w + c": self.words + self.contexts}
        ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {"": np.asarray, ", centred": centred, ", rooted": rooted}
        return {
            name + suffix: WordVectors(self.vocabulary, way(table))
            for name, table in tables.items()
            for suffix, way in ways.items()
        }


def centred(table: np.ndarray) -> np.ndarray:
    """(n, d), the mean of the rows taken off: GloVe's loss leaves it open."""
    return table - table.mean(0)


def rooted(table: np.ndarray) -> np.ndarray:
    """U S^0.5 of a table U S W^T, (n, d): no axis is as much longer than another as it was."""
    values, axes = np.linalg.eigh(table.T.astype(np.float64) @ table)
    return table @ axes * np.maximum(values, 1e-12) ** -0.25


@dataclass(frozen=True)
class Smoothed(Cooccurrences):
    """Counts whose PMI is less for rare words, and less by a constant.

    Args:
        smoothing, shift: as in `Cooccurrences.pmi_matrix`; smoothed for either word of a pair, half of it each, as the
            methods need a symmetric table.
    """

    smoothing: float = 1
    shift: float = 1

    def pmi_matrix(self, *, positive: bool = False, shift: float = 1, smoothing: float = 1) -> sparse.csr_array:
        both = super().pmi_matrix(shift=self.shift * shift, smoothing=self.smoothing * smoothing)
        # Cell by cell, as a sum of the tables would lose those that are 0
        both.data = (both.data + both.T.tocsr().data) / 2
        if positive:
            both.data = np.maximum(both.data, 0)
            both.eliminate_zeros()
        return both


def counted(texts: Texts, settings: Settings, *, dynamic: bool, smoothing: float = 1, shift: float = 1) -> Smoothed:
    """The counts of the texts."""
    counts = count_in_window(texts, settings.window, settings.minimum, dynamic=dynamic)
    return Smoothed(counts.vocabulary, counts.counts, smoothing, shift)


def from_svd(
    texts: Texts, settings: Settings, *, dynamic: bool, smoothing: float, shift: float, negative_axes: int, power: float
) -> Trained:
    counts = counted(texts, settings, dynamic=dynamic, smoothing=smoothing, shift=shift)
    made = svd_vectors(counts, settings.dimension, power=power, negative_axes=negative_axes)
    return Trained(made.vocabulary, made.vectors)


def from_weights(
    texts: Texts,
    settings: Settings,
    *,
    dynamic: bool,
    smoothing: float,
    shift: float,
    negative_axes: int,
    alpha: float,
    x_max: float,
    unseen: float,
    epochs: int,
) -> Trained:
    counts = counted(texts, settings, dynamic=dynamic, smoothing=smoothing, shift=shift)
    made = weighted_vectors(
        counts,
        settings.dimension,
        epochs=epochs,
        x_max=x_max,
        alpha=alpha,
        unseen=unseen,
        negative_axes=negative_axes,
        start=svd_vectors(counts, settings.dimension, negative_axes=negative_axes),
        seed=settings.seed,
    )
    return Trained(made.vocabulary, made.vectors)


def from_glove(
    texts: Texts, settings: Settings, *, dynamic: bool, alpha: float, x_max: float, rate: float, epochs: int
) -> Trained:
    """As `glove_vectors`, of which w alone and the rate can't be had."""
    counts = counted(texts, settings, dynamic=dynamic)
    torch.manual_seed(settings.seed)
    model, table = GloVe(len(counts.vocabulary), settings.dimension), counts.counts.tocoo()
    number = torch.from_numpy(table.data).float()
    pairs = torch.from_numpy(table.row).long(), torch.from_numpy(table.col).long()
    train(model, *pairs, number.log(), pair_weights(number, x_max, alpha), epochs=epochs, rate=rate)
    words, contexts = (each.weight.detach().numpy() for each in (model.vectors, model.contexts))
    return Trained(counts.vocabulary, words, contexts)


def from_gensim(kind: type[Word2Vec], texts: Texts, settings: Settings, **keywords: float) -> Trained:
    """What gensim's Word2Vec, or FastText, learns; keywords are its own."""
    shared = {"vector_size": settings.dimension, "window": settings.window, "min_count": settings.minimum}
    model = kind(texts, workers=settings.threads, seed=settings.seed, **shared, **keywords)
    words = model.wv.index_to_key
    frequencies = np.array([model.wv.get_vecattr(word, "count") for word in words])
    return Trained(Vocabulary(words, frequencies), model.wv.vectors, model.syn1neg)


def word2vec(texts: Texts, settings: Settings, **keywords: float) -> Trained:
    return from_gensim(Word2Vec, texts, settings, **keywords)


def fasttext(texts: Texts, settings: Settings, **keywords: float) -> Trained:
    return from_gensim(FastText, texts, settings, **keywords)


class Method(NamedTuple):
    """A way to vectors, and what is tried of it.

    The search goes through `steps` in turn. Each has some values of some of the settings; the first values of all are
    where the search begins.
    """

    make: Callable[..., Trained]
    steps: tuple[tuple[Setting, ...], ...]

    def first(self) -> Setting:
        """Where the search begins."""
        return {name: value for step in self.steps for name, value in step[0].items()}

    def beside_first(self) -> list[Setting]:
        """That setting, and every one that is one change from it."""
        first = self.first()
        return [first, *(first | each for step in self.steps for each in step[1:])]


def values(name: str, *of: float) -> tuple[Setting, ...]:
    """A step that changes one setting."""
    return tuple({name: value} for value in of)


# gensim's defaults come first, but for epochs, of which 5 are too few for so short a text. CBOW learns by larger steps.
GENSIM = (
    values("sample", 1e-3, 1e-4, 1e-5),
    values("negative", 5, 10, 20),
    ({"sg": 1, "alpha": 0.025}, {"sg": 1, "alpha": 0.05}, {"sg": 0, "alpha": 0.025}, {"sg": 0, "alpha": 0.05}),
    values("shrink_windows", True, False),
    values("ns_exponent", 0.75, 0.5, 0),
    values("epochs", 10, 20, 40),
)
# What had come out best before this search came first.
PMI = (values("smoothing", 1, 0.75), values("shift", 1, 2, 5), values("dynamic", True, False))
METHODS = {
    PEER: Method(word2vec, GENSIM),
    "weighted_vectors, unseen": Method(
        from_weights,
        (
            *PMI,
            values("unseen", 0.1, 0, 0.03, 0.3),
            values("alpha", 0.25, 0.1, 0.5),
            values("x_max", 100, 10),
            values("negative_axes", 10, 0, 20),
            values("epochs", 10, 20),
        ),
    ),
    "svd_vectors": Method(from_svd, (*PMI, values("power", 0.25, 0, 0.5), values("negative_axes", 10, 0, 5, 20))),
    "gensim.FastText": Method(
        fasttext,
        (*GENSIM[:-1], ({"min_n": 3, "max_n": 6}, {"min_n": 2, "max_n": 4}, {"min_n": 5, "max_n": 6}), GENSIM[-1]),
    ),
    "glove_vectors": Method(
        from_glove,
        (
            values("x_max", 100, 10),
            values("alpha", 0.75, 0.5, 0.25),
            values("rate", 0.1, 0.05, 0.2),
            values("dynamic", False, True),
            values("epochs", 15, 30, 60),
        ),
    ),
}
