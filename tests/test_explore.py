"""From a function to an explorer by the abbreviations of `ipywidgets.interact`, with views by shapes."""

import base64
import json
import math
import random
import re
from pathlib import Path

import ipywidgets
import networkx as nx
import numpy as np
import pytest
import torch
import traitlets
from matplotlib import pyplot
from scipy import ndimage

from kexue_widgets.live import (
    STATIC,
    Bars,
    Choice,
    Engine,
    Explorer,
    Heatmap,
    Images,
    Lines,
    OnnxProgram,
    Photo,
    Slider,
    Table,
    Toggle,
    View,
    explore,
    export_model,
    page_element,
)

X = torch.linspace(0, 1, 50)


def curve(p):
    return p * X


def kinds(explorer: Explorer) -> list[list[type]]:
    return [[type(mark) for mark in view.marks] for view in explorer.views]


# What interact itself makes of an abbreviation: its value, bounds and step.
@pytest.mark.parametrize(
    "given", [(0, 10), (0, 11), (0.0, 1.0), (2, 8, 2), (0.0, 1.0, 0.25), (-4, 4), 5, 0.5, -3, 0, 0.0, 7]
)
def test_numbers_stand_for_the_sliders_that_interact_makes_of_them(given: object) -> None:
    theirs = ipywidgets.interactive(lambda p: None, p=given).children[0]
    ours = explore(curve, p=given)
    control = ours.controls["p"]
    assert isinstance(control, Slider)
    assert (control.minimum, control.maximum) == (theirs.min, theirs.max)
    assert ours.p == pytest.approx(theirs.value)
    if isinstance(theirs, ipywidgets.IntSlider):
        assert control.step == theirs.step


@pytest.mark.parametrize(
    "given",
    [["a", "b"], [1, 2, 3], {"one": 1, "ten": 10}, [("one", 1), ("ten", 10)], range(1, 4)],
)
def test_options_are_those_of_interact_and_reach_the_function_as_they_are(given: object) -> None:
    theirs = ipywidgets.interactive(lambda p: None, p=given).children[0]
    met = []

    @explore(p=given)
    def ours(p):
        met.append(p)
        return X

    assert isinstance(ours.controls["p"], Choice)
    assert tuple(ours.controls["p"].options) == theirs._options_labels
    for label, value in zip(theirs._options_labels, theirs._options_values, strict=True):
        ours.p = label
        assert len(ours.arrays["y"]) == 50
        assert met[-1] == value


def test_a_default_says_where_a_control_stands_and_stands_for_one_itself() -> None:
    @explore(p=(0, 10), n=[1, 2, 3])
    def both(p=7, n=2, on=True, scale=2.0):
        return p * n * scale * on * X

    assert both.values == {"p": 7, "n": "2", "on": True, "scale": 2.0}
    assert [type(each) for each in both.controls.values()] == [Slider, Choice, Toggle, Slider]
    assert (both.controls["scale"].minimum, both.controls["scale"].maximum) == (-2, 6)  # as interact's
    assert both.arrays["y"][-1] == 7 * 2 * 2


def test_numbers_of_numpy_are_numbers() -> None:
    whole, real = explore(curve, p=(np.int64(0), np.int32(10))), explore(curve, p=np.float32(0.5))
    assert (whole.p, whole.controls["p"].step, real.controls["p"].maximum) == (5, 1, 1.5)
    assert json.loads(json.dumps([whole.manifest(), real.manifest()]))


def test_what_is_fixed_has_no_control_and_a_control_is_taken_as_it_is() -> None:
    explorer = explore(
        lambda p, power: p * X**power, p=Slider(1, 0.1, 10, log=True, unit="s"), power=ipywidgets.fixed(3)
    )
    assert list(explorer.controls) == ["p"]
    assert explorer.controls["p"].unit == "s"
    np.testing.assert_allclose(explorer.arrays["y"], X.numpy() ** 3, rtol=1e-6)


