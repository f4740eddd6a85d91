"""Three ways to vectors whose inner products are measured affinities: a factorisation, the series' model, and GloVe.

All minimise sum_ij lambda_ij (s(i, j) - target_ij)^2. The truncated factorisation has lambda = 1 and takes pairs that
never met for PMI 0 (Levy & Goldberg 2014). The series' model (https://kexue.fm/archives/4675, eqs 16, 19, 23) has
s = <v_i, v_j>, the PMI of pairs that met as target, and a weight that grows with the count. GloVe (Pennington et al.
2014) has two vectors and two biases for each word, and log counts as targets.

Inner products make a matrix without negative eigenvalues, and that of PMI has some: two words may be met in the same
company and avoid each other. The first two methods can therefore have negative axes, the last ones of a vector, which
count negatively in s: s(i, j) = sum over the other axes of v_i v_j - sum over the negative axes of v_i v_j.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from scipy import sparse
from scipy.sparse.linalg import eigsh
from torch import Tensor, nn
from tqdm.auto import tqdm

from .checks import real_number, whole_number
from .counts import Cooccurrences
from .vectors import WordVectors, axis_signs

LARGEST_DIMENSION = 10_000
BATCH = 2**15  # pairs whose gradients are added up for one step


def svd_vectors(
    cooccurrences: Cooccurrences,
    dimension: int = 100,
    *,
    shift: float = 1.0,
    power: float = 0.5,
    negative_axes: int = 0,
) -> WordVectors:
    """Vectors from the truncated singular value decomposition of the positive PMI matrix.

    The matrix is symmetric, so its singular vectors are eigenvectors. Those of the largest positive eigenvalues are kept:
    with power 0.5, V = U S^0.5, the inner products V V^T are then the best approximation of rank d that vectors can
    have. With negative axes, which count negatively in the products, it comes nearer.

    Args:
        cooccurrences: what was counted, n words.
        dimension: d.
        shift: as in `Cooccurrences.pmi_matrix`.
        power: how far eigenvalues stretch the axes.
        negative_axes: how many of the d axes are for the most negative eigenvalues.

    Raises:
        ValueError: no words met, `dimension` is not less than their number, or `negative_axes` not less than `dimension`.
    """
    size = _words_that_met(cooccurrences)
    whole_number("dimension", dimension, 1)
    if dimension >= size:
        raise ValueError(f"dimension must be in [1, {size - 1}] for {size} words, got {dimension}")
    real_number("power", power, 0, 100)
    signs = axis_signs(dimension, negative_axes)
    matrix = cooccurrences.pmi_matrix(positive=True, shift=shift).astype(np.float32)
    if not matrix.nnz:
        raise ValueError(f"shift must leave pairs whose PMI is positive, got {shift}")
    ends = [_eigenvectors(matrix, int((signs == sign).sum()), sign) for sign in (1, -1)]
    values, axes = (np.concatenate(each, -1) for each in zip(*ends, strict=True))
    return WordVectors(cooccurrences.vocabulary, axes * np.maximum(signs * values, 0) ** power, negative_axes)


def _words_that_met(cooccurrences: Cooccurrences) -> int:
    """How many words there are; a ValueError if no two of them met, from which nothing can be learned."""
    size = len(cooccurrences.vocabulary)
    if size < 2 or not cooccurrences.counts.nnz:
        raise ValueError(
            f"cooccurrences must be of words that met, got {size} words and {cooccurrences.counts.nnz} pairs: "
            "the text is short, or `minimum` leaves out its words"
        )
    return size


def _check_training(dimension: int, epochs: int, x_max: float, alpha: float, seed: int) -> None:
    whole_number("dimension", dimension, 1, LARGEST_DIMENSION)
    whole_number("epochs", epochs, 0)
    whole_number("seed", seed, 0, 2**63 - 1)
    if not real_number("x_max", x_max, 0) > 0:
        raise ValueError(f"x_max must be positive, got {x_max}")
    real_number("alpha", alpha, 0, 100)


def _eigenvectors(matrix: sparse.csr_array, count: int, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` largest eigenvalues (sign 1) or smallest ones (-1), that one first, and their vectors (n, count)."""
    if not count:
        return np.empty(0), np.empty((matrix.shape[0], 0))
    # Always the same start: otherwise the signs of the axes would be drawn anew each time.
    start = np.ones(matrix.shape[0], dtype=np.float32)
    values, axes = eigsh(matrix, count, which="LA" if sign > 0 else "SA", v0=start, tol=1e-4)
    order = (-sign * values).argsort()
    return values[order], axes[:, order]


