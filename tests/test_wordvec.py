"""The chapter on word vectors: counts against brute force, vectors against algebra, files against gensim."""

import errno
import gzip
import itertools
import marshal
import math
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import jieba
import numpy as np
import pytest
import torch
from chapters import cells, sayings
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import minimize

from kexue_widgets import wordvec
from kexue_widgets.wordvec import (
    Cooccurrences,
    GloVe,
    Shared,
    UnknownWord,
    Vocabulary,
    WordVectors,
    count_aligned,
    count_in_window,
    exact_pmi,
    frequent,
    glove_vectors,
    log_probability,
    pair_pmi,
    pair_weights,
    read_text,
    summed_pmi,
    svd_vectors,
    train,
    weighted_vectors,
)
from kexue_widgets.wordvec.frequent import cooccurrences, frequent_vectors

calm = settings(deadline=None, max_examples=60)
texts = st.lists(st.text("abcdefg", max_size=20).map(list), max_size=6)
DOGS = ["the dog bit the man", "the man bit the dog", "a dog and a man", "man and dog"]


def table(counts: dict[tuple[str, str], int]) -> Cooccurrences:
    """Symmetric counts given by hand."""
    words = sorted({word for pair in counts for word in pair})
    full = np.zeros((len(words), len(words)), dtype=np.int64)
    for (one, other), count in counts.items():
        full[words.index(one), words.index(other)] = full[words.index(other), words.index(one)] = count
    return Cooccurrences(Vocabulary(words, full.sum(1)), sparse.csr_array(full))


# Counting


@calm
@given(texts, st.integers(1, 8), st.integers(1, 4))
def test_counts_are_those_of_a_brute_force_count(texts: list[list[str]], window: int, minimum: int) -> None:
    found = count_in_window(texts, window, minimum)
    frequency = Counter(itertools.chain(*texts))
    known = {word for word, count in frequency.items() if count >= minimum}
    assert set(found.vocabulary.words) == known
    expected: Counter[tuple[str, str]] = Counter()
    for text in texts:
        kept = [word for word in text if word in known]
        for i, j in itertools.product(range(len(kept)), repeat=2):
            expected[kept[i], kept[j]] += i != j and abs(i - j) <= window
    for (i, one), (j, other) in itertools.product(enumerate(found.vocabulary.words), repeat=2):
        assert found.counts[i, j] == expected[one, other]
    total = sum(expected.values())
    meetings = {word: sum(expected[word, other] for other in known) for word in known}
    for one, other in itertools.product(known, repeat=2):
        met = expected[one, other]
        pmi = math.log(met * total / (meetings[one] * meetings[other])) if met else -math.inf
        assert found.pmi(one, other) == pytest.approx(pmi, abs=1e-12)


@calm
@given(texts, st.integers(1, 6))
def test_dynamic_windows_count_the_mean_over_all_their_lengths(texts: list[list[str]], window: int) -> None:
    found = count_in_window(texts, window, 1, dynamic=True).counts.toarray()
    each = [count_in_window(texts, length, 1).counts.toarray() for length in range(1, window + 1)]
    np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-12)


@calm
@given(texts, st.integers(1, 5))
def test_counting_in_pieces_changes_nothing(texts: list[list[str]], chunk: int) -> None:
    whole = count_in_window(texts, 3, 1).counts.toarray()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wordvec.counts, "CHUNK", chunk)
        pieces = count_in_window(texts, 3, 1).counts.toarray()
    np.testing.assert_array_equal(pieces, whole)


