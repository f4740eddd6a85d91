"""The sentences of the one-loss chapter that tell a reader what to do and what will be seen: done, and looked at."""

import numpy as np
import pytest
import torch
from chapters import cells, pressing, sayings
from torch import Tensor
from torch.func import functional_call

from kexue_widgets.fgan import mlp
from kexue_widgets.live import Explorer
from kexue_widgets.onelossgan import (
    HINGE,
    WASSERSTEIN,
    DigitsGAN,
    GradientFlow,
    PlainGame,
    TwoSchemes,
    gradient,
    single_loss,
)

says, press = sayings("onelossgan"), pressing("onelossgan")


def flow(explorer: Explorer) -> tuple[dict[str, float], dict[tuple[str, str], float], np.ndarray]:
    """Numbers on the nodes, highlights of the edges, and the table."""
    arrays = explorer.arrays
    numbers = dict(zip(GradientFlow.nodes, arrays["numbers"].tolist(), strict=True))
    return numbers, dict(zip(GradientFlow.edges, arrays["through"].tolist(), strict=True)), arrays["summary"]


def test_two_numbers_cancel_and_their_gradients_do_at_the_critic() -> None:
    says("Look at *sum* and at the two nodes before it: two numbers that cancel, and edges full of gradient.")
    says("have the same length. They have opposite signs, so that at $D$ they cancel.")
    numbers, edges, table = flow(GradientFlow())
    assert numbers["zero"] == pytest.approx(0, abs=1e-6)
    assert numbers["generator"] == pytest.approx(-numbers["subtracted"])
    assert min(edges["generator", "zero"], edges["subtracted", "zero"]) > 0.1
    lengths, _, _ = flow(press("#live:GradientFlow.gradients=true"))
    assert lengths["score"] == pytest.approx(lengths["cut score again"])
    assert table[0, 2] == pytest.approx(0, abs=1e-6)


def test_without_the_first_cut_the_generator_helps_the_critic() -> None:
    says("Which player's gradient becomes wrong, and whom does it help now?")
    _, _, ((_, _, critic), (should, receives, generator)) = flow(press("#live:GradientFlow.cut_critic=false"))
    assert critic == pytest.approx(0, abs=1e-6)
    assert generator > 0.1 * should
    # For the hinge the two pulls take each other away: the fakes all score below 1.
    assert receives == pytest.approx(0, abs=1e-6)


def test_without_the_subtraction_the_critics_gradient_is_wrong() -> None:
    says("Do not subtract $L_G$ again. Whose gradient is wrong now?")
    _, _, table = flow(press("#live:GradientFlow.subtract=false"))
    assert table[0, 2] > 0.1 * table[0, 0]
    assert table[1, 2] == pytest.approx(0, abs=1e-6)


def test_a_subtraction_without_a_cut_leaves_the_generator_nothing() -> None:
    says("Subtract it without a cut. The generator gets nothing at all.")
    _, _, table = flow(press("#live:GradientFlow.cut_subtracted=false"))
    assert table[1, 1] == pytest.approx(0, abs=1e-6)


def test_dropout_takes_the_zero_away() -> None:
    says("Switch dropout on: *sum* is no longer 0, and the critic's gradient is off.")
    numbers, _, table = flow(press("#live:GradientFlow.dropout=true"))
    assert abs(numbers["zero"]) > 1e-3
    assert table[0, 2] > 1e-3


def moduli(**values: object) -> np.ndarray:
    """Of the larger eigenvalue: at once, and taking turns."""
    return PlainGame(**values).arrays["summary"][0]


def test_turns_leave_their_ellipse_beyond_two() -> None:
    says('Move $\\eta$ up to 2.2. When does "taking turns" leave its ellipse? Where are its two eigenvalues then?')
    assert moduli(rate=1.98)[1] == pytest.approx(1, abs=1e-3)
    assert moduli(rate=2.1)[1] > 1.1
    for explorer in (PlainGame(rate=2.1), press("#live:PlainGame.rate=2.2")):
        arrays = explorer.arrays
        np.testing.assert_allclose(arrays["turns_im"], 0)
        assert arrays["turns_re"].min() < -1 < arrays["turns_re"].max() < 0  # both real, to either side of -1


