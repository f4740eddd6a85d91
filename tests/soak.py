"""Every explorer of the built book under a reader who never rests: `python tests/soak.py`, or `... --seconds 20 dropout fgan`.

In Chromium, from file://, an explorer plays while its controls are moved at random. The page's heap after collection and
the engine's memory are told at each quarter, and so is the largest difference between its last frame, one step after a
reset, and the kernel's for the same seed and settings, as a share of the array's largest number. In between a thousand events
a second come to each control, after which no frames may be waiting. Ends with status 1 where memory goes on growing, where that
frame is another one, frames were waiting, or the page complained.
"""

import argparse
import random
import sys
import time

import browsers
import numpy as np
from browsing import FLAGS, html_folder
from parity import ARRAYS, apart, explorers, shortened, shown, walk
from playwright.sync_api import Page, sync_playwright

from kexue_widgets.live import Explorer
from kexue_widgets.live.programs import TorchProgram

UPGRADED = "() => [...document.querySelectorAll('kexue-explorer')].every((element) => element.explorer)"
STEPS = 1  # after the last reset: with the second, what is chaotic parts (see parity.py)
GROWTH = 5.0  # MB of heap, and of the engine's memory, after the first quarter
DIFFERENCE = 1e-3
BACKLOG = 2  # frames after a storm: that on its way, and the last one

# The engine's memory, in its worker, where it can be asked for.
WATCHED = """
const watch = `self.memories = [];
  WebAssembly.Memory = class extends WebAssembly.Memory {
    constructor(size) { super(size); memories.push(this) }
  };`;
globalThis.Blob = class extends Blob {
  constructor(parts, options) {
    super(String(parts[0]).startsWith("(function(port)") ? [watch, ...parts] : parts, options);
  }
};
"""
FIND = """name => [...document.querySelectorAll("kexue-explorer:not(.kexue-thumbnail, .kexue-film)")].find(
  (element) => JSON.parse(element.querySelector("script").textContent).name === name)"""
# One gesture of a reader: a control, or a button of those that play.
GESTURE = """(element, [chance, value]) => {
  const kinds = "input[type=range], select, input[type=checkbox], .kexue-transport button, .kexue-seed button";
  const all = [...element.querySelectorAll(kinds)].filter((each) => !each.disabled);
  const each = all[Math.floor(chance * all.length)];
  if (!each) return;
  if (each.type === "range") each.value = Number(each.min) + value * (each.max - each.min);
  else if (each.tagName === "SELECT") each.selectedIndex = Math.floor(value * each.options.length);
  else return each.click();
  for (const event of ["input", "change"]) each.dispatchEvent(new Event(event, { bubbles: true }));
}"""
# A thousand events a second on each control that counts, one after the other, for so many seconds each: the most frames that
# were drawn after the last event, and the names of the controls whose last value is not there.
STORM = """async (element, seconds) => {
  const manifest = JSON.parse(element.querySelector("script").textContent);
  const until = async (holds) => { while (!holds()) await new Promise(requestAnimationFrame); };
  const settled = () => until(() => element.querySelector(".kexue").hasAttribute("data-settled"));
  const tell = (input, value, ...events) => {
    input.value = value;
    for (const event of events) input.dispatchEvent(new Event(event, { bubbles: true }));
    return value;
  };
  const some = (list, share) => list[Math.round(share * (list.length - 1))];
  const labels = ({ options }) => options.labels ?? labels(manifest.controls.find(({ name }) => name === options));
  // What a gesture does, from 0 to 1, and the value that it leaves.
  const kinds = {
    slider: ({ max: last }, find) => (share) => {
      const [min, max] = [find("[type=range]").min, find("[type=range]").max].map(Number);
      tell(find("[type=range]"), min + share * (max - min), "input");
      return last;
    },
    toggle: (control, find) => () => (find("input").click(), find("input").checked),
    choice: (control, find) => (share) => tell(find("select, input"), some(labels(control), share), "input", "change"),
    query: ({ terms }, find) => (share) => tell(find("input"), some(terms, share).split(" ")[0], "input"),
    reactions: ({ examples }, find) => (share) => (tell(find("select"), Math.round(share * (examples.length - 1)), "change"), find("textarea").value),
    seed: (control, find) => (share) => Number(tell(find("input"), String(Math.round(share * 9999)), "input", "change")),
    points: ({ name }, find) => (share) => {
      const press = (key) => find("[tabindex]").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      if (share === 1) find(".kexue-buttons :nth-child(2)").click();
      for (const key of [share < 0.5 ? "ArrowLeft" : "ArrowUp", "Enter"]) press(key);
      return share === 1 ? [element.explorer.values[name].at(-1)] : undefined;
    },
    photo: async ({ name }, find) => {
      const files = [];
      for (const fillStyle of ["red", "green", "blue"]) {
        const canvas = document.createElement("canvas");
        Object.assign(canvas.getContext("2d"), { fillStyle }).fillRect(0, 0, 300, 150);
        files.push(new File([await new Promise((done) => canvas.toBlob(done))], "a.png", { type: "image/png" }));
      }
      const drop = (file) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(file);
        find(".kexue-drop").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
      };
      drop(files[2]);
      await until(() => element.explorer.values[name]);
      const last = element.explorer.values[name];
      return (share) => (drop(some(files, share)), last);
    },
  };
  let most = 0;
  const lost = [];
  for (const control of [...manifest.controls, { kind: "seed", name: "seed" }]) {
    const root = element.querySelector(`[data-control="${control.name}"]`);
    if (!root || root.querySelector(":disabled")) continue;
    const move = await kinds[control.kind](control, (what) => root.querySelector(what));
    const began = performance.now();
    for (let sent = 0, now = 0; now < 1000 * seconds; now = performance.now() - began) {
      for (; sent < now; sent++) move((sent % 97) / 97);
      await new Promise((done) => setTimeout(done, 1));
    }
    let frames = 0;
    const count = () => frames++;
    element.addEventListener("kexue:frame", count);
    const last = move(1);
    await until(() => JSON.stringify(element.explorer.values[control.name]) === JSON.stringify(last) || performance.now() - began > 1000 * seconds + 60_000);
    await settled();
    element.removeEventListener("kexue:frame", count);
    most = Math.max(most, frames);
    if (JSON.stringify(element.explorer.values[control.name]) !== JSON.stringify(last)) lost.push(control.name);
  }
  return [most, lost];
}"""
SETTLED = "element => element.querySelector('.kexue').hasAttribute('data-settled')"
PRESS = """(element, index) => element.querySelectorAll(".kexue-transport button")[index]?.click()"""
STEP, RESET = 1, 2


