"""The README's example is true: it runs, and its model exports."""

import re
from pathlib import Path

import numpy as np

from kexue_widgets.live import export_model

README = Path(__file__).parents[1] / "README.md"


def test_the_explorer_in_the_readme_works():
    source = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[1]
    names: dict = {}
    exec(source, names)
    walk = names["Walk"]()
    # A sum of n unit-variance steps with drift d has mean n d: the end moves by 500 d to the right.
    start = walk.arrays["end_x"]
    walk.drift = 0.1
    np.testing.assert_allclose(walk.arrays["end_x"] - start, 50, rtol=1e-4)
    [view] = walk.views
    assert (view.x_range, view.aspect) == (view.y_range, 1), "the circle is drawn as one"
    assert walk.picture().startswith(b"\x89PNG")
    assert export_model(walk.functions, walk.controls, walk.values)["frame"]


def test_the_example_keeps_its_promise_of_thirty_lines():
    source = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[1]
    assert len([line for line in source.splitlines() if line.strip()]) <= 30
