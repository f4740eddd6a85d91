"""Purity: what a model's functions may not do, and the words that say so, in the kernel and on the way to a page."""

import copy
import functools
import pickle
import random
import re
import time

import numpy as np
import pytest
import torch

from kexue_widgets.live import Choice, Engine, Explorer, Lines, OnnxProgram, Slider, View, export_model
from kexue_widgets.live.programs import TorchProgram

POWER = Slider(2.0, 0.0, 4.0)
POWER.name = "p"
START = torch.ones(3)
TABLE = torch.zeros(3)
CALLS: list[int] = []


def start():
    return {"v": START}


def step(state):
    return {"v": state["v"] * 2}


def frame(state):
    return {"a": state["v"]}


def export(**functions):
    controls = (
        {"p": POWER} if any("p" in f.__code__.co_varnames[: f.__code__.co_argcount] for f in functions.values()) else {}
    )
    return export_model(functions, controls, dict.fromkeys(controls, 2.0))


def stateful(**functions):
    return {"start": start, "step": step, "frame": frame, **functions}


def test_a_pure_model_is_exported():
    assert {name: len(variants) for name, variants in export(**stateful()).items()} == {
        "start": 1,
        "step": 1,
        "frame": 1,
    }


def frame_that_changes_its_state(state):
    return {"a": state["v"].mul_(2)}


def step_that_changes_its_state(state):
    state["v"] += 1
    return state


@pytest.mark.parametrize("name", ["step", "frame"])
def test_a_state_changed_in_place_is_refused(name):
    function = globals()[f"{name}_that_changes_its_state"]
    with pytest.raises(ValueError, match=f"{function.__name__} changes its state in place"):
        export(**stateful(**{name: function}))


def test_a_control_changed_in_place_is_refused():
    with pytest.raises(ValueError, match="changes its controls in place"):
        export(frame=lambda p: {"a": p.add_(1)})


def adds_to_a_tensor_outside():
    TABLE.add_(1)
    return {"a": TABLE}


def counts_its_calls():
    CALLS.append(1)
    return {"a": torch.ones(3) * len(CALLS)}


def reads_the_clock():
    return {"a": torch.tensor(time.perf_counter_ns() % 1e6)}


@pytest.mark.parametrize("function", [adds_to_a_tensor_outside, counts_its_calls, reads_the_clock])
def test_a_function_that_gives_other_results_the_second_time_is_refused(function):
    with pytest.raises(ValueError, match=f"{function.__name__} gives other results the second time"):
        export(frame=function)


DRAWS = {
    "torch": lambda: torch.rand(3),
    "torch ": lambda: torch.nn.functional.dropout(torch.ones(50)),
    "numpy.random": lambda: np.random.rand(3),
    "random": lambda: random.random(),
}


@pytest.mark.parametrize("source", DRAWS)
def test_random_numbers_aside_from_noise_are_refused_by_their_source(source):
    with pytest.raises(ValueError, match=rf"aside from noise \({source.strip()}\); take them from noise"):
        export(frame=lambda: {"a": DRAWS[source]()})


def test_a_python_number_in_the_state_is_refused():
    with pytest.raises(
        ValueError, match=r"has 3 in the state\['n'\], of type int; a state holds tensors: torch.tensor\(3\)"
    ):
        export(**stateful(start=lambda: {"v": START, "n": 3}))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (lambda state: {"v": state["v"].double()}, "torch.float32.*, then .*torch.float64"),
        (lambda state: {"v": state["v"][:2]}, r"\(3, .*, then \(2, "),
        (lambda state: {"v": state["v"], "w": state["v"]}, r"state\['w'\] is not there, then"),
    ],
    ids=["dtype", "shape", "names"],
)
def test_a_step_that_returns_another_kind_of_state_is_refused(after, words):
    with pytest.raises(ValueError, match=f"must return a state like the one it is given: .*{words}"):
        export(**stateful(step=after))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (lambda: torch.ones(3), "must return a dict of arrays by name, got Tensor"),
        (lambda: {"a": "text"}, "'a' must be a tensor, an array or a number, got str"),
        (lambda: {"a": torch.ones(3) * 1j}, "'a' must be real, got torch.complex64"),
    ],
    ids=["no dict", "text", "complex"],
)
def test_a_frame_that_returns_no_arrays_is_refused_in_the_kernel_and_for_the_page(result, words):
    with pytest.raises(TypeError, match=words):
        export(frame=result)
    with pytest.raises(TypeError, match=words):
        TorchProgram({"frame": result}, {}).frame(None, np.random.RandomState(0), {})


