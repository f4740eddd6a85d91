"""The sentences of the dropout chapter that tell a reader what to do and what will be seen: done, and looked at."""

import itertools

import numpy as np
import pytest
import torch
from chapters import on_graphs, pressing, sayings
from scipy.optimize import minimize

from kexue_widgets.dropout import (
    Ensemble,
    Mask,
    Overfitting,
    SlowMotion,
    against_theory,
    dropout,
    losses_over_masks,
    ridge,
    share,
)

says, press, press_on_graphs = sayings("dropout"), pressing("dropout"), pressing("dropout", Overfitting)


@pytest.mark.parametrize("seed", range(5))
def test_survivors_of_p_0_9_stand_in_for_ten(seed: int) -> None:
    says(
        "each has to stand in for ten, and many lie beyond the colours, which end at 3. The variance axis grows to nearly 9"
    )
    arrays = press("#live:Mask.p=0.9", seed=seed).arrays
    kept = arrays["mask"] > 0
    np.testing.assert_allclose(arrays["output"][kept], 10 * arrays["x"][kept], rtol=1e-5)
    # They lie beyond 3 where x > 0.3.
    assert (arrays["x"] > 0.3).mean() == pytest.approx(0.7, abs=0.2)
    assert 8.5 < arrays["expected_variance"].max() < 9
    # Relative variance of a variance over n draws: (kurtosis - 1) / n = (1 / p(1-p) - 4) / n.
    scatter = (arrays["variance"] / arrays["expected_variance"]).std()
    assert scatter == pytest.approx(((1 / 0.09 - 4) / 400) ** 0.5, rel=0.4)


@pytest.mark.parametrize("seed", range(5))
def test_entries_live_or_die_together(seed: int) -> None:
    says("look at the mask: three equal blocks. With (3, 4, 1), the words of our example, whole rows go dark.")
    says("With (1, 1, 1) it is all or nothing, and the dots, which now share one coin, stray from the line together;")
    ordinary = Mask(p=0.9, seed=seed)
    blocks = press("#live:Mask.p=0.9&Mask.noise_shape=(1,+4,+5)", seed=seed).arrays
    rows = press("#live:Mask.p=0.9&Mask.noise_shape=(3,+4,+1)", seed=seed).arrays
    one = press("#live:Mask.p=0.9&Mask.noise_shape=(1,+1,+1)", seed=seed).arrays
    assert np.ptp(blocks["mask"], axis=0).max() == 0
    assert np.ptp(rows["mask"], axis=2).max() == 0
    assert np.ptp(one["mask"]) == 0
    strays = one["variance"] / one["expected_variance"]
    assert np.ptp(strays) < 1e-5
    assert all(each["summary"][1, 1] > ordinary.arrays["summary"][1, 1] for each in (blocks, rows, one))


def test_evaluation_gives_back_the_input() -> None:
    says("Switch training mode off. The output is the input, and the variance is 0.")
    arrays = press("#live:Mask.p=0.9&Mask.training=false").arrays
    np.testing.assert_array_equal(arrays["output"], arrays["x"])
    assert not arrays["variance"].any()


def test_a_bell_curve_in_place_of_the_coin_follows_the_line_more_loosely() -> None:
    says("The dots still follow the line, more loosely")
    says("Leave out the 1, for instance, and see which of the numbers notice.")

    def bell(one: float):
        def frame(noise, p, noise_shape, training):
            x, rate = noise.uniform(3, 4, 5), p * training
            z = share(noise.normal(400, 3, 4, 5), noise_shape)
            factor = (one + torch.sqrt(rate / (1 - rate)) * z).expand(400, 3, 4, 5)
            return against_theory(x, factor, x * factor, rate, noise_shape)

        return frame

    def scatter(arrays: dict[str, np.ndarray]) -> float:
        return float((arrays["variance"] / arrays["expected_variance"]).std())

    coin, edited, without = Mask(), Mask(), Mask()
    edited.edit(frame=bell(1.0))
    without.edit(frame=bell(0.0))
    assert scatter(coin.arrays) < scatter(edited.arrays) / 3
    # A Gaussian's variance over n draws is known to sqrt(2 / n).
    assert scatter(edited.arrays) == pytest.approx((2 / 400) ** 0.5, rel=0.4)
    theory, measured = without.arrays["summary"].T
    assert abs(measured[0]) < 0.05 < 0.4 < theory[0]
    assert measured[1] == pytest.approx(theory[1], rel=0.3)


@pytest.mark.parametrize("seed", range(4))
def test_the_geometric_mean_keeps_to_dropout_off_wherever_you_go(seed: int) -> None:
    says("the geometric mean keeps to dropout off, to within rounding, wherever you go")
    says("The arithmetic mean comes closer only when $p$ or the weights are small")
    gaps = {(p, s): Ensemble(p=p, scale=s, seed=seed).arrays["gap"] for p in (0.05, 0.5, 0.95) for s in (0.1, 1.5, 4.0)}
    assert max(gap[0] for gap in gaps.values()) < 2e-6
    assert max(gaps[0.05, 1.5][1], gaps[0.5, 0.1][1]) < gaps[0.5, 1.5][1] < max(gaps[0.5, 4.0][1], gaps[0.95, 1.5][1])


