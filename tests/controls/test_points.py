"""Points that a reader draws: what is accepted, what a model receives."""

import numpy as np
import pytest
import torch
import traitlets

from kexue_widgets.live import Dots, Explorer, Points, View


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
