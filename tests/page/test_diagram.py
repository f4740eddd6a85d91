"""Computation graphs on a page: where nodes stand, what is highlighted, and choosing by mouse, keyboard and touch."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from reader import PAINTED, PHONE, Live, assert_accessible

from kexue_widgets.live import Choice, Explorer, Graph, Lines, View

BLOCKS = 9
NODES = ["x", *(f"{part} {block}" for block in range(1, BLOCKS + 1) for part in ("conv", "relu", "add"))]
EDGES = [
    edge
    for block in range(1, BLOCKS + 1)
    for before in ["x" if block == 1 else f"add {block - 1}"]
    for edge in (
        (before, f"conv {block}"),
        (f"conv {block}", f"relu {block}"),
        (f"relu {block}", f"add {block}"),
        (before, f"add {block}"),
    )
]


class Residual(Explorer):
    """A residual network of 28 nodes, cut where a reader says."""

    # All nodes but the last one can be chosen.
    cut = Choice({name: index for index, name in enumerate(NODES[:-1])}, label="cut after")

    views = (
        View(Graph(NODES, EDGES, highlight_nodes="nodes", highlight_edges="edges", control="cut"), title="network"),
        View(Lines("x", "x"), title="line"),
        View(Lines("x", "x"), title="other line"),
    )

    @staticmethod
    def frame(cut: torch.Tensor) -> dict[str, torch.Tensor]:
        kept = (torch.arange(len(NODES)) <= cut).float()
        ends = torch.tensor([NODES.index(end) for _, end in EDGES])
        return {"nodes": kept, "edges": kept[ends], "x": torch.arange(2.0)}


class Losses(Explorer):
    """A loss of two players, and what each part of it is worth."""

    part = Choice({"half": 0.5, "all": 1.0}, label="part")

    views = (
        View(
            Graph(
                {"z": "z", "x": "x real", "D": "D(x)", "loss": "log D(x) + log(1 − D(G(z)))"},
                [("x", "D"), ("D", "loss"), ("z", "loss")],
                highlight_nodes="nodes",
                highlight_edges="edges",
                values="values",
            ),
            title="losses",
        ),
    )

    @staticmethod
    def frame(part: torch.Tensor) -> dict[str, torch.Tensor]:
        nodes = torch.tensor([0.0, 0.0, 1.0, 1.0])
        return {"nodes": part * nodes, "edges": part * nodes[1:], "values": torch.tensor([-2.0, 0.125, 0.5, -1.25])}


# The nodes' boxes, and the lines' ends: where each begins, and where its head points to. All in pixels of the window.
DRAWN = """element => {
  const graph = element.querySelector(".kexue-graph"), { left, top } = graph.getBoundingClientRect();
  const boxes = [...graph.querySelectorAll(".kexue-node")].map((node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return [left, top, left + width, top + height];
  });
  const ends = [...graph.querySelectorAll("path")].map((path) => {
    const numbers = path.getAttribute("d").match(/-?[\\d.]+/g).map(Number);
    const [x1, y1] = numbers, [x2, y2] = numbers.slice(-4, -2);
    return [left + x1, top + y1, left + x2, top + y2];
  });
  return [boxes, ends];
}"""


def distance(point: np.ndarray, box: np.ndarray) -> float:
    """How far a point lies outside a box."""
    return float(np.abs(point - np.clip(point, box[:2], box[2:])).max())


@pytest.mark.parametrize("kind", [Residual, Losses])
def test_lines_join_their_nodes_and_no_two_nodes_touch(show: Callable, kind: type[Explorer]) -> None:
    seen, live = show(kind())
    mark = kind.views[0].marks[0]
    names = list(mark.nodes)
    for width in (1280, 800, 360, 320):
        seen.page.set_viewport_size({"width": width, "height": 740})
        seen.page.evaluate(PAINTED)
        live.until("[...element.querySelectorAll('.kexue-graph path')].every((path) => path.getAttribute('d'))")
        drawn, ends = (np.array(each) for each in live.root.evaluate(DRAWN))
        boxes = dict(zip(names, drawn, strict=True))
        for one, other in itertools.combinations(drawn, 2):
            assert (one[2:] < other[:2]).any() or (other[2:] < one[:2]).any(), width
        for (start, end), line in zip(mark.edges, ends, strict=True):
            assert distance(line[:2], boxes[start]) < 1, width
            assert distance(line[2:], boxes[end]) < 4, width  # heads stop just short of what they point to
        # What does not fit scrolls in its own box, never the page.
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    seen.assert_clean()


def test_what_is_highlighted_is_thicker_and_is_told(show: Callable) -> None:
    seen, live = show(Losses())
    select = live.root.get_by_label("part", exact=True)
    live.after(lambda: select.select_option("all"))
    widths = live.root.evaluate(
        "element => [...element.querySelectorAll('path.kexue-edge')].map((each) => parseFloat(getComputedStyle(each).strokeWidth))"
    )
    # Edges are highlighted by 0, 1, 1.
    assert widths[0] < widths[1] == widths[2]
    dashes = live.root.evaluate(
        "element => [...element.querySelectorAll('path.kexue-edge')].map((each) => getComputedStyle(each).strokeDasharray)"
    )
    assert dashes == ["3px, 4px", "none", "none"]
    nodes = live.root.locator(".kexue-node")
    assert nodes.nth(1).locator(".kexue-value").inner_text() == "0.125"
    picture = live.root.get_by_role("img", name="losses")
    assert picture.get_attribute("aria-label") == (
        "losses: z, −2; x real, 0.125; D(x) from x real, 0.5, highlighted; "
        "log D(x) + log(1 − D(G(z))) from D(x), z, −1.25, highlighted"
    )
    seen.assert_clean()


def pressed(live: Live) -> list[str]:
    return live.root.locator("[aria-pressed=true]").all_inner_texts()


def test_a_click_chooses_and_the_select_follows(show: Callable) -> None:
    seen, live = show(Residual())
    assert pressed(live) == ["x\nhighlighted"]
    live.after(lambda: live.press("add 2"))
    live.until("explorer.arrays.nodes.data[6] === 1")
    assert live.values["cut"] == "add 2"
    assert live.arrays["nodes"].sum() == 1 + NODES.index("add 2")
    assert live.root.get_by_label("cut after", exact=True).input_value() == "add 2"
    assert pressed(live) == ["add 2\nhighlighted"]
    live.after(lambda: live.root.get_by_label("cut after", exact=True).select_option("relu 1"))
    assert pressed(live) == ["relu 1\nhighlighted"]
    assert live.root.get_by_role("button", name="add 9").count() == 0  # not among the options
    seen.assert_clean()


def test_the_keyboard_chooses(show: Callable) -> None:
    seen, live = show(Residual())
    live.root.get_by_role("button", name="x", exact=False).first.focus()
    for key, name in (("Enter", "conv 1"), ("Space", "relu 1")):
        seen.page.keyboard.press("Tab")
        seen.page.keyboard.press(key)
        live.until(f"explorer.values.cut === '{name}'")
    live.until("explorer.arrays.nodes.data[2] === 1")
    seen.assert_clean()


def test_a_thumb_chooses(show: Callable) -> None:
    seen, live = show(Residual(), **PHONE)
    buttons = live.root.locator("button.kexue-node")
    sizes = buttons.evaluate_all("all => all.map((each) => [each.offsetWidth, each.offsetHeight])")
    assert len(sizes) == len(NODES) - 1
    assert np.min(sizes) >= 44
    live.after(lambda: buttons.nth(4).tap())
    assert live.values["cut"] == NODES[4]
    seen.assert_clean()


def test_a_chosen_node_is_scrolled_to_but_the_page_stays(show: Callable) -> None:
    seen, live = show(Residual(), **PHONE)
    select = live.root.get_by_label("cut after", exact=True)
    select.scroll_into_view_if_needed()
    where = seen.page.evaluate("scrollY")
    live.after(lambda: select.select_option("relu 9"))
    box = live.root.locator("[aria-pressed=true]").bounding_box()
    assert 0 < box["x"] < 360 - box["width"]
    assert seen.page.evaluate("scrollY") == where


def test_nothing_in_a_graph_is_inaccessible(show: Callable, axe_path: Path) -> None:
    seen, *_ = show(Residual(), Losses())
    for width in (360, 1280):
        seen.page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(seen.page, axe_path)


def test_an_array_of_the_wrong_length_is_told_in_words(show: Callable) -> None:
    shorter = lambda html: html.replace('"shape":[4],"data"', '"shape":[3],"data"')  # noqa: E731
    _, live = show(Losses(), change=shorter)
    live.until("element.querySelector('[role=alert]').textContent")
    assert "holds 4 numbers" in live.alert
