"""Sphinx extension of this book, on top of what any book with explorers has: its policy, one module for each job.

Nothing here needs a network or a server, and all languages are made of the same notebooks. Each part of it is off until a
setting asks for it:

    kexue_formulas: true                formulas by a MathJax beside the pages, which breaks long ones into lines
    kexue_cores: true                   notebooks are executed on all cores, one thread each
    kexue_search: true                  a search over sections, in Chinese and English, in place of Sphinx's
    kexue_buttons: [cite, share, print] what a reader may do with a page
    kexue_icons: true                   of the theme's icons only those that pages show
    kexue_mend: true                    the pages of sphinx-book-theme, accessible
    kexue_style: true                   this book's own style sheet
    kexue_notices: true                 a link to the scripts' licences under each page
    kexue_archive: book.zip             the whole book, packed
    kexue_editions: {.: en, zh: zh_CN}  the book in several languages, see `editions`
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from ..sources import syntax
from ..sphinx import beside_static, files_of, has_scripts, put
from . import mathjax, measured
from .buttons import BUTTONS, add_buttons, copy_scripts
from .chapters import FACTS
from .editions import (
    alternates,
    begin_others,
    build_others,
    first_visit,
    folder_of,
    own_explorers,
    prepare_others,
    whole_book,
    write_entrance,
)
from .execution import say
from .packing import pack
from .search import WITHOUT_SCRIPTS, note_sections, share_meanings, write_sections
from .theme import THEME, mend, shrink_static, translate_pages
from .translation import (
    FormulaWords,
    PictureWords,
    Stress,
    TableSources,
    TableWords,
    catalogue,
    frontend_words,
    write_template,
)
from .writing import Writing

LICENCES = "Licences of the scripts on this page"
SETTINGS: dict[str, Any] = {
    "kexue_formulas": False,
    "kexue_cores": False,
    "kexue_search": False,
    "kexue_buttons": [],
    "kexue_icons": False,
    "kexue_mend": False,
    "kexue_style": False,
    "kexue_notices": False,
    "kexue_archive": "",
    "kexue_editions": {},
}


def configure(app: Sphinx, config: Config) -> None:
    """Say where this edition lies, and turn on what is to be on before anything is read."""
    for name in config.kexue_buttons:
        if name not in BUTTONS:
            raise ConfigError(f"kexue_buttons must be some of {', '.join(BUTTONS)}, got {name!r}")
    config.kexue_root = os.path.relpath(".", folder_of(app))
    if config.kexue_cores:
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # notebooks run on all cores already, see prepare
    if config.kexue_formulas:
        mathjax.configure(app, config)


def prepare(app: Sphinx) -> None:
    """Put the style of this book into it, and have notebooks executed on all cores."""
    if app.config.kexue_cores:
        app.parallel = max(app.parallel, os.cpu_count() or 1)
        if numbering := app.extensions.get("sphinx_multitoc_numbering"):
            numbering.parallel_read_safe = (
                True  # it does not say so, but a book without numbers has nothing for it to do
            )
    if not has_scripts(app):
        return
    copy_scripts(app)
    app.builder.search = app.builder.search and not app.config.kexue_search  # type: ignore[attr-defined]  # Sphinx's own
    app.builder.copysource = folder_of(app) == "."  # type: ignore[attr-defined]
    if app.config.kexue_formulas:
        mathjax.copy(app)
    if app.config.kexue_style:
        app.add_css_file(beside_static(app, "book.css"))
        if folder_of(app) == ".":
            put(app, Path(__file__).with_name("book.css"), "book.css")


def own_words(config: Config) -> list[str]:
    """The words that all pages have."""
    tooltips = [each["tooltip"] for each in BUTTONS.values()]
    return [*frontend_words(), *tooltips, *THEME, *FACTS.values(), LICENCES, WITHOUT_SCRIPTS, config.author]


def watch_words(app: Sphinx) -> None:
    """Have only those pages read and written on which something is new."""
    writing = Writing(own_words(app.config))
    if app.config.kexue_search:
        app.connect("doctree-read", note_sections)
    app.connect("doctree-read", writing.note_words)
    app.connect("env-get-outdated", writing.said_otherwise)
    app.connect("env-before-read-docs", writing.begin)
    app.connect("env-updated", writing.show_others)
    app.connect("write-started", writing.spare)
    app.connect("html-collect-pages", writing.search_page)
    app.connect("build-finished", writing.drop_images)


def first_page_last(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """The first page shows explorers of all chapters, whose graphs are there when these have been read."""
    docnames.sort(key=lambda name: name == app.config.root_doc)


def complete_page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Give a page its author in its own language, the way to the archive, and its buttons."""
    if not has_scripts(app):
        return
    if app.config.kexue_editions:
        context["author"] = catalogue(app).gettext(app.config.author)
        if pagename in app.env.found_docs:
            tags = alternates(app, pagename, pagename) + first_visit(app, pagename)
            context["metatags"] = context.get("metatags", "") + tags
    if "body" not in context:
        return
    if app.config.kexue_editions:
        context["body"] = own_explorers(app, context["body"])
    folder = Path(app.outdir, pagename).parent
    if archive := app.config.kexue_archive:
        path = os.path.relpath(whole_book(app) / archive, folder)
        context["body"] = context["body"].replace(f"../{archive}", Path(path).as_posix())
    if app.config.kexue_notices:
        notices = Path(os.path.relpath(files_of(app) / "notices.txt", folder)).as_posix()
        link = f'<p><a href="{notices}">{catalogue(app).gettext(LICENCES)}</a></p>'
        context["theme_extra_footer"] = (context.get("theme_extra_footer") or "") + link
    add_buttons(app, pagename, context)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Mend the pages, build the other editions, and pack the book, so that a reader can take it along."""
    if exception is None and app.builder.name == "gettext":
        from ..live.operators import WORKS

        write_template(app, [*own_words(app.config), *WORKS, *measured.WORDS])
    if exception is not None or not has_scripts(app):
        return
    mended = Path(app.doctreedir, "mended")  # the last thing that is made of pages: those that are older are finished
    pages = fresh(app, mended)
    if pages:
        if app.config.kexue_editions and folder_of(app) == ".":
            write_entrance(app)
        if app.config.kexue_icons:
            shrink_static(Path(app.outdir))
        if app.config.kexue_search:
            write_sections(app)
        if folder_of(app) != ".":
            translate_pages(app, pages)
        if app.config.kexue_mend:
            whole = {Path(app.outdir, app.builder.get_target_uri(name)) for name in app.env.found_docs}
            mend(pages, whole=folder_of(app) == "." and whole <= {*pages})
        if app.config.kexue_editions:
            say(f"pages in {app.config.language}: finished")
    mended.touch()
    if folder_of(app) != ".":
        return
    changed = build_others(app, bool(pages)) or bool(pages)
    if app.config.kexue_search and changed:
        share_meanings(Path(app.outdir, folder) for folder in app.config.kexue_editions or ["."])
    if app.config.kexue_archive:
        pack(Path(app.outdir), Path(app.outdir, app.config.kexue_archive))


def fresh(app: Sphinx, mended: Path) -> list[Path]:
    """The pages of this edition that have been written since others were finished."""
    last = mended.stat().st_mtime_ns if mended.exists() else 0
    folders = app.config.kexue_editions if folder_of(app) == "." else []
    others = [Path(app.outdir, folder) for folder in folders if folder != "."]
    pages = Path(app.outdir).rglob("*.html")
    return [page for page in pages if page.stat().st_mtime_ns > last and not {*page.parents} & {*others}]


def code_of(folder: Path) -> str:
    """What makes the pages, in short: by its syntax, so that a comment changes none."""
    texts = [syntax(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py"))]
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    for name in (
        "sphinx",
        "book.resuming",
        "book.notebooks",
        "book.execution",
        "book.chapters",
        "book.measured",
        "book.home",
    ):
        app.setup_extension(f"kexue_widgets.{name}")
    for name, default in SETTINGS.items():
        app.add_config_value(name, default, "html", [type(default)])
    # Where what makes the pages has changed, all of them are read and written again.
    app.add_config_value("kexue_code", code_of(Path(__file__).parent), "env", [str])
    for transform in (FormulaWords, PictureWords, TableSources, TableWords, Stress):
        app.add_transform(transform)
    app.connect("config-inited", configure, priority=300)  # before others ask where this edition lies
    app.connect("builder-inited", prepare)
    app.connect("builder-inited", watch_words)
    app.connect("env-before-read-docs", first_page_last)
    app.connect("env-before-read-docs", prepare_others)
    app.connect("env-updated", begin_others, priority=900)
    app.connect("html-page-context", complete_page, priority=900)  # after the theme has made its buttons
    app.connect("build-finished", finish, priority=800)  # after the theme has written its last style sheet, too
    return {"parallel_read_safe": True, "parallel_write_safe": True}
