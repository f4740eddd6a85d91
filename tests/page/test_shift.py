"""Nothing jumps: a page whose script comes late keeps the room that its explorers will need."""

from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import ROOT
from playwright.sync_api import Route
from reader import READY, UPGRADED

CHAPTERS = sorted(path.stem for path in Path(ROOT, "book").glob("*.ipynb"))
FAIR = 0.1  # a cumulative layout shift below this counts as good: web.dev/articles/cls

WATCH = """() => { window.shift = 0;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) if (!each.hadRecentInput) shift += each.value })
    .observe({ type: "layout-shift" }) }"""
PAINTED = (
    "() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))))"
)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_picture_in_sight_becomes_live_without_a_jump(book_http: str, visit: Callable, name: str, width: int) -> None:
    page = visit("about:blank", viewport={"width": width, "height": 844}, is_mobile=width < 800, has_touch=True).page
    late: list[str] = []

    def leave_out(route: Route) -> None:
        late.append(route.request.url)
        route.fulfill(body="", content_type="text/javascript")

    # Not held back: formulas, whose script waits for this one, have jumps of their own.
    page.route("**/page.js*", leave_out)
    page.goto(f"{book_http}/book/{name}.html", wait_until="load")
    page.evaluate(READY)
    page.evaluate("document.querySelector('kexue-explorer').scrollIntoView()")
    page.evaluate(PAINTED)
    page.evaluate(WATCH)
    assert page.locator("kexue-explorer .kexue").count() == 0
    page.unroute("**/page.js*")
    page.add_script_tag(url=late[0])
    page.wait_for_function(UPGRADED)
    page.evaluate(PAINTED)
    assert page.evaluate("shift") < FAIR
