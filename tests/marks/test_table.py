"""Tables: their rows are named beforehand, or by an array."""

import io

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from kexue_widgets.live import Table, View, draw_figure

VALUES = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]])


def shown(table: Table, **arrays: np.ndarray) -> list[str]:
    """The headings of the rows that matplotlib draws."""
    table.check(arrays)
    _, axes = plt.subplots()
    table.draw(axes, arrays, View(table))
    drawn = axes.tables[0].get_celld() if axes.tables else {}
    headings = [cell.get_text().get_text() for (row, column), cell in sorted(drawn.items()) if row and not column]
    plt.close()
    return headings


def test_rows_have_the_names_that_an_array_picks_and_none_without_a_name() -> None:
    table = Table("values", columns=("a", "b"), index="which", names=("one", "two", ""))
    assert shown(table, values=VALUES, which=np.array([1.0, 0, 2])) == ["two", "one"]
    assert shown(table, values=VALUES, which=np.array([2.0, 2, 2])) == []
    assert shown(Table("values", rows=("x", "y", "z"), columns=("a", "b")), values=VALUES) == ["x", "y", "z"]


def test_names_are_numbered_and_as_many_as_rows() -> None:
    table = Table("values", columns=("a", "b"), index="which", names=("one", "two"))
    with pytest.raises(ValueError, match=r"table: index must be in \[0, 1\], got 2"):
        table.check({"values": VALUES, "which": np.array([0.0, 1, 2])})
    with pytest.raises(ValueError, match="must be 2 x 2, is"):
        table.check({"values": VALUES, "which": np.array([0.0, 1])})


@pytest.mark.parametrize(
    "options", [{"index": "which"}, {"names": ("a",)}, {"rows": ("a",), "index": "i", "names": ("b",)}]
)
def test_a_table_takes_rows_or_index_and_names(options: dict) -> None:
    with pytest.raises(ValueError, match="table takes either rows, or index and names"):
        Table("values", columns=("a",), **options)


@pytest.mark.skipif(matplotlib.__version_info__ < (3, 11), reason="earlier ones have no box for any letter")
def test_a_table_may_hold_chinese_whatever_the_fonts(recwarn: pytest.WarningsRecorder) -> None:
    table = Table("values", columns=("值", "b"), index="which", names=("主方程", "稳态", ""))
    arrays = {"values": VALUES, "which": np.array([0.0, 1, 2])}
    draw_figure((View(table),), arrays, {}).savefig(io.BytesIO())
    assert [str(each.message) for each in recwarn if "Glyph" in str(each.message)] == []
