"""The chapter on reusing layers as a reader meets it: sharing switched, cuts chosen in a graph, feature maps of a photo."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reader import Live

from kexue_widgets.reuse import CutHere, LookInside, ShareOrCopy

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# How many nodes of the graph can be seen without scrolling sideways.
IN_SIGHT = """element => {
  const box = element.querySelector(".kexue-graph").closest(".kexue-scroll").getBoundingClientRect();
  return [...element.querySelectorAll(".kexue-node")].filter((node) => {
    const { left, right } = node.getBoundingClientRect();
    return left >= box.left - 1 && right <= box.right + 1;
  }).length;
}"""


def assert_same(page: dict[str, np.ndarray], kernel: dict[str, np.ndarray], tolerance: float = 1e-5) -> None:
    assert page.keys() == kernel.keys()
    for name in kernel:
        np.testing.assert_allclose(page[name], kernel[name], atol=tolerance, err_msg=name)


def select(live: Live, label: str, option: str) -> dict[str, np.ndarray]:
    """The first frame after an option was chosen."""
    return live.after(lambda: live.root.get_by_label(label, exact=True).select_option(option))


def node(live: Live, name: str) -> object:
    return live.root.locator("button.kexue-node").nth(CutHere.cuts.names.index(name))


def cut_is_shown(live: Live, name: str) -> dict[str, np.ndarray]:
    """The arrays once those of a cut are there."""
    wanted = CutHere.cuts.names.index(name)
    behind, leaks = (each[wanted].tolist() for each in (CutHere.cuts.behind, CutHere.cuts.leaks))
    live.until(f"explorer.values.cut === '{name}' && String(explorer.arrays.nodes.data) === String({behind})")
    live.until(f"{leaks}.every((leak, edge) => explorer.arrays.edges.data[edge] >= leak)")
    return live.arrays


def test_sharing_is_switched_and_trained_on_the_page_as_in_the_kernel(book_url: str, visit: Callable) -> None:
    seen = visit(f"{book_url}/book/reuse.html")
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


def test_every_node_is_judged_and_transplanted_as_in_the_kernel(book_http: str, visit: Callable) -> None:
    # By a click on each node of the graph.
    seen = visit(f"{book_http}/book/reuse.html")
    live, explorer = Live(seen.page, CutHere), CutHere()
    for name in CutHere.cuts.names[::-1]:
        node(live, name).evaluate("element => element.click()")
        explorer.cut = name
        assert_same(cut_is_shown(live, name), explorer.arrays)
    assert_same(select(live, "digit that runs", "7"), CutHere(cut=name, digit="7").arrays)
    seen.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_graph_is_whole_on_a_telephone_and_follows_thumb_and_keys(
    book_dir: Path, visit: Callable, scheme: str
) -> None:
    seen = visit(f"{book_dir.as_uri()}/book/reuse.html", color_scheme=scheme, **PHONE)
    live = Live(seen.page, CutHere)
    assert live.root.evaluate(IN_SIGHT) == len(CutHere.cuts.names)
    node(live, "block2_first").tap()
    assert cut_is_shown(live, "block2_first")["summary"][0] == 1
    # The one edge round it is drawn thicker than all others.
    widths = live.root.evaluate(
        "element => [...element.querySelectorAll('path.kexue-edge')].map((each) => parseFloat(getComputedStyle(each).strokeWidth))"
    )
    edges = dict(zip(CutHere.cuts.edges, widths, strict=True))
    assert [edge for edge, width in edges.items() if width == max(widths)] == [("block2_shortcut", "add_1")]
    node(live, "block2_second").focus()
    seen.page.keyboard.press("Tab")  # to the next node in the order in which they are computed
    seen.page.keyboard.press("Enter")
    assert cut_is_shown(live, "add_1")["summary"].tolist() == [0, 4874, 0]
    assert node(live, "add_1").get_attribute("aria-pressed") == "true"
    assert live.root.get_by_label("cut after", exact=True).input_value() == "add_1"
    seen.assert_clean()


def test_feature_maps_are_those_of_the_kernel(book_url: str, visit: Callable, tmp_path: Path) -> None:
    seen = visit(f"{book_url}/book/reuse.html")
    live, explorer = Live(seen.page, LookInside), LookInside(photo="palace")
    assert_same(select(live, "photo", "palace"), explorer.arrays, 1e-4)
    for explorer.stage in ("stem", "stage 1", "stage 5"):
        assert_same(select(live, "after", explorer.stage), explorer.arrays, 1e-4)
    pixels = np.random.default_rng(0).integers(0, 255, (128, 128, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "own.png")
    live.after(lambda: live.root.locator("input[type=file]").set_input_files(tmp_path / "own.png"))
    assert_same(live.arrays, LookInside(stage="stage 5", own=pixels).arrays, 1e-4)
    seen.assert_clean()
