"""From a key press on a slider to the painted picture: the dropout mask on a page, in JupyterLab, and with `interact`.

All three show the same figure for the same drop rate. On the page and in JupyterLab it is the chapter's explorer; the
third is what one would write without it: `ipywidgets.interact` around a function that computes the same arrays and draws
them with inline matplotlib, in the same notebook as the explorer. A move is a real arrow key on the focused slider. The
clock runs inside the browser from the key event until the new picture is in the document (and decoded, for an image),
and from there until two animation frames later, when it has been painted. Blocks of moves take turns.

Nearly all of interact's time is matplotlib's, which draws all five views anew: a figure with fewer axes is quicker.
"""

import contextlib
import tempfile
from pathlib import Path

import nbformat
from _common import PAGE, lab, middle, open_browser, print_table, quantile, serve_folder, store, versions
from playwright.sync_api import Locator, Page

from kexue_widgets.dropout import Mask

BLOCKS, MOVES = 5, 10

EXPLORER = "from kexue_widgets.dropout import Mask\nMask()"
INTERACT = """
%matplotlib inline
import torch
from IPython.display import display
from ipywidgets import FloatSlider, interact
from kexue_widgets.live import Noise, Stream, draw_figure, generator

@interact(p=FloatSlider(0.5, min=0.0, max=0.95, step=0.05))
def dropout(p):
    noise = Noise.from_generator(generator(0, Stream.FRAME))
    arrays = Mask.frame(noise, torch.tensor(p), torch.tensor((3.0, 4.0, 5.0)), torch.tensor(1.0))
    display(draw_figure(Mask.views, {name: array.float().numpy() for name, array in arrays.items()}))
"""

# Waits for one key press and the picture that follows it: milliseconds until it is there, and until it is painted.
WATCH = """([area, picture]) => {
  globalThis.measured = new Promise((done, failed) => {
    setTimeout(() => failed(new Error(`no new ${picture} within 30 seconds`)), 30_000);
    addEventListener("keydown", () => {
      const pressed = performance.now();
      const observer = new MutationObserver(async (records) => {
        const added = records.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node instanceof Element);
        const found = added.map((node) => (node.matches(picture) ? node : node.querySelector(picture))).find(Boolean);
        if (!found) return;
        observer.disconnect();
        await found.decode?.();
        const there = performance.now();
        requestAnimationFrame(() => requestAnimationFrame(() => done([there - pressed, performance.now() - pressed])));
      });
      observer.observe(document.querySelector(area), { childList: true, subtree: true });
    }, { once: true, capture: true });
  });
}"""


def move(page: Page, slider: Locator, area: str, picture: str, key: str) -> list[float]:
    """One move of a slider: milliseconds until the picture is there, and until it is painted."""
    slider.focus()
    page.evaluate(WATCH, [area, picture])
    page.keyboard.press(key)
    times = page.evaluate("() => measured")
    page.wait_for_timeout(60)  # whatever still follows is not the next move's
    return times


def open_notebook(page: Page, address: str) -> None:
    """Open the notebook and run its two cells."""
    page.set_default_timeout(600_000)
    page.goto(f"{address}/lab/tree/latency.ipynb")
    lab.wait_for_kernel(page)
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    for picture in (".kexue svg.kexue-plot", ".widget-interact img"):
        page.keyboard.press("Shift+Enter")
        page.locator(picture).first.wait_for()


def main() -> None:
    """Open all three, move their sliders in turns, and compare."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        Mask().save_html(folder / "index.html")
        cells = [nbformat.v4.new_code_cell(source) for source in (EXPLORER, INTERACT)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "latency.ipynb")
        lab_address = stack.enter_context(lab.running(folder, folder))
        page_address = stack.enter_context(serve_folder(folder))
        browser = stack.enter_context(open_browser())
        chromium = browser.version
        page, notebook = (browser.new_page(viewport={"width": 1280, "height": 2000}) for _ in range(2))
        page.goto(page_address)
        open_notebook(notebook, lab_address)
        sides = {
            "explorer on a page": (page, page.locator("input[type=range]").first, ".kexue-views", "svg.kexue-plot"),
            "explorer in JupyterLab": (
                notebook,
                notebook.locator(".kexue input[type=range]").first,
                ".kexue-views",
                "svg.kexue-plot",
            ),
            "interact in JupyterLab": (
                notebook,
                notebook.locator(".widget-interact .noUi-handle").first,
                ".widget-interact",
                "img",
            ),
        }
        # JupyterLab would take the arrow keys of interact's slider for its own commands.
        sides["interact in JupyterLab"][1].evaluate("element => element.dataset.lmSuppressShortcuts = 'true'")
        times = {name: [] for name in sides}
        for block in range(BLOCKS + 1):
            for name, (tab, *where) in sides.items():
                tab.bring_to_front()
                moved = [move(tab, *where, ("ArrowRight", "ArrowLeft")[index % 2]) for index in range(MOVES)]
                times[name] += moved if block else []  # the first block warms up
    rows = []
    for name, moved in times.items():
        there, painted = zip(*moved, strict=True)
        rows.append(
            (
                name,
                f"{middle(there):.0f}",
                f"{quantile(there, 0.95):.0f}",
                f"{middle(painted):.0f}",
                f"{quantile(painted, 0.95):.0f}",
            )
        )
    title = f"A slider of the dropout mask, {BLOCKS * MOVES} moves each, milliseconds"
    table = print_table(title, ("", "drawn p50", "p95", "painted p50", "p95"), rows)
    # Of each block on its own, since blocks take turns.
    blocks = {
        name: [
            middle([painted for _, painted in moved[start : start + MOVES]]) for start in range(0, len(moved), MOVES)
        ]
        for name, moved in times.items()
    }
    slow, rows = blocks["interact in JupyterLab"], []
    for name in list(sides)[:2]:
        ratios = sorted(one / other for one, other in zip(slow, blocks[name], strict=True))
        rows.append((name, *(f"{each:.1f}" for each in (middle(ratios), ratios[0], ratios[-1]))))
    heads = ("median", "lowest", "highest")
    ratios = print_table("How many times as fast as interact, painted", ("", *heads), rows, heads)
    seen = versions("jupyterlab", "ipywidgets", "matplotlib", "torch") | {"Chromium": chromium}
    store(__file__, [ratios, table], ("kexue_widgets/dropout.py", *PAGE), seen)


if __name__ == "__main__":
    main()
