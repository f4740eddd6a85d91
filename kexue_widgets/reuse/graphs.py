"""A model as a graph of layers, and the parts that can be cut out of it. `torch.fx` does the work."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter, getitem
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_arg
from torch.nn.parameter import is_lazy
from torch.utils._pytree import tree_leaves, tree_map, tree_structure

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

Edge = tuple[str, str]
Names = str | Sequence[str]

IN_PLACE = {f"i{name}" for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")} | {
    "setitem"
}

# What leaves the first axis as long as it is: kinds of layers of torch.nn, and names of functions and methods; those of
# `ALONG` where they are told to work along other axes.
LAYERS = {
    *("activation", "batchnorm", "conv", "dropout", "instancenorm", "linear", "normalization", "padding", "pooling"),
    *("pixelshuffle", "upsampling"),
}
EACH = {
    *("relu", "relu6", "gelu", "silu", "elu", "leaky_relu", "hardtanh", "hardswish", "hardsigmoid", "sigmoid", "tanh"),
    *("exp", "log", "sqrt", "abs", "neg", "square", "clamp", "softmax", "log_softmax", "dropout", "dropout2d", "pad"),
    *("add", "sub", "mul", "truediv", "div", "pow", "iadd", "isub", "imul", "itruediv", "contiguous", "clone", "float"),
    *("linear", "conv1d", "conv2d", "conv3d", "batch_norm", "group_norm", "layer_norm", "interpolate"),
    *("max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d"),
}
ALONG = {"cat", "flatten", "mean"}
SAME_MEMORY = {"detach", "getattr", "getitem", "view"}  # whose results are written where their first argument is
ONE_LAYER = "the part that does is one layer if its class is among `layers`"


class NotACut(ValueError):
    """The start nodes do not separate the end from the model's inputs. `edges` lead round them."""

    def __init__(self, message: str, edges: Sequence[Edge] = ()) -> None:
        super().__init__(message)
        self.edges = tuple(edges)


class _NoGraphError(ValueError):
    """A model that no graph of calls can stand for; the text says why."""


class _Tracer(fx.Tracer):
    proxy_buffer_attributes = True  # or what a buffer holds would be read now, and never again

    def __init__(self, layers: tuple[type[nn.Module], ...]) -> None:
        super().__init__()
        self.layers = layers
        self.modes = _modes()

    def create_node(self, *args: Any, **kwargs: Any) -> fx.Node:
        if _modes() != self.modes:
            raise _NoGraphError(
                "model must leave gradients and precision as they are: no graph has torch.no_grad or torch.autocast; "
                f"`detach` and `to` do the same to a value, or {ONE_LAYER}"
            )
        return super().create_node(*args, **kwargs)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, self.layers) or super().is_leaf_module(m, module_qualified_name)


class ByMode(nn.Module):
    """A call whose arguments are others in training than in evaluation, as those are that say `self.training`.

    Args:
        function: what is called, or the name of a method of the first argument.
        training, evaluation: its arguments and keywords in each mode, with `Value`s for what is computed before.
    """

    def __init__(self, function: Callable[..., Any] | str, training: Any, evaluation: Any) -> None:
        super().__init__()
        self.function, self.by_mode = function, {True: training, False: evaluation}

    def forward(self, *values: Any) -> Any:
        arguments, keywords = tree_map(
            lambda each: values[each.number] if isinstance(each, Value) else each, self.by_mode[self.training]
        )
        if isinstance(self.function, str):
            return getattr(arguments[0], self.function)(*arguments[1:], **keywords)
        return self.function(*arguments, **keywords)


@dataclass(frozen=True)
class Value:
    """Stands for the value of an earlier node among a `ByMode`'s arguments."""

    number: int