def test_behind_a_hidden_layer_neither_mean_is_near() -> None:
    says("Choose the network with a hidden layer. The first line of the table is no longer 0.")
    says("Mostly the geometric one is the nearer of the two, but not at seed 0.")
    hidden = [press("#live:Ensemble.network=hidden+layer,+then+softmax", seed=seed) for seed in range(4)]
    assert all(explorer.arrays["gap"][0] > 0.01 for explorer in hidden)
    often = [press("#live:Ensemble.p=0.9&Ensemble.network=hidden+layer,+then+softmax", seed=seed) for seed in range(12)]
    gaps = np.array([explorer.arrays["gap"] for explorer in often])
    assert gaps.max(1).min() > 0.1
    nearer = gaps[:, 0] < gaps[:, 1]
    assert not nearer[0]
    assert nearer[1:].mean() > 0.7


def errors(explorer: Overfitting) -> np.ndarray:
    """The newest errors: with dropout on points seen and unseen, then without."""
    arrays = explorer.arrays
    return np.array([arrays[name][-1] for name in ("seen_with", "unseen_with", "seen_without", "unseen_without")])


@pytest.mark.parametrize("seed", range(2))
def test_without_dropout_the_unseen_error_rises_while_the_seen_one_falls(seed: int) -> None:
    says("Press play and let it run to 1500 steps or so.")
    before = errors(Overfitting(seed=seed))
    after = errors(press("#live:Overfitting.steps=1500", seed=seed))
    assert after[2] < 0.7 * before[2]
    assert after[3] > 1.2 * before[3]
    assert after[1] == pytest.approx(before[1], rel=0.2)


@pytest.mark.parametrize("seed", range(2))
def test_too_much_dropout_underfits_and_the_two_averages_part(seed: int) -> None:
    says("the error with dropout, on the training points too, stays higher")
    says('the line for "dropout off" leaves the middle of the band')
    usual = on_graphs(Overfitting, seed=seed)
    strong = press_on_graphs("#live:Overfitting.p=0.8&Overfitting.steps=800", seed=seed)
    usual.advance(400)
    assert errors(strong)[0] > 1.5 * errors(usual)[0]
    assert parted(strong) > 0.3 > parted(usual)


def test_without_a_drop_rate_the_two_networks_are_one() -> None:
    says("The two networks are now the same, step for step, and the band has no width.")
    arrays = press("#live:Overfitting.p=0&Overfitting.steps=800").arrays
    np.testing.assert_array_equal(arrays["with"], arrays["without"])
    np.testing.assert_allclose(arrays["low"], arrays["high"], atol=1e-6)
    for name in ("seen", "unseen"):
        np.testing.assert_array_equal(arrays[f"{name}_with"], arrays[f"{name}_without"])


def test_a_dropped_unit_gets_no_gradient_and_none_of_its_weights_moves() -> None:
    says("A dropped unit gets none: its gradient is 0, and in the update no weight into it or out of it moves.")
    gradient = press("#live:SlowMotion.steps=503")
    numbers = gradient.arrays["numbers"]
    before = gradient._engine._state["network"]["parameters"]
    dropped = [
        SlowMotion.units[1 + index]
        for index in np.flatnonzero(gradient._engine._state["drawn"]["uniform"].reshape(-1) < 0.2)
    ]
    assert dropped
    for name, number in zip(SlowMotion.units, numbers, strict=False):
        assert (number == 0) == (name in dropped), name
    gradient.advance()
    moved = SlowMotion.along_edges(gradient._engine._state["network"]["parameters"] - before)
    for (one, other), by in zip(SlowMotion.edges, moved.tolist(), strict=False):
        assert (by == 0) == (one in dropped or other in dropped), (one, other)


def test_an_update_makes_the_loss_smaller() -> None:
    says("the numbers are those after the update: for this point under this mask the loss has become smaller.")
    after = press("#live:SlowMotion.steps=504").arrays
    before = SlowMotion()
    before.reset()
    before.advance(502)
    assert after["point_x"] == before.arrays["point_x"]
    assert 0 < after["numbers"][-1] < before.arrays["numbers"][-1]


def test_without_dropout_both_responses_of_a_unit_are_the_same() -> None:
    says("and choose units one after the other: the two responses of each are the same.")
    explorer = press("#live:SlowMotion.p=0")
    for explorer.unit in SlowMotion.units:
        np.testing.assert_array_equal(explorer.arrays["response"], explorer.arrays["masked"])
    explorer = SlowMotion()
    assert abs(explorer.arrays["response"] - explorer.arrays["masked"]).max() > 0.01


def parted(explorer: Overfitting) -> float:
    """How far the line for "dropout off" is from the middle of the band where it is farthest, in standard deviations. One
    frame's 32 passes tell the middle to a sixth of one, so the passes of 20 frames are averaged."""
    engine = explorer._engine
    frames = [engine.program.frame(engine._state, np.random.RandomState(seed), explorer.values) for seed in range(20)]
    low, high = (np.mean([frame[name] for frame in frames], axis=0) for name in ("low", "high"))
    return float((abs(frames[0]["with"] - (high + low) / 2) / ((high - low) / 4)).max())


