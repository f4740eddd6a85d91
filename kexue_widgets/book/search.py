"""What can be found in the book: its sections with their text, and the Chinese words in them, in a script of each edition.

The pages' search (`frontend/search.js`) loads that script when a reader first opens it. It has no dictionary, so that jieba
finds here which words of the Chinese language occur.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import _

from ..cache import write_whole
from ..guide.formulas import readable
from .translation import catalogue

SECTIONS = "sections.js"  # in the folder of an edition
FIELD = "sections"  # in a page's metadata
# What stands on a page and is no text of its own: HTML, for one; nor are cells of a notebook, and what they put out.
SKIPPED = (
    nodes.raw,
    nodes.comment,
    nodes.Invisible,
    addnodes.toctree,
    addnodes.desc,
    nodes.section,
    nodes.system_message,
)
FORM = """
<h1>{title}</h1>
<form class="bd-search kexue-search-page d-flex align-items-center" role="search" action="search.html">
<input type="search" class="form-control" name="q" placeholder="{words}" aria-label="{words}" autocomplete="off" spellcheck="false">
</form><noscript><p>{without}</p></noscript>"""
WITHOUT_SCRIPTS = "Searching needs JavaScript."


def note_sections(app: Sphinx, document: nodes.document) -> None:
    """Keep what can be found on a page, when it is read."""
    found: list[dict[str, Any]] = []
    for section in (part for part in document if isinstance(part, nodes.section)):
        kind = {"kind": "object"} if any(document.findall(addnodes.desc)) else {}
        found += [{**each, **kind} for each in _sections(section, [])]
    app.env.metadata[app.env.docname][FIELD] = found


def sections_of(app: Sphinx) -> list[dict[str, Any]]:
    """All sections of an edition, in the book's order: where each is, under which headings, and its text.

    Returns:
        A list of {path, id, titles, text, kind}: `titles` from the page's to its own; `kind` is "object" in the reference,
        "sources" for a list of references, and empty for others.
    """
    env = app.env
    order = [app.config.root_doc, *(name for names in env.toctree_includes.values() for name in names)]
    names = [each for each in dict.fromkeys(order) if each in env.found_docs]
    return [{"path": app.builder.get_target_uri(name), **each} for name in names for each in env.metadata[name][FIELD]]


def _sections(section: nodes.Element, above: list[str]) -> Iterator[dict[str, Any]]:
    titles = [*above, _text([section[0]])]
    kind = "sources" if section["ids"][0].startswith("references") else ""
    yield {"id": section["ids"][0] if above else "", "titles": titles, "text": _text(section[1:]), "kind": kind}
    for part in section[1:]:
        if isinstance(part, nodes.section):
            yield from _sections(part, titles)
        elif isinstance(part, addnodes.desc):
            yield from _objects(part, titles[:1])


def _objects(description: addnodes.desc, above: list[str]) -> Iterator[dict[str, Any]]:
    content = description[-1]
    for signature in description.findall(addnodes.desc_signature):
        if signature.parent is description and signature["ids"]:
            titles = [*above, signature["fullname"]]
            yield {"id": signature["ids"][0], "titles": titles, "text": _text(content[:1])}
    for part in content:
        if isinstance(part, addnodes.desc):
            yield from _objects(part, above)


def _text(parts: Iterable[nodes.Node]) -> str:
    text = " ".join("".join(_pieces(part)) for part in parts if not isinstance(part, nodes.section))
    return " ".join(text.split())


def _pieces(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.math | nodes.math_block):
        yield readable(node.astext())
    elif isinstance(node, nodes.Text):
        yield node.astext()
    elif not isinstance(node, SKIPPED) and not node.get("nb_element"):
        for part in node.children:
            yield from _pieces(part)
        if not isinstance(node, nodes.Inline):
            yield " "


def write_sections(app: Sphinx) -> None:
    """Write what can be found in this edition."""
    from ..guide.terms import ALIASES, chinese_words  # with jieba, which not every build needs

    sections = sections_of(app)
    words = chinese_words(text for each in sections for text in [*each["titles"], each["text"]])
    _write(Path(app.outdir), {"sections": sections, "words": words, "aliases": ALIASES})


def share_meanings(editions: Iterable[Path]) -> None:
    """Let each section be found by what the other editions of it are about, where this one says it in a way of its own.

    Args:
        editions: their folders, with what can be found in each.
    """
    from ..guide.terms import meanings

    contents = {folder: _read(folder) for folder in editions}
    about: dict[tuple[str, str], dict[Path, set[str]]] = {}
    for folder, content in contents.items():
        for each in content["sections"]:
            if each["kind"] != "object":
                about.setdefault((each["path"], each["id"]), {})[folder] = meanings(
                    f"{each['titles'][-1]}. {each['text']}"
                )
    for folder, content in contents.items():
        for each in content["sections"]:
            known = about.get((each["path"], each["id"]), {})
            others = set().union(*(some for edition, some in known.items() if edition != folder))
            each["also"] = sorted(others - known.get(folder, set()))
        _write(folder, content)


def _write(folder: Path, content: dict[str, Any]) -> None:
    # Gzipped, inside a classic script: a page opened by double-click may not fetch.
    packed = base64.b64encode(gzip.compress(json.dumps(content, ensure_ascii=False).encode(), mtime=0)).decode()
    write_whole(folder / SECTIONS, f'globalThis.KexueSections = "{packed}";\n')


def _read(folder: Path) -> dict[str, Any]:
    packed = (folder / SECTIONS).read_text("utf-8").partition('"')[2].partition('"')[0]
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The search has a page too, for addresses with a question in them."""
    if not app.config.kexue_search:
        return
    title, without = _("Search"), catalogue(app).gettext(WITHOUT_SCRIPTS)
    body = FORM.format(title=title, words=app.config.html_theme_options["search_bar_text"], without=without)
    yield "search", {"title": title, "body": body}, "page.html"
