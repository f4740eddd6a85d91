"""From a function to an explorer, for whoever knows `ipywidgets.interact`: the same abbreviations, and views from shapes."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any, overload

import ipywidgets
import numpy as np
import torch
from torch import Tensor

from .controls import Choice, Control, Slider, Toggle
from .controls.base import brief
from .controls.slider import LARGEST
from .explorer import Explorer
from .marks.heatmap import Heatmap
from .marks.images import Images
from .marks.lines import Lines
from .marks.table import Table
from .noise import Noise, Stream, generator
from .programs import NoArraysError, arrays_of, call
from .views import View

ACCEPTED = (
    "(low, high), (low, high, step), a number, True or False, a list, range or dict of options, or a control such as "
    "Slider(...)"
)
AS_NUMBERS = "Where torch wants a Python number, as a size is, a choice gives it: n=[10, 100]."
MOST = 64  # graphs of one function: each combination of options has one
MISSING = inspect.Parameter.empty
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
# What torch calls otherwise than numpy.
TORCH = {
    "array": "stack",
    "convolve": "nn.functional.conv1d",
    "cross": "linalg.cross",
    "degrees": "rad2deg",
    "fabs": "abs",
    "invert": "logical_not",
    "pad": "nn.functional.pad",
    "power": "pow",
    "radians": "deg2rad",
    "repeat": "repeat_interleave",
    "rint": "round",
    "trapezoid": "trapezoid",
}


@overload
def explore(
    function: Callable[..., Any], /, *, views: Sequence[View] | None = ..., **abbreviations: Any
) -> Explorer: ...
@overload
def explore(
    *, views: Sequence[View] | None = ..., **abbreviations: Any
) -> Callable[[Callable[..., Any]], Explorer]: ...
def explore(
    function: Callable[..., Any] | None = None, /, *, views: Sequence[View] | None = None, **abbreviations: Any
) -> Any:
    """Make an explorer of a function: `@explore(p=(0, 1), n=[1, 2, 3])` above it, or `explore(function, p=(0, 1))`.

    Each parameter of the function becomes a control, by the abbreviations of `ipywidgets.interact`; one that is not
    named is made from its default. The default also says where a control stands at first::

        (low, high), (low, high, step)  a slider, in the middle at first; in steps of 1 between whole numbers
        5, 0.5                          a slider from -5 to 15, from -0.5 to 1.5
        True, False                     a toggle
        [1, 2, 3], {"one": 1, ...}      a choice, of the first at first; a list may hold pairs (label, option),
                                        and be a range
        fixed(3)                        no control: the value itself
        Slider(...), Photo(...), ...    that control

    A slider and a toggle reach the function as tensors, float32 (), since the page computes with them; a choice as the
    option itself, whatever it is, since each option has a graph of its own. A parameter called `noise` is where random
    numbers come from, `noise.normal(100)`, and the explorer has a seed then.

    The function returns a tensor, a pair of them (x, y), or a dict of them by name. They are drawn by their shapes::

        ()                     numbers: a table of all of them
        (n,)                   a line over "x" if that has n numbers, too, or else over 0, 1, ..., n - 1; lines of one
                               length share a view
        (k, n)                 k lines over "x" (n,); a field of colours over "x" (n,) and "y" (k,); without "x" a
                               heatmap, row 0 on top
        (rows, columns, 3)     a picture in red, green and blue from 0 to 1
        (k, rows, columns)     k heatmaps side by side

    What is returned is an `Explorer`, and its class a class like those that are written out. It grows into one without
    a rewrite: the controls go to the top of the class, the views below them, and the function becomes its `frame`,
    which returns the arrays in a dict.

    Args:
        function: of tensors; pure, since a page computes the same.
        views: in place of those by shapes.
        abbreviations: of the controls, by parameter.

    Raises:
        TypeError: a parameter without an abbreviation, an abbreviation without a parameter, or one that is none; the
            function computes with numpy where torch could.
        ValueError: an abbreviation with impossible numbers; arrays that no rule above draws.
    """
    if function is None:
        return lambda function: explore(function, views=views, **abbreviations)
    if not callable(function):
        raise TypeError(f"explore: function must be callable, got {function!r}")
    title = getattr(function, "__name__", "") if getattr(function, "__name__", "").isidentifier() else "figure"
    parameters = _parameters(function, title, abbreviations)
    controls: dict[str, Control] = {}
    options: dict[str, dict[str, Any]] = {}
    for name, default in parameters.items():
        if name != "noise":
            control, chosen = _control(name, abbreviations.get(name, MISSING), default)
            if control is not None:
                controls[name] = control
            if chosen is not None:
                options[name] = chosen
    counts: list[int] = [len(each) for name, each in options.items() if name in controls]
    if (count := math.prod(counts)) > MOST:
        names = ", ".join(name for name in options if name in controls)
        raise ValueError(f"{title}: {names} have {count} combinations, and a page a graph for each: at most {MOST}")

    @functools.wraps(function)
    def called(**given: Any) -> Any:
        chosen = {name: each[given.get(name, "")] for name, each in options.items()}
        return function(**{**given, **chosen})

    read = [name for name in parameters if name == "noise" or name in controls]
    signature = inspect.Signature([inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in read])
    called.__signature__ = signature  # type: ignore[attr-defined]
    with _numpy_refused(title):
        noise = Noise.from_generator(generator(0, Stream.FRAME))
        given = {name: each.tensor(each.default_value) for name, each in controls.items()}
        try:
            first = call(called, noise, given)
        except Exception as error:
            tensors = [name for name, each in given.items() if isinstance(each, Tensor)]
            if tensors:
                error.add_note(f"{title} was called with tensors for {', '.join(tensors)}. {AS_NUMBERS}")
            raise
    plan = _Plan(called, first, by_shape=views is None)

    @functools.wraps(called)
    def frame(**given: Any) -> dict[str, Any]:
        return plan.arrays(called(**given))

    namespace = {
        **controls,
        "views": views if views is not None else plan.views(),
        "frame": staticmethod(frame),
        "__doc__": inspect.getdoc(function) or title.replace("_", " "),
        "__module__": function.__module__,
    }
    meta: Any = type(Explorer)
    kind = meta(title.title().replace("_", ""), (Explorer,), namespace)
    return kind()


def _parameters(function: Callable[..., Any], title: str, abbreviations: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a function and their defaults."""
    try:
        found = inspect.signature(function).parameters
    except ValueError as error:  # of a function that is not written in Python
        raise TypeError(f"{title} does not say what it takes; write a function that calls it") from error
    for name, parameter in found.items():
        if parameter.kind not in NAMED:
            raise TypeError(f"{title} takes {str(parameter).partition(':')[0]!r}, which no control can be named after")
        if name == "seed":
            raise TypeError(f"{title}: a control cannot be called 'seed', explorers have that already")
        if name != "noise" and name not in abbreviations and parameter.default is MISSING:
            raise TypeError(f"{title}: {name} needs an abbreviation, such as {name}=(0, 1): {ACCEPTED}")
    for name in abbreviations:
        if name == "noise" or name not in found:
            known = ", ".join(each for each in found if each != "noise") or "none"
            raise TypeError(f"{title} has no parameter {name!r} to make a control of (it has: {known})")
    return {name: parameter.default for name, parameter in found.items()}


