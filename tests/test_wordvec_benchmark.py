"""benchmarks/wordvec.py: each method is tuned alike, on items that do not judge it; a run may be interrupted; the chapter says what came of it."""

import importlib
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from browsing import ROOT
from scipy.stats import spearmanr

from kexue_widgets import wordvec
from kexue_widgets.wordvec import Vocabulary, WordVectors, count_in_window, glove_vectors


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    pytest.importorskip("gensim")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        yield importlib.import_module("wordvec")


@pytest.fixture(scope="module")
def methods(benchmark: ModuleType) -> ModuleType:
    return importlib.import_module("_wordvec_methods")


@pytest.fixture(scope="module")
def items(benchmark: ModuleType) -> ModuleType:
    return importlib.import_module("_wordvec_items")


def test_scores_are_those_of_gensims_evaluation(items: ModuleType) -> None:
    from gensim.models import KeyedVectors

    # Every third word of the tests, and some analogies that more or less hold
    rng = np.random.default_rng(0)
    judged = sorted({word for pairs in items.PAIRS.values() for pair in pairs for word in pair[:2]})[::3]
    words = sorted({*judged, *itertools.chain(*items.QUESTIONS[:60])})
    index = {word: number for number, word in enumerate(words)}
    vectors = rng.normal(size=(len(words), 20))
    for a, b, c, d in items.QUESTIONS[:60:2]:
        vectors[index[d]] = vectors[index[b]] - vectors[index[a]] + vectors[index[c]] + 2 * rng.normal(size=20)
    ours = WordVectors(Vocabulary(words, np.arange(len(words), 0, -1)), vectors)
    theirs = KeyedVectors(20)
    theirs.add_vectors(words, ours.vectors)
    for name, file in (("WordSim-353", "wordsim353.tsv"), ("SimLex-999", "simlex999.txt")):
        expected = theirs.evaluate_word_pairs(items.DATA / file, case_insensitive=True)[1].statistic
        assert items.score(items.cosines_and_ratings(ours, items.PAIRS[name])) == pytest.approx(expected, abs=1e-6)
    share, _ = theirs.evaluate_word_analogies(items.DATA / "questions-words.txt", case_insensitive=True)
    found = items.score(items.answered(ours, items.QUESTIONS))
    assert found == pytest.approx(share)
    assert 0.1 < found < 0.9


