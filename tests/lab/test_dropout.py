"""The dropout chapter in JupyterLab: run from top to bottom, then moved by hand and from Python."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import lab
import pytest

from kexue_widgets.dropout import Mask

# The slider stands at a value, and the picture beside it was computed for that value.
STANDS_AT = """([slider, value]) => Number(slider.value) === value
  && Math.abs(slider.closest(".kexue").explorer.arrays.summary?.data[4] - value) < 1e-6"""
LINKED = """
import ipywidgets
slider = ipywidgets.FloatSlider(0.65, min=0, max=0.95, step=0.05)
link = ipywidgets.jslink((slider, "value"), (explorer, "p"))
"""
KERNEL = "[explorer.p, explorer.arrays['summary'][2, 0].item()]"


def test_the_chapter_runs_and_its_explorer_follows_hand_and_kernel(tmp_path: Path, visit: Callable) -> None:
    with lab.chapter("dropout", tmp_path, visit) as page:
        slider = page.get_by_role("group", name=Mask().description, exact=True).first.get_by_role("slider")
        slider.scroll_into_view_if_needed()

        def wait_for(value: float) -> None:
            page.wait_for_function(STANDS_AT, arg=[slider.element_handle(), value])

        with lab.kernel(tmp_path) as kernel:
            wait_for(0.3)  # a cell of the chapter says explorer.p = 0.3
            assert lab.evaluate(kernel, "", KERNEL) == pytest.approx([0.3, 0.3])
            lab.evaluate(kernel, "explorer.p = 0.6", "None")
            wait_for(0.6)
            slider.press("ArrowRight")
            wait_for(0.65)
            assert lab.evaluate(kernel, "", KERNEL) == pytest.approx([0.65, 0.65])
            lab.evaluate(kernel, LINKED, "None")  # in the browser, the kernel has no part in it
            lab.evaluate(kernel, "slider.value = 0.4", "None")
            wait_for(0.4)
            # A kernel that does not answer is told of in words, until it does.
            process = lab.evaluate(kernel, "import os", "os.getpid()")
            os.kill(process, signal.SIGSTOP)
            slider.press("ArrowRight")
            alert = page.locator(".kexue").first.get_by_role("alert")
            alert.filter(has_text="kernel has not answered").wait_for()
            os.kill(process, signal.SIGCONT)
            wait_for(0.45)
            page.wait_for_function("alert => alert.textContent === ''", arg=alert.element_handle())
            # A sentence of the chapter sets it, says the line of Python, and can be undone.
            told = page.locator(".kexue").first.locator(".kexue-tried")
            page.get_by_role("link", name="Set the noise shape to (1, 4, 5)").click()
            told.get_by_text("Mask(p=0.9, noise_shape='(1, 4, 5)')").wait_for()
            wait_for(0.9)
            assert lab.evaluate(kernel, "", "explorer.noise_shape") == "(1, 4, 5)"
            told.get_by_role("button", name="Undo").click()
            wait_for(0.45)
            assert lab.evaluate(kernel, "", "explorer.noise_shape") == "(3, 4, 1)"  # as a cell of the chapter says
