"""Reaction networks with mass-action kinetics: how they are written down, and what follows from them without chance."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas
    from scipy.sparse import csr_array

HIGHEST_ORDER = 12  # molecules of one species on a left-hand side; 12! is exact in every number format used here
LARGEST_COUNT = 2**53 - 1  # counts are held in float64 while a simulation runs, exact up to here

Counts = Mapping[str, int] | Sequence[int] | np.ndarray

MOST_STATES = 2**24  # of a master equation
MOST_SLOPES = 100_000  # evaluations of a differential equation's right-hand side
NAME = re.compile(r"[^\W\d]\w*")  # as Python's, with subscripts: β₁
TERM = re.compile(rf"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)?\s*[*·×]?\s*(?P<name>{NAME.pattern})")
SIGNS = {  # ＋, ＠, ， and the like, as Chinese keyboards have them
    code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if not re.match(r"\w", chr(code))
}
NOTHING = {"", "0", "∅", "Ø", "ø", "⌀"}
NO_SPECIES = {"null", "none", "nil", "nothing", "emptyset", "empty_set", "φ", "ϕ"}  # which mean nothing as well
LEADING_ZERO = re.compile(r"[-+]?0\d")  # 1,000 would be two rates
RESERVED = {"time", "trajectory"}  # what the tables of a simulation's results call their rows
ONE_WAY, BOTH_WAYS = ("->", "-->", "→", "⟶", "=>", "⇒"), ("<->", "<-->", "<=>", "⇌", "⇄", "⇋", "↔", "⟷")
ARROW = re.compile("|".join(map(re.escape, (*ONE_WAY, *BOTH_WAYS))))  # none begins with another


@dataclass(frozen=True, eq=False)
class ReactionNetwork:
    """Species and the reactions among them.

    Reaction r turns `reactants[r]` into `products[r]` with the propensity a_r(n) = c_r prod_i C(n_i, s_ri): the
    stochastic rate constant times the number of ways to choose the reactants (Gillespie 1977).

    Args:
        species: S names.
        reactants: how many molecules of each species a reaction uses up, whole numbers (R, S); the columns of a pandas
            DataFrame are species by their names.
        products: how many it leaves behind, whole numbers (R, S).
        rates: stochastic rate constants c (R,), per unit of time, not negative.

    Raises:
        ValueError: an argument that is none of this; the text names it and says what is accepted.
    """

    species: tuple[str, ...]
    reactants: np.ndarray
    products: np.ndarray
    rates: np.ndarray

    def __post_init__(self) -> None:
        names = _names(self.species)
        for name in names:
            if name in RESERVED:
                raise ValueError(f"species must not be called {name!r}, which names a column of the results' tables")
        if not names or len(set(names)) < len(names):
            raise ValueError(f"species must be different names, at least one, got {', '.join(names) or 'none'}")
        if len({unicodedata.normalize("NFKC", name) for name in names}) < len(names):
            raise ValueError(
                f"species must be names that are told apart by more than their looks, got {', '.join(names)}"
            )
        rates = _numbers(self.rates, "rates")
        if rates.ndim != 1 or not len(rates):
            raise ValueError(f"rates must be one number per reaction, got shape {rates.shape}")
        if not (np.isfinite(rates).all() and (rates >= 0).all()):
            wrong = rates[~(np.isfinite(rates) & (rates >= 0))][0]
            raise ValueError(f"rates must be finite and not negative, got {wrong:g}")
        sides = [
            _side_of(each, name, names) for name, each in (("reactants", self.reactants), ("products", self.products))
        ]
        shape = (len(rows) if (rows := _array(sides[0], "reactants")).ndim else 0, len(names))
        if len(rates) != shape[0]:
            raise ValueError(f"rates must be one number for each of {shape[0]} reactions, got {len(rates)}")
        reactants = _whole(sides[0], "reactants", shape, HIGHEST_ORDER)
        products = _whole(sides[1], "products", shape, LARGEST_COUNT)
        for field, value in zip(
            ("species", "reactants", "products", "rates"), (names, reactants, products, rates), strict=True
        ):
            if isinstance(value, np.ndarray):
                value = value.copy()
                value.setflags(write=False)
            object.__setattr__(self, field, value)

    @classmethod
    def from_text(
        cls, text: str, species: Sequence[str] | None = None, rates: Mapping[str, float] | None = None
    ) -> ReactionNetwork:
        """The network written as one reaction a line, such as `m -> m + n @ 2.5`; `2 A` is two molecules of A.

        Nothing at all is an empty side, 0 or ∅; what follows a # is a remark. Arrows may be → and the like, and signs
        full-width ones. A line with <-> or ⇌ is two reactions, and has the rates of both after @: `A + B <-> C @ 0.1, 2`.

        Args:
            text: the reactions, each with its stochastic rate constant after @, as a number or by a name.
            species: names in the order wanted, all that occur among them; in order of appearance if not given.
            rates: the numbers that names of rate constants stand for.

        Raises:
            ValueError: a line that cannot be read; the text shows it.
        """
        if not isinstance(text, str):
            raise ValueError(f"text must be reactions such as 'm -> m + n @ 2.5', got {text!r}")
        if rates is not None and not (isinstance(rates, Mapping) and all(isinstance(name, str) for name in rates)):
            raise ValueError(f"rates must be numbers by their names, such as {{'k': 1.5}}, got {rates!r}")
        named = dict(rates or {})
        lines = [line.split("#")[0].strip() for line in text.translate(SIGNS).splitlines()]
        parsed = [reaction for line in lines if line for reaction in _reactions(line, named)]
        if unused := named.keys() - {name for line in lines for name in NAME.findall(line.partition("@")[2])}:
            raise ValueError(f"rates must be of names in the text, {', '.join(sorted(map(str, unused)))} is in none")
        if not parsed:
            raise ValueError("text must hold at least one reaction, such as 'm -> m + n @ 2.5'")
        found = dict.fromkeys(name for left, right, _ in parsed for name in (*left, *right))
        names = tuple(found) if species is None else _names(species)
        for name in found:
            if name not in names:
                raise ValueError(f"unknown species {name!r} (species: {', '.join(names)})")
        sides = np.array([[[side.get(name, 0) for name in names] for side in each[:2]] for each in parsed], dtype=float)
        return cls(names, sides[:, 0], sides[:, 1], np.array([rate for *_, rate in parsed]))

    @property
    def stoichiometry(self) -> np.ndarray:
        """What each reaction adds to each count: products - reactants, (R, S)."""
        return self.products - self.reactants

    def with_rates(self, rates: Any) -> ReactionNetwork:
        """The same reactions at other rates (R,)."""
        return ReactionNetwork(self.species, self.reactants, self.products, rates)

    def counts(self, x: Counts) -> np.ndarray:
        """A state as whole numbers (S,), given as {species: count}, where what is left out is 0, or as S numbers.

        A pandas Series or an xarray DataArray with labels is read by its labels, wherever each of them stands.

        Raises:
            ValueError: an unknown species, a wrong length, or a count that is negative, fractional or above 2^53 - 1.
        """
        return _whole(by_species(x, self.species), "counts", (len(self.species),), LARGEST_COUNT)

    def propensities(self, x: Any) -> np.ndarray:
        """a_r(n) = c_r prod_i C(n_i, s_ri), (..., R), for counts n (..., S); those with labels are read by them.

        Raises:
            ValueError: a last axis of another length, or counts that are negative, fractional or above 2^53 - 1.
        """
        x = _array(by_species(x, self.species), "counts")
        x = _whole(x, "counts", (*x.shape[:-1], len(self.species)), LARGEST_COUNT)
        rates = np.broadcast_to(self.rates, (*x.shape[:-1], len(self.rates))).copy()
        for reaction, species in np.argwhere(self.reactants):
            for k in range(self.reactants[reaction, species]):
                rates[..., reaction] *= np.maximum(x[..., species] - k, 0) / (k + 1)
        return rates

    def ode(self, x0: Counts, times: Any) -> np.ndarray:
        """The deterministic limit of large counts: dx/dt = sum_r nu_r c_r prod_i x_i^s_ri / s_ri!, solved by BDF.

        Args:
            x0: the state at time 0.
            times: T increasing times.

        Returns:
            Real-valued amounts (T, S).

        Raises:
            ValueError: the amounts explode, or change so fast that they cannot be followed up to the last time.
        """
        from scipy.integrate import solve_ivp

        times = grid(times)
        left = itertools.count(MOST_SLOPES, -1)
        scaled = self.rates / np.array([math.prod(map(math.factorial, row)) for row in self.reactants.tolist()])

        def slope(time: float, x: np.ndarray) -> np.ndarray:
            if not next(left):
                raise ValueError(f"after {MOST_SLOPES} steps it is at t = {time:g}")
            return (scaled * np.power(x, self.reactants).prod(1)) @ self.stoichiometry

        start = self.counts(x0).astype(float)
        if times[-1] == 0:
            return start[None]
        with np.errstate(over="ignore", invalid="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # amounts that explode end in the error below
            try:
                solved = solve_ivp(slope, (0, times[-1]), start, method="BDF", t_eval=times, rtol=1e-8, atol=1e-8)
                trouble = "" if np.isfinite(solved.y).all() and solved.success else solved.message
            except ValueError as error:  # the one above, or what linear algebra says of numbers that are not finite
                trouble = str(error)
        if trouble:
            raise ValueError(f"the differential equation has no solution up to t = {times[-1]:g}: {trouble}")
        return solved.y.T

    def stationary_moments(self, x0: Counts | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Mean (S,) and covariance (S, S) of the stationary distribution, from the moment equations.

        With propensities a(n) = A n + b they close: N^T (A <n> + b) = 0 for the mean, and with J = N^T A and
        D = N^T diag(<a>) N the covariance solves J C + C J^T + D = 0 (van Kampen, Stochastic Processes, chapter VIII).
        What the reactions conserve, such as A + B where A <-> B, stays as it began: the equations are solved in the
        directions in which they move the counts.

        Args:
            x0: the counts at the beginning, which a network that conserves something needs.

        Raises:
            ValueError: a reaction of second or higher order, a network without a unique stable mean, or no x0 where it is
                needed.
        """
        from scipy.linalg import orth, solve_continuous_lyapunov

        if self.reactants.sum(1).max() > 1:
            raise ValueError("the moment equations close only if no reaction has more than one reactant molecule")
        change = self.stoichiometry.T[:, self.rates > 0].astype(float)
        moving = orth(change)  # (S, K)
        if moving.shape[1] < len(self.species) and x0 is None:
            raise ValueError("x0 is needed: the reactions conserve something, so the means depend on how they began")
        start = np.zeros(len(self.species)) if x0 is None else self.counts(x0).astype(float)
        constant = np.where(self.reactants.sum(1) == 0, self.rates, 0.0)[self.rates > 0]
        slope = (self.rates[:, None] * self.reactants)[self.rates > 0]
        jacobian = moving.T @ change @ slope @ moving
        if len(jacobian) and np.linalg.eigvals(jacobian).real.max() >= -1e-12 * max(1.0, abs(jacobian).max()):
            raise ValueError(
                "the means do not settle, or depend on chance: some species is never used up, or grows without bound"
            )
        mean = start + moving @ np.linalg.solve(jacobian, -moving.T @ change @ (constant + slope @ start))
        noise = change @ np.diag(slope @ mean + constant) @ change.T
        if not len(jacobian):
            return mean, np.zeros((len(mean), len(mean)))
        return mean, moving @ solve_continuous_lyapunov(jacobian, -moving.T @ noise @ moving) @ moving.T

    def master_equation(self, limits: Counts) -> csr_array:
        """The matrix Q of the master equation dp/dt = Q p on all states with n_i <= limits_i.

        States are numbered as `np.ravel_multi_index` does. What leaves this box is lost, so that 1 - sum(p) bounds the
        error of the truncation (Munsky & Khammash 2006).

        Returns:
            A sparse matrix (K, K), K = prod_i (limits_i + 1), for `scipy.linalg.expm` or `expm_multiply`.

        Raises:
            ValueError: limits that are no counts, or leave more than 2^24 states.
        """
        from scipy.sparse import coo_array

        shape = tuple(int(limit) + 1 for limit in self.counts(limits))
        size = math.prod(shape)
        if size > MOST_STATES:
            raise ValueError(
                f"limits must leave at most {MOST_STATES} states, {' x '.join(map(str, shape))} are {size:.3g}"
            )
        states = np.stack(np.unravel_index(np.arange(size), shape), axis=1)
        rates = self.propensities(states)
        rows, columns, values = [np.arange(size)], [np.arange(size)], [-rates.sum(1)]
        for change, rate in zip(self.stoichiometry, rates.T, strict=True):
            target = states + change
            inside = ((target >= 0) & (target < shape)).all(1) & (rate > 0)
            rows.append(np.ravel_multi_index(tuple(target[inside].T), shape))
            columns.append(np.flatnonzero(inside))
            values.append(rate[inside])
        parts = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return coo_array(parts, shape=(size, size)).tocsr()

    def to_pandas(self) -> pandas.DataFrame:
        """The reactions as a table: the rate constant c and the propensity a(n) of each."""
        import pandas

        columns = {"c": self.rates, "a(n)": [self._propensity_text(index) for index in range(len(self.rates))]}
        return pandas.DataFrame(columns, index=[self._reaction_text(index) for index in range(len(self.rates))])

    def _reaction_text(self, index: int) -> str:
        def side(row: np.ndarray) -> str:
            terms = [f"{k} {name}" if k > 1 else name for k, name in zip(row, self.species, strict=True) if k]
            return " + ".join(terms) or "∅"

        return f"{side(self.reactants[index])} -> {side(self.products[index])}"

    def _propensity_text(self, index: int) -> str:
        factors = [_shortest(self.rates[index])]
        for name, order in zip(self.species, self.reactants[index], strict=True):
            if order:
                factors += [name, *(f"({name} - {k})" for k in range(1, order))]
        text = " ".join(factors)
        divisor = math.prod(math.factorial(order) for order in self.reactants[index])
        return f"{text} / {divisor}" if divisor > 1 else text

    def _repr_html_(self) -> str:
        return self.to_pandas().to_html()

    def __str__(self) -> str:
        return "\n".join(f"{self._reaction_text(index)} @ {_shortest(rate)}" for index, rate in enumerate(self.rates))

    def __repr__(self) -> str:
        return f"ReactionNetwork({len(self.species)} species: {', '.join(self.species)}; {len(self.rates)} reactions)"


