"""The machinery of live explorers: models in torch that run in a kernel and, as ONNX graphs, on a static page."""

from .controls import Choice, Points, Slider, Toggle
from .diagram import Graph
from .explorer import Explorer
from .noise import Noise
from .page import Thumbnail
from .photo import Photo
from .text import Passages, Query
from .training import SGD, Adam, RMSprop, Training, record, start_trace, trace_steps
from .views import Arrows, Band, Bars, Dots, Heatmap, Histogram, Images, Lines, Table, View
from .vocabulary import Ranking, Texts

__all__ = [
    "SGD",
    "Adam",
    "Arrows",
    "Band",
    "Bars",
    "Choice",
    "Dots",
    "Explorer",
    "Graph",
    "Heatmap",
    "Histogram",
    "Images",
    "Lines",
    "Noise",
    "Passages",
    "Photo",
    "Points",
    "Query",
    "RMSprop",
    "Ranking",
    "Slider",
    "Table",
    "Texts",
    "Thumbnail",
    "Toggle",
    "Training",
    "View",
    "record",
    "start_trace",
    "trace_steps",
]
