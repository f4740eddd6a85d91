"""What is used of the machinery is public: whoever stands outside goes through the face of `kexue_widgets.live`."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from kexue_widgets import live

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "kexue_widgets"


def reached(code: str) -> Iterator[tuple[str, str]]:
    """Modules of the machinery, and what is imported from them."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            module = (node.module or "").removeprefix("kexue_widgets.")
            yield from ((module, alias.name) for alias in node.names if module.startswith("live."))


def outside() -> dict[str, str]:
    """The code of the articles' modules, of the benchmarks and of the chapters."""
    paths = [*PACKAGE.rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    known = {
        PACKAGE / "live",
        PACKAGE / "frontend",
        PACKAGE / "book",
    }  # the book's extension shows the machinery itself
    code = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths if not known & {*path.parents}}
    for path in (ROOT / "book").glob("*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        lines = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        code[path.name] = re.sub(r"^[%!].*", "", "\n".join(lines), flags=re.MULTILINE)
    return code


def test_nothing_goes_past_the_face_of_the_machinery():
    past = {name: found for name, code in outside().items() if (found := [*reached(code)])}
    assert past == {}


def test_a_test_takes_what_is_public_from_the_face():
    past = {
        path.name: found
        for path in (ROOT / "tests").rglob("*.py")
        for _, found in reached(path.read_text("utf-8"))
        if found in live.__all__
    }
    assert past == {}


def test_what_the_face_names_is_there_and_documented():
    for name in live.__all__:
        item = getattr(live, name)
        assert not callable(item) or item.__doc__, name


def test_the_face_imports_nothing_that_only_an_export_needs():
    code = "import sys, kexue_widgets.live; print(*{'onnx', 'onnxscript', 'joblib', 'matplotlib.pyplot', 'scipy'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
