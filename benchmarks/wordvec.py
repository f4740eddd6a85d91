"""Word vectors from one text by five methods, each tuned by the same search: how well they agree with people, and how long
they take.

English Wikipedia summaries and State of the Union addresses, the same words, window and dimension for all. What is
compared: gensim's Word2Vec and FastText, GloVe, and ours, with the settings that `_wordvec_methods.py` lists, by the items
of `_wordvec_items.py`. Each method has the same search and at most as many trainings as word2vec needs to go through all
its settings once. The search changes one kind of setting at a time and keeps what is best, round after round, until nothing
gets better. Each half of the items has a search of its own, which does not see the other half. Of every training w, w + c,
and either centred or rooted, are all looked at. Searching is with one seed, and begins with few epochs. It begins with
gensim's defaults and with GloVe's, but ours with what an earlier search had found, for which items of both halves had been
looked at: a lead of ours that only the halves show is to be read with that in mind. FastText, which is word2vec with parts
of words, begins with what word2vec's search has found, and only the lengths of those parts are searched.

Finalists are what each half found best, judged by the other half, and what is best on both, judged by the held-out sets,
which no search looks at. Each is trained with three seeds. Intervals hold 95 % of the differences to word2vec when words
are drawn anew for rated pairs, and word pairs for analogies (an item counts as often as its two were drawn, times each
other: Owen 2007, "The pigeonhole bootstrap"), and for each method one of its trainings. Times are those of the processor,
counting included: the median of the three trainings with what is best on both halves.

Usage: python benchmarks/wordvec.py [file]; without one it writes what the chapter reads, book/data/wordvec.json. That takes
hours. Each training is written beside it, in wordvec.jsonl, as soon as it is done: after an interruption the same command
goes on from there.
"""

import base64
import json
import platform
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import gensim
import numpy as np
import pandas as pd
import scipy
import torch
from _stored import WORDVEC as RESULTS
from _wordvec_items import (
    ANALOGIES,
    HALVES,
    PAIRS,
    QUESTIONS,
    SETTINGS,
    Answers,
    Items,
    Settings,
    answers,
    half,
    held_out_sets,
    intervals,
    score,
    scores,
)
from _wordvec_methods import METHODS, PEER, Method, Setting, Texts, Trained
from scipy.stats import rankdata

from kexue_widgets.cache import write_whole
from kexue_widgets.results import StoredResults
from kexue_widgets.wordvec import Vocabulary, english

TRAINING = tuple(path for path in RESULTS.code if path != "benchmarks/wordvec.py")
ROWS = StoredResults("wordvec.jsonl", RESULTS.command, TRAINING)
TRAININGS = 21  # that each method's search has, those of both halves together
SUBWORDS, LENGTHS = "gensim.FastText", "min_n"
NAMES = (*(name for name in METHODS if name != SUBWORDS), SUBWORDS)  # word2vec comes before FastText
SEEDS = (0, 1, 2)
BOTH = "both"
LEFT_OUT = (
    "The intervals are about other items and other seeds. They leave out another text, another window or dimension, and "
    "that other settings might have been found: those were chosen once, with one seed, on one half of the items for the "
    "intervals on the other, and on both for those on the held-out sets. And the search for ours began with what an earlier "
    "one had found on all items."
)

Row = dict[str, Any]


class Choice(NamedTuple):
    """A setting, and which of the vectors that it leaves."""

    setting: Setting
    variant: str


class Rows:
    """Trainings that are done, in a file with a line for each; those of other code, and a line cut short, do not count."""

    def __init__(self, path: Path, code: str) -> None:
        self.path, self.code = path, code
        self.found: dict[str, Row] = {}
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if row["code"] == code:
                self.found[row["key"]] = row
        write_whole(path, "".join(json.dumps(row) + "\n" for row in self.found.values()))

    def get(self, key: str, make: Callable[[], Row]) -> Row:
        """What stands under a key; made and written if nothing does."""
        if key not in self.found:
            self.found[key] = {"key": key, "code": self.code, **make()}
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self.found[key]) + "\n")
            print(key, self.found[key]["seconds"], flush=True)
        return self.found[key]


