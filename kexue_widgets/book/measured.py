"""What the benchmarks have found, as tables: `{measured} NAME` shows book/data/measured/NAME.json, as `benchmarks` wrote it.

Ratios are drawn too, each row's in the row itself, on one logarithmic axis. The words are translated as those of any
table of results; the page is read again when a record or the code that it follows from has changed.
"""

from __future__ import annotations

import html
import json
import math
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from .. import results
from .translation import catalogue
from .writing import FIELD

MACHINE = (
    "{processor}, {cores} cores; {load} processes wanted one at the beginning, {later} at the end; {date}; {versions}"
)
EARLIER = "Of an earlier run, of which neither machine nor load was kept; {versions}"
STALE = "The code has changed since. Measure it again: {command}"
WANTING = "Not measured yet: {command}"
AXIS = "ratio, logarithmic axis"
WORDS = (MACHINE, EARLIER, STALE, WANTING)
SHOWN = "measured"  # in a page's metadata: its records, and whether they were current
WIDTH, HEIGHT, MARGIN = 220, 24, 14  # of the drawing in a row, in pixels


class Axis:
    """A logarithmic axis over all of a table's ratios, and 1."""

    def __init__(self, ratios: list[float]) -> None:
        self.low, self.high = min(1.0, *ratios) / 1.1, max(1.0, *ratios) * 1.1

    def place(self, ratio: float) -> float:
        """Where a ratio stands, in pixels."""
        share = math.log(ratio / self.low) / math.log(self.high / self.low)
        return round(MARGIN + (WIDTH - 2 * MARGIN) * share, 1)

    def ticks(self) -> list[float]:
        """At most six of 1, 2, 5, 10, ... that are in sight, with 1 among them."""
        steps = [float(f"{digit}e{power}") for power in range(-6, 9) for digit in (1, 2, 5)]
        seen = [each for each in steps if self.low <= each <= self.high]
        if len(seen) > 6:
            seen = [each for each in seen if math.log10(each).is_integer()]
        every = -(-len(seen) // 6)
        return seen[seen.index(1) % every :: every]

    def head(self) -> str:
        """The axis itself."""
        texts = (f'<text x="{self.place(each)}" y="17" text-anchor="middle">{each:g}</text>' for each in self.ticks())
        return _drawing("".join(texts))

    def row(self, middle: float, *ends: float) -> str:
        """A dot, and the range that it is in."""
        bar = ""
        if ends:
            bar = f'<path d="M{self.place(min(ends))} 12H{self.place(max(ends))}" class="range"/>'
        return _drawing(
            f'<path d="M{self.place(1)} 0V{HEIGHT}" class="one"/>{bar}<circle cx="{self.place(middle)}" cy="12" r="4"/>'
        )


def _drawing(content: str) -> str:
    return f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{content}</svg>'


def table(content: dict[str, Any], name: str) -> str:
    """A table of a record as HTML, with the drawing of its ratios in the second column.

    Args:
        content: `title`, `heads`, `rows` of words, and `ratios`, the heads of a middle value's column and of its range.
        name: of its caption, unique on the page.
    """
    heads, columns = content["heads"], [content["heads"].index(each) for each in content["ratios"]]
    rows = [(row, [float(row[each]) for each in columns if _is_ratio(row[each])]) for row in content["rows"]]
    axis = (
        Axis([each for _, ratios in rows for each in ratios]) if columns and any(ratios for _, ratios in rows) else None
    )
    lines = [f'<th scope="col">{html.escape(each)}</th>' if each else "<td></td>" for each in heads]
    lines[1:1] = [f'<th scope="col">{axis.head()}<br>{AXIS}</th>'] if axis else []
    parts = [f"<thead><tr>{''.join(lines)}</tr></thead><tbody>"]
    for (first, *others), ratios in rows:
        cells = "".join(f"<td>{html.escape(each)}</td>" for each in others)
        drawn = f"<td>{axis.row(*ratios) if ratios else ''}</td>" if axis else ""
        parts.append(f'<tr><th scope="row">{html.escape(first)}</th>{drawn}{cells}</tr>')
    caption = f'<caption id="{name}">{html.escape(content["title"])}</caption>'
    # What scrolls can be reached by keys, and has a name; so many are no landmarks.
    return (
        f'<div class="kexue-measured" tabindex="0" role="group" aria-labelledby="{name}">'
        f'<table border="0" class="dataframe">{caption}{"".join(parts)}</tbody></table></div>'
    )


def _is_ratio(cell: str) -> bool:
    try:
        return float(cell) > 0
    except ValueError:
        return False


def read(name: str) -> tuple[dict[str, Any], bool]:
    """A record, empty if there is none, and whether the code is as it was measured."""
    path = results.StoredResults(f"measured/{name}.json", "", ()).path
    if not path.exists():
        return {}, False
    record = json.loads(path.read_text("utf-8"))
    stored = results.StoredResults(f"measured/{name}.json", record["command"], tuple(record["files"]))
    try:
        return record, stored.is_current()
    except FileNotFoundError:  # of its code
        return record, False


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The pages that show a record which has changed, or whose code has."""
    shown = {name: env.metadata[name].get(SHOWN, {}) for name in env.found_docs}
    return [page for page, records in shown.items() if any(read(name) != found for name, found in records.items())]


class Measured(SphinxDirective):
    """A record's tables, the machine that it is of, and whether the code has changed since."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Tables, then a line about the machine."""
        name = self.arguments[0]
        say = catalogue(self.env.app).gettext
        words = {word: say(word) for word in WORDS}
        self.env.metadata[self.env.docname].setdefault(FIELD, {}).update(words)
        record, current = found = read(name)
        self.env.metadata[self.env.docname].setdefault(SHOWN, {})[name] = found
        if not record:
            return [_line(words[WANTING].format(command=f"python benchmarks/{name}.py"))]
        tables = [table(each, f"{name}-{number}") for number, each in enumerate(record["tables"])]
        versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
        if "load" in record:
            load, later = record["load"]
            facts = {**{key: record[key] for key in ("processor", "cores", "date")}, "load": load, "later": later}
            lines = [_line(words[MACHINE].format(**facts, versions=versions))]
        else:
            lines = [_line(words[EARLIER].format(versions=versions))]
        if not current:
            lines.append(_line(words[STALE].format(command=record["command"])))
        return [*(nodes.raw("", each, format="html") for each in tables), *lines]


def _line(words: str) -> nodes.paragraph:
    return nodes.paragraph("", words, classes=["kexue-facts"], translatable=False)  # `say` has done it


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("measured", Measured)
    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
