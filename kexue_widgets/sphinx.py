"""Sphinx extension for explorers in any book: the script and style on pages that have explorers, and the explorers' graphs.

It needs nothing but Sphinx, adds to what an author has configured and replaces nothing of it: a page without explorers is as
it would be without this extension. The files lie in `_kexue/`, beside `_static/`: jupyter-book puts every script it finds in
`_static/` on every page.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from . import BOOK, STATIC
from .cache import write_whole
from .tries import TryLinks, TryTexts, Untranslated

# The WASM, gzipped, for pages on the web; without a suffix by which some servers would tell the browser to unpack it.
SERVED = "engine.packed"
SCRIPTS = ("page.js", "engine.js", "engine-code.js", "style.css", "notices.txt")
# As the manifest of an explorer names a graph; within a widget's state quotation marks come with a backslash.
GRAPH = re.compile(r'"graph\\?":\\?"([0-9a-f]{16})\\?"')
EXPLORER = re.compile(r"<kexue-explorer.*?</kexue-explorer>", re.DOTALL)
INSIDE = re.compile(r'"graphs\\?":\{')  # the manifest brings its graphs along
PICTURE = re.compile(r'<img alt="([^"]*)" src="([^"]*)"')
MARKS = ("<kexue-explorer", '"_front_end"')  # of an explorer in HTML, and of one in the state of a page's widgets


def files_of(app: Sphinx) -> Path:
    """The folder of the book's scripts, styles and graphs."""
    return Path(os.path.normpath(Path(app.outdir, app.config.kexue_root, "_kexue")))


def beside_static(app: Sphinx, name: str) -> str:
    """The address of a file in `_kexue/`; Sphinx takes addresses as relative to `_static/`."""
    return Path(os.path.relpath(files_of(app) / name, Path(app.outdir, "_static"))).as_posix()


def graphs_of(app: Sphinx) -> Path:
    """Where notebooks put their explorers' graphs when they are executed: with their cached outputs, which name them."""
    cache = app.config.nb_execution_cache_path if "nb_execution_cache_path" in app.config else ""
    return Path(cache or files_of(app).parents[1] / ".jupyter_cache").resolve() / "kexue_graphs"


def has_scripts(app: Sphinx) -> bool:
    """Whether what is built can compute: pages can, an e-book cannot."""
    return app.builder.format == "html" and app.builder.name != "epub"


def tell_kernels(app: Sphinx, config: Config) -> None:
    """Say to the kernels which are started from here that a book is being built."""
    os.environ[BOOK] = str(graphs_of(app))


def copy_scripts(app: Sphinx) -> None:
    """Put the page script, its style and its engine into the book."""
    if not has_scripts(app) or app.config.kexue_root != ".":
        return
    _wanted.clear()
    copy_static(app, *SCRIPTS)
    put(app, STATIC / "engine.wasm.gz", SERVED)


def copy_static(app: Sphinx, *names: str) -> None:
    """Put built files of the front end, or folders of them, into the book."""
    for name in names:
        source = STATIC / name
        if not source.exists():
            raise ExtensionError(f"{source} is missing: build the front end with `pip install .`")
        for path in source.rglob("*") if source.is_dir() else [source]:
            if path.is_file():
                put(app, path, path.relative_to(STATIC).as_posix())


_wanted: set[Path] = set()  # files beside the pages of the book that is being built


def put(app: Sphinx, source: Path, name: str, change: Callable[[bytes], bytes] = bytes) -> None:
    """Put a file beside the pages, under this name, unless it is there: then it is as old as its source."""
    target = files_of(app) / name
    _wanted.add(target)
    age = source.stat().st_mtime_ns
    if not target.exists() or target.stat().st_mtime_ns != age:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, change(source.read_bytes()))
        os.utime(target, ns=(age, age))


def remove_others(app: Sphinx, exception: Exception | None) -> None:
    """Remove what an earlier build has put beside the pages and this one has not."""
    if exception is None and has_scripts(app) and app.config.kexue_root == ".":
        for path in files_of(app).rglob("*"):
            if path.is_file() and path not in _wanted:
                path.unlink()


def add_scripts(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Give pages with explorers their script and style; in an e-book, leave the explorers' pictures."""
    scripts = [getattr(each, "attributes", {}).get("body") for each in context.get("script_files", ())]
    parts = [context.get("body"), *scripts]  # scripts, since an explorer may be among a page's widgets
    if app.builder.format != "html" or not any(mark in part for mark in MARKS for part in parts if part):
        return
    if has_scripts(app):
        app.add_js_file(beside_static(app, "page.js"), loading_method="defer")
        app.add_css_file(beside_static(app, "style.css"))
    else:
        context["body"] = EXPLORER.sub(_picture, context["body"])


def _picture(element: re.Match[str]) -> str:
    found = PICTURE.search(element[0])
    return f"{found[0]}/>" if found else ""


class Pictures(SphinxPostTransform):
    """Where raw HTML has no place, in a PDF, an explorer is its picture."""

    default_priority = 3  # before MyST-NB chooses one of an output's forms

    def run(self, **settings: Any) -> None:
        """Put an image in the place of each explorer, or of the output that offers it among other forms."""
        if self.app.builder.format == "html":
            return
        for node in list(self.document.findall(nodes.raw)):
            found = [each for element in EXPLORER.findall(node.astext()) for each in PICTURE.findall(element)]
            images = [nodes.image(uri=uri, alt=html.unescape(alt), candidates={"?": uri}) for alt, uri in found]
            form = node.parent
            offered = form.parent if form.parent and form.parent.get("nb_element") == "mime_bundle" else node
            if images:
                offered.replace_self(images)


def copy_graphs(app: Sphinx, exception: Exception | None) -> None:
    """Put the graphs that the pages name into the book."""
    if exception is not None or not has_scripts(app) or app.config.kexue_root != ".":
        return
    for page, name in _named(app):
        script = graphs_of(app) / f"{name}.js"
        if not script.exists():
            raise ExtensionError(
                f"{page}: {script} is missing, which an executed notebook names; delete {script.parents[1]} and "
                f"{app.doctreedir}, and build again"
            )
        put(app, script, f"graphs/{script.name}")


def _named(app: Sphinx) -> Iterator[tuple[str, str]]:
    """The graphs that pages name and do not hold: the page and the graph."""
    builder: Any = app.builder
    for name in sorted(app.env.found_docs):
        page = Path(builder.get_outfilename(name))
        for element in EXPLORER.findall(page.read_text("utf-8")) if page.is_file() else ():
            if not INSIDE.search(element):
                yield from ((name, graph) for graph in GRAPH.findall(element))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_config_value("kexue_root", ".", "html", [str])  # from this folder of pages to that of the whole book
    app.connect("config-inited", tell_kernels)
    app.connect("builder-inited", copy_scripts, priority=400)  # before others add to the folder
    app.add_transform(Untranslated)
    app.add_transform(TryLinks)
    app.add_post_transform(TryTexts)
    app.add_post_transform(Pictures)
    app.connect("html-page-context", add_scripts, priority=600)  # after those that add a page's widgets
    app.connect("build-finished", copy_graphs, priority=400)
    app.connect("build-finished", remove_others, priority=450)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
