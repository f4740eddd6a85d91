"""The article's augmentations: what `augment` drew, read back from the pictures, and each of them beside its definition."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats

from kexue_widgets.finetune import augment, flip, mask_quadrant, rotate, splice, zoom

SIZE = 16
MIDDLES = (2 * np.arange(SIZE) + 1) / SIZE - 1  # of pixels, from -1 to 1 between the edges
ACROSS, DOWN = np.meshgrid(MIDDLES, MIDDLES)
OWN, PARTNER, OTHER = 1.0, 2.0, 3.0  # what the third channel says of where a pixel comes from

SIDES = {
    "above": DOWN < 0,
    "below": DOWN > 0,
    "left": ACROSS < 0,
    "right": ACROSS > 0,
}
QUADRANTS = [SIDES[row] & SIDES[column] for row in ("above", "below") for column in ("left", "right")]
TRIANGLES = [DOWN < ACROSS, DOWN < -ACROSS]


class Change(NamedTuple):
    """What happened to a picture that was not spliced."""

    flipped: bool
    degrees: float
    scale: float
    across: float
    down: float
    quadrant: int  # 4: none is hidden


def read_change(picture: np.ndarray) -> Change:
    """The parameters of the map from output to input, fitted to a picture whose channels are its own coordinates.

    A pixel at p shows the input at F R (p - shift) / scale, with F the mirror and R the turn; the middle of the picture
    shows nothing from beyond the edges. |shift| / |1 - scale| goes from -1 to 1 as the crop or the copy moves.
    """
    hidden = picture[2] == 0
    quadrant = next((index for index, each in enumerate(QUADRANTS) if (each == hidden).all()), 4)
    assert quadrant < 4 or not hidden.any()
    middle = (np.abs(ACROSS) < 0.4) & (np.abs(DOWN) < 0.4) & ~hidden
    assert (picture[2, middle] == pytest.approx(OWN)) is True
    design = np.stack([ACROSS[middle], DOWN[middle], np.ones(middle.sum())], axis=1)
    solution, *_ = np.linalg.lstsq(design, picture[:2, middle].T, rcond=None)
    np.testing.assert_allclose(design @ solution, picture[:2, middle].T, atol=1e-5)
    linear, offset = solution[:2].T, solution[2]
    flipped = bool(np.linalg.det(linear) < 0)
    turned = np.diag([-1 if flipped else 1, 1]) @ linear
    scale = abs(np.linalg.det(linear)) ** -0.5
    across, down = (1 - np.linalg.solve(linear, offset) / (1 - scale)) / 2
    degrees = np.degrees(np.arctan2(turned[1, 0], turned[0, 0]))
    np.testing.assert_allclose(turned * scale, turned[::-1, ::-1].T * scale, atol=1e-4)  # a turn, and no shear
    return Change(flipped, degrees, scale, across, down, quadrant)


class Outcome(NamedTuple):
    """10,000 augmented pictures: those that were spliced, and what happened to the others."""

    spliced: np.ndarray
    changes: list[Change]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    n = 10_000
    coordinates = torch.tensor(np.stack([ACROSS, DOWN]), dtype=torch.float32)
    images, partners, others = (
        torch.cat([coordinates, torch.full((1, SIZE, SIZE), mark)]).expand(n, 3, SIZE, SIZE)
        for mark in (OWN, PARTNER, OTHER)
    )
    uniform = torch.rand(n, 8, generator=torch.Generator().manual_seed(0))
    pictures = augment(images, others, partners, uniform).numpy()
    spliced = (pictures[:, 2] == PARTNER).any((1, 2))
    return Outcome(pictures[spliced], [read_change(picture) for picture in pictures[~spliced]])


def assert_share(found: int, n: int, share: float) -> None:
    """As many of n as chance gives: within five standard deviations of the binomial distribution."""
    assert abs(found - n * share) < 5 * (n * share * (1 - share)) ** 0.5


def assert_uniform(values: np.ndarray, low: float, high: float) -> None:
    """Uniform between the two, by Kolmogorov & Smirnov, and up to 1 % of both ends, which 5,000 never miss."""
    assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-3
    margin = (high - low) / 100
    assert low - 1e-4 < values.min() < low + margin
    assert high - margin < values.max() < high + 1e-4


def test_half_of_the_pictures_are_spliced(outcome: Outcome) -> None:
    n = len(outcome.spliced) + len(outcome.changes)
    assert n == 10_000
    assert_share(len(outcome.spliced), n, 1 / 2)


def test_splices_go_four_ways_and_are_cut_between_a_quarter_and_three_quarters(outcome: Outcome) -> None:
    own = outcome.spliced[:, 2] == OWN
    assert (own | (outcome.spliced[:, 2] == PARTNER)).all()
    triangles = [(own == each).all((1, 2)) for each in TRIANGLES]
    upright, level = ((own == own[:, :1]).all((1, 2)), (own == own[:, :, :1]).all((1, 2)))
    for way in (upright, level, *triangles):
        assert_share(way.sum(), len(own), 1 / 4)
    assert upright.sum() + level.sum() + sum(way.sum() for way in triangles) == len(own)
    for way, first in ((upright, own[:, 0]), (level, own[:, :, 0])):
        shares = first[way].mean(1)
        assert (np.diff(first[way].astype(int)) <= 0).all()  # the picture's own side comes first
        assert (shares.min(), shares.max()) == (1 / 4, 3 / 4)
        assert (
            abs(shares.mean() - 1 / 2) < 5 / 2 / (12 * way.sum()) ** 0.5
        )  # a uniform number's: 1 / sqrt(12) times 1/2


def test_half_of_the_others_are_flipped(outcome: Outcome) -> None:
    assert_share(sum(change.flipped for change in outcome.changes), len(outcome.changes), 1 / 2)


def test_angles_are_uniform_up_to_ten_degrees_either_way(outcome: Outcome) -> None:
    assert_uniform(np.array([change.degrees for change in outcome.changes]), -10, 10)


def test_zooms_are_uniform_from_four_to_six_fifths(outcome: Outcome) -> None:
    assert_uniform(np.array([change.scale for change in outcome.changes]), 0.8, 1.2)


def test_crops_and_copies_lie_anywhere_inside(outcome: Outcome) -> None:
    # Where the scale is nearly 1 there is no room to move, and nothing to read.
    moved = [change for change in outcome.changes if abs(change.scale - 1) > 0.01]
    for places in ([change.across for change in moved], [change.down for change in moved]):
        assert stats.kstest(places, stats.uniform(0, 1).cdf).pvalue > 1e-3
        assert -1e-3 < min(places) < 0.01
        assert 0.99 < max(places) < 1 + 1e-3


def test_half_have_one_quadrant_masked_each_as_often(outcome: Outcome) -> None:
    counts = np.bincount([change.quadrant for change in outcome.changes], minlength=5)
    for found, share in zip(counts, [1 / 8] * 4 + [1 / 2], strict=True):
        assert_share(found, len(outcome.changes), share)


def test_all_is_drawn_independently(outcome: Outcome) -> None:
    # A correlation coefficient of independent numbers strays by 1 / sqrt(n); five of those
    table = np.array([change for change in outcome.changes if abs(change.scale - 1) > 0.01])
    columns = np.concatenate([table[:, :5], table[:, 5:] == np.arange(4)], axis=1)
    correlations = np.corrcoef(columns.T)
    np.fill_diagonal(correlations, 0)
    correlations[5:, 5:] = 0  # one quadrant at most is masked
    assert np.abs(correlations).max() < 5 / len(table) ** 0.5


def test_a_small_copy_lies_on_another_picture() -> None:
    # Fixed numbers: not spliced, not flipped, no turn, scale 0.8, in the upper left corner, no mask
    mark = torch.full((1, 1, 10, 10), OWN)
    uniform = torch.tensor([[0.9, 0, 0, 0.9, 0.5, 0, 0.9, 0]])
    expected = torch.full((10, 10), OTHER)
    expected[:8, :8] = OWN
    changed = augment(mark, torch.full_like(mark, OTHER), torch.full_like(mark, PARTNER), uniform)
    torch.testing.assert_close(changed[0, 0], expected)


# Each by itself, on pictures that are wider than high


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("scale", "across", "down"), [(1.3, 0.2, 0.9), (2.0, 1.0, 0.0), (1.0, 0.3, 0.6)])
def test_enlarged_crops_agree_with_pillow(scale: float, across: float, down: float) -> None:
    # Pillow maps pixel (x, y) of the output to (a x + b y + c, d x + e y + f) of the input, counted from the edge.
    image = picture(12, 20)
    crop = (1 / scale, 0, (20 - 20 / scale) * across, 0, 1 / scale, (12 - 12 / scale) * down)
    reference = Image.fromarray(image[0, 0].numpy()).transform(
        (20, 12), Image.Transform.AFFINE, crop, Image.Resampling.BILINEAR
    )
    ours = zoom(image, torch.tensor([scale]), torch.tensor([[across, down]]), torch.full_like(image, 9.0))
    np.testing.assert_allclose(ours[0, 0, 1:-1, 1:-1], np.asarray(reference)[1:-1, 1:-1], atol=1e-5)


def test_a_small_copy_is_the_picture_at_half_its_size() -> None:
    # Each of its pixels lies in the middle of four.
    image = picture(8, 12)
    ours = zoom(image, torch.tensor([0.5]), torch.tensor([[1.0, 0.5]]), torch.full_like(image, 9.0))
    expected = torch.full((8, 12), 9.0)
    expected[2:6, 6:] = torch.nn.functional.avg_pool2d(image[0], 2)[0]
    torch.testing.assert_close(ours[0, 0], expected)


def test_the_border_goes_on_where_nothing_turns_into() -> None:
    plain = torch.full((1, 2, 9, 9), 0.7)
    torch.testing.assert_close(rotate(plain, torch.tensor([33.0])), plain)
    torch.testing.assert_close(zoom(plain, torch.tensor([1.2]), torch.tensor([[0.0, 1.0]]), plain), plain)


def test_cuts_and_triangles_divide_wide_pictures() -> None:
    # Pixels whose middles lie before the cut, or above the diagonal from corner to corner, are the first picture's.
    first, second = torch.ones(4, 1, 2, 4), torch.zeros(4, 1, 2, 4)
    sides = splice(first, second, torch.tensor([0, 1, 2, 3]), torch.tensor([0.3, 0.7, 0.5, 0.5]))[:, 0]
    assert sides.tolist() == [
        [[1, 0, 0, 0]] * 2,
        [[1] * 4, [0] * 4],
        [[0, 1, 1, 1], [0, 0, 0, 1]],
        [[1, 1, 1, 0], [1, 0, 0, 0]],
    ]


def test_a_mask_hides_a_quarter_of_a_wide_picture() -> None:
    masked = mask_quadrant(torch.ones(6, 1, 2, 4), torch.tensor([0, 1, 2, 3, 4, 7]))[:, 0]
    empty = [0, 0, 1, 1]
    expected = [[empty, [1] * 4], [empty[::-1], [1] * 4], [[1] * 4, empty], [[1] * 4, empty[::-1]]]
    assert masked.tolist() == [*expected, [[1] * 4] * 2, [[1] * 4] * 2]


def test_a_mirror_may_be_chosen_by_numbers() -> None:
    image = picture(2, 3)
    images = image.expand(2, 1, 2, 3)
    torch.testing.assert_close(flip(images, torch.tensor([0.0, 1.0])), torch.cat([image, image.flip(3)]))


def test_pictures_may_lie_on_any_device() -> None:
    # On torch's own device without memory, everything must be there, as on a graphics card.
    image = torch.empty(3, 1, 4, 6, device="meta")
    changed = augment(image, image, image, torch.empty(3, 8, device="meta"))
    assert (changed.shape, changed.device.type) == (image.shape, "meta")
