"""The Chinese edition's words: things are called what readers' literature calls them, everywhere, and set as Chinese is."""

import re
from functools import cache

import pytest
from babel.messages.catalog import Message
from catalogues import LOCALE, read
from chapters import TRY_LINK, plain

from kexue_widgets.guide import ARTICLES
from kexue_widgets.guide.terms import ALIASES, meanings

HAN = "㐀-鿿"
# Words of `terms.txt` that English has in other senses too, or that Chinese sentences do without.
LOOSE = set(
    re.split(
        r",\s+",
        """additivity, alternating, article, bug report, category, comment, copy, couplet, data leakage, decay, dog, handwritten digit,
    Jensen's inequality, man, mask, mixture, moment, nested, print, references, screen, simultaneous, step function, weight sharing""",
    )
)
# Of these, readers know other names, each of which stands once at most: where the thing is introduced.
CALLED_ONCE = {
    "critic": ("评论家",),
    "KL divergence": ("相对熵",),
    "reverse KL": ("反向 KL",),
    "total variation": ("全变差",),
    "dropout": ("丢弃法", "暂退法"),
    "drop rate": ("丢弃概率", "失活率"),
    "tied embedding": ("交叉引用",),
    "propensity": ("倾向性函数",),
    "mode collapse": ("模式坍缩", "模式崩溃", "模式崩塌"),
}
# What a first translation said, word by word after the English: wrong, ambiguous, or what things do not do.
NEVER = r"""评判器 | 鉴别器 | 愿望 | 没有记忆 | 读取基因 | 衰变 | 倾向数 | 该期望什么 | 总变分 | 全变分 | 存档 | 截断点
     | 底座 | 天黑 | 您 | 无法变为可交互 | 全部家当 | 知道得或多或少 | 从未碰过的余量 | 换入5留在那里的值
     | 元素之间的牵连 | 大权重要付的价钱 | 损失谈的是 | 损失说 | 时钟怎么说 | 按时钟算 | 收费 | 不在乎
     | 逻辑回归和它的亲戚 | 现场过拟合 | 不会就这样化掉 | 站在它身后 | 每味配料 | 也显出同样的事
     | 一次划分也就值 | 冲破界 | 对角线说的 | 内积没有负特征值 | 作为集成的 | 作为岭回归的 | 可以要多差有多差
     | 倒戈 | 映满 | 斜率的惩罚 | 说出了一个真相 | 必须构成截断 | 它有多好 | 数学只有一个来源 | 看看里面
     | 第一名得益于谁 | 作者们"""


@cache
def messages() -> list[tuple[str, Message]]:
    """All that is translated, with the catalogue's name."""
    paths = sorted((LOCALE / "zh_CN" / "LC_MESSAGES").rglob("*.po"))
    return [(path.stem, message) for path in paths for message in read(path) if message.id]


def is_reference(text: str) -> bool:
    """Whether this is a line of a list of other people's works."""
    return bool(re.search(r"\(\d{4}\)\.|\*.+\*, .*\d{4}|^GB/T", text))


@cache
def named() -> list[tuple[str, str, set[str], set[str]]]:
    """What texts in Chinese name: the catalogue, the English, and the things in the English and in the Chinese."""
    texts = [(name, message.id, str(message.string)) for name, message in messages()]
    return [(name, text, meanings(text), meanings(said)) for name, text, said in texts if re.search(f"[{HAN}]", said)]


def prose(text: str) -> str:
    """Without formulas, code, addresses and titles of articles, a letter in place of each; stress and links are no text."""
    for article in ARTICLES:
        text = text.replace(article.title, "题")
    text = re.sub(
        r"(?s)^\n.*\n$|\$[^$]*\$|\\\(.*?\\\)|`[^`]*`|\w+\([^()]*\)", "x", re.sub(r"\]\([^)]*\)", "]", plain(text))
    )
    text = re.sub(r"\{\w+\}x", "·", text)  # a link whose text is a title
    return re.sub(r"<[^>]*>|[*\[\]]|^\d\\\. ", "", text)


