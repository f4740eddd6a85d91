"""What the chapters say, for tests that try it, and the links in them that set an explorer."""

import ast
import functools
import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from kexue_widgets.live import Explorer, OnnxProgram, export_model
from kexue_widgets.tries import read

BOOK = Path(__file__).parents[1] / "book"
TRY_LINK = re.compile(r"""\[([^\[\]]*)\]\((#live:\S+) "((?:[^"\\]|\\.)*)"\)""")


def plain(text: str) -> str:
    """A text in which links that set an explorer are their words."""
    return TRY_LINK.sub(r"\1", text)


def cells(chapter: str) -> list[dict]:
    """The cells of a chapter's notebook."""
    return json.loads((BOOK / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]


def sayings(chapter: str) -> Callable[[str], None]:
    """A function that fails unless the chapter says these words, wherever its lines break."""
    text = "\n".join(" ".join(plain("".join(cell["source"])).split()) for cell in cells(chapter))

    def says(words: str) -> None:
        assert words in text, f"the chapter says this no more: {words}"

    return says


def made(chapter: str) -> Iterator[tuple[str, dict]]:
    """The explorers that a chapter's cells show: their names and settings, from what is stored."""
    for cell in cells(chapter):
        for output in cell.get("outputs", []):
            shown = "".join(output.get("data", {}).get("text/plain", ""))
            if re.fullmatch(r"\w+\(.*seed=\d+\)", shown):
                keywords = ast.parse(shown, mode="eval").body.keywords  # type: ignore[attr-defined]
                yield shown.partition("(")[0], {each.arg: ast.literal_eval(each.value) for each in keywords}


def try_links(chapter: str) -> list[tuple[str, str]]:
    """Addresses and titles of a chapter's links that set an explorer."""
    text = "\n".join("".join(cell["source"]) for cell in cells(chapter) if cell["cell_type"] == "markdown")
    return [(address, re.sub(r"\\(.)", r"\1", title)) for _, address, title in TRY_LINK.findall(text)]


@functools.cache
def _graphs(kind: type[Explorer]) -> OnnxProgram:
    explorer = kind()
    graphs = export_model(explorer.functions, explorer.controls, explorer.values)
    return OnnxProgram(graphs, explorer.controls, explorer.manifest()["starts"])


def on_graphs(kind: type[Explorer], **values: object) -> Explorer:
    """An explorer that computes by its exported graphs, as on a reader's page: long trainings take a fifth of torch's time."""
    explorer = kind(**values)
    explorer._engine.program = _graphs(kind)
    return explorer


def pressing(chapter: str, *trained: type[Explorer]) -> Callable[..., Explorer]:
    """A function that gives the explorer that a link of the chapter sets, in the kernel: what a new one with these settings is.

    It fails unless the chapter has that link; other values, such as a seed, may be given for a claim that holds of all, and
    what is to be called with the explorer after each part of its way. Those that are `trained` compute by their graphs.
    """
    package = import_module(f"kexue_widgets.{chapter}")

    def press(address: str, watch: Callable[[Explorer], object] | None = None, **others: object) -> Explorer:
        assert address in {each for each, _ in try_links(chapter)}, f"the chapter has this link no more: {address}"
        name = address.removeprefix("#live:").partition(".")[0]
        first = next(settings for shown, settings in made(chapter) if shown == name)
        kind = getattr(package, name)
        settings = read(address, {name: kind(**first).manifest()})
        make = functools.partial(on_graphs, kind) if kind in trained else kind
        explorer = make(**{**first, **settings.values, **others})
        if settings.segments is not None:
            for place, (steps, values) in enumerate(settings.segments):
                for control, value in {**settings.values, **values, **others}.items():
                    setattr(explorer, control, value)
                if not place:
                    explorer.reset()
                explorer.advance(steps)
                if watch:
                    watch(explorer)
            for control, value in {**settings.values, **others}.items():
                setattr(explorer, control, value)
        return explorer

    return press
