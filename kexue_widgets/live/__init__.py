"""The machinery of live explorers: models in torch that run in a kernel and, as ONNX graphs, on a static page."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..segmentation import load_dictionary, runs, segment
from .controls import Choice, Control, Photo, Points, Query, Slider, Toggle
from .engine import Engine
from .explore import explore
from .explorer import Explorer
from .marks.arrows import Arrows
from .marks.band import Band
from .marks.bars import Bars
from .marks.base import COLORS, Name
from .marks.dots import Dots
from .marks.graph import Graph
from .marks.heatmap import Heatmap
from .marks.histogram import Histogram
from .marks.images import Images
from .marks.lines import Lines
from .marks.passages import Passages
from .marks.ranking import Ranking
from .marks.table import Table
from .marks.texts import Texts
from .noise import Noise, Stream, generator, uniform_numbers
from .page import STATIC, Thumbnail, book_graphs, page_element
from .phases import Phase, in_phase, phase_array, phase_view, relative
from .training import SGD, Adam, RMSprop, State, Training, record, running_mean, start_trace, trace_steps
from .views import CHINESE_FONTS, View, draw_figure

if TYPE_CHECKING:
    from .export import export_model
    from .programs import OnnxProgram

LATER = {"OnnxProgram": ".programs", "export_model": ".export"}  # a notebook has no use for what their modules import

embed = False  # whether explorers that are made from now on embed their graphs, see `Explorer.embed`

__all__ = [
    "CHINESE_FONTS",
    "COLORS",
    "SGD",
    "STATIC",
    "Adam",
    "Arrows",
    "Band",
    "Bars",
    "Choice",
    "Control",
    "Dots",
    "Engine",
    "Explorer",
    "Graph",
    "Heatmap",
    "Histogram",
    "Images",
    "Lines",
    "Name",
    "Noise",
    "OnnxProgram",
    "Passages",
    "Phase",
    "Photo",
    "Points",
    "Query",
    "RMSprop",
    "Ranking",
    "Slider",
    "State",
    "Stream",
    "Table",
    "Texts",
    "Thumbnail",
    "Toggle",
    "Training",
    "View",
    "book_graphs",
    "draw_figure",
    "explore",
    "export_model",
    "generator",
    "in_phase",
    "load_dictionary",
    "page_element",
    "phase_array",
    "phase_view",
    "record",
    "relative",
    "running_mean",
    "runs",
    "segment",
    "start_trace",
    "trace_steps",
    "uniform_numbers",
]


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(import_module(LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
