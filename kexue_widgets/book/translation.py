"""The words of explorers in other languages: from the book's gettext catalogues into its pages.

Building the book with Sphinx's gettext builder writes the words to `explorers.pot`, beside the chapters' own templates. A
build in another language finds their translations in `explorers.po` of its catalogues. The notebooks, and so the
explorers, are the same for all languages: only the pages differ.
"""

from __future__ import annotations

import base64
import gettext
import html
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.i18n import Locale
from sphinx.util.i18n import docname_to_domain

from ..cache import Cache, whole_file
from ..sources import code_hash

FRONTEND = [Path(__file__).parents[1] / "frontend" / folder for folder in ("", "controls", "marks")]
CATALOGUE = "explorers"
VOCABULARY = 64  # a choice among more options is one among words of a corpus; these stay what they are
CORPUS = ("ranking", "texts")  # marks made of such words
SHOWN = ("description", "label", "labels", "title", "unit", "rows", "columns", "names", "captions")
TABLE = re.compile(r'<table[^>]* class="dataframe".*?</table>', re.DOTALL)  # as pandas writes a result
HEAD = re.compile(r"(?<=>)[^<>]+(?=</(?:th|caption)>)")
PICTURE = re.compile(
    r'(?<=src="data:image/png;base64,)[^"]*(?="></figure><script type="application/json">(.*?)</script>)', re.DOTALL
)
PICTURES = Cache("pictures")
DRAWING = f"import {__package__}.pictures"
MANIFEST = re.compile(r'<kexue-[\w-]+[^>]*>.*?<script type="application/json">(.*?)</script>', re.DOTALL)


def words_of(manifest: dict[str, Any]) -> list[str]:
    """The words that an explorer, or another element with a manifest, shows, each once."""
    axes = [view[axis] for view in manifest.get("views", []) for axis in ("x", "y")]
    found: list[str] = []

    def heard(word: str) -> str:
        found.append(word)
        return word

    _shown(manifest, heard)
    return list(dict.fromkeys(word for word in [*axes, *found] if re.search(r"[^\W\d_]", word)))


def in_words(manifest: dict[str, Any], say: Callable[[str], str]) -> dict[str, Any]:
    """A manifest with what it shows as `say` says it."""
    said = _shown(manifest, say)
    axes = [{axis: say(view[axis]) for axis in ("x", "y") if view[axis]} for view in said["views"]]
    return said | {"views": [view | axis for view, axis in zip(said["views"], axes, strict=True)]}


def _shown(part: Any, say: Callable[[str], str]) -> Any:
    if isinstance(part, list):
        return [_shown(each, say) for each in part]
    if not isinstance(part, dict):
        return part
    said = {}
    for key, value in part.items():
        words = [value] if isinstance(value, str) else value
        if key == "names" and part.get("kind") in CORPUS:
            said[key] = value
        elif key not in SHOWN or not isinstance(words, list):
            said[key] = _shown(value, say)
        elif len(words) > VOCABULARY:
            said[key] = value
        else:
            words = [say(word) if isinstance(word, str) and word else word for word in words]
            said[key] = words[0] if isinstance(value, str) else words
    return said


@cache
def frontend_words() -> list[str]:
    """The words that the front end itself shows: buttons, messages."""
    paths = sorted(path for folder in FRONTEND for path in folder.glob("*.js"))
    source = "".join(path.read_text("utf-8") for path in paths)
    calls = re.findall(r"\b(?:say|Trouble)\(([^()]*)", source)
    return list(dict.fromkeys(word for call in calls for word in re.findall(r'"([^"]+)"', call)))


def catalogue(app: Sphinx, name: str = CATALOGUE) -> gettext.NullTranslations:
    """The translations for the language that the book is built in; of everything to itself where there are none."""
    folders = [Path(app.confdir, folder) for folder in app.config.locale_dirs]
    found = gettext.NullTranslations()
    for folder in folders:
        found.add_fallback(gettext.translation(name, folder, [app.config.language], fallback=True))
    return found


def sayer(app: Sphinx, docname: str) -> Callable[[str], str]:
    """What translates the words of a page: a word with several senses has the page's name as its context in the catalogue."""
    known, context = catalogue(app), docname.rpartition("/")[2]

    def say(word: str) -> str:
        own = known.pgettext(context, word)
        return own if own != word else known.gettext(word)

    return say


def translations(app: Sphinx, docname: str, body: str) -> dict[str, str]:
    """What the front end shows on a page with this HTML, and its explorers, as far as the catalogue has it: {English: translated}."""
    say = sayer(app, docname)
    return {word: say(word) for word in [*frontend_words(), *explorers_words(body)] if say(word) != word}


def explorers_words(page: str) -> list[str]:
    """The words of all explorers on a page."""
    manifests = (json.loads(manifest) for manifest in MANIFEST.findall(page))
    return [word for manifest in manifests for word in words_of(manifest)]


