"""Operators: what the reference says that a model may use gives torch's numbers, and what it says is refused is refused.

The numbers expected are torch's own, at three values of a control that the export has not compared.
"""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from kexue_widgets.live import Engine, OnnxProgram, Slider, export_model
from kexue_widgets.live.operators import REFUSED, WORKS
from kexue_widgets.live.programs import TorchProgram

P = Slider(1.3, -2.2, 2.2)
P.name = "p"
VALUES = (-1.7, 0.4, 2.0)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path))


def given():
    """What the expressions name beside `p` and `x`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return {
            "torch": torch,
            "F": F,
            "small": torch.tensor([1e-8, 1e-6, 1e-4, 1e-2, 0.3, -0.4, 0.0]),
            "wide": torch.tensor([-40.0, -17.0, -1.0, 0.0, 1.0, 11.0, 40.0]),
            "special": torch.tensor([1, torch.nan, -torch.inf, torch.inf, -0.0, 0, -2.5, 2.5, 0.5, -0.5, -1.5]),
            "ties": torch.tensor([2.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0]),
            "integers": torch.tensor([-7, -4, -1, 0, 1, 5, 7]),
            "fine": torch.linspace(-1.3, 1.7, 4, dtype=torch.float64),
            "square": torch.randn(4, 4),
            "table": torch.randn(5, 3),
            "image": torch.randn(1, 2, 6, 6),
            "series": torch.randn(1, 3, 9),
            "kernel": torch.randn(3, 2, 3, 3),
            "sequence": torch.randn(3, 2, 4),
            "lstm": nn.LSTM(4, 3),
            "gru": nn.GRU(4, 3),
            "attention": nn.MultiheadAttention(4, 2),
            "transformer": nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0),
            "batch_norm": nn.BatchNorm1d(5).eval(),
        }


NAMES = given()


def model(expressions):
    """A frame with an array for each expression, named by its place, and with another of what single precision lacks of it."""
    functions = [eval(f"lambda p, x: {expression}", dict(NAMES)) for expression in expressions]

    def frame(noise, p):
        x = noise.normal(4, 5)
        arrays = {str(place): function(p, x) for place, function in enumerate(functions)}
        fine = {place: array for place, array in arrays.items() if array.dtype == torch.float64}
        return arrays | {f"{place} fine": (array - array.float().double()) * 2**24 for place, array in fine.items()}

    return {"frame": frame}


def both(functions, values):
    """The arrays of the kernel and of the page."""
    graphs = export_model(functions, {"p": P}, {"p": 1.3})
    for program in (TorchProgram(functions, {"p": P}), OnnxProgram(graphs, {"p": P}, [])):
        yield [program.frame(None, np.random.RandomState(0), {"p": value}) for value in values]


@pytest.mark.parametrize("group", WORKS)
def test_what_a_model_may_use_gives_torchs_numbers_on_the_page(group):
    kernel, page = both(model(WORKS[group]), VALUES)
    for value, expected, found in zip(VALUES, kernel, page, strict=True):
        for place, array in expected.items():
            expression = WORKS[group][int(place.split()[0])]
            size = np.abs(array[np.isfinite(array)]).max(initial=0)
            tolerance = (
                0 if group in ("near 0", "integers and rounding", "order", "comparisons and masks") else 1e-5 * size
            )
            np.testing.assert_allclose(
                found[place], array, rtol=1e-5, atol=tolerance, err_msg=f"{expression} at p = {value}"
            )


@pytest.mark.parametrize("operation", REFUSED)
def test_what_is_refused_is_refused_in_a_sentence_that_names_it_and_what_stands_in_its_place(operation):
    expression, instead = REFUSED[operation]
    with pytest.raises(ValueError, match=rf"{re.escape(operation)}\b.*{re.escape(instead)}") as refused:
        export_model(model([expression]), {"p": P}, {"p": 1.3})
    text = str(refused.value)
    assert "\n" not in text
    assert "\x1b" not in text


def test_states_of_whole_numbers_truth_values_and_double_precision_go_round():
    def start(p):
        return {"count": torch.tensor([-7, 2**40]), "on": torch.tensor([True, False]), "fine": p.double() / 3}

    def step(state):
        fine = (state["fine"] + 1e-12) * 1.000000001
        return {"count": state["count"] // 2 + 2**33, "on": ~state["on"], "fine": fine}

    def frame(state, p):
        # What single precision would lose: the last digits of a whole number above 2^24, and of 1e-12 beside 1.
        return {
            "count": state["count"] % 1000,
            "on": state["on"],
            "fine": (state["fine"] - p.double() / 3) * 1e9,
        }

    functions = {"start": start, "step": step, "frame": frame}
    graphs = export_model(functions, {"p": P}, {"p": 1.3})
    kernel, page = (
        Engine(program) for program in (TorchProgram(functions, {"p": P}), OnnxProgram(graphs, {"p": P}, ["p"]))
    )
    for value in VALUES:
        expected, found = (engine.advance(5, {"p": value}, 0).arrays for engine in (kernel, page))
        for name in expected:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-6, err_msg=name)


def test_an_operator_whose_numbers_differ_on_the_page_is_named(monkeypatch):
    from kexue_widgets.live import decompositions, tracing

    table = {key: value for key, value in decompositions.decompositions().items() if "atan2" not in str(key)}
    monkeypatch.setattr(tracing, "decompositions", lambda: table)  # the exporter's own is wrong on the axes
    with pytest.raises(ValueError, match=r"other numbers than torch for '0' \(torch.atan2"):
        export_model(
            model(["torch.atan2(p * torch.tensor([0.0, -0.0]), torch.tensor([-1.0, -1.0]))"]), {"p": P}, {"p": 1}
        )
