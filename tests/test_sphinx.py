"""Explorers in other people's projects: Jupyter Books and Sphinx with any theme, opened by double-click, without a network.

What these projects have besides is compared, byte by byte, with a build that knows nothing of explorers.
"""

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cdn
import nbclient
import nbformat
import numpy as np
import pytest
import torch
import yaml
from reader import Live
from sphinx.application import Sphinx
from sphinx.errors import ConfigError, ExtensionError
from sphinx.util.docutils import docutils_namespace

from kexue_widgets.live import Explorer, explore, page_element

TEMPLATE = Path(__file__).parents[1] / "examples" / "book"

ORDINARY = r"""
import anywidget, ipywidgets, traitlets
from IPython.display import HTML

class Counter(anywidget.AnyWidget):
    _esm = "export default {render: ({model, el}) => el.append(`counted to ${model.get('count')}`)}"
    count = traitlets.Int(3).tag(sync=True)

ipywidgets.VBox([ipywidgets.FloatSlider(description="ordinary"), Counter()])
"""
MACROS = {"tex": {"macros": {"RR": r"\mathbb{R}", "norm": [r"\lVert #1 \rVert", 1]}}}
FORMULAS = r"""# Formulas and no code

{math}`\norm{x} \in \RR`, and $a^2$.

```{math}
\RR \ni \norm{x}
```
"""