def test_the_glossarys_words_are_those_of_the_book() -> None:
    text = "".join(str(message.string) for _, message in messages()).replace(" ", "")
    # The first word in a row of the glossary is the one that is used.
    table = (LOCALE / "README.md").read_text("utf-8")
    rows = [row for row in re.findall(r"^\| .+? \| (.+?) \|$", table, re.MULTILINE) if row not in ("中文", "---")]
    first = [re.split(r"[、，；（）。]", row)[0].replace(" ", "") for row in rows]
    assert len(first) > 40
    assert [word for word in first if word not in text] == []


def test_what_the_english_names_the_chinese_names() -> None:
    missing = [
        (name, thing, english)
        for name, english, things, said in named()
        if not is_reference(english)
        for thing in things - said - LOOSE
    ]
    assert missing == []


def test_exceptions_are_needed() -> None:
    assert {thing for _, _, things, said in named() for thing in things - said} >= LOOSE


@pytest.mark.parametrize("thing", CALLED_ONCE)
def test_a_thing_has_one_name_and_others_where_it_is_introduced(thing: str) -> None:
    forms = next(forms for forms in ALIASES if forms[0] == thing)
    for other in CALLED_ONCE[thing]:
        assert any(form.startswith(other) for form in forms)  # readers find it by this name
        assert sum(str(message.string).count(other) for _, message in messages()) <= 1, other


def test_mistranslations_stay_away() -> None:
    texts = [str(message.string).replace(" ", "") for _, message in messages()]
    assert [text for text in texts if re.search(NEVER, text, re.VERBOSE)] == []


def test_a_cut_of_a_graph_is_not_the_word_for_a_cut_of_a_gradient() -> None:
    assert [message.id for name, message in messages() if name == "reuse" and "截断" in str(message.string)] == []


def test_no_sentence_is_left_in_english() -> None:
    left = [
        message.id
        for name, message in messages()
        if not re.search(f"[{HAN}]", str(message.string))
        and not is_reference(message.id)
        and re.search(r"\b[a-z]{2,} [a-z]{2,}", prose(message.id))
        and not message.id.rstrip().endswith("…")  # a text's beginning, in a table
    ]
    assert left == []


def test_titles_of_articles_stand_in_their_brackets() -> None:
    titles = "|".join(re.escape(article.title) for article in ARTICLES)
    for name, message in messages():
        bare = re.findall(rf"(?<!《)(?<!《\[)(?:{titles})", str(message.string))
        assert not bare or name == "explorers", message.id  # as options of a choice they stand alone


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("a mark of half width beside Chinese", rf"[{HAN}][,;:?!()]|[,;:?!()][{HAN}]|[{HAN}]\.(?!\w)"),
        ("no space between Chinese and Latin letters or digits", rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9%][{HAN}]"),
        ("a space beside a mark of full width", r" [，。；：？！、（）《》“”]|[，。；：？！、（）《》”] "),
        ("a space between Chinese characters", rf"[{HAN}] +[{HAN}]"),
        ("straight quotes", r"[\"']"),
        ("dots or dashes of English", r"\.\.\.|--"),
        ("a word twice", r"的的|了了|是是|在在(?!线)"),
    ],
)
def test_chinese_is_set_as_chinese_is(fault: str, pattern: str) -> None:
    found = [
        (name, text[max(0, where.start() - 12) : where.end() + 12])
        for name, message in messages()
        if re.search(f"[{HAN}]", str(message.string)) and "<table>" not in message.id and not is_reference(message.id)
        for text in [prose(str(message.string))]
        for where in re.finditer(pattern, text)
    ]
    assert found == [], fault


def test_links_of_the_chinese_edition_set_the_same() -> None:
    for name, message in messages():
        pairs = [
            [(address, title) for _, address, title in TRY_LINK.findall(str(text))]
            for text in (message.id, message.string)
        ]
        assert sorted(pairs[0]) == sorted(pairs[1]), (name, message.id)
