"""The chapter's explorers: a reference to copy, and a search with its arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..live import Choice, Explorer, Passages, Query, Ranking, Table, View, book_graphs
from .cite import STYLES, cite
from .search import Index, build_index, inverse_document_frequency, read_sections, weights
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


# What is asked first, in each language that the book comes in.
QUESTIONS = {"": "Why does dropout divide by 1 - p?", "zh_CN": "为什么 dropout 要除以保留率？"}


def smart_search(folder: str | Path, language: str = "") -> Explorer:
    """A search over the chapters in a folder, as an explorer.

    Args:
        folder: with the chapters' notebooks, as `read_sections` takes it.
        language: of a translation, as `read_sections` takes it.
    """
    return searcher(build_index(read_sections(folder, language)), QUESTIONS[language])


class Editions:
    """Explorers for the editions of a book in several languages: a page shows that in its own, a notebook the first.

    Args:
        explorers: by language, as pages name it: "en", "zh-CN".
    """

    def __init__(self, explorers: Mapping[str, Explorer]) -> None:
        self.explorers = explorers

    def _repr_mimebundle_(self, **keywords: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundles = {language: each._repr_mimebundle_(**keywords) for language, each in self.explorers.items()}
        data, metadata = next(iter(bundles.values()))
        if book_graphs():
            parts = (
                f'<div class="kexue-edition" lang="{name}">{each["text/html"]}</div>'
                for name, (each, _) in bundles.items()
            )
            data = {**data, "text/html": "".join(parts)}
        return data, metadata


def searcher(index: Index, question: str = QUESTIONS[""]) -> Explorer:
    """A search in an index, as an explorer that is asked this question first."""
    first_question, none = question, len(index.sections)
    chapters = {
        each.chapter: each.title for each in reversed(index.sections)
    }  # a chapter's first section has its title
    # The empty string stands where there are fewer results, or terms, than rows.
    names, headings = [""] * (none + 1), [""] * none
    for place, (chapter, title) in enumerate((each.chapter, each.title) for each in index.sections):
        whole = title == chapters[chapter]
        names[place] = chapter if whole else f"{chapter}: {title}"
        headings[place] = title if whole else f"{chapters[chapter]} · {title}"
    terms = ["", *(term.split()[0] for term in index.terms)]
    # Of each term its number, counted from 1, and how often it is in each section.
    rows = torch.cat([torch.arange(1, len(terms))[:, None], index.counts.T], 1)
    passages = [f"{heading}\n{_opening(each.text)}" for heading, each in zip(headings, index.sections, strict=True)]

    class SmartSearch(Explorer):
        """A question in Chinese or English; the sections of this book that answer it best; and what each word of the
        question adds to the score of the first."""

        question = Query(first_question, index.terms, rows=rows, label="your question")

        views = (
            View(Passages("first", [*passages, ""], [*(each.address for each in index.sections), ""]), title="found"),
            View(Ranking("found", "score", names=names), title="sections, by score"),
            View(Ranking("term", "adds", names=terms), title="what each word adds to the first"),
            View(
                Table(
                    "arithmetic",
                    index="term",
                    names=terms,
                    columns=("rarity (idf)", "count in the first", "its length / mean", "product"),
                ),
                title="the arithmetic of the words above",
            ),
        )

        @staticmethod
        def frame(question: Tensor) -> dict[str, Tensor]:
            term, frequency, length = question[:-1, 0], question[:-1, 1:].T, question[-1, 1:]
            adds = weights(frequency, length)
            order = adds.sum(1).sort(stable=True, descending=True).indices[:RESULTS]  # among equals the earlier section
            score = adds.sum(1)[order]
            found = torch.where(score > 0, order, len(length))
            first = order[:1]
            best = adds[first][0].sort(stable=True, descending=True).indices[:TERMS]
            value = adds[first][0][best]
            there = value > 0
            rarity = inverse_document_frequency(frequency)[best]
            columns = [rarity, frequency[first][0][best], length[first] / length.mean()]
            return {
                "first": found[:PASSAGES],
                "found": found,
                "score": score,
                "term": term[best] * there,
                "adds": value,
                "arithmetic": torch.stack([*(column.expand(TERMS) * there for column in columns), value], dim=1),
            }

    return SmartSearch()


def _opening(text: str) -> str:
    return text if len(text) <= OPENING else f"{text[:OPENING].rsplit(' ', 1)[0]} …"
