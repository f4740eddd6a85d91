"""Networks from SBML: those of the stochastic suite, formulas as libsbml works them out, and what is refused."""

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import antimony
import libsbml
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kexue_widgets.gillespie import ReactionNetwork, from_sbml, simulate

SUITE = Path(__file__).with_name("dsmts")
TABLES = pd.read_csv(SUITE / "tables.csv").groupby(["case", "species"])
AVOGADRO = 6.02214076e23  # per mole, exact since 2019
ITEM = '<unit kind="item" exponent="1" scale="0" multiplier="1"/>'


def mathml(formula: str) -> str:
    node = libsbml.parseL3Formula(formula)
    assert node is not None, libsbml.getLastParseL3Error()
    return libsbml.writeMathMLToString(node).split("?>", 1)[1]


def species(name: str, amount: str = 'initialAmount="100"', only: bool = True, kind: str = "") -> str:
    """One of level 3; `kind` holds b for a boundary species, c for a constant one."""
    flags = {"boundaryCondition": "b" in kind, "constant": "c" in kind, "hasOnlySubstanceUnits": only}
    return f'<species id="{name}" compartment="Cell" {amount} {attributes(flags)}/>'


def attributes(flags: Mapping[str, bool]) -> str:
    return " ".join(f'{name}="{str(flag).lower()}"' for name, flag in flags.items())


def reaction(
    name: str, sides: str, rate: str, local: Mapping[str, float] | None = None, modifiers: str = "", fast: bool = False
) -> str:
    """`sides` reads '2 P -> P2'."""
    lists = []
    for tag, side in zip(("listOfReactants", "listOfProducts"), sides.split("->"), strict=True):
        terms = [term.split() for term in side.split("+") if term.strip()]
        each = [
            f'<speciesReference species="{term[-1]}" stoichiometry="{term[0] if term[1:] else 1}" constant="true"/>'
            for term in terms
        ]
        lists.append(f"<{tag}>{''.join(each)}</{tag}>" if each else "")
    if modifiers:
        each = [f'<modifierSpeciesReference species="{other}"/>' for other in modifiers.split()]
        lists.append(f"<listOfModifiers>{''.join(each)}</listOfModifiers>")
    own = "".join(f'<localParameter id="{key}" value="{value}"/>' for key, value in (local or {}).items())
    own = f"<listOfLocalParameters>{own}</listOfLocalParameters>" if own else ""
    return (
        f'<reaction id="{name}" {attributes({"reversible": False, "fast": fast})}>'
        f"{''.join(lists)}<kineticLaw>{mathml(rate)}{own}</kineticLaw></reaction>"
    )


def model(
    which: Iterable[str],
    reactions: Iterable[str],
    parameters: Mapping[str, float] | None = None,
    size: str = 'spatialDimensions="3" size="1"',
    before: str = "",
    after: str = "",
    units: str = 'substanceUnits="item"',
) -> str:
    """SBML of level 3; `before` stands ahead of the compartments, `after` behind the parameters."""
    known = "".join(
        f'<parameter id="{key}" value="{value}" constant="true"/>' for key, value in (parameters or {}).items()
    )
    known = f"<listOfParameters>{known}</listOfParameters>" if known else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" '
        f'version="1"><model id="m" {units}>{before}<listOfCompartments><compartment id="Cell" {size} constant="true"/>'
        f"</listOfCompartments><listOfSpecies>{''.join(which)}</listOfSpecies>{known}{after}"
        f"<listOfReactions>{''.join(reactions)}</listOfReactions></model></sbml>"
    )


BIRTHS = {"Lambda": 0.1, "Mu": 0.11}
DEATH = reaction("Death", "X ->", "Mu * X")


def births(rate: str = "Lambda * X", x: str = "", death: str = DEATH, lambda_: float = 0.1, **settings: str) -> str:
    """The suite's model 001 in one of its variants."""
    return model(
        [x or species("X")], [reaction("Birth", "X -> 2 X", rate), death], {"Lambda": lambda_, "Mu": 0.11}, **settings
    )


