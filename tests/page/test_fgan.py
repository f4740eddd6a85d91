"""The f-GAN chapter as a reader meets it: every divergence looked at, and every divergence trained with."""

from collections.abc import Callable

import numpy as np
import pytest
from browsing import Visit
from reader import Live

from kexue_widgets.fgan import DIVERGENCES, InsideGAN, OneGaussian, PlaneGAN, Selector


def choose(live: Live, label: str, option: str) -> dict[str, np.ndarray]:
    """The first frame after an option was chosen."""
    select = live.root.get_by_label(label, exact=True)
    return live.after(lambda: select.select_option(option))


def assert_same(page: dict[str, np.ndarray], kernel: dict[str, np.ndarray], tolerance: float) -> None:
    assert page.keys() == kernel.keys()
    for name in kernel:
        scale = max(1.0, float(np.nanmax(abs(kernel[name]))))
        np.testing.assert_allclose(page[name], kernel[name], atol=tolerance * scale, err_msg=name)


def test_the_selector_shows_the_kernels_numbers_for_every_divergence(show: Callable) -> None:
    explorer = Selector(divergence="total variation", mean=-0.5)
    seen, live = show(explorer, viewport={"width": 1280, "height": 1600})
    for name in list(DIVERGENCES)[1:]:
        explorer.divergence = name
        assert_same(choose(live, "divergence", name), explorer.arrays, 1e-5)
    live.set("critic's score as a multiple of ln(p/q)", 1)
    exact, bound = live.arrays["summary"]
    assert bound == pytest.approx(exact, rel=1e-4)  # the best critic makes the bound tight

    # There is room for all, but nothing reads the weights: they are folded.
    assert live.root.locator(".kexue-fold [data-control]").count() == len(DIVERGENCES)
    weight = live.root.get_by_label("weight of KL: value", exact=True)
    assert weight.is_disabled()
    assert not weight.is_visible()
    choose(live, "divergence", "your mixture")
    assert weight.is_enabled()
    assert weight.is_visible()  # what is to be set now is not left folded
    explorer.divergence, explorer.knows = "your mixture", 1
    for name, value in {"KL": 0, "Neyman": 0.25, "total variation": 0.6, "reverse KL": 0}.items():
        live.set(f"weight of {name}", value)
        setattr(explorer, name.lower().replace(" ", "_"), value)
        assert_same(live.arrays, explorer.arrays, 1e-5)
    live.root.locator(".kexue-more > summary").click()
    live.press("Keep")
    live.set("weight of Neyman", 0)  # and total variation alone is left
    assert live.root.locator(".kexue-kept li").all_inner_texts() == ["weight of Neyman 0.25"]
    live.set("weight of total variation", 0)
    assert live.arrays["summary"].tolist() == [0, 0]
    assert live.alert == ""
    seen.assert_clean()


@pytest.mark.parametrize("kind", [OneGaussian, PlaneGAN])
def test_every_divergence_trains_on_the_page_as_in_the_kernel(show: Callable, kind: type) -> None:
    explorer = kind(seed=2, divergence="total variation")
    explorer.opening = 0
    explorer.edit(**explorer.functions)  # an engine that makes no steps before the first frame
    seen, live = show(explorer)
    for name in reversed(kind.divergence.options):  # the reader's own mixture first, where there is one
        choose(live, "divergence", name)
        live.press("Reset")
        live.until("explorer.steps === 0")
        for _ in range(5):
            live.press("Step")
        live.until("explorer.steps === 5")
        explorer.divergence = name
        explorer.reset()
        explorer.advance(5)
        assert_same(live.arrays, explorer.arrays, 2e-3)
    assert live.alert == ""
    seen.assert_clean()


def test_a_gaussian_finds_the_mixture_on_the_page(chapter: Visit) -> None:
    live = Live(chapter.page, OneGaussian)
    live.play(900)
    learned, best = live.arrays["summary"].T
    # KL's best Gaussian has the mixture's moments: mean 1.01, standard deviation 1.83.
    assert best[0] == pytest.approx(1.01, abs=0.06)
    assert learned[0] == pytest.approx(1.01, abs=0.2)
    assert learned[1] == pytest.approx(1.83, abs=0.25)
    chapter.assert_clean()


