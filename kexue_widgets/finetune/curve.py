"""How many cells are needed? Logistic regression on frozen features, learning from more and more of them.

`python -m kexue_widgets.finetune.curve` measures it and writes the file that the chapter reads,
book/data/finetune_curve.json. It takes some minutes on one core, nearly all of them for the features.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import sklearn
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..cache import write_whole
from ..results import StoredResults
from .elpv import FLIPS, SIZE, CellDataset, group_split, scores

if TYPE_CHECKING:
    import pandas

PARTS = ("efficientnet.py", *(f"finetune/{name}.py" for name in ("curve", "elpv", "settings", "training", "trunk")))
RESULTS = StoredResults(
    "finetune_curve.json", "python -m kexue_widgets.finetune.curve", tuple(f"kexue_widgets/{each}" for each in PARTS)
)
COUNTS = (50, 100, 200, 400, 800, 1667)  # of cells to learn from: the last is all that a division leaves
SEEDS = range(6)
WEIGHTS = {"none": None, "balanced": "balanced"}
C = 0.003  # as in the chapter's table


def learning_curve(
    features: np.ndarray, labels: torch.Tensor, seed: int, counts: tuple[int, ...] = COUNTS
) -> list[dict[str, str | int | float]]:
    """Scores on the test cells of a division, for each number of training cells, without and with balanced weights.

    The cells of a smaller number are among those of a larger one.
    """
    rows: list[dict[str, str | int | float]] = []
    parts = group_split(labels, seed)
    order = torch.cat([parts.train, parts.validation])  # drawn at random already
    for count in counts:
        chosen = order[:count]
        for name, weights in WEIGHTS.items():
            model = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=1000, class_weight=weights))
            model.fit(features[chosen], labels[chosen])
            found = scores(torch.from_numpy(model.predict_proba(features[parts.test])[:, 1]), labels[parts.test])
            rounded = {score: round(value, 4) for score, value in found.items()}
            rows.append({"seed": seed, "weights": name, "cells": len(chosen), **rounded})
    return rows


def results() -> pandas.DataFrame:
    """The file's results, a row for each number of cells, kind of weights and division."""
    import pandas

    return pandas.DataFrame(RESULTS.read()["results"]).set_index(["weights", "cells", "seed"])


def main(path: Path = RESULTS.path) -> None:
    """Measure on one core, and write the file."""
    torch.set_num_threads(1)
    code = RESULTS.code_hash()
    dataset = CellDataset()
    features = dataset.features(FLIPS[:1])[0].numpy()
    rows = [row for seed in SEEDS for row in learning_curve(features, dataset.labels, seed)]
    versions = {
        "python": platform.python_version(),
        **{each.__name__: each.__version__ for each in (torch, np, sklearn)},
    }
    settings = {"size": SIZE, "C": C, "counts": COUNTS}
    content = {"settings": settings, "versions": versions, "code": code, "results": rows}
    write_whole(path, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
