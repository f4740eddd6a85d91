"""Every sentence that tells a reader what to try, and every exercise, is performed by a test that quotes it.

What a chapter says behind one of its explorers, point by point, and its numbered exercises with their solutions, are held
to the quotations of `tests/test_claims_*.py`: each of those tests does what it quotes. What has no test yet is listed here.
"""

import ast
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from chapters import BOOK, cells, made, plain, try_links

from kexue_widgets.tries import read

CHAPTERS = sorted(path.stem for path in BOOK.glob("*.ipynb"))
POINT = re.compile(r"^(?:\d+\.|-) ", re.MULTILINE)

# By chapter: how the point begins, and why no test does it.
UNTRIED: dict[str, dict[str, str]] = {
    "fgan": {"*Jensen-Shannon* on the ring: which of the eight heaps": "asks, and claims nothing"},
    "onelossgan": {
        "Play 2000 steps with several seeds": "asks, and claims nothing",
        "Raise RMSprop's rate to 0.01, then to 0.03.": "asks, and claims nothing",
        "Each fake keeps its latent point.": "asks, and claims nothing",
        '"Taking turns", from the same seed': "asks, and claims nothing",
    },
    "guide": {
        "Look at the telephone.": "measured in browsers, by the tests of pages",
        "Turn *this book's rules* on.": "measured in browsers, by the tests of pages",
        "Go to the laptop.": "measured in browsers, by the tests of pages",
    },
    "finetune": {
        "Make a third of the labels wrong": "asks, and claims what holds of most seeds only",
        "Look at *camera*": "asks what is to be seen in a photo",
        "Roll the seed": "asks, and claims nothing",
    },
    "reuse": {
        "Go through the stages.": "says what is to be seen in photos",
        "Put in a photo of your own.": "done in browsers, by the tests of pages",
        "Try other pairs of digits.": "asks, and claims nothing",
    },
    "wordvec": {
        "Rankings leave out the word itself.": "asks, and claims nothing",
        "Look at the last table": "asks, and claims nothing",
        "The shift.": "counts all English texts: the chapter's own cell does",
        "A word with itself.": "counts all poems: the chapter's own cell does",
    },
}


def words(text: str) -> str:
    return " ".join(text.split())


def to_try(chapter: str) -> list[str]:
    """The points of each list that stands right behind an explorer."""
    found, behind = [], False
    for cell in cells(chapter):
        source = plain("".join(cell["source"]))
        if cell["cell_type"] == "markdown" and behind and not source.startswith("## "):
            for paragraph in source.split("\n\n"):
                found += [words(each) for each in POINT.split(paragraph)[1:]]
        shown = "".join(str(output.get("data", {}).get("text/plain", "")) for output in cell.get("outputs", []))
        behind = cell["cell_type"] == "code" and bool(re.search(r"seed=|PagePreview\(\)", shown))
    return found


def exercises(chapter: str) -> list[str]:
    """Each exercise, with its solution."""
    text = plain("\n\n".join("".join(cell["source"]) for cell in cells(chapter) if cell["cell_type"] == "markdown"))
    text = words(text)
    text = text.partition("## Exercises")[2].partition("## References")[0]
    return re.split(r"\*\*\d+\. ", text)[1:]


@cache
def quotations(function: str = "says") -> dict[str, list[str]]:
    """What the tests of claims quote of each chapter, or which of its links they `press`."""
    quoted: dict[str, list[str]] = {}
    for path in Path(__file__).parent.glob("test_claims_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith(function):
                quoted.setdefault(path.stem.removeprefix("test_claims_"), []).append(ast.literal_eval(node.args[0]))
    return quoted


def test_lists_and_exercises_are_found() -> None:
    assert len(to_try("dropout")) == 12
    assert len(exercises("dropout")) == 6
    assert sum(len(to_try(chapter)) for chapter in CHAPTERS) > 60


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_everything_to_try_and_every_exercise_is_performed(chapter: str) -> None:
    untried = [
        point
        for point in to_try(chapter) + exercises(chapter)
        if not any(quote in point for quote in quotations().get(chapter, []))
    ]
    listed = UNTRIED.get(chapter, {})
    assert [point for point in untried if not any(point.startswith(start) for start in listed)] == []
    assert [start for start in listed if not any(point.startswith(start) for point in untried)] == [], (
        "done, and listed"
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_link_that_sets_an_explorer_is_pressed_by_a_test(chapter: str) -> None:
    links = [address for address, _ in try_links(chapter)]
    assert len(links) == "".join("".join(cell["source"]) for cell in cells(chapter)).count("](#live:")
    assert {*links} - {*quotations("press").get(chapter, [])} == set()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_computes_a_solution_is_folded_away_like_the_solution(chapter: str) -> None:
    titles = ["## Exercises" in "".join(cell["source"]) for cell in cells(chapter)]
    behind = cells(chapter)[titles.index(True) :] if any(titles) else []
    tags = [cell["metadata"].get("tags", []) for cell in behind if cell["cell_type"] == "code"]
    assert all("hide-cell" in each for each in tags)


def test_there_are_links_to_press() -> None:
    assert sum(len(try_links(chapter)) for chapter in CHAPTERS) > 60


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_title_of_a_link_is_the_same_in_python(chapter: str) -> None:
    if not try_links(chapter):
        return
    package = import_module(f"kexue_widgets.{chapter}")
    first: dict[str, dict] = {}
    for name, settings in made(chapter):
        first.setdefault(name, settings)
    manifests = {name: getattr(package, name)(**settings).manifest() for name, settings in first.items()}
    for address, title in try_links(chapter):
        wanted = read(address, manifests)
        assert title == wanted.python()
        # Steps are made in the tests of claims; here it is the settings.
        line = next(iter(re.findall(r"\w+\(.*?\)(?=;|$)", title)))
        explorer = eval(line, {wanted.explorer: getattr(package, wanted.explorer)})
        begun = {**wanted.values, **(wanted.segments[0][1] if wanted.segments else {})}
        assert {**explorer.values, "seed": explorer.seed} == {**first[wanted.explorer], **begun}
