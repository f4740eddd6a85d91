"""Does this machine have what the book needs? Each check says what it found and, if that will not do, what to do."""

from __future__ import annotations

import html
import importlib.metadata
import importlib.util
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from torch import Tensor

from ..live import CHINESE_FONTS, STATIC, Explorer, Lines, Slider, View

PACKAGE = "kexue-widgets"
Look = tuple[str, str]  # what was found; what to do about it, empty if nothing


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, and what to do about it, if anything."""

    name: str
    found: str
    advice: str = ""


class Checks(tuple[Check, ...]):
    """The results as a table."""

    @property
    def ok(self) -> bool:
        """Whether all is as it should be."""
        return not any(check.advice for check in self)

    def __repr__(self) -> str:
        width = max(len(check.name) for check in self)
        return "\n".join(f"{each.name:{width}}  {each.advice or '✓'}  {each.found}".rstrip() for each in self)

    def _repr_html_(self) -> str:
        cells = ([check.name, check.advice or "✓", check.found] for check in self)
        rows = (
            f"<tr><th>{name}</th><td>{advice}</td><td>{found}</td></tr>"
            for name, advice, found in (map(html.escape, row) for row in cells)
        )
        return f'<table class="dataframe">{"".join(rows)}</table>'


def check_environment() -> Checks:
    """Look at versions, fonts, threads, compiled parts and the live engine.

    Returns:
        One `Check` for each, as a table.
    """
    return Checks(Check(name, *_result(look)) for name, look in CHECKS.items())


def _result(look: Callable[[], Look]) -> Look:
    try:
        return look()
    except Exception as error:  # whatever is broken here is what the reader wants to know
        return "", f"{type(error).__name__}: {error}"


def _python() -> Look:
    wanted = importlib.metadata.metadata(PACKAGE)["Requires-Python"]
    version = platform.python_version()
    return version, "" if SpecifierSet(wanted).contains(version, prereleases=True) else f"install Python {wanted}"


def _packages() -> Look:
    wanted = map(Requirement, importlib.metadata.requires(PACKAGE) or [])
    versions = {each: _version(each.name) for each in wanted if each.marker is None or each.marker.evaluate()}
    wrong = [
        repr(str(each))
        for each, version in versions.items()
        if version is None or not each.specifier.contains(version, prereleases=True)
    ]
    found = ", ".join(f"{each.name} {version}" for each, version in versions.items() if version)
    return found, f"pip install {' '.join(wrong)}" if wrong else ""


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _chinese_font() -> Look:
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    found = [name for name in CHINESE_FONTS if name in there]
    return ", ".join(
        found
    ), "" if found else f"install one of {', '.join(CHINESE_FONTS)}, for Chinese letters in figures"


def _threads() -> Look:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = torch.get_num_threads()
    advice = f"set OMP_NUM_THREADS={cores}: more threads than cores wait for each other" if threads > cores else ""
    return f"{threads} / {cores}", advice


def _numba() -> Look:
    import numba

    works = numba.njit(lambda number: number + 1)(1) == 2
    return numba.__version__, "" if works else "pip install --force-reinstall numba"


def _front_end() -> Look:
    needed = ("loader.js", "widget.js", "page.js", "guide.js", "reader.js", "engine.js", "style.css")
    there = [name for name in needed if (STATIC / name).exists()]
    missing = [name for name in needed if name not in there]
    return ", ".join(there), f"pip install . (not built: {', '.join(missing)})" if missing else ""


class _Parabola(Explorer):
    """A parabola, to see whether a model becomes a graph."""

    bend = Slider(2.0, 0.0, 4.0)
    views = (View(Lines("x", "y")),)

    @staticmethod
    def frame(bend: Tensor) -> dict[str, Tensor]:
        x = torch.linspace(-1, 1, 9)
        return {"x": x, "y": bend * x * x}


def _live_engine() -> Look:
    from ..live import OnnxProgram, export_model

    explorer = _Parabola()
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    if importlib.util.find_spec("onnxruntime") is None:
        return "torch → onnx", ""  # pages bring their own engine
    arrays = OnnxProgram(graphs, explorer.controls, []).frame(None, np.random.RandomState(0), explorer.values)
    difference = np.abs(arrays["y"] - explorer.arrays["y"]).max()
    found = f"torch → onnx → onnxruntime: max |Δ| = {difference:.0e}"
    return found, "" if difference < 1e-6 else "pip install --force-reinstall onnx onnxscript onnxruntime"


CHECKS: dict[str, Callable[[], Look]] = {
    "python": _python,
    "packages": _packages,
    "chinese_font": _chinese_font,
    "threads": _threads,
    "numba": _numba,
    "front_end": _front_end,
    "live_engine": _live_engine,
}
