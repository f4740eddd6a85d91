"""What a reader keeps of an explorer, and the same again with other seeds."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from explorers import Line, Wave
from reader import PHONE, Live

from kexue_widgets.live import Explorer, Heatmap, Slider, Table, View

KEPT = """element => element.parentElement.explorer.kept.map(({frames}) => frames.map(
  ({steps, arrays}) => [steps, Object.entries(arrays).map(([name, {shape, data}]) => [name, shape, [...data]])]))"""


def choose(live: Live, item: str) -> None:
    live.root.locator(".kexue-more > summary").click()
    live.press(item)


def names(live: Live) -> list[str]:
    return live.root.locator(".kexue-kept li").all_inner_texts()


def kept(live: Live) -> list[list[tuple[int, dict[str, np.ndarray]]]]:
    return [
        [
            (steps, {name: np.array(data, np.float32).reshape(shape) for name, shape, data in arrays})
            for steps, arrays in frames
        ]
        for frames in live.root.evaluate(KEPT)
    ]


def test_what_is_kept_stays_in_grey_and_is_called_by_what_differs(show: Callable) -> None:
    seen, live = show(Wave(seed=5))
    before = live.arrays
    plot = live.root.locator("svg.kexue-plot")
    assert plot.locator(".kexue-kept-mark").count() == 0
    choose(live, "Keep")
    assert names(live) == ["as now"]
    live.set("amplitude", 2.0)
    assert names(live) == ["amplitude 1"]
    choose(live, "Keep")
    live.set("seed", 6)
    assert names(live) == ["amplitude 1, seed 5", "seed 5"]
    (((_, first),), ((_, second),)) = kept(live)
    np.testing.assert_array_equal(first["y"], before["y"])
    assert (second["y"] != first["y"]).any()
    assert plot.locator(".kexue-kept-mark").count() == 2
    # Beneath the marks: it comes first.
    order = plot.evaluate(
        "svg => [...svg.querySelectorAll('.kexue-kept-mark, [data-part=line]')].map((each) => each.className.baseVal)"
    )
    assert "kexue-kept-mark" in order[0]
    assert "kexue-kept-mark" not in order[-1]
    choose(live, "Let go of what was kept")
    assert names(live) == []
    assert plot.locator(".kexue-kept-mark").count() == 0
    live.root.locator(".kexue-more > summary").click()
    assert live.root.get_by_role("button", name="Let go of what was kept").count() == 0
    seen.assert_clean()


@pytest.mark.parametrize("kind", [Wave, Line])
def test_each_run_is_what_the_page_shows_for_that_seed(show: Callable, kind: type[Explorer]) -> None:
    explorer = kind(seed=5)
    seen, live = show(explorer)
    choose(live, "Again with other seeds")
    live.settle()
    assert names(live) == ["20 other seeds"]
    (runs,) = kept(live)
    assert len(runs) == 20
    for index in (0, 19):
        live.set("seed", 6 + index)
        steps, arrays = runs[index]
        assert steps == live.steps
        for name, array in live.arrays.items():
            np.testing.assert_array_equal(arrays[name], array)
    assert names(live) == ["20 other seeds, seed 5"]
    parts = live.root.locator("svg.kexue-plot").first.locator(".kexue-kept-mark")
    assert parts.locator("[data-part=area]").count() >= 1
    seen.assert_clean()


class Slow(Explorer):
    """Steps that take their time."""

    size = Slider(1.0, 0.0, 2.0, label="size")
    opening = 300
    views = (View(Table("x", rows=("sum",), columns=("value",)), title="sum"),)

    @staticmethod
    def start(noise):
        return {"x": noise.uniform(200, 200)}

    @staticmethod
    def step(state, noise, size):
        return {"x": torch.tanh(state["x"] @ state["x"]) * noise.uniform(1)}

    @staticmethod
    def frame(state, size):
        return {"x": size * state["x"].sum().reshape(1)}


def test_a_run_over_seeds_can_be_stopped_and_a_newer_value_ends_it(show: Callable) -> None:
    seen, live = show(Slow())
    choose(live, "Again with other seeds")
    stop = live.root.get_by_role("button", name="Stop", exact=True)
    live.until("explorer.kept[0]?.frames.length >= 2")
    assert live.root.get_attribute("data-settled") is None
    stop.click()
    live.settle()
    count = len(kept(live)[0])
    assert 2 <= count < 20
    assert names(live) == [f"{count} other seeds"]
    assert not stop.is_visible()
    choose(live, "Again with other seeds")
    live.until("explorer.kept[1]?.frames.length >= 1")
    live.set("size", 2.0)
    live.settle()
    assert [len(frames) for frames in kept(live)] == [count]
    numbers = [arrays["x"][0] for _, arrays in kept(live)[0]]
    low, median, high = np.quantile(np.array(numbers, float), (0.1, 0.5, 0.9))
    words = live.root.locator(".kexue-was").inner_text().replace("\N{MINUS SIGN}", "-").split()
    assert [float(words[0]), float(words[1].strip("(")), float(words[3].strip(")"))] == [
        float(f"{each:.3g}") for each in (median, low, high)
    ]
    seen.assert_clean()


def test_where_nothing_of_it_could_be_seen_there_is_nothing_to_keep(show: Callable) -> None:
    class Field(Explorer):
        """Colours alone."""

        views = (View(Heatmap("x"), title="field"),)

        @staticmethod
        def frame(noise):
            return {"x": noise.uniform(3, 3)}

    seen, live = show(Field())
    live.root.locator(".kexue-more > summary").click()
    live.root.get_by_role("button", name="Copy as Python").wait_for()
    for item in ("Keep", "Again with other seeds"):
        assert live.root.get_by_role("button", name=item, exact=True).count() == 0
    seen.assert_clean()


def test_what_its_author_kept_is_there_when_the_page_opens(show: Callable) -> None:
    explorer = Wave(seed=5)
    runs = explorer.repeat(3)
    explorer.amplitude = 2.0
    seen, live = show(explorer, **PHONE)
    assert names(live) == ["3 other seeds, amplitude 1"]
    for index, (_, arrays) in enumerate(kept(live)[0]):
        np.testing.assert_array_equal(arrays["y"], runs["y"][index])
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    seen.assert_clean()
