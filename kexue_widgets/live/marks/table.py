"""Numbers in rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..numbers import format_number
from .base import Arrays, Mark, named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..views import View


@dataclass(frozen=True)
class Table(Mark):
    """Numbers (rows, columns), or (rows,) for one column, under the given headings; alone in its view.

    Args:
        values: the array.
        rows: a heading for each row; or else `index` and `names` say them.
        columns: a heading for each column.
        digits: significant digits.
        index: array (rows,), whole numbers: which of the names (counted from 0) heads each row.
        names: the headings to pick from; rows that are named "" are not shown.
    """

    values: str
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    digits: int = 3
    index: str | None = None
    names: Sequence[str] = ()

    kind = "table"
    dimensions = {"values": (1, 2), "index": (1,)}
    alone = True
    keeps = True

    def __post_init__(self) -> None:
        if (self.index is None) == bool(self.names) or (self.names and self.rows):
            raise ValueError("table takes either rows, or index and names")

    def _check_finite(self, field: str, name: str, array: np.ndarray) -> None:
        if field != "values":  # a cell says what it holds
            super()._check_finite(field, name, array)

    def _check_shapes(self, arrays: Arrays) -> None:
        values = self._cells(arrays)
        rows = self._rows(arrays)
        if values.shape != (len(rows), len(self.columns)):
            raise ValueError(f"table: {self.values!r} must be {len(rows)} x {len(self.columns)}, is {values.shape}")

    def draw(self, axes: Axes, arrays: Arrays, view: View) -> None:
        cells = [[format_number(value, self.digits) for value in row] for row in self._cells(arrays)]
        text = [[name, *row] for name, row in zip(self._rows(arrays), cells, strict=True) if name]
        axes.set_axis_off()
        if not text:
            return
        table = axes.table(text, colLabels=["", *self.columns], loc="upper center", edges="horizontal")
        table.auto_set_column_width(list(range(len(self.columns) + 1)))

    def _rows(self, arrays: Arrays) -> Sequence[str]:
        return self.rows if self.index is None else named(self.kind, self.names, arrays[self.index])

    def _cells(self, arrays: Arrays) -> np.ndarray:
        values = arrays[self.values]
        return values[:, None] if values.ndim == 1 else values
