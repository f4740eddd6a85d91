"""Controls: what a reader can move. Each is a trait of its explorer, with a label, bounds and a default.

Each kind has a module of its own here and in `frontend/controls/`, where it meets the reader's hand.
"""

from .base import Control, specifications
from .choice import Choice
from .photo import Photo
from .points import Points
from .query import Query
from .seed import Seed
from .slider import Slider
from .toggle import Toggle

__all__ = ["Choice", "Control", "Photo", "Points", "Query", "Seed", "Slider", "Toggle", "specifications"]