# Figures of others' and explorers, on one page and in one another.
MIXED = """---
file_format: mystnb
kernelspec:
  name: python3
---

# Figures of many kinds

```{code-cell} ipython3
import bqplot.pyplot
import ipywidgets
import plotly.express
import plotly.io
import torch
from IPython.display import display

from kexue_widgets.live import explore

X = torch.linspace(0, 1, 20)


def line(p):
    \"\"\"A line through the origin.\"\"\"
    return X, p * X


explore(line, p=(0.0, 1.0))
```

```{code-cell} ipython3
plotly.io.renderers.default = "notebook"
plotly.express.line(x=[1, 2, 3], y=[1, 3, 2])
```

```{code-cell} ipython3
figure = bqplot.pyplot.figure()
bqplot.pyplot.plot([1, 2, 3], [1, 3, 2])
figure
```

```{code-cell} ipython3
slider, text = ipywidgets.FloatSlider(description="ordinary"), ipywidgets.FloatText(description="follows")
link = ipywidgets.jslink((slider, "value"), (text, "value"))
one, other = explore(line, p=(0.0, 1.0)), explore(line, p=(0.0, 1.0))
together = ipywidgets.jslink((one, "p"), (other, "p"))
ipywidgets.VBox([slider, text, ipywidgets.HBox([one, other])])
```

```{code-cell} ipython3
out = ipywidgets.Output()
with out:
    display(explore(line, p=(0.0, 1.0)))
out
```
"""
# Without the hashes of files which a test has in other versions.
WIDGETS = {
    "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.4/require.min.js": {},
    "https://cdn.jsdelivr.net/npm/@jupyter-widgets/html-manager@1.0.6/dist/embed-amd.js": {
        "data-jupyter-widgets-cdn": "https://cdn.jsdelivr.net/npm/"
    },
}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The template with pages of the author's own: built as it is, and without a word of explorers."""
    source = tmp_path_factory.mktemp("book") / "source"
    shutil.copytree(TEMPLATE, source)
    (source / "formulas.md").write_text(FORMULAS)
    cells = [nbformat.v4.new_markdown_cell("# Ordinary widgets"), nbformat.v4.new_code_cell(ORDINARY)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbclient.NotebookClient(notebook, store_widget_state=True).execute()
    (source / "deeper").mkdir()
    nbformat.write(notebook, source / "deeper" / "ordinary.ipynb")
    (source / "deeper" / "mixed.md").write_text(MIXED)
    with (source / "explorers.md").open("a") as file:
        file.write("\n```{code-cell} ipython3\nimport ipywidgets\n\nipywidgets.FloatSlider()\n```\n")
    toc, config = source / "_toc.yml", source / "_config.yml"
    toc.write_text(toc.read_text() + "  - file: formulas\n  - file: deeper/ordinary\n  - file: deeper/mixed\n")
    settings = yaml.safe_load(config.read_text())
    settings["sphinx"]["config"] = {"mathjax3_config": MACROS, "nb_ipywidgets_js": WIDGETS}
    settings["execute"]["execute_notebooks"] = "auto"  # what is stored in a notebook stays as it is
    config.write_text(yaml.safe_dump(settings, sort_keys=False))
    without = source.with_name("without")
    shutil.copytree(source, without)
    del settings["sphinx"]["extra_extensions"]
    settings["execute"]["execute_notebooks"] = "off"
    (without / "_config.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    for folder in (source, without):
        done = subprocess.run(
            [
                Path(sys.executable).with_name("jupyter-book"),
                "build",
                ".",
                "--quiet",
                *(["-W"] if folder is source else []),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return source / "_build" / "html", without / "_build" / "html"


def template_explorers() -> list[Explorer]:
    names: dict = {}
    for cell in re.findall(r"```{code-cell}.*?\n(.*?)```", (TEMPLATE / "explorers.md").read_text(), re.DOTALL):
        exec(cell, names)
    return [names["wave"], names["Walk"]()]


def test_the_template_is_alive_by_double_click(books: tuple[Path, Path], visit: Callable) -> None:
    wave, walk = template_explorers()
    page = visit((books[0] / "explorers.html").as_uri()).page
    live = Live(page, type(wave))
    live.set("frequency", 7.3)
    wave.frequency = 7.3
    np.testing.assert_allclose(live.arrays["y"], wave.arrays["y"], atol=2e-5)
    walking = Live(page, type(walk))
    walking.after(lambda: walking.press("Step"))
    assert walking.steps > 0
    walk.advance(walking.steps)
    np.testing.assert_allclose(walking.arrays["place"], walk.arrays["place"], atol=1e-5)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_as_without(found: Path, without: Path, *ours: str) -> None:
    """Nothing but the pages of explorers, what lies in their folder, and what Sphinx says of its own build differs."""
    ours = (*ours, "searchindex.js", ".buildinfo", ".doctrees/", "_kexue/", "_sources/", "objects.inv")
    with_us, alone = files(found), files(without)
    differ = {name for name in with_us.keys() | alone.keys() if with_us.get(name) != alone.get(name)}
    assert {name for name in differ if not name.startswith(ours)} == set()
    assert any(name.endswith(".html") for name in alone)


def test_other_pages_of_a_jupyter_book_are_as_without_explorers(books: tuple[Path, Path]) -> None:
    assert_as_without(*books, "explorers.html", "deeper/mixed.html", "_images/")
    ordinary = (books[0] / "deeper" / "ordinary.html").read_text()
    assert "html-manager" in ordinary
    assert "application/vnd.jupyter.widget-state+json" in ordinary
    assert r"\\mathbb{R}" in (books[0] / "formulas.html").read_text()
    both = (books[0] / "explorers.html").read_text()
    assert "html-manager" in both
    assert "FloatSliderModel" in both


def test_explorers_live_beside_figures_of_others_and_within_their_boxes(
    books: tuple[Path, Path], visit: Callable
) -> None:
    page = visit("about:blank").page
    page.route("**/*", cdn.deliver)
    page.goto((books[0] / "deeper" / "mixed.html").as_uri())
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.locator(".bqplot path.domain").first.wait_for(state="attached")  # an axis
    page.locator(".noUi-handle").press("ArrowRight")
    page.wait_for_function("document.querySelector('.widget-text input').value === '0.1'")
    for index in (0, 3):  # by itself, and in an Output; between them are those in the box
        live = Live(page, type(line), index)
        live.set("p", 0.25)
        np.testing.assert_allclose(live.arrays["y"], 0.25 * np.linspace(0, 1, 20), atol=1e-6)
    boxed = page.locator(".widget-hbox .kexue")
    boxed.nth(1).wait_for()
    boxed.nth(0).get_by_label("p: value", exact=True).fill("0.75")
    boxed.nth(0).get_by_label("p: value", exact=True).press("Enter")
    for index in range(2):  # both, since they are linked
        shown = "element => Math.abs(element.explorer?.arrays.y?.data.at(-1) - 0.75) < 1e-6"
        page.wait_for_function(shown, arg=boxed.nth(index).element_handle())
        assert boxed.nth(index).locator(".kexue-place").inner_text() == "computing in this page"


def test_graphs_outlive_a_cleaned_book(books: tuple[Path, Path]) -> None:
    # `jupyter-book clean` leaves the executed notebooks; these name their graphs.
    build = books[0].parent
    graphs = {path.stem for path in (build / ".jupyter_cache" / "kexue_graphs").glob("*.js")}
    assert graphs == {path.stem for path in (books[0] / "_kexue" / "graphs").glob("*.js")}
    assert len(graphs) == 6  # a wave of two shapes; start, step and frame of a walk; and a line


# Sphinx alone


@explore(p=(0.0, 1.0))
def line(p):
    """A line through the origin."""
    x = torch.linspace(0, 1, 20)
    return x, p * x


RST = """
{title}
{rule}

:math:`a^2`

{body}
"""


@pytest.fixture(scope="module")
def element() -> str:
    return page_element(line)


def run_sphinx(source: Path, target: Path, builder: str, config: dict) -> Path:
    # Sphinx adds to its default of `source_suffix`, where the next build in this process would find it.
    common = {"project": "theirs", "copyright": "theirs", "version": "1", "source_suffix": {".rst": "restructuredtext"}}
    with docutils_namespace():
        given = {**common, **config}
        app = Sphinx(
            source,
            None,
            target,
            target.with_name(f"{target.name}-doctrees"),
            builder,
            given,
            status=None,
            warningiserror=True,
        )
        app.build()
    return target


def build(folder: Path, theme: str, element: str, builder: str = "html", ours: bool = True) -> Path:
    """A project with a page without explorers, and one with an explorer in a folder below."""
    source = folder / f"source-{theme}"
    (source / "deep" / "er").mkdir(parents=True, exist_ok=True)
    (source / "line.html").write_text(element)
    (source / "index.rst").write_text(
        RST.format(title="Index", rule="=====", body=".. toctree::\n\n   plain\n   deep/er/line\n   deep/myst")
    )
    (source / "plain.rst").write_text(RST.format(title="Plain", rule="=====", body="No code::\n\n   at all"))
    raw = ".. raw:: html\n   :file: ../../line.html"
    (source / "deep" / "er" / "line.rst").write_text(RST.format(title="Line", rule="====", body=raw))
    (source / "deep" / "myst.md").write_text(
        "# MyST\n\n```{math}\na^2\n```\n\n```{raw} html\n:file: ../line.html\n```\n"
    )
    own = ["kexue_widgets.sphinx"] if ours else []
    config = {"extensions": ["myst_parser", *own], "html_theme": theme, "html_copy_source": False}
    return run_sphinx(source, folder / f"{theme}-{builder}-{ours}", builder, config)


@pytest.mark.parametrize("theme", ["alabaster", "furo"])
def test_sphinx_shows_live_explorers_below_and_leaves_other_pages_alone(
    theme: str, element: str, tmp_path: Path, visit: Callable
) -> None:
    pages = build(tmp_path, theme, element)
    assert_as_without(pages, build(tmp_path, theme, element, ours=False), "deep/")
    for name in ("deep/er/line.html", "deep/myst.html"):
        seen = visit((pages / name).as_uri())
        live = Live(seen.page, type(line))
        live.set("p", 0.25)
        np.testing.assert_allclose(live.arrays["y"], 0.25 * np.linspace(0, 1, 20), atol=1e-6)
        assert not [each for each in seen.errors if "ERR_NAME_NOT_RESOLVED" not in each]  # MathJax is on a network


@pytest.mark.parametrize(("builder", "page"), [("dirhtml", "deep/er/line/index.html"), ("singlehtml", "index.html")])
def test_other_builders_have_live_explorers_too(
    builder: str, page: str, element: str, tmp_path: Path, visit: Callable
) -> None:
    pages = build(tmp_path, "alabaster", element, builder)
    live = Live(visit((pages / page).as_uri()).page, type(line))
    live.set("p", 0.25)
    np.testing.assert_allclose(live.arrays["y"][-1], 0.25)


def test_an_e_book_has_the_pictures(element: str, tmp_path: Path) -> None:
    pages = build(tmp_path, "alabaster", element, "epub")
    page = (pages / "deep" / "er" / "line.xhtml").read_text()
    assert '<img alt="A line through the origin." src="data:image/png' in page
    assert "kexue-explorer" not in page
    assert not (pages / "_kexue").exists()


@pytest.mark.parametrize("kind", ["latex", "text"])
def test_where_there_is_no_html_the_pictures_are(kind: str, element: str, tmp_path: Path) -> None:
    pages = build(tmp_path, "alabaster", element, kind)
    (picture,) = re.findall(r'src="data:image/png;base64,([^"]*)"', element)
    if kind == "text":
        for name in ("deep/er/line.txt", "deep/myst.txt"):
            assert (pages / name).read_text().count("[image: A line through the origin.]") == 1
    else:
        (text,) = (path.read_text() for path in pages.glob("theirs.tex"))
        found = re.findall(r"\\sphinxincludegraphics\{\{(\w+)\}\.png\}", text)
        assert len(found) == 2
        assert {(pages / f"{name}.png").read_bytes() for name in found} == {base64.b64decode(picture)}


def test_in_a_pdf_the_output_of_a_notebook_is_its_picture(element: str, tmp_path: Path) -> None:
    shown = nbformat.v4.new_output("execute_result", {"text/html": element, "text/plain": "Line(p=0.5)"})
    cells = [nbformat.v4.new_markdown_cell("# Line"), nbformat.v4.new_code_cell("line", outputs=[shown])]
    source = tmp_path / "source"
    source.mkdir()
    language = {"language_info": {"name": "python", "pygments_lexer": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=language), source / "index.ipynb")
    config = {"extensions": ["myst_nb", "kexue_widgets.sphinx"], "nb_execution_mode": "off"}
    text = (run_sphinx(source, tmp_path / "latex", "latex", config) / "theirs.tex").read_text()
    assert len(re.findall(r"\\sphinxincludegraphics\{\{\w+\}\.png\}", text)) == 1
    assert "Line(p" not in text


def test_a_page_is_dark_when_its_theme_is(element: str, tmp_path: Path, visit: Callable) -> None:
    scheme = "getComputedStyle(document.querySelector('.kexue')).colorScheme"
    found = {}
    for theme in ("alabaster", "furo"):
        page = visit((build(tmp_path, theme, element) / "deep" / "myst.html").as_uri(), color_scheme="dark").page
        Live(page, type(line))
        found[theme] = page.evaluate(scheme)
    assert found == {"alabaster": "light", "furo": "dark"}  # alabaster is white for all readers
    page.evaluate("document.body.dataset.theme = 'light'")
    assert page.evaluate(scheme) == "light"


def test_a_graph_that_is_lost_is_named_with_its_page(element: str, tmp_path: Path) -> None:
    lost = re.sub(r'"graphs":\{[^}]*\}', '"without":{}', element)
    assert lost != element
    with pytest.raises(ExtensionError, match=r"deep/er/line: .*kexue_graphs/[0-9a-f]{16}\.js is missing.* delete "):
        build(tmp_path, "alabaster", lost)


# This book's policy, in a project of another


def policy(folder: Path, **settings: object) -> Path:
    source, target = folder / "source", folder / "html"
    source.mkdir()
    (source / "index.md").write_text("# Index\n\n$$ a^2 $$\n")
    config = {"extensions": ["myst_nb", "kexue_widgets.book"], "myst_enable_extensions": ["dollarmath"], **settings}
    return run_sphinx(source, target, "html", config)


def test_each_part_of_a_books_policy_is_off_until_it_is_asked_for(tmp_path: Path) -> None:
    page = (policy(tmp_path, html_theme="alabaster") / "index.html").read_text()
    for each in ("_kexue/mathjax", "book.css", "reader.js", "notices.txt", "kexue-page", "mend"):
        assert each not in page
    assert not list(tmp_path.rglob("*.zip"))


def test_formulas_keep_the_macros_of_the_author(tmp_path: Path) -> None:
    page = policy(tmp_path, kexue_formulas=True, kexue_archive="all.zip", mathjax3_config=MACROS) / "index.html"
    text = page.read_text()
    assert "_kexue/mathjax/startup.js" in text
    assert '"RR": "\\\\mathbb{R}"' in text
    assert '"displayOverflow": "linebreak"' in text
    assert '"processEnvironments": false' in text
    assert page.with_name("all.zip").is_file()


def test_a_button_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="kexue_buttons must be some of cite, share, print, got 'sing'"):
        policy(tmp_path, kexue_buttons=["sing"])
