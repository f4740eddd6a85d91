"""Where a page computes: in a worker, which leaves the page free, or in its own thread where it may have none."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from explorers import Line, Wave
from reader import Live

from kexue_widgets.live import Explorer, Lines, Slider, View

STEPS, SIDE = (
    12,
    1200,
)  # the product of two such matrices is three billion operations: a walk takes about a second or more


class Heavy(Explorer):
    """Steps that take long, to where they began: the square of a matrix with nothing but 1 / SIDE is itself."""

    scale = Slider(1.0, 0.0, 9.0, label="scale")
    opening = STEPS

    views = (View(Lines("x", "y"), title="first numbers", x="x", y="y"),)

    @staticmethod
    def start(scale):
        return {"matrix": torch.ones(SIDE, SIDE) / SIDE, "scale": scale}

    @staticmethod
    def step(state):
        return {**state, "matrix": state["matrix"] @ state["matrix"]}

    @staticmethod
    def frame(state):
        return {"x": torch.arange(3.0), "y": SIDE * state["scale"] * state["matrix"][0, :3]}


def alone(html: str) -> str:
    """A page in a browser that has no workers."""
    return html.replace("<head>", "<head><script>delete globalThis.Worker</script>")


def without(policy: str) -> Callable[[str], str]:
    """A page with a security policy."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return lambda html: html.replace("<head>", f"<head>{meta}")


def trained(live: Live) -> dict[str, np.ndarray]:
    live.press("Reset")
    live.until("explorer.steps === 0")
    for _ in range(20):
        live.press("Step")
    live.until("explorer.steps === 20")
    return live.arrays


def test_a_worker_and_the_page_give_the_same_numbers_bit_for_bit(show: Callable) -> None:
    seen, live = show(Line())
    apart = trained(live)
    assert len(seen.page.workers) == 1
    seen.assert_clean()
    seen, live = show(Line(), change=alone)
    here = trained(live)
    assert not seen.page.workers
    for name, array in apart.items():
        assert array.tobytes() == here[name].tobytes(), name
    seen.assert_clean()


def test_all_explorers_of_a_page_share_one_worker(show: Callable) -> None:
    seen, first, second = show(Line(seed=1), Line(seed=2))
    for live in (first, second):
        live.after(lambda live=live: live.press("Step"))
    assert len(seen.page.workers) == 1


@pytest.mark.parametrize(
    "policy", ["worker-src 'none'", "script-src 'unsafe-inline' 'wasm-unsafe-eval'"], ids=["no worker", "no blob"]
)
def test_where_the_policy_refuses_a_worker_the_page_computes(show: Callable, policy: str) -> None:
    seen, live = show(Line(), change=without(policy))
    live.after(lambda: live.press("Step"))
    assert live.steps == 6
    assert live.alert == ""
    assert not seen.page.workers


# In how many milliseconds the page had time for a task of its own.
FREE = """() => { window.free = 0;
  let last = 0;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    const now = Math.floor(performance.now());
    free += now !== last;
    last = now;
    port2.postMessage(0);
  };
  port2.postMessage(0); }"""


def test_the_page_stays_free_while_a_state_is_made(show: Callable) -> None:
    found = {}
    for place, change in (("worker", str), ("page", alone)):
        seen, live = show(Heavy(), change=change)
        live.after(lambda live=live: live.press("Reset"))
        seen.page.evaluate(FREE)
        live.set("scale", 2.0)
        found[place] = seen.page.evaluate("free")
    # How long a walk takes depends on the machine: the page's own thread is the measure.
    assert found["worker"] > 2 * found["page"], found


def test_a_newer_value_ends_the_walk_that_it_makes_worthless(show: Callable) -> None:
    seen, live = show(Heavy())
    live.after(lambda: live.press("Reset"))
    live.root.evaluate(
        """async (element) => {
          window.shown = [];
          element.addEventListener("kexue:frame", () => shown.push(Math.round(element.parentElement.explorer.arrays.y.data[0])));
          const range = element.querySelector("input[type=range]");
          for (const value of [2, 3, 4]) {
            const began = new Promise((done) => new MutationObserver(done).observe(element, { attributeFilter: ["data-settled"] }));
            const idle = element.hasAttribute("data-settled");
            range.value = value;
            range.dispatchEvent(new Event("input", { bubbles: true }));
            if (idle) await began;
            await new Promise(requestAnimationFrame); // it is far from over
          }
        }"""
    )
    live.until("shown.includes(4)")
    assert seen.page.evaluate("shown") == [4]
    assert live.steps == STEPS
    assert live.alert == ""
    seen.assert_clean()


def test_a_value_that_a_state_does_not_start_from_ends_no_walk(show: Callable) -> None:
    _, live = show(Line())
    live.press("Step")
    field = live.root.get_by_label("learning rate: value", exact=True)
    field.fill("0.05")
    field.press("Enter")
    live.until("explorer.steps === 6 && explorer.values.rate === 0.05")


def test_a_figure_without_a_state_computes_in_the_worker_too(show: Callable) -> None:
    seen, live = show(Wave())
    live.set("amplitude", 0.4)
    assert len(seen.page.workers) == 1
    seen.assert_clean()
