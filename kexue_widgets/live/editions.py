"""The book in several languages, from the same notebooks and what they put out: one folder of pages for each.

The configuration names the folders: `kexue_editions: {.: en, zh: zh_CN}`. The book itself, in the folder ".", builds the
others when it is finished; these use its scripts, models and formulas.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from babel import Locale
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


def folder_of(app: Sphinx) -> str:
    """Where this edition lies in the whole book."""
    languages = app.config.kexue_editions.items()
    return next((folder for folder, language in languages if language == app.config.language), ".")


def whole_book(app: Sphinx) -> Path:
    """The folder of the whole book, in which this edition lies."""
    return Path(os.path.normpath(Path(app.outdir, os.path.relpath(".", folder_of(app)))))


def build_others(app: Sphinx) -> None:
    """Build the other editions, each in a process of its own, since Sphinx registers what it knows in one place."""
    from jupyter_book.sphinx import build_sphinx

    for folder, language in app.config.kexue_editions.items():
        if folder == folder_of(app):
            continue
        target = Path(app.outdir, folder)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            failed = pool.submit(
                build_sphinx,
                str(app.srcdir),
                str(target),
                noconfig=True,
                path_config=str(Path(app.srcdir, "_config.yml")),
                confoverrides={"language": language, "latex_individualpages": False},
                doctreedir=str(target.parent.parent / f".doctrees-{folder}"),
                warningiserror=app.warningiserror,
                keep_going=app.keep_going,
                quiet=True,
            ).result()
        if failed:
            raise ExtensionError(f"the edition in {language} could not be built")


def switches(app: Sphinx, pagename: str) -> list[dict[str, str]]:
    """For the header: links to this page in other languages, each by the language's own name."""
    here = Path(app.outdir, pagename).parent
    return [
        {
            "type": "link",
            "url": Path(os.path.relpath(whole_book(app) / folder / f"{pagename}.html", here)).as_posix(),
            "text": str(Locale.parse(language).get_language_name()),
            "classes": f"kexue-language {language.replace('_', '-')}",
        }
        for folder, language in app.config.kexue_editions.items()
        if folder != folder_of(app)
    ]
