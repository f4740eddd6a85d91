"""The packages that a release carries, tried where nothing else is: `make dist` builds them in `dist/`, then runs this.

The wheel goes into an empty environment of its own, and saves an explorer as one file, in which Chromium computes; the sdist
makes the same wheel without the repository.
"""

import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

import browsers
from browsing import FLAGS, ROOT
from playwright.sync_api import sync_playwright

NEEDED = ["kexue_widgets/static/engine.js", "kexue_widgets/static/notices.txt", "kexue_widgets/py.typed"]
HELD_BACK = ("kexue_widgets/frontend/", "tests/", "book/")
BUNDLED = ("onnxruntime-web", "@observablehq/plot", "mathjax", "mersenne-twister")
SAVE = """
import sys, torch
import kexue_widgets
from kexue_widgets.live import explore
assert kexue_widgets.__file__.startswith(sys.prefix), kexue_widgets.__file__

@explore(p=(0.0, 1.0))
def line(p):
    return p * torch.linspace(0, 1, 20)

line.save_html(sys.argv[1])
"""
MOVED = """() => { const { explorer } = document.querySelector("kexue-explorer");
  return explorer && Object.values(explorer.arrays).some(({ data }) => Math.abs(data[data.length - 1] - 0.25) < 1e-6) }"""


def check_contents(wheel: Path) -> None:
    """All is there that is needed, with the notices of what is bundled, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        notices = archive.read("kexue_widgets/static/notices.txt").decode()
        metadata = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert not [name for name in NEEDED if name not in names]
    assert not [name for name in names if name.startswith(HELD_BACK)]
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in BUNDLED if name not in notices]
    told = re.findall(r"^License-Expression: (.*)$", metadata, re.M)
    bundled = re.findall(r"^\S+ [\d.]+ \((.*)\)$", notices, re.M)
    assert [{*expression.split(" AND ")} for expression in told] == [{"MIT", *bundled}], (told, {*bundled})


def check_alive(page: Path) -> None:
    """The explorer in the file computes."""
    chromium = browsers.find()  # asks Playwright, which is not to be begun twice
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        opened = browser.new_page()
        opened.goto(page.as_uri())
        field = opened.get_by_label("p: value", exact=True)
        field.fill("0.25")
        field.press("Enter")
        opened.wait_for_function(MOVED)
        browser.close()


def main() -> None:
    [wheel], [sdist] = ([*ROOT.glob(f"dist/*{end}")] for end in (".whl", ".tar.gz"))
    check_contents(wheel)
    with tempfile.TemporaryDirectory() as folder:
        environment, page = Path(folder, "empty"), Path(folder, "line.html")
        venv.create(environment, with_pip=True)
        python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", *sys.argv[1:], wheel], check=True)
        subprocess.run([python, "-c", SAVE, page], check=True, cwd=folder)
        check_alive(page)
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        unpacked = Path(folder, sdist.name.removesuffix(".tar.gz"))
        command = [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, unpacked]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(Path(folder, wheel.name)) as again, zipfile.ZipFile(wheel) as first:
            assert {*again.namelist()} == {*first.namelist()}
    print(f"{wheel.name}: whole, alive in an empty environment, and the same from {sdist.name}")


if __name__ == "__main__":
    main()
