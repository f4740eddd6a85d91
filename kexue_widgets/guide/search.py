"""Search over the book's own chapters: terms, counts and their ranking by BM25.

Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and Trends in Information
Retrieval 3 (2009) 333-389, equations 3.3 and 3.15. What is ranked are sections, of the edition in one language.

Chinese is written without spaces. Its words are found by jieba when the index is made; English words are put together
by Porter's stemmer in Snowball's version. A question then needs neither: the index knows the written forms.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..checks import real_number
from ..segmentation import runs, segment
from .formulas import readable
from .terms import chinese_words
from .works import ARTICLES

if TYPE_CHECKING:
    import snowballstemmer

DISPLAYED = re.compile(r"\$\$ *(.*?) *\$\$", re.DOTALL)
FORMULA = re.compile(r"\$\$[\s\S]*?\$\$|\$[^$]*\$")
ASIDE = re.compile("\ufffc(\\d+)\ufffc")  # the number of a formula that stands here
# Blocks of code, addresses, directives and tags; of links the words stay.
OTHER = re.compile(r"```[\s\S]*?```|https?://\S+|^:{3,}.*$|^:\w+:.*$|\{\w+\}|<[^>]+>", re.MULTILINE)
LINK = re.compile(r"""\[([^\]]*)\]\((?:#live:\S+ "(?:[^"\\]|\\.)*"|[^)]*)\)""")
LEFT_OUT = {"References", "Exercises"}  # titles of other people's works, and questions about everything at once


@dataclass(frozen=True)
class Section:
    """What stands under one heading of a chapter: its title and its text, with formulas in a line and without code; `place` is
    the heading's id on its page."""

    chapter: str
    title: str
    text: str
    place: str = ""

    @property
    def address(self) -> str:
        """Where it is in the built book, relative to the chapters' folder."""
        return f"{self.chapter}.html#{self.place}"


def anchor(title: str) -> str:
    """A heading's id on a page, as docutils makes it; empty for a heading without Latin letters."""
    if not isinstance(title, str):
        raise TypeError(f"title must be a string, got {title!r:.60}")
    latin = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", latin))


def read_sections(folder: str | Path, language: str = "") -> list[Section]:
    """The sections of all chapters that are there, from the Markdown of their notebooks.

    Args:
        folder: with a notebook for each chapter, named like it.
        language: of a translation in the folder's `locale`, such as "zh_CN"; empty for the notebooks' own.

    Raises:
        FileNotFoundError: there is no chapter in it, or no such translation.
    """
    paths = [Path(folder, f"{article.chapter}.ipynb") for article in ARTICLES]
    sections = [section for path in paths if path.exists() for section in _sections(path, language)]
    if not sections:
        raise FileNotFoundError(f"folder must hold chapters such as {paths[0].name}, got {str(folder)!r}")
    return sections


def _sections(path: Path, language: str) -> Iterable[Section]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    markdown = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    parts = re.split(r"^##? +(.+)$", markdown, flags=re.MULTILINE)[1:]
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    shown = (
        _translated(path, language, sections) if language else {title: (title, sections[title]) for title in sections}
    )
    for original, (title, text) in shown.items():
        if original not in LEFT_OUT:
            yield Section(path.stem, _plain(title), _plain(text), anchor(original.replace("$", "")))


def _translated(path: Path, language: str, sections: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The titles and texts in another language, by the original titles: a catalogue has all paragraphs in their order, and
    displayed formulas stand between them as in the original."""
    from babel.messages.pofile import read_po

    catalogue = path.parent / "locale" / language / "LC_MESSAGES" / "book" / f"{path.stem}.po"
    with catalogue.open("rb") as file:
        messages = {" ".join(str(each.id).split()): str(each.string) for each in read_po(file) if each.id}
    found: dict[str, tuple[str, list[str]]] = {}
    here: list[str] = []
    rest = ""  # of the original section

    def show(formulas: str) -> None:
        here.extend(f"$${messages.get(each, each)}$$" for each in DISPLAYED.findall(formulas))

    displayed = {each for text in sections.values() for each in DISPLAYED.findall(" ".join(text.split()))}
    for original, translation in messages.items():
        if original in sections and original not in found:
            show(rest)
            found[original] = translation, (here := [])
            rest = " ".join(sections[original].split())
        elif original not in displayed:
            before, met, after = rest.partition(original)
            if met:
                show(before)
                rest = after
            here.append(translation)
    show(rest)
    return {title: (translation, "\n\n".join(parts)) for title, (translation, parts) in found.items()}


def _plain(markdown: str) -> str:
    formulas: list[str] = []

    def aside(found: re.Match[str]) -> str:
        formulas.append(readable(found[0].strip("$")))
        return f" \ufffc{len(formulas) - 1}\ufffc "

    # What is a mark of Markdown elsewhere is a sign in a formula, and in code. Chinese has no blanks around what is stressed.
    text = OTHER.sub(" ", LINK.sub(r"\1", FORMULA.sub(aside, markdown)))
    text = re.sub(r"\*+", "", re.sub(r"[#`>|]|(?<=[0-9A-Za-z])\*+(?=[0-9A-Za-z])", " ", text))
    words = ASIDE.sub(lambda found: formulas[int(found[1])], text)
    return re.sub(r" (?=[,.;:)，。；：！？、）])|(?<=[，。；：！？、（]) ", "", " ".join(words.split()))


@dataclass(frozen=True)
class Index:
    """How often each term occurs in each section.

    Args:
        sections: n of them.
        terms: m strings, each the written forms of a term, the most frequent first, separated by spaces.
        counts: (n, m).
    """

    sections: list[Section]
    terms: list[str]
    counts: Tensor

    @property
    def forms(self) -> dict[str, int]:
        """The number of each written form's term."""
        return {form: number for number, term in enumerate(self.terms) for form in term.split()}

    def search(self, question: str) -> list[tuple[float, Section]]:
        """The sections that have anything to do with a question, and their scores, the best first."""
        numbers = segment(question, self.forms)
        scores = contributions(self.counts, torch.tensor(numbers, dtype=torch.long)).sum(1)
        order = scores.argsort(descending=True, stable=True).tolist()
        return [(scores[each].item(), self.sections[each]) for each in order if scores[each] > 0]

    def __repr__(self) -> str:
        return f"Index({len(self.sections)} sections, {len(self.terms)} terms)"


def build_index(sections: Iterable[Section]) -> Index:
    """Count the terms of each section: stems of English words, and all Chinese words, even those within longer ones."""
    sections = list(sections)
    if wrong := [each for each in sections if not isinstance(each, Section)]:
        raise TypeError(f"sections must be Section, such as those of read_sections, got {wrong[0]!r:.60}")
    texts = [f"{section.title}. {section.text}" for section in sections]
    chinese = set(chinese_words(texts))
    occurrences = [list(_occurrences(text, chinese)) for text in texts]
    written = Counter(form for each in occurrences for form in each)
    stems: dict[str, list[str]] = {}
    for form, _ in written.most_common():
        stems.setdefault(_stemmer().stemWord(form), []).append(form)
    terms = [" ".join(forms) for forms in stems.values()]
    number = {form: place for place, forms in enumerate(stems.values()) for form in forms}
    counts = torch.zeros(len(sections), len(terms))
    for row, each in enumerate(occurrences):
        for form, count in Counter(each).items():
            counts[row, number[form]] += count
    return Index(sections, terms, counts)


def inverse_document_frequency(counts: Tensor) -> Tensor:
    """log((n - n_t + 1/2) / (n_t + 1/2)) for a term in n_t of n sections; 0 for one in more than half of them.

    Args:
        counts: (n, m), of m terms in n sections.

    Returns:
        (m,). Equation 3.3, with what would be negative set to 0, so that no list of stop words is needed.
    """
    containing = (counts > 0).sum(0).float()
    return torch.log((len(counts) - containing + 0.5) / (containing + 0.5)).clamp(min=0)


def contributions(counts: Tensor, question: Tensor, k1: float = 1.5, b: float = 0.75) -> Tensor:
    """What each term of a question adds to the BM25 score of each section: idf f (k1 + 1) / (f + k1 (1 - b + b L / L_mean)).

    Args:
        counts: (n, m), of m terms in n sections; f is a term's count, L the sum of a section's counts.
        question: (q,), numbers of terms; -1 stands for none and adds 0.
        k1: how soon a term's repetitions stop to count.
        b: how far a section's length is made up for, from 0 to 1.

    Returns:
        (n, q). The sum over q is the score. Equation 3.15, with the factor k1 + 1 that most programs have.

    Raises:
        ValueError: a k1 below 0, or a b outside [0, 1].
    """
    for name, value, largest in (("k1", k1, 1e9), ("b", b, 1)):
        if not isinstance(value, Tensor):  # as sliders' values are
            real_number(name, value, 0, largest)
    frequency = counts[:, question.clamp(min=0).long()] * (question >= 0)
    return weights(frequency, counts.sum(1), k1, b)


def weights(frequency: Tensor, length: Tensor, k1: float = 1.5, b: float = 0.75) -> Tensor:
    """The same of the question's terms alone.

    Args:
        frequency: (n, q), how often each of them occurs in each section.
        length: (n,), L.
        k1: as in `contributions`.
        b: as in `contributions`.

    Returns:
        (n, q).
    """
    idf = inverse_document_frequency(frequency)
    return idf * frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * length[:, None] / length.mean()))


def _occurrences(text: str, chinese: set[str]) -> Iterable[str]:
    longest = max(map(len, chinese), default=0)
    for run in runs(text):
        if run[0] < "㐀":
            yield from [run] if len(run) > 1 else []
        else:
            ends = ((i, j) for i in range(len(run)) for j in range(i + 2, min(i + longest, len(run)) + 1))
            yield from (run[i:j] for i, j in ends if run[i:j] in chinese)


@lru_cache(1)
def _stemmer() -> snowballstemmer.stemmer:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
