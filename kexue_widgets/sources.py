"""What a result follows from: code by its syntax, whatever its layout, comments and docstrings; data files; versions.

Needs nothing but Python, and imports nothing of what it looks at.
"""

from __future__ import annotations

import ast
import hashlib
import platform
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import metadata
from importlib.util import resolve_name
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parent
DISTRIBUTION = "kexue-widgets"
MADE = {".py", ".pyc", ".js", ".css", ".mjs", ".map"}  # what is no data


def syntax(code: str) -> str:
    """The syntax tree of Python code without its docstrings, as text that is equal for equal trees."""
    return _without_docstrings(ast.parse(code))


def _without_docstrings(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def module_file(name: str) -> Path | None:
    """The file of a module of the package, by its full name; nothing for what is none."""
    first, *rest = name.split(".")
    place = PACKAGE.joinpath(*rest)
    found = (each for each in (place / "__init__.py", place.with_suffix(".py")) if each.is_file())
    return next(found, None) if first == PACKAGE.name else None


def reached(code: Iterable[str]) -> set[Path]:
    """The package's files that are run when code is: what it imports, what that imports, wherever in it, and so on."""
    waiting = {name for each in code for name in _imports(ast.parse(each), "")}
    files: set[Path] = set()
    seen: set[str] = set()
    while waiting:
        seen.add(name := waiting.pop())
        path = module_file(name)
        if path is not None and path not in files:
            files.add(path)
            waiting |= _look(path, path.stat().st_mtime_ns).imports
        waiting -= seen
    return files


class _Look(NamedTuple):
    tree: str
    imports: set[str]


@cache
def _look(path: Path, changed: int) -> _Look:
    tree = ast.parse(path.read_text("utf-8"))
    imports = set(_imports(tree, ".".join(path.parent.relative_to(PACKAGE.parent).parts)))
    return _Look(_without_docstrings(tree), imports)


def _imports(tree: ast.Module, package: str) -> Iterator[str]:
    """Full names of all that code may import, and of the packages these are in, whose first lines run as well."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            names = [source, *(f"{source}.{each.name}" for each in node.names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def code_hash(code: Iterable[str]) -> str:
    """What the results of code follow from: its syntax and that of all it reaches in the package, the data files beside
    these and those that they name, and the versions of what the package depends on.

    Args:
        code: texts of Python.
    """
    code = list(code)
    files = reached(code)
    trees = [*map(syntax, code), *(_look(path, path.stat().st_mtime_ns).tree for path in sorted(files))]
    digest = hashlib.sha256(repr((trees, versions())).encode())
    beside = {path.parent for path in files}
    elsewhere = [*PACKAGE.glob("static/*"), *PACKAGE.parent.glob("book/data/*")]
    for path in sorted({each for folder in beside for each in folder.iterdir()} | set(elsewhere)):
        named = path.parent in beside or any(path.name in tree for tree in trees)
        if path.is_file() and path.suffix not in MADE and named:
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@cache  # an import is not undone by another version on the disk
def versions() -> dict[str, str]:
    """Of Python and of the installed packages that this one names as its dependencies, for its tests excepted."""
    found = {"python": platform.python_version()}
    required: list[str] = []
    with suppress(metadata.PackageNotFoundError):
        required = metadata.requires(DISTRIBUTION) or []
    for each in required:
        name = re.match(r"[\w.-]+", each)
        if name and not re.search(r"extra == .test", each):
            with suppress(metadata.PackageNotFoundError):
                found[name[0]] = metadata.version(name[0])
    return found
