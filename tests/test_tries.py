"""Try links: what their addresses may set, what they are in Python, and how a book is told of a wrong one."""

from pathlib import Path

import nbformat
import pytest
from explorers import Echo, Line, Wave
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from kexue_widgets.live import page_element
from kexue_widgets.tries import read

MANIFESTS = {
    "Line": Line().manifest(),
    "Wave": Wave().manifest(),
    "Wave-2": Wave(noisy=False).manifest(),
    "Echo": Echo().manifest(),
    "OwnNetwork": {
        "stateful": False,
        "random": False,
        "controls": [{"kind": "reactions", "name": "network", "value": ""}],
    },
}


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("#live:Wave.amplitude=0.3&Wave.noisy=false&Wave.seed=7", "Wave(amplitude=0.3, noisy=False, seed=7)"),
        ("#live:Wave-2.shape=square", "Wave(shape='square', noisy=False)"),
        ("#live:Echo.question=a%20b+c", "Echo(question='a b c')"),
        ("#live:Line.rate=0.05", "Line(rate=0.05)"),
        ("#live:Line.rate=0.05&Line.switched-off=0.1", "Line(rate=0.05)"),  # what a legend hides is no setting
        ("#live:Line.steps=0", "explorer = Line(); explorer.reset()"),
        ("#live:Line.slope=1&Line.steps=40", "explorer = Line(slope=1); explorer.reset(); explorer.advance(40)"),
        (
            "#live:Line.steps=4*rate*0.1,3",
            "explorer = Line(rate=0.1); explorer.reset(); explorer.advance(4); explorer.rate = 0.01; explorer.advance(3)",
        ),
    ],
)
def test_an_address_is_a_line_of_python(address: str, line: str) -> None:
    settings = read(address, MANIFESTS)
    assert settings.python() == line
    exec(line, {kind.__name__: kind for kind in (Echo, Line, Wave)})


def test_a_network_is_set_by_its_text() -> None:
    assert read("#live:OwnNetwork.network=A->B@1%0AA=5", MANIFESTS).values == {"network": "A->B@1\nA=5"}


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("#live:OwnNetwork.network=A->B", "network must be reactions such as"),
        ("#live:Wave.amplitude=3", r"amplitude must be in \[0, 2\], got '3'"),
        ("#live:Wave.amplitude=much", "amplitude must be in"),
        ("#live:Wave.noisy=no", "noisy must be true or false, got 'no'"),
        ("#live:Wave.shape=round", "shape must be one of 'sine', 'square', got 'round'"),
        ("#live:Wave.seed=-1", "seed must be a whole number in"),
        ("#live:Wave.steps=4", r"Wave has no 'steps' to set \(it has: amplitude, noisy, shape, harmonics, seed\)"),
        ("#live:Wave.phase=1", "Wave has no 'phase' to set"),
        (
            "#live:Wave-3.seed=1",
            r"there is no explorer 'Wave-3' on this page \(there is: Line, Wave, Wave-2, Echo, OwnNetwork\)",
        ),
        ("#live:Wave.seed=1&Line.seed=1", "a try link sets one explorer"),
        ("#live:Line.steps=many", "steps must be a whole number, got 'many'"),
        ("#live:Line.steps=4*slope*1,3", "steps may be made under other values of rate, got 'slope'"),
    ],
)
def test_what_is_not_there_is_named_with_what_is_accepted(address: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read(address, MANIFESTS)


def built(folder: Path, text: str, builder: str = "html", **options: object) -> tuple[str, str]:
    """A page of a Sphinx project with this text below a wave, and what was warned of."""
    source, said = folder / "source", folder / "warnings.txt"
    source.mkdir()
    (source / "wave.html").write_text(page_element(Wave()))
    (source / "index.md").write_text(f"# Wave\n\n```{{raw}} html\n:file: wave.html\n```\n\n{text}\n")
    # With suffixes of its own: Sphinx writes what an extension adds into its defaults, for all who come after in this process.
    suffixes = {".md": "markdown"}
    extensions = ["myst_parser", "kexue_widgets.sphinx"]
    config = {
        "extensions": extensions,
        "source_suffix": suffixes,
        "project": "theirs",
        "html_theme": "alabaster",
    } | options
    target = folder / builder
    with docutils_namespace(), said.open("w") as warnings:
        Sphinx(source, None, target, folder / "doctrees", builder, config, status=None, warning=warnings).build()
    page = next(
        path
        for path in target.rglob("*")
        if path.stem in ("index", "theirs") and path.suffix in (".html", ".tex", ".txt")
    )
    return page.read_text(), said.read_text()


def test_a_link_stays_a_link_and_has_its_python_for_a_title(tmp_path: Path) -> None:
    page, warnings = built(tmp_path, "So [make it *small*](#live:Wave.amplitude=0.3&Wave.shape=square).")
    assert warnings == ""
    assert 'href="#live:Wave.amplitude=0.3&amp;Wave.shape=square"' in page
    assert "title=\"Wave(amplitude=0.3, shape='square')\"" in page
    assert "make it <em>small</em></a>" in page


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("[much](#live:Wave.amplitude=3)", "amplitude must be in [0, 2], got '3'"),
        ("[nobody](#live:Nobody.p=3)", "there is no explorer 'Nobody' on this page (there is: Wave)"),
        ('[less](#live:Wave.amplitude=0.3 "Wave()")', "its title must be Wave(amplitude=0.3), got Wave()"),
    ],
)
def test_a_wrong_link_is_named_with_its_file_and_line(tmp_path: Path, link: str, told: str) -> None:
    _, warnings = built(tmp_path, f"Not here.\n\nBut {link}.")
    assert f"index.md:9: WARNING: try link: {told}" in warnings
    assert warnings.count("WARNING") == 1


