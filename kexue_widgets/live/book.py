"""Sphinx extension of the book: explorers and formulas that need neither a network nor a server.

Files that only some pages need live in `_kexue/`, beside `_static/`: jupyter-book puts every script it finds in
`_static/` on every page.
"""

import html
import json
import os
import re
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import snowballstemmer
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.search import SearchLanguage
from sphinx.search.en import english_stopwords, js_porter_stemmer

from .editions import build_others, folder_of, switches, whole_book
from .graph import package_hash
from .page import BOOK, STATIC
from .text import RUN, runs
from .translation import CATALOGUE, FormulaWords, catalogue, frontend_words, translations, write_template

EXPLORERS = f"LC_MESSAGES/{CATALOGUE}.po"
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
    config.nb_execution_cache_path = str(whole_book(app).parent / ".jupyter_cache" / package_hash())
    # Sphinx knows which page a catalogue belongs to; that of the explorers belongs to all.
    catalogues = [Path(app.confdir, folder, config.language, EXPLORERS) for folder in config.locale_dirs]
    config.kexue_words = [path.stat().st_mtime for path in catalogues if path.exists()]
    os.environ[BOOK] = str(graphs_of(app))
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # notebooks run on all cores already, see copy_files
    config.nb_ipywidgets_js = {}
    config.mathjax_path = beside_static(app, "mathjax/startup.js")
    config.mathjax3_config = MATHJAX


def beside_static(app: Sphinx, name: str) -> str:
    """The address of a file in `_kexue/`; Sphinx takes addresses as relative to `_static/`."""
    return Path(os.path.relpath(whole_book(app) / "_kexue" / name, Path(app.outdir, "_static"))).as_posix()


class Search(SearchLanguage):
    """Search for Chinese and English, in place of Sphinx's, which cuts only its index into words: here one rule cuts index
    and question. Latin words stay as they are, Chinese becomes single characters and pairs of neighbours."""

    lang, language_name = "zh", "Chinese"
    stopwords = english_stopwords
    js_stemmer_code = js_porter_stemmer
    # By `var`, as Sphinx's own: its script would not start beside a constant of that name.
    js_splitter_code = f"""
    var splitQuery = (query) =>
      (query.normalize("NFKC").toLowerCase().match(/{RUN.pattern}/g) ?? []).flatMap((run) =>
        run[0] < "㐀" || run.length === 1 ? [run] : Array.from(run.slice(1), (next, place) => run[place] + next));
    """

    def init(self, options: dict[str, str]) -> None:
        self.stemmer = snowballstemmer.stemmer("porter")  # the one that the page has

    def split(self, input: str) -> list[str]:
        return [part for run in runs(input) for part in _parts(run)]

    def stem(self, word: str) -> str:
        return self.stemmer.stemWord(word) if len(word) > 2 else word  # as on the page


def _parts(run: str) -> Sequence[str]:
    return [run] if run[0] < "㐀" else [*run, *map("".join, pairwise(run))]


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