def test_options_may_be_functions_and_loops_may_count_to_them() -> None:
    @explore(function=[torch.sin, torch.tanh], terms=[1, 2, 5])
    def series(function, terms):
        return sum(function(each * X) for each in range(1, terms + 1))

    series.function, series.terms = "tanh", "5"
    expected = sum(np.tanh(each * X.numpy()) for each in range(1, 6))
    np.testing.assert_allclose(series.arrays["y"], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (lambda p: p * X, [[Lines]]),
        (lambda p: (X, p * X), [[Lines]]),
        (lambda p: {"x": X, "sine": p * X.sin(), "cosine": p * X.cos()}, [[Lines, Lines]]),
        (lambda p: {"fit": p * X, "loss": p * torch.ones(7)}, [[Lines], [Lines]]),
        (lambda p: {"x": X, "walks": p * torch.ones(4, 50)}, [[Lines]]),
        (lambda p: p * torch.ones(4, 50), [[Heatmap]]),
        (lambda p: p * torch.ones(2, 4, 5), [[Heatmap]]),
        (lambda p: {"x": X, "y": torch.arange(4), "height": p * torch.ones(4, 50)}, [[Heatmap]]),
        (lambda p: p * torch.ones(8, 9, 3), [[Images]]),
        (lambda p: p * 2, [[Table]]),
        (lambda p: {"curve": p * X, "mean": p, "deviation": p**2}, [[Lines], [Table]]),
        (lambda p: {"x": p * X}, [[Lines]]),
        (lambda p: {"a": p * torch.ones(3, 4), "b": p * torch.ones(3, 4)}, [[Heatmap], [Heatmap]]),
    ],
)
def test_views_follow_from_shapes_and_can_be_drawn(result: object, expected: list[list[type]]) -> None:
    explorer = explore(result, p=(0.0, 1.0))
    assert kinds(explorer) == expected
    assert explorer.picture().startswith(b"\x89PNG")


def test_lines_are_over_x_and_else_over_their_index() -> None:
    over = explore(lambda p: {"x": X, "y": p * X, "other": p * torch.ones(7)}, p=(0, 1))
    assert [(mark.x, mark.y) for view in over.views for mark in view.marks] == [("x", "y"), ("index", "other")]
    np.testing.assert_array_equal(over.arrays["index"], np.arange(7))
    field = explore(lambda p: {"x": X, "y": torch.arange(4), "height": p * torch.ones(4, 50)}, p=(0, 1))
    (mark,) = field.views[0].marks
    assert (mark.x, mark.y) == ("x", "y")


def test_noise_comes_with_a_seed() -> None:
    walk = explore(lambda noise, drift: (noise.normal(100) + drift).cumsum(0), drift=(-1.0, 1.0))
    assert walk.manifest()["random"]
    first = walk.arrays["y"]
    walk.seed = 1
    assert not np.array_equal(walk.arrays["y"], first)
    walk.seed = 0
    np.testing.assert_array_equal(walk.arrays["y"], first)
    assert not explore(curve, p=(0, 1)).manifest()["random"]


def test_views_of_ones_own_take_the_place_of_those_by_shapes() -> None:
    view = View(Bars("y"))
    explorer = explore(
        lambda p: {"y": p * torch.ones(3), "anything": torch.ones(1, 2, 3, 4, 5)}, views=[view], p=(0, 1)
    )
    assert explorer.views == [view]


def test_the_class_says_what_the_function_says() -> None:
    @explore(p=(0, 1))
    def straight_line(p):
        """A line through the origin.

        And more.
        """
        return p * X

    assert isinstance(straight_line, Explorer)
    assert straight_line.manifest()["name"] == "StraightLine"
    assert straight_line.description == "A line through the origin."
    assert explore(curve, p=(0, 1)).description == "curve"


def test_it_grows_into_a_class_that_shows_the_same() -> None:
    def wave(noise, p, n):
        return {"x": X, "y": p * torch.sin(n * X) + noise.normal(50)}

    short = explore(wave, p=(0.0, 1.0), n=(1, 9))

    class Wave(Explorer):
        p = Slider(0.5, 0.0, 1.0)
        n = Slider(5, 1, 9, step=1)
        views = (View(Lines("x", "y"), x="x", y="y"),)
        frame = staticmethod(wave)

    long, keys = Wave(), ("name", "description")
    assert {k: v for k, v in short.manifest().items() if k not in keys} == {
        k: v for k, v in long.manifest().items() if k not in keys
    }
    for name, array in long.arrays.items():
        np.testing.assert_array_equal(short.arrays[name], array)


