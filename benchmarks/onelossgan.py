"""What one loss saves: time, peak memory and arithmetic of one round, for five ways to write it and three sizes.

Rounds of all kinds alternate within one run, and each is compared with the usual alternating round of the same turn, so
that a disturbance of the machine meets all of them. Memory is what torch's allocator holds at the most during a round,
less what it holds before: parameters and the optimisers' memory are there always. On a GPU, if there is one.

The last table is of time to quality: a GAN for digits, by both schemes, until its distance of Frechet from the data is
below a mark; steps and seconds, for several seeds.

Usage: python benchmarks/onelossgan.py [rounds [seeds]]
"""

import copy
import platform
import sys
import time
from collections.abc import Callable

import torch
from _common import middle, print_table
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from kexue_widgets.fgan import JENSEN_SHANNON, mlp
from kexue_widgets.onelossgan import HINGE, ROUNDS, Pair, digits, divergence_losses

Round = Callable[[Pair, Tensor, Tensor], None]

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
USUAL = "alternating, fakes kept"
LOSSES = divergence_losses(JENSEN_SHANNON)  # zero-sum, so that gradient reversal may take part
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
    """Networks, data and latent points of one size."""
    torch.manual_seed(0)
    if name == "DCGAN 64 x 64":
        return *dcgan(), torch.rand(16, 3, 64, 64), torch.randn(16, 100)
    width, layers, batch = {"MLP 64": (64, 2, 256), "MLP 512 x 3": (512, 3, 256)}[name]
    hidden = [width] * layers
    return mlp(2, *hidden, 1), mlp(8, *hidden, 2), torch.randn(batch, 2), torch.randn(batch, 8)


def pairs(name: str) -> tuple[dict[str, Pair], Tensor, Tensor]:
    """A pair for each kind of round, all from the same parameters."""
    critic, generator, data, latent = (each.to(DEVICE) for each in case(name))
    made = {}
    for kind in ROUNDS:
        networks = copy.deepcopy(critic), copy.deepcopy(generator)
        made[kind] = Pair(LOSSES, *networks, *(torch.optim.RMSprop(each.parameters(), 1e-4) for each in networks))
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


def measure(name: str, rounds: int) -> list[tuple[object, ...]]:
    """One row for each kind of round."""
    made, data, latent = pairs(name)
    for kind, round_ in ROUNDS.items():  # torch's first calls are slow
        for _ in range(3):
            round_(made[kind], data, latent)
    taken: dict[str, list[float]] = {kind: [] for kind in ROUNDS}
    for turn in range(rounds):
        kinds = list(ROUNDS)[turn % len(ROUNDS) :] + list(ROUNDS)[: turn % len(ROUNDS)]
        for kind in kinds:
            taken[kind].append(seconds(ROUNDS[kind], made[kind], data, latent))
    memory = {kind: peak_memory(round_, made[kind], data, latent) for kind, round_ in ROUNDS.items()}
    operations = {}
    for kind, round_ in ROUNDS.items():
        with FlopCounterMode(display=False) as counter:
            round_(made[kind], data, latent)
        operations[kind] = counter.get_total_flops()
    rows = []
    for kind in ROUNDS:
        speedup = middle([usual / own for usual, own in zip(taken[USUAL], taken[kind], strict=True)])
        figures = (
            f"{1000 * middle(taken[kind]):.2f} ms",
            f"{speedup:.2f}",
            f"{operations[USUAL] / operations[kind]:.2f}",
            f"{memory[kind] / 2**20:.1f} MiB",
            f"{memory[kind] / memory[USUAL]:.2f}",
        )
        rows.append((kind, *figures))
    return rows


def to_quality(kind: str, seed: int) -> tuple[int, float]:
    """Steps and seconds until the digits' distance of Frechet is below the mark; the longest, if it never is."""
    torch.manual_seed(seed)
    critic, generator = digits.critic(), digits.generator()
    pair = Pair(
        HINGE, critic, generator, *(torch.optim.Adam(n.parameters(), 1e-3, (0.5, 0.999)) for n in (critic, generator))
    )
    random = torch.Generator().manual_seed(seed)
    judged, real = torch.randn(1000, digits.LATENT, generator=random), digits.images().float() / 16
    spent = 0.0
    for step in range(1, LONGEST + 1):
        data = digits.batch(torch.rand(32, generator=random))
        spent += seconds(ROUNDS[kind], pair, data, torch.randn(32, digits.LATENT, generator=random))
        if step % EVERY == 0:
            with torch.no_grad():
                fake = generator(judged).reshape(-1, 64)
            if digits.frechet_distance(fake, real) < MARK:
                break
    return step, spent


def main(rounds: int = 40, seeds: int = 5) -> None:
    """Measure, and print the tables."""
    torch.set_num_threads(1)
    where = torch.cuda.get_device_name() if DEVICE == "cuda" else f"CPU ({platform.machine()}), one thread"
    print(f"torch {torch.__version__}, {where}; {rounds} rounds of each kind in turn, medians")
    heads = ("", "a round", "faster than usual", "less arithmetic", "peak memory", "of the usual")
    for name in ("MLP 64", "MLP 512 x 3", "DCGAN 64 x 64"):
        print_table(f"{name}: “{USUAL}” is the usual round", heads, measure(name, rounds))
    if DEVICE == "cpu" and seeds:
        rows = []
        for kind in (USUAL, "one loss", "synchronous, shared scores"):
            steps, times = zip(*(to_quality(kind, seed) for seed in range(seeds)), strict=True)
            rows.append((kind, middle(steps), f"{min(steps)} to {max(steps)}", f"{middle(times):.1f} s"))
        title = f"Digits: steps and time until Frechet's distance is below {MARK}, {seeds} seeds"
        print_table(title, ("", "steps, median", "range", "time, median"), rows)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
