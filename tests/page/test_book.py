"""What a reader may do with the book's pages: search, cite, share, follow links; and formulas of any length."""

import base64
import gzip
import html
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import onnx
import pytest
from playwright.sync_api import expect
from reader import CUT_OFF, PHONE, READY, Live, assert_accessible

from kexue_widgets.dropout import Mask
from kexue_widgets.guide import CHAPTERS, cite
from kexue_widgets.guide.works import ADDRESS

# Formulas as the theory chapters need them, longer than a telephone's line: display, aligned, numbered, inline.
LONG_FORMULAS = r"""# Formulas

Inline $\operatorname{Var}\left[\sum_{i=1}^{n}\frac{m_i w_i x_i}{1-p}\right]=\frac{p}{1-p}\sum_{i=1}^{n}w_i^2x_i^2\le
\frac{p}{1-p}\lVert\mathbf w\rVert_2^2\,\lVert\mathbf x\rVert_\infty^2+\mathcal O(n^{-1})$ in a sentence.

$$
\mathbb E_{\mathbf m}\Big[\big\lVert\mathbf y-\tfrac{1}{1-p}(\mathbf m\odot\mathbf X)\mathbf w\big\rVert_2^2\Big]
= \lVert\mathbf y-\mathbf X\mathbf w\rVert_2^2+\frac{p}{1-p}\sum_{j=1}^{d}\Big(\sum_{i=1}^{n}X_{ij}^2\Big)w_j^2
= \mathcal L(\mathbf w)+\mathbf w^\top\boldsymbol\Gamma^2\mathbf w
$$ (ridge)

\begin{align}
\min_G\max_D V(D,G) &= \mathbb E_{x\sim p_{\mathrm{data}}}[\log D(x)]+\mathbb E_{z\sim p_z}[\log(1-D(G(z)))] \\
D^\star(x) &= \frac{p_{\mathrm{data}}(x)}{p_{\mathrm{data}}(x)+p_g(x)}
\end{align}

$$
f(x)=\begin{cases}\dfrac{\alpha x+\beta}{\gamma} & \text{if the drop rate is below one half and } x>0,\\
0 & \text{otherwise.}\end{cases}
$$
"""

CONF = """
extensions = ["myst_nb", "kexue_widgets.book.mathjax"]
myst_enable_extensions = ["amsmath", "dollarmath"]
html_theme = "sphinx_book_theme"
html_context = {"default_mode": "auto"}
"""


def test_a_page_can_be_cited_and_shared(book_http: str, visit: Callable) -> None:
    seen = visit(f"{book_http}/book/dropout.html#live:Mask.p=0.3")
    page = seen.page
    page.get_by_role("button", name="Cite this page").click()
    today = page.evaluate("new Date().toLocaleDateString('sv')")
    for name, style in (("BibTeX", "BibTeX"), ("Text", "plain")):
        expected = cite(CHAPTERS[0], style, today).replace(ADDRESS, f"{book_http}/book/")
        assert page.get_by_role("textbox", name=name, exact=True).input_value() == expected
    page.get_by_role("button", name="Copy BibTeX").click()
    expect(page.locator("dialog").get_by_role("status")).not_to_be_empty()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share this page").click()
    assert page.get_by_role("textbox", name="link").input_value().endswith("#live:Mask.p=0.3")
    seen.assert_clean()


def test_a_page_from_a_folder_is_shared_without_the_folder(book_dir: Path, visit: Callable) -> None:
    page = visit(f"{(book_dir / 'book' / 'dropout.html').as_uri()}#live:Mask.p=0.3").page
    page.get_by_role("button", name="Share this page").click()
    assert page.get_by_role("textbox", name="link").input_value() == "dropout.html#live:Mask.p=0.3"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cite this page").click()
    assert "file:" not in page.get_by_role("textbox", name="BibTeX").input_value()


def test_a_reader_without_mouse_or_eyes_can_cite_a_page(book_http: str, visit: Callable, axe_path: Path) -> None:
    page = visit(f"{book_http}/book/archive.html", **PHONE).page
    button = page.get_by_role("button", name="Cite this page")
    button.press("Enter")
    assert_accessible(page, axe_path, ".kexue-dialog")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.kexue-dialog')")
    assert button.evaluate("element => element === document.activeElement")


