"""The fine-tuning chapter in JupyterLab: run from top to bottom, and a photo put in from Python."""

from collections.abc import Callable
from pathlib import Path

import lab

from kexue_widgets.finetune import Augment, HeadTraining, WhatDoesItSee

KERNEL = """
from ipywidgets import Widget
import sklearn.datasets
from pathlib import Path
(shown,) = (widget for widget in Widget.widgets.values() if type(widget).__name__ == "WhatDoesItSee")
shown.photo = Path(sklearn.datasets.__file__).with_name("images") / "flower.jpg"
"""
RANKED = "element => element.textContent.includes('daisy')"


def test_the_chapter_runs_and_a_photo_from_python_is_ranked(tmp_path: Path, visit: Callable) -> None:
    with lab.chapter("finetune", tmp_path, visit) as page:
        explorers = [
            page.get_by_role("group", name=kind().description, exact=True).first
            for kind in (WhatDoesItSee, HeadTraining, Augment)
        ]
        for each in explorers:
            each.scroll_into_view_if_needed()
            each.locator("svg, canvas").first.wait_for()
        with lab.kernel(tmp_path) as kernel:
            first = lab.evaluate(kernel, KERNEL, "class_names()[int(shown.arrays['index'][0])]")
            assert first == "daisy"
            page.wait_for_function(RANKED, arg=explorers[0].element_handle())
