"""A notebook with explorers, executed once and saved: what its file holds, and how it looks where no kernel is."""

import base64
import copy
import io
import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cdn
import lab
import nbclient
import nbformat
import numpy as np
import pytest
from explorers import Line, Wave
from nbclient.output_widget import OutputWidget
from nbconvert import HTMLExporter
from PIL import Image
from playwright.sync_api import Locator, Page

from kexue_widgets.live import STATIC, Explorer

CELLS = (
    f"""
    import sys
    sys.path.insert(0, {str(Path(__file__).parents[1])!r})
    import ipywidgets
    from IPython.display import display
    from explorers import Line, Wave
    """,
    "wave = Wave(seed=3); wave",
    "line = Line(rate=0.05).embed(engine=True); line",
    "line",
    "ipywidgets.Tab([Wave(noisy=False).embed()], titles=['in a tab'])",
    "out = ipywidgets.Output()\nwith out: display(Wave(seed=5))\nout",
    "ipywidgets.HBox([ipywidgets.Label('beside'), Wave(amplitude=0.5)])",
    "wave.amplitude = 1.5",
)
# The explorers in the order of their views, as they stand when the last cell has run.
STANDING = (
    (Wave, {"seed": 3, "amplitude": 1.5}),
    (Line, {"rate": 0.05}),
    (Line, {"rate": 0.05}),
    (Wave, {"noisy": False}),
    (Wave, {"seed": 5}),
    (Wave, {"amplitude": 0.5}),
)
EMBEDDED = (1, 2, 3)
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
ARRAYS = "element => Object.entries(element.explorer.arrays).map(([name, {data}]) => [name, [...data]])"
NEAR = """([{explorer}, name, numbers]) =>
  explorer.arrays[name].data.every((number, index) => Math.abs(number - numbers[index]) < 1e-4)"""


class Output(OutputWidget):
    """An `Output` as nbclient plays it, which looks at its socket again when it has sent.

    To send takes the signal of a reply that comes at the same moment; nbclient would find that one, and go on, when the
    cell's time is over: https://github.com/jupyter/nbclient/issues/312.
    """

    def send(self, *arguments: Any, **keywords: Any) -> None:
        super().send(*arguments, **keywords)
        _ = self.kernel_client.shell_channel.socket.EVENTS


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    """The notebook, executed."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in CELLS])
    client = nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3")
    client.widget_registry = {"@jupyter-widgets/output": {"OutputModel": Output}}
    client.execute()
    return notebook


def states(notebook: nbformat.NotebookNode) -> dict[str, dict]:
    return {model: each["state"] for model, each in notebook.metadata.widgets[STATE]["state"].items()}


def bundles(notebook: nbformat.NotebookNode) -> list[dict]:
    """What each output offers, that which an `Output` holds included."""
    found = [output.data for cell in notebook.cells for output in cell.outputs]
    return found + [each["data"] for state in states(notebook).values() for each in state.get("outputs", ())]


def unpacked(frame: dict) -> dict[str, np.ndarray]:
    return {
        each["name"]: np.frombuffer(base64.b64decode(each["data"]), "<f4").reshape(each["shape"])
        for each in frame["arrays"]
    }


def assert_same(arrays: dict[str, np.ndarray], explorer: Explorer) -> None:
    assert arrays.keys() == explorer.arrays.keys()
    for name, array in explorer.arrays.items():
        np.testing.assert_allclose(arrays[name], array.ravel(), atol=1e-5, err_msg=name)


def test_the_saved_state_holds_each_frame_as_it_was_when_the_last_cell_had_run(notebook: nbformat.NotebookNode) -> None:
    saved = [state for state in states(notebook).values() if "_manifest" in state]
    wanted = [each for index, each in enumerate(STANDING) if index != 2]  # one of them stands there twice
    assert len(saved) == len(wanted)
    for state, (kind, values) in zip(saved, wanted, strict=True):
        assert {name: state[name] for name in values} == values
        frame = {name: array.ravel() for name, array in unpacked(state["_frame"]).items()}
        assert_same(frame, kind(**values))


def test_only_what_is_embedded_carries_graphs_and_the_engine_is_there_once(notebook: nbformat.NotebookNode) -> None:
    saved = [state["_manifest"] for state in states(notebook).values() if "_manifest" in state]
    assert [(each["name"], "graphs" in each) for each in saved] == [
        ("Wave", False),
        ("Line", True),
        ("Wave", True),
        ("Wave", False),
        ("Wave", False),
    ]
    assert json.dumps(notebook).count("KexueEngine.wasm=") == 1


def test_a_picture_stands_beside_every_view_of_an_explorer(notebook: nbformat.NotebookNode) -> None:
    explorers = {model for model, state in states(notebook).items() if "_manifest" in state}
    shown = [each for each in bundles(notebook) if VIEW in each and each[VIEW]["model_id"] in explorers]
    assert len(shown) == 4  # bare, twice bare, in an Output; what is in a Tab or a Box has no output of its own
    for each in shown:
        assert Image.open(io.BytesIO(base64.b64decode(each["image/png"]))).width > 300


def see_export(notebook: nbformat.NotebookNode, folder: Path, visit: Callable) -> Page:
    """The notebook's HTML export, opened by double-click."""
    page = visit("about:blank").page
    page.route("**/*", cdn.deliver)
    body, _ = HTMLExporter().from_notebook_node(notebook)
    path = folder / "notebook.html"
    path.write_text(body, encoding="utf-8")
    page.goto(path.as_uri())
    return page


