"""Word vectors from one text by five methods: how well they agree with people, and how long they take.

English Wikipedia summaries and State of the Union addresses, the same words, window and dimension for all. Three test
sets that come with gensim: WordSim-353 (Finkelstein et al. 2002) and SimLex-999 (Hill et al. 2015), of which the rank
correlation with people's judgement is taken, and Google's analogies (Mikolov et al. 2013), of which the share
answered right. Only items whose words all are in the vocabulary count. Each set has two halves, its even and its odd
items. Settings are chosen on one half, by the mean of the three numbers, and judged on the other, and then the halves
change places: what is reported is the mean of both, and the difference to word2vec with a 95 % interval (the items
drawn anew 1000 times). The grids are wide, since the even items had been looked at when they were laid out.
Word2vec's epochs are among its settings, up to where more of them do not help; its windows are always dynamic. Times
are those of the processor, all threads added up, so that other work on the machine does not count.

Usage: python benchmarks/wordvec.py [file]; without one it writes what the chapter reads, book/data/wordvec.json.
"""

import hashlib
import itertools
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import gensim
import numpy as np
import pandas as pd
import scipy
import torch
from gensim.models import Word2Vec
from scipy.stats import spearmanr

from kexue_widgets import wordvec
from kexue_widgets.wordvec import (
    Cooccurrences,
    Vocabulary,
    WordVectors,
    count_in_window,
    english,
    glove_vectors,
    svd_vectors,
    weighted_vectors,
)

PARTS = ("corpora", "counts", "models", "vectors")
RESULTS = Path(__file__).parents[1] / "book" / "data" / "wordvec.json"
CODE = [Path(__file__), *(Path(wordvec.__file__).with_name(f"{name}.py") for name in PARTS)]
DATA = Path(gensim.__file__).parent / "test" / "test_data"
HALVES = {"even": 0, "odd": 1}
PEER = "gensim.Word2Vec"
ANALOGIES = "analogies"

Judged = list[tuple[str, str, float]]
Answers = dict[str, np.ndarray]


class Settings(NamedTuple):
    """What all methods share."""

    window: int = 5
    dimension: int = 100
    minimum: int = 5  # occurrences of a word
    threads: int = 1
    seed: int = 0
    resamples: int = 1000


SETTINGS = Settings()


class Candidate(NamedTuple):
    """One way to make vectors of the text."""

    method: str
    setting: str
    make: Callable[[], WordVectors]


def judged_pairs(name: str) -> Judged:
    """Two words and people's judgement, of every pair of a test set."""
    lines = (line.split("\t") for line in (DATA / name).read_text("utf-8").splitlines() if line and line[0] != "#")
    return [(one.lower(), other.lower(), float(score)) for one, other, score, *_ in lines]


def analogy_questions() -> list[list[str]]:
    """Athens Greece Baghdad Iraq, and so on."""
    lines = (DATA / "questions-words.txt").read_text("utf-8").lower().splitlines()
    return [line.split() for line in lines if line[0] != ":"]


PAIRS = {"WordSim-353": judged_pairs("wordsim353.tsv"), "SimLex-999": judged_pairs("simlex999.txt")}
QUESTIONS = analogy_questions()


def judged(vectors: WordVectors, pairs: Judged) -> np.ndarray:
    """Cosine and people's judgement of each pair that is known, (n, 2)."""
    known = [pair for pair in pairs if pair[0] in vectors and pair[1] in vectors]
    index = [[vectors.vocabulary[word] for word in pair[:2]] for pair in known]
    left, right = vectors.directions[np.array(index).T]
    return np.stack([(left * right).sum(1), [score for *_, score in known]], 1)


