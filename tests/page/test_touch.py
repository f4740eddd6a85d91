"""A thumb on a telephone: it scrolls past every kind of control without moving one, and moves those it means."""

from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Page
from reader import PHONE, Live

from kexue_widgets.live import Choice, Explorer, Lines, Photo, Points, Query, Slider, Toggle, View

WORDS = {f"word {number}": number for number in range(80)}  # more than a list shows: they are searched


class Everything(Explorer):
    """One control of each kind."""

    level = Slider(0.5, 0.0, 1.0, label="level")
    rate = Slider(0.1, 0.01, 1.0, log=True, label="rate")
    lit = Toggle(True, label="lit")
    shape = Choice({"flat": 0, "steep": 1}, label="shape")
    word = Choice(WORDS, label="word")
    target = Points([[-1.0, 0.5], [1.0, 1.5]], x_range=(-2, 2), y_range=(0, 2), capacity=40, label="target")
    photo = Photo(8, label="photo")
    question = Query("b", ["a", "b"], label="question")

    views = (View(Lines("x", "y"), title="all of it", x="x", y="y"),)

    @staticmethod
    def frame(noise, level, rate, lit, shape, word, target, photo, question):
        sum_ = level + rate + lit + shape + word + target.sum() + photo.sum() + question.sum() + noise.uniform(1)
        return {"x": torch.arange(2.0), "y": sum_ * torch.ones(2)}


# How far the page has been scrolled, or the fold in it.
SCROLLED = "scrollY + document.querySelector('.kexue-fold > .kexue-controls').scrollTop"

AT_REST = f"""async () => {{
  for (let still = 0, last; still < 10; ) {{
    await new Promise(requestAnimationFrame);
    const now = {SCROLLED};
    still = now === last ? still + 1 : 0;
    last = now;
  }}
}}"""


class Finger:
    """Touches through the DevTools protocol, as a screen reports them."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def swipe(self, start: tuple[float, float], by: tuple[float, float], lift: bool = True) -> None:
        self.send("touchStart", start)
        for move in range(1, 21):
            self.send("touchMove", (start[0] + by[0] * move / 20, start[1] + by[1] * move / 20))
        if lift:
            self.send("touchEnd")


@pytest.fixture
def phone(show: Callable) -> tuple:
    tall = "<style>body { padding: 400px 0 2000px }</style></head>"
    seen, live = show(Everything(), change=lambda html: html.replace("</head>", tall), **PHONE)
    live.root.locator("summary", has_text="More controls").click()
    return seen, live, Finger(seen.page)


def centre(live: Live, selector: str, index: int = 0, share: float = 0.5) -> tuple[float, float]:
    """A point of an element, in the middle of the window."""
    element = live.root.locator(selector).nth(index)
    element.evaluate("element => element.scrollIntoView({ block: 'center' })")
    box = element.bounding_box()
    return box["x"] + box["width"] * share, box["y"] + box["height"] / 2


PLACES = [
    (".kexue-range", 0, 0.8),
    (".kexue-range", 0, 0.5),  # where its thumb is
    (".kexue-range", 1, 0.8),
    (".kexue-toggle", 0, 0.2),
    (".kexue-select", 0, 0.5),
    (".kexue-search", 0, 0.5),
    (".kexue-pad", 0, 0.5),
    (".kexue-drop", 0, 0.5),
    (".kexue-search", 1, 0.5),
    (".kexue-seed .kexue-button", 0, 0.5),
    (".kexue-number", 0, 0.5),
]


def test_a_thumb_that_scrolls_past_moves_no_control(phone: tuple) -> None:
    seen, live, finger = phone
    seen.page.evaluate(
        """() => { window.changes = [];
        window.taken = 0; // gestures that the browser has taken, to scroll
        addEventListener("pointercancel", () => taken++);
        const { explorer } = document.querySelector("kexue-explorer");
        let last = JSON.stringify(explorer.values);
        const look = () => { const now = JSON.stringify(explorer.values); if (now !== last) changes.push(now); last = now };
        for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel", "input", "change"])
          addEventListener(kind, () => setTimeout(look)) }"""
    )
    for selector, index, share in PLACES:
        for by in ((0, -200), (0, 200), (60, -200)):
            seen.page.evaluate(AT_REST)  # the last swipe goes on after the finger is gone
            start = centre(live, selector, index, share)
            before = seen.page.evaluate("taken")
            shown = live.root.locator(".kexue-range").first.input_value()
            finger.swipe(start, by)
            seen.page.wait_for_function("before => taken > before", arg=before)
            assert seen.page.evaluate("changes") == [], (selector, by)
            assert live.root.locator(".kexue-range").first.input_value() == shown
    seen.assert_clean()


def test_a_move_along_a_slider_and_a_tap_move_it(phone: tuple) -> None:
    seen, live, finger = phone
    start = centre(live, ".kexue-range", 0, 0.5)
    finger.swipe(start, (80, 10))
    live.until("explorer.values.level > 0.6")
    x, y = centre(live, ".kexue-range", 0, 0.1)
    finger.send("touchStart", (x, y))
    finger.send("touchMove", (x + 3, y - 4))  # no finger keeps quite still
    finger.send("touchEnd")
    live.until("explorer.values.level < 0.2")
    seen.assert_clean()


def test_a_gesture_that_is_taken_away_leaves_the_slider_where_it_was(phone: tuple) -> None:
    _, live, finger = phone
    start = centre(live, ".kexue-range", 0, 0.5)
    finger.swipe(start, (80, 0), lift=False)
    live.until("explorer.values.level > 0.6")
    finger.send("touchCancel")
    live.until("explorer.values.level === 0.5")
    assert live.root.locator(".kexue-range").first.input_value() == "0.5"


def test_a_gesture_that_is_taken_away_leaves_the_points_as_they_were(phone: tuple) -> None:
    _, live, finger = phone
    start = centre(live, ".kexue-pad")
    finger.swipe(start, (60, 30), lift=False)
    live.until("explorer.values.target.length > 4")
    finger.send("touchCancel")
    live.until("explorer.values.target.length === 2")
    live.press("Undo")  # nothing of the gesture is left to be taken back: what there was before goes, point by point
    live.until("explorer.values.target.length === 1")


def test_a_tap_on_the_pad_adds_a_point_and_a_stroke_that_begins_sideways_may_go_anywhere(phone: tuple) -> None:
    seen, live, finger = phone
    x, y = centre(live, ".kexue-pad")
    where = seen.page.evaluate("scrollY")
    finger.send("touchStart", (x, y))
    finger.send("touchEnd")
    live.until("explorer.values.target.length === 3")
    finger.send("touchStart", (x, y - 40))
    for across, down in [(4, 0), (12, 0), (14, 10), (14, 20), (14, 30), (14, 40), (14, 50), (14, 60)]:
        finger.send("touchMove", (x + across, y - 40 + down))
    finger.send("touchEnd")
    live.until("explorer.values.target.length > 7")
    assert seen.page.evaluate("scrollY") == where
    seen.assert_clean()