def _shortest(rate: float) -> str:
    """As few digits as give the number back."""
    return f"{rate:g}" if float(f"{rate:g}") == rate else repr(float(rate))


def grid(times: Any) -> np.ndarray:
    """Times as float64 (T,); a ValueError unless they increase and none is negative or infinite."""
    try:
        given = np.atleast_1d(_array(times, "times"))
        array = given.astype(float) if given.dtype.kind in "iuf" else np.empty(0)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all() or array[0] < 0 or (np.diff(array) <= 0).any():
        raise ValueError(f"times must be numbers, finite, increasing and not negative, got {times!r}")
    return array


def _whole(values: Any, name: str, shape: tuple[int, ...], largest: int) -> np.ndarray:
    """`values` as int64 of that shape, or a ValueError in words."""
    array = _array(values, name)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be whole numbers, got {values!r}")
    if array.dtype.kind == "f":
        array = array.astype(np.promote_types(array.dtype, float))  # narrower ones would round `largest`
    wrong = ~((array >= 0) & (array <= largest) & (array == np.floor(array)))
    if wrong.any():
        raise ValueError(f"{name} must be whole numbers from 0 to {largest}, got {array[wrong][0]:g}")
    return array.astype(np.int64)


def by_species(x: Any, species: tuple[str, ...]) -> Any:
    """Numbers (..., S) in the order of the species, where labels say which they are; else x as it is.

    Args:
        x: a mapping, where what is left out is 0; what pandas or xarray have, with the species' names as labels along one
            axis; or numbers without labels.
        species: S names.

    Raises:
        ValueError: labels of other species, twice the same, or not all of them in pandas' and xarray's tables.
    """
    if isinstance(x, Mapping) and not hasattr(x, "dims"):
        _known(list(x), species)
        return [x.get(name, 0) for name in species]
    if hasattr(x, "dims") and hasattr(x, "indexes"):  # xarray
        if isinstance(x, Mapping):
            raise ValueError("counts must be one array, got an xarray Dataset")
        axes = [name for name, index in x.indexes.items() if name in x.dims and index.dtype.kind in "OUT"]
        if not axes:
            return x.values
        if len(axes) > 1:
            raise ValueError(f"counts must have names along one axis, got {', '.join(map(str, axes))}")
        _known(list(x.indexes[axes[0]]), species, all_of_them=True)
        return x.sel({axes[0]: list(species)}).transpose(..., axes[0]).values
    labels = getattr(x, "columns", getattr(x, "index", None))
    if labels is None or callable(labels):
        return x
    if list(labels) == list(range(len(labels))):  # pandas' own numbering
        return x.to_numpy()
    _known(list(labels), species, all_of_them=hasattr(x, "columns"))
    if hasattr(x, "columns"):
        return x[list(species)].to_numpy()
    return x.reindex(list(species), fill_value=0).to_numpy()


