"""What holds for every chapter with explorers: pictures without scripts, nothing inaccessible, controls for thumbs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from reader import UPGRADED

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = [path.stem for path in sorted(BOOK.glob("*.ipynb"))]

chapters = pytest.mark.parametrize("chapter", CHAPTERS)


def upgraded(page: Page) -> Page:
    """The page once all its explorers are live."""
    page.wait_for_function(UPGRADED)
    return page


@chapters
def test_the_figures_are_there_without_scripts(book_url: str, visit: Callable, chapter: str) -> None:
    page = visit(f"{book_url}/book/{chapter}.html", java_script_enabled=False).page
    # Those in the solutions of exercises are hidden with them.
    pictures = page.locator("kexue-explorer figure img:not(details:not([open]) *)").all()
    assert pictures
    for picture in pictures:
        picture.scroll_into_view_if_needed()
        assert picture.is_visible()
        assert picture.bounding_box()["width"] > 300
        assert len(picture.get_attribute("alt")) > 40


@chapters
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_in_the_explorers_is_inaccessible(
    book_http: str, visit: Callable, axe_path: Path, chapter: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    page = upgraded(visit(f"{book_http}/book/{chapter}.html", color_scheme=scheme, viewport=size).page)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.add_script_tag(path=axe_path)
    result = page.evaluate("axe.run('kexue-explorer')")
    assert result["passes"]
    assert [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in result["violations"]] == []


@chapters
def test_controls_suit_a_thumb(book_http: str, visit: Callable, chapter: str) -> None:
    page = upgraded(visit(f"{book_http}/book/{chapter}.html", **PHONE).page)
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("kexue-explorer :is(input, select, button)")]
          .filter((element) => element.offsetParent)
          .map((element) => [element.outerHTML.slice(0, 80), (element.closest(".kexue-toggle") ?? element).getBoundingClientRect().height])"""
    )
    assert sizes
    assert [each for each in sizes if each[1] < 40] == []
