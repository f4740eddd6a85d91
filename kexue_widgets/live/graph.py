"""From torch to ONNX: a model's functions as graphs that the page can run.

A function is traced to core ATen operators (`make_fx`, which sees through gradients), exported (`torch.export`) and
lowered to ONNX. A step is then put inside an ONNX `Scan`, so that one call makes as many steps as there are rows of
noise. Exports take seconds, so they are cached on disk under a hash of the traced program, and several are made at a
time. Tracing takes a second, too: what the package's own functions were traced to is known by a hash of the package.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import platformdirs
import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_unflatten

from .controls import Choice, Control
from .decompositions import DECOMPOSITIONS, keep_small_numbers
from .engine import Values, call, controls_of
from .noise import Noise, uniform_numbers

if TYPE_CHECKING:
    import onnx

PACKAGE = Path(__file__).parents[1]
FORMAT = "1"  # part of the cache key: raise it when this module changes what it writes


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
    jobs = [job for name in functions for job in _jobs(name, functions, controls, values)]
    made = {index: variant for index, job in enumerate(jobs) if (variant := _known(job)) is not None}
    missing = [index for index in range(len(jobs)) if index not in made]
    # A process of its own spends as long on its imports as on a few graphs; it finds the package's functions by name.
    workers = -1 if len(missing) > 4 and jobs[0].key else 1
    variants = joblib.Parallel(workers)(joblib.delayed(_variant)(jobs[index]) for index in missing)
    made |= zip(missing, variants, strict=True)
    graphs: Graphs = {name: [] for name in functions}
    for index, job in enumerate(jobs):
        graphs[job.name].append(made[index])
    return graphs


def package_hash() -> str:
    """Hash of the package's Python files: what an explorer shows depends on all of them."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


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
    """One graph to be made: of the function `name`, with these controls as tensors, for the choices in `when`."""

    name: str
    functions: dict[str, Callable[..., Any]]
    tensors: dict[str, Any]
    used: list[str]
    when: dict[str, str]
    key: str | None  # what the graph is known by before it is traced


def _jobs(
    name: str, functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Control], values: Values
) -> Iterator[_Job]:
    used = {each: controls[each] for each in controls_of(functions[name], controls)}
    choices = {each: control for each, control in used.items() if isinstance(control, Choice) and control.picks_graph}
    source = _source(functions, controls)
    for labels in itertools.product(*(choice.options for choice in choices.values())):
        when = dict(zip(choices, labels, strict=True))
        tensors = {each: control.tensor({**values, **when}[each]) for each, control in controls.items()}
        key = source and hashlib.sha256(repr((source, name, when)).encode()).hexdigest()
        yield _Job(name, dict(functions), tensors, list(used), when, key)


def _source(functions: Mapping[str, Callable[..., Any]], controls: Mapping[str, Control]) -> str | None:
    """What the graphs follow from, if that is the package alone: functions of its modules, at their top level or in a
    class there, and controls. A reader's own function may depend on anything."""
    names = {name: (function.__module__ or "", function.__qualname__) for name, function in functions.items()}
    if any(not module.startswith(f"{PACKAGE.name}.") or "<" in place for module, place in names.values()):
        return None
    shapes = [(name, type(control), getattr(control, "options", None)) for name, control in controls.items()]
    return repr((FORMAT, torch.__version__, package_hash(), names, shapes))


def _known(job: _Job) -> Variant | None:
    if job.key is None or not (path := _cache(f"{job.key}.json")).exists():
        return None
    noted = json.loads(path.read_text())
    graph = _cache(f"{noted['graph']}.onnx")
    return Variant(job.when, noted["noise"], graph.read_bytes()) if graph.exists() else None


