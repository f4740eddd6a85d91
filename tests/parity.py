"""Every explorer with corners and random settings in torch, in ONNX Runtime and, as readers have it, on a page:
`python tests/parity.py`, or of some: `... --browser chromium --browser firefox --samples 3 PlaneGAN Mask`.

Told are, of each two, the largest differences of any array after 0, 1, 50 and 500 steps, and the first step after which the two
part in any of the settings: where a training is chaotic, the last bit of a sum, which depends on its order, grows with each step.
A difference is a share of its array's largest number, in that frame or in the one with which the explorer opens, whichever is
larger: what cancels to nothing at one setting is rounding of numbers as large as that. Ends with status 1 where a picture
without a state differs by more than 1e-5, or one with a state before a second step is made.
"""

import argparse
import itertools
import json
import math
import random
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from drivers import BROWSERS
from test_every_explorer import all_explorers

from kexue_widgets.live import (
    Choice,
    Control,
    Engine,
    Explorer,
    OnnxProgram,
    Photo,
    Points,
    Query,
    Slider,
    Toggle,
    export_model,
)
from kexue_widgets.live.programs import TorchProgram

STEPS = (0, 1, 50, 500)
TOLERANCE = 1e-3
STATELESS = 1e-5
# This share of an array's whole numbers may be the next one: where a number is rounded midway, its last bit decides.
AT_JUMPS = 0.01

Arrays = Mapping[str, np.ndarray]
Side = Callable[[dict[str, Any], int, int], Arrays]  # values, seed, steps -> what is drawn

# What an explorer of a page shows, and its complaint if it does not.
ARRAYS = """element => [
  Object.entries(element.explorer.arrays).map(([name, { shape, data }]) => [name, shape, [...data]]),
  element.querySelector("[role=alert]").textContent,
]"""
# The same after so many steps under these values.
WALK = f"""async ([values, trail]) => {{
  const element = document.querySelector("kexue-explorer");
  const until = async (holds) => {{ while (!holds()) await new Promise((done) => setTimeout(done, 5)); }};
  await until(() => element.explorer);
  let rested = false;
  element.addEventListener("kexue:rest", () => (rested = true), {{ once: true }});
  element.explorer.restore({{ values, speed: 60, trail, off: undefined }});
  await until(() => rested || element.querySelector(".kexue").hasAttribute("data-settled"));
  return ({ARRAYS})(element);
}}"""


def explorers(names: list[str] | None = None) -> list[type[Explorer]]:
    """Those of the package, or the ones of these names."""
    return [each for each in all_explorers() if not names or each.__name__ in names]


def settings(explorer: Explorer, chance: random.Random) -> dict[str, object]:
    """A value for each control, its ends as likely as all between them."""
    return {name: value(control, explorer.values[name], chance) for name, control in explorer.controls.items()}


def corners(explorer: Explorer, most: int, chance: random.Random) -> list[dict[str, object]]:
    """Every control at one of its ends or options, the others as they stand: all such settings, or so many of them."""
    ends = {name: control.ends() or [explorer.values[name]] for name, control in explorer.controls.items()}
    count = math.prod(map(len, ends.values()))
    found = []
    for index in range(count) if count <= most else chance.sample(range(count), most):
        corner = {}
        for name, values in ends.items():
            index, at = divmod(index, len(values))
            corner[name] = values[at]
        found.append(corner)
    return found


