"""The guide: references against other programs, the search against another BM25 and twenty questions, the explorers."""

import calendar
import json
import math
import platform
import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import bibtexparser
import numpy as np
import pytest
import rispy
import torch
from catalogues import LOCALE, read
from docutils.nodes import make_id
from hypothesis import given, settings
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text
from rank_bm25 import BM25Okapi

from kexue_widgets.book.translation import frontend_words, words_of
from kexue_widgets.guide import (
    ARTICLES,
    BOOK,
    CHAPTERS,
    STYLES,
    Citation,
    CommentPreview,
    Editions,
    Index,
    PagePreview,
    Section,
    Work,
    anchor,
    apa,
    bibtex,
    build_index,
    check_environment,
    cite,
    contributions,
    escape,
    gbt,
    inverse_document_frequency,
    plain,
    read_sections,
    ris,
    searcher,
)
from kexue_widgets.guide import environment as environment_module
from kexue_widgets.guide.formulas import readable
from kexue_widgets.live import Explorer, OnnxProgram, export_model, segment

FOLDER = Path(__file__).parents[1] / "book"
DAY = "2026-01-31"
calm = settings(deadline=None, max_examples=50)
works = pytest.mark.parametrize("work", [*ARTICLES, *CHAPTERS, BOOK], ids=lambda work: work.key)
articles = pytest.mark.parametrize("article", ARTICLES, ids=lambda work: work.key)


@cache
def index(language: str = "") -> Index:
    return build_index(read_sections(FOLDER, language))


# The articles


@pytest.mark.parametrize(
    ("article", "chapter"), list(zip(ARTICLES, CHAPTERS, strict=True)), ids=lambda work: work.chapter
)
def test_each_chapter_cites_its_article_with_author_date_and_address(article: Work, chapter: Work) -> None:
    path = FOLDER / f"{article.chapter}.ipynb"
    if not path.exists():
        pytest.skip("this chapter is not written yet")
    opening = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
    year, month, day = map(int, article.date.split("-"))
    title, under = opening.split("\n\n")[:2]
    assert title == f"# {chapter.title}"
    assert f"[《{article.title}》]({article.url})" in under
    for wanted in (f", {article.url}", "Jianlin Su (苏剑林)", f"{day} {calendar.month_name[month]} {year}"):
        assert wanted in " ".join(under.split())


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda work: work.chapter)
def test_each_chapter_has_a_title_of_its_own_in_both_languages(chapter: Work) -> None:
    catalogue = read(LOCALE / "zh_CN" / "LC_MESSAGES" / "book" / f"{chapter.chapter}.po")
    assert catalogue[chapter.title].string == chapter.chinese
    card = read(LOCALE / "zh_CN" / "LC_MESSAGES" / "book" / "intro.po")
    assert card[chapter.title].string == chapter.chinese
    for title in (chapter.title, chapter.chinese):
        assert len(title.encode("gb18030")) <= 50  # halves of a Chinese character: two lines of the sidebar
        assert not any(article.title in title or title in article.title for article in ARTICLES)


@pytest.mark.parametrize("style", STYLES)
def test_no_reference_gives_an_articles_title_to_anyone_but_its_author(style: str) -> None:
    for work in (*CHAPTERS, BOOK):
        reference = cite(work, style)
        assert not any(article.title in reference or article.roman in reference for article in ARTICLES)
        assert not re.search("Su,|Jianlin|苏剑林", reference)


def test_the_archive_lists_all_articles_the_newest_first() -> None:
    table = re.findall(r"^\| 2.*$", (FOLDER / "archive.md").read_text("utf-8"), re.MULTILINE)
    assert table == [
        f"| {each.date} | [{each.title}]({each.url}) | {{doc}}`{each.chapter}` | {each.category} | {', '.join(each.tags)} |".replace(
            "|  |", "| |"
        ).replace("|  |", "| |")
        for each in sorted(ARTICLES, key=lambda each: each.date, reverse=True)
    ]


