"""What takes hours and has files of its own, as tables of the book's page: of what stands in book/data, nothing is measured."""

import json
import statistics
from typing import Any

from _common import Table, keep, print_table
from onelossgan import USUAL

from kexue_widgets.finetune import elpv
from kexue_widgets.onelossgan import costs
from kexue_widgets.results import StoredResults

WORDVEC = StoredResults(
    "wordvec.json",
    "python benchmarks/wordvec.py",
    (
        "benchmarks/_wordvec_items.py",
        "benchmarks/_wordvec_methods.py",
        "benchmarks/wordvec.py",
        *(f"kexue_widgets/wordvec/{each}.py" for each in ("corpora", "counts", "models", "vectors")),
    ),
)
LONG = {"onelossgan": costs.RESULTS, "wordvec": WORDVEC}  # benchmarks that take hours
ALONE = "head"
ELSEWHERE = "frozen, neighbours together"  # its divisions are others


def rounds(content: dict[str, Any]) -> list[Table]:
    """Rounds of one loss and of two, as multiples of the usual round."""
    rows = [
        (
            f"{each['networks']}: {each['round']}",
            *(f"{each[key]:.2f}" for key in ("faster", "faster_low", "faster_high", "memory")),
        )
        for each in content["rounds"]
        if each["round"] != USUAL.__name__
    ]
    heads = ("median", "lower quartile", "upper quartile")
    title = "How many times as fast as the usual round, and its peak of memory"
    return [print_table(title, ("", *heads, "memory"), rows, heads)]


def vectors(content: dict[str, Any]) -> list[Table]:
    """Word vectors beside gensim's word2vec: agreement on the held-out sets, and time."""
    sets, found = [*content["held_out_items"], "mean"], content["held_out"]
    peer = next(name for name, each in found.items() if each["against"] is None)
    scores = [(name, *(f"{each[key]:.3f}" for key in sets)) for name, each in found.items()]
    seconds = content["seconds"]
    beside = [
        (name, f"{each['mean'] / found[peer]['mean']:.2f}", f"{seconds[peer] / seconds[name]:.2f}")
        for name, each in found.items()
        if name != peer
    ]
    return [
        print_table("Agreement with people on the held-out sets", ("", *sets), scores),
        print_table("Beside gensim's word2vec", ("", "agreement", "times as fast"), beside, ("times as fast",)),
    ]


def experiments(content: dict[str, Any]) -> list[Table]:
    """Accuracy of each experiment, beside the trained head alone in the same divisions."""
    found: dict[str, dict[int, float]] = {}
    for each in content["results"]:
        if each["experiment"] == ELSEWHERE:
            continue
        found.setdefault(each["experiment"], {})[each["seed"]] = each["accuracy"]
    rows = []
    for name, seeds in found.items():
        ratios = sorted(accuracy / found[ALONE][seed] for seed, accuracy in seeds.items())
        figures = (statistics.median(ratios), ratios[0], ratios[-1])
        rows.append((name, f"{statistics.median(seeds.values()):.3f}", *(f"{each:.3f}" for each in figures)))
    heads = ("median", "lowest", "highest")
    title = "Accuracy, and as a multiple of the head's in the same division"
    return [print_table(title, ("", "accuracy", *heads), rows, heads)]


TABLES = {
    "onelossgan": (costs.RESULTS, rounds),
    "wordvec": (WORDVEC, vectors),
    "finetune": (elpv.RESULTS, experiments),
}


def main() -> None:
    """Write the record of each whose file is there."""
    for name, (results, tables) in TABLES.items():
        if not results.path.exists():
            continue
        content = json.loads(results.path.read_text("utf-8"))
        record = {
            "command": results.command,
            "files": results.code,
            "code": content["code"],
            "versions": content["versions"],
            "tables": tables(content),
        }
        keep(name, record)


if __name__ == "__main__":
    main()
