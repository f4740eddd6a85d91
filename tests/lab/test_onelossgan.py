"""The chapter on one loss in JupyterLab: run from top to bottom, then moved by hand and from Python."""

from collections.abc import Callable
from pathlib import Path

import lab

from kexue_widgets.onelossgan import DigitsGAN, GradientFlow, PlainGame, TwoSchemes

SHOWS = "([element, steps]) => element.closest('.kexue').explorer.steps === steps"
UNCUT = "toggle => toggle.closest('.kexue').explorer.arrays.summary?.data[5] > 1e-3"
KERNEL = """
from ipywidgets import Widget
(shown,) = (widget for widget in Widget.widgets.values() if type(widget).__name__ == "GradientFlow")
shown.cut_critic = False
"""


def test_the_chapter_runs_and_its_explorers_follow_hand_and_kernel(tmp_path: Path, visit: Callable) -> None:
    with lab.chapter("onelossgan", tmp_path, visit) as page:
        flow, game, _, gan = (
            page.get_by_role("group", name=kind().description, exact=True).first
            for kind in (GradientFlow, PlainGame, TwoSchemes, DigitsGAN)
        )
        for each in (flow, game, gan):
            each.scroll_into_view_if_needed()
            each.locator("svg, canvas").first.wait_for()
        with lab.kernel(tmp_path) as kernel:
            difference = lab.evaluate(kernel, KERNEL, "shown.arrays['summary'][1, 2].item()")
            assert difference > 1e-3  # the generator gets a part of the critic's loss
            toggle = flow.get_by_role("switch", name="cut the fakes off in L_D", exact=True)
            page.wait_for_function(UNCUT, arg=toggle.element_handle())
            assert not toggle.is_checked()
            handle = gan.get_by_label("scheme", exact=True).element_handle()
            gan.get_by_role("button", name="Reset", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 0])
            gan.get_by_role("button", name="Step", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 1])
