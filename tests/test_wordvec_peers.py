"""benchmarks/wordvec_peers.py: each method is tuned alike, on items that do not judge it, and a run may be interrupted."""

import importlib
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from browsing import ROOT
from scipy.stats import spearmanr

from kexue_widgets import wordvec
from kexue_widgets.wordvec import count_in_window, glove_vectors


@pytest.fixture(scope="module")
def peers() -> Iterator[ModuleType]:
    pytest.importorskip("gensim")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        yield importlib.import_module("wordvec_peers")


@pytest.fixture(scope="module")
def methods(peers: ModuleType) -> ModuleType:
    return importlib.import_module("_wordvec_methods")


def searching(peers: ModuleType, even: Callable, odd: Callable, trainings: int = 36) -> tuple[object, list[dict]]:
    """A search over three settings of three values, and what has been measured, in turn; scores are those of two functions."""
    measured: list[dict] = []

    def measure(setting: dict) -> dict:
        measured.append(setting)
        scores = {"w": {"even": {"mean": even(**setting)}, "odd": {"mean": odd(**setting)}}}
        return {"key": str(len(measured)), "setting": setting, "scores": scores}

    steps = tuple(tuple({name: value} for value in range(3)) for name in "abc")
    return peers.Search("any", peers.Method(None, steps), measure, trainings), measured


def test_each_half_searches_by_itself(peers: ModuleType) -> None:
    def even(a: int, b: int, c: int) -> float:
        return -abs(a - 1) - abs(b - 2) - abs(c - 1)

    def rather(a: int, b: int, c: int) -> float:
        return a + b - c

    chosen = [searching(peers, even, odd)[0].run() for odd in (rather, even)]
    assert [each["even"].setting for each in chosen] == [{"a": 1, "b": 2, "c": 1}] * 2
    assert chosen[0]["odd"].setting == {"a": 2, "b": 2, "c": 0}


def test_a_search_measures_nothing_twice_and_no_more_than_it_may(peers: ModuleType) -> None:
    def score(a: int, b: int, c: int) -> float:
        return a + b + c

    search, measured = searching(peers, score, score)
    assert search.run()["both"].setting == {"a": 2, "b": 2, "c": 2}
    assert len({str(each) for each in measured}) == len(measured) < 27
    search, measured = searching(peers, score, score, trainings=4)
    assert search.run()["both"].setting == {"a": 2, "b": 1, "c": 0}
    assert len(measured) == 4


def test_a_search_may_begin_where_another_has_ended(peers: ModuleType) -> None:
    measured: list[dict] = []

    def measure(setting: dict) -> dict:
        measured.append(setting)
        value = setting["a"] + setting["b"]
        return {
            "key": str(setting),
            "setting": setting,
            "scores": {"w": {half: {"mean": value} for half in peers.HALVES}},
        }

    steps = (({"b": 0}, {"b": 1}),)
    first = {"even": {"a": 1}, "odd": {"a": 5}}
    chosen = peers.Search("any", peers.Method(None, steps), measure, 9, first).run()
    assert [chosen[half].setting for half in peers.HALVES] == [{"a": 1, "b": 1}, {"a": 5, "b": 1}]
    assert len(measured) == 4


def test_fasttext_is_tuned_after_word2vec_and_by_the_length_of_its_parts_alone(peers: ModuleType) -> None:
    assert peers.NAMES[0] == peers.PEER
    assert peers.NAMES[-1] == peers.SUBWORDS
    assert set(peers.NAMES) == set(peers.METHODS)
    lengths = [step for step in peers.METHODS[peers.SUBWORDS].steps if peers.LENGTHS in step[0]]
    assert len(lengths) == 1


