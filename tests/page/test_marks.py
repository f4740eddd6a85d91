"""Every kind of mark as the page draws it: the numbers behind the pixels."""

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image as Picture

from kexue_widgets.live import (
    COLORS,
    Arrows,
    Band,
    Bars,
    Choice,
    Dots,
    Explorer,
    Heatmap,
    Histogram,
    Images,
    Lines,
    Photo,
    Slider,
    Table,
    Texts,
    View,
)


class Gallery(Explorer):
    """One view for every kind of mark."""

    views = (
        View(
            Band("x", "low", "high", label="band"),
            Lines("x", "curves", label="two curves"),
            Lines("x", "low", label="steps", step=True, dashed=True),
            Dots("x", "high", label="dots"),
            title="lines",
            x="time (s)",
            y="height (m)",
        ),
        View(Lines("x", "growth"), title="logarithmic", x="x", y="y", x_log=True, y_log=True),
        View(Dots("x", "low"), Arrows("x", "low", "low", "x", label="arrow"), title="pointers", x="x", y="y"),
        View(Histogram("sample", edges=(0, 10, 5), label="density"), title="histogram", x="value", y="density"),
        View(
            Histogram("sample", weights="weight", edges=(0, 10, 5), density=False), title="weighted", x="value", y="n"
        ),
        View(Bars("few", names=("a", "b"), label="one"), Bars("others", label="two"), title="bars", y="n"),
        View(Heatmap("field", x="even", y="few"), title="field", x="x", y="y"),
        View(Heatmap("large", scale="diverging"), title="large matrix", x="column", y="row"),
        View(Images("digits", columns=3, range=(0, 2), captions=("a", "b", "c", "d"), scores="peaks"), title="images"),
        View(Table("field", rows=("r", "s"), columns=("1", "2", "3", "4"), digits=2), title="table"),
    )

    @staticmethod
    def frame() -> dict[str, torch.Tensor]:
        x = torch.tensor([1.0, 2.0, 4.0, 8.0])
        digits = torch.zeros(4, 8, 8)
        digits[:, 2:6, 2:6] = torch.tensor([0.5, 1.0, 1.5, 2.0]).reshape(4, 1, 1)
        return {
            "x": x,
            "even": torch.arange(4.0),
            "low": x - 1,
            "high": x + 1,
            "curves": torch.stack([x, 9 - x]),
            "growth": 10**x,
            "sample": torch.tensor([0.5, 1.0, 1.5, 3.0, 9.0]),
            "weight": torch.tensor([1.0, 1.0, 2.0, 5.0, 1.0]),
            "few": torch.tensor([1.0, 3.0]),
            "others": torch.tensor([2.0, 1.0]),
            "field": torch.arange(8.0).reshape(2, 4) / 3,
            "large": torch.linspace(-1, 1, 900).reshape(30, 30),
            "digits": digits,
            "peaks": digits.amax((1, 2)),
        }


# Heights of the bars of a histogram or bar chart, in the order in which they stand.
HEIGHTS = """figure => [...figure.querySelectorAll("svg g[data-part='rect'] rect, svg g[data-part='bar'] rect")]
  .map((bar) => [Number(bar.getAttribute("x")), Number(bar.getAttribute("height"))]).sort(([a], [b]) => a - b).map(([, h]) => h)"""
EDGES = """figure => [...figure.querySelectorAll("svg g[data-part='rect'] rect")]
  .map((bar) => bar.getBoundingClientRect()).map(({ left, right }) => [left, right])"""


