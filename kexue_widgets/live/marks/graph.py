"""Computation graphs: nodes in layers, and the edges between them. `frontend/marks/graph.js` draws them from top to bottom, too."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..controls import Choice, Control
from ..layered import Edge, Place, layout
from ..numbers import format_number
from .base import COLORS, Arrays, Mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

    from ..views import View


@dataclass(frozen=True)
class Graph(Mark):
    """A computation graph; alone in its view, which takes a row of its own.

    Args:
        nodes: their names, each once; or a mapping from names to what is written on them.
        edges: pairs of names, (from, to), without cycles.
        highlight_nodes: array (n,) in the order of `nodes`, from 0 (plain) to 1 (highlighted).
        highlight_edges: the same for the edges, (m,); an edge with 0 is dashed.
        values: array (n,) of numbers written under the nodes' labels; one that is NaN is not there yet, and left blank.
        control: a `Choice`: a click on a node that is one of its options chooses it.
        digits: significant digits of the values.

    Raises:
        ValueError: a name that is no node, a node or an edge given twice, a cycle.
    """

    nodes: Mapping[str, str] | Sequence[str]
    edges: Sequence[Edge]
    highlight_nodes: str | None = None
    highlight_edges: str | None = None
    values: str | None = None
    control: str | None = None
    digits: int = 3

    kind = "graph"
    dimensions = {"highlight_nodes": (1,), "highlight_edges": (1,), "values": (1,)}
    gaps = ("values",)
    alone = True
    wide = True

    def __post_init__(self) -> None:
        given: list[tuple[str, list[Any]]] = [("nodes", list(self.nodes)), ("edges", list(map(tuple, self.edges)))]
        for argument, names in given:
            for each in names:
                if names.count(each) > 1:
                    raise ValueError(f"{argument} must differ from one another, got {each!r} twice")
        for edge in self.edges:
            for name in edge:
                if name not in self.nodes:
                    raise ValueError(f"edges must join nodes ({', '.join(self.nodes)}), got {edge!r}")
        layout(self.nodes, self.edges)

    @property
    def labels(self) -> dict[str, str]:
        """What is written on each node."""
        return dict(self.nodes) if isinstance(self.nodes, Mapping) else {name: name for name in self.nodes}

    def spec(self) -> dict[str, Any]:
        """This graph as JSON, with places for its nodes and routes for its edges."""
        places, routes = layout(self.nodes, self.edges)
        nodes = [{"name": name, "label": label, "place": places[name]} for name, label in self.labels.items()]
        edges = [
            {"from": edge[0], "to": edge[1], "route": route} for edge, route in zip(self.edges, routes, strict=True)
        ]
        return {**super().spec(), "nodes": nodes, "edges": edges}

    def check_controls(self, controls: Mapping[str, Control]) -> None:
        """Raise a ValueError unless `control` is a choice among nodes."""
        if self.control is None:
            return
        control = controls.get(self.control)
        if not isinstance(control, Choice) or not set(control.options) & set(self.nodes):
            raise ValueError(f"graph: control must be a Choice with nodes among its options, got {self.control!r}")

    def _check_shapes(self, arrays: Arrays) -> None:
        for field, name in self.drawn().items():
            what, count = ("edges", len(self.edges)) if field == "highlight_edges" else ("nodes", len(self.nodes))
            if len(arrays[name]) != count:
                raise ValueError(
                    f"graph: {name!r} must have one entry for each of the {count} {what}, got shape {arrays[name].shape}"
                )

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        from matplotlib.patches import FancyArrowPatch

        places, routes = layout(self.nodes, self.edges)
        layers, across = zip(*places.values(), strict=True)
        outermost = max(1.2, 0.7 + max(map(abs, across)))
        axes.set_axis_off()
        axes.set(xlim=(-0.5, max(layers) + 0.5), ylim=(outermost, -outermost))
        # Labels stand upright where layers are too close for their length.
        room = axes.bbox.width / axes.figure.dpi * 72 / (max(layers) + 1)  # of one layer, in points
        texts = self._texts(arrays)
        widths = {name: 0.55 * max(map(len, text.split("\n"))) for name, text in texts.items()}  # in font sizes
        lines, widest = 2 if self.values else 1, max(widths.values())
        upright = 6.5 * widest > room - 18
        size = min(9.0, 0.45 * room / lines if upright else (room - 18) / widest)

        strengths = self._strengths(arrays, "highlight_edges", len(self.edges))
        for (_, end), route, strength in zip(self.edges, routes, strengths, strict=True):
            half = size * ((1.2 * lines if upright else widths[end]) / 2 + 0.4) / room
            style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": size, **_style(strength)}
            style["linestyle"] = "--" if self.highlight_edges and strength == 0 else "-"
            axes.add_patch(FancyArrowPatch(path=_curve(route, half), fill=False, **style))
        strengths = self._strengths(arrays, "highlight_nodes", len(self.nodes))
        for (name, text), strength in zip(texts.items(), strengths, strict=True):
            box = {"boxstyle": "round", "facecolor": "white", **_style(strength)}
            style = {"ha": "center", "va": "center", "rotation": 90 if upright else 0, "fontsize": size}
            axes.text(*places[name], text, bbox=box, **style)

    def _texts(self, arrays: Arrays) -> dict[str, str]:
        if self.values is None:
            return self.labels
        values = arrays[self.values]
        return {
            name: f"{label}\n" + ("" if np.isnan(value) else format_number(value, self.digits))
            for (name, label), value in zip(self.labels.items(), values, strict=True)
        }

    def _strengths(self, arrays: Arrays, field: str, count: int) -> np.ndarray:
        name = self.drawn().get(field)
        return np.zeros(count) if name is None else np.clip(arrays[name], 0, 1)


def _style(strength: float) -> dict[str, Any]:
    """From the grey of plain nodes and edges to the colour of highlighted ones."""
    from matplotlib.colors import to_rgb

    plain, highlighted = np.array(to_rgb("#7f8a97")), np.array(to_rgb(COLORS[0]))
    return {"edgecolor": tuple(plain + strength * (highlighted - plain)), "linewidth": 1 + 1.5 * strength}


def _curve(route: Sequence[Place], half: float) -> Path:
    """A smooth line through the places of a route, which ends at the left edge of a box of that half width."""
    from matplotlib.path import Path

    *before, (layer, across) = route
    points = [*before, (layer - half, across)]
    vertices = [points[0]]
    for (left, above), (right, below) in itertools.pairwise(points):
        middle = (left + right) / 2
        vertices += [(middle, above), (middle, below), (right, below)]
    return Path(vertices, [Path.MOVETO] + [Path.CURVE4] * (len(vertices) - 1))
