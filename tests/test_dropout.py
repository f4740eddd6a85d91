"""The dropout chapter: its mathematics against theory and torch, its explorers against both."""

import itertools
import math

import numpy as np
import pytest
import torch
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kexue_widgets.dropout import (
    NOISE_SHAPES,
    Ensemble,
    Mask,
    Overfitting,
    Regressor,
    arithmetic_mean,
    dropout,
    geometric_mean,
    losses_over_masks,
    mask_probabilities,
    masks,
    ridge,
    share,
    variance_of_mean,
)

calm = settings(deadline=None, max_examples=30)  # torch's first calls are slow
rates = st.floats(0.0, 0.9)
seeds = st.integers(0, 2**31)
shapes = pytest.mark.parametrize("shape", NOISE_SHAPES, ids=str)


def normal(seed: int, *shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def uniform(*shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).random(shape))


# One entry, all entries


def test_survivors_of_rate_0_6_are_multiplied_by_2_5() -> None:
    # 1 / (1 - 0.6): the article's own example
    assert dropout(torch.ones(()), 0.6, torch.tensor(0.6)) == pytest.approx(2.5)
    assert dropout(torch.ones(()), 0.6, torch.tensor(0.59)) == 0


@calm
@given(rates, seeds)
def test_mean_survives_and_variance_is_x_squared_times_odds(rate: float, seed: int) -> None:
    # Exactly, over both outcomes of each coin: E y = x, Var y = x^2 p / (1 - p).
    x = normal(seed, 7)
    kept, dropped = dropout(x, rate, torch.ones(7)), dropout(x, rate, torch.full((7,), -1.0))
    mean = (1 - rate) * kept + rate * dropped
    variance = (1 - rate) * (kept - mean) ** 2 + rate * (dropped - mean) ** 2
    torch.testing.assert_close(mean, x)
    torch.testing.assert_close(variance, x**2 * rate / (1 - rate))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_sampled_mean_and_variance_agree_with_theory(rate: float) -> None:
    # 200,000 draws of x = 2: five standard errors of the mean, and 5 % on the variance 4 p / (1 - p)
    outputs = dropout(torch.full((200_000,), 2.0), rate, uniform(200_000))
    variance = 4 * rate / (1 - rate)
    assert float(outputs.mean()) == pytest.approx(2, abs=5 * math.sqrt(variance / 200_000))
    assert float(outputs.var()) == pytest.approx(variance, rel=0.05)


@calm
@given(st.floats(0.0, 0.95), seeds)
def test_same_mask_as_torch_gives_the_same_output(rate: float, seed: int) -> None:
    # torch.nn.Dropout's mask is read off by sending ones through it from the same state of its generator.
    layer, x = torch.nn.Dropout(rate), normal(seed, 50)
    torch.manual_seed(seed)
    mask = layer(torch.ones(50, dtype=torch.float64)) > 0
    torch.manual_seed(seed)
    torch.testing.assert_close(dropout(x, rate, torch.where(mask, 1.0, -1.0)), layer(x))


@calm
@given(seeds)
def test_rate_zero_is_the_identity_as_in_evaluation(seed: int) -> None:
    # torch.nn.Dropout in evaluation mode returns its input unchanged.
    x = normal(seed, 20)
    assert torch.equal(dropout(x, 0.0, uniform(20)), torch.nn.Dropout(0.7).eval()(x))


# Noise shapes


def test_three_axes_have_eight_noise_shapes() -> None:
    assert set(NOISE_SHAPES) == set(itertools.product((1, 3), (1, 4), (1, 5)))
    assert len(NOISE_SHAPES) == 8
    assert NOISE_SHAPES[0] == (3, 4, 5)


@shapes
def test_axis_of_length_one_is_dropped_together(shape: tuple[int, int, int]) -> None:
    # Keras' rule: the mask is that of the noise shape, broadcast.
    numbers = share(uniform(3, 4, 5), torch.tensor(shape)).expand(3, 4, 5)
    drawn = numbers[tuple(slice(length) for length in shape)]
    assert torch.equal(numbers, drawn.expand(3, 4, 5))
    assert len(torch.unique(numbers)) == math.prod(shape)  # and all its entries are independent


@shapes
def test_variance_of_the_mean_agrees_with_enumeration_over_coins(shape: tuple[int, int, int]) -> None:
    # mean of y = sum over coins g of m_g (sum of group g) / (1 - p) / 60, and Var m_g = p (1 - p)
    x, rate = normal(1, 3, 4, 5), 0.3
    shared = tuple(axis for axis in range(3) if shape[axis] == 1)
    groups = x.sum(shared) if shared else x
    expected = rate * (1 - rate) * ((groups / (1 - rate) / 60) ** 2).sum()
    torch.testing.assert_close(variance_of_mean(x, rate, torch.tensor(shape)), expected)


