"""Firefox and WebKit (Safari's) give a page opened by double-click less than Chromium does: it must compute all the same."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browsing import HANGS, visiting
from drivers import BROWSERS, Firefox, MissingError, WebKit
from playwright.sync_api import Browser
from reader import UPGRADED
from test_pages import CHAPTERS

# All explorers of a page compute the frame that is shown, one after the other. Those in closed solutions would wait.
COMPUTED = f"""async () => {{
  while (!({UPGRADED})()) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const details of document.querySelectorAll("details")) details.open = true;
  const found = [];
  for (const element of document.querySelectorAll("kexue-explorer")) {{
    element.scrollIntoView();
    const painted = new Promise((resolve) => element.addEventListener("kexue:frame", resolve, {{ once: true }}));
    const alert = element.querySelector("[role=alert]");
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(alert.innerText)), {HANGS}));
    element.explorer.refresh();
    await Promise.race([painted, late]);
    found.push(Object.entries(element.explorer.arrays).map(([name, {{ shape, data }}]) => [name, shape, [...data].map(String)]));
  }}
  return found;
}}"""
# A reader moves the first slider, and lets the first explorer that plays run for three steps.
TAKEN = """async () => {
  const until = async (holds) => { while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50)); };
  const slider = document.querySelector("kexue-explorer input[type=range]:not(:disabled)");
  if (slider) {
    slider.scrollIntoView();
    const painted = new Promise((resolve) =>
      slider.closest("kexue-explorer").addEventListener("kexue:frame", resolve, { once: true }));
    slider.value = slider.value === slider.max ? slider.min : slider.max;
    for (const name of ["input", "change"]) slider.dispatchEvent(new Event(name, { bubbles: true }));
    await painted;
  }
  const play = document.querySelector("kexue-explorer .kexue-transport .kexue-primary");
  if (play) {
    play.scrollIntoView(); // out of sight it would wait
    const { explorer } = play.closest("kexue-explorer");
    const before = explorer.steps;
    play.click();
    await until(() => explorer.steps >= before + 3);
    play.click();
  }
  return [...document.querySelectorAll("kexue-explorer [role=alert]")].map((alert) => alert.innerText.trim());
}"""


def opened(name: str) -> Iterator[Firefox | WebKit]:
    """A browser, where there is one."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(BROWSERS[name]())
        except MissingError as error:
            pytest.skip(str(error))


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    yield from opened("firefox")


@pytest.fixture(scope="module")
def webkit() -> Iterator[WebKit]:
    yield from opened("webkit")


@pytest.fixture(params=["firefox", "webkit"])
def other(request: pytest.FixtureRequest) -> Firefox | WebKit:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", params=CHAPTERS)
def in_chromium(request: pytest.FixtureRequest, book_dir: Path, browser: Browser) -> tuple[str, list]:
    """Address of a chapter, and what its explorers compute in Chromium."""
    address = Path(book_dir, f"{request.param}.html").as_uri()
    with visiting(browser) as visit:
        return address, visit(address).page.evaluate(COMPUTED)


def test_explorers_compute_in_other_browsers_what_they_do_in_chromium(
    in_chromium: tuple[str, list], other: Firefox | WebKit
) -> None:
    address, expected = in_chromium
    assert expected
    assert all(expected)
    other.open(address)
    assert other.evaluate(COMPUTED) == expected
    assert not any(other.evaluate(TAKEN))
    assert getattr(other, "errors", []) == []