def test_its_graphs_give_the_numbers_of_the_kernel() -> None:
    @explore(p=(0.0, 2.0), n=[1, 3], on=True)
    def wave(noise, p, n, on):
        return {"curve": p * torch.sin(n * X) + on * noise.normal(50), "mean": p * n}

    graphs = export_model(wave.functions, wave.controls, wave.values)
    assert len(graphs["frame"]) == 2
    engine = Engine(OnnxProgram(graphs, wave.controls, []), 0)
    for values in ({"p": 1.7, "n": "3", "on": False}, {"p": 0.3, "n": "1", "on": True}):
        page = engine.frame(values, seed=5).arrays
        wave.p, wave.n, wave.on, wave.seed = *values.values(), 5
        assert page.keys() == wave.arrays.keys()
        for name, array in wave.arrays.items():
            np.testing.assert_allclose(page[name], array, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ("a word", TypeError, "p must be .*list, range or dict of options.* got 'a word'"),
        ((1, 2, 3, 4), TypeError, r"p must be .* got \(1, 2, 3, 4\)"),
        ((0, "1"), TypeError, "p must be "),
        ((0, math.inf), TypeError, "p must be "),
        ((10**400, 20), TypeError, "p must be .*single precision"),
        ((0, 1, 10**400), TypeError, "p must be .*single precision"),
        (-(10**400), TypeError, "p must be .*single precision"),
        (1e308, TypeError, r"p must be .*; numbers end at 3\.4e\+38, as single precision does"),
        (range(10**12), ValueError, r"p must have at most 64 options, a graph for each, got range\(0, 10{12}\)"),
        ([], TypeError, r"p must be .* got \[\]"),
        (None, TypeError, "p must be .* got None"),
        ((1, 0), ValueError, r"p must be .* lower number first, got \(1, 0\)"),
        ((1, 1), ValueError, "p must be .* lower number first"),
        ((0, 1, 0), ValueError, "p: the step must be above 0 and at most 1, got 0"),
        ([1, "1"], ValueError, "p: each option needs a label of its own, got 1, 1"),
        (list(range(65)), ValueError, "p have 65 combinations, .* at most 64"),
    ],
)
def test_an_abbreviation_that_is_none_is_refused_by_its_name(given: object, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        explore(lambda p: X, p=given)


def test_a_number_of_numpy_is_as_good_as_its_own_kind() -> None:
    for given in (np.uint8(5), np.float32(5), np.int64(5)):
        control = explore(lambda p: p * X, p=given).controls["p"]
        assert (control.minimum, control.maximum, control.default()) == (-5, 15, 5)


def test_parameters_and_abbreviations_belong_together() -> None:
    with pytest.raises(TypeError, match=r"curve has no parameter 'q' to make a control of \(it has: p\)"):
        explore(curve, p=(0, 1), q=(0, 1))
    with pytest.raises(TypeError, match=r"curve: p needs an abbreviation, such as p=\(0, 1\)"):
        explore(curve)
    with pytest.raises(TypeError, match=r"'\*\*rest', which no control"):
        explore(lambda **rest: X)
    with pytest.raises(TypeError, match="a control cannot be called 'seed', explorers have that already"):
        explore(lambda seed: X, seed=(0, 1))
    with pytest.raises(TypeError, match="a control cannot be called 'figure'"):
        explore(lambda figure: X, figure=(0, 1))
    with pytest.raises(ValueError, match=r"p: the default must be in \[0, 1\], got 7"):
        explore(lambda p=7: X, p=(0, 1))
    with pytest.raises(ValueError, match="p: the default must be one of a, b, got 'c'"):
        explore(lambda p="c": X, p=["a", "b"])


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda p: np.sin(p * X), "np.sin .* torch.sin stands in for it"),
        (lambda p: np.exp(-p) * X, "np.exp .* torch.exp stands in"),
        (lambda p: p * np.linspace(0, 1, 50), "np.multiply .* torch.multiply .* torch.as_tensor"),
        (lambda p: np.linspace(0, 1, 50) * p, "np.multiply .* torch.multiply"),
        (lambda p: np.power(p, 2) * X, "np.power .* torch.pow"),
        (lambda p: np.cumsum(p * X), "np.cumsum .* torch.cumsum"),
        (lambda p: np.where(p * X > 0, X, 0), "np.(greater|where) "),
        (lambda p: np.linalg.norm(p * X) * X, "np.linalg.norm .* torch.linalg.norm"),
        (lambda p: np.fft.rfft(p * X), "np.fft.rfft .* torch.fft.rfft"),
        (lambda p: torch.as_tensor(np.asarray(p * X)), "numpy, .* cannot take a tensor .* torch.stack"),
        (lambda p: pyplot.plot(p * X), "numpy, and what draws .* what is to be seen is returned, not drawn"),
        (lambda p: np.convolve(p * X, X), "np.convolve .* torch.nn.functional.conv1d"),
        (lambda p: np.interp(p * X, X, X), "np.interp .* torch.Tensor has other ways"),
    ],
)
def test_numpy_on_tensors_is_refused_with_the_function_of_torch(function: object, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        explore(function, p=(0.0, 1.0))
    np.testing.assert_array_equal(np.asarray(torch.zeros(2)), [0, 0])  # numpy and torch are as before


def test_what_numpy_makes_of_constants_is_welcome() -> None:
    x = np.linspace(0, 1, 50)
    explorer = explore(lambda p: {"x": x, "line": p * torch.from_numpy(x) + np.pi}, p=(0, 1))
    np.testing.assert_allclose(explorer.arrays["line"], 0 * x + np.pi, rtol=1e-6)


@pytest.mark.parametrize(
    "draw", [lambda: np.random.normal(size=50), lambda: torch.randn(50), lambda: random.random() * X]
)
def test_other_randomness_than_noise_is_refused(draw: object) -> None:
    with pytest.raises(ValueError, match="take them from noise"):
        explore(lambda p: torch.as_tensor(draw()) + p, p=(0, 1))


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (lambda p: "text", r"must return a tensor, a pair \(x, y\) or a dict of tensors by name, got str"),
        (lambda p: None, "got NoneType"),
        (lambda p: [p, p], "got list"),
        (lambda p: {}, "must return an array at least"),
        (
            lambda p: {"z": [p, p]},
            r"'z' must be a tensor, an array or a number, got list \(torch.stack makes one tensor",
        ),
        (lambda p: {"z": torch.complex(p, p)}, "'z' must be real"),
        (lambda p: {"z": "text"}, "'z' must be a tensor, an array or a number, got str"),
        (lambda p: {"z": p * torch.ones(2, 2, 2, 2)}, r"'z' has shape \(2, 2, 2, 2\); drawn are .* views="),
        (lambda p: {"index": p * X}, "no array may be called 'index'"),
    ],
)
def test_results_that_cannot_be_drawn_are_named(result: object, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        explore(result, p=(0, 1))


def test_an_error_of_the_function_is_its_own_and_says_what_it_was_called_with() -> None:
    with pytest.raises(ZeroDivisionError):
        explore(lambda p: 1 / 0, p=(0, 1))
    with pytest.raises(TypeError, match="linspace") as error:
        explore(lambda n, on, kind: torch.linspace(0, 1, n), n=(2, 9), on=True, kind=["a"])
    (note,) = error.value.__notes__
    assert "called with tensors for n, on. Where torch wants a Python number, " in note
    with pytest.raises(ZeroDivisionError) as error:
        explore(lambda n: 1 / 0, n=[1, 2])
    assert not hasattr(error.value, "__notes__")


def test_each_option_gives_the_same_arrays() -> None:
    explorer = explore(lambda n: {"a" if n == 1 else "b": X}, n=[1, 2])
    explorer.n = "2"
    with pytest.raises(TypeError, match="must always return the same arrays: 'a', then 'b'"):
        _ = explorer.arrays


def test_what_has_no_signature_or_no_views_is_refused_in_words() -> None:
    with pytest.raises(TypeError, match="logical_and does not say what it takes; write a function that calls it"):
        explore(torch.logical_and, input=(0, 1))
    with pytest.raises(TypeError, match=r"views must be a tuple of View, .* got <"):
        explore(curve, p=(0, 1), views=View(Lines("x", "y")))


def test_a_photo_goes_through_a_filter() -> None:
    explorer = explore(lambda photo, light: light * photo / 255, photo=Photo(16), light=(0.0, 2.0))
    explorer.photo = np.full((16, 16, 3), 51, np.uint8)
    assert explorer.arrays["y"].shape == (1, 16, 16, 3)
    np.testing.assert_allclose(explorer.arrays["y"], 0.2, rtol=1e-6)


def test_controls_keep_refusing_what_they_do_not_take() -> None:
    explorer = explore(curve, p=(0, 1))
    with pytest.raises(traitlets.TraitError, match=re.escape("p (p) must be in [0, 1], got 2")):
        explorer.p = 2


# The page that tells of it


PAGE = Path(__file__).parents[1] / "book" / "explorers.md"


@pytest.fixture(scope="module")
def page() -> dict:
    """What the cells of the page define, and the class that it shows beside them."""
    names: dict = {}
    for code in re.findall(r"```(?:{code-cell} ipython3|python)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        exec(code, names)
    return names


def test_no_example_of_the_page_is_longer_than_it_says() -> None:
    cells = re.findall(r"```{code-cell} ipython3\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(cells) == 6
    assert max(len([line for line in cell.splitlines() if line.strip()]) for cell in cells) <= 25
    assert max(len(line) for cell in cells for line in cell.splitlines()) <= 96  # wider code is cut off


def test_the_vibration_is_a_damped_cosine_and_its_class_shows_the_same(page: dict) -> None:
    short, long = page["vibration"], page["Vibration"]()
    for explorer in (short, long):
        explorer.frequency, explorer.damping = 3, 0.5
        time = np.linspace(0, 2, 400)
        expected = np.exp(-0.5 * time) * np.cos(2 * np.pi * 3 * time)
        np.testing.assert_allclose(explorer.arrays["displacement"], expected, atol=1e-5)


def test_walkers_are_as_far_from_home_as_half_a_normal_number(page: dict) -> None:
    walks = page["walks"]
    walks.walkers = "100"
    (distance,) = walks.arrays["numbers"]
    expected = (2 * 200 / np.pi) ** 0.5  # E|X| of a normal number of variance 200
    deviation = (200 * (1 - 2 / np.pi) / 100) ** 0.5
    assert abs(distance - expected) < 4 * deviation


def test_the_network_learns_the_sine(page: dict) -> None:
    sine = page["Sine"]()

    def error() -> float:
        arrays = sine.arrays
        return float(np.square(arrays["fit"] - np.sin(arrays["x"])).mean())

    before = error()
    sine.advance(500)
    assert error() < 0.05 < before  # the noise in the data has variance 0.04


def test_the_filters_are_those_of_scipy(page: dict) -> None:
    filtered = page["filtered"]
    rings = page["RINGS"].numpy()
    for name, kernel in page["KERNELS"].items():
        filtered.kernel, filtered.strength = name, 0.75
        changed = np.stack([ndimage.correlate(each, kernel.numpy(), mode="constant") for each in rings])
        expected = np.moveaxis(0.25 * rings + 0.75 * changed, 0, -1)
        np.testing.assert_allclose(filtered.arrays["y"][0], expected, atol=1e-5)


def test_what_is_made_anew_is_what_networkx_reaches(page: dict) -> None:
    graph, anew = nx.DiGraph(page["EDGES"]), page["Anew"]()
    for part in page["NODES"]:
        anew.part = part
        found = {name for name, strength in zip(page["NODES"], anew.arrays["anew"], strict=True) if strength}
        assert found == {part, *nx.descendants(graph, part)}


def test_the_sizes_that_the_page_tells_are_those_of_the_files(page: dict, tmp_path: Path) -> None:
    path = tmp_path / "vibration.html"
    page["vibration"].save_html(path)
    assert path.stat().st_size / 1e6 == pytest.approx(5.5, abs=0.1)
    vibration, folder = page["vibration"], tmp_path / "graphs"
    in_page = len(page_element(vibration, folder)) + sum(each.stat().st_size for each in folder.iterdir())
    assert in_page / 1e3 == pytest.approx(24, abs=2)
    assert len(base64.b64encode(vibration.picture())) / 1e3 == pytest.approx(18, abs=2)
    plain = len(json.dumps(vibration.get_state()))
    assert plain / 1e3 == pytest.approx(6, abs=1)
    vibration.embed()
    assert (len(json.dumps(vibration.get_state())) - plain) / 1e3 == pytest.approx(1, abs=0.5)
    in_book = sum((STATIC / name).stat().st_size for name in ("page.js", "style.css"))
    assert in_book / 1e6 == pytest.approx(0.4, abs=0.06)
    assert (STATIC / "engine.js").stat().st_size / 1e6 == pytest.approx(5.0, abs=0.15)
