"""What a simulation leaves behind: `Samples` at chosen times, or `Paths` with every event."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .network import ReactionNetwork, grid

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.axes import Axes

FAINTEST = 0.15
MOST_BARS = 2**26


@dataclass(frozen=True, eq=False)
class Samples:
    """Counts of n trajectories at T times.

    Attributes:
        network: the reactions that were simulated.
        times: the times (T,).
        counts: whole numbers (n, T, S).
        events: how many reactions each trajectory has had (n,).
    """

    network: ReactionNetwork
    times: np.ndarray
    counts: np.ndarray
    events: np.ndarray

    def to_numpy(self) -> np.ndarray:
        """The counts (n, T, S)."""
        return self.counts

    def to_xarray(self) -> xarray.DataArray:
        """The counts with dimensions trajectory, time and species."""
        import xarray

        n, _, _ = self.counts.shape
        coordinates = {"trajectory": np.arange(n), "time": self.times, "species": list(self.network.species)}
        return xarray.DataArray(self.counts, coordinates, name="counts")

    def to_pandas(self) -> pandas.DataFrame:
        """A column for each species, a row for each trajectory and time."""
        import pandas

        n, points, species = self.counts.shape
        index = pandas.MultiIndex.from_product([np.arange(n), self.times], names=["trajectory", "time"])
        return pandas.DataFrame(self.counts.reshape(n * points, species), index, list(self.network.species))

    def plot(self, *species: str, ax: Axes | None = None) -> Axes:
        """The counts of these species, of all if none is named, as steps over time."""
        each = [(self.times, path) for path in self.counts]
        return _plot(self.network, each, species, ax)

    def __repr__(self) -> str:
        n, points, _ = self.counts.shape
        return f"Samples(n={n}, times={points}, species={self.network.species})"


@dataclass(frozen=True, eq=False)
class Paths:
    """Every event of n trajectories, one trajectory after another.

    Attributes:
        network: the reactions that were simulated.
        times: 0 and the time of each event, of all trajectories (N,).
        counts: the initial counts and those after each event (N, S).
        first: where each trajectory begins among the N rows, and N itself (n + 1,).
        ends: the time up to which each trajectory was followed (n,).
    """

    network: ReactionNetwork
    times: np.ndarray
    counts: np.ndarray
    first: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, index: int) -> Paths:
        """One trajectory."""
        index = range(len(self))[operator.index(index)]
        rows = slice(self.first[index], self.first[index + 1])
        length = np.array([0, rows.stop - rows.start])
        return Paths(self.network, self.times[rows], self.counts[rows], length, self.ends[index : index + 1])

    def __iter__(self) -> Iterator[Paths]:
        return (self[index] for index in range(len(self)))

    @property
    def events(self) -> np.ndarray:
        """How many reactions each trajectory has had (n,)."""
        return np.diff(self.first) - 1

    @property
    def durations(self) -> np.ndarray:
        """How long each of the N states lasted, the last one of a trajectory up to its end (N,)."""
        until = np.append(self.times[1:], 0.0)
        until[self.first[1:] - 1] = self.ends
        return until - self.times

    def at(self, times: np.ndarray) -> Samples:
        """The counts at these times (T,), none of them later than where the trajectories end."""
        times = grid(times)
        if times[-1] > self.ends.min():
            raise ValueError(f"times must not exceed {self.ends.min():g}, where a trajectory ends, got {times[-1]:g}")
        counts = [path.counts[np.searchsorted(path.times, times, side="right") - 1] for path in self]
        events = [np.searchsorted(path.times, times[-1], side="right") - 1 for path in self]
        return Samples(self.network, times, np.stack(counts), np.array(events))

    def time_average(self) -> np.ndarray:
        """Mean counts (S,), each state weighted with how long it lasted: an estimate of the stationary mean."""
        return self._lasting() @ self.counts

    def event_average(self) -> np.ndarray:
        """Mean counts (S,), each state counted once however long it lasted: biased towards states that are soon left.

        It estimates sum_n pi(n) a_0(n) n / <a_0>, with a_0 the total propensity; the article's histogram counts so.
        """
        return self.counts.mean(0)

    def time_histogram(self, species: str) -> np.ndarray:
        """The share of time spent at each count 0, 1, 2, ... of a species; adds up to 1."""
        return self._histogram(species, self._lasting())

    def event_histogram(self, species: str) -> np.ndarray:
        """The share of recorded states with each count 0, 1, 2, ... of a species; adds up to 1."""
        return self._histogram(species, np.full(len(self.times), 1 / len(self.times)))

    def to_numpy(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Times and counts of each trajectory."""
        return [(path.times, path.counts) for path in self]

    def to_pandas(self) -> pandas.DataFrame:
        """A column for each species, a row for each trajectory and event."""
        import pandas

        index = pandas.MultiIndex.from_arrays([self._trajectory(), self.times], names=["trajectory", "time"])
        return pandas.DataFrame(self.counts, index, list(self.network.species))

    def to_xarray(self) -> xarray.DataArray:
        """The counts with dimensions event and species; each event knows its trajectory and time."""
        import xarray

        coordinates = {
            "trajectory": ("event", self._trajectory()),
            "time": ("event", self.times),
            "species": list(self.network.species),
        }
        return xarray.DataArray(self.counts, coordinates, dims=("event", "species"), name="counts")

    def plot(self, *species: str, ax: Axes | None = None) -> Axes:
        """The counts of these species, of all if none is named, as steps over time."""
        each = [(np.append(path.times, path.ends), np.concatenate([path.counts, path.counts[-1:]])) for path in self]
        return _plot(self.network, each, species, ax)

    def _trajectory(self) -> np.ndarray:
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    def _histogram(self, species: str, weights: np.ndarray) -> np.ndarray:
        largest = self.counts[:, _column(self.network, species)].max()
        if largest > MOST_BARS:
            raise ValueError(f"counts of {species} reach {largest}, a histogram has at most {MOST_BARS} bars")
        return np.bincount(self.counts[:, _column(self.network, species)], weights)

    def _lasting(self) -> np.ndarray:
        """The share of the whole time that each state lasted (N,)."""
        durations = self.durations
        if not durations.sum() > 0:
            raise ValueError("paths that last no time have no average over time")
        return durations / durations.sum()

    def __repr__(self) -> str:
        return f"Paths(n={len(self)}, events={self.events.sum()}, species={self.network.species})"


def _column(network: ReactionNetwork, species: str) -> int:
    if not isinstance(species, str) or species not in network.species:
        raise ValueError(f"unknown species {species!r} (species: {', '.join(network.species)})")
    return network.species.index(species)


def _plot(
    network: ReactionNetwork, paths: list[tuple[np.ndarray, np.ndarray]], species: tuple[str, ...], ax: Axes | None
) -> Axes:
    """Steps, a colour for each species, fainter the more trajectories there are."""
    import matplotlib.pyplot as plt

    ax = plt.gca() if ax is None else ax
    for color, name in enumerate(species or network.species):
        column = _column(network, name)
        for index, (times, counts) in enumerate(paths):
            ax.step(
                times,
                counts[:, column],
                where="post",
                color=f"C{color}",
                alpha=max(FAINTEST, len(paths) ** -0.5),
                linewidth=1,
                label=None if index else name,
            )
    ax.set_xlabel("t")
    ax.legend(frameon=False)
    return ax
