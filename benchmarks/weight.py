"""What a chapter page weighs: everything it loads over http before a reader touches it, and what the first touch adds.

The built book is served on this machine and opened with an empty cache. Each file that it asks for is counted once, as it is
and compressed with gzip, level 6, as web servers do. Target: at most 1 MB gzip before the first touch.
"""

import gzip
import sys
from collections import defaultdict
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from _common import PAGE, ROOT, Table, open_browser, print_table, serve_folder, store
from playwright.sync_api import Page, Request

CHAPTER = "book/dropout.html"
KINDS = {".html": "page", ".css": "style", ".js": "script", ".woff2": "font", ".woff": "font", ".ttf": "font"}


def kind_of(name: str) -> str:
    """What a file is, by its name."""
    path = PurePosixPath(name)
    kind = KINDS.get(path.suffix, "picture and other")
    if "_kexue" in path.parts:
        return f"MathJax {kind}" if "mathjax" in path.parts else f"explorer {kind}"
    return kind


def sizes(book: Path, requests: list[Request]) -> list[tuple[str, str, int, int]]:
    """Name, kind, bytes and bytes after gzip of each file of the book that was asked for."""
    names = dict.fromkeys(unquote(urlsplit(request.url).path) for request in requests)
    bodies = [(name, (book / name.strip("/")).read_bytes()) for name in names]
    return [(name, kind_of(name), len(body), len(gzip.compress(body, 6))) for name, body in bodies]


def report(title: str, loaded: list[tuple[str, str, int, int]]) -> tuple[int, Table]:
    """Print a table by kind; returns the sum after gzip, and the table."""
    kinds = defaultdict(lambda: [0, 0, 0])
    for _, kind, raw, zipped in loaded:
        for key in (kind, "total"):
            kinds[key] = [total + more for total, more in zip(kinds[key], (1, raw, zipped), strict=True)]
    total = kinds.pop("total", [0, 0, 0])
    rows = sorted(kinds.items(), key=lambda item: -item[1][2])
    table = [
        (kind, count, f"{raw / 1000:.1f}", f"{zipped / 1000:.1f}")
        for kind, (count, raw, zipped) in [*rows, ("total", total)]
    ]
    return total[2], print_table(title, ("", "files", "kB", "kB gzip"), table)


def settle(page: Page, requests: list[Request]) -> None:
    """Wait until a second has passed without a request."""
    count = -1
    while count < len(requests):
        count = len(requests)
        page.wait_for_timeout(1000)


def main() -> None:
    """Load the page, touch it, and print what each has cost."""
    book = ROOT / "_build" / "html"
    if not (book / CHAPTER).exists():
        sys.exit(f"{book / CHAPTER} is missing: `make book` builds it.")
    with serve_folder(book) as address, open_browser() as browser:
        page = browser.new_page()
        asked = []  # and got: a server that does not compress is asked for the engine twice, and once in vain
        page.on("requestfinished", lambda each: each.url.startswith(address) and asked.append(each))
        page.goto(f"{address}/{CHAPTER}", wait_until="networkidle")
        page.evaluate("document.fonts.ready.then(() => {})")
        # A reader who scrolls through the page without touching it loads whatever waits to be seen.
        page.evaluate(
            "async () => { for (let y = 0; y < document.body.scrollHeight; y += 500) { scrollTo(0, y); await new Promise(requestAnimationFrame); } }"
        )
        settle(page, asked)
        before = len(asked)
        untouched = sizes(book, asked)
        # In the page's order, the first explorer's first slider.
        slider = page.locator("kexue-explorer input[type=range]").first
        page.evaluate(
            "() => { globalThis.answered = new Promise(done => addEventListener('kexue:frame', done, { once: true })).then(() => true); }"
        )
        slider.press("ArrowRight")
        page.evaluate("() => answered")
        settle(page, asked)
        touched = sizes(book, asked[before:])
        chromium = browser.version
    total, before_touch = report(f"{CHAPTER}, before a touch", untouched)
    largest = sorted(untouched, key=lambda item: -item[3])[:8]
    print_table(
        "the heaviest of these",
        ("", "kB", "kB gzip"),
        [(name, f"{raw / 1000:.1f}", f"{zipped / 1000:.1f}") for name, _, raw, zipped in largest],
    )
    _, added = report("added by the first touch", touched)
    code = ("book/dropout.ipynb", "kexue_widgets/dropout.py", "kexue_widgets/book/*.py", *PAGE)
    store(__file__, [before_touch, added], code, {"Chromium": chromium})
    print(f"\nbefore a touch: {total / 1e6:.2f} MB gzip, {total / 1e6:.2f} times the target of 1 MB")


if __name__ == "__main__":
    main()
