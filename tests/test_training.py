"""Training helper: against `torch.optim`, and as graphs."""

import copy
import dataclasses
import re

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp
from torch import nn

from kexue_widgets.live import (
    SGD,
    Adam,
    Engine,
    Noise,
    OnnxProgram,
    RMSprop,
    Stream,
    Training,
    export_model,
    generator,
    record,
    running_mean,
    start_trace,
    trace_steps,
)
from kexue_widgets.live.programs import TorchProgram

OPTIMIZERS = {
    "sgd": (SGD(), lambda p: torch.optim.SGD(p, lr=0.05)),
    "momentum": (SGD(momentum=0.9), lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)),
    "rmsprop": (RMSprop(), lambda p: torch.optim.RMSprop(p, lr=0.05)),
    "adam": (Adam(), lambda p: torch.optim.Adam(p, lr=0.05)),
    # Constants so large that it shows where they stand: inside a root or outside, before a correction or after.
    "rmsprop, rough": (RMSprop(0.6, 0.1), lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.6, eps=0.1)),
    "adam, rough": (Adam(0.5, 0.7, 0.1), lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.5, 0.7), eps=0.1)),
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
        assert abs(loss - expected) < 1e-12
    vector = nn.utils.parameters_to_vector(reference.parameters())
    assert (state["parameters"] - vector).abs().max() < 1e-12


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


@pytest.mark.parametrize("rule", [SGD(momentum=0.9), RMSprop(), Adam()], ids=["sgd", "rmsprop", "adam"])
def test_an_optimizer_cannot_be_changed_by_accident_and_its_memories_are_apart(rule):
    field = dataclasses.fields(rule)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(rule, field, 0.5)
    memory = rule.start(torch.ones(2))
    assert len({value.data_ptr() for value in memory.values()}) == len(memory)


def test_what_becomes_of_the_module_later_does_not_change_the_start():
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    training = Training(module, SGD())
    before = training.start()
    with torch.no_grad():
        for value in module.state_dict().values():
            value.add_(1)
    after = training.start()
    assert torch.equal(after["parameters"], before["parameters"])
    assert not after["parameters"].requires_grad
    assert not after["buffers"]["1.running_mean"].any()


def numbers(seed=0):
    return Noise.from_generator(generator(seed, Stream.START))


def steps_of_both(module, x, loss, steps=20):
    """The training of a module here and with `torch.optim`, in double precision: state, and the module that torch moved."""
    module, x = module.double(), x.double() if x.is_floating_point() else x
    reference = copy.deepcopy(module)
    training = Training(module, SGD(momentum=0.9))
    state = training.start()
    optimizer = torch.optim.SGD([p for p in reference.parameters() if p.requires_grad], lr=0.05, momentum=0.9)
    for _ in range(steps):
        state, _ = training.step(state, lambda network: loss(network(x)), 0.05)
        optimizer.zero_grad()
        loss(reference(x)).backward()
        optimizer.step()
    return training, state, reference


def squares(y):
    return (y - 1).square().mean()


POINTS = torch.randn(16, 3, generator=torch.Generator().manual_seed(5))


def test_frozen_parameters_stay_and_are_used():
    module = network()
    module[0].requires_grad_(False)
    before = {name: value.clone().double() for name, value in module[0].named_parameters()}
    training, state, reference = steps_of_both(module, POINTS, squares)
    assert state["parameters"].shape == (9,)  # the last layer's 8 weights and its bias
    trained = torch.cat([reference[2].weight.reshape(-1), reference[2].bias])
    assert torch.allclose(state["parameters"], trained)
    assert torch.allclose(training.network(state)(POINTS.double()), reference(POINTS.double()))
    assert all(torch.equal(value, before[name]) for name, value in module[0].named_parameters())


def test_one_frozen_parameter_of_a_layer_stays_when_the_others_are_drawn():
    layer = nn.Linear(3, 4)
    layer.weight.requires_grad_(False)
    training, before = Training(layer, SGD()), layer.weight.clone()
    state = training.start(numbers())
    assert torch.equal(layer.weight, before)
    assert state["parameters"].shape == (4,)
    assert not torch.equal(state["parameters"], layer.bias)
    expected = POINTS @ layer.weight.T + state["parameters"]
    assert torch.allclose(training.network(state)(POINTS), expected)