def test_the_archive_has_a_subject_for_every_chapter() -> None:
    subjects = (FOLDER / "archive.md").read_text("utf-8").partition("## By subject")[2]
    assert {article.chapter for article in ARTICLES} <= set(re.findall(r"{doc}`(\w+)`", subjects))


# References


@works
def test_a_bibtex_parser_reads_what_was_written(work: Work) -> None:
    library = bibtexparser.parse_string(cite(work, "BibTeX", DAY))
    assert not library.failed_blocks
    (entry,) = library.entries
    assert (entry.entry_type, entry.key) == ("misc", work.key)
    assert entry["title"] == f"{{{work.title}}}"  # the inner braces, which keep capitals
    assert entry["author"] == (f"{work.family}, {work.given}" if work.given else f"{{{work.family}}}")
    assert entry["howpublished"] == f"\\url{{{work.url}}}"
    assert entry["year"] == work.year
    assert DAY in entry["note"]


@works
def test_a_work_without_an_address_was_read_nowhere(work: Work) -> None:
    library = bibtexparser.parse_string(cite(replace(work, url=""), "BibTeX", DAY))
    fields = {field.key: field.value for field in library.entries[0].fields}
    assert "howpublished" not in fields
    assert fields.get("note", "") == escape(work.site)
    assert cite(work, "plain", DAY) == cite(replace(work, url=""), "plain", DAY) + f" {work.url} (read on {DAY})"


@calm
@given(st.text("aB%&$#_~\\科"))
def test_titles_survive_tex(title: str) -> None:
    # pylatexenc knows no \textbraceleft, and takes ^ for an accent: these two are looked at below.
    assert LatexNodes2Text(strict_latex_spaces=True).latex_to_text(escape(title)) == title


@calm
@given(st.text(min_size=1).filter(str.strip))
def test_no_title_ends_an_entry_early(title: str) -> None:
    title = " ".join(title.split())
    library = bibtexparser.parse_string(cite(replace(ARTICLES[0], title=title), "BibTeX", DAY))
    assert not library.failed_blocks
    assert library.entries[0]["title"] == f"{{{escape(title)}}}"
    assert library.entries[0]["year"] == "2017"


def test_braces_and_hats_go_by_name() -> None:
    assert escape("{x^2}") == r"{\textbraceleft}x{\textasciicircum}2{\textbraceright}"


@works
def test_a_reference_manager_reads_ris(work: Work) -> None:
    (entry,) = rispy.loads(cite(work, "RIS", DAY))
    assert entry["title"] == work.title
    assert entry["urls"] == [work.url]
    assert entry["year"] == work.year
    assert entry["access_date"] == "2026/01/31/"
    assert entry["authors"] == ["Su, Jianlin" if work.given else "The Kexue live authors"]


def test_gbt_7714_is_as_in_the_standard() -> None:
    # An example of the standard's edition of 2015, with the marks of that of 2025 as github.com/zotero-chinese/styles has
    # them: "[EB/OL]. （2012-05-03）[2013-11-12]. http://www.example.com/."
    work = Work(
        key="",
        title="出版业信息化迈入快车道",
        native="萧钰",
        date="2001-12-19",
        url="http://www.creader.com/news/20011219/200112190019.html",
        site="",
        chapter="",
    )
    expected = (
        "萧钰. 出版业信息化迈入快车道[EB/OL]. （2001-12-19）[2002-04-15]. "
        "http://www.creader.com/news/20011219/200112190019.html."
    )
    assert cite(work, "GB/T 7714", "2002-04-15") == expected


def test_gbt_7714_has_a_year_alone_without_brackets() -> None:
    # The standard's form is: publisher, year(day of change)[day of reading]
    assert f"[EB/OL]. 2026[{DAY}]. https://" in cite(CHAPTERS[0], "GB/T 7714", DAY)


def test_gbt_7714_cites_a_chapter_in_chinese() -> None:
    assert cite(CHAPTERS[0], "GB/T 7714", DAY).startswith("Kexue, live 编写组. Dropout：掩码、集成与岭回归[EB/OL]. ")
    assert cite(replace(CHAPTERS[0], url=""), "GB/T 7714", DAY).endswith("岭回归[EB]. 2026.")


