"""Public functions with any argument: the right result, or an error that names the argument, and always an end."""

import contextlib
import functools
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from kexue_widgets import checks as number_checks
from kexue_widgets import dropout, fgan, finetune, onelossgan, reuse, wordvec
from kexue_widgets.finetune import checks
from kexue_widgets.gillespie import ReactionNetwork, simulate
from kexue_widgets.gillespie.results import Paths

LIMIT = 20  # seconds of the processor that nothing may take
STRANGE = [
    *(None, True, -1, 0, 1.5, 10**12, 2**70, -(10**9), float("nan"), float("inf"), -float("inf"), 1e300, 1j),
    *("", "x", "no such", b"x", [], [[]], (), {}, {"x": 1}, set(), object(), range(3), [None], ["a", 1], [[1], [1, 2]]),
    *(np.array([]), np.zeros((2, 3)), np.array([np.nan]), np.array(["a"]), np.zeros((0, 4)), np.full(2, np.inf)),
    *(torch.empty(0), torch.zeros(2, 3, 4), torch.tensor(float("nan")), torch.full((3,), 1e30)),
    *(pd.Series({"q": 1}), pd.DataFrame({"q": [1]}), nn.Linear(2, 2), iter([1])),
]

PAIR = ReactionNetwork.from_text("A <-> B @ 1, 3")
COUNTS = wordvec.count_in_window([["a", "b", "c", "a", "b"]] * 3, 2, 1)
VECTORS = wordvec.svd_vectors(COUNTS, 2)
LABELS = torch.tensor([0] * 5 + [1] * 5)
QUICK = finetune.Settings(stages=(finetune.Stage("head", 1, 1e-2, blocks=False, views=1),), blocks=1)
SEEN = finetune.Data(torch.rand(1, 4, 192, 1, 1), torch.tensor([0, 1, 0, 1]))


@functools.cache
def paths() -> Paths:
    return simulate(PAIR, [1, 2], t_end=1.0)


