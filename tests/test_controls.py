"""Controls: what they accept, what they say, what a model receives."""

import base64
import gzip
import json
import re

import numpy as np
import pytest
import torch
import traitlets

from kexue_widgets.live import Choice, Explorer, Lines, Query, Slider, Toggle, View


class Wave(Explorer):
    """A sine wave."""

    amplitude = Slider(1.0, 0.0, 2.0, label="amplitude", unit="V")
    rate = Slider(0.01, 1e-4, 1.0, log=True)
    shifted = Toggle(False, label="shifted")
    shape = Choice({"even": (1, 1), "odd": (1, 2)})
    name = Choice(["sine", "cosine"], default="cosine")

    views = (View(Lines("x", "y")),)

    @staticmethod
    def frame(amplitude, shifted, name):
        x = torch.linspace(0, 6, 20)
        return {"x": x, "y": amplitude * (torch.sin(x + shifted) if name == "sine" else torch.cos(x + shifted))}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("amplitude", 2.1, r"amplitude \(amplitude\) must be in \[0, 2\], got 2.1"),
        ("amplitude", float("nan"), r"must be in \[0, 2\], got nan"),
        ("amplitude", "many", r"must be in \[0, 2\], got 'many'"),
        ("amplitude", True, r"must be in \[0, 2\], got True"),
        ("amplitude", "1", r"must be in \[0, 2\], got '1'"),
        ("amplitude", b"1", r"must be in \[0, 2\], got b'1'"),
        ("amplitude", np.array([1.0]), r"must be in \[0, 2\], got array"),
        ("amplitude", 10**400, r"must be in \[0, 2\], got 1000"),
        ("shifted", 1, r"shifted \(shifted\) must be True or False, got 1"),
        ("shape", "three", r"must be one of 'even', 'odd', got 'three'"),
        ("shape", ["one"], r"must be one of 'even', 'odd', got \['one'\]"),
        ("seed", -1, r"seed \(seed\) must be a whole number in \[0, 4294967295\], got -1"),
        ("seed", 1.5, r"must be a whole number"),
    ],
)
def test_a_bad_value_is_refused_in_words_and_the_last_one_stays(name, value, words):
    wave = Wave()
    before = getattr(wave, name)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(wave, name, value)
    assert getattr(wave, name) == before


def test_the_bounds_themselves_are_accepted():
    assert Wave(amplitude=0).amplitude == 0
    assert Wave(amplitude=2).amplitude == 2


def test_impossible_defaults_are_refused():
    with pytest.raises(ValueError, match=r"default must be in \[0, 1\], got 2"):
        Slider(2, 0, 1)
    with pytest.raises(ValueError, match="must be positive"):
        Slider(0, 0, 1, log=True)
    with pytest.raises(ValueError, match="default must be one of 'a', 'b', got 'c'"):
        Choice(["a", "b"], default="c")
    with pytest.raises(ValueError, match=r"options must be numbers, or as many numbers each, got \[1, \(1, 2\)\]"):
        Choice({"one": 1, "pair": (1, 2)})


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64, torch.tensor, np.array])
def test_bounds_may_be_numpys_or_torchs(kind):
    slider = Slider(kind(1), kind(0), kind(4), step=kind(2))
    assert (slider.minimum, slider.maximum, slider.step, slider.default_value) == (0, 4, 2, 1)
    assert json.loads(json.dumps(slider.spec(1)))["max"] == 4
    choice = Choice({"one": kind(1), "two": kind(2)})
    assert json.loads(json.dumps(choice.spec("one")))["options"]["numbers"] == [1, 2]
    pair = Choice({"a": np.array([1.0, 2.0]), "b": torch.tensor([3, 4])})
    assert json.loads(json.dumps(pair.spec("a")))["options"]["numbers"] == [[1, 2], [3, 4]]

    mixed = Choice({"a": (np.float32(1.5), torch.tensor(2)), "b": [np.int64(3), True]})
    assert json.loads(json.dumps(mixed.spec("a")))["options"]["numbers"] == [[1.5, 2], [3, 1]]
    assert Toggle(np.True_).default_value is True


NONE = [float("nan"), float("inf"), -float("inf"), "1", None, True, [1, 2], torch.zeros(2), 1j, 10**400, 1e39]
NONE += [np.complex64(1), np.True_, np.ma.masked, np.timedelta64(1, "s")]


@pytest.mark.parametrize("wrong", NONE)
@pytest.mark.parametrize("name", ["default", "minimum", "maximum", "step"])
def test_bounds_are_finite_numbers(name, wrong):
    arguments = {"default": 1, "minimum": 0, "maximum": 2} | {name: wrong}
    if name == "step" and wrong is None:
        return
    with pytest.raises(ValueError, match=f"{name} must be a finite number, got"):
        Slider(**arguments)