def test_apa_is_as_in_its_manual() -> None:
    # The manual's example of a post on a blog (7th edition, 10.1, example 17).
    address = "https://blogs.plos.org/scied/2018/09/15/can-we-talk-scientifically-about-free-will/"
    work = Work(
        key="",
        title="Can we talk scientifically about free will?",
        family="Klymkowsky",
        given="Mike",
        date="2018-09-15",
        url=address,
        site="Sci-Ed",
        chapter="",
    )
    expected = f"Klymkowsky, M. (2018, September 15). Can we talk scientifically about free will? Sci-Ed. {address}"
    assert cite(work, "APA") == expected


@works
def test_apa_has_latin_letters_only(work: Work) -> None:
    # "When and how to transliterate titles in references", https://apastyle.apa.org/blog/transliterated-titles-references
    assert all(ord(letter) < 256 or letter in "“”" for letter in cite(work, "APA"))


def test_apa_has_a_title_in_latin_letters_and_in_translation() -> None:
    assert ". Beiwang: Tantan dropout [Memo: On dropout]. Kexue Kongjian. " in cite(ARTICLES[0], "APA")
    assert "(2026). f-GAN: a divergence from every convex function. Kexue, live. " in cite(CHAPTERS[4], "APA")


def by(family: str, given: str = "", title: str = "On names") -> Work:
    return Work("key", title, "2026-01-31", "https://x.org/", "", "", family=family, given=given)


@pytest.mark.parametrize(
    ("family", "given", "persons"),
    [
        ("Anderson", "Hand and Foot", [(["Anderson"], ["{Hand and Foot}"])]),
        ("Band and Sons", "B.", [(["{Band and Sons}"], ["B."])]),
        ("King", "Martin, Jr.", [(["King"], ["Martin"])]),
        ("Trade, Industry, and Labour", "Office", [(["{Trade, Industry, and Labour}"], ["Office"])]),
        ("King, Jr.", "Martin", [(["King"], ["Martin"])]),
        ("de la Cruz", "María", [(["Cruz"], ["María"])]),
        ("Smith and Jones", "", [(["{Smith and Jones}"], [])]),
    ],
)
def test_bibtex_reads_one_author_whatever_the_name(family: str, given: str, persons: list) -> None:
    from pybtex.database import parse_string

    (entry,) = parse_string(cite(by(family, given), "BibTeX", DAY), "bibtex").entries.values()
    assert [(each.last_names, each.first_names + each.middle_names) for each in entry.persons["author"]] == persons


@pytest.mark.parametrize(  # 9.8 of the manual keeps hyphens between initials
    ("family", "given", "author"),
    [
        ("Sartre", "Jean-Paul", "Sartre, J.-P. ("),
        ("Sartre", "J.-P. C.", "Sartre, J.-P. C. ("),
        ("Ångström", "A\u030anders", "Ångström, Å. ("),
        ("Acme Inc.", "", "Acme Inc. ("),
        ("Plato", "", "Plato. ("),
        ("King, Jr.", "Martin", "King, M., Jr. ("),
    ],
)
def test_apa_has_initials_with_hyphens_and_one_stop(family: str, given: str, author: str) -> None:
    assert cite(by(family, given), "APA").startswith(author)


@pytest.mark.parametrize(
    ("family", "given", "suffix"),
    [("King, Jr.", "Martin L.", "Jr."), ("King", "Martin L., Jr.", "Jr."), ("King III", "Martin L.", "III")],
)
def test_what_follows_a_name_stands_where_each_style_has_it(family: str, given: str, suffix: str) -> None:
    from pybtex.database import parse_string

    found = {style: cite(by(family, given), style, DAY) for style in STYLES}
    (person,) = parse_string(found["BibTeX"], "bibtex").entries["key"].persons["author"]
    assert (person.last_names, person.lineage_names, person.first_names) == (["King"], [suffix], ["Martin"])
    assert f"\nAU  - King, Martin L., {suffix}\n" in found["RIS"]  # as its format has them: family, given, suffix
    assert found["APA"].startswith(f"King, M. L., {suffix} (")  # 9.8 of the manual
    assert found["GB/T 7714"].startswith(f"King M L {suffix.removesuffix('.')}. ")
    assert found["plain"].startswith(f"Martin L. King {suffix}, ")


