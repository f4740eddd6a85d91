"""Live explorers for the chapters of "Kexue, live": one module per article, the machinery in `kexue_widgets.live`."""

from pathlib import Path

STATIC = Path(__file__).with_name("static")  # the built front end
BOOK = "KEXUE_BOOK"  # in the environment of kernels that run for a book build: the folder for its graphs
__version__ = "0.1.0"
