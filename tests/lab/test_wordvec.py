"""The chapter on word vectors in JupyterLab: run from top to bottom, then moved by hand and from Python."""

from collections.abc import Callable
from pathlib import Path

import lab

from kexue_widgets.wordvec import Analogy, CoupletAffinity, Plane

SHOWS = "([element, steps]) => element.closest('.kexue').explorer.steps === steps"
WRITES = "([field, word]) => field.value === word"
KERNEL = """
from ipywidgets import Widget
kinds = {type(widget).__name__: widget for widget in Widget.widgets.values()}
kinds["Analogy"].set_trait("c", "queen")
kinds["Analogy"].set_trait("b", "man")
kinds["Analogy"].set_trait("a", "king")
"""
BEST = "list(kinds['Analogy'].controls['a'].options)[int(kinds['Analogy'].arrays['sum'][0])]"


def test_the_chapter_runs_and_its_explorers_follow_hand_and_kernel(tmp_path: Path, visit: Callable) -> None:
    with lab.chapter("wordvec", tmp_path, visit) as page:
        matches, plane, analogy = (
            page.get_by_role("group", name=kind().description, exact=True).first
            for kind in (CoupletAffinity, Plane, Analogy)
        )
        for each in (matches, plane, analogy):
            each.scroll_into_view_if_needed()
            each.locator("input").first.wait_for()
        with lab.kernel(tmp_path) as kernel:
            assert lab.evaluate(kernel, KERNEL, BEST) == "woman"
            field = analogy.get_by_label("as c is to …", exact=True).element_handle()
            page.wait_for_function(WRITES, arg=[field, "queen"])
            field = matches.get_by_label("word a", exact=True)
            field.click()  # scrolls: figures out of sight are not drawn
            field.fill("山")
            field.press("Enter")
            matches.get_by_role("button", name="水").first.wait_for()
            handle = plane.get_by_label("learning rate", exact=True).element_handle()
            plane.get_by_role("button", name="Reset", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 0])
            plane.get_by_role("button", name="Step", exact=True).click()
            page.wait_for_function(SHOWS, arg=[handle, 1])
