"""Reaction networks with mass-action kinetics: how they are written down, and what follows from them without chance."""

from __future__ import annotations

import math
import re
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

TERM = re.compile(r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)?\s*\*?\s*(?P<name>[^\W\d]\w*)")
NOTHING = {"", "0", "∅"}


@dataclass(frozen=True, eq=False, repr=False)
class ReactionNetwork:
    """Species and the reactions among them.

    Reaction r turns `reactants[r]` into `products[r]` with the propensity a_r(n) = c_r prod_i C(n_i, s_ri): the
    stochastic rate constant times the number of ways to choose the reactants (Gillespie 1977).

    Args:
        species: S names.
        reactants: how many molecules of each species a reaction uses up, whole numbers (R, S).
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
        names = tuple(self.species)
        for name in names:
            if not isinstance(name, str) or not name.isidentifier():
                raise ValueError(f"species must be names such as 'm' or 'DNA', got {name!r}")
        if not names or len(set(names)) < len(names):
            raise ValueError(f"species must be different names, at least one, got {', '.join(names) or 'none'}")
        rates = np.atleast_1d(np.asarray(self.rates, dtype=float))
        if rates.ndim != 1 or not len(rates):
            raise ValueError(f"rates must be one number per reaction, got shape {rates.shape}")
        if not (np.isfinite(rates).all() and (rates >= 0).all()):
            wrong = rates[~(np.isfinite(rates) & (rates >= 0))][0]
            raise ValueError(f"rates must be finite and not negative, got {wrong:g}")
        shape = (np.shape(self.reactants)[0] if np.ndim(self.reactants) else 0, len(names))
        if len(rates) != shape[0]:
            raise ValueError(f"rates must be one number for each of {shape[0]} reactions, got {len(rates)}")
        reactants = _whole(self.reactants, "reactants", shape, HIGHEST_ORDER)
        products = _whole(self.products, "products", shape, LARGEST_COUNT)
        for field, value in zip(
            ("species", "reactants", "products", "rates"), (names, reactants, products, rates), strict=True
        ):
            if isinstance(value, np.ndarray):
                value = value.copy()
                value.setflags(write=False)
            object.__setattr__(self, field, value)

    @classmethod
    def from_text(cls, text: str, species: Sequence[str] | None = None) -> ReactionNetwork:
        """The network written as one reaction a line, such as `m -> m + n @ 2.5`; `2 A` is two molecules of A.

        Nothing at all is an empty side, 0 or ∅; what follows a # is a remark.

        Args:
            text: the reactions, each with its stochastic rate constant after @.
            species: names in the order wanted, all that occur among them; in order of appearance if not given.

        Raises:
            ValueError: a line that cannot be read; the text shows it.
        """
        lines = [line.split("#")[0].strip() for line in text.splitlines()]
        parsed = [_reaction(line) for line in lines if line]
        if not parsed:
            raise ValueError("text must hold at least one reaction, such as 'm -> m + n @ 2.5'")
        found = dict.fromkeys(name for left, right, _ in parsed for name in (*left, *right))
        names = tuple(found) if species is None else tuple(species)
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

        Raises:
            ValueError: an unknown species, a wrong length, or a count that is negative, fractional or above 2^53 - 1.
        """
        if isinstance(x, Mapping):
            for name in x:
                if name not in self.species:
                    raise ValueError(f"unknown species {name!r} (species: {', '.join(self.species)})")
            x = [x.get(name, 0) for name in self.species]
        return _whole(x, "counts", (len(self.species),), LARGEST_COUNT)

    def propensities(self, x: Any) -> np.ndarray:
        """a_r(n) = c_r prod_i C(n_i, s_ri), (..., R), for counts n (..., S)."""
        return self._rate_of(x, lambda n, k: np.maximum(n - k, 0))

    def ode(self, x0: Counts, times: Any) -> np.ndarray:
        """The deterministic limit of large counts: dx/dt = sum_r nu_r c_r prod_i x_i^s_ri / s_ri!, solved by BDF.

        Args:
            x0: the state at time 0.
            times: T increasing times.

        Returns:
            Real-valued amounts (T, S).
        """
        from scipy.integrate import solve_ivp

        times = grid(times)

        def slope(_: float, x: np.ndarray) -> np.ndarray:
            return self._rate_of(x, lambda n, _: n) @ self.stoichiometry

        start = self.counts(x0).astype(float)
        if times[-1] == 0:
            return start[None]
        solved = solve_ivp(slope, (0, times[-1]), start, method="BDF", t_eval=times, rtol=1e-8, atol=1e-8)
        if not solved.success:
            raise ValueError(f"the differential equation has no solution up to t = {times[-1]:g}: {solved.message}")
        return solved.y.T

    def stationary_moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean (S,) and covariance (S, S) of the stationary distribution, from the moment equations.

        With propensities a(n) = A n + b they close: N^T (A <n> + b) = 0 for the mean, and with J = N^T A and
        D = N^T diag(<a>) N the covariance solves J C + C J^T + D = 0 (van Kampen, Stochastic Processes, chapter VIII).

        Raises:
            ValueError: a reaction of second or higher order, or a network without a unique stable mean.
        """
        from scipy.linalg import solve_continuous_lyapunov

        if self.reactants.sum(1).max() > 1:
            raise ValueError("the moment equations close only if no reaction has more than one reactant molecule")
        constant = np.where(self.reactants.sum(1) == 0, self.rates, 0.0)
        slope = self.rates[:, None] * self.reactants
        change = self.stoichiometry.T
        jacobian = change @ slope
        if np.linalg.eigvals(jacobian).real.max() >= -1e-12 * max(1.0, abs(jacobian).max()):
            raise ValueError("the means do not settle: some species is never used up, or grows without bound")
        mean = np.linalg.solve(jacobian, -change @ constant)
        noise = change @ np.diag(slope @ mean + constant) @ change.T
        return mean, solve_continuous_lyapunov(jacobian, -noise)

    def master_equation(self, limits: Counts) -> csr_array:
        """The matrix Q of the master equation dp/dt = Q p on all states with n_i <= limits_i.

        States are numbered as `np.ravel_multi_index` does. What leaves this box is lost, so that 1 - sum(p) bounds the
        error of the truncation (Munsky & Khammash 2006).

        Returns:
            A sparse matrix (K, K), K = prod_i (limits_i + 1), for `scipy.linalg.expm` or `expm_multiply`.
        """
        from scipy.sparse import coo_array

        shape = tuple(int(limit) + 1 for limit in self.counts(limits))
        size = math.prod(shape)
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

    def _rate_of(self, x: Any, factor: Any) -> np.ndarray:
        """c_r prod_i prod_{k < s_ri} factor(x_i, k) / s_ri!"""
        x = np.asarray(x, dtype=float)
        rates = np.broadcast_to(self.rates, (*x.shape[:-1], len(self.rates))).copy()
        for reaction, species in np.argwhere(self.reactants):
            for k in range(self.reactants[reaction, species]):
                rates[..., reaction] *= factor(x[..., species], k) / (k + 1)
        return rates

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
        array = np.atleast_1d(np.asarray(times, dtype=float))
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all() or array[0] < 0 or (np.diff(array) <= 0).any():
        raise ValueError(f"times must be finite, increasing and not negative, got {times!r}")
    return array


def _whole(values: Any, name: str, shape: tuple[int, ...], largest: int) -> np.ndarray:
    """`values` as int64 of that shape, or a ValueError in words."""
    array = np.asarray(values)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be whole numbers, got {values!r}")
    wrong = ~((array >= 0) & (array <= largest) & (array == np.floor(array)))
    if wrong.any():
        raise ValueError(f"{name} must be whole numbers from 0 to {largest}, got {array[wrong][0]:g}")
    return array.astype(np.int64)


def _reaction(line: str) -> tuple[dict[str, float], dict[str, float], float]:
    """Reactants, products and rate of one line of text."""
    sides, separator, rate = line.partition("@")
    left, arrow, right = sides.partition("->")
    if not (separator and arrow):
        raise ValueError(f"a reaction reads 'A + B -> C @ rate', got {line!r}")
    try:
        value = float(rate)
    except ValueError:
        raise ValueError(f"the rate after @ must be a number, got {rate.strip()!r} in {line!r}") from None
    return _side(left, line), _side(right, line), value


def _side(text: str, line: str) -> dict[str, float]:
    amounts: dict[str, float] = {}
    if text.strip() in NOTHING:
        return amounts
    for term in text.split("+"):
        match = TERM.fullmatch(term.strip())
        if not match:
            raise ValueError(f"a side of a reaction reads 'A + 2 B', got {text.strip()!r} in {line!r}")
        amounts[match["name"]] = amounts.get(match["name"], 0) + float(match["number"] or 1)
    return amounts