def _side_of(values: Any, name: str, species: tuple[str, ...]) -> Any:
    """Reactants or products with their columns in the order of the species, if they have names."""
    try:
        return by_species(values, species) if hasattr(values, "columns") else values
    except ValueError as error:
        raise ValueError(f"{name} must have a column for each species: {error}") from None


def _known(labels: list[Any], species: tuple[str, ...], all_of_them: bool = False) -> None:
    for name in labels:
        if name not in species:
            raise ValueError(f"unknown species {name!r} (species: {', '.join(species)})")
        if labels.count(name) > 1:
            raise ValueError(f"counts must have each species once, got {name!r} twice")
    if all_of_them and (missing := [name for name in species if name not in labels]):
        raise ValueError(f"counts must have all species, {', '.join(missing)} is missing")


def _names(species: Any) -> tuple[str, ...]:
    if isinstance(species, str) or not isinstance(species, Sequence | np.ndarray):
        raise ValueError(f"species must be a list of names such as ['m', 'DNA'], got {species!r}")
    for name in species:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValueError(f"species must be names such as 'm' or 'DNA', got {name!r}")
    return tuple(map(str, species))


def _array(values: Any, name: str) -> np.ndarray:
    if np.ma.is_masked(values):
        raise ValueError(f"{name} must be an array without masked numbers, got {values!r}")
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError):  # rows of different lengths
        raise ValueError(f"{name} must be an array, got {values!r}") from None


