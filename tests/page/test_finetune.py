"""The fine-tuning chapter as a reader meets it: pictures changed, a head trained, and a photo of one's own classified."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
from browsing import Visit
from reader import Live

from kexue_widgets.efficientnet import class_names
from kexue_widgets.finetune import Augment, HeadTraining, WhatDoesItSee

FLOWER = Path(sklearn.datasets.__file__).with_name("images") / "flower.jpg"
DROP = """(element, bytes) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new Uint8Array(bytes)], "flower.jpg", { type: "image/jpeg" }));
  element.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""
# How much there is of each graph that is heavy: light ones may be fetched before they are asked for.
GRAPHS = "Object.values(globalThis.KexueGraphs ?? {}).map((graph) => graph.length).filter((length) => length > 1e6)"


def choose(live: Live, label: str, option: str) -> dict[str, np.ndarray]:
    """The first frame after an option was chosen."""
    select = live.root.get_by_label(label, exact=True)
    return live.after(lambda: select.select_option(option))


def test_pictures_are_changed_on_the_page_as_in_the_kernel(show: Callable) -> None:
    explorer = Augment(degrees=-17)
    seen, live = show(explorer)
    live.root.locator(".kexue-fold").evaluate("fold => (fold.open = true)")
    explorer.photo, explorer.way, explorer.quadrant = "china", "first diagonal", "bottom left"
    for label, option in [("photo", "china"), ("splice", "first diagonal"), ("masked quadrant", "bottom left")]:
        choose(live, label, option)
    for scale, seed in [(1.4, 1), (0.6, 2)]:
        explorer.scale, explorer.seed = scale, seed
        live.set("zoom", scale)
        live.set("seed", seed)
        for name, pictures in explorer.arrays.items():
            # A value midway between two of the 256 levels may be rounded either way.
            difference = abs(live.arrays[name] - pictures)
            assert difference.max() <= 1
            assert (difference > 0).mean() < 0.01
    seen.assert_clean()


def test_the_head_learns_on_the_page_as_in_the_kernel(show: Callable) -> None:
    explorer = HeadTraining(seed=3)
    explorer.opening = 0
    explorer.edit(**explorer.functions)  # an engine that makes no steps before the first frame
    seen, live = show(explorer)
    explorer.wrong, explorer.center = 0.2, 1.0
    live.set("share of wrong labels", 0.2)
    live.set("weight of the center loss", 1)
    for activation in ("swish", "ReLU", "GLU"):
        explorer.activation = activation
        choose(live, "activation of the bottleneck", activation)
        live.press("Reset")
        live.until("explorer.steps === 0")
        explorer.reset()
        for _ in range(20):
            live.press("Step")
        live.until("explorer.steps === 20")
        explorer.advance(20)
        for name, array in explorer.arrays.items():
            np.testing.assert_allclose(live.arrays[name], array, atol=1e-4 * max(1, abs(array).max()), err_msg=name)
    assert live.alert == ""
    seen.assert_clean()


def test_a_readers_photo_is_classified_on_the_page_without_a_network(chapter: Visit) -> None:
    live = Live(chapter.page, WhatDoesItSee)
    names = class_names()

    def first(arrays: dict[str, np.ndarray]) -> tuple[str, float]:
        return names[int(arrays["index"][0])], float(arrays["probability"][0])

    # The network's 12 MB come when they are asked for, not before.
    assert chapter.page.evaluate(GRAPHS) == []
    # What the reference network says of these photos (test_efficientnet.py compares the logits).
    name, probability = first(choose(live, "if there is none, one of these", "china"))
    assert name == "palace"
    (length,) = chapter.page.evaluate(GRAPHS)
    assert 10e6 < length < 13e6
    assert probability == pytest.approx(0.31, abs=0.01)
    name, probability = first(choose(live, "if there is none, one of these", "camera"))
    assert name == "tripod"
    assert probability == pytest.approx(0.94, abs=0.01)
    area = live.root.locator(".kexue-drop")
    arrays = live.after(lambda: area.evaluate(DROP, list(FLOWER.read_bytes())))
    assert first(arrays)[0] == "daisy"
    # The page hands the kernel the very pixels it has seen, and both say the same.
    kernel = WhatDoesItSee(photo=live.values["photo"]).arrays
    np.testing.assert_array_equal(arrays["index"], kernel["index"])
    np.testing.assert_allclose(arrays["probability"], kernel["probability"], atol=1e-4)
    np.testing.assert_allclose(arrays["pictures"], kernel["pictures"], atol=1)
    chapter.assert_clean()


def test_training_reaches_unseen_cells(chapter: Visit) -> None:
    live = Live(chapter.page, HeadTraining)
    arrays = live.play(250)
    assert arrays["unseen"][-1] > 0.7  # of four kinds; guessing gives 0.25
    points = np.stack([[arrays[f"x{kind}"], arrays[f"y{kind}"]] for kind in range(4)])  # (kind, 2, cells)
    centers = np.stack([arrays["center_x"], arrays["center_y"]], axis=1)
    own = ((points - centers[:, :, None]) ** 2).sum(1).mean()
    others = ((points - centers[[2, 3, 0, 1], :, None]) ** 2).sum(1).mean()
    assert own < others / 2  # the center loss has pulled each kind towards its own center
    chapter.assert_clean()