def value(control: Control, now: object, chance: random.Random) -> object:
    """A value that a control may have."""
    if isinstance(control, Slider):
        low, high = control.ends()
        between = low * (high / low) ** chance.random() if control.log else chance.uniform(low, high)
        steps = round((between - control.minimum) / control.step)
        placed = between if control.log else min(control.minimum + steps * control.step, high)
        return chance.choice([low, high, placed])
    if isinstance(control, Toggle):
        return chance.random() < 0.5
    if isinstance(control, Choice):
        return chance.choice([*control.options])
    if isinstance(control, Points):
        count = chance.choice([0, 1, control.capacity, chance.randint(0, control.capacity)])
        return [
            [chance.choice([*each, chance.uniform(*each)]) for each in (control.x_range, control.y_range)]
            for _ in range(count)
        ]
    if isinstance(control, Query):
        words = [chance.choice(control.terms).split()[0] for _ in range(chance.randint(0, 5))] if control.terms else []
        return chance.choice(["", "<b>.*[", " ".join(words)])
    if isinstance(control, Photo):
        return chance.choice(["", control.validate(None, np.full((9, 9, 3), chance.randrange(256), np.uint8))])
    examples = getattr(control, "examples", None)
    return chance.choice([*examples.values()]) if examples else now


def shown(told: tuple[list[Any], str]) -> Arrays:
    """What `ARRAYS` told of an explorer: none where it says that the figure cannot be drawn."""
    arrays, complaint = told
    return {} if complaint else {name: np.array(data, np.float32).reshape(shape) for name, shape, data in arrays}


def apart(one: Arrays, other: Arrays, usual: Arrays | None = None) -> float:
    """The largest difference, as a share of its array's largest number here or in the usual frame.

    Infinite where they are not finite at the same places. A page that cannot draw an array with such a place shows none.
    Grey values, say, that are rounded to whole numbers may be the next one at a hundredth of the places.
    """
    if not other and any(not np.isfinite(array).all() for array in one.values()):
        return 0.0
    if one.keys() != other.keys():
        return math.inf
    largest = 0.0
    for name, array in one.items():
        finite = np.isfinite(array)
        if array.shape != other[name].shape or not (finite == np.isfinite(other[name])).all():
            return math.inf
        differences = np.zeros(array.shape)
        np.subtract(array, other[name], where=finite, out=differences)
        largest_here = np.abs(differences).max(initial=0.0)
        whole = all((each[finite] == each[finite].round()).all() for each in (array, other[name]))
        if largest_here == 0 or (whole and largest_here == 1 and (differences != 0).mean() <= AT_JUMPS):
            continue
        known = [array, other[name], *([usual[name]] if usual else [])]
        scale = max(np.abs(each[np.isfinite(each)]).max(initial=0.0) for each in known)
        largest = max(largest, float(largest_here / scale))
    return largest


def in_python(explorer: Explorer) -> dict[str, Side]:
    """In torch, and in ONNX Runtime."""
    torch = TorchProgram(explorer.functions, explorer.controls)
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    return {"torch": walk(torch), "onnx": walk(OnnxProgram(graphs, explorer.controls, torch.starts))}


def walk(program: TorchProgram | OnnxProgram) -> Side:
    """What a program draws, from the start on."""
    engine = Engine(program)

    def arrays(values: dict[str, Any], seed: int, steps: int) -> Arrays:
        frame = engine.reset(values, seed)
        return engine.advance(steps, values, seed).arrays if steps else frame.arrays

    return arrays


def on_page(driver: Any, explorer: Explorer, folder: Path) -> Side:
    """What a browser draws on a page with the explorer alone."""
    path = folder / f"{type(explorer).__name__}.html"
    if not path.exists():
        explorer.save_html(path)
    driver.open(path.as_uri())

    def arrays(values: dict[str, Any], seed: int, steps: int) -> Arrays:
        asked = json.dumps([{**values, "seed": seed}, str(steps)])
        return shown(driver.evaluate(f"() => ({WALK})({asked})"))

    return arrays


def first_apart(differ: Callable[[int], bool], low: int, high: int) -> int:
    """The first step after which two differ, which is past the step `low` and at most `high`; `high` if none is found."""
    if high - low < 2 or not differ(high - 1):
        return high
    return low + 1 + bisect_left(range(low + 1, high - 1), True, key=differ)


