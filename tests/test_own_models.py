"""Models as readers have them: modes, masks, sizes, layers in place, and weights that are made of others."""

import copy
import io

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, parametrize, prune

from kexue_widgets.reuse import EmbeddingDense, clone_model, edges_of, submodel, summary, trace


class Net(nn.Module):
    """Dropout as a function, told the mode in the two usual ways, and a constant that follows the mode."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 64), nn.Linear(64, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.dropout(torch.tanh(self.first(x)), 0.5, self.training)
        x = functional.alpha_dropout(x, p=0.2, training=self.training)
        return self.last(x) * (2.0 if self.training else 1.0)


@pytest.mark.parametrize("training", [False, True])
def test_a_traced_model_follows_its_mode(training):
    torch.manual_seed(0)
    model, x = Net().train(training), torch.randn(5, 4)
    traced = trace(model)
    assert model.training == model.first.training == training
    for mode in (training, not training, training):
        for graph in (traced, submodel(traced), copy.deepcopy(traced)):
            model.train(mode)
            graph.train(mode)
            torch.manual_seed(1)
            expected = model(x)
            torch.manual_seed(1)
            torch.testing.assert_close(graph(x), expected)
    traced.eval()
    assert torch.equal(traced(x), traced(x))
    assert list(summary(traced)["layer"]) == list(summary(Net())["layer"])
    assert summary(traced)["layer"]["dropout"] == "dropout"


def test_dropout_that_is_always_on_stays_on():
    class Always(nn.Module):
        def forward(self, x):
            return functional.dropout(x, 0.5)

    traced = trace(Always()).eval()
    assert (traced(torch.ones(1000)) == 0).any()


class Parting(nn.Module):
    """Another way in training."""

    def forward(self, x):
        return torch.tanh(x) if self.training else x


def test_models_of_two_ways_are_refused_unless_they_are_layers():
    model = nn.Sequential(nn.Linear(2, 2), Parting())

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.parting = Parting()

        def forward(self, x):
            return self.parting(x) + 1

    with pytest.raises(ValueError, match="must call the same layers in training and in evaluation, parting does not"):
        trace(Outer())
    assert trace(Outer(), Parting).train()(torch.ones(1)) == torch.tanh(torch.ones(1)) + 1
    with pytest.raises(TypeError, match="layers must be classes of modules, got Parting"):
        trace(model, Parting())
    with pytest.raises(TypeError, match=r"model must be a torch\.nn\.Module, got str"):
        trace("model")


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x, mask=None):
        x = self.layer(x)
        if mask is not None:
            x = x * mask
        return x.sum(1)


def test_an_optional_mask_is_none_and_says_so():
    model, x = Masked(), torch.randn(2, 3)
    traced = trace(model)
    torch.testing.assert_close(traced(x), model(x))
    assert "mask" not in {name for edge in edges_of(traced) for name in edge}
    with pytest.raises(TypeError):
        traced(x, torch.zeros(2, 3))
    with pytest.raises(TypeError):
        traced(x, mask=torch.zeros(2, 3))


def test_an_optional_input_that_is_passed_on_stays():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 1)

        def forward(self, x, mask=None):
            return self.attention(x, x, x, attn_mask=mask)[0]

    model, x = Attention().eval(), torch.randn(5, 4)
    traced = trace(model)
    mask = torch.triu(torch.ones(5, 5), 1).bool()
    torch.testing.assert_close(traced(x), model(x))
    torch.testing.assert_close(traced(x, mask=mask), model(x, mask=mask))


@pytest.mark.parametrize(
    "rectify",
    [
        nn.ReLU(inplace=True),
        lambda x: functional.relu(x, inplace=True),
        functional.relu_,
        lambda x: x.relu_(),
        lambda x: x.view(-1).mul_(2).view(x.shape),
    ],
)
def test_layers_in_place_change_nobody_elses_tensors(rectify):
    class Rectified(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(4, 4), nn.Linear(4, 2)
            self.rectify = rectify

        def forward(self, x):
            return self.last(self.rectify(self.first(x)))

    torch.manual_seed(0)
    model, x = Rectified().eval(), torch.randn(5, 4)
    hidden = model.first(x).detach()
    before, after = submodel(model, end=("first", "last"))(x)
    torch.testing.assert_close(before, hidden)
    torch.testing.assert_close(after, model(x))
    given = hidden.clone()
    torch.testing.assert_close(submodel(model, start="first")(given), model(x))
    torch.testing.assert_close(given, hidden)


def test_frozen_numbers_are_none_that_training_can_change():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))
    model[0].requires_grad_(False)
    model[1].bias.requires_grad_(False)
    assert list(summary(model)["parameters"]) == [0, 0, 12]


# Ties


class Words(nn.Module):
    def __init__(self, embedding):
        super().__init__()
        self.embedding = embedding
        self.head = EmbeddingDense(self.embedding)

    def forward(self, words):
        return self.head(self.embedding(words))


def pruned():
    embedding = nn.Embedding(9, 4)
    prune.random_unstructured(embedding, "weight", 0.5)
    return embedding


EMBEDDINGS = {
    "plain": lambda: nn.Embedding(9, 4),
    "pruned": pruned,
    "max_norm": lambda: nn.Embedding(9, 4, max_norm=0.5),
    "parametrised": lambda: parametrizations.weight_norm(nn.Embedding(9, 4)),
    "padded": lambda: nn.Embedding(9, 4, padding_idx=0),
}


@pytest.mark.parametrize("kind", EMBEDDINGS)
def test_a_tie_holds_whatever_makes_the_table(kind):
    torch.manual_seed(0)
    model, words = Words(EMBEDDINGS[kind]()), torch.arange(9)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    for _ in range(3):
        optimizer.zero_grad()
        functional.cross_entropy(model(words), words).backward()
        optimizer.step()
    table = model.embedding(words)
    torch.testing.assert_close(model.head(torch.eye(4)), table.T + model.head.bias)
    if kind == "max_norm":
        assert table.norm(dim=1).max() <= 0.5 + 1e-6
    if kind == "pruned":
        assert (table == 0).float().mean() == 0.5


@pytest.mark.parametrize("kind", EMBEDDINGS)
@pytest.mark.parametrize("assign", [False, True])
def test_a_table_is_saved_once(kind, assign):
    torch.manual_seed(0)
    model = Words(EMBEDDINGS[kind]())
    state = model.state_dict()
    assert [name for name in state if name.startswith("head.")] == ["head.bias"]
    assert len({name for name in state if "weight" in name}) == len(model.embedding.state_dict())
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    other = Words(EMBEDDINGS[kind]())
    other.load_state_dict(torch.load(file, weights_only=True), assign=assign)
    words = torch.arange(9)
    torch.testing.assert_close(other(words), model(words))
    assert other.head.embedding is other.embedding
    alone = EmbeddingDense(nn.Embedding(3, 2))  # which nobody else has
    assert set(alone.state_dict()) == {"bias", "embedding.weight"}
    twice = {**state, **{f"head.embedding.{name}": value for name, value in model.embedding.state_dict().items()}}
    other.load_state_dict(twice)  # as older files have it


def test_only_an_embedding_can_be_tied():
    with pytest.raises(TypeError, match=r"embedding must be a torch\.nn\.Embedding, got Linear"):
        EmbeddingDense(nn.Linear(2, 3))


# Clones


def old_weight_norm(module):
    with pytest.warns(FutureWarning):
        return nn.utils.weight_norm(module)


MODULES = {
    "attention": lambda: nn.MultiheadAttention(8, 2),
    "encoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2),
    "transformer": lambda: nn.Transformer(8, 2, 1, 1, 16),
    "weight norm": lambda: parametrizations.weight_norm(nn.Linear(8, 6)),
    "spectral norm": lambda: parametrizations.spectral_norm(nn.Linear(8, 6)),
    "orthogonal": lambda: parametrizations.orthogonal(nn.Linear(6, 6)),
    "weight norm by hooks": lambda: old_weight_norm(nn.Conv1d(4, 6, 3)),
    "spectral norm by hooks": lambda: nn.utils.spectral_norm(nn.Linear(8, 6)),
    "pruned": lambda: prune.random_unstructured(nn.Linear(8, 6), "weight", 0.5),
    "recurrent": lambda: nn.LSTM(4, 5),
    "lazy": lambda: nn.LazyLinear(3),
}


@pytest.mark.parametrize("kind", MODULES)
def test_every_kind_of_layer_is_drawn_anew(kind):
    torch.manual_seed(0)
    model = MODULES[kind]()
    before = {name: value.clone() for name, value in model.state_dict().items() if kind != "lazy"}
    clone = clone_model(model)
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())
    assert set(clone.state_dict()) == set(model.state_dict())
    if kind == "lazy":
        return
    for name, value in clone.named_parameters():
        assert value.shape == before[name].shape
        if kind == "orthogonal":  # which keeps most of it in a buffer
            value, before[name] = clone.weight, model.weight
        if len(value.unique()) > 1:  # not all zeros or ones, as biases and scales begin
            assert not torch.equal(value, before[name]), name
    # Drawn as the constructor draws: the spread of each weight is that of a newly made layer.
    made = MODULES[kind]().state_dict()
    for name, value in clone.state_dict().items():
        if value.dim() > 1 and "mask" not in name and value.numel() > 40:
            assert value.std() == pytest.approx(made[name].std(), rel=0.5), name


def test_a_clone_keeps_what_its_weights_are_made_by():
    torch.manual_seed(0)
    linear = MODULES["pruned"]()
    clone = clone_model(linear)
    assert torch.equal(clone.weight_mask, linear.weight_mask)
    assert torch.equal(clone.weight == 0, linear.weight_mask == 0)
    orthogonal = clone_model(MODULES["orthogonal"]())
    torch.testing.assert_close(orthogonal.weight @ orthogonal.weight.T, torch.eye(6), atol=1e-5, rtol=0)
    spectral = clone_model(MODULES["spectral norm"]()).eval()
    assert torch.linalg.matrix_norm(spectral.weight.detach(), 2) == pytest.approx(1, abs=0.05)


def test_what_cannot_be_drawn_is_named():
    class Doubled(nn.Module):
        def forward(self, x):
            return 2 * x

    linear = nn.Linear(2, 2)
    parametrize.register_parametrization(linear, "weight", Doubled())
    with pytest.raises(TypeError, match="reset_parameters; weight of 0 has none"):
        clone_model(nn.Sequential(linear))


def layered(forward, **buffers):
    """A model with a linear layer `a`, these buffers, and this `forward`."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(4, 4)
            for name, value in buffers.items():
                self.register_buffer(name, value.clone())

    Model.forward = forward
    return Model()