def test_every_mark_draws_its_numbers(show: Callable) -> None:
    seen, live = show(Gallery())
    figures = {view.title: live.root.locator("figure", has_text=view.title).first for view in Gallery.views}
    assert live.alert == ""

    legend = figures["lines"].inner_text()
    assert all(word in legend for word in ("band", "two curves", "steps", "dots"))
    drawn = figures["lines"].locator("svg")
    assert all(word in drawn.text_content() for word in ("time (s)", "height (m)"))
    assert drawn.locator("circle").count() == 4

    # 3, 1, 0, 0, 1 of 5 values in bins of width 2; weighted 4, 5, 0, 0, 1.
    for title, counts in (("histogram", [3, 1, 1]), ("weighted", [4, 5, 1])):
        heights = np.array([height for height in figures[title].evaluate(HEIGHTS) if height > 0.5])
        np.testing.assert_allclose(heights / heights[0], np.array(counts) / counts[0], rtol=0.02, err_msg=title)

    heights = np.array(figures["bars"].evaluate(HEIGHTS))  # side by side: one, two, one, two
    np.testing.assert_allclose(heights / heights[0], [1, 2, 3, 1], rtol=0.02)
    assert all(word in figures["bars"].locator("svg").text_content() for word in ("a", "b"))
    one, two = np.array(figures["bars"].evaluate(EDGES)).reshape(2, 2, 2)  # (mark, name, end)
    assert (one[:, 1] <= two[:, 0]).all()
    names = [figures["bars"].locator("svg text", has_text=re.compile(f"^{name}$")).bounding_box() for name in "ab"]
    middles = [box["x"] + box["width"] / 2 for box in names]
    np.testing.assert_allclose((one[:, 0] + two[:, 1]) / 2, middles, atol=3)

    assert figures["field"].locator("svg image").count() == 1
    assert figures["large matrix"].locator("svg image").count() == 1
    assert figures["table"].get_by_role("cell").all_inner_texts()[-1] == "2.3"
    seen.assert_clean()


TIPS = """figure => [...figure.querySelectorAll("[data-part=tip] > g, [aria-label=tip] > g")]
  .filter((tip) => getComputedStyle(tip).display !== "none").map((tip) => tip.textContent.replaceAll("\\u200b", " ").trim())"""


@pytest.mark.parametrize("title", ["bars", "lines", "pointers"])
def test_the_pointer_is_told_the_nearest_point_and_no_other(show: Callable, title: str) -> None:
    seen, live = show(Gallery())
    figure = live.root.locator("figure", has_text=title).first
    figure.scroll_into_view_if_needed()
    if title == "bars":
        bars = figure.locator("svg g[data-part=rect] rect").all()
        for bar, words in zip(bars, ("a one 1", "b one 3", "0 two 2", "1 two 1"), strict=True):
            box = bar.bounding_box()
            seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 3)
            assert figure.evaluate(TIPS) == [words]
    for dot in figure.locator("svg circle").all():
        box = dot.bounding_box()
        seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert len(figure.evaluate(TIPS)) == 1
    seen.page.mouse.move(1, 1)
    assert figure.evaluate(TIPS) == []
    seen.assert_clean()


class Blocks(Explorer):
    """The same numbers in one block and in two, of which the axis says what they are."""

    views = (
        View(Heatmap("one", label="height"), title="one block", x="column", y="row"),
        View(Heatmap("two", label="height"), title="two blocks", x="left; right", y="row"),
    )

    @staticmethod
    def frame():
        numbers = torch.arange(6.0).reshape(2, 3)
        return {"one": numbers, "two": torch.stack([numbers, 10 * numbers])}


def test_a_cell_of_several_blocks_is_told_without_a_column_that_would_be_taken_for_a_block(show: Callable) -> None:
    seen, live = show(Blocks())
    told = {}
    for title in ("one block", "two blocks"):
        figure = live.root.locator("figure", has_text=title)
        box = figure.locator("svg [data-part=rect] rect").last.bounding_box()  # of the last cell
        seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        told[title] = re.findall(r"\w[\w;: ]* [\d.]+", figure.evaluate(TIPS)[0])
    assert {word for each in told["one block"] for word in each.split()} == {"height", "5", "column", "2", "row", "1"}
    assert told["two blocks"] == ["height 50"]
    seen.assert_clean()


def test_arrows_reach_from_their_points_to_where_they_point(show: Callable) -> None:
    seen, live = show(Gallery())
    drawn = live.root.locator("figure", has_text="pointers").locator("svg")
    paths = drawn.evaluate(
        """svg => [...svg.querySelectorAll("g[data-part=arrow] path")].map(
          (path) => path.getAttribute("d").match(/-?[\\d.]+/g).slice(0, 4).map(Number))"""
    )
    dots = drawn.evaluate(
        "svg => [...svg.querySelectorAll('circle')].map(({ cx, cy }) => [cx.baseVal.value, cy.baseVal.value])"
    )
    x, y = np.array([1, 2, 4, 8]), np.array([0, 1, 3, 7])
    tails, tips = np.array(paths)[:, :2], np.array(paths)[:, 2:]
    np.testing.assert_allclose(tails, dots, atol=0.01)
    # The dots give the scale of the axes: pixels are linear in x and in y, downwards.
    pixels = np.stack(
        [np.polyval(np.polyfit(x, tails[:, 0], 1), x + y), np.polyval(np.polyfit(y, tails[:, 1], 1), y + x)]
    )
    np.testing.assert_allclose(tips, pixels.T, atol=0.01)
    assert "arrow" in live.root.locator("figure", has_text="pointers").inner_text()
    seen.assert_clean()


