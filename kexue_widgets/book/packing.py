"""The whole book in one archive. What has not changed is taken from the last one as it is packed there: to pack takes seconds."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import ExitStack, suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from ..cache import whole_file
from ..sphinx import SERVED


def pack(folder: Path, archive: Path) -> list[str]:
    """Put the files of a folder into an archive in it: all that can be read without a server.

    Returns:
        The names of the files that were packed.
    """
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != SERVED)
    files = {path.relative_to(folder).as_posix(): path for path in found if path != archive}
    sums = {name: zlib.crc32(path.read_bytes()) for name, path in files.items()}
    with ExitStack() as stack:
        old: ZipFile | None = None
        with suppress(FileNotFoundError, BadZipFile):
            old = stack.enter_context(ZipFile(io.BytesIO(archive.read_bytes())))  # the file itself will be replaced
        kept = {each.filename: each for each in old.infolist()} if old else {}
        if sums == {name: each.CRC for name, each in kept.items()}:
            return []
        new = stack.enter_context(ZipFile(stack.enter_context(whole_file(archive)), "w", ZIP_DEFLATED))
        packed = []
        for name, path in files.items():
            if not (old and name in kept and sums[name] == kept[name].CRC and _take(old, new, kept[name])):
                new.write(path, name)
                packed.append(name)
        return packed


def _take(old: ZipFile, new: ZipFile, info: ZipInfo) -> bool:
    """Take a file from one archive into another, if it is whole."""
    assert old.fp
    assert new.fp
    old.fp.seek(info.header_offset + 26)  # where the lengths of two fields stand, after which the content begins
    name, extra = struct.unpack("<HH", old.fp.read(4))
    old.fp.seek(name + extra, 1)
    content = old.fp.read(info.compress_size)
    try:
        whole = (
            info.compress_type == ZIP_DEFLATED and zlib.crc32(zlib.decompressobj(-15).decompress(content)) == info.CRC
        )
    except zlib.error:
        whole = False
    if not whole:
        return False
    info.header_offset = new.fp.tell()
    new.fp.write(info.FileHeader() + content)
    new.filelist.append(info)
    new.NameToInfo[info.filename] = info
    new.start_dir = new.fp.tell()
    return True
