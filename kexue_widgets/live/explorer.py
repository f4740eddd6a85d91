"""An explorer: one live figure, made of controls, a model and views."""

from __future__ import annotations

import difflib
import inspect
import io
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import uuid4

import anywidget
import ipywidgets
import numpy as np
import traitlets
from PIL import Image

from ..cache import write_whole
from .controls import Control, Seed, specifications
from .engine import Engine, Frame
from .hosts import FrontEnd, frame_changed, front_end, synced_frame
from .kept import Kept
from .page import STATIC, book_graphs, model_and_graphs, page_element, read_static, standalone_page
from .programs import NoArraysError, TorchProgram, check_functions, controls_of
from .purity import complaint
from .views import View, draw_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


FUNCTIONS = ("start", "step", "frame")
MOST_SEEDS = 1000  # of a repeat: a browser draws a curve for each


class Explorer(anywidget.AnyWidget):
    """One live figure. Subclasses declare controls, views and a model.

    The model is `frame(noise, **controls) -> arrays`; a model with a state has also `start(noise, **controls) -> state`
    and `step(state, noise, **controls) -> state`, and its `frame` takes the state first. They are static methods over
    tensors, or class methods where they read constants of the class; each names the controls it reads, and `noise` if it
    needs random numbers. Changing a control that `start` reads, or one declared with `restarts=True`, starts anew. Where
    there is no room for all controls, those declared first are at hand, and the rest fold.

    The first paragraph of the subclass' docstring says what the figure shows; readers who cannot see it are told so.
    """

    _esm = STATIC / "loader.js"
    _manifest = traitlets.Dict().tag(sync=True)
    _frame = traitlets.Any().tag(sync=True, to_json=synced_frame)
    _kept: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _id = traitlets.Unicode().tag(sync=True)  # by which the front end finds the host's own model
    _front_end = traitlets.Instance(FrontEnd, allow_none=True).tag(sync=True, **ipywidgets.widget_serialization)

    seed = Seed(0)

    views: Sequence[View] = ()
    speed: ClassVar[float] = 60  # steps per second when played
    opening: ClassVar[int] = 0  # steps made before the first frame

    start: ClassVar[Callable[..., Any] | None] = None
    step: ClassVar[Callable[..., Any] | None] = None
    frame: Callable[..., Any]

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        controls = {name: getattr(cls, name) for name in cls.class_control_names()}
        for name, control in controls.items():
            for other, accepted in control.when.items():
                if other not in controls or other == name:
                    known = ", ".join(each for each in controls if each != name) or "none"
                    raise TypeError(f"{cls.__name__}.{name}: when names {other!r}, which is no other control ({known})")
                for value in accepted:
                    controls[other].validate(None, value)
            if name in ("state", "noise"):
                raise TypeError(
                    f"{cls.__name__}: a control cannot be called {name!r}, a model's functions take that already"
                )
            # JupyterLab takes a trait called style for a model of its own, and every object of a page has __proto__.
            if name in ("style", "__proto__") or hasattr(Explorer, name):
                raise TypeError(f"{cls.__name__}: a control cannot be called {name!r}, explorers have that already")
        own = vars(cls)
        if not isinstance(own.get("seed", Explorer.seed), Seed):
            raise TypeError(
                f"{cls.__name__}: seed is what every explorer has; another one is given as {cls.__name__}(seed=3)"
            )
        views = own.get("views", ())
        if not isinstance(views, Sequence) or not all(isinstance(each, View) for each in views):
            raise TypeError(f"{cls.__name__}: views must be a tuple of View, as in views = (View(...),), got {views!r}")
        for name in FUNCTIONS:
            function = own.get(name)
            if function is not None and not isinstance(function, staticmethod | classmethod):
                met = (
                    f"it needs @staticmethod above def {name}" if inspect.isfunction(function) else f"got {function!r}"
                )
                raise TypeError(f"{cls.__name__}.{name} must be a static method, or a class method; {met}")

    def __init__(self, **values: Any) -> None:
        known = [*self.class_control_names(), "seed", "layout"]
        for name in values:
            if name not in known:
                raise TypeError(f"{type(self).__name__} has no control {name!r} (it has: {', '.join(known)})")
        kind = type(self)
        identifier = uuid4().hex
        self._states: tuple[Kept, ...] = ()
        super().__init__(**values, model_id=identifier, _id=identifier)
        for view in self.views:
            view.check_controls(self.controls)
        names = [name for name in FUNCTIONS if getattr(kind, name, None) is not None]
        if "frame" not in names:
            raise TypeError(f"{kind.__name__} has no frame: a static method that returns arrays by name")
        if len(names) == 2:
            missing = "step" if "start" in names else "start"
            raise TypeError(
                f"{kind.__name__} has {names[0]} and no {missing}; a model with a state has both, one without has neither"
            )
        # A class method is that of the class as it was written: traitlets makes another one for each widget, which the
        # processes that export could not import.
        functions = {name: getattr(kind, name) for name in names}
        self._use({name: each if inspect.ismethod(each) else getattr(self, name) for name, each in functions.items()})
        self._manifest = self.manifest()
        self.on_msg(self._answer)
        self.observe(self._keep_frame, [*self.controls, "seed"])
        self._keep_frame()
        if import_module(__package__).embed:
            self.embed()

    def __setattr__(self, name: str, value: Any) -> None:
        # What is like no control may be an author's own.
        declared = name.startswith("_") or hasattr(type(self), name)
        if not declared and (near := difflib.get_close_matches(name, [*self.controls, "seed"])):
            said = f"{type(self).__name__} has no control {name!r}; near: {', '.join(near)}"
            raise AttributeError(said, name=name, obj=self)
        super().__setattr__(name, value)

    def open(self) -> None:
        """Connect to the front end; in a book there is none, and pages would carry the widget's state in vain."""
        if not book_graphs():
            self._front_end = front_end()
            super().open()

    @property
    def model_id(self) -> str | None:
        """What other widgets know it by. In a book it is one only for these, as a box that holds it, and carries its graphs."""
        if self.comm is None and book_graphs():
            self._carry_graphs()
            self._front_end = front_end()
            super().open()
        return super().model_id

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
        self._show(self._engine.advance(steps, self.values, self.seed))

    def reset(self) -> None:
        """Go back to the start, before the first step."""
        self._show(self._engine.reset(self.values, self.seed))

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
        embedded = "graphs" in self._manifest
        self._manifest = self.manifest()
        self._show(self.current_frame())
        if embedded:
            self._carry_graphs()

    def keep(self) -> None:
        """Leave the present curves, points, bars and numbers in grey, named by what will differ, wherever it is displayed."""
        self._leave(Kept(self.values, self.seed, (self.current_frame(),)))

    def repeat(self, count: int = 20) -> dict[str, np.ndarray]:
        """Run the present settings again with other seeds, for as many steps, and leave what comes out in grey.

        Curves are drawn thin, with their median and the band from the 10 % to the 90 % quantile where they share their x.
        Whatever was changed between the steps made so far, here all are made under the present values.

        Args:
            count: of the seeds that follow the present one, at most 1000.

        Returns:
            The arrays by name, with the seeds as a first axis.

        Raises:
            ValueError: `count` is no whole number from 1 to 1000, or the model draws no random numbers.
        """
        if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= MOST_SEEDS:
            raise ValueError(f"count must be a whole number from 1 to {MOST_SEEDS}, got {count!r}")
        if not self._random:
            raise ValueError(f"{type(self).__name__} draws no random numbers: it shows the same with every seed")
        steps = self.current_frame().steps
        seeds = [(self.seed + index) % 2**32 for index in range(1, count + 1)]
        frames = tuple(Engine(self._engine.program, opening=steps).frame(self.values, seed) for seed in seeds)
        self._leave(Kept(self.values, self.seed, frames, repeated=True))
        return {name: np.stack([frame.arrays[name] for frame in frames]) for name in frames[0].arrays}

    def let_go(self) -> None:
        """Let go of all that was kept."""
        self._states, self._kept = (), []

    def _leave(self, kept: Kept) -> None:
        self._states = (*self._states, kept)
        self._kept = self.packed_kept()

    def packed_kept(self) -> list[dict[str, Any]]:
        """What was kept as JSON, for the front end."""
        marks = [mark for view in self.views for mark in view.marks if mark.keeps]
        drawn = {name for mark in marks for name in mark.drawn().values()}
        return [each.packed(drawn) for each in self._states]

    def figure(self) -> Figure:
        """The current frame as a matplotlib Figure."""
        frame = self.current_frame()
        names = {name: each.names(self.values[name]) for name, each in self.controls.items()}
        kept = [(each.name(self.controls, self.values, self.seed, frame.steps), each.runs) for each in self._states]
        return draw_figure(self.views, frame.arrays, self.controls, names, kept)

    def picture(self) -> bytes:
        """The current frame as a PNG file, in 80 colours: a third of the weight, and no difference to see."""
        drawn, packed = io.BytesIO(), io.BytesIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Creating legend", UserWarning)  # it depends on how fast the machine is
            self.figure().savefig(drawn, format="png", dpi=110)
        Image.open(drawn).convert("RGB").quantize(80, Image.Quantize.MAXCOVERAGE).save(
            packed, format="png", optimize=True
        )
        return packed.getvalue()

    def embed(self, engine: bool = False) -> Self:
        """Carry the model's graphs in the widget's state, so that the explorer computes where no kernel answers.

        That is in a notebook which was saved with the state of its widgets, as `jupyter nbconvert --execute` does it and
        JupyterLab when its setting "Save Widget State Automatically" is on, and in what is made of it: an HTML export,
        nbviewer. Such pages take Jupyter's own widget manager from the web; one that needs no network is made by
        `save_html`. `live.embed = True` does it for all explorers that are made afterwards. A book needs neither.

        Args:
            engine: whether the notebook carries what runs the graphs as well (5 MB), once for all of its explorers.
                Otherwise the page looks for it in a file `engine.js` beside it, a copy of `live.STATIC / "engine.js"`.

        Returns:
            The explorer, so that the call can end a cell.

        Raises:
            ValueError: the model cannot be exported; the text says why.
        """
        if not book_graphs():
            self._carry_graphs()
            if engine and self._front_end:
                self._front_end.engine = read_static("engine.js")
        return self

    def _carry_graphs(self) -> None:
        model, graphs = model_and_graphs(self)
        self._manifest = {**self.manifest(), "model": model, "graphs": graphs}

    def save_html(self, path: str | Path) -> None:
        """Write one self-contained HTML file that is live when opened, with no network and no kernel."""
        write_whole(path, standalone_page(self))

    def manifest(self) -> dict[str, Any]:
        """What the front end needs to know, as JSON; `frontend/explorer.js` reads it."""
        program = self._engine.program
        return {
            "name": type(self).__name__,
            "description": self.description,
            "controls": specifications(self.controls, self.values),
            "seed": self.seed,
            "random": self._random,
            "stateful": program.stateful,
            "speed": self.speed,
            "opening": self.opening,
            "starts": program.starts,
            "reads": {name: controls_of(each, self.controls) for name, each in self._functions.items()},
            "views": [view.spec() for view in self.views],
            "texts": {},
        }

    @property
    def _random(self) -> bool:
        return any("noise" in inspect.signature(each).parameters for each in self._functions.values())

    def _use(self, functions: dict[str, Callable[..., Any]]) -> None:
        check_functions(functions, self.controls)
        if not all(str(function.__module__).startswith("kexue_widgets.") for function in functions.values()):
            self._check(functions)
        self._functions = functions
        program = TorchProgram(functions, self.controls)
        self._engine, self._beside = Engine(program, self.opening), Engine(program, self.opening)

    def _check(self, functions: dict[str, Callable[..., Any]]) -> None:
        """Look once whether a reader's functions are pure, and return what is drawn; the package's own are looked at when a page is made of them."""
        try:
            said = complaint(functions, {name: each.tensor(self.values[name]) for name, each in self.controls.items()})
            arrays = Engine(TorchProgram(functions, self.controls)).frame(self.values, self.seed).arrays
        except NoArraysError:
            raise
        except Exception:  # what a model itself raises is told where it is drawn
            return
        if said:
            raise ValueError(said)
        for view in self.views:
            view.check(arrays)

    def _answer(self, _: Any, request: dict[str, Any], buffers: Any) -> None:
        """Answer the front end's request for a frame; it asks for the next when it has drawn the last."""
        try:
            values, seed = request["values"], request["seed"]
            engine = self._beside if request.get("beside") else self._engine
            actions = {
                "frame": lambda: engine.frame(values, seed),
                "advance": lambda: engine.advance(request["steps"], values, seed),
                "reset": lambda: engine.reset(values, seed),
            }
            self._send_frame(request["id"], actions[request["do"]](), beside=engine is self._beside)
        except Exception as error:  # whatever a reader's own model raises belongs in the explorer, in words
            self.send({"id": request.get("id"), "error": f"{type(error).__name__}: {error}"})

    def _show(self, frame: Frame) -> None:
        self._send_frame(None, frame)
        self._keep_frame()

    def _keep_frame(self, _: Any = None) -> None:
        if self.comm is not None:
            frame_changed(self)

    def _send_frame(self, identifier: Any, frame: Frame, beside: bool = False) -> None:
        for view in self.views:
            view.check(frame.arrays)
        arrays = [{"name": name, "shape": array.shape} for name, array in frame.arrays.items()]
        buffers = [np.ascontiguousarray(array) for array in frame.arrays.values()]
        self.send({"id": identifier, "frame": {"steps": frame.steps, "arrays": arrays}, "beside": beside}, buffers)

    def _repr_mimebundle_(self, **keywords: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        if folder := book_graphs():
            return {"text/html": page_element(self, folder), "text/plain": repr(self)}, {}
        data, metadata = super()._repr_mimebundle_(**keywords) or ({}, {})
        picture = self.picture()
        return {**data, "image/png": picture, "text/plain": repr(self)}, metadata

    def __repr__(self) -> str:
        values = [f"{name}={control.shown(getattr(self, name))}" for name, control in self.controls.items()]
        return f"{type(self).__name__}({', '.join([*values, f'seed={self.seed}'])})"