def mean_in_place(self, x):
    self.mean.mul_(0.9).add_(x.detach().mean(0), alpha=0.1)
    return self.a(x - self.mean)


def mean_anew(self, x):
    self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
    return self.a(x - self.mean)


def counted(self, x):
    self.mean += 1
    return self.a(x) * self.mean


def clipped(self, x):
    self.a.weight.data.clamp_(-0.1, 0.1)
    return self.a(x)


def sum_into(self, x):
    return self.a(torch.add(self.mean, 1, out=self.mean) + x)


@pytest.mark.parametrize("forward", [mean_in_place, mean_anew, counted, clipped, sum_into])
def test_models_that_change_what_they_keep_are_layers_or_refused_and_stay_as_they_were(forward):
    model = layered(forward, mean=torch.zeros(4))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(
        ValueError, match=r"must not change its own buffers and parameters.*its class is among `layers`"
    ):
        trace(model)
    torch.testing.assert_close(dict(model.state_dict()), before, rtol=0, atol=0)
    one, other = nn.Sequential(model), copy.deepcopy(nn.Sequential(model))
    traced = trace(one, type(model))
    for _ in range(2):  # the second call goes on from what the first has kept
        x = torch.randn(3, 4)
        torch.testing.assert_close(traced(x), other(x))


