"""What holds for every page of the book: whole without a network, light, accessible, and fit for a telephone."""

import gzip
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from browsing import ROOT
from playwright.sync_api import Page, Request
from reader import CUT_OFF, PAINTED, PHONE, READY, UPGRADED

from kexue_widgets.guide import ARTICLES

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [f"book/{path.stem}" for path in sorted(Path(ROOT, "book").glob("*.ipynb"))]
PAGES = [TOC["root"], *(chapter["file"] for chapter in TOC["chapters"]), "search"]
EDITIONS = ("", "zh/")
MEGABYTE = 1_000_000
REQUESTS = 64  # before a touch: scripts, styles, formulas' fonts by the alphabet, what figures need
AHEAD = re.compile(r"/_kexue/(engine|graphs/)")
TOO_EARLY = """() => performance.getEntriesByType("resource").filter(({ name, startTime }) => /\\/_kexue\\/(engine|graphs)/.test(name)
  && startTime < performance.getEntriesByType("navigation")[0].loadEventEnd).map(({ name }) => name)"""

# What cells have drawn: how large each is shown, of its own size; whether there is room for it before it is there; the page.
DRAWN = """() => [...document.querySelectorAll(".cell_output img:not(kexue-explorer *)")].map((image) =>
  [image.getBoundingClientRect().width / image.naturalWidth, image.hasAttribute("height"), image.currentSrc])"""

EDGED = """() => [...document.querySelectorAll(".kexue summary")].filter((element) => parseFloat(getComputedStyle(element).borderLeftWidth))
  .map((element) => element.outerHTML)"""

every_page = pytest.mark.parametrize("name", [edition + name for edition in EDITIONS for name in PAGES])
every_chapter = pytest.mark.parametrize("name", CHAPTERS)

# Axe does not read MathML, and takes a heading that is a formula for an empty one.
INACCESSIBLE = """async () => (await axe.run({ resultTypes: ['violations'] })).violations
  .map(({ id, nodes }) => [id, nodes.map(({ html, target }) => [html.slice(0, 160), target]).filter(([, [target]]) =>
    id !== "empty-table-header" || !document.querySelector(target).querySelector("mjx-container"))])
  .filter(([, nodes]) => nodes.length)"""
# An entry of a legend has the least that WCAG asks for.
TOO_SMALL = """() => [...document.querySelectorAll("kexue-explorer :is(input, select, button)")]
  .filter((element) => element.offsetParent)
  .map((element) => [element.outerHTML.slice(0, 80), (element.closest(".kexue-toggle") ?? element).getBoundingClientRect().height])
  .filter(([html, height]) => height < (html.includes("kexue-entry") ? 24 : 40))"""
# One look at everything: an explorer's main view, its transport and its first controls are in the window together.
# What of each explorer is not in the window once its head is below the page's header, and how much its controls cover.
SEEN = """(below) => [...document.querySelectorAll("kexue-explorer:not(.kexue-thumbnail, .kexue-film) > .kexue")].flatMap((root) => {
  scrollTo(0, scrollY + root.getBoundingClientRect().top - below);
  const [view, transport, atHand, panel] = [".kexue-view", ".kexue-transport", ".kexue-controls", ".kexue-panel"].map(
    (part) => root.querySelector(part)?.getBoundingClientRect());
  if (!root.checkVisibility()) return []; // in a cell that is folded away, or in the dialog for searching
  const beside = root.classList.contains("kexue-beside");
  const low = beside ? document.documentElement.clientHeight : panel.top;
  const cut = ({ top, bottom }, low) => top < below - 1 || bottom > low + 1;
  return {
    name: root.parentElement.querySelector("script").textContent.slice(9, 40).split('"')[0],
    cut: [["view", view, low], ["transport", transport, document.documentElement.clientHeight], ["controls", atHand, document.documentElement.clientHeight]]
      .filter(([, box, low]) => box && cut(box, low)).map(([part]) => part),
    covered: panel.height / document.documentElement.clientHeight,
    beside,
  };
})"""

COMPUTE = """() => {
  const element = document.querySelector("kexue-explorer");
  window.painted = false;
  element.addEventListener("kexue:frame", () => { painted = true });
  element.scrollIntoView();
  element.explorer.refresh();
}"""


def ready(page: Page) -> Page:
    """The page once its formulas stand and all its explorers are live."""
    page.evaluate(READY)
    page.wait_for_function(UPGRADED)
    return page


