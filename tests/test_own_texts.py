"""Texts and vectors as readers have them: encodings, scripts, and what other programs write."""

import bz2
import gzip
import lzma
import pickle
import struct
import warnings

import numpy as np
import pytest
import torch

from kexue_widgets import wordvec
from kexue_widgets.wordvec import (
    UnknownWord,
    Vocabulary,
    WordVectors,
    chinese_tokens,
    count_aligned,
    count_in_window,
    english_tokens,
    glove_vectors,
    read_text,
    svd_vectors,
    weighted_vectors,
)

NOVEL = "话说天下大势，分久必合，合久必分。他说不知道在什么地方有人，这是我们的第一本小说。\n" * 3
TRADITIONAL = "話說天下大勢，分久必合，合久必分。他說不知道在什麼地方有人，這是我們的第一本小說。\n" * 3
FRENCH = "Où est passé l'été ? La forêt était pleine d'oiseaux.\n" * 3
RUSSIAN = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива.\n" * 3
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.\n" * 3
JAPANESE = "吾輩 は 猫 で ある 。 名前 は まだ 無い 。 どこ で 生れ た か とんと 見当 が つか ぬ 。\n" * 3
TEXTS = {"zh": NOVEL, "zh-Hant": TRADITIONAL, "fr": FRENCH, "ru": RUSSIAN, "ko": KOREAN, "ja": JAPANESE}


def written(tmp_path, content, name="own.txt"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-16-le bom", "utf-16-be bom"]
)
def test_unicode_is_read_by_what_its_bytes_tell(tmp_path, language, encoding):
    name, *marked = encoding.split()
    text = ("\ufeff" if marked else "") + TEXTS[language]
    path = written(tmp_path, text.encode(name))
    chinese = language.startswith("zh")
    expected = written(tmp_path, TEXTS[language].encode(), "plain.txt")
    assert read_text(path, chinese=chinese) == read_text(expected, chinese=chinese)


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (NOVEL, "gb18030", "GB18030"),
        (NOVEL, "gb2312", "GB18030"),
        (TRADITIONAL, "gbk", "GB18030"),
        (TRADITIONAL, "big5", "Big5"),
    ],
)
def test_chinese_encodings_are_told_apart_and_named(tmp_path, text, encoding, said):
    plain = written(tmp_path, text.encode(), "plain.txt")
    with pytest.warns(UserWarning, match=rf"own\.txt is not UTF-8: it is read as {said}"):
        assert read_text(written(tmp_path, text.encode(encoding)), chinese=True) == read_text(plain, chinese=True)


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *[("fr", name) for name in ("latin-1", "cp1252", "iso8859-15", "mac_roman", "cp850")],
        *[("ru", name) for name in ("cp1251", "koi8-r", "iso8859-5", "cp866")],
        *[("ko", name) for name in ("euc-kr", "cp949", "johab")],
        *[("ja", name) for name in ("shift_jis", "euc-jp")],
        ("zh", "gb18030"),
        ("zh-Hant", "big5"),
    ],
)
@pytest.mark.parametrize("chinese", [False, True])
def test_other_encodings_are_refused_with_file_and_byte_or_read_by_name(tmp_path, language, encoding, chinese):
    if chinese and language.startswith("zh"):
        pytest.skip("which are read")
    content = TEXTS[language].encode(encoding)
    path = written(tmp_path, content)
    first = next(place for place, byte in enumerate(content) if byte > 127)
    with pytest.raises(
        ValueError, match=rf"own\.txt is not UTF-8: byte 0x{content[first]:02x} at {first}, line 1.* named"
    ):
        read_text(path, chinese=chinese)
    chinese = language.startswith("zh")
    plain = written(tmp_path, TEXTS[language].encode(), "plain.txt")
    assert read_text(path, encoding=encoding, chinese=chinese) == read_text(plain, chinese=chinese)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
