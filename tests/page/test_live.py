"""Explorers alive on a page, with no server and no network: the engine, the hand, and what can go wrong."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from explorers import Line, Wave
from reader import Live

from kexue_widgets.dropout import Ensemble, Mask, Overfitting
from kexue_widgets.live import Explorer, Heatmap, Lines, Slider, Table, View


def assert_same(page: dict, kernel: dict, tolerance: float) -> None:
    assert page.keys() == kernel.keys()
    for name in kernel:
        np.testing.assert_allclose(page[name], kernel[name], rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("kind", [Wave, Mask, Ensemble])
def test_a_stateless_model_gives_the_kernels_arrays(show: Callable, kind: type[Explorer]) -> None:
    explorer = kind(seed=7)
    seen, live = show(explorer)
    assert_same(live.arrays, explorer.arrays, 1e-6)  # the first frame, as stored in the page
    for name, control in explorer.controls.items():
        spec = control.spec(getattr(explorer, name))
        if spec["kind"] == "slider":
            explorer.set_trait(name, spec["min"] + 0.8 * (spec["max"] - spec["min"]))
            live.set(spec["label"], getattr(explorer, name))
        elif spec["kind"] == "choice":
            explorer.set_trait(name, spec["options"]["labels"][-1])
            select = live.root.get_by_label(spec["label"], exact=True)
            live.after(lambda select=select, name=name: select.select_option(getattr(explorer, name)))
        assert_same(live.arrays, explorer.arrays, 1e-5)
    live.set("seed", 8)
    explorer.seed = 8
    assert_same(live.arrays, explorer.arrays, 1e-5)
    seen.assert_clean()


@pytest.mark.parametrize("kind", [Line, Overfitting])
def test_training_gives_the_kernels_arrays_after_twenty_steps(show: Callable, kind: type[Explorer]) -> None:
    explorer = kind(seed=3)
    seen, live = show(explorer)
    live.press("Reset")
    live.until("explorer.steps === 0")
    for _ in range(20):
        live.press("Step")
    live.until("explorer.steps === 20")
    explorer.reset()
    explorer.advance(20)
    assert_same(live.arrays, explorer.arrays, 1e-4)
    seen.assert_clean()


def test_the_engine_starts_only_when_a_reader_reaches_for_it(show: Callable) -> None:
    seen, live = show(Wave())
    assert live.root.locator("svg").count() > 0
    assert not seen.page.workers
    with seen.page.expect_worker():
        live.root.get_by_role("slider").first.focus()


def test_playing_trains_and_pausing_stops(show: Callable) -> None:
    seen, live = show(Line(rate=0.05))
    live.press("Play")
    live.until("explorer.steps > 200")
    live.press("Pause")
    live.until("!explorer.playing")
    loss = live.arrays["loss"]
    assert loss[-1] < loss[0] / 20
    live.after(lambda: live.press("Step"))
    steps = live.steps
    live.after(lambda: live.press("Step"))
    assert live.steps == steps + 1
    seen.assert_clean()


def test_the_same_seed_gives_the_same_numbers_again(show: Callable) -> None:
    _, live = show(Line())
    live.set("seed", 5)
    first = live.arrays
    live.set("seed", 6)
    assert (live.arrays["fit"] != first["fit"]).any()
    live.set("seed", 5)
    assert_same(live.arrays, first, 0)
    live.after(lambda: live.press("Re-roll"))
    assert live.values["seed"] != 5


def test_a_thousand_slider_events_leave_no_backlog(show: Callable) -> None:
    seen, live = show(Mask())
    live.set("drop rate p", 0.1)  # the engine is up
    before = live.frames
    seconds = live.root.evaluate(
        """async element => {
          const range = element.querySelector("input[type=range]"), began = performance.now();
          for (let i = 0; i < 1000; i++) {
            range.value = i === 999 ? 0.6 : (i % 19) * 0.05;
            range.dispatchEvent(new Event("input", { bubbles: true }));
            if (i % 20 === 19) await new Promise((done) => setTimeout(done, 1));
          }
          element.after = element.frames;
          return (performance.now() - began) / 1000;
        }"""
    )
    live.until("explorer.values.p === 0.6 && Math.abs(explorer.arrays.summary.data[4] - 0.6) < 1e-6")
    after = live.root.evaluate("element => element.after")
    assert live.frames - after <= 2  # the frame on its way, and the last one
    assert live.frames - before < 500, f"{seconds:.1f} s"
    seen.assert_clean()


def test_ten_thousand_training_steps_do_not_grow_the_heap(show: Callable) -> None:
    seen, live = show(Line())
    session = seen.page.context.new_cdp_session(seen.page)

    def heap() -> float:
        session.send("HeapProfiler.collectGarbage")
        return session.send("Runtime.getHeapUsage")["usedSize"] / 1e6

    live.root.get_by_label("speed: steps per second").select_option("full")
    live.press("Play")
    live.until("explorer.steps > 2000")
    early = heap()
    live.until("explorer.steps > 12000")
    live.press("Pause")
    assert heap() - early < 5, "MB"
    seen.assert_clean()


def test_two_explorers_of_one_class_do_not_disturb_each_other(show: Callable) -> None:
    _, first, second = show(Line(seed=1), Line(seed=2))
    first.press("Reset")
    first.until("explorer.steps === 0")
    first.set("slope", -2.0)
    second.press("Step")
    second.until("explorer.steps === 6")
    expected = Line(seed=2)
    expected.advance(1)
    assert_same(second.arrays, expected.arrays, 1e-4)
    assert first.values["slope"] == -2
    assert second.values["slope"] == 2


def test_a_bad_value_is_refused_in_words_and_the_last_good_frame_stays(show: Callable) -> None:
    _, live = show(Mask())
    before = live.arrays
    field = live.root.get_by_label("drop rate p: value", exact=True)
    field.fill("1.2")
    field.press("Enter")
    live.until("element.querySelector('[role=alert]').textContent")
    assert re.search(r"drop rate p must lie between 0 and 0.95", live.alert)
    assert field.input_value() == "0.5"
    assert_same(live.arrays, before, 0)


class Root(Explorer):
    """The square root of a number that may be negative."""

    a = Slider(1.0, -1.0, 1.0, label="a")
    views = (View(Lines("x", "y")),)

    @staticmethod
    def frame(a):
        return {"x": torch.arange(3.0), "y": torch.sqrt(a) * torch.ones(3)}


def test_nan_is_told_in_words_and_goes_away_with_the_next_good_frame(show: Callable) -> None:
    _, live = show(Root())
    field = live.root.get_by_label("a: value", exact=True)
    field.fill("-1")
    field.press("Enter")
    live.until("element.querySelector('[role=alert]').textContent")
    assert "NaN" in live.alert
    assert live.arrays["y"].tolist() == [1, 1, 1]
    live.set("a", 0.25)
    assert live.arrays["y"].tolist() == [0.5, 0.5, 0.5]
    assert live.alert == ""


class Holes(Explorer):
    """A curve, a field and a number that are not finite everywhere."""

    a = Slider(0.5, 0.1, 0.9, label="a")
    views = (
        View(Lines("x", "y")),
        View(Heatmap("field")),
        View(Heatmap("field", x="x", y="x")),
        View(Table("n", ["n"], ["value"])),
    )

    @staticmethod
    def frame(a):
        x = torch.linspace(-1, 1, 20)
        return {"x": x, "y": torch.sqrt(x + a), "field": torch.log(x + a) + x[:, None], "n": torch.log(-a).reshape(1)}


def test_what_is_not_finite_leaves_gaps(show: Callable) -> None:
    explorer = Holes()
    seen, live = show(explorer)
    for a in (0.25, 0.75):
        live.set("a", a)
        explorer.a = a
        assert_same(live.arrays, explorer.arrays, 1e-5)
        assert live.alert == ""
        assert live.root.locator("td", has_text="NaN").count() >= 1
    assert explorer.picture().startswith(b"\x89PNG")
    seen.assert_clean()


def test_a_graph_that_does_not_load_is_told_in_words(show: Callable) -> None:
    broken = lambda html: re.sub(r'"graphs":\{"(\w+)":"[^"]*"', r'"graphs":{"\1":"AAAA"', html)  # noqa: E731
    _, live = show(Root(), change=broken)
    live.root.get_by_role("slider").press("ArrowLeft")
    live.until("element.querySelector('[role=alert]').textContent")
    assert "could not be loaded" in live.alert
    assert live.root.locator("svg").count() > 0


def test_blocked_webassembly_is_told_in_words(show: Callable) -> None:
    policy = """<meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'">"""
    _, live = show(Root(), change=lambda html: html.replace("<head>", f"<head>{policy}"))
    live.root.get_by_role("slider").press("ArrowLeft")
    live.until("element.querySelector('[role=alert]').textContent")
    assert "WebAssembly" in live.alert
    assert live.root.locator("svg").count() > 0


