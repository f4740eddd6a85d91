"""The article's augmentations, each a function of pictures and of what was drawn for each of them.

Pictures are (n, channels, height, width). Random choices come in as arguments, one for each picture, as `dropout` takes
its uniform numbers: the same numbers give the same pictures, in a notebook, in training and on the page.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def flip(images: Tensor, mirrored: Tensor) -> Tensor:
    """Left and right exchanged wherever `mirrored` (n,) is true."""
    return torch.where(_each(mirrored > 0), images.flip(3), images)


def rotate(images: Tensor, degrees: Tensor) -> Tensor:
    """Turned anticlockwise about the middle by `degrees` (n,); corners that nothing turns into repeat the border."""
    angle = degrees * (math.pi / 180)
    zero = torch.zeros_like(angle)
    # A picture's sides reach from -1 to 1, however long they are: turned as they are, oblong pictures would be sheared.
    height, width = images.shape[2:]
    return _warp(
        images, angle.cos(), -angle.sin() * (height / width), zero, angle.sin() * (width / height), angle.cos(), zero
    )


def zoom(images: Tensor, scale: Tensor, where: Tensor, background: Tensor) -> Tensor:
    """Enlarged and cropped where scale > 1; shrunk and pasted onto another picture where scale < 1.

    Args:
        images: (n, c, h, w).
        scale: (n,), positive.
        where: (n, 2) in [0, 1]: where the crop is taken, or where the small picture lies, across and down.
        background: (n, c, h, w), the pictures to paste onto.
    """
    # Output coordinate u in [-1, 1] shows the input at (u - shift) / scale; the shift keeps the crop, or the copy, inside.
    shift = (1 - scale).unsqueeze(1) * (2 * where - 1)
    zero, inverse = torch.zeros_like(scale), 1 / scale
    enlarged = _warp(images, inverse, zero, -shift[:, 0] / scale, zero, inverse, -shift[:, 1] / scale)
    x, y = _coordinates(images)
    half = scale.reshape(-1, 1, 1)
    inside = ((x - shift[:, 0].reshape(-1, 1, 1)).abs() <= half) & ((y - shift[:, 1].reshape(-1, 1, 1)).abs() <= half)
    return torch.where(inside.unsqueeze(1), enlarged, background)


def splice(first: Tensor, second: Tensor, way: Tensor, cut: Tensor) -> Tensor:
    """Two pictures of one class in one.

    Args:
        first, second: (n, c, h, w).
        way: (n,): 0 left and right, 1 above and below, 2 and 3 the triangles on either side of the two diagonals.
        cut: (n,): where the cut is, as a share of width or height; the article draws it from [1/4, 3/4].
    """
    x, y = _coordinates(first)
    way, cut = way.reshape(-1, 1, 1), 2 * cut.reshape(-1, 1, 1) - 1
    sides = torch.where(way == 0, x < cut, torch.where(way == 1, y < cut, torch.where(way == 2, y < x, y < -x)))
    return torch.where(sides.unsqueeze(1), first, second)


def mask_quadrant(images: Tensor, quadrant: Tensor) -> Tensor:
    """One quarter of the picture set to 0: the quadrant (n,) counted along the rows from 0 to 3; none for 4 and more."""
    x, y = _coordinates(images)
    hidden = (x > 0).float() + 2 * (y > 0).float() == quadrant.reshape(-1, 1, 1)
    return torch.where(hidden.unsqueeze(1), torch.zeros_like(images), images)


def augment(images: Tensor, others: Tensor, same_class: Tensor, uniform: Tensor) -> Tensor:
    """What the article trains on: half of the pictures spliced with one of their class, the others flipped, turned by up to
    10 degrees, zoomed by 0.8 to 1.2 and masked.

    Args:
        images: (n, c, h, w), grey at 0, since masks are.
        others: (n, c, h, w), any pictures, to paste onto.
        same_class: (n, c, h, w), pictures of the same classes, to splice with.
        uniform: (n, 8), uniform numbers on [0, 1) to draw everything from.
    """
    spliced = splice(images, same_class, (4 * uniform[:, 1]).floor(), 0.25 + 0.5 * uniform[:, 2])
    changed = rotate(flip(images, uniform[:, 3] < 0.5), 20 * uniform[:, 4] - 10)
    changed = zoom(changed, 0.8 + 0.4 * uniform[:, 5], uniform[:, 1:3], others)
    changed = mask_quadrant(changed, (8 * uniform[:, 6]).floor())
    return torch.where(_each(uniform[:, 0] < 0.5), spliced, changed)


def _each(condition: Tensor) -> Tensor:
    return condition.reshape(-1, 1, 1, 1)


def _coordinates(images: Tensor) -> tuple[Tensor, Tensor]:
    """Where the middles of pixels lie, across (1, 1, w) and down (1, h, 1), in [-1, 1] from edge to edge."""
    height, width = images.shape[2:]
    x = (2 * torch.arange(width, device=images.device) + 1) / width - 1
    y = (2 * torch.arange(height, device=images.device) + 1) / height - 1
    return x.reshape(1, 1, -1), y.reshape(1, -1, 1)


def _warp(images: Tensor, *rows: Tensor) -> Tensor:
    """Each picture through its affine map (a, b, c, d, e, f) from output to input coordinates, interpolated linearly."""
    matrix = torch.stack(rows, dim=1).reshape(-1, 2, 3)
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)