def test_images_show_their_grey_values(show: Callable) -> None:
    seen, live = show(Gallery())
    pictures = live.root.get_by_role("img", name="images: a 0.5; b 1; c 1.5; d 2", exact=True)
    greys = pictures.locator("canvas").evaluate_all(
        """all => all.map((canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [...new Set(data.filter((_, i) => i % 4 === 0))] })"""
    )
    # 0 around, and 0.5, 1, 1.5 and 2 on a range from 0 to 2, times 255 and rounded.
    assert greys == [[0, 64], [0, 128], [0, 191], [0, 255]]
    # Eight pixels become many, with their edges sharp; three columns, so the fourth begins a row.
    places = pictures.locator("canvas").evaluate_all(
        "all => all.map((each) => { const { left, top, width } = each.getBoundingClientRect(); return [left, top, width] })"
    )
    assert all(width > 60 for *_, width in places)
    assert places[3][0] == places[0][0]
    assert places[3][1] > places[2][1] == places[0][1]
    assert pictures.locator("canvas").first.evaluate("each => getComputedStyle(each).imageRendering") == "pixelated"
    assert pictures.locator(".kexue-picture").last.inner_text().split() == ["d", "2"]
    seen.assert_clean()


class Neighbours(Explorer):
    """A square map, and a curve that explains it."""

    views = (
        View(
            Heatmap("zeros", x="x", y="x", scale="diverging", range=(-1, 1), label="z"),
            title="map",
            x="x",
            y="y",
            aspect=1,
        ),
        View(Lines("x", "x", label="one"), Lines("x", "x", label="other"), title="curve", x="x", y="y"),
    )

    @staticmethod
    def frame() -> dict[str, torch.Tensor]:
        return {"x": torch.linspace(-1, 1, 40), "zeros": torch.zeros(40, 40)}


def test_neighbours_axes_stand_at_one_height(show: Callable) -> None:
    _, live = show(Neighbours(), viewport={"width": 800, "height": 800})
    live.root.locator(".kexue-stretched").wait_for()
    bottoms = """[...element.querySelectorAll('.kexue-plot [data-part="x-axis tick label"]')].map(
        (ticks) => ticks.getBoundingClientRect().bottom)"""
    live.until(f"Math.max(...{bottoms}) - Math.min(...{bottoms}) < 1.5")
    # Taller than it would be alone: 0.64 of its width.
    box = live.root.locator(".kexue-plot").nth(1).bounding_box()
    assert box["height"] > 0.8 * box["width"]
    live.page.set_viewport_size({"width": 390, "height": 800})  # below each other now
    live.until("element.querySelectorAll('.kexue-plot')[1].getBoundingClientRect().height < 260")


