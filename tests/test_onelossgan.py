"""The chapter on one loss: its gradients against those of two losses, its games against formulas, its explorers."""

import copy
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from kexue_widgets.fgan import DIVERGENCES, GAN, Losses, divergence_losses, mlp
from kexue_widgets.live import (
    SGD,
    Adam,
    Engine,
    Explorer,
    Noise,
    OnnxProgram,
    RMSprop,
    Stream,
    Training,
    export_model,
    generator,
)
from kexue_widgets.onelossgan import (
    HINGE,
    LOSSES,
    ROUNDS,
    DigitsGAN,
    GradientFlow,
    Pair,
    PlainGame,
    TwoSchemes,
    alternating,
    chosen,
    costs,
    digits,
    plain,
    reverse_gradient,
    single_loss,
    synchronous,
    zero_term,
)
from kexue_widgets.onelossgan.rounds import kept_fakes, one_loss, reversal, shared_scores, two_stages

ALL = [*LOSSES.values(), *(divergence_losses(each, saturating=False) for each in DIVERGENCES.values())]
every_loss = pytest.mark.parametrize("losses", ALL, ids=lambda each: each.name)
ZERO_SUM = [each for name, each in LOSSES.items() if name != "hinge"]
calm = settings(deadline=None, max_examples=40)
rates, curvatures, ratios = st.floats(0.01, 1.9), st.floats(0, 1), st.floats(0.1, 1)


def double(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).squeeze()


def players(critic: nn.Module | None = None) -> tuple[nn.Module, nn.Module, Tensor, Tensor]:
    """A critic and a generator in float64, a batch of data (32, 2) and latent points (32, 3)."""
    torch.manual_seed(0)
    networks = critic or mlp(2, 16, 16, 1), mlp(3, 16, 2)
    return *(each.double() for each in networks), torch.randn(32, 2).double() + 1, torch.randn(32, 3).double()


def gradient(loss: Tensor, network: nn.Module) -> Tensor:
    parts = torch.autograd.grad(loss, list(network.parameters()), retain_graph=True)
    return torch.cat([part.flatten() for part in parts])


# One loss, two gradients


