"""The book's page of measurements: what it shows of a record, and that it leaves none out."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from catalogues import LOCALE
from catalogues import read as read_catalogue
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from kexue_widgets import results
from kexue_widgets.book.measured import MARGIN, WIDTH, WORDS, Axis, table
from kexue_widgets.book.translation import table_words

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "measured.md").read_text("utf-8")
RECORDS = sorted((ROOT / "book" / "data" / "measured").glob("*.json"))
TABLES = [each for path in RECORDS for each in json.loads(path.read_text("utf-8"))["tables"]]
CODE = "def speed():\n    return 1\n"
RECORD = {
    "command": "python benchmarks/speed.py",
    "files": ["speed.py", "marks/*.js"],
    "date": "2026-11-30",
    "processor": "A processor & more",
    "cores": 2,
    "load": ["1.0", "2.5"],
    "versions": {"torch": "2.13.0"},
    "tables": [
        {
            "title": "Speed",
            "heads": ["", "median", "lowest", "highest", "peer"],
            "rows": [["fast", "2.00", "1.50", "3.00", "<peer>"], ["slow", "-", "-", "-", "none"]],
            "ratios": ["median", "lowest", "highest"],
        }
    ],
}


def test_a_ratio_stands_where_its_logarithm_says() -> None:
    axis = Axis([0.5, 2.0, 4.0])
    # From 0.5 / 1.1 to 4 x 1.1: as far from 1 to 2 as from 2 to 4, and from 1 down to a half.
    steps = [axis.place(2) - axis.place(1), axis.place(4) - axis.place(2), axis.place(1) - axis.place(0.5)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.15)
    assert axis.place(axis.low) == MARGIN
    assert axis.place(axis.high) == WIDTH - MARGIN
    assert axis.ticks() == [0.5, 1, 2]


@pytest.mark.parametrize("ratios", [[1.0], [0.9, 1.1], [0.001, 3.0], [2.0, 40_000.0]])
def test_an_axis_always_shows_one_and_few_ticks(ratios: list[float]) -> None:
    ticks = Axis(ratios).ticks()
    assert 1 in ticks
    assert len(ticks) <= 6


def test_a_table_has_its_words_in_heads_and_all_cells_as_text() -> None:
    shown = table(RECORD["tables"][0], "speed-0")
    words = ["Speed", "ratio, logarithmic axis", "median", "lowest", "highest", "peer", "fast", "slow"]
    assert table_words(shown) == words
    assert "<td>2.00</td><td>1.50</td><td>3.00</td><td>&lt;peer&gt;</td>" in shown
    assert shown.count("<circle") == 1  # there is nothing to draw of what was not measured


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Builds a book of one page that shows the record, and gives the page's text."""
    monkeypatch.setattr(results, "ROOT", tmp_path)
    source = tmp_path / "source"
    for folder in (source, tmp_path / "marks", tmp_path / "book" / "data" / "measured"):
        folder.mkdir(parents=True)
    (tmp_path / "speed.py").write_text(CODE)
    (tmp_path / "marks" / "line.js").write_text("draw();")
    (source / "index.md").write_text("# Measured\n\n```{measured} speed\n```\n")
    config = {
        "extensions": ["myst_parser", "kexue_widgets.book.measured"],
        "source_suffix": {".md": "markdown"},
        "locale_dirs": [],
    }

    def build() -> str:
        with docutils_namespace():
            app = Sphinx(source, None, tmp_path / "html", tmp_path / "trees", "html", config, status=None)
            app.build()
        return (tmp_path / "html" / "index.html").read_text("utf-8")

    return build


def store(folder: Path) -> None:
    code = results.StoredResults("", "", tuple(RECORD["files"])).code_hash()
    path = folder / "book" / "data" / "measured" / "speed.json"
    path.write_text(json.dumps({**RECORD, "code": code}))


