"""What a reader takes away from an explorer, opened by double-click: pictures, numbers, a link, a line of Python; and what
one hears who cannot see it."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from explorers import Line
from PIL import Image
from playwright.sync_api import expect
from reader import Live, assert_accessible

from kexue_widgets.live import Choice, Explorer, Graph, Heatmap, Lines, Slider, Table, Toggle, View

SVG = "{http://www.w3.org/2000/svg}"


class Sums(Explorer):
    """Sums of two numbers, drawn and written down."""

    a = Slider(1.0, 0.0, 5.0, step=0.5, label="a_i")
    negative = Toggle(False, label="negative")
    kind = Choice({"one": 1, "two": 2}, label="kind")

    views = (
        View(Lines("x", "many", label="many of L_D"), title="curves", x="x", y="y"),
        View(Heatmap("field", label="height"), title="cells", x="column", y="row"),
        View(Table("summary", rows=("sum", "product"), columns=("value",)), title="in numbers"),
    )

    @staticmethod
    def frame(noise, a, negative, kind):
        sign = 1 - 2 * negative
        x = torch.linspace(0, 1, 4)
        many = sign * torch.stack([a * x, kind * x, noise.uniform(4)])
        summary = torch.stack([sign * (a + kind), sign * a * kind])
        return {"x": x, "many": many, "field": torch.arange(6.0).reshape(2, 3) * a, "summary": summary}


class Pair(Explorer):
    """Two curves in each of two pictures."""

    a = Slider(1.0, 0.0, 2.0, label="a")

    views = tuple(
        View(Lines("x", "up", label="rising"), Lines("x", "down", label="falling"), title=title, x="x", y="y")
        for title in ("left", "right")
    )

    @staticmethod
    def frame(a):
        x = torch.linspace(0, 1, 4)
        return {"x": x, "up": a * x, "down": -a * x}


def open_menu(live: Live) -> None:
    if live.root.locator(".kexue-more[open]").count() == 0:
        live.root.locator(".kexue-more > summary").click()
    live.root.locator(".kexue-menu button").first.wait_for()


def taken(live: Live, button: str, folder: Path) -> Path:
    open_menu(live)
    with live.page.expect_download() as download:
        live.press(button)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_pictures_and_numbers_are_those_on_the_screen(show: Callable, tmp_path: Path) -> None:
    seen, live = show(Sums(seed=5))
    live.set("a_i", 2.5)
    live.after(lambda: live.root.get_by_role("switch", name="negative", exact=True).check())

    svg = taken(live, "SVG of “curves”", tmp_path)
    assert svg.name == "Sums-curves.svg"
    picture = ET.parse(svg).getroot()
    words = " ".join("".join(each.itertext()) for each in picture.iter(f"{SVG}text"))
    for word in ("curves", "many", "Sums(a=2.5,", "negative=True,", "seed=5)", "x", "y"):
        assert word in words
    assert not list(picture.iter(f"{SVG}foreignObject"))
    curves = [each for each in picture.iter(f"{SVG}path") if "L" in each.get("d", "")]
    assert len(curves) >= 3
    assert all(each.get("stroke").startswith("rgb") for each in curves)  # and no style sheet's names

    png = Image.open(taken(live, "PNG of “cells”", tmp_path)).convert("RGB")
    box = live.root.locator("figure.kexue-view").nth(1).bounding_box()
    assert png.width >= 2 * box["width"]
    assert len(set(png.resize((60, 60)).getdata())) > 10  # something is drawn on it

    table = Image.open(taken(live, "PNG of “in numbers”", tmp_path)).convert("L")
    assert table.point(lambda value: 255 * (value < 128)).getbbox()  # dark words on light paper

    rows = list(csv.reader(io.StringIO(taken(live, "CSV of “curves”", tmp_path).read_text("utf-8"))))
    assert rows[0] == ["x", "many[0]", "many[1]", "many[2]"]
    numbers = np.array(rows[1:], np.float32)
    np.testing.assert_array_equal(numbers[:, 0], live.arrays["x"])
    np.testing.assert_array_equal(numbers[:, 1:].T, live.arrays["many"])
    seen.assert_clean()


class Way(Explorer):
    """Two nodes, of which one is half highlighted."""

    part = Choice({"half": 0.5, "all": 1.0}, label="part")

    views = (View(Graph(["in", "out"], [("in", "out")], highlight_nodes="lit", highlight_edges="edge"), title="way"),)

    @staticmethod
    def frame(part):
        return {"lit": torch.stack([part, 0 * part]), "edge": part.reshape(1)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_that_are_mixed_are_written_as_any_program_reads_them(
    show: Callable, tmp_path: Path, scheme: str
) -> None:
    seen, live = show(Way(), color_scheme=scheme)
    picture = ET.parse(taken(live, "SVG of “way”", tmp_path)).getroot()
    colours = {each.get(name) for each in picture.iter() for name in ("fill", "stroke", "color")} - {None, "none"}
    assert len(colours) > 4
    assert all(re.fullmatch(r"rgba?\([\d., ]+\)|#\w+|currentColor", each) for each in colours), colours
    # What is half highlighted is between the two colours of nodes; the mixture as the browser paints it.
    node = live.root.locator(".kexue-node").first
    box = node.bounding_box()
    shot = Image.open(io.BytesIO(seen.page.screenshot(animations="disabled"))).convert("RGB")
    red, green, blue = shot.getpixel((round(box["x"] + 5), round(box["y"] + 5)))
    assert f"rgb({red}, {green}, {blue})" in colours
    seen.assert_clean()


def test_what_is_switched_off_is_in_no_picture_that_is_taken_away(show: Callable, tmp_path: Path) -> None:
    seen, live = show(Pair())
    left, right = (live.root.locator("figure", has_text=title) for title in ("left", "right"))
    left.get_by_role("button", name="falling", exact=True).click()
    live.set("a", 0.5)
    for figure, pressed in ((left, "false"), (right, "true")):
        expect(figure.get_by_role("button", name="falling", exact=True)).to_have_attribute("aria-pressed", pressed)
    picture = ET.parse(taken(live, "SVG of “left”", tmp_path)).getroot()
    words = {"".join(each.itertext()) for each in picture.iter(f"{SVG}text")}
    assert "rising" in words
    assert "falling" not in words
    seen.assert_clean()


def test_the_line_of_python_makes_the_same_figure_and_defaults_bring_the_first_one_back(show: Callable) -> None:
    seen, live = show(Sums(seed=5))
    first = live.arrays
    live.set("a_i", 3.5)
    live.set("seed", 8)
    live.after(lambda: live.root.get_by_label("kind", exact=True).select_option("two"))
    open_menu(live)
    live.press("Copy as Python")
    line = live.root.locator(".kexue-menu textarea").input_value()
    assert line == 'Sums(a=3.5, kind="two", seed=8)'
    for name, array in eval(line).arrays.items():
        np.testing.assert_allclose(live.arrays[name], array, atol=1e-6)
    live.after(lambda: live.press("Defaults"))
    assert live.values == {"a": 1, "negative": False, "kind": "one", "seed": 5}
    for name, array in first.items():
        np.testing.assert_allclose(live.arrays[name], array, atol=1e-6)
    seen.assert_clean()


def test_a_training_is_written_down_step_by_step(show: Callable) -> None:
    seen, live = show(Line(seed=2))
    for _ in range(3):
        live.after(lambda: live.press("Step"))
    live.set("learning rate", 0.05)
    live.after(lambda: live.press("Step"))
    open_menu(live)
    live.press("Copy as Python")
    code = live.root.locator(".kexue-menu textarea").input_value()
    made: dict = {"Line": Line}
    exec(code, made)
    assert made["explorer"].steps == live.steps == 9
    np.testing.assert_allclose(live.arrays["fit"], made["explorer"].arrays["fit"], atol=1e-4)
    live.press("Copy the link")
    link = live.root.locator(".kexue-menu textarea").input_value()
    assert link.startswith("explorers.html#live:")  # where the folder lies is nobody's business
    assert "Line.steps=8*rate*0.01,1" in link
    live.after(lambda: live.press("Defaults"))
    live.until("explorer.steps === 5")
    assert live.values["rate"] == 0.01
    seen.assert_clean()


def test_in_full_screen_keys_play_step_and_reset(show: Callable) -> None:
    seen, live = show(Line())
    open_menu(live)
    live.press("Full screen")
    live.page.wait_for_function("document.fullscreenElement?.classList.contains('kexue')")
    live.after(lambda: live.page.keyboard.press("ArrowRight"))
    assert live.steps == 6
    live.page.keyboard.press(" ")
    live.until("explorer.playing && explorer.steps > 8")
    live.page.keyboard.press(" ")
    live.until("!explorer.playing")
    live.page.keyboard.press("r")
    live.until("explorer.steps === 0")
    slider = live.root.get_by_role("slider").first
    slider.focus()
    live.after(lambda: live.page.keyboard.press("ArrowRight"))  # a slider's arrows stay its own
    assert live.steps == 0
    assert live.values["rate"] > 0.01
    seen.assert_clean()


def test_a_change_is_heard_with_what_the_figure_shows_then(show: Callable) -> None:
    _, live = show(Sums())
    live.set("a_i", 3)
    live.until("[...element.querySelectorAll('[aria-live=polite]')].some((area) => area.textContent.includes('sum'))")
    heard = live.root.locator(".kexue-unseen[aria-live=polite]").inner_text()
    assert re.search(r"a_i 3\. in numbers: sum 4; product 3\.", heard)


def test_each_picture_has_its_last_values_as_a_table(show: Callable) -> None:
    _, live = show(Line())
    live.after(lambda: live.press("Step"))
    tables = live.root.locator("figure.kexue-view .kexue-unseen table")
    assert tables.count() == 2
    rows = tables.first.locator("tr").evaluate_all(
        "all => all.map((each) => [...each.cells].map((cell) => cell.innerText))"
    )
    assert [name for name, _ in rows] == ["fit", "truth"]
    assert float(rows[1][1].replace("−", "-")) == pytest.approx(float(live.arrays["truth"][-1]), abs=0.01)
    live.after(lambda: live.press("Step"))
    live.until(
        "[...element.querySelectorAll('[aria-live=polite]')].some((area) => area.textContent.includes('step 7'))"
    )


def test_the_menu_is_accessible(show: Callable, axe_path: Path) -> None:
    seen, live = show(Line(), viewport={"width": 360, "height": 900})
    open_menu(live)
    assert_accessible(seen.page, axe_path)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
    live.page.keyboard.press("Escape")
    assert live.root.locator(".kexue-more[open]").count() == 0