@pytest.mark.parametrize("title", ["Why?", "为什么？", "“Why?”", "Enough."])
def test_a_title_that_ends_in_a_stop_has_no_other(title: str) -> None:
    assert f"{title} https://" in cite(by("Su", "Jianlin", title), "APA")


@pytest.mark.parametrize(
    ("family", "given", "author"),
    [
        ("Einstein", "Albert", "Einstein A"),
        ("Sartre", "Jean-Paul", "Sartre J-P"),
        ("苏", "剑林", "苏剑林"),
        ("Acme Inc.", "", "Acme Inc"),
    ],
)
def test_gbt_7714_leaves_out_no_part_of_a_name(family: str, given: str, author: str) -> None:
    assert cite(by(family, given), "GB/T 7714", DAY).startswith(f"{author}. On names[EB/OL]. ")


def test_an_unknown_style_is_named() -> None:
    with pytest.raises(ValueError, match=r"style must be one of 'BibTeX', .*, got 'Harvard'"):
        cite(BOOK, "Harvard")


# Search


@calm
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=12), min_size=1, max_size=8),
    st.lists(st.integers(-1, 5), max_size=6),
)
def test_scores_are_those_of_rank_bm25(sections: list[list[int]], question: list[int]) -> None:
    counts = torch.tensor([[section.count(term) for term in range(6)] for section in sections], dtype=torch.float32)
    ours = contributions(counts, torch.tensor(question)).sum(1)
    peer = BM25Okapi([list(map(str, section)) for section in sections], k1=1.5, b=0.75, epsilon=0)  # no negative rarity
    expected = peer.get_scores([str(term) for term in question if term >= 0])
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


def test_rarity_by_hand() -> None:
    # ln(3.5 / 2.5), and nothing for what is everywhere
    counts = torch.tensor([[1.0, 4], [4, 4], [0, 2], [0, 3], [0, 2]])
    np.testing.assert_allclose(inverse_document_frequency(counts), [0.33647, 0], atol=1e-5)


def test_sections_have_formulas_in_a_line_and_neither_blocks_of_code_nor_references(tmp_path: Path) -> None:
    markdown = "# Title\n\nText $x^2$, `a**b` and [words](https://example.com), 这是**重点**。\n\n```python\nimport os\n```\n\n## References\n\nWho\n"
    notebook = {"cells": [{"cell_type": "markdown", "source": [markdown]}, {"cell_type": "code", "source": ["secret"]}]}
    (tmp_path / "dropout.ipynb").write_text(json.dumps(notebook))
    (section,) = read_sections(tmp_path)
    assert section.title == "Title"
    assert section.text == "Text x^2, a b and words, 这是重点。"
    assert section.address == "dropout.html#title"


def test_sections_of_a_translation_lead_to_the_same_places() -> None:
    ours, theirs = read_sections(FOLDER), read_sections(FOLDER, "zh_CN")
    assert [each.address for each in ours] == [each.address for each in theirs]
    assert all(re.search("[㐀-鿿]", each.text) for each in theirs)
    assert {each.title for each in theirs} >= {"主方程", "可以转载吗？"}
    with pytest.raises(FileNotFoundError, match="eo"):
        read_sections(FOLDER, "eo")


