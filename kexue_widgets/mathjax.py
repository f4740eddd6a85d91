"""How MathJax sets formulas: on the pages of the book, and in previews of pages. Apart from what builds the book, so that a chapter
with a preview does not follow from all that."""

from __future__ import annotations

from typing import Any

# MathJax 4 breaks long formulas into lines. Of its parts only those named here are there (see frontend/build.mjs):
# its menu and its speech engine weigh more than the rest; hidden MathML serves screen readers. What readers type is set by
# the same MathJax: its `safe` lets no formula run a script, cover the page or take a name of the page's own.
MATHJAX: dict[str, Any] = {
    "loader": {"load": ["core", "input/tex", "output/chtml", "ui/safe", "a11y/assistive-mml"]},
    "tex": {"inlineMath": [["\\(", "\\)"]], "displayMath": [["\\[", "\\]"]], "processEnvironments": False},
    "options": {"safeOptions": {"safeProtocols": {"file": False}}},
    "output": {
        "font": "mathjax-newcm",
        "fontPath": "[mathjax]/%%FONT%%-font",
        "displayOverflow": "linebreak",
        # The same size whatever the reader's font: to match the height of some would make formulas a third larger than text.
        "matchFontHeight": False,
        "scale": 1.15,
    },
}
