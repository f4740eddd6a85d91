"""Controls: what they accept, what they say, what a model receives."""

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

from kexue_widgets.live import Choice, Dots, Explorer, Lines, Photo, Points, Slider, Toggle, View


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
    with pytest.raises(ValueError, match="default must be one of 'a', 'b', got 'c'"):
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
    assert specs["shape"]["options"] == {"labels": ["one", "pair"], "numbers": [1, (1, 2)]}
    assert specs["name"]["options"] == {"labels": ["sine", "cosine"], "numbers": None}


WORDS = {f"word{index}": index for index in range(3000)}


class Pairs(Explorer):
    """Two words and a letter."""

    first = Choice(WORDS, label="first")
    second = Choice(dict(WORDS), "word9", label="second")
    letter = Choice({"a": 0, "b": 1})

    views = (View(Dots("x", "x")),)

    @staticmethod
    def frame(first, second):
        return {"x": torch.stack([first, second])}


def test_options_that_two_controls_share_are_sent_once_and_their_order_not_at_all():
    first, second, letter = Pairs().manifest()["controls"]
    assert first["options"] == {"labels": list(WORDS), "numbers": "order"}
    assert (second["options"], second["value"]) == ("first", "word9")
    assert letter["options"] == {"labels": ["a", "b"], "numbers": "order"}
    assert Pairs().arrays["x"].tolist() == [0, 9]


def test_a_word_that_is_none_of_many_is_answered_with_near_ones():
    with pytest.raises(traitlets.TraitError, match=r"one of 3000 options \(near: 'word12.*\), got 'wrd12'"):
        Pairs(first="wrd12")


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


class Look(Explorer):
    """The middle of a photo."""

    photo = Photo(4, label="picture")

    views = (View(Dots("x", "x")),)

    @staticmethod
    def frame(photo):
        return {"x": photo.reshape(-1)}


PICTURE = np.random.RandomState(0).randint(256, size=(4, 6, 3), dtype=np.uint8)


def test_a_photo_is_its_middle_however_it_is_given(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(PICTURE).save(path)
    # Four pixels high, so that nothing is resized: columns 1 to 4 of 6.
    expected = PICTURE[:, 1:5].astype(np.float32).reshape(-1)
    url = Look(photo=PICTURE).photo
    for given in (PICTURE, path, str(path), Image.fromarray(PICTURE), url):
        look = Look(photo=given)
        assert look.photo == url
        np.testing.assert_array_equal(look.arrays["x"], expected)
    assert repr(look) == "Look(photo=<photo>, seed=0)"
    grey = Look(photo=PICTURE[..., 0]).arrays["x"].reshape(4, 4, 3)
    np.testing.assert_array_equal(grey, np.repeat(PICTURE[:, 1:5, :1], 3, axis=2))


def test_without_a_photo_the_model_receives_zeros():
    assert Look().photo == ""
    assert Look().arrays["x"].tolist() == [0] * 48


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("no/such.png", "got 'no/such.png' .*No such file"),
        (__file__, r"test_controls.py' .*cannot identify"),
        (PICTURE / 255, r"\(its shape is \(4, 6, 3\), its type float64\)"),
        (PICTURE[:0], "its shape is"),
        ("data:image/png;base64,AAAA", "got 'data:image/png;base64,AAAA'"),
        (3, r"got 3 \(its type is int\)"),
        (None, "got None"),
    ],
)
def test_what_is_no_photo_is_named_and_the_last_one_stays(value, got):
    look = Look(photo=PICTURE)
    before = look.photo
    with pytest.raises(traitlets.TraitError, match=rf"photo \(picture\) must be '', an image as data URL, .*{got}"):
        look.photo = value
    assert look.photo == before