def trace(model: nn.Module, *layers: type[nn.Module]) -> fx.GraphModule:
    """The model as a graph of calls, with the model's own parameters.

    A node is a call of a layer or a function; a layer that is called twice makes two nodes. Layers are the modules of
    `torch.nn`, as in `torch.fx.symbolic_trace`, and modules of the classes `layers`, which are not looked into.

    `train()` and `eval()` switch functions that are told `self.training`, as they do in the model. An input that may be
    None and takes another way then, as a mask may, is None: the graph does not have it.

    Raises:
        ValueError: a model that calls other layers in training than in evaluation, or for other inputs, that keeps something
            from call to call, switches gradients off or has hooks of its own, or that was scripted or compiled; the text
            says so.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    if isinstance(model, torch.jit.ScriptModule) or hasattr(model, "_orig_mod"):
        raise ValueError(f"model must be as it was before it was scripted or compiled, got {type(model).__name__}")
    if model._forward_hooks or model._forward_pre_hooks:
        raise ValueError(
            "model must have no hooks of its own, which its graph would not call; nn.Sequential(model) has none"
        )
    for each in layers:
        if not (isinstance(each, type) and issubclass(each, nn.Module)):
            raise TypeError(f"layers must be classes of modules, got {each!r}")
    signature = inspect.signature(model.forward).parameters
    absent = {name: None for name, each in signature.items() if each.default is None}
    with _untouched(model):
        evaluation, constants = _recorded(model, layers, False, {})
        if absent:
            without, others = _recorded(model, layers, False, absent)
            if _calls(evaluation, absent) == _calls(without, absent):
                absent = {}  # it is passed on, or not used: None is as good as any other value
            else:
                evaluation, constants = without, others
        training, again = _recorded(model, layers, True, absent)
        vars(model).update(constants)
        traced = fx.GraphModule(model, evaluation)
    traced.training = model.training
    pairs = list(zip(training.nodes, evaluation.nodes, strict=False))
    if parted := [pair for pair in pairs if not _alike(*pair)]:
        raise ValueError(
            f"model must call the same layers in training and in evaluation, {_owner(parted[0][0]) or type(model).__name__} "
            "does not: if it is a part of the model, its class among `layers` makes it one layer"
        )
    if not all(torch.equal(value, again[name]) for name, value in constants.items()):
        raise ValueError(f"model must compute with the same numbers at each call, and draws random ones: {ONE_LAYER}")
    different = [pair for pair in pairs if _template(pair[0])[0] != _template(pair[1])[0]]
    for one, other in different:
        _switch(traced, one, other)
    traced.recompile()
    return traced


def _modes() -> tuple[bool, ...]:
    """What contexts around a call switch, and a graph does not."""
    precision = (torch.is_autocast_enabled(device) for device in ("cpu", "cuda"))
    return torch.is_grad_enabled(), torch.is_inference_mode_enabled(), *precision


@contextmanager
def _untouched(model: nn.Module) -> Iterator[None]:
    """What is set on the modules meanwhile is taken back: their modes, and stand-ins that a `forward` keeps."""
    before = [(each, dict(each)) for module in model.modules() for each in (vars(module), module._buffers)]
    try:
        yield
    finally:
        for each, kept in before:
            each.clear()
            each.update(kept)


def _recorded(
    model: nn.Module, layers: tuple[type[nn.Module], ...], training: bool, absent: dict[str, None]
) -> tuple[fx.Graph, dict[str, Tensor]]:
    """The graph in one of the two modes, without the inputs that are None, and tensors that the model has made."""
    for module in model.modules():
        module.training = training
    before = set(vars(model))
    try:
        graph = _Tracer(layers).trace(model, concrete_args=dict(absent) or None)
    except _NoGraphError:
        raise
    except Exception as error:  # torch.fx raises whatever the model stumbles over
        raise ValueError(
            f"model must call the same layers whatever it is given, which cannot be seen of this one ({error}): a part that "
            "branches is one layer if its class is among `layers`"
        ) from error
    replaced = any(isinstance(each, fx.Proxy) for module in model.modules() for each in module._buffers.values())
    if replaced or any(_writes(model, node) and _is_kept(_written(node)) for node in graph.nodes):
        raise _NoGraphError(f"model must not change its own buffers and parameters when it is called: {ONE_LAYER}")
    for node in reversed(list(graph.nodes)):
        checks = getattr(node.target, "__name__", "") == "_assert_is_none"
        if absent and (checks or (node.op == "placeholder" and str(node.target).rpartition("_")[0] in absent)):
            graph.erase_node(node)
    made = {name for name in set(vars(model)) - before if name.startswith("_tensor_constant")}
    return graph, {name: vars(model).pop(name) for name in made}


def _written(node: fx.Node) -> Any:
    """What a node writes to if it writes in place."""
    return node.kwargs.get("out", next(iter((*node.args, *node.kwargs.values())), None))


def _is_kept(value: Any) -> bool:
    """Whether a value is a tensor of the model's own, or in the memory of one."""
    while isinstance(value, fx.Node) and value.op != "get_attr":
        name = str(getattr(value.target, "__name__", value.target))
        if value.op not in ("call_function", "call_method") or not (name in SAME_MEMORY or name.endswith("_")):
            return False
        value = value.args[0]
    return isinstance(value, fx.Node)


