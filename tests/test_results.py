"""Files of results that take long: when they are of the code as it is."""

import json
from pathlib import Path

import pytest

from kexue_widgets import results as module
from kexue_widgets.results import StoredResults

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
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoredResults:
    """Results of `CODE` and of another file, in a folder of their own."""
    monkeypatch.setattr(module, "ROOT", tmp_path)
    found = StoredResults("rates.json", "make rates", ("one.py", "other.py"))
    found.path.parent.mkdir(parents=True)
    for name in found.code:
        (tmp_path / name).write_text(CODE)
    found.path.write_text(json.dumps({"code": found.code_hash(), "rate": 0.5}))
    return found


def test_results_are_current_until_their_code_changes(results: StoredResults, tmp_path: Path) -> None:
    assert results.is_current()
    assert results.read()["rate"] == 0.5
    for name in results.code:
        (tmp_path / name).write_text(CODE.replace("x / 2", "x / 3"))
        assert not results.is_current()
        with pytest.warns(UserWarning, match=r"rates\.json is older than the code; make rates writes it afresh"):
            assert results.read()["rate"] == 0.5
        (tmp_path / name).write_text(CODE)


def test_words_and_layout_are_not_the_code(results: StoredResults, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(SAME)
    assert results.is_current()


@pytest.mark.parametrize("kept", [0, 20])
def test_a_file_cut_short_is_named_with_the_command_that_writes_it(results: StoredResults, kept: int) -> None:
    results.path.write_text(results.path.read_text()[:kept])
    with pytest.raises(ValueError, match=r"rates\.json is damaged .*; make rates writes it afresh"):
        results.read()


def test_a_copy_elsewhere_is_judged_by_the_same_code(results: StoredResults, tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_text(results.path.read_text().replace(results.code_hash(), "another"))
    assert not results.is_current(copy)
    with pytest.warns(UserWarning, match=r"copy\.json is older"):
        results.read(copy)