def test_the_page_says_what_is_wanting_and_shows_it_when_it_is_there(page: Callable[[], str], tmp_path: Path) -> None:
    assert "Not measured yet: python benchmarks/speed.py" in page()
    store(tmp_path)
    shown = page()
    assert "Not measured yet" not in shown
    assert "A processor &amp; more, 2 cores; 1.0 processes wanted one at the beginning, 2.5 at the end" in shown
    assert "2026-11-30; torch 2.13.0" in shown
    assert "<td>2.00</td>" in shown


@pytest.mark.parametrize(
    ("name", "content", "stale"),
    [
        ("speed.py", CODE.replace("1", "2"), True),
        ("speed.py", f"# a comment\n{CODE}", False),
        ("marks/line.js", "draw(2);", True),
        ("marks/dot.js", "dot();", True),
    ],
)
def test_a_record_older_than_its_code_says_so(
    page: Callable[[], str], tmp_path: Path, name: str, content: str, stale: bool
) -> None:
    store(tmp_path)
    words = "The code has changed since. Measure it again: python benchmarks/speed.py"
    assert words not in page()
    (tmp_path / name).write_text(content)
    assert (words in page()) == stale


def test_each_benchmark_has_its_section_and_each_record_is_shown() -> None:
    shown = re.findall(r"```\{measured\} (\w+)\n```", PAGE)
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py")}
    assert len(shown) == len({*shown})
    assert {*shown} == scripts | {"finetune"}
    assert {path.stem for path in RECORDS} <= {*shown}
    assert RECORDS


def test_no_two_tables_of_the_page_have_one_title() -> None:
    titles = [each["title"] for each in TABLES]
    assert sorted(titles) == sorted({*titles})


def test_the_words_of_all_records_are_translated() -> None:
    known = read_catalogue(LOCALE / "zh_CN" / "LC_MESSAGES" / "explorers.po")
    words = {*WORDS, *(word for each in TABLES for word in table_words(table(each, "name")))}
    assert [word for word in words if not (known.get(word) and known.get(word).string)] == []