@pytest.mark.parametrize(
    "text",
    [
        "He said “yes” – and didn’t go.",
        "Once upon a time there was a café.",
        "Die Straße ist schön und größer als früher, sagte der Bäcker.",
        "El niño soñó mañana con la canción.",
    ],
)
def test_an_encoding_of_western_europe_is_hinted_at(tmp_path, text, encoding):
    with pytest.raises(ValueError, match=rf"it may be {encoding}( or|\.)"):
        read_text(written(tmp_path, text.encode(encoding)))


def test_what_is_no_text_or_in_another_encoding_is_refused(tmp_path):
    for content, words in [
        (JAPANESE.encode("iso2022_jp"), "control character U\\+001B is in line 1"),
        (KOREAN.encode("iso2022_kr"), "control character U\\+00"),
        (b"one\0two\0\0\0\0\n" * 4 + b"x", "zero bytes, the first at 3, but is not UTF-16"),
        ("“quoted”".encode("utf-16")[:-1], "begins as UTF-16-LE does but is not"),
        ("word".encode("utf-32")[:-2], "begins as UTF-32-LE does but is not"),
        (b"\xef\xbb\xbfcaf\xe9", "begins as UTF-8 does but is not: byte 0xe9 at 6, line 1"),
        (b"caf\xc3", "is not UTF-8"),
        (b"", "has no words"),
        (b"12 !?\n", "has no words"),
        (NOVEL.encode(), "is Chinese, which has no spaces between words: chinese=True"),
    ]:
        with pytest.raises(ValueError, match=rf"own\.txt .*({words})"):
            read_text(written(tmp_path, content))
    path = written(tmp_path, "“quoted”".encode("cp1252"))
    with pytest.raises(ValueError, match="control character U\\+0093 is in line 1"):
        read_text(path, encoding="latin-1")
    for encoding in ("no-such", "hex", ""):
        with pytest.raises(ValueError, match="encoding must be one of Python's text encodings, got"):
            read_text(path, encoding=encoding)
    with pytest.raises(ValueError, match="is not in utf-8: byte 0x93 at 0"):
        read_text(path, encoding="utf-8")
    with pytest.warns(UserWarning, match="has 1 characters that were lost before"):
        assert read_text(written(tmp_path, "caf\ufffd".encode())) == [["caf"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(b"one two"), r"is no text but packed \(gzip\): unpack it"),
        (bz2.compress(b"one two"), r"packed \(bzip2\)"),
        (lzma.compress(b"one two"), r"packed \(xz\)"),
        (b"PK\x03\x04word/document.xml", r"packed \(zip\)"),
        (b"%PDF-1.4\n1 0 obj\nstream BT (one two) Tj ET endstream", r"packed \(PDF\)"),
        (rb"{\rtf1\ansi one two}", "is RTF, whose signs would be counted as words"),
        (b"\n<!DOCTYPE html><html><p>one two", "is HTML"),
        ("<HTML><body>one".encode("utf-16"), "is HTML"),
        (b'<?xml version="1.0"?><page>one</page>', "is XML"),
    ],
)
def test_files_that_hold_a_text_and_are_none_are_named(tmp_path, content, words):
    with pytest.raises(ValueError, match=rf"own\.txt .*{words}"):
        read_text(written(tmp_path, content))


@pytest.mark.parametrize(
    ("text", "chinese", "words"),
    [
        ("吾輩は猫である。名前はまだ無い。どこで生れたか。", False, "no spaces between words, as in Japanese or Thai"),
        ("สวัสดีชาวโลก วันนี้อากาศดี", False, "no spaces between words"),
        ("ភាសាខ្មែរជាភាសាផ្លូវការ ရန်ကုန်မြို့သည်", False, "no spaces between words"),
        ("我们今天去公园散步。 " + "Hello world, foo bar baz. " * 2, False, "is Chinese, .* chinese=True cuts it"),
        ("吾輩は猫である。名前はまだ無い。", True, "is Japanese or Korean: chinese=True is for Chinese texts"),
        ("모든 인간은 태어날 때부터", True, "is Japanese or Korean"),
        ("Où est passé l'été ?", True, "has no Chinese characters"),
        (NOVEL.encode("hz").decode("ascii"), True, "has no Chinese characters"),
    ],
)
def test_sentences_are_not_taken_for_words(tmp_path, text, chinese, words):
    with pytest.raises(ValueError, match=rf"own\.txt .*{words}"):
        read_text(written(tmp_path, text.encode()), chinese=chinese)


