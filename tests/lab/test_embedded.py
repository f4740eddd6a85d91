"""An explorer that carries its graphs, in JupyterLab: what is saved of it, and who computes when the kernel does not answer."""

import base64
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import lab
import nbformat
import numpy as np
import pytest
from explorers import Line
from playwright.sync_api import Page

SOURCE = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from explorers import Line
line = Line().embed(engine=True)
line
"""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
# The line stands there for that slope, and it is said, or not, that the page computes.
SHOWS = """([slope, words]) => {
  const root = document.querySelector(".kexue");
  const { truth } = root.explorer.arrays;
  return Math.abs(truth.data.at(-1) - slope) < 1e-6 && root.querySelector(".kexue-place").textContent === words;
}"""
# Everything that goes to the kernel from here on.
SENT = """() => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  window.sent = [];
  kernel.anyMessage.connect((_, { msg, direction }) => direction === "send" && sent.push(JSON.stringify(msg.content)));
}"""


def saved_state(path: Path) -> dict:
    (widgets,) = json.loads(path.read_text("utf-8"))["metadata"]["widgets"].values()
    (state,) = (each["state"] for each in widgets["state"].values() if "_manifest" in each["state"])
    return state


def test_its_last_frame_is_saved_and_the_page_takes_over_from_a_kernel_that_is_silent(
    tmp_path: Path, visit: Callable
) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE)], metadata={"kernelspec": KERNEL})
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / "own.ipynb"
    nbformat.write(notebook, path)
    settings = tmp_path / "settings" / "@jupyter-widgets" / "jupyterlab-manager" / "plugin.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"saveState": True}))
    with lab.running(path.parent, tmp_path) as address:
        page: Page = visit(f"{address}/lab/tree/own.ipynb").page
        lab.run_all(page)
        slider = page.locator(".kexue").get_by_role("slider", name="slope", exact=True)
        page.wait_for_function("document.querySelector('.kexue')?.explorer.arrays.truth")
        page.evaluate(SENT)
        slider.fill("1.5")
        page.wait_for_function(SHOWS, arg=[1.5, ""])
        page.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save') }")
        state = saved_state(path)
        frame = {each["name"]: each["data"] for each in state["_frame"]["arrays"]}
        seen = np.frombuffer(base64.b64decode(frame["fit"]), "<f4")
        np.testing.assert_allclose(seen, Line(slope=1.5).arrays["fit"], atol=1e-6)
        assert state["slope"] == 1.5
        assert not [each for each in page.evaluate("sent") if "_frame" in each]

        with lab.kernel(tmp_path) as kernel:
            process = lab.evaluate(kernel, "import os", "os.getpid()")
            os.kill(process, signal.SIGSTOP)
            try:
                slider.fill("-1.5")
                page.wait_for_function(SHOWS, arg=[-1.5, "computing in this page"])
            finally:
                os.kill(process, signal.SIGCONT)
            page.wait_for_function(SHOWS, arg=[-1.5, ""])
            slider.fill("0.6")
            page.wait_for_function(SHOWS, arg=[0.6, ""])
            assert lab.evaluate(kernel, "", "line.arrays['truth'][-1].item()") == pytest.approx(0.6)
        page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.shutdown() }")
        slider.fill("-0.6")
        page.wait_for_function(SHOWS, arg=[-0.6, "computing in this page"])
