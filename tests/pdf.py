"""The whole book as one PDF: `make pdf` prints every page of `_build/html` with Chromium and binds them together."""

import sys
import tempfile
from pathlib import Path

import browsers
import yaml
from browsing import FLAGS, ROOT
from playwright.sync_api import sync_playwright
from pypdf import PdfWriter

READY = "() => (window.MathJax?.startup.promise ?? Promise.resolve()).then(() => document.fonts.ready).then(() => true)"


def main() -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    names = [toc["root"], *(chapter["file"] for chapter in toc["chapters"])]
    target = ROOT / "_build" / "kexue-live.pdf"
    path = browsers.find()
    if path is None:
        sys.exit("No Chromium: `python tests/browsers.py` installs one.")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder, PdfWriter() as bound:
        page = playwright.chromium.launch(executable_path=path, args=FLAGS).new_page()
        for number, name in enumerate(names):
            page.goto((ROOT / "_build" / "html" / f"{name}.html").as_uri())
            page.evaluate(READY)
            printed = Path(folder, f"{number}.pdf")
            margin = dict.fromkeys(("top", "bottom", "left", "right"), "18mm")
            page.pdf(path=printed, format="A4", margin=margin, print_background=True)
            bound.append(printed, outline_item=page.title().split(" — ")[0])
        bound.write(target)
    print(f"{target}: {len(names)} chapters")


if __name__ == "__main__":
    main()
