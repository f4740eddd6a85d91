"""The part of a network that stays frozen: it sees each picture once, and what it gave is kept on disk.

Fine-tuning then costs only the part that learns. A picture is known by a hash of its pixels and of the trunk's weights, so
that neither a renamed file nor another network can bring back the wrong activations.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import platformdirs
import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..efficientnet import preprocess

BATCH = 32  # pictures that go through the trunk together, and are lost together if it is interrupted


def fingerprint(network: nn.Module) -> bytes:
    """A hash of a network's structure and weights."""
    digest = hashlib.sha256(repr(network).encode())
    for tensor in network.state_dict().values():
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.digest()


def device_of(network: nn.Module) -> torch.device:
    """Where a network's weights are, and its inputs have to be."""
    return next((each.device for each in network.parameters()), torch.device("cpu"))


def activations(
    trunk: nn.Module, pictures: Iterable[np.ndarray], *, cache: Path | None = None, total: int | None = None
) -> Tensor:
    """What the trunk makes of each picture: (n, ...), float16, computed once and then read from disk.

    Args:
        trunk: the frozen part of a network; put into evaluation mode, and used where its weights are.
        pictures: arrays (size, size, 3), uint8, all of one size; asked for a few at a time.
        cache: the SQLite file that holds them; in the user's cache folder if not given.
        total: how many pictures there are, for the progress bar.
    """
    path = cache or Path(platformdirs.user_cache_dir("kexue_widgets")) / "activations.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    found: list[Tensor] = []
    # Two processes may fill the file at the same time: each waits for the other's short transactions.
    with closing(sqlite3.connect(path, timeout=60)) as store, tqdm(total=total, delay=5, desc="trunk") as bar:
        store.execute("CREATE TABLE IF NOT EXISTS activations (key BLOB PRIMARY KEY, shape TEXT, value BLOB)")
        mark = fingerprint(trunk.eval())
        device = device_of(trunk)
        for chunk in _chunks(pictures):
            keys = [hashlib.sha256(mark + str(each.shape).encode() + each.tobytes()).digest() for each in chunk]
            known = {key: value for key in keys if (value := _read(store, key)) is not None}
            missing = {key: each for key, each in zip(keys, chunk, strict=True) if key not in known}
            if missing:
                with torch.no_grad():
                    values = trunk(preprocess(np.stack(list(missing.values()))).to(device)).half().cpu()
                known |= zip(missing, values, strict=True)
                shape = ",".join(map(str, values.shape[1:]))
                with store:
                    rows = [(key, shape, known[key].numpy().tobytes()) for key in missing]
                    store.executemany("INSERT OR REPLACE INTO activations VALUES (?, ?, ?)", rows)
            found += [known[key] for key in keys]
            bar.update(len(chunk))
    return torch.stack(found)


def _read(store: sqlite3.Connection, key: bytes) -> Tensor | None:
    row = store.execute("SELECT shape, value FROM activations WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    shape = [int(length) for length in row[0].split(",")]
    return torch.frombuffer(bytearray(row[1]), dtype=torch.float16).reshape(shape)


def _chunks(pictures: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    rest = iter(pictures)
    while chunk := list(itertools.islice(rest, BATCH)):
        yield chunk