@every_loss
@pytest.mark.parametrize("ratio", [0.3, 1.0, 4.0])
def test_each_player_gets_the_gradient_of_its_own_loss(losses: Losses, ratio: float) -> None:
    # The definition: a critic that sees L_D alone with fixed fakes, a generator that sees L_G alone.
    critic, generator, data, latent = players()
    single = single_loss(losses, critic, generator, data, latent, ratio)
    fake = generator(latent)
    for_critic = losses.critic(critic(data), critic(torch.tensor(fake.tolist(), dtype=torch.float64)))
    for_generator = losses.generator(critic(fake))
    expected = gradient(for_critic, critic)
    torch.testing.assert_close(gradient(single, critic), expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(gradient(single, critic), expected, rtol=1e-9, atol=1e-12)
    expected = ratio * gradient(for_generator, generator)
    assert float(expected.abs().max()) > 1e-5
    torch.testing.assert_close(gradient(single, generator), expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(gradient(single, generator), expected, rtol=1e-9, atol=1e-12)
    assert single.item() == for_critic.item()


@every_loss
def test_the_zero_term_is_zero_and_its_gradient_is_not(losses: Losses) -> None:
    critic, generator, _, latent = players()
    fake = generator(latent)
    term = zero_term(losses, critic, fake)
    assert term.item() == 0
    assert not gradient(term, critic).any()
    expected = gradient(losses.generator(critic(fake)), generator)
    torch.testing.assert_close(gradient(term, generator), expected, rtol=1e-12, atol=1e-15)
    assert float(expected.abs().max()) > 1e-5


def test_hinge_has_the_articles_sign() -> None:
    # max(0, 1 + D(x)) is 0 from -1 down, max(0, 1 - D(G(z))) from 1 up; the generator minimises D(G(z)).
    assert float(HINGE.critic(double(-1, -5), double(1, 5))) == 0
    assert float(HINGE.critic(double(0, 1), double(0, -1))) == pytest.approx(1.5 + 1.5)
    assert float(HINGE.generator(double(2, 4))) == 3


def test_losses_chosen_by_number_are_those_losses() -> None:
    data, fake = torch.linspace(-2, 2, 5), torch.linspace(-1, 3, 5)
    for number, losses in enumerate(ALL):
        picked = chosen(ALL, torch.tensor(float(number)))
        assert picked.critic(data, fake) == losses.critic(data, fake)
        assert picked.generator(fake) == losses.generator(fake)


# What the cancellation needs


def errors(critic: nn.Module) -> tuple[float, float]:
    """Value of the zero term, and how far the critic's gradient of the single loss is from that of L_D, relatively."""
    critic, generator, data, latent = players(critic)
    fake = generator(latent).detach()
    before = copy.deepcopy(critic)
    torch.manual_seed(1)
    expected = gradient(HINGE.critic(before(data), before(fake)), before)
    torch.manual_seed(1)
    single = gradient(single_loss(HINGE, critic, generator, data, latent), critic)
    value = zero_term(HINGE, critic, generator(latent))
    return abs(value.item()), float((single - expected).norm() / expected.norm())


def test_dropout_breaks_the_cancellation() -> None:
    value, error = errors(nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Dropout(0.3), nn.Linear(64, 1)))
    assert value > 1e-3
    assert error > 1e-2


def test_dropout_with_one_mask_for_all_passes_does_not() -> None:
    class Masked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.outer = nn.Linear(2, 64), nn.Linear(64, 1)
            self.register_buffer("mask", torch.bernoulli(torch.full((64,), 0.7)) / 0.7)

        def forward(self, points: Tensor) -> Tensor:
            return self.outer(self.inner(points).tanh() * self.mask)

    assert max(errors(Masked())) < 1e-12


def test_spectral_norm_breaks_it_too_while_it_iterates() -> None:
    # Each pass in training mode makes one more power iteration: the same input, another weight.
    normed = nn.utils.parametrizations.spectral_norm
    layers = normed(nn.Linear(2, 64)), nn.Tanh(), normed(nn.Linear(64, 64)), nn.Tanh(), nn.Linear(64, 1)
    value, error = errors(nn.Sequential(*layers))
    assert value > 1e-6
    assert error > 1e-6


def test_batch_norm_keeps_gradients_but_counts_the_fakes_twice() -> None:
    # In training mode its output depends on the batch alone: equal batches, equal scores. Its running mean is moved by
    # every pass, momentum 0.1: data once, fakes once in two passes for the critic, but twice in the single loss.
    critic = nn.Sequential(nn.Linear(2, 64), nn.BatchNorm1d(64), nn.Tanh(), nn.Linear(64, 1))
    assert max(errors(critic)) < 1e-9
    critic, generator, data, latent = players(copy.deepcopy(critic))
    critic[1].reset_running_stats()
    single_loss(HINGE, critic, generator, data, latent)
    seen, fake = critic[0](data).mean(0), critic[0](generator(latent)).mean(0)
    expected = 0.1 * (0.81 * seen + 0.9 * fake + fake)
    torch.testing.assert_close(critic[1].running_mean, expected.detach())


# Lambda


def after_steps(
    rule: SGD | RMSprop | Adam, ratio: float, generator_rate: float, steps: int = 5
) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    gan = GAN(HINGE, Training(mlp(2, 8, 1).double(), rule), Training(mlp(3, 8, 2).double(), rule))
    state = gan.start()
    noise = Noise.from_generator(generator(0, Stream.STEP))
    for _ in range(steps):
        data, latent = noise.normal(32, 2).double() + 1, noise.normal(32, 3).double()
        state, _ = synchronous(gan, state, data, latent, 0.01, ratio, generator_rate)
    return state["critic"]["parameters"], state["generator"]["parameters"]


def test_lambda_is_a_ratio_of_learning_rates_under_sgd() -> None:
    for ours, theirs in zip(after_steps(SGD(), 3.0, 0.01), after_steps(SGD(), 1.0, 0.03), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("rule", [RMSprop(epsilon=1e-16), Adam(epsilon=1e-16)])
def test_lambda_cancels_under_rmsprop_and_adam(rule: RMSprop | Adam) -> None:
    # Gradient and root of its mean square carry the same factor; epsilon is all that could tell.
    expected = after_steps(rule, 1.0, 0.01)
    for ratio in (0.1, 10.0):
        for ours, theirs in zip(after_steps(rule, ratio, 0.01), expected, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
    assert float((after_steps(rule, 1.0, 0.03)[1] - expected[1]).abs().max()) > 1e-2


# Two schemes


def start_of_a_gan(rule: SGD | RMSprop | Adam) -> tuple[GAN, dict, Tensor, Tensor]:
    torch.manual_seed(0)
    gan = GAN(HINGE, Training(mlp(2, 8, 1), rule), Training(mlp(3, 8, 2), rule))
    return gan, gan.start(), torch.randn(16, 2), torch.randn(16, 3)


def with_norm(*widths: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(*widths[:2]), nn.BatchNorm1d(widths[1]), nn.Tanh(), nn.Linear(*widths[1:])).double()


def test_batch_normalisation_in_a_game_is_that_of_plain_torch() -> None:
    torch.manual_seed(0)
    critic, generator = with_norm(2, 8, 1), with_norm(3, 8, 2)
    gan = GAN(HINGE, Training(critic, SGD()), Training(generator, SGD()))
    state = gan.start()
    data, latent = torch.randn(16, 2).double(), torch.randn(16, 3).double()
    rules = (torch.optim.SGD(network.parameters(), 0.01) for network in (critic, generator))
    pair = Pair(HINGE, critic, generator, *rules)
    for _ in range(3):
        state, _ = synchronous(gan, state, data, latent, 0.01)
        one_loss(pair, data, latent)
    for name, network in (("critic", critic), ("generator", generator)):
        torch.testing.assert_close(state[name]["parameters"], nn.utils.parameters_to_vector(network.parameters()))
        torch.testing.assert_close(state[name]["buffers"], dict(network.named_buffers()))


OPTIMIZERS = [
    (SGD(), lambda parameters: torch.optim.SGD(parameters, 0.01)),
    (RMSprop(), lambda parameters: torch.optim.RMSprop(parameters, 0.01)),
    (Adam(0.5), lambda parameters: torch.optim.Adam(parameters, 0.01, (0.5, 0.999))),
]
optimizers = pytest.mark.parametrize(("rule", "optimizer"), OPTIMIZERS, ids=["SGD", "RMSprop", "Adam"])


@optimizers
@pytest.mark.parametrize(
    ("scheme", "rounds"),
    [
        (synchronous, [one_loss, shared_scores]),
        (alternating, [two_stages, kept_fakes]),
    ],
)
def test_schemes_are_what_ordinary_torch_code_does(
    rule: SGD | RMSprop | Adam, optimizer: Callable, scheme: Callable, rounds: list[Callable]
) -> None:
    # torch's own optimisers and autograd, three rounds
    for round_ in rounds:
        gan, state, data, latent = start_of_a_gan(rule)
        critic, generator = copy.deepcopy(gan.critic.module), copy.deepcopy(gan.generator.module)
        pair = Pair(HINGE, critic, generator, optimizer(critic.parameters()), optimizer(generator.parameters()))
        for _ in range(3):
            state, _ = scheme(gan, state, data, latent, 0.01)
            round_(pair, data, latent)
        for player, network in (("critic", critic), ("generator", generator)):
            expected = nn.utils.parameters_to_vector(network.parameters())
            # RMSprop and Adam divide by tiny numbers: where a gradient is 1e-8, its rounding shows.
            torch.testing.assert_close(state[player]["parameters"], expected, rtol=1e-4, atol=1e-5)


def test_first_critic_is_the_same_in_both_schemes_and_the_generator_is_not() -> None:
    gan, state, data, latent = start_of_a_gan(SGD())
    both, turns = (scheme(gan, state, data, latent, 0.1)[0] for scheme in (synchronous, alternating))
    torch.testing.assert_close(both["critic"]["parameters"], turns["critic"]["parameters"])
    assert float((both["generator"]["parameters"] - turns["generator"]["parameters"]).abs().max()) > 1e-5


@pytest.mark.parametrize("losses", ZERO_SUM, ids=lambda each: each.name)
def test_gradient_reversal_is_the_single_loss_of_a_zero_sum_game(losses: Losses) -> None:
    critic, generator, data, latent = players()
    single = single_loss(losses, critic, generator, data, latent, 0.5)
    reversed_ = losses.critic(critic(data), critic(reverse_gradient(generator(latent), 0.5)))
    for network in (critic, generator):
        torch.testing.assert_close(gradient(reversed_, network), gradient(single, network))


def test_gradient_reversal_is_not_the_articles_hinge_game() -> None:
    # max(0, 1 - D) is flat where D > 1, and there reversal leaves the generator without a gradient.
    fake = double(2, 3).requires_grad_()
    (reversed_,) = torch.autograd.grad(HINGE.critic(double(0, 0), reverse_gradient(fake)), fake)
    (own,) = torch.autograd.grad(HINGE.generator(fake), fake)
    assert not reversed_.any()
    assert own.tolist() == [0.5, 0.5]


def test_floating_point_operations_are_those_that_the_chapter_counts() -> None:
    # Linear layers only, and a pass back costs one product for the inputs and one for the weights: in units of a
    # layer's pass forward. First layers need no gradient for their inputs, unless these come from a generator.
    g1, g2, d1, d2 = 8 * 32, 32 * 4, 4 * 32, 32 * 1
    g, d = g1 + g2, d1 + d2
    g_back, d_back = g + g2, d + d2  # weights of both layers, inputs of the second
    expected = {
        two_stages: 2 * g + 3 * d + 2 * d_back + (d_back + d1) + g_back,
        kept_fakes: g + 3 * d + 2 * d_back + (d_back + d1) + g_back,
        one_loss: g + 3 * d + 2 * d_back + (d_back + d1) + g_back,
        shared_scores: g + 2 * d + 2 * d_back + d + g_back,
        reversal: g + 2 * d + d_back + (d_back + d1) + g_back,
    }
    losses = LOSSES["Jensen-Shannon"]
    for round_ in ROUNDS:
        critic, generator = mlp(4, 32, 1), mlp(8, 32, 4)
        pair = Pair(
            losses, critic, generator, *(torch.optim.SGD(each.parameters(), 0.1) for each in (critic, generator))
        )
        with FlopCounterMode(display=False) as counter:
            round_(pair, torch.randn(16, 4), torch.randn(16, 8))
        assert counter.get_total_flops() == 2 * 16 * expected[round_], round_.__name__


# Plain games


def walk(matrix: Tensor, rounds: int) -> Tensor:
    """Places (rounds + 1, 2) from (1, 0.5) on."""
    places = [double(1, 0.5)]
    for _ in range(rounds):
        places.append(matrix @ places[-1])
    return torch.stack(places)


@calm
@given(rates)
def test_xy_spirals_out_by_root_one_plus_eta_squared_when_both_move_at_once(rate: float) -> None:
    distance = walk(plain.synchronous_matrix(double(rate)), 50).norm(dim=1)
    expected = math.hypot(1, 0.5) * math.hypot(1, rate) ** torch.arange(51, dtype=torch.float64)
    torch.testing.assert_close(distance, expected, rtol=1e-6, atol=0)


@calm
@given(rates)
def test_xy_stays_on_an_ellipse_when_players_take_turns(rate: float) -> None:
    # x^2 + y^2 + eta x y does not change, and it is an ellipse as long as eta < 2.
    assert_on_ellipse(walk(plain.alternating_matrix(double(rate)), 500), rate)


def assert_on_ellipse(places: Tensor, rate: float) -> None:
    x, y = places.T
    kept = x**2 + y**2 + rate * x * y
    torch.testing.assert_close(kept, kept[:1].expand(len(places)), rtol=1e-6, atol=0)
    # With x y between -(x^2 + y^2)/2 and (x^2 + y^2)/2 this bounds the distance.
    assert float((x**2 + y**2).max()) <= float(kept[0]) / (1 - rate / 2) * (1 + 1e-9)


def play(scheme: Callable, rate: float, rounds: int) -> Tensor:
    """Places (rounds + 1, 2) of the smallest GAN from (1, 0.5) on, trained by the same code as all others."""
    gan, data, latent = plain.smallest_gan(1.0, 0.5)
    states = [gan.start()]
    for _ in range(rounds):
        states.append(scheme(gan, states[-1], data, latent, rate)[0])
    return torch.stack([torch.cat([state[each]["parameters"] for each in ("generator", "critic")]) for state in states])


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.2])
def test_the_smallest_gan_is_the_game_xy(rate: float) -> None:
    both, turns = play(synchronous, rate, 40), play(alternating, rate, 40)
    expected = math.hypot(1, 0.5) * math.hypot(1, rate) ** torch.arange(41, dtype=torch.float64)
    torch.testing.assert_close(both.norm(dim=1), expected, rtol=1e-6, atol=0)
    assert_on_ellipse(turns, rate)
    for places, make in ((both, plain.synchronous_matrix), (turns, plain.alternating_matrix)):
        torch.testing.assert_close(places, walk(make(double(rate)), 40))


def test_xy_flies_off_beyond_eta_two_although_players_take_turns() -> None:
    assert float(walk(plain.alternating_matrix(double(2.05)), 200).norm(dim=1)[-1]) > 1e3
    # At 2 itself the trace is -2: growth by a fixed amount a round.
    assert float(plain.radius(plain.alternating_matrix(double(2.0)))) == pytest.approx(1, abs=1e-6)


@calm
@given(rates, curvatures, ratios)
def test_matrices_are_the_rounds_of_gradient_descent_and_ascent(rate: float, curvature: float, ratio: float) -> None:
    def slope(which: int, x: Tensor, y: Tensor) -> Tensor:
        points = [x.clone().requires_grad_(), y.clone().requires_grad_()]
        return torch.autograd.grad(plain.value(*points, curvature), points[which])[0]

    x, y = double(0.7), double(-1.3)
    both = torch.stack([x - ratio * rate * slope(0, x, y), y + rate * slope(1, x, y)])
    torch.testing.assert_close(plain.synchronous_matrix(double(rate), curvature, ratio) @ double(0.7, -1.3), both)
    y = y + rate * slope(1, x, y)
    turns = torch.stack([x - ratio * rate * slope(0, x, y), y])
    torch.testing.assert_close(plain.alternating_matrix(double(rate), curvature, ratio) @ double(0.7, -1.3), turns)


@calm
@given(rates, curvatures, ratios)
def test_eigenvalues_agree_with_numpy(rate: float, curvature: float, ratio: float) -> None:
    for make in (plain.synchronous_matrix, plain.alternating_matrix):
        matrix = make(double(rate), curvature, ratio)
        ours = np.sort_complex(plain.eigenvalues(matrix).numpy() @ [1, 1j])
        expected = np.sort_complex(np.linalg.eigvals(matrix.numpy()).astype(complex))
        np.testing.assert_allclose(np.sort(abs(ours)), np.sort(abs(expected)), atol=1e-6)
        np.testing.assert_allclose(ours.sum(), expected.sum(), atol=1e-9)
    determinant = torch.linalg.det(plain.synchronous_matrix(double(rate)))
    assert float(determinant) == pytest.approx(1 + rate**2)
    turns = plain.alternating_matrix(double(rate))
    assert (float(torch.linalg.det(turns)), float(turns.trace())) == pytest.approx((1, 2 - rate**2))


# Costs


def test_the_chapters_costs_are_of_this_code() -> None:
    assert costs.is_current()


def test_the_chapters_costs_count_the_arithmetic_that_torch_counts() -> None:
    # The same ratios as for the two small layers above, here for the benchmark's networks.
    arithmetic = costs.rounds()["GFLOP"].unstack("networks")
    usual = arithmetic.loc["kept_fakes"]
    assert (arithmetic.loc["one_loss"] == usual).all()
    assert (arithmetic.loc["two_stages"] > usual).all()
    assert (arithmetic.loc["reversal"] < arithmetic.loc["shared_scores"]).all()
    assert set(arithmetic.index) == {round_.__name__ for round_ in ROUNDS}


# Digits


def test_images_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    every = digits.batch((torch.arange(1797) + 0.5) / 1797)
    np.testing.assert_array_equal(every[:, 0].numpy() * 16, load_digits().images)


def test_networks_fit_each_other() -> None:
    fake = digits.generator()(torch.randn(5, digits.LATENT))
    assert fake.shape == digits.batch(torch.rand(5)).shape == (5, 1, 8, 8)
    assert digits.critic()(fake).shape == (5, 1)


def test_frechet_distance_of_gaussians_is_the_formula() -> None:
    # Independent components: sum of (m1 - m2)^2 + (s1 - s2)^2, here 3 * (4 + 1)
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 1, (200_000, 3)), rng.normal(2, 2, (200_000, 3))
    assert digits.frechet_distance(*map(torch.from_numpy, (one, other))) == pytest.approx(15, rel=0.01)
    assert digits.frechet_distance(torch.from_numpy(one), torch.from_numpy(one)) == pytest.approx(0, abs=1e-6)


