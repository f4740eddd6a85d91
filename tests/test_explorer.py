"""Explorers as Python objects and as Jupyter widgets; `tests/page/` and `tests/lab/` see them in a browser."""

import base64
import io
import json
import re

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from explorers import Line, Wave
from PIL import Image

from kexue_widgets import live
from kexue_widgets.live import Explorer, Heatmap, Lines, Slider, Toggle, View, export
from kexue_widgets.live.controls import Seed


def messages(explorer, monkeypatch):
    sent = []
    monkeypatch.setattr(explorer, "send", lambda content, buffers=None: sent.append((content, buffers)))
    return sent


def request(explorer, do, **more):
    explorer._answer(None, {"id": 1, "do": do, "values": explorer.values, "seed": explorer.seed, **more}, [])


def test_setting_a_control_changes_the_arrays():
    wave = Wave(noisy=False)
    wave.amplitude = 2
    np.testing.assert_allclose(wave.arrays["y"], 2 * np.sin(np.linspace(0, 6.28, 50)), atol=1e-6)


def test_the_same_seed_gives_the_same_arrays_and_another_one_does_not():
    np.testing.assert_array_equal(Wave(seed=4).arrays["y"], Wave(seed=4).arrays["y"])
    assert (Wave(seed=4).arrays["y"] != Wave(seed=5).arrays["y"]).any()


def test_moving_a_slider_keeps_the_noise():
    wave = Wave()
    noise = wave.arrays["y"] - Wave(noisy=False).arrays["y"]
    wave.amplitude = 0.0
    np.testing.assert_allclose(wave.arrays["y"], noise, atol=1e-6)


def test_an_explorer_opens_after_its_opening_steps_and_resets_to_none():
    line = Line()
    line.current_frame()
    assert line.steps == 5
    line.advance(3)
    assert line.steps == 8
    line.reset()
    assert line.steps == 0


def test_training_lowers_the_loss():
    line = Line(rate=0.05)
    line.advance(300)
    assert line.arrays["loss"][-1] < line.arrays["loss"][0] / 100


def test_only_a_control_that_start_reads_starts_anew():
    line = Line()
    line.advance(10)
    line.rate = 0.1
    line.current_frame()
    assert line.steps == 15
    line.slope = -1.0
    line.current_frame()
    assert line.steps == 5
    line.advance(1)
    line.seed = 9
    line.current_frame()
    assert line.steps == 5


def test_a_control_declared_to_restart_starts_anew_though_start_does_not_read_it():
    class Eager(Line):
        rate = Slider(0.01, 0.001, 0.1, restarts=True)

    eager = Eager()
    assert eager.manifest()["starts"] == ["rate", "slope"]
    eager.advance(10)
    eager.rate = 0.1
    assert eager.current_frame().steps == Line.opening
    assert type("Still", (Wave,), {"noisy": Toggle(True, restarts=True)})().manifest()["starts"] == []


def test_a_subclass_with_another_constant_computes_with_it():
    class Powers(Explorer):
        base = Slider(2.0, 1.0, 3.0)
        count = 4
        views = (View(Lines("n", "power")),)

        @classmethod
        def frame(cls, base):
            n = torch.arange(cls.count)
            return {"n": n, "power": base**n}

    class Few(Powers):
        count = 2

    assert Few().arrays["power"].tolist() == [1, 2]
    assert Powers().arrays["power"].tolist() == [1, 2, 4, 8]


def test_controls_are_traits_that_ordinary_widgets_can_follow():
    wave, slider, seen = Wave(), ipywidgets.FloatSlider(max=2.0), []
    traitlets.link((slider, "value"), (wave, "amplitude"))
    wave.observe(lambda change: seen.append(change["new"]), "amplitude")
    slider.value = 0.7
    assert wave.amplitude == 0.7
    assert seen == [0.7]
    ipywidgets.HBox([slider, wave])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"amplitud": 1}, "Wave has no control 'amplitud'"),
        ({"amplitude": 3}, r"amplitude \(amplitude\) must be in \[0, 2\], got 3"),
    ],
)
def test_a_misspelt_or_bad_value_is_refused(values, words):
    with pytest.raises((TypeError, traitlets.TraitError), match=words):
        Wave(**values)


