"""Marks: what they refuse, and that matplotlib draws the numbers it is given."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from kexue_widgets.live import (
    Arrows,
    Band,
    Bars,
    Dots,
    Heatmap,
    Histogram,
    Images,
    Lines,
    Table,
    View,
)
from kexue_widgets.live.numbers import format_number

ARRAYS = {
    "x": np.linspace(1, 2, 5),
    "y": np.linspace(3, 5, 5),
    "many": np.arange(10.0).reshape(2, 5),
    "matrix": np.arange(15.0).reshape(3, 5),
    "stack": np.arange(24.0).reshape(2, 3, 4),
    "rows": np.array([1.0, 2.0, 3.0]),
    "pictures": np.random.RandomState(0).rand(5, 8, 8),
}


def axes_of(view, arrays=ARRAYS):
    axes = Figure().subplots()
    view.draw(axes, arrays)
    return axes


def test_lines_draw_every_curve_with_one_legend_entry():
    axes = axes_of(View(Lines("x", "many", label="curves")))
    assert [line.get_ydata().tolist() for line in axes.lines] == ARRAYS["many"].tolist()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["curves"]


def test_a_band_lies_between_its_two_edges():
    axes = axes_of(View(Band("x", "x", "y")))
    assert axes.collections[0].get_datalim(axes.transData).bounds == pytest.approx((1, 1, 1, 4))


def test_dots_stand_where_the_arrays_say():
    drawn = axes_of(View(Dots("x", "y"))).collections[0].get_offsets()
    np.testing.assert_array_equal(drawn, np.stack([ARRAYS["x"], ARRAYS["y"]], axis=1))


@pytest.mark.parametrize("field", [True, False])
def test_dots_on_a_field_of_colours_have_an_edge(field):
    below = [Heatmap("matrix", x="x", y="rows")] if field else []
    drawn = axes_of(View(*below, Dots("x", "y"))).collections[-1]
    assert [type(each).__name__ for each in drawn.get_path_effects()] == ["withStroke"] * field


def test_arrows_reach_from_their_points_to_where_they_point():
    axes = axes_of(View(Arrows("x", "y", "y", "x")))
    drawn = axes.collections[0]
    np.testing.assert_array_equal(drawn.get_offsets(), np.stack([ARRAYS["x"], ARRAYS["y"]], axis=1))
    np.testing.assert_array_equal(np.stack([drawn.U, drawn.V]), [ARRAYS["y"], ARRAYS["x"]])
    # Lengths are those of the axes: an arrow's quad spans x to x + y = 2 + 5 at its longest, and the axes hold it.
    assert (drawn.angles, drawn.scale_units, drawn.scale) == ("xy", "xy", 1)
    assert axes.get_xlim()[1] > 7
    assert axes.get_ylim()[1] > 7


def test_a_histogram_is_a_density_over_the_given_edges():
    axes = axes_of(View(Histogram("y", edges=(3, 5, 4))))
    heights = [patch.get_height() for patch in axes.patches]
    np.testing.assert_allclose(heights, np.histogram(ARRAYS["y"], bins=4, range=(3, 5), density=True)[0])


def test_weights_count_in_a_histogram():
    axes = axes_of(View(Histogram("x", weights="y", edges=(1, 2, 1), density=False)))
    assert axes.patches[0].get_height() == pytest.approx(ARRAYS["y"].sum())


def test_several_bars_stand_side_by_side():
    axes = axes_of(View(Bars("rows", names=["a", "b", "c"]), Bars("rows")))
    left, right = axes.patches[0], axes.patches[3]
    assert left.get_x() + left.get_width() == pytest.approx(right.get_x())
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]


def test_a_diverging_scale_is_centred_on_zero():
    image = axes_of(View(Heatmap("matrix", scale="diverging"))).images[0]
    assert image.get_clim() == (-14, 14)


def test_a_stack_of_matrices_stands_side_by_side_with_gaps():
    drawn = axes_of(View(Heatmap("stack"))).images[0].get_array()
    np.testing.assert_array_equal(drawn[:, :4], ARRAYS["stack"][0])
    np.testing.assert_array_equal(drawn[:, 5:], ARRAYS["stack"][1])
    assert np.ma.getmaskarray(np.ma.masked_invalid(drawn))[:, 4].all()


def test_a_field_is_drawn_over_its_coordinates():
    axes = axes_of(View(Heatmap("matrix", x="x", y="rows")))
    assert axes.get_ylim()[0] < axes.get_ylim()[1]


def test_images_fill_rows_and_keep_their_grey_values():
    sheet = axes_of(View(Images("pictures", columns=3))).images[0].get_array()
    assert sheet.shape == (16, 24)
    np.testing.assert_array_equal(sheet[8:, 8:16], ARRAYS["pictures"][4])


def test_words_under_images_leave_their_grey_values_alone():
    captioned = Images("pictures", columns=3, captions=list("abcde"), scores="y")
    axes = axes_of(View(captioned))
    assert [text.get_text() for text in axes.texts] == ["a\n3", "b\n3.5", "c\n4", "d\n4.5", "e\n5"]
    np.testing.assert_array_equal(axes.images[0].get_array()[:8, 8:16], ARRAYS["pictures"][1])
    with pytest.raises(ValueError, match="captions must be 5, one for each picture, got 1"):
        View(Images("pictures", captions=["a"])).check(ARRAYS)


def test_a_table_shows_rounded_numbers_under_their_headings():
    table = axes_of(View(Table("rows", rows=["a", "b", "c"], columns=["value"]))).tables[0]
    assert [table[3, column].get_text().get_text() for column in (0, 1)] == ["c", "3"]


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (Lines("x", "z"), "lines draws 'z', but frame returns only x, y"),
        (Dots("matrix", "y"), r"dots: 'matrix' must have 1 axes, got shape \(3, 5\)"),
        (Lines("matrix", "y"), r"lines: 'y' must have as many curves as 'matrix': shape \(3, 5\), got \(5,\)"),
        (Lines("rows", "y"), r"lines: 'y' must have as many points as 'rows' \(3\), got shape \(5,\)"),
        (Arrows("x", "y", "rows", "y"), r"arrows: 'rows' must have as many points as 'x' \(5\), got shape \(3,\)"),
        (Histogram("y", weights="rows"), r"histogram: 'rows' must have as many entries as 'y' \(5\), got shape \(3,\)"),
        (Heatmap("x"), "heatmap: 'x' must have 2 or 3 axes"),
        (Table("rows", rows=["a"], columns=["b"]), "table: 'rows' must be 1 x 1"),
    ],
)
def test_arrays_that_cannot_be_drawn_are_named(mark, words):
    with pytest.raises(ValueError, match=words):
        View(mark).check(ARRAYS)


def test_curves_may_have_an_x_each():
    x = np.array([[0.0, 1, 2], [0, 3, 6]])
    axes = Figure().subplots()
    View(Lines("x", "y", label="two")).draw(axes, {"x": x, "y": x**2})
    assert [line.get_xdata().tolist() for line in axes.lines] == x.tolist()


def test_the_names_of_points_are_numbered_by_an_array_as_long_as_they_are() -> None:
    View(Dots("x", "y", names="abcde")).check(ARRAYS)
    with pytest.raises(ValueError, match="dots needs names or control, got neither"):
        Dots("x", "y", index="x")
    with pytest.raises(ValueError, match=r"dots: 'rows' must have as many points as 'x' \(5\)"):
        View(Dots("x", "y", names="abcde", index="rows")).check(ARRAYS)


def test_thousands_at_ticks_and_in_cells_are_set_apart_as_in_the_browser() -> None:
    axes = axes_of(View(Lines("x", "y"), y_range=(0, 30_000)))
    axes.figure.canvas.draw()
    assert "20\u202f000" in [label.get_text() for label in axes.get_yticklabels()]
    table = Table("many", rows=["a", "b"], columns=["value"], digits=5)
    drawn = axes_of(View(table), {"many": np.array([34204.0, 2.63051e7])}).tables[0]
    assert [drawn[row, 1].get_text().get_text() for row in (1, 2)] == ["34\u202f204", "2.6305×10⁷"]


@pytest.mark.parametrize(
    ("value", "written"),  # as in the front end's own test
    [
        *((0, "0"), (0.1 + 0.2, "0.3"), (-2.5, "−2.5"), (1234.56, "1235"), (1e-4, "0.0001")),
        *(
            (999_999.4, "1\u202f000\u202f000"),
            (1e6, "10⁶"),
            (-2.5e7, "−2.5×10⁷"),
            (1e-5, "10⁻⁵"),
            (3.2e-12, "3.2×10⁻¹²"),
        ),
        *((-12_346, "−12\u202f350"), (float("nan"), "nan")),
    ],
)
def test_numbers_are_written_as_in_the_browser(value: float, written: str) -> None:
    assert format_number(value) == written
