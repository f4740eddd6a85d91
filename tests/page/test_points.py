"""Points that a reader draws: by mouse, touch and keyboard, taken back, shared, and the same to the model on both sides."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from reader import PHONE, Live, assert_accessible

from kexue_widgets.live import Dots, Explorer, Noise, Points, Slider, View

DEFAULT = [[-1.0, 0.5], [1.0, 1.5]]
CAPACITY = 12


class Cloud(Explorer):
    """Samples around the points that a reader draws."""

    target = Points(DEFAULT, x_range=(-2, 2), y_range=(0, 2), capacity=CAPACITY, label="target")
    spread = Slider(0.1, 0.0, 1.0, label="spread")

    views = (View(Dots("x", "y"), title="samples", x="x", y="y"),)

    @staticmethod
    def frame(noise: Noise, target: torch.Tensor, spread: torch.Tensor) -> dict[str, torch.Tensor]:
        samples = target + spread * noise.normal(CAPACITY, 2)
        return {"target": target, "x": samples[:, 0], "y": samples[:, 1]}


class Pad:
    """The plot to draw on, with the window's pixels of its frame, which spans [-2, 2] x [0, 2]."""

    def __init__(self, live: Live) -> None:
        self.element = live.root.get_by_role("application", name="target")
        self.element.scroll_into_view_if_needed()
        self.box = self.element.locator("[data-part=frame]").bounding_box()

    def pixels(self, x: float, y: float) -> tuple[float, float]:
        across, up = (x + 2) / 4, y / 2
        return self.box["x"] + across * self.box["width"], self.box["y"] + (1 - up) * self.box["height"]


def drag(page: Page, pad: Pad, start: tuple[float, float], end: tuple[float, float], steps: int = 30) -> None:
    page.mouse.move(*pad.pixels(*start))
    page.mouse.down()
    page.mouse.move(*pad.pixels(*end), steps=steps)
    page.mouse.up()


def full(points: list[list[float]]) -> np.ndarray:
    """What the model should receive: the points over and over, up to the capacity."""
    return np.array([points[index % len(points)] for index in range(CAPACITY)], np.float32)


def test_a_press_adds_a_point_where_it_is(show: Callable) -> None:
    seen, live = show(Cloud())
    pad = Pad(live)
    live.after(lambda: seen.page.mouse.click(*pad.pixels(0.5, 1.25)))
    assert live.values["target"][:2] == DEFAULT
    # Half a pixel of the frame, which is some 200 wide.
    assert live.values["target"][2] == pytest.approx([0.5, 1.25], abs=0.015)
    np.testing.assert_array_equal(live.arrays["target"], full(live.values["target"]))
    assert live.root.get_by_text("3 of 12 points").count() > 0
    seen.assert_clean()


def test_a_drag_adds_points_along_its_way_and_is_taken_back_as_one(show: Callable) -> None:
    seen, live = show(Cloud())
    pad = Pad(live)
    drag(seen.page, pad, (-1, 0.5), (-0.4, 0.8))
    drawn = np.array(live.values["target"][2:])
    assert 3 <= len(drawn) < CAPACITY - 2
    # On the line from (-1, 0.5) to (-0.4, 0.8), one after the other.
    np.testing.assert_allclose(drawn[:, 1], 0.5 + (drawn[:, 0] + 1) / 2, atol=0.03)
    assert (np.diff(drawn[:, 0]) > 0).all()
    live.press("Undo")
    assert live.values["target"] == DEFAULT
    seen.assert_clean()


def test_clear_gives_the_default_points_back_to_the_model_and_can_be_undone(show: Callable) -> None:
    seen, live = show(Cloud())
    pad = Pad(live)
    live.after(lambda: seen.page.mouse.click(*pad.pixels(0, 1)))
    mine = live.values["target"]
    live.after(lambda: live.press("Clear"))
    live.until(f"explorer.arrays.target.data[4] === {DEFAULT[0][0]}")
    assert live.values["target"] == []
    np.testing.assert_array_equal(live.arrays["target"], full(DEFAULT))
    live.after(lambda: live.press("Undo"))
    assert live.values["target"] == mine
    for _ in range(5):
        live.press("Undo")  # with nothing left to take back, nothing happens
    assert live.values["target"] == []
    live.press("Undo")
    seen.assert_clean()


