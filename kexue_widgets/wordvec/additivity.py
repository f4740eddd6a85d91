"""When the PMI of two sets of words is the sum over their pairs, and when it is not: worlds small enough to be exact.

A world has topics, each with a bit b_t, which agrees with one bit z that all share with probability (1 + tie) / 2. A
question word q_t repeats its topic's bit but for some noise, an answer word a_t repeats it exactly. "The word occurs"
means that its bit is 1. With tie 0 topics are independent, and with tie 1 all are one.
"""

from __future__ import annotations

import torch
from torch import Tensor

Number = Tensor | float


def log_probability(tie: Number, noise: Number, questions: Tensor, answers: Tensor) -> Tensor:
    """log P of the event that all the chosen words occur, (...).

    Args:
        tie: from 0, independent topics, to 1, a single one; a number, or (...).
        noise: the probability that a question word differs from its topic's bit.
        questions, answers: 1 for words that must occur and 0 for others, (..., topics).
    """
    tie = torch.as_tensor(tie).unsqueeze(-1)
    total: Tensor | float = 0.0
    for z in (0, 1):
        given: Tensor | float = 0.0  # P(this topic's chosen words | z), (..., topics)
        for b in (0, 1):
            agree = (1 + tie) / 2 if b == z else (1 - tie) / 2
            question = 1 - noise if b else noise
            given = given + agree * (1 - questions * (1 - question)) * (1 - answers * (1 - b))
        total = total + 0.5 * torch.as_tensor(given).prod(-1)
    return torch.log(torch.as_tensor(total))


def exact_pmi(tie: Number, noise: Number, questions: Tensor, answers: Tensor) -> Tensor:
    """log P(Q, A) / (P(Q) P(A)) of the two sets of words; (...,) for sets (..., topics)."""
    none = torch.zeros_like(questions)
    both = log_probability(tie, noise, questions, answers)
    return both - log_probability(tie, noise, questions, none) - log_probability(tie, noise, none, answers)


def pair_pmi(tie: Number, noise: Number, topics: int) -> Tensor:
    """PMI(q_i, a_j) of every pair, (..., topics, topics) for ties (...)."""
    single = torch.eye(topics)
    tie = torch.as_tensor(tie)[..., None, None]
    return exact_pmi(tie, noise, single[:, None].expand(-1, topics, -1), single.expand(topics, -1, -1))


def summed_pmi(tie: Number, noise: Number, questions: Tensor, answers: Tensor) -> Tensor:
    """The sum of PMI(q, a) over all pairs from the two sets (topics,), eq. 7 of the article; (...) for ties (...)."""
    return (pair_pmi(tie, noise, len(questions)) * questions[:, None] * answers).sum((-2, -1))