@pytest.mark.parametrize(("name", "near"), [("amplitud", "amplitude"), ("sede", "seed")])
def test_a_misspelt_control_is_not_set_in_silence(name, near):
    with pytest.raises(AttributeError, match=f"Wave has no control '{name}'; near: {near}"):
        setattr(Wave(), name, 1)


def test_what_an_author_keeps_can_be_set():
    class Own(Wave):
        note = ""

        def __init__(self):
            self.data = np.arange(3)
            super().__init__()

    wave = Own()
    wave.note, wave._own, wave.speed = "mine", 1, 30
    wave.layout.width = "50%"
    wave.add_traits(extra=traitlets.Int(3))
    wave.extra = 4
    assert (wave.note, wave._own, wave.speed, wave.extra) == ("mine", 1, 30, 4)


@pytest.mark.parametrize("name", ["views", "style"])
def test_a_control_may_not_take_a_name_that_explorers_use(name):
    with pytest.raises(TypeError, match=f"cannot be called '{name}'"):
        type("Bad", (Explorer,), {name: Slider(1, 0, 2)})


def test_a_model_that_names_an_unknown_control_is_refused():
    with pytest.raises(TypeError, match=r"takes 'height', which is no control \(controls: amplitude"):
        Wave().edit(frame=lambda height: {})


def test_edited_maths_is_used_and_shown(monkeypatch):
    wave = Wave()
    sent = messages(wave, monkeypatch)
    wave.edit(frame=lambda amplitude: {"x": torch.arange(3.0), "y": amplitude * torch.ones(3)})
    assert wave.arrays["y"].tolist() == [1, 1, 1]
    assert sent[0][0]["frame"]["arrays"][1] == {"name": "y", "shape": (3,)}


def test_the_front_end_gets_the_frame_it_asks_for(monkeypatch):
    line = Line()
    sent = messages(line, monkeypatch)
    for do, steps in (("frame", 5), ("advance", 9), ("reset", 0)):
        request(line, do, steps=4)
        content, buffers = sent.pop()
        assert content["id"] == 1
        assert content["frame"]["steps"] == steps
        for array, buffer in zip(content["frame"]["arrays"], buffers, strict=True):
            np.testing.assert_array_equal(
                np.frombuffer(buffer, np.float32).reshape(array["shape"]), line.arrays[array["name"]]
            )


def test_what_goes_wrong_in_a_model_is_told_in_words(monkeypatch):
    wave = Wave()
    sent = messages(wave, monkeypatch)
    wave._use({"frame": lambda noisy: {"x": torch.ones(3), "y": torch.ones(3 if noisy else 4)}})
    wave.noisy = False
    request(wave, "frame")
    assert sent[-1][0] == {
        "id": 1,
        "error": "ValueError: lines: 'y' must have as many points as 'x' (3), got shape (4,)",
    }
    wave._use({"frame": lambda: 1 / 0})
    request(wave, "frame")
    assert sent[-1][0]["error"] == "ZeroDivisionError: division by zero"


def test_a_stateless_explorer_has_no_steps():
    with pytest.raises(TypeError, match="Wave has no steps"):
        Wave().advance()


def test_the_printed_form_is_the_same_in_every_run():
    text = "Wave(amplitude=1.0, noisy=True, shape='sine', harmonics='first', seed=0)"
    assert repr(Wave()) == text
    assert Wave()._repr_mimebundle_()[0]["text/plain"] == text


def test_a_picture_has_the_colours_of_its_marks():
    class Coloured(Explorer):
        views = (View(Heatmap("field", scale="diverging")), View(Lines("x", "x", label="line", color="#2a9d5c")))

        @staticmethod
        def frame():
            return {"field": torch.linspace(-1, 1, 900).reshape(30, 30), "x": torch.arange(3.0)}

    pixels = np.asarray(Image.open(io.BytesIO(Coloured().picture())).convert("RGB")).reshape(-1, 3).astype(int)
    assert np.abs(pixels - [0x2A, 0x9D, 0x5C]).max(1).min() <= 8


