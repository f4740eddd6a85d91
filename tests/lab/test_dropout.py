"""The dropout chapter in JupyterLab: run from top to bottom, then moved by hand and from Python."""

import shutil
from collections.abc import Callable
from pathlib import Path

import lab
import pytest

from kexue_widgets.dropout import Mask

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


def test_the_chapter_runs_and_its_explorer_follows_hand_and_kernel(
    notebooks: Path, tmp_path: Path, visit: Callable
) -> None:
    with lab.running(notebooks, tmp_path) as address:
        seen = visit(f"{address}/lab/tree/dropout.ipynb")
        page = seen.page
        lab.run_all(page)
        slider = page.get_by_role("group", name=Mask().description, exact=True).first.get_by_role("slider")
        slider.scroll_into_view_if_needed()
        at = lambda value: page.wait_for_function(
            "([slider, value]) => Number(slider.value) === value", arg=[slider.element_handle(), value]
        )  # noqa: E731
        with lab.kernel(tmp_path) as kernel:
            assert lab.evaluate(kernel, "", "[explorer.p, explorer.arrays['summary'][2, 0].item()]") == pytest.approx(
                [0.3, 0.3]
            )
            at(0.3)  # the chapter's own cell has moved it
            lab.evaluate(kernel, "explorer.p = 0.6", "None")
            at(0.6)
            page.wait_for_function(
                "slider => Math.abs(slider.closest('.kexue').explorer.arrays.summary.data[4] - 0.6) < 1e-6",
                arg=slider.element_handle(),
            )
            slider.press("ArrowRight")
            at(0.65)
            page.wait_for_function(
                "slider => Math.abs(slider.closest('.kexue').explorer.arrays.summary.data[4] - 0.65) < 1e-6",
                arg=slider.element_handle(),
            )
            assert lab.evaluate(kernel, "", "[explorer.p, explorer.arrays['summary'][2, 0].item()]") == pytest.approx(
                [0.65, 0.65]
            )
        assert (
            page.evaluate(
                "document.querySelectorAll('.jp-OutputArea-output[data-mime-type=\"application/vnd.jupyter.stderr\"]').length"
            )
            == 0
        )
        assert seen.errors == []
