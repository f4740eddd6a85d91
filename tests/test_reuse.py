"""Layers and models that are reused: gradients that add up, ties that hold, cuts that are cuts."""

import copy
import io
import itertools

import networkx
import numpy as np
import pytest
import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from kexue_widgets.efficientnet import EfficientNetLite0, InvertedResidual, SamePad, load, preprocess
from kexue_widgets.live import Noise, Stream, export_model, generator
from kexue_widgets.reuse import (
    CutHere,
    DigitNet,
    EmbeddingDense,
    LookInside,
    NotACut,
    ShareOrCopy,
    accuracy,
    clone_model,
    edges_of,
    leaking_edges,
    picture,
    submodel,
    summary,
    trace,
    train,
    trained,
)


class Thrice(nn.Module):
    """One layer three times, and another one."""

    def __init__(self) -> None:
        super().__init__()
        self.again, self.last = nn.Linear(5, 5), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(3):
            x = torch.tanh(self.again(x))
        return self.last(x)


class MaskedModel(nn.Module):
    """Guesses words from words, and writes them with the table that it reads them with."""

    def __init__(self, words: int = 20, width: int = 6) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.body = nn.Linear(width, width)
        self.head = EmbeddingDense(self.embedding)

    def forward(self, words: Tensor) -> Tensor:
        return self.head(torch.tanh(self.body(self.embedding(words))))


def randomised(model: nn.Module, seed: int = 0) -> nn.Module:
    """In evaluation mode, with running statistics that matter."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
    return model.eval()


def efficientnet() -> nn.Module:
    torch.manual_seed(0)
    return randomised(EfficientNetLite0())


CASES = {
    "DigitNet, layer by layer": (lambda: trace(randomised(DigitNet())), (2, 1, 8, 8)),
    "DigitNet, unit by unit": (lambda: trace(randomised(DigitNet()), nn.Sequential), (2, 1, 8, 8)),
    "one layer three times": (lambda: trace(Thrice()), (2, 5)),
    "EfficientNet-Lite0": (lambda: trace(efficientnet()), (1, 3, 64, 64)),
}

SMALL = [name for name in CASES if name != "EfficientNet-Lite0"]  # where all pairs take seconds


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[fx.GraphModule, Tensor]:
    make, shape = CASES[request.param]
    torch.manual_seed(1)
    return make(), torch.rand(shape)


class Recorder(fx.Interpreter):
    """torch.fx's own interpreter, keeping the value of every node."""

    def __init__(self, model: fx.GraphModule) -> None:
        super().__init__(model)
        self.values: dict[str, object] = {}

    def run_node(self, n: fx.Node) -> object:
        self.values[n.name] = super().run_node(n)
        return self.values[n.name]


def storages_of(model: nn.Module) -> set[int]:
    """Addresses of the memory behind the parameters and the running statistics."""
    return {each.untyped_storage().data_ptr() for each in itertools.chain(model.parameters(), model.buffers())}


def values_of(model: fx.GraphModule, x: Tensor) -> dict[str, object]:
    recorder = Recorder(model)
    with torch.no_grad():
        recorder.run(x)
    return recorder.values


def network(model: fx.GraphModule) -> tuple[networkx.DiGraph, list[str], str]:
    """The graph for networkx, the inputs' names, and the name of the node that is the output."""
    graph = networkx.DiGraph(edges_of(model))
    nodes = model.graph.nodes
    inputs = [node.name for node in nodes if node.op == "placeholder"]
    return graph, inputs, next(node for node in nodes if node.op == "output").args[0].name


def expected_leaks(
    graph: networkx.DiGraph, inputs: list[str], start: set[str], end: str
) -> set[tuple[str, str]] | None:
    """By reachability alone: edges, on a way from the inputs to the end without the start nodes, from what does not
    depend on these to what does. None if the end does not depend on them but does on the inputs."""
    without = graph.subgraph(set(graph) - start)
    past = set().union(*({each} | networkx.descendants(without, each) for each in inputs if each in without))
    after = set().union(*({each} | networkx.descendants(graph, each) for each in start))
    if end in past and end not in after:
        return None
    before_end = {end} | networkx.ancestors(without, end) if end in without else set()
    return {(u, v) for u, v in without.edges if u in past - after and v in after and v in before_end}


def assert_same_verdict(model: fx.GraphModule, start: tuple[str, ...], end: str, expected: set | None) -> None:
    if expected is None:
        with pytest.raises(NotACut, match="end must depend on start"):
            leaking_edges(model, start, end)
    else:
        assert set(leaking_edges(model, start, end)) == expected


