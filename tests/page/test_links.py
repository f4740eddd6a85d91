"""A link shows what its sender saw: every explorer of the book with a state, after its reader has trained it, moved its
controls, and trained on."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from browsing import ROOT
from explorers import Line
from playwright.sync_api import Locator, Page, expect

MANIFEST = re.compile(r'<script type="application/json">(\{"name":.*?)</script>', re.DOTALL)


def stateful() -> dict[str, list[str]]:
    """The explorers with a state of each chapter, from its source: the book need not be built to collect."""
    found = {}
    for path in sorted(Path(ROOT, "book").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if names := [name for name in STATEFUL if re.search(rf"\b{name}\(", code)]:
            found[path.stem] = names
    return found


STATEFUL = (
    *(
        "Overfitting",
        "SlowMotion",
        "PlaneGAN",
        "InsideGAN",
        "OneGaussian",
        "Trajectories",
        "OwnNetwork",
        "EventTrap",
        "HeadTraining",
    ),
    *("PlainGame", "TwoSchemes", "DigitsGAN", "ShareOrCopy", "Plane"),
)

FIND = """name => [...document.querySelectorAll("kexue-explorer:not(.kexue-thumbnail)")].find(
  (element) => JSON.parse(element.querySelector("script").textContent).name === name)"""
SEEN = f"""name => {{ const {{ explorer }} = ({FIND})(name);
  return [explorer.steps, explorer.values, explorer.speed,
    Object.entries(explorer.arrays).map(([name, {{ data }}]) => [name, [...data]])] }}"""
# A control that the state depends on but that does not start it anew, moved as a hand would.
NUDGE = f"""([name, share]) => {{
  const element = ({FIND})(name), manifest = JSON.parse(element.querySelector("script").textContent);
  const walked = manifest.reads.step.filter((each) => !manifest.starts.includes(each));
  const sliders = manifest.controls.filter(({{ kind, name }}) => kind === "slider" && walked.includes(name));
  const range = element.querySelector(`[data-control="${{sliders[0]?.name}}"] input[type=range]`);
  if (!range) return false;
  range.value = Number(range.min) + share * (range.max - range.min);
  range.dispatchEvent(new Event("input", {{ bubbles: true }}));
  return true }}"""


def settle(page: Page, name: str) -> None:
    page.wait_for_function(f"name => ({FIND})(name)?.querySelector('.kexue')?.hasAttribute('data-settled')", arg=name)


def press(page: Page, name: str, button: str) -> None:
    page.evaluate(
        f"([name, button]) => [...({FIND})(name).querySelectorAll('.kexue-transport button')]"
        ".find((each) => each.textContent.trim() === button).click()",
        [name, button],
    )
    settle(page, name)


def nudge(page: Page, name: str, share: float) -> None:
    page.evaluate(NUDGE, [name, share])
    settle(page, name)


def test_the_list_holds_every_explorer_of_the_book_with_a_state(book_dir: Path) -> None:
    names = set()
    for path in Path(book_dir, "book").glob("*.html"):
        for text in MANIFEST.findall(path.read_text("utf-8")):
            manifest = json.loads(text)
            if manifest["stateful"] and path.stem != "explorers":  # those are written on the page itself
                names.add(manifest["name"])
    assert names == set(STATEFUL)


@pytest.mark.parametrize(("chapter", "names"), stateful().items())
def test_a_link_shows_what_its_sender_saw(book_dir: Path, visit: Callable, chapter: str, names: list[str]) -> None:
    seen = visit(Path(book_dir, "book", f"{chapter}.html").as_uri())
    page = seen.page
    for name in names:
        settle(page, name)
        nudge(page, name, 0.7)  # paused, before anything has been computed here: the picture stays what it was
        press(page, name, "Step")
        nudge(page, name, 0.4)
        press(page, name, "Step")
        press(page, name, "Step")
        nudge(page, name, 0.6)  # and after: the state is not made again
        page.evaluate(
            f"name => {{ const select = ({FIND})(name).querySelector('.kexue-speed select'); select.value = 'Infinity';"
            "select.dispatchEvent(new Event('change', { bubbles: true })) }",
            name,
        )
        settle(page, name)
    address = page.url

    other = visit(address).page
    for name in names:
        assert f"{name}.steps=" in address
        assert f"{name}.speed=Infinity" in address
        settle(other, name)
        *sent, arrays = page.evaluate(SEEN, name)
        *received, again = other.evaluate(SEEN, name)
        assert received == sent, name
        for (array, numbers), (same, others) in zip(arrays, again, strict=True):
            assert array == same
            np.testing.assert_array_equal(others, numbers, err_msg=f"{name} {array}")
    # That link again is the same link, whatever the order of its parts.
    assert set(re.split("[:&]", other.url)) == set(re.split("[:&]", address))
    seen.assert_clean()


def test_a_training_that_was_thrown_away_can_be_had_again(show: Callable) -> None:
    seen, live = show(Line())
    undo = live.root.get_by_role("button", name="Undo", exact=True)
    for _ in range(3):
        live.after(lambda: live.press("Step"))
    live.set("learning rate", 0.05)
    live.after(lambda: live.press("Step"))
    trained, steps = live.arrays, live.steps
    assert undo.is_disabled()
    live.set("slope", -1)
    live.set("slope", -2)
    assert live.steps == 5
    assert "step 9" in undo.get_attribute("title")
    live.after(undo.click)
    live.until(f"explorer.steps === {steps}")
    assert live.values["slope"] == 2
    for name, array in trained.items():
        np.testing.assert_array_equal(live.arrays[name], array)
    assert undo.is_disabled()
    live.after(lambda: live.press("Reset"))
    assert live.steps == 0
    live.after(undo.click)  # a reset, too
    live.until(f"explorer.steps === {steps}")
    seen.assert_clean()


def test_a_rate_changed_before_anything_is_computed_leaves_the_picture_as_it_is_in_the_kernel(show: Callable) -> None:
    _, live = show(Line())
    first = live.arrays
    live.set("learning rate", 0.1)
    np.testing.assert_allclose(live.arrays["fit"], first["fit"], atol=1e-5)
    live.after(lambda: live.press("Step"))
    explorer = Line()
    explorer.current_frame()
    explorer.rate = 0.1
    explorer.advance(1)
    np.testing.assert_allclose(live.arrays["fit"], explorer.arrays["fit"], atol=1e-5)


def test_another_link_entered_in_the_same_page_is_followed(show: Callable) -> None:
    seen, live = show(Line())
    live.after(lambda: live.press("Step"))
    seen.page.evaluate("location.hash = 'live:Line.rate=0.05&Line.steps=6'")  # as many steps, under another rate
    live.until("explorer.values.rate === 0.05")
    explorer = Line(rate=0.05)
    explorer.reset()
    explorer.advance(6)
    expected = float(explorer.arrays["fit"][0])
    live.until(f"explorer.steps === 6 && Math.abs(explorer.arrays.fit.data[0] - {expected}) < 1e-4")
    seen.page.evaluate("location.hash = 'live:Line.rate=0.05'")  # none: what a page opened with it would show
    live.until("explorer.steps === 5")


def pressed(root: Locator) -> list[str | None]:
    return [each.get_attribute("aria-pressed") for each in root.locator("button.kexue-entry").all()]


def test_a_link_hides_what_its_sender_had_switched_off_and_the_defaults_show_it_again(
    show: Callable, visit: Callable
) -> None:
    seen, live = show(Line())
    assert pressed(live.root) == ["true", "true"]
    live.root.get_by_role("button", name="truth", exact=True).click()
    live.settle()
    assert seen.page.url.endswith("#live:Line.switched-off=0.1")

    again = visit(seen.page.url).page.locator(".kexue")
    again.locator("[aria-pressed=false]").wait_for()
    assert pressed(again) == ["true", "false"]
    assert again.locator(".kexue-view").first.locator("[data-part=line] path").count() == 1
    # Nonsense is not followed, and what is alone in its picture cannot be hidden.
    seen.page.evaluate("location.hash = 'live:Line.switched-off=0.0,7.1,x,0.9'")
    live.until("element.querySelector('[aria-pressed=false]')?.textContent === 'fit'")
    assert pressed(live.root) == ["false", "true"]
    live.settle()

    live.root.get_by_label("Take away").click()
    live.press("Defaults")
    live.settle()
    assert pressed(live.root) == ["true", "true"]
    assert "switched-off" not in seen.page.url
    seen.assert_clean()


def test_the_menu_says_what_a_link_leaves_out(show: Callable) -> None:
    seen, live = show(Line())
    live.root.get_by_label("Take away").click()
    expect(live.root.get_by_role("button", name="Keep", exact=True)).to_be_visible()  # a menu is filled after the press
    left = live.root.locator(".kexue-hint", has_text="leaves out")
    expect(left).to_have_count(0)
    live.press("Keep")
    live.root.get_by_label("Take away").click()
    expect(left).to_have_text("The link leaves out: what was kept.")
    seen.assert_clean()