def test_a_translation_has_the_displayed_formulas_where_the_original_has_them() -> None:
    ours, theirs = read_sections(FOLDER), read_sections(FOLDER, "zh_CN")
    (text,) = (each.text for each in theirs if each.address == "dropout.html#what-dropout-does")
    assert "各抛一枚硬币：m_i = 0 以概率 p, 1 以概率 1-p. 向量" in text
    assert "除以 1-p：y_i = (x_i m_i)/(1-p). 在评估阶段" in text
    cells = [cell for path in FOLDER.glob("*.ipynb") for cell in json.loads(path.read_text())["cells"]]
    markdown = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    formulas = [each for each in re.findall(r"\$\$(.*?)\$\$", markdown, re.DOTALL) if r"\text" not in each]
    lines = {re.sub(" (?=[:,.])", "", readable(each)) for each in formulas}
    there = [(line, their.text) for our, their in zip(ours, theirs, strict=True) for line in lines if line in our.text]
    assert len(there) > 50
    assert not [line for line, text in there if line not in text]


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"folder must hold chapters such as dropout\.ipynb"):
        read_sections(tmp_path)


@pytest.mark.parametrize("formula", [r"\href{a}", r"\frac{1}" * 60, "{" * 3000, "x^{" * 2000])
def test_a_formula_that_cannot_be_read_stays_as_it_is(formula: str) -> None:
    assert readable(formula) == formula


def test_anchors_are_those_of_docutils() -> None:
    titles = [section.title for section in index().sections]
    assert {section.place for section in index().sections} == {anchor(title) for title in titles}
    assert len(titles) > 20
    for title in [*titles, "Why divide by 1 − p?", "2. Schrödinger's résumé", "只有中文"]:
        assert anchor(title) == make_id(title)


def test_written_forms_of_a_word_are_one_term_and_chinese_words_are_found_within_longer_ones() -> None:
    sections = [
        Section("dropout", "一", "It divides. 点互信息"),
        Section("dropout", "二", "Dividing what divided 信息 a"),
    ]
    small = build_index(sections)
    forms = small.forms
    assert forms["divides"] == forms["dividing"] == forms["divided"]
    assert small.counts[:, forms["divided"]].tolist() == [1, 2]
    assert [small.counts[0, forms[word]].item() for word in ("点互信息", "互信息", "信息")] == [1, 1, 1]
    assert small.counts[1, forms["信息"]] == 1
    assert "a" not in forms


QUESTIONS = [
    ("dropout", "Why are the activations that dropout keeps divided by one minus p?"),
    ("finetune", "How do I fine-tune a pretrained network to classify my own pictures?"),
    ("wordvec", "What does pointwise mutual information have to do with word vectors?"),
    ("wordvec", "Why is king minus man plus woman close to queen?"),
    ("gillespie", "How long must one wait for the next chemical reaction?"),
    ("gillespie", "What is the master equation of gene expression?"),
    ("fgan", "Which divergence does the discriminator estimate, and what is a convex conjugate?"),
    ("onelossgan", "How can a GAN be trained with a single loss and one backward pass?"),
    ("guide", "How do I cite a web page in BibTeX?"),
    ("reuse", "How can two models share the weights of a layer?"),
    ("dropout", "测试的时候为什么要关闭dropout？它和子模型的集成有什么关系"),
    ("finetune", "样本太少的时候怎么微调预训练的模型做图像分类"),
    ("finetune", "冻结特征和训练最后几层哪个准确率高"),
    ("wordvec", "怎样从语料得到词向量，并且找出近义词"),
    ("gillespie", "怎么用Python随机模拟化学反应"),
    ("gillespie", "传染病会不会自己灭绝，概率是多少"),
    ("fgan", "怎样由凸函数构造散度和生成对抗网络"),
    ("onelossgan", "怎么切断梯度，只用一个损失同时训练判别器和生成器"),
    ("guide", "手机上看文章时公式显示不全怎么办"),
    ("reuse", "同一个层在两个模型里使用，怎样共享权重"),
]


def is_chinese(text: str) -> bool:
    return re.search("[㐀-鿿]", text) is not None


def missed(index: Index) -> list[tuple[str, str]]:
    """The questions in the language of the index that find another chapter first."""
    chinese = is_chinese(index.sections[-1].text)
    asked = [(chapter, question) for chapter, question in QUESTIONS if is_chinese(question) == chinese]
    assert len(asked) == 10
    return [(chapter, question) for chapter, question in asked if first(index, question) != chapter]


def first(index: Index, question: str) -> str | None:
    found = index.search(question)
    return found[0][1].chapter if found else None