def test_curvature_turns_the_spiral_inwards_where_the_formula_says() -> None:
    says("Raise the curvature slowly from 0, with $\\eta = 0.3$. At which $a$ does the red spiral turn inwards?")
    limit = (1 - (1 - 0.3**2) ** 0.5) / 0.3  # eta = 2 a / (1 + a^2), solved for a
    assert moduli(rate=0.3, curvature=limit - 0.01)[0] > 1 > moduli(rate=0.3, curvature=limit + 0.01)[0]


@pytest.mark.parametrize("ratio", [0.25, 1.0, 4.0])
def test_lambda_moves_the_limit_of_turns(ratio: float) -> None:
    says("The condition for turns is $\\eta\\sqrt\\lambda < 2$")
    limit = 2 / ratio**0.5
    assert moduli(rate=min(limit - 0.02, 2.2), ratio=ratio)[1] == pytest.approx(1, abs=1e-3)
    if limit < 2.2:
        assert moduli(rate=limit + 0.05, ratio=ratio)[1] > 1.05


@pytest.mark.parametrize("optimizer", ["RMSprop", "Adam"])
def test_paths_do_not_answer_lambda_under_rules_that_divide_by_the_gradient(optimizer: str) -> None:
    says("Choose RMSprop or Adam, and move $\\lambda$ again. The paths do not answer")
    links = {
        "RMSprop": press("#live:PlainGame.optimizer=RMSprop&PlainGame.rate=0.1&PlainGame.ratio=4"),
        "Adam": press("#live:PlainGame.optimizer=Adam&PlainGame.rate=0.1&PlainGame.ratio=4"),
    }
    one, four = PlainGame(optimizer=optimizer, rate=0.1).arrays, links[optimizer].arrays
    np.testing.assert_allclose(one["both_x"], four["both_x"], atol=1e-3)
    assert abs(one["both_re"] - four["both_re"]).max() + abs(one["both_im"] - four["both_im"]).max() > 0.05


def ways(steps: int, **values: object) -> np.ndarray:
    explorer = TwoSchemes(**values)
    explorer.reset()
    explorer.advance(steps)
    return explorer.arrays["summary"][2]


def test_the_generators_way_does_not_notice_a_factor_of_its_loss() -> None:
    says("*generator's way* is what it was with 1. Then let $\\lambda$ multiply the learning rate instead.")
    usual, loss = ways(60), ways(60, ratio=10.0)
    np.testing.assert_allclose(loss, usual, rtol=0.15)
    usual = ways(200)
    loss = press("#live:TwoSchemes.ratio=10&TwoSchemes.steps=200").arrays["summary"][2]
    np.testing.assert_allclose(loss, usual, rtol=0.25)
    rate = press("#live:TwoSchemes.ratio=10&TwoSchemes.where=the+generator's+learning+rate&TwoSchemes.steps=200")
    assert (rate.arrays["summary"][2] > 2 * usual).all()


def test_under_sgd_lambda_acts_in_both_places_alike() -> None:
    says("SGD needs a learning rate of about 0.1. Now $\\lambda = 3$ acts in both places alike")
    places = ("the generator's loss", "the generator's learning rate")
    _, elsewhere = places
    other = ways(40, optimizer="SGD", rate=0.1, ratio=3.0, where=elsewhere)
    link = press("#live:TwoSchemes.optimizer=SGD&TwoSchemes.rate=0.1&TwoSchemes.ratio=3&TwoSchemes.steps=40")
    one = link.arrays["summary"][2]
    np.testing.assert_allclose(one, other, rtol=1e-3)


def alike(explorer: Explorer) -> float:
    """How alike the fakes are: the mean correlation of two, over their pixels."""
    pictures = np.corrcoef(explorer.arrays["fake"].reshape(64, -1))
    return (pictures.sum() - 64) / (64 * 63)


