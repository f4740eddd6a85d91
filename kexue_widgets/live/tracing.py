"""A function of tensors as a graph of torch's core operators (`make_fx`, which sees through gradients).

A graph has neither Python's branches nor Python's numbers: where a function needs one that follows from its inputs, it is
refused in words. What follows from constants alone is computed here, by torch itself.
"""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.fx import GraphModule, Node
from torch.fx.node import map_arg
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from .decompositions import decompositions, narrows
from .operators import ELSEWHERE, INSTEAD
from .purity import torch_name

LARGEST = 64  # numbers in a constant that takes the place of the operators it follows from

KEEP = "keep it a tensor, and where it counts or cuts, make the longest and mask it: torch.arange(n) < p"
TORCH = "compute with torch, which has sin, floor and the others as well"
WORDS = "words cannot follow from numbers"
STACK = "torch.stack makes a tensor of tensors"
# Where Python asks a tensor for its value: as a reader wrote it, and what to do. Torch asks in its own functions, too.
ASKS = {
    "__int__": ("int(...)", KEEP),
    "__float__": ("float(...)", TORCH),
    "__complex__": ("complex(...)", TORCH),
    "__index__": ("an index of a list, or a length", f"index a tensor with it; {KEEP}"),
    "item": (".item()", KEEP),
    "tolist": (".tolist()", "keep it a tensor"),
    "numpy": (".numpy()", TORCH),
    "__array__": ("numpy", TORCH),
    "__repr__": ("str(...)", WORDS),
    "__format__": ("a format", WORDS),
}
COPIES = {
    "tensor": ("torch.tensor", STACK),
    "as_tensor": ("torch.as_tensor", STACK),
    "asarray": ("torch.asarray", STACK),
    "new_tensor": (".new_tensor(...)", STACK),
}
UNORDERED = ("sort", "argsort", "topk", "kthvalue", "median")
OTHERS = {"__getitem__": ("a slice", KEEP)}
PICKLED = "the model copies a tensor with pickle or copy.copy; x.clone() can stand in its place"
BRANCHES = "the model branches on the value of a tensor; torch.where can stand in its place"


def trace(function: Callable[..., Any], inputs: list[Tensor]) -> GraphModule:
    """The function as a graph, whose numbers for other inputs of these shapes are the function's own.

    Raises:
        ValueError: the function cannot be a graph; the text says what it does and what can stand in its place.
    """
    from torch.fx.experimental.proxy_tensor import make_fx

    watch = _Watch()

    def watched(*arguments: Tensor) -> Any:
        with watch:
            return function(*arguments)

    try:
        with _in_parts():
            traced = make_fx(watched, decomposition_table=decompositions())(*inputs)
            _check_order(traced, watch.places)
            if any(node.target._schema.is_mutable for node in _operators(traced)):
                with torch.no_grad():  # by now gradients are operators like others
                    traced = _functional(traced, inputs)
    except ValueError:
        raise
    except Exception as error:  # it can be called, as has been tried, but not be traced
        pickled = any(
            frame.name.startswith(("_rebuild_", "_reduce_ex")) for frame in traceback.extract_tb(error.__traceback__)
        )
        raise ValueError(PICKLED if pickled else _no_graph(watch.last)) from error
    for node in traced.graph.find_nodes(op="get_attr"):
        node.meta["val"] = getattr(traced, node.target)
    random = {
        operator_name(node) for node in _operators(traced) if torch.Tag.nondeterministic_seeded in node.target.tags
    }
    if random:
        raise ValueError(f"the model draws its own random numbers ({', '.join(random)}); take them from noise instead")
    _pick_diagonals(traced)
    fold_constants(traced)
    if any(each.is_meta for each in (*vars(traced).values(), *traced.buffers()) if isinstance(each, Tensor)):
        raise ValueError(
            "the model fills part of a new tensor in place; torch.where or torch.eye can stand in its place"
        )
    for node in _operators(traced):
        if numbers := _narrowed(node):
            raise ValueError(
                f"{operator_name(node)} has {numbers[0]!r} in single precision on the page; make a tensor of it: "
                f"torch.tensor({numbers[0]!r}, dtype=torch.float64)"
            )
        if _sized_by_numbers(node):
            raise ValueError(
                f"the size of what {operator_name(node)} gives depends on the numbers in it; "
                f"{INSTEAD.get(operator_name(node), 'a mask or torch.where keeps the size')}"
            )
    return traced


