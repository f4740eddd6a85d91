"""The pictures on pages in another language: the same figures, with other words."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kexue_widgets.book.pictures import figure_of, packed
from kexue_widgets.book.translation import redrawn
from kexue_widgets.dropout import Mask
from kexue_widgets.live import Explorer
from kexue_widgets.live.page import packed_frame
from kexue_widgets.onelossgan import GradientFlow


def manifest_of(explorer: Explorer) -> dict[str, Any]:
    """What a page holds of it, its graphs left out."""
    return json.loads(json.dumps({**explorer.manifest(), "frame": packed_frame(explorer.current_frame())}))


@pytest.mark.parametrize("kind", [Mask, GradientFlow], ids=lambda kind: kind.__name__)
def test_the_page_holds_all_that_its_picture_needs(kind: type[Explorer]) -> None:
    explorer = kind()
    ours, theirs = (
        Image.open(io.BytesIO(png)) for png in (packed(figure_of(manifest_of(explorer))), explorer.picture())
    )
    np.testing.assert_array_equal(np.asarray(ours.convert("RGB")), np.asarray(theirs.convert("RGB")))


def test_words_of_the_picture_are_changed() -> None:
    explorer = Mask()
    script = f'"></figure><script type="application/json">{json.dumps(manifest_of(explorer))}</script>'
    element = '<figure><img alt="Dropout" src="data:image/png;base64,AAAA' + script
    assert redrawn(element, lambda word: word) == element
    page = redrawn(element, lambda word: {"mask m": "掩码 m"}.get(word, word))
    picture = page.removeprefix(element.partition("AAAA")[0]).removesuffix(script)
    assert base64.b64decode(picture)[:4] == b"\x89PNG"
    assert base64.b64decode(picture) != explorer.picture()
