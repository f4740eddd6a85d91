"""Gillespie simulation: reaction networks whose every reaction happens by chance.

Chapter for python简单实现gillespie模拟 (Jianlin Su, 2018-06-07, https://kexue.fm/archives/5607). The direct method:
Gillespie, J. Phys. Chem. 81 (1977) 2340-2361.
"""

from typing import TYPE_CHECKING, Any

from .network import ReactionNetwork
from .results import Paths, Samples
from .sbml import from_sbml
from .simulation import simulate

if TYPE_CHECKING:
    from .explorers import SYSTEMS, EventTrap, Trajectories, protein_distribution
    from .own import OwnNetwork

__all__ = [
    "SYSTEMS",
    "EventTrap",
    "OwnNetwork",
    "Paths",
    "ReactionNetwork",
    "Samples",
    "Trajectories",
    "from_sbml",
    "protein_distribution",
    "simulate",
]


def __getattr__(name: str) -> Any:
    # The explorers compute with torch, which takes seconds to load; who only simulates need not wait for it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import explorers, own

    return getattr(own if name == "OwnNetwork" else explorers, name)
