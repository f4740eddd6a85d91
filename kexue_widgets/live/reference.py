"""The reference page: docstrings, which are plain text, as Sphinx's autodoc wants them."""

from __future__ import annotations

import inspect
import re
from typing import Any

from sphinx.application import Sphinx

from .explorer import Explorer

# Code in backticks, which stays as it is; or a character that means something else in a docstring than in reStructuredText.
CODE_OR_MARKUP = re.compile(r"(`[^`]*`)|[*|\\]|_(?!\w)")


def escape_markup(app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
    """A formula's stars, bars and underscores are no markup."""
    lines[:] = [CODE_OR_MARKUP.sub(lambda found: found[1] or "\\" + found[0], line) for line in lines]


def explorer_signature(
    app: Sphinx, what: str, name: str, item: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """An explorer takes values for its controls."""
    if not (inspect.isclass(item) and issubclass(item, Explorer) and item is not Explorer):
        return None
    explorer = item()
    values = {name: repr(value) for name, value in {**explorer.values, "seed": explorer.seed}.items()}
    return f"({', '.join(f'{name}={value}' for name, value in values.items() if len(value) < 40)})", returns


def setup(app: Sphinx) -> dict[str, bool]:
    """Register what the reference page needs."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("autodoc-process-docstring", escape_markup, priority=100)  # before napoleon adds markup of its own
    app.connect("autodoc-process-signature", explorer_signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
