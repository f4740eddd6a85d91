"""Word vectors from mutual information: count which words meet, compare with chance, and compress.

Chapter for 更别致的词向量模型(二)：对语言进行建模 (Jianlin Su, 2017-11-19, https://kexue.fm/archives/4669) and the rest of
its series (4667, 4671, 4675, 4677, 4681).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .additivity import exact_pmi, log_probability, pair_pmi, summed_pmi
from .corpora import (
    chinese_tokens,
    english,
    english_tokens,
    read_text,
    state_of_the_union,
    tang_couplets,
    tang_poems,
    wikipedia,
    wikipedia_topics,
)
from .counts import Cooccurrences, UnknownWord, Vocabulary, count_aligned, count_in_window
from .models import GloVe, Shared, add_constant, glove_vectors, pair_weights, svd_vectors, train, weighted_vectors
from .vectors import WordVectors

if TYPE_CHECKING:
    from .explorers import (
        AddUp as AddUp,
    )
    from .explorers import (
        Affinity as Affinity,
    )
    from .explorers import (
        Analogy as Analogy,
    )
    from .explorers import (
        CoupletAffinity as CoupletAffinity,
    )
    from .explorers import (
        CoupletSpace as CoupletSpace,
    )
    from .explorers import (
        Plane as Plane,
    )
    from .explorers import (
        PoemAffinity as PoemAffinity,
    )
    from .explorers import (
        Space as Space,
    )

__all__ = [  # without the explorers: to name one is to count whole texts
    "Cooccurrences",
    "GloVe",
    "Shared",
    "UnknownWord",
    "Vocabulary",
    "WordVectors",
    "add_constant",
    "chinese_tokens",
    "count_aligned",
    "count_in_window",
    "english",
    "english_tokens",
    "exact_pmi",
    "glove_vectors",
    "log_probability",
    "pair_pmi",
    "pair_weights",
    "read_text",
    "state_of_the_union",
    "summed_pmi",
    "svd_vectors",
    "tang_couplets",
    "tang_poems",
    "train",
    "weighted_vectors",
    "wikipedia",
    "wikipedia_topics",
]

EXPLORERS = ("Affinity", "PoemAffinity", "CoupletAffinity", "Space", "CoupletSpace", "Analogy", "AddUp", "Plane")


def __getattr__(name: str) -> Any:
    """The explorers carry counts and vectors of whole texts, which are made when one of them is first asked for."""
    if name in EXPLORERS:
        from . import explorers

        return getattr(explorers, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *EXPLORERS, *globals()})