@pytest.mark.parametrize("step", [0, -0.1, 3])
def test_steps_lead_from_one_end_to_the_other(step):
    with pytest.raises(ValueError, match=f"step must be positive and at most 2, the range, got {step:g}"):
        Slider(1, 0, 2, step=step)
    with pytest.raises(ValueError, match="minimum must be less than maximum, got 1 and 1"):
        Slider(1, 1, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "options must be at least one, got none"),
        ({}, "options must be at least one, got none"),
        ("abc", "options must be labels, got one string 'abc'"),
        (["a", "b", "a"], "options must have different labels, got 'a' twice"),
        ([1, 2], "options must have labels that are strings, not empty, got 1"),
        ([""], "options must have labels that are strings, not empty, got ''"),
        ({"a": float("nan")}, "options must be finite numbers, or as many numbers each, got nan"),
        ({"a": "1"}, "options must be finite numbers, or as many numbers each, got '1'"),
        ({"a": None}, "options must be finite numbers"),
        ({"a": b"1"}, "options must be finite numbers, or as many numbers each, got b'1'"),
        ({"a": ["1", "2"]}, "options must be finite numbers"),
        ({"a": 10**400}, "options must be finite numbers"),
        ({"a": 1e39}, "options must be finite numbers"),
        ({"a", "b"}, "options must be labels in an order, got"),
        (None, "options must be labels in an order, got None"),
        (["half \ud800"], "options must be a string of whole characters"),
        ({"a": [[1]]}, "options must be finite numbers"),
        ({"a": []}, "options must be finite numbers"),
    ],
)
def test_options_are_labels_that_differ_and_finite_numbers(options, words):
    with pytest.raises(ValueError, match=words):
        Choice(options)


def test_numbers_reach_the_model_as_tensors_and_names_as_strings():
    tensors = {name: control.tensor(Wave().values[name]) for name, control in Wave().controls.items()}
    assert torch.equal(tensors["amplitude"], torch.tensor(1.0))
    assert torch.equal(tensors["shifted"], torch.tensor(0.0))
    assert torch.equal(Wave.shape.tensor("odd"), torch.tensor([1.0, 2.0]))
    assert tensors["name"] == "cosine"


def test_a_specification_names_what_the_front_end_needs():
    specs = {spec["name"]: spec for spec in Wave(rate=0.1).manifest()["controls"]}
    assert list(specs) == ["amplitude", "rate", "shifted", "shape", "name"]
    assert specs["amplitude"] == {
        "kind": "slider",
        "name": "amplitude",
        "label": "amplitude",
        "value": 1.0,
        "min": 0.0,
        "max": 2.0,
        "step": 0.02,
        "log": False,
        "unit": "V",
    }
    assert specs["rate"]["value"] == 0.1
    assert specs["rate"]["label"] == "rate"
    assert specs["shape"]["options"] == {"labels": ["even", "odd"], "numbers": [(1, 1), (1, 2)]}
    assert specs["name"]["options"] == {"labels": ["sine", "cosine"], "numbers": None}


def test_a_control_says_with_which_values_of_others_it_is_read():
    class Bent(Wave):
        bend = Slider(0.0, 0.0, 1.0, when={"name": "sine", "shifted": [False]})

    specs = Bent().manifest()["controls"]
    assert [each.get("when") for each in specs] == [None] * 5 + [{"name": ["sine"], "shifted": [False]}]
    bend = Bent().controls["bend"]
    assert bend.is_read(Bent(name="sine").values)
    assert not bend.is_read(Bent().values)
    assert not bend.is_read(Bent(name="sine", shifted=True).values)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"label": 3}, "label must be a string of whole characters, got 3"),
        ({"label": "\ud800"}, "label must be a string of whole characters"),
        ({"unit": None}, "unit must be a string of whole characters, got None"),
        ({"when": "name"}, "when must be values of other controls by their names, got 'name'"),
        ({"when": {"name": []}}, "when must have values for name, got none"),
    ],
)
def test_what_stands_beside_a_control_is_text(wrong, words):
    with pytest.raises(ValueError, match=words):
        Slider(0.0, 0.0, 1.0, **wrong)
    with pytest.raises(ValueError, match="default must be True or False, got 'yes'"):
        Toggle("yes")


def test_no_control_has_the_name_of_what_every_object_of_a_page_has():
    with pytest.raises(TypeError, match="a control cannot be called '__proto__'"):
        type("Odd", (Wave,), {"__proto__": Slider(0.0, 0.0, 1.0)})


def test_a_condition_that_can_never_hold_is_refused():
    with pytest.raises(TypeError, match=r"Odd.bend: when names 'form', which is no other control \(amplitude, rate, "):
        type("Odd", (Wave,), {"bend": Slider(0.0, 0.0, 1.0, when={"form": "sine"})})
    with pytest.raises(traitlets.TraitError, match=r"name \(name\) must be one of 'sine', 'cosine', got 'circle'"):
        type("Odd", (Wave,), {"bend": Slider(0.0, 0.0, 1.0, when={"name": "circle"})})


def test_a_model_may_receive_the_rows_of_a_questions_terms_and_the_sum_of_all_rows():
    question = Query("", ["drop drops", "向量"], rows=torch.tensor([[1, 2], [3, 4]]), capacity=3)
    assert question.tensor("向量 and drops").tolist() == [[3, 4], [1, 2], [0, 0], [4, 6]]
    assert question.tensor("").tolist() == [[0, 0], [0, 0], [0, 0], [4, 6]]
    assert question.tensor("drops").dtype == torch.float32
    packed = gzip.decompress(base64.b64decode(question.spec("")["packed"]))
    assert np.frombuffer(packed, "<f4").reshape(-1, 2).tolist() == [[1, 2], [3, 4], [0, 0], [4, 6]]
    assert "packed" not in Query("", ["drop"]).spec("")


@pytest.mark.parametrize("shape", [(3, 2), (2,), (2, 2, 1)])
def test_there_is_a_row_for_each_term(shape):
    words = rf"rows must be of shape \(2, d\), one row for each term, got {re.escape(str(shape))}"
    with pytest.raises(ValueError, match=words):
        Query("", ["drop", "向量"], rows=torch.zeros(shape))