def test_a_frozen_layer_takes_no_noise_and_keeps_its_running_statistics():
    trunk = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    trunk(POINTS)
    trunk.requires_grad_(False).eval()
    head = nn.Linear(3, 1)
    noise = numbers()
    training = Training(nn.Sequential(trunk, head), SGD())
    state = training.start(noise)
    assert noise.used == 4
    state, _ = training.step(state, lambda network: squares(network(POINTS)), 0.1)
    expected = nn.functional.linear(trunk(POINTS), state["parameters"][:3].reshape(1, 3), state["parameters"][3:])
    assert torch.allclose(training.network(state)(POINTS), expected)
    assert torch.equal(state["buffers"]["0.1.running_mean"], trunk[1].running_mean)


def test_frozen_parameters_of_a_tree_stay():
    frozen = nn.Parameter(torch.tensor(3.0), requires_grad=False)
    training = Training({"slope": torch.zeros(()), "offset": frozen}, SGD())
    state, _ = training.step(training.start(), lambda tree: (tree["slope"] + tree["offset"]).square(), 0.1)
    assert training.network(state)["offset"] == 3
    assert training.network(state)["slope"] == pytest.approx(-0.6)  # 0 - 0.1 * 2 * 3


def test_a_parameter_under_two_names_is_trained_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(6, 3)
            self.logits = nn.Linear(3, 6)
            self.logits.weight = self.words.weight

        def forward(self, index):
            return self.logits(self.words(index))

    index = torch.tensor([0, 2, 5])
    training, state, reference = steps_of_both(Tied(), index, squares)
    assert state["parameters"].shape == (24,)  # 6 words of 3 numbers, and 6 biases
    assert torch.allclose(state["parameters"], nn.utils.parameters_to_vector(reference.parameters()))
    # It is drawn as the layer that held it first draws it: an embedding's normal numbers go beyond 1/sqrt(3).
    assert training.start(numbers())["parameters"][:18].abs().max() > 1
    assert torch.allclose(training.network(state)(index), reference(index))


@pytest.mark.parametrize(
    ("module", "got"),
    [(nn.Tanh(), "none"), (nn.Linear(1, 1).requires_grad_(False), "weight, bias")],
    ids=["none", "all"],
)
def test_there_must_be_something_to_train(module, got):
    words = f"there must be a parameter to train, got {got} (frozen)"
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        Training(module, SGD())


def test_parameters_are_of_one_type():
    with pytest.raises(ValueError, match=r"of one type, got a in torch.float32 and b in torch.float64"):
        Training({"a": torch.zeros(1), "b": torch.zeros(1, dtype=torch.float64)}, SGD())