def test_of_twenty_questions_at_least_eighteen_find_their_chapter_first() -> None:
    wrong = [*missed(index()), *missed(index("zh_CN"))]
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize("seed", range(3))
def test_the_search_survives_the_loss_of_every_fifth_sentence(seed: int) -> None:
    # Chapters get reworded.
    chance = random.Random(seed)

    def shortened(section: Section) -> Section:
        sentences = re.split(r"(?<=[.:?!])\s|(?<=[。：？！])", section.text)
        return replace(section, text=" ".join(each for each in sentences if chance.random() > 0.2))

    wrong = [
        each
        for language in ("", "zh_CN")
        for each in missed(build_index([shortened(section) for section in index(language).sections]))
    ]
    assert len(wrong) <= 4, wrong  # of twenty questions two in each language, as without the loss


def test_all_chapters_are_found_by_their_chinese_titles() -> None:
    for article in ARTICLES:
        if (FOLDER / f"{article.chapter}.ipynb").exists():
            assert first(index("zh_CN"), article.title) == article.chapter


# The environment


def test_this_environment_is_as_it_should_be() -> None:
    checks = check_environment()
    # Tests run without a font for Chinese, and with as many threads as they are given.
    wrong = {check.name: check.advice for check in checks if check.advice}
    assert wrong.keys() <= {"chinese_font", "threads"}, wrong
    assert checks.ok == (not wrong)
    found = {check.name: check.found for check in checks}
    assert found["python"] == platform.python_version()
    assert f"torch {torch.__version__}" in found["packages"]
    assert found["live_engine"].startswith("torch → onnx")
    assert checks._repr_html_().count("<td>✓</td>") == len(checks) - len(wrong)


def test_what_is_broken_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> tuple[str, str]:
        raise OSError("no <disk>")

    checks = {"python": lambda: ("3.11", ""), "packages": lambda: ("torch 1.0", "pip install torch"), "disk": broken}
    monkeypatch.setattr(environment_module, "CHECKS", checks)
    checks = check_environment()
    assert not checks.ok
    assert repr(checks) == "python    ✓  3.11\npackages  pip install torch  torch 1.0\ndisk      OSError: no <disk>"
    assert "no &lt;disk&gt;" in checks._repr_html_()


def test_a_missing_or_old_package_is_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["numpy>=99", "no-such-package", "torch", "nbval; extra == 'test'"]
    monkeypatch.setattr(environment_module.importlib.metadata, "requires", lambda name: wanted)
    found, advice = environment_module._packages()
    assert advice == "pip install 'numpy>=99' 'no-such-package'"
    assert found == f"numpy {np.__version__}, torch {torch.__version__}"


@pytest.mark.parametrize(("cores", "told"), [(1, "set OMP_NUM_THREADS=1"), (64, "")])
def test_more_threads_than_cores_are_told_of(monkeypatch: pytest.MonkeyPatch, cores: int, told: str) -> None:
    monkeypatch.setattr(environment_module.os, "sched_getaffinity", lambda process: set(range(cores)), raising=False)
    monkeypatch.setattr(environment_module.torch, "get_num_threads", lambda: 2)
    found, advice = environment_module._threads()
    assert found == f"2 / {cores}"
    assert advice.startswith(told) if told else advice == ""


# Explorers and previews


def on_the_page(explorer: Explorer, **values: Any) -> dict[str, np.ndarray]:
    """The arrays that the exported graphs give."""
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    program = OnnxProgram(graphs, explorer.controls, [])
    return program.frame(None, np.random.RandomState(0), {**explorer.values, **values})


def test_every_work_and_style_shows_its_reference() -> None:
    explorer = Citation()
    (passages,) = explorer.views[0].marks
    for work in (ARTICLES[2], CHAPTERS[7], BOOK):
        for style in STYLES:
            explorer.work, explorer.format = work.title, style
            assert passages.texts[int(explorer.arrays["which"][0])] == cite(work, style)
    page = on_the_page(explorer, work=BOOK.title, format="RIS")
    assert passages.texts[int(page["which"][0])] == cite(BOOK, "RIS")


