"""What a chapter asks of its reader: minutes, live figures, exercises; told under its title and on its card."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from ..guide.works import CHAPTERS
from .translation import catalogue

FACTS = {"minutes": "about {n} minutes", "figures": "{n} live figures", "exercises": "{n} exercises"}
FIELD = "facts"
NAMES = {chapter.chapter for chapter in CHAPTERS}

WORDS, CHARACTERS = 200, 350  # that are read in a minute: English ones, Chinese ones
FORMULA, CODE, FIGURE = 0.5, 0.5, 2.0  # minutes that a displayed formula, a piece of code, a live figure takes
ROUNDED = 5  # minutes


class Facts(nodes.Inline, nodes.TextElement):
    """Stands for the facts of another page, which may not have been read yet."""


class FactsRole(SphinxRole):
    """The facts of a chapter, by its name: {facts}`dropout`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """A place for them."""
        return [Facts("", "", name=self.text)], []


def facts_of(document: nodes.document) -> dict[str, int]:
    """What a page asks of its reader, by counting."""
    text = " ".join(node.astext() for node in document.findall(nodes.paragraph))
    figures = sum("<kexue-" in node.astext() for node in document.findall(nodes.raw))
    solutions = [node for node in document.findall(nodes.Admonition) if "dropdown" in node["classes"]]
    minutes = (
        len(re.findall(r"[A-Za-z]+", text)) / WORDS
        + len(re.findall(r"[㐀-鿿]", text)) / CHARACTERS
        + FORMULA * len(list(document.findall(nodes.math_block)))
        + CODE * len(list(document.findall(nodes.literal_block)))
        + FIGURE * figures
    )
    return {"minutes": max(1, round(minutes / ROUNDED)) * ROUNDED, "figures": figures, "exercises": len(solutions)}


def in_words(app: Sphinx, facts: dict[str, int]) -> str:
    """The facts as a line; without what there is nothing of."""
    say = catalogue(app).gettext
    return " · ".join(say(FACTS[name]).format(n=count) for name, count in facts.items() if count)


def line(app: Sphinx, facts: dict[str, int]) -> nodes.paragraph:
    """The facts as a paragraph of their own."""
    return nodes.paragraph("", in_words(app, facts), classes=["kexue-facts"])


def read(app: Sphinx, document: nodes.document) -> None:
    """Count what a chapter asks, and tell it under the line that names its article, and before its exercises."""
    docname = app.env.docname
    if docname.rpartition("/")[2] not in NAMES or not document.children:
        return
    facts = app.env.metadata[docname][FIELD] = facts_of(document)
    place = next(iter(document.findall(nodes.paragraph)))
    place["classes"].append("kexue-article")
    place.parent.insert(place.parent.index(place) + 1, line(app, facts))
    for section in document.findall(nodes.section):
        if "exercises" in section["ids"] and facts["exercises"]:
            section.insert(1, line(app, {"exercises": facts["exercises"]}))


def resolve(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the facts of other pages where they are asked for."""
    folder = docname.rpartition("/")[0]
    for place in list(document.findall(Facts)):
        facts: dict[str, Any] = app.env.metadata.get(f"{folder}/{place['name']}", {}).get(FIELD, {})
        place.replace_self(nodes.inline("", in_words(app, facts), classes=["kexue-facts"]))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what tells the facts."""
    app.add_node(Facts)
    app.add_role("facts", FactsRole())
    app.connect("doctree-read", read)
    app.connect("doctree-resolved", resolve)
    # Pages that were read before the facts were counted are read again.
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
