"""What simulations leave behind, on two trajectories written down by hand: weights, tables, and how they are drawn."""

import dataclasses
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from kexue_widgets.gillespie import Paths, ReactionNetwork, Samples

NETWORK = ReactionNetwork.from_text("∅ -> m @ 20 \n m -> m + n @ 2.5 \n m -> ∅ @ 1 \n n -> ∅ @ 1")

# (m, n) is (2, 5) for 1, (1, 5) for 3 and (1, 6) for 6 units of time; on the other trajectory (3, 4) for 2, (3, 3) for 3
PATHS = Paths(
    NETWORK,
    np.array([0.0, 1, 4, 0, 2]),
    np.array([[2, 5], [1, 5], [1, 6], [3, 4], [3, 3]]),
    np.array([0, 3, 5]),
    np.array([10.0, 5]),
)
SAMPLES = Samples(NETWORK, np.array([0.0, 2.5]), np.array([[[2, 5], [1, 5]], [[3, 4], [3, 3]]]), np.array([1, 1]))


@pytest.fixture
def axes() -> Iterator[Axes]:
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def test_each_trajectory_is_cut_out_with_its_end() -> None:
    one, other = PATHS
    assert (one.times.tolist(), other.times.tolist()) == ([0, 1, 4], [0, 2])
    assert (one.counts.tolist(), other.counts.tolist()) == ([[2, 5], [1, 5], [1, 6]], [[3, 4], [3, 3]])
    assert (one.first.tolist(), other.first.tolist()) == ([0, 3], [0, 2])
    assert (one.ends.tolist(), other.ends.tolist()) == ([10], [5])
    assert (one.events.tolist(), other.events.tolist()) == ([2], [1])
    assert PATHS.events.tolist() == [2, 1]
    assert one.network is other.network is NETWORK
    assert PATHS[-2].times.tolist() == one.times.tolist()
    for index in (2, -3):
        with pytest.raises(IndexError):
            _ = PATHS[index]


def test_each_species_has_its_average_and_its_histogram() -> None:
    # 15 units of time and 5 states in all
    assert PATHS.durations.tolist() == [1, 3, 6, 2, 3]
    assert PATHS.time_average().tolist() == pytest.approx([(2 + 9 + 15) / 15, (20 + 36 + 8 + 9) / 15])
    assert PATHS.event_average().tolist() == pytest.approx([10 / 5, 23 / 5])
    assert PATHS.time_histogram("m").tolist() == pytest.approx([0, 9 / 15, 1 / 15, 5 / 15])
    assert PATHS.time_histogram("n").tolist() == pytest.approx([0, 0, 0, 3 / 15, 2 / 15, 4 / 15, 6 / 15])
    assert PATHS.event_histogram("m").tolist() == pytest.approx([0, 2 / 5, 1 / 5, 2 / 5])
    assert PATHS.event_histogram("n").tolist() == pytest.approx([0, 0, 0, 1 / 5, 1 / 5, 2 / 5, 1 / 5])
    with pytest.raises(ValueError, match=r"unknown species 'x' \(species: m, n\)"):
        PATHS.time_histogram("x")


def test_a_path_may_last_as_short_a_time_as_it_likes() -> None:
    short = Paths(NETWORK, np.array([0, 1e-9]), np.array([[2, 5], [1, 5]]), np.array([0, 2]), np.array([4e-9]))
    assert short.time_average().tolist() == pytest.approx([(2 + 3) / 4, 5])


def test_paths_are_read_up_to_the_first_end_included() -> None:
    samples = PATHS.at([2, 5])
    assert samples.network is NETWORK
    assert samples.times.tolist() == [2, 5]
    assert samples.counts.tolist() == [[[1, 5], [1, 6]], [[3, 3], [3, 3]]]
    assert samples.events.tolist() == [2, 1]
    assert PATHS.at([1.5]).events.tolist() == [1, 0]
    assert PATHS.at([2]).events.tolist() == [1, 1]  # an event has happened at its own time
    with pytest.raises(ValueError, match=r"times must not exceed 5, where a trajectory ends, got 5\.1"):
        PATHS.at([5.1])