def name_of(setting: Setting) -> str:
    """sg=1, alpha=0.05 and so on, in the order of the alphabet."""
    return ", ".join(f"{name}={value}" for name, value in sorted(setting.items()))


def timed(make: Callable[[], Trained]) -> tuple[Trained, float]:
    """What is made, and the processor's seconds."""
    started = time.process_time()
    return make(), time.process_time() - started


class Search:
    """A method's search, one for each half that looks at that half alone.

    Args:
        name, method: what is searched.
        measure: the row of a setting, with the scores of each variant on each half.
        trainings: how many settings may be measured, those of both halves together.
        first: where each half begins; without it, with the first values of the method's steps.
    """

    def __init__(
        self,
        name: str,
        method: Method,
        measure: Callable[[Setting], Row],
        trainings: int,
        first: dict[str, Setting] | None = None,
    ) -> None:
        self.name, self.method, self.measure, self.trainings = name, method, measure, trainings
        self.first = {half: method.first() | (first or {}).get(half, {}) for half in HALVES}
        self.rows: dict[str, Row] = {}
        self.seen: dict[str, set[str]] = {each: set() for each in HALVES}  # names of settings

    def run(self) -> dict[str, Choice]:
        """The choice of either half, and of both together."""
        best, before = dict(self.first), None
        while before != best:
            before = dict(best)
            for step in self.method.steps:
                for which in HALVES:
                    best[which] = self._best_of(which, [best[which] | each for each in step])
        chosen = {which: self._choice([self.rows[name] for name in self.seen[which]], which) for which in HALVES}
        return {**chosen, BOTH: self._choice(list(self.rows.values()), BOTH)}

    def _best_of(self, which: str, settings: list[Setting]) -> Setting:
        for setting in settings:
            name = name_of(setting)
            if name not in self.rows and len(self.rows) == self.trainings:
                continue
            self.rows[name] = self.rows.get(name) or self.measure(setting)
            self.seen[which].add(name)
        known = [each for each in settings if name_of(each) in self.seen[which]]
        return max(known, key=lambda each: best_score(self.rows[name_of(each)], which)[0])

    def _choice(self, rows: list[Row], which: str) -> Choice:
        row = max(sorted(rows, key=lambda row: row["key"]), key=lambda row: best_score(row, which)[0])
        return Choice(row["setting"], best_score(row, which)[1])


def best_score(row: Row, which: str) -> tuple[float, str]:
    """The best mean of the three sets that a variant of a training has on a half, or on both; and that variant."""
    used = HALVES if which == BOTH else [which]
    means = {
        variant: float(np.mean([of_halves[each]["mean"] for each in used]))
        for variant, of_halves in row["scores"].items()
    }
    return max((mean, variant) for variant, mean in means.items())


def chosen_of(
    name: str,
    texts: Texts,
    settings: Settings,
    rows: Rows,
    items: dict[str, Items],
    found: dict[str, dict[str, Choice]],
) -> tuple[Search, dict[str, Choice]]:
    """The search of a method, whose trainings are in `rows`, and its choices; `found` are those of the methods before it."""
    method, first = METHODS[name], None
    if name == SUBWORDS:
        method = Method(method.make, tuple(step for step in method.steps if LENGTHS in step[0]))
        first = {which: choice.setting for which, choice in found[PEER].items()}

    def measure(setting: Setting) -> Row:
        def make() -> Row:
            trained, seconds = timed(lambda: method.make(texts, settings, **setting))
            of_variants = {
                variant: {which: scores(answers(vectors, items[which])) for which in HALVES}
                for variant, vectors in trained.variants().items()
            }
            return {"method": name, "setting": setting, "seconds": seconds, "scores": of_variants}

        return rows.get(f"{name}: {name_of(setting)}", make)

    search = Search(name, method, measure, TRAININGS, first)
    return search, search.run()


