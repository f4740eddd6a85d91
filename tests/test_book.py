"""The Sphinx extensions, without a browser."""

import base64
import gzip
import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from catalogues import LOCALE
from catalogues import read as read_catalogue
from docutils import nodes
from docutils.utils import new_document
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace

from kexue_widgets import sources
from kexue_widgets.book import theme
from kexue_widgets.book.chapters import facts_of, read
from kexue_widgets.book.editions import alternates, folder_of, own_explorers, switches, whole_book, write_entrance
from kexue_widgets.book.translation import TableSources, descriptions, sayer, table_words
from kexue_widgets.sphinx import EXPLORER
from kexue_widgets.sphinx import GRAPH as NAMED


def test_an_edition_lies_in_the_whole_book(tmp_path: Path) -> None:
    config = SimpleNamespace(kexue_editions={".": "en", "zh": "zh_CN"}, language="en")
    app = SimpleNamespace(config=config)
    app.outdir = tmp_path / "html"
    assert (folder_of(app), whole_book(app)) == (".", tmp_path / "html")
    assert [switch["url"] for switch in switches(app, "book/one")] == ["../zh/book/one.html"]
    app.config.language, app.outdir = "zh_CN", tmp_path / "html" / "zh"
    assert (folder_of(app), whole_book(app)) == ("zh", tmp_path / "html")
    assert [(switch["url"], switch["text"]) for switch in switches(app, "book/one")] == [
        ("../../book/one.html", "English")
    ]


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        ("", {"en": "../../book/one.html", "x-default": "../../book/one.html", "zh-CN": "one.html"}),
        (
            "https://example.org/book/zh/",
            {
                "en": "https://example.org/book/book/one.html",
                "x-default": "https://example.org/book/book/one.html",
                "zh-CN": "https://example.org/book/zh/book/one.html",
            },
        ),
    ],
)
def test_a_page_says_where_it_is_in_other_languages(tmp_path: Path, home: str, expected: dict[str, str]) -> None:
    config = SimpleNamespace(kexue_editions={".": "en", "zh": "zh_CN"}, language="zh_CN", html_baseurl=home)
    app = SimpleNamespace(config=config, outdir=tmp_path / "html" / "zh")
    links = re.findall('<link rel="alternate" hreflang="(.*?)" href="(.*?)">', alternates(app, "book/one", "book/one"))
    assert dict(links) == expected


@pytest.mark.parametrize(("language", "own", "other"), [("en", "one", "二"), ("zh_CN", "二", "one")])
def test_a_page_has_the_explorer_of_its_own_edition_and_names_the_graphs_of_all(
    language: str, own: str, other: str
) -> None:
    def part(code: str, word: str, graph: str) -> str:
        manifest = f'{{"word":"{word}","graph":"{graph}"}}'
        element = f'<kexue-explorer><script type="application/json">{manifest}</script></kexue-explorer>'
        return f'<div class="kexue-edition" lang="{code}">{element}</div>'

    app = SimpleNamespace(config=SimpleNamespace(language=language))
    graphs = ["0" * 16, "1" * 16]
    page = own_explorers(app, f"<p>{part('en', 'one', graphs[0])}{part('zh-CN', '二', graphs[1])}</p>")
    assert f'"word":"{own}"' in page
    assert other not in page
    # As what is put into the book is found.
    assert sorted(name for each in EXPLORER.findall(page) for name in NAMED.findall(each)) == graphs
    shown = re.sub("<!--.*?-->", "", page)
    assert shown.count("<kexue-explorer>") == 1
    assert shown.endswith("</div></p>")


def test_the_entrance_leads_to_the_first_page_without_scripts_too(tmp_path: Path) -> None:
    config = SimpleNamespace(
        kexue_editions={".": "en", "zh": "zh_CN"},
        language="en",
        html_baseurl="",
        html_title="A book",
        root_doc="book/intro",
    )
    write_entrance(SimpleNamespace(config=config, outdir=tmp_path))
    page = (tmp_path / "index.html").read_text("utf-8")
    assert '<noscript><meta http-equiv="refresh" content="0; url=book/intro.html"></noscript>' in page
    assert '<link rel="alternate" hreflang="zh-CN" href="zh/book/intro.html">' in page


