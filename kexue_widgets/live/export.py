"""From torch to ONNX: a model's functions as graphs that the page can run.

A function is looked at for purity, traced to torch's core operators (`tracing.py`), lowered to ONNX (`lowering.py`) and
compared with torch (`comparison.py`). Exports take seconds, so they are cached on disk under a hash of the traced program,
and several are made at a time. Tracing takes a second, too: what the package's own functions were traced to is known by a
hash of all they can read.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from operator import itemgetter
from typing import Any

import joblib
import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_unflatten

from .. import BOOK, progress
from ..cache import Cache
from ..sources import code_hash, module_file, syntax
from .comparison import check_numbers, unfit
from .controls import Control
from .lowering import UnfitError, lower
from .noise import Noise
from .programs import Values, arrays_of, call, check_functions, controls_of, copied
from .purity import complaint, other_state, unlike
from .reachable import Found, reachable
from .tracing import trace

CACHE = Cache("graphs")
# What decides how a traced program is written: modules beside this one, and packages.
WRITERS = ("export", "tracing", "lowering", "decompositions", "comparison")
EXPORTERS = ("torch", "onnx", "onnxscript", "onnx-ir", "numpy")


@dataclass(frozen=True)
class Variant:
    """One graph of a function: the choices it stands for, and how many uniform numbers a call (or a step) takes."""

    when: dict[str, str]
    noise: int
    graph: bytes

    @property
    def identifier(self) -> str:
        """A short name for the graph, the same for equal graphs."""
        return hashlib.sha256(self.graph).hexdigest()[:16]

    def fits(self, values: Values) -> bool:
        """Whether this graph is the one for these control values."""
        return all(values[name] == label for name, label in self.when.items())


Graphs = dict[str, list[Variant]]  # function name -> its variants


def export_model(
    functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Control], values: Values
) -> Graphs:
    """Export "frame" and, for a stateful model, "start" and "step", once for every combination of their choices.

    Args:
        functions: the model.
        controls: the explorer's controls by name.
        values: control values to trace with; graphs hold for all values of sliders and toggles.

    Raises:
        ValueError: a function cannot be exported; the text says why.
    """
    check_functions(functions, controls)
    every = {name: control.tensor(values[name]) for name, control in controls.items()}
    if said := complaint(functions, every):
        raise ValueError(said)
    _check_starts(functions, controls, every)
    jobs = [job for name in functions for job in _jobs(name, functions, controls, values)]
    made = {index: variant for index, job in enumerate(jobs) if (variant := _known(job)) is not None}
    missing = [index for index in range(len(jobs)) if index not in made]
    # A process of its own spends as long on its imports as on a few graphs; it finds the package's functions by name. While a
    # book is built, its chapters keep all cores at work.
    workers = -1 if len(missing) > 4 and jobs[0].key and not os.environ.get(BOOK) else 1
    found = joblib.Parallel(workers, return_as="generator")(joblib.delayed(_variant)(jobs[index]) for index in missing)
    progress.note(progress.WANTED, len(missing))
    for index, (key, variant) in zip(missing, found, strict=True):
        progress.note(progress.MADE)
        CACHE.put(key, variant.graph)  # the others may have had nowhere to keep it
        _note(jobs[index], key, variant.noise)
        made[index] = variant
    graphs: Graphs = {name: [] for name in functions}
    for index, job in enumerate(jobs):
        graphs[job.name].append(made[index])
    return graphs


def _check_starts(
    functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Control], every: Mapping[str, Any]
) -> None:
    """Raise a ValueError if one graph of step or frame would meet states of several kinds: for labels that only start knows."""
    if "start" not in functions:
        return
    choices = {
        each: labels for each in controls_of(functions["start"], controls) if (labels := controls[each].graph_labels())
    }
    whens = [dict(zip(choices, labels, strict=True)) for labels in itertools.product(*choices.values())]
    states = [_dry_run(functions["start"], {**every, **when}, seed=0)[0] for when in whens]
    for name in ("step", "frame"):
        known = controls_of(functions[name], controls)
        first: dict[tuple[str, ...], Any] = {}
        for when, state in zip(whens, states, strict=True):
            before = first.setdefault(tuple(label for each, label in when.items() if each in known), state)
            if said := unlike(before, state):
                raise ValueError(
                    f"{functions['start'].__qualname__} must make states of one kind for all labels of "
                    f"{', '.join(each for each in choices if each not in known)}, or {functions[name].__qualname__} must "
                    f"take that control as well{said}"
                )


def as_json(graphs: Graphs) -> dict[str, Any]:
    """Which graph a page runs for which function and choices."""
    return {
        name: [{"when": each.when, "graph": each.identifier, "noise": each.noise} for each in variants]
        for name, variants in graphs.items()
    }


def packed(graphs: Graphs) -> dict[str, str]:
    """Each distinct graph once, by its identifier: gzip in base64."""
    distinct = {each.identifier: each.graph for variants in graphs.values() for each in variants}
    return {name: base64.b64encode(gzip.compress(graph, mtime=0)).decode() for name, graph in distinct.items()}


@dataclass(frozen=True)
class _Job:
    """One graph to be made: of the function `name`, for the choices in `when`."""

    name: str
    functions: dict[str, Callable[..., Any]]
    samples: list[dict[str, Any]]  # the controls as tensors: as they stand, all at one end, all at the other
    used: list[str]
    when: dict[str, str]
    key: str | None  # what the graph is known by before it is traced, but for the tensors in reach
    reach: list[str]  # hashes of these


def _jobs(
    name: str, functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Control], values: Values
) -> Iterator[_Job]:
    used = {each: controls[each] for each in controls_of(functions[name], controls)}
    choices = {each: labels for each, control in used.items() if (labels := control.graph_labels())}
    found = _source(functions, controls)
    for labels in itertools.product(*choices.values()):
        when = dict(zip(choices, labels, strict=True))
        ends = [{each: control.ends()[end] for each, control in controls.items() if control.ends()} for end in (0, -1)]
        samples = [
            {each: control.tensor({**values, **end, **when}[each]) for each, control in controls.items()}
            for end in ({}, *ends)
        ]
        shapes = [each.shape for each in samples[0].values() if isinstance(each, Tensor)]
        key = repr((found.all, name, when, shapes)) if found else None
        yield _Job(name, dict(functions), samples, list(used), when, key, found.tensors if found else [])


def _source(functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Control]) -> Found | None:
    """What the graphs follow from, if that is the package alone. A reader's own function may depend on anything."""
    modules = sorted({module for each in functions.values() if (module := getattr(each, "__module__", None))})
    given = [(name, type(control), getattr(control, "options", None)) for name, control in controls.items()]
    found = reachable(functions, given, str(torch.get_default_dtype()))
    if found is None:
        return None
    code = code_hash(f"import {module}" for module in [__name__, *modules])
    return found._replace(all=repr((code, _writers(), found.all)))