def test_a_buffer_is_read_at_each_call():
    model = layered(lambda self, x: self.a(x) * self.scale[: x.shape[1]], scale=torch.ones(6))
    traced, x = trace(model), torch.randn(3, 4)
    model.scale.fill_(2)
    torch.testing.assert_close(traced(x), model(x))


def test_what_a_model_computes_without_its_input_is_part_of_its_graph():
    model = layered(lambda self, x: self.a(x) * torch.tensor(2.0) + torch.arange(4))
    before, traced, x = set(vars(model)), trace(model), torch.randn(3, 4)
    for training in (True, False):
        torch.testing.assert_close(traced.train(training)(x), model(x))
    assert set(vars(model)) == before
    with pytest.raises(ValueError, match="draws random ones"):
        trace(layered(lambda self, x: self.a(x) + torch.randn(4)))


def test_what_a_model_keeps_of_a_call_is_not_taken_for_it():
    def forward(self, x):
        self.seen = self.a(x)
        return self.seen * 2

    model, x = layered(forward), torch.randn(3, 4)
    traced = trace(model)
    assert not hasattr(model, "seen")
    torch.testing.assert_close(traced(x), model(x))
    trace(model)
    torch.testing.assert_close(2 * model.seen, model(x))
    assert clone_model(model)(x).shape == (3, 4)


