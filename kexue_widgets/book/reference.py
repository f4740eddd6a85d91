"""The reference page: docstrings, which are plain text, as Sphinx's autodoc wants them, and tables of operations."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from .translation import sayer
from .writing import FIELD

# Code in backticks, which stays as it is; or a character that means something else in a docstring than in reStructuredText.
CODE_OR_MARKUP = re.compile(r"(`[^`]*`)|[*|\\]|_(?!\w)")


def escape_markup(app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
    """A formula's stars, bars and underscores are no markup."""
    lines[:] = [CODE_OR_MARKUP.sub(lambda found: found[1] or "\\" + found[0], line) for line in lines]


def explorer_signature(
    app: Sphinx, what: str, name: str, item: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """An explorer takes values for its controls."""
    from ..live.explorer import Explorer

    if not (inspect.isclass(item) and issubclass(item, Explorer) and item is not Explorer):
        return None
    explorer = item()
    values = {name: repr(value) for name, value in {**explorer.values, "seed": explorer.seed}.items()}
    return f"({', '.join(f'{name}={value}' for name, value in values.items() if len(value) < 40)})", returns


class Operators(SphinxDirective):
    """A table of the operations that a model may use, or of those that are refused: what `tests/test_operators.py` tries."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """A row for each group of operations, or for each refused one with what can stand in its place."""
        from ..live.operators import REFUSED, WORKS

        say = sayer(self.env.app, self.env.docname)
        self.env.metadata[self.env.docname].setdefault(FIELD, {}).update({word: say(word) for word in WORKS})
        works = [([nodes.Text(say(group))], _listed(each)) for group, each in WORKS.items()]
        refused = [([nodes.literal(text=each)], [nodes.Text(instead)]) for each, instead in REFUSED.values()]
        body = nodes.tbody()
        for row in {"works": works, "refused": refused}[self.arguments[0]]:
            body += nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in row))
        widths = (1, 4) if self.arguments[0] == "works" else (1, 1)
        group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in widths), body, cols=2)
        return [nodes.table("", group, classes=["colwidths-given"])]


def _listed(expressions: Sequence[str]) -> list[nodes.Node]:
    commas: list[nodes.Node] = [nodes.Text(", ") for _ in expressions]
    return [
        node for each, comma in zip(expressions, commas, strict=True) for node in (comma, nodes.literal(text=each))
    ][1:]


def note_described(app: Sphinx, doctree: nodes.document) -> None:
    """Keep what a page that describes code was made of."""
    app.env.metadata[app.env.docname]["described"] = described(app.env, app.env.docname)


def spare(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Take from the pages to be read again those that describe code of which a comment alone has changed."""
    for name in [*changed]:
        known = env.metadata[name].get("described", "")
        if known and Path(env.doctreedir, f"{name}.doctree").is_file() and known == described(env, name):
            changed.discard(name)
    return []


def described(env: BuildEnvironment, docname: str) -> str:
    """A hash of the syntax and the docstrings of the code that a page describes, and of the page; empty if it describes none."""
    files = {Path(env.srcdir, each) for each in env.dependencies[docname]}
    code = {each for each in files if each.suffix == ".py"}
    if not code or not all(each.is_file() for each in files):
        return ""
    trees = [ast.dump(ast.parse(each.read_text("utf-8"))) for each in sorted(code)]
    others = [each.read_bytes() for each in [Path(env.doc2path(docname)), *sorted(files - code)]]
    return hashlib.sha256(repr((trees, others)).encode()).hexdigest()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register what the reference page needs."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.add_directive("operators", Operators)
    app.connect("autodoc-process-docstring", escape_markup, priority=100)  # before napoleon adds markup of its own
    app.connect("autodoc-process-signature", explorer_signature)
    app.connect("doctree-read", note_described, priority=900)  # when it is known what the page depends on
    app.connect("env-get-outdated", spare)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