def arrivals(alpha: float = 10, sides: str = "Source -> X", source: str = "b", sink: str = "b", **local: float) -> str:
    """The suite's model 002 with a source and a sink."""
    none = 'initialAmount="0"'
    which = [species("X", none), species("Source", none, kind=source), species("Sink", none, kind=sink)]
    come = reaction("Immigration", sides, "Alpha", local)
    return model(which, [come, reaction("Death", "X -> Sink", "Mu * X")], {"Alpha": alpha, "Mu": 0.1})


NONE = 'initialAmount="0"'
SINK = reaction("Death", "X -> Sink", "Mu * X")
PAIRS = [
    reaction("Dimerisation", "2 P -> P2", "k1 * P * (P - 1) / 2"),
    reaction("Disassociation", "P2 -> 2 P", "k2 * P2"),
]
# As the suite's guide defines them (github.com/darrenjw/dsmts, dsmts-models.tex), and what they are, written as a network.
SAME = "X -> 2 X @ 0.1\nX -> @ 0.11"
CASES = {
    "001-01": (births(), SAME),
    "001-02": (
        model(
            [species("X")],
            [reaction("B", "X -> 2 X", "l * X", {"l": 0.1}), reaction("D", "X ->", "m * X", {"m": 0.11})],
        ),
        SAME,
    ),
    "001-04": (births(x=species("X", 'initialAmount="10"')), SAME),
    "001-06": (
        model(
            [species("X"), species("Sink", NONE, kind="b")],
            [reaction("Birth", "X -> 2 X", "Lambda * X"), SINK],
            BIRTHS,
        ),
        SAME,
    ),
    "001-07": (
        model([species("X"), species("Sink", NONE)], [reaction("Birth", "X -> 2 X", "Lambda * X"), SINK], BIRTHS),
        "X -> 2 X @ 0.1\nX -> Sink @ 0.11",
    ),
    "001-09": (births(size='spatialDimensions="3" size="2"'), SAME),
    "001-10": (births(x=species("X", only=False)), SAME),
    "001-11": (
        births(x=species("X", only=False), size='spatialDimensions="3" size="2"'),
        "X -> 2 X @ 0.05\nX -> @ 0.055",
    ),
    "001-12": (births("Lambda * X * 0.5 * 2"), SAME),
    "001-13": (births("Lambda * X * 0.5", lambda_=0.2), SAME),
    "001-14": (births("Lambda * X / 2 / 0.5"), SAME),
    "001-15": (births("Lambda * (X / 2) / 0.5"), SAME),
    "001-16": (births("Lambda * X / (2 / 2)"), SAME),
    "002-01": (
        model(
            [species("X", NONE)],
            [reaction("Immigration", "-> X", "Alpha"), reaction("Death", "X ->", "Mu * X")],
            {"Alpha": 1, "Mu": 0.1},
        ),
        "-> X @ 1\nX -> @ 0.1",
    ),
    "002-03": (arrivals(Alpha=5), "-> X @ 5\nX -> @ 0.1"),
    "002-05": (arrivals(), "-> X @ 10\nX -> @ 0.1"),
    "002-06": (arrivals(sink=""), "-> X @ 10\nX -> Sink @ 0.1"),
    "002-07": (arrivals(sink="bc"), "-> X @ 10\nX -> @ 0.1"),
    "002-08": (
        model(
            [species("X", NONE)],
            [reaction("Immigration", "-> X", "k", {"k": 1}), reaction("Death", "X ->", "k * X", {"k": 0.1})],
            {"k": 2},
        ),
        "-> X @ 1\nX -> @ 0.1",
    ),
    "003-01": (
        model([species("P"), species("P2", NONE)], PAIRS, {"k1": 0.001, "k2": 0.01}),
        "2 P -> P2 @ 0.001\nP2 -> 2 P @ 0.01",
    ),
    "004-01": (
        model(
            [species("X", NONE)],
            [reaction("Immigration", "-> 5 X", "Alpha"), reaction("Death", "X ->", "Mu * X")],
            {"Alpha": 1, "Mu": 0.2},
        ),
        "-> 5 X @ 1\nX -> @ 0.2",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_models_of_the_suite_are_the_networks_that_its_guide_describes(case):
    text, written = CASES[case]
    network, x0 = from_sbml(text)
    assert str(network) == str(ReactionNetwork.from_text(written))
    start = {"001-04": {"X": 10}, "001": {"X": 100}, "003": {"P": 100}}
    moved = {name: count for name, count in x0.items() if count}
    assert moved == start.get(case, start.get(case[:3], {}))


def suite_distances(counts: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> tuple[float, float]:
    """The suite's largest |Z| and |Y| (dsmts/README.md); where sd is 0 every run must give the mean."""
    exact, n = sd == 0, len(counts)
    assert (counts[:, exact] == mean[exact]).all()
    counts, mean, sd = counts[:, ~exact], mean[~exact], sd[~exact]
    z = math.sqrt(n) * (counts.mean(0) - mean) / sd
    y = math.sqrt(n / 2) * (((counts - mean) ** 2).mean(0) / sd**2 - 1)
    return np.abs(z).max(), np.abs(y).max()


@pytest.mark.parametrize("case", sorted({case for case, _ in TABLES.groups}))
def test_models_of_the_suite_have_its_means_and_deviations(case):
    network, x0 = from_sbml(CASES[case][0])
    counts = simulate(network, x0, times=np.arange(51), n=10_000, seed=0).counts
    for name in network.species:
        table = TABLES.get_group((case, name))
        z, y = suite_distances(
            counts[:, :, network.species.index(name)], table["mean"].to_numpy(), table["sd"].to_numpy()
        )
        assert (z <= 4.5, y <= 6) == (True, True), (name, z, y)


def test_a_symbol_that_is_a_concentration_halves_the_rates_in_a_volume_of_two():
    """Model 001-11, at which the suite lets simulators refuse but not err; its table is 100 exp(-t / 200)."""
    network, x0 = from_sbml(CASES["001-11"][0])
    counts = simulate(network, x0, times=np.arange(51), n=10_000, seed=0).counts[:, :, 0]
    grown = np.exp((0.05 - 0.055) * np.arange(51))
    variance = 100 * (0.05 + 0.055) / (0.05 - 0.055) * grown * (grown - 1)  # Kendall, Ann. Math. Stat. 19 (1948) 1
    z, y = suite_distances(counts, 100 * grown, np.sqrt(variance))
    assert z <= 4.5
    assert y <= 6


# Formulas, against libsbml's own evaluation


def formulas() -> st.SearchStrategy[str]:
    """Sums and products without a minus, of counts A (an amount) and B (a concentration), parameters and a function."""
    numbers = ["k", "p", "2", "0.5", "fixed", "Cell", "1e-3", "exp(k)", "ln(k + 2)", "sqrt(k)", "root(3, p)"]
    leaves = st.sampled_from(["A", "B", "rule", "A * (A - 1)", *numbers])

    def deeper(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pair = st.tuples(parts, parts)
        return st.one_of(
            pair.map(lambda each: f"({each[0]} + {each[1]})"),
            pair.map(lambda each: f"({each[0]} * {each[1]})"),
            parts.map(lambda each: f"({each} / (k + 2))"),
            parts.map(lambda each: f"f({each}, k)"),
            st.sampled_from(["A", "B", "k"]).map(lambda each: f"{each}^2"),
        )

    return st.recursive(leaves, deeper, max_leaves=6)


FUNCTION = (
    '<listOfFunctionDefinitions><functionDefinition id="f"><math xmlns="http://www.w3.org/1998/Math/MathML"><lambda>'
    "<bvar><ci>x</ci></bvar><bvar><ci>y</ci></bvar><apply><times/><ci>y</ci><apply><plus/><ci>x</ci><cn>1</cn></apply>"
    "</apply></lambda></math></functionDefinition></listOfFunctionDefinitions>"
)


def with_formula(rate: str, a: int, b: int) -> str:
    """A model with all that such a formula may name; b molecules of B are b / 4 per volume."""
    extra = '<parameter id="rule" constant="false"/><parameter id="p" constant="true"/></listOfParameters>'
    after = (
        f'<listOfInitialAssignments><initialAssignment symbol="p">{mathml("k * 3 + fixed")}</initialAssignment>'
        f'</listOfInitialAssignments><listOfRules><assignmentRule variable="rule">{mathml("A + 2 * B")}</assignmentRule>'
        "</listOfRules>"
    )
    which = [
        species("A", f'initialAmount="{a}"'),
        species("B", f'initialConcentration="{b / 4}"', only=False),
        species("fixed", 'initialConcentration="1.5"', only=False, kind="bc"),
    ]
    text = model(
        which,
        [reaction("r", "-> A", rate, {"k": 0.7}, modifiers="B fixed")],
        {"k": 9.0},
        'spatialDimensions="3" size="4"',
        FUNCTION,
        after,
    )
    return text.replace("</listOfParameters>", extra, 1)


def evaluated(text: str) -> float:
    """libsbml's value of the first rate at the beginning, once it has put in place rules, assignments and functions."""
    document = libsbml.readSBMLFromString(text)
    for name in ("expandFunctionDefinitions", "promoteLocalParameters"):
        properties = libsbml.ConversionProperties()
        properties.addOption(name, True)
        assert document.convert(properties) == libsbml.LIBSBML_OPERATION_SUCCESS, name
    model = document.getModel()
    values = {
        "A": model.getSpecies("A").getInitialAmount(),
        "B": model.getSpecies("B").getInitialConcentration(),
        "fixed": 1.5,
        "Cell": 4.0,
        "k": 9.0,
        "p": 9.0 * 3 + 1.5,
        "r_k": 0.7,
        "exp": math.exp,
        "ln": math.log,
        "sqrt": math.sqrt,
        "root": lambda n, x: x ** (1 / n),
    }
    values["rule"] = values["A"] + 2 * values["B"]
    formula = libsbml.formulaToL3String(model.getReaction("r").getKineticLaw().getMath()).replace("^", "**")
    return eval(formula, {"__builtins__": {}}, values)


@settings(deadline=None, max_examples=80)
@given(formulas(), st.integers(0, 60), st.integers(0, 60))
def test_propensities_are_what_libsbml_makes_of_the_formula(rate, a, b):
    text = with_formula(f"({rate}) + k", a, b)
    network, x0 = from_sbml(text)
    assert x0 == {"A": a, "B": b}
    assert network.propensities(x0).sum() == pytest.approx(evaluated(text), rel=1e-9)
    assert (network.stoichiometry == [1, 0]).all()


# What is read, by hand


def test_a_rate_with_several_summands_is_several_reactions():
    text = model(
        [species("A"), species("E", 'initialAmount="3"')],
        [reaction("r", "A -> 2 A", "(k0 + k1 * E) * A + k1 * A * (A - 1)", modifiers="E")],
        {"k0": 0.5, "k1": 2},
    )
    network, x0 = from_sbml(text)
    assert set(str(network).splitlines()) == {"A -> 2 A @ 0.5", "A + E -> 2 A + E @ 2", "2 A -> 3 A @ 4"}
    assert x0 == {"A": 100, "E": 3}


MOLES = '<listOfUnitDefinitions><unitDefinition id="nmol"><listOfUnits><unit kind="mole" exponent="1" scale="-9" multiplier="1"/></listOfUnits></unitDefinition></listOfUnitDefinitions>'


def test_moles_are_molecules_and_c_is_k_over_volume_and_avogadro():
    """The chapter's table: A + B with k per concentration and second has c = k / (N_A V)."""
    litres, k = 1e-15, 1e6
    which = [
        species("A", f'initialConcentration="{60 / AVOGADRO / litres * 1e9:.12g}"', only=False),
        species("B", f'initialAmount="{25 / AVOGADRO * 1e9:.12g}"', only=False),
    ]
    text = model(
        which,
        [reaction("r", "A + B ->", "Cell * k * A * B"), reaction("s", "-> A", "Cell * made")],
        {"k": k / 1e9, "made": 2e-3},
        f'spatialDimensions="3" size="{litres}"',
        MOLES,
        units='substanceUnits="nmol" extentUnits="nmol"',
    )
    network, x0 = from_sbml(text)
    assert x0 == {"A": 60, "B": 25}
    assert network.rates == pytest.approx([k / (AVOGADRO * litres), 2e-12 * AVOGADRO * litres])


LEVEL_2 = """<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="m">
<listOfUnitDefinitions><unitDefinition id="substance"><listOfUnits><unit kind="KIND"/></listOfUnits></unitDefinition>
</listOfUnitDefinitions><listOfCompartments><compartment id="c" size="2"/></listOfCompartments>
<listOfSpecies><species id="X" compartment="c" initialAmount="100"/></listOfSpecies>
<listOfReactions><reaction id="r"><listOfReactants><speciesReference species="X"/></listOfReactants><kineticLaw>
<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci> k </ci><ci> X </ci></apply></math>
<listOfParameters><parameter id="k" value="0.3"/></listOfParameters></kineticLaw></reaction></listOfReactions></model></sbml>
"""


def test_level_2_has_the_defaults_of_its_specification(tmp_path):
    path = tmp_path / "two.xml"
    path.write_text("\ufeff" + LEVEL_2.replace("KIND", "item"), "utf-8")
    for source in (path, str(path), LEVEL_2.replace("KIND", "item")):
        network, x0 = from_sbml(source)
        assert str(network) == "X -> ∅ @ 0.15"  # 0.3 times the concentration, X / 2
        assert x0 == {"X": 100}


def test_a_substance_in_moles_begins_with_whole_molecules_or_not_at_all():
    with pytest.raises(
        ValueError, match=r"species 'X' must begin with a whole number of molecules .* got 6\.02214e\+25"
    ):
        from_sbml(LEVEL_2.replace("KIND", "mole"))


def test_initial_assignments_give_concentrations_and_sizes():
    assigned = "".join(
        f'<initialAssignment symbol="{name}">{mathml(formula)}</initialAssignment>'
        for name, formula in (("Cell", "Lambda * 40"), ("X", "Cell + 1"))
    )
    text = births(
        x=species("X", "", only=False),
        size='spatialDimensions="3" size="9"',
        after=f"<listOfInitialAssignments>{assigned}</listOfInitialAssignments>",
    )
    network, x0 = from_sbml(text)
    assert x0 == {"X": 20}  # a concentration of 5 in a volume of 4
    assert network.rates == pytest.approx([0.1 / 4, 0.11 / 4])


def test_numbers_are_the_decimals_that_are_written_and_pairs_have_no_remainder():
    """2 A -> B in a volume of 10, where a molecule is a concentration of 0.1: c = 10 k 2 / 10^2 for k [A] ([A] - 0.1) V."""
    which = [species("A", 'initialConcentration="1"', only=False), species("B", NONE)]
    text = model(which, [reaction("r", "2 A -> B", "Cell * A * (A - 0.1)")], size='spatialDimensions="3" size="10"')
    assert str(from_sbml(text)[0]) == "2 A -> B @ 0.2"
    assert str(from_sbml(births("0.3 * X + (0.3 * X - 3 * 0.1 * X)"))[0]) == "X -> 2 X @ 0.3\nX -> ∅ @ 0.11"


def test_avogadros_number_is_one_in_formulas_and_in_moles():
    which = [species("A", f'initialAmount="{20 / AVOGADRO!r}"'), species("B", NONE)]
    law = reaction("r", "2 A -> B", "avogadro * A * (A - 1 / avogadro)")
    network, x0 = from_sbml(model(which, [law], units='substanceUnits="mole" extentUnits="mole"'))
    assert (str(network), x0) == ("2 A -> B @ 2", {"A": 20, "B": 0})


def test_reactions_that_change_no_count_are_none():
    text = arrivals().replace("</listOfReactions>", reaction("Flow", "Source -> Sink", "Alpha") + "</listOfReactions>")
    assert str(from_sbml(text)[0]) == "∅ -> X @ 10\nX -> ∅ @ 0.1"
    still = model([species("A", kind="b")], [reaction("r", "A ->", "A")])
    with pytest.raises(ValueError, match="no reaction of model 'm' changes a count"):
        from_sbml(still)


def test_numbers_without_a_unit_are_counts_like_those_in_items():
    assert str(from_sbml(births(units='extentUnits="item"'))[0]) == str(from_sbml(births())[0])


def test_a_compartment_without_a_volume_has_amounts():
    text = births(x=species("X", only=False), size='spatialDimensions="0"')
    assert str(from_sbml(text)[0]) == SAME.replace("->  @", "-> ∅ @").replace("-> @", "-> ∅ @")


def test_a_model_in_antimony_comes_here_as_sbml():
    assert (
        antimony.loadAntimonyString(
            """
            model expression
                species m = 1, n = 1
                J1: -> m; k_m
                J2: m -> m + n; k_n * m
                J3: m -> ; m
                J4: n -> ; n
                k_m = 20; k_n = 2.5
            end
            """
        )
        >= 0
    ), antimony.getLastError()
    network, x0 = from_sbml(antimony.getSBMLString("expression"))
    assert str(network) == str(ReactionNetwork.from_text("-> m @ 20\nm -> m + n @ 2.5\nm -> @ 1\nn -> @ 1"))
    assert x0 == {"m": 1, "n": 1}


# What is refused

EVENT = (
    '<listOfEvents><event id="reset" useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">'
    f'{mathml("time >= 25")}</trigger><listOfEventAssignments><eventAssignment variable="P">{mathml("100")}'
    "</eventAssignment></listOfEventAssignments></event></listOfEvents></model>"
)
DIMERS = CASES["003-01"][0]


def rule(kind: str, variable: str, formula: str) -> str:
    target = f' variable="{variable}"' if variable else ""
    return f"<listOfRules><{kind}{target}>{mathml(formula)}</{kind}></listOfRules>"


REFUSED = {
    "events, as 003-03": (DIMERS.replace("</model>", EVENT), "event 'reset': a network has none"),
    "a species removed by a conservation law, as 003-05": (
        model(
            [species("P2", NONE)],
            [reaction("Dimerisation", "-> P2", "k1 * (100 - 2 * P2) * (100 - 2 * P2 - 1) / 2")],
            {"k1": 0.001},
        ),
        "reaction 'Dimerisation' has the rate .* in which P2 has the coefficient -0.197, .* must not be negative",
    ),
    "a rate rule": (
        births(after=rule("rateRule", "X", "1"), x=species("X", kind="b")),
        "rateRule for 'X': accepted are assignment rules for parameters",
    ),
    "an assignment to a species": (
        births(after=rule("assignmentRule", "X", "5"), x=species("X", kind="b")),
        "assignmentRule for 'X'",
    ),
    "an algebraic rule": (births(after=rule("algebraicRule", "", "X - 100")), "algebraicRule for ''"),
    "a size that changes": (
        births(after=rule("rateRule", "Cell", "1")).replace('size="1" constant="true"', 'size="1" constant="false"'),
        "rateRule for 'Cell'",
    ),
    "a rate that depends on time": (births("Lambda * X * time"), "reaction 'Birth' .* depends on time"),
    "a delay": (births("delay(X, 2)"), "reaction 'Birth' .* uses delay"),
    "division by counts": (births("Lambda * X / (Mu + X)"), "reaction 'Birth' has the rate .* which divides by counts"),
    "a square where a pair is meant": (
        model([species("P")], [reaction("r", "2 P ->", "P^2")]),
        "reaction 'r' has the rate P\\^2, in which P is not 0 where there are fewer than 2 of 'P'",
    ),
    "both ways in one": (
        model([species("A"), species("B")], [reaction("r", "A -> B", "A - 2 * B")]),
        "reaction 'r' has the rate A - 2 \\* B, in which B has the coefficient -2",
    ),
    "what goes on without reactants": (
        births(death=reaction("Death", "X ->", "Mu")),
        "reaction 'Death' has the rate Mu, in which the constant is not 0",
    ),
    "a fast reaction": (
        births(death=reaction("Death", "X ->", "Mu * X", fast=True)),
        "reaction 'Death' must not be fast",
    ),
    "half a molecule taken": (
        births(death=reaction("Death", "0.5 X ->", "Mu * X")),
        "reaction 'Death' must have a whole number of 'X', got 0.5",
    ),
    "half a molecule": (births(x=species("X", 'initialAmount="0.5"')), "species 'X' must begin with a whole number"),
    "no beginning": (births(x=species("X", "")), "species 'X' must have an initial amount or concentration"),
    "a parameter that is NaN": (
        births(lambda_=math.nan).replace("nan", "NaN"),
        "parameter 'Lambda' must be a finite number, got nan",
    ),
    "a parameter without bounds": (
        births(lambda_=math.inf).replace('"inf"', '"INF"'),
        "parameter 'Lambda' must be a finite number",
    ),
    "a parameter without a value": (
        births(lambda_=7).replace(' value="7"', ""),
        "parameter 'Lambda' must have a value",
    ),
    "no size": (
        births(x=species("X", only=False), size='spatialDimensions="3"'),
        "compartment 'Cell' must have a size",
    ),
    "a weight": (births(units='substanceUnits="gram"'), "unit 'gram' of substance must be item or mole"),
    "two units": (births(units='substanceUnits="item" extentUnits="mole"'), "must be in the same unit of substance"),
    "a rule about itself": (
        births("p * X", after=rule("assignmentRule", "p", "p + 1")).replace(
            "</listOfParameters>", '<parameter id="p" constant="false"/></listOfParameters>'
        ),
        "'p' must not depend on itself",
    ),
    "an unknown name": (births("unknown * X"), "uses 'unknown', which is no species, parameter or compartment"),
    "no law": (
        births().replace(f"<kineticLaw>{mathml('Mu * X')}</kineticLaw>", ""),
        "reaction 'Death' must have a kinetic law",
    ),
    "a name of the results' tables": (
        births().replace('"X"', '"time"').replace("> X <", "> time <"),
        "species must not be called 'time'",
    ),
    "a name given twice": (
        births().replace("</listOfParameters>", '<parameter id="Mu" value="3" constant="true"/></listOfParameters>'),
        "not valid SBML, in line 1: .* must be unique",
    ),
    "a huge power": (births("X^1000000000"), "has counts to the power"),
    "a power of a count": (births("2^X"), "which takes to the power of counts"),
    "an exponential of a count": (births("exp(X)"), "which takes exp of counts"),
    "a root of a negative number": (births("sqrt(0 - 1) * X"), "must have finite numbers"),
    "a huge number": (births("9^1000000000 * X"), "must be a finite number"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_network_does_not_express_is_refused_in_a_sentence(what, tmp_path):
    text, sentence = REFUSED[what]
    path = tmp_path / "model.xml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=sentence) as caught:
        from_sbml(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def entities(levels: int) -> str:
    """The billion laughs: each entity is ten of the one before."""
    each = [f'<!ENTITY e{k} "{f"&e{k - 1};" * 10 if k else "x"}">' for k in range(levels)]
    return (
        births().replace("<sbml", f"<!DOCTYPE sbml [{''.join(each)}]><sbml").replace('id="m"', f'id="&e{levels - 1};"')
    )


def doubling(levels: int) -> str:
    """Functions each of which calls the one before twice."""
    lines = ["f0(x) = x", *(f"f{k}(x) = f{k - 1}(x) + f{k - 1}(x)" for k in range(1, levels))]
    each = []
    for line in lines:
        name, body = line.split("(x) = ")
        inner = mathml(f"lambda(x, {body})")
        each.append(f'<functionDefinition id="{name}">{inner}</functionDefinition>')
    return births(f"f{levels - 1}(X)", before=f"<listOfFunctionDefinitions>{''.join(each)}</listOfFunctionDefinitions>")


def nested(levels: int) -> str:
    deep = "<apply><plus/>" * levels + "<ci>X</ci>" + "<ci>X</ci></apply>" * levels
    return births().replace(mathml("Mu * X"), f'<math xmlns="http://www.w3.org/1998/Math/MathML">{deep}</math>')


HOSTILE = {
    "entities": (entities(12), "SBML has no <!DOCTYPE>"),
    "an entity of the outside": (
        births().replace("<sbml", '<!DOCTYPE sbml SYSTEM "file:///etc/hostname"><sbml'),
        "SBML has no <!DOCTYPE>",
    ),
    "functions that double": (doubling(40), "at most 100000 steps"),
    "elements in elements": (nested(100_000), "elements must be nested at most 200 deep"),
    "a file cut short": (births()[:900], "this is no XML: "),
    "another kind of XML": ("<svg xmlns='http://www.w3.org/2000/svg'/>", "its root element must be <sbml>, got <svg>"),
    "another namespace": ("<sbml/>", "not valid SBML, in line 2"),
    "no model": (re.sub("(?s)<model.*</model>", "", births()), "not valid SBML"),
    "an empty model": (re.sub("(?s)<model.*</model>", '<model id="empty"/>', births()), "no reaction of model 'empty'"),
    "no XML": ("X -> 2 X", "this is no XML: "),
    "nothing": ("", "this is no XML: no element found"),
    "a number of base 16": (
        re.sub("<cn[^>]*> *2", '<cn base="16">2', births("2 * X")),
        "must be decimal, got one of base 16",
    ),
    "a number that C reads to its x": (re.sub("<cn[^>]*> *2", "<cn>0x2", births("2 * X")), "must be decimal, got '0x2"),
    "an encoding that is none": ('<?xml version="1.0" encoding="nosuch"?><sbml/>', "this is no XML: unknown encoding"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_refused_in_a_sentence_that_names_them(what, tmp_path):
    text, sentence = HOSTILE[what]
    path = tmp_path / "model.xml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=sentence) as caught:
        from_sbml(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_formulas_may_be_as_deep_as_elements_may():
    assert from_sbml(nested(180))[0].rates[1] == 181


def test_files_that_are_none_are_named(tmp_path):
    (tmp_path / "picture.xml").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "latin.xml").write_bytes(
        births().replace('"m"', '"ü"').replace("UTF-8", "ISO-8859-1").encode("latin-1")
    )
    for name, sentence in [
        ("absent.xml", "is no file"),
        (".", "is no file"),
        ("picture.xml", "no XML"),
        ("latin.xml", "UTF-8"),
    ]:
        with pytest.raises(ValueError, match=sentence) as caught:
            from_sbml(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
    for wrong in (None, 3, "", b"<sbml/>"):
        with pytest.raises(ValueError, match="source must be a path or SBML text"):
            from_sbml(wrong)
