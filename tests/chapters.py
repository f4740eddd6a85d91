"""What the chapters say, for tests that try it."""

import json
from collections.abc import Callable
from pathlib import Path

BOOK = Path(__file__).parents[1] / "book"


def cells(chapter: str) -> list[dict]:
    """The cells of a chapter's notebook."""
    return json.loads((BOOK / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]


def sayings(chapter: str) -> Callable[[str], None]:
    """A function that fails unless the chapter says these words, wherever its lines break."""
    text = "\n".join(" ".join("".join(cell["source"]).split()) for cell in cells(chapter))

    def says(words: str) -> None:
        assert words in text, f"the chapter says this no more: {words}"

    return says
