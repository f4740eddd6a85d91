"""What can be cited: the eight articles, the chapter that follows each, and the book.

Titles, dates and addresses are the site's; category and tags too, where they are known.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

SITE, SITE_ROMAN = "科学空间", "Kexue Kongjian"
BOOK_TITLE = "Kexue, live"
BOOK_YEAR = "2026"
AUTHORS = "Kexue, live 编写组"  # of this book, in Chinese

# A book that is a folder has no address of its own: whoever cites it puts in where it was read; a page does so itself.
ADDRESS = "https://ADDRESS/"


@dataclass(frozen=True)
class Work:
    """A web page that can be cited.

    Args:
        key: a short name for BibTeX, without spaces, braces and other signs that mean something to it.
        title: in the work's own language.
        date: day of publication, "2017-08-08", or the year alone.
        url: its address; %7B and the like stand in it for braces, spaces and backslashes.
        site: the blog or book that it is a page of; empty for the book itself.
        chapter: name of the book's page, without ending.
        chinese: the title in Chinese, of a page that comes in both languages.
        translation: the title in English, if that is not its language.
        roman: the title in Latin letters, if it has others.
        site_roman: the site's name in Latin letters, if it has others.
        family, given: the author's names; a body of several people, and who has one name, has a family name only.
        native: the author's name in Chinese.
        category, tags: under which the site files it; empty where that is not known.

    Raises:
        ValueError: no such day, no title, no family name, a key or an address that would end a BibTeX entry early, or text of
            several lines, which a reference in RIS would take for several fields.
    """

    key: str
    title: str
    date: str
    url: str
    site: str
    chapter: str
    chinese: str = ""
    translation: str = ""
    roman: str = ""
    site_roman: str = ""
    family: str = "The Kexue, live authors"
    given: str = ""
    native: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "tags" and (not isinstance(value, str) or len(value.splitlines()) > 1):
                raise ValueError(f"{name} must be a string of one line, got {value!r}")
        for name in ("title", "family"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} must not be empty, got {getattr(self, name)!r}")
        if found := re.search(r"[\s{}(),=#%~@\"'\\]", self.key):
            raise ValueError(f"key must be a short name for BibTeX, without {found[0]!r}, got {self.key!r}")
        if found := re.search(r"[\s{}<>\"\\^`|]", self.url):  # of RFC 3986, 2
            raise ValueError(
                f"url must be an address without {found[0]!r}, which is written %{ord(found[0]):02X}, got {self.url!r}"
            )
        if not is_date(self.date):
            raise ValueError(f"date must be a day such as '2017-08-08', or a year, got {self.date!r}")

    @property
    def year(self) -> str:
        """The year of publication."""
        return self.date[:4]

    def __repr__(self) -> str:
        return f"Work({self.key}: {self.title}, {self.date})"


def is_date(date: str) -> bool:
    """Whether it is a day such as "2017-08-08", or a year."""
    try:
        return bool(
            re.fullmatch(r"\d{4}|\d{4}-\d\d-\d\d", date, re.ASCII)
            and datetime.date.fromisoformat((date + "-01-01")[:10])
        )
    except ValueError:
        return False


def _article(
    chapter: str,
    number: int,
    date: str,
    title: str,
    roman: str,
    translation: str,
    category: str = "",
    tags: tuple[str, ...] = (),
) -> Work:
    return Work(
        key=f"su{date[:4]}{chapter}",
        title=title,
        translation=translation,
        roman=roman,
        date=date,
        url=f"https://kexue.fm/archives/{number}",
        site=SITE,
        site_roman=SITE_ROMAN,
        chapter=chapter,
        family="Su",
        given="Jianlin",
        native="苏剑林",
        category=category,
        tags=tags,
    )


def _chapter(article: Work) -> Work:
    title, chinese = TITLES[article.chapter]
    return Work(
        key=f"kexuelive{BOOK_YEAR}{article.chapter}",
        title=title,
        chinese=chinese,
        date=BOOK_YEAR,
        url=f"{ADDRESS}{article.chapter}.html",
        site=BOOK_TITLE,
        chapter=article.chapter,
        native=AUTHORS,
    )


ARTICLES = (
    _article(
        "dropout",
        4521,
        "2017-08-08",
        "【备忘】谈谈dropout",
        "Beiwang: Tantan dropout",
        "Memo: On dropout",
        "信息时代",
        ("深度学习",),
    ),
    _article(
        "finetune",
        4611,
        "2017-10-13",
        "基于fine tune的图像分类（百度分狗竞赛）",
        "Jiyu fine tune de tuxiang fenlei (Baidu fen gou jingsai)",
        "Image classification based on fine-tuning (Baidu's dog contest)",
        "信息时代",
    ),
    _article(
        "wordvec",
        4669,
        "2017-11-19",
        "更别致的词向量模型(二)：对语言进行建模",
        "Geng biezhi de ci xiangliang moxing (er): Dui yuyan jinxing jianmo",
        "A less common word vector model (2): Modelling language",
        "信息时代",
    ),
    _article(
        "gillespie",
        5607,
        "2018-06-07",
        "python简单实现gillespie模拟",
        "Python jiandan shixian gillespie moni",
        "A simple implementation of Gillespie simulation in Python",
        "物理化学",
        ("概率", "模拟", "随机", "主方程"),
    ),
    _article(
        "fgan",
        6016,
        "2018-09-29",
        "f-GAN简介：GAN模型的生产车间",
        "f-GAN jianjie: GAN moxing de shengchan chejian",
        "A brief introduction to f-GAN: The workshop that produces GAN models",
        "数学研究",
        ("变分", "GAN", "推断", "生成模型"),
    ),
    _article(
        "onelossgan",
        6387,
        "2019-02-22",
        "巧断梯度：单个loss实现GAN模型",
        "Qiao duan tidu: Dange loss shixian GAN moxing",
        "Cutting gradients cleverly: A GAN model from a single loss",
        "信息时代",
        ("GAN", "生成模型", "keras", "梯度"),
    ),
    _article(
        "guide",
        6508,
        "2019-03-26",
        "科学空间浏览指南（FAQ）",
        "Kexue Kongjian liulan zhinan (FAQ)",
        "A guide to reading Scientific Spaces (FAQ)",
    ),
    _article(
        "reuse",
        6985,
        "2019-09-29",
        "“让Keras更酷一些！”：层与模型的重用技巧",
        "“Rang Keras geng ku yixie!”: Ceng yu moxing de chongyong jiqiao",
        "“Make Keras cooler!”: Tricks for reusing layers and models",
        "信息时代",
        ("模型", "keras"),
    ),
)

# The chapters' own titles, in English and in Chinese: an article's title is its author's.
TITLES = {
    "dropout": ("Dropout: masks, ensembles and ridge regression", "Dropout：掩码、集成与岭回归"),
    "finetune": ("Fine-tuning: what a network already knows", "微调：预训练网络已经知道什么"),
    "wordvec": ("Word vectors: counts, chance and inner products", "词向量：共现、互信息与内积"),
    "gillespie": ("Gillespie simulation: chance, event by event", "Gillespie 模拟：逐个事件的精确抽样"),
    "fgan": ("f-GAN: a divergence from every convex function", "f-GAN：凸函数、散度与变分下界"),
    "onelossgan": ("A GAN with one loss: where gradients are cut", "一个损失训练 GAN：停止梯度与同步训练"),
    "guide": ("A guide for readers: print, cite, search, ask", "读者指南：打印、引用与搜索"),
    "reuse": ("Reusing layers and models: share, copy, cut", "层与模型：共享、复制与割开"),
}

CHAPTERS = tuple(map(_chapter, ARTICLES))

BOOK = Work(f"kexuelive{BOOK_YEAR}", BOOK_TITLE, BOOK_YEAR, f"{ADDRESS}intro.html", "", "intro", native=AUTHORS)
