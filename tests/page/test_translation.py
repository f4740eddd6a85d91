"""The Chinese edition: the same notebooks, their text and explorers from gettext catalogues."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from conftest import ROOT
from reader import READY, UPGRADED, Live

from kexue_widgets.dropout import Mask
from kexue_widgets.live.translation import words_of
from kexue_widgets.wordvec.explorers import PLANE, Plane


def test_all_words_are_translated() -> None:
    command = [sys.executable, ROOT / "tests" / "catalogues.py", "--check"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, f"python tests/catalogues.py, and then translate:\n{result.stdout}\n{result.stderr}"


def test_a_chapter_and_its_explorer_come_in_chinese(book_url: str, visit: Callable) -> None:
    seen = visit(f"{book_url}/zh/book/dropout.html")
    page = seen.page
    page.evaluate(READY)
    page.wait_for_function(UPGRADED)
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.get_by_role("heading", name="为什么要除以").is_visible()
    assert "以概率" in page.locator("mjx-container[display=true]").first.inner_text()
    slider = page.get_by_role("slider", name="丢弃率 p").first
    before = page.evaluate("document.querySelector('kexue-explorer').explorer.values.p")
    slider.press("ArrowRight")
    page.wait_for_function("p => document.querySelector('kexue-explorer').explorer.values.p > p", arg=before)
    assert page.get_by_text("每个元素的方差").first.is_visible()
    page.get_by_role("button", name="引用本页").click()
    page.get_by_role("button", name="关闭").wait_for()
    seen.assert_clean()


def test_what_the_theme_writes_is_chinese(book_dir: Path) -> None:
    for name in ("search.html", "book/dropout.html"):
        html = (book_dir / "zh" / name).read_text("utf-8")
        assert "Kexue, live 的作者们" in html
        assert 'aria-label="在本书中搜索……"' in html
        assert "Toggle primary" not in html


def test_without_scripts_pictures_are_described_in_chinese(book_dir: Path, visit: Callable) -> None:
    page = visit((book_dir / "zh" / "book" / "dropout.html").as_uri(), java_script_enabled=False).page
    assert page.locator("kexue-explorer img").first.get_attribute("alt").startswith("dropout 作用于一个")


def test_the_other_language_is_one_click_away_with_what_was_set(book_url: str, visit: Callable) -> None:
    seen = visit(f"{book_url}/book/dropout.html#live:Mask.p=0.3")
    page = seen.page
    Live(page, Mask).until("explorer.values.p === 0.3")
    page.get_by_role("link", name="中文", exact=True).click()
    page.wait_for_url("**/zh/book/dropout.html#live:Mask.p=0.3")
    page.wait_for_function("document.querySelector('kexue-explorer').explorer?.values.p === 0.3")
    page.get_by_role("link", name="English", exact=True).click()
    page.wait_for_url(lambda url: "/zh/" not in url)
    Live(page, Mask).until("explorer.values.p === 0.3")
    seen.assert_clean()


def test_sections_are_found_under_the_same_address_in_both_languages(book_dir: Path) -> None:
    for page in (book_dir / "book").glob("*.html"):
        ids, theirs = (
            re.findall(r'<section[^>]* id="([^"]*)"', Path(folder, page.name).read_text("utf-8"))
            for folder in (page.parent, book_dir / "zh" / "book")
        )
        assert ids == theirs, page.name


def test_words_of_a_corpus_are_no_words_to_translate() -> None:
    words = words_of(Plane().manifest())
    assert not set(words) & set(PLANE)
    assert words