def _control(name: str, given: Any, default: Any) -> tuple[Control | None, dict[str, Any] | None]:
    """The control that an abbreviation stands for, if any, and the options behind its labels, if it is a choice."""
    label = name.replace("_", " ")
    if given is MISSING:
        given, default = default, MISSING
    if isinstance(given, Control):
        return given, None
    if isinstance(given, ipywidgets.fixed):
        return None, {"": given.value}
    if isinstance(given, bool):
        return Toggle(given if default is MISSING else default, label=label), None
    if isinstance(given, range):
        if given[MOST:]:
            raise ValueError(f"{name} must have at most {MOST} options, a graph for each, got {given!r}")
        given = list(given)
    given = tuple(map(_own, given)) if isinstance(given, tuple) else _own(given)
    if _is_number(given):
        low, high = sorted((-given, 3 * given)) if given else (given, given + 1)
        return _slider(name, label, (low, high), given if default is MISSING else default), None
    if isinstance(given, tuple) and len(given) in (2, 3) and all(_is_number(each) for each in given):
        return _slider(name, label, given, default), None
    if isinstance(given, Mapping | list) and given:
        return _choice(name, label, given, default)
    several = given if isinstance(given, tuple) else (given,)
    ends = f"; numbers end at {LARGEST:.2g}, as single precision does" if any(map(_is_real, several)) else ""
    raise TypeError(f"{name} must be {ACCEPTED}, got {brief.repr(given)}{ends}")


