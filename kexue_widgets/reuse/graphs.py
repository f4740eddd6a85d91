"""A model as a graph of layers, and the parts that can be cut out of it. `torch.fx` does the work."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from torch import fx, nn
from torch.fx.node import map_arg

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

Edge = tuple[str, str]
Names = str | Sequence[str]


class NotACut(ValueError):
    """The start nodes do not separate the end from the model's inputs. `edges` lead round them."""

    def __init__(self, message: str, edges: Sequence[Edge] = ()) -> None:
        super().__init__(message)
        self.edges = tuple(edges)


class _Tracer(fx.Tracer):
    def __init__(self, layers: tuple[type[nn.Module], ...]) -> None:
        super().__init__()
        self.layers = layers

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, self.layers) or super().is_leaf_module(m, module_qualified_name)


def trace(model: nn.Module, *layers: type[nn.Module]) -> fx.GraphModule:
    """The model as a graph of calls, with the model's own parameters.

    A node is a call of a layer or a function; a layer that is called twice makes two nodes. Layers are the modules of
    `torch.nn`, as in `torch.fx.symbolic_trace`, and modules of the classes `layers`, which are not looked into.
    """
    return fx.GraphModule(model, _Tracer(layers).trace(model))


def edges_of(model: nn.Module) -> list[Edge]:
    """Which node's value goes into which: pairs of names, without the node that stands for the model's output."""
    nodes = [node for node in _traced(model).graph.nodes if node.op != "output"]
    return [(before.name, node.name) for node in nodes for before in node.all_input_nodes]


def summary(model: nn.Module) -> pandas.DataFrame:
    """The model's nodes in the order in which they are computed.

    Returns:
        A table with the node's name as its index; `layer`, what is called; `parameters`, how many numbers training
        can change there that no node before it has; `shares with`, the other nodes that use one of its parameters.
    """
    import pandas

    traced = _traced(model)
    users: dict[nn.Parameter, list[str]] = {}
    rows = []
    for node in traced.graph.nodes:
        parameters = _parameters(traced, node)
        new = sum(each.numel() for each in parameters if each not in users)
        for each in parameters:
            users.setdefault(each, []).append(node.name)
        rows.append((node, new, parameters))
    table = [
        {
            "node": node.name,
            "layer": _what(traced, node),
            "parameters": new,
            "shares with": ", ".join(dict.fromkeys(name for each in own for name in users[each] if name != node.name)),
        }
        for node, new, own in rows
        if node.op != "output"
    ]
    return pandas.DataFrame(table).set_index("node")


def picture(model: nn.Module) -> Figure:
    """The model's graph, with the number of parameters on each node and highlighted layers where they are shared.

    A parameter is counted where it is used first; later uses say whose it is.
    """
    import numpy as np

    from ..live import Graph, View
    from ..live.views import draw_figure

    table = summary(model)
    labels, seen = {}, set()
    for name, (_, count, sharing) in table.iterrows():
        owner = next((each for each in sharing.split(", ") if each in seen), None)
        labels[name] = f"{name}\n= {owner}" if owner else f"{name}\n{count:,}" if count else name
        seen.add(name)
    shared = np.array([bool(each) for each in table["shares with"]], np.float32)
    graph = Graph(labels, edges_of(model), highlight_nodes="shared")
    return draw_figure([View(graph)], {"shared": shared})


def leaking_edges(model: nn.Module, start: Names, end: Names | None = None) -> list[Edge]:
    """The edges by which the model's inputs reach the end past the start nodes: none if these are a cut.

    Of each way round, the edge at which it joins what is computed from the start nodes.

    Args:
        model: a module, or a graph that `trace` made of one.
        start, end: names of nodes; the model's output if no end is given.

    Raises:
        NotACut: an end that does not depend on the start nodes at all.
        ValueError: a name that is no node.
    """
    traced = _traced(model)
    starts, ends = _nodes(traced, start), _ends(traced, end)
    return _leaks(traced, starts, ends, _needed(starts, ends))


