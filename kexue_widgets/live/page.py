"""The page form of an explorer: HTML that shows a picture, and comes alive when its script runs."""

from __future__ import annotations

import base64
import html
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import BOOK, STATIC
from ..cache import write_whole
from .height import height

if TYPE_CHECKING:
    from .engine import Frame
    from .explorer import Explorer


AHEAD = 1_000_000  # characters of a graph that may be fetched before a reader asks for it


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
    # Kept free for it while it is not yet live, on a telephone and on wider screens.
    widths = {"narrow": 358, "wide": 700, "full": 936}
    reserved = ";".join(f"--kexue-{name}:{height(explorer, width)}px" for name, width in widths.items())
    return (
        f'<kexue-explorer><figure style="{reserved}"><img alt="{alternative}" src="data:image/png;base64,{picture}"></figure>'
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
    style, page, engine, notices = (read_static(name) for name in ("style.css", "page.js", "engine.js", "notices.txt"))
    return (
        f'<!doctype html><!--\n{notices.replace("--", "__")}\n--><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><style>{style}</style></head>'
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
    model, graphs = model_and_graphs(explorer)
    manifest = {**explorer.manifest(), "frame": packed_frame(explorer.current_frame()), "model": model}
    if kept := explorer.packed_kept():
        manifest["kept"] = kept
    if folder is None:
        return {**manifest, "graphs": graphs}
    light = max(map(len, graphs.values())) <= AHEAD
    folder.mkdir(parents=True, exist_ok=True)
    for name, graph in graphs.items():
        # A script and no file of another kind, since a page opened by double-click may fetch nothing else.
        write_whole(folder / f"{name}.js", f'(globalThis.KexueGraphs??={{}})["{name}"]="{graph}";\n')
    return {**manifest, "ahead": light}


def model_and_graphs(explorer: Explorer) -> tuple[dict[str, Any], dict[str, str]]:
    """Which graph the front end runs for which function and choices, and the graphs by name, packed."""
    from .export import as_json, export_model, packed

    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    return as_json(graphs), packed(graphs)


def packed_frame(frame: Frame) -> dict[str, Any]:
    """A frame as JSON; `frontend/arrays.js` unpacks it."""
    arrays = [{"name": name, "shape": array.shape, "data": _base64(array)} for name, array in frame.arrays.items()]
    return {"steps": frame.steps, "arrays": arrays}


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()