class GatedByHand(nn.Module):
    """A reader's layer that writes into views, as a forget gate's bias is set."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(8, 4)), nn.Parameter(torch.empty(8))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.orthogonal_(self.weight)
        self.bias.data.uniform_(2, 3)
        self.bias.data[:4].fill_(1)


LAYERS = {
    "linear": lambda: nn.Linear(5, 4),
    "bilinear": lambda: nn.Bilinear(3, 4, 5),
    "conv1d": lambda: nn.Conv1d(4, 6, 3),
    "conv2d in groups": lambda: nn.Conv2d(4, 6, 3, groups=2),
    "conv3d": lambda: nn.Conv3d(2, 3, 2),
    "transposed conv1d": lambda: nn.ConvTranspose1d(3, 5, 2),
    "transposed conv2d": lambda: nn.ConvTranspose2d(3, 5, 2),
    "transposed conv3d": lambda: nn.ConvTranspose3d(2, 3, 2),
    "embedding": lambda: nn.Embedding(6, 3, padding_idx=2),
    "embedding bag": lambda: nn.EmbeddingBag(6, 3),
    "rnn": lambda: nn.RNN(3, 4),
    "lstm": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2),
    "gru": lambda: nn.GRU(3, 4),
    "rnn cell": lambda: nn.RNNCell(3, 4),
    "lstm cell": lambda: nn.LSTMCell(3, 4),
    "gru cell": lambda: nn.GRUCell(3, 4),
    "attention": lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True),
    "attention of other widths": lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5),
    "batch norm": lambda: nn.BatchNorm2d(4),
    "layer norm": lambda: nn.LayerNorm(4),
    "group norm": lambda: nn.GroupNorm(2, 4),
    "instance norm": lambda: nn.InstanceNorm1d(4, affine=True),
    "rms norm": lambda: nn.RMSNorm(4),
    "prelu": lambda: nn.PReLU(3, init=0.1),
    "encoder layer": lambda: nn.TransformerEncoderLayer(4, 2, 6),
    "decoder layer": lambda: nn.TransformerDecoderLayer(4, 2, 6),
    "transformer": lambda: nn.Transformer(4, 2, 1, 1, 6),
    "adaptive softmax": lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 8, [3, 5]),
    "a reader's": GatedByHand,
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_drawn_as_torch_draws_them(name):
    """Against torch's own constructor: what it draws, what it sets, and how what it draws is spread."""
    count, make = 200, LAYERS[name]
    torch.manual_seed(7)
    expected = [dict(make().named_parameters()) for _ in range(count)]
    module = make()
    training = Training(module, SGD())
    drawn = [
        dict(zip(training.initial, training.start(numbers(seed))["parameters"].split(training.sizes), strict=True))
        for seed in range(count)
    ]
    for parameter in training.initial:
        theirs = torch.stack([each[parameter].detach().reshape(-1) for each in expected])
        ours = torch.stack([each[parameter] for each in drawn])
        random = (theirs != theirs[0]).any(0)
        assert torch.equal(ours[:, ~random], theirs[:, ~random]), (
            parameter
        )  # as set: zeros, ones, an embedding's padding
        assert (ours[:, random] != ours[0, random]).any(0).all(), parameter
        ours, theirs = ours[:, random], theirs[:, random]
        if not ours.numel():
            continue
        assert ks_2samp(ours.reshape(-1), theirs.reshape(-1)).pvalue > 1e-3, parameter
        deviation = theirs.std()
        # Each number's mean and deviation, of 200 draws: normal around the truth by deviation / sqrt(200), so that one
        # of some hundred lies five of these off once in ten thousand times.
        assert ((ours.mean(0) - theirs.mean()).abs() < 5 * deviation / count**0.5).all(), parameter
        assert (ours.std(0) / deviation - 1).abs().max() < 0.3, parameter
        if ours.shape[1] > 1:  # numbers are drawn one by one
            assert ours.T.corrcoef().triu(1).abs().max() < 0.4, parameter


def test_uniform_numbers_keep_to_their_bounds_and_normal_ones_do_not():
    # nn.Linear and nn.Conv2d: weight and bias uniform in +-1/sqrt(fan_in), with kurtosis 9/5 and deviation bound / sqrt(3);
    # nn.Embedding: standard normal, with kurtosis 3.
    def kurtosis(x):
        return ((x - x.mean()) / x.std(correction=0)).pow(4).mean()

    for layer, fan_in in ((nn.Linear(100, 400), 100), (nn.Conv2d(4, 400, 5), 100)):
        drawn, bound = Training(layer, SGD()).start(numbers())["parameters"], fan_in**-0.5
        weight, bias = drawn[:-400], drawn[-400:]
        assert bound * 0.99 < bias.abs().max() <= bound
        assert bound * 0.999 < weight.abs().max() <= bound
        assert weight.std() == pytest.approx(bound / 3**0.5, rel=0.01)
        assert bias.std() == pytest.approx(bound / 3**0.5, rel=0.1)
        assert kurtosis(weight) == pytest.approx(1.8, rel=0.02)
    drawn = Training(nn.Embedding(400, 100), SGD()).start(numbers())["parameters"]
    assert drawn.mean() == pytest.approx(0, abs=0.02)
    assert drawn.std() == pytest.approx(1, rel=0.01)
    assert kurtosis(drawn) == pytest.approx(3, rel=0.05)
    assert drawn.abs().max() > 3.5


