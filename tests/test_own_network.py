"""The explorer of the reader's own network: what it reads, and what it draws, against scipy, closed forms and `simulate`."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import traitlets
from scipy.integrate import solve_ivp
from scipy.special import comb
from scipy.stats import kstest, poisson

from kexue_widgets.gillespie import OwnNetwork, simulate
from kexue_widgets.gillespie.own import EXAMPLES, product, ways
from kexue_widgets.gillespie.typed import parse, unpack
from kexue_widgets.live import Engine, Slider
from kexue_widgets.live.programs import TorchProgram

TABLE = json.loads(Path(__file__).with_name("reactions.json").read_text("utf-8"))
CONTROL = OwnNetwork.network
FRONTEND = Path(__file__).parents[1] / "kexue_widgets" / "frontend"
# What the page makes of texts: names and tensors, or why not.
PAGE = """
import { names, numbers } from "./controls/reactions.js";
let text = "";
for await (const chunk of process.stdin) text += chunk;
const read = (text) => { try { return { names: names({}, text), ...numbers({}, text) } } catch (error) { return error.message } };
console.log(JSON.stringify(JSON.parse(text).map(read)));
"""


def page_reads(texts: list[str]) -> list:
    command = ["node", "--input-type=module", "-e", PAGE]
    return json.loads(
        subprocess.run(command, cwd=FRONTEND, input=json.dumps(texts), capture_output=True, text=True).stdout
    )


def kernel_reads(text: str) -> torch.Tensor | None:
    try:
        return CONTROL.tensor(text)
    except ValueError:
        return None


def test_page_and_kernel_read_the_same_tensors() -> None:
    for text, read in zip(TABLE["accepted"], page_reads(TABLE["accepted"]), strict=True):
        assert isinstance(read, dict), (text, read)
        assert read["names"] == list(CONTROL.names(text)), text
        page = np.array(read["data"], np.float32).reshape(read["shape"])
        np.testing.assert_array_equal(page, CONTROL.tensor(text).numpy(), err_msg=text)


def test_page_and_kernel_refuse_the_same_texts() -> None:
    for text, read in zip(TABLE["refused"], page_reads(TABLE["refused"]), strict=True):
        assert isinstance(read, str), (text, read)
        assert kernel_reads(text) is None, text


def test_page_and_kernel_agree_on_texts_with_slips() -> None:
    """Good texts with letters lost, doubled or put elsewhere: read alike, or refused by both."""
    rng = np.random.default_rng(0)
    letters = sorted({letter for text in TABLE["accepted"] + TABLE["refused"] for letter in text})
    texts = []
    for _ in range(3000):
        text = list(TABLE["accepted"][rng.integers(len(TABLE["accepted"]))])
        for _ in range(rng.integers(1, 4)):
            place = rng.integers(len(text) + 1)
            text[place : place + rng.integers(2)] = [letters[rng.integers(len(letters))]] * rng.integers(3)
        texts.append("".join(text))
    read_by_both = 0
    for text, read in zip(texts, page_reads(texts), strict=True):
        kernel = kernel_reads(text)
        assert (kernel is not None) == isinstance(read, dict), (text, read, kernel)
        if kernel is not None:
            read_by_both += 1
            np.testing.assert_array_equal(np.array(read["data"], np.float32), kernel.numpy().ravel(), err_msg=text)
    assert read_by_both > 500


def test_a_text_that_cannot_be_read_is_refused_in_words_and_changes_nothing() -> None:
    explorer = OwnNetwork()
    before = explorer.network
    with pytest.raises(traitlets.TraitError, match=r"network \(your reactions\) must be reactions such as .* 'A -> B'"):
        explorer.network = "A -> B"
    assert explorer.network == before


def test_a_text_has_at_most_2000_letters() -> None:
    longest = "A -> B @ 1 # ".ljust(2000, "x")
    explorer = OwnNetwork(network=longest)
    for wrong in (longest + "x", b"A -> B @ 1", None):
        with pytest.raises(traitlets.TraitError, match="in at most 2000 letters"):
            explorer.network = wrong
    assert explorer.network == longest


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES)
def test_propensities_count_combinations(text: str) -> None:
    # The package's convention, with scipy's binomial coefficients.
    network, *_ = parse(text)
    reactants, changes, rates, *_ = unpack(CONTROL.tensor(text))
    counts = np.zeros((50, 6))
    counts[:, : len(network.species)] = np.random.default_rng(1).integers(0, 30, (50, len(network.species)))
    found = product(ways(reactants, torch.tensor(counts, dtype=torch.float32), falling=1.0), rates)
    expected = network.rates * comb(counts[:, None, : len(network.species)], network.reactants).prod(2)
    np.testing.assert_allclose(found[:, : len(network.rates)], expected, rtol=1e-6)
    assert not found[:, len(network.rates) :].any()
    np.testing.assert_array_equal(changes[: len(network.rates), : len(network.species)], network.stoichiometry)


class Many(OwnNetwork):
    """With so many trajectories that their means say something."""

    most = 400
    number = Slider(400, 1, 400, step=1)


def run(text: str, steps: int) -> dict[str, np.ndarray]:
    explorer = Many(network=text)
    engine = Engine(TorchProgram(explorer.functions, explorer.controls))
    return engine.advance(steps, explorer.values, 0).arrays


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES)
def test_the_equation_is_what_scipy_solves(text: str) -> None:
    network, start, time = parse(text)
    arrays = run(text, 150)
    assert arrays["ode_time"].max() == np.float32(time)
    factorials = np.array([[1, 1, 2, 6, 24][order] for order in network.reactants.ravel()]).reshape(
        network.reactants.shape
    )

    def slope(_: float, x: np.ndarray) -> np.ndarray:
        return (network.rates * (x**network.reactants / factorials).prod(1)) @ network.stoichiometry

    times = arrays["ode_time"][0].astype(float)
    expected = solve_ivp(slope, (0, times[-1]), start, "LSODA", t_eval=times, rtol=1e-9, atol=1e-9).y
    np.testing.assert_allclose(arrays["ode"][: len(start)], expected, rtol=2e-3, atol=2e-3 * expected.max())


def test_birth_and_death_ends_in_a_poisson_distribution() -> None:
    ends = run("0 -> X @ 10\nX -> 0 @ 1\ntime = 10", 400)["count_0"][:, -1]
    mean = 10 * (1 - np.exp(-10))
    assert abs(ends.mean() - mean) < 4 * (mean / len(ends)) ** 0.5
    assert abs(ends.var() / mean - 1) < 4 * (2 / len(ends)) ** 0.5
    assert abs(np.mean(ends <= 8) - poisson.cdf(8, mean)) < 4 * (0.25 / len(ends)) ** 0.5


def test_linear_networks_follow_the_equation_on_average() -> None:
    # A -> B -> C with 60 of A: each molecule on its own, so that the mean is scipy's solution and the variance binomial.
    text = "A -> B @ 1\nB -> C @ 0.5\nA = 60\ntime = 3"
    arrays = run(text, 200)
    together = np.stack([arrays[f"count_{index}"] for index in range(3)], axis=1)
    times = np.linspace(0, 3, 161)
    rates = np.array([[-1, 0, 0], [1, -0.5, 0], [0, 0.5, 0]])
    mean = solve_ivp(lambda _, x: rates @ x, (0, 3), [60, 0, 0], t_eval=times, rtol=1e-8, atol=1e-8).y
    deviation = np.sqrt((mean * (1 - mean / 60)).clip(0) / len(together))
    assert (abs(together.mean(0) - mean) <= 4.5 * deviation + 0.02).all()


def test_epidemics_end_as_those_of_the_package() -> None:
    text = EXAMPLES["epidemic (SIR)"]
    network, start, time = parse(text)
    ends = run(text, 420)["count_0"][:, -1]
    other = simulate(network, start, times=[time], n=4000, seed=1).counts[:, 0, 0]
    assert kstest(ends, other).pvalue > 1e-3


def test_where_nothing_can_react_all_stays_to_the_end() -> None:
    arrays = run("2 A -> 0 @ 1\nA = 3\ntime = 4", 3)
    assert (arrays["count_0"][:, -1] == 1).all()
    assert (arrays["time"].max(1) == 4).all()


def test_marks_are_called_what_the_reader_calls_them() -> None:
    explorer = OwnNetwork(network="prey -> 2 prey @ 1\nprey -> fox @ 1\nprey = 3")
    (axes,) = explorer.figure().axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["prey", "fox", "deterministic"]
    assert explorer.manifest()["controls"][1]["called"] == ["prey", "fox"]


def test_the_equation_stops_at_an_explosion_and_does_not_go_on_behind_it() -> None:
    # x' = 0.01 x^2 from 100 is 100 / (1 - t).
    arrays = run("2 A -> 3 A @ 0.02\nA = 100\ntime = 10", 150)
    times, amounts = arrays["ode_time"][0], arrays["ode"][0]
    assert times.max() == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(amounts[:14], 100 / (1 - times[:14]), rtol=1e-2)