def test_held_out_items_are_none_of_those_that_settings_are_chosen_by(
    items: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one, other, judgement = items.PAIRS["SimLex-999"][0]
    for name in ("MEN_dataset_natural_form_full.tsv", "MTURK-771.tsv", "rw.tsv"):
        (tmp_path / name).write_text(f"Sun\tmoon\t4.5\n{other}\t{one}\t{judgement}\n")
    known = " ".join(items.QUESTIONS[0]).title()
    (tmp_path / "MSR-syntax.txt").write_text(f": all\n{known}\nsends sent walks walked\n")
    monkeypatch.setattr(items, "distribution", lambda name: SimpleNamespace(locate_file=lambda path: tmp_path))
    pairs = [("sun", "moon", 4.5)]
    analogies = [("sends", "sent", "walks", "walked")]
    assert items.held_out_sets() == {"MEN": pairs, "MTurk-771": pairs, "rare words": pairs, "MSR": analogies}


def searching(benchmark: ModuleType, even: Callable, odd: Callable, trainings: int = 36) -> tuple[object, list[dict]]:
    """A search over three settings of three values, and what has been measured, in turn; scores are those of two functions."""
    measured: list[dict] = []

    def measure(setting: dict) -> dict:
        measured.append(setting)
        scores = {"w": {"even": {"mean": even(**setting)}, "odd": {"mean": odd(**setting)}}}
        return {"key": str(len(measured)), "setting": setting, "scores": scores}

    steps = tuple(tuple({name: value} for value in range(3)) for name in "abc")
    return benchmark.Search("any", benchmark.Method(None, steps), measure, trainings), measured


def test_each_half_searches_by_itself(benchmark: ModuleType) -> None:
    def even(a: int, b: int, c: int) -> float:
        return -abs(a - 1) - abs(b - 2) - abs(c - 1)

    def rather(a: int, b: int, c: int) -> float:
        return a + b - c

    chosen = [searching(benchmark, even, odd)[0].run() for odd in (rather, even)]
    assert [each["even"].setting for each in chosen] == [{"a": 1, "b": 2, "c": 1}] * 2
    assert chosen[0]["odd"].setting == {"a": 2, "b": 2, "c": 0}


def test_a_search_measures_nothing_twice_and_no_more_than_it_may(benchmark: ModuleType) -> None:
    def score(a: int, b: int, c: int) -> float:
        return a + b + c

    search, measured = searching(benchmark, score, score)
    assert search.run()["both"].setting == {"a": 2, "b": 2, "c": 2}
    assert len({str(each) for each in measured}) == len(measured) < 27
    search, measured = searching(benchmark, score, score, trainings=4)
    assert search.run()["both"].setting == {"a": 2, "b": 1, "c": 0}
    assert len(measured) == 4


def test_a_search_may_begin_where_another_has_ended(benchmark: ModuleType) -> None:
    measured: list[dict] = []

    def measure(setting: dict) -> dict:
        measured.append(setting)
        value = setting["a"] + setting["b"]
        return {
            "key": str(setting),
            "setting": setting,
            "scores": {"w": {half: {"mean": value} for half in benchmark.HALVES}},
        }

    steps = (({"b": 0}, {"b": 1}),)
    first = {"even": {"a": 1}, "odd": {"a": 5}}
    chosen = benchmark.Search("any", benchmark.Method(None, steps), measure, 9, first).run()
    assert [chosen[half].setting for half in benchmark.HALVES] == [{"a": 1, "b": 1}, {"a": 5, "b": 1}]
    assert len(measured) == 4


def test_fasttext_is_tuned_after_word2vec_and_by_the_length_of_its_parts_alone(benchmark: ModuleType) -> None:
    assert benchmark.NAMES[0] == benchmark.PEER
    assert benchmark.NAMES[-1] == benchmark.SUBWORDS
    assert set(benchmark.NAMES) == set(benchmark.METHODS)
    lengths = [step for step in benchmark.METHODS[benchmark.SUBWORDS].steps if benchmark.LENGTHS in step[0]]
    assert len(lengths) == 1


def test_rows_outlive_an_interruption_and_those_of_other_code_do_not_count(
    benchmark: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    old = benchmark.Rows(path, "old")
    old.get("one", lambda: {"seconds": 1.0})
    new = benchmark.Rows(path, "new")
    assert new.get("one", lambda: {"seconds": 2.0})["seconds"] == 2.0
    new.get("two", lambda: {"seconds": 3.0})
    path.write_text(path.read_text()[:-5])
    again = benchmark.Rows(path, "new")
    assert set(again.found) == {"one"}
    assert again.get("one", lambda: pytest.fail("it is there"))["seconds"] == 2.0


def test_scores_by_ranks_are_those_by_cosines_and_parts_have_a_score_each(benchmark: ModuleType) -> None:
    rng = np.random.default_rng(0)
    words = [f"word{number}" for number in range(40)]
    items = [(*pair, float(rng.normal())) for pair in itertools.pairwise(words)]
    vocabulary = wordvec.Vocabulary(words[1:], np.ones(39))
    exam = benchmark.Exam.of(items, vocabulary, 2)
    judged = np.stack([rng.normal(size=38), [rating for *_, rating in items[1:]]], 1)
    # the first item is not known: what remains begins with an odd one
    expected = np.mean([spearmanr(*judged[start::2].T)[0] for start in (0, 1)])
    assert exam.score(benchmark.unpacked(benchmark.packed(judged))) == pytest.approx(expected)


def test_items_that_share_a_word_are_drawn_together(benchmark: ModuleType) -> None:
    words = [f"word{number}" for number in range(20)]
    star = [(words[0], other, float(number)) for number, other in enumerate(words[1:])]
    exam = benchmark.Exam.of(star, wordvec.Vocabulary(words, np.ones(20)), 1)
    rng = np.random.default_rng(0)
    sizes = np.array([len(exam.draw(rng)) for _ in range(400)])
    # where the common word is not drawn, with probability (1 - 1/20)^20, nothing is left
    assert (sizes == 0).mean() == pytest.approx(0.95**20, abs=0.08)
    questions = [(*one, *other) for one, other in itertools.permutations(zip(words[::2], words[1::2], strict=True), 2)]
    exam = benchmark.Exam.of(questions, wordvec.Vocabulary(words, np.ones(20)), 1)
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
    benchmark: ModuleType, methods: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trained: list[str] = []

    def counting(name: str, make: Callable) -> Callable:
        return lambda *arguments, **keywords: trained.append(name) or make(*arguments, **keywords)

    pmi = {"dynamic": True, "smoothing": 1, "shift": 1, "negative_axes": 0}
    few = {
        benchmark.PEER: methods.Method(counting("peer", methods.word2vec), (({"sg": 0, "epochs": 1},),)),
        "svd_vectors": methods.Method(counting("svd", methods.from_svd), (methods.values("power", 0, 3), (pmi,))),
    }
    held_out = {"pairs": benchmark.PAIRS["SimLex-999"][::3], "questions": benchmark.QUESTIONS[::3]}
    monkeypatch.setattr(benchmark, "METHODS", few)
    monkeypatch.setattr(benchmark, "NAMES", tuple(few))
    monkeypatch.setattr(benchmark, "english", lambda: wordvec.wikipedia()[::10])
    monkeypatch.setattr(benchmark, "held_out_sets", lambda: pytest.fail("the search is over", pytrace=False))
    path, settings = tmp_path / "found.json", benchmark.Settings(dimension=20, resamples=20)
    with pytest.raises(pytest.fail.Exception, match="the search is over"):
        benchmark.main(path, settings)
    assert trained == ["peer", "svd", "svd"]
    monkeypatch.setattr(benchmark, "held_out_sets", lambda: held_out)
    monkeypatch.setattr(benchmark, "SEEDS", (0, 1))
    benchmark.main(path, settings)
    assert sorted(trained[3:]) == ["peer"] * 2 + ["svd"] * 2  # two finalists with two seeds each
    content = json.loads(path.read_text())
    assert "another text" in content["left_out"]
    assert content["trainings"] == {benchmark.PEER: 1, "svd_vectors": 2}
    svd, peer = (content["held_out"][name] for name in ("svd_vectors", benchmark.PEER))
    assert svd["seeds"][0] == svd["seeds"][1] == pytest.approx((svd["pairs"] + svd["questions"]) / 2)
    assert peer["against"] is None
    for row in (svd, content["reported"]["svd_vectors"]):
        assert all(low <= high for low, high in row["against"].values())


def test_the_chapters_comparison_is_of_this_code_and_says_what_the_chapter_says(benchmark: ModuleType) -> None:
    assert benchmark.RESULTS.is_current(), "python benchmarks/wordvec.py writes it afresh"
    content = benchmark.RESULTS.read()
    opinion, subwords = "weighted_vectors, unseen", benchmark.SUBWORDS

    def side(row: dict, test: str) -> int:
        """Where the interval lies: above 0, below, or on both sides."""
        low, high = row["against"][test]
        return (low > 0) - (high < 0)

    found, tests = content["reported"], ("WordSim-353", "SimLex-999", "analogies", "mean")
    assert found[subwords]["mean"] == max(each["mean"] for each in found.values())
    assert [side(found[subwords], test) for test in tests] == [0, 0, 1, 1]
    assert [side(found[opinion], test) for test in tests] == [0, 0, 0, 0]
    assert [side(found["svd_vectors"], test) for test in tests] == [0, 0, -1, 0]
    assert side(found["glove_vectors"], "mean") == -1
    seeds = found[benchmark.PEER]["seeds"]
    assert 0 < found[opinion]["mean"] - found[benchmark.PEER]["mean"] < max(seeds) - min(seeds)
    assert list(content["items"].values()) == [290, 827, 9574]

    found, tests = content["held_out"], ("MEN", "MTurk-771", "rare words", "MSR", "mean")
    assert [side(found[subwords], test) for test in tests] == [0, 0, 0, 1, 1]
    assert [side(found[opinion], test) for test in tests] == [0, 0, 0, -1, 0]
    assert all(found[opinion][test] > found[benchmark.PEER][test] for test in tests[:3])
    assert side(found["svd_vectors"], "mean") == 0
    assert found["svd_vectors"]["against"]["MSR"][0] < found[opinion]["against"]["MSR"][0]
    for name in (opinion, "svd_vectors"):
        low, high = found[name]["against"]["mean"]
        assert low < -0.03
        assert high > 0.03
    assert list(content["held_out_items"].values()) == [1807, 602, 407, 4408]
    assert found[subwords]["MSR"] == pytest.approx(3 / 4, abs=0.03)

    seconds = content["seconds"]
    assert 2 < seconds[benchmark.PEER] / seconds[opinion] < 3
    assert 30 < seconds[benchmark.PEER] / seconds["svd_vectors"] < 45

    assert list(content["trainings"].values()) == [21, 21, 18, 21, 6]
    for name, kept in ((opinion, ("negative_axes=10", "alpha=0.25")), ("svd_vectors", ("negative_axes=10",))):
        assert all(each in content["chosen"][name][which] for which in benchmark.HALVES for each in kept)
    assert content["chosen"][benchmark.PEER]["both"] not in [
        content["chosen"][benchmark.PEER][which] for which in benchmark.HALVES
    ]

    def tried(method: str, *parts: str) -> list[dict]:
        """What was tried of a method, the best first."""
        ways = [each for each in content["tried"] if each["method"] == method]
        ways = [each for each in ways if set(parts) <= set(each["setting"].split(", "))]
        return sorted(ways, key=lambda each: -each["mean"])

    best = {name: tried(name)[0]["mean"] for name in benchmark.NAMES}
    assert 0 < best[benchmark.PEER] - best[opinion] < 0.005
    assert all(best["glove_vectors"] < 0.7 * best[name] for name in best if name != "glove_vectors")
    assert {each["setting"].partition("rate=")[2][:4] for each in tried("glove_vectors")} == {"0.05", "0.1,", "0.2,"}
    assert "rate=0.05" in tried("glove_vectors")[0]["setting"]

    fewer = [tried(benchmark.PEER, "epochs=20", "sg=0")[0], tried(opinion, "epochs=10", "unseen=0.1", "x_max=100")[0]]
    assert all(best[each["method"]] - each["mean"] < 0.004 for each in fewer)
    assert 1.5 < fewer[0]["seconds"] / fewer[1]["seconds"] < 2.5

    alike = ("epochs=10", "unseen=0.1", "x_max=100", "alpha=0.25", "shift=1", "smoothing=1", "dynamic=True")
    axes = [tried(opinion, *alike, f"negative_axes={count}") for count in (0, 10, 20)]
    assert [round(each["mean"], 3) for (each,) in axes] == [0.333, 0.34, 0.335]
    assert [len(tried(opinion, f"negative_axes={count}")) for count in (0, 10, 20)] == [2, 17, 2]
    (without,) = tried(opinion, "unseen=0")
    assert without["mean"] < 0.8 * best[opinion]