# Cuts


@pytest.mark.parametrize("name", CASES)
def test_every_pair_is_judged_as_reachability_says(name: str) -> None:
    # Every start, and every end; of the large network, whose pairs are 52,900, the ends at which ways meet, and the last.
    # Removing a cut leaves no way from the inputs to the end.
    model = CASES[name][0]()
    graph, inputs, output = network(model)
    ends = list(graph) if name in SMALL else [*(node for node in graph if graph.in_degree(node) > 1), output]
    cuts = leaks = 0
    for start in graph:
        without = graph.subgraph(set(graph) - {start})
        past = set().union(*({each} | networkx.descendants(without, each) for each in inputs if each in without))
        after = {start} | networkx.descendants(graph, start)
        for end in ends:
            expected = expected_leaks(graph, inputs, {start}, end)
            assert_same_verdict(model, (start,), end, expected)
            if end in after:
                assert (expected == set()) == (end not in past)
                cuts, leaks = cuts + (end not in past), leaks + (end in past)
    assert cuts > 20
    assert (leaks > 0) == (name != "one layer three times")  # which is a chain


def test_part_behind_every_cut_gives_the_same_bits(case: tuple[fx.GraphModule, Tensor]) -> None:
    # The peer is torch.fx's own interpreter. Where the node is no cut, the error names an edge that goes round it.
    model, x = case
    graph, inputs, output = network(model)
    values = values_of(model, x)
    storages = storages_of(model)
    for start in values:
        if start == "output" or start not in graph:
            continue
        leaks = expected_leaks(graph, inputs, {start}, output)
        if leaks:
            with pytest.raises(NotACut, match="past " + start) as raised:
                submodel(model, start=start)
            assert set(raised.value.edges) == leaks
            assert all(f"{before} → {after}" in str(raised.value) for before, after in leaks)
        else:
            part = submodel(model, start=start)
            with torch.no_grad():
                assert torch.equal(part(values[start]), values[output])
            assert storages_of(part) <= storages


@pytest.mark.parametrize("name", SMALL)
def test_part_between_any_two_nodes_gives_the_same_bits(name: str) -> None:
    make, shape = CASES[name]
    model, x = make(), torch.rand(shape)
    graph, inputs, _ = network(model)
    values = values_of(model, x)
    for start, end in itertools.product(graph, graph):
        expected = expected_leaks(graph, inputs, {start}, end)
        if expected == set():
            with torch.no_grad():
                assert torch.equal(submodel(model, start=start, end=end)(values[start]), values[end])
        else:
            with pytest.raises(NotACut):
                submodel(model, start=start, end=end)


def test_two_nodes_cut_where_reachability_says() -> None:
    # All pairs of the residual network's nodes: bits where they are a cut, refusals elsewhere.
    model, x = trace(randomised(DigitNet()), nn.Sequential), torch.rand(2, 1, 8, 8)
    graph, inputs, output = network(model)
    values = values_of(model, x)
    cuts = 0
    for pair in itertools.combinations(graph, 2):
        expected = expected_leaks(graph, inputs, set(pair), output)
        assert_same_verdict(model, pair, output, expected)
        alone = [graph.subgraph(set(graph) - ({*pair} - {each})) for each in pair]
        needed = all(
            output in rest and networkx.has_path(rest, each, output) for rest, each in zip(alone, pair, strict=True)
        )
        if expected:
            with pytest.raises(NotACut):
                submodel(model, start=pair)
        elif not needed:  # one of the two lies behind the other
            with pytest.raises(ValueError, match="that the end needs"):
                submodel(model, start=pair)
        else:
            cuts += 1
            with torch.no_grad():
                assert torch.equal(submodel(model, start=pair)(*(values[each] for each in pair)), values[output])
    assert cuts > 5  # the two branches of each block


def test_error_names_the_edge_that_goes_round_the_block() -> None:
    model = trace(DigitNet(), nn.Sequential)
    with pytest.raises(NotACut, match=r"no cut: .* past block1_first by the edge stem → add$") as raised:
        submodel(model, start="block1_first")
    assert raised.value.edges == (("stem", "add"),)


def test_unknown_node_is_refused_with_names_that_are_near() -> None:
    with pytest.raises(ValueError, match=r"such as block1_first.*got 'block1_frist'"):
        submodel(trace(DigitNet(), nn.Sequential), start="block1_frist")