def test_a_few_words_in_another_script_are_no_trouble(tmp_path):
    text = "The novel 紅樓夢 and the city of กรุงเทพมหานคร are told of here. " + "In English. " * 20 + "12\n"
    assert read_text(written(tmp_path, text.encode()))[0][:4] == ["the", "novel", "紅樓夢", "and"]
    assert read_text(written(tmp_path, "12 !?\n中".encode()), chinese=True) == [["中"]]


@pytest.mark.parametrize("path", [None, 0, b"own.txt", "a\0b", "the whole text " * 500, ["own.txt"]])
def test_a_text_is_given_by_its_path(path):
    with pytest.raises(ValueError, match="path must be the path of a file, got"):
        read_text(path)


def test_a_folder_is_no_text(tmp_path):
    with pytest.raises(ValueError, match=r"path must be the path of a file, .* is a folder"):
        read_text(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "none.txt")


def test_letters_as_wide_as_chinese_ones_are_letters():
    assert chinese_tokens("用Ｐｙｔｈｏｎ写程序") == chinese_tokens("用Python写程序")
    assert "Python" in chinese_tokens("用Ｐｙｔｈｏｎ写程序")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\ufedb\ufe98\ufe8e\ufe8f", ["كتاب"]),  # the shapes in which a page has these letters
        ("كتـــاب \ufefb", ["كتاب", "لا"]),
        ("ＦＵＬＬ width", ["full", "width"]),
        ("Cafe\u0301 na\u0131\u0308ve", ["café", "naı\u0308ve"]),
        ("co\u00adop\u00aderate", ["cooperate"]),
        ("of\ufb01ce, ba\ufb04e", ["office", "baffle"]),
        ("हिन्दी में लिखना", ["हिन्दी", "में", "लिखना"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("İstanbul 1979", ["i̇stanbul"]),
        ("\ufeffword", ["word"]),
        ("q\u0323\u0307x", ["q\u0323\u0307x"]),
        ("Привет, мир!", ["привет", "мир"]),
    ],
)
def test_words_of_all_scripts_with_spaces_keep_their_signs(text, words):
    import unicodedata

    assert [unicodedata.normalize("NFC", word) for word in words] == english_tokens(text)


def test_words_of_other_languages_stay_whole_within_chinese():
    text = "他说这很na\u00efve，我在Москва用Python，不听Beyonce\u0301的歌"
    words = chinese_tokens(text)
    assert {"na\u00efve", "Москва", "Python", "Beyonc\u00e9", "歌"} <= set(words)
    assert "".join(words) == "他说这很na\u00efve我在Москва用Python不听Beyonc\u00e9的歌"


def test_soft_hyphens_split_no_chinese_word():
    assert "".join(chinese_tokens("北\u00ad京天安门")) == "北京天安门"


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ("the cat sat", "got one string 'the cat sat'"),
        (b"the cat", "got one string"),
        (["the cat sat", "on the mat"], "text 0 is the string 'the cat sat': cut it into words"),
        (["the", "cat"], "text 0 is the string 'the'"),
        (["我们", "喜欢", "读书"], "got a list of words such as '我们'"),
        ([["one", None]], "text 0 holds None"),
        ([["one"], ["two", 3]], "text 1 holds 3"),
        ([["one", float("nan")]], "text 0 holds nan"),
        ([["one", ""]], "text 0 holds ''"),
        ([["one"], 5], "text 1 is 5"),
        ([["one"], {"one", "two"}], "text 1 is {"),
        ([{"one": 3, "two": 1}], "text 0 is {'one': 3"),
        ({"one": ["two"]}, "got {'one'"),
        (iter(()), "got an iterator with nothing left"),
    ],
)
def test_what_are_no_token_lists_is_refused(texts, words):
    for count in (lambda: count_in_window(texts, minimum=1), lambda: Vocabulary.of(texts, 1)):
        with pytest.raises(ValueError, match=words):
            count()