class Shared(nn.Module):
    """The series' model: one vector for each word, and s(i, j) = <v_i, v_j>, the last `negative_axes` counting negatively."""

    signs: Tensor

    def __init__(self, words: int, dimension: int, negative_axes: int = 0) -> None:
        super().__init__()
        self.vectors = _embedding(words, dimension)
        self.register_buffer("signs", torch.from_numpy(axis_signs(dimension, negative_axes)))

    def forward(self, i: Tensor, j: Tensor) -> Tensor:
        return (self.vectors(i) * self.vectors(j)) @ self.signs

    def energy(self, weight: float = 1.0) -> Tensor:
        """weight * sum s(i, j)^2 over all pairs, met or not; from V^T V, as it costs n d^2 and not n^2 d."""
        gram = self.vectors.weight.T @ self.vectors.weight
        return weight * self.signs @ gram**2 @ self.signs


class GloVe(nn.Module):
    """GloVe's model: two vectors and two biases for each word, and s(i, j) = <v_i, u_j> + b_i + c_j."""

    def __init__(self, words: int, dimension: int) -> None:
        super().__init__()
        self.vectors, self.contexts = _embedding(words, dimension), _embedding(words, dimension)
        self.biases, self.context_biases = _embedding(words, 1), _embedding(words, 1)

    def forward(self, i: Tensor, j: Tensor) -> Tensor:
        product = (self.vectors(i) * self.contexts(j)).sum(1)
        return product + self.biases(i)[:, 0] + self.context_biases(j)[:, 0]


def _embedding(words: int, dimension: int) -> nn.Embedding:
    """Entries uniform in +-0.5 / d, as the series' and GloVe's programs begin."""
    return nn.Embedding.from_pretrained((torch.rand(words, dimension) - 0.5) / dimension, freeze=False)


def pair_weights(counts: Tensor, x_max: float = 100.0, alpha: float = 0.75) -> Tensor:
    """lambda = min(x / x_max, 1)^alpha; without a maximum (x_max = inf) it is x^alpha.

    The maximum takes weight from pairs that meet very often, those of the most frequent words.
    """
    return counts**alpha if math.isinf(x_max) else (counts / float(x_max)).clamp(max=1) ** alpha


def train(
    model: nn.Module,
    i: Tensor,
    j: Tensor,
    target: Tensor,
    weight: Tensor,
    *,
    epochs: int,
    rate: float = 0.1,
    batch: int = BATCH,
    penalty: Callable[[], Tensor] | None = None,
) -> list[float]:
    """Minimise sum lambda (s(i, j) - target)^2 + penalty by Adagrad (Duchi et al. 2011).

    Args:
        model: called with some of the indices i and j.
        i, j, target, weight: of all pairs, (m,). Everything is where the model is, on the CPU or on a GPU.
        epochs: passes over all pairs, in a new order each time.
        rate: the learning rate.
        batch: pairs to a step.
        penalty: added to the sum over all pairs.

    Returns:
        The sum over the pairs, divided by that of the weights, for each epoch.
    """
    # The sum of squares starts at 1, as in the series' program.
    optimizer = torch.optim.Adagrad(model.parameters(), lr=rate, initial_accumulator_value=1.0)
    losses = []
    for _ in tqdm(range(epochs), desc="training", delay=20):
        total = torch.zeros((), device=target.device)
        for chosen in torch.randperm(len(target)).to(target.device).split(batch):
            error = model(i[chosen], j[chosen]) - target[chosen]
            loss = (weight[chosen] * error**2).sum()
            total += loss.detach()
            if penalty is not None:
                loss = loss + penalty() * (len(chosen) / len(target))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(float(total / weight.sum()))
    return losses


