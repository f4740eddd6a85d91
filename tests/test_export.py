"""Graphs: the same numbers from torch and from ONNX Runtime in Python, and clear words when a model cannot be exported.

`tests/page/` compares the same graphs in a browser.
"""

import copy

import numpy as np
import pytest
import torch
from explorers import Layers, Line, Wave

from kexue_widgets import cache, sources
from kexue_widgets.dropout import Mask
from kexue_widgets.live import Adam, Engine, OnnxProgram, Slider, Training, export, export_model
from kexue_widgets.live.export import packed
from kexue_widgets.live.programs import TorchProgram
from kexue_widgets.onelossgan import PlainGame


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


def test_layers_are_drawn_and_trained_alike_and_so_are_their_buffers():
    layers = Layers(seed=2)
    engine = onnx_engine(layers)
    layers.reset()
    assert_same(layers.arrays, engine.reset(layers.values, 2).arrays, 1e-6)
    assert np.ptp(layers.arrays["parameters"]) > 2  # normal numbers among them
    layers.advance(20)
    assert_same(layers.arrays, engine.advance(20, layers.values, 2).arrays, 1e-4)
    assert layers.arrays["seen"] == 20


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


def test_what_a_step_returns_as_it_is_goes_round_and_a_copy_is_a_copy():
    weight = torch.nn.Parameter(torch.arange(3.0))

    def start():
        return {
            "weight": torch.zeros(3),
            "ones": torch.zeros(2),
            "p": torch.zeros(()),
            "first": weight,
            "second": weight + 1,
        }

    def step(state, slope):
        other = copy.deepcopy(state)
        first, second = other["second"], other["first"] * 2
        return {"weight": weight, "ones": torch.ones(2), "p": slope, "first": first, "second": second}

    functions = {"start": start, "step": step, "frame": lambda state: state}
    controls, values = {"slope": Line.slope}, {"slope": 1.5}
    kernel, page = (
        TorchProgram(functions, controls),
        OnnxProgram(export_model(functions, controls, values), controls, []),
    )
    for steps in (1, 4):
        expected, found = (Engine(each).advance(steps, values, 0).arrays for each in (kernel, page))
        assert_same(expected, found, 0)


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
    monkeypatch.setattr(export, "lower", lambda *_: pytest.fail("exported again"))
    assert export_model(wave.functions, wave.controls, wave.values) == first


def test_the_packages_own_graphs_are_known_before_they_are_traced(monkeypatch):
    mask = Mask()
    first = export_model(mask.functions, mask.controls, mask.values)
    monkeypatch.setattr(export, "trace", lambda *_: pytest.fail("traced again"))
    assert export_model(mask.functions, mask.controls, mask.values) == first
    monkeypatch.setattr(export, "code_hash", lambda _: "another state of the package")
    with pytest.raises(pytest.fail.Exception, match="traced again"):
        export_model(mask.functions, mask.controls, mask.values)


# What a graph follows from: functions that say they are the package's, so that they may be known before they are traced


def of_the_package(function):
    function.__module__, function.__qualname__ = "kexue_widgets.dropout", function.__name__
    return function


def exported(frame):
    """The array "a" that the exported function gives."""
    return Engine(OnnxProgram(export_model({"frame": frame}, {}, {}), {}, [])).frame({}, 0).arrays["a"].tolist()


SHIFT = {"by": 1.0}
LAYER = None  # a Training
WEIGHTS = torch.tensor([1.0, 2.0])


@of_the_package
def shifted(x, factor=2.0):
    return factor * x + SHIFT["by"]


def test_a_subclass_with_another_constant_has_a_graph_of_its_own():
    class A:
        size = 2

        @classmethod
        @of_the_package
        def frame(cls):
            return {"a": torch.arange(cls.size) * 1.0}

    class B(A):
        size = 3

    for each in (A, B):
        each.__module__ = "kexue_widgets.dropout"
    assert (exported(A.frame), exported(B.frame)) == ([0, 1], [0, 1, 2])
    A.size = 1
    assert (exported(A.frame), exported(B.frame)) == ([0], [0, 1, 2])


def test_what_a_function_closes_over_is_part_of_its_graph():
    def make(number):
        @of_the_package
        def frame():
            return {"a": torch.ones(1) * number}

        return frame

    assert (exported(make(2.0)), exported(make(3.0))) == ([2], [3])


def test_globals_and_defaults_of_the_functions_it_calls_are_part_of_its_graph(monkeypatch):
    @of_the_package
    def frame():
        return {"a": shifted(torch.ones(1))}

    assert exported(frame) == [3]
    monkeypatch.setitem(SHIFT, "by", 5.0)
    assert exported(frame) == [7]
    monkeypatch.setattr(shifted, "__defaults__", (4.0,))
    assert exported(frame) == [9]
    monkeypatch.setitem(globals(), "shifted", of_the_package(lambda x: x - 1))
    assert exported(frame) == [0]


def test_numbers_of_a_tensor_are_part_of_its_graph(monkeypatch):
    @of_the_package
    def frame():
        return {"a": WEIGHTS + 1}

    assert exported(frame) == [2, 3]
    for number in (5.0, 7.0, 9.0):
        monkeypatch.setitem(globals(), "WEIGHTS", torch.tensor([1.0, number]))
        assert exported(frame) == [2, number + 1]


