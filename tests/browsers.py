"""Finds the browsers of the page tests, and gets those that are not there: `python tests/browsers.py`.

Order: the environment variables CHROMIUM, FIREFOX and WEBKIT (its driver), the machine's own, Debian's packages (as
root), for Chromium Playwright's download. Chromium's headless shell goes first: it is the same browser without a window,
whose tabs and address bar cost as much as the page in it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = {
    "chromium": [
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    "firefox": ["firefox", "firefox-esr", "/Applications/Firefox.app/Contents/MacOS/firefox"],
    "webkit": ["WebKitWebDriver"],
}
PACKAGES = {
    "chromium": ["chromium-headless-shell", "fonts-noto-cjk"],  # a page in Chinese needs a font
    "firefox": ["firefox-esr"],
    "webkit": ["webkit2gtk-driver", "xvfb"],
}


def find(browser: str = "chromium") -> str | None:
    """Path of a browser that is already there."""
    if chosen := os.environ.get(browser.upper()):
        return chosen
    there = next(filter(None, map(shutil.which, NAMES[browser])), None)
    return there or (playwrights_own() if browser == "chromium" else None)


def playwrights_own() -> str | None:
    """Path of the Chromium that Playwright has downloaded, if it has."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def is_debian_root() -> bool:
    """Whether Debian's packages may be installed (Ubuntu's only point to snaps)."""
    release = Path("/etc/os-release")
    debian = release.exists() and "ID=debian" in release.read_text().split()
    return debian and os.geteuid() == 0


def install(missing: list[str]) -> None:
    """Install what can be installed."""
    if is_debian_root():
        packages = [package for browser in missing for package in PACKAGES[browser]]
        subprocess.run(["apt-get", "update", "-q"])
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", *packages])
    if "chromium" in missing and find() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


def starts(browser: str, path: str) -> bool:
    """Whether the program is there and finds its libraries."""
    question = "--help" if browser == "webkit" else "--version"
    try:
        return subprocess.run([path, question], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    # Beside a Chromium with a window, its headless shell is worth having too.
    lean = is_debian_root() and "CHROMIUM" not in os.environ and not shutil.which(NAMES["chromium"][0])
    if missing := [browser for browser in NAMES if find(browser) is None or (browser == "chromium" and lean)]:
        install(missing)
    for browser in NAMES:
        path, variable = find(browser), browser.upper()
        if path and not starts(browser, path):
            sys.exit(f"{path} does not start: `{path}` says why. Install another, or name one in {variable}.")
        print(f"{browser}: {path or f'none was found and none could be installed; {variable} may name one'}")
    if find() is None:
        sys.exit("The page tests need a Chromium.")
