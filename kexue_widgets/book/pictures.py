"""The pictures that stand in for explorers without JavaScript, drawn anew in another language from what the page holds."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from docutils import nodes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from PIL import Image
from sphinx.transforms import SphinxTransform
from sphinx.transforms.i18n import Locale

from ..live import CHINESE_FONTS, Choice, View, draw_figure
from ..live.marks.base import Mark, Name
from .translation import in_words, sayer

PICTURE = re.compile(
    r'(?<=src="data:image/png;base64,)[^"]*(?="></figure><script type="application/json">(.*?)</script>)', re.DOTALL
)


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
    Image.open(drawn).convert("RGB").quantize(80).save(small, format="png", optimize=True)
    return small.getvalue()


def redrawn(page: str, say: Callable[[str], str]) -> str:
    """Page forms of explorers with their pictures in the words of `say`; the front end has its own translations."""

    def translated(picture: re.Match[str]) -> str:
        manifest = json.loads(picture[1])
        said = in_words(manifest, say)
        return picture[0] if said == manifest else base64.b64encode(packed(figure_of(said))).decode()

    return PICTURE.sub(translated, page)


def writes_chinese() -> bool:
    """Whether this machine has letters for the words of the Chinese edition."""
    return not {font.name for font in fontManager.ttflist}.isdisjoint(CHINESE_FONTS)


class PictureWords(SphinxTransform):
    """Draws the pictures of explorers with the words of the page's language, where the machine has letters for them."""

    default_priority = Locale.default_priority + 1

    def apply(self, **options: Any) -> None:
        """Put new pictures in the place of old ones."""
        if not writes_chinese():
            return
        say = sayer(self.app, self.env.docname)
        for raw in self.document.findall(nodes.raw):
            if PICTURE.search(raw.astext()):
                raw[:] = [nodes.Text(redrawn(raw.astext(), say))]
