"""An explorer: one live figure, made of controls, a model and views."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import numpy as np
import traitlets
from PIL import Image

from .controls import Control, Seed, specifications
from .engine import Engine, Frame, TorchProgram, controls_of
from .page import STATIC, book_graphs, page_element, standalone_page
from .views import View, draw_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Explorer(anywidget.AnyWidget):
    """One live figure. Subclasses declare controls, views and a model.

    The model is `frame(noise, **controls) -> arrays`; a model with a state has also `start(noise, **controls) -> state`
    and `step(state, noise, **controls) -> state`, and its `frame` takes the state first. They are static methods over
    tensors; each names the controls it reads, and `noise` if it needs random numbers. Changing a control that `start`
    reads starts anew.

    The first paragraph of the subclass' docstring says what the figure shows; readers who cannot see it are told so.
    """

    _esm = STATIC / "widget.js"
    _css = STATIC / "style.css"
    _manifest = traitlets.Dict().tag(sync=True)

    seed = Seed()

    views: Sequence[View] = ()
    speed: ClassVar[float] = 60  # steps per second when played
    opening: ClassVar[int] = 0  # steps made before the first frame

    start: ClassVar[Callable[..., Any] | None] = None
    step: ClassVar[Callable[..., Any] | None] = None
    frame: Callable[..., Any]

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for name in cls.class_control_names():
            # JupyterLab takes a trait called style for a model of its own.
            if name == "style" or hasattr(Explorer, name):
                raise TypeError(f"{cls.__name__}: a control cannot be called {name!r}, explorers have that already")

    def __init__(self, **values: Any) -> None:
        known = [*self.class_control_names(), "seed", "layout"]
        for name in values:
            if name not in known:
                raise TypeError(f"{type(self).__name__} has no control {name!r} (it has: {', '.join(known)})")
        super().__init__(**values)
        for view in self.views:
            view.check_controls(self.controls)
        names = ("start", "step", "frame") if type(self).step else ("frame",)
        self._use({name: getattr(self, name) for name in names})
        self._manifest = self.manifest()
        self.on_msg(self._answer)

    def open(self) -> None:
        """Connect to the front end; in a book there is none, and pages would carry the widget's state in vain."""
        if not book_graphs():
            super().open()

    @classmethod
    def class_control_names(cls) -> list[str]:
        """Names of the controls, in the order in which they were declared."""
        bases = [vars(base) for base in reversed(cls.__mro__)]
        names = dict.fromkeys(name for each in bases for name, trait in each.items() if isinstance(trait, Control))
        return [name for name in names if name != "seed"]

    @property
    def controls(self) -> dict[str, Control]:
        """The controls by name, without the seed."""
        return {name: getattr(type(self), name) for name in self.class_control_names()}

    @property
    def values(self) -> dict[str, Any]:
        """The control values by name, without the seed."""
        return {name: getattr(self, name) for name in self.controls}

    @property
    def functions(self) -> dict[str, Callable[..., Any]]:
        """The model's functions by name."""
        return dict(self._functions)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of the current frame: float32, by name."""
        return self.current_frame().arrays

    @property
    def steps(self) -> int:
        """How many steps have been made."""
        return self._engine.steps

    @property
    def description(self) -> str:
        """What the figure shows, in a sentence or two: the first paragraph of the class' docstring."""
        return " ".join((inspect.getdoc(type(self)) or type(self).__name__).split("\n\n")[0].split())

    def current_frame(self) -> Frame:
        """The frame for the current values and seed."""
        return self._engine.frame(self.values, self.seed)

    def advance(self, steps: int = 1) -> None:
        """Make `steps` steps and show the result wherever the explorer is displayed.

        Raises:
            TypeError: the explorer has no state to advance.
            ValueError: `steps` is negative.
        """
        if "step" not in self._functions:
            raise TypeError(f"{type(self).__name__} has no steps: it shows the same frame for the same values")
        self._send_frame(None, self._engine.advance(steps, self.values, self.seed))

    def reset(self) -> None:
        """Go back to the start, before the first step."""
        self._send_frame(None, self._engine.reset(self.values, self.seed))

    def edit(self, **functions: Callable[..., Any]) -> None:
        """Replace functions of the model (`start`, `step`, `frame`) by your own and show what they give.

        Raises:
            TypeError: a name or a parameter that the model does not have.
        """
        for name in functions:
            if name not in self._functions:
                raise TypeError(
                    f"{type(self).__name__} has no function {name!r} (it has: {', '.join(self._functions)})"
                )
        self._use({**self._functions, **functions})
        self._send_frame(None, self.current_frame())

    def figure(self) -> Figure:
        """The current frame as a matplotlib Figure."""
        return draw_figure(self.views, self.arrays, self.controls)

    def picture(self) -> bytes:
        """The current frame as a PNG file, in 128 colours: a third of the weight, and no difference to see."""
        drawn, packed = io.BytesIO(), io.BytesIO()
        self.figure().savefig(drawn, format="png", dpi=110)
        Image.open(drawn).convert("RGB").quantize(128).save(packed, format="png", optimize=True)
        return packed.getvalue()

    def save_html(self, path: str | Path) -> None:
        """Write one self-contained HTML file that is live when opened, with no network and no kernel."""
        Path(path).write_text(standalone_page(self), encoding="utf-8")

    def manifest(self) -> dict[str, Any]:
        """What the front end needs to know, as JSON; `frontend/explorer.js` reads it."""
        stateful = "step" in self._functions
        return {
            "name": type(self).__name__,
            "description": self.description,
            "controls": specifications(self.controls, self.values),
            "seed": self.seed,
            "random": any("noise" in inspect.signature(each).parameters for each in self._functions.values()),
            "stateful": stateful,
            "speed": self.speed,
            "opening": self.opening,
            "starts": controls_of(self._functions["start"], self.controls) if stateful else [],
            "views": [view.spec() for view in self.views],
            "texts": {},
        }

    def _use(self, functions: dict[str, Callable[..., Any]]) -> None:
        for function in functions.values():
            controls_of(function, self.controls)
        self._functions = functions
        self._engine = Engine(TorchProgram(functions, self.controls), self.opening)

    def _answer(self, _: Any, request: dict[str, Any], buffers: Any) -> None:
        """Answer the front end's request for a frame; it asks for the next when it has drawn the last."""
        try:
            values, seed = request["values"], request["seed"]
            actions = {
                "frame": lambda: self._engine.frame(values, seed),
                "advance": lambda: self._engine.advance(request["steps"], values, seed),
                "reset": lambda: self._engine.reset(values, seed),
            }
            self._send_frame(request["id"], actions[request["do"]]())
        except Exception as error:  # whatever a reader's own model raises belongs in the explorer, in words
            self.send({"id": request.get("id"), "error": f"{type(error).__name__}: {error}"})

    def _send_frame(self, identifier: Any, frame: Frame) -> None:
        for view in self.views:
            view.check(frame.arrays)
        arrays = [{"name": name, "shape": array.shape} for name, array in frame.arrays.items()]
        buffers = [np.ascontiguousarray(array) for array in frame.arrays.values()]
        self.send({"id": identifier, "frame": {"steps": frame.steps, "arrays": arrays}}, buffers)

    def _repr_mimebundle_(self, **keywords: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if folder := book_graphs():
            return {"text/html": page_element(self, folder), "text/plain": repr(self)}, {}
        data, metadata = super()._repr_mimebundle_(**keywords) or ({}, {})
        picture = self.picture()
        return {**data, "image/png": picture, "text/plain": repr(self)}, metadata

    def __repr__(self) -> str:
        values = [f"{name}={control.shown(getattr(self, name))}" for name, control in self.controls.items()]
        return f"{type(self).__name__}({', '.join([*values, f'seed={self.seed}'])})"
