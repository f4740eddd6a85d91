"""The dropout chapter as a reader meets it: by mouse, touch and keyboard."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from browsing import Visit, visiting
from playwright.sync_api import Browser
from reader import PHONE, Live

from kexue_widgets.dropout import Mask, Overfitting, SlowMotion


@pytest.fixture(scope="module")
def phone(book_http: str, browser: Browser) -> Iterator[Visit]:
    with visiting(browser) as visit:
        yield visit(f"{book_http}/book/dropout.html", **PHONE)


def assert_dropped(live: Live, rate: float) -> None:
    """What dropout does by definition: survivors are divided by 1 - rate, and the share of zeros is the rate."""
    arrays = live.arrays
    np.testing.assert_allclose(arrays["output"], arrays["x"] * arrays["mask"] / (1 - rate), rtol=1e-5)
    # 400 draws of 60 entries: four standard errors of a share.
    assert abs(arrays["summary"][2, 1] - rate) < 4 * (rate * (1 - rate) / 24_000) ** 0.5


def test_the_first_frame_is_drawn_before_anything_is_touched(chapter: Visit) -> None:
    live = Live(chapter.page, Mask)
    assert live.root.locator("svg").count() >= 4
    assert_dropped(live, 0.5)
    assert chapter.page.evaluate("typeof KexueEngine") == "undefined"
    chapter.assert_clean()


def test_the_slider_works_by_keyboard(chapter: Visit) -> None:
    live = Live(chapter.page, Mask)
    live.after(lambda: live.root.get_by_role("slider").press("ArrowRight"))
    live.until("explorer.arrays.summary.data[4] > 0.54")
    assert live.values["p"] == 0.55
    assert_dropped(live, 0.55)
    chapter.assert_clean()


def test_the_slider_works_by_mouse(chapter: Visit) -> None:
    live = Live(chapter.page, Mask)
    slider = live.root.get_by_role("slider")
    live.root.evaluate("root => root.scrollIntoView()")
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    chapter.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    chapter.page.mouse.down()
    for share in (0.6, 0.7, 0.8):
        chapter.page.mouse.move(box["x"] + box["width"] * share, middle)
    chapter.page.mouse.up()
    live.until("explorer.values.p >= 0.7 && Math.abs(explorer.arrays.summary.data[4] - explorer.values.p) < 1e-6")
    assert_dropped(live, live.values["p"])
    chapter.assert_clean()


def test_the_slider_works_by_touch(phone: Visit) -> None:
    live = Live(phone.page, Mask)
    slider = live.root.get_by_role("slider")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    phone.page.touchscreen.tap(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    live.until("explorer.values.p <= 0.3 && Math.abs(explorer.arrays.summary.data[4] - explorer.values.p) < 1e-6")
    assert_dropped(live, live.values["p"])
    phone.assert_clean()


def test_evaluation_mode_is_the_identity(chapter: Visit) -> None:
    live = Live(chapter.page, Mask)
    live.after(lambda: live.root.get_by_role("switch").press("Space"))
    live.until("!explorer.values.training")
    np.testing.assert_array_equal(live.arrays["output"], live.arrays["x"])


def test_the_network_trains_on_the_page(chapter: Visit) -> None:
    live = Live(chapter.page, Overfitting)
    live.press("Reset")
    live.until("explorer.steps === 0")
    arrays = live.play(300)
    for name in ("seen_with", "seen_without"):
        assert arrays[name][-1] < arrays[name][0] / 3
    chapter.assert_clean()


def test_playing_moves_no_control_from_under_the_thumb(phone: Visit) -> None:
    live = Live(phone.page, Overfitting)
    panel = live.root.get_by_role("group", name="controls")
    height = panel.bounding_box()["height"]
    live.press("Play")
    live.until("explorer.playing && explorer.steps > 410")
    assert panel.bounding_box()["height"] == height
    live.press("Pause")


def test_a_step_goes_phase_by_phase_and_a_unit_is_chosen_by_hand_and_by_keys(show: Callable) -> None:
    explorer = SlowMotion()
    seen, live = show(explorer)

    def assert_same() -> None:
        arrays = live.arrays
        for name, array in explorer.arrays.items():
            np.testing.assert_allclose(arrays[name], array, atol=1e-4, err_msg=name)

    for phase in (1, 2, 3, 4, 0):
        live.after(lambda: live.press("Step"))
        explorer.advance()
        assert live.arrays["phase"].argmax() == phase
        assert_same()
        numbers = live.root.locator(".kexue-graph").first.locator(".kexue-value").all_inner_texts()
        assert [not text for text in numbers] == np.isnan(explorer.arrays["numbers"]).tolist()
    live.after(lambda: live.root.locator("button.kexue-node", has_text="a3").click())
    explorer.unit = "a3"
    assert live.values["unit"] == "a3"
    assert_same()
    seen.page.keyboard.press("Tab")
    live.after(lambda: seen.page.keyboard.press("Enter"))
    assert live.root.get_by_label("unit", exact=True).input_value() == "a4"
    seen.assert_clean()