# Explorers


def flow(**values: object) -> tuple[dict[str, float], dict[tuple[str, str], float], np.ndarray]:
    """Gradients at the nodes and along the edges, from 0 to 1, and the table."""
    arrays = GradientFlow(**values).arrays
    nodes = dict(zip(GradientFlow.nodes, arrays["received"], strict=True))
    return nodes, dict(zip(GradientFlow.edges, arrays["through"], strict=True)), arrays["summary"]


@pytest.mark.parametrize("loss", LOSSES)
def test_flow_gives_both_players_what_they_should_receive(loss: str) -> None:
    nodes, edges, summary = flow(loss=loss)
    assert (summary[:, 2] < 1e-6 * summary[:, 0].max() + 1e-6).all()
    assert (summary[:, 1] > 1e-3).all()
    assert edges["fake", "cut"] == edges["fake", "cut again"] == 0
    assert edges["fake", "score"] > 0.01
    # The critic receives as much from the added term as from the subtracted one, and of opposite sign.
    assert edges["D", "score"] == pytest.approx(edges["D", "cut score again"], rel=1e-5)
    assert nodes["x"] > 0  # data could be moved, too; nobody asks them


def test_flow_without_a_cut_tells_who_gets_what_he_should_not() -> None:
    _, edges, summary = flow(cut_critic=False)
    assert edges["fake", "cut"] > 0.01
    assert summary[0, 2] < 1e-6 < 1e-2 < summary[1, 2]  # the generator helps the critic
    _, _, summary = flow(subtract=False)
    assert summary[1, 2] < 1e-6 < 1e-2 < summary[0, 2]  # the critic helps the generator
    _, edges, summary = flow(cut_subtracted=False)
    assert summary[1, 1] < 1e-6  # both terms cancel altogether
    assert edges["fake", "score"] == pytest.approx(edges["fake", "cut again"], rel=1e-5)