def test_the_search_explorer_shows_what_the_index_finds() -> None:
    explorer = searcher(index("zh_CN"))
    explorer.question = "怎么用Python随机模拟化学反应 with waiting times"
    arrays = explorer.arrays
    expected = index("zh_CN").search(explorer.question)
    links, names = explorer.views[0].marks[0].links, explorer.views[1].marks[0].names
    count = min(len(expected), len(arrays["score"]))
    assert count >= 2
    np.testing.assert_allclose(arrays["score"][:count], [score for score, _ in expected[:count]], rtol=1e-5)
    assert [links[int(number)] for number in arrays["found"][:count]] == [each.address for _, each in expected[:count]]
    assert [names[int(number)] != "" for number in arrays["found"]] == [score > 0 for score in arrays["score"]]
    # The rows are named as the words are, and those of no word are not.
    *_, ranking, table = (view.marks[0] for view in explorer.views)
    assert (table.index, table.names) == (ranking.index, ranking.names)
    assert [table.names[int(number)] != "" for number in arrays["term"]] == (arrays["adds"] > 0).tolist()
    # The columns give the product: idf f (k1 + 1) / (f + k1 (1 - b + b L / L_mean)).
    there = arrays["adds"] > 0
    assert (arrays["arithmetic"][~there] == 0).all()
    rarity, count, length, product = arrays["arithmetic"][there].T
    np.testing.assert_allclose(product, rarity * count * 2.5 / (count + 1.5 * (0.25 + 0.75 * length)), rtol=1e-5)
    for name, array in on_the_page(explorer).items():
        np.testing.assert_allclose(array, arrays[name], rtol=1e-5, atol=1e-5)


def test_other_words_need_no_other_graph() -> None:
    def graphs(sections: list[Section]) -> Any:
        explorer = searcher(build_index(sections))
        return export_model(explorer.functions, explorer.controls, explorer.values)

    sections = index().sections
    first = replace(sections[0], text=f"{sections[0].text} zebra zebra unicorn")
    assert graphs([first, *sections[1:]]) == graphs(sections)


def test_a_question_finds_words_that_have_just_come() -> None:
    sections = index().sections
    last = replace(sections[-1], text=f"{sections[-1].text} unicorn")
    explorer = searcher(build_index([*sections[:-1], last]), "unicorn")
    for arrays in (explorer.arrays, on_the_page(explorer)):
        assert explorer.views[1].marks[0].names[int(arrays["found"][0])].startswith(last.chapter)
        # In one of n sections, once: ln((n - 1/2) / (3/2)).
        assert arrays["arithmetic"][0][:2] == pytest.approx([math.log((len(sections) - 0.5) / 1.5), 1])


def test_a_page_has_the_search_of_each_edition_and_a_notebook_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Shown:
        def __init__(self, text: str) -> None:
            self.text = text

        def _repr_mimebundle_(self, **keywords: Any) -> tuple[dict[str, str], dict[str, Any]]:
            return {"text/html": self.text}, {}

    both = Editions({"en": Shown("one"), "zh-CN": Shown("二")})
    assert both._repr_mimebundle_()[0] == {"text/html": "one"}
    monkeypatch.setenv("KEXUE_BOOK", str(tmp_path))
    html = both._repr_mimebundle_()[0]["text/html"]
    assert re.findall('class="kexue-edition" lang="(.*?)">(.*?)<', html) == [("en", "one"), ("zh-CN", "二")]


def test_a_question_without_a_known_word_finds_nothing() -> None:
    explorer = searcher(index())
    for question in ("", "zzz 魑魅魍魉"):
        explorer.question = question
        assert segment(question, index().forms) == []
        assert (explorer.arrays["found"] == len(index().sections)).all()
        assert (explorer.arrays["adds"] == 0).all()
        assert all(np.isfinite(array).all() for array in explorer.arrays.values())  # a page draws nothing else


