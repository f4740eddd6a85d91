"""What torch's own export to ONNX, or ONNX Runtime, lacks or gets wrong, by operators that they have and get right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._decomp import core_aten_decompositions, decomposition_table
from torch.utils._pytree import tree_leaves

from .operators import INSTEAD, SINGLE

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


def avg_pool2d_backward(
    gradient: Tensor,
    inputs: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: int | None,
) -> Tensor:
    """The gradient of a mean over windows, by a transposed convolution with a constant.

    Raises:
        ValueError: windows of several sizes.
    """
    kernel, stride, padding = ([*each] * (2 // len(each)) for each in (kernel, stride or kernel, padding))
    if ceil_mode or (any(padding) and not count_include_pad):
        raise ValueError("means over windows that train must be of equal windows: no ceil_mode, and count_include_pad")
    weight = torch.full((1, 1, *kernel), 1 / (divisor or math.prod(kernel)), dtype=gradient.dtype)
    sizes = zip(inputs.shape[-2:], gradient.shape[-2:], kernel, stride, padding, strict=True)
    rest = [size - ((out - 1) * s - 2 * p + k) for size, out, k, s, p in sizes]
    single = gradient.reshape(-1, 1, *gradient.shape[-2:])
    return aten.convolution(single, weight, None, stride, padding, [1, 1], True, rest, 1).reshape(inputs.shape)


def where(condition: Tensor, chosen: Tensor, other: Tensor) -> Tensor:
    """The choice between truth values by logic: ONNX Runtime chooses between numbers only."""
    if chosen.dtype != torch.bool or other.dtype != torch.bool:
        return NotImplemented  # torch's own is right
    return (condition & chosen) | (~condition & other)


def add(x: Tensor, y: Tensor | bool, *, alpha: float = 1) -> Tensor:
    """The sum of truth values, which is whether one of them holds: ONNX adds numbers only."""
    if x.dtype != torch.bool or (y.dtype if isinstance(y, Tensor) else type(y)) not in (torch.bool, bool) or not alpha:
        return NotImplemented
    return torch.logical_or(x, y if isinstance(y, Tensor) else torch.full((), y))


def scatter(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Truth values are scattered as numbers, and a source is no larger than its index, as ONNX wants them."""
    if x.dtype == torch.bool:
        return x.to(torch.int32).scatter(dim, index, source.to(torch.int32)).bool()
    return NotImplemented if source.shape == index.shape else x.scatter(dim, index, _cut(source, index))


def scatter_add(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A source is no larger than its index, as ONNX wants it."""
    return NotImplemented if source.shape == index.shape else x.scatter_add(dim, index, _cut(source, index))


def _cut(source: Tensor, index: Tensor) -> Tensor:
    return source[tuple(slice(size) for size in index.shape)]


def batch_norm(
    inputs: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor | None,
    variance: Tensor | None,
    training: bool,
    *rest: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalisation in training, with the running statistics that it changes: its own operator does not say so."""
    if not training:
        return NotImplemented  # torch's own is right
    return decomposition_table[aten.native_batch_norm.default](inputs, weight, bias, mean, variance, training, *rest)


def copy_(x: Tensor, source: Tensor, non_blocking: bool = False) -> Tensor:
    """A copy into a larger tensor, which the export leaves as small as its source."""
    if source.shape == x.shape and source.dtype == x.dtype:
        return NotImplemented
    return x.copy_(source.to(x.dtype).expand(x.shape))


def fill_(x: Tensor, number: Tensor) -> Tensor:
    """A tensor filled with a number that is a tensor."""
    return x.copy_(number.expand(x.shape))


def log1p(x: Tensor) -> Tensor:
    """log(1 + x), to a few units in the last place however small x is (Hewlett-Packard's way; Goldberg 1991, theorem 4)."""
    x = _floating(x)
    above = 1 + x
    exact = torch.log(above) * (x / (above - 1))
    return torch.where((above == 1) | (x == torch.inf), x, exact)


def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1, to a few units in the last place however small x is (Kahan; Higham 2002, section 1.14.1)."""
    x = _floating(x)
    power = torch.exp(x)
    exact = torch.where(power - 1 == -1, -1, (power - 1) * (x / torch.log(power)))
    return torch.where((power == 1) | (x == torch.inf), x, torch.where(power == torch.inf, power, exact))


def log_to(base: float) -> Callable[[Tensor], Tensor]:
    """A logarithm in double precision; in single, the page has torch's own."""

    def log(x: Tensor) -> Tensor:
        return torch.log(x) / math.log(base) if x.dtype == torch.float64 else NotImplemented

    return log


def softplus(x: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    """log(1 + exp(beta x)) / beta, and x itself beyond the threshold."""
    return torch.where(x * beta > threshold, x, log1p(torch.exp(x * beta)) / beta)


def log_sigmoid(x: Tensor) -> tuple[Tensor, Tensor]:
    """min(x, 0) - log(1 + exp(-|x|)); the second tensor is a buffer for the gradient, which needs none."""
    return torch.minimum(x, torch.zeros_like(x)) - log1p(torch.exp(-x.abs())), x.new_zeros(0)


def logaddexp(x: Tensor, y: Tensor) -> Tensor:
    """log(exp(x) + exp(y)); two infinities of one sign are their own sum."""
    return torch.where(x == y, x + math.log(2), torch.maximum(x, y) + log1p(torch.exp(-(x - y).abs())))


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)): ONNX Runtime's own is 0 where this is 1e-9."""
    return 1 / (1 + torch.exp(-_floating(x)))


