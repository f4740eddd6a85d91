"""Layered drawings of directed graphs, from left to right, in the manner of Sugiyama, Tagawa & Toda 1981, with networkx.

Nodes are put into layers, an edge that spans several layers gets a bend in each between, and neighbours are brought
together within their layers.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any

import numpy as np

Edge = tuple[str, str]
Place = tuple[float, float]  # layer, and place in it: 0 in the middle, 1 apart from node to node

SWEEPS = 8  # there and back through the layers; few graphs change after the third
BEND = 0.4  # the room that a bend takes in its layer, where a node takes 1


def layout(nodes: Collection[str], edges: Sequence[Edge]) -> tuple[dict[str, Place], list[list[Place]]]:
    """Places for the nodes, and for each edge the places it passes through, both ends included.

    Raises:
        ValueError: the edges form a cycle.
    """
    import networkx

    graph = networkx.DiGraph(edges)
    graph.add_nodes_from(nodes)
    try:
        generations = [list(generation) for generation in networkx.topological_generations(graph)]
    except networkx.NetworkXUnfeasible:
        cycle = [edge[0] for edge in networkx.find_cycle(graph)]
        raise ValueError(f"edges must not form a cycle, got {' → '.join([*cycle, cycle[0]])}") from None
    layer_of = {node: layer for layer, generation in enumerate(generations) for node in generation}
    for node in nodes:  # what has no input stands beside what it is an input of
        if not graph.in_degree(node) and graph.out_degree(node):
            layer_of[node] = min(layer_of[following] for following in graph.successors(node)) - 1

    bent = networkx.DiGraph()
    bent.add_nodes_from((node, {"layer": layer_of[node], "room": 1.0}) for node in nodes)
    paths: list[list[Hashable]] = []
    for edge in edges:
        bends = [(edge, layer) for layer in range(layer_of[edge[0]] + 1, layer_of[edge[1]])]
        bent.add_nodes_from((bend, {"layer": bend[1], "room": BEND}) for bend in bends)
        paths.append([edge[0], *bends, edge[1]])
        networkx.add_path(bent, paths[-1])

    layers: list[list[Hashable]] = [[] for _ in generations]
    for node, layer in bent.nodes(data="layer"):
        layers[layer].append(node)
    across = _across(layers, bent)
    places = {node: (float(bent.nodes[node]["layer"]), across[node]) for node in bent}
    return {node: places[node] for node in nodes}, [[places[node] for node in path] for path in paths]


def _across(layers: list[list[Hashable]], graph: Any) -> dict[Hashable, float]:
    """Places within the layers: each node is brought near the mean of its neighbours in the layer swept before."""
    across: dict[Hashable, float] = {}

    def spread(layer: list[Hashable]) -> None:
        rooms = np.array([graph.nodes[node]["room"] for node in layer])
        centres = rooms.cumsum() - rooms / 2 - rooms.sum() / 2
        across.update(zip(layer, centres.tolist(), strict=True))

    for layer in layers:
        spread(layer)
    for sweep in range(SWEEPS):
        neighbours, order = (graph.successors, layers[::-1]) if sweep % 2 else (graph.predecessors, layers)
        for layer in order:
            near = {node: [across[other] for other in neighbours(node)] or [across[node]] for node in layer}
            layer.sort(key=lambda node: float(np.mean(near[node])))
            spread(layer)
    return across
