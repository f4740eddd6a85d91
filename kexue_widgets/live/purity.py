"""Whether a model's functions are pure: the same result for the same state, noise and controls, and nothing else changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._pytree import keystr, tree_flatten_with_path, tree_leaves, tree_structure
from torch.utils.weak import WeakIdKeyDictionary

from .noise import Noise
from .programs import arrays_of, call, copied, one_thread

GENERATORS: dict[str, Callable[[], Any]] = {
    "torch": lambda: torch.get_rng_state().numpy().tobytes(),
    "numpy.random": lambda: repr(np.random.get_state(legacy=False)),
    "random": random.getstate,
}
HALF = (torch.float16, torch.bfloat16)


@one_thread()
def complaint(functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Any]) -> str | None:
    """What a model's functions do that a page cannot, in a sentence; None if they are pure.

    Each is called twice, with the same noise and copies of the same state and controls.

    Args:
        functions: "frame" and, for a stateful model, "start" and "step".
        controls: tensors, and labels that pick a graph, by name.
    """
    try:
        return _complaint(functions, controls)
    except _Lacking as lacking:
        return str(lacking)


def _complaint(functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Any]) -> str | None:
    state: list[Any] = []
    after: Any = None
    for name in ("start", "step", "frame"):
        if name not in functions:
            continue
        results: list[Any] = []
        changed: list[str] = []
        generators = {each: read() for each, read in GENERATORS.items()}
        for again in (False, True):
            given = copied((state, dict(controls)))
            # What it makes but once and keeps may be made in ways that a page lacks: kinds are told from then on.
            result, changed = _run(functions[name], given[1], *given[0], kinds=again)
            results.append(copied(arrays_of(functions[name], result) if name == "frame" else result))
            if said := _changed(state, given[0], "its state") or _changed(controls, given[1], "its controls"):
                return f"{functions[name].__qualname__} {said}"
        said = None if name == "frame" else no_state(result)
        if not said and not _same(*results):
            moved = [each for each, before in generators.items() if GENERATORS[each]() != before]
            said = _impure(moved, changed)
        if not said and name == "step":
            said = other_state(state[0], result)
        if said:
            return f"{functions[name].__qualname__} {said}"
        if name == "start":
            state = results[:1]
        elif name == "step":
            after = results[0]
        elif state:
            # The frame of a state once a step has been made of another: nothing but the state may go on between the two.
            _run(functions["step"], copied(dict(controls)), copied(after))
            if not _same(result, _run(functions[name], copied(dict(controls)), copied(state[0]))[0]):
                return f"{functions[name].__qualname__} {_impure([], changed)}"
    return None


def _run(
    function: Callable[..., Any], controls: Mapping[str, Any], *state: Any, kinds: bool = True
) -> tuple[Any, list[str]]:
    """What a function gives, and the functions of torch by which it changes tensors from outside."""
    # There both times, since torch computes in another way where it is looked at, as attention does.
    with _Look(function.__qualname__, (controls, state), kinds) as look:
        result = call(function, Noise.from_generator(np.random.RandomState(0)), controls, *state)
    return result, list(look.changed)


def no_state(state: Any) -> str | None:
    """Why this is no state, in words; None if it is one."""
    leaves = tree_flatten_with_path(state)[0]
    if not leaves:
        return f"returns the state {state!r}, which holds no tensor; a model without a state has frame only"
    for path, leaf in leaves:
        if not isinstance(leaf, Tensor):
            number = isinstance(leaf, int | float | complex)
            return f"has {leaf!r} in the state{keystr(path)}, of type {type(leaf).__name__}; a state holds tensors" + (
                f": torch.tensor({leaf!r})" if number else ""
            )
        if leaf.is_complex():
            return f"has {leaf.dtype} in the state{keystr(path)}; a state holds real numbers: torch.view_as_real(...)"
        if said := lacks(leaf):
            return f"has in the state{keystr(path)} {said}"
    return None


def lacks(tensor: Tensor) -> str | None:
    """Which kind of tensor a page lacks that this one is, and what can stand in its place; None if the page has it."""
    if type(tensor).__torch_dispatch__ is not Tensor.__torch_dispatch__:
        return f"a {type(tensor).__name__}, which the page lacks; compute with plain tensors"
    if tensor.is_nested:
        return "a nested tensor, which the page lacks; pad it to the longest, and mask what was added"
    if tensor.layout != torch.strided:
        return f"a tensor with the layout {tensor.layout}, which the page lacks; make it dense: .to_dense()"
    if tensor.is_quantized:
        return f"a tensor of {tensor.dtype}, which the page lacks; compute with torch.round and torch.clamp"
    if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.float64):
        return f"a tensor of {tensor.dtype}, which the page lacks; compute with torch.float32"
    if tensor.device.type != "cpu":
        return f"a tensor on the device {tensor.device}, which the page lacks; keep it on the CPU"
    return None


def torch_name(function: Any) -> str:
    """A function of torch as a reader writes it."""
    return (resolve_name(function) or f"torch.{getattr(function, '__name__', '...')}").replace(
        "torch.Tensor.", "torch."
    )


class _Lacking(Exception):
    """A model makes or is given a tensor of a kind that the page lacks."""


class _Look(TorchFunctionMode):
    """Looks at what functions of torch take and make: no kind that the page lacks, and what they change in place.

    Args:
        where: the model's function.
        given: what it may change.
        kinds: whether to complain of those that a page lacks.
    """

    def __init__(self, where: str, given: Any, kinds: bool) -> None:
        super().__init__()
        self.where = where
        self.kinds = kinds
        self.own = WeakIdKeyDictionary({each: None for each in tree_leaves(given) if isinstance(each, Tensor)})
        self.changed: dict[str, None] = {}

    def __torch_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), keywords: Mapping[str, Any] | None = None
    ) -> Any:
        taken = [each for each in tree_leaves((arguments, keywords)) if isinstance(each, Tensor)]
        versions = [each._version for each in taken]
        result = function(*arguments, **(keywords or {}))
        name = torch_name(function)
        made = [each for each in tree_leaves(result) if isinstance(each, Tensor)]
        kept = [each for each in taken if each.dtype not in HALF]  # constants may be kept so, and made single again
        for each in [*made, *kept] if self.kinds else []:
            if said := lacks(each):
                raise _Lacking(f"{self.where} has, by {name}, {said}")
        if any(each._version > before and each not in self.own for each, before in zip(taken, versions, strict=True)):
            self.changed[name] = None
        self.own |= dict.fromkeys(made)
        return result


def other_state(before: Any, after: Any) -> str | None:
    """How the state after a step is unlike the one before it, in words; None if it is like it."""
    said = unlike(before, after)
    return f"must return a state like the one it is given{said}" if said else None


def unlike(one: Any, other: Any) -> str | None:
    """How two states are unlike, to be put behind a clause; None if they are alike."""
    first, second = (
        {f"state{keystr(path)}": (*leaf.shape, str(leaf.dtype)) for path, leaf in tree_flatten_with_path(state)[0]}
        for state in (one, other)
    )
    if first == second:
        same = tree_structure(one) == tree_structure(other)
        return None if same else ", with its parts in the same order"
    differ = [key for key in first | second if first.get(key) != second.get(key)]
    return ": " + "; ".join(
        f"{key} is {first.get(key, 'not there')}, then {second.get(key, 'not there')}" for key in differ
    )


def _changed(before: Any, after: Any, what: str) -> str | None:
    return (
        None if _same(before, after) else f"changes {what} in place; make a new tensor instead: x = x * 2, not x *= 2"
    )


def _impure(moved: list[str], changed: list[str]) -> str:
    if moved:
        return f"draws random numbers aside from noise ({', '.join(moved)}); take them from noise instead"
    if changed:
        return (
            f"gives other results the second time, since it changes a tensor outside of it in place ({', '.join(changed)}); "
            "what goes on from step to step belongs in the state, and a layer that keeps statistics, such as BatchNorm, in "
            ".eval() or in live.Training"
        )
    return (
        "gives other results the second time, for the same state, noise and controls: it counts calls, or follows from "
        "something outside that changes; what goes on from step to step belongs in the state, and chance in noise"
    )


def _same(one: Any, other: Any) -> bool:
    first, second = (
        [leaf.detach().numpy().tobytes() if isinstance(leaf, Tensor) else repr(leaf) for leaf in tree_leaves(tree)]
        for tree in (one, other)
    )
    return first == second
