"""A second language: the same notebook, its headings and an explorer in Chinese, from gettext catalogues."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from reader import UPGRADED

from kexue_widgets.dropout import Mask
from kexue_widgets.live.translation import words_of

CONF = """
extensions = ["myst_nb", "kexue_widgets.live.book"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
nb_execution_mode = "cache"
html_theme = "sphinx_book_theme"
html_context = {"default_mode": "auto"}
locale_dirs = ["book/locale"]
exclude_patterns = [".jupyter_cache", "html-*", "gettext-*"]
gettext_compact = False
root_doc = "book/dropout"
project, author, copyright = "Kexue, live", "the authors", "2026"
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, book_dir: Path) -> Path:
    """A book of one chapter, which takes what its notebook showed from the built book."""
    source = tmp_path_factory.mktemp("translated")
    (source / "conf.py").write_text(CONF)
    (source / "book").mkdir()
    shutil.copy(ROOT / "book" / "dropout.ipynb", source / "book")
    shutil.copytree(ROOT / "book" / "locale", source / "book" / "locale")
    (source / ".jupyter_cache").symlink_to(book_dir.parent / ".jupyter_cache")
    return source


def build(source: Path, builder: str, language: str) -> Path:
    folder = source / f"{builder}-{language}"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", builder, "-D", f"language={language}", source, folder]
    subprocess.run(command, check=True, env={**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"})
    return folder


def test_a_chapter_and_its_explorer_come_in_chinese(source: Path, visit: Callable) -> None:
    seen = visit((build(source, "html", "zh_CN") / "book" / "dropout.html").as_uri())
    page = seen.page
    page.wait_for_function(UPGRADED)
    assert page.get_by_role("heading", name="为什么要除以").is_visible()
    slider = page.get_by_role("slider", name="丢弃率 p").first
    before = page.evaluate("document.querySelector('kexue-explorer').explorer.values.p")
    slider.press("ArrowRight")
    page.wait_for_function("p => document.querySelector('kexue-explorer').explorer.values.p > p", arg=before)
    assert page.get_by_text("每个元素的方差").first.is_visible()
    page.get_by_role("button", name="引用本页").click()
    assert page.get_by_role("button", name="关闭").is_visible()
    seen.assert_clean()


def test_the_words_of_explorers_and_chapters_reach_the_templates(source: Path) -> None:
    folder = build(source, "gettext", "en")
    words = (folder / "explorers.pot").read_text("utf-8")
    assert all(f'"{word}"' in words for word in words_of(Mask().manifest()) if len(word) < 60)
    assert '"Play"' in words
    assert '"What dropout does"' in (folder / "book" / "dropout.pot").read_text("utf-8")
