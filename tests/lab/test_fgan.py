"""The f-GAN chapter in JupyterLab: run from top to bottom, then moved by hand and from Python."""

from collections.abc import Callable
from pathlib import Path

import lab

from kexue_widgets.fgan import InsideGAN, OneGaussian, PlaneGAN, Selector

SHOWS = "([element, steps]) => element.closest('.kexue').explorer.steps === steps"
SELECTED = "select => select.value === 'Pearson'"
KERNEL = """
from ipywidgets import Widget
(shown,) = (widget for widget in Widget.widgets.values() if type(widget).__name__ == "Selector")
shown.divergence, shown.knows = "Pearson", 1.0
"""


def test_the_chapter_runs_and_its_explorers_follow_hand_and_kernel(tmp_path: Path, visit: Callable) -> None:
    with lab.chapter("fgan", tmp_path, visit) as page:
        explorers = [
            page.get_by_role("group", name=kind().description, exact=True).first
            for kind in (Selector, PlaneGAN, InsideGAN, OneGaussian)
        ]
        for each in explorers:
            each.scroll_into_view_if_needed()
            each.locator("svg").first.wait_for()
        with lab.kernel(tmp_path) as kernel:
            exact, bound = lab.evaluate(kernel, KERNEL, "shown.arrays['summary'].tolist()")
            assert abs(exact - bound) < 1e-3 * exact
            select = explorers[0].get_by_label("divergence", exact=True)
            page.wait_for_function(SELECTED, arg=select.element_handle())
            gan = explorers[1]
            handle = gan.get_by_label("divergence", exact=True).element_handle()
            gan.get_by_role("button", name="Reset", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 0])
            gan.get_by_role("button", name="Step", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 1])
            data = gan.get_by_role("button", name="data", exact=True)
            data.click()
            gan.get_by_role("button", name="Step", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 2])
            assert data.get_attribute("aria-pressed") == "false"
