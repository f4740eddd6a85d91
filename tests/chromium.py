"""Finds a Chromium for the page tests, and gets one where there is none: `python tests/chromium.py`.

Order: the environment variable CHROMIUM, the machine's own, Debian's package (as root), Playwright's download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find() -> str | None:
    """Path of a Chromium that is already there."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    for candidate in [*map(shutil.which, NAMES), shutil.which(MAC), playwrights_own()]:
        if candidate:
            return candidate
    return None


def playwrights_own() -> str | None:
    """Path of the Chromium that Playwright has downloaded, if it has."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def is_debian_root() -> bool:
    """Whether Debian's package may be installed (Ubuntu's only points to a snap)."""
    release = Path("/etc/os-release")
    debian = release.exists() and "ID=debian" in release.read_text().split()
    return debian and os.geteuid() == 0


def install() -> None:
    """Install a Chromium; a page in Chinese needs a font as well."""
    if is_debian_root():
        subprocess.run(["apt-get", "update", "-q"])
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", "chromium", "fonts-noto-cjk"])
    if find() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


def starts(path: str) -> bool:
    """Whether the program is there and finds its libraries."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    if find() is None:
        install()
    path = find()
    if path is None:
        sys.exit("No Chromium was found and none could be installed. Install one, or name one in CHROMIUM.")
    if not starts(path):
        sys.exit(f"{path} does not start: `{path} --version` fails. Install another, or name one in CHROMIUM.")
    print(f"Chromium: {path}")
