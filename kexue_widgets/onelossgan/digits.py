"""Digits that a GAN may learn: real images that come with scikit-learn, two small convolutional networks, a distance."""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch import Tensor, nn

LATENT = 16


@functools.cache
def images() -> Tensor:
    """1797 handwritten digits, (1797, 64), uint8 from 0 (paper) to 16 (ink): the test set of Alpaydin & Kaynak 1998."""
    from sklearn.datasets import load_digits

    return torch.from_numpy(load_digits().data).to(torch.uint8)


def batch(uniform: Tensor) -> Tensor:
    """Images (n, 1, 8, 8) between 0 and 1, each picked by a uniform number on [0, 1)."""
    pixels = images()
    return pixels[(uniform * len(pixels)).long()].float().reshape(-1, 1, 8, 8) / 16


def generator(width: int = 16, latent: int = LATENT) -> nn.Sequential:
    """From latent points (n, latent) to images (n, 1, 8, 8), after DCGAN (Radford et al. 2016) without its batch norm."""
    return nn.Sequential(
        nn.Linear(latent, 2 * width * 4),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (2 * width, 2, 2)),
        nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1),
        nn.Sigmoid(),
    )


def critic(width: int = 16) -> nn.Sequential:
    """From images (n, 1, 8, 8) to scores (n, 1): the generator's mirror image."""
    return nn.Sequential(
        nn.Conv2d(1, width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(2 * width * 4, 1),
    )


def frechet_distance(one: Tensor, other: Tensor) -> float:
    """Squared distance of Frechet between two samples (n, d) and (m, d), as if both were Gaussian (Dowson & Landau 1982):
    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2)."""
    (mean, covariance), (other_mean, other_covariance) = (
        (each.mean(0), np.cov(each, rowvar=False)) for each in (one.double().numpy(), other.double().numpy())
    )
    # The product's eigenvalues are real and not negative, but for rounding.
    roots = np.sqrt(np.linalg.eigvals(covariance @ other_covariance).real.clip(min=0))
    return float(((mean - other_mean) ** 2).sum() + np.trace(covariance + other_covariance) - 2 * roots.sum())
