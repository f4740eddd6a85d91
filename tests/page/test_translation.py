"""The Chinese edition: the same notebooks, their text and explorers from gettext catalogues."""

import base64
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import ROOT
from PIL import Image
from reader import READY, UPGRADED, Live

from kexue_widgets.book.pictures import figure_of, packed, writes_chinese
from kexue_widgets.book.translation import PICTURE, words_of
from kexue_widgets.dropout import Mask
from kexue_widgets.wordvec.explorers import PLANE, Plane


def test_all_words_are_translated() -> None:
    command = [sys.executable, ROOT / "tests" / "catalogues.py", "--check"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, f"python tests/catalogues.py, and then translate:\n{result.stdout}\n{result.stderr}"


def test_lines_are_justified_where_they_are_long_enough(book_dir: Path, visit: Callable) -> None:
    page = visit((book_dir / "zh" / "book" / "dropout.html").as_uri(), java_script_enabled=False).page
    text = page.locator(".bd-article section > p:not(.kexue-article)").first
    for width, align in ((1280, "justify"), (390, "start")):
        page.set_viewport_size({"width": width, "height": 844})
        assert text.evaluate("each => getComputedStyle(each).textAlign") == align


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
    page.get_by_role("button", name="关闭", exact=True).wait_for()
    seen.assert_clean()


def test_what_the_theme_writes_is_chinese(book_dir: Path) -> None:
    for name in ("search.html", "book/dropout.html"):
        html = (book_dir / "zh" / name).read_text("utf-8")
        assert "作者：Kexue, live 编写组" in html
        assert "© 2026" in html
        assert "Copyright" not in html
        assert 'aria-label="在本书中搜索……"' in html
        assert "Toggle primary" not in html


def test_without_scripts_pictures_are_described_in_chinese(book_dir: Path, visit: Callable) -> None:
    page = visit((book_dir / "zh" / "book" / "dropout.html").as_uri(), java_script_enabled=False).page
    assert page.locator("kexue-explorer img").first.get_attribute("alt").startswith("Dropout 作用于一个")


def pictures(path: Path) -> list[tuple[bytes, dict[str, Any]]]:
    """The pictures of a page's explorers, with the manifests that stand beside them."""
    found = PICTURE.finditer(path.read_text("utf-8"))
    return [(base64.b64decode(each[0]), json.loads(each[1])) for each in found]


@pytest.mark.parametrize("page", ["dropout", "onelossgan", "reuse", "wordvec"])
def test_pictures_are_drawn_anew_from_what_the_page_holds(book_dir: Path, page: str) -> None:
    ours, theirs = (pictures(book_dir / edition / "book" / f"{page}.html") for edition in (".", "zh"))
    assert ours
    for (english, manifest), (chinese, _) in zip(ours, theirs, strict=True):
        drawn, before = (Image.open(io.BytesIO(each)).convert("RGB") for each in (packed(figure_of(manifest)), english))
        assert drawn.tobytes() == before.tobytes(), manifest["name"]
        assert (chinese != english) == writes_chinese(), manifest["name"]


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


@pytest.mark.parametrize(("book_url", "tab"), [("file", "this"), ("http", "new")], indirect=["book_url"])
def test_the_other_language_opens_at_the_same_place(book_url: str, visit: Callable, tab: str) -> None:
    page = visit(f"{book_url}/book/gillespie.html#live:EventTrap.seed=3").page
    page.evaluate(READY)
    page.evaluate("document.querySelectorAll('article section > p')[40].scrollIntoView()")
    shown = "place => document.querySelectorAll('article section > p')[40].getBoundingClientRect().top"
    before = page.evaluate(shown)
    link = page.get_by_role("link", name="中文", exact=True)
    # Playwright's own click scrolls to what it clicks, though the header is in sight already.
    link.dispatch_event("pointerenter")
    if tab == "new":
        address = link.evaluate("link => link.href")
        page = page.context.new_page()
        page.goto(address)
    else:
        link.evaluate("link => link.click()")
    page.wait_for_url("**/zh/book/gillespie.html*EventTrap.seed=3")
    page.evaluate(READY)
    page.wait_for_function(f"before => Math.abs(({shown})() - before) < 40", arg=before)
    page.wait_for_function("document.querySelectorAll('kexue-explorer').length > 0")


def test_the_chinese_book_is_cited_in_chinese(book_http: str, visit: Callable) -> None:
    page = visit(f"{book_http}/zh/book/dropout.html").page
    page.get_by_role("button", name="引用本页").click()
    today = page.evaluate("new Date().toLocaleDateString('sv')")
    text, bibtex = (field.input_value() for field in page.locator(".kexue-dialog textarea").all())
    address = f"{book_http}/zh/book/dropout.html"
    assert text == f"Kexue, live 编写组. Dropout：掩码、集成与岭回归[EB/OL]. 2026[{today}]. {address}."
    assert "author = {{Kexue, live 编写组}}" in bibtex
    assert "谈谈" not in text + bibtex


def test_heads_of_result_tables_are_chinese(book_dir: Path) -> None:
    english, chinese = (
        re.findall(r"<th>([^<]*)</th>", (book_dir / folder / "finetune.html").read_text("utf-8"))
        for folder in ("book", "zh/book")
    )
    assert len(english) == len(chinese)
    assert "accuracy" in english
    assert "准确率" in chinese
    assert "accuracy" not in chinese


def test_stressed_chinese_is_told_from_latin_titles(book_dir: Path) -> None:
    page = (book_dir / "zh" / "book" / "wordvec.html").read_text("utf-8")
    stressed = re.findall(r"<em( class=\"kexue-stressed\")?>(.*?)</em>", page)
    assert len(stressed) > 10
    for marked, text in stressed:
        assert bool(marked) == bool(re.search("[一-鿿]", text)), text


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