@calm
@given(
    st.lists(st.integers(0, 9).flatmap(lambda n: st.tuples(*[st.text("abcde", min_size=n, max_size=n).map(list)] * 2)))
)
def test_aligned_counts_are_those_of_a_brute_force_count(pairs: list[tuple[list[str], list[str]]]) -> None:
    found = count_aligned(pairs, 2)
    frequency = Counter(itertools.chain(*itertools.chain(*pairs)))
    known = {word for word, count in frequency.items() if count >= 2}
    assert set(found.vocabulary.words) == known
    expected: Counter[tuple[str, str]] = Counter()
    for upper, lower in pairs:
        for one, other in zip(upper, lower, strict=True):
            expected[one, other] += 1
            expected[other, one] += 1
    for (i, one), (j, other) in itertools.product(enumerate(found.vocabulary.words), repeat=2):
        assert found.counts[i, j] == expected[one, other]


@calm
@given(texts, st.sampled_from([1.0, 0.75, 0.3]), st.sampled_from([1.0, 5.0]))
def test_pmi_matrix_is_the_formula_entry_by_entry(texts: list[list[str]], smoothing: float, shift: float) -> None:
    # Levy, Goldberg & Dagan 2015: log P(a, b) / (P(a) P_smoothed(b)) - log k, and its positive part
    found = count_in_window(texts, 3, 1)
    counts = found.counts.toarray().astype(float)
    matrix = found.pmi_matrix(shift=shift, smoothing=smoothing).toarray()
    positive = found.pmi_matrix(positive=True, shift=shift, smoothing=smoothing).toarray()
    row = counts.sum(1)
    for i, j in itertools.product(range(len(counts)), repeat=2):
        if counts[i, j]:
            context = row[j] ** smoothing / (row**smoothing).sum()
            value = math.log(counts[i, j] / counts.sum() / (row[i] / counts.sum() * context)) - math.log(shift)
            assert matrix[i, j] == pytest.approx(value, abs=1e-12)
            assert positive[i, j] == pytest.approx(max(value, 0), abs=1e-12)
        else:
            assert matrix[i, j] == positive[i, j] == 0


def test_words_come_most_frequent_first_then_by_the_alphabet() -> None:
    vocabulary = Vocabulary.of([text.split() for text in DOGS], 2)
    assert vocabulary.words == ("dog", "man", "the", "a", "and", "bit")
    np.testing.assert_allclose(vocabulary.probabilities, np.array([4, 4, 4, 2, 2, 2]) / 18)


def test_what_cannot_be_counted_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"window must be a whole number .*, got 0"):
        count_in_window([list("ab")], 0)
    with pytest.raises(ValueError, match=r"minimum must be a whole number .*, got 0"):
        count_in_window([list("ab")], 1, 0)
    with pytest.raises(ValueError, match=r"minimum must be a whole number .*, got 0"):
        count_aligned([(list("ab"), list("cd"))], 0)
    with pytest.raises(ValueError, match="one length, got 2 and 1"):
        count_aligned([(list("ab"), list("a"))])
    with pytest.raises(ValueError, match="all different"):
        Vocabulary(["a", "a"], np.ones(2))
    with pytest.raises(ValueError, match="smoothing"):
        count_in_window([list("ab")], 1, 1).pmi_matrix(smoothing=0)


def test_an_unknown_word_is_answered_with_near_spellings() -> None:
    found = count_in_window([text.split() for text in DOGS], 2, 1)
    with pytest.raises(UnknownWord, match="'dogg' is not in the vocabulary; near: dog"):
        found.pmi("dogg", "man")
    with pytest.raises(KeyError):
        _ = svd_vectors(found, 2)["dogg"]


# Texts


def test_the_poems_are_those_of_the_package() -> None:
    # The first poem of the Quan Tang Shi is Emperor Taizong's 帝京篇; its first two lines are a couplet.
    poems, couplets = wordvec.tang_poems(), wordvec.tang_couplets()
    assert poems[0].startswith("秦川雄帝宅函谷壯皇居綺殿千尋起")
    assert couplets[0] == ("秦川雄帝宅", "函谷壯皇居")
    assert len(poems) > 57_000
    assert len(couplets) > 230_000
    assert all(len(upper) == len(lower) for upper, lower in couplets)
    assert {len(upper) for upper, _ in couplets} == {5, 7}
    assert not set("，。（）〖〗「」□ \n") & set().union(*poems)