@pytest.mark.parametrize(
    ("layer", "input_shape", "noise_shape"),
    [(torch.nn.Dropout1d(0.5), (3, 4, 5), (3, 4, 1)), (torch.nn.Dropout2d(0.5), (3, 4, 5, 5), (3, 4, 1, 1))],
    ids=["Dropout1d drops words of (N, T, D)", "Dropout2d drops channels of (N, C, H, W)"],
)
def test_torch_layer_has_the_noise_shape_that_the_chapter_says(
    layer: torch.nn.Module, input_shape: tuple[int, ...], noise_shape: tuple[int, ...]
) -> None:
    torch.manual_seed(0)
    outputs = torch.stack([layer(torch.ones(input_shape)) for _ in range(50)])
    first = outputs[(slice(None), *(slice(length) for length in noise_shape))]
    assert torch.equal(outputs, first.expand_as(outputs))
    assert (
        len(torch.unique(first.reshape(50, -1), dim=0)) > 40
    )  # 2^12 patterns are possible: the coins are not shared any further


# Ensemble


@calm
@given(st.integers(1, 6), rates)
def test_masks_are_all_there_and_their_probabilities_add_up(units: int, rate: float) -> None:
    # 2^n sub-models; the expected number of kept units is n (1 - p)
    mask = masks(units).double()
    weight = mask_probabilities(mask, rate)
    assert len(torch.unique(mask, dim=0)) == 2**units
    assert float(weight.sum()) == pytest.approx(1)
    assert float(weight @ mask.sum(1)) == pytest.approx(units * (1 - rate))


