"""What a page on the web fetches before a reader asks for it: near, at rest, on a good line; and what is seen of it."""

import gzip
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import browsing
import pytest
from explorers import Line, Wave
from playwright.sync_api import Page
from reader import Live

from kexue_widgets.live import STATIC, page_element
from kexue_widgets.sphinx import SERVED

FILES = ("page.js", "style.css", "engine.js", "engine-code.js")
CONNECTION = "Object.defineProperty(navigator, 'connection', { value: %s })"
# Longer than an explorer must be near, and until the page has nothing to do.
RESTED = """() => new Promise((done) => setTimeout(() => requestIdleCallback(() => requestIdleCallback(done)), 1500))"""


class Site:
    """A page with an explorer in sight and one far below, on a web server, with the names of all files that it is asked for."""

    def __init__(self, folder: Path, compresses: bool = False) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.halfway = threading.Event()  # until it is set, half of the engine is what arrives
        self.halfway.set()
        graphs = folder / "graphs"
        near, far = page_element(Wave(), graphs), page_element(Line(), graphs)
        for name in FILES:
            (folder / name).write_bytes((STATIC / name).read_bytes())
        packed = (STATIC / "engine.wasm.gz").read_bytes()
        (folder / SERVED).write_bytes(packed)
        html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Site</title><link rel="icon" href="data:,">'
            f'<link rel="stylesheet" href="style.css"><script defer src="page.js"></script></head><body>{near}'
            f'<div style="height: 5000px"></div>{far}</body></html>'
        )
        (folder / "index.html").write_text(html, encoding="utf-8")
        site = self

        class Handler(browsing.QuietHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                site.asked.append(name)
                if name == SERVED and Path(folder, name).exists():
                    return self.answer(gzip.compress(packed) if compresses else packed)
                return super().do_GET()

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                if compresses:
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                half = len(body) // 2
                self.wfile.write(body[:half])
                site.halfway.wait(60)
                self.wfile.write(body[half:])

        self.handler = lambda *given: Handler(*given, directory=str(folder))

    def graphs(self) -> int:
        """How many graphs have been asked for."""
        return sum((self.folder / "graphs" / name).exists() for name in self.asked)


@pytest.fixture
def serve() -> Iterator[Callable[[Site], str]]:
    """Serves sites while a test runs."""
    servers = []

    def start(site: Site) -> str:
        server = browsing.http.server.ThreadingHTTPServer(("127.0.0.1", 0), site.handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/index.html"

    yield start
    for server in servers:
        server.shutdown()


def opened(visit: Callable, address: str, script: str = "") -> Page:
    page = visit("about:blank", viewport={"width": 800, "height": 700}).page
    if script:
        page.add_init_script(script)
    page.goto(address)
    page.wait_for_function(
        "() => [...document.querySelectorAll('kexue-explorer')].filter((each) => each.explorer).length === 2"
    )
    return page


def test_what_is_near_is_fetched_once_the_page_is_at_rest_and_what_is_far_is_not(
    visit: Callable, serve: Callable, tmp_path: Path
) -> None:
    site = Site(tmp_path)
    page = opened(visit, serve(site))
    page.wait_for_function("window.KexueGraphs")
    page.evaluate(RESTED)
    assert site.graphs() == 1
    assert "engine.js" not in site.asked
    begun = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => /engine|graphs/.test(name)).map(({ startTime }) => startTime)"
    )
    assert min(begun) > page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    asked = len(site.asked)
    live = Live(page, Wave)
    live.set("amplitude", 0.4)
    assert len(site.asked) == asked  # a touch needs nothing more
    page.locator("kexue-explorer").nth(1).scroll_into_view_if_needed()
    page.wait_for_function("() => Object.keys(KexueGraphs).length === 4")


@pytest.mark.parametrize("connection", ["{ saveData: true, effectiveType: '4g' }", "{ effectiveType: '3g' }"])
def test_nothing_is_fetched_ahead_where_data_are_to_be_saved_or_the_line_is_slow(
    visit: Callable, serve: Callable, tmp_path: Path, connection: str
) -> None:
    site = Site(tmp_path)
    page = opened(visit, serve(site), CONNECTION % connection)
    page.evaluate(RESTED)
    assert sorted(site.asked) == ["index.html", "page.js", "style.css"]
    live = Live(page, Wave)
    live.set("amplitude", 0.4)  # but a touch fetches what it needs
    assert site.graphs() == 1


