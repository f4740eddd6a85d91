"""What the page tests share: a browser, the built book, and pages that can reach nothing but this machine."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import browsers
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

os.environ.setdefault("OMP_NUM_THREADS", "1")  # several tests run at a time: more threads would wait for each other

ROOT = Path(__file__).parents[1]
AXE = ROOT / "kexue_widgets" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# No other machine has an address. Requests that Playwright has to hand on one by one cost more than the pages' own work.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
HANGS = 300_000  # milliseconds after which a test is told that it waits in vain; no machine is that slow
SLOWER = float(os.environ.get("KEXUE_SLOWER", "1"))  # how many times slower pages compute and their timers ring: 4, say
LATER = """{ const { setTimeout: after } = globalThis;
  globalThis.setTimeout = (act, delay = 0, ...given) => after(act, %g * delay + 50, ...given); }"""
expect.set_options(timeout=HANGS)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def stays_here(url: str) -> bool:
    """Whether a request stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in {"file", "data", "blob", "about"} or parts.hostname in LOOPBACK


def end(process: subprocess.Popen) -> None:
    """Ask a program to end, and make it if it does not."""
    process.terminate()
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass
class Visit:
    """A page in a context of its own, with what it asked for in vain and what it complained about."""

    page: Page
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def assert_clean(self) -> None:
        """No request left the machine, and no error reached the console."""
        assert self.refused == []
        assert self.errors == []

    def refuse(self, url: str) -> None:
        """Note a request that found no server, since for the tests' browser there is none but on this machine."""
        if not stays_here(url):
            self.refused.append(url)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = browsers.find()
    assert path, "no Chromium: `python tests/browsers.py` installs one"
    return path


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=[*FLAGS, ALONE])
        yield browser
        browser.close()


def slow_down(page: Page) -> None:
    """A page as on a slow machine with much to do, which no test may mind: what is waited for is a state."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(LATER % SLOWER)


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens pages that last as long as the block."""
    contexts = []

    def open_page(url: str, **options: object) -> Visit:
        context = browser.new_context(service_workers="block", **options)
        context.set_default_timeout(HANGS)
        contexts.append(context)
        visit = Visit(context.new_page())
        if SLOWER > 1:
            slow_down(visit.page)
        context.on("requestfailed", lambda request: visit.refuse(request.url))
        # A socket that is not connected to its server goes nowhere.
        context.route_web_socket(lambda url: not stays_here(url), lambda socket: visit.refused.append(socket.url))
        visit.page.on("console", lambda message: message.type == "error" and visit.errors.append(message.text))
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        visit.page.goto(url)
        return visit

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens a page: `visit(url)`, with Playwright's context options (`viewport`, `has_touch`, `color_scheme`...)."""
    with visiting(browser) as open_page:
        yield open_page


def html_folder() -> Path:
    """Where the built book lies."""
    folder = Path(os.environ.get("KEXUE_HTML", ROOT / "_build" / "html"))
    assert (folder / "index.html").exists(), "the book is not built: `make book` builds it"
    return folder


@pytest.fixture(scope="session")
def book_dir() -> Path:
    return html_folder()


@pytest.fixture(scope="session")
def book_http(book_dir: Path) -> Iterator[str]:
    """Address of the book on a web server of this machine."""
    with serve(book_dir) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module", params=["file", "http"])
def book_url(request: pytest.FixtureRequest, book_dir: Path) -> str:
    """Address of the book, opened by double-click and from a web server."""
    return book_dir.as_uri() if request.param == "file" else request.getfixturevalue("book_http")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A file server that does not write a line per request."""

    def log_message(self, format: str, *args: object) -> None:
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    """A server to which a browser that wants no more of a file is no error."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def serve(folder: Path) -> QuietServer:
    """A web server over a folder, on a free port of this machine."""
    return QuietServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder)))


@pytest.fixture(scope="session")
def axe_path() -> Path:
    """The accessibility checker's script, for `page.add_script_tag(path=axe_path)`."""
    assert AXE.exists(), "axe-core is not installed: `npm ci` in kexue_widgets/frontend installs it"
    return AXE
