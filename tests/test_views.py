"""Views: what they refuse, their colours, ranges and places in a figure."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kexue_widgets.live import (
    COLORS,
    Dots,
    Graph,
    Heatmap,
    Lines,
    Table,
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