def test_a_file_opened_by_double_click_fetches_nothing_ahead(visit: Callable, tmp_path: Path) -> None:
    site = Site(tmp_path)
    page = opened(visit, (site.folder / "index.html").as_uri())
    page.evaluate(RESTED)
    assert page.evaluate("typeof KexueEngine") == "undefined"
    live = Live(page, Wave)
    live.set("amplitude", 0.4)
    assert page.evaluate("KexueEngine.wasm.length") > 4e6


@pytest.mark.parametrize("compresses", [False, True])
def test_the_packed_file_is_all_that_is_fetched_of_the_engine(
    visit: Callable, serve: Callable, tmp_path: Path, compresses: bool
) -> None:
    site = Site(tmp_path, compresses)
    live = Live(opened(visit, serve(site)), Wave)
    live.set("amplitude", 0.4)
    assert sorted(name for name in site.asked if name.startswith("engine")) == ["engine-code.js", SERVED]


def test_where_the_file_cannot_be_had_the_script_is_taken(visit: Callable, serve: Callable, tmp_path: Path) -> None:
    site = Site(tmp_path)
    (tmp_path / SERVED).unlink()
    page = opened(visit, serve(site))
    live = Live(page, Wave)
    live.set("amplitude", 0.4)
    assert "engine.js" in site.asked
    assert live.alert == ""


def test_a_strict_policy_leaves_the_page_computing(visit: Callable, serve: Callable, tmp_path: Path) -> None:
    site = Site(tmp_path)
    index = tmp_path / "index.html"
    policy = """<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'wasm-unsafe-eval'">"""
    index.write_text(index.read_text("utf-8").replace("<head>", f"<head>{policy}"), "utf-8")
    page = opened(visit, serve(site))
    live = Live(page, Wave)
    live.set("amplitude", 0.4)
    assert live.alert == ""
    assert "engine.js" not in site.asked


BAR = """() => {
  const [root] = document.querySelectorAll(".kexue");
  const [bar, views, count] = ["progress", ".kexue-views", ".kexue-arrival > span"].map((each) => root.querySelector(each));
  const edges = (element) => element.getBoundingClientRect();
  const apart = (element) => edges(element).top >= edges(views).bottom - 3 || edges(element).left >= edges(views).right;
  return { seen: bar.checkVisibility(), share: bar.value, text: count.textContent, spoken: bar.getAttribute("aria-valuetext"),
    name: bar.getAttribute("aria-label"), apart: apart(count) && apart(bar),
    inside: edges(count).bottom <= edges(root).bottom && edges(count).height > 8 };
}"""


@pytest.mark.parametrize("compresses", [False, True])
def test_a_bar_counts_the_megabytes_and_covers_nothing(
    visit: Callable, serve: Callable, tmp_path: Path, compresses: bool
) -> None:
    site = Site(tmp_path, compresses)
    site.halfway.clear()
    page = opened(visit, serve(site))
    heights = "() => [...document.querySelectorAll('.kexue')].map((each) => each.offsetHeight)"
    before = page.evaluate(heights)
    page.wait_for_function("() => document.querySelector('.kexue progress').value > 0.3")
    bar = page.evaluate(BAR)
    assert bar["seen"]
    assert bar["apart"]
    assert bar["inside"]
    assert bar["text"] == bar["spoken"]
    assert bar["text"].endswith(" of 3.7 MB")
    assert float(bar["text"].split()[0]) == pytest.approx(3.7 * bar["share"], abs=0.1)
    assert 0.3 < bar["share"] < 0.8
    assert bar["name"] == "the engine"
    assert page.evaluate(heights) == before
    assert not page.locator(".kexue progress").nth(1).is_visible()  # nothing arrives for the other one
    site.halfway.set()
    page.wait_for_function("() => !document.querySelector('.kexue progress').checkVisibility()")
