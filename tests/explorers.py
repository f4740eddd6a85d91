"""Small explorers that the tests share: one without a state, one that trains."""

import torch
from torch import nn

from kexue_widgets.live import (
    Adam,
    Choice,
    Explorer,
    Lines,
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

    @staticmethod
    def start(noise, slope):
        return {"player": Line.training.start(noise), "slope": slope, "loss": start_trace(1, 64)}

    @staticmethod
    def step(state, noise, rate):
        x = 2 * noise.uniform(32, 1) - 1
        player, loss = Line.training.step(
            state["player"], lambda network: ((network(x) - state["slope"] * x) ** 2).mean(), rate
        )
        return {"player": player, "slope": state["slope"], "loss": record(state["loss"], loss.reshape(1))}

    @staticmethod
    def frame(state):
        x = torch.linspace(-1, 1, 21)
        return {
            "x": x,
            "fit": Line.training.network(state["player"])(x.unsqueeze(1)).squeeze(1),
            "truth": state["slope"] * x,
            "time": trace_steps(state["loss"]),
            "loss": state["loss"]["values"][0],
        }
