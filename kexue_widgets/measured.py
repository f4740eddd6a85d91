"""Results that take longer than a chapter may: one command writes them to `book/data`, with a hash of the code."""

from __future__ import annotations

import ast
import hashlib
import json
import warnings
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]


class Measured(NamedTuple):
    """A file of results, the command that writes it, and the code that they depend on, as paths from the root."""

    name: str
    command: str
    code: tuple[str, ...]

    @property
    def path(self) -> Path:
        return ROOT / "book" / "data" / self.name

    def code_hash(self) -> str:
        """SHA-256 of the code, whatever its layout, its comments and its docstrings."""
        digest = hashlib.sha256()
        for name in self.code:
            tree = ast.parse((ROOT / name).read_text("utf-8"))
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
                    and ast.get_docstring(node) is not None
                ):
                    del node.body[0]
            digest.update(ast.dump(tree).encode())
        return digest.hexdigest()

    def fresh(self, path: Path | str | None = None) -> bool:
        """Whether the file was written by the code as it is now."""
        return json.loads(Path(path or self.path).read_text())["code"] == self.code_hash()

    def read(self, path: Path | str | None = None) -> dict[str, Any]:
        """The file's content; warns if the code has changed since it was written."""
        if not self.fresh(path):
            warnings.warn(f"{path or self.path} is older than the code; {self.command} writes it afresh", stacklevel=3)
        return json.loads(Path(path or self.path).read_text())
