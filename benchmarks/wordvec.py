"""Word vectors from one text by five methods: how well they agree with people, and how long they take.

English Wikipedia summaries and State of the Union addresses, the same words, window and dimension for all. Three test
sets that come with gensim: WordSim-353 (Finkelstein et al. 2002) and SimLex-999 (Hill et al. 2015), of which the rank
correlation with people's judgement is taken, and Google's analogies (Mikolov et al. 2013), of which the share answered
right. Only questions whose words all are in the vocabulary count. Settings are chosen on the even items of each set, by
the mean of the three numbers; what is reported are the odd ones. Word2vec's epochs are among its settings: the last
column of the first table shows whether more of them would help. Times are those of the processor, all threads added
up, so that other work on the machine does not count.

Usage: python benchmarks/wordvec.py [threads]
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gensim
import numpy as np
import torch
from _common import print_table
from gensim.models import Word2Vec
from scipy.stats import spearmanr

from kexue_widgets.wordvec import (
    Vocabulary,
    WordVectors,
    count_in_window,
    english,
    glove_vectors,
    svd_vectors,
    weighted_vectors,
)

WINDOW, DIMENSION, MINIMUM = 5, 100, 5
DATA = Path(gensim.__file__).parent / "test" / "test_data"
TUNING, REPORT = 0, 1  # even items, odd items


def judged_pairs(name: str) -> list[tuple[str, str, float]]:
    """Two words and people's judgement, of every pair of a test set."""
    lines = (line.split("\t") for line in (DATA / name).read_text().splitlines() if line and line[0] != "#")
    return [(one.lower(), other.lower(), float(score)) for one, other, score, *_ in lines]


def analogy_questions() -> list[list[str]]:
    """Athens Greece Baghdad Iraq, and so on."""
    lines = (DATA / "questions-words.txt").read_text().lower().splitlines()
    return [line.split() for line in lines if line[0] != ":"]


PAIRS = {"WordSim-353": judged_pairs("wordsim353.tsv"), "SimLex-999": judged_pairs("simlex999.txt")}
QUESTIONS = analogy_questions()


def agreement(vectors: WordVectors, pairs: list[tuple[str, str, float]]) -> float:
    """Spearman's correlation of cosines with people's judgement."""
    known = [pair for pair in pairs if pair[0] in vectors and pair[1] in vectors]
    index = [[vectors.vocabulary[word] for word in pair[:2]] for pair in known]
    left, right = vectors.directions[np.array(index).T]
    return float(spearmanr((left * right).sum(1), [score for *_, score in known])[0])


def answered(vectors: WordVectors, questions: list[list[str]]) -> float:
    """The share of questions whose answer is the nearest word, those in the question left out."""
    known = [question for question in questions if all(word in vectors for word in question)]
    index = np.array([[vectors.vocabulary[word] for word in question] for question in known])
    unit, right = vectors.directions, 0
    for a, b, c, d in (part.T for part in np.array_split(index, len(index) // 500 + 1)):
        score = (unit[b] - unit[a] + unit[c]) @ unit.T
        for given in (a, b, c):
            score[np.arange(len(a)), given] = -np.inf
        right += int((score.argmax(1) == d).sum())
    return right / len(known)


def scores(vectors: WordVectors, half: int) -> list[float]:
    """The three numbers on one half of the items."""
    return [*(agreement(vectors, pairs[half::2]) for pairs in PAIRS.values()), answered(vectors, QUESTIONS[half::2])]


def word2vec(texts: list[list[str]], vocabulary: Vocabulary, epochs: int, threads: int) -> WordVectors:
    """gensim's skip-gram with 5 negative samples and its other defaults."""
    sizes = {"vector_size": DIMENSION, "window": WINDOW, "min_count": MINIMUM}
    model = Word2Vec(texts, sg=1, epochs=epochs, workers=threads, seed=0, **sizes)
    order = [model.wv.key_to_index[word] for word in vocabulary.words]
    return WordVectors(vocabulary, model.wv.vectors[order])


def main(threads: int = 1) -> None:
    """Train everything, choose on one half, report the other."""
    torch.set_num_threads(threads)
    texts = english()
    started = time.process_time()
    counts = count_in_window(texts, WINDOW, MINIMUM)
    counting = time.process_time() - started
    print(f"{sum(map(len, texts)):,} words, {counts.vocabulary}, {counts}; counted in {counting:.1f} s")

    def of_counts(make: Callable[..., WordVectors], **settings: float) -> Callable[[], WordVectors]:
        return lambda: make(counts, DIMENSION, **settings)

    def candidates() -> Iterator[tuple[str, str, float, Callable[[], WordVectors]]]:
        for power in (0.0, 0.5):
            yield "PPMI and SVD", f"power {power}", counting, of_counts(svd_vectors, power=power)
        for epochs in (1, 5):
            yield "series' model", f"{epochs} epochs", counting, of_counts(weighted_vectors, epochs=epochs)
        for unseen in (0.003, 0.01, 0.03):
            setting = f"unseen {unseen}, 15 epochs"
            yield "series' model + unseen", setting, counting, of_counts(weighted_vectors, epochs=15, unseen=unseen)
        for epochs in (5, 15):
            yield "GloVe's loss", f"{epochs} epochs", counting, of_counts(glove_vectors, epochs=epochs)
        for epochs in (5, 10, 20, 40):
            make = lambda epochs=epochs: word2vec(texts, counts.vocabulary, epochs, threads)  # noqa: E731
            yield "word2vec", f"{epochs} epochs", 0.0, make

    tried, chosen = [], {}
    for method, setting, before, make in candidates():
        started = time.process_time()
        vectors = make()
        took = time.process_time() - started + before
        tuning = scores(vectors, TUNING)
        mean = float(np.mean(tuning))
        tried.append((method, setting, *(f"{value:.3f}" for value in tuning), f"{mean:.3f}", f"{took:.0f} s"))
        print(*tried[-1], flush=True)
        if method not in chosen or mean > chosen[method][0]:
            chosen[method] = (mean, setting, took, scores(vectors, REPORT))
    heads = ("setting", *PAIRS, "analogies")
    print_table("On the even items, for choosing", ("", *heads, "mean", "time"), tried)
    rows = [
        (method, setting, *(f"{value:.3f}" for value in report), f"{took:.0f} s")
        for method, (_, setting, took, report) in chosen.items()
    ]
    print_table(
        f"On the odd items: window {WINDOW}, dimension {DIMENSION}, {threads} thread(s)", ("", *heads, "time"), rows
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
