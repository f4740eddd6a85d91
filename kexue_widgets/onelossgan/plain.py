"""Games without networks: one number against another, where everything can be worked out.

The generator holds x, the critic y; the generator lowers, and the critic raises, V = a/2 (x^2 - y^2) + x y. With
curvature a = 0 it is the game x y. A round is a 2 x 2 matrix that acts on (x, y), so that all depends on its eigenvalues.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..fgan import GAN
from ..live import SGD, Training
from .losses import WASSERSTEIN


def smallest_gan(x: float = 1.0, y: float = 1.0) -> tuple[GAN, Tensor, Tensor]:
    """The game x y as a GAN, after the Dirac-GAN of Mescheder et al. 2018: all data are 0, all fakes x, the critic is the
    line v -> y v, and there is no hinge. Returns the GAN, in float64 and with gradient descent, data (1, 1), and a latent
    point (1, 1)."""
    critic, generator = (nn.Linear(1, 1, bias=False, dtype=torch.float64) for _ in range(2))
    nn.init.constant_(critic.weight, y)
    nn.init.constant_(generator.weight, x)  # of the latent point 1 it makes x
    one = torch.ones(1, 1, dtype=torch.float64)
    return (
        GAN(WASSERSTEIN, Training(critic, SGD()), Training(generator, SGD())),
        torch.zeros(1, 1, dtype=one.dtype),
        one,
    )


def value(x: Tensor, y: Tensor, curvature: Tensor | float = 0.0) -> Tensor:
    """V = a/2 (x^2 - y^2) + x y."""
    return curvature / 2 * (x * x - y * y) + x * y


def synchronous_matrix(rate: Tensor, curvature: Tensor | float = 0.0, ratio: Tensor | float = 1.0) -> Tensor:
    """The matrix (2, 2) of a step in which both players move at once, by gradient descent and ascent.

    Args:
        rate: the critic's learning rate eta, a scalar.
        curvature: a.
        ratio: lambda; the generator's learning rate is lambda eta.

    Raises:
        ValueError: a rate that is no tensor of one number.
    """
    _check("rate", rate)
    return torch.eye(2, dtype=rate.dtype) + _slopes(rate, curvature, ratio)


def alternating_matrix(rate: Tensor, curvature: Tensor | float = 0.0, ratio: Tensor | float = 1.0) -> Tensor:
    """The matrix (2, 2) of a round in which the critic moves first and the generator answers; arguments as for
    `synchronous_matrix`."""
    _check("rate", rate)
    slopes, unit = _slopes(rate, curvature, ratio), torch.eye(2, dtype=rate.dtype)
    row = torch.tensor([1.0, 0.0], dtype=rate.dtype)
    generator, critic = unit + row[:, None] * slopes, unit + (1 - row)[:, None] * slopes
    return generator @ critic


def _check(name: str, value: Tensor, *shape: int) -> None:
    if not isinstance(value, Tensor) or not value.is_floating_point() or value.shape != shape:
        got = f"shape {tuple(value.shape)}, {value.dtype}" if isinstance(value, Tensor) else repr(value)
        raise ValueError(f"{name} must be a tensor {shape} of floating-point numbers, got {got}")


def _slopes(rate: Tensor, curvature: Tensor | float, ratio: Tensor | float) -> Tensor:
    """(x, y) -> (-lambda eta dV/dx, eta dV/dy)."""
    one = torch.ones_like(rate)
    x, y = torch.stack([curvature * one, one]), torch.stack([one, -curvature * one])
    return torch.stack([-ratio * rate * x, rate * y])


def eigenvalues(matrix: Tensor) -> Tensor:
    """Real and imaginary parts of the two eigenvalues of a matrix (2, 2), as ((re, im), (re, im)): t/2 +- root of
    (t/2)^2 - d, with trace t and determinant d."""
    _check("matrix", matrix, 2, 2)
    # By hand, since the page has no complex numbers.
    half = (matrix[0, 0] + matrix[1, 1]) / 2
    square = half * half - (matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])
    real, imaginary = square.clamp(min=0).sqrt(), (-square).clamp(min=0).sqrt()
    return torch.stack([torch.stack([half + real, imaginary]), torch.stack([half - real, -imaginary])])


def radius(matrix: Tensor) -> Tensor:
    """The larger modulus of the eigenvalues: what a round multiplies the distance by, in the long run."""
    return eigenvalues(matrix).norm(dim=1).max()
