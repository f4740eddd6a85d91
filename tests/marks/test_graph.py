"""Computation graphs: what is refused, and that matplotlib shows what is highlighted."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from kexue_widgets.live import Choice, Explorer, Graph, Slider, View

# Two residual blocks; `w` is a parameter of the second.
NODES = ["x", "f", "add", "w", "g", "out"]


EDGES = [("x", "f"), ("f", "add"), ("x", "add"), ("add", "g"), ("w", "g"), ("g", "out"), ("add", "out")]


@pytest.mark.parametrize(
    ("nodes", "edges", "words"),
    [
        (["a", "b", "a"], [], "nodes must differ from one another, got 'a' twice"),
        (["a", "b"], [("a", "b"), ("a", "b")], r"edges must differ from one another, got \('a', 'b'\) twice"),
        (["a", "b"], [("a", "c")], r"edges must join nodes \(a, b\), got \('a', 'c'\)"),
        (["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "b")], "edges must not form a cycle, got b → c → b"),
    ],
)
def test_graphs_that_cannot_be_laid_out_are_refused(nodes, edges, words):
    with pytest.raises(ValueError, match=words):
        Graph(nodes, edges)


def test_arrays_must_have_an_entry_for_each_node_or_edge():
    view = View(Graph(NODES, EDGES, highlight_nodes="n", highlight_edges="e"))
    view.check({"n": np.zeros(6), "e": np.zeros(7)})
    with pytest.raises(ValueError, match=r"graph: 'e' must have one entry for each of the 7 edges, got shape \(6,\)"):
        view.check({"n": np.zeros(6), "e": np.zeros(6)})


def test_only_a_choice_among_nodes_can_be_made_in_a_graph():
    def explorer(control):
        views = (View(Graph({"a": "A", "b": "B"}, [("a", "b")], control="cut")),)
        return type("Cut", (Explorer,), {"cut": control, "views": views, "frame": staticmethod(lambda: {"a": 0.0})})

    explorer(Choice(["none", "a"]))()
    for control in (Slider(0, 0, 1), Choice(["A", "B"])):
        with pytest.raises(ValueError, match="control must be a Choice with nodes among its options, got 'cut'"):
            explorer(control)()


def test_a_specification_holds_places_and_routes():
    spec = Graph({"a": "input", "b": "output"}, [("a", "b")], values="v").spec()
    assert spec["nodes"] == [
        {"name": "a", "label": "input", "place": (0, 0)},
        {"name": "b", "label": "output", "place": (1, 0)},
    ]
    assert spec["edges"] == [{"from": "a", "to": "b", "route": [(0, 0), (1, 0)]}]


def test_the_highlighted_is_drawn_thicker_and_values_stand_under_labels():
    axes = Figure().subplots()
    graph = Graph(["a", "b"], [("a", "b")], highlight_nodes="n", highlight_edges="e", values="v")
    View(graph).draw(axes, {"n": np.array([0.0, 1.0]), "e": np.array([0.5]), "v": np.array([0.25, -3.0])})
    widths = [text.get_bbox_patch().get_linewidth() for text in axes.texts]
    assert widths[0] < axes.patches[0].get_linewidth() < widths[1]
    assert [text.get_text() for text in axes.texts] == ["a\n0.25", "b\n−3"]


def test_an_edge_that_is_not_highlighted_at_all_is_dashed():
    axes = Figure().subplots()
    graph = Graph(["a", "b", "c"], [("a", "b"), ("b", "c")], highlight_edges="e")
    View(graph).draw(axes, {"e": np.array([0.0, 0.01])})
    assert [patch.get_linestyle() for patch in axes.patches] == ["--", "-"]
