"""When a control takes effect, and what nothing reads: signs, disabled controls, and points that choose themselves."""

from collections.abc import Callable

import pytest
import torch
from reader import PHONE

from kexue_widgets.live import Choice, Dots, Explorer, Points, Slider, Toggle, View


class Modes(Explorer):
    """Points drift away from a ring or from what a reader draws."""

    data = Choice({"ring": 0, "your points": 1}, label="data")
    mine = Points(
        [[-1.0, 0.5], [1.0, 1.5]],
        x_range=(-2, 2),
        y_range=(0, 2),
        capacity=4,
        label="mine",
        when={"data": "your points"},
    )
    windy = Toggle(True, label="windy")
    wind = Slider(0.1, 0.0, 1.0, label="wind", when={"windy": True})
    size = Slider(1.0, 0.5, 2.0, label="size")
    opening = 2

    views = (View(Dots("x", "y"), title="points", x="x", y="y"),)

    @staticmethod
    def start(data, mine):
        ring = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        return {"at": torch.where(data > 0, mine, ring)}

    @staticmethod
    def step(state, windy, wind):
        return {"at": state["at"] + windy * wind}

    @staticmethod
    def frame(state, size):
        return {"x": size * state["at"][:, 0], "y": size * state["at"][:, 1]}


def test_signs_tell_when_a_control_takes_effect_and_are_explained_once(show: Callable) -> None:
    _, live = show(Modes())
    meanings = {
        label: live.root.get_by_label(label, exact=True).first.evaluate(
            "element => (element.getAttribute('aria-describedby') ?? '').split(' ').map("
            "(id) => document.getElementById(id)?.textContent).filter((text) => /anew|next/.test(text)).join()"
        )
        for label in ("data", "mine", "windy", "wind", "size")
    }
    starts, later = "starts anew", "from the next step on"
    assert meanings == {"data": starts, "mine": starts, "windy": later, "wind": later, "size": ""}
    for words in (starts, later):
        assert live.root.get_by_text(words, exact=True).count() == 1
    signs = live.root.locator(".kexue-controls .kexue-icon")
    assert signs.count() == 4


def test_what_nothing_reads_is_disabled_until_something_does(show: Callable) -> None:
    seen, live = show(Modes())
    wind = live.root.get_by_role("slider", name="wind", exact=True)
    assert wind.is_enabled()
    live.after(lambda: live.root.get_by_role("switch", name="windy", exact=True).uncheck())
    assert wind.is_disabled()
    assert live.root.get_by_label("wind: value", exact=True).is_disabled()
    live.after(lambda: live.root.get_by_role("switch", name="windy", exact=True).check())
    assert wind.is_enabled()
    seen.assert_clean()


@pytest.mark.parametrize("device", [{}, PHONE], ids=["mouse", "finger"])
def test_drawing_a_point_chooses_the_readers_points(show: Callable, device: dict) -> None:
    seen, live = show(Modes(), **device)
    pad = live.root.get_by_role("application", name="mine")
    assert live.root.locator(".kexue-points.kexue-unused").count() == 1
    live.root.locator(".kexue-fold").evaluate(
        "fold => (fold.open = true)"
    )  # where there is little room the pad is in it
    pad.scroll_into_view_if_needed()
    box = pad.locator("[data-part=frame]").bounding_box()
    where = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = live.frames
    live.after(lambda: seen.page.touchscreen.tap(*where) if device else seen.page.mouse.click(*where))
    assert live.values["data"] == "your points"
    assert live.root.get_by_label("data", exact=True).input_value() == "your points"
    assert len(live.values["mine"]) == 3
    assert live.frames == before + 1  # one new start, for both changes
    expected = Modes(data="your points", mine=live.values["mine"])
    assert live.arrays["x"].tolist() == pytest.approx(expected.arrays["x"].tolist())
    assert live.root.locator(".kexue-unused").count() == 0
    seen.assert_clean()
