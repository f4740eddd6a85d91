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
    return _look(code).tree


def module_file(name: str) -> Path | None:
    """The file of a module of the package, by its full name; nothing for what is none."""
    first, *rest = name.split(".")
    place = PACKAGE.joinpath(*rest)
    found = (each for each in (place / "__init__.py", place.with_suffix(".py")) if each.is_file())
    return next(found, None) if first == PACKAGE.name else None


def reached(code: Iterable[str]) -> set[Path]:
    """The package's files that are run when code is: what it imports, what that imports, wherever in it, and so on."""
    waiting = {name for each in code for name in _names(_look(each), "")}
    files: set[Path] = set()
    seen: set[str] = set()
    while waiting:
        seen.add(name := waiting.pop())
        path = module_file(name)
        if path is not None and path not in files:
            files.add(path)
            package = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
            waiting.update(_names(_look(path.read_text("utf-8")), package))
        waiting -= seen
    return files


class _Look(NamedTuple):
    tree: str
    imports: list[ast.Import | ast.ImportFrom]


@cache  # what makes a book asks for the same code many times over
def _look(code: str) -> _Look:
    tree = ast.parse(code)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return _Look(ast.dump(tree), imports)


def _names(look: _Look, package: str) -> Iterator[str]:
    """Full names of all that code may import, and of the packages these are in, whose first lines run as well."""
    for node in look.imports:
        names = [each.name for each in node.names]
        if isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            names = [source, *(f"{source}.{name}" for name in names)]
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
    trees = [*map(syntax, code), *(syntax(path.read_text("utf-8")) for path in sorted(files))]
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
