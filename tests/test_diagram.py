"""Computation graphs: where nodes and edges stand, what is refused, and that matplotlib shows what is highlighted."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

from kexue_widgets.live import Choice, Explorer, Graph, Slider, View
from kexue_widgets.live.diagram import layout

# Two residual blocks; `w` is a parameter of the second.
NODES = ["x", "f", "add", "w", "g", "out"]
EDGES = [("x", "f"), ("f", "add"), ("x", "add"), ("add", "g"), ("w", "g"), ("g", "out"), ("add", "out")]


def test_every_edge_goes_from_an_earlier_layer_to_a_later_one():
    places, routes = layout(NODES, EDGES)
    for (start, end), route in zip(EDGES, routes, strict=True):
        assert (route[0], route[-1]) == (places[start], places[end])
        # One place in every layer on its way, so that it passes beside what stands there.
        assert [layer for layer, _ in route] == list(range(int(places[start][0]), int(places[end][0]) + 1))


def test_nothing_stands_on_anything_else():
    places, routes = layout(NODES, EDGES)
    bends = [place for route in routes for place in route[1:-1]]
    for one, other in itertools.combinations([*places.values(), *bends], 2):
        # 0.7: half a node and half a bend, the narrowest neighbours there are here.
        assert one[0] != other[0] or abs(one[1] - other[1]) >= 0.7 - 1e-9


def test_what_has_no_input_stands_just_before_its_first_use():
    places, _ = layout(NODES, EDGES)
    assert (places["x"][0], places["w"][0], places["g"][0]) == (0, 2, 3)


def test_edges_that_need_not_cross_do_not():
    # Named in an order in which straight lines would cross three times.
    places, _ = layout(["a", "b", "c", "C", "B", "A"], [("a", "A"), ("b", "B"), ("c", "C")])
    assert (
        np.argsort([places[name][1] for name in "abc"]).tolist()
        == np.argsort([places[name][1] for name in "ABC"]).tolist()
    )


def test_a_long_edge_passes_the_layers_between_in_a_bend_of_its_own():
    _, routes = layout(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    assert [len(route) for route in routes] == [2, 2, 3]
    assert routes[2][1][1] != routes[0][1][1]


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
        return type("Cut", (Explorer,), {"cut": control, "views": views, "frame": staticmethod(lambda: {})})

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
    assert [text.get_text() for text in axes.texts] == ["a\n0.25", "b\n-3"]


def test_an_edge_that_is_not_highlighted_at_all_is_dashed():
    axes = Figure().subplots()
    graph = Graph(["a", "b", "c"], [("a", "b"), ("b", "c")], highlight_edges="e")
    View(graph).draw(axes, {"e": np.array([0.0, 0.01])})
    assert [patch.get_linestyle() for patch in axes.patches] == ["--", "-"]