def elu(x: Tensor, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Tensor:
    """x above 0, exp(x) - 1 below, as ELU, SELU and CELU scale it."""
    below = scale * alpha * expm1(torch.where(x > 0, 0.0, x * input_scale))
    return torch.where(x > 0, x * scale, below)


def erfc(x: Tensor) -> Tensor:
    """1 - erf(x), with a relative error below 1.2e-7 in the tail as well (Press et al. 1992, section 6.2).

    Raises:
        ValueError: x is in double precision.
    """
    if x.dtype == torch.float64:
        raise ValueError(f"torch.erfc cannot be run on the page in double precision; {SINGLE}")
    factors = (-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587)
    t = 1 / (1 + 0.5 * x.abs())
    series: Any = 0.17087277
    for factor in reversed((*factors, -0.82215223)):
        series = factor + t * series
    tail = t * torch.exp(series - x * x)
    return torch.where(x < 0, 2 - tail, tail)


LANCZOS = (  # g = 7, n = 9
    0.99999999999980993,
    676.5203681218851,
    -1259.1392167224028,
    771.32342877765313,
    -176.61502916214059,
    12.507343278686905,
    -0.13857109526572012,
    9.9843695780195716e-6,
    1.5056327351493116e-7,
)


def lgamma(x: Tensor) -> Tensor:
    """log |Gamma(x)| by Lanczos' series in double precision, below 1/2 by reflection (Lanczos 1964)."""
    wide = x.double()
    y = torch.where(wide < 0.5, -wide, wide - 1)
    series: Any = LANCZOS[0]
    for place, factor in enumerate(LANCZOS[1:], start=1):
        series = series + factor / (y + place)
    t = y + 7.5
    above = math.log(2 * math.pi) / 2 + (y + 0.5) * torch.log(t) - t + torch.log(series)
    sine = torch.sin(math.pi * (wide - torch.round(wide))).abs()
    below = torch.where(wide == torch.floor(wide), torch.inf, math.log(math.pi) - torch.log(sine) - above)
    result = torch.where(wide < 0.5, below, above)
    return torch.where(wide.abs() == torch.inf, torch.inf, result).to(_floating(x).dtype)


def digamma(x: Tensor) -> Tensor:
    """The derivative of log Gamma in double precision: recurrence, then its asymptotic series, below 0 by reflection."""
    wide = x.double()
    y = torch.where(wide < 0, 1 - wide, wide)
    shift = sum(1 / (y + place) for place in range(10))
    square = 1 / ((y + 10) * (y + 10))
    series: Any = 0.0
    for factor in (1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12):
        series = square * (factor + series)
    above = torch.log(y + 10) - 0.5 / (y + 10) - series - shift
    angle = math.pi * (wide - torch.round(wide))
    below = above - math.pi * torch.sin(math.pi / 2 - angle) / torch.sin(angle)  # ONNX Runtime has no other in double
    result = torch.where(wide < 0, torch.where(wide == torch.floor(wide), torch.nan, below), above)
    return result.to(_floating(x).dtype)


def atan2(y: Tensor, x: Tensor) -> Tensor:
    """The angle of (x, y), on the axes and at signed zeros as well."""
    y, x = _floating(y), _floating(x)
    angle = torch.where(y == 0, 0.0, torch.atan(y.abs() / x.abs()))
    angle = torch.where((y.abs() == torch.inf) & (x.abs() == torch.inf), math.pi / 4, angle)
    angle = torch.where(signbit(x), math.pi - angle, angle)
    angle = torch.where(signbit(y), -angle, angle)
    return torch.where(x.isnan() | y.isnan(), torch.nan, angle)


def angle(x: Tensor) -> Tensor:
    """The angle of a complex number; of a real one pi below 0, and 0 elsewhere."""
    if x.is_complex():
        return atan2(x.imag, x.real)
    x = _floating(x)
    return torch.where(x.isnan(), x, torch.where(x < 0, math.pi, 0.0).to(x.dtype))


def signbit(x: Tensor) -> Tensor:
    """Whether x is negative, or the zero below 0."""
    return (x < 0) | ((x == 0) & (1 / _floating(x) < 0))


def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1; 0 for what is no number."""
    return (x > 0).to(x.dtype) - (x < 0).to(x.dtype)


def trunc(x: Tensor) -> Tensor:
    """Towards 0, which keeps its sign."""
    return torch.where(x < 0, torch.ceil(x), torch.floor(x))


def extreme_of_numbers(pick: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """`fmax` and `fmin`: the other one where one is no number."""

    def extreme(x: Tensor, y: Tensor) -> Tensor:
        return torch.where(x.isnan(), y, torch.where(y.isnan(), x, pick(x, y)))

    return extreme


def place_of_extreme(pick: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`argmax` and `argmin`: the first place of what is no number, if there is one."""
    asked: list[bool] = []

    def place(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        if asked or not x.is_floating_point():
            return NotImplemented  # of numbers alone, torch's own is right
        asked.append(True)
        try:
            numbers = pick(x, dim, keepdim)
        finally:
            asked.pop()
        missing = x.isnan()
        first = torch.argmax(missing.to(torch.int32), dim, keepdim)
        return torch.where(missing.any() if dim is None else missing.any(dim, keepdim), first, numbers)

    return place


def extreme_along(pick: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`amax` and `amin`, of all axes if none is named; NaN if there is one."""
    asked: list[bool] = []

    def extreme(x: Tensor, dim: Sequence[int] = (), keepdim: bool = False) -> Tensor:
        if asked:
            return NotImplemented  # of numbers alone, torch's own is right
        if not x.dim():
            return x.clone()
        axes = list(dim) or list(range(x.dim()))
        asked.append(True)
        try:
            numbers = pick(x, axes, keepdim)
        finally:
            asked.pop()
        if not x.is_floating_point():
            return numbers
        return torch.where(x.isnan().to(torch.int32).sum(axes, keepdim) > 0, torch.nan, numbers)

    return extreme


def clamp(x: Tensor, low: float | None = None, high: float | None = None) -> Tensor:
    """Of two bounds the page has torch's own; where it has one, the other is the largest number below infinity."""
    if not x.is_floating_point() or (low is None) == (high is None):
        return NotImplemented
    if low is None:
        return torch.minimum(x, torch.full((), high or 0.0, dtype=x.dtype))
    return torch.maximum(x, torch.full((), low, dtype=x.dtype))


def extreme_of_all(pick: Callable[..., Tensor]) -> Callable[[Tensor], Tensor]:
    """`max` and `min` of all numbers; NaN if there is one."""
    return lambda x: pick(x) if x.is_floating_point() and x.dim() else NotImplemented


def extreme_and_place(pick: Callable[..., Tensor], place: Callable[..., Tensor]) -> Callable[..., Any]:
    """`max` and `min` along an axis, and their first places; NaN if there is one."""

    def extreme(x: Tensor, dim: int, keepdim: bool = False) -> Any:
        if not x.is_floating_point() or not x.dim():
            return NotImplemented
        return pick(x, dim, keepdim), place(x, dim, keepdim)

    return extreme


def running(combine: Callable[[Tensor, Tensor], Tensor], x: Tensor, dim: int) -> Tensor:
    """What `combine` makes of all entries up to each one, in log2(n) rounds (Hillis & Steele 1986)."""
    shift, length = 1, x.shape[dim] if x.dim() else 1
    while shift < length:
        ahead = combine(x.narrow(dim, 0, length - shift), x.narrow(dim, shift, length - shift))
        x, shift = torch.cat([x.narrow(dim, 0, shift), ahead], dim), 2 * shift
    return x


def floor_divide(x: Any, y: Any) -> Tensor:
    """x // y: of whole numbers as ONNX divides them, of others by their remainder as in torch, never by rounding x / y."""
    kind = torch.result_type(x, y)
    if not kind.is_floating_point and isinstance(x, Tensor) and isinstance(y, Tensor) and x.dtype == y.dtype:
        return NotImplemented
    x, y = (each.to(kind) if isinstance(each, Tensor) else torch.full((), each, dtype=kind) for each in (x, y))
    if not kind.is_floating_point:
        return torch.floor_divide(x, y)
    rest = torch.fmod(x, y)
    exact = (x - rest) / y
    exact = torch.where((rest != 0) & ((y < 0) != (rest < 0)), exact - 1, exact)
    whole = torch.floor(exact)
    whole = torch.where(exact - whole > 0.5, whole + 1, whole)
    return torch.where(y == 0, x / y, whole)


def remainder(x: Any, y: Any) -> Tensor:
    """x % y of numbers that are not whole, by C's own remainder as in torch, never by a quotient: its sign is y's."""
    kind = torch.result_type(x, y)
    if not kind.is_floating_point:
        return NotImplemented
    x, y = (each.to(kind) if isinstance(each, Tensor) else torch.full((), each, dtype=kind) for each in (x, y))
    rest = torch.fmod(x, y)
    return torch.where((rest != 0) & ((y < 0) != (rest < 0)), rest + y, rest)


def power(x: Tensor, exponent: float) -> Tensor:
    """The powers that torch takes by a root, which is not that of an infinite number below 0 as C's power is."""
    if not x.is_floating_point() or abs(exponent) != 0.5:
        return NotImplemented
    return torch.sqrt(x) if exponent > 0 else torch.rsqrt(x)


def divide(x: Any, y: Any, *, rounding_mode: str | None = None) -> Tensor:
    """`torch.div` with a rounding mode."""
    if rounding_mode is None:
        return NotImplemented
    if rounding_mode == "floor":
        return torch.floor_divide(x, y)
    if torch.result_type(x, y).is_floating_point:
        return trunc(x / y)
    down = torch.floor_divide(x, y)
    return down + ((down < 0) & (torch.remainder(x, y) != 0)).to(down.dtype)


def cdist(x: Tensor, y: Tensor, p: float, compute_mode: int | None = None) -> Tensor:
    """The p-norms of all differences."""
    apart = x.unsqueeze(-2) - y.unsqueeze(-3)
    return torch.linalg.vector_norm(apart, p, -1) if p else torch.where(apart.isnan(), apart, apart != 0).sum(-1)


def dist(x: Tensor, y: Tensor, p: float = 2) -> Tensor:
    """The p-norm of a difference."""
    return torch.linalg.vector_norm(x - y, p)


def vector_norm(
    x: Tensor, order: float = 2, dim: Sequence[int] | None = None, keepdim: bool = False, **rest: Any
) -> Tensor:
    """The largest or the smallest number; of other norms, torch's own is right."""
    if not math.isinf(order) or rest.get("dtype") is not None:
        return NotImplemented
    return (torch.amax if order > 0 else torch.amin)(x.abs(), tuple(dim or ()), keepdim)


def cumprod(x: Tensor, dim: int, dtype: torch.dtype | None = None) -> Tensor:
    """Running products."""
    wanted = dtype or (x.dtype if x.is_floating_point() else torch.int64)
    return running(torch.mul, x.to(wanted), dim)


def logcumsumexp(x: Tensor, dim: int) -> Tensor:
    """Running log(exp(x_1) + exp(x_2) + ...), however large x is."""
    return running(logaddexp, x, dim)


def running_extreme(pick: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., tuple[Tensor, Tensor]]:
    """`cummax` and `cummin`: running extremes, and the last places that reach them."""

    def extreme(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
        values = running(pick, x, dim)
        counts = torch.arange(x.shape[dim]).reshape([-1] + [1] * (x.dim() - 1 - dim % x.dim()))
        reached = torch.where((x == values) | x.isnan(), counts, 0)
        return values, running(torch.maximum, reached, dim)

    return extreme


def sorted_along(x: Tensor, dim: int = -1, descending: bool = False) -> tuple[Tensor, Tensor]:
    """Truth values are sorted as numbers."""
    if x.dtype != torch.bool:
        return NotImplemented
    values, places = torch.sort(x.to(torch.int32), dim=dim, descending=descending)
    return values.bool(), places


def sorted_stably(
    x: Tensor, *, stable: bool | None = None, dim: int = -1, descending: bool = False
) -> tuple[Tensor, Tensor]:
    """As sorting always is on the page."""
    return torch.sort(x, dim=dim, descending=descending)


def kthvalue(x: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The k-th smallest number along an axis, and its place."""
    values, places = (each.narrow(dim, k - 1, 1) for each in torch.sort(x, dim=dim))
    return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))


def median_along(x: Tensor, dim: int = -1, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The middle number along an axis, the lower one of two, and its place; NaN if there is one."""
    values, places = kthvalue(x, (x.shape[dim] - 1) // 2 + 1, dim, True)
    if x.is_floating_point():
        missing = x.isnan().to(torch.int32).sum(dim, True) > 0
        values = torch.where(missing, torch.nan, values)
        places = torch.where(missing, torch.argmax(x.isnan().to(torch.int32), dim, True), places)
    return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))


def searchsorted(
    edges: Tensor, x: Tensor, out_int32: bool = False, right: bool = False, side: str | None = None, sorter: Any = None
) -> Tensor:
    """How many edges lie below x, or up to x from the right; above all of them is what is no number.

    Raises:
        ValueError: edges that are not sorted.
    """
    if sorter is not None:
        raise ValueError("torch.searchsorted has no sorter on the page; sort the edges first")
    edges, x = edges.unsqueeze(-2), x.unsqueeze(-1)
    beyond = edges > x if right or side == "right" else edges >= x
    return (~beyond).to(torch.int32).sum(-1, dtype=torch.int32 if out_int32 else torch.int64)


def bucketize(x: Tensor, edges: Tensor, out_int32: bool = False, right: bool = False) -> Tensor:
    """`searchsorted` with its arguments exchanged."""
    return searchsorted(edges, x, out_int32, right)


def median(x: Tensor) -> Tensor:
    """The middle number, the lower one of two; NaN if there is one."""
    ordered = x.flatten().sort().values[(x.numel() - 1) // 2]
    return torch.where(x.isnan().any(), torch.nan, ordered) if x.is_floating_point() else ordered


def refused(operation: str) -> Callable[..., Tensor]:
    """An operator that the page has, or its parts, but with other numbers."""

    def refuse(*arguments: Any, **keywords: Any) -> Tensor:
        raise ValueError(f"{operation} is not on the page as torch has it; {INSTEAD[operation]}")

    return refuse


def _floating(x: Tensor) -> Tensor:
    return x if x.is_floating_point() else x.to(torch.get_default_dtype())


def narrows(value: Any, kind: Any) -> bool:
    """Whether an argument of this kind is a number that single precision does not hold."""
    kind = kind.getElementType() if kind.kind() == "OptionalType" else kind
    if not isinstance(value, int | float) or kind.kind() not in ("NumberType", "FloatType", "TensorType"):
        return False
    with np.errstate(over="ignore"):
        return value == value and float(np.float32(value)) != value


def _wide(number: float) -> Tensor:
    return torch.full((), number, dtype=torch.float64)


def _add_wide(x: Any, y: Any, *, alpha: float = 1) -> Tensor:
    return x + _wide(alpha) * (y.to(torch.result_type(x, y)) if isinstance(y, Tensor) else y)


def _clamp_wide(x: Tensor, low: float | None = None, high: float | None = None) -> Tensor:
    return torch.clamp(x, *(None if each is None else _wide(each) for each in (low, high)))


def _full_wide(size: Sequence[int], number: float, **_: Any) -> Tensor:
    return _wide(number).expand(size).clone() if size else NotImplemented  # a single number is folded into a constant


def _full_like_wide(x: Tensor, number: float, *, dtype: torch.dtype | None = None, **_: Any) -> Tensor:
    return _wide(number).to(dtype or x.dtype).expand(x.shape).clone()


def _arange_wide(start: float, end: float, step: float = 1, **_: Any) -> Tensor:
    return _wide(start) + _wide(step) * torch.arange(math.ceil((end - start) / step)).double()


def _scalar_wide(number: float, **_: Any) -> Tensor:
    return _wide(number)


def _pad_wide(x: Tensor, widths: Sequence[int], number: float) -> Tensor:
    inside = torch.constant_pad_nd(torch.ones_like(x, dtype=torch.float32), widths) > 0
    return torch.where(inside, torch.constant_pad_nd(x, widths), _wide(number))


def _scatter_wide(x: Tensor, dim: int, index: Tensor, number: float) -> Tensor:
    return x.scatter(dim, index, _wide(number).expand(index.shape))


# What becomes of an operator in double precision when single precision does not hold one of its numbers.
WIDE: dict[Any, Callable[..., Any]] = {
    aten.add.Tensor: _add_wide,
    aten.sub.Tensor: lambda x, y, *, alpha: _add_wide(x, y, alpha=-alpha),
    aten.clamp.default: _clamp_wide,
    aten.full.default: _full_wide,
    aten.full_like.default: _full_like_wide,
    aten.arange.start_step: _arange_wide,
    aten.constant_pad_nd.default: _pad_wide,
    aten.scalar_tensor.default: _scalar_wide,
    aten.scatter.value: _scatter_wide,
}
# What ONNX or the export lacks in double precision, or has in single, though not its parts.
BY_PARTS = {
    aten.gelu.default,
    aten.hardtanh.default,
    aten.leaky_relu.default,
    aten.linalg_vector_norm.default,
    aten.native_group_norm.default,
    aten.native_layer_norm.default,
}


def in_double(operator: Any, own: Callable[..., Any] | None) -> Callable[..., Any]:
    """An operator that keeps its numbers in double precision: the export writes every number in single precision.

    Args:
        operator: one of torch's.
        own: its decomposition, if it has one.
    """
    kinds = {argument.name: argument.type for argument in operator._schema.arguments}
    tensors = {name for name, kind in kinds.items() if kind.kind() == "TensorType"}
    if operator._overloadname in ("Scalar", "Tensor_Scalar"):  # there is one for a tensor in its place
        tensors |= {"self", "other", "exponent", "value"}

    def decomposed(*arguments: Any, **keywords: Any) -> Any:
        if own is not None and (result := own(*arguments, **keywords)) is not NotImplemented:
            return result
        given = dict(zip(kinds, arguments, strict=False)) | keywords
        types = [keywords.get("dtype"), *(each.dtype for each in tree_leaves(given) if isinstance(each, Tensor))]
        if torch.float64 not in types:
            return NotImplemented
        numbers = {name for name, value in given.items() if narrows(value, kinds[name])}
        if numbers and numbers <= tensors:
            given |= {name: _wide(given[name]) for name in numbers}
            named = {name: given[name] for name in keywords}
            return operator.overloadpacket(*(each for name, each in given.items() if name not in named), **named)
        if numbers and operator in WIDE:
            return WIDE[operator](*arguments, **keywords)
        parts = decomposition_table.get(operator) if numbers or operator in BY_PARTS else None
        return NotImplemented if parts is None else parts(*arguments, **keywords)

    return decomposed


DECOMPOSITIONS: dict[Any, Callable[..., Any]] = {
    aten.convolution_backward.default: convolution_backward,
    aten.avg_pool2d_backward.default: avg_pool2d_backward,
    aten.where.self: where,
    aten.add.Tensor: add,
    aten.scatter.src: scatter,
    aten.scatter_add.default: scatter_add,
    aten.native_batch_norm.default: batch_norm,
    aten.copy_.default: copy_,
    aten.fill_.Tensor: fill_,
    aten.log1p.default: log1p,
    aten.expm1.default: expm1,
    aten.log2.default: log_to(2),
    aten.log10.default: log_to(10),
    aten.softplus.default: softplus,
    aten.log_sigmoid_forward.default: log_sigmoid,
    aten.logaddexp.default: logaddexp,
    aten.sigmoid.default: sigmoid,
    aten.elu.default: elu,
    aten.erfc.default: erfc,
    aten.lgamma.default: lgamma,
    aten.digamma.default: digamma,
    aten.atan2.default: atan2,
    aten.angle.default: angle,
    aten.signbit.default: signbit,
    aten.sign.default: sign,
    aten.trunc.default: trunc,
    aten.fmax.default: extreme_of_numbers(torch.maximum),
    aten.fmin.default: extreme_of_numbers(torch.minimum),
    aten.argmax.default: place_of_extreme(torch.argmax),
    aten.argmin.default: place_of_extreme(torch.argmin),
    aten.amax.default: extreme_along(torch.amax),
    aten.amin.default: extreme_along(torch.amin),
    aten.clamp.default: clamp,
    aten.clamp_min.default: clamp,
    aten.clamp_max.default: lambda x, high: clamp(x, None, high),
    aten.max.default: extreme_of_all(torch.amax),
    aten.min.default: extreme_of_all(torch.amin),
    aten.max.dim: extreme_and_place(torch.amax, torch.argmax),
    aten.min.dim: extreme_and_place(torch.amin, torch.argmin),
    aten.sort.default: sorted_along,
    aten.searchsorted.Tensor: searchsorted,
    aten.bucketize.Tensor: bucketize,
    aten.median.default: median,
    aten.median.dim: median_along,
    aten.kthvalue.default: kthvalue,
    aten.sort.stable: sorted_stably,
    aten.floor_divide.default: floor_divide,
    aten.floor_divide.Scalar: floor_divide,
    aten.remainder.Tensor: remainder,
    aten.remainder.Scalar: remainder,
    aten.remainder.Scalar_Tensor: remainder,
    aten.pow.Tensor_Scalar: power,
    aten.div.Tensor_mode: divide,
    aten.div.Scalar_mode: divide,
    aten._cdist_forward.default: cdist,
    aten.dist.default: dist,
    aten.linalg_vector_norm.default: vector_norm,
    aten.cumprod.default: cumprod,
    aten.logcumsumexp.default: logcumsumexp,
    aten.cummax.default: running_extreme(torch.maximum),
    aten.cummin.default: running_extreme(torch.minimum),
    aten.special_log_ndtr.default: refused("torch.special_log_ndtr"),
    aten._linalg_det.default: refused("torch.linalg_det"),
    aten.special_erfcx.default: refused("torch.special_erfcx"),
}


@cache
def decompositions() -> dict[Any, Callable[..., Any]]:
    """All decompositions that a trace is made with, by operator."""
    owns = {**core_aten_decompositions(), **DECOMPOSITIONS}
    operators = [each for each in {*decomposition_table, *owns, *WIDE} if isinstance(each, torch._ops.OpOverload)]
    return owns | {each: in_double(each, owns.get(each)) for each in operators}