def _numbers(values: Any, name: str) -> np.ndarray:
    """Numbers (R,) without labels, since reactions have none."""
    if isinstance(values, Mapping) or not (np.isscalar(values) or _array(values, name).ndim):
        raise ValueError(f"{name} must be numbers in the order of the reactions, got {values!r}")
    index = getattr(values, "index", None)
    if index is not None and not callable(index) and list(index) != list(range(len(index))):
        raise ValueError(f"{name} must be numbers in the order of the reactions, got labels {list(index)}")
    array = np.atleast_1d(_array(values, name))
    try:
        if array.dtype.kind in "iufO":  # objects are numbers of other packages, or very large
            return array.astype(float)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"{name} must be numbers in the order of the reactions, got {values!r}")


def _reactions(line: str, named: Mapping[str, float]) -> list[tuple[dict[str, float], dict[str, float], float]]:
    """Reactants, products and rate of the reaction, or the two, in one line of text."""
    sides, separator, rates = line.partition("@")
    arrows = ARROW.findall(sides)
    if not separator or not arrows or re.search("←|⟵|⇐|<-(?![->])", sides):
        raise ValueError(f"a reaction reads 'A + B -> C @ rate', got {line!r}")
    left, right = (_side(side, line) for side in ARROW.split(sides, maxsplit=1))
    values = [_rate(rate.strip(), line, named) for rate in re.split("[,;]", rates)]
    expected = 2 if arrows[0] in BOTH_WAYS else 1
    if len(values) != expected:
        raise ValueError(f"a reaction with {arrows[0]} has {expected} rate{'s' * (expected > 1)} after @, got {line!r}")
    return [(left, right, values[0]), (right, left, values[-1])][:expected]


