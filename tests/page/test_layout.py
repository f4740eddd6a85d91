"""One look at everything: an explorer's main view, its transport and its first controls are in the window together."""

from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import ROOT
from playwright.sync_api import Page
from reader import UPGRADED

CHAPTERS = sorted(path.stem for path in Path(ROOT, "book").glob("*.ipynb"))
LAPTOP = {"viewport": {"width": 1280, "height": 720}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

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


def look(page: Page, below: int) -> list[dict]:
    page.wait_for_function(UPGRADED)
    page.evaluate("() => document.fonts.ready.then(() => true)")
    return page.evaluate(SEEN, below)


@pytest.mark.parametrize("name", CHAPTERS)
def test_main_view_transport_and_first_controls_are_in_a_laptops_window_together(
    book_dir: Path, visit: Callable, name: str
) -> None:
    page = visit((book_dir / "book" / f"{name}.html").as_uri(), **LAPTOP).page
    for each in look(page, 60):
        assert each["cut"] == [], each
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", CHAPTERS)
def test_on_a_telephone_controls_cover_a_third_and_the_rest_folds(book_dir: Path, visit: Callable, name: str) -> None:
    page = visit((book_dir / "book" / f"{name}.html").as_uri(), **PHONE).page
    for each in look(page, 60):
        assert each["covered"] <= 0.35, each
        assert "transport" not in each["cut"], each
        assert "controls" not in each["cut"], each
