"""Small explorers that the tests share: one without a state, one that trains, one that answers a question, one of many layers."""

import torch
from torch import nn

from kexue_widgets.live import (
    SGD,
    Adam,
    Choice,
    Explorer,
    Lines,
    Passages,
    Query,
    Slider,
    Toggle,
    Training,
    View,
    record,
    start_trace,
    trace_steps,
)


class Wave(Explorer):
    """A wave with noise on it.

    More words, which no one needs to hear.
    """

    amplitude = Slider(1.0, 0.0, 2.0, step=0.1, label="amplitude")
    noisy = Toggle(True, label="with noise")
    shape = Choice(["sine", "square"], label="shape")
    harmonics = Choice({"first": (1, 0), "both": (1, 0.5)}, label="harmonics")

    views = (View(Lines("x", "y"), title="wave", x="x", y="y", y_range=(-3, 3)),)

    @staticmethod
    def frame(noise, amplitude, noisy, shape, harmonics):
        x = torch.linspace(0, 6.28, 50)
        y = harmonics[0] * torch.sin(x) + harmonics[1] * torch.sin(2 * x)
        if shape == "square":
            y = torch.sign(y)
        return {"x": x, "y": amplitude * y + 0.1 * noisy * noise.normal(50)}


class Line(Explorer):
    """A small network learns a line."""

    rate = Slider(0.01, 0.001, 0.1, log=True, label="learning rate")
    slope = Slider(2.0, -3.0, 3.0, label="slope")

    training = Training(nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1)), Adam())
    opening = 5

    views = (
        View(Lines("x", "fit", label="fit"), Lines("x", "truth", label="truth"), title="fit", x="x", y="y"),
        View(Lines("time", "loss"), title="loss", x="step", y="loss"),
    )

    @classmethod
    def start(cls, noise, slope):
        return {"player": cls.training.start(noise), "slope": slope, "loss": start_trace(1, 64)}

    @classmethod
    def step(cls, state, noise, rate):
        x = 2 * noise.uniform(32, 1) - 1
        player, loss = cls.training.step(
            state["player"], lambda network: ((network(x) - state["slope"] * x) ** 2).mean(), rate
        )
        return {"player": player, "slope": state["slope"], "loss": record(state["loss"], loss.reshape(1))}

    @classmethod
    def frame(cls, state):
        x = torch.linspace(-1, 1, 21)
        return {
            "x": x,
            "fit": cls.training.network(state["player"])(x.unsqueeze(1)).squeeze(1),
            "truth": state["slope"] * x,
            "time": trace_steps(state["loss"]),
            "loss": state["loss"]["values"][0],
        }


class Echo(Explorer):
    """The texts whose numbers are the terms of a question."""

    question = Query("b", ["a aa", "b", "词向量 向量"], capacity=3, label="your question")
    views = (View(Passages("numbers", ["alpha\nbeta", "gamma", "delta", ""]), title="texts"),)

    @staticmethod
    def frame(question):
        return {"numbers": question % 4}


class Layers(Explorer):
    """Layers of many kinds are drawn, and some of them train: with a frozen one, and with buffers."""

    layers = nn.ModuleDict(
        {
            "words": nn.Embedding(6, 4, padding_idx=2),
            "mix": nn.MultiheadAttention(4, 2, bias=False),
            "walk": nn.GRU(4, 3),
            "frozen": nn.Linear(4, 4).requires_grad_(False),
            "norm": nn.BatchNorm1d(4),
            "bend": nn.PReLU(),
            "last": nn.Linear(4, 1),
        }
    )
    index = torch.tensor([0, 1, 2, 3, 4, 5, 0, 1])

    class Chain(nn.Module):
        def __init__(self, layers):
            super().__init__()
            self.layers = layers

        def forward(self, index):
            x = self.layers["words"](index)
            return self.layers["last"](self.layers["bend"](self.layers["norm"](x + self.layers["frozen"](x))))

    training = Training(Chain(layers), SGD(momentum=0.9))

    views = (View(Lines("at", "eval"), Lines("at", "train")),)

    @staticmethod
    def start(noise):
        return {"player": Layers.training.start(noise)}

    @staticmethod
    def step(state):
        player, _ = Layers.training.step(state["player"], lambda net: (net(Layers.index) - 1).square().mean(), 0.05)
        return {"player": player}

    @staticmethod
    def frame(state):
        player = state["player"]
        return {
            "at": torch.arange(8.0),
            "eval": Layers.training.network(player)(Layers.index)[:, 0],
            "train": Layers.training.network(player, train=True)(Layers.index)[:, 0],
            "parameters": player["parameters"],
            "seen": player["buffers"]["layers.norm.num_batches_tracked"],
            "mean": player["buffers"]["layers.norm.running_mean"],
            "variance": player["buffers"]["layers.norm.running_var"],
        }