def test_a_slow_generator_takes_longer_to_tell_its_fakes_apart() -> None:
    says(
        "a long wait. After 400 steps nearly all fakes still look alike, when those of $\\lambda = 1$ and of $\\lambda = 10$ have begun to differ."
    )
    slow = press("#live:DigitsGAN.ratio=0.1&DigitsGAN.steps=400")
    usual, fast = DigitsGAN(), DigitsGAN(ratio=10)
    for explorer in (usual, fast):
        explorer.advance(300)  # 400 with those that it opens with
    assert alike(slow) > 0.95
    assert max(alike(usual), alike(fast)) < 0.9


# Exercises


def test_the_other_order_keeps_the_mirrored_ellipse() -> None:
    says("If the generator moves first, exchanging the roles changes the sign: $x^2 + y^2 - \\eta xy$.")
    for eta in (0.3, 1.5):
        x, y = u, v = 1.0, 0.5
        for _ in range(50):
            y += eta * x
            x -= eta * y
            u -= eta * v
            v += eta * u
        assert x * x + y * y + eta * x * y == pytest.approx(1.25 + eta * 0.5)
        assert u * u + v * v - eta * u * v == pytest.approx(1.25 - eta * 0.5)


@pytest.mark.parametrize("a", [0.1, 0.5, 1.0])
def test_a_curved_game_is_won_at_once_below_its_limit(a: float) -> None:
    says("Their squared modulus $(1 - \\eta a)^2 + \\eta^2$ is below 1 if $\\eta(1 + a^2) < 2a$")
    for eta, inside in ((2 * a / (1 + a * a) - 0.01, True), (2 * a / (1 + a * a) + 0.01, False)):
        matrix = np.array([[1 - eta * a, -eta], [eta, 1 - eta * a]])
        assert (abs(np.linalg.eigvals(matrix)).max() < 1) == inside


def batch() -> tuple[torch.nn.Module, torch.nn.Module, Tensor, Tensor]:
    torch.manual_seed(0)
    critic, generator = mlp(2, 16, 1).double(), mlp(3, 16, 2).double()
    return critic, generator, torch.randn(64, 2).double() + 1, torch.randn(64, 3).double()


def test_without_a_hinge_the_single_loss_has_three_terms() -> None:
    says("It is the form in which the author takes the idea up again in 2024.")
    critic, generator, x, z = batch()
    fake = generator(z)
    short = critic(x).mean() - 2 * critic(fake.detach()).mean() + critic(fake).mean()
    long = single_loss(WASSERSTEIN, critic, generator, x, z)
    assert float(short) == pytest.approx(float(long))
    for player in (critic, generator):
        torch.testing.assert_close(gradient(short, player), gradient(long, player))


def test_a_frozen_copy_gives_the_same_gradients() -> None:
    says("Build a loss with the same gradients from $L_D$ and a copy of the critic whose parameters get no gradient.")
    critic, generator, x, z = batch()
    fake, single = generator(z), single_loss(HINGE, critic, generator, x, z)
    frozen = {name: each.detach() for name, each in critic.named_parameters()}
    loss = HINGE.critic(critic(x), critic(fake.detach())) + functional_call(critic, frozen, fake).mean()
    for player in (critic, generator):
        torch.testing.assert_close(gradient(loss, player), gradient(single, player))


def test_what_else_fits_into_one_loss_is_what_the_cell_printed() -> None:
    says("the fakes must be cut off, or the generator learns to please the penalty")
    (cell,) = (each for each in cells("onelossgan") if each.get("id") == "more-losses-code")
    own, r1, cut, uncut = "".join("".join(output["text"]) for output in cell["outputs"]).splitlines()
    assert own.split() == ["True", "True"]
    lengths = [[float(each) for each in row.split()] for row in (r1, cut, uncut)]
    assert lengths[0][1] == lengths[1][1] == 0 < lengths[2][1]
