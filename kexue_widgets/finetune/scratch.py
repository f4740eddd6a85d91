"""How far does the network get from random weights, if it is trained until it gets no further?

`python -m kexue_widgets.finetune.scratch` measures it and writes the file that the chapter reads,
book/data/finetune_scratch.json. It takes an hour or so on one core for each division, and after an interruption goes on with
the next one.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from ..cache import write_whole
from ..efficientnet import EfficientNetLite0, preprocess
from ..results import StoredResults
from .elpv import SETTINGS, CellDataset, Split, group_split, scores
from .training import plain_batches

if TYPE_CHECKING:
    import pandas

PARTS = ("efficientnet.py", *(f"finetune/{name}.py" for name in ("elpv", "scratch", "settings", "training")))
RESULTS = StoredResults(
    "finetune_scratch.json",
    "python -m kexue_widgets.finetune.scratch",
    tuple(f"kexue_widgets/{each}" for each in PARTS),
)
SIZE = 64  # pixels a side
SEEDS = range(3)  # which test every cell of the six groups once
RATE, LEAST_RATE = 1e-3, 1e-5  # Adam's, at first and at the end
PATIENCE = 10  # epochs without a lower loss on the validation cells, after which the rate is a tenth
EPOCHS = 200  # at the most


def training_from_scratch(images: Tensor, labels: Tensor, parts: Split, seed: int) -> list[dict[str, float]]:
    """A row for each epoch: the loss on the validation cells, and the scores on the test cells.

    Args:
        images, labels: (n, 3, size, size) and (n,); mirrored as `elpv.from_scratch` does.
        parts: what is learned from, what tells when to stop, and what is judged.
        seed: of the weights, and of all that is drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = EfficientNetLite0(classes=2)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.1  # so that the statistics of so few steps are not those of the start
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=PATIENCE, threshold=0)

    def logits(index: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.cat([network.eval()(each) for each in images[index].split(128)])

    rows: list[dict[str, float]] = []
    for _ in tqdm(range(EPOCHS), desc=f"division {seed}, epochs at most"):
        network.train()
        for index in plain_batches(labels[parts.train], SETTINGS, generator):
            across, down = torch.randint(2, (2,), generator=generator).tolist()
            batch = images[parts.train[index]].flip([3] * across + [2] * down)
            loss = F.cross_entropy(network(batch), labels[parts.train[index]])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        rate = optimizer.param_groups[0]["lr"]
        validation = float(F.cross_entropy(logits(parts.validation), labels[parts.validation]))
        found = scores(logits(parts.test).softmax(1)[:, 1], labels[parts.test])
        rows.append(
            {"rate": rate, "validation loss": round(validation, 4)} | {k: round(v, 4) for k, v in found.items()}
        )
        schedule.step(validation)
        if optimizer.param_groups[0]["lr"] < LEAST_RATE:
            break
    return rows


def results() -> pandas.DataFrame:
    """The file's results, a row for each division and epoch."""
    import pandas

    tables = {int(seed): pandas.DataFrame(rows) for seed, rows in RESULTS.read()["results"].items()}
    return pandas.concat(tables, names=["seed", "epoch"])


def chosen() -> pandas.DataFrame:
    """Of each division the epoch with the lowest loss on the validation cells, which is the one to keep."""
    table = results()
    return table.loc[table.groupby("seed")["validation loss"].idxmin()]


def main(path: Path = RESULTS.path) -> None:
    """Measure on one core what is not in the file yet, and write it."""
    torch.set_num_threads(1)
    code = RESULTS.code_hash()
    dataset = CellDataset()
    images = preprocess(dataset.scaled(SIZE))
    found: dict[str, Any] = RESULTS.read(path)["results"] if path.exists() and RESULTS.is_current(path) else {}
    for seed in SEEDS:
        if str(seed) in found:
            continue
        found[str(seed)] = training_from_scratch(images, dataset.labels, group_split(dataset.labels, seed), seed)
        versions = {
            "python": platform.python_version(),
            **{each.__name__: each.__version__ for each in (torch, np, sklearn)},
        }
        settings = {"size": SIZE, "rate": RATE, "least rate": LEAST_RATE, "patience": PATIENCE, "epochs": EPOCHS}
        content = {"settings": settings, "versions": versions, "code": code, "results": found}
        write_whole(path, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
