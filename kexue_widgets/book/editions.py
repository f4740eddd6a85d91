"""The book in several languages, from the same notebooks and what they put out: one folder of pages for each.

The configuration names the folders: `kexue_editions: {.: en, zh: zh_CN}`. The book itself, in the folder ".", has the
others built when all of it has been read; these use its scripts, models and formulas.
"""

from __future__ import annotations

import atexit
import os
import re
from contextlib import suppress
from importlib import import_module
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path

from babel import Locale
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from ..cache import write_whole
from ..sphinx import GRAPH, has_scripts

logger = logging.getLogger(__name__)


def folder_of(app: Sphinx) -> str:
    """Where this edition lies in the whole book."""
    languages = app.config.kexue_editions.items()
    return next((folder for folder, language in languages if language == app.config.language), ".")


def whole_book(app: Sphinx) -> Path:
    """The folder of the whole book, in which this edition lies."""
    return Path(os.path.normpath(Path(app.outdir, os.path.relpath(".", folder_of(app)))))


_others: dict[str, Connection] = {}  # to the processes that build other editions, by their folders


def prepare_others(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Where pages are read, have processes for the other editions ready when they are."""
    if docnames and folder_of(app) == "." and has_scripts(app):
        for folder in app.config.kexue_editions:
            _prepare(app, folder)


def _prepare(app: Sphinx, folder: str) -> None:
    """Begin a process for another edition, since Sphinx registers what it knows in one place. It imports, and waits."""
    if folder == folder_of(app) or folder in _others:
        return
    _others[folder], theirs = Pipe()
    process = get_context("spawn").Process(target=_build, args=(theirs,))
    process.start()
    theirs.close()
    atexit.register(process.terminate)  # where this one ends before the other


def _build(ours: Connection) -> None:
    """Build an edition when it is said which, and tell what became of it."""
    from jupyter_book.sphinx import build_sphinx

    import_module(f"{__package__}.reference")  # with all that the book's extensions need
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):  # the build of the book itself has ended
        folders, options = ours.recv()
        failed = build_sphinx(*folders, **options)
        ours.send(str(failed) if isinstance(failed, Exception) else failed)


def begin_others(app: Sphinx, env: BuildEnvironment) -> None:
    """When all pages have been read, and so all notebooks executed, the other editions can be built beside this one."""
    for folder in _others:
        _begin(app, folder)


def _begin(app: Sphinx, folder: str) -> None:
    options = {
        "noconfig": True,
        "path_config": str(Path(app.srcdir, "_config.yml")),
        "confoverrides": {
            "language": app.config.kexue_editions[folder],
            "latex_individualpages": False,
            "html_baseurl": f"{home(app)}/{folder}/" if home(app) else "",
        },
        "doctreedir": str(Path(app.outdir).parent / f".doctrees-{folder}"),
        "warningiserror": app.warningiserror,
        "keep_going": app.keep_going,
        "quiet": True,
    }
    _others[folder].send(((str(app.srcdir), str(Path(app.outdir, folder))), options))


def build_others(app: Sphinx, changed: bool) -> bool:
    """Build the other editions, or wait until they are built.

    Args:
        app: of the book itself.
        changed: whether its pages have.

    Returns:
        Whether there was something to build.
    """
    for folder in app.config.kexue_editions:
        if folder not in {folder_of(app), *_others} and (changed or not _is_current(app, folder)):
            _prepare(app, folder)
            _begin(app, folder)
    built = bool(_others)
    while _others:
        folder, connection = _others.popitem()
        language = app.config.kexue_editions[folder]
        try:
            failed = connection.recv()
        except (EOFError, ConnectionError):
            failed = "its process has died"
        if isinstance(failed, str):
            raise ExtensionError(f"the edition in {language} could not be built: {failed}")
        if failed:
            logger.warning("not all of the edition in %s could be built", language)
    return built


def _is_current(app: Sphinx, folder: str) -> bool:
    """Whether an edition was finished after its catalogues had changed, and its pages are all there."""
    doctrees, language = Path(app.outdir).parent / f".doctrees-{folder}", app.config.kexue_editions[folder]
    catalogues = [path for each in app.config.locale_dirs for path in Path(app.confdir, each, language).rglob("*.po")]
    pages = [Path(app.outdir, folder, app.builder.get_target_uri(name)) for name in app.env.found_docs]
    finished = doctrees / "mended"
    return (
        finished.exists()
        and not (doctrees / "unfinished").exists()
        and all(path.stat().st_mtime < finished.stat().st_mtime for path in catalogues)
        and all(page.exists() for page in pages)
    )


EDITION = re.compile(r'<div class="kexue-edition" lang="([^"]*)">(.*?)</div>', re.DOTALL)


def own_explorers(app: Sphinx, body: str) -> str:
    """A page's body without the explorers for other editions: see `guide.Editions`. What they name of graphs stays, since what
    the first edition's pages name is put into the book."""
    language = app.config.language.replace("_", "-")

    def own(found: re.Match[str]) -> str:
        graphs = " ".join(each[0] for each in GRAPH.finditer(found[2]))
        return found[0] if found[1] == language else f"<!--<kexue-explorer>{graphs}</kexue-explorer>-->"

    return EDITION.sub(own, body)


ENTRANCE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
{links}
<script src="_kexue/language.js" data-entrance></script>
<noscript><meta http-equiv="refresh" content="0; url={first}"></noscript></head>
<body><a href="{first}">{title}</a></body></html>
"""


def home(app: Sphinx) -> str:
    """The address of the whole book, if it is known: an edition's own is that of its folder."""
    return app.config.html_baseurl.removesuffix("/").removesuffix(f"/{folder_of(app)}")


def alternates(app: Sphinx, pagename: str, here: str) -> str:
    """For a page's head: where it is to be had in each language, and in which for those who read none of them.

    Args:
        app: of an edition.
        pagename: of the page.
        here: the page in whose head they stand.
    """
    links = []
    for folder, language in app.config.kexue_editions.items():
        page = whole_book(app) / folder / f"{pagename}.html"
        if home(app):
            place = f"{home(app)}/{page.relative_to(whole_book(app)).as_posix()}"
        else:
            place = Path(os.path.relpath(page, Path(app.outdir, here).parent)).as_posix()
        codes = [language.replace("_", "-"), *(["x-default"] if folder == "." else [])]
        links += [f'<link rel="alternate" hreflang="{code}" href="{place}">' for code in codes]
    return "\n".join(links)


def first_visit(app: Sphinx, pagename: str) -> str:
    """For the head of the first page: what follows the browser's language, once."""
    if pagename != app.config.root_doc or folder_of(app) != ".":
        return ""
    script = os.path.relpath(whole_book(app) / "_kexue" / "language.js", Path(app.outdir, pagename).parent)
    return f'\n<script src="{Path(script).as_posix()}"></script>'


def write_entrance(app: Sphinx) -> None:
    """Write the page that opens for the address of the book itself; it leads to the first page in the reader's language."""
    name = app.config.root_doc
    page = ENTRANCE.format(
        language=app.config.language,
        title=app.config.html_title,
        links=alternates(app, name, "index"),
        first=f"{name}.html",
    )
    entrance = Path(app.outdir, "index.html")
    if not entrance.exists() or entrance.read_text("utf-8") != page:
        write_whole(entrance, page)


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