def test_linear_layers_take_one_number_each_in_the_order_of_their_parameters():
    # 2u - 1, times 1/sqrt(fan_in): written down here, since the book's pictures for a seed hang on it.
    noise, expected = numbers(), numbers()
    module = nn.Sequential(nn.Linear(4, 2), nn.Conv1d(1, 1, 9))
    drawn = Training(module, SGD()).start(noise)["parameters"]
    uniform = expected.uniform(20)
    bounds = torch.tensor([1 / 2] * 10 + [1 / 3] * 10)
    assert torch.equal(drawn, (2 * uniform - 1) * bounds)
    assert noise.used == 20


def test_parameters_are_drawn_in_their_own_precision():
    state = Training(nn.Sequential(nn.Linear(2, 2), nn.Embedding(2, 2)).double(), SGD()).start(numbers())
    assert state["parameters"].dtype == torch.float64


def test_a_draw_leaves_the_module_and_torchs_generator_alone():
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    module[1].running_mean += 1
    before, generator_state = copy.deepcopy(module.state_dict()), torch.get_rng_state()
    training = Training(module, SGD())
    state = training.start(numbers())
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), generator_state)
    assert not state["buffers"]["1.running_mean"].any()  # drawn afresh, statistics begin afresh
    assert (training.start()["buffers"]["1.running_mean"] == 1).all()


class Raw(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)
        self.scale = nn.Parameter(torch.ones(2))


class Scaled(nn.Linear):
    """A layer whose `reset_parameters` is inherited and does not know of all that it has."""

    def __init__(self):
        super().__init__(2, 2)
        self.scale = nn.Parameter(torch.ones(2))


class Resetting(nn.Module):
    def __init__(self, reset):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(40, 2))
        self.reset = reset

    def reset_parameters(self):
        self.reset(self.weight)


REFUSED = {
    "no reset_parameters": (Raw, "x.scale cannot be drawn"),
    "a reset_parameters that leaves one out": (Scaled, "x.scale cannot be drawn"),
    "weight norm": (
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)),
        r"x.parametrizations.weight.original\d cannot be drawn",
    ),
    "truncated normal": (
        lambda: Resetting(nn.init.trunc_normal_),
        r"x \(Resetting\) cannot be drawn from noise: its reset_parameters uses",
    ),
    "numbers aside": (
        lambda: Resetting(lambda weight: weight.copy_(torch.randn(40, 2))),
        r"x \(Resetting\) .* uses randn, where only uniform_ and normal_",
    ),
    "a choice": (lambda: Resetting(lambda weight: weight.normal_()[0, 0] > 0 and weight.zero_()), r"x \(Resetting\)"),
    "part of it": (lambda: Resetting(lambda weight: weight[1:].normal_()), "x.weight cannot be drawn"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_is_refused_by_name(name):
    make, words = REFUSED[name]
    training = Training(nn.ModuleDict({"x": make()}), SGD())
    with pytest.raises(ValueError, match=words):
        training.start(numbers())
    assert training.start()["parameters"].isfinite().all()  # without noise it starts as it is


def test_a_module_that_is_one_layer_is_called_the_module():
    layer = Resetting(lambda weight: weight.copy_(torch.randn(40, 2)))
    with pytest.raises(ValueError, match=r"^the module \(Resetting\) cannot be drawn"):
        Training(layer, SGD()).start(numbers())
    training = Training(nn.LSTM(2, 2, 2, dropout=0.3), SGD())
    with pytest.raises(ValueError, match=r"^the module \(LSTM\) drops at random"):
        training.step(training.start(), lambda network: network(torch.ones(1, 2))[0].sum(), 0.1)


def test_what_reset_parameters_computes_is_computed_as_it_says():
    layer = Resetting(lambda weight: weight.copy_(torch.div(weight.fill_(3), 2, rounding_mode="floor")))
    assert (Training(layer, SGD()).start(numbers())["parameters"] == 1).all()


def test_numbers_of_torchs_default_distributions_are_those_of_the_noise():
    # From 0 to 1, and with mean 0 and deviation 1
    uniform = Training(Resetting(lambda weight: weight.uniform_()), SGD()).start(numbers())["parameters"]
    normal = Training(Resetting(lambda weight: weight.normal_()), SGD()).start(numbers())["parameters"]
    assert torch.allclose(uniform, numbers().uniform(80))
    assert torch.equal(normal, numbers().normal(40, 2).reshape(-1))


def test_batch_normalisation_trains_like_torch():
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))
    before = copy.deepcopy(module).double()
    training, state, reference = steps_of_both(module, POINTS, squares)
    assert torch.allclose(state["parameters"], nn.utils.parameters_to_vector(reference.parameters()))
    assert state["buffers"].keys() == dict(reference.named_buffers()).keys()
    assert all(torch.allclose(state["buffers"][name], value) for name, value in reference.named_buffers())
    assert state["buffers"]["1.num_batches_tracked"] == 20
    points = POINTS.double()[:1]  # of one point there are no statistics of the batch
    assert torch.allclose(training.network(state)(points), reference.eval()(points))
    assert all(torch.equal(value, before.state_dict()[name]) for name, value in module.state_dict().items())
    assert all(layer.training for layer in module.modules())


