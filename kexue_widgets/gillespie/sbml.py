"""Networks from SBML files, the format in which models are passed on (Keating et al., Mol. Syst. Biol. 16 (2020) e9110).

A file's rate laws are formulas. Each is multiplied out into a polynomial in the counts, with exact fractions, where 0.1 is a
tenth, and written as a sum of c_r prod_i C(n_i, s_ri); each summand is a reaction. What that does not express is refused,
never approximated.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any, cast
from xml.parsers import expat

import numpy as np

from .network import HIGHEST_ORDER, LARGEST_COUNT, ReactionNetwork

Polynomial = dict[tuple[str, ...], Fraction]  # coefficients by the counts that are multiplied: n_A^2 n_B is (A, A, B)

AVOGADRO = Fraction(602214076 * 10**15)
NEAR = Fraction(1, 1000)  # amounts in moles and concentrations have rounded digits
DECIMAL = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
DEEPEST = 200  # elements in elements, far above what files have: libsbml would run out of stack
MOST_STEPS = 100_000  # of working out formulas, which may call one another
MOST_TERMS = 1000
ACCEPTED = "accepted are sums of products of numbers and counts, as in mass action"
UNITS = {"item": Fraction(1), "dimensionless": Fraction(1), "mole": AVOGADRO}


class _Beyond(ValueError):
    """A formula that is no polynomial in the counts."""


def from_sbml(source: str | os.PathLike[str]) -> tuple[ReactionNetwork, dict[str, int]]:
    """The network and the initial counts of a model in SBML, level 2 or 3; needs python-libsbml.

    A symbol of a species is its amount or its concentration, as the file says; amounts in moles are converted to molecules.
    Species that no reaction can change (`constant`, `boundaryCondition`) are numbers in the rates, and so are parameters.
    A rate law with several summands, such as k0 + k1 A, becomes as many reactions. Times are in the file's unit of time.

    Args:
        source: a path, or the text itself, which begins with <.

    Returns:
        The network, and what `simulate` takes as x0: {species: count}.

    Raises:
        ValueError: there is no such file, it is not valid SBML, or it has what such a network cannot express: events, rules
            that change species or sizes, delays, fast reactions, stoichiometries that are not whole or vary, rate laws that
            are no sums of products of numbers and counts, initial amounts that are not whole (to 0.001). The text names the
            file, the element and its id.
    """
    data, where = _read(source)
    try:
        _harmless(data)
        return _network(_document(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise ValueError(f"{where}: SBML must be UTF-8, and this is not") from None
    except RecursionError:
        raise ValueError(f"{where}: its formulas refer to one another too deeply") from None
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{where}: {error}") from None


def _read(source: Any) -> tuple[bytes, str]:
    """What is to be parsed, and what errors call it."""
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<"):
        return source.lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), "the SBML text"
    if not isinstance(source, str | os.PathLike) or not os.fspath(source):
        raise ValueError(f"source must be a path or SBML text, which begins with <, got {source!r}")
    name = str(os.fspath(source))
    name = name if len(name) <= 200 else f"{name[:200]}..."
    try:
        if not Path(source).is_file():
            raise ValueError(f"{name} is no file; source must be the path of one, or SBML text, which begins with <")
        return Path(source).read_bytes(), name
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from None


def _harmless(data: bytes) -> None:
    """A ValueError for what is no SBML, or would make a parser run out of memory or stack."""
    depth = 0
    digits: list[str] = []  # of the number that is being read

    def begins(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 1 and name.rpartition(":")[2] != "sbml":
            raise ValueError(f"this is no SBML: its root element must be <sbml>, got <{name[:40]}>")
        if depth > DEEPEST:
            raise ValueError(f"elements must be nested at most {DEEPEST} deep")
        parser.CharacterDataHandler = digits.append if name.rpartition(":")[2] in ("cn", "sep") else None
        if attributes.get("base", "10") != "10":
            raise ValueError(f"numbers must be decimal, got one of base {attributes['base']}")

    def ends(name: str) -> None:
        nonlocal depth
        depth -= 1
        if name.rpartition(":")[2] in ("cn", "sep"):
            if not DECIMAL.fullmatch(number := "".join(digits)):  # libsbml takes as much of it as it understands
                raise ValueError(f"numbers must be decimal, got {number[:40]!r}")
            digits.clear()
        if name.rpartition(":")[2] == "cn":
            parser.CharacterDataHandler = None

    def doctype(*_: Any) -> None:
        raise ValueError("SBML has no <!DOCTYPE>, and entities are not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = begins, ends, doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError) as error:  # the second is for an encoding that nobody knows
        raise ValueError(f"this is no XML: {error}") from None


def _document(text: str) -> Any:
    try:
        import libsbml
    except ModuleNotFoundError:
        raise ModuleNotFoundError("from_sbml needs python-libsbml: pip install python-libsbml") from None
    document = libsbml.readSBMLFromString(text)
    _valid(document)
    return document


def _valid(document: Any) -> None:
    import libsbml

    for index in range(document.getNumErrors()):
        error = document.getError(index)
        if error.getSeverity() in (libsbml.LIBSBML_SEV_ERROR, libsbml.LIBSBML_SEV_FATAL):
            message = " ".join(error.getMessage().split())
            raise ValueError(f"not valid SBML, in line {error.getLine()}: {message[:400]}")


def _network(document: Any) -> tuple[ReactionNetwork, dict[str, int]]:
    import libsbml

    model = document.getModel()
    if model is None:
        raise ValueError("there is no model in it")
    _refuse(document, model)
    reader = _Reader(model)
    x0 = {name: reader.count(name) for name in reader.moving}
    rows = [row for reaction in _each(model.getListOfReactions()) for row in reader.reactions(reaction)]
    # Only now, since this may take exponential time in functions that call one another, which have been followed above.
    for category in (
        libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
        libsbml.LIBSBML_CAT_MODELING_PRACTICE,
        libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
    ):
        document.setConsistencyChecks(category, False)
    document.checkConsistency()
    _valid(document)
    rows = [row for row in rows if any(row[1].values())]  # not A -> A, nor among boundary species
    if not rows:
        raise ValueError(f"no reaction of model {model.getId()!r} changes a count at a rate above 0")
    orders, changes, rates = zip(*rows, strict=True)
    reactants = np.array([[order.get(name, 0) for name in x0] for order in orders])
    stoichiometry = np.array([[change.get(name, 0) for name in x0] for change in changes])
    return ReactionNetwork(tuple(x0), reactants, reactants + stoichiometry, np.array(rates)), x0


def _each(elements: Any) -> Iterator[Any]:
    return (elements.get(index) for index in range(elements.size()))


def _refuse(document: Any, model: Any) -> None:
    """A ValueError for the first thing in the file that no network here has."""
    if document.getLevel() < 2:
        raise ValueError(f"SBML must be of level 2 or 3, got level {document.getLevel()}")
    for index in range(document.getNumPlugins()):
        package = document.getPlugin(index).getPackageName()
        # Formulas of version 2 in files of version 1: each is worked out, or refused, by itself.
        if package != "l3v2extendedmath" and document.getLevel() > 2 and document.getPackageRequired(package):
            raise ValueError(f"package {package!r} of SBML must not be required, only SBML's core is read")
    if document.getNumUnknownPackages():
        raise ValueError("packages of SBML that libsbml does not know must not be used, only SBML's core is read")
    for kind, elements in (("event", model.getListOfEvents()), ("constraint", model.getListOfConstraints())):
        for each in _each(elements):
            raise ValueError(f"{kind} {each.getId()!r}: a network has none, only reactions change its counts")
    for rule in _each(model.getListOfRules()):
        if not (rule.isAssignment() and model.getParameter(rule.getVariable())):
            raise ValueError(
                f"{rule.getElementName()} for {rule.getVariable()!r}: accepted are assignment rules for parameters"
            )
    for each in _each(model.getListOfSpecies()):
        if each.isSetConversionFactor() or each.isSetSpatialSizeUnits() or model.isSetConversionFactor():
            raise ValueError(f"species {each.getId()!r} must have neither conversionFactor nor spatialSizeUnits")
    for reaction in _each(model.getListOfReactions()):
        if reaction.isSetFast() and reaction.getFast():
            raise ValueError(f"reaction {reaction.getId()!r} must not be fast, each has a rate here")
        law = reaction.getKineticLaw()
        if law is None or law.getMath() is None:
            raise ValueError(f"reaction {reaction.getId()!r} must have a kinetic law")
        if law.isSetSubstanceUnits() or law.isSetTimeUnits():
            raise ValueError(f"reaction {reaction.getId()!r} must have its rate in the model's units")
        for side in (reaction.getListOfReactants(), reaction.getListOfProducts()):
            for each in _each(side):
                name, amount = each.getId(), each.getStoichiometry()
                ruled = name and (model.getRuleByVariable(name) or model.getInitialAssignment(name))
                if ruled or each.isSetStoichiometryMath() or not float(amount).is_integer():
                    raise ValueError(
                        f"reaction {reaction.getId()!r} must have a whole number of {each.getSpecies()!r}, "
                        f"got {'a formula' if ruled or each.isSetStoichiometryMath() else f'{amount:g}'}"
                    )
                if abs(amount) > LARGEST_COUNT or amount < 0:
                    raise ValueError(f"reaction {reaction.getId()!r} has {amount:g} {each.getSpecies()!r}")


class _Reader:
    """Works out the formulas of one model: as polynomials in the counts, or as they are at time 0."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.species = {each.getId(): each for each in _each(model.getListOfSpecies())}
        self.moving = [
            name for name, each in self.species.items() if not (each.getBoundaryCondition() or each.getConstant())
        ]
        self.items = self._items_of_all()
        self.known: dict[tuple[str, bool], Polynomial | None] = {}
        self.steps = 0

    def count(self, name: str) -> int:
        """The molecules of a species at time 0."""
        amount = _number(self.symbol(name, initial=True)) * self.items
        if self._is_concentration(name):
            amount *= self._size(name)
        whole = round(amount)
        if abs(amount - whole) > NEAR or not 0 <= whole <= LARGEST_COUNT:
            raise ValueError(
                f"species {name!r} must begin with a whole number of molecules from 0 to {LARGEST_COUNT}, "
                f"got {float(amount):g}"
            )
        return whole

    def reactions(self, reaction: Any) -> Iterator[tuple[Counter[str], Counter[str], float]]:
        """Orders, changes of counts and c of each summand of one reaction's rate law."""
        import libsbml

        name, law = reaction.getId(), reaction.getKineticLaw()
        change: Counter[str] = Counter()
        for side, sign in ((reaction.getListOfReactants(), -1), (reaction.getListOfProducts(), 1)):
            for each in _each(side):
                if each.getSpecies() not in self.species:
                    raise ValueError(f"reaction {name!r} has the unknown species {each.getSpecies()!r}")
                if each.getSpecies() in self.moving:
                    change[each.getSpecies()] += sign * int(each.getStoichiometry())
        text = libsbml.formulaToL3String(law.getMath())
        rate = f"reaction {name!r} has the rate {text if len(text) <= 120 else text[:120] + '...'}"
        local = law.getListOfLocalParameters() if self.model.getLevel() > 2 else law.getListOfParameters()
        scope = {each.getId(): _value(f"parameter {each.getId()!r} of {name!r}", each) for each in _each(local)}
        try:
            propensity = _times(self.polynomial(law.getMath(), scope, initial=False), _constant(self.items))
        except _Beyond as error:
            raise ValueError(f"{rate}, which {error}; {ACCEPTED}") from None
        except ValueError as error:
            raise ValueError(f"{rate}: {error}") from None
        for taken, c in _combinations(propensity).items():
            orders = Counter(taken)
            if c < 0:
                raise ValueError(
                    f"{rate}, in which {_choose(taken)} has the coefficient {float(c):g}, and a propensity must not be "
                    "negative; a reaction that runs both ways must be two reactions, and pairs are n (n - 1) / 2"
                )
            for species, amount in change.items():
                if orders[species] + amount < 0:
                    raise ValueError(
                        f"{rate}, in which {_choose(taken)} is not 0 where there are fewer than {-amount} of {species!r} to "
                        "take; pairs are n (n - 1) / 2"
                    )
            try:
                yield orders, change, float(c)
            except OverflowError:
                raise ValueError(
                    f"{rate}, in which {_choose(taken)} has a coefficient too large for a number"
                ) from None

    def symbol(self, name: str, initial: bool) -> Polynomial:
        """What an id stands for in a formula, at time 0 or ever after."""
        if (name, initial) not in self.known:
            self.known[name, initial] = None
            self.known[name, initial] = self._symbol(name, initial)
        value = self.known[name, initial]
        if value is None:
            raise ValueError(f"{name!r} must not depend on itself")
        return value

    def polynomial(self, node: Any, scope: Mapping[str, Polynomial], initial: bool) -> Polynomial:
        """A formula; `scope` has what parameters of its own stand for."""
        import libsbml

        self.steps += 1
        if self.steps > MOST_STEPS:
            raise ValueError(
                f"its formulas must take at most {MOST_STEPS} steps, functions that call one another take more"
            )
        if node is None:
            raise _Beyond("is empty")
        kind = node.getType()
        if kind == libsbml.AST_NAME:
            return scope[node.getName()] if node.getName() in scope else self.symbol(node.getName(), initial)
        if kind in (libsbml.AST_CONSTANT_PI, libsbml.AST_CONSTANT_E):
            return _constant(math.pi if kind == libsbml.AST_CONSTANT_PI else math.e)
        if kind == libsbml.AST_NAME_AVOGADRO:
            return _constant(AVOGADRO)  # as in moles; libsbml's is that of 2006
        if node.isNumber():
            return _constant(node.getValue())
        definition = self.model.getFunctionDefinition(node.getName()) if kind == libsbml.AST_FUNCTION else None
        if not (definition or kind in _operations()):
            shown = {libsbml.AST_NAME_TIME: "time", libsbml.AST_FUNCTION_DELAY: "delay"}.get(kind, node.getName())
            raise _Beyond(f"depends on {shown}" if kind == libsbml.AST_NAME_TIME else f"uses {shown or 'a function'}")
        values = [self.polynomial(node.getChild(index), scope, initial) for index in range(node.getNumChildren())]
        if not definition:
            try:
                return _operations()[kind](*values)
            except ArithmeticError:
                raise ValueError(f"{libsbml.formulaToL3String(node)[:120]} must be a finite number") from None
        names = [definition.getArgument(index).getName() for index in range(definition.getNumArguments())]
        if len(names) != len(values):
            raise ValueError(f"function {node.getName()!r} has {len(names)} arguments, got {len(values)}")
        return self.polynomial(definition.getBody(), dict(zip(names, values, strict=True)), initial)

    def _symbol(self, name: str, initial: bool) -> Polynomial:
        model, species = self.model, self.species.get(name)
        if not initial and name in self.moving:
            per = Fraction(1) / self.items / (self._size(name) if self._is_concentration(name) else 1)
            return {(name,): per}
        if rule := model.getAssignmentRule(name):
            return self.polynomial(rule.getMath(), {}, initial)
        if assigned := model.getInitialAssignment(name):
            try:
                return self.polynomial(assigned.getMath(), {}, initial=True)
            except _Beyond as error:
                raise ValueError(f"the initial assignment of {name!r} {error}; {ACCEPTED}") from None
        if species is not None:
            size = (
                self._size(name) if species.isSetInitialConcentration() or self._is_concentration(name) else Fraction(1)
            )
            if species.isSetInitialConcentration():
                amount = _finite(f"species {name!r}", species.getInitialConcentration()) * size
            elif species.isSetInitialAmount():
                amount = _finite(f"species {name!r}", species.getInitialAmount())
            else:
                raise ValueError(f"species {name!r} must have an initial amount or concentration")
            return _constant(amount / size if self._is_concentration(name) else amount)
        if (parameter := model.getParameter(name)) is not None:
            return _value(f"parameter {name!r}", parameter)
        if (compartment := model.getCompartment(name)) is not None:
            if not compartment.isSetSize():
                raise ValueError(f"compartment {name!r} must have a size, which a rate or an amount depends on")
            return _constant(_finite(f"the size of compartment {name!r}", compartment.getSize()))
        raise _Beyond(f"uses {name!r}, which is no species, parameter or compartment")

    def _is_concentration(self, name: str) -> bool:
        """Whether the species' symbol is a concentration in formulas; without a volume it is an amount."""
        compartment = self.model.getCompartment(self.species[name].getCompartment())
        if compartment is None:
            raise ValueError(f"species {name!r} must be in a compartment")
        return not (self.species[name].getHasOnlySubstanceUnits() or compartment.getSpatialDimensionsAsDouble() == 0)

    def _size(self, name: str) -> Fraction:
        compartment = self.species[name].getCompartment()
        size = _number(self.symbol(compartment, initial=True))
        if size <= 0:
            raise ValueError(f"the size of compartment {compartment!r} must be above 0, got {float(size):g}")
        return size

    def _items_of_all(self) -> Fraction:
        """Molecules in the unit of substance, one for all species and rates."""
        model = self.model
        found: dict[Fraction, str] = {}
        for name, each in self.species.items():
            found.setdefault(self._items(each.getSubstanceUnits() or model.getSubstanceUnits()), f"species {name!r}")
        if model.getLevel() > 2 and model.isSetExtentUnits():
            found.setdefault(self._items(model.getExtentUnits()), "the extent of reactions")
        if len(found) > 1:
            raise ValueError(f"{' and '.join(found.values())} must be in the same unit of substance")
        return next(iter(found), Fraction(1))

    def _items(self, unit: str) -> Fraction:
        """Molecules in one of these; where the file names no unit, its numbers are counts."""
        if not unit and self.model.getLevel() > 2:
            return Fraction(1)
        definition = self.model.getUnitDefinition(unit or "substance")
        if definition is None:
            factor = UNITS.get(unit if unit not in ("", "substance") else "mole")  # level 2's default
        elif definition.getNumUnits() == 1 and definition.getUnit(0).getExponentAsDouble() == 1:
            import libsbml

            only = definition.getUnit(0)
            kind = UNITS.get(libsbml.UnitKind_toString(only.getKind()))
            multiplier = _finite(f"the multiplier of unit {unit!r}", only.getMultiplier())
            factor = kind and kind * multiplier * Fraction(10) ** max(-99, min(only.getScale(), 99))
        else:
            factor = None
        if not factor or factor < 0:
            raise ValueError(f"unit {unit or 'substance'!r} of substance must be item or mole, or a multiple of one")
        return factor