def test_what_a_traced_network_does_is_part_of_its_graph(monkeypatch):
    traced, trace = [], export.trace
    monkeypatch.setattr(export, "trace", lambda *given: traced.append(1) or trace(*given))

    def make(network):
        traced_network = torch.fx.symbolic_trace(network)

        @of_the_package
        def frame():
            return {"a": traced_network(torch.ones(1))}

        return frame

    def scaled(by):
        network = torch.nn.Linear(1, 1, bias=False)
        network.weight.data.fill_(by)
        return network

    assert [exported(make(lambda x, by=by: x + by)) for by in (1.0, 2.0, 2.0)] == [[2], [3], [3]]
    assert [exported(make(scaled(by))) for by in (1.0, 2.0, 2.0)] == [[1], [2], [2]]
    assert len(traced) == 4


@pytest.mark.parametrize("size", [2, 100])  # few numbers are folded into what follows from them
def test_weights_that_each_process_draws_anew_are_not_if_the_model_draws_its_own(empty_cache, monkeypatch, size):
    @of_the_package
    def start(noise):
        return LAYER.start(noise)

    step, frame = map(of_the_package, (lambda state: state, lambda state: {"a": state["parameters"]}))
    traced, trace = [], export.trace
    monkeypatch.setattr(export, "trace", lambda *given: traced.append(1) or trace(*given))
    made = []
    for _ in range(4):  # twice to see that nothing follows from them
        monkeypatch.setitem(globals(), "LAYER", Training(torch.nn.Linear(size, size), Adam()))
        made.append(export_model({"start": start, "step": step, "frame": frame}, {}, {})["start"][0].graph)
    assert made == [made[0]] * 4
    assert len(traced) == 2 * 3


def test_readers_own_functions_are_always_traced(monkeypatch):
    def frame():
        return {"a": WEIGHTS + 1}

    exported(frame)
    monkeypatch.setattr(export, "trace", lambda *_: pytest.fail("traced again"))
    with pytest.raises(pytest.fail.Exception, match="traced again"):
        exported(frame)


@pytest.mark.parametrize("package", ["torch", "onnx", "onnxscript", "onnx-ir", "numpy"])
def test_another_version_of_the_exporter_is_another_graph(monkeypatch, package):
    mask = Mask()
    export_model(mask.functions, mask.controls, mask.values)
    monkeypatch.setattr(export, "lower", lambda *_, **__: pytest.fail("exported again"))
    export_model(mask.functions, mask.controls, mask.values)
    version = export.version
    monkeypatch.setattr(export, "version", lambda name: "0.0" if name == package else version(name))
    with pytest.raises(pytest.fail.Exception, match="exported again"):
        export_model(mask.functions, mask.controls, mask.values)


def test_another_version_of_a_data_package_is_looked_at_again(monkeypatch):
    mask = Mask()
    export_model(mask.functions, mask.controls, mask.values)
    versions = sources.versions()
    monkeypatch.setattr(sources, "versions", lambda: {**versions, "elpv-dataset": "0.0"})
    monkeypatch.setattr(export, "trace", lambda *_: pytest.fail("traced again"))
    with pytest.raises(pytest.fail.Exception, match="traced again"):
        export_model(mask.functions, mask.controls, mask.values)


@pytest.mark.parametrize("kept", [0, 20, -1])
def test_cut_files_are_made_anew(empty_cache, tmp_path, kept):
    mask = Mask()
    first = export_model(mask.functions, mask.controls, mask.values)
    files = [path for path in empty_cache.glob("graphs/*") if path.is_file()]
    assert len(files) == 2  # the graph, and what is known of the function
    for path in files:
        path.write_bytes(path.read_bytes()[:kept])
    assert export_model(mask.functions, mask.controls, mask.values) == first


def test_a_page_can_be_saved_where_nothing_can_be_kept(tmp_path, monkeypatch, recwarn):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(cache, "_warned", False)
    (tmp_path / "file").write_text("")
    Mask().save_html(tmp_path / "mask.html")
    assert (tmp_path / "mask.html").stat().st_size > 10**6
    assert ["nothing can be kept" in str(each.message) for each in recwarn] == [True]


def test_graphs_made_in_other_processes_are_the_same(monkeypatch):
    game = PlainGame()
    with monkeypatch.context() as alone:
        alone.setattr(export, "_source", lambda *_: None)
        made_here = export_model(game.functions, game.controls, game.values)
    monkeypatch.setattr(export, "trace", lambda *_: pytest.fail("traced in this process"))
    assert export_model(game.functions, game.controls, game.values) == made_here


def test_the_cache_sees_a_change_in_the_model_and_in_its_constants(empty_cache):
    constant = torch.zeros(3)
    functions = [lambda: {"a": constant + 1}, lambda: {"a": constant + 2}, lambda: {"a": constant + torch.ones(3)}]
    for function in functions:
        export_model({"frame": function}, {}, {})
    constant += 5
    export_model({"frame": functions[0]}, {}, {})
    assert len(list(empty_cache.glob("graphs/*"))) == 4


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


def test_constants_may_be_kept_in_half_precision():
    weights = (torch.arange(100) / 3).half()
    functions, controls = {"frame": lambda p: {"a": p * weights.float()}}, {"p": Slider(2.0, 0.0, 3.0)}
    graphs = export_model(functions, controls, {"p": 2.0})
    found = Engine(OnnxProgram(graphs, controls, [])).frame({"p": 3.0}, 0).arrays["a"]
    np.testing.assert_array_equal(found, 3 * weights.float().numpy())
    assert len(graphs["frame"][0].graph) < 100 * 4 + 300  # as they are kept
