"""Results that take longer than a chapter may: one command writes them to `book/data`, with a hash of the code."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from .sources import syntax

ROOT = Path(__file__).parents[1]


class StoredResults(NamedTuple):
    """A file of results, the command that writes it, and the code that they depend on, as paths or patterns from the root."""

    name: str
    command: str
    code: tuple[str, ...]

    @property
    def path(self) -> Path:
        return ROOT / "book" / "data" / self.name

    def code_hash(self) -> str:
        """SHA-256 of the code; that of Python whatever its layout, its comments and its docstrings."""
        digest = hashlib.sha256()
        for path in self.files():
            text = path.read_text("utf-8")
            digest.update((syntax(text) if path.suffix == ".py" else text).encode())
        return digest.hexdigest()

    def files(self) -> list[Path]:
        """The files of the code."""
        return [path for name in self.code for path in (sorted(ROOT.glob(name)) if "*" in name else [ROOT / name])]

    def is_current(self, path: Path | str | None = None) -> bool:
        """Whether the file was written by the code as it is now."""
        return self._content(path)["code"] == self.code_hash()

    def read(self, path: Path | str | None = None) -> dict[str, Any]:
        """The file's content; warns if the code has changed since it was written."""
        if not self.is_current(path):
            warnings.warn(f"{path or self.path} is older than the code; {self.command} writes it afresh", stacklevel=3)
        return self._content(path)

    def _content(self, path: Path | str | None) -> dict[str, Any]:
        try:
            return json.loads(Path(path or self.path).read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{path or self.path} is damaged ({error}); {self.command} writes it afresh") from error