def _operations() -> dict[int, Any]:
    """What formulas may do, by libsbml's numbers for it."""
    import libsbml

    table = {
        "AST_PLUS": _plus,
        "AST_TIMES": _times,
        "AST_MINUS": _minus,
        "AST_DIVIDE": lambda a, b: _times(a, _constant(1 / _divisor(b))),
        "AST_POWER": _power,
        "AST_FUNCTION_POWER": _power,
        "AST_FUNCTION_EXP": lambda a: _constant(math.exp(_number(a, "exp of"))),
        "AST_FUNCTION_LN": lambda a: _constant(_ln(_number(a, "ln of"))),
        "AST_FUNCTION_ROOT": lambda n, a: _constant(float(_number(a, "a root of")) ** float(1 / _divisor(n))),
    }
    return {getattr(libsbml, name): operation for name, operation in table.items()}


def _ln(value: Fraction) -> float:
    if value <= 0:
        raise ValueError(f"ln must be of a number above 0, got {float(value):g}")
    return math.log(value)


def _constant(value: float | Fraction) -> Polynomial:
    if isinstance(value, complex) or not math.isfinite(value):
        raise ValueError(f"formulas must have finite numbers, got {value:g}")
    return {(): value if isinstance(value, Fraction) else _exact(value)} if value else {}


