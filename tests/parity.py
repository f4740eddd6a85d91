"""Every explorer with random settings, corners among them, in torch and in ONNX Runtime: `python tests/parity.py`, or of some:
`... --samples 3 PlaneGAN Mask`.

Told are the largest differences of any array after 0, 1, 50 and 500 steps, as shares of its largest number, and from which step
on the two part where the training is chaotic: there the last bit of a sum, which depends on its order, grows with each step.
Ends with status 1 where they differ before a second step is made.
"""

import argparse
import itertools
import math
import random
import sys

import numpy as np
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


def apart(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """The largest difference, as a share of its array's largest number; infinite where they are not finite at the same places."""
    largest = 0.0
    for name, array in one.items():
        finite = np.isfinite(array)
        if array.shape != other[name].shape or not (finite == np.isfinite(other[name])).all():
            return math.inf
        if finite.any():
            scale = max(float(abs(array[finite]).max()), 1e-6)
            largest = max(largest, float(abs(array[finite] - other[name][finite]).max()) / scale)
    return largest


def engines(explorer: Explorer, values: dict[str, object]) -> tuple[Engine, Engine]:
    """In torch, and in ONNX Runtime."""
    torch = TorchProgram(explorer.functions, explorer.controls)
    graphs = export_model(explorer.functions, explorer.controls, {**explorer.values, **values})
    return Engine(torch), Engine(OnnxProgram(graphs, explorer.controls, torch.starts))


def differences(explorer: Explorer, values: dict[str, object], seed: int) -> tuple[list[float], int | None]:
    """After so many steps, and the first step after which the two differ; None if they do not."""
    both = engines(explorer, values)
    found = [apart(*(each.reset(values, seed).arrays for each in both))]
    if both[0].program.stateful:
        for before, after in itertools.pairwise(STEPS):
            found.append(apart(*(each.advance(after - before, values, seed).arrays for each in both)))
    if found[-1] <= TOLERANCE:
        return found, None
    first = apart(*(each.reset(values, seed).arrays for each in both))
    for step in range(STEPS[-1] + 1):
        if first > TOLERANCE:
            return found, step
        first = apart(*(each.advance(1, values, seed).arrays for each in both))
    return found, STEPS[-1]


def main() -> int:
    """Compare what is asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="of explorers; all if there are none")
    parser.add_argument("--samples", type=int, default=10, help="random settings of each explorer")
    parser.add_argument("--corners", type=int, default=16, help="settings with all controls at their ends, at most")
    parser.add_argument("--seed", type=int, default=0, help="of the settings")
    options = parser.parse_args()
    well = True
    print(f"{'explorer':24}" + "".join(f"{f'after {each}':>12}" for each in STEPS) + "   part from step", flush=True)
    for kind in explorers(options.names):
        chance = random.Random(f"{options.seed} {kind.__name__}")
        worst, parts = [0.0] * len(STEPS), []
        explorer = kind()
        tried = [settings(explorer, chance) for _ in range(options.samples)]
        tried += corners(explorer, options.corners, chance)
        for values in tried:
            seed = chance.choice([0, 2**32 - 1, chance.randrange(2**32)])
            found, step = differences(explorer, values, seed)
            worst = [max(pair) for pair in zip(worst, found + [0.0] * len(worst), strict=False)]
            if step is not None:
                parts.append((step, seed, values))
            if max(found[:2]) > TOLERANCE:
                well = False
        told = "".join(f"{each:12.1e}" for each in worst)
        first = min(parts, key=lambda part: part[0], default=None)
        tail = (
            f"   {first[0]} of {len(parts)}/{len(tried)} settings, as seed {first[1]}, {shortened(first[2])}"
            if first
            else ""
        )
        print(f"{kind.__name__:24}{told}{tail}", flush=True)
    return 0 if well else 1


def shortened(values: dict[str, object]) -> str:
    """Settings on one line."""
    return ", ".join(
        f"{name}={str(each)[:30]!r}" if len(str(each)) > 30 else f"{name}={each!r}" for name, each in values.items()
    )


if __name__ == "__main__":
    sys.exit(main())