def _own(value: Any) -> Any:
    """A number of numpy's as Python's own, which has a minus whatever its type."""
    return value.item() if isinstance(value, np.number) else value


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_real(value) and abs(value) <= LARGEST


def _slider(name: str, label: str, given: tuple[Any, ...], default: Any) -> Slider:
    low, high, *step = given
    whole = all(isinstance(each, Integral) for each in given)
    if not low < high:
        raise ValueError(f"{name} must be {ACCEPTED}, the lower number first, got {given!r}")
    if step and not 0 < step[0] <= high - low:
        raise ValueError(f"{name}: the step must be above 0 and at most {high - low}, got {step[0]!r}")
    width = step[0] if step else 1 if whole else (high - low) / 100
    if default is MISSING:
        default = low + (high - low) / 2
        default = low + int((default - low) / width) * width if step or whole else default
    if not _is_number(default) or not low <= default <= high:
        raise ValueError(f"{name}: the default must be in [{low}, {high}], got {default!r}")
    return Slider(default, low, high, step=width, label=label)


def _choice(name: str, label: str, given: Any, default: Any) -> tuple[Choice, dict[str, Any]]:
    if isinstance(given, Mapping):
        pairs = list(given.items())
    elif all(isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str) for each in given):
        pairs = given
    else:
        pairs = [(getattr(each, "__name__", str(each)), each) for each in given]
    options = {str(key): each for key, each in pairs}
    if len(options) < len(pairs):
        raise ValueError(f"{name}: each option needs a label of its own, got {', '.join(str(key) for key, _ in pairs)}")
    first = next((key for key, each in options.items() if each is default or _equal(each, default)), None)
    if first is None and default is not MISSING:
        raise ValueError(f"{name}: the default must be one of {', '.join(options)}, got {default!r}")
    return Choice(list(options), first, label=label), options


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # of arrays, whose comparison is an array
        return False


