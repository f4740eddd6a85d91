"""f-GAN: a convex function makes a divergence, its tangents make a bound, the bound makes a GAN.

Chapter for f-GAN简介：GAN模型的生产车间 (Jianlin Su, 2018-09-29, https://kexue.fm/archives/6016). The paper: Nowozin, Cseke,
Tomioka, "f-GAN", 2016, https://arxiv.org/abs/1606.00709.

Names are the conventional ones for D_f(P||Q) = E_q f(p/q): Pearson is f = (u - 1)^2. The article calls that one Neyman
and its mirror image Pearson; the paper's table mixes names, integrals and f. The paper's Jensen-Shannon divergence is
twice the usual one, which is the one here and in the article.
"""

from .divergences import (
    DIVERGENCES,
    JEFFREY,
    JENSEN_SHANNON,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    ROWS,
    SQUARED_HELLINGER,
    TOTAL_VARIATION,
    Domain,
    FDivergence,
    GaussianFit,
    alpha_divergence,
    best_gaussian,
    bound_value,
    critic_loss,
    divergence_value,
    estimate,
    from_f,
    legendre,
    log_lambert,
    log_normal,
    nonsaturating_loss,
    saturating_loss,
    swapped,
)
from .explorers import OneGaussian, PlaneGAN, Selector
from .training import GAN, GRID, RING, SAMPLERS, TOY, Mixture, around, mlp, spiral, two_moons

__all__ = [
    "DIVERGENCES",
    "GAN",
    "GRID",
    "JEFFREY",
    "JENSEN_SHANNON",
    "KL",
    "NEYMAN",
    "PEARSON",
    "REVERSE_KL",
    "RING",
    "ROWS",
    "SAMPLERS",
    "SQUARED_HELLINGER",
    "TOTAL_VARIATION",
    "TOY",
    "Domain",
    "FDivergence",
    "GaussianFit",
    "Mixture",
    "OneGaussian",
    "PlaneGAN",
    "Selector",
    "alpha_divergence",
    "around",
    "best_gaussian",
    "bound_value",
    "critic_loss",
    "divergence_value",
    "estimate",
    "from_f",
    "legendre",
    "log_lambert",
    "log_normal",
    "mlp",
    "nonsaturating_loss",
    "saturating_loss",
    "spiral",
    "swapped",
    "two_moons",
]