def softmax_means(seed: int, rate: float, hidden: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Dropout off, geometric and arithmetic mean of the 16 sub-models of a network with 4 inputs and 3 classes."""
    x, inner, last = normal(seed, 4), normal(seed + 1, 4, 4), normal(seed + 2, 4, 3)
    mask = masks(4).double()

    def log_probabilities(units: Tensor) -> Tensor:
        return torch.log_softmax((torch.tanh(units @ inner) if hidden else units) @ last, dim=-1)

    submodels, weight = log_probabilities(x * mask / (1 - rate)), mask_probabilities(mask, rate)
    return log_probabilities(x).exp(), geometric_mean(submodels, weight), arithmetic_mean(submodels, weight)


@calm
@given(seeds, rates)
def test_geometric_mean_of_softmax_submodels_is_dropout_off(seed: int, rate: float) -> None:
    # Baldi & Sadowski 2013: exact for one softmax layer
    off, geometric, arithmetic = softmax_means(seed, rate, hidden=False)
    assert float((geometric - off).abs().max()) < 1e-6
    assert float(geometric.sum()) == pytest.approx(1)
    assert float(arithmetic.sum()) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
def test_arithmetic_mean_of_softmax_submodels_is_not_dropout_off(seed: int) -> None:
    off, _, arithmetic = softmax_means(seed, 0.5, hidden=False)
    assert float((arithmetic - off).abs().max()) > 0.01


@pytest.mark.parametrize("seed", range(5))
def test_neither_mean_is_dropout_off_behind_a_hidden_layer(seed: int) -> None:
    off, geometric, arithmetic = softmax_means(seed, 0.5, hidden=True)
    assert float((geometric - off).abs().max()) > 1e-3
    assert float((arithmetic - off).abs().max()) > 1e-3


# Ridge


def squared_error(x: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    return ((y - x @ weights) ** 2).sum()


@calm
@given(seeds, rates)
def test_expected_loss_is_ridge_with_column_norms(seed: int, rate: float) -> None:
    # E ||y - (x m / (1 - p)) w||^2 = ||y - x w||^2 + p / (1 - p) sum_j w_j^2 ||x_j||^2, over all 2^6 masks
    x, y, weights = normal(seed, 2, 3), normal(seed + 1, 2), normal(seed + 2, 3)
    loss, chance = losses_over_masks(x, y, weights, rate, (2, 3))
    penalty = rate / (1 - rate) * (weights**2 * (x**2).sum(0)).sum()
    torch.testing.assert_close(chance @ loss, squared_error(x, y, weights) + penalty)


@calm
@given(seeds, rates)
def test_sharing_over_the_batch_keeps_the_expected_loss(seed: int, rate: float) -> None:
    # The loss is a sum over rows, and a mean of sums does not ask whether its terms are independent.
    x, y, weights = normal(seed, 2, 3), normal(seed + 1, 2), normal(seed + 2, 3)
    means = [chance @ loss for loss, chance in (losses_over_masks(x, y, weights, rate, s) for s in ((2, 3), (1, 3)))]
    torch.testing.assert_close(*means)


def test_sharing_over_the_batch_makes_the_loss_noisier() -> None:
    # Equal rows: 12 losses in step have 3 times the variance of 3 independent rows.
    x, y, weights = normal(0, 1, 3).expand(3, 3), torch.full((3,), 0.5, dtype=torch.float64), normal(1, 3)
    variances = []
    for shape in ((3, 3), (1, 3)):
        loss, chance = losses_over_masks(x, y, weights, 0.5, shape)
        variances.append(chance @ (loss - chance @ loss) ** 2)
    torch.testing.assert_close(variances[1], 3 * variances[0])


@calm
@given(seeds, rates)
def test_sharing_over_features_penalises_predictions(seed: int, rate: float) -> None:
    # One coin a row: the penalty is p / (1 - p) ||x w||^2.
    x, y, weights = normal(seed, 4, 3), normal(seed + 1, 4), normal(seed + 2, 3)
    loss, chance = losses_over_masks(x, y, weights, rate, (4, 1))
    penalty = rate / (1 - rate) * ((x @ weights) ** 2).sum()
    torch.testing.assert_close(chance @ loss, squared_error(x, y, weights) + penalty)


@calm
@given(seeds, rates)
def test_ridge_solves_the_average_over_all_masks(seed: int, rate: float) -> None:
    # Ordinary least squares on all 16 masked copies of the data, each weighted by its probability.
    x, y, mask = normal(seed, 12, 4), normal(seed + 1, 12), masks(4).double()
    root = mask_probabilities(mask, rate).sqrt()[:, None]
    copies = (x * mask[:, None] / (1 - rate) * root[:, None]).reshape(-1, 4)
    solution = torch.linalg.lstsq(copies, (y * root).reshape(-1, 1)).solution[:, 0]
    torch.testing.assert_close(ridge(x, y, rate), solution, rtol=1e-6, atol=1e-8)


def test_orthogonal_columns_shrink_by_the_keep_rate() -> None:
    # x'x diagonal: (1 + p / (1 - p)) w = least squares, hence w = (1 - p) least squares
    x, y = torch.linalg.qr(normal(0, 30, 4)).Q * torch.tensor([1.0, 2, 3, 4]), normal(1, 30)
    torch.testing.assert_close(ridge(x, y, 0.3), 0.7 * ridge(x, y, 0.0))


def test_twin_columns_share_their_weight() -> None:
    # For a given sum, squares are least when they are equal.
    x = normal(0, 30, 3)
    x[:, 1] = x[:, 0]
    first, second, _ = ridge(x, normal(1, 30), 0.2)
    torch.testing.assert_close(first, second)


# Explorers


@shapes
def test_mask_explorer_agrees_with_theory(shape: tuple[int, int, int]) -> None:
    explorer = Mask(p=0.4, noise_shape=str(shape))
    arrays = explorer.arrays
    mask, x = arrays["mask"], arrays["x"]
    assert np.array_equal(mask, np.broadcast_to(mask[tuple(slice(length) for length in shape)], (3, 4, 5)))
    assert set(np.unique(mask)) <= {0, 1}
    np.testing.assert_allclose(arrays["output"], x * mask / 0.6, rtol=1e-6)
    np.testing.assert_allclose(arrays["expected_variance"], (x**2).ravel() * 0.4 / 0.6, rtol=1e-5)
    # 400 draws: the variance of a coin's estimate, sd 5 % at most, and the same for all entries that share it
    np.testing.assert_allclose(arrays["variance"], arrays["expected_variance"], rtol=0.2)
    theory, measured = arrays["summary"].T
    assert theory[2] == pytest.approx(0.4)
    # Five standard errors of a mean over 400 draws; those of the variance depend on the number of coins.
    assert measured[0] == pytest.approx(theory[0], abs=5 * math.sqrt(theory[1] / 400))
    assert measured[1] == pytest.approx(theory[1], rel=0.4)
    assert measured[2] == pytest.approx(0.4, abs=5 * math.sqrt(0.24 / 400 / math.prod(shape)))


def test_mask_explorer_in_evaluation_mode_is_the_identity() -> None:
    arrays = Mask(p=0.9, training=False).arrays
    assert np.array_equal(arrays["output"], arrays["x"])
    assert not arrays["variance"].any()


def test_mask_explorer_draws_the_same_for_the_same_seed_and_another_for_another() -> None:
    first, again, other = Mask(seed=3).arrays, Mask(seed=3).arrays, Mask(seed=4).arrays
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["x"], other["x"])


def test_ensemble_explorer_tells_softmax_from_hidden_layer() -> None:
    # The geometric mean is exact for the softmax alone, to float32; neither mean is behind a hidden layer.
    geometric, arithmetic = Ensemble(p=0.7).arrays["gap"]
    assert geometric < 2e-6
    assert arithmetic > 0.01
    assert Ensemble(p=0.7, network="hidden layer, then softmax").arrays["gap"].min() > 1e-3


def test_ensemble_explorer_shows_every_submodel() -> None:
    arrays = Ensemble(scale=0.5).arrays
    assert arrays["submodels"].shape == (256,)
    # All masks have the same probability at p = 1/2, so their plain mean is the arithmetic mean.
    assert arrays["submodels"].mean() == pytest.approx(arrays["arithmetic"][0], rel=1e-5)


def test_regressor_with_dropout_off_is_an_ordinary_network() -> None:
    network, x = Regressor(8), torch.linspace(-1, 1, 5)
    layers = (network.first, torch.nn.Tanh(), network.second, torch.nn.Tanh(), network.last)
    expected = torch.nn.Sequential(*layers)(x[:, None])[:, 0]
    torch.testing.assert_close(network(x, 0.0, torch.ones(2, 1, 8)), expected)


def test_overfitting_explorer_learns() -> None:
    explorer = Overfitting()
    explorer.reset()
    explorer.advance(1)
    first = explorer.arrays
    explorer.advance(99)
    last = explorer.arrays
    assert explorer.steps == 100
    assert last["time"][-1] == 99
    for name in ("seen_with", "seen_without"):
        assert last[name][-1] < 0.5 * first[name][-1]
    # Dropout is the harder task: it fits its training points less closely.
    assert last["seen_with"][-1] > last["seen_without"][-1]
    assert (last["high"] > last["low"]).all()


def test_overfitting_explorer_is_the_same_for_the_same_seed() -> None:
    first, again = Overfitting(seed=5), Overfitting(seed=5)
    for explorer in (first, again):
        explorer.reset()
        explorer.advance(20)
    assert all(np.array_equal(first.arrays[name], again.arrays[name]) for name in first.arrays)


def test_without_dropout_both_networks_are_one() -> None:
    # p = 0: the same start, the same data, the same steps, and passes that do not differ.
    explorer = Overfitting(p=0.0)
    explorer.reset()
    explorer.advance(20)
    arrays = explorer.arrays
    np.testing.assert_allclose(arrays["with"], arrays["without"], atol=1e-6)
    np.testing.assert_allclose(arrays["low"], arrays["high"], atol=1e-5)


@pytest.mark.parametrize(
    ("explorer", "name", "value", "words"),
    [
        (Mask, "p", 1.0, r"p \(drop rate p\) must be in \[0, 0\.95\], got 1\.0"),
        (Mask, "p", -0.1, r"p \(drop rate p\) must be in \[0, 0\.95\], got -0\.1"),
        (
            Mask,
            "noise_shape",
            "(3, 4, 2)",
            r"noise_shape \(noise shape\) must be one of .*\(3, 4, 5\).*got '\(3, 4, 2\)'",
        ),
        (Mask, "training", 1, r"training \(training mode\) must be True or False, got 1"),
        (Ensemble, "network", "linear", r"network .* must be one of 'softmax', .* got 'linear'"),
        (Overfitting, "rate", 0, r"rate \(learning rate\) must be in \[0\.0005, 0\.05\], got 0"),
    ],
)
def test_control_out_of_bounds_is_refused_in_words(explorer: type, name: str, value: object, words: str) -> None:
    with pytest.raises(traitlets.TraitError, match=words):
        explorer(**{name: value})


def test_control_that_does_not_exist_is_named() -> None:
    with pytest.raises(TypeError, match=r"Mask has no control 'rate' \(it has: p, noise_shape, training"):
        Mask(rate=0.5)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_drop_rate_may_be_any_kind_of_number(kind) -> None:
    assert dropout(torch.ones(2), kind(0.5), torch.tensor([0.4, 0.6])).tolist() == [0, 2]
    assert ridge(torch.eye(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64), kind(0.5)).tolist() == [
        0.5,
        0.5,
    ]
    with pytest.raises(ValueError, match="drop rate must be in"):
        mask_probabilities(masks(1), kind(1))


def test_units_and_seeds_may_be_whole_numbers_of_numpy() -> None:
    assert masks(np.int64(3)).shape == (8, 3)
    assert Mask(seed=np.int64(3)).seed == 3