def test_a_notebook_gets_the_widget_and_a_picture():
    data, _ = Wave()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"].startswith(b"\x89PNG")


def test_the_synced_state_holds_the_current_frame():
    wave = Wave()
    wave.amplitude = 0.5
    (x, y) = wave.get_state("_frame")["_frame"]["arrays"]
    assert (x["name"], y["name"]) == ("x", "y")
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(y["data"]), "<f4"), wave.arrays["y"])


def test_a_model_that_fails_leaves_the_state_without_a_frame():
    wave = Wave()
    wave._use({"frame": lambda: 1 / 0})
    assert wave.get_state("_frame") == {"_frame": {}}


def test_nothing_is_exported_unless_graphs_are_asked_for(monkeypatch):
    monkeypatch.setattr(export, "export_model", lambda *_: pytest.fail("exported"))
    wave = Wave()
    wave._repr_mimebundle_()
    wave.edit(frame=lambda amplitude: {"x": torch.arange(3.0), "y": amplitude * torch.ones(3)})
    assert "graphs" not in wave.get_state()["_manifest"]


def test_embedded_graphs_are_those_of_the_functions_as_they_are(monkeypatch):
    wave = Wave().embed()
    before = wave.get_state()["_manifest"]
    assert {each["graph"] for each in before["model"]["frame"]} == set(before["graphs"])
    wave.edit(frame=lambda amplitude: {"x": torch.arange(3.0), "y": amplitude * torch.ones(3)})
    after = wave.get_state()["_manifest"]
    assert len(after["graphs"]) == 1
    assert not set(before["graphs"]) & set(after["graphs"])
    monkeypatch.setattr(live, "embed", True)
    assert Wave().get_state()["_manifest"]["graphs"] == before["graphs"]


def test_the_engine_is_in_the_state_once_and_on_request():
    first, second = Wave(), Wave()
    shared = first._front_end
    assert second._front_end is shared
    assert shared.engine == ""
    first.embed(engine=True)
    assert "KexueEngine" in shared.engine
    shared.close()
    assert Wave()._front_end.engine == ""


def test_a_book_gets_a_page_with_a_picture_and_a_manifest_and_graphs_beside_it(monkeypatch, tmp_path):
    monkeypatch.setenv("KEXUE_BOOK", str(tmp_path / "graphs"))
    line = Line()
    page = line._repr_mimebundle_()[0]["text/html"]
    assert '<img alt="A small network learns a line."' in page
    manifest = json.loads(re.search(r'<script type="application/json">(.*)</script>', page)[1])
    assert manifest["frame"]["steps"] == 5
    assert manifest["starts"] == ["slope"]
    assert set(manifest["model"]) == {"start", "step", "frame"}
    assert "graphs" not in manifest
    named = {variant["graph"] for variants in manifest["model"].values() for variant in variants}
    assert {path.stem for path in (tmp_path / "graphs").iterdir()} == named
    assert line.embed(engine=True) is line
    assert line.comm is line._front_end is None
    assert "graphs" not in line.manifest()


def test_in_a_book_a_box_holds_a_widget_with_its_graphs_and_its_frame_of_now(monkeypatch, tmp_path):
    monkeypatch.setenv("KEXUE_BOOK", str(tmp_path))
    line = Line(slope=1.0)
    box = ipywidgets.HBox([line])
    assert box.get_state()["children"] == [f"IPY_MODEL_{line.comm.comm_id}"]
    state = line.get_state()
    assert set(state["_manifest"]["model"]) == {"start", "step", "frame"}
    assert state["_manifest"]["graphs"]
    assert state["_front_end"] == f"IPY_MODEL_{line._front_end.model_id}"
    line.slope = 2.0
    frame = {
        each["name"]: np.frombuffer(base64.b64decode(each["data"]), "<f4")
        for each in line.get_state()["_frame"]["arrays"]
    }
    np.testing.assert_array_equal(frame["truth"], Line(slope=2.0).arrays["truth"])
    line.edit(frame=lambda state: {**Line.frame(state), "truth": torch.zeros(21)})
    assert line.get_state()["_manifest"]["graphs"].keys() - state["_manifest"]["graphs"].keys()