def test_inputs_that_the_end_does_not_need_are_left_out() -> None:
    class Two(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            c = a * 2
            return c + b

    assert submodel(Two(), end="mul")(torch.ones(1)) == 2
    with pytest.raises(NotACut, match="the edge b → add"):
        submodel(Two(), start="mul")
    assert submodel(Two(), start=("mul", "b"))(torch.ones(1), torch.ones(1)) == 2


# Features


def test_features_are_those_of_forward_hooks() -> None:
    model, x = randomised(DigitNet()), torch.rand(3, 1, 8, 8)
    names = ["block1.first.2", "block2.shortcut", "block3.second.0"]
    seen = {}
    for name in names:
        model.get_submodule(name).register_forward_hook(lambda *event, name=name: seen.update({name: event[-1]}))
    features = submodel(model, end=[name.replace(".", "_") for name in names])(x)
    hooked = [seen[name].clone() for name in names]
    model(x)
    assert all(torch.equal(one, other) for one, other in zip(features, hooked, strict=True))
    assert all(torch.equal(one, seen[name]) for one, name in zip(features, names, strict=True))


def test_part_is_the_models_own_layers() -> None:
    # A step of the optimiser on the part is a step on the whole.
    model = DigitNet()
    part = submodel(trace(model, nn.Sequential), start="add_1")
    assert part.block3.first is model.block3.first
    expected = {name for name in dict(model.named_parameters()) if name.startswith(("block3", "pool", "head"))}
    assert set(dict(part.named_parameters())) == expected
    for name, parameter in part.named_parameters():
        assert parameter.untyped_storage().data_ptr() == model.get_parameter(name).untyped_storage().data_ptr()
    x = torch.rand(2, 16, 4, 4)
    part(x).sum().backward()
    torch.optim.SGD(part.parameters(), 0.1).step()
    assert torch.equal(part(x), submodel(trace(model, nn.Sequential), start="add_1")(x))


def test_parts_can_be_saved_copied_and_cut_again() -> None:
    model = trace(randomised(DigitNet()), nn.Sequential)
    part = submodel(model, start="add", end="add_2")
    x = torch.rand(1, 8, 8, 8)
    assert torch.equal(copy.deepcopy(part)(x), part(x))
    rest = submodel(part, start="add_1")
    assert torch.equal(nn.Sequential(submodel(part, end="add_1"), rest)(x), part(x))


# Sharing


def test_gradient_of_a_shared_weight_is_the_sum_over_its_uses() -> None:
    torch.manual_seed(0)
    model, x = Thrice().double(), torch.randn(7, 5).double()
    model(x).square().mean().backward()
    copies = [copy.deepcopy(model.again) for _ in range(3)]
    hidden = x
    for layer in copies:
        hidden = torch.tanh(layer(hidden))
    model.last(hidden).square().mean().backward()
    for name in ("weight", "bias"):
        total = sum(getattr(layer, name).grad for layer in copies)
        torch.testing.assert_close(getattr(model.again, name).grad, total, atol=1e-12, rtol=0)


def test_shared_layer_is_counted_once_and_marked() -> None:
    # 5 * 5 + 5 and 5 * 2 + 2
    table = summary(Thrice())
    assert table["parameters"].sum() == 42 == sum(each.numel() for each in Thrice().parameters())
    assert list(table["parameters"][["again", "again_1", "again_2", "last"]]) == [30, 0, 0, 12]
    assert table["shares with"]["again_1"] == "again, again_2"
    assert table["shares with"]["last"] == ""


def test_tied_layers_are_marked_though_they_are_two_modules() -> None:
    table = summary(trace(MaskedModel(), EmbeddingDense))
    assert table["shares with"]["embedding"] == "head"
    assert table["parameters"].sum() == 20 * 6 + (6 * 6 + 6) + 20
    assert table["parameters"]["head"] == 20  # the bias


def test_picture_shows_the_graph() -> None:
    (axes,) = picture(Thrice()).axes
    texts = {each.get_text() for each in axes.texts}
    assert {"x", "again\n30", "again_1\n= again", "again_2\n= again", "last\n12"} <= texts


# Ties


def test_tied_layer_multiplies_by_the_table_transposed() -> None:
    torch.manual_seed(0)
    model = MaskedModel()
    hidden = torch.randn(2, 3, 6)
    nn.init.normal_(model.head.bias)
    expected = torch.einsum("btd,vd->btv", hidden, model.embedding.weight) + model.head.bias
    torch.testing.assert_close(model.head(hidden), expected)


def test_tied_model_learns_through_both_uses() -> None:
    # The gradient is the sum of what it would be for a table to read with and a table to write with.
    torch.manual_seed(0)
    model, words = MaskedModel(), torch.arange(20)
    functional.cross_entropy(model(words), words).backward()
    reading, writing = (model.embedding.weight.detach().clone().requires_grad_() for _ in range(2))
    hidden = torch.tanh(model.body(functional.embedding(words, reading)))
    functional.cross_entropy(functional.linear(hidden, writing, model.head.bias), words).backward()
    torch.testing.assert_close(model.embedding.weight.grad, reading.grad + writing.grad, atol=1e-6, rtol=0)

    optimizer = torch.optim.Adam(model.parameters(), 0.05)
    assert sum(len(group["params"]) for group in optimizer.param_groups) == 4  # the table is there once
    for _ in range(120):
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(words), words)
        loss.backward()
        optimizer.step()
    assert loss < 0.1
    assert model.head.embedding.weight is model.embedding.weight


