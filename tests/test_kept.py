"""What is kept of an explorer: numbers as a fresh explorer has them, quantiles as numpy has them, names of what differs."""

import json

import numpy as np
import pytest
import torch
from explorers import Echo, Line, Wave

from kexue_widgets.live import Bars, Dots, Explorer, Histogram, Lines, Slider, Table, View
from kexue_widgets.live.marks.lines import spread


class All(Explorer):
    """One of each kind of mark that can be kept."""

    size = Slider(1.0, 0.0, 5.0, label="size", unit="m")
    views = (
        View(Lines("x", "y", label="curve"), title="curve"),
        View(Dots("x", "y"), title="dots"),
        View(Bars("y"), title="bars"),
        View(Histogram("y"), title="histogram"),
        View(Table("y", rows=tuple("abcde"), columns=("value",)), title="table"),
    )

    @staticmethod
    def frame(noise, size):
        return {"x": torch.arange(5.0), "y": size * noise.uniform(5), "unseen": torch.zeros(3)}


@pytest.mark.parametrize(("kind", "steps"), [(Wave, 0), (Line, 0), (Line, 7)])
def test_a_repeat_has_the_numbers_of_fresh_explorers_with_these_seeds(kind, steps):
    explorer = kind(seed=3)
    if steps:
        explorer.advance(steps)
    shown, made = explorer.arrays, explorer.steps
    runs = explorer.repeat(2)
    for index, seed in enumerate((4, 5)):
        fresh = kind(seed=seed)
        if steps:
            fresh.advance(steps)
        assert fresh.current_frame().steps == made
        for name, array in fresh.arrays.items():
            np.testing.assert_array_equal(runs[name][index], array)
    assert explorer.steps == made  # and what is shown stays where it is
    for name, array in explorer.arrays.items():
        np.testing.assert_array_equal(array, shown[name])


def test_the_seed_after_the_last_is_the_first():
    runs = Wave(seed=2**32 - 1).repeat(1)
    np.testing.assert_array_equal(runs["y"][0], Wave(seed=0).arrays["y"])


def test_the_band_is_numpys_quantiles_over_the_curves_of_all_runs():
    rng = np.random.default_rng(0)
    x, heights = np.arange(6, dtype=np.float32), rng.normal(size=(20, 6)).astype(np.float32)
    point = np.zeros(6, np.float32)  # a curve that is not shown
    common, (low, median, high) = spread([(x, y) for y in heights] + [(point, point)])
    np.testing.assert_array_equal(common, x)
    for found, share in ((low, 0.1), (median, 0.5), (high, 0.9)):
        np.testing.assert_array_equal(found, np.quantile(heights.astype(float), share, axis=0))
    assert spread([(x, heights[0]), (x + 1, heights[1])]) is None  # no common x
    heights[3, 2] = np.inf
    gaps = np.isnan(spread([(x, y) for y in heights])[1])
    assert gaps[:, 2].all()
    assert gaps.sum() == 3


def test_what_is_kept_is_drawn_in_every_view_and_named_by_what_differs():
    explorer = All(seed=1)
    bare = [len(axes.get_children()) for axes in explorer.figure().axes]
    explorer.keep()
    explorer.size, explorer.seed = 2.0, 3
    explorer.repeat(3)
    explorer.size = 4.0
    axes = explorer.figure().axes
    drawn = [len(each.get_children()) for each in axes]
    assert all(more > before for more, before in zip(drawn[:4], bare, strict=False))
    names = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert names == ["size = 1.0, seed 1", "3 other seeds, size = 2.0", "curve"]
    explorer.let_go()
    assert [len(each.get_children()) for each in explorer.figure().axes] == bare


def test_states_of_one_name_are_all_drawn_and_a_legend_names_the_newest():
    explorer = All(seed=1)
    bare = len(explorer.figure().axes[0].lines)
    for _ in range(9):
        explorer.keep()
    curves = explorer.figure().axes[0]
    names = [text.get_text() for text in curves.get_legend().get_texts()]
    assert names == ["3 more", *["as now"] * 6, "curve"]
    assert len(curves.lines) == bare + 9 + 7  # with those that a legend shows


def test_a_long_value_is_named_by_how_it_begins():
    explorer = Echo(question="which " * 50)
    explorer.keep()
    explorer.question = "what"
    (kept,) = explorer._states
    assert kept.name(explorer.controls, explorer.values, 0, 0) == f"your question = 'which {'which ' * 5}wh…"


def test_the_front_end_gets_what_is_kept_and_no_array_that_is_not_drawn():
    explorer = All(seed=1)
    explorer.keep()
    (kept,) = json.loads(json.dumps(explorer._kept))
    assert (kept["values"], kept["seed"], kept["repeated"]) == ({"size": 1.0}, 1, False)
    assert [each["name"] for each in kept["frames"][0]["arrays"]] == ["x", "y"]
    explorer.let_go()
    assert explorer._kept == []


def test_a_run_beside_what_is_shown_leaves_it_alone(monkeypatch):
    explorer, sent = Line(), []
    monkeypatch.setattr(explorer, "send", lambda content, buffers=None: sent.append(content))
    steps = explorer.current_frame().steps
    for do in ("reset", "advance"):
        request = {"id": 1, "do": do, "values": explorer.values, "seed": 8, "steps": 3, "beside": True}
        explorer._answer(None, request, [])
    assert [(each["frame"]["steps"], each["beside"]) for each in sent] == [(0, True), (3, True)]
    assert explorer.steps == steps
    explorer._answer(None, {"id": 2, "do": "frame", "values": explorer.values, "seed": 0}, [])
    assert (sent[-1]["frame"]["steps"], sent[-1]["beside"]) == (steps, False)


def test_what_cannot_be_repeated_is_refused_in_words():
    class Still(Explorer):
        """Always the same."""

        views = (View(Lines("x", "x")),)

        @staticmethod
        def frame():
            return {"x": torch.arange(3.0)}

    with pytest.raises(ValueError, match="Still draws no random numbers"):
        Still().repeat()
    for count in (0, -1, 1.5, True, "3", None, 10**6):
        with pytest.raises(ValueError, match=f"count must be a whole number from 1 to 1000, got {count!r}"):
            Wave().repeat(count)
