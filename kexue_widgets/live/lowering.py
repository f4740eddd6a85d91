"""A traced graph as ONNX, with exact rewrites only. A step sits inside an ONNX `Scan`: one call makes as many steps as
there are rows of noise.

The exporter's own optimiser is not exact: it takes numbers within 1e-5 of 1, or 1e-8 of 0, for 1 and 0.
"""

from __future__ import annotations

import inspect
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.fx import GraphModule

from .operators import ELSEWHERE, INSTEAD
from .tracing import LARGEST

if TYPE_CHECKING:
    import onnx
    import onnx_ir

# Operators that a constant folder may carry out: they move numbers, or count.
EXACT = {"Cast", "CastLike", "Concat", "Expand", "Gather", "Reshape", "Slice", "Squeeze", "Transpose", "Unsqueeze"}


class UnfitError(Exception):
    """A graph cannot be written, or run, for a reason that is not named."""


def lower(traced: GraphModule, inputs: Mapping[str, Tensor], outputs: list[str], scan: bool) -> bytes:
    """The graph as an ONNX file.

    Args:
        traced: a graph of core operators.
        inputs: examples of its inputs, by name.
        outputs: names for its outputs.
        scan: make of it a graph of K steps, which reads K rows of noise.

    Raises:
        ValueError: it has an operator that ONNX lacks; the text names it.
        UnfitError: it cannot be written for another reason.
    """

    def inner(name: str) -> str:  # inside a Scan no name may be one of the graph around it
        return f"step.{name}" if scan and not name.startswith("control.") else name

    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnx_ir", "onnxscript")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    _keep_table()
    try:
        with warnings.catch_warnings(), _without_composites():
            warnings.simplefilter("ignore")
            exported = torch.onnx.export(
                torch.export.export(traced, tuple(inputs.values()), strict=False),
                dynamo=True,
                verbose=False,
                optimize=False,
            )
            assert exported is not None
            _rewrite_exactly(exported.model)
            ends = [*exported.model.graph.inputs, *exported.model.graph.outputs]
            for value, name in zip(ends, [*inputs, *outputs], strict=True):
                value.name = inner(name)
    except Exception as error:
        if (said := _refusal(error)) is None:
            raise UnfitError from error
        raise ValueError(said) from None
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    model = _stripped(exported.model_proto)
    return (_scanned(model) if scan else model).SerializeToString()


@cache
def _keep_table() -> None:
    """torch reads its table of ONNX operators from their sources at each export, which takes longer than all the rest; it is
    the same table each time. Where torch keeps it elsewhere, exports are only slower."""
    with suppress(ImportError, AttributeError):
        from torch.onnx._internal.exporter._registration import ONNXRegistry

        setattr(ONNXRegistry, "from_torchlib", staticmethod(cache(ONNXRegistry.from_torchlib)))  # noqa: B010


@contextmanager
def _without_composites() -> Iterator[None]:
    """Let torch decompose what ONNX lacks without setting composite operators apart: a traced graph has none, and to do it for
    all that torch knows takes as long as the rest of an export. Where torch keeps it elsewhere, exports are only slower."""
    try:
        from torch.export.exported_program import _decompose_exported_program
        from torch.onnx._internal.exporter import _fx_passes

        torchs_own = _fx_passes.decompose_with_registry
        known = set(inspect.signature(_decompose_exported_program).parameters)
    except (ImportError, AttributeError):
        known = set()
    if not known >= {"cia_to_decomp", "python_decomp_table", "joint_loss_index", "decompose_custom_triton_ops"}:
        yield
        return

    def decompose(program: Any, registry: Any) -> Any:
        return _decompose_exported_program(
            program,
            cia_to_decomp={},
            python_decomp_table=dict(_table(registry)),
            joint_loss_index=None,
            decompose_custom_triton_ops=False,
        )

    _fx_passes.decompose_with_registry = decompose  # type: ignore[assignment]
    try:
        yield
    finally:
        _fx_passes.decompose_with_registry = torchs_own


