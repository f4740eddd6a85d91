"""The theme's pages as this book wants them: accessible, translated, and light.

What is mended here is found by patterns. Another version of the theme may write something else; then the build fails, and
says which pattern has nothing to mend.
"""

from __future__ import annotations

import html
import io
import logging
import re
import shutil
from collections.abc import Iterable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from ..cache import Cache, write_whole
from .translation import catalogue

FONTS = Cache("fonts")

# How a style sheet gives an icon of the web font its name.
ICON = re.compile(r'((?:\.fa-[\w-]+::?before,?)+)\{content:"\\(\w+)"\}')

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
    # The sign says it.
    (re.compile(r"© Copyright (\d+)\."), r"© \1"),
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


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"""(?<=["'>])({"|".join(map(re.escape, words))})(?=["'<])""")


THEME_WORDS = _words(*THEME)


PICTURES = re.compile(r'(?<=<img alt=")[^"]*')  # those that stand in for explorers without scripts


# The theme brings Sphinx's search; this book has its own.
SEARCH_SCRIPTS = (
    re.compile(r'<script src="[^"]*(?:searchtools|language_data|searchindex|sphinx_highlight)\.js[^"]*"></script>\s*'),
    "",
)


# An explorer may take the margin as well: the theme folds away what stands there while something of this class is in sight.
FULL_WIDTH = (re.compile(r"<kexue-explorer>"), '<kexue-explorer class="full-width">')

MENDED = [*ACCESSIBLE, SEARCH_SCRIPTS, FULL_WIDTH]

# What a cell draws. It is told its size, so that nothing moves when it arrives, and stands in what scrolls where a screen is
# too narrow for its letters; the theme lets keys reach that.
DRAWN = re.compile(r'(?<=\n)<img (alt="[^"]*" )?src="([^"]*_images/\w{64}\.png)" />')


def _with_size(folder: Path, found: re.Match[str]) -> str:
    """A picture of a page in this folder."""
    width, height = Image.open(folder / found[2]).size
    named = found[1] or ""
    return f'<div class="output"><img {named}src="{found[2]}" width="{width}" height="{height}"/></div>'


def shrink_static(folder: Path) -> None:
    """Leave of the theme's files what pages load: no icon script, since a web font has the same icons, and in that font only
    those in use; no maps to sources, no fonts for browsers of another age, no catalogues that the build has read.
    """
    import pydata_sphinx_theme

    static = folder / "_static"
    for path in [*static.rglob("*.map"), *static.rglob("*.ttf")]:
        path.unlink()
    shutil.rmtree(static / "locales", ignore_errors=True)
    script = static / "scripts" / "fontawesome.js"
    if not script.exists():
        raise ExtensionError(f"{script} is missing: has the theme changed?")
    write_whole(script, "")
    styles = "".join(path.read_text("utf-8") for path in static.rglob("*.css"))
    pages = "".join(path.read_text("utf-8") for path in [*folder.rglob("*.html"), *static.rglob("*.js")])
    named = set(re.findall(r"fa-[\w-]+", pages))
    codes = [code for names, code in ICON.findall(styles) if named & set(re.findall(r"fa-[\w-]+", names))]
    if not codes:
        raise ExtensionError(f"no icon of the theme matches {ICON.pattern}: has the theme changed?")
    codes += re.findall(r"\\(f[0-9a-f]{3})", ICON.sub("", styles))  # icons that styles show themselves
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    for whole in theme.joinpath("vendor", "fontawesome", "webfonts").glob("*.woff2"):
        key = repr((whole.name, version("fonttools"), version("pydata-sphinx-theme"), sorted({*codes})))
        write_whole(static / whole.relative_to(theme), FONTS.get(key, partial(_subset, whole, codes)))


def _subset(whole: Path, codes: Iterable[str]) -> bytes:
    """A font with these characters only."""
    from fontTools import subset

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # a package of the theme has all that is logged told
    options = subset.Options(flavor="woff2")
    font = subset.load_font(whole, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[int(code, 16) for code in codes])
    subsetter.subset(font)
    made = io.BytesIO()
    subset.save_font(font, made, options)
    return made.getvalue()


def translate_pages(app: Sphinx, pages: Iterable[Path]) -> None:
    """Put the theme's own words, and what pictures show, into the language of the pages."""
    say = catalogue(app).gettext
    for path in pages:
        page = THEME_WORDS.sub(lambda found: say(found[0]), path.read_text("utf-8"))
        page = PICTURES.sub(lambda found: html.escape(say(html.unescape(found[0]))), page)
        write_whole(path, page.replace("作者： ", "作者："))


def mend(pages: Iterable[Path], whole: bool) -> None:
    """Mend, in pages, the few things that keep them from being accessible, and make them lighter.

    Args:
        pages: that have just been written.
        whole: whether these are a whole book.

    Raises:
        ExtensionError: a pattern or a word of the theme's is nowhere in a whole book.
    """
    read = {path: path.read_text("utf-8") for path in pages}
    for pattern in [found for found, _ in MENDED] + [_words(each) for each in THEME]:
        if whole and not any(map(pattern.search, read.values())):
            raise ExtensionError(f"nothing in the book's pages matches {pattern.pattern}: has the theme changed?")
    for path, page in read.items():
        for found, better in MENDED:
            page = found.sub(better, page)
        write_whole(path, DRAWN.sub(partial(_with_size, path.parent), page))
