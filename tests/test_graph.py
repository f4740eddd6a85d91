"""Graphs: the same numbers from torch and from ONNX Runtime in Python, and clear words when a model cannot be exported.

`tests/page/` compares the same graphs in a browser.
"""

import numpy as np
import pytest
import torch
from explorers import Line, Wave

from kexue_widgets.dropout import Mask
from kexue_widgets.fgan import Selector
from kexue_widgets.live import graph
from kexue_widgets.live.engine import Engine
from kexue_widgets.live.graph import OnnxProgram, export_model, packed


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))
    return tmp_path


def onnx_engine(explorer, opening=0):
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    return Engine(OnnxProgram(graphs, explorer.controls, explorer.manifest()["starts"]), opening)


def assert_same(first, second, tolerance):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_allclose(first[name], second[name], rtol=tolerance, atol=tolerance, err_msg=name)


def test_a_stateless_model_gives_the_same_arrays_for_all_values():
    wave = Wave()
    engine = onnx_engine(wave)
    for shape in ("sine", "square"):
        for harmonics, noisy, amplitude in (("first", True, 0.3), ("both", False, 1.9)):
            wave.set_trait("shape", shape)
            wave.harmonics, wave.noisy, wave.amplitude = harmonics, noisy, amplitude
            assert_same(wave.arrays, engine.frame(wave.values, wave.seed).arrays, 1e-5)


def test_training_gives_the_same_arrays_after_twenty_steps():
    line = Line(seed=3)
    engine = onnx_engine(line)
    line.reset()
    line.advance(20)
    engine.reset(line.values, 3)
    assert_same(line.arrays, engine.advance(20, line.values, 3).arrays, 1e-4)


def test_twenty_steps_at_once_equal_twenty_single_ones():
    line = Line()
    once, singly = onnx_engine(line), onnx_engine(line)
    once.advance(20, line.values, 0)
    for _ in range(20):
        singly.advance(1, line.values, 0)
    assert_same(once.frame(line.values, 0).arrays, singly.frame(line.values, 0).arrays, 0)


def test_a_control_moved_while_training_takes_effect():
    line = Line()
    engine = onnx_engine(line)
    line.reset()
    engine.reset(line.values, 0)
    line.rate = 0.1
    line.advance(10)
    assert_same(line.arrays, engine.advance(10, line.values, 0).arrays, 1e-4)


def test_a_state_that_holds_one_tensor_twice_keeps_the_two_apart():
    class Twins:
        @staticmethod
        def start(noise):
            zeros = noise.uniform(3)
            return {"still": zeros, "moving": zeros}

        @staticmethod
        def step(state):
            return {"still": state["still"], "moving": state["moving"] + 1}

        @staticmethod
        def frame(state):
            return {"difference": state["moving"] - state["still"]}

    functions = {name: getattr(Twins, name) for name in ("start", "step", "frame")}
    engine = Engine(OnnxProgram(export_model(functions, {}, {}), {}, []))
    np.testing.assert_allclose(engine.advance(4, {}, 0).arrays["difference"], [4, 4, 4], rtol=1e-6)


def test_only_choices_by_name_make_variants():
    graphs = export_model(Wave().functions, Wave().controls, Wave().values)
    assert [variant.when for variant in graphs["frame"]] == [{"shape": "sine"}, {"shape": "square"}]


def test_graphs_are_small_and_each_is_stored_once():
    line = Line()
    graphs = export_model(line.functions, line.controls, line.values)
    assert all(len(variant.graph) < 30_000 for variants in graphs.values() for variant in variants)
    assert len(packed(graphs)) == 3


def test_an_export_is_read_from_the_cache_the_second_time(monkeypatch):
    wave = Wave()
    first = export_model(wave.functions, wave.controls, wave.values)
    monkeypatch.setattr(graph, "_lower", lambda *_: pytest.fail("exported again"))
    assert export_model(wave.functions, wave.controls, wave.values) == first


def test_the_packages_own_graphs_are_known_before_they_are_traced(monkeypatch, empty_cache):
    mask = Mask()
    first = export_model(mask.functions, mask.controls, mask.values)
    monkeypatch.setattr(graph, "_trace", lambda *_: pytest.fail("traced again"))
    assert export_model(mask.functions, mask.controls, mask.values) == first
    monkeypatch.setattr(graph, "package_hash", lambda: "another state of the package")
    with pytest.raises(pytest.fail.Exception, match="traced again"):
        export_model(mask.functions, mask.controls, mask.values)


def test_graphs_made_in_other_processes_are_the_same(monkeypatch):
    selector = Selector()
    with monkeypatch.context() as alone:
        alone.setattr(graph, "_source", lambda *_: None)
        made_here = export_model(selector.functions, selector.controls, selector.values)
    monkeypatch.setattr(graph, "_trace", lambda *_: pytest.fail("traced in this process"))
    assert export_model(selector.functions, selector.controls, selector.values) == made_here


def test_the_cache_sees_a_change_in_the_model_and_in_its_constants(empty_cache):
    constant = torch.zeros(3)
    functions = [lambda: {"a": constant + 1}, lambda: {"a": constant + 2}, lambda: {"a": constant + torch.ones(3)}]
    for function in functions:
        export_model({"frame": function}, {}, {})
    constant += 5
    export_model({"frame": functions[0]}, {}, {})
    assert len(list(empty_cache.glob("graphs/*.onnx"))) == 4


def test_a_model_that_draws_its_own_random_numbers_is_refused():
    with pytest.raises(ValueError, match="take them from noise"):
        export_model({"frame": lambda: {"a": torch.rand(3)}}, {}, {})


def test_a_step_that_changes_the_shape_of_the_state_is_refused():
    functions = {
        "start": lambda: {"a": torch.zeros(3)},
        "step": lambda state: {"a": torch.zeros(4)},
        "frame": lambda state: {"a": state["a"]},
    }
    with pytest.raises(ValueError, match="must return a state like the one it is given"):
        export_model(functions, {}, {})


def test_a_model_that_branches_on_a_number_is_refused_in_words():
    def frame(amplitude):
        return {"a": torch.ones(3) if amplitude > 1 else torch.zeros(3)}

    with pytest.raises(ValueError, match="branches on the value of a tensor"):
        export_model({"frame": frame}, {"amplitude": Wave.amplitude}, {"amplitude": 1.0})