def _calls(graph: fx.Graph, absent: dict[str, None]) -> list[tuple[str, Any]]:
    return [(node.op, node.target) for node in graph.nodes if node.target not in absent]


def _alike(one: fx.Node, other: fx.Node) -> bool:
    """Whether two nodes call the same with the values of the same nodes, whatever the constants."""
    if (one.op, one.target, one.name) != (other.op, other.target, other.name):
        return False
    (first, before), (second, after) = _template(one), _template(other)
    same = tree_structure(first) == tree_structure(second) and [node.name for node in before] == [
        node.name for node in after
    ]
    return same and (first == second or one.op in ("call_function", "call_method"))


def _template(node: fx.Node) -> tuple[Any, list[fx.Node]]:
    """Arguments and keywords of a node with `Value`s for nodes, and these."""
    nodes: list[fx.Node] = []

    def stand_in(value: fx.Node) -> Any:
        nodes.append(value)
        return Value(len(nodes) - 1)

    arguments = map_arg((node.args, node.kwargs), stand_in)
    return tree_map(lambda each: each, (tuple(arguments[0]), dict(arguments[1]))), nodes


def _switch(traced: fx.GraphModule, one: fx.Node, other: fx.Node) -> None:
    """Let a node of the traced evaluation take its constants from the mode."""
    call = ByMode(other.target, _template(one)[0], _template(other)[0])
    call.training = traced.training if (owner := _owner(other)) == "" else _mode(traced, owner)
    name = f"by_mode_{other.name}"
    traced.add_submodule(name, call)
    nodes = _template(other)[1]
    other.op, other.target, other.args, other.kwargs = "call_module", name, tuple(nodes), {}


