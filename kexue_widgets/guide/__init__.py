"""A guide for readers: what one may want to do with an article or a chapter, each thing done.

Chapter for 科学空间浏览指南（FAQ） (Jianlin Su, 2019-03-26, https://kexue.fm/archives/6508).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .cite import STYLES, apa, bibtex, cite, escape, gbt, plain, ris
from .works import ARTICLES, BOOK, CHAPTERS, Work

if TYPE_CHECKING:
    from .environment import Check, Checks, check_environment
    from .explorers import Citation, Editions, searcher, smart_search
    from .previews import CommentPreview, PagePreview
    from .search import Index, Section, anchor, build_index, contributions, inverse_document_frequency, read_sections

# What builds the book has no use for torch, which their modules import.
LATER = {
    ".environment": ("Check", "Checks", "check_environment"),
    ".explorers": ("Citation", "Editions", "searcher", "smart_search"),
    ".previews": ("CommentPreview", "PagePreview"),
    ".search": (
        *("Index", "Section", "anchor", "build_index"),
        *("contributions", "inverse_document_frequency", "read_sections"),
    ),
}

__all__ = [
    "ARTICLES",
    "BOOK",
    "CHAPTERS",
    "STYLES",
    "Check",
    "Checks",
    "Citation",
    "CommentPreview",
    "Editions",
    "Index",
    "PagePreview",
    "Section",
    "Work",
    "anchor",
    "apa",
    "bibtex",
    "build_index",
    "check_environment",
    "cite",
    "contributions",
    "escape",
    "gbt",
    "inverse_document_frequency",
    "plain",
    "read_sections",
    "ris",
    "searcher",
    "smart_search",
]


def __getattr__(name: str) -> Any:
    for module, names in LATER.items():
        if name in names:
            return getattr(import_module(module, __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
