"""Two previews that compute nothing: a page at the width of a device, and a comment with its formulas set.

In a book they are elements that `frontend/guide.js` brings to life; in JupyterLab they are made of ipywidgets.
"""

from __future__ import annotations

import html
import json
from typing import Any

from ..live import book_graphs
from ..mathjax import MATHJAX

# Width and height of the screen in CSS pixels, as it is mostly held; 360 is what many telephones have.
DEVICES = {
    "telephone": (360, 740),
    "large telephone": (430, 932),
    "7-inch tablet": (600, 960),
    "10-inch tablet": (820, 1180),
    "laptop": (1280, 720),
}

# What pages break on. Each part is measured by itself.
PARTS = {
    "formula in a sentence": (
        r"<p>A network with dropout on its inputs pays, on average over all masks, the price "
        r"\(\mathbb E\lVert y-(m\odot X)w\rVert^2=\lVert y-Xw\rVert^2+\tfrac{p}{1-p}\sum_j w_j^2\lVert X_j\rVert^2\) "
        "for its weights.</p>"
    ),
    "long formula": (
        r"<div>\[V(G,D)=\mathbb E_{x\sim p}[\log D(x)]+\mathbb E_{z\sim q}[\log(1-D(G(z)))]"
        r"=2\,\mathrm{JS}(p\,\Vert\,p_G)-2\log 2+\mathcal O(\varepsilon^2)\]</div>"
    ),
    "matrix": (
        r"<div>\[\begin{pmatrix}"
        + r"\\".join(
            "&".join(rf"\frac{{\partial f_{row}}}{{\partial x_{column}}}" for column in range(1, 10))
            for row in range(1, 4)
        )
        + r"\end{pmatrix}\]</div>"
    ),
    "table": (
        "<div><table><tr><th>method</th><th>accuracy</th><th>balanced</th><th>area under curve</th><th>seconds</th></tr>"
        "<tr><td>logistic regression</td><td>0.781</td><td>0.715</td><td>0.829</td><td>1</td></tr></table></div>"
    ),
    "line of code": "<pre>loss = ((network(x, rate, uniform) - y) ** 2).mean() + penalty * weights.square().sum()</pre>",
    "picture": (
        '<div><svg role="img" aria-label="a wave" width="640" height="90" viewBox="0 0 640 90">'
        '<path d="M0 45 Q80 -40 160 45 T320 45 T480 45 T640 45" fill="none" stroke="#3b7dd8" stroke-width="4"/></svg></div>'
    ),
}

COMMENT = r"""Is the variance right? For $y = x\,m/(1-p)$ with $m^2 = m$ I find

$$\operatorname{Var}[y] = \frac{x^2}{1-p} - x^2 = \frac{p}{1-p}\,x^2.$$"""


class Preview:
    """What both previews share: a page form and a notebook form."""

    element: str  # its name on a page

    def _content(self) -> dict[str, Any]:
        """What the page form needs to know, as JSON; its labels are what can be translated."""
        raise NotImplementedError

    def _fallback(self) -> str:
        """HTML for a page without scripts."""
        raise NotImplementedError

    def widget(self) -> Any:
        """The notebook form, an ipywidget."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **keywords: Any) -> dict[str, Any]:
        if book_graphs():
            content = json.dumps(self._content(), ensure_ascii=False).replace("<", "\\u003c")
            script = f'<script type="application/json">{content}</script>'
            return {
                "text/html": f"<{self.element}>{self._fallback()}{script}</{self.element}>",
                "text/plain": repr(self),
            }
        return {**self.widget()._repr_mimebundle_(**keywords), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PagePreview(Preview):
    """A page full of formulas on screens of several sizes, as they are held or turned on their side, with this book's rules or without.

    On a page, what reaches out of the screen is measured.
    """

    element = "kexue-page-preview"

    def _content(self) -> dict[str, Any]:
        return {"devices": DEVICES, "parts": PARTS, "mathjax": MATHJAX, "labels": [*DEVICES, *PARTS, *PARTS.values()]}

    def _fallback(self) -> str:
        rows = "".join(f"<tr><td>{name}</td><td>{w} × {h}</td></tr>" for name, (w, h) in DEVICES.items())
        return f"<table>{rows}</table>"

    def widget(self) -> Any:
        """A device to choose, and a page as wide as its screen."""
        import ipywidgets

        device = ipywidgets.Dropdown(options=list(DEVICES), description="device")
        turned = ipywidgets.Checkbox(False, description="turned on its side")
        page = ipywidgets.HTMLMath("".join(PARTS.values()))
        screen = ipywidgets.Box([page], layout={"border": "2px solid", "overflow": "auto", "padding": "16px"})

        def resize(change: Any = None) -> None:
            width, height = DEVICES[device.value][:: -1 if turned.value else 1]
            screen.layout.width, screen.layout.height = f"{width}px", f"{height}px"

        for control in (device, turned):
            control.observe(resize, "value")
        resize()
        return ipywidgets.VBox([ipywidgets.HBox([device, turned]), screen])


class CommentPreview(Preview):
    """A comment as it is typed, and as it will be read: $…$ and $$…$$ are formulas, all else is plain text."""

    element = "kexue-comment-preview"

    def __init__(self, text: str = COMMENT) -> None:
        self.text = text

    def _content(self) -> dict[str, Any]:
        return {"text": self.text, "labels": [self.text]}

    def _fallback(self) -> str:
        return f"<pre>{html.escape(self.text)}</pre>"

    def widget(self) -> Any:
        """A text area, and below it the comment."""
        import ipywidgets

        typed = ipywidgets.Textarea(self.text, layout={"width": "100%", "height": "9em"})
        read = ipywidgets.HTMLMath()

        def show(change: Any = None) -> None:
            self.text = typed.value
            read.value = html.escape(typed.value, quote=False).replace("\n", "<br>")

        typed.observe(show, "value")
        show()
        return ipywidgets.VBox([typed, read])
