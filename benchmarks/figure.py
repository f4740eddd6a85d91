"""One figure with one slider, as one file, by four means: what it weighs, and when it first answers to the slider.

A string that was struck, with a slider for how soon it rests, 51 places. By an explorer of this package, which carries an engine
and computes; by Bokeh with its scripts inside and the arrays for all places; by Panel's `embed`, with a matplotlib
picture for each. The clock runs inside the browser from the beginning of the navigation until a key press on the slider has
changed the picture; presses go on until one does. Files take turns. Pyodide, with which a page would compute in Python, is
there by the weight of what it always loads, without numpy or anything that draws.

Panel and Bokeh are no dependency of this project; one that is missing is skipped: `pip install --group peers`.
"""

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from _common import PAGE, middle, npm, open_browser, print_table, serve_folder, store, versions
from playwright.sync_api import Browser

from kexue_widgets.live import explore

HERE = Path(__file__).parent
ROUNDS = 5
DAMPING = [round(0.1 * place, 1) for place in range(51)]
PYODIDE = ("pyodide.asm.wasm", "pyodide.asm.*js", "pyodide.mjs", "python_stdlib.zip", "pyodide-lock.json")


@explore(damping=(0.0, 5.0, 0.1))
def vibration(damping: torch.Tensor = 1.0) -> dict[str, torch.Tensor]:
    """A string that was struck: how it swings, and how soon it rests."""
    time = torch.linspace(0, 2, 400)
    return {"x": time, "displacement": torch.exp(-damping * time) * torch.cos(8 * torch.pi * time)}


def curves() -> tuple[np.ndarray, list[np.ndarray]]:
    """The same in numpy, for all places of the slider."""
    time = np.linspace(0, 2, 400)
    return time, [np.exp(-damping * time) * np.cos(8 * np.pi * time) for damping in DAMPING]


def by_explorer(path: Path) -> None:
    """A page of this package."""
    vibration.save_html(path)


def by_bokeh(path: Path) -> None:
    """A page of Bokeh's, with the arrays for all places and a line of JavaScript."""
    from bokeh.embed import file_html
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource, CustomJS, Slider
    from bokeh.plotting import figure
    from bokeh.resources import INLINE

    time, all_curves = curves()
    source, slider = ColumnDataSource({"x": time, "y": all_curves[10]}), Slider(start=0, end=5, step=0.1, value=1)
    plot = figure(width=600, height=300, y_range=(-1, 1))
    plot.line("x", "y", source=source)
    code = "source.data = { ...source.data, y: curves[Math.round(10 * slider.value)] };"
    slider.js_on_change("value", CustomJS(args={"source": source, "slider": slider, "curves": all_curves}, code=code))
    path.write_text(file_html(column(slider, plot), INLINE, "vibration"), "utf-8")


def by_panel(path: Path) -> None:
    """A page of Panel's, with a picture for each place."""
    import panel
    from bokeh.resources import INLINE
    from matplotlib.figure import Figure

    panel.extension()
    time, all_curves = curves()
    slider = panel.widgets.DiscreteSlider(options=DAMPING, value=1.0)

    def drawn(damping: float) -> Figure:
        figure = Figure(figsize=(6, 3))
        axes = figure.subplots()
        axes.plot(time, all_curves[DAMPING.index(damping)])
        axes.set_ylim(-1, 1)
        return figure

    panel.Column(slider, panel.bind(drawn, slider)).save(
        path, embed=True, max_states=len(DAMPING), resources=INLINE, progress=False
    )


class Side(NamedTuple):
    """How a page is made, and where its slider and its picture are."""

    make: Callable[[Path], None]
    slider: str
    picture: str
    seen: str  # of the picture, in JavaScript: something that changes with it


SIDES = {
    "explorer": Side(by_explorer, "input[type=range]", "svg.kexue-plot", "element => element.innerHTML"),
    "Bokeh, inline": Side(by_bokeh, ".noUi-handle", "canvas", "element => element.toDataURL()"),
    "Panel, embed": Side(by_panel, ".noUi-handle", "img", "element => element.src"),
}


def first_answer(browser: Browser, address: str, side: Side) -> float:
    """Milliseconds from the beginning of the navigation until a key press has changed the picture."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.goto(address, wait_until="commit")
    slider, picture = page.locator(side.slider).first, page.locator(side.picture).first
    slider.wait_for()
    picture.wait_for()
    before = picture.evaluate(side.seen)
    while True:
        slider.press("ArrowRight")
        for _ in range(20):
            if page.locator(side.picture).first.evaluate(side.seen) != before:
                took = page.evaluate("performance.now()")
                page.close()
                return took


def pyodide() -> list[Path]:
    """What a page with Pyodide always loads."""
    folder = HERE / "node_modules" / "pyodide"
    if not folder.exists():
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=HERE)
    return [next(folder.glob(pattern)) for pattern in PYODIDE]


def main() -> None:
    """Make the files, weigh them, and open them in turns."""
    with tempfile.TemporaryDirectory() as name, serve_folder(Path(name)) as address, open_browser() as browser:
        folder, files = Path(name), {}
        for number, (side, each) in enumerate(SIDES.items()):
            path = folder / f"{number}.html"
            try:
                each.make(path)
                files[side] = path
            except ImportError as error:
                print(f"{side} skipped: {error}")
        times: dict[str, list[float]] = {side: [] for side in files}
        for _ in range(ROUNDS):
            for side, path in files.items():
                times[side].append(first_answer(browser, f"{address}/{path.name}", SIDES[side]))
        contents = {side: path.read_bytes() for side, path in files.items()}
        chromium = browser.version
    weights = {side: (len(content), len(gzip.compress(content, 6))) for side, content in contents.items()}
    parts = [path.read_bytes() for path in pyodide()]
    weights["Pyodide alone"] = (sum(map(len, parts)), sum(len(gzip.compress(part, 6)) for part in parts))
    rows = [
        (side, f"{raw / 1e6:.2f}", f"{packed / 1e6:.2f}", f"{middle(times[side]):.0f}" if side in times else "-")
        for side, (raw, packed) in weights.items()
    ]
    table = print_table("A figure with a slider, as one file", ("", "MB", "MB gzip", "ms to an answer"), rows)
    weight, heads = weights["explorer"][1], ("median", "lowest", "highest")
    rows = [(side, f"{packed / weight:.2f}") for side, (_, packed) in weights.items() if side != "explorer"]
    heavier = print_table("Weight, as a multiple of the explorer's", ("", "gzip"), rows, ("gzip",))
    rows = []
    for side in list(times)[1:]:
        ratios = np.divide(times[side], times["explorer"])
        rows.append((side, *(f"{each:.2f}" for each in (np.median(ratios), ratios.min(), ratios.max()))))
    later = print_table("Time to the first answer, as a multiple of the explorer's", ("", *heads), rows, heads)
    store(__file__, [heavier, later, table], PAGE, versions("torch", "bokeh", "panel") | {"Chromium": chromium})


if __name__ == "__main__":
    main()