def answered(vectors: WordVectors, questions: list[list[str]]) -> np.ndarray:
    """1 for each known question whose answer is the nearest word, those in the question left out, else 0; (n,)."""
    known = [question for question in questions if all(word in vectors for word in question)]
    index = np.array([[vectors.vocabulary[word] for word in question] for question in known])
    unit, right = vectors.directions, []
    for a, b, c, d in (part.T for part in np.array_split(index, len(index) // 500 + 1)):
        score = (unit[b] - unit[a] + unit[c]) @ unit.T
        for given in (a, b, c):
            score[np.arange(len(a)), given] = -np.inf
        right.append(score.argmax(1) == d)
    return np.concatenate(right).astype(float)


def answers(vectors: WordVectors, half: str) -> Answers:
    """What the vectors answer to one half of the items of each set."""
    chosen = slice(HALVES[half], None, 2)
    of_pairs = {name: judged(vectors, pairs[chosen]) for name, pairs in PAIRS.items()}
    return {**of_pairs, ANALOGIES: answered(vectors, QUESTIONS[chosen])}


def score(answer: np.ndarray) -> float:
    """Spearman's correlation of judged pairs (n, 2), the share of right answers (n,)."""
    return float(spearmanr(*answer.T)[0]) if answer.ndim == 2 else float(answer.mean())


def scores(answer: Answers) -> dict[str, float]:
    """The score of each set, and their mean."""
    of_sets = {name: score(each) for name, each in answer.items()}
    return {**of_sets, "mean": float(np.mean(list(of_sets.values())))}


def differences(own: np.ndarray, other: np.ndarray, resamples: int, random: np.random.Generator) -> np.ndarray:
    """Differences of two scores, (resamples,), each with the same items drawn for both, with replacement."""
    draws = random.integers(len(own), size=(resamples, len(own)))
    return np.array([score(own[drawn]) - score(other[drawn]) for drawn in draws])


def interval(differences: np.ndarray) -> list[float]:
    """Where 95 % of them lie."""
    return np.quantile(differences, (0.025, 0.975)).tolist()


def word2vec(texts: list[list[str]], settings: Settings, *, epochs: int) -> WordVectors:
    """gensim's skip-gram with 5 negative samples and its other defaults."""
    sizes = {"vector_size": settings.dimension, "window": settings.window, "min_count": settings.minimum}
    model = Word2Vec(texts, sg=1, epochs=epochs, workers=settings.threads, seed=settings.seed, **sizes)
    frequencies = [model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key]
    return WordVectors(Vocabulary(model.wv.index_to_key, np.array(frequencies)), model.wv.vectors)


def counted(
    make: Callable[..., WordVectors], texts: list[list[str]], settings: Settings, *, dynamic: bool, **keywords: float
) -> WordVectors:
    """What `make` makes of the counts."""
    counts = count_in_window(texts, settings.window, settings.minimum, dynamic=dynamic)
    return make(counts, settings.dimension, **keywords)


def from_svd(counts: Cooccurrences, dimension: int, **keywords: float) -> WordVectors:
    """`weighted_vectors` that start from the factorisation."""
    return weighted_vectors(counts, dimension, start=svd_vectors(counts, dimension), **keywords)


BOTH = (False, True)
GRIDS: dict[str, tuple[Callable[..., WordVectors], dict[str, tuple[float, ...]]]] = {
    "svd_vectors": (partial(counted, svd_vectors), {"dynamic": BOTH, "power": (0, 0.25, 0.5)}),
    "weighted_vectors": (partial(counted, weighted_vectors), {"dynamic": BOTH, "epochs": (1, 5, 15)}),
    "weighted_vectors, unseen": (
        partial(counted, from_svd),
        {"dynamic": BOTH, "epochs": (10,), "alpha": (0, 0.25, 0.5, 0.75), "unseen": (0.03, 0.1, 0.3)},
    ),
    "glove_vectors": (partial(counted, glove_vectors), {"dynamic": BOTH, "epochs": (5, 15, 30)}),
    PEER: (word2vec, {"epochs": (5, 10, 20, 40)}),
}


def candidates(texts: list[list[str]], settings: Settings) -> Iterator[Candidate]:
    """All that is tried, method by method."""
    for method, (make, grid) in GRIDS.items():
        for values in itertools.product(*grid.values()):
            keywords = dict(zip(grid, values, strict=True))
            setting = ", ".join(f"{name}={value}" for name, value in keywords.items())
            yield Candidate(method, setting, partial(make, texts, settings, **keywords))


def code_hash() -> str:
    """SHA-256 of the source that the results depend on."""
    return hashlib.sha256("".join(path.read_text("utf-8") for path in CODE).encode()).hexdigest()


class Tried(NamedTuple):
    """What came of a candidate."""

    method: str
    setting: str
    seconds: float
    answers: dict[str, Answers]  # of each half

    def row(self) -> dict[str, object]:
        """The scores, means of both halves, and the mean of each half."""
        halves = {half: scores(answer) for half, answer in self.answers.items()}
        of_halves = {half: each["mean"] for half, each in halves.items()}
        return {"method": self.method, "setting": self.setting, **_means(halves), **of_halves, "seconds": self.seconds}


def reported(found: list[Tried], settings: Settings) -> list[dict[str, object]]:
    """Each method with the setting that is best on one half, judged on the other: the means of both."""

    def best(method: str) -> dict[str, Tried]:
        ways = [each for each in found if each.method == method]
        choosing = zip(HALVES, reversed(HALVES), strict=True)
        return {half: max(ways, key=lambda way: scores(way.answers[other])["mean"]) for half, other in choosing}

    random = np.random.default_rng(settings.seed)
    peer, rows = best(PEER), []
    for method in dict.fromkeys(each.method for each in found):
        chosen = best(method)
        halves, drawn = {}, []
        for half in HALVES:
            own, theirs = chosen[half].answers[half], peer[half].answers[half]
            halves[half] = scores(own)
            drawn.append([differences(own[name], theirs[name], settings.resamples, random) for name in own])
        of_sets = np.mean(drawn, axis=0)
        bounds = [interval(each) for each in (*of_sets, of_sets.mean(0))]
        row: dict[str, object] = {"method": method, "setting": {half: each.setting for half, each in chosen.items()}}
        row |= _means(halves)
        row |= {"seconds": float(np.mean([each.seconds for each in chosen.values()])), "halves": halves}
        row |= {"against": dict(zip(halves["even"], bounds, strict=True))}
        rows.append(row)
    return rows


def _means(halves: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: (halves["even"][name] + halves["odd"][name]) / 2 for name in halves["even"]}


def main(path: Path = RESULTS, settings: Settings = SETTINGS) -> None:
    """Train everything, choose on each half, report the other, and write the file."""
    torch.set_num_threads(settings.threads)
    code = code_hash()  # of what has been imported: a file may change while this runs
    texts = english()
    found = []
    for method, setting, make in candidates(texts, settings):
        started = time.process_time()
        vectors = make()
        seconds = time.process_time() - started
        found.append(Tried(method, setting, seconds, {half: answers(vectors, half) for half in HALVES}))
        print(found[-1].row(), flush=True)
    versions = {each.__name__: each.__version__ for each in (torch, gensim, np, scipy)}
    content = {
        "settings": settings._asdict(),
        "versions": {"python": platform.python_version(), **versions},
        "code": code,
        "words": sum(map(len, texts)),
        "vocabulary": len(vectors.vocabulary),
        "items": {name: sum(len(found[0].answers[half][name]) for half in HALVES) for name in [*PAIRS, ANALOGIES]},
        "tried": [each.row() for each in found],
        "reported": reported(found, settings),
    }
    path.write_text(json.dumps(content, indent=1) + "\n")
    for title in ("tried", "reported"):
        print(f"\n{title}", pd.DataFrame(content[title]).round(3).to_string(index=False), sep="\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
