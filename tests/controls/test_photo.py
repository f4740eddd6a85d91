"""Photos: what is accepted, what a model receives."""

import numpy as np
import pytest
import traitlets
from PIL import Image

from kexue_widgets.live import Dots, Explorer, Photo, View


class Look(Explorer):
    """The middle of a photo."""

    photo = Photo(4, label="picture")

    views = (View(Dots("x", "x")),)

    @staticmethod
    def frame(photo):
        return {"x": photo.reshape(-1)}


PICTURE = np.random.RandomState(0).randint(256, size=(4, 6, 3), dtype=np.uint8)


def test_a_photo_is_its_middle_however_it_is_given(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(PICTURE).save(path)
    # Four pixels high, so that nothing is resized: columns 1 to 4 of 6.
    expected = PICTURE[:, 1:5].astype(np.float32).reshape(-1)
    url = Look(photo=PICTURE).photo
    for given in (PICTURE, path, str(path), Image.fromarray(PICTURE), url):
        look = Look(photo=given)
        assert look.photo == url
        np.testing.assert_array_equal(look.arrays["x"], expected)
    assert repr(look) == "Look(photo=<photo>, seed=0)"
    grey = Look(photo=PICTURE[..., 0]).arrays["x"].reshape(4, 4, 3)
    np.testing.assert_array_equal(grey, np.repeat(PICTURE[:, 1:5, :1], 3, axis=2))


def test_without_a_photo_the_model_receives_zeros():
    assert Look().photo == ""
    assert Look().arrays["x"].tolist() == [0] * 48


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("no/such.png", "got 'no/such.png' .*No such file"),
        (__file__, r"test_photo.py' .*no picture that PIL knows"),
        (PICTURE / 255, r"got shape \(4, 6, 3\), float64"),
        (PICTURE[:0], r"got shape \(0, 6, 3\)"),
        ("data:image/png;base64,AAAA", "got 'data:image/png;base64,AAAA'"),
        (3, "got 3 .*got int"),
        (None, "got None"),
    ],
)
def test_what_is_no_photo_is_named_and_the_last_one_stays(value, got):
    look = Look(photo=PICTURE)
    before = look.photo
    with pytest.raises(traitlets.TraitError, match=rf"photo \(picture\) must be '', an image as data URL, .*{got}"):
        look.photo = value
    assert look.photo == before
