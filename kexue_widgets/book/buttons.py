"""What a reader may do with a page: cite, share and print it, or read it in another language."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from ..guide.cite import bibtex, gbt, plain
from ..guide.works import ADDRESS, Work
from ..sphinx import beside_static, copy_static
from .editions import switches
from .translation import catalogue, translations

# What a reader may do with a page, as buttons in its header.
BUTTONS = {
    "cite": {"tooltip": "Cite this page", "icon": "fas fa-quote-right", "javascript": "KexueReader.cite()"},
    "share": {"tooltip": "Share this page", "icon": "fas fa-share-nodes", "javascript": "KexueReader.share()"},
    "print": {"tooltip": "Print this page", "icon": "fas fa-print", "javascript": "print()"},
}


def copy_scripts(app: Sphinx) -> None:
    """Put the scripts behind the buttons, and those of the previews, into the book."""
    if app.config.kexue_root == ".":
        copy_static(app, "reader.js", "search.js", "guide.js", "language.js")


def add_buttons(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """Give a page its buttons, and what their script has to know of it."""
    if "<kexue-page-preview" in context["body"] or "<kexue-comment-preview" in context["body"]:
        app.add_js_file(beside_static(app, "guide.js"), loading_method="defer")
    if "header_buttons" not in context or not (
        app.config.kexue_buttons or app.config.kexue_editions or app.config.kexue_search
    ):
        return
    say = catalogue(app).gettext
    app.add_js_file(beside_static(app, "reader.js"), loading_method="defer")
    for group in context["header_buttons"]:
        for button in group.get("buttons", []):
            if "url" in button:  # the notebooks lie in the book itself, for all editions
                button["url"] = (
                    button["url"].replace("_sources/", f"{app.config.kexue_root}/_sources/").replace("/./", "/")
                )
    chosen = [BUTTONS[name] for name in app.config.kexue_buttons]
    context["header_buttons"] += [
        *switches(app, pagename),
        *({**each, "type": "javascript", "tooltip": say(each["tooltip"])} for each in chosen),
    ]
    name, year, author = Path(pagename).name, app.config.copyright, say(app.config.author)
    work = Work(
        key=f"kexuelive{year}{name}",
        title=re.sub("<.*?>", "", html.unescape(context["title"])),
        date=year,
        url=ADDRESS,
        site=app.config.html_title,
        chapter=name,
        family=author[:1].upper() + author[1:],
    )
    in_folder = replace(work, url="")  # of the reader's own: no address that another could use
    text = gbt if app.config.language.startswith("zh") else plain
    page = {
        "references": {
            "web": {"text": text(work), "bibtex": bibtex(work)},
            "folder": {"text": text(in_folder), "bibtex": bibtex(in_folder)},
        },
        "texts": translations(app, pagename, context["body"]),
        "search": app.config.kexue_search,
    }
    content = json.dumps(page, ensure_ascii=False).replace("<", r"\u003c")
    context["body"] += f'<script type="application/json" id="kexue-page">{content}</script>'
