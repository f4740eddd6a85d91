"""What the page tests share beside `reader.Live`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import Visit, visiting
from playwright.sync_api import Browser
from reader import Live, as_at_first

from kexue_widgets.live import Explorer, page_element
from kexue_widgets.live.page import model_and_graphs, standalone_page


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, book_dir: Path, browser: Browser) -> Iterator[Visit]:
    """The chapter that a module of tests is named after, by double-click; `test_pages.py` has it compute from a server, too."""
    with visiting(browser) as visit:
        yield visit((book_dir / "book" / f"{request.path.stem.removeprefix('test_')}.html").as_uri())


@pytest.fixture
def chapter(opened: Visit) -> Visit:
    """The same, opened once, with all its explorers as they stood at first."""
    as_at_first(opened.page)
    return opened


EXPORTED: dict[tuple, tuple] = {}


def exported_once(explorer: Explorer) -> tuple:
    """The graphs of an explorer, shared by all tests of this process that show one of its kind with the same values."""
    key = (*explorer.functions.values(), *explorer.controls.values(), repr(explorer.values))
    if key not in EXPORTED:
        EXPORTED[key] = model_and_graphs(explorer)
    return EXPORTED[key]


@pytest.fixture
def show(visit: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Opens explorers in a file of their own: `show(explorer, ...)` gives the visit and a `Live` for each."""
    monkeypatch.setattr("kexue_widgets.live.page.model_and_graphs", exported_once)

    def open_file(*explorers: Explorer, change: Callable[[str], str] = lambda html: html, **options: object) -> tuple:
        first, *others = explorers
        end = "</kexue-explorer>"
        html = standalone_page(first).replace(end, end + "".join(map(page_element, others)), 1)
        path = tmp_path / "explorers.html"
        path.write_text(change(html), encoding="utf-8")
        seen = visit(path.as_uri(), **options)
        # By name: a widget's class is made anew for each instance.
        names = [type(explorer).__name__ for explorer in explorers]
        lives = [
            Live(seen.page, type(explorer), names[:index].count(names[index]))
            for index, explorer in enumerate(explorers)
        ]
        return seen, *lives

    return open_file
