"""A GAN on the ring of eight Gaussians for every divergence: which modes it covers, and how good its samples are.

`python -m kexue_widgets.fgan.ring` trains them all and writes the file that the chapter reads, book/data/fgan_ring.json.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap
from torch.utils._pytree import tree_map
from tqdm import tqdm

from ..cache import write_whole
from ..live import Adam, Noise, State, Stream, Training, generator
from ..results import StoredResults
from .divergences import DIVERGENCES, FDivergence
from .training import GAN, RING, around, divergence_losses, mlp

if TYPE_CHECKING:
    import pandas

PARTS = ("fgan/divergences.py", "fgan/ring.py", "fgan/training.py", "live/noise.py", "live/training.py")
RESULTS = StoredResults(
    "fgan_ring.json", "python -m kexue_widgets.fgan.ring", tuple(f"kexue_widgets/{each}" for each in PARTS)
)
is_current = RESULTS.is_current


class Settings(NamedTuple):
    """How a GAN is trained and judged; networks and optimisers are those of the explorer `PlaneGAN`."""

    generator_steps: int = 1500
    critic_steps: int = 2  # for each of the generator
    rate_critic: float = 0.003
    rate_generator: float = 0.001
    batch: int = 128
    latent: int = 2
    width: int = 64
    deviation: float = 0.1
    samples: int = 2000
    seeds: tuple[int, ...] = (0, 1, 2)


SETTINGS = Settings()


def quality(samples: Tensor, deviation: float) -> tuple[int, float]:
    """Modes of the ring with at least 1 % of the samples (n, 2) within three deviations, and the share of all samples
    that are so near to a mode."""
    near = (samples.unsqueeze(1) - RING).norm(dim=2) < 3 * deviation
    return int((near.float().mean(0) >= 0.01).sum()), round(float(near.any(1).float().mean()), 4)


def train(divergence: FDivergence, settings: Settings = SETTINGS) -> Tensor:
    """Samples (seeds, n, 2) of the generators after their last step; not finite if the training has broken down.

    The seeds are trained side by side, each with its own random numbers.
    """
    latent, width, batch = settings.latent, settings.width, settings.batch
    gan = GAN(
        divergence_losses(divergence),
        critic=Training(mlp(2, width, width, 1), Adam(beta1=0.5)),
        generator=Training(mlp(latent, width, width, 2), Adam(beta1=0.5)),
    )

    def noises(stream: Stream) -> list[Noise]:
        return [Noise.from_generator(generator(seed, stream)) for seed in settings.seeds]

    def critic_step(state: State, data: Tensor, latent: Tensor) -> State:
        return gan.critic_step(state, data, latent, settings.rate_critic)[0]

    def generator_step(state: State, latent: Tensor) -> State:
        return gan.generator_step(state, latent, settings.rate_generator)

    def latents(noises: list[Noise], count: int) -> Tensor:
        return torch.stack([noise.normal(count, latent) for noise in noises])

    starts = [gan.start(noise) for noise in noises(Stream.START)]
    state = tree_map(lambda *leaves: torch.stack(leaves), *starts)
    steps = noises(Stream.STEP)
    for _ in range(settings.generator_steps):
        for _ in range(settings.critic_steps):
            data = torch.stack([around(noise, batch, RING, settings.deviation) for noise in steps])
            state = vmap(critic_step)(state, data, latents(steps, batch))
        state = vmap(generator_step)(state, latents(steps, batch))
    test_latents = latents(noises(Stream.FRAME), settings.samples)
    return vmap(lambda state, points: gan.generator.network(state)(points))(state["generator"], test_latents)


def results(path: Path | None = None) -> pandas.DataFrame:
    """The file's results, one row for each divergence and seed: modes (of 8) and good (a share), NaN after a breakdown.

    Warns if the code has changed since the file was written.
    """
    import pandas

    return pandas.DataFrame(RESULTS.read(path)["results"]).set_index(["divergence", "seed"]).astype(float)


def main(path: Path = RESULTS.path, settings: Settings = SETTINGS) -> None:
    """Train for every divergence and seed on one core, and write the file."""
    torch.set_num_threads(1)
    code = RESULTS.code_hash()  # of what has been imported: a file may change while this runs
    measured = []
    for name, divergence in tqdm(DIVERGENCES.items()):
        for seed, samples in zip(settings.seeds, train(divergence, settings), strict=True):
            finite = bool(samples.isfinite().all())
            modes, good = quality(samples, settings.deviation) if finite else (None, None)
            measured.append({"divergence": name, "seed": seed, "modes": modes, "good": good})
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    content = {"settings": settings._asdict(), "versions": versions, "code": code, "results": measured}
    path.parent.mkdir(exist_ok=True)
    write_whole(path, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
