"""Text in and text out: a question that a reader types, and passages to read or to copy. `frontend/text.js` mirrors it."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from .controls import Control
from .views import Arrays, Mark, View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A run of Latin letters and digits, or of Chinese characters; the same expression is in `frontend/text.js`.
RUN = re.compile("[a-z0-9à-ɏ]+|[㐀-鿿]+")
LONGEST = 1000  # characters of a question


def runs(text: str) -> list[str]:
    """Words in Latin letters, in lower case, and stretches of Chinese characters, in their order."""
    return RUN.findall(unicodedata.normalize("NFKC", text).lower())


def segment(text: str, forms: Mapping[str, int]) -> list[int]:
    """The numbers of the terms in a text: Latin words as they are, Chinese by the longest word at each place.

    Args:
        text: of any length.
        forms: the number of each written form; whatever is not among them is skipped.
    """
    longest = max(map(len, forms), default=0)
    found = []
    for run in runs(text):
        if run[0] < "㐀":
            found += [forms[run]] if run in forms else []
            continue
        place = 0
        while place < len(run):
            ends = range(min(place + longest, len(run)), place, -1)
            end = next((end for end in ends if run[place:end] in forms), None)
            if end is not None:
                found.append(forms[run[place:end]])
            place = end or place + 1
    return found


class Query(Control, traitlets.Unicode):
    """A question in words. A model receives the numbers of the terms in it: float32 (capacity,), and -1 after the last.

    Args:
        default: the question at first.
        terms: what is understood. Each is one string: its written forms, separated by spaces ("drop drops dropped").
        capacity: how many terms are read; those after are left out.
        label: what the reader sees; the trait's name if empty.
    """

    def __init__(self, default: str, terms: Sequence[str], *, capacity: int = 16, label: str = "") -> None:
        super().__init__(default)
        self.terms, self.capacity, self.label = list(terms), capacity, label
        self.forms = {form: number for number, term in enumerate(terms) for form in term.split()}
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> str:
        """The question; a TraitError names the control and what it accepts."""
        if not isinstance(value, str) or len(value) > LONGEST:
            raise self._refuse(f"a string of at most {LONGEST} characters", value)
        return value

    def tensor(self, value: str) -> Tensor:
        """The numbers of its terms as float32 (capacity,), -1 where there is none."""
        numbers = segment(value, self.forms)[: self.capacity]
        return torch.tensor(numbers + [-1] * (self.capacity - len(numbers)), dtype=torch.float32)

    def spec(self, value: str) -> dict[str, Any]:
        """This question as JSON."""
        return {
            "kind": "query",
            "name": self.name,
            "label": self.label or self.name,
            "value": value,
            "terms": self.terms,
            "capacity": self.capacity,
        }


@dataclass(frozen=True)
class Passages(Mark):
    """Texts picked by number, line breaks kept, each with a button that copies it; alone in its view.

    On a page, "YYYY-MM-DD" and "YYYY/MM/DD" in a text become the day, and "https://ADDRESS/" the address of the page's
    folder if it has one on the web.

    Args:
        index: array (k,), whole numbers: which texts, in their order. Empty texts are not shown.
        texts: all there are.
        links: an address for each text, relative to the page; its first line then is a link, in place of the button.
    """

    index: str
    texts: Sequence[str]
    links: Sequence[str] | None = None

    kind = "passages"
    dimensions = {"index": (1,)}
    alone = True
    wide = True

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        shown = [self.texts[round(number)] for number in np.asarray(arrays[self.index]).tolist()]
        lines = [line for text in shown if text for line in [*text.splitlines(), ""]]
        folded = [part for line in lines for part in textwrap.wrap(line, 88) or [""]]
        axes.text(0, 1, "\n".join(folded[:12]), va="top", fontsize="x-small", transform=axes.transAxes)
        axes.set_axis_off()
