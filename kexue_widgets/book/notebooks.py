"""Notebooks are executed again when what they follow from has changed: their cells, and the code and data that these reach.

jupyter-cache knows a notebook by its code cells and its kernel. What else it follows from is put beside the kernel's name
when the notebook is read.
"""

from __future__ import annotations

import ast
import base64
import gzip
import hashlib
import json
import re
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from .. import sources
from ..sphinx import GRAPH, files_of, graphs_of

KEPT = 32  # executed notebooks: those of some earlier states of the book
FIELD = "follows_from"


def configure(app: Sphinx, config: Config) -> None:
    """Keep what is executed beside the pages of the whole book, for all editions."""
    config.nb_execution_cache_path = str(files_of(app).parents[1] / ".jupyter_cache")


def share_outputs(app: Sphinx) -> None:
    """Put what notebooks draw where the first edition has put it already, and not among its pages."""
    folder = files_of(app).parents[1] / "jupyter_execute"
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=str(folder))  # type: ignore[attr-defined]


def add_key(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put what a notebook follows from into its metadata."""
    key = key_of(app.env, docname, app.config.kexue_readers)
    if not key:
        return
    app.env.metadata[docname][FIELD] = key
    if app.env.doc2path(docname).endswith(".ipynb"):
        notebook = json.loads(source[0])
        notebook["metadata"].setdefault("kernelspec", {"name": "python3", "display_name": "Python 3"})[FIELD] = key
        source[0] = json.dumps(notebook)
    else:
        source[0] = re.sub(
            r"^kernelspec:\n", f"kernelspec:\n  {FIELD}: {key}\n", source[0], count=1, flags=re.MULTILINE
        )


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The notebooks to be read again: those that follow from something that has changed, or whose outputs are damaged."""
    lost = mend(app) if app.config.kexue_root == "." and app.builder.format == "html" else set()
    readers = app.config.kexue_readers
    return [
        name
        for name in env.found_docs
        if name in lost or env.metadata[name].get(FIELD, "") != key_of(env, name, readers)
    ]


def key_of(env: Any, docname: str, readers: Sequence[str] = ()) -> str:
    """A hash of what a notebook follows from beside its own cells; empty for a page that is none.

    Args:
        env: of the book.
        docname: the notebook.
        readers: those notebooks that read what the other ones say.
    """
    cells = _cells(env, docname)
    if not cells:
        return ""
    words = _words(env) if docname in readers else []
    return hashlib.sha256(repr((sources.code_hash(map(_python, cells)), words)).encode()).hexdigest()


def _words(env: Any) -> list[str]:
    """What the notebooks of the book say, and how it is said in other languages."""
    notebooks = [name for name in sorted(env.found_docs) if env.doc2path(name).endswith(".ipynb")]
    folders = [Path(env.srcdir, folder) for folder in env.config.locale_dirs]
    catalogues = [path for folder in folders for name in notebooks for path in sorted(folder.rglob(f"{name}.po"))]
    said = [word for name in notebooks for word in _cells(env, name, "markdown")]
    return said + [path.read_text("utf-8") for path in catalogues]


def _cells(env: Any, docname: str, kind: str = "code") -> list[str]:
    from myst_nb.core.read import create_nb_reader

    path = env.doc2path(docname)
    text = Path(path).read_text("utf-8")
    if path.endswith(".ipynb"):  # to validate it, as the reader does, takes far longer than to read it
        cells = json.loads(text)["cells"]
    else:
        reader = create_nb_reader(path, env.myst_config, env.mystnb_config, text)
        cells = reader.read(text).cells if reader else []
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def _python(cell: str) -> str:
    """A cell without IPython's own commands; where that is no Python, all of the package, which it may use."""
    code = re.sub(r"^(\s*)[%!].*", r"\1pass", cell, flags=re.MULTILINE)
    try:
        ast.parse(code)
    except SyntaxError:
        modules = (path.relative_to(sources.PACKAGE.parent).with_suffix("") for path in sources.PACKAGE.rglob("*.py"))
        return "\n".join(f"import {'.'.join(each.parts).removesuffix('.__init__')}" for each in modules)
    return code


def mend(app: Sphinx) -> set[str]:
    """Forget executed notebooks that are damaged, or name graphs that are; and graphs that none names.

    Returns:
        The pages that were made of the former.
    """
    from jupyter_cache import get_cache

    try:
        cache = get_cache(app.config.nb_execution_cache_path)
        cache.change_cache_limit(KEPT)
        records = cache.list_cache_records()
    except Exception:  # of its database, whatever is wrong with it
        shutil.rmtree(app.config.nb_execution_cache_path)
        return set(app.env.found_docs)
    whole = {path.stem for path in graphs_of(app).glob("*.js") if _is_whole(path)}
    named: set[str] = set()
    lost = set()
    for record in records:
        try:
            path = Path(app.config.nb_execution_cache_path, "executed", record.hashkey, "base.ipynb")
            names = _graphs(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError):  # a file cut short, or none
            names = {"damaged"}
        if names <= whole:
            named |= names
        else:
            cache.remove_cache(record.pk)
            lost.add(app.project.path2doc(record.uri) or "")
    for path in graphs_of(app).glob("*"):
        if path.stem not in named:
            path.unlink()
    return lost


def _graphs(notebook: dict[str, Any]) -> set[str]:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return {name for output in outputs for name in GRAPH.findall("".join(output.get("data", {}).get("text/html", "")))}


def _is_whole(script: Path) -> bool:
    """Whether a graph's script holds what its name says."""
    packed = re.search(r'"([\w+/=]*)";\s*$', script.read_text("utf-8", errors="replace"))
    try:
        graph = gzip.decompress(base64.b64decode(packed[1])) if packed else b""
    except (OSError, EOFError, ValueError, zlib.error):
        return False
    return hashlib.sha256(graph).hexdigest().startswith(script.stem)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.setup_extension("kexue_widgets.sphinx")
    app.add_config_value("kexue_readers", [], "env", [list])  # pages whose notebooks read what the other notebooks say
    app.connect("config-inited", configure, priority=400)  # before MyST-NB looks
    app.connect("builder-inited", share_outputs, priority=900)  # after MyST-NB has chosen
    app.connect("env-get-outdated", outdated)
    app.connect("source-read", add_key)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
