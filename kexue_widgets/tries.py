"""Try links: sentences that set an explorer, as `[set p to 0.8](#live:Overfitting.p=0.8 "Overfitting(p=0.8)")`.

They are ordinary links. Where they lead is what an explorer's own address says, and their title is the same in Python, for
readers of a notebook. While a book is built, each is held to the explorers of its page.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.i18n import Locale
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

PREFIX = "#live:"
MANIFEST = re.compile(r'<kexue-explorer.*?<script type="application/json">(.*?)</script>', re.DOTALL)
STEPS, SEED, OFF = "steps", "seed", "switched-off"
LISTED = 12  # options: more are not told one by one

logger = logging.getLogger(__name__)
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What a link sets: controls, a seed, and how many steps are made under which of their values.

    `segments` is None where a new explorer makes its steps by itself.
    """

    explorer: str
    values: dict[str, Any]
    segments: list[tuple[int, dict[str, Any]]] | None
    made: dict[str, Any]  # what the explorer was made with, where its class has other defaults

    def python(self) -> str:
        """The same as a line of Python."""
        first = {**self.values, **(self.segments[0][1] if self.segments else {})}
        first |= {name: value for name, value in self.made.items() if name not in first}
        made = f"{self.explorer.partition('-')[0]}({', '.join(f'{name}={value!r}' for name, value in first.items())})"
        if self.segments is None:
            return made
        parts, now = [f"explorer = {made}", "explorer.reset()"], first
        for steps, others in [*self.segments, (0, {})]:
            wanted = {**self.values, **others}
            parts += [f"explorer.{name} = {wanted[name]!r}" for name in wanted if wanted[name] != now.get(name)]
            parts += [f"explorer.advance({steps})"] if steps else []
            now = wanted
        return "; ".join(parts)


def read(address: str, manifests: dict[str, Manifest]) -> Settings:
    """What the address of a try link sets.

    Args:
        address: "#live:Mask.p=0.9&Mask.seed=7", as "Copy the link" gives it.
        manifests: of the explorers that it may name, by their names in addresses: a second `Mask` is `Mask-2`.

    Raises:
        ValueError: it sets what there is not; the text says what is accepted.
    """
    pairs = [(name.rpartition("."), text) for name, text in parse_qsl(address.removeprefix(PREFIX), True)]
    named = list(dict.fromkeys(explorer for (explorer, _, _), _ in pairs))
    if len(named) != 1:
        raise ValueError(f"a try link sets one explorer, as in {PREFIX}Name.control=value, got {address!r}")
    (explorer,) = named
    if explorer not in manifests:
        raise ValueError(f"there is no explorer {explorer!r} on this page (there is: {', '.join(manifests) or 'none'})")
    manifest = manifests[explorer]
    controls = _controls(manifest)
    accepted = [*controls, *([STEPS] if manifest["stateful"] else [])]
    texts = {name: text for (_, _, name), text in pairs if name != OFF}  # what legends hide is no setting
    for name in texts:
        if name not in accepted:
            raise ValueError(f"{explorer} has no {name!r} to set (it has: {', '.join(accepted)})")
    values = {name: _value(controls[name], text) for name, text in texts.items() if name != STEPS}
    made = {name: each["value"] for name, each in controls.items() if "default" in each}
    if STEPS not in texts:
        return Settings(explorer, values, None, made)
    segments = _segments(texts[STEPS], controls, manifest)
    back = {
        name: controls[name]["value"] for _, others in segments for name in others
    }  # unless the link says otherwise
    return Settings(explorer, {**back, **values}, segments, made)


def _controls(manifest: Manifest) -> dict[str, dict[str, Any]]:
    """The controls that an address may set; options which several share are given once."""
    found = {each["name"]: each for each in manifest["controls"]}
    shared = {name: found[each["options"]] for name, each in found.items() if isinstance(each.get("options"), str)}
    found |= {name: {**found[name], "options": other["options"]} for name, other in shared.items()}
    seed = {SEED: {"kind": SEED, "name": SEED}} if manifest["random"] else {}
    return {name: each for name, each in found.items() if each["kind"] != "photo"} | seed


def _value(control: dict[str, Any], text: str) -> Any:
    """A value from its text, as `fromText` of the control's kind in `frontend/controls/` reads it."""
    value, accepted = READERS[control["kind"]](control, text)
    if value is None:
        raise ValueError(f"{control['name']} must be {accepted}, got {text!r}")
    return value


def _number(text: str) -> float | int:
    try:
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    except ValueError:
        return math.nan


def _slider(control: dict[str, Any], text: str) -> tuple[Any, str]:
    value, low, high = _number(text), control["min"], control["max"]
    return (value if low <= value <= high else None), f"in [{low:g}, {high:g}]"


def _seed(control: dict[str, Any], text: str) -> tuple[Any, str]:
    good = bool(re.fullmatch(r"\d{1,10}", text)) and int(text) < 2**32
    return (int(text) if good else None), "a whole number in [0, 4294967295]"


def _toggle(control: dict[str, Any], text: str) -> tuple[Any, str]:
    return {"true": True, "false": False}.get(text), "true or false"


def _choice(control: dict[str, Any], text: str) -> tuple[Any, str]:
    labels = control["options"]["labels"]
    listed = [*map(repr, labels[:LISTED]), *(["…"] if len(labels) > LISTED else [])]
    return (text if text in labels else None), f"one of {', '.join(listed)}"