def _known(job: _Job) -> Variant | None:
    noted = _noted(job)
    if noted is None or any(each not in (None, now) for each, now in zip(noted["reach"], job.reach, strict=True)):
        return None
    graph = CACHE.find(noted["graph"])
    return Variant(job.when, noted["noise"], graph) if graph is not None else None


def _noted(job: _Job) -> dict[str, Any] | None:
    """What was noted of a function that differs in nothing but tensors: the graph, and the tensors that it may follow from."""
    content = job.key and CACHE.find(job.key)
    return json.loads(content) if content else None


def _note(job: _Job, graph: str, count: int) -> None:
    """Note what a function was traced to. Where nothing but a tensor has changed, and the graph has not, as with weights that
    are drawn at random by each process and again by the model, the graph does not follow from that tensor: None."""
    if job.key is not None:
        reach: list[str | None] = [*job.reach]
        earlier = _noted(job)
        if earlier is not None and earlier["graph"] == graph:
            reach = [now if now == then else None for now, then in zip(reach, earlier["reach"], strict=True)]
        CACHE.put(job.key, json.dumps({"graph": graph, "noise": count, "reach": reach}).encode())


def _variant(job: _Job) -> tuple[str, Variant]:
    """A graph, and what it is kept by."""
    try:
        return _exported(job)
    except ValueError as error:
        raise ValueError(f"{job.functions[job.name].__qualname__}: {error}") from error