def submodel(model: nn.Module, *, start: Names | None = None, end: Names | None = None) -> fx.GraphModule:
    """The part of a model from the start nodes to the end, with the model's own layers: nothing is copied.

    Args:
        model: a module, or a graph that `trace` made of one.
        start: names of nodes; their values are the inputs of the part, in this order. The model's own inputs if not
            given, as far as the end needs them.
        end: the name of the node whose value the part returns, or several names for a tuple; the model's output if
            not given.

    Raises:
        NotACut: an end depends on the model's inputs by a way that passes no start node; the text names the edge.
        ValueError: a name that is no node, or a start node that the end does not need.
    """
    traced = _traced(model)
    ends = _ends(traced, end)
    starts = [node for node in traced.graph.nodes if node.op == "placeholder"]
    if start is None:
        needed = _needed(starts, ends)
        starts = [node for node in starts if node in needed]
    else:
        starts = _nodes(traced, start)
        needed = _needed(starts, ends)
        names = ", ".join(node.name for node in starts)
        if leaks := _leaks(traced, starts, ends, needed):
            shown = ", ".join(f"{before} → {after}" for before, after in leaks)
            raise NotACut(f"start is no cut: the inputs reach the end past {names} by the edge {shown}", leaks)
        if idle := [node.name for node in starts if node not in needed]:
            raise ValueError(f"start must hold nodes that the end needs, got {', '.join(idle)}")

    graph = fx.Graph()
    copies = {
        node: graph.node_copy(node) if node.op == "placeholder" else graph.placeholder(node.name) for node in starts
    }
    for node in traced.graph.nodes:
        if node in needed and node not in copies:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    result = _output(traced).args[0] if end is None else ends[0] if isinstance(end, str) else tuple(ends)
    graph.output(map_arg(result, copies.__getitem__))
    return fx.GraphModule(traced, graph)


def _traced(model: nn.Module) -> fx.GraphModule:
    return model if isinstance(model, fx.GraphModule) else trace(model)


def _output(traced: fx.GraphModule) -> fx.Node:
    return next(node for node in traced.graph.nodes if node.op == "output")


def _nodes(traced: fx.GraphModule, names: Names) -> list[fx.Node]:
    nodes = {node.name: node for node in traced.graph.nodes if node.op != "output"}
    names = [names] if isinstance(names, str) else names
    for name in names:
        if name not in nodes:
            near = difflib.get_close_matches(name, nodes, 3) or list(nodes)[:3]
            raise ValueError(f"start and end must be nodes of the model, such as {', '.join(near)}; got {name!r}")
    return [nodes[name] for name in names]


def _ends(traced: fx.GraphModule, end: Names | None) -> list[fx.Node]:
    return _output(traced).all_input_nodes if end is None else _nodes(traced, end)


def _needed(starts: Sequence[fx.Node], ends: Sequence[fx.Node]) -> set[fx.Node]:
    """What the ends are computed from, the start nodes included and nothing behind them."""
    needed: set[fx.Node] = set()
    waiting = list(ends)
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += [] if node in starts else node.all_input_nodes
    return needed


def _reached(nodes: Iterable[fx.Node], sources: Iterable[fx.Node], barred: Sequence[fx.Node] = ()) -> set[fx.Node]:
    """What depends on the sources by a way that passes none of the barred nodes; `nodes` are in order."""
    reached = set(sources).difference(barred)
    for node in nodes:
        if node not in barred and not reached.isdisjoint(node.all_input_nodes):
            reached.add(node)
    return reached


def _leaks(
    traced: fx.GraphModule, starts: Sequence[fx.Node], ends: Sequence[fx.Node], needed: set[fx.Node]
) -> list[Edge]:
    nodes = list(traced.graph.nodes)
    past = _reached(nodes, (node for node in nodes if node.op == "placeholder"), barred=starts)
    after = _reached(nodes, starts)
    for node in ends:
        if node in past and node not in after:
            names = ", ".join(each.name for each in starts)
            raise NotACut(f"end must depend on start ({names}), got {node.name}, which does not")
    return [
        (before.name, node.name)
        for node in nodes
        if node in needed and node in after and node not in starts
        for before in node.all_input_nodes
        if before in past and before not in after
    ]


def _parameters(traced: fx.GraphModule, node: fx.Node) -> list[nn.Parameter]:
    if node.op == "call_module":
        return list(traced.get_submodule(str(node.target)).parameters())
    value = attrgetter(str(node.target))(traced) if node.op == "get_attr" else None
    return [value] if isinstance(value, nn.Parameter) else []


def _what(traced: fx.GraphModule, node: fx.Node) -> str:
    if node.op == "call_module":
        return type(traced.get_submodule(str(node.target))).__name__
    if node.op == "call_function":
        return getattr(node.target, "__name__", str(node.target))
    return {"placeholder": "input", "get_attr": "parameter"}.get(node.op, str(node.target))