def test_missing_poems_are_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(wordvec.corpora, "POEMS", tmp_path / "none")
    wordvec.corpora.tang_text.cache_clear()
    with pytest.raises(FileNotFoundError, match="npm run build"):
        wordvec.tang_poems()


def test_english_texts_are_cut_into_small_words() -> None:
    assert wordvec.english_tokens("Don't PANIC: it's 1979, café!") == ["don", "t", "panic", "it", "s", "café"]
    articles = wordvec.wikipedia()
    assert len(articles) == 10_033
    assert articles[1][:6] == ["a", "space", "odyssey", "is", "a", "epic"]


def test_a_readers_own_text_is_read_by_line(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("One two.\n\nThree!\n", encoding="utf-8")
    assert read_text(path) == [["one", "two"], ["three"]]
    path.write_text("我爱北京天安门，你呢？\n", encoding="utf-8")
    [words] = read_text(path, chinese=True)
    assert "".join(words) == "我爱北京天安门你呢"
    assert {"北京", "天安门"} <= set(words)


def test_chinese_is_cut_by_the_dictionary_that_came_with_jieba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where jieba would look for it first, and where anybody may write.
    (tmp_path / "jieba.cache").write_bytes(marshal.dumps(({"北京天": 10**9}, 10**9)))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(jieba, "dt", jieba.Tokenizer())
    monkeypatch.setattr(jieba, "lcut", jieba.dt.lcut)
    assert {"北京", "天安门"} <= set(wordvec.corpora.chinese_tokens("我爱北京天安门"))
    assert [path.name for path in tmp_path.iterdir()] == ["jieba.cache"]


@pytest.mark.parametrize("kept", [0, 40, -1])
def test_counts_cut_short_are_counted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    for _ in range(2):
        assert frequent._kept("three", lambda: {"a": np.arange(3)})["a"].tolist() == [0, 1, 2]
        (path,) = (tmp_path / "wordvec").iterdir()
        path.write_bytes(path.read_bytes()[:kept])


def test_a_full_disk_leaves_the_vectors_that_were_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "vectors.txt"
    vectors = WordVectors(Vocabulary(["a"], np.array([1])), np.ones((1, 2)))
    vectors.save_word2vec(path)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        vectors.save_word2vec(path)
    assert WordVectors.load_word2vec(path).vectors.tolist() == [[1, 1]]


# Vectors


def gram_counts() -> Cooccurrences:
    return count_in_window([text.split() for text in DOGS], 4, 1)


def test_all_dimensions_reproduce_the_positive_part_of_the_matrix() -> None:
    # A Gram matrix has no negative eigenvalues; the nearest one to M keeps the positive ones (Higham 1988).
    found = gram_counts()
    matrix = found.pmi_matrix(positive=True).toarray()
    values, axes = np.linalg.eigh(matrix)
    count = int((values > 1e-6).sum())
    vectors = svd_vectors(found, count).vectors
    expected = (axes * np.maximum(values, 0)) @ axes.T
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-4)


def test_negative_axes_count_negatively_and_bring_products_nearer_to_the_matrix() -> None:
    # The best approximation of a rank has the eigenvalues of largest magnitude, whatever their signs (Eckart & Young).
    found = gram_counts()
    values, axes = np.linalg.eigh(found.pmi_matrix(positive=True).toarray())
    kept = np.argsort(-abs(values))[:4]
    negative = int((values[kept] < 0).sum())
    assert 0 < negative < 4
    vectors = svd_vectors(found, 4, negative_axes=negative)
    approximation = (axes * values)[:, kept] @ axes[:, kept].T
    for index, word in enumerate(found.vocabulary.words):
        expected = np.delete(approximation[index], index)
        np.testing.assert_allclose(
            [score for _, score in vectors.related(word, 99)], np.sort(expected)[::-1], atol=1e-4
        )
    with pytest.raises(ValueError, match=r"negative_axes must be in \[0, 2\] for 3 dimensions, got 3"):
        svd_vectors(found, 3, negative_axes=3)