def test_texts_may_come_one_after_the_other():
    lists = [["one", "two", "three"], ["two", "one"]]
    whole = count_in_window(lists, minimum=1)
    streamed = count_in_window((iter(text) for text in lists), minimum=1)
    assert streamed.counts.nnz > 0
    np.testing.assert_array_equal(streamed.counts.toarray(), whole.counts.toarray())
    poems = count_in_window(["秦川雄帝宅函谷壯皇居", "綺殿千尋起離宮百雉餘"], minimum=1)
    assert poems.pmi("秦", "川") > 0
    with pytest.raises(ValueError, match="pairs must be two token lists each, got 'ab'"):
        count_aligned(["ab"])
    with pytest.raises(ValueError, match="text 0 is the string 'sun'"):
        count_aligned([("sun", "set")])


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "5", None, 10**9, float("nan")])
def test_windows_are_whole_and_bounded(wrong):
    with pytest.raises(ValueError, match=r"window must be a whole number in \[1, 1000\]"):
        count_in_window([["a", "b"]], wrong)


@pytest.mark.parametrize("texts", [[], [["alone"]], [["a"], ["b"]]])
def test_words_that_never_met_make_no_vectors(texts):
    counts = count_in_window(texts, minimum=1)
    for make in (svd_vectors, weighted_vectors, glove_vectors):
        with pytest.raises(ValueError, match="cooccurrences must be of words that met, got"):
            make(counts, 1)


def test_training_vectors_leaves_torchs_random_numbers_alone():
    counts = count_in_window([["a", "b", "c", "a", "c"]], minimum=1)
    for make in (weighted_vectors, glove_vectors):
        torch.manual_seed(7)
        expected = torch.rand(3)
        torch.manual_seed(7)
        first = make(counts, 2, epochs=1)
        assert torch.equal(torch.rand(3), expected)
        np.testing.assert_array_equal(make(counts, 2, epochs=1).vectors, first.vectors)


def test_an_unknown_word_comes_back_from_another_process():
    error = UnknownWord("dogg", ["dog", "cat", "dogs"])
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "'dogg' is not in the vocabulary; near: dog, dogs"
    with pytest.raises(TypeError, match="word must be a string, got 5"):
        _ = made(a=[1, 2])[5]


def test_importing_all_names_counts_no_text(monkeypatch):
    monkeypatch.setattr(wordvec, "__getattr__", lambda name: pytest.fail(f"{name} is made"))
    names = {}
    exec("from kexue_widgets.wordvec import *", names)
    assert "WordVectors" in names


# Vectors


def made(negative_axes=0, **vectors):
    vocabulary = Vocabulary(list(vectors), np.arange(len(vectors), 0, -1))
    return WordVectors(vocabulary, np.array(list(vectors.values()), dtype=float), negative_axes)


PLAIN = made(one=[1.5, -2], two=[0.25, 3])


@pytest.mark.parametrize(
    "content",
    [
        b"2 2\none 1.5 -2 \ntwo 0.25 3 \n",  # word2vec.c and fastText end lines with a space
        b"2 2\r\none 1.5 -2\r\ntwo 0.25 3\r\n",
        b"2 2\none\t1.5\t-2\ntwo\t0.25\t3",
        b"2\t2 \none 1.5 -2\ntwo 0.25 3\n\n",
        b"\xef\xbb\xbf2 2\none 1.5 -2\ntwo 0.25 3\n",
        b"one 1.5 -2\ntwo 0.25 3\n",  # GloVe has no header
        b"\xef\xbb\xbfone 1.5 -2\ntwo 0.25 3\n",
        gzip.compress(b"2 2\none 1.5e0 -2\ntwo .25 3.0\n", mtime=0),
    ],
)
def test_what_other_programs_write_is_read(tmp_path, content):
    found = WordVectors.load_word2vec(written(tmp_path, content))
    assert found.vocabulary.words == PLAIN.vocabulary.words
    np.testing.assert_array_equal(found.vectors, PLAIN.vectors)