# What readers call with their own data: a function, arguments that are right, and which are tried with any others. An
# error has to say the argument's name, or one of the words after it.
OWN = {
    "ReactionNetwork": (
        ReactionNetwork,
        {"species": ["A"], "reactants": [[1]], "products": [[0]], "rates": [1.0]},
        {"species": "species|reactants", "reactants": "reactants|rates", "products": "", "rates": ""},
    ),
    "from_text": (ReactionNetwork.from_text, {"text": "A -> B @ 1"}, {"text": "reaction", "species": "", "rates": ""}),
    "counts": (PAIR.counts, {"x": [1, 2]}, {"x": "counts|species"}),
    "propensities": (PAIR.propensities, {"x": [1, 2]}, {"x": "counts|species"}),
    "with_rates": (PAIR.with_rates, {"rates": [1, 2]}, {"rates": ""}),
    "ode": (PAIR.ode, {"x0": [1, 2], "times": [1.0]}, {"x0": "counts|species", "times": "no solution"}),
    "moments": (PAIR.stationary_moments, {"x0": [1, 2]}, {"x0": "counts|species"}),
    "master_equation": (PAIR.master_equation, {"limits": [1, 2]}, {"limits": "counts|species"}),
    "simulate": (
        lambda **given: simulate(PAIR, **given),
        {"x0": [1, 2], "times": [1.0]},
        {"x0": "counts|species", "times": "reactions", "n": "trajectories", "seed": "", "n_jobs": "", "limit": ""},
    ),
    "simulate events": (lambda **given: simulate(PAIR, [1, 2], **given), {"events": 3}, {"events": "exactly one"}),
    "simulate until": (
        lambda **given: simulate(PAIR, [1, 2], **given),
        {"t_end": 1.0},
        {"t_end": "exactly one|reactions|would be kept"},
    ),
    "at": (lambda **given: paths().at(**given), {"times": [0.5]}, {"times": ""}),
    "time_histogram": (lambda **given: paths().time_histogram(**given), {"species": "A"}, {"species": ""}),
    "count_in_window": (
        wordvec.count_in_window,
        {"texts": [["a", "b"]], "window": 2, "minimum": 1},
        {"texts": "", "window": "", "minimum": ""},
    ),
    "count_aligned": (
        wordvec.count_aligned,
        {"pairs": [(["a"], ["b"])], "minimum": 1},
        {"pairs": "text", "minimum": ""},
    ),
    "Vocabulary": (wordvec.Vocabulary, {"words": ["a"], "frequencies": [1]}, {"words": "", "frequencies": ""}),
    "Vocabulary.of": (wordvec.Vocabulary.of, {"texts": [["a"]], "minimum": 1}, {"texts": "", "minimum": ""}),
    "pmi": (COUNTS.pmi, {"first": "a", "second": "b"}, {"first": "word|vocabulary", "second": "word|vocabulary"}),
    "pmi_matrix": (COUNTS.pmi_matrix, {}, {"shift": "", "smoothing": ""}),
    "svd_vectors": (
        lambda **given: wordvec.svd_vectors(COUNTS, **given),
        {"dimension": 2},
        {"dimension": "", "shift": "", "power": "vectors", "negative_axes": ""},
    ),
    "weighted_vectors": (
        lambda **given: wordvec.weighted_vectors(COUNTS, **given),
        {"dimension": 2, "epochs": 1},
        dict.fromkeys(("dimension", "x_max", "alpha", "unseen", "negative_axes", "seed"), "vectors"),
    ),
    "glove_vectors": (
        lambda **given: wordvec.glove_vectors(COUNTS, **given),
        {"dimension": 2, "epochs": 1},
        dict.fromkeys(("dimension", "x_max", "alpha", "seed"), "vectors"),
    ),
    "WordVectors": (
        lambda **given: wordvec.WordVectors(VECTORS.vocabulary, **given),
        {"vectors": np.ones((3, 2))},
        {"vectors": "", "negative_axes": ""},
    ),
    "nearest": (VECTORS.nearest, {"word": "a", "count": 1}, {"word": "vocabulary", "count": ""}),
    "keywords": (VECTORS.keywords, {"text": ["a"], "count": 1}, {"text": "", "count": ""}),
    "sentence": (VECTORS.sentence, {"text": ["a"]}, {"text": ""}),
    "profiles": (wordvec.svd_vectors(COUNTS, 1).profiles, {"contexts": 3}, {"contexts": ""}),
    "pictures": (finetune.pictures, {"folder": "no such"}, {"folder": ""}),
    "finetune": (finetune.finetune, {"folder": "no such", "settings": QUICK}, {"folder": "", "size": "folder"}),
    "Settings": (
        lambda **given: checks.checked_settings(QUICK._replace(**given), has_unlabelled=False),
        {},
        dict.fromkeys(
            ("blocks", "width", "activation", "center", "auxiliary", "classes_per_batch", "batch", "seed"), ""
        ),
    ),
    "tail": (
        finetune.tail,
        {"classes": 2, "settings": QUICK},
        {"classes": "", "settings": ""},
    ),
    "train": (
        lambda **given: finetune.train(**({"network": finetune.tail(2, QUICK)} | given)),
        {"data": SEEN, "validation": SEEN, "settings": QUICK},
        {
            **dict.fromkeys(("network", "data", "validation", "settings", "checkpoint"), ""),
            "unlabelled": "views",
        },
    ),
    "stratified_split": (
        finetune.stratified_split,
        {"labels": LABELS, "seed": 0},
        {"labels": "class", "seed": "", "share": ""},
    ),
    "trace": (reuse.trace, {"model": nn.Linear(2, 2)}, {"model": ""}),
    "summary": (reuse.summary, {"model": nn.Linear(2, 2)}, {"model": ""}),
    "clone_model": (reuse.clone_model, {"model": nn.Linear(2, 2)}, {"model": ""}),
    "submodel": (
        lambda **given: reuse.submodel(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), **given),
        {},
        {"start": "", "end": ""},
    ),
    "EmbeddingDense": (reuse.EmbeddingDense, {"embedding": nn.Embedding(2, 3)}, {"embedding": ""}),
    "dropout": (
        dropout.dropout,
        {"x": torch.ones(2), "rate": 0.5, "uniform": torch.ones(2)},
        {"rate": "drop rate"},
    ),
    "masks": (dropout.masks, {"units": 3}, {"units": ""}),
    "mask_probabilities": (dropout.mask_probabilities, {"mask": torch.ones(2, 3), "rate": 0.5}, {"rate": ""}),
    "ridge": (dropout.ridge, {"x": torch.eye(3), "y": torch.ones(3), "rate": 0.5}, {"rate": ""}),
    "synchronous_matrix": (onelossgan.plain.synchronous_matrix, {"rate": torch.tensor(0.5)}, {"rate": ""}),
    "alternating_matrix": (onelossgan.plain.alternating_matrix, {"rate": torch.tensor(0.5)}, {"rate": ""}),
    "eigenvalues": (onelossgan.plain.eigenvalues, {"matrix": torch.eye(2)}, {"matrix": ""}),
    "radius": (onelossgan.plain.radius, {"matrix": torch.eye(2)}, {"matrix": ""}),
    "alpha_divergence": (fgan.alpha_divergence, {"alpha": 0.5}, {"alpha": ""}),
}
CASES = [(name, argument) for name, (_, _, tried) in OWN.items() for argument in tried]


