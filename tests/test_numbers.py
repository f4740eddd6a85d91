"""Every number in a chapter's prose is held to something: to a cell nearby, to a test of claims, or to a line of this list.

A number is read off the two code cells before its paragraph or the one after, from what they put out or from their code,
rounded to as many digits as the prose has (or in hundredths, for per cent); or a test of claims quotes the sentence that it
stands in; or `numbers.json` says where it comes from. Years are citations, and whole numbers up to 12 are words; formulas
in a sentence count as prose.
"""

import json
import math
import re
from functools import cache
from pathlib import Path

import pytest
from chapters import BOOK, cells, plain
from scipy.stats import t
from test_claims import quotations, words

from kexue_widgets.dropout import Overfitting
from kexue_widgets.fgan import TOY, ring
from kexue_widgets.finetune import elpv, scratch
from kexue_widgets.gillespie import SYSTEMS, EventTrap, Trajectories
from kexue_widgets.onelossgan.digits import images

CHAPTERS = sorted(path.stem for path in BOOK.glob("*.ipynb"))
NUMBER = re.compile(r"(?<![\w.\\/])(?:\d[\d,]*(?:\.\d+)?|\.\d+)")
FOUND = re.compile(r"\d[\d_,]*(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+")
NO_PROSE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+|\\text\{[^}]*\}", re.DOTALL)
SOURCES = json.loads(Path(__file__).with_name("numbers.json").read_text("utf-8"))


def value(number: str) -> float:
    return float(number.replace(",", "").replace("_", "").rstrip("."))


def in_code(cell: dict) -> set[float]:
    """The numbers of a code cell and of what it put out."""
    texts = ["".join(cell["source"])]
    for output in cell["outputs"]:
        texts += ["".join(output.get("text", [])), "".join(output.get("data", {}).get("text/plain", []))]
    return {value(each) for text in texts for each in FOUND.findall(text)}


@cache
def unheld(chapter: str) -> list[tuple[str, str]]:
    """Numbers of the prose that no cell nearby and no quotation holds, each with the words around it."""
    every = cells(chapter)
    numbers = [in_code(cell) if cell["cell_type"] == "code" else None for cell in every]
    held = words(" ".join(quotations().get(chapter, [])))
    found = []
    for place, cell in enumerate(every):
        text = words(NO_PROSE.sub("", plain("".join(cell["source"])).partition("## References")[0].replace("{,}", ",")))
        if cell["cell_type"] != "markdown" or place == 0:
            continue
        before = [each for each in numbers[:place] if each is not None][-2:]
        after = [each for each in numbers[place:] if each is not None][:1]
        near = set().union(*before, *after)
        for match in NUMBER.finditer(text):
            number = match.group().rstrip(",")
            at = value(number)
            digits = len(number.partition(".")[2])
            if digits == 0 and (at <= 12 or 1800 < at < 2030):
                continue
            context = text[max(0, match.start() - 30) : match.end() + 20]
            quoted = text[max(0, match.start() - 12) : match.end() + 5].strip() in held
            if not quoted and not any(at in (round(each, digits), round(100 * each, digits)) for each in near):
                found.append((number, context))
    return found


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_number_comes_from_somewhere(chapter: str) -> None:
    sources = SOURCES.get(chapter, {})
    assert [context for number, context in unheld(chapter) if number not in sources] == []
    assert [number for number in sources if number not in {each for each, _ in unheld(chapter)}] == [], (
        "held, and listed"
    )


def gain(one: str, other: str, score: str) -> tuple[float, float, float]:
    """The mean difference of two experiments in points, between the ends of its interval for 95 % (Nadeau & Bengio)."""
    scores = elpv.results()[score]
    difference = 100 * (scores.loc[one] - scores.loc[other])
    half = t.ppf(0.975, 5) * math.sqrt(1 / 6 + 556 / 1667) * difference.std()
    return difference.mean() - half, difference.mean(), difference.mean() + half


def rate(system: str, reaction: int) -> float:
    return SYSTEMS[system].network.rates[reaction]


@cache
def names() -> dict:
    """What the sums in `numbers.json` may name."""
    own = {each.__name__: each for each in (gain, rate, images, Overfitting, Trajectories, EventTrap)}
    return {**vars(math), **own, "t": t, "ring": ring, "TOY": TOY, "measured": elpv.results(), "scratch": scratch}


WORTH = [(chapter, number) for chapter, each in SOURCES.items() for number in each if each[number].startswith("= ")]


@pytest.mark.parametrize(("chapter", "number"), WORTH)
def test_a_number_that_can_be_worked_out_is_right(chapter: str, number: str) -> None:
    exact = float(eval(SOURCES[chapter][number].removeprefix("= "), dict(names())))
    half = 0.5001 * 10.0 ** -len(number.partition(".")[2])
    assert abs(exact - value(number)) <= half
