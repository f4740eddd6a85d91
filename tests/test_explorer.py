"""Explorers as Python objects and as Jupyter widgets; `tests/page/` and `tests/lab/` see them in a browser."""

import json
import re

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from explorers import Line, Wave

from kexue_widgets.live import Explorer, Slider, View


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
    wave._use({"frame": lambda: {"x": torch.ones(3), "y": torch.ones(4)}})
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


def test_a_notebook_gets_the_widget_and_a_picture():
    data, _ = Wave()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"].startswith(b"\x89PNG")


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
