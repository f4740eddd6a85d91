"""Bring the catalogues of translations up to the words of the book: `python tests/catalogues.py`; with `--check`, say what is missing.

New words come without a translation. That of words which have changed a little is kept and marked fuzzy: it is not shown
before a translator has looked at it and taken the mark away. While the book is built, this waits.
"""

import os
import re
import sys
import threading
import time
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jupyter_book.sphinx import build_sphinx

from kexue_widgets.book.resuming import locked
from kexue_widgets.cache import whole_file

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "book" / "locale"
TEMPLATES = ROOT / "_build" / "gettext"  # beside the pages, whose notebooks need not be executed again
HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Language: {}\n"

"""
LABEL = re.compile(r"\\text\{[^}]*[^\W\d_]{2}")


def translatable(text: str) -> bool:
    """Whether there are words in it: a displayed formula has them only in `\\text`."""
    return bool(LABEL.search(text) if text.startswith("\n") else re.search(r"[^\W\d_]", text))


def read(path: Path) -> Catalog:
    """A catalogue, or a template; an empty one where there is no file."""
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


def templates() -> dict[str, Catalog]:
    """The words of the book, each page's under its path, and those of the explorers."""
    failed = build_sphinx(
        str(ROOT),
        str(TEMPLATES),
        noconfig=True,
        path_config=str(ROOT / "_config.yml"),
        confoverrides={"latex_individualpages": False},
        doctreedir=str(TEMPLATES.with_name(".doctrees-gettext")),
        builder="gettext",
        quiet=True,
    )
    if failed:
        sys.exit("the templates could not be written")
    found = {}
    for path in sorted(TEMPLATES.rglob("*.pot")):
        name = path.relative_to(TEMPLATES).with_suffix("").as_posix()
        # The reference's own words are translated; docstrings are not.
        paragraphs = (ROOT / f"{name}.md").read_text("utf-8").split("\n\n") if path.stem == "api" else []
        own = {" ".join(each.strip("# ").split()) for each in paragraphs}
        found[name] = Catalog()
        for message in read(path):
            if message.id and translatable(message.id) and (not own or message.id in own):
                found[name].add(message.id)
    return found


def main(check: bool) -> None:
    """Update the catalogues of all languages, or only look at them."""
    missing = 0
    for name, template in templates().items():
        for folder in LOCALE.glob("*/"):
            path = folder / "LC_MESSAGES" / f"{name}.po"
            catalogue = read(path)
            for message in catalogue:
                # A word with several senses: each but the commonest has a page's name as its context.
                if message.context and message.id in template:
                    template.add(message.id, context=message.context)
            catalogue.update(template)
            for message in catalogue:
                message.flags &= {"fuzzy"}  # braces are TeX's
                if message.id and (message.fuzzy or not message.string):
                    missing += 1
                    print(f"{path.relative_to(LOCALE)}: {message.id}")
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(path) as file:
                    file.write(HEADER.format(folder.name).encode())
                    write_po(file, catalogue, width=0, omit_header=True, ignore_obsolete=True)
    print(f"{missing} to translate")
    sys.exit(bool(check and missing))


def end_with(parent: int) -> None:
    """End this process when the one that began it has ended, as a test that was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    check = "--check" in sys.argv
    if check:
        threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    lock = locked(ROOT / "_build" / ".doctrees", ROOT / "_build")  # the book's own, until this process ends
    main(check)