def test_what_has_files_of_its_own_is_shown_as_it_stands_there() -> None:
    code = (
        "import sys; sys.path.insert(0, 'benchmarks')\n"
        "import json, _stored\n"
        "kept = {}\n"
        "_stored.keep = kept.__setitem__\n"
        "_stored.main()\n"
        "print(json.dumps(kept))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    for name, record in json.loads(done.stdout.splitlines()[-1]).items():
        assert json.loads((ROOT / "book" / "data" / "measured" / f"{name}.json").read_text("utf-8")) == record, name


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], ModuleType]:
    """A module of `benchmarks`, whose records are those of an empty folder."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    common = importlib.import_module("_common")
    for module in (results, common):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "book" / "data" / "measured").mkdir(parents=True)
    (tmp_path / "benchmarks").mkdir()
    return importlib.import_module


def test_all_that_is_not_current_is_run_and_what_fails_is_named_at_the_end(
    benchmark: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture,
) -> None:
    runner, common = benchmark("_all"), benchmark("_common")
    for module, name in ((runner, "ROOT"), (runner, "HERE")):
        monkeypatch.setattr(module, name, tmp_path / "benchmarks")
    scripts = {"broken": "raise SystemExit(3)", "measured": "print('again')", "new": "print('for once')", "_stored": ""}
    for name, text in scripts.items():
        (tmp_path / "benchmarks" / f"{name}.py").write_text(text)
    common.store(tmp_path / "benchmarks" / "measured.py", [], [], {})
    assert runner.main([]) == 1
    said = capfd.readouterr().out
    assert "measured: is of the code as it is" in said
    assert "== 1 of 2: broken, was not timed before" in said
    assert "== 2 of 2: new" in said
    assert "for once" in said
    assert "again" not in said
    assert said.splitlines()[-1] == "FAILED: broken. Alone: python benchmarks/broken.py"
    assert runner.main(["measured"]) == 0  # for it was named
    assert "again" in capfd.readouterr().out
    (tmp_path / "benchmarks" / "measured.py").write_text("print('anew')")
    runner.main([])
    assert "anew" in capfd.readouterr().out
    with pytest.raises(SystemExit, match="no benchmark wrong; there are broken, measured, new"):
        runner.main(["wrong"])


def test_a_record_of_another_machine_is_measured_here(
    benchmark: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    common, script = benchmark("_common"), tmp_path / "benchmarks" / "speed.py"
    script.write_text(CODE)
    common.store(script, [], [], {})
    assert common.record_of("speed")[1]
    monkeypatch.setattr(common, "processor", lambda: "Another")
    assert not common.record_of("speed")[1]


def test_what_is_damaged_is_measured_again(benchmark: Callable[[str], ModuleType], tmp_path: Path) -> None:
    runner = benchmark("_all")
    for name in ("measured/speed.json", "wordvec.json"):
        (tmp_path / "book" / "data" / name).write_text("{")
    assert not runner.is_current("speed")
    assert not runner.is_current("wordvec")
    assert runner.expected("speed") == "was not timed before"


def test_an_interrupted_benchmark_goes_on_with_the_part_that_it_was_at(
    benchmark: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    common, script = benchmark("_common"), tmp_path / "benchmarks" / "speed.py"
    script.write_text(CODE)
    measured: list[str] = []
    interrupted = True

    def part(name: str) -> Callable[[], list[dict[str, Any]]]:
        def measure() -> list[dict[str, Any]]:
            if name == "second" and interrupted:
                raise KeyboardInterrupt
            measured.append(name)
            return [{"title": name}]

        return measure

    parts = {name: part(name) for name in ("first", "second")}
    with pytest.raises(KeyboardInterrupt):
        common.store_parts(script, parts, [], {"peer": "1"})
    assert common.record_of("speed") == ({}, False)  # the page shows no half
    interrupted = False
    common.store_parts(script, parts, [], {"peer": "1"})
    assert measured == ["first", "second"]
    record, current = common.record_of("speed")
    assert current
    assert [each["title"] for each in record["tables"]] == ["first", "second"]
    common.store_parts(script, parts, [], {"peer": "1"})  # what is whole is measured anew if asked for
    assert measured == ["first", "second"] * 2


def test_a_ring_is_simulated_until_its_reactions_outweigh_the_call_unless_that_takes_minutes(
    benchmark: Callable[[str], ModuleType],
) -> None:
    gillespie, simulators = benchmark("gillespie"), benchmark("_simulators")
    ring = simulators.SIZES[10]

    def asked(beside: float) -> Callable[..., tuple]:
        return lambda horizon, n, seed: (None, None, beside + horizon / 1000)

    for beside in (0, 0.1, 4):
        horizon, n = gillespie.filling(asked(beside), ring)
        assert n == 1
        assert max(gillespie.BLOCK, beside) / 2 <= horizon / 1000 <= 2 * max(gillespie.BLOCK, beside)
    with pytest.raises(RuntimeError, match="a call takes 26 s of CPU time beside its reactions"):
        gillespie.filling(asked(26), ring)


def test_parts_of_other_code_or_versions_are_measured_anew(
    benchmark: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    common, script = benchmark("_common"), tmp_path / "benchmarks" / "speed.py"
    measured: list[str] = []

    def first() -> list[dict[str, Any]]:
        measured.append("first")
        return []

    def second() -> list[dict[str, Any]]:
        raise KeyboardInterrupt

    for code, version in ((CODE, "1"), (CODE, "1"), (CODE, "2"), (CODE.replace("1", "2"), "2")):
        script.write_text(code)
        with pytest.raises(KeyboardInterrupt):
            common.store_parts(script, {"first": first, "second": second}, [], {"peer": version})
    assert len(measured) == 3  # the second time it is kept
