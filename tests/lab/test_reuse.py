"""The chapter on reusing layers in JupyterLab: run from top to bottom, then moved by hand and from Python."""

from collections.abc import Callable
from pathlib import Path

import lab

from kexue_widgets.reuse import CutHere, LookInside, ShareOrCopy

SHOWS = "([element, steps]) => element.closest('.kexue').explorer.steps === steps"
SELECTED = "select => select.value === 'block1_first'"
KERNEL = """
from ipywidgets import Widget
(shown,) = (widget for widget in Widget.widgets.values() if type(widget).__name__ == "CutHere")
shown.cut = "block1_first"
"""


def test_the_chapter_runs_and_its_explorers_follow_hand_and_kernel(tmp_path: Path, visit: Callable) -> None:
    with lab.chapter("reuse", tmp_path, visit) as page:
        explorers = [
            page.get_by_role("group", name=kind().description, exact=True).first
            for kind in (ShareOrCopy, LookInside, CutHere)
        ]
        for each in explorers:
            each.scroll_into_view_if_needed()
            each.locator("svg, canvas").first.wait_for()
        with lab.kernel(tmp_path) as kernel:
            count, parameters = lab.evaluate(kernel, KERNEL, "shown.arrays['summary'][:2].tolist()")
            assert (count, parameters) == (1, 0)
            select = explorers[2].get_by_label("cut after", exact=True)
            page.wait_for_function(SELECTED, arg=select.element_handle())
            handle = explorers[0].get_by_label("what made the data", exact=True).element_handle()
            explorers[0].get_by_role("button", name="Reset", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 0])
            explorers[0].get_by_role("button", name="Step", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 1])
