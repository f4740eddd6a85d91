"""How tall an explorer will be on a page, about: so much is kept free for it while its picture stands in its place.

`frontend/layout.js` and `frontend/style/` lay it out; here their sums are done roughly, from labels and shapes. A few lines
too many or too few move a page by that much when the picture becomes live.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .controls import Control, Photo, Points, Query, Toggle

if TYPE_CHECKING:
    from .explorer import Explorer
    from .views import View

# All in pixels.
LETTER, LINE, GAP = 6.8, 18, 20
NARROWEST = {"view": 290, "compact": 130, "control": 230}
FRAME = 18  # padding and borders, less the gap after the last of the views
SIDE, FROM = 272, 640  # controls beside the views, and from which width on they stand there
WINDOW = 760  # of a telephone, or of a browser on a small computer: controls cover a third of it, or stand beside in all of it


def height(explorer: Explorer, width: int) -> int:
    """The height in pixels of an explorer that is `width` pixels wide, its padding included."""
    arrays = explorer.current_frame().arrays
    stateful = "step" in explorer.functions
    seed = explorer._random
    count = seed + sum(
        {"points": 4, "reactions": 4, "photo": 2}.get(each.kind, 1) for each in explorer.controls.values()
    )
    columns = max(1, (width + 28) // (NARROWEST["control"] + 28))
    if width >= FROM and count > columns:
        panel = 56 + (94 + 44 if stateful else 0) + _controls(explorer.controls, SIDE - 32, seed=seed)
        room = min(panel, WINDOW - 56)
        return round(max(_views(explorer.views, arrays, width - SIDE - GAP - 16, room) + FRAME - 32, room))
    inner = width - (24 if width < 480 else 32)
    panel = 22 + (46 + 24 if stateful else 0) + _controls(explorer.controls, inner, seed=seed)
    return round(_views(explorer.views, arrays, inner) + FRAME + min(panel, 0.34 * WINDOW))


def _views(views: Sequence[View], arrays: Mapping[str, np.ndarray], width: int, room: float = 0) -> float:
    compact = [_is_compact(view, arrays) for view in views]
    wide = [any(mark.wide for mark in view.marks) for view in views]
    large = _columns(len(views) - sum(compact) - sum(wide), NARROWEST["view"], width)
    if large == len(views) and 1.6 * (60 + 0.64 * ((width + GAP) / large - GAP)) < room:
        large = 1  # below each other, beside controls that are much taller than a row
    tiny = max(_columns(sum(compact), NARROWEST["compact"], width), large if any(compact) else 1)
    together = any(compact) and not any(wide) and len(views) > sum(compact) and len(views) <= 4
    if together and width >= 2.2 * NARROWEST["view"]:
        columns, spans = len(views), [1] * len(views)
    else:
        columns = large * tiny
        spans = [columns if wide[i] else large if compact[i] else tiny for i in range(len(views))]
    if not compact[-1]:  # what the last row leaves empty is its last view's
        used = 0
        for span in spans:
            used = used + span if used + span <= columns else span
        spans[-1] += columns - used
    total, used, tallest = 0.0, columns, 0.0
    for view, span in zip(views, spans, strict=True):
        each = (width + GAP) * span / columns - GAP
        if used + span > columns:
            total, used, tallest = total + tallest, 0, 0.0
        used, tallest = used + span, max(tallest, _view(view, arrays, each))
    return total + tallest


def _columns(count: int, narrowest: int, width: int) -> int:
    most = max(1, (width + GAP) // (narrowest + GAP))
    return max(1, math.ceil(count / max(1, math.ceil(count / most))))


def _is_compact(view: View, arrays: Mapping[str, np.ndarray]) -> bool:
    shape = _matrix(view, arrays)
    return len(view.marks) == 1 and shape is not None and shape[1] <= 16 and shape[1] <= 2 * shape[0]


def _matrix(view: View, arrays: Mapping[str, np.ndarray]) -> tuple[int, int] | None:
    """Rows and columns of a heatmap without axes of its own."""
    mark = view.marks[0]
    if mark.kind != "heatmap" or getattr(mark, "x", None):
        return None
    values = arrays[mark.drawn()["values"]]
    blocks = values.shape[0] if values.ndim == 3 else 1
    return values.shape[-2], blocks * (values.shape[-1] + 1) - 1


def _view(view: View, arrays: Mapping[str, np.ndarray], width: float) -> float:
    title = LINE * max(1, math.ceil(len(view.title) * LETTER * 1.1 / max(width - 36, 1))) + 3
    mark = view.marks[0]
    if mark.alone:
        return title + 14 + _alone(view, arrays, width)
    labels = [label for each in view.marks if isinstance(label := getattr(each, "label", None), str)]
    entries = sum(len(label) * LETTER * 0.92 + 36 for label in labels)
    legend = LINE * math.ceil(entries / width)
    down, across = (25 if view.y else 10) + (36 if view.x else 22), 60
    shape = _matrix(view, arrays)
    aspect = view.aspect or (shape[1] / shape[0] if shape else None)
    if aspect is None:
        return title + legend + 14 + min(max(width * 0.64, 200), 320)
    return title + legend + 14 + down + min(width - across, (380 - down) * aspect) / aspect


def _alone(view: View, arrays: Mapping[str, np.ndarray], width: float) -> float:
    mark = view.marks[0]
    drawn = mark.drawn()
    if mark.kind == "table":
        rows, columns = getattr(mark, "rows", ()), getattr(mark, "columns", ())
        room = max(60.0, width - 80 * len(columns))
        return 4 + 33 + sum(33 + 20 * (math.ceil(len(row) * LETTER / room) - 1) for row in rows)
    if mark.kind == "ranking":
        return LINE + (40 if width < 400 else 32) * len(arrays[drawn["index"]])
    if mark.kind == "images":
        pictures = arrays[drawn["values"]]
        columns = min(getattr(mark, "columns", 1), len(pictures))
        side = min(200 if pictures.shape[2] <= 64 else 280, (width - 4 * (columns - 1)) / columns)
        words = 20 if getattr(mark, "captions", None) or "scores" in drawn else 2
        return math.ceil(len(pictures) / columns) * (side * pictures.shape[1] / pictures.shape[2] + words + 4)
    if mark.kind == "graph":
        return 12 + _graph(mark.spec(), width)
    return 300


def _graph(spec: dict[str, Any], width: float) -> float:
    """As `frontend/marks/plan.js` does it: layers from left to right where that fits, else from top to bottom, or like the
    words of a text."""
    valued = spec["values"] is not None
    tall = 42 if valued else 36
    found: dict[int, list[float]] = {}
    for node in spec["nodes"]:
        found.setdefault(node["place"][0], []).append(max(len(node["label"]), 6 if valued else 1) * 7.2 + 19)
    layers = [found[place] for place in sorted(found)]

    def across(rows: list[list[list[float]]]) -> float:
        return sum(max(map(len, row)) * (tall + 12) - 12 + 26 for row in rows) - 26

    rows, begin = [[layers[0]]], max(layers[0]) + 26
    for layer in layers[1:]:
        if begin + max(layer) + 16 > width:
            rows, begin = [*rows, []], 16
        rows[-1].append(layer)
        begin += max(layer) + 26
    down = len(layers) * (tall + 26) - 26
    fits = down <= 640 and max(sum(layer) + 12 * (len(layer) - 1) for layer in layers) <= width
    file = len(layers) == len(spec["nodes"]) and all(len(edge["route"]) == 2 for edge in spec["edges"])
    if sum(map(max, layers)) + 26 * (len(layers) - 1) <= width:
        return across([layers])
    if fits and not (file and across(rows) <= 640):
        return down
    return across(rows) if across(rows) <= 640 else across([layers])


def _controls(controls: Mapping[str, Control], width: int, seed: bool) -> float:
    columns = max(1, (width + 28) // (NARROWEST["control"] + 28))
    room = (width + 28) / columns - 28
    heights = [_control(each, room) for each in controls.values()] + ([40.0] if seed else [])
    if columns == 1:
        return sum(heights) + 6 * len(heights)
    tall = [each for each in heights if each > 200]  # the others stand beside them
    beside = [each for each in heights if each <= 200]
    rows = [max(beside[i : i + columns]) + 6 for i in range(0, len(beside), columns)]
    if not tall:
        return sum(rows)
    return max(max(tall), sum(each + 6 for each in beside) / max(1, columns - 1))


def _control(control: Control, width: float) -> float:
    if isinstance(control, Toggle):
        return 40
    if isinstance(control, Points):
        (left, right), (low, high) = control.x_range, control.y_range
        aspect = min(max((right - left) / (high - low), 1), 2.5)
        return 40 + (min(width, 330) - 40) / aspect + 32 + (50 if width >= 290 else 98)  # of buttons one row or two
    if isinstance(control, Photo):
        return 150
    if isinstance(control, Query):
        return 110
    if control.kind == "reactions":
        return 280
    head = 40 + 20 * max(0, math.ceil(len(control.label) * 7.3 / max(width - 90, 1)) - 2)
    return head + 34