def binary(*words, header=None, end=b"\n", numbers=(1.5, -2.0)):
    rows = [word + b" " + struct.pack("<2f", *numbers) + end for word in words]
    return (header or b"%d 2\n" % len(words)) + b"".join(rows)


@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_binary_files_with_and_without_line_ends_are_read(tmp_path, end, pack):
    found = WordVectors.load_word2vec(written(tmp_path, pack(binary(b"one", "月".encode(), end=end))), binary=True)
    assert found.vocabulary.words == ("one", "月")
    np.testing.assert_array_equal(found.vectors, [[1.5, -2]] * 2)


flipped = bytearray(gzip.compress(b"1 2\none 1 2\n" * 99, mtime=0))
flipped[10] ^= 6  # which block it is


@pytest.mark.parametrize("form", ["text", "binary"])
def test_of_a_word_that_comes_twice_the_first_counts_as_in_gensim(tmp_path, form):
    KeyedVectors = pytest.importorskip("gensim").models.KeyedVectors
    content = b"3 2\na 1 2\nb 3 4\na 5 6\n" if form == "text" else binary(b"a", b"b", b"a")
    path = written(tmp_path, content)
    with pytest.warns(UserWarning, match=r"own\.txt has words twice, of which the first vectors are kept: a"):
        found = WordVectors.load_word2vec(path, binary=form == "binary")
    theirs = KeyedVectors.load_word2vec_format(path, binary=form == "binary")
    assert list(found.vocabulary.words) == [word for word in theirs.index_to_key if word]  # it leaves the place empty
    np.testing.assert_array_equal(found.vectors, theirs[["a", "b"]])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"2 2\none 1 2\n", "it ends after 1 words of the 2"),
        (b"1 2\none 1 2\ntwo 3 4\n", "line 1 says 1 words, but line 3 has one more, 'two'"),
        (b"1 3\none 1 2\n", "line 2: 'one' has 2 numbers, expected a word and 3 numbers, as line 1 says"),
        (b"1 2\nnew york 1 2\n", "line 2: 'new' has 3 numbers"),
        (b"1 2\none 1 x\n", "line 2: 'one': could not convert string to float"),
        (b"one 1 2\ntwo 1\n", "line 2: 'two' has 1 numbers"),
        (b"2 2\none 1 2\n\ntwo 3 4\n", "line 3 is empty"),
        (b"1 2\none 1 nan\n", "line 2: the vector of 'one' is not finite"),
        (b"1 2\none 1 1e99\n", "line 2: the vector of 'one' is not finite"),
        (b"1 2\ncaf\xe9 1 2\n", r"line 2: the word b'caf\\xe9' is not UTF-8"),
        (b"0 2\n", "line 1: 0 words of 2 dimensions are none"),
        (b"2 0\na\nb\n", "line 1: 2 words of 0 dimensions are none"),
        (b"1 99999999999\na 1\n", "line 1: 1 words of 99999999999 dimensions"),
        (b"word\n", "line 1: 'word' has 0 numbers"),
        (b"", "it has no words"),
        (gzip.compress(b"1 2\none 1 2\n", mtime=0)[:-9], "Compressed file ended before"),
        (bytes(flipped), "while decompressing data"),
        (binary(b"one", b"two"), "line 2: 'one' has 1 numbers"),
        (gzip.compress(b"1" * 40_000_000, 1, mtime=0), "line 1 is longer than 33,554,432 bytes"),
    ],
)
def test_damaged_text_files_are_refused_with_line_and_word(tmp_path, content, words):
    with pytest.raises(ValueError, match=rf"own\.txt is not a whole file in word2vec's text format.*{words}"):
        WordVectors.load_word2vec(written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (binary(b"new york"), "it ends within|words have spaces|is no word|not finite|not UTF-8|more"),
        (binary(b"one", b"two", header=b"1 2\n"), "line 1 says 1 words, but there are more"),
        (binary(b"one", header=b"2 2\n"), "it ends within word 2 of 2"),
        (b"1 2\n" + b"x" * 20_000, "word 1 of 1 is longer than 10,000 bytes"),
        (binary(b"one")[:-3], "it ends within the vector of word 1 of 1, 'one'"),
        (binary(b"caf\xe9"), r"word 1: the word b'caf\\xe9' is not UTF-8"),
        (binary(b"one", numbers=(float("nan"), 1)), "word 1: the vector of 'one' is not finite"),
        (b"one 1 2\n", "line 1 does not say"),
        (b"1 999999999999\na " + bytes(8), "line 1: 1 words of 999999999999 dimensions"),
    ],
)
def test_damaged_binary_files_are_refused_with_the_word(tmp_path, content, words):
    with pytest.raises(ValueError, match=rf"own\.txt is not a whole file in word2vec's binary format.*({words})"):
        WordVectors.load_word2vec(written(tmp_path, content), binary=True)


