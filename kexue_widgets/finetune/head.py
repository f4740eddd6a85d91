"""The article's head: a gated bottleneck before the softmax, with a center loss and a second softmax beside it.

The bottleneck is a gated linear unit, (W1 h + b1) * sigmoid(W2 h + b2) (Dauphin et al. 2017, https://arxiv.org/abs/1612.08083);
the center loss is Wen et al. 2016 (ECCV), with centers that learn by gradient descent as all else does. The auxiliary head
is a softmax of the features themselves: a direct road from the labels to the network below.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ACTIVATIONS: dict[str, tuple[int, Callable[[], nn.Module]]] = {
    "GLU": (2, nn.GLU),  # half of its inputs are gates
    "ReLU": (1, nn.ReLU),
    "swish": (1, nn.SiLU),
    "none": (1, nn.Identity),
}


class Head(nn.Module):
    """Features (n, inputs) to logits, logits of the auxiliary head, both (n, classes), and the bottleneck (n, width).

    Args:
        inputs: how many features there are.
        classes: how many classes.
        width: how many numbers the bottleneck keeps.
        activation: "GLU", "ReLU", "swish" or "none".
    """

    def __init__(self, inputs: int, classes: int, width: int = 64, activation: str = "GLU") -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
        wider, function = ACTIVATIONS[activation]
        self.bottleneck = nn.Sequential(nn.Linear(inputs, wider * width), function())
        self.softmax = nn.Linear(width, classes)
        self.auxiliary = nn.Linear(inputs, classes)
        self.centers = nn.Embedding(classes, width)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        squeezed = self.bottleneck(features)
        return self.softmax(squeezed), self.auxiliary(features), squeezed

    def loss(self, features: Tensor, labels: Tensor, center: float = 0.25, auxiliary: float = 0.25) -> Tensor:
        """-log p_y + center * |x - c_y|^2 - auxiliary * log q_y, the mean over a batch: the article's three losses.

        Args:
            features: (n, inputs).
            labels: (n,), whole numbers.
            center, auxiliary: weights of the center loss and of the auxiliary head's cross entropy.
        """
        logits, direct, squeezed = self(features)
        distance = ((squeezed - self.centers(labels)) ** 2).sum(1).mean()
        return F.cross_entropy(logits, labels) + center * distance + auxiliary * F.cross_entropy(direct, labels)


def mix(probabilities: Tensor, alpha: float | Tensor) -> Tensor:
    """alpha p + (1 - alpha) q of the two heads' probabilities (2, n, classes): (n, classes)."""
    return alpha * probabilities[0] + (1 - alpha) * probabilities[1]


def choose_alpha(probabilities: Tensor, labels: Tensor) -> float:
    """The weight of the first head, in hundredths, with which the mix is right most often; the middle one of equals.

    It is chosen for these very labels, so its accuracy on them is too good: judge it on others.

    Args:
        probabilities: of both heads, (2, n, classes).
        labels: (n,).

    Raises:
        ValueError: other shapes, or probabilities that are no finite numbers.
    """
    if probabilities.dim() != 3 or len(probabilities) != 2 or not probabilities.isfinite().all():
        raise ValueError(f"probabilities must be finite, (2, n, classes), got shape {tuple(probabilities.shape)}")
    if labels.shape != probabilities.shape[1:2] or not len(labels):
        raise ValueError(f"labels must be ({probabilities.shape[1]},), one or more, got shape {tuple(labels.shape)}")
    alphas = torch.arange(101) / 100
    right = torch.stack([(mix(probabilities, alpha).argmax(1) == labels).sum() for alpha in alphas])
    equals = alphas[right == right.max()]
    return round(float(equals[len(equals) // 2]), 2)
