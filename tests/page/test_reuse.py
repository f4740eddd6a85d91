"""The chapter on reusing layers as a reader meets it: sharing switched, cuts chosen with a click, feature maps of a photo."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reader import Live

from kexue_widgets.reuse import CutHere, LookInside, ShareOrCopy


@pytest.fixture
def chapter(book_url: str) -> str:
    return f"{book_url}/book/reuse.html"


def choose(live: Live, label: str, option: str) -> dict[str, np.ndarray]:
    """The first frame after an option was chosen."""
    select = live.root.get_by_label(label, exact=True)
    return live.after(lambda: select.select_option(option))


def assert_same(page: dict[str, np.ndarray], kernel: dict[str, np.ndarray], tolerance: float = 1e-5) -> None:
    assert page.keys() == kernel.keys()
    for name in kernel:
        np.testing.assert_allclose(page[name], kernel[name], atol=tolerance, err_msg=name)


def test_sharing_is_switched_and_trained_on_the_page_as_in_the_kernel(chapter: str, visit: Callable) -> None:
    seen = visit(chapter)
    live = Live(seen.page, ShareOrCopy)
    live.after(live.root.get_by_role("switch", name="layer 2 is layer 1 again").click)
    live.press("Reset")
    live.until("explorer.steps === 0")
    for _ in range(20):
        live.press("Step")
    live.until("explorer.steps === 20")
    explorer = ShareOrCopy(second=False)
    explorer.reset()
    explorer.advance(20)
    assert_same(live.arrays, explorer.arrays, 1e-4)
    assert live.arrays["summary"][0].tolist() == [40, 60]
    assert not live.arrays["gradients"][1].any()
    seen.assert_clean()


def test_every_node_is_judged_and_transplanted_as_in_the_kernel(chapter: str, visit: Callable) -> None:
    # By a click on each node of the graph.
    seen = visit(chapter)
    live, explorer = Live(seen.page, CutHere), CutHere()
    for name in CutHere.cuts.names[::-1]:
        node = live.root.locator(".kexue-graph").get_by_role("button", name=name).first
        node.evaluate("element => element.click()")
        live.until(f"explorer.values.cut === '{name}'")
        explorer.cut = name
        count, parameters, _ = explorer.arrays["summary"]
        live.until(f"explorer.arrays.summary.data[0] === {count} && explorer.arrays.summary.data[1] === {parameters}")
        lit = "+".join(f"{edge}*explorer.arrays.edges.data[{edge}]" for edge in range(len(CutHere.cuts.edges)))
        live.until(f"{lit} === {explorer.arrays['edges'] @ np.arange(len(CutHere.cuts.edges))}")
    assert_same(choose(live, "digit that runs", "7"), CutHere(cut=name, digit="7").arrays)
    seen.assert_clean()


def test_feature_maps_of_every_stage_are_those_of_the_kernel(chapter: str, visit: Callable) -> None:
    seen = visit(chapter)
    live, explorer = Live(seen.page, LookInside), LookInside()
    for name, control in (("photo", "palace"), *(("after", stage) for stage in ("stem", "stage 1", "stage 5"))):
        setattr(explorer, "photo" if name == "photo" else "stage", control)
        assert_same(choose(live, name, control), explorer.arrays, 1e-4)
    seen.assert_clean()


def test_a_reader_looks_inside_with_a_photo_of_their_own(chapter: str, visit: Callable, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (128, 128, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "own.png")
    seen = visit(chapter)
    live = Live(seen.page, LookInside)
    live.after(lambda: live.root.locator("input[type=file]").set_input_files(tmp_path / "own.png"))
    assert_same(live.arrays, LookInside(own=pixels).arrays, 1e-4)
    seen.assert_clean()
