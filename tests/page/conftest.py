"""What the page tests share beside `reader.Live`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reader import Live

from kexue_widgets.live import Explorer, page_element
from kexue_widgets.live.page import standalone_page


@pytest.fixture
def show(visit: Callable, tmp_path: Path) -> Callable:
    """Opens explorers in a file of their own: `show(explorer, ...)` gives the visit and a `Live` for each."""

    def open_file(*explorers: Explorer, change: Callable[[str], str] = lambda html: html, **options: object) -> tuple:
        first = explorers[0]
        elements = "".join(page_element(explorer) for explorer in explorers)
        html = standalone_page(first).replace(page_element(first), elements)
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
