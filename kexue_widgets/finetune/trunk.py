"""The part of a network that stays frozen: it sees each picture once, and what it gave is kept on disk.

Fine-tuning then costs only the part that learns. A picture is known by a hash of its pixels and of the trunk's weights, so
that neither a renamed file nor another network can bring back the wrong activations.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..cache import Cache
from ..efficientnet import preprocess

CACHE = Cache("activations")
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
        cache: a folder that holds them; in the user's cache if not given.
        total: how many pictures there are, for the progress bar.

    Raises:
        ValueError: there is no picture.
    """
    store = Cache("activations", cache) if cache else CACHE
    shape: tuple[int, ...] = ()
    number = 0
    # Of many pictures there is more than memory holds: they are written to a file without a name, and looked up there.
    with tempfile.TemporaryFile() as file, tqdm(total=total, delay=5, desc="trunk") as bar:
        mark = fingerprint(trunk.eval())
        device = device_of(trunk)
        for chunk in _chunks(pictures):
            keys = [hashlib.sha256(mark + str(each.shape).encode() + each.tobytes()).hexdigest() for each in chunk]
            known = {key: _unpacked(content) for key in keys if (content := store.find(key)) is not None}
            missing = {key: each for key, each in zip(keys, chunk, strict=True) if key not in known}
            if missing:
                with torch.no_grad():
                    values = trunk(preprocess(np.stack(list(missing.values()))).to(device)).half().cpu()
                known |= zip(missing, values, strict=True)
                for key in missing:
                    store.put(key, _packed(known[key]))
            rows = torch.stack([known[key] for key in keys])
            if number and rows.shape[1:] != shape:
                raise ValueError(
                    f"pictures must be of one size, got activations {tuple(shape)} and {tuple(rows.shape[1:])}"
                )
            file.write(rows.numpy().tobytes())
            shape, number = rows.shape[1:], number + len(rows)
            bar.update(len(chunk))
        if not number:
            raise ValueError("pictures must be at least one, got none")
        file.flush()
        return torch.from_numpy(np.memmap(file, np.float16, "r+", shape=(number, *shape)))


def _packed(activation: Tensor) -> bytes:
    file = io.BytesIO()
    np.save(file, activation.numpy(), allow_pickle=False)
    return file.getvalue()


def _unpacked(content: bytes) -> Tensor:
    return torch.from_numpy(np.load(io.BytesIO(content), allow_pickle=False))


def _chunks(pictures: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    rest = iter(pictures)
    while chunk := list(itertools.islice(rest, BATCH)):
        yield chunk