class _Plan:
    """How what a function returns is drawn, by the shapes of its first result."""

    def __init__(self, function: Callable[..., Any], first: Any, by_shape: bool) -> None:
        self.function = function
        self.by_shape = by_shape
        self.shapes = {name: tuple(array.shape) for name, array in self._named(first).items()}
        self.numbers: list[str] = []
        self.pictures: list[str] = []
        self.lines: dict[str, list[str]] = {}  # by the array that they are over
        self.fields: list[Heatmap] = []
        self.indices: dict[str, str] = {}  # arrays that count the entries of another
        if by_shape:
            self._arrange(self.shapes)

    def views(self) -> tuple[View, ...]:
        """A view for the lines of each length, one for each picture and field, one for all numbers."""
        found = [
            View(
                *(Lines(x, y, label=y if len(names) > 1 else None) for y in names),
                x="" if x in self.indices else x,
                y=names[0] if len(names) == 1 else "",
            )
            for x, names in self.lines.items()
        ]
        found += [View(each, title=_title(each.values), x=each.x or "", y=each.y or "") for each in self.fields]
        found += [View(Images(name), title=_title(name)) for name in self.pictures]
        return (*found, *([View(Table("numbers", rows=self.numbers, columns=["value"]))] if self.numbers else []))

    def arrays(self, result: Any) -> dict[str, Any]:
        """The arrays of one result, and those that the views draw beside them."""
        found: dict[str, Any] = self._named(result)
        if self.by_shape and found.keys() != self.shapes.keys():
            one, other = (", ".join(map(repr, names)) for names in (self.shapes, found))
            raise NoArraysError(f"{self.function.__qualname__} must always return the same arrays: {one}, then {other}")
        for index, name in self.indices.items():
            found[index] = torch.arange(found[name].shape[-1])
        for name in self.pictures:
            found[name] = found[name].unsqueeze(0)
        if self.numbers:
            found["numbers"] = torch.stack([found.pop(name) for name in self.numbers])
        return found

    def _named(self, result: Any) -> dict[str, Tensor]:
        title = self.function.__qualname__
        if isinstance(result, tuple) and len(result) == 2:
            result = dict(zip(("x", "y"), result, strict=True))
        elif isinstance(result, Tensor | np.ndarray | int | float):
            result = {"y": result}
        elif not isinstance(result, Mapping):
            kind = type(result).__name__
            raise TypeError(f"{title} must return a tensor, a pair (x, y) or a dict of tensors by name, got {kind}")
        if not result:
            raise ValueError(f"{title} must return an array at least, got an empty dict")
        return arrays_of(self.function, result)

    def _arrange(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        taken = [name for name in ("index", "numbers") if name in shapes]
        if taken:
            raise ValueError(
                f"{self.function.__qualname__}: no array may be called {taken[0]!r}; that is one of its own"
            )
        across = shapes.get("x", ())
        upright = shapes.get("y", ())
        for name, shape in shapes.items():
            over_x = len(across) == 1 and shape[-1:] == across and name != "x"
            over_plane = over_x and len(shape) == 2 and upright == shape[:1] and name != "y"
            if len(shape) == 0:
                self.numbers.append(name)
            elif over_plane:
                self.fields.append(Heatmap(name, x="x", y="y"))
            elif len(shape) == 1 and name in ("x", "y") and self._is_axis(name, shapes):
                continue
            elif len(shape) == 1 or (len(shape) == 2 and over_x):
                self.lines.setdefault("x" if over_x else self._index(name), []).append(name)
            elif len(shape) == 3 and shape[-1] == 3:
                self.pictures.append(name)
            elif len(shape) in (2, 3):
                self.fields.append(Heatmap(name))
            else:
                raise ValueError(
                    f"{self.function.__qualname__}: {name!r} has shape {shape}; drawn are (), (n,), (k, n), (rows, columns, 3) "
                    "and (k, rows, columns), anything else by views=[View(...)]"
                )

    @staticmethod
    def _is_axis(name: str, shapes: Mapping[str, tuple[int, ...]]) -> bool:
        """Whether an array called x or y is what others are drawn over."""
        others = {other: shape for other, shape in shapes.items() if other != name}
        if name == "x":
            return any(len(shape) in (1, 2) and shape[-1:] == shapes["x"] for shape in others.values())
        plane = (*shapes["y"], *shapes.get("x", ()))
        return len(plane) == 2 and plane in others.values()

    def _index(self, name: str) -> str:
        """The array that counts the entries of this one."""
        for index, other in self.indices.items():
            if self.shapes[other] == self.shapes[name]:
                return index
        index = f"index of {name}" if self.indices else "index"
        self.indices[index] = name
        return index


def _title(name: str) -> str:
    return "" if name == "y" else name


@contextmanager
def _numpy_refused(title: str) -> Iterator[None]:
    """Whatever numpy is asked to do with a tensor raises a TypeError that names the function of torch."""

    def refuse(function: Any) -> None:
        place = (getattr(function, "__module__", None) or "numpy").removeprefix("numpy").lstrip(".")
        name = function.__name__
        written = ".".join(filter(None, ("np", place, name)))
        instead = ".".join(filter(None, (place, TORCH.get(name, name))))
        found: Any = torch
        for part in instead.split("."):
            found = getattr(found, part, None)
        use = f"torch.{instead} stands in for it" if found else "torch.Tensor has other ways, see the reference"
        raise TypeError(
            f"{title}: {written} cannot follow a tensor to a page, which has no numpy; {use}, "
            "and torch.as_tensor makes a tensor of what numpy has made"
        )

    def array_ufunc(self: Tensor, function: Any, method: str, *inputs: Any, **settings: Any) -> None:
        refuse(function)

    def array_function(self: Tensor, function: Any, types: Any, inputs: Any, settings: Any) -> None:
        refuse(function)

    def array(self: Tensor, *settings: Any, **named: Any) -> None:
        raise TypeError(
            f"{title}: numpy, and what draws or computes with it, cannot take a tensor that is to follow to a page; "
            "compute with torch, torch.stack makes one tensor of several, and what is to be seen is returned, not drawn"
        )

    patches = {"__array_ufunc__": array_ufunc, "__array_function__": array_function, "__array__": array}
    before = {name: vars(Tensor)[name] for name in patches if name in vars(Tensor)}
    try:
        for name, each in patches.items():
            setattr(Tensor, name, each)
        yield
    finally:
        for name in patches:
            if name in before:
                setattr(Tensor, name, before[name])
            else:
                delattr(Tensor, name)