def test_flow_shows_that_dropout_breaks_the_cancellation() -> None:
    arrays = GradientFlow(dropout=True).arrays
    values = dict(zip(GradientFlow.nodes, arrays["numbers"], strict=True))
    assert abs(values["zero"]) > 1e-3
    assert arrays["summary"][0, 2] > 1e-2
    assert dict(zip(GradientFlow.nodes, GradientFlow().arrays["numbers"], strict=True))["zero"] == 0


def test_plain_game_follows_its_matrices() -> None:
    explorer = PlainGame(rate=0.5, curvature=0.2, ratio=0.5)
    explorer.reset()
    explorer.advance(10)
    arrays = explorer.arrays
    for scheme, make in (("both", plain.synchronous_matrix), ("turns", plain.alternating_matrix)):
        place = torch.linalg.matrix_power(make(double(0.5), 0.2, 0.5), 10) @ double(1, 1)
        assert [arrays[f"{scheme}_x"][-1], arrays[f"{scheme}_y"][-1]] == pytest.approx(place.tolist(), rel=1e-4)


@pytest.mark.parametrize("optimizer", ["RMSprop", "Adam"])
def test_plain_game_does_not_notice_lambda_under(optimizer: str) -> None:
    one, other = (PlainGame(optimizer=optimizer, ratio=ratio).arrays for ratio in (0.5, 4.0))
    for name in ("both_x", "turns_y"):
        np.testing.assert_allclose(one[name], other[name], atol=1e-3)


