"""Training helper: against `torch.optim`, and as graphs."""

import pytest
import torch
from torch import nn

from kexue_widgets.live.noise import Noise, Stream, generator
from kexue_widgets.live.training import SGD, Adam, RMSprop, Training, record, start_trace, trace_steps

OPTIMIZERS = {
    "sgd": (SGD(), lambda p: torch.optim.SGD(p, lr=0.05)),
    "momentum": (SGD(momentum=0.9), lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)),
    "rmsprop": (RMSprop(), lambda p: torch.optim.RMSprop(p, lr=0.05)),
    "adam": (Adam(), lambda p: torch.optim.Adam(p, lr=0.05)),
}


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_equal_torch_optim(name):
    ours, theirs = OPTIMIZERS[name]
    x, y = torch.randn(32, 3, generator=torch.Generator().manual_seed(1)), torch.ones(32, 1)
    # In double precision, so that the two differ by rounding of 1e-16 and not by their order of operations.
    reference = network().double()
    x, y = x.double(), y.double()
    training = Training(network().double(), ours)
    state = training.start()
    optimizer = theirs(reference.parameters())
    for _ in range(50):
        state, loss = training.step(state, lambda network: ((network(x) - y) ** 2).mean(), 0.05)
        optimizer.zero_grad()
        expected = ((reference(x) - y) ** 2).mean()
        expected.backward()
        optimizer.step()
        assert abs(loss - expected) < 1e-6
    vector = nn.utils.parameters_to_vector(reference.parameters())
    assert (state["parameters"] - vector).abs().max() < 1e-6


def test_a_tree_of_parameters_trains_like_a_module():
    training = Training({"slope": torch.zeros(()), "offset": torch.zeros(1)}, SGD())
    x = torch.linspace(-1, 1, 20)
    state = training.start()
    for _ in range(300):
        state, _ = training.step(
            state, lambda tree: ((tree["slope"] * x + tree["offset"] - 2 * x - 1) ** 2).mean(), 0.3
        )
    tree = training.network(state)
    assert abs(tree["slope"] - 2) < 1e-4
    assert abs(tree["offset"] - 1) < 1e-4


def test_a_step_leaves_the_state_it_was_given_alone():
    training = Training(network(), Adam())
    state = training.start()
    before = state["parameters"].clone()
    training.step(state, lambda network: network(torch.ones(1, 3)).sum(), 0.1)
    assert torch.equal(state["parameters"], before)


def test_parameters_drawn_from_noise_have_torchs_default_distribution():
    layer = nn.Linear(100, 400)
    drawn = Training(layer, SGD()).start(Noise.from_generator(generator(0, Stream.START)))["parameters"]
    # nn.Linear draws uniformly in +-1/sqrt(fan_in), so its standard deviation is 1/sqrt(3 fan_in).
    assert drawn.abs().max() <= 0.1
    assert abs(drawn.std() / (0.1 / 3**0.5) - 1) < 0.02
    assert abs(layer.weight.std() / drawn.std() - 1) < 0.02


def test_normalisation_layers_keep_their_initial_values():
    module = nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4))
    training = Training(module, SGD())
    state = training.start(Noise.from_generator(generator(0, Stream.START)))
    assert torch.equal(state["parameters"][-8:], torch.tensor([1.0] * 4 + [0.0] * 4))


@pytest.mark.parametrize("steps", [1, 5, 8, 9, 16, 17, 100])
def test_a_trace_keeps_the_value_of_every_step_it_names(steps):
    trace = start_trace(series=2, capacity=8)
    for step in range(steps):
        trace = record(trace, torch.tensor([float(step), -float(step)]))
    times = trace_steps(trace)
    assert torch.equal(trace["values"][0], times)  # the value recorded at step s was s
    assert torch.equal(trace["values"][1], -times)
    assert times[0] == 0
    assert times[-1] == steps - 1
    assert (times.diff() >= 0).all()