@contextmanager
def _in_parts() -> Iterator[None]:
    """Torch without single operators that no graph has the parts of (oneDNN's recurrent layers, fused attention), and without
    the checks of numbers in `torch.distributions`."""
    from torch.distributions import Distribution
    from torch.nn.attention import SDPBackend, sdpa_kernel

    fused, checked = torch.backends.mha.get_fastpath_enabled(), Distribution._validate_args
    torch.backends.mha.set_fastpath_enabled(False)
    Distribution.set_default_validate_args(False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH):
                yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
        Distribution.set_default_validate_args(checked)


def _no_graph(last: str) -> str:
    return f"{last} cannot be part of a graph for the page; {INSTEAD.get(last, ELSEWHERE)}"


def _functional(traced: GraphModule, inputs: list[Tensor]) -> GraphModule:
    """The graph without changes in place. Its constants come in as inputs, since what is made of a plain tensor could not be
    filled with what follows from an input, and are constants again."""
    from torch.fx.experimental.proxy_tensor import make_fx

    held = {node.target: getattr(traced, node.target) for node in traced.graph.find_nodes(op="get_attr")}
    constants = {name: value for name, value in held.items() if isinstance(value, Tensor)}
    names = list(constants)

    def function(*arguments: Tensor) -> Any:
        for name, value in zip(names, arguments, strict=False):
            _place(traced, name, value)
        return traced(*arguments[len(names) :])

    try:
        functional = make_fx(torch.func.functionalize(function))(*constants.values(), *inputs)
    finally:
        for name, value in constants.items():
            _place(traced, name, value)
    for name, node in zip(names, functional.graph.find_nodes(op="placeholder"), strict=False):
        functional.register_buffer(f"constant_{name}", constants[name].detach())
        with functional.graph.inserting_before(node):
            node.replace_all_uses_with(functional.graph.get_attr(f"constant_{name}"))
        functional.graph.erase_node(node)
    functional.recompile()
    return functional


def _place(module: GraphModule, name: str, value: Tensor) -> None:
    """Have an attribute of a graph be another tensor, whatever kind it was."""
    for kind in (module._parameters, module._buffers):
        kind.pop(name, None)
    module.__dict__[name] = value


def _pick_diagonals(traced: GraphModule) -> None:
    """Take diagonals by their places: the export multiplies by 0 and adds, of which what is infinite makes no number."""
    aten = torch.ops.aten
    for node in _operators(traced):
        if node.target not in (aten.diagonal.default, aten.diagonal_copy.default):
            continue
        given = {"offset": 0, "dim1": 0, "dim2": 1} | dict(
            zip(("self", "offset", "dim1", "dim2"), node.args, strict=False)
        )
        given |= node.kwargs
        matrix, offset, *axes = (given[each] for each in ("self", "offset", "dim1", "dim2"))
        shape = matrix.meta["val"].shape
        axes = [each % len(shape) for each in axes]
        rest = [each for each in range(len(shape)) if each not in axes]
        rows, columns = (shape[each] for each in axes)
        length = node.meta["val"].shape[-1]
        start = (max(-offset, 0), max(offset, 0))
        places = torch.arange(length) * (columns + 1) + start[0] * columns + start[1]
        name = f"_places_{node.name}"
        traced.register_buffer(name, places)
        with traced.graph.inserting_before(node):
            index = traced.graph.get_attr(name)
            index.meta["val"] = places
            turned = traced.graph.call_function(aten.permute.default, (matrix, [*rest, *axes]))
            flat = traced.graph.call_function(
                aten.reshape.default, (turned, [*(shape[each] for each in rest), rows * columns])
            )
            chosen = traced.graph.call_function(aten.index_select.default, (flat, len(rest), index))
        for new in (turned, flat, chosen):
            new.meta["val"] = node.meta["val"]
        node.replace_all_uses_with(chosen)
        traced.graph.erase_node(node)
    traced.recompile()


