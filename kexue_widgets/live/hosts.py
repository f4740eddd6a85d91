"""What a notebook keeps of its explorers for hosts without a kernel: the frame that is shown and, on request, the engine.

Hosts show widgets from their synced state: nbviewer and HTML exports what was saved with the notebook, JupyterLab that of
its own models when it saves, and otherwise what the kernel sends. `frontend/hosts.js` is the other side.
"""

from __future__ import annotations

import contextlib
import weakref
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from IPython import get_ipython

from .page import packed_frame, read_static

if TYPE_CHECKING:
    from .explorer import Explorer


class FrontEnd(anywidget.AnyWidget):
    """What the explorers of a notebook share, so that its file holds it once: their code and, on request, the engine."""

    _esm = "export default {}"  # there is nothing to see of it
    code = traitlets.Unicode().tag(sync=True)
    look = traitlets.Unicode().tag(sync=True)  # JupyterLab takes a trait called style for a model of its own
    engine = traitlets.Unicode().tag(sync=True)


_front_end: FrontEnd | None = None
_changed: weakref.WeakSet[Explorer] = weakref.WeakSet()  # their frames may be others than the state holds
_watched: weakref.WeakSet[Any] = weakref.WeakSet()  # shells whose cells are waited for


def front_end() -> FrontEnd:
    """The one of this kernel."""
    global _front_end
    if _front_end is None or _front_end.comm is None:
        _front_end = FrontEnd(code=read_static("widget.js"), look=read_static("style.css"))
    return _front_end


def synced_frame(_: Any, explorer: Explorer) -> dict[str, Any]:
    """The current frame as the state holds it; nothing while there is none."""
    with contextlib.suppress(Exception):  # what a model itself raises is told where it is drawn
        return packed_frame(explorer.current_frame())
    return {}


def frame_changed(explorer: Explorer) -> None:
    """Have the explorer's frame sent at the end of the cell: once, however often it changes until then."""
    shell = get_ipython()
    if shell is None:
        return
    if shell not in _watched:
        _watched.add(shell)
        shell.events.register("post_run_cell", _send_frames)
    _changed.add(explorer)


def _send_frames(_: Any) -> None:
    global _changed
    changed, _changed = _changed, weakref.WeakSet()
    for explorer in changed:
        explorer.send_state("_frame")
