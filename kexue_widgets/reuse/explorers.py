"""The chapter's explorers: a layer shared or copied, a network cut at a node, feature maps of a pretrained network."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, fx, nn
from torch.func import functional_call, grad
from torch.fx.experimental.optimization import fuse
from torch.nn import functional

from ..colors import BLUE, RED
from ..efficientnet import InvertedResidual, SamePad, load, preprocess, square
from ..live import (
    Adam,
    Bars,
    Choice,
    Explorer,
    Graph,
    Heatmap,
    Images,
    Lines,
    Noise,
    Photo,
    Slider,
    Table,
    Toggle,
    Training,
    View,
    record,
    start_trace,
    trace_steps,
)
from .digits import digits, trained
from .graphs import NotACut, edges_of, submodel, trace


class Steps(nn.Module):
    """Three layers h + tanh(W h + b) of equal width; `calls` says which of them is called first, second and third."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(3))

    def stacked(self, calls: Tensor) -> tuple[Tensor, Tensor]:
        """Weights (3, d, d) and biases (3, d) as the calls meet them, for calls (3, 3): a one in each row."""
        weights = torch.stack([layer.weight for layer in self.layers])  # type: ignore[misc]
        biases = torch.stack([layer.bias for layer in self.layers])  # type: ignore[misc]
        return torch.einsum("cl,lij->cij", calls, weights), calls @ biases

    def forward(self, x: Tensor, calls: Tensor) -> Tensor:
        """Outputs (n, d) for inputs (n, d)."""
        return through(x, *self.stacked(calls))