class FormulaWords(SphinxTransform):
    """Translates the words in displayed formulas, which Sphinx takes for reStructuredText when it translates them."""

    default_priority = Locale.default_priority - 1

    def apply(self, **options: Any) -> None:
        """Put the translations of whole formulas in their place."""
        known = catalogue(self.app, docname_to_domain(self.env.docname, self.config.gettext_compact))
        for formula in self.document.findall(nodes.math_block):
            formula.rawsource = known.gettext(formula.astext())
            formula[:] = [nodes.Text(formula.rawsource)]


class TableSources(SphinxTransform):
    """Says of tables inside of boxes where they come from: what comes from nowhere, Sphinx does not translate."""

    default_priority = Locale.default_priority - 1

    def apply(self, **options: Any) -> None:
        """Give the text of tables the document as its source."""
        for entry in self.document.findall(nodes.entry):
            for text in entry.findall(nodes.TextElement):
                text.source = text.source or self.document["source"]


def table_words(page: str) -> list[str]:
    """The words in the heads of a page's tables of results, over columns and before rows, and in their captions."""
    heads = (html.unescape(head).strip() for table in TABLE.findall(page) for head in HEAD.findall(table))
    return list(dict.fromkeys(head for head in heads if re.search(r"[^\W\d_]{2}", head)))


class TableWords(SphinxTransform):
    """Translates the heads of tables that code puts out."""

    default_priority = Locale.default_priority + 1

    def apply(self, **options: Any) -> None:
        """Put translations in the place of heads, in what will be HTML."""
        say = sayer(self.app, self.env.docname)

        def translated(head: re.Match[str]) -> str:
            word = html.unescape(head[0])
            return head[0] if not word.strip() else html.escape(say(word.strip()))

        for raw in self.document.findall(nodes.raw):
            page = raw.astext()
            if TABLE.search(page):
                raw[:] = [nodes.Text(TABLE.sub(lambda table: HEAD.sub(translated, table[0]), page))]


def redrawn(page: str, say: Callable[[str], str]) -> str:
    """Page forms of explorers with their pictures in the words of `say`; the front end has its own translations."""

    def translated(picture: re.Match[str]) -> str:
        manifest = json.loads(picture[1])
        said = in_words(manifest, say)
        return picture[0] if said == manifest else base64.b64encode(_picture(said)).decode() or picture[0]

    return PICTURE.sub(translated, page)


def _picture(manifest: dict[str, Any]) -> bytes:
    key = repr((manifest, code_hash([DRAWING])))
    picture = PICTURES.find(key)
    if picture is None:
        from .pictures import drawn  # matplotlib and torch take longer to import than all else

        picture = drawn(manifest)
        if picture:  # letters may be there next time
            PICTURES.put(key, picture)
    return picture


class PictureWords(SphinxTransform):
    """Draws the pictures of explorers with the words of the page's language, where the machine has letters for them."""

    default_priority = Locale.default_priority + 1

    def apply(self, **options: Any) -> None:
        """Put new pictures in the place of old ones."""
        say = sayer(self.app, self.env.docname)
        for raw in self.document.findall(nodes.raw):
            if PICTURE.search(raw.astext()):
                raw[:] = [nodes.Text(redrawn(raw.astext(), say))]


class Stress(SphinxTransform):
    """Tells stressed Chinese, which is not slanted, from stressed Latin words and titles, which are."""

    default_priority = Locale.default_priority + 1

    def apply(self, **options: Any) -> None:
        """Give Chinese a class of its own."""
        for emphasis in self.document.findall(nodes.emphasis):
            if re.search(r"[㐀-鿿]", emphasis.astext()):
                emphasis["classes"].append("kexue-stressed")


def descriptions(path: Path) -> list[str]:
    """What the cells of a notebook say, in their metadata, of the pictures that they put out."""
    cells = json.loads(path.read_text("utf-8"))["cells"] if path.suffix == ".ipynb" else []
    metadata = (cell["metadata"].get("mystnb", {}) for cell in cells)
    return [each["image"]["alt"] for each in metadata if "alt" in each.get("image", {})]


def write_template(app: Sphinx, words: Iterable[str]) -> None:
    """Write `explorers.pot`: the words of all explorers of the book, and these."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    template = Catalog(project=app.config.project, charset="utf-8")
    for name in sorted(app.env.found_docs):
        for word in descriptions(Path(app.env.doc2path(name))):
            template.add(word)
        for raw in app.env.get_doctree(name).findall(nodes.raw):
            for manifest in MANIFEST.findall(raw.astext()):
                for word in words_of(json.loads(manifest)):
                    template.add(word)
            for word in table_words(raw.astext()):
                template.add(word)
    for word in words:
        template.add(word)
    with whole_file(Path(app.outdir, f"{CATALOGUE}.pot")) as file:
        write_po(file, template, omit_header=False)