def test_the_chapter_says_what_signs_are_worth_at_rank_100() -> None:
    output = next(cell["outputs"] for cell in cells("wordvec") if cell["id"] == "rank")[0]["data"]["text/plain"]
    positive, signed = (float(line.split()[-1]) for line in output[:2])
    assert positive > signed > 0.5
    assert positive - signed == pytest.approx(0.003)
    sayings("wordvec")(
        "Both miss more than half of the table, and to be free to choose the signs is worth three thousandths."
    )


def test_the_same_text_gives_the_same_vectors() -> None:
    np.testing.assert_array_equal(svd_vectors(gram_counts(), 3).vectors, svd_vectors(gram_counts(), 3).vectors)


def loss_over_pairs(
    found: Cooccurrences, unseen: float, signs: Sequence[int] = (1, 1)
) -> Callable[[np.ndarray], float]:
    """The series' loss with x_max = 2, term by term."""
    words = found.vocabulary.words
    met = [(i, j) for i, j in itertools.combinations(range(len(words)), 2) if found.counts[i, j]]
    terms = [(i, j, min(found.counts[i, j] / 2, 1) ** 0.75, found.pmi(words[i], words[j])) for i, j in met]

    def loss(vectors: np.ndarray) -> float:
        vectors = vectors.reshape(len(words), -1)
        total = sum(weight * (vectors[i] * signs @ vectors[j] - pmi) ** 2 for i, j, weight, pmi in terms)
        return total + unseen / 2 * ((vectors * signs @ vectors.T) ** 2).sum()

    return loss


@pytest.mark.parametrize("unseen", [0.0, 0.1])
@pytest.mark.parametrize("negative_axes", [0, 1])
def test_weighted_vectors_are_at_a_minimum_of_the_loss(unseen: float, negative_axes: int) -> None:
    # An independent optimiser (BFGS with numerical gradients), started where Adagrad ended, finds nothing better.
    loss = loss_over_pairs(gram_counts(), unseen, (1, -1) if negative_axes else (1, 1))
    settings = {"epochs": 800, "x_max": 2, "unseen": unseen, "negative_axes": negative_axes}
    vectors = weighted_vectors(gram_counts(), 2, **settings).vectors.astype(float)
    assert loss(vectors) == pytest.approx(minimize(loss, vectors.ravel()).fun, rel=0.01, abs=2e-3)
    assert loss(np.zeros_like(vectors)) > 2 * loss(vectors)


def test_training_starts_where_it_is_told_to() -> None:
    found = gram_counts()
    start = svd_vectors(found, 2)
    np.testing.assert_allclose(weighted_vectors(found, 2, epochs=0, start=start).vectors, start.vectors, atol=1e-6)
    loss = loss_over_pairs(found, 0.1)
    few = {"epochs": 5, "x_max": 2, "unseen": 0.1}
    near, far = (weighted_vectors(found, 2, start=each, **few).vectors for each in (start, None))
    assert loss(near) < loss(far)
    with pytest.raises(ValueError, match=r"start must have 3 numbers .* got 2"):
        weighted_vectors(found, 3, start=start)
    with pytest.raises(ValueError, match="start must"):
        weighted_vectors(count_in_window([list("ab")], 1, 1), 2, start=start)


def test_weights_grow_with_counts_up_to_the_maximum() -> None:
    counts = torch.tensor([1.0, 50.0, 100.0, 5000.0])
    torch.testing.assert_close(pair_weights(counts), torch.tensor([100**-0.75, 0.5**0.75, 1.0, 1.0]))
    torch.testing.assert_close(pair_weights(counts, math.inf), counts**0.75)


def test_energy_is_the_sum_over_all_pairs() -> None:
    model = Shared(7, 3)
    vectors = model.vectors.weight
    torch.testing.assert_close(model.energy(), ((vectors @ vectors.T) ** 2).sum())


