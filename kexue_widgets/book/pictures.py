"""The pictures that stand in for explorers without JavaScript, drawn anew in another language from what the page holds."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from PIL import Image

from ..live import CHINESE_FONTS, Choice, View, draw_figure
from ..live.marks.base import Mark, Name


def figure_of(manifest: dict[str, Any]) -> Figure:
    """The figure that an explorer's page form shows, from its manifest: the same as `Explorer.figure` draws."""
    arrays = {
        each["name"]: np.frombuffer(base64.b64decode(each["data"]), "<f4").reshape(each["shape"])
        for each in manifest["frame"]["arrays"]
    }
    options = {each["name"]: each["options"] for each in manifest["controls"] if "options" in each}
    # Those that another control has as well are told by its name.
    labels = {name: options[same] if isinstance(same, str) else same for name, same in options.items()}
    controls = {name: Choice(each["labels"]) for name, each in labels.items()}
    names = {each["name"]: each["called"] for each in manifest["controls"] if "called" in each}
    return draw_figure([_view(each) for each in manifest["views"]], arrays, controls, names)


def _view(spec: dict[str, Any]) -> View:
    return View(*map(_mark, spec["marks"]), **{name: value for name, value in spec.items() if name != "marks"})


def _mark(spec: dict[str, Any]) -> Mark:
    kinds = {vars(each).get("kind"): each for each in _descendants(Mark)}
    fields = {name: value for name, value in spec.items() if name != "kind"}
    if isinstance(fields.get("label"), dict):
        fields["label"] = Name(**fields["label"])
    if spec["kind"] == "graph":  # which says where its nodes are, too
        fields["nodes"] = {node["name"]: node["label"] for node in spec["nodes"]}
        fields["edges"] = [(edge["from"], edge["to"]) for edge in spec["edges"]]
    return kinds[spec["kind"]](**fields)


def _descendants(kind: type[Mark]) -> Iterator[type[Mark]]:
    for each in kind.__subclasses__():
        yield each
        yield from _descendants(each)


def packed(figure: Figure) -> bytes:
    """A figure as a PNG file like those of explorers."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    Image.open(drawn).convert("RGB").quantize(80, Image.Quantize.MAXCOVERAGE).save(small, format="png", optimize=True)
    return small.getvalue()


def drawn(manifest: dict[str, Any]) -> bytes:
    """The picture of an explorer from its manifest; none where this machine has no letters for Chinese."""
    return packed(figure_of(manifest)) if writes_chinese() else b""


def writes_chinese() -> bool:
    """Whether this machine has letters for the words of the Chinese edition."""
    return not {font.name for font in fontManager.ttflist}.isdisjoint(CHINESE_FONTS)
