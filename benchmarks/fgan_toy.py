"""One Gaussian for a mixture, learned by f-GANs: mean and deviation beside those of the exact best fit.

The toy experiment of the f-GAN paper (Nowozin et al. 2016), on the reconstructed target. As there: a
generator mean + deviation * z, a critic with two hidden layers of 64 tanh units, batches of 1024, and the saturating
loss (the trick leads to another divergence's fit). What it takes to come within 5 %: five steps of the critic for each
one of the generator; rates that fall to 0; z that take one number from each 1024th of the normal distribution, so that
batches differ less; a generator's Adam that forgets within 10 steps how steep Pearson was at the start (with the usual
1000 it is too slow); and an average over the last quarter of the generator's parameters.

Usage: python benchmarks/fgan_toy.py [seeds [generator steps]]
"""

import math
import sys
import time

import torch
from _common import print_table, store, versions
from torch import nn

from kexue_widgets.fgan import DIVERGENCES, GAN, TOY, FDivergence, best_gaussian, divergence_losses, mlp
from kexue_widgets.live import Adam, Noise, Stream, Training, generator

NAMES = ("KL", "reverse KL", "Jensen-Shannon", "Jeffrey", "Pearson")
BATCH, CRITIC_STEPS = 1024, 5
CRITIC_RATE, GENERATOR_RATE = 3e-3, 1e-2


def quantiles(noise: Noise) -> torch.Tensor:
    """Standard normal numbers (BATCH, 1), one from each of so many equally likely parts of the line."""
    share = (torch.arange(BATCH) + noise.uniform(BATCH)) / BATCH
    return torch.special.ndtri(share.double()).clamp(-6, 6).float()[:, None]


def learned_gaussian(divergence: FDivergence, seed: int, steps: int) -> tuple[float, float]:
    """Mean and deviation after so many steps of the generator, averaged over the last quarter of them."""
    players = Training(mlp(1, 64, 64, 1), Adam(0.5)), Training(nn.Linear(1, 1), Adam(0.5, 0.9))
    gan = GAN(divergence_losses(divergence), *players)
    state = gan.start(Noise.from_generator(generator(seed, Stream.START)))
    noise = Noise.from_generator(generator(seed, Stream.STEP))
    kept = []
    for step in range(steps):
        decay = (1 + math.cos(math.pi * step / steps)) / 2
        for _ in range(CRITIC_STEPS):
            state, _ = gan.critic_step(state, TOY.sample(noise, BATCH), quantiles(noise), CRITIC_RATE * decay)
        state = gan.generator_step(state, quantiles(noise), GENERATOR_RATE * decay)
        if step >= 3 * steps // 4:
            kept.append(state["generator"]["parameters"].abs())
    deviation, mean = torch.stack(kept).mean(0)
    return float(mean), float(deviation)


def main(seeds: int = 3, steps: int = 1000) -> None:
    """Train, and print learned against exact."""
    torch.set_num_threads(1)
    grid = torch.linspace(-16, 20, 4001, dtype=torch.float64)
    log_p = TOY.log_density(grid)
    rows, worst = [], 0.0
    for name in NAMES:
        exact = best_gaussian(DIVERGENCES[name], log_p, grid)
        for seed in range(seeds):
            started = time.process_time()
            mean, deviation = learned_gaussian(DIVERGENCES[name], seed, steps)
            errors = [mean / exact.mean - 1, deviation / exact.deviation - 1]
            worst = max(worst, *map(abs, errors))
            figures = [f"{exact.mean:.4f}", f"{mean:.4f}", f"{exact.deviation:.4f}", f"{deviation:.4f}"]
            took = f"{time.process_time() - started:.0f} s"
            rows.append((name, seed, *figures, *(f"{100 * error:+.1f} %" for error in errors), took))
            print(*rows[-1], flush=True)
    heads = (
        "",
        "seed",
        "mean, exact",
        "learned",
        "deviation, exact",
        "learned",
        "mean off by",
        "deviation off by",
        "CPU time",
    )
    table = print_table(
        f"One Gaussian for a mixture: {steps} steps of the generator, {CRITIC_STEPS} of the critic each", heads, rows
    )
    code = ("kexue_widgets/fgan/divergences.py", "kexue_widgets/fgan/training.py", "kexue_widgets/live/training.py")
    store(__file__, [table], code, versions("torch"))
    print(f"\nlargest error: {100 * worst:.1f} % (target: 5 %)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