def test_glove_learns_log_counts() -> None:
    # With as many dimensions as words any matrix can be fitted.
    torch.manual_seed(0)
    counts = gram_counts().counts.tocoo()
    model = GloVe(6, 6)
    i, j = torch.from_numpy(counts.row).long(), torch.from_numpy(counts.col).long()
    target = torch.from_numpy(counts.data).float().log()
    losses = train(model, i, j, target, torch.ones_like(target), epochs=300)
    torch.testing.assert_close(model(i, j), target, atol=0.02, rtol=0)
    assert losses[-1] < 1e-3 < losses[0]
    assert glove_vectors(gram_counts(), 3, epochs=1).vectors.shape == (6, 3)


def test_a_constant_added_to_all_of_gloves_vectors_changes_no_prediction() -> None:
    # Article 4675, eq. 18: <v + c, u + c> + b' + c' = <v, u> + b + c with b' = b - <v, c> - |c|^2 / 2, and the same for u
    torch.manual_seed(1)
    model, constant = GloVe(9, 4).double(), torch.randn(4, dtype=torch.float64)
    i, j = (index.ravel() for index in torch.meshgrid(torch.arange(9), torch.arange(9), indexing="ij"))
    before = model(i, j)
    wordvec.add_constant(model, constant)
    torch.testing.assert_close(model(i, j), before)
    assert (model.vectors.weight @ constant).min() > 0


@calm
@given(st.integers(0, 1000), st.integers(0, 3), st.booleans())
def test_profiles_measure_the_correlation_of_products(seed: int, negative: int, dependent: bool) -> None:
    # Pearson's correlation of s(i, c) and s(j, c) over the contexts c, by numpy
    rng = np.random.default_rng(seed)
    axes = rng.normal(size=(40, 4))
    if dependent:
        axes[:, 1] = axes[:, 0]
    vectors = WordVectors(Vocabulary([f"w{i}" for i in range(40)], np.arange(40)[::-1]), axes, negative)
    mapped = vectors.profiles(30).directions
    products = axes @ np.diag([1] * (4 - negative) + [-1] * negative) @ axes[:30].T
    np.testing.assert_allclose(mapped @ mapped.T, np.corrcoef(products), atol=1e-4)


def made(negative_axes: int = 0, **vectors: list[float]) -> WordVectors:
    vocabulary = Vocabulary(list(vectors), np.arange(len(vectors), 0, -1))
    return WordVectors(vocabulary, np.array(list(vectors.values())), negative_axes)


def test_product_and_cosine_rank_differently() -> None:
    vectors = made(a=[1, 0], near=[0.9, 0.1], long=[3, 3], away=[-1, 0])
    assert [word for word, _ in vectors.nearest("a")] == ["near", "long", "away"]
    assert [word for word, _ in vectors.related("a")] == ["long", "near", "away"]
    assert dict(vectors.related("a"))["long"] == pytest.approx(3)
    assert vectors.nearest("a", 1) == [("near", pytest.approx(0.9 / math.hypot(0.9, 0.1)))]


def test_analogies_complete_a_parallelogram() -> None:
    vectors = made(man=[1, 0, 1], woman=[0, 1, 1], king=[1, 0, -1], queen=[0, 1, -1], other=[-1, -1, 0.1])
    (word, score), (other, _) = vectors.analogy("man", "king", "woman")
    assert (word, other) == ("queen", "other")  # the three given are left out
    assert score == pytest.approx(1)


def test_keywords_and_sentences_are_sums() -> None:
    vectors = made(red=[2, 0], blue=[1.5, 0.5], the=[0.1, 0.1], far=[0, -1])
    total = vectors.sentence(["the", "red", "blue", "blue", "unheard"])
    np.testing.assert_allclose(total, [5.1, 1.1], rtol=1e-6)
    ranked = vectors.keywords(["the", "red", "blue", "blue", "unheard"])
    assert [word for word, _ in ranked] == ["red", "blue", "the"]
    assert ranked[0][1] == pytest.approx(10.2)
    assert vectors.sentence_similarity(["red"], ["blue", "far"]) == pytest.approx(1.5 / math.hypot(1.5, 0.5))
    assert vectors.sentence_similarity(["red"], ["unheard"]) == 0


