"""The words of explorers in other languages: from the book's gettext catalogues into its pages.

Building the book with Sphinx's gettext builder writes the words to `explorers.pot`, beside the chapters' own templates. A
build in another language finds their translations in `explorers.po` of its catalogues. The notebooks, and so the
explorers, are the same for all languages: only the pages differ.
"""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.i18n import Locale
from sphinx.util.i18n import docname_to_domain

FRONTEND = Path(__file__).parents[1] / "frontend"
CATALOGUE = "explorers"
VOCABULARY = 64  # a choice among more options is one among words of a corpus; these stay what they are
CORPUS = ("ranking", "texts")  # marks made of such words
SHOWN = ("description", "label", "labels", "title", "unit", "rows", "columns", "names", "captions")
MANIFEST = re.compile(r'<kexue-[\w-]+[^>]*>.*?<script type="application/json">(.*?)</script>', re.DOTALL)


def words_of(manifest: dict[str, Any]) -> list[str]:
    """The words that an explorer, or another element with a manifest, shows, each once."""
    axes = [view[axis] for view in manifest.get("views", []) for axis in ("x", "y")]
    found = [*axes, *_shown(manifest)]
    return list(dict.fromkeys(word for word in found if re.search(r"[^\W\d_]", word)))


def _shown(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _shown(each)
    elif isinstance(part, dict):
        for key, value in part.items():
            words = [value] if isinstance(value, str) else value
            if key == "names" and part.get("kind") in CORPUS:
                continue
            if key not in SHOWN or not isinstance(words, list):
                yield from _shown(value)
            elif len(words) <= VOCABULARY:
                yield from (word for word in words if isinstance(word, str))


def frontend_words() -> list[str]:
    """The words that the front end itself shows: buttons, messages."""
    source = "".join(path.read_text("utf-8") for path in sorted(FRONTEND.glob("*.js")))
    calls = re.findall(r"\b(?:say|Trouble)\(([^()]*)", source)
    return list(dict.fromkeys(word for call in calls for word in re.findall(r'"([^"]+)"', call)))


def catalogue(app: Sphinx, name: str = CATALOGUE) -> gettext.NullTranslations:
    """The translations for the language that the book is built in; of everything to itself where there are none."""
    folders = [Path(app.confdir, folder) for folder in app.config.locale_dirs]
    found = gettext.NullTranslations()
    for folder in folders:
        found.add_fallback(gettext.translation(name, folder, [app.config.language], fallback=True))
    return found


def translations(app: Sphinx, body: str) -> dict[str, str]:
    """What the front end shows on a page with this HTML, and its explorers, as far as the catalogue has it: {English: translated}."""
    say = catalogue(app).gettext
    manifests = (json.loads(manifest) for manifest in MANIFEST.findall(body))
    words = [*frontend_words(), *(word for manifest in manifests for word in words_of(manifest))]
    return {word: say(word) for word in words if say(word) != word}


class FormulaWords(SphinxTransform):
    """Translates the words in displayed formulas, which Sphinx takes for reStructuredText when it translates them."""

    default_priority = Locale.default_priority - 1

    def apply(self, **options: Any) -> None:
        """Put the translations of whole formulas in their place."""
        known = catalogue(self.app, docname_to_domain(self.env.docname, self.config.gettext_compact))
        for formula in self.document.findall(nodes.math_block):
            formula.rawsource = known.gettext(formula.astext())
            formula[:] = [nodes.Text(formula.rawsource)]


def write_template(app: Sphinx, words: Iterable[str]) -> None:
    """Write `explorers.pot`: the words of all explorers of the book, and these."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    template = Catalog(project=app.config.project, charset="utf-8")
    for name in sorted(app.env.found_docs):
        for raw in app.env.get_doctree(name).findall(nodes.raw):
            for manifest in MANIFEST.findall(raw.astext()):
                for word in words_of(json.loads(manifest)):
                    template.add(word)
    for word in words:
        template.add(word)
    with Path(app.outdir, f"{CATALOGUE}.pot").open("wb") as file:
        write_po(file, template, omit_header=False)