def test_two_schemes_begin_alike_and_part() -> None:
    explorer = TwoSchemes(seed=1)
    explorer.reset()
    arrays = explorer.arrays
    np.testing.assert_array_equal(arrays["both_x"], arrays["turns_x"])
    explorer.advance(3)
    arrays = explorer.arrays
    assert abs(arrays["both_x"] - arrays["turns_x"]).max() > 1e-4


def inner(images: np.ndarray) -> np.ndarray:
    """Images (n, 64) without their margins."""
    return images[:, 1:-1, 1:-1].reshape(-1, 64)


def test_digits_come_to_look_like_digits() -> None:
    # A classifier that never saw the fakes, and the distance of Frechet in the space of pixels: before and after.
    explorer = DigitsGAN()
    explorer.reset()
    before = inner(explorer.arrays["fake"])
    explorer.advance(1000)
    after = inner(explorer.arrays["fake"])
    real = 1 - digits.images().float() / 16
    far, near = (digits.frechet_distance(torch.from_numpy(each), real) for each in (before, after))
    assert near < far / 2
    from sklearn.datasets import load_digits

    classifier = LogisticRegression(max_iter=300).fit(real.numpy(), load_digits().target)
    assert len(set(classifier.predict(after))) >= 5


# Engines


@pytest.mark.parametrize(
    ("kind", "values", "steps"),
    [
        (GradientFlow, {"loss": "KL", "dropout": True}, 0),
        (PlainGame, {"optimizer": "Adam", "curvature": 0.3}, 20),
        (TwoSchemes, {"optimizer": "RMSprop", "ratio": 2.0}, 5),
        (DigitsGAN, {"scheme": "one loss"}, 5),
    ],
)
def test_onnx_runtime_computes_what_torch_computes(kind: type[Explorer], values: dict, steps: int) -> None:
    explorer = kind(**values, seed=3)
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    exported = Engine(OnnxProgram(graphs, explorer.controls, explorer.manifest()["starts"]))
    if steps:
        explorer.reset()
        explorer.advance(steps)
        exported.reset(explorer.values, 3)
        exported.advance(steps, explorer.values, 3)
    arrays = exported.frame(explorer.values, 3).arrays
    assert arrays.keys() == explorer.arrays.keys()
    for name, expected in explorer.arrays.items():
        scale = max(1.0, float(abs(expected).max()))
        np.testing.assert_allclose(arrays[name], expected, atol=2e-5 * scale, err_msg=name)
