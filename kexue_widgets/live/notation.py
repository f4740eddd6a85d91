"""Sub- and superscripts in labels: L_D, x^2, a_{ij}. `frontend/notation.js` has the same expression for the browser.

One letter with something below or above it; everything else, such as the name of a layer, stays as it is.
"""

from __future__ import annotations

import re

LETTER = r"[^\W\d_]"
RAISED = re.compile(rf"(?<!\w)({LETTER})([_^])(?:\{{([^{{}}]+)\}}|([^\W_]))(?!\w)")


def plain(label: str) -> str:
    """A label for matplotlib, which would take what stands between two dollars for a formula; pages do not."""
    return label.replace("$", r"\$")


def mathtext(label: str) -> str:
    """A label as matplotlib sets it, its letters upright as around them."""
    label = plain(label)
    return RAISED.sub(lambda found: rf"$\mathregular{{{found[1]}{found[2]}{{{found[3] or found[4]}}}}}$", label)
