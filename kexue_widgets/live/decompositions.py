"""What torch's own export to ONNX lacks or gets wrong for training steps, put right in the traced graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.fx import GraphModule

aten = torch.ops.aten


def convolution_backward(
    gradient: Tensor,
    inputs: Tensor,
    weight: Tensor,
    bias_sizes: Sequence[int] | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
    wanted: Sequence[bool],
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """Gradients of a convolution, or of a transposed one, by convolutions; ONNX has no operator for them.

    That of the weight is a convolution of the inputs by the gradient, with channels and samples exchanged, and with
    stride and dilation exchanged.

    Raises:
        ValueError: a convolution in groups.
    """
    if groups != 1:
        raise ValueError(f"convolutions that train must have one group, got {groups}")
    none = [0] * len(stride)
    by_inputs = by_weight = by_bias = None
    if wanted[0] and transposed:
        by_inputs = aten.convolution(gradient, weight, None, stride, padding, dilation, False, none, 1)
    elif wanted[0]:
        sizes = zip(inputs.shape[2:], gradient.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
        rest = [size - ((out - 1) * s - 2 * p + d * (k - 1) + 1) for size, out, k, s, p, d in sizes]
        by_inputs = aten.convolution(gradient, weight, None, stride, padding, dilation, True, rest, 1)
    if wanted[1]:
        seen, kernel = (gradient, inputs) if transposed else (inputs, gradient)
        seen, kernel = seen.transpose(0, 1), kernel.transpose(0, 1)
        by_weight = aten.convolution(seen, kernel, None, dilation, padding, stride, False, none, 1).transpose(0, 1)
        for axis in range(2, weight.dim()):  # more than the weight's own places, where a stride left some input over
            by_weight = by_weight.narrow(axis, 0, weight.shape[axis])
    if wanted[2]:
        by_bias = gradient.sum([0, *range(2, gradient.dim())])
    return by_inputs, by_weight, by_bias


def where(condition: Tensor, chosen: Tensor, other: Tensor) -> Tensor:
    """The choice between truth values by logic: ONNX Runtime chooses between numbers only."""
    if chosen.dtype != torch.bool or other.dtype != torch.bool:
        return NotImplemented  # torch's own is right
    return (condition & chosen) | (~condition & other)


DECOMPOSITIONS: dict[Any, Callable[..., Any]] = {
    aten.convolution_backward.default: convolution_backward,
    aten.where.self: where,
}


def keep_small_numbers(traced: GraphModule) -> None:
    """Write x + 1e-8 as (x / 1e-8 + 1) 1e-8: the export drops additions of numbers up to 1e-8, which it takes for 0.

    An optimiser's epsilon is such a number, and without it a gradient that is 0 from the start becomes 0/0.
    """
    for node in traced.graph.find_nodes(op="call_function", target=aten.add.Tensor):
        inputs, number = node.args
        if isinstance(number, float) and 0 < abs(number) <= 1e-7 and not node.kwargs:
            with traced.graph.inserting_before(node):
                scaled = traced.graph.call_function(aten.div.Tensor, (inputs, number))
                moved = traced.graph.call_function(aten.add.Tensor, (scaled, 1.0))
                small = traced.graph.call_function(aten.mul.Tensor, (moved, number))
            node.replace_all_uses_with(small)
            traced.graph.erase_node(node)
    traced.recompile()