@pytest.mark.parametrize("assign", [False, True])
def test_tie_survives_saving_and_loading(assign: bool) -> None:
    torch.manual_seed(0)
    model, words = MaskedModel(words=5000), torch.arange(9)
    nn.init.normal_(model.head.bias)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    assert file.tell() < 1.2 * 4 * 5000 * (6 + 1)  # the table is written once
    file.seek(0)
    loaded = MaskedModel(words=5000)
    loaded.load_state_dict(torch.load(file, weights_only=True), assign=assign)
    assert torch.equal(loaded(words), model(words))
    assert loaded.head.embedding.weight is loaded.embedding.weight
    assert len(list(loaded.parameters())) == 4


@pytest.mark.parametrize("how", [copy.deepcopy, clone_model, lambda model: model.double().float()])
def test_tie_survives_copying(how: object) -> None:
    clone = how(MaskedModel())
    assert clone.head.embedding.weight is clone.embedding.weight


def test_tie_survives_where_an_assigned_weight_does_not() -> None:
    # A model made on the device "meta" and given memory later: torch puts a new tensor in the place of each name.
    with torch.device("meta"):
        model, assigned = MaskedModel(), nn.Sequential(nn.Embedding(20, 6), nn.Linear(6, 20))
        assigned[1].weight = assigned[0].weight
    model.to_empty(device="cpu")
    assigned.to_empty(device="cpu")
    assert assigned[1].weight is not assigned[0].weight
    assert model.head.embedding.weight is model.embedding.weight
    assert len(list(model.parameters())) == 4


# Clones


def test_fresh_clone_has_the_structure_and_not_the_weights() -> None:
    model = trained()
    clone = clone_model(model)
    assert [(name, each.shape) for name, each in clone.named_parameters()] == [
        (name, each.shape) for name, each in model.named_parameters()
    ]
    for (name, one), other in zip(clone.named_parameters(), model.parameters(), strict=True):
        assert not torch.equal(one, other), name
        assert one.untyped_storage().data_ptr() != other.untyped_storage().data_ptr()
    assert all(each.running_var.eq(1).all() for each in clone.modules() if isinstance(each, nn.BatchNorm2d))
    assert accuracy(model) > 0.95  # untouched
    assert accuracy(clone) < 0.4


def test_fresh_clone_shares_within_itself_what_was_shared() -> None:
    clone = clone_model(Thrice())
    assert summary(clone)["parameters"].sum() == 42


def test_fresh_refuses_what_it_cannot_draw() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Module())
    model[1].scale = nn.Parameter(torch.ones(2))
    with pytest.raises(TypeError, match="reset_parameters; 1 has none"):
        clone_model(model)


# Halves


def test_halves_of_strangers_do_not_fit_and_halves_of_kin_do() -> None:
    # Chance is 0.1. Two networks that grew up apart name their features differently.
    kept = trace(trained(), nn.Sequential)
    torch.manual_seed(5)
    stranger = trace(train(DigitNet(), epochs=2), nn.Sequential)
    assert accuracy(stranger) > 0.8
    assert accuracy(nn.Sequential(submodel(kept, end="add_1"), submodel(kept, start="add_1"))) == accuracy(kept)
    assert accuracy(nn.Sequential(submodel(kept, end="add_1"), submodel(stranger, start="add_1"))) < 0.5
    kin = trace(train(copy.deepcopy(trained()), epochs=1, rate=0.002), nn.Sequential)
    assert accuracy(nn.Sequential(submodel(kept, end="add_1"), submodel(kin, start="add_1"))) > 0.9


