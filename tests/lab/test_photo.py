"""A photo in JupyterLab: what a reader chooses arrives in the kernel, pixel by pixel, and the other way round."""

from collections.abc import Callable
from pathlib import Path

import lab
import nbformat
import sklearn.datasets

SOURCE = '''
from kexue_widgets.live import Explorer, Images, Photo, View

class Look(Explorer):
    """A photo."""

    photo = Photo(32, label="photo")
    views = (View(Images("pictures", range=(0, 255)), title="seen"),)

    @staticmethod
    def frame(photo):
        return {"pictures": photo[None]}

explorer = Look()
explorer
'''
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
CHINA = Path(sklearn.datasets.__file__).with_name("images") / "china.jpg"
# The sum of all numbers shown, once there is a frame; whole numbers, so that it is exact.
SUM = "element => element.explorer.arrays.pictures?.data.reduce((sum, each) => sum + each, 0)"


def test_a_photo_goes_both_ways(tmp_path: Path, visit: Callable) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    cells = [nbformat.v4.new_code_cell(SOURCE)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), folder / "look.ipynb")
    with lab.running(folder, tmp_path) as address:
        seen = visit(f"{address}/lab/tree/look.ipynb")
        page = seen.page
        lab.run_all(page)
        explorer = page.get_by_role("group", name="A photo.", exact=True).first
        explorer.locator("input[type=file]").set_input_files(CHINA)
        page.wait_for_function(f"element => ({SUM})(element) > 0", arg=explorer.element_handle())
        shown = explorer.evaluate(SUM)
        with lab.kernel(tmp_path) as kernel:
            assert lab.evaluate(kernel, "", "float(explorer.arrays['pictures'].astype(float).sum())") == shown
            lab.evaluate(kernel, "import numpy; explorer.photo = numpy.full((8, 9), 7, 'uint8')", "None")
            page.wait_for_function(f"element => ({SUM})(element) === {7 * 32 * 32 * 3}", arg=explorer.element_handle())
            explorer.get_by_role("button", name="Remove").click()
            page.wait_for_function(f"element => ({SUM})(element) === 0", arg=explorer.element_handle())
            assert lab.evaluate(kernel, "", "explorer.photo") == ""
        seen.assert_clean()
