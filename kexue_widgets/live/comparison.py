"""Whether a graph gives torch's numbers: it is run before a page may have it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.fx import GraphModule, Interpreter, Node
from torch.utils._pytree import tree_leaves

from .lowering import UnfitError, lower
from .operators import ELSEWHERE, INSTEAD, SINGLE
from .tracing import operator_name

TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-9}  # of a number: far above rounding, far below what can be seen
STRAY = 0.01  # of the numbers of an array may differ by more: where one is at a jump, rounding decides
NEIGHBOURS = 8  # runs, each rounded in its own way, among which a number may be anywhere


def check_numbers(
    graph: bytes, traced: GraphModule, inputs: Mapping[str, Tensor], outputs: list[str], expected: tuple[Tensor, ...]
) -> None:
    """Raise a ValueError unless the graph gives the expected outputs for these inputs; it names an operator at fault."""
    try:
        arrays = _run(graph, inputs)
    except UnfitError:
        raise ValueError(unfit(traced, inputs)) from None
    if not any(map(_differ, arrays, expected)):
        return
    for name, array, tensor, spread in zip(outputs, arrays, expected, _spreads(traced, inputs), strict=True):
        if _differ(array, tensor, spread):
            operator = _culprit(traced, inputs)
            at = (
                f" ({operator}: {INSTEAD.get(operator, 'another operator must stand in its place')})"
                if operator
                else ""
            )
            what = name.removeprefix("array.").replace("next.", "state ")
            raise ValueError(f"the page would give other numbers than torch for {what!r}{at}")


def _run(graph: bytes, inputs: Mapping[str, Tensor]) -> list[np.ndarray]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = (
        1  # to start more takes longer than to run a graph once
    )
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        wanted = {value.name: value for value in session.get_inputs()}
        given = {name: tensor.detach().numpy() for name, tensor in inputs.items() if name in wanted}
        for name in given:
            if len(wanted[name].shape) > given[name].ndim:  # the noise of one step, where there may be several
                given[name] = given[name][None]
        return session.run(None, given)
    except Exception as error:
        raise UnfitError from error


def unfit(traced: GraphModule, inputs: Mapping[str, Tensor]) -> str:
    """Why a graph cannot be written, or run by ONNX Runtime: by which operator."""
    results = _results(traced, inputs)
    nodes = list(results)

    def runs(count: int) -> bool:
        with _ending(traced, nodes[:count]) as names:
            try:
                _run(lower(traced, inputs, names, scan=False), inputs)
            except (ValueError, UnfitError):
                return False
            return True

    first = bisect_left(range(1, len(nodes) + 1), True, key=lambda count: not runs(count))
    if first == len(nodes):
        return f"the model cannot run on the page; {ELSEWHERE}"
    operator = operator_name(nodes[first])
    taken = [value for each in nodes[first].all_input_nodes for value in tree_leaves(each.meta.get("val"))]
    kinds = {value.dtype for value in taken if isinstance(value, Tensor)}
    if torch.float64 in kinds:
        return f"{operator} cannot be run on the page in double precision; {SINGLE}"
    names = " and ".join(sorted(str(each) for each in kinds))
    return f"{operator} cannot be run on the page with {names}; {INSTEAD.get(operator, ELSEWHERE)}"


def _spreads(traced: GraphModule, inputs: Mapping[str, Tensor]) -> list[np.ndarray]:
    """How far torch's own outputs move when each operator rounds in another way: what is made of the quotient of two small
    gradients, say, has no number that two engines could agree on. Whole numbers are taken to be exact."""
    rng = torch.Generator().manual_seed(0)

    class Rounding(Interpreter):
        def run_node(self, node: Node) -> Any:
            result = super().run_node(node)
            if node.op != "call_function" or not isinstance(result, Tensor) or not result.is_floating_point():
                return result
            signs = torch.randint(-1, 2, result.shape, generator=rng)
            return torch.where(result == result.round(), result, result * (1 + signs * torch.finfo(result.dtype).eps))

    found = [
        [each.detach().double().numpy() for each in Rounding(traced).run(*inputs.values())] for _ in range(NEIGHBOURS)
    ]
    return [np.ptp(np.stack(outputs), axis=0) for outputs in zip(*found, strict=True)]


def _differ(array: np.ndarray, tensor: Tensor, spread: np.ndarray | float = 0.0) -> bool:
    expected = tensor.detach().resolve_conj().numpy()
    if array.shape != expected.shape or array.dtype != expected.dtype:
        return True
    if expected.dtype.kind != "f":
        return bool(
            ((array != expected) & ~(np.abs(array.astype(float) - expected) <= 2 * spread)).sum() > STRAY * array.size
        )
    tolerance = TOLERANCE[tensor.dtype]
    finite = np.abs(expected[np.isfinite(expected)].astype(float))
    scale = finite.max(initial=1) * tolerance * 1e-3  # what cancels to 0 on one side is rounding on the other
    allowed = np.nan_to_num(scale + 2 * spread)  # where torch itself is at no number, nothing is allowed
    near = np.isclose(array.astype(float), expected.astype(float), rtol=tolerance, atol=allowed, equal_nan=True)
    return bool((~near).sum() > STRAY * near.size)


def _culprit(traced: GraphModule, inputs: Mapping[str, Tensor]) -> str | None:
    """The first operator whose result the graph gets wrong, if one does."""
    results = _results(traced, inputs)
    with _ending(traced, list(results)) as names:
        try:
            arrays = _run(lower(traced, inputs, names, scan=False), inputs)
        except (ValueError, UnfitError):
            return None
        spreads = _spreads(traced, inputs)
    compared = zip(results.items(), arrays, spreads, strict=True)
    wrong = (node for (node, result), array, spread in compared if _differ(array, result, spread))
    return next(map(operator_name, wrong), None)


def _results(traced: GraphModule, inputs: Mapping[str, Tensor]) -> dict[Node, Tensor]:
    """What each operator gives for these inputs."""
    results: dict[Node, Tensor] = {}

    class Recorder(Interpreter):
        def run_node(self, node: Node) -> Any:
            result = super().run_node(node)
            if node.op == "call_function" and isinstance(result, Tensor) and not result.is_complex():
                results[node] = result
            return result

    Recorder(traced).run(*inputs.values())
    return results


@contextmanager
def _ending(traced: GraphModule, nodes: list[Node]) -> Iterator[list[str]]:
    """The graph with the results of these operators as its outputs; gives them names."""
    last = traced.graph.output_node()
    kept, last.args = last.args, (tuple(nodes),)
    try:
        yield [f"result.{place}" for place in range(len(nodes))]
    finally:
        last.args = kept