@pytest.mark.parametrize("seed", range(2))
def test_without_noise_in_the_data_dropout_does_not_help(seed: int) -> None:
    says("it is the network without it that comes nearer to the truth")
    arrays = press_on_graphs("#live:Overfitting.spread=0&Overfitting.steps=1000", seed=seed).arrays
    inside = abs(arrays["x"]) <= 1
    off = {name: ((arrays[name] - arrays["truth"])[inside] ** 2).mean() for name in ("with", "without")}
    assert off["without"] < off["with"] / 2


# Exercises


def test_dropout_twice_is_dropout_once_at_a_higher_rate() -> None:
    says("So this is dropout with $1-q = (1-p)^2$, that is $q = 2p - p^2$.")
    p, q, x = 0.3, 2 * 0.3 - 0.3**2, 1.7
    outcomes = [((1 - p) ** (a + b) * p ** (2 - a - b), x * a * b / (1 - p) ** 2) for a in (0, 1) for b in (0, 1)]
    mean = sum(chance * y for chance, y in outcomes)
    assert mean == pytest.approx(x)
    assert sum(chance * (y - mean) ** 2 for chance, y in outcomes) == pytest.approx(x**2 * q / (1 - q))


def test_twins_share_their_weight() -> None:
    says("the weight is shared out evenly, and neither twin is indispensable.")
    x = torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x[:, 1] = x[:, 0]
    t = 2 * x[:, 0] - x[:, 2]

    def loss(w: np.ndarray) -> float:
        losses, chance = losses_over_masks(x, t, torch.from_numpy(w), 0.2, (3, 3))
        return float(chance @ losses)

    found = minimize(loss, np.zeros(3), tol=1e-10).x  # the mean over all 512 masks, without the formula
    assert found[0] == pytest.approx(found[1], abs=1e-4)
    np.testing.assert_allclose(ridge(x, t, 0.2), found, atol=1e-4)


@pytest.mark.parametrize("n", [10, 1000])
def test_orthogonal_columns_are_shrunk_by_the_keep_rate_however_much_data_there_is(n: int) -> None:
    says("Show that the dropout solution is the least-squares solution times $1-p$")
    rng = np.random.default_rng(0)
    x = np.linalg.qr(rng.normal(size=(n, 4)))[0] * [1, 2, 3, 4]
    t = rng.normal(size=n)
    expected = 0.7 * np.linalg.lstsq(x, t)[0]
    np.testing.assert_allclose(ridge(torch.tensor(x), torch.tensor(t), 0.3), expected, rtol=1e-9)


def test_components_dropped_from_all_words_are_those_of_torchs_layer_on_the_second_axis() -> None:
    says("It is `SpatialDropout1D`. In torch, move the components to the second axis, apply `Dropout1d`")
    x = torch.ones(2, 3, 4)
    ours = dropout(x, 0.5, torch.rand(2, 1, 4, generator=torch.Generator().manual_seed(0)))
    torch.manual_seed(0)
    theirs = torch.nn.Dropout1d(0.5)(x.transpose(1, 2)).transpose(1, 2)
    for y in (ours, theirs):
        assert torch.equal(y, y[:, :1].expand_as(y))
        assert not torch.equal(y[0], y[1])


def test_the_second_order_is_what_remains_for_small_scales() -> None:
    says("It is good while $s$ is small.")
    w, p = np.array([0.5, 1.0, -0.5, 0.25]), 0.5
    every = np.array(list(itertools.product((0, 1), repeat=4)))
    wrong = []
    for s in (0.05, 0.1, 0.5):
        a = np.tanh(s * w.sum())
        difference = np.tanh(s * every / (1 - p) @ w).mean() - a  # at p = 1/2 all masks are alike
        estimate = -p / (1 - p) * a * (1 - a**2) * s**2 * (w**2).sum()
        wrong.append(abs(estimate / difference - 1))
    assert wrong[0] < wrong[1] < 0.05 < 0.2 < wrong[2]


def test_without_the_factor_the_dots_lie_on_a_flatter_line() -> None:
    says("The dots lie below the dashed line, on a line with slope $(1-p)^2$.")

    def frame(noise, p, noise_shape, training):
        x, rate = noise.uniform(3, 4, 5), p * training
        kept = share(noise.uniform(400, 3, 4, 5), noise_shape).expand(400, 3, 4, 5) >= rate
        return against_theory(x, kept, x * kept, rate, noise_shape)

    forgetful = Mask(p=0.4)
    forgetful.edit(frame=frame)
    arrays = forgetful.arrays
    slope = arrays["variance"] @ arrays["expected_variance"] / (arrays["expected_variance"] ** 2).sum()
    assert slope == pytest.approx(0.6**2, rel=0.05)
    assert arrays["summary"][0, 1] == pytest.approx(0.6 * arrays["summary"][0, 0], rel=0.02)
