"""The guide as a reader meets it: references, the search, both previews."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from browsing import Visit
from playwright.sync_api import Locator, Page, expect
from reader import PHONE, Live, assert_accessible

from kexue_widgets.guide import ARTICLES, CHAPTERS, Citation, cite, smart_search

FOLDER = Path(__file__).parents[2] / "book"
PARTS = 6


def measured(preview: Locator, act: Callable[[], object]) -> dict[str, dict[str, float]]:
    """What the page preview measures after an action."""
    preview.evaluate("element => element.addEventListener('kexue:measured', (event) => (element.found = event.detail))")
    preview.evaluate("element => (element.found = undefined)")
    act()
    handle = preview.element_handle()
    found = preview.page.wait_for_function("element => element.found", arg=handle).json_value()
    return {part["name"]: part for part in found}


def in_sight(page: Page) -> tuple[Locator, dict[str, dict[str, float]]]:
    """The page preview, and what it measures when it comes into sight."""
    preview = page.locator("kexue-page-preview")
    preview.locator("select").wait_for()
    return preview, measured(preview, preview.scroll_into_view_if_needed)


def test_a_reference_has_the_day_and_on_the_web_the_address(book_url: str, visit: Callable) -> None:
    seen = visit(f"{book_url}/book/guide.html")
    live = Live(seen.page, Citation)
    today = seen.page.evaluate("new Date().toLocaleDateString('sv')")
    live.after(lambda: live.root.get_by_label("format").select_option("GB/T 7714"))
    assert live.root.locator("pre").inner_text() == cite(ARTICLES[0], "GB/T 7714", today)
    live.after(lambda: live.root.get_by_label("what to cite").select_option(CHAPTERS[6].title))
    expected = cite(CHAPTERS[6], "GB/T 7714", today)
    if seen.page.url.startswith("http"):
        expected = expected.replace("https://ADDRESS/", seen.page.url.partition("guide.html")[0])
    assert live.root.locator("pre").inner_text() == expected
    seen.assert_clean()


def test_the_search_finds_on_the_page_what_it_finds_in_the_kernel(chapter: Visit) -> None:
    live = Live(chapter.page, lambda: smart_search(FOLDER))
    kernel = smart_search(FOLDER)
    for question in ("How long until the next chemical reaction?", "Which divergence has a convex conjugate?", "zzz"):
        kernel.question = question
        live.after(lambda question=question: live.root.get_by_role("searchbox").fill(question))
        for name, array in live.arrays.items():
            np.testing.assert_allclose(array, kernel.arrays[name], rtol=1e-5, atol=1e-5, err_msg=f"{question} {name}")
    assert live.root.get_by_role("link").count() == 0
    chapter.assert_clean()


@pytest.mark.parametrize(
    ("edition", "question", "title"), [("", "master equation", "The master equation"), ("zh/", "主方程", "主方程")]
)
def test_each_edition_asks_its_own_chapters_and_names_the_words(
    book_dir: Path, visit: Callable, edition: str, question: str, title: str
) -> None:
    page = visit((book_dir / edition / "book" / "guide.html").as_uri()).page
    search = page.get_by_role("searchbox")
    expect(search).to_have_count(1)  # that of the other edition is not there
    search.fill(question)
    explorer = page.locator("kexue-explorer").filter(has=search)
    expect(explorer.get_by_role("link").filter(has_text=title)).to_have_count(1)
    words = explorer.locator("table th[scope=row]:visible").all_inner_texts()
    assert words
    assert words == explorer.locator("ol").last.locator(".kexue-entry-word").all_inner_texts()


def test_results_lead_to_their_sections(book_http: str, book_dir: Path, visit: Callable) -> None:
    page = visit(f"{book_http}/book/guide.html").page
    live = Live(page, lambda: smart_search(FOLDER))
    live.after(lambda: live.root.get_by_role("searchbox").fill("saturates rarity citing privacy complain"))
    addresses = [link.get_attribute("href") for link in live.root.get_by_role("link").all()]
    assert addresses
    for address in addresses:
        name, anchor = urlsplit(address).path, urlsplit(address).fragment
        assert f'id="{anchor}"' in (book_dir / "book" / name).read_text("utf-8")
    live.root.get_by_role("link").first.click()
    assert page.url.endswith(addresses[0])


def test_every_section_of_this_chapter_has_its_anchor(book_dir: Path) -> None:
    html = (book_dir / "book" / "guide.html").read_text("utf-8")
    links = [link for link in smart_search(FOLDER).views[0].marks[0].links if link.startswith("guide.html")]
    assert len(links) > 10
    for link in links:
        assert f'id="{link.partition("#")[2]}"' in html


def test_without_rules_a_telephone_cuts_off_what_is_wide_and_with_them_nothing(book_dir: Path, visit: Callable) -> None:
    seen = visit((book_dir / "book" / "guide.html").as_uri())
    preview, plain = in_sight(seen.page)
    assert [name for name, part in plain.items() if part["beyond"] >= 1] == list(plain)
    assert len(plain) == PARTS
    # A second look at the same page, without the preview's own arithmetic.
    frame = preview.locator("iframe").element_handle().content_frame()
    assert frame.evaluate("document.documentElement.clientWidth") == 360
    widest = max(part["beyond"] for part in plain.values())
    # scrollWidth may count the margin behind the widest part
    assert 0 <= frame.evaluate("document.documentElement.scrollWidth - 360") - widest <= 17
    # A laptop needs no rules.
    found = measured(preview, lambda: preview.get_by_label("device").select_option("laptop"))
    assert all(part["beyond"] < 1 for part in found.values())
    measured(preview, lambda: preview.get_by_label("device").select_option("telephone"))
    careful = measured(preview, preview.get_by_role("switch", name="with this book's rules").check)
    assert [name for name, part in careful.items() if part["beyond"] >= 1] == []
    assert {name for name, part in careful.items() if part["boxed"] >= 1} == {"matrix", "table", "line of code"}
    turned = measured(preview, preview.get_by_role("switch", name="turned on its side").check)
    assert sum(part["boxed"] for part in turned.values()) < sum(part["boxed"] for part in careful.values())
    seen.assert_clean()


def comment(page: Page, text: str) -> Locator:
    """The comment as it is read, once it has been set."""
    preview = page.locator("kexue-comment-preview")
    preview.evaluate("element => element.addEventListener('kexue:set', (event) => (element.shown = event.detail))")
    preview.get_by_label("your comment", exact=True).fill(text)
    page.wait_for_function("([element, text]) => element.shown === text", arg=[preview.element_handle(), text])
    return preview.get_by_role("region")


def test_a_comment_is_set_while_it_is_typed(chapter: Visit) -> None:
    read = comment(chapter.page, r"Since $a^2+b^2=c^2$ we pay \$5 and <b>more</b>: $$\int_0^1 x\,dx$$ for \(y\)")
    assert read.locator("mjx-container").count() == 3
    assert read.locator('mjx-container[display="true"]').count() == 1
    assert read.locator("b").count() == 0
    assert "we pay $5 and <b>more</b>:" in read.inner_text()
    chapter.assert_clean()


def test_a_formula_that_cannot_be_read_is_told_of(chapter: Visit) -> None:
    told = chapter.page.locator("kexue-comment-preview").get_by_role("status")
    comment(chapter.page, r"$\frac{1}{2$")
    assert told.inner_text() == "a formula cannot be read: a brace is missing"
    comment(chapter.page, r"$\frac{1}$")
    assert told.inner_text() == r"a formula cannot be read: Missing argument for \frac"
    comment(chapter.page, r"$\frac{1}{2}$")
    assert told.inner_text() == ""


# Formulas that would run a script, cover the page, take a name of the page's own, or load a file.
HOSTILE = [
    r"\href{javascript:hacked=1}{x}",
    r"\href{JaVaScRiPt:hacked=1}{x}",
    "\\href{java\tscript:hacked=1}{x}",
    r"\href{&#106;avascript:hacked=1}{x}",
    r"\href{data:text/html,<script>parent.hacked=1</script>}{x}",
    r"\href{vbscript:hacked=1}{x}",
    r"\href{file:///etc/passwd}{x}",
    r"\style{position:fixed;inset:0;background:red}{x}",
    r"\style{background:url(https://example.org/x)}{x}",
    r"\bbox[position:fixed;inset:0]{x}",
    r"\cssId{main-content}{x}",
    r"\class{bd-main kexue-control}{x}",
    r"\data{onclick=hacked}{x}",
    r"\mmlToken{mi}[onclick='hacked=1' href='javascript:hacked=1' style='position:fixed']{x}",
    r"\require{html}\href{javascript:hacked=1}{x}",
    r"\require{[mathjax]/../../search}x",
    r"\texHTML{<img src=x onerror=hacked=1>}{}",
    r"\unicode[position:fixed]{x41}",
    r"\def\a{\a\a}\a",
    "</script><img src=x onerror=hacked=1>",
]
# What of a comment has got further than a formula may.
THROUGH = """element => {
  const found = [];
  for (const each of element.querySelectorAll("*")) {
    const name = each.outerHTML.slice(0, 200);
    if (each.href && !/^https?:$/.test(each.protocol)) found.push(name);
    if ([...each.attributes].some(({ name }) => name.startsWith("on"))) found.push(name);
    if (each.id && !/^(mjx|MJX)/.test(each.id)) found.push(name);
    if (each.matches(".bd-main, .kexue-control, script, img, iframe")) found.push(name);
    const look = getComputedStyle(each);
    if (look.position === "fixed" || look.backgroundImage !== "none") found.push(name);
  }
  return found;
}"""


def test_no_formula_of_a_comment_reaches_further_than_its_own_letters(chapter: Visit) -> None:
    for formula in HOSTILE:
        read = comment(chapter.page, f"${formula}$ and ${formula.replace('{x}', '{y}')}$")
        assert read.evaluate(THROUGH) == [], formula
    assert chapter.page.evaluate("typeof hacked") == "undefined"
    assert (
        comment(chapter.page, r"$\href{https://spaces.ac.cn}{x} + \color{red}{y} + \cancel{z}$").locator("a").count()
        == 1
    )
    chapter.assert_clean()


def test_the_previews_are_accessible_and_suit_a_thumb(book_http: str, visit: Callable, axe_path: Path) -> None:
    page = visit(f"{book_http}/book/guide.html", **PHONE).page
    in_sight(page)
    for control in page.locator(
        ":is(kexue-page-preview, kexue-comment-preview) :is(select, textarea, .kexue-toggle)"
    ).all():
        assert control.bounding_box()["height"] >= 40
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert_accessible(page, axe_path, {"include": [["kexue-page-preview"], ["kexue-comment-preview"]]})


def test_without_scripts_the_comment_is_there_as_typed(book_http: str, visit: Callable) -> None:
    page = visit(f"{book_http}/book/guide.html", java_script_enabled=False).page
    assert r"\operatorname{Var}" in page.locator("kexue-comment-preview pre").inner_text()
    assert page.locator("kexue-page-preview tr").count() == 5


def test_a_reference_stands_on_a_ground_of_its_own_and_not_as_what_a_cell_puts_out(chapter: Visit) -> None:
    look = "pre => { const { borderLeftWidth, backgroundColor } = getComputedStyle(pre); return [borderLeftWidth, backgroundColor] }"
    edge, ground = chapter.page.locator("pre.kexue-passage").first.evaluate(look)
    assert edge == "0px"
    assert ground != "rgba(0, 0, 0, 0)"
