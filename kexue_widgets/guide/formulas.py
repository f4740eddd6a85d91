r"""Formulas in a line of plain text, as one would type them: `\frac{p}{1-p}\,w_i^2` is p/(1-p) w_i^2."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

FRACTIONS = ("frac", "tfrac", "dfrac")
FUNCTIONS = ("ln", "log", "exp", "tanh", "sin", "cos", "max", "min", "sup", "inf", "arg", "lim")
NORM = re.compile(r"\\(?:\||[lr]?Vert(?![A-Za-z]))")
SCRIPT = re.compile(r"([_^])\{(?!\w+\}|\\\w+\})([^{}]+)\}")  # of more than a name or a number
RELATION = re.compile(r"\s*([=<>≤≥≈∼≠→≔])\s*")


def readable(tex: str) -> str:
    """A formula without TeX's commands; as it is, if it cannot be read."""
    from pylatexenc.latexwalker import LatexWalker

    prepared = SCRIPT.sub(r"\1{(\2)}", NORM.sub("‖", tex))
    try:
        nodes, _, _ = LatexWalker(prepared, latex_context=_syntax(), tolerant_parsing=True).get_latex_nodes()
        text = RELATION.sub(r" \1 ", _reader().nodelist_to_text(nodes))
    except Exception:  # pylatexenc raises whatever it stumbles over: too few arguments, groups too deep
        text = tex
    return re.sub(r"(?<=\w) (?=\()| (?=[,.;)\]])", "", " ".join(text.split()))


def _group(text: str) -> str:
    text = text.strip()
    return text if re.fullmatch(r"\w*|\(.*\)", text) else f"({text})"


def _fraction(node: Any, l2tobj: LatexNodes2Text) -> str:
    return "/".join(_group(l2tobj.nodelist_to_text([part])) for part in node.nodeargs[-2:])


def _root(node: Any, l2tobj: LatexNodes2Text) -> str:
    return f"√{_group(_last(node, l2tobj))}"


def _binomial(node: Any, l2tobj: LatexNodes2Text) -> str:
    return f"C({', '.join(l2tobj.nodelist_to_text([part]) for part in node.nodeargs)})"


def _last(node: Any, l2tobj: LatexNodes2Text) -> str:
    return l2tobj.nodelist_to_text(node.nodeargs[-1:])


@lru_cache(1)
def _syntax() -> Any:
    from pylatexenc.latexwalker import get_default_latex_context_db
    from pylatexenc.macrospec import std_macro

    syntax = get_default_latex_context_db()
    fractions = [std_macro(name, False, 2) for name in (*FRACTIONS, "binom")]
    syntax.add_context_category("formulas", macros=[*fractions, std_macro("operatorname", False, 1)], prepend=True)
    return syntax


@lru_cache(1)
def _reader() -> LatexNodes2Text:
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

    words = get_default_latex_context_db()
    macros = [
        *(MacroTextSpec(name, simplify_repl=_fraction) for name in FRACTIONS),
        *(MacroTextSpec(name, simplify_repl=f"{name} ") for name in FUNCTIONS),
        *(MacroTextSpec(size + side, simplify_repl="") for size in ("big", "Big", "bigg") for side in "lr"),
        *(MacroTextSpec(name, simplify_repl="") for name in ("left", "right", "big", "Big", "bigg")),
        MacroTextSpec("ne", simplify_repl="≠"),
        MacroTextSpec("operatorname", simplify_repl=_last),
        MacroTextSpec("binom", simplify_repl=_binomial),
        MacroTextSpec("sqrt", simplify_repl=_root),
    ]
    words.add_context_category("formulas", macros=macros, prepend=True)
    return LatexNodes2Text(latex_context=words, math_mode="text")