def through(x: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    """h + tanh(W h + b), once for each of the weights (k, d, d) and biases (k, d); x and what comes out are (n, d)."""
    for weight, bias in zip(weights, biases, strict=True):
        x = x + torch.tanh(functional.linear(x, weight, bias))
    return x


class ShareOrCopy(Explorer):
    """A network calls a layer three times: layers 2 and 3 are the first one again, or have weights of their own. The graph,
    the gradient of the first layer's weight through each call, and training beside the same network with nothing shared."""

    second = Toggle(True, label="layer 2 is layer 1 again")
    third = Toggle(True, label="layer 3 is layer 1 again")
    teacher = Choice({"one layer three times": 1, "three different layers": 0}, label="what made the data")
    spread = Slider(0.2, 0.0, 0.5, step=0.05, label="noise in the data")
    rate = Slider(0.02, 0.001, 0.1, log=True, label="learning rate")

    width, points = 4, 24
    training = Training(Steps(width), Adam())
    apart = torch.eye(3)
    uses = [(weight, call) for weight in range(3) for call in range(3) if weight in (0, call)]
    opening = 150
    speed = 120

    views = (
        View(
            Graph(
                ["x", "layer 1", "layer 2", "layer 3", "y", "weight A", "weight B", "weight C"],
                [
                    ("x", "layer 1"),
                    ("layer 1", "layer 2"),
                    ("layer 2", "layer 3"),
                    ("layer 3", "y"),
                    *((f"weight {'ABC'[weight]}", f"layer {call + 1}") for weight, call in uses),
                ],
                highlight_nodes="nodes",
                highlight_edges="edges",
            ),
            title="who uses which weight",
        ),
        View(
            Heatmap("gradients", scale="diverging", label="gradient"),
            title="gradient of weight A",
            x="calls 1, 2, 3; their sum; backward pass",
            y="row",
        ),
        View(
            Lines("time", "seen", label="as chosen, training", color=BLUE, dashed=True),
            Lines("time", "unseen", label="as chosen, held out", color=BLUE),
            Lines("time", "seen_apart", label="nothing shared, training", color=RED, dashed=True),
            Lines("time", "unseen_apart", label="nothing shared, held out", color=RED),
            title="mean squared error",
            x="step",
            y="error",
            y_log=True,
        ),
        View(
            Table(
                "summary",
                rows=("parameters", "error, training points", "error, held-out points"),
                columns=("as chosen", "nothing shared"),
            ),
            title="two networks",
        ),
    )

    @classmethod
    def start(cls, noise: Noise, second: Tensor, third: Tensor, teacher: Tensor, spread: Tensor) -> dict[str, Any]:
        steps = 0.75 * noise.normal(3, cls.width, cls.width)
        biases = 0.3 * noise.normal(3, cls.width)
        same = cls.same(teacher, teacher)
        weights = torch.einsum("cl,lij->cij", same, steps), same @ biases
        x, unseen = (2 * noise.uniform(count, cls.width) - 1 for count in (cls.points, 128))
        network = cls.training.start(noise)
        return {
            "calls": cls.same(second, third),
            "x": x,
            "y": through(x, *weights) + spread * noise.normal(cls.points, cls.width),
            "unseen": unseen,
            "truth": through(unseen, *weights),
            "chosen": network,
            "apart": network,
            "errors": start_trace(4),
        }

    @classmethod
    def same(cls, second: Tensor, third: Tensor) -> Tensor:
        """Which layer each call uses: the first, where `second` or `third` is 1, or else the one of its number."""
        shared = torch.stack([torch.zeros(()), second, third]).unsqueeze(1)
        return shared * cls.apart[:1] + (1 - shared) * cls.apart

    @classmethod
    def errors(cls, state: dict[str, Any]) -> Tensor:
        """Mean squared errors (4,): on training and held-out points, as chosen and with nothing shared."""
        values = []
        for player, calls in (("chosen", state["calls"]), ("apart", cls.apart)):
            network = cls.training.network(state[player])
            for x, y in ((state["x"], state["y"]), (state["unseen"], state["truth"])):
                values.append((network(x, calls) - y).square().mean())
        return torch.stack(values)

    @classmethod
    def step(cls, state: dict[str, Any], rate: Tensor) -> dict[str, Any]:

        def loss(calls: Tensor) -> Any:
            return lambda network: (network(state["x"], calls) - state["y"]).square().mean()

        chosen, _ = cls.training.step(state["chosen"], loss(state["calls"]), rate)
        apart, _ = cls.training.step(state["apart"], loss(cls.apart), rate)
        moved = {**state, "chosen": chosen, "apart": apart}
        return {**moved, "errors": record(state["errors"], cls.errors(moved))}

    @classmethod
    def frame(cls, state: dict[str, Any]) -> dict[str, Tensor]:
        calls = state["calls"]
        size = cls.width**2
        weights = state["chosen"]["parameters"].reshape(3, size + cls.width)
        biases = calls @ weights[:, size:]
        weights = weights[:, :size].reshape(3, cls.width, cls.width)

        def loss(weights: Tensor) -> Tensor:
            return (through(state["x"], weights, biases) - state["y"]).square().mean()

        each = grad(loss)(torch.einsum("cl,lij->cij", calls, weights)) * calls[:, :1, None]
        backward = grad(lambda weights: loss(torch.einsum("cl,lij->cij", calls, weights)))(weights)[:1]
        used = (calls.sum(0) > 0).float()
        errors = cls.errors(state).reshape(2, 2)
        parameters = (size + cls.width) * torch.stack([used.sum(), torch.tensor(3.0)])
        curves = state["errors"]["values"]
        return {
            # Highlighted: weight A and the layers that use it, and the lines from weights to layers that are in use.
            "nodes": torch.cat([torch.zeros(1), calls[:, 0], torch.zeros(1), used[:1], torch.zeros(2)]),
            "edges": torch.cat([torch.zeros(4), torch.stack([calls[call, weight] for weight, call in cls.uses])]),
            "gradients": torch.cat([each, each.sum(0, keepdim=True), backward]),
            "time": trace_steps(state["errors"]),
            "seen": curves[0],
            "unseen": curves[1],
            "seen_apart": curves[2],
            "unseen_apart": curves[3],
            "summary": torch.cat([parameters.unsqueeze(0), errors.T]),
        }


class Transplant(fx.Interpreter):
    """Runs a graph with, at the node number `cut`, the value that a donor run had there."""

    def __init__(self, model: fx.GraphModule, cut: Tensor, donor: list[Tensor] | None = None) -> None:
        super().__init__(model)
        self.cut, self.donor = cut, donor
        self.values: list[Tensor] = []

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        if self.donor is not None and n.op != "output":
            index = len(self.values)
            value = torch.where(self.cut == index, self.donor[index], value)
        self.values.append(value)
        return value


class Cuts(NamedTuple):
    """What cutting at each of n nodes gives, in a graph of m edges."""

    names: list[str]
    edges: list[tuple[str, str]]
    behind: Tensor  # (n, n): a one for each node of the part behind the cut
    leaks: Tensor  # (n, m): a one for each edge that leads round a node that is no cut
    parameters: Tensor  # (n,): of the part behind the cut, 0 where there is none

    @classmethod
    def of(cls, model: fx.GraphModule) -> Cuts:
        """All cuts of a model at a single node."""
        edges = edges_of(model)
        names = [node.name for node in model.graph.nodes if node.op != "output"]
        rows = []
        for name in names:
            behind: set[str] = set()
            leaks: tuple[tuple[str, str], ...] = ()
            count = 0
            try:
                part = submodel(model, start=name)
                behind = {node.name for node in part.graph.nodes}
                count = sum(each.numel() for each in part.parameters())
            except NotACut as error:
                leaks = error.edges
            rows.append(([each in behind for each in names], [each in leaks for each in edges], count))
        return cls(names, edges, *(torch.tensor(column, dtype=torch.float32) for column in zip(*rows, strict=True)))


def tiles(value: Tensor, count: int = 16, side: int = 8) -> Tensor:
    """The first value (1, ...) of a node as pictures (count, side, side): channels enlarged, single numbers as flat tiles.

    What has fewer channels is filled up with its least value.
    """
    maps = value.reshape(*value.shape[1:], *[1] * (4 - value.dim()))[:count]
    maps = maps.repeat_interleave(side // maps.shape[1], 1).repeat_interleave(side // maps.shape[2], 2)
    return torch.cat([maps, maps.min().expand(count - len(maps), *maps.shape[1:])])


def one_of_each_digit() -> Tensor:
    """The first of the test images for each digit, (10, 1, 8, 8)."""
    _, _, images, labels = digits()
    return torch.stack([images[labels == digit][0] for digit in range(10)])


class CutHere(Explorer):
    """A residual network that knows handwritten digits is cut at a node: the part behind the cut, or the edges by which the
    input gets round it. One digit runs through the network; at the node, what another digit left there is put in."""

    model = trace(trained().requires_grad_(False), nn.Sequential)
    cuts = Cuts.of(model)
    images = one_of_each_digit()

    cut = Choice({name: index for index, name in enumerate(cuts.names)}, "add_1", label="cut after")
    digit = Choice({str(digit): digit for digit in range(10)}, "4", label="digit that runs")
    donor = Choice({str(digit): digit for digit in range(10)}, "5", label="digit put in at the node")

    # Long names in two lines, so that the whole graph is in sight on a telephone.
    labels = {name: name.replace("_", "_\n") if name.startswith("block") else name for name in cuts.names}
    views = (
        View(
            Graph(labels, cuts.edges, highlight_nodes="nodes", highlight_edges="edges", control="cut"),
            title="the part behind the cut, or the edges round it",
        ),
        View(
            Table(
                "summary",
                rows=(
                    "edges that lead round the node",
                    "parameters behind the cut",
                    "largest difference from the digit put in",
                ),
                columns=("value",),
                digits=4,
            ),
            title="is it a cut?",
        ),
        View(Images("pictures", columns=2), title="the digit that runs, and the one put in"),
        View(
            Bars("running", names=[str(digit) for digit in range(10)], label="the digit that runs"),
            Bars("giving", label="the digit put in"),
            Bars("result", label="the first with the second put in"),
            title="what the network sees",
            x="digit",
            y="probability",
            y_range=(0, 1),
        ),
        View(
            Images("flow", columns=4),
            title="what is put in at the node: its channels, the first 16 of more; black where there are fewer",
        ),
    )

    @classmethod
    def frame(cls, cut: Tensor, digit: Tensor, donor: Tensor) -> dict[str, Tensor]:
        at = cut.long().reshape(1)
        running, giving = (cls.images[each.long().reshape(1)] for each in (digit, donor))
        given = Transplant(cls.model, cut)
        results = [
            each.run(image)
            for each, image in (
                (Transplant(cls.model, cut), running),
                (given, giving),
                (Transplant(cls.model, cut, given.values), running),
            )
        ]
        probabilities = torch.softmax(torch.cat(results), dim=1)
        behind, leaks = cls.cuts.behind[at][0], cls.cuts.leaks[at][0]
        # An edge lies in the part if both its ends do.
        joined = torch.stack([behind[cls.cuts.names.index(each)] for edge in cls.cuts.edges for each in edge])
        flow = torch.stack([tiles(value) for value in given.values])[at][0]
        difference = (probabilities[2] - probabilities[1]).abs().max()
        return {
            "nodes": behind,
            "edges": joined.reshape(-1, 2).prod(1) + leaks,
            "pictures": torch.cat([running, giving])[:, 0],
            "flow": (flow - flow.min()) / (flow.max() - flow.min()),
            "running": probabilities[0],
            "giving": probabilities[1],
            "result": probabilities[2],
            "summary": torch.stack([leaks.sum(), cls.cuts.parameters[at][0], difference]),
        }


SIDE = 32  # pixels across and down of a feature map as it is shown


def strongest(maps: Tensor, count: int = 16) -> Tensor:
    """The feature maps (1, c, h, h) that vary most over the photo, each from 0 to 1: (count, SIDE, SIDE)."""
    maps = maps[0]
    maps = maps[maps.var((1, 2)).sort(stable=True, descending=True).indices[:count]]
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    maps = (maps - low) / (high - low + 1e-6)
    side = maps.shape[1]
    if side > SIDE:
        return functional.avg_pool2d(maps, side // SIDE)
    return maps.repeat_interleave(SIDE // side, 1).repeat_interleave(SIDE // side, 2)


STAGES = {
    "stem": "stem_1",
    "stage 1": "blocks_block1a",
    "stage 2": "blocks_block2b",
    "stage 3": "blocks_block3b",
    "stage 4": "blocks_block4c",
    "stage 5": "blocks_block5c",
}


class Trunk(NamedTuple):
    """The stages of EfficientNet-Lite0 up to the fifth, as one function of a photo and a vector of weights."""

    model: nn.Module
    shapes: dict[str, torch.Size]
    weights: Tensor  # (P,), in half precision: half the bytes for a page to fetch
    parameters: Tensor  # (stages,): of the network up to there

    @classmethod
    def load(cls) -> Trunk:
        """Cut from the pretrained network, with normalisations folded into the convolutions before them."""
        network = trace(load().requires_grad_(False), InvertedResidual, SamePad)
        counts = [sum(each.numel() for each in submodel(network, end=end).parameters()) for end in STAGES.values()]
        model = fuse(submodel(network, end=tuple(STAGES.values()))).requires_grad_(False)
        vector = nn.utils.parameters_to_vector(model.parameters()).half()
        shapes = {name: each.shape for name, each in model.named_parameters()}
        return cls(model, shapes, vector, torch.tensor(counts, dtype=torch.float32))

    def __call__(self, photo: Tensor, weights: Tensor) -> tuple[Tensor, ...]:
        """What each stage makes of a photo (1, 3, h, w): feature maps (1, channels, height, width)."""
        parts = weights.split([shape.numel() for shape in self.shapes.values()])
        named = {name: part.reshape(shape) for (name, shape), part in zip(self.shapes.items(), parts, strict=True)}
        return functional_call(self.model, named, (photo,))


def photos(size: int) -> Tensor:
    """A flower, a palace and a portrait that scikit-learn and matplotlib bring along: (3, size, size, 3), uint8."""
    import matplotlib.cbook
    from sklearn.datasets import load_sample_image

    path = str(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    with Image.open(path) as portrait:
        pictures = [load_sample_image("flower.jpg"), load_sample_image("china.jpg"), np.asarray(portrait)]
    return torch.from_numpy(np.stack([square(each, size) for each in pictures]))


class LookInside(Explorer):
    """A photo in EfficientNet-Lite0, trained on ImageNet: of each stage, the sixteen feature maps that vary most over the
    photo, from edges and colours at the beginning to a few coarse patches further on."""

    photo = Choice({"flower": 0, "palace": 1, "portrait": 2}, label="photo", when={"own": ""})
    own = Photo(128, label="your own photo")
    stage = Choice({stage: index for index, stage in enumerate(STAGES)}, "stage 2", label="after")

    trunk = Trunk.load()
    photos = photos(128)

    views = (
        View(Images("seen", columns=1), title="what goes in"),
        View(Images("maps", columns=4), title="what is there after this stage"),
        View(
            Table("summary", rows=("channels", "pixels across", "parameters so far"), columns=("value",), digits=6),
            title="how much it is",
        ),
    )

    @classmethod
    def frame(cls, photo: Tensor, own: Tensor, stage: Tensor) -> dict[str, Tensor]:
        at = stage.long().reshape(1)
        seen = cls.photos[photo.long().reshape(1)].float()
        seen = torch.where(own.max() > 0, own.unsqueeze(0), seen)
        outputs = cls.trunk(preprocess(seen), cls.trunk.weights.float())
        sizes = torch.tensor([[each.shape[1], each.shape[2]] for each in outputs], dtype=torch.float32)
        return {
            "seen": seen / 255,
            "maps": torch.stack([strongest(each) for each in outputs])[at][0],
            "summary": torch.cat([sizes[at][0], cls.trunk.parameters[at]]),
        }
