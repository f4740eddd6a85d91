"""The sentences of the chapter on word vectors that tell a reader what to do and what will be seen: done, and looked at."""

import itertools
import math

import pytest
import torch
from chapters import sayings

from kexue_widgets.wordvec import AddUp, exact_pmi

says = sayings("wordvec")


def test_two_copies_of_one_bit_are_counted_twice_in_the_figure() -> None:
    says("Tie 1, with $q_1, q_2$ and $a_1$ only: the example above, 1.1756 and 0.6809.")
    arrays = AddUp(tie=1.0, q1=True, q2=True, q3=False, a1=True, a2=False, a3=False).arrays
    drawn = {round(float(each), 4) for array in arrays.values() for each in array.ravel()}
    assert {1.1756, 0.6809} <= drawn


@pytest.mark.parametrize("tie", [0.2, 1.0])
def test_the_sum_of_all_six_words_is_far_too_large(tie: float) -> None:
    says("All six words, and the tie from 0 to 1. How many times too large does the sum become?")
    says("Keep the tie at 0.2. In real text nothing is quite independent")

    def exact(tie: float) -> float:
        """By listing all cases: three bits that agree with a fourth with probability (1 + tie) / 2, each with a noisy copy."""
        total = {"joint": 0.0, "q": 0.0, "a": 0.0}
        for bits in itertools.product((0, 1), repeat=3):
            chance = sum(math.prod((1 + tie * (1 if bit == z else -1)) / 2 for bit in bits) for z in (0, 1)) / 2
            copies = math.prod(0.9 if bit else 0.1 for bit in bits)
            total["q"] += chance * copies
            total["a"] += chance * all(bits)
            total["joint"] += chance * copies * all(bits)
        return math.log(total["joint"] / total["q"] / total["a"])

    ones = torch.ones(3)
    assert exact_pmi(tie, 0.1, ones, ones).item() == pytest.approx(exact(tie), rel=1e-4)
    own = 3 * math.log(0.45 / 0.25)
    across = 6 * math.log(1 + 0.8 * tie**2)
    assert (own + across) / exact(tie) > (1.1 if tie < 1 else 5)


def test_a_noiseless_copy_reaches_the_bound() -> None:
    says("It is reached when one of the events implies the other, as a noiseless copy does")
    alone = torch.tensor([1.0, 0, 0])
    near, nearer = (exact_pmi(0.0, noise, alone, alone).item() for noise in (0.01, 1e-5))
    assert near < nearer < math.log(2) + 1e-6
    assert nearer == pytest.approx(math.log(2), abs=1e-4)