def _value(what: str, parameter: Any) -> Polynomial:
    if not parameter.isSetValue():
        raise ValueError(f"{what} must have a value")
    return _constant(_finite(what, parameter.getValue()))


def _finite(what: str, value: float) -> Fraction:
    if not math.isfinite(value):
        raise ValueError(f"{what} must be a finite number, got {value:g}")
    return _exact(value)


def _exact(value: float) -> Fraction:
    """The decimal number that was written, rather than the binary one next to it: A (A - 0.1) has no remainder of 1e-18."""
    return Fraction(repr(value))


def _number(polynomial: Polynomial, use: str = "the value of") -> Fraction:
    if polynomial.keys() - {()}:
        raise _Beyond(f"takes {use} counts")
    return polynomial.get((), Fraction(0))


def _divisor(polynomial: Polynomial) -> Fraction:
    if polynomial.keys() - {()}:
        raise _Beyond("divides by counts")
    if not polynomial:
        raise ZeroDivisionError
    return polynomial[()]


def _plus(*parts: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for part in parts:
        for taken, coefficient in part.items():
            total[taken] = total.get(taken, Fraction(0)) + coefficient
    return {taken: coefficient for taken, coefficient in total.items() if coefficient}


def _minus(first: Polynomial, *second: Polynomial) -> Polynomial:
    negative = [{taken: -coefficient for taken, coefficient in each.items()} for each in (second or (first,))]
    return _plus(*((first,) if second else ()), *negative)


def _times(*parts: Polynomial) -> Polynomial:
    result: Polynomial = {(): Fraction(1)}
    for part in parts:
        if len(result) * len(part) > MOST_TERMS:
            raise _Beyond(f"has more than {MOST_TERMS} products")
        terms = [{tuple(sorted((*left, *right))): a * b} for left, a in result.items() for right, b in part.items()]
        if any(len(taken) > HIGHEST_ORDER for term in terms for taken in term):
            raise _Beyond(f"has products of more than {HIGHEST_ORDER} counts")
        result = _plus(*terms)
    return result


def _power(base: Polynomial, exponent: Polynomial) -> Polynomial:
    power = _number(exponent, "to the power of")
    if power.denominator == 1 and 0 <= power <= HIGHEST_ORDER:
        return _times(*[base] * int(power))
    if base.keys() - {()}:
        raise _Beyond(f"has counts to the power {float(power):g}")
    number = _number(base)
    return _constant(cast(float, float(number) ** float(power)))


def _combinations(polynomial: Polynomial) -> Polynomial:
    """The same polynomial as coefficients of prod_i C(n_i, s_i): n^k = sum_j S(k, j) j! C(n, j), S of the second kind."""
    parts = []
    for taken, coefficient in polynomial.items():
        powers = [
            [(name, j, _stirling(k, j) * math.factorial(j)) for j in range(1, k + 1)]
            for name, k in Counter(taken).items()
        ]
        for choice in product(*powers):
            names = tuple(name for name, j, _ in choice for _ in range(j))
            parts.append({names: coefficient * math.prod(factor for *_, factor in choice)})
    return _plus(*parts)


def _stirling(k: int, j: int) -> int:
    """The ways to part k things into j heaps."""
    return sum((-1) ** i * math.comb(j, i) * (j - i) ** k for i in range(j + 1)) // math.factorial(j)


def _choose(taken: tuple[str, ...]) -> str:
    """A product of combinations in words."""
    parts = [name if k == 1 else f"C({name}, {k})" for name, k in Counter(taken).items()]
    return " ".join(parts) or "the constant"