def test_links_within_the_book_lead_somewhere(book_dir: Path) -> None:
    texts = {path: path.read_text("utf-8") for path in book_dir.glob("**/*.html")}
    broken = []
    for path in [book_dir / "index.html", *book_dir.glob("**/book/*.html")]:
        for link in re.findall(r"""<a\s[^>]*?href=["']([^"']*)""", texts[path]):
            parts = urlsplit(html.unescape(link))
            if parts.scheme or parts.netloc or parts.fragment.startswith("live:"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not target.is_file() or (anchor and f'id="{anchor}"' not in texts.get(target, "")):
                broken.append((path.name, link))
    assert broken == []


def test_the_book_holds_nothing_that_no_page_loads(book_dir: Path) -> None:
    assert [
        path.name for pattern in ("*.map", "*.ttf", "*.ipynb") for path in book_dir.joinpath("zh").rglob(pattern)
    ] == []
    assert not list(book_dir.glob("_static/**/*.map"))
    assert not book_dir.joinpath("jupyter_execute").exists()


def test_the_book_keeps_to_its_budget(book_dir: Path) -> None:
    assert sum(path.stat().st_size for path in book_dir.rglob("*") if path.is_file()) < 78e6
    assert book_dir.joinpath("kexue-live.zip").stat().st_size < 27.7e6


def nodes(graph: onnx.GraphProto) -> int:
    """How many nodes a graph has, with those of the graphs inside of nodes."""
    inner = (each.g for node in graph.node for each in node.attribute if each.type == onnx.AttributeProto.GRAPH)
    return len(graph.node) + sum(map(nodes, inner))


def test_each_graph_keeps_to_its_budget(book_dir: Path) -> None:
    # The largest is a GAN's training step with all that is drawn of it; a step takes time for each node, however small.
    counts = {}
    for path in book_dir.joinpath("_kexue", "graphs").glob("*.js"):
        packed = re.search(r'"([\w+/=]*)";\s*$', path.read_text("utf-8"))
        counts[path.stem] = nodes(onnx.load_from_string(gzip.decompress(base64.b64decode(packed[1]))).graph)
    assert len(counts) > 50
    assert {name: count for name, count in counts.items() if count > 2000} == {}
    assert statistics.median(counts.values()) < 150


def test_a_missing_graph_is_told_in_words_and_may_be_asked_for_again(book_http: str, visit: Callable) -> None:
    page = visit("about:blank").page
    page.route("**/graphs/*.js", lambda route: route.abort())
    page.goto(f"{book_http}/book/dropout.html")
    live = Live(page, Mask)
    live.root.get_by_role("slider").press("ArrowRight")
    live.until("element.querySelector('[role=alert]').textContent")
    assert "missing, damaged or out of reach" in live.alert
    page.unroute("**/graphs/*.js")
    live.after(lambda: live.root.get_by_role("slider").press("ArrowRight"))
    assert live.alert == ""


@pytest.fixture(scope="module")
def formulas(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a page of long formulas, built with the book's own extension."""
    source = tmp_path_factory.mktemp("formulas")
    (source / "index.md").write_text(LONG_FORMULAS)
    (source / "conf.py").write_text(CONF)
    subprocess.run([sys.executable, "-m", "sphinx", "-qW", source, source / "html"], check=True)
    return (source / "html" / "index.html").as_uri()


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_long_formulas_are_broken_into_lines_not_cut_off(formulas: str, visit: Callable, width: int) -> None:
    seen = visit(formulas, viewport={"width": width, "height": 740})
    seen.page.evaluate(READY)
    assert seen.page.locator("mjx-container").count() == 4
    assert seen.page.locator("mjx-merror").count() == 0
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.evaluate(CUT_OFF) == []
    # Broken where lines end, not after every symbol: all four and their title fit on two screens of a telephone.
    assert seen.page.evaluate("document.querySelector('article').scrollHeight") <= 2 * 740
    seen.assert_clean()


def test_formulas_are_there_for_screen_readers(formulas: str, visit: Callable) -> None:
    seen = visit(formulas)
    seen.page.evaluate(READY)
    assert seen.page.locator("mjx-assistive-mml math").count() == 4