@lru_cache(1)
def _table(registry: Any) -> dict[Any, Any]:
    """What ONNX lacks, and how torch decomposes it."""
    from torch.onnx._internal.exporter import _decomp

    return _decomp.create_onnx_friendly_decomposition_table(set(_decomp.get_onnx_implemented_overloads(registry)))


def _rewrite_exactly(model: onnx_ir.Model) -> None:
    """Leave out what is not used, changes nothing or is said twice: no number changes."""
    from onnx_ir.passes import Sequential, common
    from onnxscript.optimizer import fold_constants

    common.InlinePass()(model)
    fold_constants(model, output_size_limit=LARGEST, should_fold=lambda node: None if node.op_type in EXACT else False)
    Sequential(
        common.IdentityEliminationPass(),
        common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        common.LiftSubgraphInitializersToMainGraphPass(),
    )(model)
    _keep_from_elimination(model)
    _keep_zeros(model)
    Sequential(
        common.DeduplicateInitializersPass(),
        common.CommonSubexpressionEliminationPass(),
        common.RemoveUnusedNodesPass(),
        common.RemoveUnusedFunctionsPass(),
        common.RemoveUnusedOpsetsPass(),
        common.OutputFixPass(),
        common.NameFixPass(),
    )(model)


def _keep_from_elimination(model: onnx_ir.Model) -> None:
    """Write numbers in double precision so that ONNX Runtime sees they are not 1 or 0: it leaves out x * c, x / c, x + c and
    x - c by what c is in single precision."""
    import onnx_ir

    def constant(number: Any) -> onnx_ir.Value:
        name = f"double.{len(model.graph.initializers)}"
        value = onnx_ir.Value(name=name, const_value=onnx_ir.tensor(np.float64(number), name=name))
        model.graph.register_initializer(value)
        return value

    for node in list(model.graph.all_nodes()):
        near = {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1}.get(node.op_type)
        for place in (1,) if node.op_type in ("Sub", "Div") else (0, 1):
            value = None if near is None else node.inputs[place]
            number = value.const_value.numpy() if value is not None and value.const_value is not None else np.zeros(2)
            if number.size > 1 or number.dtype != np.float64 or number == near or np.float32(number) != near:
                continue
            if near == 0:
                node.replace_input_with(place, constant(-number if node.op_type == "Sub" else number))
                node.op_type = "Sum"
            else:
                doubled = onnx_ir.node("Mul", [node.inputs[1 - place], constant(2)])
                model.graph.insert_before(node, doubled)
                node.replace_input_with(1 - place, doubled.outputs[0])
                node.replace_input_with(place, constant(number * 2 if node.op_type == "Div" else number / 2))


def _keep_zeros(model: onnx_ir.Model) -> None:
    """Choose numbers so that 0 keeps its sign where that shows: of what `Where` takes if its condition holds, ONNX Runtime
    makes -0 to 0, though not of the other. So each is the other of a `Where` beside 1, and the product is what is chosen."""
    import onnx_ir

    constants: dict[str, onnx_ir.Value] = {}

    def constant(value: Any) -> onnx_ir.Value:
        array = np.array(value)
        name = f"constant.{array.dtype}.{value}"
        if name not in constants:
            constants[name] = onnx_ir.Value(name=name, const_value=onnx_ir.tensor(array, name=name))
            model.graph.register_initializer(constants[name])
        return constants[name]

    def kind(value: Any) -> Any:
        return value.const_value.dtype if value.const_value is not None else value.dtype

    for node in list(model.graph.all_nodes()):
        if node.op_type != "Where" or not _shows_sign(node.outputs[0]):
            continue
        condition, chosen, other = node.inputs
        known = kind(chosen) or kind(other) or kind(node.outputs[0])
        if known not in (onnx_ir.DataType.FLOAT, onnx_ir.DataType.DOUBLE) or not _has_negative_zeros(chosen):
            continue
        opposite = onnx_ir.node("Xor", [condition, constant(True)])  # it takes the two of Not and Where for one Where
        model.graph.insert_before(node, opposite)
        if not _has_negative_zeros(other):
            node.replace_input_with(0, opposite.outputs[0])
            node.replace_input_with(1, other)
            node.replace_input_with(2, chosen)
            continue
        one = constant(known.numpy().type(1))
        first = onnx_ir.node("Where", [opposite.outputs[0], one, chosen])
        second = onnx_ir.node("Where", [condition, one, other])
        product = onnx_ir.node("Mul", [first.outputs[0], second.outputs[0]])
        model.graph.insert_before(node, [first, second, product])
        product.outputs[0].name, name = node.outputs[0].name, f"{node.outputs[0].name}.chosen"
        node.outputs[0].name = name
        product.outputs[0].type, product.outputs[0].shape = node.outputs[0].type, node.outputs[0].shape
        node.outputs[0].replace_all_uses_with(product.outputs[0], replace_graph_outputs=True)


