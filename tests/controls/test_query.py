"""Questions: what a model receives, what is refused."""

import numpy as np
import pytest
import traitlets
from explorers import Echo


def test_a_model_receives_the_terms_and_minus_one_after_them() -> None:
    explorer = Echo(question="AA 向量")
    np.testing.assert_array_equal(explorer.controls["question"].tensor("AA 向量"), [0, 2, -1])
    np.testing.assert_array_equal(explorer.controls["question"].tensor("a b a b a"), [0, 1, 0])


@pytest.mark.parametrize("value", [None, 3, "x" * 1001])
def test_what_is_no_question_is_refused(value: object) -> None:
    explorer = Echo()
    with pytest.raises(traitlets.TraitError, match=r"question \(your question\) must be a string of at most 1000"):
        explorer.question = value
    assert explorer.question == "b"