def without_gradients(self, x):
    with torch.no_grad():
        hidden = self.a(x)
    return hidden * x


def half_precision(self, x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return self.a(x)


@pytest.mark.parametrize("forward", [without_gradients, half_precision])
def test_gradients_and_precision_that_are_switched_on_the_way_are_refused(forward):
    model, x = layered(forward), torch.ones(2, 4)
    with pytest.raises(ValueError, match=r"no graph has torch\.no_grad or torch\.autocast"):
        trace(model)
    inside = nn.Sequential(model)
    torch.testing.assert_close(trace(inside, type(model))(x), model(x))
    with torch.no_grad():  # around all of it is no switch
        assert not trace(nn.Linear(4, 4))(x).requires_grad


@pytest.mark.parametrize("register", ["register_forward_hook", "register_forward_pre_hook"])
def test_hooks_of_a_whole_model_are_refused_and_those_within_are_part_of_the_graph(register):
    model, x = nn.Sequential(nn.Linear(4, 4), nn.ReLU()), torch.randn(3, 4)
    handle = getattr(model, register)(lambda module, values, *result: 2 * result[0] if result else (2 * values[0],))
    with pytest.raises(ValueError, match=r"must have no hooks of its own.*nn\.Sequential\(model\) has none"):
        trace(model)
    traced = trace(nn.Sequential(model))
    torch.testing.assert_close(traced(x), model(x))
    doubled = model(x)
    handle.remove()
    assert not torch.equal(model(x), doubled)
    torch.testing.assert_close(trace(model)(x), model(x))


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Branching(), "must call the same layers whatever it is given.*its class is among `layers`"),
        (nn.Sequential(nn.Linear(2, 2), Branching()), "must call the same layers whatever it is given"),
        (nn.TransformerEncoderLayer(4, 2, 8), "must call the same layers whatever it is given"),
        (torch.jit.script(nn.Linear(2, 2)), "as it was before it was scripted or compiled, got RecursiveScriptModule"),
        (torch.compile(nn.Linear(2, 2)), "as it was before it was scripted or compiled, got OptimizedModule"),
    ],
)
def test_what_is_no_graph_of_layers_is_refused_in_words(model, words):
    with pytest.raises(ValueError, match=words):
        trace(model)


def test_a_lazy_layer_is_counted_once_it_knows_its_size():
    model = nn.Sequential(nn.LazyLinear(3))
    with pytest.raises(
        ValueError, match="model must have been called once, before which _0 does not know its own size"
    ):
        summary(model)
    model(torch.zeros(1, 5))
    assert summary(model).parameters.sum() == 3 * 5 + 3
