"""Only pages on which something is new are written again.

By itself Sphinx writes the first page, and what extensions add, after any change; and it does not see when a page shows
what has changed elsewhere: another page's title, or a word of an explorer in the catalogue of all pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ..sphinx import has_scripts
from . import chapters
from .search import search_page
from .translation import explorers_words, sayer, table_words

FIELD = "said"  # in a page's metadata: its words, and how they were said


class Writing:
    """What is written in one build of an edition."""

    def __init__(self, own: list[str]) -> None:
        self.own = own  # words of all pages
        self.images: set[str] = set()
        self.read: set[str] = set()
        self.all = False
        self.spared = False

    def note_words(self, app: Sphinx, document: nodes.document) -> None:
        """Keep how the words of a page are said, those aside which Sphinx translates."""
        say, page = sayer(app, app.env.docname), "".join(raw.astext() for raw in document.findall(nodes.raw))
        pictures = [image["alt"] for image in document.findall(nodes.image) if "alt" in image]
        said = app.env.metadata[app.env.docname].setdefault(FIELD, {})
        words = [*self.own, *explorers_words(page), *table_words(page), *pictures]
        said |= {word: say(word) for word in words}

    def said_otherwise(
        self, app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
    ) -> list[str]:
        """The pages that have a word which is now said in another way."""
        self.images = _images(env)
        said = {name: (sayer(app, name), env.metadata[name].get(FIELD, {})) for name in env.found_docs}
        return [name for name, (say, words) in said.items() if any(say(word) != words[word] for word in words)]

    def begin(self, app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
        """Know which pages are read."""
        self.read = {*docnames}

    def show_others(self, app: Sphinx, env: Any) -> list[str]:
        """All pages, if what they show of each other has changed: titles, facts, where links lead."""
        labels = sorted(env.get_domain("std").labels.items())
        now = [(name, env.titles[name].astext(), env.metadata[name].get(chapters.FIELD)) for name in sorted(env.titles)]
        before, env.kexue_shown = getattr(env, "kexue_shown", None), (now, labels)
        self.all = before != env.kexue_shown
        return sorted(env.found_docs) if self.all else []

    def spare(self, app: Sphinx, builder: Any) -> None:
        """Leave the first page, and the one of the search, as they are, if nothing on them is new."""
        root, prepare = app.config.root_doc, builder.prepare_writing
        if self.all or root in {*self.read, *builder.get_outdated_docs()} or not has_scripts(app):
            return

        def prepare_writing(docnames: set[str]) -> None:
            docnames.discard(root)
            prepare(docnames)

        self.spared = True
        builder.prepare_writing = prepare_writing

    def search_page(self, app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
        """The page of the search, unless it is there and nothing on it is new."""
        if not (self.spared and Path(app.outdir, "search.html").exists()):
            yield from search_page(app)

    def drop_images(self, app: Sphinx, exception: Exception | None) -> None:
        """Take away what pages showed and show no more, such as what a notebook has drawn before."""
        if exception is None and app.builder.format == "html":
            for name in self.images - _images(app.env):
                Path(app.outdir, app.builder.imagedir, name).unlink(missing_ok=True)


def _images(env: BuildEnvironment) -> set[str]:
    return {name for _, name in env.images.values()}