BRANCH = "branches on the value of a tensor; torch.where can stand in its place"
TAKES = r"takes a Python number from a tensor that follows from controls, state or noise \({}\); .*"
REFUSED = {
    "if": (lambda p: torch.ones(3) if p > 1 else torch.zeros(3), BRANCH),
    "in": (lambda p: torch.ones(3) if p in TABLE else torch.zeros(3), BRANCH),
    "max": (lambda p: torch.ones(3) * max(p, 1), BRANCH),
    "range": (lambda p: sum(torch.ones(3) for _ in range(int(p))), TAKES.format(r"int\(...\)") + "mask"),
    "arange": (lambda p: torch.arange(p), TAKES.format("torch.arange") + r"torch\.where"),
    "arange of int": (lambda p: torch.arange(int(p)), TAKES.format(r"int\(...\)") + "mask"),
    "float": (lambda p: torch.ones(3) * float(p), TAKES.format(r"float\(...\)") + "compute with torch"),
    "item": (lambda p: torch.ones(3) * p.item(), TAKES.format(r".item\(\)")),
    "list": (lambda p: torch.ones(3) * [1, 2, 3, 4, 5][p.long()], TAKES.format(".*index.*") + "index a tensor"),
    "slice": (lambda p: torch.ones(9)[: p.long()], TAKES.format("a slice")),
    "numpy": (lambda p: torch.as_tensor(np.sin(p.numpy())), TAKES.format(r".numpy\(\)") + "compute with torch"),
    "numpy of it": (lambda p: torch.as_tensor(np.sin(p)), TAKES.format("numpy") + "compute with torch"),
    "tolist": (lambda p: torch.tensor(p.reshape(1).tolist()), TAKES.format(r".tolist\(\)")),
    "tensor of it": (lambda p: torch.tensor([p, 2 * p]), TAKES.format("torch.tensor") + "torch.stack"),
    "full": (lambda p: torch.full((3,), p), TAKES.format("torch.full")),
    "in a gradient": (lambda p: torch.func.grad(lambda q: q * float(q))(p), TAKES.format(r"float\(...\)")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_python_value_of_a_tensor_is_refused_by_what_was_met(case):
    function, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        export(frame=lambda p: {"a": function(p)})


def test_python_numbers_of_constants_are_let_through():
    constant = torch.tensor([2.0, 3.0])
    export(frame=lambda p: {"a": p * torch.ones(int(constant.sum())) * constant.tolist()[1] * constant.numpy()[0]})


class Doubling(Explorer):
    """Doubles."""

    p = Slider(2.0, 0.0, 4.0)
    views = (View(Lines("a", "a")),)
    start, step, frame = (staticmethod(each) for each in (start, step, frame))


def test_constants_kept_in_half_precision_are_let_through_before_they_are_made():
    @functools.cache
    def kept():
        return torch.ones(3).half()

    slider = Slider(0.5, 0, 1)
    slider.name = "p"
    assert export_model({"frame": lambda p: {"a": p * kept().float()}}, {"p": slider}, {"p": 0.5})


def test_a_reader_hears_of_an_impure_function_when_the_explorer_is_made():
    class Impure(Doubling):
        frame = staticmethod(frame_that_changes_its_state)

    with pytest.raises(ValueError, match="changes its state in place"):
        Impure()


def test_a_reader_hears_of_an_impure_function_when_it_is_put_in():
    explorer = Doubling()
    with pytest.raises(ValueError, match="gives other results the second time"):
        explorer.edit(frame=lambda state: counts_its_calls())
    np.testing.assert_array_equal(explorer.arrays["a"], [1, 1, 1])  # the function before stays


def test_the_kernel_hands_a_model_copies_of_its_state():
    functions = stateful(step=step_that_changes_its_state, frame=frame_that_changes_its_state)
    program, rng = TorchProgram(functions, {}), np.random.RandomState(0)
    state = program.start(rng, {})
    after = program.advance(state, 4, rng, {})
    # 1 + 4 steps, shown twice as large at every look
    assert [program.frame(after, rng, {})["a"].tolist() for _ in range(3)] == [[10.0] * 3] * 3
    assert program.start(rng, {})["v"].tolist() == START.tolist() == [1.0] * 3


@pytest.mark.parametrize("name", ["state", "noise"])
def test_a_control_cannot_have_the_name_of_what_every_model_takes(name):
    with pytest.raises(TypeError, match=f"a control cannot be called '{name}'"):
        type("Odd", (Explorer,), {name: Slider(0.0, 0.0, 1.0)})


# What goes on beside the state, and what a trace would take for a constant


def walk(step, frame=lambda state: {"a": state["x"]}):
    def start(noise):
        return {"x": noise.normal(3), "v": noise.normal(3)}

    return {"start": start, "step": step, "frame": frame}


def test_what_a_step_leaves_beside_the_state_is_refused():
    losses = [torch.zeros(())]

    def step(state):
        losses.append((state["x"] ** 2).sum())
        return {"x": 0.9 * state["x"], "v": state["v"]}

    with pytest.raises(ValueError, match="gives other results the second time"):
        export_model(walk(step, lambda state: {"a": losses[-1] + 0 * state["x"]}), {}, {})


def test_a_parameter_made_of_the_state_is_refused():
    def step(state):
        return {"x": torch.nn.Parameter(state["x"].clone()).detach() * 0.9 + 0 * state["v"], "v": state["v"]}

    with pytest.raises(ValueError, match="the page would give other numbers than torch"):
        export_model(walk(step), {}, {})


def test_parts_of_a_state_keep_their_order_under_every_label():
    mode = Choice(["a", "b"])
    mode.name = "mode"

    def step(state, mode):
        after = {"x": 0.9 * state["x"], "v": state["v"]}
        return after if mode == "a" else {"v": after["v"], "x": after["x"]}

    with pytest.raises(ValueError, match="with its parts in the same order"):
        export_model(walk(step), {"mode": mode}, {"mode": "a"})


# What the page lacks, in one sentence of ours


NORM = torch.nn.BatchNorm1d(3)


@torch.jit.script
def scripted(p: torch.Tensor):
    return {"a": p * torch.ones(3)}


def autocast(p):
    with torch.autocast("cpu"):
        return {"a": (p * torch.ones(3, 3)) @ torch.ones(3, 3)}


def norm_in_training(p):
    NORM(p * torch.arange(12.0).reshape(4, 3))
    return {"a": p * NORM.running_mean}


LACKING = {
    "pickle": (stateful(step=lambda state: pickle.loads(pickle.dumps(state))), r"pickle or copy.copy; x.clone\(\)"),
    "copy": (stateful(step=lambda state: {"v": copy.copy(state["v"]) * 2}), r"pickle or copy.copy; x.clone\(\)"),
    "sparse": (
        {"frame": lambda p: {"a": (p * torch.eye(3)).to_sparse().to_dense()}},
        r"torch.to_sparse, .*\.to_dense\(\)",
    ),
    "compressed": (
        {"frame": lambda p: {"a": torch.eye(3).to_sparse_csr() @ (p * torch.eye(3))}},
        r"sparse_csr.*to_dense",
    ),
    "nested": (
        {"frame": lambda p: {"a": torch.nested.as_nested_tensor([torch.ones(2) * p]).to_padded_tensor(0.0)}},
        "nested tensor, which the page lacks; pad it",
    ),
    "quantized": (
        {"frame": lambda p: {"a": torch.quantize_per_tensor(p * torch.ones(3), 0.1, 0, torch.quint8).dequantize()}},
        "torch.quint8, which the page lacks",
    ),
    "half": (
        {"frame": lambda p: {"a": (p * torch.ones(3)).half() * 3}},
        "torch.float16, .*; compute with torch.float32",
    ),
    "bfloat16": (stateful(start=lambda: {"v": START.bfloat16()}), "torch.bfloat16, .*; compute with torch.float32"),
    "autocast": ({"frame": autocast}, "autocast has, by torch.*, a tensor of torch.bfloat16"),
    "complex state": (stateful(start=lambda: {"v": START * 1j}), r"complex64 in the state\['v'\]; .*view_as_real"),
    "device": ({"frame": lambda p: {"a": p.to("meta")}}, "device meta.*CPU"),
    "empty state": (
        stateful(start=lambda: {}, step=lambda state: {}, frame=lambda state: {"a": START}),
        "returns the state {}, which holds no tensor; a model without a state has frame only",
    ),
    "no arrays": ({"frame": lambda p: {}}, "must return a dict of arrays by name, got an empty one"),
    "no name": ({"frame": lambda p: {0: p}}, "must name its arrays by str, got 0, of type int"),
    "scripted": ({"frame": scripted}, "must be functions, got ScriptFunction; write one that calls it"),
    "statistics": (
        {"frame": norm_in_training},
        r"changes a tensor outside of it in place \(torch.add_\); .*BatchNorm.*Training",
    ),
}


@pytest.mark.parametrize("case", LACKING)
def test_what_the_page_lacks_is_refused_in_one_sentence_of_ours(case):
    functions, words = LACKING[case]
    with pytest.raises((ValueError, TypeError), match=words) as refused:
        export_model(functions, {"p": POWER}, {"p": 2.0})
    assert not re.search(r"\n|\x1b|onnx|ORT|graph\.cc|argument of type", str(refused.value), re.IGNORECASE)


STARTS = {
    "shape": (lambda mode: {"v": torch.ones(3 if mode == "a" else 4)}, r"\(3, .*, then \(4, "),
    "dtype": (lambda mode: {"v": START if mode == "a" else START.double()}, r"float32.*, then .*float64"),
    "names": (lambda mode: {"v" if mode == "a" else "w": START}, r"state\['v'\] is .*, then not there"),
}


def modes():
    mode = Choice(["a", "b"])
    mode.name = "mode"
    return {"mode": mode}


@pytest.mark.parametrize("case", STARTS)
def test_a_start_that_makes_other_kinds_of_state_by_a_label_is_refused_unless_all_know_the_label(case):
    start, words = STARTS[case]
    with pytest.raises(
        ValueError, match=f"states of one kind for all labels of mode, or .* take that control.*{words}"
    ):
        export_model(stateful(start=start, step=lambda state: state), modes(), {"mode": "a"})


def test_states_of_several_kinds_are_met_by_graphs_of_their_own():
    def start(mode):
        return {"v": torch.ones(3 if mode == "a" else 4)}

    def step(state, mode):
        return {"v": state["v"] * 2}

    def frame(state, mode):
        return {"a": state["v"]}

    functions, controls = {"start": start, "step": step, "frame": frame}, modes()
    engine = Engine(OnnxProgram(export_model(functions, controls, {"mode": "a"}), controls, ["mode"]))
    assert [engine.advance(2, {"mode": mode}, 0).arrays["a"].tolist() for mode in "ab"] == [[4.0] * 3, [4.0] * 4]