@pytest.mark.parametrize("make", [PagePreview, CommentPreview])
def test_a_preview_is_an_element_in_a_book_and_a_widget_in_a_notebook(
    make: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = make()
    notebook = preview._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in notebook
    monkeypatch.setenv("KEXUE_BOOK", "graphs")
    book = preview._repr_mimebundle_()
    assert book["text/plain"] == notebook["text/plain"] == repr(preview)
    assert book["text/html"].startswith(f"<{preview.element}>")


def test_the_words_of_previews_can_be_translated() -> None:
    words = words_of(PagePreview()._content()) + words_of(CommentPreview("Some $x$")._content())
    assert {"telephone", "long formula", "Some $x$"} <= set(words)
    assert {"turned on its side", "a brace is missing"} <= set(frontend_words())


def test_a_comment_is_plain_text_in_a_notebook() -> None:
    typed, read = CommentPreview("<b>$x$</b>\nnext").widget().children
    assert read.value == "&lt;b&gt;$x$&lt;/b&gt;<br>next"
    typed.value = "1 < 2"
    assert read.value == "1 &lt; 2"


def test_a_notebook_shows_the_page_on_the_device_turned_or_not() -> None:
    controls, screen = PagePreview().widget().children
    device, turned = controls.children
    assert (screen.layout.width, screen.layout.height) == ("360px", "740px")
    device.value, turned.value = "7-inch tablet", True
    assert (screen.layout.width, screen.layout.height) == ("960px", "600px")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"date": "2017-13-01"}, "date must be a day such as '2017-08-08', or a year, got '2017-13-01'"),
        ({"date": "2017-00-10"}, "date must be"),
        ({"date": "2017-8-1"}, "date must be"),
        ({"date": "2017-08"}, "date must be"),
        ({"date": ""}, "date must be"),
        ({"date": 2017}, "date must be a string of one line, got 2017"),
        ({"title": ""}, "title must not be empty"),
        ({"title": " \u3000"}, "title must not be empty"),
        ({"family": ""}, "family must not be empty"),
        *(
            ({"key": f"a{sign}b"}, f"key must be a short name for BibTeX, without {re.escape(repr(sign))}")
            for sign in " ,{}%=#"
        ),
        *(({"url": f"https://x.org/{sign}"}, f"url must be an address .* %{ord(sign):02X}, got") for sign in ' {}\\"'),
        ({"title": "a\nER  - "}, "title must be a string of one line"),
    ],
)
def test_what_no_style_could_cite_is_no_work(changed: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(ARTICLES[0], **changed)


def test_a_citation_names_what_it_cannot_use() -> None:
    with pytest.raises(TypeError, match=r"work must be a Work, such as .* got 'dropout'"):
        cite("dropout")
    for day in ("", "today", "2026", "2026-02-31", "2026-01-31\nTY  - BOOK", "31.1.2026"):
        with pytest.raises(ValueError, match="read must be a day such as '2026-01-31', got"):
            cite(ARTICLES[0], read=day)
    with pytest.raises(ValueError, match="key must not be empty: BibTeX finds a work by it"):
        cite(replace(ARTICLES[0], key=""), "BibTeX")
    with pytest.raises(TypeError, match="read must be a day as a string"):
        cite(ARTICLES[0], read=None)
    with pytest.raises(ValueError, match=r"style must be one of .* got \['x'\]"):
        cite(ARTICLES[0], ["x"])
    for style in (apa, bibtex, gbt, plain, ris):  # each may be called by itself
        with pytest.raises(ValueError, match="read must be a day such as"):
            style(ARTICLES[0], "garbage")
        with pytest.raises(TypeError, match="work must be a Work"):
            style(None)


def test_a_search_names_what_it_cannot_use() -> None:
    for wrong in ({"k1": -1.0}, {"k1": math.nan}, {"b": 5}, {"b": "x"}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be a number in"):
            contributions(torch.ones(2, 2), torch.tensor([0]), **wrong)
    with pytest.raises(TypeError, match=r"sections must be Section, .* got 'a'"):
        build_index(["a"])
    with pytest.raises(TypeError, match="title must be a string, got None"):
        anchor(None)
