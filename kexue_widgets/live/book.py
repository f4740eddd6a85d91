"""Sphinx extension of the book: explorers and formulas that need neither a network nor a server.

Files that only some pages need live in `_kexue/`, beside `_static/`: jupyter-book puts every script it finds in
`_static/` on every page.
"""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

PACKAGE = Path(__file__).parents[1]
STATIC = PACKAGE / "static"
# Sphinx takes script addresses as relative to `_static/`.
BESIDE_STATIC = "../_kexue"

# MathJax 4 breaks long formulas into lines. Of its parts only those named here are there (see frontend/build.mjs):
# its menu and its speech engine weigh more than the rest; hidden MathML serves screen readers.
MATHJAX: dict[str, Any] = {
    "loader": {"load": ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]},
    "tex": {"inlineMath": [["\\(", "\\)"]], "displayMath": [["\\[", "\\]"]], "processEnvironments": False},
    "output": {"font": "mathjax-newcm", "fontPath": "[mathjax]/%%FONT%%-font", "displayOverflow": "linebreak"},
}


def package_hash() -> str:
    """Hash of the package's Python files: what a notebook shows depends on them as much as on its own cells."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def configure(app: Sphinx, config: Config) -> None:
    """Tell the kernels that they run for a book, and everything on the page to stay off the network."""
    os.environ["KEXUE_BOOK"] = "1"
    # jupyter-cache keys on a notebook's cells alone: a new package version needs a cache of its own.
    config.nb_execution_cache_path = str(Path(app.outdir).parent / ".jupyter_cache" / package_hash())
    config.nb_ipywidgets_js = {}
    config.mathjax_path = f"{BESIDE_STATIC}/mathjax/startup.js"
    config.mathjax3_config = MATHJAX


def copy_files(app: Sphinx) -> None:
    """Put the page script, its engine and MathJax into the book."""
    if app.builder.format != "html":
        return
    if not STATIC.is_dir():
        raise ExtensionError(f"{STATIC} is missing: build the front end with `pip install .`")
    target = Path(app.outdir) / "_kexue"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(STATIC, target, ignore=shutil.ignore_patterns("widget.js"))
    shutil.copy(Path(__file__).with_name("book.css"), target)
    app.add_css_file(f"{BESIDE_STATIC}/book.css")


def add_page_files(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the explorer's script and style on pages that hold one."""
    if app.builder.format == "html" and "<kexue-explorer" in context.get("body", ""):
        app.add_js_file(f"{BESIDE_STATIC}/page.js", loading_method="defer")
        app.add_css_file(f"{BESIDE_STATIC}/style.css")


def drop_icon_script(app: Sphinx, exception: Exception | None) -> None:
    """Empty the theme's icon script: the theme's web font has the same icons at a quarter of the weight."""
    script = Path(app.outdir) / "_static" / "scripts" / "fontawesome.js"
    if exception is None and script.exists():
        script.write_text("")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_files)
    app.connect("html-page-context", add_page_files)
    app.connect("build-finished", drop_icon_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
