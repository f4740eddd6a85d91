"""What one loss saves: time, peak memory and arithmetic of one round, for five ways to write it and three sizes.

Rounds of all kinds alternate within one run, and each is compared with the usual alternating round of the same repetition, so
that a disturbance of the machine meets all of them. Memory is what torch's allocator holds at the most during a round,
less what it holds before: parameters and the optimisers' memory are there always.

The last table is of time to quality: a GAN for digits, by both schemes, until its distance of Frechet from the data is
below a mark; steps and seconds, for several seeds.

On a CPU the results go into book/data/onelossgan.json, which the chapter reads; on a GPU, if there is one, they are
printed only.

Usage: python benchmarks/onelossgan.py [rounds [seeds]]
"""

import copy
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from _common import middle, print_table
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from kexue_widgets.cache import write_whole
from kexue_widgets.fgan import JENSEN_SHANNON, divergence_losses, mlp
from kexue_widgets.onelossgan import HINGE, ROUNDS, Pair, costs, digits
from kexue_widgets.onelossgan.rounds import kept_fakes, one_loss, shared_scores

Round = Callable[[Pair, Tensor, Tensor], None]
Row = dict[str, str | float]

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
USUAL = kept_fakes
LOSSES = divergence_losses(JENSEN_SHANNON)  # zero-sum, so that gradient reversal may take part
NETWORKS = ("MLP 64", "MLP 512", "DCGAN")
MARK, EVERY, LONGEST = 1.5, 100, 4000


def dcgan() -> tuple[nn.Module, nn.Module]:
    """Critic and generator for colour images of 64 x 64 pixels, after DCGAN with half of its channels; the
    critic has no batch norm."""
    widths = (3, 32, 64, 128, 256)
    down: list[nn.Module] = []
    up: list[nn.Module] = [nn.Linear(100, 256 * 16), nn.Unflatten(1, (256, 4, 4)), nn.BatchNorm2d(256), nn.ReLU()]
    for level in range(4):
        down += [nn.Conv2d(widths[level], widths[level + 1], 4, 2, 1), nn.LeakyReLU(0.2)]
        up += [nn.ConvTranspose2d(widths[4 - level], widths[3 - level], 4, 2, 1)]
        up += [nn.Tanh()] if level == 3 else [nn.BatchNorm2d(widths[3 - level]), nn.ReLU()]
    return nn.Sequential(*down, nn.Flatten(), nn.Linear(256 * 16, 1)), nn.Sequential(*up)


def case(name: str) -> tuple[nn.Module, nn.Module, Tensor, Tensor]:
    """Networks, data and latent points of one size: batches of 256 points in the plane, or of 16 images."""
    torch.manual_seed(0)
    if name == "DCGAN":
        return *dcgan(), torch.rand(16, 3, 64, 64), torch.randn(16, 100)
    hidden = {"MLP 64": [64] * 2, "MLP 512": [512] * 3}[name]
    return mlp(2, *hidden, 1), mlp(8, *hidden, 2), torch.randn(256, 2), torch.randn(256, 8)


def pairs(name: str) -> tuple[dict[Round, Pair], Tensor, Tensor]:
    """A pair for each kind of round, all from the same parameters."""
    critic, generator, data, latent = (each.to(DEVICE) for each in case(name))
    made = {}
    for round_ in ROUNDS:
        networks = copy.deepcopy(critic), copy.deepcopy(generator)
        made[round_] = Pair(LOSSES, *networks, *(torch.optim.RMSprop(each.parameters(), 1e-4) for each in networks))
    return made, data, latent


def seconds(round_: Round, pair: Pair, data: Tensor, latent: Tensor) -> float:
    """How long one round takes; on a CPU the process' own time, which others on the machine disturb less."""
    clock = time.perf_counter if DEVICE == "cuda" else time.process_time
    started = clock()
    round_(pair, data, latent)
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return clock() - started


def peak_memory(round_: Round, pair: Pair, data: Tensor, latent: Tensor) -> int:
    """Bytes that torch holds at the most during a round, beyond those before it; no gradients are left from before."""
    pair.zero_grad()
    if DEVICE == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        round_(pair, data, latent)
        return torch.cuda.max_memory_allocated() - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        round_(pair, data, latent)
    changes = [each for each in profiled.profiler.kineto_results.events() if each.name() == "[memory]"]
    held = highest = 0
    for change in sorted(changes, key=lambda each: each.start_ns()):
        held += change.nbytes()
        highest = max(highest, held)
    return highest


