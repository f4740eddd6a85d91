"""Sentences that set an explorer: the same numbers as of a new one with these settings, in sight, told, and undone."""

from collections.abc import Callable

import numpy as np
import pytest
from explorers import Line, Wave
from playwright.sync_api import expect
from reader import Live

LINKS = {
    "a rate": "#live:Line.rate=0.05&Line.seed=3&Line.steps=40",
    "a slope": "#live:Line.slope=-1",
    "two rates": "#live:Line.steps=4*rate*0.1,3&Line.slope=1",
    "no noise": "#live:Wave.amplitude=0.3&Wave.noisy=false&Wave.shape=square",
    "the second": "#live:Wave-2.seed=7",
    "nobody": "#live:Nobody.rate=1",
}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
IN_SIGHT = "element.getBoundingClientRect().top >= 0 && element.getBoundingClientRect().top < 60"


def with_text(html: str) -> str:
    links = "".join(f'<p style="margin-top: 900px"><a href="{href}">{name}</a></p>' for name, href in LINKS.items())
    return html.replace("<script>", f"<article>{links}</article><script>", 1)


def settings(address: str) -> set[str]:
    """What an address sets, in whatever order."""
    return set(address.partition("#live:")[2].split("&"))


def press(live: Live, name: str) -> None:
    live.after(live.page.get_by_role("link", name=name, exact=True).click)
    live.settle()


@pytest.mark.parametrize("name", ["a rate", "a slope", "two rates"])
def test_a_link_makes_what_a_page_shows_that_is_opened_with_it(show: Callable, visit: Callable, name: str) -> None:
    seen, live = show(Line(), change=with_text)
    for _ in range(2):
        live.after(lambda: live.press("Step"))
    live.set("learning rate", 0.02)
    live.set("slope", -2)
    press(live, name)
    other = Live(visit(f"{live.page.url.partition('#')[0]}{LINKS[name]}").page, Line)
    other.settle()
    assert (other.values, other.steps) == (live.values, live.steps)
    for array, expected in other.arrays.items():
        np.testing.assert_array_equal(live.arrays[array], expected, err_msg=array)
    seen.assert_clean()


def test_the_numbers_are_those_of_the_kernel(show: Callable) -> None:
    _, live = show(Line(), change=with_text)
    press(live, "a rate")
    explorer = Line(rate=0.05, seed=3)
    explorer.reset()
    explorer.advance(40)
    assert live.steps == 40
    for name, array in explorer.arrays.items():
        np.testing.assert_allclose(live.arrays[name], array, atol=1e-4, err_msg=name)


def test_only_the_explorer_that_is_named_is_set(show: Callable) -> None:
    seen, line, first, second = show(Line(), Wave(), Wave(), change=with_text)
    first.set("amplitude", 0.7)
    press(second, "the second")
    assert second.values["seed"] == 7
    assert (first.values["seed"], first.values["amplitude"]) == (0, 0.7)
    press(first, "no noise")
    assert first.values == Wave(amplitude=0.3, noisy=False, shape="square").values | {"seed": 0}
    assert second.values["seed"] == 7
    assert line.steps == 5
    for part in ("Wave.noisy=false", "Wave-2.seed=7"):
        assert part in seen.page.url
    seen.assert_clean()


def test_undo_brings_back_controls_seed_and_steps_and_the_reader(show: Callable) -> None:
    seen, live = show(Line(), change=with_text)
    live.set("seed", 5)
    for _ in range(3):
        live.after(lambda: live.press("Step"))
    live.set("learning rate", 0.05)
    live.after(lambda: live.press("Step"))
    before = live.arrays, live.values, live.steps, settings(seen.page.url)
    link = seen.page.get_by_role("link", name="two rates")
    link.focus()
    live.after(lambda: seen.page.keyboard.press("Enter"))
    live.settle()
    told = live.root.get_by_role("status").filter(has_text="Set by the text")
    expect(told).to_contain_text("slope 1, step 7")
    expect(told.get_by_role("button", name="Undo")).to_be_focused()
    assert live.steps == 7
    live.after(lambda: seen.page.keyboard.press("Enter"))
    live.settle()
    assert (live.values, live.steps, settings(seen.page.url)) == before[1:]
    for name, array in before[0].items():
        np.testing.assert_array_equal(live.arrays[name], array, err_msg=name)
    expect(told).to_have_count(0)
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    seen.assert_clean()


@pytest.mark.parametrize("options", [{}, PHONE, {"reduced_motion": "reduce"}, PHONE | {"reduced_motion": "reduce"}])
def test_the_figure_comes_into_sight(show: Callable, options: dict) -> None:
    seen, line, _ = show(Line(), Wave(), change=with_text, **options)
    link = seen.page.get_by_role("link", name="a slope")
    link.scroll_into_view_if_needed()
    assert seen.page.evaluate("scrollY") > 900
    line.after(link.tap if "has_touch" in options else link.click)
    if "reduced_motion" in options:
        assert line.root.evaluate(f"element => {IN_SIGHT}")
    line.until(IN_SIGHT)
    plot = line.root.locator(".kexue-views svg").first
    expect(plot).to_be_in_viewport(ratio=0.9)
    expect(line.root.get_by_role("button", name="Undo").first).to_be_in_viewport()
    seen.assert_clean()


def test_what_a_reader_moves_next_ends_what_the_text_has_set(show: Callable) -> None:
    _, live = show(Wave(), change=with_text)
    press(live, "no noise")
    told = live.root.locator(".kexue-tried")
    expect(told).to_have_text("Set by the text: amplitude 0.3, with noise: off, shape: square.Undo")
    live.set("amplitude", 0.5)
    expect(told).to_be_empty()


def test_other_links_and_new_windows_are_left_to_the_browser(show: Callable) -> None:
    seen, live = show(Wave(), change=with_text)
    seen.page.get_by_role("link", name="nobody").click()
    assert seen.page.url.endswith(LINKS["nobody"])
    with seen.page.context.expect_page() as opened:
        seen.page.get_by_role("link", name="no noise").click(modifiers=["Control"])
    other = Live(opened.value, Wave)
    other.settle()
    assert other.values["shape"] == "square"
    assert live.values["shape"] == "sine"


def test_without_scripts_a_link_is_harmless(show: Callable, visit: Callable) -> None:
    seen, _ = show(Wave(), change=with_text)
    page = visit(seen.page.url, java_script_enabled=False).page
    link = page.get_by_role("link", name="a slope")
    link.scroll_into_view_if_needed()
    at = link.bounding_box()
    link.click()
    assert link.bounding_box() == at