def test_training_leaves_frozen_parameters_alone() -> None:
    model = trained()
    before = model.stem.weight.detach().clone()
    model.stem.requires_grad_(False)
    train(model, epochs=1)
    assert torch.equal(before, model.stem.weight)
    assert not torch.equal(model.head.weight, trained().head.weight)


# Explorers


@pytest.mark.parametrize(("second", "third"), list(itertools.product([True, False], repeat=2)))
def test_explorer_shares_what_is_chosen(second: bool, third: bool) -> None:
    explorer = ShareOrCopy(second=second, third=third, seed=1)
    explorer.reset()
    explorer.advance(3)
    arrays = explorer.arrays
    *calls, total, backward = arrays["gradients"]
    np.testing.assert_allclose(sum(calls), total, atol=1e-7)
    np.testing.assert_allclose(total, backward, atol=1e-7)
    assert [bool(abs(call).max() > 0) for call in calls] == [True, second, third]
    assert arrays["summary"][0].tolist() == [20 * (3 - second - third), 60]
    # layer 1, 2, 3, then weight A; then its lines, and those of B and C
    assert arrays["nodes"][[1, 2, 3, 5]].tolist() == [1, second, third, 1]
    assert arrays["edges"][4:].tolist() == [1, second, third, not second, not third]
    if not second and not third:
        assert arrays["summary"][1, 0] == arrays["summary"][1, 1]


def test_explorer_trains_as_torch_does() -> None:
    # The peer: one torch layer called three times, under torch's Adam, from the same start and data.
    explorer = ShareOrCopy(seed=3)
    state = ShareOrCopy.start(
        Noise.from_generator(generator(3, Stream.START)), *map(torch.tensor, (1.0, 1.0, 1.0, 0.2))
    )
    layer = nn.Linear(4, 4)
    with torch.no_grad():
        layer.weight.copy_(state["chosen"]["parameters"][:16].reshape(4, 4))
        layer.bias.copy_(state["chosen"]["parameters"][16:20])
    optimizer = torch.optim.Adam(layer.parameters(), 0.02)

    def error() -> Tensor:
        x = state["x"]
        for _ in range(3):
            x = x + torch.tanh(layer(x))
        return (x - state["y"]).square().mean()

    for _ in range(30):
        optimizer.zero_grad()
        error().backward()
        optimizer.step()
    explorer.reset()
    explorer.advance(30)
    assert explorer.arrays["summary"][1, 0] == pytest.approx(error().item(), rel=1e-3)


def test_sharing_helps_where_it_is_true() -> None:
    true = ShareOrCopy(seed=1)
    true.advance(250)
    assert true.arrays["summary"][2, 0] < true.arrays["summary"][2, 1] / 2  # held-out points
    false = ShareOrCopy(seed=1, teacher="three different layers", spread=0.05)
    false.advance(250)
    assert false.arrays["summary"][1, 0] > false.arrays["summary"][1, 1] * 2  # training points


def test_transplant_at_a_cut_decides_everything() -> None:
    # Every node: behind a cut the network sees what the donor shows, elsewhere the edge round it is highlighted.
    explorer = CutHere()
    model = trace(trained(), nn.Sequential)
    for name in CutHere.cuts.names:
        explorer.cut = name
        arrays, leaks = explorer.arrays, leaking_edges(model, name)
        count, parameters, difference = arrays["summary"]
        assert count == len(leaks)
        if leaks:
            assert difference > 0.1
            assert parameters == arrays["nodes"].sum() == 0
            assert [edge for edge, lit in zip(CutHere.cuts.edges, arrays["edges"], strict=True) if lit] == leaks
        else:
            part = submodel(model, start=name)
            assert difference == 0
            assert parameters == sum(each.numel() for each in part.parameters())
            assert arrays["nodes"].sum() == len(part.graph.nodes) - 1
            assert arrays["edges"].sum() == len(edges_of(part))


def test_transplant_is_what_a_hook_would_do() -> None:
    # torch's forward hooks may replace an output: at a layer that is no cut.
    explorer, model = CutHere(cut="block2_second", digit="7", donor="2"), trained()
    layer, seen = model.block2.second, []
    with torch.no_grad():
        hook = layer.register_forward_hook(lambda *event: seen.append(event[-1]))
        model(CutHere.images[2:3])
        hook.remove()
        hook = layer.register_forward_hook(lambda *event: seen[0])
        expected = torch.softmax(model(CutHere.images[7:8]), 1)[0]
    np.testing.assert_allclose(explorer.arrays["result"], expected, atol=1e-6)