def test_the_chapters_are_the_eight_articles() -> None:
    assert sorted(CHAPTERS) == sorted(name for name in PAGES if Path(ROOT, f"{name}.ipynb").exists())
    assert len(CHAPTERS) == 8


@every_page
def test_a_page_opened_by_double_click_fits_a_telephone(book_dir: Path, visit: Callable, name: str) -> None:
    # The narrowest that WCAG asks for.
    seen = visit(Path(book_dir, f"{name}.html").as_uri(), **PHONE | {"viewport": {"width": 320, "height": 640}})
    page = ready(seen.page)
    seen.assert_clean()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate(EDGED) == []  # by the theme, where a cell is folded away
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(PAINTED)
    for share, reserved, picture in page.evaluate(DRAWN):  # letters of 14 pixels have 8 or more
        assert share >= 0.6, picture
        assert reserved, picture
    for each in page.evaluate(SEEN, 60) if name in CHAPTERS else []:
        assert each["covered"] <= 0.35, each
        assert "transport" not in each["cut"], each
        assert "controls" not in each["cut"], each


@pytest.mark.parametrize("edition", ["", "zh/"])
def test_the_table_of_systems_needs_no_scrolling_on_a_telephone(book_dir: Path, visit: Callable, edition: str) -> None:
    page = ready(
        visit(Path(book_dir, f"{edition}book/gillespie.html").as_uri(), viewport={"width": 390, "height": 844}).page
    )
    box = page.locator(".pst-scrollable-table-container", has=page.locator("td", has_text="Lotka-Volterra")).last
    assert box.evaluate("each => each.scrollWidth - each.clientWidth") <= 0


@every_page
def test_a_page_is_light_and_accessible(book_http: str, visit: Callable, axe_path: Path, name: str) -> None:
    # Colours and columns are the same in all languages, words are not: each page is seen in both schemes and widths.
    scheme, width = ("dark", 360) if name.startswith("zh/") else ("light", 1280)
    # Colours on their way from light to dark have no contrast to speak of: without motion they are there at once.
    viewport = {"width": width, "height": 720}
    seen = visit("about:blank", viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page = seen.page
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))  # Playwright takes no built-in
    page.goto(f"{book_http}/{name}.html")
    ready(page)
    seen.assert_clean()
    # What a figure near may soon need is fetched after all this, when the page is at rest: see test_ahead.py.
    counted = [request for request in requests if not AHEAD.search(request.url)]
    assert page.evaluate(TOO_EARLY) == []
    packed = {request.url: len(gzip.compress(request.response().body())) for request in counted}
    assert sum(packed.values()) <= MEGABYTE, sorted(packed.items(), key=lambda item: -item[1])
    assert len(packed) <= REQUESTS, sorted(packed)
    assert not any("engine.js" in request.url for request in requests)
    page.add_script_tag(path=axe_path)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.evaluate(INACCESSIBLE) == []
    for each in page.evaluate(SEEN, 60) if name in CHAPTERS else []:
        assert each["cut"] == [], each
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if name in CHAPTERS:  # from a server the engine comes by another way than from a folder
        page.evaluate(COMPUTE)
        page.wait_for_function("painted || document.querySelector('kexue-explorer [role=alert]').textContent")
        assert page.evaluate("painted")


@every_chapter
def test_the_figures_are_there_without_scripts(book_dir: Path, visit: Callable, name: str) -> None:
    page = visit(Path(book_dir, f"{name}.html").as_uri(), java_script_enabled=False).page
    # Those in the solutions of exercises are hidden with them.
    hidden = "details:not([open]) *"
    pictures = page.locator(f"kexue-explorer figure img:not({hidden})").all()
    assert pictures
    for picture in pictures:
        picture.scroll_into_view_if_needed()
        assert picture.is_visible()
        assert picture.bounding_box()["width"] > 300
        assert len(picture.get_attribute("alt")) > 40


@every_chapter
def test_a_chapter_names_its_article(book_dir: Path, name: str) -> None:
    article = next(each for each in ARTICLES if each.chapter == Path(name).name)
    text = Path(book_dir, f"{name}.html").read_text("utf-8")
    chinese = Path(book_dir, "zh", f"{name}.html").read_text("utf-8")
    day = date.fromisoformat(article.date)
    for words in (article.title, "Jianlin Su", article.url, f"{day.day} {day:%B %Y}"):
        assert words in " ".join(text.split())
    for words in (article.title, "苏剑林", article.url, f"{day.year} 年 {day.month} 月 {day.day} 日"):
        assert words in chinese
