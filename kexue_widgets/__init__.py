"""Live explorers for the chapters of "Kexue, live": one module per article, the machinery in `kexue_widgets.live`."""

__version__ = "0.1.0"