def _points(control: dict[str, Any], text: str) -> tuple[Any, str]:
    numbers = [_number(each) for each in text.split(",")]
    points = [[x, y] for x, y in zip(numbers[::2], numbers[1::2], strict=False)]
    (left, right), (low, high) = control["x_range"], control["y_range"]
    inside = all(left <= x <= right and low <= y <= high for x, y in points)
    good = inside and len(numbers) % 2 == 0 and len(points) <= control["capacity"]
    ranges = f"x in [{left:g}, {right:g}] and y in [{low:g}, {high:g}]"
    return (points if good else None), f"x,y,x,y… with {ranges}, {control['capacity']} points at most"


def _reactions(control: dict[str, Any], text: str) -> tuple[Any, str]:
    from .gillespie.typed import LONGEST, parse

    try:
        if len(text) <= LONGEST and parse(text):
            return text, ""
    except ValueError:
        pass
    return None, "reactions such as 'A + B -> 2 B @ 0.01'"


def _query(control: dict[str, Any], text: str) -> tuple[Any, str]:
    return text, "a question"


READERS = {
    "slider": _slider,
    "seed": _seed,
    "toggle": _toggle,
    "choice": _choice,
    "points": _points,
    "query": _query,
    "reactions": _reactions,
}


def _segments(text: str, controls: dict[str, Any], manifest: Manifest) -> list[tuple[int, dict[str, Any]]]:
    """How many steps, under which values where these are others than in the end: 400*rate*0.02,50; see `frontend/trail.js`."""
    walked = [name for name in manifest["reads"]["step"] if name in controls and name not in manifest["starts"]]
    found: list[tuple[int, dict[str, Any]]] = []
    values: dict[str, Any] = {}
    for part in reversed(text.split(",")):
        count, *others = part.split("*")
        for name, value in zip(others[::2], others[1::2], strict=False):
            if name not in walked:
                known = ", ".join(walked) or "nothing"
                raise ValueError(f"steps may be made under other values of {known}, got {name!r}")
            values = {**values, name: _value(controls[name], unquote(value))}
        if not count.isdecimal():
            raise ValueError(f"steps must be a whole number, got {count!r}")
        found.insert(0, (int(count), values))
    return found


class Untranslated(SphinxTransform):
    """Remember the try links of a page as they were before translation."""

    default_priority = Locale.default_priority - 1

    def apply(self, **keywords: Any) -> None:
        """Note where each leads and its title."""
        self.env.temp_data["kexue_untranslated"] = {_told(each) for each in _links(self.document)}


class TryLinks(SphinxTransform):
    """Hold the try links of a page to its explorers, and have their Python told."""

    default_priority = 800  # after translation, and before MyST looks for what a link that begins with # is about

    def apply(self, **keywords: Any) -> None:
        """Warn of links that set what there is not, or whose title says something else."""
        links = _links(self.document)
        manifests = _manifests(self.document) if links else {}
        # Of these the book itself is told; its other editions are of what translation has changed.
        known = self.env.temp_data.get("kexue_untranslated", set()) if self.config.kexue_root != "." else set()
        for link in links:
            address, new = _address(link), _told(link) not in known
            link.attributes.pop("id_link", None)  # nothing that MyST should look for
            link["refuri"] = quote(address, safe="#:&=+.,*%~()'")
            link["classes"].append("kexue-try")
            link["internal"] = True
            if self.app.builder.format != "html":  # without pages, notebooks need not have been executed
                continue
            try:
                line = read(address, manifests).python()
                if link.setdefault("reftitle", line) != line:
                    raise ValueError(f"its title must be {line}, got {link['reftitle']}")
            except ValueError as error:
                if new:
                    logger.warning("try link: %s", error, location=_place(link), type="kexue", subtype="try")


class TryTexts(SphinxPostTransform):
    """Where nothing computes, in a PDF and in an e-book, a try link is its words."""

    default_priority = 4

    def run(self, **keywords: Any) -> None:
        """Put the words of each try link in its place."""
        if self.app.builder.format == "html" and self.app.builder.name != "epub":
            return
        for link in [each for each in self.document.findall(nodes.reference) if "kexue-try" in each["classes"]]:
            link.parent.replace(link, link.children)


def _links(document: nodes.document) -> list[nodes.reference]:
    return [each for each in document.findall(nodes.reference) if _address(each).startswith(PREFIX)]


def _address(link: nodes.reference) -> str:
    return str(link.get("refuri", ""))


def _told(link: nodes.reference) -> tuple[str, str]:
    return _address(link), str(link.get("reftitle", ""))


def _place(link: nodes.reference) -> str | None:
    """Its file and line; in a notebook its cell, which MyST-NB counts in lines of ten thousand."""
    location = logging.get_node_location(link)
    return location and re.sub(r"(\.ipynb):(\d+)\d{4}\b", r"\1:cell \2", location)


def _manifests(document: nodes.document) -> dict[str, Manifest]:
    """The explorers of a page by their names in addresses, as `frontend/page.js` gives them."""
    found: dict[str, Manifest] = {}
    for node in document.findall(nodes.raw):
        for text in MANIFEST.findall(node.astext()):
            manifest = json.loads(text)
            count = sum(each["name"] == manifest["name"] for each in found.values())
            found[manifest["name"] + (f"-{count + 1}" if count else "")] = manifest
    return found
