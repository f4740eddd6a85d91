"""The sentences of the chapter on fine-tuning that tell a reader what to do and what will be seen: done, and looked at."""

import numpy as np
import pytest
from chapters import sayings
from scipy.stats import binomtest

from kexue_widgets.finetune import Augment, HeadTraining, elpv

says = sayings("finetune")


def cells_in_the_plane(explorer: HeadTraining) -> np.ndarray:
    """The two numbers of the cells of each of four kinds, (4, 100, 2)."""
    arrays = explorer.arrays
    return np.stack([np.stack([arrays[f"x{kind}"], arrays[f"y{kind}"]], axis=1) for kind in range(4)])


def trained(*steps: int, **values: object) -> list[np.ndarray]:
    """The cells after so many steps, and after so many more."""
    explorer = HeadTraining(**values)
    found = []
    for each in steps:
        explorer.advance(each)
        found.append(cells_in_the_plane(explorer))
    return found


def radius(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points, axis=-1)


def width(points: np.ndarray) -> float:
    """How far the cells of a kind lie from their middle, on average over the kinds."""
    middle = points.mean(1, keepdims=True)
    return float(np.sqrt(((points - middle) ** 2).sum(2).mean(1)).mean())


def apart(points: np.ndarray) -> float:
    """How far the middles of two kinds lie from each other, on average over all pairs."""
    middles = points.mean(1)
    return float(np.mean([np.linalg.norm(middles[i] - middles[j]) for i in range(4) for j in range(i)]))


@pytest.mark.parametrize("seed", range(2))
def test_without_center_loss_the_kinds_fan_out_and_with_it_they_are_clumps(seed: int) -> None:
    says("the kinds become fans that grow outwards without end")
    fans, later = trained(200, 500, center=0.0, seed=seed)
    assert radius(later).mean() > 1.3 * radius(fans).mean()
    clumps, after = trained(200, 500, center=0.25, seed=seed)
    assert radius(after).mean() == pytest.approx(radius(clumps).mean(), rel=0.25)
    # A fan reaches back towards the origin, and is wide for its distance from the others.
    reach = [np.quantile(radius(each), 0.1, axis=1) / radius(each).mean(1) for each in (later, after)]
    assert reach[0].mean() < 0.65 < 0.7 < reach[1].mean()
    assert width(later) / apart(later) > 1.3 * width(after) / apart(after)


@pytest.mark.parametrize("seed", range(2))
def test_with_more_center_loss_the_clumps_shrink_towards_one_another(seed: int) -> None:
    says("Set it to 2: the clumps shrink, all of them, towards one another.")
    (ordinary,), (strong,) = (trained(400, center=center, seed=seed) for center in (0.25, 2.0))
    assert width(strong) < 0.7 * width(ordinary)
    assert apart(strong) < 0.8 * apart(ordinary)
    spread = [np.sqrt(((each - each.mean(1, keepdims=True)) ** 2).sum(2).mean(1)) for each in (ordinary, strong)]
    assert (spread[1] < spread[0]).all()
    assert apart(strong) > 5 * width(strong)  # only the softmax keeps the classes apart


@pytest.mark.parametrize(("activation", "lowest"), [("ReLU", 0.0), ("swish", -0.2785)])
def test_relu_and_swish_do_not_point_downwards(activation: str, lowest: float) -> None:
    says("ReLU cannot point downwards or to the left, and swish hardly (it never falls below -0.28).")
    (points,) = trained(200, activation=activation)
    assert points.min() >= lowest - 1e-4  # the smallest value of x / (1 + exp(-x)) is -0.27846
    assert points.max() > 2
    assert HeadTraining().arrays["x0"].min() < -0.5  # the gated unit can


def test_a_small_photo_moves_over_the_other_one_and_a_large_one_is_cropped_where_the_sliders_say() -> None:
    says(
        "Set the zoom to 0.5 and move the small photo about: the rest is the *other* photo. Above 1 the same two sliders"
    )
    original, other = (Augment(photo=photo).arrays["single"][0] for photo in ("camera", "coffee"))
    half = Augment.size // 2
    for across in (0.0, 1.0):
        for down in (0.0, 1.0):
            rows = slice(half, None) if down else slice(half)
            columns = slice(half, None) if across else slice(half)
            small = Augment(scale=0.5, across=across, down=down).arrays["single"][3]
            outside = np.ones(small.shape[:2], bool)
            outside[rows, columns] = False
            np.testing.assert_allclose(small[outside], other[outside], atol=1)
            shrunk = original.reshape(half, 2, half, 2, 3).mean((1, 3))
            assert np.abs(small[rows, columns] - shrunk).mean() < 2
            large = Augment(scale=2.0, across=across, down=down).arrays["single"][3]
            shown = large.reshape(half, 2, half, 2, 3).mean((1, 3))
            parts = {
                (x, y): original[y * half : (y + 1) * half, x * half : (x + 1) * half] for x in (0, 1) for y in (0, 1)
            }
            assert min(parts, key=lambda place: np.abs(shown - parts[place]).mean()) == (across, down)


def test_a_calibration_of_few_cells_says_how_few_they_are() -> None:
    says(
        "The former are only 33 cells, by which the true share may as well be 50 % or 70 %, and it is one network on one division."
    )
    found = elpv.RESULTS.read()["results"]
    (first,) = (each for each in found if each["experiment"] == "fine-tuned" and each["seed"] == 0)
    chances = np.array(first["probabilities"])
    unsure = int((np.maximum(chances, 1 - chances) < 0.6).sum())
    assert unsure == 33
    for right in (19, 20, 21):  # six out of ten
        interval = binomtest(right, unsure).proportion_ci()  # Clopper & Pearson, for 95 %
        assert interval.low < 0.50 < 0.70 < interval.high