def weighted_vectors(
    cooccurrences: Cooccurrences,
    dimension: int = 100,
    *,
    epochs: int = 10,
    x_max: float = 100.0,
    alpha: float = 0.75,
    unseen: float = 0.0,
    negative_axes: int = 0,
    start: WordVectors | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> WordVectors:
    """The series' model: minimise sum lambda_ij (s(i, j) - PMI_ij)^2 by Adagrad.

    The sum is over pairs of different words that met. Those that never met are left to be inferred, and a small text
    does not have enough pairs for that: the vectors fit what they see and say nothing about the rest. `unseen` adds
    unseen * s(i, j)^2 for all pairs, the weak opinion that words have no affinity unless they show it.

    Args:
        cooccurrences: what was counted.
        dimension: d.
        epochs: passes over all pairs.
        x_max, alpha: as in `pair_weights`.
        unseen: the weight of that opinion; 0 is the series' model.
        negative_axes: how many of the d axes count negatively.
        start: vectors of the same words to begin with, small random ones if there are none. With the opinion, those of
            `svd_vectors` with the same negative axes are near the goal already: a third of the epochs comes nearly as far.
        seed: of torch's random numbers.
        device: "cpu" or "cuda".

    Raises:
        ValueError: no words met, `start` is not of this vocabulary and dimension, or a number that is out of its range.
    """
    _check_training(dimension, epochs, x_max, alpha, seed)
    real_number("unseen", unseen, 0, 1e9)
    with torch.random.fork_rng(devices=[]):  # what else draws from torch goes on as if nothing had been
        torch.manual_seed(seed)
        return _weighted(cooccurrences, dimension, epochs, x_max, alpha, unseen, negative_axes, start, device)


def _weighted(
    cooccurrences: Cooccurrences,
    dimension: int,
    epochs: int,
    x_max: float,
    alpha: float,
    unseen: float,
    negative_axes: int,
    start: WordVectors | None,
    device: str,
) -> WordVectors:
    model = Shared(_words_that_met(cooccurrences), dimension, negative_axes)
    if start is not None:
        if start.vocabulary.words != cooccurrences.vocabulary.words or start.vectors.shape[1] != dimension:
            raise ValueError(
                f"start must have {dimension} numbers for each of the {len(cooccurrences.vocabulary)} words counted, "
                f"got {start.vectors.shape[1]} for each of {len(start.vocabulary)}"
            )
        model.vectors.weight.data.copy_(torch.from_numpy(start.vectors))
    model = model.to(device)
    if sparse.triu(cooccurrences.counts, 1).nnz == 0:
        raise ValueError("cooccurrences must be of different words that met, got none")
    counts, pmi = (sparse.triu(each, 1).tocoo() for each in (cooccurrences.counts, cooccurrences.pmi_matrix()))
    weight = pair_weights(torch.from_numpy(counts.data).float(), x_max, alpha)
    target = torch.from_numpy(pmi.data).float()
    pairs = torch.from_numpy(counts.row).long(), torch.from_numpy(counts.col).long()
    # A pair of words that met is there once, and twice in the energy.
    penalty = partial(model.energy, unseen / 2) if unseen else None
    train(model, *(each.to(device) for each in (*pairs, target, weight)), epochs=epochs, penalty=penalty)
    return WordVectors(cooccurrences.vocabulary, model.vectors.weight.detach().cpu().numpy(), negative_axes)


def glove_vectors(
    cooccurrences: Cooccurrences,
    dimension: int = 100,
    *,
    epochs: int = 10,
    x_max: float = 100.0,
    alpha: float = 0.75,
    seed: int = 0,
    device: str = "cpu",
) -> WordVectors:
    """GloVe, trained in the same way: minimise sum lambda_ij (<v_i, u_j> + b_i + c_j - log x_ij)^2, and keep v + u.

    Arguments are those of `weighted_vectors`.
    """
    _check_training(dimension, epochs, x_max, alpha, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = GloVe(_words_that_met(cooccurrences), dimension).to(device)
        counts = cooccurrences.counts.tocoo()
        number = torch.from_numpy(counts.data).float()
        pairs = torch.from_numpy(counts.row).long(), torch.from_numpy(counts.col).long()
        values = (*pairs, number.log(), pair_weights(number, x_max, alpha))
        train(model, *(each.to(device) for each in values), epochs=epochs)
    both = model.vectors.weight + model.contexts.weight
    return WordVectors(cooccurrences.vocabulary, both.detach().cpu().numpy())


@torch.no_grad()
def add_constant(model: GloVe, constant: Tensor) -> None:
    """Add one constant (d,) to all vectors of a GloVe model, and take from the biases what keeps every s(i, j) as it was.

    b_i - <v_i, c> - |c|^2 / 2, and the same for the contexts (article 4675, eq. 18): GloVe's vectors are not determined.
    """
    for vectors, biases in ((model.vectors, model.biases), (model.contexts, model.context_biases)):
        biases.weight -= vectors.weight @ constant[:, None] + (constant @ constant) / 2
        vectors.weight += constant
