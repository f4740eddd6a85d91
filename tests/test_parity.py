"""The short forms of `parity.py` and `soak.py`, which are commands of their own."""

import itertools
import math
import random
from argparse import Namespace
from pathlib import Path

import numpy as np
import parity
import pytest
import soak
from browsing import ROOT
from drivers import Chromium
from playwright.sync_api import Browser

from kexue_widgets.dropout import Mask, Overfitting
from kexue_widgets.live import Explorer
from kexue_widgets.wordvec import Plane


@pytest.mark.parametrize("kind", parity.explorers(), ids=lambda kind: kind.__name__)
def test_random_settings_are_some_that_a_reader_can_make(kind: type[Explorer]) -> None:
    explorer, chance = kind(), random.Random(0)
    for _ in range(20):
        for name, value in parity.settings(explorer, chance).items():
            setattr(explorer, name, value)


@pytest.mark.parametrize("kind", parity.explorers(), ids=lambda kind: kind.__name__)
def test_corners_are_different_settings_that_a_reader_can_make(kind: type[Explorer]) -> None:
    explorer = kind()
    found = parity.corners(explorer, 20, random.Random(0))
    assert len({repr(each) for each in found}) == len(found)
    for values in found:
        for name, value in values.items():
            setattr(explorer, name, value)


def test_all_corners_are_found_where_they_are_few() -> None:
    found = parity.corners(Mask(), 100, random.Random(0))
    ends = [Mask().controls[name].ends() for name in ("p", "noise_shape", "training")]
    assert sorted(map(repr, found)) == sorted(
        repr({"p": p, "noise_shape": shape, "training": on}) for p, shape, on in itertools.product(*ends)
    )


def test_differences_are_shares_of_the_largest_number_and_gaps_must_agree() -> None:
    one = {"a": np.array([100.0, np.nan, 1.0])}
    assert parity.apart(one, {"a": np.array([100.0, np.nan, 2.0])}) == pytest.approx(0.01)
    assert parity.apart(one, {"a": np.array([100.0, 1.0, 1.0])}) == math.inf


def test_what_cancels_is_rounding_of_numbers_as_large_as_the_explorer_opens_with() -> None:
    one, other = {"a": np.array([1e-7, 0.0])}, {"a": np.array([0.0, 0.0])}
    assert parity.apart(one, other) == 1
    assert parity.apart(one, other, {"a": np.array([10.0])}) == pytest.approx(1e-8)


def test_few_of_many_whole_numbers_may_be_the_next_one() -> None:
    one = np.arange(200.0)
    assert parity.apart({"a": one}, {"a": one + (one == 7)}) == 0
    assert parity.apart({"a": one}, {"a": one + 2 * (one == 7)}) == pytest.approx(0.01, rel=0.01)
    assert parity.apart({"a": one}, {"a": one + (one < 7)}) == pytest.approx(0.005, rel=0.01)


def test_a_page_may_refuse_to_draw_what_is_not_finite_and_nothing_else() -> None:
    refused = parity.shown(([["a", [1], [1.0]]], "a holds NaN"))
    assert parity.apart({"a": np.array([np.nan])}, refused) == 0
    assert parity.apart({"a": np.array([1.0])}, refused) == math.inf


@pytest.mark.parametrize("place", [0, 1, 2, 49, 50])
def test_the_first_step_after_which_two_differ_is_found(place: int) -> None:
    assert parity.first_apart(lambda steps: steps >= place, -1 if place == 0 else 0, 50) == place


@pytest.mark.parametrize("kind", [Mask, Plane])
def test_torch_onnx_runtime_and_a_page_agree_on_random_settings(
    browser: Browser, tmp_path: Path, kind: type[Explorer]
) -> None:
    explorer, chance, page = kind(), random.Random(0), browser.new_page()
    sides = {**parity.in_python(explorer), "page": parity.on_page(Chromium(page), explorer, tmp_path)}
    tried = [parity.settings(explorer, chance) for _ in range(2)]
    options = Namespace(seed=0, steps=[0, 2], seconds=math.inf)
    for pair in parity.compare(explorer, sides, tried, options):
        assert max(pair.worst) < parity.STATELESS, str(pair)
    page.close()


def test_a_chaotic_training_parts_when_the_book_says() -> None:
    words = " ".join((ROOT / "book" / "how_it_works.md").read_text("utf-8").split())
    assert (
        "as *Overfitting* is at a drop rate of 0.8 and a learning rate of 0.05, they agree for 100 steps, and by step 250 "
        "show two runs"
    ) in words
    explorer = Overfitting(p=0.8, rate=0.05)
    torch, onnx = parity.in_python(explorer).values()
    after_100, after_250 = (
        parity.apart(*(side(explorer.values, 0, steps) for side in (torch, onnx)), explorer.current_frame().arrays)
        for steps in (100, 250)
    )
    assert after_100 < parity.TOLERANCE
    assert after_250 > 0.05


def test_a_figure_that_is_moved_at_random_ends_where_the_kernel_does(browser: Browser, book_dir: Path) -> None:
    page = browser.new_page()
    page.add_init_script(soak.WATCHED)
    page.goto((book_dir / "book" / "dropout.html").as_uri())
    page.wait_for_function(soak.UPGRADED)
    assert soak.soak(page, "dropout", Mask, 1.0, random.Random(0))
    assert soak.engine_memory(page) > 10  # MB: it is seen
    page.close()


def test_a_page_that_complains_while_it_is_moved_is_not_well(browser: Browser, book_dir: Path) -> None:
    page = browser.new_page()
    page.add_init_script(soak.WATCHED)
    page.goto((book_dir / "book" / "dropout.html").as_uri())
    page.wait_for_function(soak.UPGRADED)
    page.evaluate("document.addEventListener('input', () => { throw new Error('moved') })")
    assert not soak.soak(page, "dropout", Mask, 1.0, random.Random(0))
    page.close()