def test_a_manifest_cannot_end_its_own_element(monkeypatch, tmp_path):
    class Sly(Wave):
        """A wave</script><script>alert(1)</script>."""

        views = (View(*Wave.views[0].marks, title="</script>"),)

    monkeypatch.setenv("KEXUE_BOOK", str(tmp_path))
    page = Sly()._repr_mimebundle_()[0]["text/html"]
    assert page.count("</script>") == 1
    assert "<script>alert" not in page


def test_a_saved_page_is_one_file_that_holds_everything(tmp_path):
    path = tmp_path / "wave.html"
    Wave().save_html(path)
    page = path.read_text(encoding="utf-8")
    assert "<kexue-explorer>" in page
    assert "KexueEngine" in page
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_the_description_is_the_first_paragraph():
    assert Wave().description == "A wave with noise on it."


# Mistakes in a class


def some_frame(amplitude):
    return {"x": torch.arange(3.0), "y": amplitude * torch.ones(3)}


def fine(**parts):
    lines = (View(Lines("x", "y")),)
    return {"amplitude": Slider(1.0, 0.0, 2.0), "views": lines, "frame": staticmethod(some_frame), **parts}


def stateful(**functions):
    made = {
        "start": lambda: torch.ones(3),
        "step": lambda state: state,
        "frame": lambda state: {"x": state, "y": state},
    }
    return fine(**{name: each and staticmethod(each) for name, each in {**made, **functions}.items()})


MISTAKES = {
    "no staticmethod": (
        fine(frame=some_frame),
        r"Odd.frame must be a static .*; it needs @staticmethod above def frame",
    ),
    "a module": (fine(frame=torch.nn.Linear(1, 1)), r"Odd.frame must be a static method, .*; got Linear\("),
    "a static module": (fine(frame=staticmethod(torch.nn.Linear(1, 1))), "must be functions, got Linear"),
    "no frame": (fine(frame=None), "Odd has no frame"),
    "no start": (stateful(start=None), "Odd has step and no start"),
    "no step": (stateful(step=None), "Odd has start and no step"),
    "noise first": (stateful(step=lambda noise, state: state), r"must take the state first: step\(state, noise\)"),
    "no state taken": (stateful(frame=some_frame), r"some_frame must take the state first: frame\(state, amplitude\)"),
    "a state in start": (stateful(start=lambda state: state), "takes 'state', but it is what makes the state"),
    "a state of nothing": (fine(frame=staticmethod(lambda state: {})), "takes 'state', but the model has no state"),
    "a view": (
        fine(views=View(Lines("x", "y"))),
        r"Odd: views must be a tuple of View, as in views = \(View\(\.\.\.\),\)",
    ),
    "a mark": (fine(views=(Lines("x", "y"),)), "Odd: views must be a tuple of View"),
    "a seed": (fine(seed=Slider(0, 0, 9)), r"seed is what every explorer has; another one is given as Odd\(seed=3\)"),
    "a number as seed": (fine(seed=3), "seed is what every explorer has"),
    "a number as name": (fine(frame=staticmethod(lambda: {0: torch.ones(3)})), "must name its arrays by str, got 0"),
    "another array": (fine(views=(View(Lines("x", "z")),)), "lines draws 'z', but frame returns only x, y"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_a_class_is_told_in_words_when_the_class_or_the_explorer_is_made(case):
    parts, words = MISTAKES[case]
    with pytest.raises((TypeError, ValueError), match=words):
        type("Odd", (Explorer,), parts)()


def test_a_class_may_have_another_seed_and_parts_of_a_model():
    half = type("Half", (Explorer,), {"amplitude": Slider(1.0, 0.0, 2.0), "seed": Seed(7)})
    whole = type("Whole", (half,), {"frame": staticmethod(some_frame), "views": [View(Lines("x", "y"))]})()
    assert (whole.seed, whole.arrays["y"].tolist()) == (7, [1.0] * 3)
