"""The first page: a card for every chapter, with a thumbnail that computes."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from reader import UPGRADED

from kexue_widgets.guide import CHAPTERS

STEPS = "([thumbnail, steps]) => thumbnail.explorer.steps > steps"


def test_every_card_leads_to_its_chapter(book_http: str, visit: Callable) -> None:
    page = visit(f"{book_http}/book/intro.html", java_script_enabled=False).page
    for card in page.locator(".kexue-card").all():
        address = card.locator("a.sd-stretched-link").evaluate("link => link.href")
        assert page.request.get(address).ok


def test_thumbnails_compute(book_url: str, visit: Callable) -> None:
    seen = visit(f"{book_url}/book/intro.html")
    page = seen.page
    page.wait_for_function(UPGRADED)
    thumbnails = page.locator("kexue-explorer.kexue-thumbnail").all()
    assert len(thumbnails) == page.locator(".kexue-card").count() == 8
    for thumbnail in thumbnails:
        play = thumbnail.get_by_role("button", name="Play")
        if play.count():
            before = thumbnail.evaluate("thumbnail => thumbnail.explorer.steps")
            play.click()
            page.wait_for_function(STEPS, arg=[thumbnail.element_handle(), before + 3])
            thumbnail.get_by_role("button", name="Pause").click()
        else:
            before = thumbnail.inner_text()
            thumbnail.get_by_label("format").select_option("APA")
            page.wait_for_function(
                "([each, before]) => each.innerText !== before", arg=[thumbnail.element_handle(), before]
            )
        assert thumbnail.get_by_role("slider").count() == 0
    assert page.url.partition("#")[0].endswith("intro.html")
    seen.assert_clean()


# The steps that the first figure shows, from the page's first frame on.
FILMED = """{ window.filmed = [];
  const look = () => {
    filmed.push(document.querySelector(".kexue-film")?.explorer?.steps);
    requestAnimationFrame(look);
  };
  look(); }"""
MOVING = "filmed.some((steps) => steps > 40 && steps < 1000)"
SPREAD = """() => {
  const {fake_x, fake_y} = document.querySelector(".kexue-film").explorer.arrays;
  const radii = [...fake_x.data].map((x, index) => Math.hypot(x, fake_y.data[index])).sort((a, b) => a - b);
  return radii[radii.length / 2];
}"""


def test_the_first_figure_moves_to_the_ring_by_itself_before_the_engine_is_there(
    book_url: str, visit: Callable
) -> None:
    seen = visit("about:blank")
    page = seen.page
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(FILMED)
    page.goto(f"{book_url}/book/intro.html")
    page.wait_for_function(f"{MOVING} && filmed.at(-1) === 1000")
    assert 1.8 < page.evaluate(SPREAD) < 2.2  # the data lie on a circle of radius 2
    assert not any("/_kexue/engine" in url or "/graphs/" in url for url in asked)
    seen.assert_clean()


def test_whoever_takes_the_first_figure_over_has_it_alone(book_url: str, visit: Callable) -> None:
    page = visit(f"{book_url}/book/intro.html").page
    film = page.locator("kexue-explorer.kexue-film")
    page.wait_for_function("document.querySelector('.kexue-film')?.explorer.steps > 40")
    film.get_by_role("button", name="Step").click()
    # The engine begins after the steps of its opening, 400; the film, which would go on to 1000, is over.
    page.wait_for_function("document.querySelector('.kexue-film').explorer.steps === 401")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("document.querySelector('.kexue-film').explorer.steps") == 401
    assert film.get_by_role("alert").count() == 0 or film.get_by_role("alert").inner_text() == ""


def test_for_those_who_want_nothing_to_move_the_first_figure_stands_still(book_dir: Path, visit: Callable) -> None:
    page = visit((book_dir / "zh" / "book" / "intro.html").as_uri(), reduced_motion="reduce").page
    page.wait_for_function(UPGRADED)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("document.querySelector('.kexue-film').explorer.steps") == 1000
    assert 1.8 < page.evaluate(SPREAD) < 2.2
    # Without a title it is named by what it shows.
    assert page.locator(".kexue-film svg.kexue-plot").get_attribute("aria-label") == "得分，数据，假样本：y 随 x 的变化"


@pytest.mark.parametrize("width", [390, 1280])
def test_what_plays_the_first_figure_stands_in_one_row_and_its_words_not_on_the_picture(
    book_dir: Path, visit: Callable, width: int
) -> None:
    page = visit((book_dir / "book" / "intro.html").as_uri(), viewport={"width": width, "height": 844}).page
    page.wait_for_function(UPGRADED)
    film = page.locator(".kexue-film")
    row = film.locator(".kexue-transport > *").all()
    middles = [box["y"] + box["height"] / 2 for each in row if (box := each.bounding_box())]
    assert max(middles) - min(middles) < 2
    status, picture = film.evaluate(
        """film => {
          const status = film.querySelector(".kexue-status"), picture = film.querySelector("svg.kexue-plot");
          status.textContent = "Starting the engine…";
          return [status.getBoundingClientRect().top, picture.getBoundingClientRect().bottom];
        }"""
    )
    assert status >= picture


def test_a_card_tells_what_its_chapter_tells(book_dir: Path) -> None:
    for edition in ("book", "zh/book"):
        cards = (book_dir / edition / "intro.html").read_text("utf-8")
        told = re.findall(r'<span class="kexue-facts">(.*?)</span>', cards)
        assert len(told) == 8
        for facts, chapter in zip(told, CHAPTERS, strict=True):
            page = (book_dir / edition / f"{chapter.chapter}.html").read_text("utf-8")
            assert f'<p class="kexue-facts">{facts}</p>' in page
            assert re.match(r"about \d*[05] minutes|约 \d*[05] 分钟", facts)
            exercises = facts.rpartition(" · ")[2]
            if re.search("exercise|练习", facts):
                assert f'</h2>\n<p class="kexue-facts">{exercises}</p>' in page


# The first visit


@pytest.mark.parametrize("entry", ["index.html", "book/intro.html"])
def test_the_first_visit_follows_the_browsers_language_once(book_url: str, visit: Callable, entry: str) -> None:
    page = visit(f"{book_url}/{entry}", locale="zh-TW").page
    page.wait_for_url("**/zh/book/intro.html")
    page.get_by_role("link", name="English", exact=True).click()
    page.wait_for_url(lambda url: "/zh/" not in url)
    page.wait_for_load_state()
    for again in ("book/intro.html", entry):
        page.goto(f"{book_url}/{again}")
        page.wait_for_url("**/book/intro.html")
        page.wait_for_load_state()
        assert "/zh/" not in page.url


def test_an_english_browser_stays_where_it_is(book_url: str, visit: Callable) -> None:
    page = visit(f"{book_url}/index.html", locale="en-GB").page
    page.wait_for_url("**/book/intro.html")
    assert "/zh/" not in page.url


def test_the_language_is_followed_and_can_be_changed_where_nothing_may_be_stored(
    book_http: str, browser: Browser
) -> None:
    context = browser.new_context(locale="zh-CN")
    denied = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('', 'SecurityError') }})"
    context.add_init_script(denied)
    page = context.new_page()
    page.goto(f"{book_http}/index.html")
    page.wait_for_url("**/zh/book/intro.html")
    page.get_by_role("link", name="English", exact=True).click()
    page.wait_for_url(lambda url: "/zh/" not in url)
    page.get_by_role("link", name="Dropout: masks").first.click()
    page.wait_for_url("**/book/dropout.html")
    page.go_back()
    page.wait_for_load_state()
    assert "/zh/" not in page.url
    context.close()
