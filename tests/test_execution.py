"""Chapters that fail, in small books of their own: built by the command that builds the book, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kexue_widgets import BOOK, progress
from kexue_widgets.book.execution import WIDTH, GraphsWatch

ROOT = Path(__file__).parents[1]
PICTURELESS = "class Figure:\n    def _repr_mimebundle_(self, **_):\n        raise ValueError('no picture')\n\nFigure()"
CHAPTERS = {
    "good": ["print('all is' + ' well')"],
    "bad": ["2", "1/0"],
    "dead": ["import os; os._exit(1)"],
    "hole": [PICTURELESS],
}
CONFIG = """
title: a small book
only_build_toc_files: true
execute: {execute_notebooks: cache, timeout: -1}
latex: {use_jupyterbook_latex: false}
sphinx: {extra_extensions: [kexue_widgets.book.execution, parallel], local_extensions: {parallel: .}}
"""


def write_chapter(folder: Path, name: str, cells: list[str]) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"# {name}"), *map(nbformat.v4.new_code_cell, cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / f"{name}.ipynb")


def write_book(folder: Path, chapters: dict[str, list[str]], processes: int) -> None:
    for name, cells in chapters.items():
        write_chapter(folder, name, cells)
    (folder / "intro.md").write_text("# Introduction\n")
    (folder / "_config.yml").write_text(CONFIG)
    (folder / "_toc.yml").write_text(
        "\n".join(["format: jb-book", "root: intro", "chapters:", *(f"- file: {name}" for name in chapters)])
    )
    (folder / "parallel.py").write_text(
        f"def setup(app):\n    app.parallel = {processes}\n    return {{'parallel_read_safe': True}}\n"
    )


def command(*before: str) -> list[str | Path]:
    """What builds a book in the present folder, and what it is run by."""
    program = Path(sys.executable).with_name("jupyter-book")
    return [*before, program, "build", ".", "--quiet", "--warningiserror", "--keep-going"]


def environment(folder: Path) -> dict[str, str]:
    """Finds the package, and the book's own extensions."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}


def build(folder: Path, *before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*before),
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("processes", [1, 2])
def test_a_build_ends_with_chapter_cell_and_error_of_all_that_failed(tmp_path: Path, processes: int) -> None:
    write_book(tmp_path, CHAPTERS, processes)
    built = build(tmp_path)
    assert built.returncode != 0
    assert built.stdout.strip().splitlines()[-4:] == [
        "Not executed to the end:",
        "bad, cell 2 of 2: ZeroDivisionError: division by zero",
        "dead, cell 1 of 1: DeadKernelError: Kernel died",
        "hole, cell 1 of 1: ValueError: no picture",
    ]
    assert "good: executed in" in built.stdout
    assert "encryption" not in built.stdout
    assert "all is well" in (tmp_path / "_build/html/good.html").read_text()


def test_a_chapter_that_failed_is_executed_again_until_it_does_not(tmp_path: Path) -> None:
    write_book(tmp_path, {"bad": ["1/0"]}, 1)
    for _ in range(2):  # the second time nothing has changed
        built = build(tmp_path)
        assert built.returncode != 0
        assert built.stdout.strip().endswith("bad, cell 1 of 1: ZeroDivisionError: division by zero")
    write_chapter(tmp_path, "bad", ["1/1"])
    built = build(tmp_path)
    assert built.returncode == 0
    assert "Not executed" not in built.stdout


@pytest.mark.parametrize(
    ("terminal", "told"),
    [(False, "graph 1 of 2 so far\n"), (True, f"graph 1 of 2 so far [{'#' * (WIDTH // 2)}{'.' * (WIDTH // 2)}]")],
)
def test_graphs_are_told_in_lines_or_as_a_bar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool, told: str
) -> None:
    monkeypatch.setenv(BOOK, str(tmp_path))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    progress.note(progress.WANTED)  # nobody waits for it yet
    watch = GraphsWatch()
    watch.begin()
    progress.note(progress.WANTED, 2)
    progress.note(progress.MADE)
    watch.end()
    watch.end()
    assert capsys.readouterr().err.count(told) == 1
    assert [*tmp_path.iterdir()] == []