# Only numbers are looked into: tensors belong to models that are being traced.
PLAIN = {("dropout", "rate"), ("mask_probabilities", "rate"), ("ridge", "rate")}


@contextlib.contextmanager
def ends() -> Iterator[None]:
    """Nothing may go on for ever."""

    def late(*_: object) -> None:
        raise AssertionError(f"it goes on for more than {LIMIT} seconds of the processor")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def trouble(function: Callable[..., object], arguments: dict[str, object]) -> str | None:
    """What an error says, if there is one of the kinds that are for readers."""
    try:
        with ends():
            function(**arguments)
    except (ValueError, TypeError, OverflowError, wordvec.UnknownWord) as error:
        return str(error)
    return None


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="nothing here interrupts a call")
@pytest.mark.parametrize(("name", "argument"), CASES)
@pytest.mark.filterwarnings("ignore")
def test_strange_arguments_are_right_or_named(name, argument, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kexue_widgets.gillespie.network.MOST_SLOPES", 2000)
    function, right, tried = OWN[name]
    limit = {"limit": 10**5} if "limit" in OWN["simulate"][2] and name.startswith("simulate") else {}
    words = [argument.replace("_", " "), argument, *filter(None, tried[argument].split("|"))]
    for strange in STRANGE:
        if isinstance(strange, torch.Tensor) and (name, argument) in PLAIN:
            continue
        said = trouble(function, right | limit | {argument: strange})
        assert said is None or any(word in said for word in words), f"{name}({argument}={strange!r}): {said}"


NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=3), st.none(), st.booleans())
QUICK_ONES = [
    case
    for case in CASES
    if case[0] not in ("simulate", "simulate until", "simulate events", "ode", "pictures", "finetune")
]


@pytest.mark.filterwarnings("ignore")
@given(
    case=st.sampled_from(QUICK_ONES),
    value=st.one_of(NUMBERS, st.lists(NUMBERS, max_size=3), st.lists(st.lists(NUMBERS))),
)
@settings(max_examples=300, deadline=None)
def test_any_numbers_and_lists_are_right_or_named(case, value):
    name, argument = case
    function, right, tried = OWN[name]
    words = [argument.replace("_", " "), argument, *filter(None, tried[argument].split("|"))]
    said = trouble(function, right | {argument: value})
    assert said is None or any(word in said for word in words), said


def test_a_bound_is_among_what_is_taken():
    assert [number_checks.whole_number("n", each, 1, 3) for each in (1, 3, np.uint8(2))] == [1, 3, 2]
    assert [number_checks.real_number("x", each, 0, 1) for each in (0, 1, np.float32(0.5))] == [0, 1, 0.5]
    for each in (0, 4):
        with pytest.raises(ValueError, match=rf"n must be a whole number in \[1, 3\], got {each}"):
            number_checks.whole_number("n", each, 1, 3)
    with pytest.raises(ValueError, match="n must be a whole number of at least 1, got 0"):
        number_checks.whole_number("n", 0, 1)


@given(st.lists(st.integers(-3, 70), max_size=4))
@settings(max_examples=30, deadline=None)
def test_networks_have_widths_or_are_refused(widths):
    if len(widths) < 2 or min(widths) < 1:
        with pytest.raises(ValueError, match="widths must be two or more whole numbers of at least 1"):
            fgan.mlp(*widths)
    else:
        assert fgan.mlp(*widths)(torch.zeros(3, widths[0])).shape == (3, widths[-1])
