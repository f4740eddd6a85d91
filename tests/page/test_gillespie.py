"""The Gillespie chapter as a reader meets it: the trajectories and the trap, by mouse, touch and keyboard."""

from collections.abc import Callable

import numpy as np
import pytest
from browsing import Visit
from reader import PHONE, Live

from kexue_widgets.gillespie import SYSTEMS, EventTrap, Trajectories


def choose(live: Live, system: str) -> dict[str, np.ndarray]:
    """The first frame after another system was chosen."""
    select = live.root.get_by_label("system", exact=True)
    live.after(lambda: select.select_option(system))
    live.until(f"explorer.values.system === {system!r}")
    return live.arrays


def assert_same_paths(page: dict[str, np.ndarray], kernel: dict[str, np.ndarray]) -> None:
    """Engines round times and curves differently in the last place; counts are whole numbers and must be the same."""
    for name in kernel:
        if name in {"x", "y"}:
            # A count at a point of time can be another where an event falls on that very point.
            assert (page[name] != kernel[name]).mean() < 1e-3, name
        else:
            np.testing.assert_allclose(page[name], kernel[name], rtol=1e-3, atol=1e-3, err_msg=name)


def test_trajectories_are_those_of_the_kernel(show: Callable) -> None:
    explorer = Trajectories(seed=4, number=20, c1=1.5)
    explorer.opening = 40
    explorer.edit(**explorer.functions)  # an engine with that opening
    seen, live = show(explorer)
    for system in reversed(SYSTEMS):
        choose(live, system)
        live.press("Step")
        live.until("explorer.steps === 41")
        explorer.system = system
        explorer.advance(1)
        assert_same_paths(live.arrays, explorer.arrays)
    seen.assert_clean()


def test_the_trap_counts_as_the_kernel_does(show: Callable) -> None:
    explorer = EventTrap(seed=4)
    seen, live = show(explorer)
    explorer.k_n = 1.5
    live.set("translation kₙ", 1.5)
    live.until("explorer.values.k_n === 1.5 && explorer.steps === 900")
    for name, array in explorer.arrays.items():
        np.testing.assert_allclose(live.arrays[name], array, rtol=2e-3, atol=2e-3, err_msg=name)
    seen.assert_clean()


def test_trajectories_grow_as_they_play(chapter: Visit) -> None:
    live = Live(chapter.page, Trajectories)
    live.press("Reset")
    live.until("explorer.steps === 0")
    assert live.arrays["x_time"].max() == 0
    live.press("Play")
    live.until("explorer.steps > 200")
    live.press("Pause")
    live.until("!explorer.playing")
    arrays = live.arrays
    shown = arrays["x_time"][:12]
    assert (shown.max(1) > 0.5).all()
    assert len(np.unique(shown.max(1))) == 12  # each on a clock of its own
    assert (arrays["x"] >= 0).all()
    assert (arrays["y"] >= 0).all()
    chapter.assert_clean()


def test_every_system_conserves_what_it_must(chapter: Visit) -> None:
    # Dimerisation keeps X + 2 Y = 100; in an epidemic nobody becomes susceptible again.
    live = Live(chapter.page, Trajectories)
    arrays = choose(live, "dimerisation")
    np.testing.assert_array_equal(arrays["x"] + 2 * arrays["y"], 100)
    arrays = choose(live, "epidemic (SIR)")
    assert (np.diff(arrays["x"], axis=1) <= 0).all()
    chapter.assert_clean()


def test_a_rate_moves_by_keyboard_and_the_theory_with_it(chapter: Visit) -> None:
    live = Live(chapter.page, Trajectories)
    choose(live, "birth and death")
    slider = live.root.get_by_label("rate c₁ ×", exact=True)
    before = live.arrays
    live.after(lambda: slider.press("End"))
    live.until("explorer.values.c1 === 4")
    live.until("explorer.arrays.theory_n.data.at(-1) > 60")
    after = live.arrays
    # The stationary distribution is Poisson; its mode moves from 20 to 80.
    assert before["theory_n"][before["theory"].argmax()] == pytest.approx(20, abs=1)
    assert after["theory_n"][after["theory"].argmax()] == pytest.approx(80, abs=3)
    chapter.assert_clean()


def test_the_trap_closes_on_a_telephone_too(book_url: str, visit: Callable) -> None:
    seen = visit(f"{book_url}/book/gillespie.html", **PHONE)
    live = Live(seen.page, EventTrap)
    live.root.get_by_label("speed: steps per second").select_option("full")
    play = live.root.get_by_role("button", name="Play", exact=True)
    play.scroll_into_view_if_needed()
    play.tap()
    live.until("explorer.steps > 1500")
    (_, by_time), (_, theory), (_, by_event), (_, event_theory) = live.arrays["summary"]
    assert theory == pytest.approx(50)
    assert event_theory == pytest.approx(50 + 200 / 140, rel=1e-4)  # Cov(n, a_0) / <a_0>
    # Both stray together; what is between them does not.
    assert by_event - by_time == pytest.approx(200 / 140, abs=0.15)
    seen.assert_clean()
