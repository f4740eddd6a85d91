"""Does this machine have what the book needs? Each check says "ok", or what to do."""

from __future__ import annotations

import html
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from packaging.requirements import Requirement
from torch import Tensor

from ..live import Explorer, Lines, Slider, View
from ..live.page import STATIC
from ..live.views import OTHER_FONTS


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and what to do about it; nothing if it is as it should be."""

    name: str
    advice: str = ""


class Checks(tuple[Check, ...]):
    """The results as a table."""

    @property
    def ok(self) -> bool:
        """Whether all is as it should be."""
        return not any(check.advice for check in self)

    def __repr__(self) -> str:
        width = max(len(check.name) for check in self)
        return "\n".join(f"{check.name:{width}}  {check.advice or 'ok'}" for check in self)

    def _repr_html_(self) -> str:
        cells = ((html.escape(check.name), html.escape(check.advice) or "ok") for check in self)
        rows = "".join(f"<tr><th>{name}</th><td>{result}</td></tr>" for name, result in cells)
        return f'<table class="dataframe">{rows}</table>'


def check_environment() -> Checks:
    """Look at versions, fonts, threads, compiled parts and the live engine.

    Returns:
        A table, the same in every run on a machine that has everything.
    """
    return Checks(Check(name, _advice(look)) for name, look in CHECKS.items())


def _advice(look: Callable[[], str]) -> str:
    try:
        return look()
    except Exception as error:  # whatever is broken here is what the reader wants to know
        return f"{type(error).__name__}: {error}"


def _python() -> str:
    return "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer"


def _packages() -> str:
    wanted = map(Requirement, importlib.metadata.requires("kexue-widgets") or [])
    needed = [each for each in wanted if each.marker is None or each.marker.evaluate()]
    wrong = [str(each) for each in needed if not _installed(each)]
    return f"pip install {' '.join(map(repr, wrong))}" if wrong else ""


def _installed(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


def _chinese_font() -> str:
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    chinese = OTHER_FONTS[:-1]  # the last one only has boxes
    return "" if there & set(chinese) else f"install one of {', '.join(chinese)}, for Chinese letters in figures"


def _threads() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return (
        f"set OMP_NUM_THREADS={cores}: more threads than cores wait for each other"
        if torch.get_num_threads() > cores
        else ""
    )


def _numba() -> str:
    import numba

    return "" if numba.njit(lambda number: number + 1)(1) == 2 else "pip install --force-reinstall numba"


def _front_end() -> str:
    missing = [name for name in ("widget.js", "page.js", "engine.js", "style.css") if not (STATIC / name).exists()]
    return f"pip install . (not built: {', '.join(missing)})" if missing else ""


class _Parabola(Explorer):
    """A parabola, to see whether a model becomes a graph."""

    bend = Slider(2.0, 0.0, 4.0)
    views = (View(Lines("x", "y")),)

    @staticmethod
    def frame(bend: Tensor) -> dict[str, Tensor]:
        x = torch.linspace(-1, 1, 9)
        return {"x": x, "y": bend * x * x}


def _live_engine() -> str:
    from ..live.graph import OnnxProgram, export_model

    explorer = _Parabola()
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    if importlib.util.find_spec("onnxruntime") is None:
        return ""  # exported: pages bring their own engine
    arrays = OnnxProgram(graphs, explorer.controls, []).frame(None, np.random.RandomState(0), explorer.values)
    same = np.allclose(arrays["y"], explorer.arrays["y"], atol=1e-6)
    return "" if same else "pip install --force-reinstall onnx onnxscript onnxruntime"


CHECKS: dict[str, Callable[[], str]] = {
    "Python": _python,
    "packages": _packages,
    "Chinese font": _chinese_font,
    "threads": _threads,
    "numba": _numba,
    "front end": _front_end,
    "live engine": _live_engine,
}
