"""Drawing points and clicking on a graph in JupyterLab: what the hand does arrives in the kernel, and the other way round."""

from collections.abc import Callable
from pathlib import Path

import lab
import nbformat

SOURCE = '''
from kexue_widgets.live import Choice, Dots, Explorer, Graph, Points, Slider, View

class Cloud(Explorer):
    """Points and a graph."""

    target = Points([[0, 0]], x_range=(-1, 1), y_range=(-1, 1), capacity=4, label="target")
    node = Choice({"a": 1, "b": 2}, label="node")
    size = Slider(1, 0, 4, label="size")
    views = (View(Graph(["a", "b"], [("a", "b")], control="node")), View(Dots("x", "y")))

    @staticmethod
    def frame(target, node, size):
        return {"x": node * target[:, 0], "y": target[:, 1], "size": size.reshape(1)}

explorer = Cloud()
explorer
'''
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
# The values, and the array computed from them.
SHOWS = """([element, target, node, x]) => {
  const { values, arrays } = element.explorer;
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  return same(values.target, target) && values.node === node && same([...(arrays.x?.data ?? [])], x);
}"""


def test_points_and_choices_go_both_ways(tmp_path: Path, visit: Callable) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    cells = [nbformat.v4.new_code_cell(SOURCE)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), folder / "cloud.ipynb")
    with lab.running(folder, tmp_path) as address:
        seen = visit(f"{address}/lab/tree/cloud.ipynb")
        page = seen.page
        lab.run_all(page)
        explorer = page.get_by_role("group", name="Points and a graph.", exact=True).first
        pad = explorer.get_by_role("application", name="target")
        pad.scroll_into_view_if_needed()
        # Arrow keys and Space are JupyterLab's shortcuts too. A move is a twentieth of the range of 2.
        for key in ("ArrowRight", "ArrowUp", "Space"):
            pad.press(key)
        # Repeated up to the capacity of 4, times 1 for node a and 2 for node b.
        page.wait_for_function(
            SHOWS, arg=[explorer.element_handle(), [[0, 0], [0.1, 0.1]], "a", [0, 0.10000000149011612] * 2]
        )
        explorer.get_by_role("button", name="b", exact=True).click()
        field = explorer.get_by_label("size: value", exact=True)
        field.fill("2.5")
        field.press("Enter")
        page.wait_for_function(
            "element => element.explorer.arrays.size.data[0] === 2.5 && element.contains(document.activeElement)",
            arg=explorer.element_handle(),
        )
        with lab.kernel(tmp_path) as kernel:
            page.wait_for_function(
                SHOWS, arg=[explorer.element_handle(), [[0, 0], [0.1, 0.1]], "b", [0, 0.20000000298023224] * 2]
            )
            assert lab.evaluate(kernel, "", "[explorer.target, explorer.node]") == [[[0, 0], [0.1, 0.1]], "b"]
            lab.evaluate(kernel, "explorer.target = [[0.5, -1], [1, 1]]; explorer.node = 'a'", "None")
            page.wait_for_function(SHOWS, arg=[explorer.element_handle(), [[0.5, -1], [1, 1]], "a", [0.5, 1, 0.5, 1]])
        seen.assert_clean()
