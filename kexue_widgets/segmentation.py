"""Words in a text, Latin and Chinese. `frontend/controls/query.js` mirrors it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba

# A run of Latin letters and digits, or of Chinese characters; the same expression is in `frontend/controls/query.js`.
RUN = re.compile("[a-z0-9à-ɏ]+|[㐀-鿿]+")


def runs(text: str) -> list[str]:
    """Words in Latin letters, in lower case, and stretches of Chinese characters, in their order."""
    return RUN.findall(unicodedata.normalize("NFKC", text).lower())


def load_dictionary(tokenizer: jieba.Tokenizer) -> None:
    """Read jieba's dictionary. By itself it would take it from a file in the folder for temporary ones, which anybody may
    have put there."""
    if not tokenizer.initialized:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
        tokenizer.initialized = True


def segment(text: str, forms: Mapping[str, int]) -> list[int]:
    """The numbers of the terms in a text: Latin words as they are, Chinese by the longest word at each place.

    Args:
        text: of any length.
        forms: the number of each written form; whatever is not among them is skipped.
    """
    longest = max(map(len, forms), default=0)
    found = []
    for run in runs(text):
        if run[0] < "㐀":
            found += [forms[run]] if run in forms else []
            continue
        place = 0
        while place < len(run):
            ends = range(min(place + longest, len(run)), place, -1)
            end = next((end for end in ends if run[place:end] in forms), None)
            if end is not None:
                found.append(forms[run[place:end]])
            place = end or place + 1
    return found
