"""What the book's search is made of: formulas as text, words that mean the same, and the sections of pages."""

import base64
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from kexue_widgets.book.search import note_sections, sections_of, write_sections
from kexue_widgets.guide import terms
from kexue_widgets.guide.formulas import readable
from kexue_widgets.guide.search import read_sections
from kexue_widgets.guide.terms import ALIASES, chinese_words, meanings


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{p}{1-p}\,w_i^2", "p/(1-p) w_i^2"),
        (r"\operatorname{Var}[y_i] \le \frac12", "Var[y_i] ≤ 1/2"),
        (r"D_f(P\|Q) = \mathbb E_{x\sim q}\big[f(u)\big]", "D_f(P‖Q) = 𝔼_(x ∼ q)[f(u)]"),
        (r"e^{-c(s+t)}", "e^(-c(s+t))"),
        (r"\lambda", "λ"),
        (r"\ln u + \sqrt{1 + \eta^2}", "ln u + √(1 + η^2)"),
        (r"\binom{n}{2}", "C(n, 2)"),
        (r"\begin{aligned} x &= 1, \\ y &= 2 \end{aligned}", "x = 1, y = 2"),
        ("1 - p", "1 - p"),
        (r"\frac{1}{", "1/"),
        (r"P(b\mid a) \ne P(a\mid b)", "P(b|a) ≠ P(a|b)"),
    ],
)
def test_a_formula_becomes_a_line_of_text(tex: str, text: str) -> None:
    assert readable(tex) == text


def test_formulas_keep_the_signs_that_are_marks_elsewhere(tmp_path: Path) -> None:
    lines = [
        "# Title",
        '**Both** `x` in [a link](#live:A?p=1 "set $p$") with $P(b\\mid a)$: $a<b$, $c * d > 0$.',
        "> quoted",
        "```python\n$x$\n```",
        "The last, $|y|$.",
    ]
    notebook = {"cells": [{"cell_type": "markdown", "source": "\n\n".join(lines)}]}
    (tmp_path / "dropout.ipynb").write_text(json.dumps(notebook))
    (section,) = read_sections(tmp_path)
    assert section.text == "Both x in a link with P(b|a): a < b, c * d > 0. quoted The last, |y|."


def test_no_word_means_two_things() -> None:
    forms = Counter(form for forms in ALIASES for form in {re.sub(r"[\s-]", "", form).lower() for form in forms})
    assert [form for form, count in forms.items() if count > 1] == []
    assert all(len(forms) > 1 for forms in ALIASES)


def test_the_books_own_terms_are_words_of_chinese() -> None:
    found = chinese_words(["由共轭函数得到变分下界，随机失活的丢弃率"])
    assert {"共轭函数", "变分下界", "随机失活", "丢弃率"} <= set(found)


def test_a_text_whose_words_are_known_needs_no_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    found = chinese_words(["由共轭函数得到变分下界", "and English, 还有丢弃率"])
    assert {"得到", "还有"} <= {*found}
    monkeypatch.delattr(terms, "tokenizer")
    assert chinese_words(["other English", "还有丢弃率", "由共轭函数得到变分下界"]) == found
    assert "得到" not in chinese_words(["还有丢弃率"])
    with pytest.raises(NameError):
        chinese_words(["由共轭函数得到一个变分下界"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("满足Lipschitz约束", {"Lipschitz"}),
        ("反向 KL 散度", {"reverse KL", "KL divergence", "divergence"}),
        ("Reverse KL\nand drop rates", {"reverse KL", "drop rate"}),
        ("reform and players", set()),
    ],
)
def test_a_text_names_what_it_is_about_in_either_language(text: str, named: set[str]) -> None:
    assert meanings(text) == named


PAGE = r"""# One

The first $\lambda$ of `all`.

```{note}
A note.
```

## Part two

Text.

$$
\frac{a}{b}
$$

### Below

Deeper <b>down</b>.

## References

- Somebody
"""


def test_sections_have_their_titles_and_all_of_their_text(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text('extensions = ["myst_parser"]\nmyst_enable_extensions = ["dollarmath"]\n')
    (tmp_path / "index.md").write_text(PAGE)
    with docutils_namespace():
        # Sphinx adds to its default of `source_suffix`, where the next build in this process would find it.
        config = {"source_suffix": {".rst": "restructuredtext"}}
        app = Sphinx(tmp_path, tmp_path, tmp_path / "out", tmp_path / "trees", "html", config, status=None)
        app.connect("doctree-read", note_sections)
        app.build()
        sections = sections_of(app)
        write_sections(app)
    assert [(each["id"], each["titles"], each["text"], each["kind"]) for each in sections] == [
        ("", ["One"], "The first λ of all. A note.", ""),
        ("part-two", ["One", "Part two"], "Text. a/b", ""),
        ("below", ["One", "Part two", "Below"], "Deeper down.", ""),
        ("references", ["One", "References"], "Somebody", "sources"),
    ]
    script = (tmp_path / "out" / "sections.js").read_text()
    content = json.loads(gzip.decompress(base64.b64decode(re.search('"(.*)"', script)[1])))
    assert content["sections"] == sections
    assert content["aliases"] == ALIASES