def test_an_axis_may_count_negatively() -> None:
    # s = v_1 w_1 - v_2 w_2: "should" is like "would", and they avoid each other.
    words = {"would": [1, 2], "should": [1, 2.5], "like": [2, 0], "the": [0, -1]}
    vectors = made(negative_axes=1, **words)
    assert vectors.related("would") == [("like", 2), ("the", 2), ("should", -4)]
    assert vectors.nearest("would", 1)[0][0] == "should"
    # would: 1 * 4 - 2 * 3.5; like: 2 * 4; the: 0 * 4 + 1 * 3.5; the sum is (4, 3.5)
    assert vectors.keywords(["would", "should", "like", "the"], 3) == [("like", 8), ("the", 3.5), ("would", -3)]


# Files


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_our_files_and_we_read_gensims(tmp_path: Path, binary: bool) -> None:
    KeyedVectors = pytest.importorskip("gensim").models.KeyedVectors
    rng = np.random.default_rng(0)
    words = ["plain", "月老", "café", "ℝ"]
    vectors = WordVectors(Vocabulary(words, np.arange(4, 0, -1)), rng.normal(size=(4, 5)))
    vectors.save_word2vec(tmp_path / "ours", binary=binary)
    theirs = KeyedVectors.load_word2vec_format(tmp_path / "ours", binary=binary)
    assert theirs.index_to_key == words
    np.testing.assert_array_equal(theirs.vectors, vectors.vectors)
    theirs.save_word2vec_format(tmp_path / "theirs", binary=binary)
    back = WordVectors.load_word2vec(tmp_path / "theirs", binary=binary, negative_axes=2)
    assert back.signs.tolist() == [1, 1, 1, -1, -1]
    assert back.vocabulary.words == tuple(words)
    np.testing.assert_allclose(back.vectors, vectors.vectors, atol=1e-6)
    # and both give the same answers
    ranked = theirs.similar_by_word("plain", topn=3)
    assert [word for word, _ in vectors.nearest("plain")] == [word for word, _ in ranked]
    np.testing.assert_allclose(
        [score for _, score in vectors.nearest("plain")], [score for _, score in ranked], atol=1e-6
    )


@pytest.mark.parametrize("binary", [False, True])
def test_a_file_cut_short_is_refused(tmp_path: Path, binary: bool) -> None:
    made(one=[1, 2, 3], two=[4, 5, 6]).save_word2vec(tmp_path / "whole", binary=binary)
    (tmp_path / "part").write_bytes((tmp_path / "whole").read_bytes()[:-9])
    with pytest.raises(ValueError, match="not a whole file in word2vec's"):
        WordVectors.load_word2vec(tmp_path / "part", binary=binary)


def test_vectors_need_a_word_each() -> None:
    with pytest.raises(ValueError, match=r"vectors must be \(2, d\), got shape \(3, 4\)"):
        WordVectors(Vocabulary(["a", "b"], np.ones(2)), np.zeros((3, 4)))
    for wrong, said in ((np.ones((2, 3)) * 1j, "complex"), (np.ma.masked_equal(np.eye(2), 0), "masked")):
        with pytest.raises(ValueError, match=rf"vectors must be numbers \(2, d\): got {said} ones"):
            WordVectors(Vocabulary(["a", "b"], np.ones(2)), wrong)
    with pytest.raises(ValueError, match=r"dimension must be in \[1, 5\] for 6 words, got 6"):
        svd_vectors(gram_counts(), 6)
    with pytest.raises(ValueError, match=r"contexts must be in \[3, 3\], got 2"):
        made(a=[0, 1], b=[1, 0], c=[1, 1]).profiles(2)


