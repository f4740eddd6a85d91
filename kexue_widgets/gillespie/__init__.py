"""Gillespie simulation: reaction networks whose every reaction happens by chance.

Chapter for python简单实现gillespie模拟 (Jianlin Su, 2018-06-07, https://kexue.fm/archives/5607). The direct method:
Gillespie, J. Phys. Chem. 81 (1977) 2340-2361.
"""

from .explorers import SYSTEMS, EventTrap, Trajectories, protein_distribution
from .network import ReactionNetwork
from .results import Paths, Samples
from .simulation import simulate

__all__ = [
    "SYSTEMS",
    "EventTrap",
    "Paths",
    "ReactionNetwork",
    "Samples",
    "Trajectories",
    "protein_distribution",
    "simulate",
]
