"""An explorer on a page, as a reader's hand and eye meet it: what the page tests share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page

from kexue_widgets.live import Explorer

ARRAYS = """element => Object.entries(element.parentElement.explorer.arrays).map(
  ([name, {shape, data}]) => [name, shape, [...data]])"""


PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

# Formulas that reach out of the page, or that can only be seen whole by scrolling sideways. A table scrolls in its box,
# with the formulas in it.
CUT_OFF = """() => {
  const width = document.documentElement.clientWidth;
  const hidden = (element) => {
    for (let box = element; box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== "visible" && box.scrollWidth > box.clientWidth + 1) return true;
    }
    return false;
  };
  return [...document.querySelectorAll("article mjx-container > mjx-math")].filter((formula) => {
    const { left, right } = formula.getBoundingClientRect();
    if (formula.closest(".pst-scrollable-table-container")) return false;
    return left < -1 || right > width + 1 || hidden(formula);
  }).map((formula) => formula.parentElement.parentElement.outerHTML.slice(0, 200));
}"""
# Resolves when the formulas, if there are any, stand with their fonts.
READY = "() => (window.MathJax?.startup.promise ?? Promise.resolve()).then(() => document.fonts.ready).then(() => true)"
# Whether all explorers of a page are live.
UPGRADED = "() => [...document.querySelectorAll('kexue-explorer')].every((element) => element.explorer)"
SETTLED = (
    "() => [...document.querySelectorAll('kexue-explorer > .kexue')].every((root) => root.hasAttribute('data-settled'))"
)


def as_at_first(page: Page) -> None:
    """All explorers of a page as they stood when it was opened, and the page at its top."""
    page.wait_for_function(UPGRADED)
    page.evaluate("() => { location.hash = 'live:'; scrollTo(0, 0) }")
    page.wait_for_function(SETTLED)


# Resolves when what was changed is painted.
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


# Axe's rules about colours, but for those of WCAG's level AAA.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


def assert_accessible(page: Page, axe_path: Path, what: object = "kexue-explorer") -> None:
    """Axe has nothing against a part of a page, in light and in dark, which follow the reader's wish without motion."""
    page.add_script_tag(path=axe_path)
    # Nothing but colours differs in the dark.
    for scheme, rules in {"light": {}, "dark": {"runOnly": COLOURS}}.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(PAINTED)
        options = {"resultTypes": ["violations"], **rules}
        result = page.evaluate("([what, options]) => axe.run(what, options)", [what, options])
        assert result["passes"] or result["incomplete"]
        violations = [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in result["violations"]]
        assert violations == [], scheme


class Live:
    """One `<kexue-explorer>` of a page, found by what it says it shows."""

    def __init__(self, page: Page, kind: type[Explorer], index: int = 0) -> None:
        self.page = page
        self.root: Locator = page.get_by_role("group", name=kind().description, exact=True).nth(index)
        self.root.wait_for()
        self.root.evaluate(
            "element => { element.frames = 0; element.addEventListener('kexue:frame', () => element.frames++) }"
        )

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        return {name: np.array(data, np.float32).reshape(shape) for name, shape, data in self.root.evaluate(ARRAYS)}

    @property
    def values(self) -> dict[str, Any]:
        return self.root.evaluate("element => element.parentElement.explorer.values")

    @property
    def steps(self) -> int:
        return self.root.evaluate("element => element.parentElement.explorer.steps")

    @property
    def frames(self) -> int:
        """Frames painted since the test began to watch."""
        return self.root.evaluate("element => element.frames")

    def until(self, condition: str) -> None:
        """Wait until a JavaScript condition on `explorer`, or on `element`, holds."""
        handle = self.root.element_handle()
        script = f"element => {{ const explorer = element.parentElement.explorer; return {condition} }}"
        self.page.wait_for_function(script, arg=handle)

    def settle(self) -> None:
        """Wait until nothing is asked, nothing on its way, and the address written."""
        self.until("element.hasAttribute('data-settled')")

    def after(self, action: Callable[[], object]) -> dict[str, np.ndarray]:
        """The arrays of what is painted after an action, the last of them unless it plays."""
        before = self.frames
        action()
        self.until(f"element.frames > {before} && (explorer.playing || element.hasAttribute('data-settled'))")
        return self.arrays

    def set(self, label: str, value: float) -> None:
        """Type a value beside a slider, or a seed, and wait for its frame."""
        name = "seed" if label == "seed" else f"{label}: value"
        field = self.root.get_by_label(name, exact=True)
        field.fill(str(value))
        self.after(lambda: field.press("Enter"))

    def press(self, button: str) -> None:
        self.root.get_by_role("button", name=button, exact=True).click()

    def play(self, steps: int) -> dict[str, np.ndarray]:
        """The arrays after at least so many steps, played as fast as it can: slower, a frame is painted for each few."""
        self.root.get_by_label("speed: steps per second").select_option("full")
        self.press("Play")
        self.until(f"explorer.steps > {steps}")
        self.press("Pause")
        self.until("!explorer.playing")
        return self.arrays

    @property
    def alert(self) -> str:
        return self.root.get_by_role("alert").inner_text()
