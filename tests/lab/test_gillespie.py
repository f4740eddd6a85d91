"""The Gillespie chapter in JupyterLab: run from top to bottom, then moved by hand and from Python."""

from collections.abc import Callable
from pathlib import Path

import lab

from kexue_widgets.gillespie import EventTrap, Trajectories

SHOWS = """([element, steps]) => element.closest(".kexue").explorer.steps === steps"""
KERNEL = """
from ipywidgets import Widget
(shown,) = (widget for widget in Widget.widgets.values() if type(widget).__name__ == "Trajectories")
shown.system = "dimerisation"
"""


def test_the_chapter_runs_and_its_explorers_follow_hand_and_kernel(tmp_path: Path, visit: Callable) -> None:
    with lab.chapter("gillespie", tmp_path, visit) as page:
        explorer = page.get_by_role("group", name=Trajectories().description, exact=True).first
        trap = page.get_by_role("group", name=EventTrap().description, exact=True).first
        for each in (explorer, trap):
            each.scroll_into_view_if_needed()
            each.locator("svg").first.wait_for()
        with lab.kernel(tmp_path) as kernel:
            assert lab.evaluate(kernel, KERNEL, "float((shown.arrays['x'] + 2 * shown.arrays['y']).std())") == 0
            select = explorer.get_by_label("system", exact=True)
            page.wait_for_function("select => select.value === 'dimerisation'", arg=select.element_handle())
            select.select_option("birth and death")
            explorer.get_by_role("button", name="Reset", exact=True).click()
            page.wait_for_function(SHOWS, arg=[select.element_handle(), 0])
            explorer.get_by_role("button", name="Step", exact=True).click()
            page.wait_for_function(SHOWS, arg=[select.element_handle(), 1])
            assert lab.evaluate(kernel, "", "[shown.system, shown.steps]") == ["birth and death", 1]