def test_a_chapters_facts_are_counted() -> None:
    document = new_document("")
    document += nodes.paragraph("", "word " * 1000)
    document += nodes.paragraph("", "字" * 1750)
    document += [nodes.math_block("", "x"), nodes.math_block("", "y"), nodes.literal_block("", "code")]
    document += [nodes.raw("", "<kexue-explorer>", format="html"), nodes.raw("", "<table>", format="html")]
    document += nodes.admonition("", classes=["dropdown"])
    document += nodes.admonition("")
    # 5 minutes each for 1000 English words and 1750 Chinese characters; 1 for two formulas, 2 for the figure, half for code
    assert facts_of(document) == {"minutes": 15, "figures": 1, "exercises": 1}


def test_a_chapters_facts_stand_under_its_article_and_before_its_exercises(tmp_path: Path) -> None:
    def section(title: str, *parts: nodes.Node) -> nodes.section:
        return nodes.section("", nodes.title("", title), *parts, ids=[title.lower()])

    solution = nodes.admonition("", classes=["dropdown"])
    document = new_document("")
    document += section(
        "Dropout", nodes.paragraph("", "Follows …"), section("Exercises", nodes.paragraph("", "1."), solution)
    )
    env = SimpleNamespace(docname="book/dropout", metadata={"book/dropout": {}})
    app = SimpleNamespace(env=env, confdir=tmp_path, config=SimpleNamespace(locale_dirs=[], language="en"))
    read(app, document)
    told = [node for node in document.findall(nodes.paragraph) if "kexue-facts" in node["classes"]]
    assert [node.astext() for node in told] == ["about 5 minutes · 1 exercises", "1 exercises"]
    assert [node.parent.index(node) for node in told] == [2, 1]
    assert env.metadata["book/dropout"]["facts"] == {"minutes": 5, "figures": 0, "exercises": 1}
    unchanged = document.deepcopy()
    env.docname = "book/licences"
    read(app, document)
    assert document.pformat() == unchanged.pformat()


def test_a_word_with_two_senses_is_translated_by_its_page(tmp_path: Path) -> None:
    catalogue = Catalog()
    catalogue.add("bound", "界")
    catalogue.add("bound", "上界", context="wordvec")
    target = tmp_path / "zh_CN" / "LC_MESSAGES" / "explorers.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)
    app = SimpleNamespace(confdir=tmp_path, config=SimpleNamespace(locale_dirs=["."], language="zh_CN"))
    assert sayer(app, "book/wordvec")("bound") == "上界"
    assert sayer(app, "book/dropout")("bound") == "界"
    assert sayer(app, "book/dropout")("unknown") == "unknown"


@pytest.mark.parametrize("box", ["", ":::{admonition} Notation\n"])
def test_tables_are_translated_in_boxes_too(tmp_path: Path, box: str) -> None:
    catalogue = Catalog()
    catalogue.add("meaning", "含义")
    target = tmp_path / "zh_CN" / "LC_MESSAGES" / "index.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)
    (tmp_path / "index.md").write_text(f"# One\n\n{box}| meaning |\n|---|\n| $x$ |\n" + (":::" if box else ""))
    config = {
        "extensions": ["myst_parser"],
        "myst_enable_extensions": ["colon_fence", "dollarmath"],
        "source_suffix": {".rst": "restructuredtext"},
        "language": "zh_CN",
        "locale_dirs": ["."],
    }
    with docutils_namespace():
        app = Sphinx(tmp_path, None, tmp_path / "out", tmp_path / "trees", "html", config, status=None)
        app.add_transform(TableSources)
        app.build()
    assert "含义" in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_heads_of_result_tables_are_words_to_translate() -> None:
    frame = pd.DataFrame({"mean ± sd": [0.5], "n": [3]}, index=["from scratch & on"])
    assert table_words(f"<div>{frame.to_html()}</div>") == ["mean ± sd", "from scratch & on"]


