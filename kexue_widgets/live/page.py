"""The page form of an explorer: HTML that shows a picture, and comes alive when its script runs."""

from __future__ import annotations

import base64
import html
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .explorer import Explorer

STATIC = Path(__file__).parent.parent / "static"
BOOK = "KEXUE_BOOK"  # in the environment of kernels that run for a book build: the folder for its graphs


def book_graphs() -> Path | None:
    """Where a book build wants its graphs; nothing outside of one."""
    folder = os.environ.get(BOOK)
    return Path(folder) if folder else None


def page_element(explorer: Explorer, graphs: Path | None = None) -> str:
    """The explorer as a `<kexue-explorer>` element: a picture for readers without JavaScript, and a JSON manifest.

    Args:
        explorer: as it stands now.
        graphs: a folder for scripts that hold a graph each; without it the graphs are inside the element.
    """
    alternative = html.escape(explorer.description, quote=True)
    picture = base64.b64encode(explorer.picture()).decode()
    manifest = json.dumps(_manifest(explorer, graphs), ensure_ascii=False, separators=(",", ":"))
    return (
        f'<kexue-explorer><figure><img alt="{alternative}" src="data:image/png;base64,{picture}"></figure>'
        # "<" only occurs within JSON strings, where it may be escaped: "</script>" would end the element
        f'<script type="application/json">{manifest.replace("<", chr(92) + "u003c")}</script></kexue-explorer>'
    )


class Thumbnail:
    """One view of an explorer for a card that leads to its chapter, with a Play button, or with its controls if it has no state.

    Args:
        explorer: it keeps that view only.
        view: which of its views.
    """

    def __init__(self, explorer: Explorer, view: int = 0) -> None:
        explorer.views = explorer.views[view : view + 1]
        self.explorer = explorer

    def _repr_html_(self) -> str:
        element = page_element(self.explorer, book_graphs())
        return element.replace("<kexue-explorer>", '<kexue-explorer class="kexue-thumbnail">', 1)


def standalone_page(explorer: Explorer) -> str:
    """The explorer as one HTML file that needs nothing else: scripts, styles and the engine are inside."""
    title = html.escape(f"{type(explorer).__name__}: {explorer.description}")
    style, page, engine = (read_static(name) for name in ("style.css", "page.js", "engine.js"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        f"<body>{page_element(explorer)}<script>{_in_script(engine)}</script><script>{_in_script(page)}</script></body></html>"
    )


def read_static(name: str) -> str:
    """The text of a built front-end file.

    Raises:
        FileNotFoundError: the front end has not been built.
    """
    path = STATIC / name
    if not path.exists():
        raise FileNotFoundError(
            f"{name} is not built: run 'pip install -e .' or 'npm ci && npm run build' in frontend/"
        )
    return path.read_text(encoding="utf-8")


def _in_script(source: str) -> str:
    return source.replace("</script", "<\\/script")


def _manifest(explorer: Explorer, folder: Path | None) -> dict[str, Any]:
    from .graph import as_json, export_model, packed

    frame = explorer.current_frame()
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    arrays = [{"name": name, "shape": array.shape, "data": _base64(array)} for name, array in frame.arrays.items()]
    manifest = {**explorer.manifest(), "frame": {"steps": frame.steps, "arrays": arrays}, "model": as_json(graphs)}
    if folder is None:
        return {**manifest, "graphs": packed(graphs)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, graph in packed(graphs).items():
        # A script and no file of another kind, since a page opened by double-click may fetch nothing else.
        (folder / f"{name}.js").write_text(f'(globalThis.KexueGraphs??={{}})["{name}"]="{graph}";\n')
    return manifest


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()
