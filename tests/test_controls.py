"""Controls: what they accept, what they say, what a model receives."""

import pytest
import torch
import traitlets

from kexue_widgets.live import Choice, Explorer, Lines, Slider, Toggle, View


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
