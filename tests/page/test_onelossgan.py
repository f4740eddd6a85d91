"""The chapter on one loss as a reader meets it: gradients switched on and off, two schemes side by side, digits."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from reader import Live

from kexue_widgets.live import Explorer
from kexue_widgets.onelossgan import LOSSES, DigitsGAN, GradientFlow, PlainGame, TwoSchemes, digits


def choose(live: Live, label: str, option: str) -> None:
    """Choose an option, and wait for its frame."""
    select = live.root.get_by_label(label, exact=True)
    live.after(lambda: select.select_option(option))


def switch(live: Live, label: str) -> None:
    """Turn a toggle, and wait for its frame."""
    toggle = live.root.get_by_role("switch", name=label, exact=True)
    live.after(lambda: toggle.press("Space"))


def assert_same(page: dict[str, np.ndarray], kernel: dict[str, np.ndarray], tolerance: float) -> None:
    assert page.keys() == kernel.keys()
    for name in kernel:
        scale = max(1.0, float(abs(kernel[name]).max()))
        np.testing.assert_allclose(page[name], kernel[name], atol=tolerance * scale, err_msg=name)


def flows(live: Live) -> dict[tuple[str, str], float]:
    return dict(zip(GradientFlow.edges, live.arrays["through"].tolist(), strict=True))


def test_gradients_are_those_of_the_kernel_for_every_loss(show: Callable) -> None:
    explorer = GradientFlow(seed=3, dropout=True)
    seen, live = show(explorer)
    for name in list(LOSSES)[1:]:
        choose(live, "loss", name)
        explorer.loss = name
        # Roots of gradients: a rounding error of 1e-12 where the gradient is zero shows as 1e-6.
        assert_same(live.arrays, explorer.arrays, 1e-5)
    seen.assert_clean()


def test_every_switch_changes_who_receives_what(show: Callable) -> None:
    seen, live = show(GradientFlow())
    assert abs(live.arrays["summary"][:, 2]).max() < 1e-6
    assert flows(live)["fake", "cut"] == 0
    switch(live, "cut the fakes off in L_D")
    assert flows(live)["fake", "cut"] > 0.01
    assert live.arrays["summary"][1, 2] > 1e-3  # the generator gets a part of the critic's loss
    switch(live, "cut the fakes off in L_D")
    switch(live, "subtract L_G again")
    assert live.arrays["summary"][0, 2] > 1e-3  # the critic gets a part of the generator's loss
    switch(live, "subtract L_G again")
    switch(live, "cut the fakes off in −L_G")
    assert live.arrays["summary"][1, 1] < 1e-6  # nothing is left for the generator
    # The zero and its gradient can be read.
    sums = live.root.locator(".kexue-node").nth(list(GradientFlow.nodes).index("zero")).locator(".kexue-value")
    assert sums.inner_text() == "0"
    switch(live, "gradients on the nodes")
    assert sums.inner_text() == "1"  # the sum is added to the loss as it is
    seen.assert_clean()


@pytest.mark.parametrize(
    ("kind", "values", "label", "options"),
    [
        (PlainGame, {"rate": 0.5, "curvature": 0.3}, "optimiser", ["RMSprop", "Adam", "SGD"]),
        (
            TwoSchemes,
            {"seed": 2, "where": "the generator's learning rate", "ratio": 2.0},
            "optimiser",
            ["SGD", "Adam", "RMSprop"],
        ),
        (DigitsGAN, {"seed": 1}, "scheme", ["taking turns", "one loss"]),
    ],
)
def test_steps_on_the_page_are_those_of_the_kernel(
    show: Callable, kind: type[Explorer], values: dict, label: str, options: list[str]
) -> None:
    explorer = kind(**values)
    seen, live = show(explorer)
    for option in options:
        choose(live, label, option)
        live.press("Reset")
        live.until("explorer.steps === 0")
        for _ in range(5):
            live.press("Step")
        live.until("explorer.steps === 5")
        explorer.set_trait(label.replace("optimiser", "optimizer"), option)
        explorer.reset()
        explorer.advance(5)
        assert_same(live.arrays, explorer.arrays, 1e-4)
    assert live.alert == ""
    seen.assert_clean()


def test_xy_flies_off_at_once_and_stays_when_taking_turns(book_dir: Path, visit: Callable) -> None:
    seen = visit(f"{book_dir.as_uri()}/book/onelossgan.html")
    live = Live(seen.page, PlainGame)
    live.set("learning rate η", 0.5)
    growth = live.arrays["summary"]
    assert growth[1, 0] == pytest.approx(1.25**0.5, rel=1e-5)  # sqrt(1 + eta^2)
    assert growth[0, 1] == pytest.approx(1, abs=1e-5)
    live.set("curvature a", 0.5)
    both, turns = live.arrays["summary"][2]
    # 40 rounds from (1, 1): eigenvalues of squared modulus (1 - eta a)^2 + eta^2; in turns the determinant is (1 - eta a)^2.
    assert both == pytest.approx(2**0.5 * (0.75**2 + 0.5**2) ** 20, rel=1e-4)
    assert turns < 3 * 0.75**40
    seen.assert_clean()


def test_digits_are_learned_on_the_page(show: Callable) -> None:
    seen, live = show(DigitsGAN())
    live.press("Reset")
    live.until("explorer.steps === 0")
    before = live.arrays["fake"]
    live.play(900)
    real = 1 - digits.images().float() / 16
    far, near = (
        digits.frechet_distance(torch.from_numpy(fakes[:, 1:-1, 1:-1].reshape(-1, 64)), real)
        for fakes in (before, live.arrays["fake"])
    )
    assert near < far / 2
    seen.assert_clean()