class Pair:
    """How far two sides are apart, in all settings so far."""

    def __init__(self, one: str, other: str, steps: Sequence[int]) -> None:
        self.names = one, other
        self.steps = steps
        self.worst = [0.0] * len(steps)
        self.parted = 0  # settings
        self.first = steps[-1] + 1
        self.example = ""

    def add(self, sides: Mapping[str, Side], drawn: Mapping[str, list[Arrays]], setting: Any, usual: Arrays) -> None:
        """Compare what the two have drawn for one setting: its values and its seed."""
        one, other = self.names
        found = [apart(*both, usual) for both in zip(drawn[one], drawn[other], strict=True)]
        self.worst = [max(both) for both in zip(self.worst, found, strict=True)]
        over = [index for index, each in enumerate(found) if each > TOLERANCE]
        if not over:
            return
        self.parted += 1
        low = self.steps[over[0] - 1] if over[0] else -1
        high = min(self.steps[over[0]], self.first)

        def differ(steps: int) -> bool:
            return apart(sides[one](*setting, steps), sides[other](*setting, steps), usual) > TOLERANCE

        first = first_apart(differ, low, high)
        if first < self.first:
            self.first = first
            self.example = f"seed {setting[1]}, {shortened(setting[0])}"

    def __str__(self) -> str:
        told = "".join(f"{each:10.1e}" for each in self.worst).ljust(10 * len(STEPS))
        tail = f"   {self.parted} part, one after step {self.first}: {self.example}" if self.parted else ""
        return f"{' - '.join(self.names):18}{told}{tail}"


def compare(explorer: Explorer, sides: Mapping[str, Side], tried: list[dict[str, Any]], options: Any) -> list[Pair]:
    """Every two sides in as many of the settings as there is time for."""
    chance = random.Random(options.seed)
    steps = options.steps if "step" in explorer.functions else [0]
    usual = explorer.current_frame().arrays
    pairs = [Pair(one, other, steps) for one, other in itertools.combinations(sides, 2)]
    began, count = time.monotonic(), 0
    for values in tried:
        if count and time.monotonic() - began > options.seconds:
            break
        setting = values, chance.choice([0, 2**32 - 1, chance.randrange(2**32)])
        drawn = {name: [side(*setting, each) for each in steps] for name, side in sides.items()}
        for pair in pairs:
            pair.add(sides, drawn, setting, usual)
        count += 1
    print(
        f"{type(explorer).__name__}: {count} of {len(tried)} settings in {time.monotonic() - began:.0f} s", flush=True
    )
    return pairs


def main() -> int:
    """Compare what is asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="of explorers; all if there are none")
    parser.add_argument("--browser", action="append", default=[], choices=BROWSERS, help="also there")
    parser.add_argument("--samples", type=int, default=10, help="random settings of each explorer")
    parser.add_argument("--corners", type=int, default=16, help="settings with all controls at their ends, at most")
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="after which pictures are compared")
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="for each explorer, after which no setting is begun"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the settings")
    options = parser.parse_args()
    well = True
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        drivers = {name: stack.enter_context(BROWSERS[name]()) for name in options.browser}
        print(" " * 20 + "".join(f"{f'after {each}':>10}" for each in options.steps), flush=True)
        for kind in explorers(options.names):
            chance = random.Random(f"{options.seed} {kind.__name__}")
            explorer = kind()
            tried = corners(explorer, options.corners, chance)
            tried += [settings(explorer, chance) for _ in range(options.samples)]
            pages = {name: on_page(driver, explorer, folder) for name, driver in drivers.items()}
            for pair in compare(explorer, {**in_python(explorer), **pages}, tried, options):
                print(f"  {pair}", flush=True)
                if "step" in explorer.functions:
                    well &= pair.first > 1
                else:
                    well &= pair.worst[0] <= STATELESS
    return 0 if well else 1


def shortened(values: dict[str, object]) -> str:
    """Settings on one line."""
    return ", ".join(
        f"{name}={str(each)[:30]!r}" if len(str(each)) > 30 else f"{name}={each!r}" for name, each in values.items()
    )


if __name__ == "__main__":
    sys.exit(main())
