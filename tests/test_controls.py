"""Controls: what they accept, what they say, what a model receives."""

import numpy as np
import pytest
import torch
import traitlets

from kexue_widgets.live import Choice, Dots, Explorer, Lines, Points, Slider, Toggle, View


class Wave(Explorer):
    """A sine wave."""

    amplitude = Slider(1.0, 0.0, 2.0, label="amplitude", unit="V")
    rate = Slider(0.01, 1e-4, 1.0, log=True)
    shifted = Toggle(False, label="shifted")
    shape = Choice({"one": 1, "pair": (1, 2)})
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
        ("shifted", 1, r"shifted \(shifted\) must be True or False, got 1"),
        ("shape", "three", r"must be one of 'one', 'pair', got 'three'"),
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
    with pytest.raises(ValueError, match="default must be one of a, b, got c"):
        Choice(["a", "b"], default="c")


def test_numbers_reach_the_model_as_tensors_and_names_as_strings():
    tensors = {name: control.tensor(Wave().values[name]) for name, control in Wave().controls.items()}
    assert torch.equal(tensors["amplitude"], torch.tensor(1.0))
    assert torch.equal(tensors["shifted"], torch.tensor(0.0))
    assert torch.equal(Wave.shape.tensor("pair"), torch.tensor([1.0, 2.0]))
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
    assert specs["shape"]["options"][1] == {"label": "pair", "value": (1, 2)}
    assert specs["name"]["options"][0] == {"label": "sine", "value": None}


class Cloud(Explorer):
    """Points that a reader draws."""

    points = Points([[0, 0], [1, 1]], x_range=(-2, 2), y_range=(0, 2), capacity=5, label="target")

    views = (View(Dots("x", "y")),)

    @staticmethod
    def frame(points):
        return {"x": points[:, 0], "y": points[:, 1]}


@pytest.mark.parametrize(
    "value",
    [
        [[0, 0, 0]],
        [1, 2],
        [[0, 0], [1]],
        [[2.1, 0]],
        [[0, -0.1]],
        [[0, float("nan")]],
        [[0, 0]] * 6,
        [["a", "b"]],
        "[[0, 0]]",
        None,
    ],
)
def test_bad_points_are_refused_in_words_and_the_last_ones_stay(value):
    cloud = Cloud(points=[[0.5, 0.5]])
    words = r"points \(target\) must be at most 5 pairs \[x, y\] with x in \[-2, 2\] and y in \[0, 2\], got "
    with pytest.raises(traitlets.TraitError, match=words):
        cloud.points = value
    assert cloud.points == [[0.5, 0.5]]


def test_points_are_lists_of_pairs_however_they_are_given():
    assert Cloud().points == [[0, 0], [1, 1]]
    assert Cloud(points=np.array([[-2, 0], [2, 2]])).points == [[-2, 0], [2, 2]]
    assert Cloud(points=((0.25, 1),)).points == [[0.25, 1]]
    assert Cloud(points=[]).points == []


def test_points_reach_the_model_repeated_until_the_tensor_is_full():
    tensor = Cloud.points.tensor([[0.5, 1.5], [-1.0, 0.25]])
    assert tensor.dtype == torch.float32
    assert tensor.tolist() == [[0.5, 1.5], [-1.0, 0.25], [0.5, 1.5], [-1.0, 0.25], [0.5, 1.5]]


def test_without_points_the_model_receives_the_default_ones():
    assert Cloud(points=[]).arrays["x"].tolist() == [0, 1, 0, 1, 0]


def test_changed_points_leave_the_default_ones_as_they_were():
    Cloud().points[0][0] = 7.0
    assert Cloud().points == [[0, 0], [1, 1]]
    assert Cloud.points.tensor([])[0].tolist() == [0, 0]


def test_points_are_synchronised_as_json_and_answered_for(monkeypatch):
    cloud, sent = Cloud(), []
    cloud.points = np.array([[0.5, 1.5]])
    assert cloud.get_state("points") == {"points": [[0.5, 1.5]]}
    monkeypatch.setattr(cloud, "send", lambda content, buffers=None: sent.append(buffers))
    cloud._answer(None, {"id": 1, "do": "frame", "values": {"points": [[2, 1]]}, "seed": 0}, [])
    assert sent[0][0].tolist() == [2] * 5


def test_impossible_points_are_refused():
    plane = {"x_range": (0, 1), "y_range": (0, 1)}
    with pytest.raises(ValueError, match=r"default must be 1 to 2 pairs \[x, y\] with x in \[0, 1\]"):
        Points([], **plane, capacity=2)
    with pytest.raises(ValueError, match=r"default must be 1 to 2 pairs .* got \[\[0, 2\]\]"):
        Points([[0, 2]], **plane, capacity=2)
    with pytest.raises(ValueError, match=r"x_range must be two numbers, the lower one first, got \(1, 0\)"):
        Points([[0, 0]], x_range=(1, 0), y_range=(0, 1))