def test_a_network_can_be_looked_at_in_training_mode():
    module = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3))
    training = Training(module, SGD())
    state = training.start()
    network = training.network(state, train=True)
    assert torch.allclose(network(POINTS), copy.deepcopy(module)(POINTS))
    network(POINTS)
    assert network.buffers["0.num_batches_tracked"] == 2
    assert state["buffers"]["0.num_batches_tracked"] == 0


def test_each_layer_trains_in_its_own_mode():
    module = nn.Sequential(nn.BatchNorm1d(3), nn.BatchNorm1d(3))
    module[0].eval()
    training = Training(module, SGD())
    state, _ = training.step(training.start(), lambda network: squares(network(POINTS)), 0.1)
    assert not state["buffers"]["0.running_mean"].any()
    assert state["buffers"]["1.running_mean"].all()
    training.network(state)(POINTS)
    assert [layer.training for layer in module] == [False, True]


def test_buffers_that_a_layer_assigns_travel_too():
    class Centred(nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = nn.Parameter(torch.zeros(3))
            self.register_buffer("mean", torch.zeros(3))

        def forward(self, x):
            self.mean = (self.mean + x.mean(0)) / 2
            return x - self.mean + self.shift

    training = Training(Centred(), SGD())
    state = training.start()
    for _ in range(3):
        state, _ = training.step(state, lambda network: squares(network(POINTS)), 0.1)
    assert torch.allclose(state["buffers"]["mean"], 7 / 8 * POINTS.mean(0))
    assert not training.module.mean.any()


def test_a_layer_that_counts_its_calls_leaves_the_state_alone():
    class Counting(nn.Linear):
        def __init__(self):
            super().__init__(3, 1)
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            return super().forward(x)

    training = Training(Counting(), SGD())
    state = training.start(numbers())
    for train in (False, True):
        training.network(state, train=train)(POINTS)
    training.step(state, lambda network: squares(network(POINTS)), 0.1)
    assert state["buffers"]["calls"] == training.start()["buffers"]["calls"] == training.module.calls == 0


@pytest.mark.parametrize(
    "layer",
    [nn.Dropout(0.3), nn.MultiheadAttention(2, 1, dropout=0.3), nn.LSTM(2, 2, 2, dropout=0.3)],
    ids=lambda layer: type(layer).__name__,
)
def test_dropout_of_torchs_own_is_refused_by_name(layer):
    module = nn.ModuleDict({"x": layer, "y": nn.Linear(2, 2)})
    module.forward = lambda inputs: module["y"](inputs)
    training = Training(module, SGD())
    state = training.start()

    def loss(network):
        return network(torch.ones(1, 2)).sum()

    with pytest.raises(ValueError, match=rf"x \({type(layer).__name__}\) drops at random by 0.3, aside from noise"):
        training.step(state, loss, 0.1)
    training.network(state)(torch.ones(1, 2))
    layer.eval()
    training.step(state, loss, 0.1)


def test_dropout_that_drops_nothing_is_let_through():
    training = Training(nn.Sequential(nn.Linear(2, 2), nn.Dropout(0)), SGD())
    training.step(training.start(), lambda network: network(torch.ones(1, 2)).sum(), 0.1)


@pytest.mark.parametrize("rule", [RMSprop(), Adam()], ids=["rmsprop", "adam"])
def test_what_has_no_gradient_stays(rule):
    training = Training({"used": torch.ones(2), "unused": torch.ones(2)}, rule)
    state, _ = training.step(training.start(), lambda tree: tree["used"].sum(), 0.1)
    assert torch.equal(training.network(state)["unused"], torch.ones(2))  # and not 1 - 0.1 * 0/0


@pytest.mark.parametrize("capacity", [2, 3, 7, 8])
def test_a_trace_holds_the_steps_of_a_plain_list(capacity):
    # Every stride-th entry of the list of all values, with the least power of 2 for which the last step has a place.
    values, trace = [], start_trace(series=2, capacity=capacity)
    assert trace_steps(trace).tolist() == [0] * capacity
    for step in range(70):
        values.append([step**2 / 7, -step])
        trace = record(trace, torch.tensor(values[-1]))
        stride = 1
        while step > (capacity - 1) * stride:
            stride *= 2
        steps = [min(place * stride, step) for place in range(capacity)]
        assert trace_steps(trace).tolist() == steps
        assert torch.equal(trace["values"], torch.tensor([values[each] for each in steps]).T)


def test_a_trace_has_256_places_unless_told_otherwise():
    assert start_trace(3)["values"].shape == (3, 256)


def test_a_running_mean_is_plain_at_first_and_forgets_exponentially_later():
    values = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))
    mean = torch.zeros(3)
    for count, value in enumerate(values, start=1):
        mean = running_mean(mean, value, torch.tensor(float(count)), least=0.25)
        if count <= 4:
            assert torch.allclose(mean, values[:count].mean(0))
    # From the fifth on each new value weighs 1/4 and all before it 3/4, as in pandas' ewm(alpha=0.25).
    weights = 0.75 ** torch.arange(7, -1, -1.0)
    expected = 0.25 * (weights[:, None] * values[4:]).sum(0) + 0.75**8 * values[:4].mean(0)
    assert torch.allclose(mean, expected, atol=1e-6)


