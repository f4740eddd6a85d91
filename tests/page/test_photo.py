"""A photo that a reader brings along: chosen, dropped, pasted, refused, removed, and the same numbers on both sides."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
import torch
from PIL import Image, ImageOps
from reader import Live, assert_accessible

from kexue_widgets.live import Explorer, Images, Photo, Slider, View

SIZE = 96
CHINA = Path(sklearn.datasets.__file__).with_name("images") / "china.jpg"  # 640 x 427 pixels


class Look(Explorer):
    """A photo and its negative."""

    photo = Photo(SIZE, label="photo")
    light = Slider(1.0, 0.0, 1.0, label="light")

    views = (View(Images("pictures", columns=2, range=(0, 255)), title="seen"),)

    @staticmethod
    def frame(photo: torch.Tensor, light: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"pictures": torch.stack([light * photo, 255 - photo])}


def choose(live: Live, *files: object) -> None:
    live.root.locator("input[type=file]").set_input_files(*files)


def test_a_photo_is_cropped_and_resized_in_the_browser_and_the_kernel_sees_the_same(show: Callable) -> None:
    seen, live = show(Look())
    assert not live.root.get_by_role("button", name="Remove").is_visible()
    live.after(lambda: choose(live, CHINA))
    pictures = live.arrays["pictures"]
    # PIL crops and resizes by itself, with another filter: alike to the eye, not to the digit.
    expected = np.asarray(ImageOps.fit(Image.open(CHINA), (SIZE, SIZE)), dtype=float)
    assert abs(pictures[0] - expected).mean() < 5
    np.testing.assert_array_equal(pictures[1], 255 - pictures[0])
    np.testing.assert_array_equal(Look(photo=live.values["photo"]).arrays["pictures"], pictures)
    # A kernel keeps what a page sends as it is, and sends nothing back.
    assert Look(photo=live.values["photo"]).photo == live.values["photo"]

    live.set("light", 0.5)
    np.testing.assert_allclose(live.arrays["pictures"][0], pictures[0] / 2)
    assert "light" in seen.page.url
    assert "Look.photo" not in seen.page.url
    seen.page.evaluate("location.hash = 'live:Look.light=0.25&Look.photo=true'")
    live.until("explorer.values.light === 0.25")
    assert live.values["photo"].startswith("data:image/png")
    live.after(lambda: live.press("Remove"))
    assert live.values["photo"] == ""
    assert (live.arrays["pictures"][0] == 0).all()
    assert live.root.get_by_role("button", name="Choose a photo").evaluate("each => each === document.activeElement")
    seen.assert_clean()


def test_of_many_photos_that_come_at_once_only_the_last_is_read(show: Callable) -> None:
    seen, live = show(Look())
    live.root.evaluate(
        """async (element) => {
          const photo = async (fillStyle) => {
            const canvas = document.createElement("canvas");
            Object.assign(canvas.getContext("2d"), { fillStyle }).fillRect(0, 0, 300, 150);
            return new File([await new Promise((done) => canvas.toBlob(done))], "a.png", { type: "image/png" });
          };
          const [red, blue] = [await photo("red"), await photo("blue")];
          globalThis.read = 0;
          const { createImageBitmap } = globalThis;
          globalThis.createImageBitmap = (...given) => (given[0] instanceof File && read++, createImageBitmap(...given));
          for (const file of [...Array(200).fill(red), blue]) {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(file);
            element.querySelector(".kexue-drop").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
          }
        }"""
    )
    live.until("element.parentElement.explorer.values.photo")
    live.settle()
    assert seen.page.evaluate("read") <= 2
    assert (live.arrays["pictures"][0] == [0, 0, 255]).all()
    seen.assert_clean()


def test_a_photo_of_python_stands_on_the_page(show: Callable) -> None:
    explorer = Look(photo=CHINA)
    seen, live = show(explorer)
    explorer.light = 0.5
    live.set("light", 0.5)
    np.testing.assert_array_equal(live.arrays["pictures"], explorer.arrays["pictures"])
    thumbnail = live.root.get_by_role("img", name="photo: the photo that the model sees")
    assert thumbnail.evaluate("each => [each.naturalWidth, each.naturalHeight]") == [SIZE, SIZE]
    seen.assert_clean()


def test_what_is_no_photo_is_refused_in_words_and_the_last_one_stays(show: Callable, tmp_path: Path) -> None:
    seen, live = show(Look(photo=CHINA))
    before = live.values["photo"]
    choose(live, {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"})
    live.until("element.querySelector('[role=alert]').textContent !== ''")
    assert live.alert == "“notes.txt” is not a photo."
    choose(live, {"name": "half.jpg", "mimeType": "image/jpeg", "buffer": CHINA.read_bytes()[:100]})
    live.until("element.querySelector('[role=alert]').textContent.includes('half.jpg')")
    assert "“half.jpg” cannot be read: it may be damaged" in live.alert
    assert live.values["photo"] == before
    script = "<script>top.hacked = 1</script><image href='x' onerror='top.hacked = 1'/>"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='30' height='20' onload='top.hacked = 1'>{script}</svg>"
    named = "<img src=x onerror=hacked=1>.svg"
    choose(live, {"name": named, "mimeType": "image/svg+xml", "buffer": svg.encode()})
    live.until("element.querySelector('[role=alert]').textContent.includes('.svg')")
    assert f"“{named}” cannot be read" in live.alert  # as text
    assert seen.page.evaluate("window.hacked") is None
    transparent = tmp_path / "transparent.png"
    Image.new("RGBA", (30, 20)).save(transparent)
    live.after(lambda: choose(live, transparent))
    assert live.alert == ""
    assert (live.arrays["pictures"][0] == 255).all()  # on white
    seen.assert_clean()


EVENT = """async (element, [kind, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "china.jpg", { type: "image/jpeg" }));
  if (kind === "drop") element.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  else document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photo_may_be_dropped_or_pasted(show: Callable, kind: str) -> None:
    seen, live = show(Look())
    area = live.root.locator(".kexue-drop")
    live.root.get_by_role("button", name="Choose a photo").focus()
    live.after(lambda: area.evaluate(EVENT, [kind, list(CHINA.read_bytes())]))
    expected = np.asarray(ImageOps.fit(Image.open(CHINA), (SIZE, SIZE)), dtype=float)
    assert abs(live.arrays["pictures"][0] - expected).mean() < 5
    seen.assert_clean()


def test_a_phone_and_a_screen_reader_are_served(show: Callable, axe_path: Path) -> None:
    seen, live = show(Look(), viewport={"width": 360, "height": 800})
    for action in (None, lambda: choose(live, CHINA)):
        if action:
            live.after(action)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert_accessible(seen.page, axe_path)
