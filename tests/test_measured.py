"""Files of results that take long: when they are of the code as it is."""

import json
from pathlib import Path

import pytest

from kexue_widgets import measured
from kexue_widgets.measured import Measured

CODE = '''"""What it does."""
class Rate:
    """A rate."""
    def half(self, x):
        """Half of it."""
        return x / 2
'''
SAME = """class Rate:
    def half(self, x):
        return (x
                / 2)  # one half
"""


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measured:
    """Results of `CODE` and of another file, in a folder of their own."""
    monkeypatch.setattr(measured, "ROOT", tmp_path)
    found = Measured("rates.json", "make rates", ("one.py", "other.py"))
    found.path.parent.mkdir(parents=True)
    for name in found.code:
        (tmp_path / name).write_text(CODE)
    found.path.write_text(json.dumps({"code": found.code_hash(), "rate": 0.5}))
    return found


def test_results_are_fresh_until_their_code_changes(results: Measured, tmp_path: Path) -> None:
    assert results.fresh()
    assert results.read()["rate"] == 0.5
    for name in results.code:
        (tmp_path / name).write_text(CODE.replace("x / 2", "x / 3"))
        assert not results.fresh()
        with pytest.warns(UserWarning, match=r"rates\.json is older than the code; make rates writes it afresh"):
            assert results.read()["rate"] == 0.5
        (tmp_path / name).write_text(CODE)


def test_words_and_layout_are_not_the_code(results: Measured, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(SAME)
    assert results.fresh()


def test_a_copy_elsewhere_is_judged_by_the_same_code(results: Measured, tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_text(results.path.read_text().replace(results.code_hash(), "another"))
    assert not results.fresh(copy)
    with pytest.warns(UserWarning, match=r"copy\.json is older"):
        results.read(copy)