def test_a_wrong_link_in_a_notebook_is_named_with_its_cell(tmp_path: Path) -> None:
    output = new_output("display_data", {"text/html": page_element(Wave())})
    cells = [new_markdown_cell("# Wave"), new_code_cell("Wave()", outputs=[output])]
    text = new_markdown_cell("Not here.\n\nBut [nobody](#live:Nobody.p=3).")
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    nbformat.write(new_notebook(cells=[*cells, text], metadata=metadata), tmp_path / "index.ipynb")
    said, target = tmp_path / "warnings.txt", tmp_path / "html"
    config = {"extensions": ["myst_nb", "kexue_widgets.sphinx"], "nb_execution_mode": "off", "project": "theirs"}
    with docutils_namespace(), said.open("w") as warnings:
        Sphinx(tmp_path, None, target, target / "doctrees", "html", config, status=None, warning=warnings).build()
    assert "index.ipynb:cell 3: WARNING: try link: there is no explorer 'Nobody' on this page" in said.read_text()


def test_an_edition_is_told_only_of_what_translation_has_changed(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    messages = {
        "One [p](#live:No.p=1).": "一 [p](#live:No.p=1)。",
        "Two [p](#live:No.p=2).": "二 [p](#live:No.p=3)。",
        "Three [p](#live:No.p=4).": "",
    }
    entries = [("", "Content-Type: text/plain; charset=UTF-8\\n"), *messages.items()]
    (folder / "index.po").write_text("\n".join(f'msgid "{one}"\nmsgstr "{other}"\n' for one, other in entries))
    edition = {"language": "zh_CN", "locale_dirs": [str(tmp_path / "locale")], "kexue_root": ".."}
    page, warnings = built(tmp_path, "\n\n".join(messages), **edition)
    assert "#live:No.p=3" in page
    assert warnings.count("try link") == 1
    assert "<translated>" in warnings


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_where_nothing_computes_a_link_is_its_words(tmp_path: Path, builder: str) -> None:
    page, warnings = built(tmp_path, "So [make it small](#live:Wave.amplitude=0.3) now.", builder)
    assert warnings == ""
    assert "So make it small now." in page
    assert "#live" not in page