def arrays_of(root: Locator) -> dict[str, np.ndarray]:
    return {name: np.array(data) for name, data in root.evaluate(ARRAYS)}


def wait_for_all(page: Page) -> Locator:
    roots = page.locator(".kexue")
    page.wait_for_function(
        "count => [...document.querySelectorAll('.kexue')].filter(({explorer}) => "
        "explorer && Object.keys(explorer.arrays).length).length === count",
        arg=len(STANDING),
    )
    return roots


def assert_drawn_and_alive_where_embedded(page: Page) -> None:
    """Every explorer shows the frame that was saved; those that carry their graphs compute the next one."""
    roots = wait_for_all(page)
    for index, (kind, values) in enumerate(STANDING):
        assert_same(arrays_of(roots.nth(index)), kind(**values))
        page.wait_for_function(
            "([root, words]) => root.querySelector('.kexue-place').textContent.startsWith(words)",
            arg=[roots.nth(index).element_handle(), "computing in this page" if index in EMBEDDED else "no kernel"],
        )
    for index, control, value, moved in ((1, "slope", -1.0, "truth"), (3, "amplitude", 0.3, "y")):
        kind, values = STANDING[index]
        expected = kind(**{**values, control: value})
        field = roots.nth(index).get_by_label(f"{control}: value", exact=True)
        field.fill(str(value))
        field.blur()  # JupyterLab keeps Enter to itself
        page.wait_for_function(NEAR, arg=[roots.nth(index).element_handle(), moved, expected.arrays[moved].tolist()])
        assert_same(arrays_of(roots.nth(index)), expected)
        if index == 1:  # the same one stands in the next cell
            page.wait_for_function(NEAR, arg=[roots.nth(2).element_handle(), moved, expected.arrays[moved].tolist()])
    roots.nth(0).get_by_role("slider").first.press("ArrowRight")
    roots.nth(0).get_by_role("alert").filter(has_text="No kernel is running").wait_for()


def test_an_export_is_drawn_without_a_kernel_and_computes_what_it_carries(
    notebook: nbformat.NotebookNode, visit: Callable, tmp_path: Path
) -> None:
    assert_drawn_and_alive_where_embedded(see_export(notebook, tmp_path, visit))


def test_an_export_finds_the_engine_beside_it(notebook: nbformat.NotebookNode, visit: Callable, tmp_path: Path) -> None:
    light = copy.deepcopy(notebook)
    for state in states(light).values():
        if "engine" in state:
            state["engine"] = ""
    shutil.copy(STATIC / "engine.js", tmp_path)
    assert_drawn_and_alive_where_embedded(see_export(light, tmp_path, visit))


def test_in_jupyterlab_it_is_alive_before_any_cell_has_run_and_a_strangers_shows_its_pictures(
    notebook: nbformat.NotebookNode, visit: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))  # where it is kept which notebooks are trusted
    folder = tmp_path / "notebooks"
    folder.mkdir()
    nbformat.write(notebook, folder / "own.ipynb")
    subprocess.run([sys.executable, "-m", "nbformat.sign", str(folder / "own.ipynb")], check=True)
    strange = copy.deepcopy(notebook)
    strange.cells.append(nbformat.v4.new_code_cell("'from elsewhere'"))
    nbformat.write(strange, folder / "strange.ipynb")
    with lab.running(folder, tmp_path) as address:
        assert_drawn_and_alive_where_embedded(visit(f"{address}/lab/tree/own.ipynb").page)
        page = visit(f"{address}/lab/workspaces/other/tree/strange.ipynb").page
        pictures = page.locator(".jp-RenderedImage img")
        pictures.nth(2).wait_for()
        assert pictures.count() == 3
        page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.ready }")
