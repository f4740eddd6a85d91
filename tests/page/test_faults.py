"""What may go wrong around a page: files that are missing or damaged, tabs out of sight, storage denied, addresses made to harm."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
from explorers import Line, Wave
from reader import Live
from test_ahead import Site, serve

from kexue_widgets.sphinx import SERVED

__all__ = ["serve"]

DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda whole: None,
    "cut": lambda whole: whole[: len(whole) // 2],
    "empty": lambda whole: b"",
    # Within what is packed, a letter of base64 that is another one.
    "other bytes": lambda whole: whole[:-2000] + (b"A" if whole[-2000:-1999] != b"A" else b"B") + whole[-1999:],
    "no base64": lambda whole: whole[:-2000] + b"!" + whole[-1999:],
}


def damaged(path: Path, *names: str) -> Iterator[str]:
    """Damages a file in one way after the other, and mends it in the end."""
    whole = path.read_bytes()
    for name in names:
        content = DAMAGE[name](whole)
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        yield name
    path.write_bytes(whole)


# Of the default values.
GRAPH = """element => JSON.parse(element.parentElement.querySelector("script").textContent).model.frame
  .find(({ when }) => when.shape === "sine").graph"""


def nudge(live: Live) -> None:
    """Move a control; what was said of an earlier try is forgotten."""
    live.root.get_by_role("alert").evaluate("alert => alert.textContent = ''")
    live.root.get_by_role("slider").press("ArrowLeft")


def test_a_missing_or_damaged_file_is_named_the_picture_stays_and_the_next_try_finds_it(
    tmp_path: Path, visit: Callable
) -> None:
    Site(tmp_path)
    page = visit((tmp_path / "index.html").as_uri()).page
    live = Live(page, Wave)
    before = live.arrays
    graph = tmp_path / "graphs" / f"{live.root.evaluate(GRAPH)}.js"
    for path, names in {graph: [*DAMAGE], tmp_path / "engine.js": ["cut", "other bytes"]}.items():
        for _ in damaged(path, *names):
            nudge(live)
            live.until("element.querySelector('[role=alert]').textContent")
            assert f"missing, damaged or out of reach: {path.as_uri()}" in live.alert
            for name, array in live.arrays.items():
                np.testing.assert_array_equal(array, before[name])
            assert live.root.locator("svg.kexue-plot").is_visible()
    live.after(lambda: nudge(live))
    assert live.alert == ""
    assert live.values["amplitude"] < Wave().amplitude


def test_from_a_server_what_is_damaged_is_made_good_by_the_whole_engine(
    tmp_path: Path, visit: Callable, serve: Callable
) -> None:
    site = Site(tmp_path)
    for name in (SERVED, "engine-code.js"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    live = Live(visit(serve(site)).page, Wave)
    live.after(lambda: nudge(live))
    assert live.alert == ""


HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_tab_in_the_background_rests_beside_another_that_plays_and_goes_on_as_it_would_have(show: Callable) -> None:
    seen, live = show(Line())
    other = seen.page.context.new_page()
    other.goto(seen.page.url)
    second = Live(other, Line)
    live.press("Play")
    live.until("explorer.steps > 20")
    seen.page.evaluate(HIDE, True)
    live.until("!explorer.busy")
    rested = live.steps
    second.press("Play")
    second.until("explorer.steps > 40")
    second.press("Pause")
    second.settle()
    assert live.steps == rested
    seen.page.evaluate(HIDE, False)
    live.until(f"explorer.steps > {rested + 20}")
    live.press("Pause")
    live.settle()
    for each in (live, second):
        expected = Line()
        expected.advance(each.steps - Line.opening)
        for name, array in each.arrays.items():
            np.testing.assert_allclose(array, expected.arrays[name], atol=1e-4, err_msg=name)
    seen.assert_clean()


DENIED = """
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException(name, "SecurityError") } });
}
Object.defineProperty(navigator, "clipboard", { value: undefined });
"""


def test_where_storage_and_clipboard_are_denied_a_figure_computes(show: Callable) -> None:
    _, live = show(Wave(), change=lambda html: html.replace("<head>", f"<head><script>{DENIED}</script>"))
    live.after(lambda: nudge(live))
    assert live.alert == ""


def test_a_browser_without_webassembly_is_told_in_words(show: Callable) -> None:
    none = "<head><script>WebAssembly = undefined; delete globalThis.Worker</script>"
    _, live = show(Wave(), change=lambda html: html.replace("<head>", none))
    nudge(live)
    live.until("element.querySelector('[role=alert]').textContent")
    assert "blocks WebAssembly" in live.alert
    assert live.root.locator("svg.kexue-plot").is_visible()


HUGE = "1" * 400
HOSTILE = {
    "numbers": f"Line.slope=1e309&Line.rate=NaN&Line.seed=-1&Line.speed=-1&Line.steps=1e12&Wave.amplitude={HUGE}",
    "far seeds": "Line.seed=9007199254740993&Line.slope=-Infinity&Line.speed=NaN&Line.steps=99999999999&Wave.seed=1.5",
    "names": "Line.__proto__=1&Line.constructor=1&__proto__.polluted=1&Wave.shape=__proto__&Wave.harmonics=constructor",
    "garbage": "Line.slope=%E0%A4%A&%%%&=&&Wave.shape=%00%ff&Line.steps=%2a%2a,,",
    "markup": "Wave.shape=" + quote("<img src=x onerror=hacked=1>") + "&<script>hacked=1</script>",
    "a megabyte": "&".join(f"Line.steps={'1,' * 1000}1&x{number}.y=1" for number in range(500)),
    "a megabyte of steps": "Line.steps=" + "1," * 500_000 + "1",
}


def test_addresses_made_to_harm_show_what_no_address_would(show: Callable) -> None:
    seen, wave, line = show(Wave(), Line())
    for name, address in HOSTILE.items():
        for given in (f"#live:{address}", "#live:"):
            seen.page.evaluate("hash => { location.hash = hash }", given)
            for each, kind in ((wave, Wave), (line, Line)):
                each.settle()
                assert each.values == {**kind().values, "seed": 0}, name
                assert each.steps == kind.opening, name
                assert each.alert == "", name
    seen.page.evaluate("hash => { location.hash = hash }", f"#live:{HOSTILE['a megabyte']}")
    wave.after(lambda: nudge(wave))
    assert len(seen.page.url) < 1000
    assert seen.page.evaluate("[({}).polluted, window.hacked].every((each) => each === undefined)")
    seen.assert_clean()