def _variant(job: _Job) -> Variant:
    name, functions, tensors, used, when = job.name, job.functions, job.tensors, job.used, job.when
    function = functions[name]
    # The state to trace with comes from start itself, so that start and step cannot disagree about its shapes.
    state = [] if name == "start" or "start" not in functions else [_dry_run(functions["start"], tensors)[0]]
    _, count = _dry_run(function, tensors, *state)
    leaves, tree = tree_flatten(state)
    # Cloned, since a state may hold one tensor twice and tracing would take the two for one.
    inputs = {f"state.{index}": leaf.clone() for index, leaf in enumerate(leaves)}
    inputs["noise"] = torch.rand(max(count, 1), generator=torch.Generator().manual_seed(0))
    inputs |= {f"control.{each}": tensors[each] for each in used if each not in when}
    strings = {each: tensors[each] for each in when}

    outputs: list[str] = []

    def flat(*flat_inputs: Tensor) -> tuple[Tensor, ...]:
        given = dict(zip(inputs, flat_inputs, strict=True))
        named = {key.removeprefix("control."): value for key, value in given.items() if key.startswith("control.")}
        noise = Noise.from_tensor(given["noise"])
        result = call(function, noise, named | strings, *tree_unflatten(flat_inputs[: len(leaves)], tree))
        if name == "frame":
            outputs[:] = [f"array.{key}" for key in result]
            return tuple(torch.as_tensor(array).detach().float() for array in result.values())
        results, _ = tree_flatten(result)
        outputs[:] = [f"next.{index}" for index in range(len(results))]
        return tuple(results)

    traced = _trace(flat, list(inputs.values()))
    if name == "step":
        _check_state(function, leaves, traced(*inputs.values()))
    key = _fingerprint(name, traced, inputs, outputs)
    path = _cache(f"{key}.onnx")
    if not path.exists():
        _write(path, _lower(traced, inputs, outputs, scan=name == "step"))
    if job.key is not None:
        _write(_cache(f"{job.key}.json"), json.dumps({"graph": key, "noise": count}).encode())
    return Variant(when, count, path.read_bytes())


def _dry_run(function: Callable[..., Any], tensors: Mapping[str, Any], *state: Any) -> tuple[Any, int]:
    noise = Noise.from_generator(np.random.RandomState(0))
    return call(function, noise, tensors, *state), noise.used


def _trace(function: Callable[..., Any], inputs: list[Tensor]) -> torch.fx.GraphModule:
    from torch._decomp import core_aten_decompositions
    from torch.fx.experimental.proxy_tensor import make_fx

    try:
        traced = make_fx(function, decomposition_table={**core_aten_decompositions(), **DECOMPOSITIONS})(*inputs)
    except RuntimeError as error:
        if "data-dependent" not in str(error):
            raise
        raise ValueError("the model branches on the value of a tensor; torch.where can stand in its place") from error
    operators = {str(node.target) for node in traced.graph.nodes}
    random = {name for name in operators if "rand" in name or "dropout" in name or "bernoulli" in name}
    if random:
        raise ValueError(f"the model draws its own random numbers ({', '.join(random)}); take them from noise instead")
    keep_small_numbers(traced)
    return traced


def _check_state(function: Callable[..., Any], before: list[Tensor], after: tuple[Tensor, ...]) -> None:
    given, returned = ([(*leaf.shape, str(leaf.dtype)) for leaf in leaves] for leaves in (before, after))
    if given != returned:
        raise ValueError(
            f"{function.__qualname__} must return a state like the one it is given: {given}, not {returned}"
        )


def _fingerprint(name: str, traced: torch.fx.GraphModule, inputs: Mapping[str, Tensor], outputs: list[str]) -> str:
    shapes = {key: (tuple(value.shape), str(value.dtype)) for key, value in inputs.items()}
    digest = hashlib.sha256(repr((FORMAT, torch.__version__, name, traced.code, shapes, outputs)).encode())
    for key, value in sorted(vars(traced).items()):
        if isinstance(value, Tensor):
            digest.update(key.encode() + value.detach().numpy().tobytes())
    for key, value in sorted(traced.named_buffers()):
        digest.update(key.encode() + value.detach().numpy().tobytes())
    return digest.hexdigest()