def _rate(text: str, line: str, named: Mapping[str, float]) -> float:
    if NAME.fullmatch(text) and text in named:
        value: Any = named[text]
        try:
            if not isinstance(value, bool | complex | np.complexfloating) and isinstance(
                value, int | float | np.number
            ):
                return float(value)
        except OverflowError:  # a whole number that is none of float64
            pass
        raise ValueError(f"rates must be numbers, {text} is {value!r}")
    if LEADING_ZERO.match(text):
        raise ValueError(f"a rate is written without commas and without zeros in front, as 1000 is, got {line!r}")
    try:
        return float(text)
    except ValueError:
        known = f" or one of {', '.join(named)}" if named else ""
        hint = "; `rates` gives numbers to names" if NAME.fullmatch(text) and not named else ""
        raise ValueError(f"the rate after @ must be a number{known}, got {text!r} in {line!r}{hint}") from None


def _side(text: str, line: str) -> dict[str, float]:
    amounts: dict[str, float] = {}
    if text.strip() in NOTHING:
        return amounts
    for term in text.split("+"):
        match = TERM.fullmatch(term.strip())
        if not match:
            raise ValueError(f"a side of a reaction reads 'A + 2 B', got {text.strip()!r} in {line!r}")
        if match["name"].lower() in NO_SPECIES:
            raise ValueError(f"nothing at all is written 0 or ∅, got {match['name']!r} in {line!r}")
        amounts[match["name"]] = amounts.get(match["name"], 0) + float(match["number"] or 1)
    return amounts
