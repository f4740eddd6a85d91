"""Files that are written whole or not at all, and a cache of them that may be lost at any time.

Own code, since the library for it, diskcache, unpickles whatever lies in its folder, and is no longer maintained.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import current_process
from pathlib import Path
from typing import Any, BinaryIO

import platformdirs

LIFETIME = 90 * 24 * 3600  # seconds that an unused file is kept
ROOM = 4 * 2**30  # bytes that all caches may take together
DIGEST = hashlib.sha256().digest_size


class _Raw(io.FileIO):
    """A file that remembers why it could not be written, as where the disk is full."""

    failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.failure = error
            raise


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file to write to, which takes its place when it is finished: until then, or if that fails, what was there
    stays.

    Raises:
        OSError: the file cannot be written, as where its folder is missing.
        ValueError: it is no path.
    """
    if not isinstance(path, str | Path) or not str(path):
        raise ValueError(f"path must be the path of a file, got {path!r}")
    target = Path(os.path.realpath(path))  # a link goes on to lead to its file
    unfinished = target.with_name(f".{uuid.uuid4().hex}.partial")
    raw: _Raw | None = None
    try:
        raw = _Raw(unfinished, "xb")
        with io.BufferedWriter(raw) as file:
            yield file
        with suppress(OSError):
            unfinished.chmod(target.stat().st_mode)
        os.replace(unfinished, target)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink()
        failure = raw.failure if raw and raw.failure else error
        if isinstance(failure, OSError) and failure.filename in (None, str(unfinished), unfinished):
            failure.filename = str(path)  # which is the name that whoever asked for it knows
            if isinstance(failure, FileNotFoundError) and not target.parent.exists():
                failure.strerror = f"the folder {target.parent} does not exist, and must be made first"
        if failure is not error:  # what writes may hide it behind an error of its own, as torch does
            raise failure from error
        raise


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, whole or not at all: see `whole_file`."""
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


class Cache:
    """What took long to make, by a key that names everything it follows from.

    A file that cannot be read, or whose content is not what was written under its key, is as good as none. Where nothing
    can be written, things are kept in memory.

    Args:
        name: of a folder for them in the user's own cache.
        place: another folder instead.
    """

    def __init__(self, name: str, place: Path | None = None) -> None:
        self.name = name
        self._place = place
        self._memory: dict[str, bytes] = {}

    def get(self, key: str, make: Callable[[], bytes]) -> bytes:
        """What is kept under the key, or else what `make` makes, which is then kept."""
        content = self.find(key)
        if content is None:
            content = make()
            self.put(key, content)
        return content

    def find(self, key: str) -> bytes | None:
        """What is kept under the key, if anything is."""
        folder = self._folder()
        if key in self._memory or folder is None:
            return self._memory.get(key)
        try:
            whole = (folder / _file_name(key)).read_bytes()
        except OSError:
            return None
        digest, content = whole[:DIGEST], whole[DIGEST:]
        return content if digest == _digest(key, content) else None

    def put(self, key: str, content: bytes) -> None:
        """Keep content under the key."""
        folder = self._folder()
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                write_whole(folder / _file_name(key), _digest(key, content) + content)
                if self._place is None:  # in another there may be more than a cache
                    _prune_sometimes(folder.parent, len(content))
                return
        except OSError as error:
            warn_once(folder, error)
        self._memory[key] = content

    def _folder(self) -> Path | None:
        return self._place or private_folder(self.name)


def private_folder(name: str) -> Path | None:
    """A folder of the user's cache which nobody else can read or write; nothing where there can be none, and one warning."""
    try:
        root = Path(platformdirs.user_cache_dir("kexue_widgets"))
    except RuntimeError as error:  # a user without a home, as in a container
        warn_once(None, error)
        return None
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = root.stat()
        # What others put there may be made to harm: numba's files, for some, are pickled programs.
        if hasattr(os, "getuid") and found.st_uid != os.getuid():
            raise PermissionError(f"it belongs to user {found.st_uid}")
        if found.st_mode & 0o077:
            root.chmod(0o700)
        folder = root / name
        folder.mkdir(exist_ok=True)
    except OSError as error:
        warn_once(root, error)
        return None
    return folder


_warned = False


def warn_once(folder: Path | None, error: Exception) -> None:
    """Say that a folder keeps nothing; once, and in the first of the processes that a computation is spread over."""
    global _warned
    if not _warned and current_process().name == "MainProcess":
        place = f" in {folder}" if folder else ""
        warnings.warn(f"nothing can be kept{place} ({error}): it will be computed again", stacklevel=2)
    _warned = True


def prune(folder: Path, lifetime: float = LIFETIME, room: int = ROOM) -> None:
    """Remove the files, in all folders below, that have not been used for so long; and the longest unused of the others
    until the rest fits into the room. Files of a time to come, since when a clock has been set back, count as old.

    Args:
        folder: whose files may be lost.
        lifetime: in seconds.
        room: in bytes.
    """
    files = []
    now = time.time()
    for path in folder.rglob("*"):
        with suppress(OSError):  # another process may prune as well
            if path.is_file() or path.is_symlink():
                found = path.lstat()
                used = max(found.st_atime, found.st_mtime)
                # Other machines' clocks, as a file server's, may differ by minutes.
                files.append((used if used < now + 3600 else now - lifetime, found.st_size, path))
    oldest, size = now - lifetime, sum(size for _, size, _ in files)
    for used, weight, path in sorted(files):
        if used >= oldest and size <= room:
            break
        with suppress(OSError):
            path.unlink()
        size -= weight


def _file_name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def _digest(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + content).digest()


_written: dict[Path, int] = {}  # bytes in each folder since it was last pruned


def _prune_sometimes(folder: Path, size: int) -> None:
    """At a process's first file and after each sixteenth of the room: to look at all files takes time."""
    if folder not in _written or _written[folder] > ROOM // 16:
        prune(folder)
        _written[folder] = 0
    _written[folder] += size