def test_the_keyboard_draws(show: Callable) -> None:
    seen, live = show(Cloud())
    live.press("Clear")
    pad = Pad(live)
    pad.element.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Space", "ArrowDown", "Enter", "ArrowLeft", "Space"):
        seen.page.keyboard.press(key)
    # From the middle, (0, 1), in twentieths of the ranges, which are 4 and 2 wide.
    live.until("explorer.values.target.length === 3")
    assert live.values["target"] == [[0.4, 1.1], [0.4, 1], [0.2, 1]]
    seen.page.keyboard.press("Backspace")
    assert live.values["target"] == [[0.4, 1.1], [0.4, 1]]
    for _ in range(30):
        seen.page.keyboard.press("ArrowUp")
    seen.page.keyboard.press("Space")
    assert live.values["target"][-1] == [0.2, 2]  # no further than the edge
    live.until(
        "[...element.querySelectorAll('[aria-live=polite]')].some((area) => area.textContent.includes('target: 3 of 12'))"
    )
    seen.assert_clean()


def test_a_finger_draws_and_the_page_stays_where_it_is(show: Callable) -> None:
    seen, live = show(Cloud(), **PHONE)
    pad = Pad(live)
    where = seen.page.evaluate("scrollY")
    session = seen.page.context.new_cdp_session(seen.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in (pad.pixels(*point) for point in points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", (-0.6, 1.8))
    for x in np.linspace(-0.5, 0, 6):  # what begins sideways is meant for the pad
        touch("touchMove", (float(x), 1.8))
    for y in np.linspace(1.7, 0.8, 10):
        touch("touchMove", (0, float(y)))
    touch("touchEnd")
    live.until("explorer.values.target.length > 8")
    drawn = np.array(live.values["target"][2:])
    down = drawn[drawn[:, 1] < 1.75]
    assert len(down) > 3
    np.testing.assert_allclose(down[:, 0], 0, atol=0.02)
    assert (np.diff(down[:, 1]) < 0).all()
    assert seen.page.evaluate("scrollY") == where
    buttons = live.root.locator(".kexue-points button")
    buttons.filter(has_text="Paste numbers").click()  # those that it shows, too
    heights = buttons.evaluate_all("all => all.map((each) => each.offsetHeight)")
    assert min(heights) >= 40
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
    seen.assert_clean()


def test_a_full_plot_takes_no_more_and_loses_nothing(show: Callable) -> None:
    seen, live = show(Cloud())
    pad = Pad(live)
    drag(seen.page, pad, (-1.9, 0.1), (1.9, 1.9), steps=200)
    points = live.values["target"]
    assert len(points) == CAPACITY
    assert points[:2] == DEFAULT
    seen.page.mouse.click(*pad.pixels(1, 0.2))
    assert "There is room for 12 points" in live.alert
    assert live.values["target"] == points
    live.press("Undo")
    assert live.alert == ""
    assert live.values["target"] == DEFAULT
    seen.assert_clean()


def test_a_press_beside_the_axes_adds_nothing(show: Callable) -> None:
    seen, live = show(Cloud())
    pad = Pad(live)
    seen.page.mouse.click(pad.box["x"] - 20, pad.box["y"] + 20)
    assert live.values["target"] == DEFAULT
    x, y = pad.pixels(-2, 1)
    seen.page.mouse.click(x - 4, y)  # a hand that just misses means the edge
    assert live.values["target"][2] == pytest.approx([-2, 1], abs=0.015)


def test_the_model_gets_the_same_points_on_the_page_and_in_the_kernel(show: Callable) -> None:
    explorer = Cloud(seed=4, target=[[0.1, 0.7], [-1.3, 1.9], [0.333, 0.2]])
    seen, live = show(explorer)
    pad = Pad(live)
    for action in (
        lambda: live.set("spread", 0.5),
        lambda: seen.page.mouse.click(*pad.pixels(1.1, 0.3)),
        lambda: live.press("Clear"),
    ):
        live.after(action)
        values = live.values
        explorer.target, explorer.spread = values["target"], values["spread"]
        kernel = explorer.arrays
        np.testing.assert_array_equal(live.arrays["target"], kernel["target"])
        for name in ("x", "y"):
            np.testing.assert_allclose(live.arrays[name], kernel[name], atol=1e-5)
    assert values["target"] == []
    seen.assert_clean()


def test_the_address_carries_the_points_and_no_others(show: Callable, visit: Callable) -> None:
    seen, live = show(Cloud())
    pad = Pad(live)
    drag(seen.page, pad, (-1.9, 0.1), (1.9, 1.9), steps=200)
    # Whoever copies the address right after a gesture has the whole of it.
    address, points = seen.page.evaluate("location.href"), live.values["target"]
    assert len(address.split("#")[1]) < 15 * CAPACITY
    again = visit(address).page
    again.wait_for_function(
        "points => JSON.stringify(document.querySelector('kexue-explorer').explorer?.values.target) === points",
        arg=str(points).replace(" ", "").replace(".0,", ",").replace(".0]", "]"),
    )
    spread = 0.2
    for bad in ("1,2,3", "5,1", "0,x", ",", ",".join(["0,1"] * (CAPACITY + 1))):
        spread = round(spread + 0.1, 1)
        again.evaluate(f"location.hash = 'live:Cloud.target={bad}&Cloud.spread={spread}'")
        again.wait_for_function(f"document.querySelector('kexue-explorer').explorer.values.spread === {spread}")
        assert again.evaluate("document.querySelector('kexue-explorer').explorer.values.target") == DEFAULT
    again.evaluate("location.hash = 'live:Cloud.target='")
    again.wait_for_function("document.querySelector('kexue-explorer').explorer.values.target.length === 0")


def test_nothing_in_the_plot_is_inaccessible(show: Callable, axe_path: Path) -> None:
    seen, live = show(Cloud(), viewport={"width": 360, "height": 900})
    for action in (None, "Clear"):
        if action:
            live.press(action)
        assert_accessible(seen.page, axe_path)


def test_numbers_are_pasted_and_taken_back(show: Callable) -> None:
    seen, live = show(Cloud())
    opener = live.root.get_by_role("button", name="Paste numbers")
    opener.focus()
    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    typed = live.root.get_by_label("target: numbers")
    expect(typed).to_be_focused()
    typed.fill("x，y\n0.5, 1.25\n-1，0")
    live.after(lambda: typed.press("Control+Enter"))
    np.testing.assert_array_equal(live.arrays["target"], full([[0.5, 1.25], [-1, 0]]))
    said = live.root.locator(".kexue-pasted .kexue-understood")
    expect(said).to_have_text("2 points read.")
    typed.fill("0.5, 1.25\n9, 0")
    live.root.get_by_role("button", name="Use these").click()
    expect(said).to_have_text("Row 2: x must lie between −2 and 2; it is 9.")
    expect(typed).to_have_value("0.5, 1.25\n9, 0")
    np.testing.assert_array_equal(live.arrays["target"], full([[0.5, 1.25], [-1, 0]]))
    live.after(lambda: live.root.get_by_role("button", name="Undo", exact=True).click())
    np.testing.assert_array_equal(live.arrays["target"], full(DEFAULT))
    seen.assert_clean()


def test_a_file_is_dropped_and_cut_at_the_capacity(show: Callable) -> None:
    seen, live = show(Cloud())
    rows = "\n".join(f"{index % 5 - 2};{index % 3}" for index in range(CAPACITY + 2))
    files = seen.page.evaluate_handle(
        """rows => {
          const data = new DataTransfer();
          data.items.add(new File([rows], "points.csv", { type: "text/csv" }));
          return data;
        }""",
        rows,
    )
    live.after(lambda: live.root.locator(".kexue-points").dispatch_event("drop", {"dataTransfer": files}))
    expected = [[index % 5 - 2, index % 3] for index in range(CAPACITY)]
    np.testing.assert_array_equal(live.arrays["target"], full(expected))
    said = live.root.locator(".kexue-pasted .kexue-understood")
    expect(said).to_have_text(f"{CAPACITY} points read. There was no room for the other 2.")
    seen.assert_clean()
