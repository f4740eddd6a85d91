"""Sphinx extension of the book: explorers and formulas that need neither a network nor a server.

Files that only some pages need live in `_kexue/`, beside `_static/`: jupyter-book puts every script it finds in
`_static/` on every page.
"""

import html
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.search.zh import SearchChinese

from .graph import package_hash
from .page import STATIC
from .translation import catalogue, frontend_words, translated, translations, write_template

# Sphinx takes script addresses as relative to `_static/`.
BESIDE_STATIC = "../_kexue"
ARCHIVE = "kexue-live.zip"  # the whole book, linked on its first page

# MathJax 4 breaks long formulas into lines. Of its parts only those named here are there (see frontend/build.mjs):
# its menu and its speech engine weigh more than the rest; hidden MathML serves screen readers.
MATHJAX: dict[str, Any] = {
    "loader": {"load": ["core", "input/tex", "output/chtml", "a11y/assistive-mml"]},
    "tex": {"inlineMath": [["\\(", "\\)"]], "displayMath": [["\\[", "\\]"]], "processEnvironments": False},
    "output": {"font": "mathjax-newcm", "fontPath": "[mathjax]/%%FONT%%-font", "displayOverflow": "linebreak"},
}


def configure(app: Sphinx, config: Config) -> None:
    """Tell the kernels that they run for a book, and everything on the page to stay off the network."""
    # jupyter-cache keys on a notebook's cells alone: a new package version needs a cache of its own.
    config.nb_execution_cache_path = str(Path(app.outdir).parent / ".jupyter_cache" / package_hash())
    os.environ["KEXUE_BOOK"] = str(graphs_of(app))
    config.nb_ipywidgets_js = {}
    config.mathjax_path = f"{BESIDE_STATIC}/mathjax/startup.js"
    config.mathjax3_config = MATHJAX


class Search(SearchChinese):
    """Sphinx's search for Chinese, which cuts only its index into words: here the browser cuts the question, too."""

    js_splitter_code = """
    const cut = new Intl.Segmenter("zh", { granularity: "word" });
    var splitQuery = (query) => Array.from(cut.segment(query)).filter((part) => part.isWordLike).map((part) => part.segment);
    """


# How a style sheet gives an icon of the web font its name.
ICON = re.compile(r'((?:\.fa-[\w-]+::?before,?)+)\{content:"\\(\w+)"\}')

# What a reader may do with a page, as buttons in its header.
BUTTONS = [
    {"tooltip": "Cite this page", "icon": "fas fa-quote-right", "javascript": "KexueReader.cite()"},
    {"tooltip": "Share this page", "icon": "fas fa-share-nodes", "javascript": "KexueReader.share()"},
    {"tooltip": "Print this page", "icon": "fas fa-print", "javascript": "print()"},
]


def graphs_of(app: Sphinx) -> Path:
    """Where notebooks put their explorers' graphs when they are executed: beside their outputs."""
    return Path(app.config.nb_execution_cache_path, "graphs")


def copy_files(app: Sphinx) -> None:
    """Put the page script, its engine and MathJax into the book."""
    if app.builder.format != "html":
        return
    if not STATIC.is_dir():
        raise ExtensionError(f"{STATIC} is missing: build the front end with `pip install .`")
    target = Path(app.outdir) / "_kexue"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(STATIC, target, ignore=shutil.ignore_patterns("widget.js", "*.gz"))
    shutil.copy(Path(__file__).with_name("book.css"), target)
    app.add_css_file(f"{BESIDE_STATIC}/book.css")


def add_page_files(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Give pages what a reader may do with them, and those with explorers the script and style of these."""
    if app.builder.format != "html" or "body" not in context:
        return
    context["body"] = translated(app, context["body"])
    if "<kexue-explorer" in context["body"]:
        app.add_js_file(f"{BESIDE_STATIC}/page.js", loading_method="defer")
        app.add_css_file(f"{BESIDE_STATIC}/style.css")
    if "<kexue-page-preview" in context["body"] or "<kexue-comment-preview" in context["body"]:
        app.add_js_file(f"{BESIDE_STATIC}/guide.js", loading_method="defer")
    if "header_buttons" in context:
        app.add_js_file(f"{BESIDE_STATIC}/reader.js", loading_method="defer")
        say = catalogue(app).gettext
        context["header_buttons"] += [
            {**each, "type": "javascript", "tooltip": say(each["tooltip"])} for each in BUTTONS
        ]
        page = {
            "title": re.sub("<.*?>", "", html.unescape(context["title"])),
            "book": app.config.html_title,
            "author": app.config.author,
            "year": app.config.copyright,
            "name": Path(pagename).name,
            "texts": translations(app, frontend_words()),
        }
        context["body"] += f'<script type="application/json" id="kexue-page">{json.dumps(page)}</script>'


def shrink_icons(folder: Path) -> None:
    """Empty the theme's icon script, since a web font has the same icons, and leave in that font only those in use."""
    import pydata_sphinx_theme
    from fontTools import subset

    static = folder / "_static"
    static.joinpath("scripts", "fontawesome.js").write_text("")
    styles = "".join(path.read_text("utf-8") for path in static.rglob("*.css"))
    pages = "".join(path.read_text("utf-8") for path in [*folder.rglob("*.html"), *static.rglob("*.js")])
    named = set(re.findall(r"fa-[\w-]+", pages))
    codes = [code for names, code in ICON.findall(styles) if named & set(re.findall(r"fa-[\w-]+", names))]
    codes += re.findall(r"\\(f[0-9a-f]{3})", ICON.sub("", styles))  # icons that styles show themselves
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    for whole in theme.joinpath("vendor", "fontawesome", "webfonts").glob("*.woff2"):
        options = subset.Options(flavor="woff2")
        font = subset.load_font(whole, options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[int(code, 16) for code in codes])
        subsetter.subset(font)
        subset.save_font(font, static / whole.relative_to(theme), options)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Put the graphs into the book, make it lighter, and pack it, so that a reader can take it along."""
    if exception is None and app.builder.name == "gettext":
        write_template(app, [*frontend_words(), *(each["tooltip"] for each in BUTTONS)])
    if exception is not None or app.builder.format != "html":
        return
    if graphs_of(app).is_dir():
        shutil.copytree(graphs_of(app), Path(app.outdir) / "_kexue" / "graphs", dirs_exist_ok=True)
    shrink_icons(Path(app.outdir))
    packed = Path(app.outdir, ARCHIVE)
    packed.unlink(missing_ok=True)
    shutil.move(shutil.make_archive(str(packed.parent.parent / packed.stem), "zip", app.outdir), packed)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_search_language(Search)
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_files)
    app.connect("html-page-context", add_page_files, priority=900)  # after the theme has made its buttons
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