def _shows_sign(zero: onnx_ir.Value) -> bool:
    """Whether something is divided by a number or by what follows from it, before that leaves the graph: nothing else in it
    can tell -0 from 0."""
    import onnx_ir

    waiting, seen = [zero], {zero}
    while waiting:
        for node, place in waiting.pop().uses():
            divides = (node.op_type, place) in (("Div", 1), ("Reciprocal", 0), ("Pow", 0))
            if divides or any(each.type == onnx_ir.AttributeType.GRAPH for each in node.attributes.values()):
                return True
            added = [each.const_value for each in node.inputs if each is not None and each.const_value is not None]
            if node.op_type in ("Add", "Sub") and any((each.numpy() != 0).all() for each in added):
                continue  # a sum of a number and its opposite is 0, not -0
            follows = [each for each in node.outputs if each not in seen]
            seen.update(follows)
            waiting += follows
    return False


def _has_negative_zeros(value: Any) -> bool:
    """Whether there may be a -0 in it."""
    if value.const_value is None:
        return True
    numbers = value.const_value.numpy()
    return bool((np.signbit(numbers) & (numbers == 0)).any())


def _refusal(error: BaseException) -> str | None:
    """Which operator it is, and what can stand in its place, if the exporter names it: it does so on several pages."""
    texts = [str(error)]
    while error.__cause__ is not None:
        error = error.__cause__
        texts.append(str(error))
    named = re.search(r"target=torch\.ops\.\w+\.(\w+)", "\n".join(reversed(texts)))
    if named is None:
        return None
    operator = f"torch.{named[1].strip('_')}"
    return f"{operator} has no counterpart on the page; {INSTEAD.get(operator, ELSEWHERE)}"


def _stripped(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph without what only debuggers read: most of the file."""
    model.graph.ClearField("value_info")
    model.ClearField("metadata_props")
    for part in [*model.graph.node, *model.graph.input, *model.graph.output, model.graph]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for node in model.graph.node:
        node.ClearField("name")
    return model


def _scanned(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph of one step as a graph of K steps: states go round, noise (K, n) is read row by row."""
    from onnx import ValueInfoProto, helper

    inside = [value for value in model.graph.input if value.name.startswith("step.")]  # the states, then the noise
    controls = [value for value in model.graph.input if not value.name.startswith("step.")]
    ends = {value.name for value in model.graph.output}
    nodes = list(model.graph.node)
    for constant in model.graph.initializer:  # those stand around the step, which can return none but its own
        if constant.name in ends:
            name, constant.name = constant.name, constant.name.replace("step.", "constant.")
            nodes.insert(0, helper.make_node("Identity", [constant.name], [name]))
    body = helper.make_graph(nodes, "step", inside, list(model.graph.output))

    def outer(value: ValueInfoProto) -> ValueInfoProto:
        copy = ValueInfoProto()
        copy.CopyFrom(value)
        copy.name = value.name.removeprefix("step.")
        return copy

    states, noise = [outer(value) for value in inside[:-1]], outer(inside[-1])
    count = noise.type.tensor_type.shape.dim[0].dim_value
    noise = helper.make_tensor_value_info(noise.name, noise.type.tensor_type.elem_type, ["K", count])
    after = [outer(value) for value in model.graph.output]
    names = [value.name for value in [*states, noise]]
    scan = helper.make_node("Scan", names, [value.name for value in after], body=body, num_scan_inputs=1)
    graph = helper.make_graph([scan], "steps", [*states, noise, *controls], after, list(model.graph.initializer))
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