def test_rows_outlive_an_interruption_and_those_of_other_code_do_not_count(peers: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    old = peers.Rows(path, "old")
    old.get("one", lambda: {"seconds": 1.0})
    new = peers.Rows(path, "new")
    assert new.get("one", lambda: {"seconds": 2.0})["seconds"] == 2.0
    new.get("two", lambda: {"seconds": 3.0})
    path.write_text(path.read_text()[:-5])
    again = peers.Rows(path, "new")
    assert set(again.found) == {"one"}
    assert again.get("one", lambda: pytest.fail("it is there"))["seconds"] == 2.0


def test_scores_by_ranks_are_those_by_cosines_and_parts_have_a_score_each(peers: ModuleType) -> None:
    rng = np.random.default_rng(0)
    words = [f"word{number}" for number in range(40)]
    items = [(*pair, float(rng.normal())) for pair in itertools.pairwise(words)]
    vocabulary = wordvec.Vocabulary(words[1:], np.ones(39))
    exam = peers.Exam.of(items, vocabulary, 2)
    judged = np.stack([rng.normal(size=38), [rating for *_, rating in items[1:]]], 1)
    # the first item is not known: what remains begins with an odd one
    expected = np.mean([spearmanr(*judged[start::2].T)[0] for start in (0, 1)])
    assert exam.score(peers.unpacked(peers.packed(judged))) == pytest.approx(expected)


def test_items_that_share_a_word_are_drawn_together(peers: ModuleType) -> None:
    words = [f"word{number}" for number in range(20)]
    star = [(words[0], other, float(number)) for number, other in enumerate(words[1:])]
    exam = peers.Exam.of(star, wordvec.Vocabulary(words, np.ones(20)), 1)
    rng = np.random.default_rng(0)
    sizes = np.array([len(exam.draw(rng)) for _ in range(400)])
    # where the common word is not drawn, with probability (1 - 1/20)^20, nothing is left
    assert (sizes == 0).mean() == pytest.approx(0.95**20, abs=0.08)
    questions = [(*one, *other) for one, other in itertools.permutations(zip(words[::2], words[1::2], strict=True), 2)]
    exam = peers.Exam.of(questions, wordvec.Vocabulary(words, np.ones(20)), 1)
    assert exam.clusters.max() == 9
    drawn = exam.draw(rng)
    often = np.bincount(drawn, minlength=len(questions))
    sides = {tuple(exam.clusters[number]): count for number, count in enumerate(often)}
    assert all(sides[one, other] == sides[other, one] for one, other in sides)


def test_counts_that_are_neither_smoothed_nor_shifted_are_the_packages(methods: ModuleType) -> None:
    some, settings = wordvec.wikipedia()[::40], methods.Settings()
    counts = count_in_window(some, dynamic=True)
    plain = methods.counted(some, settings, dynamic=True)
    for positive in (False, True):
        assert abs(plain.pmi_matrix(positive=positive) - counts.pmi_matrix(positive=positive)).max() < 1e-12
    both = methods.counted(some, settings, dynamic=True, smoothing=0.75, shift=2).pmi_matrix()
    one_sided = counts.pmi_matrix(smoothing=0.75, shift=2)
    assert abs(both - (one_sided + one_sided.T) / 2).max() < 1e-12
    assert abs(both - both.T).max() < 1e-12


def test_vectors_are_taken_as_trained_centred_or_rooted(methods: ModuleType) -> None:
    rng = np.random.default_rng(0)
    table, contexts = rng.normal(size=(2, 50, 4)) + 1
    made = methods.Trained(wordvec.Vocabulary([str(each) for each in range(50)], np.ones(50)), table, contexts)
    variants = {name: vectors.vectors for name, vectors in made.variants().items()}
    np.testing.assert_allclose(variants["w + c"], table + contexts, rtol=1e-6)
    np.testing.assert_allclose(variants["w, centred"].mean(0), 0, atol=1e-6)
    values = np.linalg.svd(table, compute_uv=False)
    np.testing.assert_allclose(np.linalg.svd(variants["w, rooted"], compute_uv=False), values**0.5, rtol=1e-5)
    assert len(variants) == 6


def test_glove_with_the_packages_settings_is_the_packages(methods: ModuleType) -> None:
    some, settings = wordvec.wikipedia()[::40], methods.Settings(dimension=5)
    keywords = {"alpha": 0.75, "x_max": 100, "epochs": 1}
    made = methods.from_glove(some, settings, dynamic=False, rate=0.1, **keywords)
    expected = glove_vectors(count_in_window(some), 5, **keywords)
    np.testing.assert_allclose(made.words + made.contexts, expected.vectors, rtol=1e-4, atol=1e-6)


def test_a_run_that_goes_on_trains_nothing_again_and_held_out_items_are_not_looked_at_before(
    peers: ModuleType, methods: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trained: list[str] = []

    def counting(name: str, make: Callable) -> Callable:
        return lambda *arguments, **keywords: trained.append(name) or make(*arguments, **keywords)

    pmi = {"dynamic": True, "smoothing": 1, "shift": 1, "negative_axes": 0}
    few = {
        peers.PEER: methods.Method(counting("peer", methods.word2vec), (({"sg": 0, "epochs": 1},),)),
        "svd_vectors": methods.Method(counting("svd", methods.from_svd), (methods.values("power", 0, 3), (pmi,))),
    }
    held_out = {"pairs": peers.PAIRS["SimLex-999"][::3], "questions": peers.QUESTIONS[::3]}
    monkeypatch.setattr(peers, "METHODS", few)
    monkeypatch.setattr(peers, "NAMES", tuple(few))
    monkeypatch.setattr(peers, "english", lambda: wordvec.wikipedia()[::10])
    monkeypatch.setattr(peers, "held_out_sets", lambda: pytest.fail("the search is over", pytrace=False))
    path, settings = tmp_path / "found.json", peers.Settings(dimension=20, resamples=20)
    with pytest.raises(pytest.fail.Exception, match="the search is over"):
        peers.main(path, settings)
    assert trained == ["peer", "svd", "svd"]
    monkeypatch.setattr(peers, "held_out_sets", lambda: held_out)
    monkeypatch.setattr(peers, "SEEDS", (0, 1))
    peers.main(path, settings)
    # two finalists with two seeds each, and once more each for the time
    assert sorted(trained[3:]) == ["peer"] * 3 + ["svd"] * 3
    content = json.loads(path.read_text())
    assert "another text" in content["left_out"]
    assert content["trainings"] == {peers.PEER: 1, "svd_vectors": 2}
    svd, peer = (content["held_out"][name] for name in ("svd_vectors", peers.PEER))
    assert svd["seeds"][0] == svd["seeds"][1] == pytest.approx((svd["pairs"] + svd["questions"]) / 2)
    assert peer["against"] is None
    for row in (svd, content["reported"]["svd_vectors"]):
        assert all(low <= high for low, high in row["against"].values())
