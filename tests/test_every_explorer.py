"""What holds for every explorer of the package: its axes are named, and no control is moved in vain."""

import importlib
import pkgutil

import numpy as np
import pytest

import kexue_widgets
from kexue_widgets.live import Choice, Engine, Explorer, Heatmap, Points, Slider, Toggle, export
from kexue_widgets.live.programs import TorchProgram

FEW = 10  # options: a choice of more is no switch
STEPS = 6


def all_explorers() -> list[type[Explorer]]:
    """Every explorer of the package that is shown by itself."""
    found: dict[str, type[Explorer]] = {}
    for module in pkgutil.walk_packages(kexue_widgets.__path__, "kexue_widgets."):
        for each in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(each, type)
                and issubclass(each, Explorer)
                and each.views
                and not each.__name__.startswith("_")
            ):
                found[each.__name__] = each
    return list(found.values())


def shown(explorer: Explorer, **values: object) -> dict[str, np.ndarray]:
    """What is drawn after a few steps with these values."""
    engine = Engine(TorchProgram(explorer.functions, explorer.controls))
    everything = explorer.values | values
    if "step" in explorer.functions:
        # In slow motion not before every phase has had its turn.
        return engine.advance(max(STEPS, len(getattr(explorer, "phases", ()))), everything, 3).arrays
    return engine.frame(everything, 3).arrays


def others(control: object, now: object) -> list[object]:
    """Values that a control may have instead."""
    if isinstance(control, Slider):
        return [end for end in control.ends() if end != now]
    if isinstance(control, Toggle):
        return [not now]
    if isinstance(control, Choice):
        return [each for each in [*control.options][:: len(control.options) - 1] if each != now]
    if isinstance(control, Points):
        return [[[0.5 * sum(control.x_range), 0.5 * sum(control.y_range)]]]
    return []


def moved(explorer: Explorer) -> dict[str, object]:
    """The values of an explorer with every slider off its place, and every toggle on."""
    values = explorer.values
    for name, control in explorer.controls.items():
        if isinstance(control, Slider):
            values[name] = control.minimum + 0.7 * (control.maximum - control.minimum)
        elif isinstance(control, Toggle):
            values[name] = True
    return values


def differ(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return any(not np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def switches(explorer: Explorer) -> list[tuple[str, object]]:
    """Each value of each control that switches, with the others as they stand."""
    return [
        (name, value)
        for name, control in explorer.controls.items()
        if isinstance(control, Toggle) or (isinstance(control, Choice) and len(control.options) <= FEW)
        for value in control.ends()
    ]


@pytest.mark.parametrize("kind", all_explorers(), ids=lambda kind: kind.__name__)
def test_every_view_names_both_axes_and_its_colours(kind: type[Explorer]) -> None:
    for view in kind.views:
        if view.marks[0].alone:
            continue
        # Bars stand over their own names.
        assert view.x or any(mark.kind == "bars" for mark in view.marks), view.title
        assert view.y, view.title
        for mark in view.marks:
            if isinstance(mark, Heatmap):
                assert mark.label, view.title


@pytest.mark.parametrize("kind", all_explorers(), ids=lambda kind: kind.__name__)
def test_a_control_counts_if_and_only_if_it_says_so(kind: type[Explorer]) -> None:
    explorer = kind()
    for switch, value in switches(explorer):
        # As they stand a control may be of no account by chance: a factor of 1, an empty sum.
        bases = [base | {switch: value} for base in (explorer.values, moved(explorer))]
        first = [shown(explorer, **base) for base in bases]
        movable = {
            name: each for name, each in explorer.controls.items() if name != switch and others(each, bases[0][name])
        }
        unread = [name for name, control in movable.items() if not control.is_read(bases[0])]
        for name in movable.keys() - unread:
            assert any(
                differ(drawn, shown(explorer, **base | {name: other}))
                for base, drawn in zip(bases, first, strict=True)
                for other in others(movable[name], base[name])
            ), (switch, value, name)
        # What is of no account may be moved all at once, to one end and to the other.
        for base, drawn in zip(bases, first, strict=True) if unread else ():
            for end in (0, -1):
                there = {name: others(movable[name], base[name])[end] for name in unread}
                assert not differ(drawn, shown(explorer, **base | there)), (switch, value, there)


def test_graphs_of_every_explorer_are_kept_from_one_time_to_the_next():
    shown = {each.__name__: each() for each in all_explorers()}
    unkept = {name for name, each in shown.items() if export._source(each.functions, each.controls) is None}
    assert not unkept