def test_one_player_learns_alone(chapter: Visit) -> None:
    live = Live(chapter.page, PlaneGAN)
    before = choose(live, "who learns", "the critic alone")
    after = live.after(lambda: live.press("Step"))
    np.testing.assert_array_equal(after["fake_x"], before["fake_x"])
    assert abs(after["field"] - before["field"]).max() > 0
    before = choose(live, "who learns", "the generator alone")
    after = live.after(lambda: live.press("Step"))
    np.testing.assert_array_equal(after["field"], before["field"])
    assert abs(after["fake_x"] - before["fake_x"]).max() > 0
    chapter.assert_clean()


def test_the_gan_learns_points_that_a_reader_draws(chapter: Visit) -> None:
    live = Live(chapter.page, PlaneGAN)
    choose(live, "data", "your points")
    # The three points that are there at first, with noise of deviation 0.1 around each.
    centres = np.array([[-1.5, -1.0], [0.0, 1.5], [1.5, -1.0]])
    arrays = live.arrays
    real = np.stack([arrays["data_x"], arrays["data_y"]], axis=1)
    distance = np.linalg.norm(real[:, None] - centres, axis=2)
    assert distance.min(1).max() < 0.6
    assert (np.bincount(distance.argmin(1), minlength=3) > 40).all()
    chapter.assert_clean()


def test_a_round_goes_phase_by_phase_and_a_unit_is_chosen_by_hand_and_by_keys(show: Callable) -> None:
    explorer = InsideGAN(divergence="reverse KL")
    seen, live = show(explorer)
    numbers = live.root.locator(".kexue-graph").first.locator(".kexue-value")
    for _ in InsideGAN.phases:
        live.after(lambda: live.press("Step"))
        explorer.advance()
        assert_same(live.arrays, explorer.arrays, 1e-4)
        # What is not there yet is blank.
        blank = [not text for text in numbers.all_inner_texts()]
        assert blank == np.isnan(explorer.arrays["numbers"]).tolist()
    live.after(lambda: live.root.locator("button.kexue-node", has_text="g2").click())
    explorer.unit = "g2"
    assert_same(live.arrays, explorer.arrays, 1e-4)
    seen.page.keyboard.press("Tab")
    live.after(lambda: seen.page.keyboard.press("Enter"))
    assert live.root.get_by_label("unit", exact=True).input_value() == "g3"
    for name in ("KL", "Jensen-Shannon"):
        choose(live, "divergence", name)
        explorer.unit, explorer.divergence = "g3", name
        assert_same(live.arrays, explorer.arrays, 1e-4)
    assert live.alert == ""
    seen.assert_clean()


def test_a_mark_is_switched_off_in_the_legend_and_stays_so(show: Callable) -> None:
    seen, live = show(InsideGAN())
    figure = live.root.locator("figure", has_text="T, data and fakes")
    fakes, data = (figure.get_by_role("button", name=name, exact=True) for name in ("fakes", "data"))
    ticks = figure.locator("svg text").all_inner_texts()

    def dots() -> int:
        return figure.locator("svg circle").count()

    assert dots() == 2 * InsideGAN.batch
    fakes.click()
    assert [each.get_attribute("aria-pressed") for each in (fakes, data)] == ["false", "true"]
    assert dots() == InsideGAN.batch
    assert figure.locator("svg text").all_inner_texts() == ticks
    button = fakes.element_handle()
    live.after(lambda: live.press("Step"))
    assert dots() == InsideGAN.batch
    assert button.evaluate("each => each.isConnected")  # not made anew under a finger
    data.focus()
    seen.page.keyboard.press("Space")
    assert dots() == 0
    fakes.focus()
    seen.page.keyboard.press("Enter")
    assert dots() == InsideGAN.batch
    # The other picture is another matter, and what is alone in its picture is no switch.
    assert live.root.locator("figure", has_text="response of the chosen unit").locator("svg circle").count() == 64
    seen.assert_clean()
