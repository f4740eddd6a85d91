"""The chapter's explorers: a reference to copy, and a search with its arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ..live import Choice, Explorer, Passages, Query, Ranking, Table, View
from .cite import STYLES, cite
from .search import Index, build_index, contributions, inverse_document_frequency, read_sections
from .works import ARTICLES, BOOK, CHAPTERS, Work

RESULTS, PASSAGES, TERMS = 6, 3, 5  # rows of each kind
OPENING = 220  # characters of a section, to recognise it by


class Citation(Explorer):
    """A reference to one of the articles, to a chapter of this book or to the book itself, in one of five styles, as text
    to copy."""

    works: Sequence[Work] = (*ARTICLES, *CHAPTERS, BOOK)

    work = Choice({work.title: number for number, work in enumerate(works)}, label="what to cite")
    format = Choice({name: number for number, name in enumerate(STYLES)}, label="format")

    views = (View(Passages("which", [cite(work, style) for work in works for style in STYLES]), title="reference"),)

    @staticmethod
    def frame(work: Tensor, format: Tensor) -> dict[str, Tensor]:
        return {"which": (work * len(STYLES) + format).reshape(1)}


def smart_search(folder: str | Path) -> Explorer:
    """A search over the chapters in a folder, as an explorer.

    Args:
        folder: with the chapters' notebooks, as `read_sections` takes it.
    """
    return searcher(build_index(read_sections(folder)))


def searcher(index: Index) -> Explorer:
    """A search in an index, as an explorer."""
    counts = index.counts
    none = len(index.sections), len(index.terms)
    chapters = {chapter.chapter: chapter.title for chapter in CHAPTERS}
    # The empty string stands where there are fewer results, or terms, than rows.
    names, headings = [""] * (none[0] + 1), [""] * none[0]
    for place, (chapter, title) in enumerate((each.chapter, each.title) for each in index.sections):
        whole = title == chapters[chapter]
        names[place] = chapter if whole else f"{chapter}: {title}"
        headings[place] = title if whole else f"{chapters[chapter]} · {title}"
    terms = [*(term.split()[0] for term in index.terms), ""]
    passages = [f"{heading}\n{_opening(each.text)}" for heading, each in zip(headings, index.sections, strict=True)]

    class SmartSearch(Explorer):
        """A question in Chinese or English; the sections of this book that answer it best; and what each word of the
        question adds to the score of the first."""

        question = Query("Why are the survivors of dropout divided by 1 - p?", index.terms, label="your question")

        views = (
            View(Passages("first", [*passages, ""], [*(each.address for each in index.sections), ""]), title="found"),
            View(Ranking("found", "score", names=names), title="sections, by score"),
            View(Ranking("term", "adds", names=terms), title="what each word adds to the first"),
            View(
                Table(
                    "arithmetic",
                    rows=[f"{number}." for number in range(1, TERMS + 1)],
                    columns=("rarity (idf)", "count in the first", "its length / mean", "product"),
                ),
                title="the arithmetic of the words above",
            ),
        )

        @staticmethod
        def frame(question: Tensor) -> dict[str, Tensor]:
            adds = contributions(counts, question)
            length = counts.sum(1)
            # Among equals the earlier section: which one sorting would put first is not said.
            order = (adds.sum(1) - 1e-6 * torch.arange(none[0])).topk(RESULTS).indices
            score = adds.sum(1)[order]
            found = torch.where(score > 0, order, none[0])
            first = order[:1]
            best = (adds[first][0] - 1e-6 * torch.arange(len(question))).topk(TERMS).indices
            value = adds[first][0][best]
            term = question[best].clamp(min=0).long()
            there = value > 0
            columns = [inverse_document_frequency(counts)[term], counts[first][0][term], length[first] / length.mean()]
            return {
                "first": found[:PASSAGES],
                "found": found,
                "score": score,
                "term": torch.where(there, term, none[1]),
                "adds": value,
                "arithmetic": torch.stack([*(column.expand(TERMS) * there for column in columns), value], dim=1),
            }

    return SmartSearch()


def _opening(text: str) -> str:
    return text if len(text) <= OPENING else f"{text[:OPENING].rsplit(' ', 1)[0]} …"
