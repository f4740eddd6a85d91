"""In JupyterLab: what is kept by hand and from Python, and other seeds that the kernel computes beside what is shown."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import lab
import nbformat
import nbformat.v4 as notebooks
import numpy as np
import pytest

WALK = '''
import torch
from kexue_widgets.live import Explorer, Lines, Slider, View

class Walk(Explorer):
    """A random walk, step by step."""

    drift = Slider(0.0, -1.0, 1.0, label="drift")
    opening = 3
    views = (View(Lines("x", "place"), title="walk"),)

    @staticmethod
    def start(noise):
        return {"place": torch.zeros(20)}

    @staticmethod
    def step(state, noise, drift):
        place = state["place"]
        return {"place": torch.cat([place[1:], place[-1:] + noise.normal(1) + drift])}

    @staticmethod
    def frame(state):
        return {"x": torch.arange(20.0), "place": state["place"]}

explorer = Walk(seed=2)
explorer
'''
PLACES = "element => element.explorer.kept.map(({frames}) => frames.map(({arrays}) => [...arrays.place.data]))"
TOLD = "element => !element.explorer.playing && /kernel/.test(element.querySelector('.kexue-panel').innerText)"
SHOWN = "element => ({ steps: element.explorer.steps, plots: element.querySelectorAll('svg.kexue-plot').length })"
FRESH = "[Walk(seed=seed).arrays['place'].tolist() for seed in range(3, 23)]"


def test_hand_and_kernel_keep_and_the_kernel_repeats_beside_what_is_shown(tmp_path: Path, visit: Callable) -> None:
    folder = tmp_path / "walk"
    folder.mkdir()
    notebook = notebooks.new_notebook(cells=[notebooks.new_code_cell(WALK)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (folder / "walk.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    with lab.running(folder, tmp_path) as address:
        page = visit(f"{address}/lab/tree/walk.ipynb").page
        lab.run_all(page)
        root = page.get_by_role("group", name="A random walk, step by step.", exact=True).first
        root.wait_for()
        names = root.locator(".kexue-kept li")

        def settle() -> None:
            page.wait_for_function("element => element.hasAttribute('data-settled')", arg=root.element_handle())

        with lab.kernel(tmp_path) as kernel:
            settle()
            lab.evaluate(kernel, "explorer.keep()", "None")
            names.filter(has_text="as now").wait_for()
            root.locator(".kexue-more > summary").click()
            root.get_by_role("button", name="Again with other seeds", exact=True).click()
            names.filter(has_text="20 other seeds").wait_for()
            settle()
            (_, places) = root.evaluate(PLACES)
            np.testing.assert_array_equal(places, lab.evaluate(kernel, "", FRESH))
            assert lab.evaluate(kernel, "", "[explorer.steps, explorer.seed]") == [3, 2]
            shown = root.evaluate("element => [...element.explorer.arrays.place.data]")
            assert shown == pytest.approx(lab.evaluate(kernel, "", "explorer.arrays['place'].tolist()"))
            lab.evaluate(kernel, "runs = explorer.repeat(20)", "None")
            page.wait_for_function("element => element.explorer.kept.length === 3", arg=root.element_handle())
            by_python, by_hand = root.evaluate(PLACES)[1:]
            assert by_python == by_hand
            lab.evaluate(kernel, "explorer.let_go()", "None")
            page.wait_for_function("element => element.explorer.kept.length === 1", arg=root.element_handle())

            # A kernel that is killed in mid-play: it is told, the figure stays, and the cell brings it back.
            root.get_by_role("button", name="Play", exact=True).click()
            page.wait_for_function("element => element.explorer.steps > 10", arg=root.element_handle())
            os.kill(lab.evaluate(kernel, "import os", "os.getpid()"), signal.SIGKILL)
        page.wait_for_function(TOLD, arg=root.element_handle())
        last = root.evaluate(SHOWN)
        assert last["steps"] > 10
        assert last["plots"] == 1
        page.get_by_role("dialog").get_by_role("button").last.click()
        lab.run_all(page)
        fresh = page.get_by_role("group", name="A random walk, step by step.", exact=True).first
        page.wait_for_function("element => element.explorer?.steps === 3", arg=fresh.element_handle())
        fresh.get_by_role("button", name="Step", exact=True).click()
        page.wait_for_function("element => element.explorer.steps === 4", arg=fresh.element_handle())
