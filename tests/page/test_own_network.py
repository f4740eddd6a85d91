"""A network of the reader's own on a page: typed, refused in words, kept in the link, and simulated as the kernel does."""

from collections.abc import Callable

import numpy as np
from playwright.sync_api import expect
from reader import PHONE, Live

from kexue_widgets.gillespie import OwnNetwork
from kexue_widgets.gillespie.own import EXAMPLES

DIMERS = "2 monomer <-> dimer @ 0.01, 0.1\nmonomer = 60\ntime = 4"


def field(live: Live):
    return live.root.get_by_label("your reactions", exact=True).and_(live.root.locator("textarea"))


def test_what_is_typed_is_simulated_as_in_the_kernel(show: Callable) -> None:
    explorer = OwnNetwork()
    seen, live = show(explorer)
    for text in (DIMERS, EXAMPLES["enzyme"]):
        live.after(lambda text=text: field(live).fill(text))
        live.until(f"explorer.values.network === {text!r}")
        explorer.network = text
        arrays = live.arrays
        for name, array in explorer.arrays.items():
            if name.startswith("count"):
                np.testing.assert_array_equal(arrays[name], array, err_msg=name)
            else:
                np.testing.assert_allclose(arrays[name], array, rtol=1e-3, atol=1e-3, err_msg=name)
    legend = live.root.locator(".kexue-entry")
    assert legend.all_inner_texts() == ["E", "S", "ES", "P", "deterministic"]
    seen.assert_clean()


def test_a_slip_is_told_by_its_line_and_loses_nothing(show: Callable) -> None:
    seen, live = show(OwnNetwork())
    live.after(lambda: field(live).fill(DIMERS))
    before, typed = live.arrays, DIMERS.replace("0.01, 0.1", "0.01")
    field(live).fill(typed)
    said = live.root.locator(".kexue-reactions .kexue-understood")
    expect(said).to_contain_text("Line 1: “<->” goes both ways, with two rates")
    expect(field(live)).to_have_attribute("aria-invalid", "true")
    expect(field(live)).to_have_value(typed)
    for name, array in live.arrays.items():
        np.testing.assert_array_equal(array, before[name])
    field(live).fill(DIMERS)
    expect(said).to_have_text("understood: reactions 2, species monomer, dimer")
    expect(field(live)).not_to_have_attribute("aria-invalid", "true")
    seen.assert_clean()


def test_an_example_can_be_taken_back_and_the_link_carries_the_text(show: Callable, visit: Callable) -> None:
    seen, live = show(OwnNetwork())
    live.after(lambda: field(live).fill(DIMERS))
    live.after(lambda: live.root.get_by_label("your reactions: an example").select_option(label="enzyme"))
    expect(field(live)).to_have_value(EXAMPLES["enzyme"])
    own = live.root.get_by_role("group", name="your reactions")
    live.after(lambda: own.get_by_role("button", name="Undo", exact=True).click())
    expect(field(live)).to_have_value(DIMERS)
    live.settle()
    again = visit(seen.page.url)
    other = Live(again.page, OwnNetwork)
    other.until(f"explorer.values.network === {DIMERS!r}")
    expect(field(other)).to_have_value(DIMERS)
    other.settle()
    for name, array in live.arrays.items():
        np.testing.assert_array_equal(other.arrays[name], array)
    again.assert_clean()


def test_it_fits_a_telephone(show: Callable) -> None:
    seen, live = show(OwnNetwork(), **PHONE)
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert live.root.locator(".kexue-panel").bounding_box()["height"] <= 0.35 * PHONE["viewport"]["height"]
    live.root.locator("summary", has_text="More controls").click()
    box = field(live).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    seen.assert_clean()


def test_what_could_not_be_read_is_had_again_after_a_value_from_elsewhere(show: Callable) -> None:
    seen, live = show(OwnNetwork())
    slip = DIMERS.replace("0.01, 0.1", "0.01")
    field(live).fill(slip)
    expect(field(live)).to_have_attribute("aria-invalid", "true")
    seen.page.evaluate("text => { location.hash = `live:OwnNetwork.network=${encodeURIComponent(text)}` }", DIMERS)
    expect(field(live)).to_have_value(DIMERS)
    own = live.root.get_by_role("group", name="your reactions")
    own.get_by_role("button", name="Undo", exact=True).click()
    expect(field(live)).to_have_value(slip)
    seen.assert_clean()