@pytest.mark.parametrize("path", sorted((sources.PACKAGE.parent / "book").glob("*.ipynb")), ids=lambda path: path.stem)
def test_pictures_that_cells_put_out_are_described(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    datas = [[output.get("data", {}) for output in cell.outputs] for cell in cells]
    pictures = [any(data.get("text/plain", "").startswith("<Figure") for data in each) for each in datas]
    described = descriptions(path)
    assert len(described) == sum(pictures)
    known = read_catalogue(LOCALE / "zh_CN" / "LC_MESSAGES" / "explorers.po")
    assert all(known[each].string for each in described)


@pytest.mark.parametrize("folder", ["live", "book"])
def test_each_module_has_its_place_in_how_this_book_works(folder: str) -> None:
    page = (sources.PACKAGE.parent / "book" / "how_it_works.md").read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith(f"| `kexue_widgets/{folder}/` |")]
    modules = {path.stem for path in (sources.PACKAGE / folder).glob("*.py")} - {"__init__"}
    assert modules - {*re.findall(r"`(\w+)/?`", row)} == set()


# A book of notebooks, each of which leaves a line in a file when it is executed.

GRAPH = b"what ONNX Runtime would read"
NAME = hashlib.sha256(GRAPH).hexdigest()[:16]
SCRIPT = f'({{}})["{NAME}"]="{base64.b64encode(gzip.compress(GRAPH, mtime=0)).decode()}";\n'
SHOWS_A_GRAPH = f"""import os
from pathlib import Path
from IPython.display import HTML
folder = Path(os.environ["KEXUE_BOOK"])
folder.mkdir(parents=True, exist_ok=True)
(folder / "{NAME}.js").write_text({SCRIPT!r})
HTML('<kexue-explorer><script type="application/json">{{"graph":"{NAME}"}}</script></kexue-explorer>')
"""
CELLS = {  # imports are looked for wherever they stand
    "rates": "if False:\n    from kexue_widgets.gillespie import ReactionNetwork",
    "words": "%matplotlib inline\ndef later():\n    import kexue_widgets.dropout\nREAD = 'fgan_ring.json'",
    "shown": SHOWS_A_GRAPH,
    "reader": "2",
}


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """Builds the book, and says which notebooks were executed for that; the package is a copy."""
    package = tmp_path / "kexue_widgets"
    shutil.copytree(sources.PACKAGE, package, ignore=shutil.ignore_patterns("static", "frontend", "__pycache__"))
    shutil.copytree(sources.PACKAGE.parent / "book" / "data", tmp_path / "book" / "data")
    monkeypatch.setattr(sources, "PACKAGE", package)
    monkeypatch.setenv("KEXUE_BOOK", "")
    source, log = tmp_path / "source", tmp_path / "executed"
    source.mkdir()
    kernel = {"name": "python3", "display_name": "Python 3"}
    for name, cell in CELLS.items():
        noted = f"with open({str(log)!r}, 'a') as file:\n    file.write('{name} ')"
        cells = [nbformat.v4.new_markdown_cell(f"# {name}"), *map(nbformat.v4.new_code_cell, (noted, cell))]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), source / f"{name}.ipynb")
    (source / "index.md").write_text("# Book\n\n```{toctree}\n" + "\n".join(CELLS) + "\n```\n")
    config = {
        "extensions": ["myst_nb", "kexue_widgets.book.notebooks"],
        "source_suffix": {".md": "myst-nb", ".ipynb": "myst-nb"},
        "nb_execution_mode": "cache",
        "nb_execution_raise_on_error": True,
        "kexue_readers": ["reader"],
    }

    def build() -> set[str]:
        log.write_text("")
        with docutils_namespace():
            app = Sphinx(
                source, None, tmp_path / "html", tmp_path / "doctrees", "html", config, status=None, warning=None
            )
            app.build()
        return set(log.read_text().split())

    return build


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_notebooks_are_executed_again_when_what_they_reach_has_changed(
    book: Callable[[], set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, reached = tmp_path / "kexue_widgets", tmp_path / "kexue_widgets" / "gillespie" / "network.py"
    assert book() == set(CELLS)
    assert book() == set()
    change(reached, '"""', '"""Another word in the docstring. ')
    reached.write_text(reached.read_text() + "\n# a comment\n")
    assert book() == set()
    reached.write_text(reached.read_text() + "\nNEW = 1\n")
    assert book() == {"rates"}
    assert book() == set()
    change(package / "live" / "noise.py", "\n\n\n", "\nNEW = 1\n\n\n")
    assert book() == {"rates", "words"}
    change(tmp_path / "book" / "data" / "fgan_ring.json", "{", "{ ")
    assert book() == {"words"}
    (package / "gillespie" / "rates.npz").write_bytes(b"data beside the code")
    assert book() == {"rates"}
    change(tmp_path / "source" / "words.ipynb", "# words", "# other words")
    assert book() == {"reader"}
    catalogue = tmp_path / "source" / "locales" / "zh_CN" / "LC_MESSAGES" / "words.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid "other words"\nmsgstr "别的词"\n', "utf-8")
    assert book() == {"reader"}
    change(tmp_path / "source" / "words.ipynb", "words ')", "words ')  # a cell that says nothing")
    assert book() == {"words"}
    versions = sources.versions()
    monkeypatch.setattr(sources, "versions", lambda: {**versions, "onnxscript": "0.0"})
    assert book() == set(CELLS)


def test_graphs_that_pages_name_are_kept_and_others_go(book: Callable[[], set[str]], tmp_path: Path) -> None:
    book()
    script, stray = (
        tmp_path / ".jupyter_cache" / "kexue_graphs" / f"{NAME}.js",
        tmp_path / ".jupyter_cache" / "kexue_graphs" / f"{'0' * 16}.js",
    )
    in_book = tmp_path / "html" / "_kexue" / "graphs" / script.name
    scripted = {name for name in CELLS if "_kexue/page.js" in (tmp_path / "html" / f"{name}.html").read_text()}
    assert scripted == {"shown"}
    stray.write_text(SCRIPT)
    assert in_book.read_text() == SCRIPT
    shutil.rmtree(tmp_path / "doctrees")  # as in a new build: the outputs are there, and name the graph
    assert book() == set()
    assert (script.exists(), stray.exists()) == (True, False)
    assert in_book.read_text() == SCRIPT


def test_what_is_damaged_is_made_again(book: Callable[[], set[str]], tmp_path: Path) -> None:
    book()
    script, outputs = tmp_path / ".jupyter_cache" / "kexue_graphs" / f"{NAME}.js", tmp_path / ".jupyter_cache"
    for damaged in ("", SCRIPT[:-20], SCRIPT.replace(SCRIPT[40:44], "AAAA")):
        script.write_text(damaged)
        assert book() == {"shown"}
        assert script.read_text() == SCRIPT
    for path in (outputs / "executed").rglob("base.ipynb"):
        if "write('words" in path.read_text():
            path.write_text(path.read_text()[:100])
    assert book() == {"words"}
    (outputs / "global.db").write_bytes(b"no database")
    assert book() == set(CELLS)


# What the theme writes


def test_a_pattern_with_nothing_to_mend_fails_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.html"
    page.write_text("<summary aria-label='x'>")
    monkeypatch.setattr(theme, "THEME", ())
    with pytest.raises(ExtensionError, match=r"nothing in the book's pages matches .*search-button-field"):
        theme.mend([page], whole=True)
    theme.mend([page], whole=False)  # of a book whose other pages have been mended before