def test_tables_name_what_is_in_them() -> None:
    labelled, frame = PATHS.to_xarray(), PATHS.to_pandas()
    assert labelled.name == SAMPLES.to_xarray().name == "counts"
    assert labelled.dims == ("event", "species")
    assert labelled.species.values.tolist() == frame.columns.tolist() == ["m", "n"]
    assert labelled.values.tolist() == frame.to_numpy().tolist() == PATHS.counts.tolist()
    assert labelled.trajectory.values.tolist() == [0, 0, 0, 1, 1]
    assert labelled.time.values.tolist() == [0, 1, 4, 0, 2]
    assert frame.index.tolist() == [(0, 0), (0, 1), (0, 4), (1, 0), (1, 2)]
    sampled = SAMPLES.to_xarray()
    assert sampled.trajectory.values.tolist() == [0, 1]
    assert sampled.dims == ("trajectory", "time", "species")
    assert SAMPLES.to_pandas().index.tolist() == [(0, 0), (0, 2.5), (1, 0), (1, 2.5)]
    assert SAMPLES.to_pandas()["n"].tolist() == [5, 5, 4, 3]
    assert SAMPLES.to_numpy().tolist() == SAMPLES.counts.tolist()


@pytest.mark.parametrize("result", [PATHS, SAMPLES, NETWORK], ids=["paths", "samples", "network"])
def test_what_holds_arrays_is_equal_to_itself_alone(result: Paths | Samples | ReactionNetwork) -> None:
    # Comparing arrays would have no single answer.
    assert result == result
    assert result != dataclasses.replace(result)
    assert {result: 1}[result] == 1


@pytest.mark.parametrize("result", [PATHS, SAMPLES], ids=["paths", "samples"])
def test_results_cannot_be_exchanged_by_accident(result: Paths | Samples) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.counts = result.counts + 1


def test_results_print_how_much_they_hold() -> None:
    assert repr(PATHS) == "Paths(n=2, events=3, species=('m', 'n'))"
    assert repr(SAMPLES) == "Samples(n=2, times=2, species=('m', 'n'))"


@pytest.mark.parametrize("result", [PATHS, SAMPLES], ids=["paths", "samples"])
def test_each_species_has_one_colour_and_one_label(result: Paths | Samples, axes: Axes) -> None:
    result.plot(ax=axes)
    assert [line.get_color() for line in axes.lines] == ["C0", "C0", "C1", "C1"]
    assert [line.get_linewidth() for line in axes.lines] == [1] * 4
    assert {line.get_drawstyle() for line in axes.lines} == {"steps-post"}
    legend = axes.get_legend()
    assert not legend.get_frame_on()
    assert [text.get_text() for text in legend.get_texts()] == ["m", "n"]
    assert [to_rgba(line.get_color()) for line in legend.get_lines()] == [to_rgba("C0"), to_rgba("C1")]
    assert [line.get_ydata()[0] for line in axes.lines] == [2, 3, 5, 4]


@pytest.mark.parametrize(("n", "opacity"), [(1, 1), (4, 1 / 2), (9, 1 / 3), (10_000, 0.15)])
def test_lines_are_fainter_the_more_there_are_but_never_vanish(n: int, opacity: float, axes: Axes) -> None:
    # 1 / sqrt(n), 0.15 at least
    counts = np.zeros((n, 1, 2), int)
    lines: list[float] = []
    axes.step = lambda *_, alpha, **__: lines.append(alpha)  # drawing as many takes seconds
    axes.legend = lambda **_: None
    Samples(NETWORK, np.zeros(1), counts, np.zeros(n)).plot("m", ax=axes)
    assert lines == pytest.approx([opacity] * n)
