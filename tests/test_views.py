"""Views: what they refuse, their colours, ranges and places in a figure."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kexue_widgets.live import (
    COLORS,
    Bars,
    Dots,
    Graph,
    Heatmap,
    Histogram,
    Lines,
    Name,
    Ranking,
    Table,
    Texts,
    View,
    draw_figure,
)
from kexue_widgets.live.notation import mathtext

CASES = json.loads(Path(__file__).with_name("notation.json").read_text("utf-8"))  # those of the front end

ARRAYS = {"x": np.linspace(1, 2, 5), "y": np.linspace(3, 5, 5)}


def test_marks_without_a_colour_get_one_each():
    view = View(Lines("x", "y"), Heatmap("matrix"), Dots("x", "y", color="#000000"), Lines("x", "many"))
    assert [getattr(mark, "color", None) for mark in view.marks] == [COLORS[0], None, "#000000", COLORS[1]]


def test_views_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="at least one mark"):
        View()
    with pytest.raises(ValueError, match="stands alone"):
        View(Table("rows", rows=[], columns=[]), Lines("x", "y"))
    with pytest.raises(ValueError, match="a graph stands alone"):
        View(Lines("x", "y"), Graph(["a"], []))
    for wrong in ("\ud800", None, 3):  # half a letter cannot be written to a page
        with pytest.raises(ValueError, match="title must be a string of whole characters"):
            View(Lines("x", "y"), title=wrong)


def test_a_figure_holds_all_views_with_ranges_and_scales():
    figure = draw_figure([View(Lines("x", "y"), x_log=True, y_range=(0, 9), title="t")] * 4, ARRAYS)
    drawn = [axes for axes in figure.axes if axes.get_title() == "t"]
    assert len(drawn) == 4
    assert {axes.get_xscale() for axes in drawn} == {"log"}
    assert {axes.get_ylim() for axes in drawn} == {(0, 9)}


def test_a_graph_takes_a_row_of_its_own():
    line = View(Lines("x", "y"), title="line")
    figure = draw_figure([line, View(Graph(["a", "b"], [("a", "b")]), title="graph"), line, line], ARRAYS)
    where = [(axes.get_title(), axes.get_subplotspec().rowspan.start) for axes in figure.axes]
    assert sorted(where) == [("graph", 1), ("line", 0), ("line", 2), ("line", 2)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_labels_are_set_as_in_the_browser(case):
    raised = re.findall(r"\$\\mathregular\{(.)([_^])\{(.*?)\}\}\$", mathtext(case["label"]))
    expected = [(base[-1:], place, text) for (base, _), (text, place) in pairwise(case["parts"]) if place]
    assert raised == expected
    assert (mathtext(case["label"]) == case["label"]) == (not expected)


def test_a_figure_sets_the_labels_of_views_and_colours():
    view = View(Heatmap("matrix", label="L_D"), title="a_{ij}", x="x^2", y="add_1")
    figure = draw_figure([view], {"matrix": np.eye(2)})
    axes, bar = figure.axes
    assert axes.get_title() == r"$\mathregular{a_{ij}}$"
    assert axes.get_xlabel() == r"$\mathregular{x^{2}}$"
    assert axes.get_ylabel() == "add_1"
    assert bar.get_ylabel() == r"$\mathregular{L_{D}}$"
    figure.draw_without_rendering()


def test_dollars_are_dollars_as_on_a_page():
    """Whatever else stands in a label: one dollar, two, or a pair without a formula in it."""
    words = ("$", "$$", "$x$ and $y$", r"\$", "5 $")
    arrays = {"x": np.arange(5.0), "cells": np.ones((5, 1))}
    views = [View(Lines("x", "x", label=word), Lines("x", "x"), title=word, x=word, y=word) for word in words]
    views += [View(Bars("x", names=words)), View(Ranking("x", "x", names=words)), View(Texts("x", "x", names=words))]
    figure = draw_figure([*views, View(Table("cells", rows=words, columns=["$a$"]))], arrays)
    figure.draw_without_rendering()
    bars, ranking, texts = figure.axes[len(words) : -1]
    for axes, word in zip(figure.axes, words, strict=False):
        assert axes.title._preprocess_math(axes.title.get_text()) == (word, False)
    for labels in (bars.get_xticklabels(), ranking.get_yticklabels(), texts.texts):
        assert [label._preprocess_math(label.get_text()) for label in labels] == [(word, False) for word in words]


def test_words_at_points_stay_as_they_are():
    figure = draw_figure([View(Texts("x", "x", names=["x_1"]))], {"x": np.zeros(1)})
    assert [text.get_text() for text in figure.axes[0].texts] == ["x_1"]


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (Dots("x", "y"), "dots: 'y' must be finite, holds nan at position 1"),
        (Bars("y"), "bars: 'y' must be finite, holds nan at position 1"),
        (Histogram("y"), "histogram: 'y' must be finite, holds nan at position 1"),
        (Lines("y", "x"), "lines: 'y' must be finite, holds nan at position 1"),
        (Lines("x", "none"), "lines: 'none' must be finite somewhere, holds inf at position 0"),
        (Heatmap("square"), "heatmap: 'square' must be finite somewhere, holds nan at position 0"),
        (Bars("x", names=["a"]), r"bars: 'x' must have one entry for each of 1 names, got \(3,\)"),
        (Histogram("nothing"), "histogram: 'nothing' must have a number at least where there are no edges"),
    ],
)
def test_what_a_page_refuses_is_refused_here(mark, words):
    arrays = {"x": np.arange(3.0), "y": np.array([1, np.nan, 2]), "none": np.full(3, np.inf), "nothing": np.zeros(0)}
    with pytest.raises(ValueError, match=words):
        draw_figure([View(mark)], {**arrays, "square": np.full((2, 2), np.nan)})


def test_gaps_are_drawn():
    arrays = {"x": np.arange(3.0), "y": np.array([1, np.nan, 2]), "square": np.array([[1, np.nan], [np.inf, 3]])}
    draw_figure([View(Lines("x", "y")), View(Heatmap("square")), View(Table("y", "abc", ["value"]))], arrays)


def test_a_histogram_of_one_value_has_it_in_the_middle_as_numpys_does():
    figure = draw_figure([View(Histogram("v"))], {"v": np.full(4, 3, np.float32)})
    bars = figure.axes[0].patches
    assert (bars[0].get_x(), bars[-1].get_x() + bars[-1].get_width()) == (2.5, 3.5)
    heights, _ = np.histogram(np.full(4, 3.0), 30, density=True)
    np.testing.assert_allclose([bar.get_height() for bar in bars], heights)


def test_a_histogram_reaches_as_far_as_single_precision():
    figure = draw_figure([View(Histogram("v"))], {"v": np.array([-3e38, 3e38], np.float32)})
    assert sum(bar.get_height() > 0 for bar in figure.axes[0].patches) == 2


def test_zeros_have_the_colour_of_zero_in_a_diverging_heatmap():
    figure = draw_figure([View(Heatmap("zeros", scale="diverging"))], {"zeros": np.zeros((2, 2))})
    assert figure.axes[0].images[0].get_clim() == (-1, 1)


def test_bars_that_a_reader_names_stand_side_by_side():
    view = View(Bars("x", label=Name("typed", 0)), Bars("x", label=Name("typed", 1)))
    figure = draw_figure([view], {"x": np.ones(2)}, names={"typed": ["one", "two"]})
    assert [round(bar.get_x(), 6) for bar in figure.axes[0].patches] == [-0.4, 0.6, 0.0, 1.0]