def test_a_number_is_no_path_and_closes_no_open_file(tmp_path):
    with written(tmp_path, b"1 2\none 1 2\n").open("rb") as file:
        with pytest.raises(TypeError, match="int"):
            WordVectors.load_word2vec(file.fileno())
        assert file.read() == b"1 2\none 1 2\n"


@pytest.mark.parametrize("form", ["text", "binary"])
@pytest.mark.parametrize("word", ["new york", "tab\t", "line\n", "\r", "half \ud800"[5:]])
def test_words_that_could_not_be_read_again_are_not_written(tmp_path, word, form):
    path = written(tmp_path, b"what was there")
    with pytest.raises(ValueError, match="cannot be written"):
        made(**{"fine": [1, 2], word: [3, 4]}).save_word2vec(path, binary=form == "binary")
    assert path.read_bytes() == b"what was there"


def test_everything_survives_saving(tmp_path):
    vectors = made(negative_axes=1, **{"new york": [1, 2, 3], "line\nend": [4, 5, 6], "月": [7, 8, 9]})
    vectors.save(tmp_path / "own.npz")
    again = WordVectors.load(tmp_path / "own.npz")
    assert again.vocabulary.words == vectors.vocabulary.words
    np.testing.assert_array_equal(again.vocabulary.frequencies, [3, 2, 1])
    np.testing.assert_array_equal(again.vectors, vectors.vectors)
    assert again.related("月") == vectors.related("月")
    with pytest.raises(FileNotFoundError):
        WordVectors.load(tmp_path / "none.npz")
    (tmp_path / "part.npz").write_bytes((tmp_path / "own.npz").read_bytes()[:200])
    with pytest.raises(ValueError, match=r"part\.npz is no whole file that WordVectors\.save has written"):
        WordVectors.load(tmp_path / "part.npz")


def test_negative_axes_that_a_file_cannot_hold_are_said(tmp_path):
    with pytest.warns(UserWarning, match=r"1 axes count negatively: load_word2vec\(\.\.\., negative_axes=1\)"):
        made(negative_axes=1, a=[1, 2], b=[2, 3]).save_word2vec(tmp_path / "own.vec")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PLAIN.save_word2vec(tmp_path / "own.vec")


@pytest.mark.parametrize("wrong", [0, -1, 1.5, None, "3"])
def test_counts_of_answers_are_whole_numbers(wrong):
    for ask in (PLAIN.related, PLAIN.nearest, lambda word, count: PLAIN.keywords([word], count)):
        with pytest.raises(ValueError, match="count must be a whole number of at least 1"):
            ask("one", wrong)
    assert len(PLAIN.nearest("one", 10**12)) == 1


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), 1e99])
def test_vectors_are_finite(wrong):
    with pytest.raises(ValueError, match="vectors must be finite, that of 'b' is not"):
        made(a=[1, 2], b=[1, wrong])


def test_a_word_that_met_no_other_has_no_direction():
    vectors = made(a=[1, 2], b=[0, 0], c=[2, 1])
    for ask in (lambda: vectors.nearest("b"), lambda: vectors.analogy("a", "b", "c")):
        with pytest.raises(ValueError, match="'b' has the vector 0, and so no direction"):
            ask()


def test_a_sentence_is_a_list_of_words():
    for ask in (PLAIN.sentence, PLAIN.keywords):
        with pytest.raises(ValueError, match="texts must be token lists"):
            ask("one two")