def _cache(name: str) -> Path:
    return Path(platformdirs.user_cache_dir(PACKAGE.name), "graphs", name)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _lower(traced: torch.fx.GraphModule, inputs: Mapping[str, Tensor], outputs: list[str], scan: bool) -> bytes:
    def inner(name: str) -> str:  # inside a Scan no name may be one of the graph around it
        return f"step.{name}" if scan and not name.startswith("control.") else name

    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnx_ir", "onnxscript")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exported = torch.onnx.export(
                torch.export.export(traced, tuple(inputs.values()), strict=False),
                dynamo=True,
                verbose=False,
                input_names=[inner(name) for name in inputs],
                output_names=[inner(name) for name in outputs],
            )
    except Exception as error:
        raise ValueError(f"the model cannot be exported for the page: {error}") from error
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    assert exported is not None
    model = _stripped(exported.model_proto)
    return (_scanned(model) if scan else model).SerializeToString()


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
    body = helper.make_graph(list(model.graph.node), "step", inside, list(model.graph.output))

    def outer(value: ValueInfoProto) -> ValueInfoProto:
        copy = ValueInfoProto()
        copy.CopyFrom(value)
        copy.name = value.name.removeprefix("step.")
        return copy

    states, noise = [outer(value) for value in inside[:-1]], outer(inside[-1])
    count = noise.type.tensor_type.shape.dim[0].dim_value
    noise = helper.make_tensor_value_info(noise.name, noise.type.tensor_type.elem_type, ["K", count])
    ends = [outer(value) for value in model.graph.output]
    names = [value.name for value in [*states, noise]]
    scan = helper.make_node("Scan", names, [value.name for value in ends], body=body, num_scan_inputs=1)
    graph = helper.make_graph([scan], "steps", [*states, noise, *controls], ends, list(model.graph.initializer))
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


class OnnxProgram:
    """Exported graphs run by ONNX Runtime in Python: the page's arithmetic without the page.

    Args:
        graphs: what `export_model` returned.
        controls: the explorer's controls by name.
        starts: the names of those that start reads.
    """

    def __init__(self, graphs: Graphs, controls: Mapping[str, Control], starts: list[str]) -> None:
        self._graphs = graphs
        self._controls = controls
        self.stateful = "step" in graphs
        self.starts = starts

    def start(self, rng: np.random.RandomState, values: Values) -> list[np.ndarray]:
        return list(self._run("start", rng, values).values())

    def advance(
        self, state: list[np.ndarray], steps: int, rng: np.random.RandomState, values: Values
    ) -> list[np.ndarray]:
        return list(self._run("step", rng, values, state, rows=steps).values())

    def frame(
        self, state: list[np.ndarray] | None, rng: np.random.RandomState, values: Values
    ) -> dict[str, np.ndarray]:
        arrays = self._run("frame", rng, values, state or [])
        return {name.removeprefix("array."): array for name, array in arrays.items()}

    def _run(
        self,
        name: str,
        rng: np.random.RandomState,
        values: Values,
        state: list[np.ndarray] | None = None,
        rows: int | None = None,
    ) -> dict[str, np.ndarray]:
        import onnxruntime

        variant = next(each for each in self._graphs[name] if each.fits(values))
        session = onnxruntime.InferenceSession(variant.graph, providers=["CPUExecutionProvider"])
        inputs = {f"state.{index}": leaf for index, leaf in enumerate(state or [])}
        shape = (variant.noise,) if rows is None else (rows, variant.noise)
        noise = uniform_numbers(rng, int(np.prod(shape))).reshape(shape)
        # A graph has no empty inputs: one that needs no noise gets zeros that it does not read.
        inputs["noise"] = noise if variant.noise else np.zeros((*shape[:-1], 1), np.float32)
        for each, control in self._controls.items():
            tensor = control.tensor(values[each])
            if isinstance(tensor, Tensor):
                inputs[f"control.{each}"] = tensor.numpy()
        wanted = [value.name for value in session.get_inputs()]
        results = session.run(None, {each: inputs[each] for each in wanted})
        return dict(zip((value.name for value in session.get_outputs()), results, strict=True))