class Exam(NamedTuple):
    """Known items of a set: all that judging needs besides the answers."""

    ratings: np.ndarray | None  # (n,), of rated pairs
    clusters: np.ndarray  # (n, 2): numbers of the two words, or the two word pairs, of each item
    parts: np.ndarray  # (n,): numbers of the parts that have a score each; that of the set is their mean

    @classmethod
    def of(cls, items: list[Any], vocabulary: Vocabulary, parts: int) -> "Exam":
        """Of a set; item i is in part i modulo `parts`."""
        rated = len(items[0]) == 3
        known = [i for i, item in enumerate(items) if all(word in vocabulary for word in item[: 2 if rated else 4])]
        sides = [items[i][:2] if rated else (items[i][:2], items[i][2:]) for i in known]
        numbers: dict[Any, int] = {}
        clusters = np.array([[numbers.setdefault(side, len(numbers)) for side in both] for both in sides])
        ratings = np.array([items[i][2] for i in known]) if rated else None
        return cls(ratings, clusters, np.array(known) % parts)

    def score(self, answer: np.ndarray, drawn: np.ndarray | slice = slice(None)) -> float:
        """Of answers (n,): cosines, or their ranks, or what is right."""
        whole = answer if self.ratings is None else np.stack([answer, self.ratings], 1)
        whole, parts = whole[drawn], self.parts[drawn]
        return float(np.mean([score(whole[parts == part]) for part in np.unique(self.parts)]))

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Items, each as often as both its clusters were drawn, times each other."""
        count = self.clusters.max() + 1
        often = np.bincount(random.integers(count, size=count), minlength=count)
        return np.repeat(np.arange(len(self.clusters)), often[self.clusters].prod(1))


def packed(answer: np.ndarray) -> str:
    """Ranks of cosines, which are all that matters of them, or what is right; as text."""
    ranks = rankdata(answer[:, 0], "ordinal") if answer.ndim == 2 else answer
    return base64.b64encode(zlib.compress(ranks.astype("<u2").tobytes())).decode()


def unpacked(text: str) -> np.ndarray:
    """What was packed, (n,)."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u2").astype(float)


def trained_again(
    name: str, choice: Choice, seed: int, texts: Texts, settings: Settings, rows: Rows, items: Items
) -> tuple[Answers, float]:
    """What a finalist answers to all items, trained with a seed, and the processor's seconds."""

    def make() -> Row:
        arguments = settings._replace(seed=seed)
        trained, seconds = timed(lambda: METHODS[name].make(texts, arguments, **choice.setting))
        found = answers(trained.variants()[choice.variant], items)
        return {"seconds": seconds, "answers": {each: packed(answer) for each, answer in found.items()}}

    row = rows.get(f"{name}: {name_of(choice.setting)}: {choice.variant}: seed {seed}", make)
    return {each: unpacked(text) for each, text in row["answers"].items()}, row["seconds"]


Finals = dict[str, dict[int, Answers]]  # of each method, of each seed


def judged(finals: Finals, exams: dict[str, Exam], settings: Settings) -> dict[str, Row]:
    """Each method's scores, means over the seeds; its mean for each seed; and intervals of the differences to word2vec."""

    def of_sets(one: Answers, drawn: dict[str, Any]) -> dict[str, float]:
        found = {name: exam.score(one[name], drawn.get(name, slice(None))) for name, exam in exams.items()}
        return {**found, "mean": float(np.mean(list(found.values())))}

    random, draws = np.random.default_rng(settings.seed), {name: [] for name in finals}
    for _ in range(settings.resamples):
        drawn = {name: exam.draw(random) for name, exam in exams.items()}
        for name, of_seeds in finals.items():
            draws[name].append(of_sets(of_seeds[int(random.choice(list(of_seeds)))], drawn))
    rows = {}
    for name, of_seeds in finals.items():
        each = {seed: of_sets(one, {}) for seed, one in of_seeds.items()}
        apart = pd.DataFrame(draws[name]) - pd.DataFrame(draws[PEER])
        rows[name] = {
            **pd.DataFrame(each).mean(axis=1).to_dict(),
            "seeds": [one["mean"] for one in each.values()],
            # one and the same training is not compared with another of its own method
            "against": None if name == PEER else intervals({key: apart[key].to_numpy() for key in apart}),
        }
    return rows


