"""Layered drawings: where nodes and edges stand."""

import itertools

import numpy as np

from kexue_widgets.live.layered import layout

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