def test_a_running_mean_gives_the_newest_value_a_fiftieth_unless_told_otherwise():
    assert running_mean(torch.zeros(()), torch.ones(()), torch.tensor(1000.0)) == pytest.approx(0.02)


class Attention(nn.Module):
    """Attention as `nn.functional` has it, and as layers that fuse it."""

    def __init__(self):
        super().__init__()
        self.query = nn.Linear(4, 4)
        self.several = nn.MultiheadAttention(4, 2, batch_first=True)
        self.encoder = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)

    def forward(self, x):
        x = x + nn.functional.scaled_dot_product_attention(self.query(x), x, x)
        return self.encoder(x + self.several(x, x, x, need_weights=False)[0])


def test_attention_trains_on_the_page_as_in_the_kernel():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        training, sequence = Training(Attention(), SGD()), torch.randn(2, 3, 4)

    def loss(network):
        return (network(sequence) - sequence).square().mean()

    functions = {
        "start": lambda: training.start(),
        "step": lambda state: training.step(state, loss, 0.1)[0],
        "frame": lambda state: {"outputs": training.network(state)(sequence), "loss": loss(training.network(state))},
    }
    kernel, page = TorchProgram(functions, {}), OnnxProgram(export_model(functions, {}, {}), {}, [])
    before, after, found = (Engine(each).advance(n, {}, 0).arrays for each, n in ((kernel, 0), (kernel, 5), (page, 5)))
    assert after["loss"] < before["loss"]
    np.testing.assert_allclose(found["outputs"], after["outputs"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "x", "words"),
    [
        (
            nn.Embedding(4, 3, max_norm=0.5),
            torch.tensor([1, 2]),
            r"\(Embedding\) changes its weights in place by max_norm=0.5",
        ),
        (nn.EmbeddingBag(4, 3, max_norm=0.5), torch.tensor([[1, 2]]), "EmbeddingBag.*torch.clamp"),
        (nn.BatchNorm1d(3, momentum=None), POINTS, r"\(BatchNorm1d\) has momentum=None, .*; give it a momentum"),
    ],
)
def test_layers_that_change_what_is_not_theirs_are_refused_by_name(layer, x, words):
    training = Training(layer, SGD())
    with pytest.raises(ValueError, match=words):
        training.step(training.start(), lambda network: network(x).sum(), 0.1)
