"""The palette's colours by name: an explorer says what each stands for."""

from .live import COLORS

BLUE, ORANGE, GREEN, RED, VIOLET, TEAL, BROWN, GREY = COLORS