def test_a_page_that_cannot_be_upgraded_keeps_its_picture(visit: Callable, show: Callable, tmp_path) -> None:
    Root().save_html(tmp_path / "root.html")
    text = (tmp_path / "root.html").read_text(encoding="utf-8")
    (tmp_path / "root.html").write_text(
        text.replace('<script type="application/json">{', '<script type="application/json">')
    )
    page = visit((tmp_path / "root.html").as_uri()).page
    page.get_by_role("alert").wait_for()
    assert page.locator("kexue-explorer figure img").is_visible()


def test_the_address_carries_the_state(show: Callable, visit: Callable) -> None:
    seen, live = show(Wave(), Line())[:2]
    live.set("amplitude", 0.4)
    live.set("seed", 9)
    address = seen.page.url
    assert "Wave.seed=9" in address
    assert "Wave.amplitude=0.4" in address
    again = Live(visit(address).page, Wave)
    again.settle()
    assert again.values["seed"] == 9
    assert_same(again.arrays, live.arrays, 1e-5)


def test_an_explorer_says_when_nothing_is_on_its_way_and_the_address_is_written(show: Callable) -> None:
    seen, live = show(Line())
    at_once = """([button]) => { const { root } = window; button.click(); return root.hasAttribute("data-settled") }"""
    live.root.evaluate("element => { window.root = element }")
    assert live.root.get_attribute("data-settled") == ""
    step = live.root.get_by_role("button", name="Step", exact=True).element_handle()
    assert seen.page.evaluate(at_once, [step]) is False
    # At the first moment that it says so, the address has the whole of it.
    address = seen.page.evaluate(
        """() => new Promise((resolve) => new MutationObserver(() => root.hasAttribute("data-settled") && resolve(location.hash))
          .observe(root, { attributes: true }))"""
    )
    assert address == "#live:Line.steps=6"
    live.press("Play")
    assert live.root.get_attribute("data-settled") is None
    live.press("Pause")
    live.settle()
    assert f"Line.steps={live.steps}" in seen.page.url
    seen.assert_clean()


def test_changes_are_announced(show: Callable) -> None:
    _, live = show(Wave())
    live.root.get_by_role("slider").first.press("ArrowRight")
    live.until(
        "[...element.querySelectorAll('[aria-live=polite]')].some((area) => area.textContent.includes('amplitude 1.1'))"
    )
