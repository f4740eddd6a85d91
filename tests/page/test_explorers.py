"""The examples of "Explorers of your own", on the page."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from reader import Live

PAGE = Path(__file__).parents[2] / "book" / "explorers.md"


def test_the_examples_compute_in_the_page_what_the_kernel_does(book_dir: Path, visit: Callable) -> None:
    names: dict = {}
    for code in re.findall(r"```{code-cell} ipython3\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        exec(code, names)
    seen = visit((book_dir / "book" / "explorers.html").as_uri())
    moves = {"vibration": ("damping", 2.5), "walks": ("drift", 0.25), "filtered": ("strength", 0.5)}
    for name, (control, value) in moves.items():
        explorer = names[name]
        live = Live(seen.page, type(explorer))
        live.set(control, value)
        setattr(explorer, control, value)
        for array, numbers in explorer.arrays.items():
            np.testing.assert_allclose(live.arrays[array], numbers, rtol=1e-4, atol=1e-4)
    sine = Live(seen.page, names["Sine"])
    sine.after(lambda: sine.press("Step"))
    assert sine.steps > 0
    seen.assert_clean()
