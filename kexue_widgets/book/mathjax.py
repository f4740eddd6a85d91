"""Formulas by a MathJax that lies beside the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from ..mathjax import MATHJAX
from ..sphinx import beside_static, copy_static, has_scripts, put


def configure(app: Sphinx, config: Config) -> None:
    """Take formulas from the book; what an author has configured, such as macros, goes before what is said here."""
    config.mathjax_path = beside_static(app, "mathjax/startup.js")
    config.mathjax3_config = merged(MATHJAX, config.mathjax3_config or {})


def merged(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """One configuration of two: theirs, and of ours what they do not say."""
    both = {
        name: merged(ours[name], each) if isinstance(each, dict) and isinstance(ours.get(name), dict) else each
        for name, each in theirs.items()
    }
    return ours | both


def copy(app: Sphinx) -> None:
    """Put MathJax, and the style that lets it break lines, into the book."""
    if not has_scripts(app):
        return
    app.add_css_file(beside_static(app, "mathjax.css"))
    if app.config.kexue_root == ".":
        copy_static(app, "mathjax")
        put(app, Path(__file__).with_name("mathjax.css"), "mathjax.css")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.setup_extension("kexue_widgets.sphinx")
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