@pytest.mark.parametrize(("scheme", "least", "most"), [("light", 230, 255), ("dark", 0, 40)])
def test_where_a_diverging_map_is_zero_it_is_as_light_as_the_page(
    show: Callable, scheme: str, least: int, most: int
) -> None:
    _, live = show(Neighbours(), color_scheme=scheme)
    picture = Picture.open(io.BytesIO(live.root.locator(".kexue-plot").first.screenshot())).convert("L")
    assert least <= picture.getpixel((picture.width // 2, picture.height // 2)) <= most


class Decays(Explorer):
    """A curve over less than three powers of ten, and a table without a title."""

    rate = Slider(1.0, 0.5, 2.0, label="rate")
    first = Choice({"five": 5.0, "three": 3.0}, label="first amount")

    views = (
        View(Lines("x", "y"), x="time", y="amount", y_log=True),
        View(Table("last", rows=("amount left\nafter all",), columns=("value",))),
    )

    @staticmethod
    def frame(rate, first):
        x = torch.linspace(0, 5, 50)
        y = first * torch.exp(-rate * x)
        return {"x": x, "y": y, "last": y[-1:]}


def test_each_tick_of_a_logarithmic_axis_has_its_number(show: Callable) -> None:
    seen, live = show(Decays())
    words = live.root.locator("[data-part='y-axis tick label'] text").all_text_contents()
    assert words == ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"]
    assert live.root.locator("[data-part='y-grid'] line").count() == len(words)
    assert live.root.locator("[data-part='y-axis label']").text_content() == "amount"
    seen.assert_clean()


def test_the_menu_stands_on_nothing(show: Callable) -> None:
    seen, live = show(Decays())
    menu, heading = live.root.locator(".kexue-more > summary"), live.root.get_by_role("columnheader")
    words = heading.evaluate(
        "cell => { const range = new Range(); range.selectNodeContents(cell); return range.getBoundingClientRect().top }"
    )
    box = menu.bounding_box()
    assert words >= box["y"] + box["height"]
    seen.assert_clean()


def test_names_of_neighbouring_controls_stand_in_a_line(show: Callable) -> None:
    seen, live = show(Decays())
    bottoms = [live.root.locator("label", has_text=name).bounding_box() for name in ("rate", "first amount")]
    slider, choice = (box["y"] + box["height"] for box in bottoms)
    assert abs(slider - choice) < 1
    seen.assert_clean()


class Photographed(Explorer):
    """A photo, and controls that are not as tall."""

    photo = Photo(8, label="your photo")
    kind = Choice({"one": 1, "two": 2}, label="kind")
    share = Slider(0.5, 0.0, 1.0, label="share")

    views = (View(Images("pictures"), title="photo"),)

    @staticmethod
    def frame(photo: torch.Tensor, kind: torch.Tensor, share: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"pictures": (photo.mean(0) * share * kind).unsqueeze(0)}


def test_what_stands_beside_a_photo_is_named_beside_its_name(show: Callable) -> None:
    seen, live = show(Photographed(), viewport={"width": 1280, "height": 800})
    names = [
        live.root.locator(f"[data-control={name}] .kexue-head > :first-child") for name in ("photo", "kind", "share")
    ]
    bottoms = [box["y"] + box["height"] for box in (name.bounding_box() for name in names)]
    assert live.root.locator(".kexue-controls").first.bounding_box()["width"] > 800  # they stand in one row
    assert max(bottoms) - min(bottoms) < 1.5
    seen.assert_clean()


def test_a_row_of_a_table_is_named_beside_its_number_and_not_beside_what_was_kept(show: Callable) -> None:
    seen, live = show(Decays())
    live.root.locator(".kexue-more > summary").click()
    live.press("Keep")
    live.set("rate", 2.0)
    places = live.root.locator(".kexue-table tbody tr").evaluate(
        """row => [...row.children].map((cell) => {
          const range = new Range();
          range.setStart(cell.firstChild, 0);
          range.setEnd(cell.firstChild, 1);
          return range.getBoundingClientRect().bottom;
        })"""
    )
    assert live.root.locator("td .kexue-was").count() == 1
    assert abs(places[0] - places[1]) < 1
    seen.assert_clean()


NAMES = ("one", "two", "three")


class Points(Explorer):
    """Points with names."""

    views = (View(Dots("x", "y", names=NAMES, index="which"), title="points", x="x", y="y"),)

    @staticmethod
    def frame() -> dict[str, torch.Tensor]:
        x = torch.tensor([1.0, 2.0, 4.0])
        return {"x": x, "y": 2 * x, "which": torch.tensor([2, 0, 1])}


class Named(Explorer):
    """Words of all the palette's colours, a band, numbers of very different lengths, and an angle."""

    angle = Slider(10.0, 0.0, 90.0, label="angle", unit="°")
    time = Slider(10.0, 0.0, 90.0, label="time", unit="s")
    views = (
        View(
            Band("x", "x", "y", label="band"),
            *(Texts("x", "y", names=NAMES, color=color) for color in COLORS),
            title="words",
            x="x",
            y="y",
        ),
        View(Table("wide", rows=("r", "s"), columns=("a", "b", "c"), digits=6), title="table"),
        View(Lines("x", "many"), title="many", x="x", y="y"),
    )

    @staticmethod
    def frame(angle: torch.Tensor, time: torch.Tensor) -> dict[str, torch.Tensor]:
        x = torch.tensor([1.0, 2.0, 4.0])
        return {
            "x": x + 0 * angle * time,
            "y": 2 * x,
            "wide": torch.tensor([[0.123456, 0.0, 0.0], [34204.0, 1.0, 0.0]]),
            "many": 10_000 * x,
        }


def test_a_point_that_has_a_name_tells_it(show: Callable) -> None:
    seen, live = show(Points())
    circle = live.root.locator("svg [data-part=dot] circle").nth(1)
    circle.scroll_into_view_if_needed()
    box = circle.bounding_box()
    seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert live.root.locator("figure").evaluate(TIPS) == ["one 2, 4"]  # its index is 0
    seen.assert_clean()


CONTRAST = """svg => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (color) => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(svg.closest(".kexue")).backgroundColor);
  return [...svg.querySelectorAll("[data-part=text] text")].map((text) => light(getComputedStyle(text).fill))
    .map((words) => (Math.max(words, paper) + 0.05) / (Math.min(words, paper) + 0.05));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_of_any_colour_can_be_read(show: Callable, scheme: str) -> None:
    seen, live = show(Named(), color_scheme=scheme)
    contrasts = live.root.locator("figure", has_text="words").first.locator("svg").first.evaluate(CONTRAST)
    assert len(contrasts) == 3 * len(COLORS)
    assert min(contrasts) >= 4.5  # as WCAG asks for text
    seen.assert_clean()


# Colours of an entry: red, green and blue of its ground, its edge and its mark.
PAINTED = """each => {
  const context = document.createElement("canvas").getContext("2d");
  const { backgroundColor, borderTopColor, borderTopWidth } = getComputedStyle(each);
  const mark = getComputedStyle(each).getPropertyValue("--kexue-mark");
  return [backgroundColor, parseFloat(borderTopWidth) ? borderTopColor : "white", mark].map((color) => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });
}"""


def test_an_areas_entry_has_as_much_of_its_colour_as_the_area(show: Callable) -> None:
    seen, live = show(Named(), Gallery())[:2]
    for root, swatch, mark in (
        (live.root, "kexue-swatch-band", "[data-part=area] path"),
        (seen.page.locator(".kexue").nth(1), "kexue-swatch-shade", "[data-part=rect] rect"),
    ):
        figure = root.locator("figure", has=seen.page.locator(f".{swatch}")).first
        drawn = figure.locator(f"svg {mark}").first.evaluate("each => getComputedStyle(each).fillOpacity")
        ground, edge, own = figure.locator(f".{swatch}").first.evaluate(PAINTED)
        np.testing.assert_allclose(ground, float(drawn) * np.array(own) + (1 - float(drawn)) * 255, atol=2)
        assert edge == own  # the edge has all of it


class Wide(Explorer):
    """A table whose first column has long numbers."""

    views = (View(Table("values", rows=("r", "s"), columns=("a", "b", "c")), title="table"),)

    @staticmethod
    def frame() -> dict[str, torch.Tensor]:
        return {"values": torch.tensor([[0.00123, 0.0, 0.0], [0.5, 0.0, 1.0]])}


def test_columns_of_numbers_are_of_one_width_whatever_stands_in_them(show: Callable) -> None:
    seen, live = show(Wide())
    widths = [each.bounding_box()["width"] for each in live.root.locator(".kexue-table thead th").all()]
    assert max(widths) - min(widths) < 1
    seen.assert_clean()


def test_a_unit_is_a_space_from_its_number_and_a_degree_sign_is_not(show: Callable) -> None:
    seen, live = show(Named())
    gaps = [
        live.root.locator(f"[data-control={name}] .kexue-readout").evaluate(
            """readout => readout.lastElementChild.getBoundingClientRect().left
              - readout.firstElementChild.getBoundingClientRect().right + parseFloat(getComputedStyle(readout.firstElementChild).paddingRight)"""
        )
        for name in ("angle", "time")
    ]
    assert gaps[0] < 2 < 3 < gaps[1] < 6
    spoken = [live.root.get_by_role("slider", name=name).get_attribute("aria-valuetext") for name in ("angle", "time")]
    assert spoken == ["10°", "10 s"]
    seen.assert_clean()


def test_thousands_are_set_apart(show: Callable) -> None:
    seen, live = show(Named())
    ticks = live.root.locator("figure", has_text="many").last.locator("[data-part='y-axis tick label'] text")
    assert "10\u202f000" in ticks.all_inner_texts() + ticks.all_text_contents()
    assert "34\u202f204" in live.root.locator(".kexue-table td").all_text_contents()
    seen.assert_clean()