# Additivity

QUESTIONS, ONE_ANSWER = torch.tensor([1.0, 1.0]), torch.tensor([1.0, 0.0])


def enumerated(tie: float, noise: float, questions: list[int], answers: list[int]) -> float:
    """log P by listing every state of z, the topics' bits and the noise: the definition of the world."""
    topics = len(questions)
    total = 0.0
    for z, *bits in itertools.product((0, 1), repeat=1 + topics):
        for flips in itertools.product((0, 1), repeat=topics):
            chance = 0.5
            for b, flip in zip(bits, flips, strict=True):
                chance *= ((1 + tie) / 2 if b == z else (1 - tie) / 2) * (noise if flip else 1 - noise)
            occurs = all(b ^ flip for b, flip, chosen in zip(bits, flips, questions, strict=True) if chosen)
            total += chance * (occurs and all(b for b, chosen in zip(bits, answers, strict=True) if chosen))
    return math.log(total)


@calm
@given(
    st.floats(0, 1),
    st.floats(0.01, 0.5),
    st.lists(st.integers(0, 1), min_size=3, max_size=3),
    st.lists(st.integers(0, 1), min_size=3, max_size=3),
)
def test_the_world_is_what_its_definition_says(tie: float, noise: float, q: list[int], a: list[int]) -> None:
    found = log_probability(tie, noise, torch.tensor(q).double(), torch.tensor(a).double())
    assert float(found) == pytest.approx(enumerated(tie, noise, q, a), abs=1e-6)


def test_two_noisy_copies_of_one_bit_are_counted_twice() -> None:
    # 2 log(0.9 / 0.5) = 1.1756 against log(0.405 / (0.41 * 0.5)) = 0.6809, which cannot exceed -log 0.5 = 0.6931
    assert float(summed_pmi(1.0, 0.1, QUESTIONS, ONE_ANSWER)) == pytest.approx(2 * math.log(1.8), abs=1e-5)
    exact = float(exact_pmi(1.0, 0.1, QUESTIONS, ONE_ANSWER))
    assert exact == pytest.approx(math.log(0.405 / 0.205), abs=1e-5)
    assert exact < math.log(2) < 2 * math.log(1.8)


def test_independent_topics_make_the_sum_exact() -> None:
    for q, a in itertools.product(itertools.product((0.0, 1.0), repeat=3), repeat=2):
        questions, answers = torch.tensor(q), torch.tensor(a)
        exact = exact_pmi(0.0, 0.2, questions, answers)
        torch.testing.assert_close(summed_pmi(0.0, 0.2, questions, answers), exact, atol=1e-5, rtol=1e-5)
    assert float(pair_pmi(0.0, 0.2, 3).fill_diagonal_(0).abs().max()) < 1e-6


# What the page carries


def test_the_words_that_a_page_carries_weigh_less_than_a_megabyte() -> None:
    # Space and Analogy have the English vectors, CoupletSpace those of the couplets, each graph its own copy.
    english, couplets = (
        len(gzip.compress(frequent_vectors(text).codes.numpy().tobytes())) for text in ("English", "Tang couplets")
    )
    assert 2 * english + couplets < 1_000_000


def test_vectors_in_eight_bits_rank_as_those_that_they_were_made_from() -> None:
    frequent = frequent_vectors("Tang couplets")
    whole = svd_vectors(cooccurrences("Tang couplets"), frequent.codes.shape[1])
    words = list(frequent.options)
    assert tuple(words) == whole.vocabulary.words[: len(words)]
    few = WordVectors(Vocabulary(words, whole.vocabulary.frequencies[: len(words)]), whole.vectors[: len(words)])
    coded = WordVectors(few.vocabulary, (frequent.codes.float() * frequent.scale).numpy())
    for word in "白山酒龍":
        best, of_codes = ([other for other, _ in each.nearest(word, 10)] for each in (few, coded))
        assert len(set(best) & set(of_codes)) >= 9