def test_feature_maps_are_those_of_the_pretrained_network() -> None:
    # Forward hooks on the whole network, in full precision: half precision of the weights costs less than 5 % of a map.
    network, seen, explorer = load(), [], LookInside(photo="palace")
    for layer in (
        network.stem,
        *(network.blocks.get_submodule(f"block{each}") for each in ("1a", "2b", "3b", "4c", "5c")),
    ):
        layer.register_forward_hook(lambda *event: seen.append(event[-1][0]))
    with torch.no_grad():
        network(preprocess(LookInside.photos[1:2]))
    for stage, maps in zip(LookInside.class_traits()["stage"].options, seen, strict=True):
        explorer.stage = stage
        assert explorer.arrays["summary"][:2].tolist() == [len(maps), maps.shape[1]]
        if maps.shape[1] > 32:
            continue  # shown smaller
        low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
        rate = 32 // maps.shape[1]
        scaled = ((maps - low) / (high - low + 1e-6)).numpy()
        shown = explorer.arrays["maps"][:, ::rate, ::rate]
        distance = abs(shown[:, None] - scaled[None]).max((2, 3))
        assert distance.min(1).max() < 0.05
        strongest = maps.var((1, 2)).argsort(descending=True)
        assert len(set(distance.argmin(1)) & set(strongest[:20].tolist())) == 16


def test_own_photo_takes_the_place_of_the_others() -> None:
    explorer = LookInside(own=np.full((40, 60, 3), 255, np.uint8))
    assert (explorer.arrays["seen"] == 1).all()


def test_weights_travel_in_half_precision() -> None:
    # 692,688 numbers of two bytes, three photos of a byte for each pixel and colour, and the operators.
    graphs = export_model(LookInside().functions, LookInside().controls, LookInside().values)
    (frame,) = graphs["frame"]
    assert len(frame.graph) < 1.7e6


def test_pretrained_network_is_cut_between_any_two_blocks() -> None:
    # Block by block it is a chain: every node is a cut.
    model, x = trace(efficientnet(), InvertedResidual, SamePad), torch.rand(1, 3, 64, 64)
    values = values_of(model, x)
    for name in summary(model).index:
        with torch.no_grad():
            assert torch.equal(submodel(model, start=name)(values[name]), values["classifier"])
            assert torch.equal(submodel(model, end=name)(x), values[name])


class Reshaped(nn.Module):
    """Asks the input how many examples there are, long after it was needed for anything else."""

    def __init__(self, ask) -> None:
        super().__init__()
        self.ask = ask
        self.convolution, self.last = nn.Conv2d(1, 4, 3), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = functional.relu(self.convolution(x))
        return self.last(hidden.view(self.ask(x), -1))


@pytest.mark.parametrize(
    "ask", [lambda x: x.shape[0], lambda x: x.size(0), lambda x: x.size()[0], lambda x: x.size(dim=0)]
)
@pytest.mark.parametrize("count", [1, 3])
def test_how_many_examples_there_are_is_no_data(ask, count: int) -> None:
    model, x = Reshaped(ask), torch.rand(count, 1, 4, 4)
    for start in ("convolution", "relu"):
        assert leaking_edges(model, start) == []
        part = submodel(model, start=start)
        front = submodel(model, end=start)
        assert [node.name for node in part.graph.nodes if node.op == "placeholder"] == [start]
        torch.testing.assert_close(part(front(x)), model(x), rtol=0, atol=0)


class Folded(nn.Module):
    """Time steps become examples, and come back: another first axis."""

    def __init__(self) -> None:
        super().__init__()
        self.each, self.last = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.each(x.flatten(0, 1))
        return self.last(hidden.view(x.shape[0], 2, -1))


class OtherSizes(nn.Module):
    """Asks for the length of another axis, which the hidden values do not have."""

    def __init__(self) -> None:
        super().__init__()
        self.each = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.each(x).view(-1, x.shape[1])


@pytest.mark.parametrize("model", [Folded(), OtherSizes()])
def test_other_sizes_are_data_of_the_part_before_the_cut(model: nn.Module) -> None:
    x = torch.rand(3, 2, 4)
    with pytest.raises(NotACut, match="the edge getitem → view"):
        submodel(model, start="each")
    part = submodel(model, start=["each", "getitem"])  # where they can be told
    front = submodel(model, end=["each", "getitem"])
    torch.testing.assert_close(part(*front(x)), model(x), rtol=0, atol=0)
