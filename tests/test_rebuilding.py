"""What is done when a book is built again, in a small one in two languages: only what follows from what has changed."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from PIL import Image
from test_execution import build as build_book

from kexue_widgets import STATIC
from kexue_widgets.book import code_of
from kexue_widgets.book.packing import pack
from kexue_widgets.sphinx import SERVED

CONFIG = """
title: a small book
author: nobody
only_build_toc_files: true
latex: {use_jupyterbook_latex: false}
sphinx:
  extra_extensions: [kexue_widgets.book, imported]
  config:
    locale_dirs: [locale]
    gettext_compact: false
    html_use_index: false
    html_domain_indices: false
    kexue_home: ""
    kexue_search: true
    kexue_archive: all.zip
    kexue_editions: {.: en, zh: zh_CN}
"""
FIGURE = """
```{raw} html
<kexue-some><script type="application/json">{"label": "speed"}</script></kexue-some>
```
"""
# Notes what a build has imported by its end, in each edition.
IMPORTED = """
import sys
from pathlib import Path

def note(app, exception):
    Path(app.srcdir, f"{app.config.language}.imported").write_text(" ".join(sys.modules))

def setup(app):
    app.connect("build-finished", note, priority=2000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
"""
PAGES = {"intro": "# First\n\nWords.\n", "one": "# One\n\nA word.\n", "two": f"# Two\n{FIGURE}"}


def write_catalogue(folder: Path, name: str, words: dict[str, str]) -> None:
    texts = [
        f'msgid "{word}"\nmsgstr "{said}"\n'
        for word, said in {"": "Content-Type: text/plain; charset=utf-8\\n", **words}.items()
    ]
    (folder / "locale" / "zh_CN" / "LC_MESSAGES" / f"{name}.po").write_text("\n".join(texts), "utf-8")


@pytest.fixture
def build(tmp_path: Path) -> Callable[[], set[str]]:
    """Builds the book, and says which pages and which of the files made of all pages were written for that."""
    (tmp_path / "locale" / "zh_CN" / "LC_MESSAGES").mkdir(parents=True)
    write_catalogue(tmp_path, "one", {"A word.": "词语。"})
    write_catalogue(tmp_path, "explorers", {"speed": "速度"})
    for name, text in PAGES.items():
        (tmp_path / f"{name}.md").write_text(text)
    (tmp_path / "_config.yml").write_text(CONFIG)
    (tmp_path / "imported.py").write_text(IMPORTED)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: intro\nchapters: [{file: one}, {file: two}]\n")
    html = tmp_path / "_build" / "html"

    def ages() -> dict[str, int]:
        made = [*html.rglob("*.html"), *html.rglob("sections.js"), *html.glob("*.zip"), *html.glob("_kexue/**/*.*")]
        return {path.relative_to(html).as_posix(): path.stat().st_mtime_ns for path in made}

    def built() -> set[str]:
        before = ages()
        done = build_book(tmp_path)
        assert done.returncode == 0, done.stdout
        after = ages()
        assert before.keys() <= after.keys()
        return {name for name in after if after[name] != before.get(name)}

    return built


def test_only_what_follows_from_a_change_is_written(tmp_path: Path, build: Callable[[], set[str]]) -> None:
    every = {f"{folder}{name}.html" for folder in ("", "zh/") for name in [*PAGES, "search"]}
    chinese, found = tmp_path / "_build" / "html" / "zh" / "two.html", {"sections.js", "zh/sections.js", "all.zip"}
    first = build()
    assert every | found <= first
    assert f"_kexue/{SERVED}" in first
    assert "速度" in chinese.read_text("utf-8")
    assert build() == set()
    one = tmp_path / "one.md"
    one.write_text(one.read_text().replace("A word.", "Another word."))
    write_catalogue(tmp_path, "explorers", {"speed": "速率"})
    assert build() == {"one.html", "zh/one.html", "zh/two.html", *found}
    assert "速率" in chinese.read_text("utf-8")
    one.write_text(one.read_text().replace("# One", "# The first"))  # which stands beside each page
    assert build() >= every
    config = tmp_path / "_config.yml"
    config.write_text(
        config.read_text().replace("    kexue_home", "    kexue_code: that of another day\n    kexue_home")
    )
    assert build() >= every
    with ZipFile(tmp_path / "_build" / "html" / "all.zip") as archive:
        assert SERVED not in {Path(name).name for name in archive.namelist()}
        assert archive.read("_kexue/page.js") == (STATIC / "page.js").read_bytes()


def test_an_image_that_is_shown_no_more_is_taken_away(tmp_path: Path, build: Callable[[], set[str]]) -> None:
    one, html = tmp_path / "one.md", tmp_path / "_build" / "html"
    for name in ("first", "second"):
        Image.new("L", (2, 2)).save(tmp_path / f"{name}.png")
    for name in ("first", "second"):
        one.write_text(f"# One\n\nA word.\n\n![]({name}.png)\n")
        build()
        images = {f"_images/{name}.png", f"zh/_images/{name}.png"}
        assert {
            path.relative_to(html).as_posix() for path in html.rglob("*.png") if path.parent.name == "_images"
        } == images
        with ZipFile(html / "all.zip") as archive:
            assert {each for each in archive.namelist() if "_images/" in each} == images


def test_code_that_makes_pages_is_told_by_its_syntax(tmp_path: Path) -> None:
    module = tmp_path / "theme.py"
    module.write_text("def mend(page):\n    return page\n")
    before = code_of(tmp_path)
    module.write_text('def mend(page):\n    """All is well."""\n    return page  # as it is\n')
    assert code_of(tmp_path) == before
    module.write_text("def mend(page):\n    return page.strip()\n")
    assert code_of(tmp_path) != before


def test_a_comment_in_code_that_a_page_describes_writes_nothing(tmp_path: Path, build: Callable[[], set[str]]) -> None:
    config, code, two = (tmp_path / name for name in ("_config.yml", "imported.py", "two.md"))
    config.write_text(config.read_text().replace("imported]", "imported, kexue_widgets.book.reference]"))
    two.write_text("# Two\n\n```{eval-rst}\n.. automodule:: imported\n   :members:\n```\n")
    code.write_text(code.read_text().replace("def setup", 'def half(x):\n    """The half of it."""\n\n\ndef setup'))
    page = tmp_path / "_build" / "html" / "two.html"
    build()
    assert "The half of it." in page.read_text("utf-8")
    code.write_text(code.read_text() + "# A comment.\n")
    assert build() == set()
    code.write_text(code.read_text().replace("The half of it.", "Half of it."))
    assert {"two.html", "zh/two.html"} <= build()
    assert "Half of it." in page.read_text("utf-8")
    code.write_text(code.read_text().replace("half(x)", "half(x, y)"))
    assert {"two.html", "zh/two.html"} <= build()


def test_only_what_has_changed_is_packed_again(tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    for name in ("a.html", "文.html", SERVED):
        (tmp_path / name).write_text(name * 1000, "utf-8")
    assert pack(tmp_path, archive) == ["a.html", "文.html"]
    assert pack(tmp_path, archive) == []
    (tmp_path / "a.html").write_text("new" * 1000)
    assert pack(tmp_path, archive) == ["a.html"]
    with ZipFile(archive) as packed:
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == {
            name: (tmp_path / name).read_bytes() for name in ("a.html", "文.html")
        }
        place = packed.getinfo("文.html").header_offset
    (tmp_path / "a.html").unlink()
    damaged = bytearray(archive.read_bytes())
    damaged[place + 60] ^= 255
    archive.write_bytes(damaged)
    assert pack(tmp_path, archive) == ["文.html"]
    archive.write_bytes(archive.read_bytes()[:100])  # no archive at all
    assert pack(tmp_path, archive) == ["文.html"]
    with ZipFile(archive) as packed:
        assert packed.testzip() is None
        assert packed.getinfo("文.html").compress_type != ZIP_STORED


def test_pages_are_read_and_written_without_what_computes_and_draws(
    tmp_path: Path, build: Callable[[], set[str]]
) -> None:
    def imported() -> dict[str, set[str]]:
        for note in tmp_path.glob("*.imported"):
            note.unlink()
        build()
        return {note.stem: {*note.read_text().split()} for note in tmp_path.glob("*.imported")}

    build()
    one = tmp_path / "one.md"
    one.write_text(one.read_text().replace("A word.", "Another word."))
    read, nothing = imported(), imported()
    assert read.keys() == {"en", "zh_CN"}
    assert nothing.keys() == {"en"}
    for modules in (*read.values(), *nothing.values()):
        assert "kexue_widgets.book" in modules
        assert not {"torch", "matplotlib", "scipy", "pandas"} & modules
