"""Three stages of training on the activations of a frozen trunk: the head alone, then the blocks below it, then gently.

The blocks that learn and the head make a `Tail`. What comes out of the trunk below them is computed once for each picture
and for each augmented view of it, so an epoch costs only the tail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..checks import whole_number
from ..efficientnet import EfficientNetLite0, load
from . import checkpoints
from .checks import check_activations, check_data, check_labels, checked_settings
from .head import Head, choose_alpha, mix
from .settings import Settings, Stage
from .trunk import device_of


class Data(NamedTuple):
    """Activations of the trunk (views, n, c, h, w), and the labels (n,)."""

    activations: Tensor
    labels: Tensor

    def subset(self, index: Tensor) -> Data:
        """Some of the pictures."""
        return Data(self.activations[:, index], self.labels[index])


def split(network: EfficientNetLite0, blocks: int) -> tuple[nn.Sequential, nn.Sequential]:
    """The network in two: all that stays frozen, and the last `blocks` blocks with what follows, up to the features."""
    if not 1 <= blocks < len(network.blocks):
        raise ValueError(f"blocks must be in [1, {len(network.blocks) - 1}], got {blocks}")
    return (
        nn.Sequential(network.stem, network.blocks[:-blocks]),
        nn.Sequential(network.blocks[-blocks:], network.head, network.pool),
    )


class Tail(nn.Module):
    """What is fine-tuned: activations (n, c, h, w) to what `Head` gives.

    Batch normalisation keeps the statistics of ImageNet: those of a small batch would be noise.
    """

    def __init__(self, blocks: nn.Sequential, classes: int, settings: Settings) -> None:
        super().__init__()
        self.blocks = blocks.eval()
        self.head = Head(1280, classes, settings.width, settings.activation)

    def probabilities(self, activations: Tensor) -> Tensor:
        """Of both heads, (2, n, classes)."""
        return _probabilities(self.blocks, self.head, activations)


class Epoch(NamedTuple):
    """What is known after an epoch."""

    stage: str
    loss: float
    accuracy: float  # of the mixed heads on validation data, with the alpha chosen on them
    alpha: float


def tail(classes: int, settings: Settings, device: str = "cpu") -> Tail:
    """The untrained tail: blocks with ImageNet's weights, and a head drawn with the settings' seed.

    Raises:
        ValueError: settings that are none, or no whole number of classes.
    """
    settings = checked_settings(settings, has_unlabelled=True)
    classes = whole_number("classes", classes, 1, 10**6)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return Tail(split(load(), settings.blocks)[1], classes, settings).to(device)


def balanced_batches(labels: Tensor, settings: Settings, generator: torch.Generator) -> Iterator[Tensor]:
    """Batches of an epoch: classes drawn with probabilities as their sizes, without replacement, equally many of each.

    Args:
        labels: (n,).
        settings: `batch` pictures of `classes_per_batch` classes, or of all if there are fewer.
        generator: what draws.

    Yields:
        Indices of pictures, (batch,) or a little less where it cannot be shared out evenly.
    """
    check_labels("labels", labels)
    settings = checked_settings(settings, has_unlabelled=True)
    members = [(labels == label).nonzero()[:, 0] for label in labels.unique()]
    sizes = torch.tensor([len(each) for each in members], dtype=torch.float)
    classes = min(settings.classes_per_batch, len(members))
    for _ in range(-(-len(labels) // settings.batch)):
        drawn = torch.multinomial(sizes, classes, generator=generator)
        each = max(1, settings.batch // classes)
        yield torch.cat(
            [members[label][torch.randint(len(members[label]), (each,), generator=generator)] for label in drawn]
        )


def plain_batches(labels: Tensor, settings: Settings, generator: torch.Generator) -> Iterator[Tensor]:
    """Batches of an epoch: every picture once, in random order."""
    check_labels("labels", labels)
    settings = checked_settings(settings, has_unlabelled=True)
    yield from torch.randperm(len(labels), generator=generator).split(settings.batch)


def train(
    network: Tail,
    data: Data,
    validation: Data,
    settings: Settings,
    *,
    unlabelled: Tensor | None = None,
    checkpoint: Path | str | None = None,
    progress: Callable[..., Any] = tqdm,
) -> list[Epoch]:
    """Train through all stages; the network ends as it was after the last epoch.

    Args:
        network: what learns, in place.
        data: what it learns from.
        validation: data that only choose alpha, the weight of the first head.
        settings: the stages and everything else.
        unlabelled: activations (views, n, c, h, w) for stages of self-training.
        checkpoint: a file that is written after every epoch; if it exists, training goes on from there, and ends with
            the very weights that an unbroken run ends with. The network with the highest validation accuracy so far is in
            `best_checkpoint(checkpoint)`.
        progress: shows the epochs; called as tqdm is.

    Returns:
        What was measured after each epoch.

    Raises:
        ValueError: settings or data that are none, or with which training runs away to numbers that are not finite; a checkpoint that was made with other settings or other data, is no whole file,
            has lost its best file, or is in no folder.
    """
    settings = checked_settings(settings, has_unlabelled=unlabelled is not None)
    if not isinstance(network, Tail):
        raise ValueError(f"network must be a Tail, such as tail(classes, settings), got {network!r:.60}")
    classes = network.head.softmax.out_features
    check_data("data", data, classes)
    check_data("validation", validation, classes, data.activations)
    data, validation = (each._replace(labels=each.labels.long()) for each in (data, validation))
    if unlabelled is not None:
        check_activations("unlabelled", unlabelled, data.activations)
        if len(unlabelled) != len(data.activations):
            raise ValueError(f"unlabelled must have {len(data.activations)} views, as the data, got {len(unlabelled)}")
    try:
        network.probabilities(data.activations[0, :1])
    except RuntimeError as error:
        raise ValueError(
            f"activations of data must be those below the network's blocks, {tuple(data.activations.shape)} are not: {error}"
        ) from error
    path = None if checkpoint is None else checkpoints.place_of_checkpoint(checkpoint)
    generator = torch.Generator().manual_seed(settings.seed)
    schedule = [stage for stage in settings.stages for _ in range(stage.epochs)]
    sources = [data.activations, validation.activations, *([] if unlabelled is None else [unlabelled])]
    identity = "" if path is None else checkpoints.identity(settings, data.labels, validation.labels, *sources)
    history: list[Epoch] = []
    memory = None
    if path is not None and (saved := checkpoints.saved(path, identity)) is not None:
        network.load_state_dict(saved["network"])
        generator.set_state(saved["generator"])
        memory, history = saved["optimizer"], [Epoch(*each) for each in saved["history"]]
    bar = progress(schedule, initial=len(history), desc="epochs", delay=5)
    optimizer: torch.optim.Optimizer | None = None
    for number in range(len(history), len(schedule)):
        stage = schedule[number]
        continued = number > 0 and stage == schedule[number - 1]
        if optimizer is None or not continued:
            optimizer = _optimizer(network, stage)
            if continued and memory is not None:
                optimizer.load_state_dict(memory)
            # While the blocks rest they, too, need to see each view only once.
            blocks = network.blocks if stage.blocks else nn.Identity()
            inputs = sources if stage.blocks else [_features(network, each) for each in sources]
        seen = Data(inputs[0], data.labels)
        if stage.unlabelled:
            guessed = mix(_probabilities(blocks, network.head, inputs[2][0]), history[-1].alpha).argmax(1)
            seen = Data(torch.cat([inputs[0], inputs[2]], dim=1), torch.cat([data.labels, guessed]))
        loss = _epoch(blocks, network.head, seen, stage, settings, optimizer, generator)
        if not all(bool(each.isfinite().all()) for each in network.parameters()):
            raise ValueError(
                f"settings must have smaller rates than {stage.rate}, or data other numbers: training has run away to numbers "
                "that are not finite"
            )
        both = _probabilities(blocks, network.head, inputs[1][0])
        alpha = choose_alpha(both, validation.labels) if settings.auxiliary else 1.0
        accuracy = float((mix(both, alpha).argmax(1) == validation.labels).float().mean())
        history.append(Epoch(stage.name, loss, accuracy, alpha))
        if path is not None:
            if accuracy >= max(each.accuracy for each in history):
                checkpoints.save(checkpoints.best_checkpoint(path), {"network": network.state_dict(), "alpha": alpha})
            content: dict[str, Any] = {
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "identity": identity,
            }
            content |= {"generator": generator.get_state(), "history": [tuple(each) for each in history]}
            checkpoints.save(path, content)
        bar.set_postfix(stage=stage.name, loss=f"{loss:.3f}", accuracy=f"{accuracy:.3f}", refresh=False)
        bar.update()
    bar.close()
    return history


def _epoch(
    blocks: nn.Module,
    head: Head,
    data: Data,
    stage: Stage,
    settings: Settings,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
) -> float:
    device = device_of(head)
    batches = balanced_batches if settings.balanced else plain_batches
    losses = []
    for index in batches(data.labels, settings, generator):
        view = torch.randint(min(stage.views, len(data.activations)), (len(index),), generator=generator)
        features = blocks(data.activations[view, index].to(device).float())
        loss = head.loss(features, data.labels[index].to(device), settings.center, settings.auxiliary)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return sum(losses) / len(losses)


def _optimizer(network: Tail, stage: Stage) -> torch.optim.Optimizer:
    if stage.blocks:
        return torch.optim.SGD(network.parameters(), stage.rate, momentum=0.9)
    return torch.optim.Adam(network.head.parameters(), stage.rate)


def _features(network: Tail, activations: Tensor) -> Tensor:
    """Of all views: (views, n, 1280)."""
    device = device_of(network)
    with torch.no_grad():
        parts = [network.blocks(part.to(device).float()).cpu() for part in activations.flatten(0, 1).split(256)]
    return torch.cat(parts).reshape(*activations.shape[:2], -1)


def _probabilities(blocks: nn.Module, head: Head, inputs: Tensor) -> Tensor:
    device = device_of(head)
    with torch.no_grad():
        parts = [head(blocks(part.to(device).float()))[:2] for part in inputs.split(256)]
    return torch.stack([torch.cat(each).softmax(1).cpu() for each in zip(*parts, strict=True)])