def _exported(job: _Job) -> tuple[str, Variant]:
    name, functions, used, when = job.name, job.functions, job.used, job.when
    function = functions[name]
    tree: Any = None
    count = 0

    def example(tensors: Mapping[str, Any], seed: int) -> dict[str, Tensor]:
        """Inputs for these controls; the state comes from start, so that start and step cannot disagree about it."""
        nonlocal tree, count
        state = (
            [] if name == "start" or "start" not in functions else [_dry_run(functions["start"], tensors, seed=seed)[0]]
        )
        _, count = _dry_run(function, tensors, *state, seed=seed)
        leaves, tree = tree_flatten(state)
        # Cloned, since a state may hold one tensor twice and tracing would take the two for one.
        inputs = {f"state.{index}": leaf.clone() for index, leaf in enumerate(leaves)}
        inputs["noise"] = torch.rand(max(count, 1), generator=torch.Generator().manual_seed(seed), dtype=torch.float32)
        return inputs | {f"control.{each}": tensors[each] for each in used if each not in when}

    inputs = example(job.samples[0], seed=0)
    needed = count
    strings = {each: job.samples[0][each] for each in when}
    outputs: list[str] = []

    def flat(*flat_inputs: Tensor) -> tuple[Tensor, ...]:
        given = dict(zip(inputs, flat_inputs, strict=True))
        named = {key.removeprefix("control."): value for key, value in given.items() if key.startswith("control.")}
        noise = Noise.from_tensor(given["noise"])
        leaves = [value for key, value in given.items() if key.startswith("state.")]
        result = call(function, noise, named | strings, *tree_unflatten(leaves, tree))
        if name == "frame":
            arrays = arrays_of(function, result)
            outputs[:] = [f"array.{key}" for key in arrays]
            return tuple(arrays.values())
        if name == "step" and (said := other_state(tree_unflatten(leaves, tree)[0], result)):
            raise ValueError(said)
        results, _ = tree_flatten(result)
        outputs[:] = [f"next.{index}" for index in range(len(results))]
        return tuple(results)

    traced = trace(flat, list(inputs.values()))
    key = _fingerprint(name, traced, inputs, outputs)

    def made() -> bytes:
        try:
            graph = lower(traced, inputs, outputs, scan=name == "step")
        except UnfitError:
            raise ValueError(unfit(traced, inputs)) from None
        # With other noise and another state each time: one that the trace took for a constant gives itself away.
        for seed, tensors in enumerate(job.samples):
            try:
                each = example(tensors, seed)
                expected = flat(*copied(tuple(each.values())))
            except Exception:  # at its ends a control may be of no use in the kernel either
                continue
            check_numbers(graph, traced, each, outputs, expected)
        return graph

    return key, Variant(when, needed, CACHE.get(key, made))


def _dry_run(function: Callable[..., Any], tensors: Mapping[str, Any], *state: Any, seed: int) -> tuple[Any, int]:
    noise = Noise.from_generator(np.random.RandomState(seed))
    return call(function, noise, tensors, *copied(state)), noise.used


def _fingerprint(name: str, traced: torch.fx.GraphModule, inputs: Mapping[str, Tensor], outputs: list[str]) -> str:
    """What the graph of a traced program follows from: its code and constants, and what writes it."""
    # What it took along and does not use makes no difference, nor do numbers of which it wants the shape: the weights that each
    # process draws at random, and a model's start again.
    traced.graph.eliminate_dead_code()
    traced.recompile()
    wanted = traced.graph.find_nodes(op="get_attr")
    shapes_of = torch.ops.aten.full_like.default
    read = {node.target for node in wanted if any(user.target != shapes_of for user in node.users)}
    shapes = {key: (tuple(value.shape), str(value.dtype)) for key, value in inputs.items()}
    code = {key: part.code for key, part in traced.named_modules() if isinstance(part, torch.fx.GraphModule)}
    constants = sorted([*vars(traced).items(), *traced.named_parameters(), *traced.named_buffers()], key=itemgetter(0))
    digest = hashlib.sha256(repr((_writers(), name, code, shapes, outputs)).encode())
    for key, value in constants:
        if isinstance(value, Tensor) and (key in {node.target for node in wanted} or "." in key):
            numbers = value.detach().numpy().tobytes() if key in read or "." in key else b""
            digest.update(repr((key, value.dtype, tuple(value.shape))).encode() + numbers)
    return digest.hexdigest()


def _writers() -> str:
    """What all graphs follow from."""
    return repr((_code(), [(each, version(each)) for each in EXPORTERS]))


@cache
def _code() -> list[str]:
    files = [file for name in WRITERS if (file := module_file(f"{__package__}.{name}"))]
    return [syntax(file.read_text("utf-8")) for file in files]