def _check_order(traced: GraphModule, places: Mapping[Node, str]) -> None:
    """Raise a ValueError if the model goes by places among which torch leaves open whose is whose, of equal numbers."""
    if not places:
        return
    used = {node for output in traced.graph.find_nodes(op="output") for node in _ancestors(output)}
    changing = [node for node in _operators(traced) if node.target._schema.is_mutable]
    used |= {node for each in changing for node in _ancestors(each)}
    for node, name in places.items():
        if node in used:
            raise ValueError(
                f"{name} leaves open which of equal numbers it takes first, and the page may take another; {INSTEAD[name]}"
            )


class _Watch(TorchFunctionMode):
    """Refuses Python numbers taken from tensors that follow from the inputs; those of constants are let through."""

    def __init__(self) -> None:
        super().__init__()
        self.last = "the model"  # the function of torch that was called last
        self.places: dict[Node, str] = {}  # of what sorting finds, by what, where equal numbers are in no order

    def __torch_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), keywords: Mapping[str, Any] | None = None
    ) -> Any:
        from torch.fx.experimental.proxy_tensor import disable_proxy_modes_tracing

        keywords = keywords or {}
        name = getattr(function, "__name__", "")
        if name != "__get__":
            self.last = torch_name(function)
        if name == "__deepcopy__":
            return arguments[0].clone()
        copies = name in COPIES and not (arguments and isinstance(arguments[0], Tensor))
        if copies or name in ASKS or name == "__bool__":
            given = [each for each in tree_leaves((arguments, keywords)) if isinstance(each, Tensor)]
            if any(map(_follows_from_inputs, given)):
                raise ValueError(_words(name))
            if not copies:
                with disable_proxy_modes_tracing():
                    return function(*arguments, **keywords)
        if name in ("__getitem__", "__setitem__"):
            index, axis = _without_scalars(arguments[1])
            if axis is not None:
                result = function(arguments[0], index, *arguments[2:])
                return result if result is None else result.squeeze(axis)
            arguments = (arguments[0], index, *arguments[2:])
        try:
            result = function(*arguments, **keywords)
            if name in UNORDERED and not keywords.get("stable"):
                places = result if name == "argsort" else result[1] if isinstance(result, tuple) else None
                if places is not None and _follows_from_inputs(places):
                    self.places[_node(places)] = torch_name(function)
            return result
        except RuntimeError as error:
            if "tracing tensor" not in str(error) and "data-dependent" not in str(error):
                raise ValueError(_no_graph(self.last)) from error
            raise ValueError(_words(name)) from error


def _without_scalars(index: Any) -> tuple[Any, int | None]:
    """An index whose 0-d tensors, of which Python would take numbers, are vectors of one; the axis that this adds."""
    parts = index if isinstance(index, tuple) else (index,)
    tensors = [place for place, part in enumerate(parts) if isinstance(part, Tensor)]
    scalars = [place for place in tensors if parts[place].dim() == 0 and parts[place].dtype != torch.bool]
    if not any(_follows_from_inputs(parts[place]) for place in scalars):
        return index, None
    vectors = tuple(part.reshape(1) if place in scalars else part for place, part in enumerate(parts))
    if len(scalars) < len(tensors):
        return vectors, None
    if any(not isinstance(part, Tensor | int) for part in parts[tensors[0] : tensors[-1]]):
        return vectors, 0  # tensors with an axis between them index in front
    before, after = vectors[: tensors[0]], vectors[tensors[-1] + 1 :]
    if Ellipsis in [part for part in before if not isinstance(part, Tensor)]:
        return vectors, -1 - sum(not isinstance(part, int) for part in after)
    return vectors, sum(not isinstance(part, int) for part in before)