def flops(round_: Round, pair: Pair, data: Tensor, latent: Tensor) -> int:
    """Floating-point operations of a round's matrix products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        round_(pair, data, latent)
    return counter.get_total_flops()


def measure(name: str, rounds: int) -> list[Row]:
    """One row for each kind of round."""
    made, data, latent = pairs(name)
    for round_ in ROUNDS:  # torch's first calls are slow
        for _ in range(3):
            round_(made[round_], data, latent)
    taken: dict[Round, list[float]] = {round_: [] for round_ in ROUNDS}
    for repetition in range(rounds):
        first = repetition % len(ROUNDS)
        for round_ in (*ROUNDS[first:], *ROUNDS[:first]):
            taken[round_].append(seconds(round_, made[round_], data, latent))
    memory = {round_: peak_memory(round_, made[round_], data, latent) for round_ in ROUNDS}
    rows: list[Row] = []
    for round_ in ROUNDS:
        faster = [usual / own for usual, own in zip(taken[USUAL], taken[round_], strict=True)]
        low, median, high = statistics.quantiles(faster)
        rows.append(
            {
                "networks": name,
                "round": round_.__name__,
                "ms": round(1000 * middle(taken[round_]), 3),
                "faster": round(median, 3),
                "faster_low": round(low, 3),
                "faster_high": round(high, 3),
                "GFLOP": round(flops(round_, made[round_], data, latent) / 1e9, 4),
                "MiB": round(memory[round_] / 2**20, 2),
                "memory": round(memory[round_] / memory[USUAL], 3),
            }
        )
    return rows


def to_quality(round_: Round, seed: int) -> Row:
    """Steps and seconds until the digits' distance of Frechet is below the mark; the longest, if it never is."""
    torch.manual_seed(seed)
    critic, generator = digits.critic(), digits.generator()
    pair = Pair(
        HINGE, critic, generator, *(torch.optim.Adam(n.parameters(), 1e-3, (0.5, 0.999)) for n in (critic, generator))
    )
    random = torch.Generator().manual_seed(seed)
    latent, real = torch.randn(1000, digits.LATENT, generator=random), digits.images().float() / 16
    spent = 0.0
    for step in range(1, LONGEST + 1):
        data = digits.batch(torch.rand(32, generator=random))
        spent += seconds(round_, pair, data, torch.randn(32, digits.LATENT, generator=random))
        if step % EVERY == 0:
            with torch.no_grad():
                fake = generator(latent).reshape(-1, 64)
            if digits.frechet_distance(fake, real) < MARK:
                break
    return {"round": round_.__name__, "seed": seed, "steps": step, "seconds": round(spent, 3)}


def show_rounds(rows: list[Row]) -> None:
    """Print a table for each pair of networks."""
    heads = ("", "a round", "faster than usual", "quartiles", "arithmetic", "peak memory", "of the usual")
    for name in NETWORKS:
        cells = [
            (
                row["round"],
                f"{row['ms']:.2f} ms",
                f"{row['faster']:.2f}",
                f"{row['faster_low']:.2f} to {row['faster_high']:.2f}",
                f"{row['GFLOP']:.2f} GFLOP",
                f"{row['MiB']:.1f} MiB",
                f"{row['memory']:.2f}",
            )
            for row in rows
            if row["networks"] == name
        ]
        print_table(f"{name}: “{USUAL.__name__}” is the usual round", heads, cells)


def show_quality(rows: list[Row], seeds: int) -> None:
    """Print how long each kind of round takes to the mark."""
    cells = []
    for name in dict.fromkeys(row["round"] for row in rows):
        steps, times = zip(*((row["steps"], row["seconds"]) for row in rows if row["round"] == name), strict=True)
        cells.append((name, middle(steps), f"{min(steps)} to {max(steps)}", f"{middle(times):.1f} s"))
    title = f"Digits: steps and time until Frechet's distance is below {MARK}, {seeds} seeds"
    print_table(title, ("", "steps, median", "range", "time, median"), cells)


def main(rounds: int = 100, seeds: int = 5) -> None:
    """Measure, print the tables, and on a CPU write the chapter's file."""
    torch.set_num_threads(1)
    code = costs.RESULTS.code_hash()  # of what has been imported: a file may change while this runs
    where = torch.cuda.get_device_name() if DEVICE == "cuda" else f"CPU ({platform.machine()}), one thread"
    print(f"torch {torch.__version__}, {where}; {rounds} rounds of each kind in turn, medians")
    measured = [row for name in NETWORKS for row in measure(name, rounds)]
    show_rounds(measured)
    if DEVICE == "cuda":
        return
    reached = [to_quality(round_, seed) for round_ in (USUAL, one_loss, shared_scores) for seed in range(seeds)]
    show_quality(reached, seeds)
    settings = {"rounds": rounds, "seeds": seeds, "mark": MARK, "every": EVERY, "longest": LONGEST}
    machine = {"machine": platform.machine(), "threads": torch.get_num_threads()}
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    content = {"settings": settings, "machine": machine, "versions": versions, "code": code}
    content |= {"rounds": measured, "quality": reached}
    write_whole(costs.RESULTS.path, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
