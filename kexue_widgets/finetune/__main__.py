"""Fine-tuning and classifying from the command line: `python -m kexue_widgets.finetune --help`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..cache import write_whole
from .checkpoints import best_checkpoint, place
from .folders import Result, finetune


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of the two commands; what is wrong with files or arguments is said without a traceback."""
    parser = argparse.ArgumentParser(prog="python -m kexue_widgets.finetune", description=(main.__doc__ or "").strip())
    commands = parser.add_subparsers(required=True, metavar="command")
    training = commands.add_parser("train", help="fine-tune on folder/class/picture, and keep the network in a file")
    training.add_argument("folder")
    training.add_argument("result", help="the file to write, such as dogs.result")
    training.add_argument("--checkpoint", help="goes on from this file if it is there; written each epoch")
    training.add_argument("--unlabelled", help="a folder of pictures without classes")
    training.add_argument("--size", type=int, default=160, help="pixels a side (160)")
    training.set_defaults(run=_train)
    classifying = commands.add_parser("classify", help="write the classes of all pictures in a folder as CSV")
    classifying.add_argument("result", help="the file that training has written")
    classifying.add_argument("folder")
    classifying.add_argument("--output", help="the file to write; standard output if there is none")
    classifying.set_defaults(run=_classify)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (OSError, ValueError) as error:
        parser.exit(2, f"{error}\n")


def _train(options: argparse.Namespace) -> None:
    place("result", options.result)
    if options.checkpoint is not None:
        _other("result", options.result, "checkpoint", options.checkpoint)
        _other("result", options.result, "best network of the checkpoint", best_checkpoint(options.checkpoint))
    found = finetune(options.folder, unlabelled=options.unlabelled, checkpoint=options.checkpoint, size=options.size)
    found.save(options.result)
    sys.stdout.write(f"{found}\n")


def _classify(options: argparse.Namespace) -> None:
    if options.output is not None:
        place("output", options.output)
        _other("output", options.output, "result", options.result)
    table = Result.load(options.result).classify_folder(options.folder)
    if options.output is None:
        table.to_csv(sys.stdout)
    else:
        write_whole(options.output, table.to_csv())


def _other(name: str, path: str, other: str, its: Path | str) -> None:
    """Raises:
    ValueError: both are one file, and what is written would take the place of what is there.
    """
    if os.path.realpath(path) == os.path.realpath(its):
        raise ValueError(f"{name} must be another file than the {other}, got {path} for both")


if __name__ == "__main__":
    main()