def halves_joined(of_halves: dict[str, Answers], exams: dict[str, Exam]) -> Answers:
    """To each item the answer of the choice that is judged by its half."""
    return {name: np.choose(exam.parts, [of_halves[which][name] for which in HALVES]) for name, exam in exams.items()}


def main(path: Path = RESULTS.path, settings: Settings = SETTINGS) -> None:
    """Search, train the finalists, judge them, and write the file."""
    torch.set_num_threads(settings.threads)
    code = RESULTS.code_hash()
    rows = Rows(path.with_suffix(".jsonl"), ROWS.code_hash())
    texts = english()
    vocabulary = Vocabulary.of(texts, settings.minimum)
    halves = {which: half(which) for which in HALVES}
    searches: dict[str, Search] = {}
    chosen: dict[str, dict[str, Choice]] = {}
    for name in NAMES:
        searches[name], chosen[name] = chosen_of(name, texts, settings, rows, halves, chosen)

    tests, held_out = {**PAIRS, ANALOGIES: QUESTIONS}, held_out_sets()
    exams = {name: Exam.of(each, vocabulary, len(HALVES)) for name, each in tests.items()}
    further = {name: Exam.of(each, vocabulary, 1) for name, each in held_out.items()}
    reported: Finals = {name: {} for name in NAMES}
    last: Finals = {name: {} for name in NAMES}
    seconds: dict[str, list[float]] = {name: [] for name in NAMES}
    for seed in SEEDS:
        for name in NAMES:
            found = {
                which: trained_again(name, chosen[name][which], seed, texts, settings, rows, {**tests, **held_out})
                for which in (*HALVES, BOTH)
            }
            # A half judges what the other half has chosen
            of_halves = dict(zip(HALVES, (found[which][0] for which in reversed(HALVES)), strict=True))
            reported[name][seed] = halves_joined(of_halves, exams)
            last[name][seed] = found[BOTH][0]
            seconds[name].append(found[BOTH][1])
    versions = {each.__name__: each.__version__ for each in (torch, gensim, np, scipy)}
    content = {
        "settings": settings._asdict(),
        "versions": {"python": platform.python_version(), **versions},
        "code": code,
        "seeds": SEEDS,
        "left_out": LEFT_OUT,
        "items": {name: len(exam.parts) for name, exam in exams.items()},
        "held_out_items": {name: len(exam.parts) for name, exam in further.items()},
        "trainings": {name: len(search.rows) for name, search in searches.items()},
        "tried": [summary(row) for search in searches.values() for row in search.rows.values()],
        "chosen": {
            name: {which: f"{name_of(each.setting)}; {each.variant}" for which, each in of_halves.items()}
            for name, of_halves in chosen.items()
        },
        "reported": judged(reported, exams, settings),
        "held_out": judged(last, further, settings),
        "seconds": {name: float(np.median(each)) for name, each in seconds.items()},
    }
    write_whole(path, json.dumps(content, indent=1) + "\n")
    for title in ("tried", "reported", "held_out", "seconds"):
        table = pd.DataFrame(content[title], index=["s"] if title == "seconds" else None)
        print(f"\n{title}", (table if title == "tried" else table.T).to_string(), sep="\n")
    print(f"\n{LEFT_OUT}")


def summary(row: Row) -> Row:
    """A training with its best vectors on both halves."""
    mean, variant = best_score(row, BOTH)
    halves = {which: row["scores"][variant][which]["mean"] for which in HALVES}
    return {key: row[key] for key in ("method", "seconds")} | {
        "setting": name_of(row["setting"]),
        "vectors": variant,
        "mean": mean,
        **halves,
    }


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