def _owner(node: fx.Node) -> str:
    """The path of the module whose `forward` a node is in."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    return str(stack[-1][0]) if stack else ""


def _mode(traced: fx.GraphModule, path: str) -> bool:
    try:
        return traced.get_submodule(path).training
    except AttributeError:  # a module none of whose layers are called
        return traced.training


def edges_of(model: nn.Module) -> list[Edge]:
    """Which node's value goes into which: pairs of names, without the node that stands for the model's output."""
    nodes = [node for node in _traced(model).graph.nodes if node.op != "output"]
    return [(before.name, node.name) for node in nodes for before in node.all_input_nodes]


def summary(model: nn.Module) -> pandas.DataFrame:
    """The model's nodes in the order in which they are computed.

    Returns:
        A table with the node's name as its index; `layer`, what is called; `parameters`, how many numbers training
        can change there that no node before it has, none where they are frozen; `shares with`, the other nodes that use one of its parameters.

    Raises:
        ValueError: a lazy layer that has not been called yet; or what `trace` refuses.
    """
    import pandas

    traced = _traced(model)
    users: dict[nn.Parameter, list[str]] = {}
    rows = []
    for node in traced.graph.nodes:
        parameters = _parameters(traced, node)
        if any(map(is_lazy, parameters)):
            raise ValueError(f"model must have been called once, before which {node.name} does not know its own size")
        new = sum(each.numel() for each in parameters if each not in users and each.requires_grad)
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

    from ..live import Graph, View, draw_figure

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

    Layers that change their input in place change neither what the part is given nor what it returns of earlier layers.
    How many examples a batch holds is no data: where the part asks it of something before the cut, as in
    `view(x.shape[0], -1)`, it is told by the start nodes, if all in between leaves the first axis as long as it is.

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

    nodes = [node for node in traced.graph.nodes if node in needed]
    writing = [number for number, node in enumerate(nodes) if node not in starts and _writes(traced, node)]
    graph = fx.Graph()
    copies = {
        node: graph.node_copy(node) if node.op == "placeholder" else graph.placeholder(node.name) for node in starts
    }
    results = dict(copies)
    if writing:
        copies = {node: graph.call_function(copied, (given,)) for node, given in copies.items()}
    for number, node in enumerate(nodes):
        if node not in copies:
            if teller := _teller(node, starts):
                copies[node] = results[node] = graph.call_method("size", (copies[teller], 0))
            else:
                copies[node] = results[node] = graph.node_copy(node, copies.__getitem__)
            if node in ends and end is not None and writing and number < writing[-1]:
                results[node] = graph.call_function(copied, (copies[node],))
    result = _output(traced).args[0] if end is None else ends[0] if isinstance(end, str) else tuple(ends)
    graph.output(map_arg(result, (copies if end is None else results).__getitem__))
    return fx.GraphModule(traced, graph)


def copied(value: Any) -> Any:
    """A value of its own, which nothing that happens to the first one reaches."""
    return tree_map(lambda each: each.clone() if isinstance(each, Tensor) else each, value)


def _writes(traced: nn.Module, node: fx.Node) -> bool:
    """Whether a node may change its input in place."""
    name = str(getattr(node.target, "__name__", node.target))
    if node.op == "call_module":
        module = traced.get_submodule(str(node.target))
        if isinstance(module, ByMode):
            name = str(getattr(module.function, "__name__", module.function))
            return name.endswith("_") or any(keywords.get("inplace") for _, keywords in module.by_mode.values())
        return any(getattr(each, "inplace", False) for each in module.modules())
    if node.op == "call_function":
        into = node.kwargs.get("inplace") or node.kwargs.get("out") is not None
        return bool(into) or name in IN_PLACE or (name.endswith("_") and not name.endswith("__"))
    return node.op == "call_method" and name.endswith("_") and not name.endswith("__")


def _traced(model: nn.Module) -> fx.GraphModule:
    return model if isinstance(model, fx.GraphModule) else trace(model)


def _output(traced: fx.GraphModule) -> fx.Node:
    return next(node for node in traced.graph.nodes if node.op == "output")


def _nodes(traced: fx.GraphModule, names: Names) -> list[fx.Node]:
    nodes = {node.name: node for node in traced.graph.nodes if node.op != "output"}
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, Sequence):
        raise ValueError(f"start and end must be names of nodes, got {names!r}")
    for name in names:
        if not isinstance(name, str) or name not in nodes:
            near = difflib.get_close_matches(str(name), nodes, 3) or list(nodes)[:3]
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
            if node not in starts:
                teller = _teller(node, starts)
                waiting += [teller] if teller else node.all_input_nodes
    return needed


def _teller(node: fx.Node, starts: Sequence[fx.Node]) -> fx.Node | None:
    """The start node that knows how many examples there are, where `node` asks it of something that the start is made of."""
    sizes, asked = node, (node.args[1:], node.kwargs)
    if node.target == getitem and isinstance(node.args[0], fx.Node):  # x.shape[0], x.size()[0]
        sizes = node.args[0]
        whole = sizes.args[1:] == ("shape",) if sizes.target == getattr else sizes.args[1:] == () and not sizes.kwargs
        asked = asked if whole else ((), {})
    first = asked in (((0,), {}), ((), {"dim": 0}))
    if not first or not (sizes.target == "size" or (sizes is not node and sizes.target == getattr)):
        return None
    alike = _as_long(sizes.all_input_nodes[0])
    return next((start for start in starts if start in alike), None)


def _as_long(measured: fx.Node) -> set[fx.Node]:
    """What is computed from a node by nothing that changes the length of the first axis."""
    found: set[fx.Node] = set()
    for node in measured.graph.nodes:
        if not found.union([measured]).isdisjoint(node.all_input_nodes) and _leaves_first_axis(node):
            found.add(node)
    return found


def _leaves_first_axis(node: fx.Node) -> bool:
    name = str(getattr(node.target, "__name__", node.target))
    if node.op == "call_module":
        assert node.graph.owning_module is not None
        module = node.graph.owning_module.get_submodule(str(node.target))
        if not isinstance(module, ByMode):
            return _is_for_each(module)
        name = str(getattr(module.function, "__name__", module.function))
    if name in ALONG:
        axes = tree_leaves([node.args[1:], node.kwargs])
        return bool(axes) and all(isinstance(each, int) and each > 0 for each in axes)
    return name.rstrip("_") in EACH


def _is_for_each(layer: nn.Module) -> bool:
    """Whether a layer does the same to each example."""
    if isinstance(layer, nn.Sequential):
        return all(map(_is_for_each, layer))
    if isinstance(layer, nn.Flatten):
        return layer.start_dim > 0
    *package, kind = type(layer).__module__.split(".")
    return package == ["torch", "nn", "modules"] and kind in LAYERS and not isinstance(layer, nn.MultiheadAttention)


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
    told = [node for node in nodes if _teller(node, starts)]
    past = _reached(nodes, (node for node in nodes if node.op == "placeholder"), barred=[*starts, *told])
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
        if isinstance(call := traced.get_submodule(str(node.target)), ByMode):
            return str(getattr(call.function, "__name__", call.function))
        return type(traced.get_submodule(str(node.target))).__name__
    if node.op == "call_function":
        return getattr(node.target, "__name__", str(node.target))
    return {"placeholder": "input", "get_attr": "parameter"}.get(node.op, str(node.target))