def read_again(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The chapters that read the other chapters, once one of these has changed: to be executed again, though their own cells have not."""
    from jupyter_cache import get_cache

    readers = set(app.config.kexue_readers)
    if not readers or not (added | changed | removed) - readers:
        return []
    if folder_of(app) != "." or app.builder.format != "html":  # the pages have been built, and have executed them
        return []
    cache = get_cache(app.config.nb_execution_cache_path)
    for record in cache.list_cache_records():
        if app.project.path2doc(record.uri) in readers:
            cache.remove_cache(record.pk)
    return sorted(readers & env.found_docs)


def copy_files(app: Sphinx) -> None:
    """Put the page script, its engine and MathJax into the book, and have notebooks executed on all cores."""
    app.parallel = max(app.parallel, os.cpu_count() or 1)
    if numbering := app.extensions.get("sphinx_multitoc_numbering"):
        numbering.parallel_read_safe = True  # it does not say so, but a book without numbers has nothing for it to do
    if app.builder.format != "html":
        return
    if not STATIC.is_dir():
        raise ExtensionError(f"{STATIC} is missing: build the front end with `pip install .`")
    app.add_css_file(beside_static(app, "book.css"))
    if folder_of(app) != ".":
        return
    target = Path(app.outdir) / "_kexue"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(STATIC, target, ignore=shutil.ignore_patterns("widget.js", "*.gz"))
    shutil.copy(Path(__file__).with_name("book.css"), target)


def add_page_files(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Give pages what a reader may do with them, and those with explorers the script and style of these."""
    if app.builder.format != "html":
        return
    say = catalogue(app).gettext
    context["author"] = say(app.config.author)
    if "body" not in context:
        return
    archive = os.path.relpath(whole_book(app) / ARCHIVE, Path(app.outdir, pagename).parent)
    context["body"] = context["body"].replace(f"../{ARCHIVE}", Path(archive).as_posix())
    if "<kexue-explorer" in context["body"]:
        app.add_js_file(beside_static(app, "page.js"), loading_method="defer")
        app.add_css_file(beside_static(app, "style.css"))
    if "<kexue-page-preview" in context["body"] or "<kexue-comment-preview" in context["body"]:
        app.add_js_file(beside_static(app, "guide.js"), loading_method="defer")
    if "header_buttons" in context:
        app.add_js_file(beside_static(app, "reader.js"), loading_method="defer")
        context["header_buttons"] += [
            *switches(app, pagename),
            *({**each, "type": "javascript", "tooltip": say(each["tooltip"])} for each in BUTTONS),
        ]
        page = {
            "title": re.sub("<.*?>", "", html.unescape(context["title"])),
            "book": app.config.html_title,
            "author": app.config.author[:1].upper() + app.config.author[1:],
            "year": app.config.copyright,
            "name": Path(pagename).name,
            "texts": translations(app, context["body"]),
        }
        content = json.dumps(page, ensure_ascii=False).replace("<", r"\u003c")
        context["body"] += f'<script type="application/json" id="kexue-page">{content}</script>'


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


# What the theme, docutils and pandas write, and what readers of the page by ear need instead.
ACCESSIBLE = [
    # A name that leaves out some of what is written inside cannot be said to a machine that listens.
    (re.compile(r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"'), r"\1"),
    (re.compile(r'<summary aria-label="[^"]*"'), "<summary"),
    # A corner without a word is no heading.
    (re.compile(r"<th(?: class=\"[^\"]*\")?>(?:\s|<p>\s*</p>)*</th>"), "<td></td>"),
    # Another language opens in this window, and is spoken as what it is.
    (
        re.compile(r'target="_blank"\s+class="(btn btn-sm kexue-language) ([\w-]+)"'),
        r'class="\1" lang="\2" hreflang="\2"',
    ),
    # All of a page belongs to one of its landmarks.
    (re.compile(r'<div id="pst-primary-sidebar"'), '<div id="pst-primary-sidebar" role="complementary"'),
]


# What the theme and its companions write, in English whatever the language.
THEME = (
    "Click to hide",
    "Click to show",
    "Color mode",
    "Hide code cell content",
    "Link to this definition",
    "Link to this heading",
    "Main",
    "Page",
    "Search this book...",
    "Show code cell content",
    "System Settings",
    "Toggle primary sidebar",
    "Toggle secondary sidebar",
)
THEME_WORDS = re.compile(rf"""(?<=["'>])({"|".join(map(re.escape, THEME))})(?=["'<])""")


PICTURES = re.compile(r'(?<=<img alt=")[^"]*')  # those that stand in for explorers without scripts


def translate_pages(app: Sphinx) -> None:
    """Put the theme's own words, and what pictures show, into the language of the pages."""
    say = catalogue(app).gettext
    for path in Path(app.outdir).rglob("*.html"):
        page = THEME_WORDS.sub(lambda found: say(found[0]), path.read_text("utf-8"))
        page = PICTURES.sub(lambda found: html.escape(say(html.unescape(found[0]))), page)
        path.write_text(page, "utf-8")


# The theme searches on every page; here the search has a page of its own.
SEARCH_SCRIPTS = re.compile(r'<script src="[^"]*(?:searchtools|language_data|searchindex)\.js"></script>\s*')


def mend(folder: Path) -> None:
    """Mend, in all pages, the few things that keep them from being accessible, and make them lighter."""
    for path in folder.rglob("*.html"):
        page = path.read_text("utf-8")
        if path.stem != "search":
            page = SEARCH_SCRIPTS.sub("", page)
        for found, better in ACCESSIBLE:
            page = found.sub(better, page)
        path.write_text(page, "utf-8")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Put the graphs into the book, make it lighter, and pack it, so that a reader can take it along."""
    if exception is None and app.builder.name == "gettext":
        tooltips = (each["tooltip"] for each in BUTTONS)
        write_template(app, [*frontend_words(), *tooltips, *THEME, app.config.author])
    if exception is not None or app.builder.format != "html":
        return
    shrink_icons(Path(app.outdir))
    if folder_of(app) != ".":
        translate_pages(app)
        return
    if graphs_of(app).is_dir():
        shutil.copytree(graphs_of(app), Path(app.outdir) / "_kexue" / "graphs", dirs_exist_ok=True)
    build_others(app)
    mend(Path(app.outdir))
    packed = Path(app.outdir, ARCHIVE)
    packed.unlink(missing_ok=True)
    shutil.move(shutil.make_archive(str(packed.parent.parent / packed.stem), "zip", app.outdir), packed)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_search_language(Search)
    app.add_config_value("kexue_editions", {}, "html", [dict])  # folders and their languages, see editions
    app.add_config_value("kexue_words", [], "html", [list])  # pages are written again when it changes
    app.add_config_value("kexue_readers", [], "env", [list])  # pages whose notebooks read the other notebooks
    app.add_transform(FormulaWords)
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_files)
    app.connect("env-get-outdated", read_again)
    app.connect("html-page-context", add_page_files, priority=900)  # after the theme has made its buttons
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