def _words(name: str) -> str:
    if name in ("__bool__", "__contains__"):
        return BRANCHES
    written, advice = (ASKS | COPIES | OTHERS).get(name, (f"torch.{name}", INSTEAD.get(f"torch.{name}", KEEP)))
    return f"the model takes a Python number from a tensor that follows from controls, state or noise ({written}); {advice}"


def _follows_from_inputs(tensor: Tensor) -> bool:
    node = _node(tensor)
    return node is not None and any(each.op == "placeholder" for each in _ancestors(node))


def _node(tensor: Tensor) -> Any:
    """What a tensor is in the graph that is being made, if it is part of it."""
    from torch.fx.experimental.proxy_tensor import get_proxy_mode, get_proxy_slot

    while torch._C._functorch.is_functorch_wrapped_tensor(tensor):  # a gradient is being taken
        tensor = torch._C._functorch.get_unwrapped(tensor)
    mode = get_proxy_mode()
    slot: Any = mode and get_proxy_slot(tensor, mode.tracer, None)
    return slot and slot.proxy.node


def fold_constants(traced: GraphModule) -> None:
    """Replace operators on constants by what torch makes of them: small results, and those that a graph cannot make."""
    values: dict[Node, Any] = {}
    for node in traced.graph.nodes:
        if node.op == "get_attr":
            values[node] = getattr(traced, str(node.target))
        elif node.op == "call_function" and all(each in values for each in node.all_input_nodes):
            arguments = map_arg((node.args, dict(node.kwargs)), values.__getitem__)
            values[node] = node.target(*arguments[0], **arguments[1])
    small = {
        node: value
        for node, value in values.items()
        if node.op != "get_attr"
        and isinstance(value, Tensor)
        and ((value.numel() <= LARGEST and not value.is_complex()) or any(map(_sized_by_numbers, _ancestors(node))))
    }
    for count, (node, value) in enumerate(small.items()):
        if all(user in small for user in node.users):
            continue
        name = f"_folded{count}"
        traced.register_buffer(name, value.detach().clone())
        with traced.graph.inserting_before(node):
            constant = traced.graph.get_attr(name)
        constant.meta["val"] = value
        node.replace_all_uses_with(constant)
    for node, value in values.items():
        if value is None:  # a check of constants, which is done
            traced.graph.erase_node(node)
    traced.graph.eliminate_dead_code()
    traced.recompile()


def _narrowed(node: Any) -> list[float]:
    """The numbers of an operator in double precision that the export, which writes each in single precision, would change."""
    kinds = {argument.name: argument.type for argument in node.target._schema.arguments}
    named = dict(zip(kinds, node.args, strict=False)) | node.kwargs
    given = [each for value in (*node.all_input_nodes, node) if isinstance(each := value.meta.get("val"), Tensor)]
    wide = any(each.dtype == torch.float64 for each in given)
    return [value for name, value in named.items() if wide and narrows(value, kinds[name])]


def _ancestors(node: Node) -> set[Node]:
    found: set[Node] = set()
    ahead = [node]
    while ahead:
        if (each := ahead.pop()) not in found:
            found.add(each)
            ahead += each.all_input_nodes
    return found


def _sized_by_numbers(node: Any) -> bool:
    if not _is_operator(node):
        return False
    if node.target is torch.ops.aten.index.Tensor:
        masks = [each for each in node.args[1] if each is not None and each.meta["val"].dtype == torch.bool]
        return any(each.op != "get_attr" for each in masks)
    return torch.Tag.dynamic_output_shape in node.target.tags


def _is_operator(node: Node) -> bool:
    return isinstance(node.target, torch._ops.OpOverload)


def _operators(traced: GraphModule) -> list[Any]:
    return [node for node in traced.graph.nodes if _is_operator(node)]


def operator_name(node: Any) -> str:
    """An operator as a reader writes it; of one of its results, the operator itself."""
    operator = node if _is_operator(node) else node.args[0]
    return f"torch.{operator.target._schema.name.split('::')[1].strip('_')}"