def main() -> int:
    """Soak what is asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="names of pages; all if there are none")
    parser.add_argument("--seconds", type=float, default=120, help="for each explorer")
    parser.add_argument("--seed", type=int, default=0, help="of the gestures")
    options = parser.parse_args()
    folder = html_folder() / "book"
    pages = [folder / f"{name}.html" for name in options.chapters] or sorted(folder.glob("*.html"))
    chance = random.Random(options.seed)
    print(
        f"{'explorer':32} gestures  heap at each quarter (MB)       engine (MB)  difference  backlog  errors",
        flush=True,
    )
    well, chromium = True, browsers.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for path in pages:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_init_script(WATCHED)
            page = context.new_page()
            page.goto(path.as_uri())
            page.wait_for_function(UPGRADED)
            for kind in explorers():
                if page.evaluate(f"name => Boolean(({FIND})(name))", kind.__name__):
                    well &= soak(page, path.stem, kind, options.seconds, chance)
            context.close()
        browser.close()
    return 0 if well else 1


def soak(page: Page, chapter: str, kind: type[Explorer], seconds: float, chance: random.Random) -> bool:
    """Move one explorer for so long; tells whether all was well with it."""
    element = page.evaluate_handle(FIND, kind.__name__).as_element()
    element.scroll_into_view_if_needed()
    session = page.context.new_cdp_session(page)
    errors = complaints(page)
    heaps, memory, gestures = [], [], 0
    for _ in range(4):
        end = time.monotonic() + seconds / 4
        while time.monotonic() < end:
            element.evaluate(GESTURE, [chance.random(), chance.random()])
            gestures += 1
            page.wait_for_timeout(30)
        rest(page, element)
        session.send("HeapProfiler.collectGarbage")
        heaps.append(session.send("Runtime.getHeapUsage")["usedSize"] / 1e6)
        memory.append(engine_memory(page))
    backlog, lost = element.evaluate(STORM, min(seconds / 4, 10))
    errors += [f"the last value of {name} is not there" for name in lost]
    element.evaluate(PRESS, RESET)
    rest(page, element)
    for _ in range(STEPS):
        element.evaluate(PRESS, STEP)
        rest(page, element)
    difference = from_kernel(element, kind)
    if difference > DIFFERENCE:
        errors.append(f"another frame: {shortened(element.evaluate('element => element.explorer.values'))}")
    grown = [all(np.diff(each) > 0) and each[-1] - each[0] > GROWTH for each in (heaps, memory)]
    told = "  ".join(f"{each:6.1f}" for each in heaps)
    print(
        f"{chapter + ' ' + kind.__name__:32} {gestures:8}  {told}  {memory[0]:6.1f} {memory[-1]:6.1f}  {difference:10.0e}  {backlog:7}  {len(errors):6}",
        *errors,
        sep="\n    ",
        flush=True,
    )
    return not any(grown) and not difference > DIFFERENCE and backlog <= BACKLOG and not errors


def complaints(page: Page) -> list[str]:
    """The errors that a page tells its console, from now on."""
    errors: list[str] = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def engine_memory(page: Page) -> float:
    """MB that WebAssembly takes in a page's workers."""
    sizes = "() => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)"
    return sum(worker.evaluate(sizes) for worker in page.workers) / 1e6


def rest(page: Page, element: object) -> None:
    """Pause, and wait until nothing is on its way."""
    element.evaluate("element => element.explorer.playing && element.querySelector('.kexue-transport button').click()")
    page.wait_for_function(SETTLED, arg=element, timeout=300_000)


def from_kernel(element: object, kind: type[Explorer]) -> float:
    """How far what is shown is from what the kernel computes; NaN where the figure says that it cannot be drawn."""
    drawn = shown(element.evaluate(ARRAYS))
    if not drawn:
        return float("nan")
    explorer = kind()
    values = element.evaluate("element => element.explorer.values")
    seed = int(values.pop("seed"))
    kernel = walk(TorchProgram(explorer.functions, explorer.controls))
    return apart(
        kernel(values, seed, STEPS if "step" in explorer.functions else 0), drawn, explorer.current_frame().arrays
    )


if __name__ == "__main__":
    sys.exit(main())
