"""What a reader on a slow line and a slow machine waits for: the first paint, the first live frame, and a page that answers.

A server of this machine gives the built book, compressed with gzip, at 1.6 Mbit/s with 150 ms before each answer; the page's
own thread is slowed four times (a worker is not: Chromium slows no other thread). Three readers open a chapter: one touches
the first figure as soon as it is live, one after 30 seconds of reading, and one, without a slow line, has a GAN train anew and
play, also at the thread's usual speed. Long tasks are those of more than 50 ms in the page's thread, in which it answers to nothing.

Last, the steps a second of the same GAN, played at full speed on a machine that is not slowed: in a worker, and with the
worker refused. Blocks take turns; the target is no less than 0.95.

    python benchmarks/first_touch.py [folder of a built book]
"""

import contextlib
import functools
import gzip
import http.server
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from _common import PAGE, ROOT, middle, open_browser, print_table, serve_folder, store
from browsing import QuietServer
from playwright.sync_api import Browser, Page

CHAPTER, GAN = "book/dropout.html", "book/fgan.html"
BYTES_A_SECOND, LATENCY, SLOWER = 1.6e6 / 8, 0.15, 4
READING, PLAYING = 30_000, 5_000  # milliseconds
BLOCKS = 13
COMPRESSED = {".html", ".js", ".css", ".svg", ".json"}

UPGRADED = "() => document.querySelectorAll('kexue-explorer').length && [...document.querySelectorAll('kexue-explorer')].every((each) => each.explorer)"
TOUCH = """async () => {
  const slider = document.querySelector("kexue-explorer input[type=range]"), began = performance.now();
  const painted = new Promise((done) => addEventListener("kexue:frame", () => done(performance.now() - began), { once: true }));
  slider.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  slider.stepUp();
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return painted;
}"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
WATCH = """() => { globalThis.long = [];
  new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" }) }"""
NO_WORKER = "delete globalThis.Worker"


class SlowHandler(http.server.SimpleHTTPRequestHandler):
    """A file server on a slow line, which all its connections share."""

    protocol_version = "HTTP/1.1"
    packed = functools.cache(lambda path: gzip.compress(path.read_bytes(), 6))
    lock = threading.Lock()
    free = 0.0  # when the line is free again

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        zipped = path.suffix in COMPRESSED
        body = SlowHandler.packed(path) if zipped else path.read_bytes()
        time.sleep(LATENCY)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        for start in range(0, len(body), 8192):
            piece = body[start : start + 8192]
            with SlowHandler.lock:
                # A sleep that was too long on a busy machine is made up for.
                SlowHandler.free = max(SlowHandler.free, time.monotonic() - 1) + len(piece) / BYTES_A_SECOND
                until = SlowHandler.free
            time.sleep(max(0.0, until - time.monotonic()))
            self.wfile.write(piece)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def slow_server(folder: Path) -> Iterator[str]:
    """Address of a folder on a slow line."""
    with QuietServer(("127.0.0.1", 0), functools.partial(SlowHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextlib.contextmanager
def opened(browser: Browser, address: str, slower: float = 1, script: str = "") -> Iterator[Page]:
    """A page in a context of its own, live."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    if script:
        page.add_init_script(script)
    page.goto(address, wait_until="commit")
    page.wait_for_function(UPGRADED)
    yield page
    context.close()


def touched(browser: Browser, address: str, reading: int) -> tuple[float, float]:
    """Milliseconds until the first paint, and from a touch after so much reading to the first live frame."""
    with opened(browser, f"{address}/{CHAPTER}", SLOWER) as page:
        page.evaluate("document.querySelector('kexue-explorer').scrollIntoView()")
        page.wait_for_timeout(reading)
        return page.evaluate(PAINT), page.evaluate(TOUCH)


def gan(page: Page) -> str:
    """The selector of the chapter's GAN, in sight, its engine up."""
    name = page.evaluate("""() => {
      const found = [...document.querySelectorAll("kexue-explorer")].find((each) => each.textContent.includes('"PlaneGAN"'));
      found.id = "measured";
      found.scrollIntoView();
      return "#measured";
    }""")
    page.locator(f"{name} .kexue-transport button").nth(1).click()  # a step
    page.wait_for_function(
        f"() => document.querySelector('{name}').explorer.steps > 0 && {name.strip('#')}.querySelector('.kexue-status').textContent === ''"
    )
    return name


def long_tasks(browser: Browser, address: str, slower: float) -> tuple[list[float], list[float]]:
    """Long tasks while the GAN trains anew, and while it plays."""
    with opened(browser, f"{address}/{GAN}", slower) as page:
        name = gan(page)
        page.evaluate(WATCH)
        page.evaluate(f"""async () => {{
          const element = document.querySelector("{name}");
          const painted = new Promise((done) => element.addEventListener("kexue:frame", done, {{ once: true }}));
          [...element.querySelectorAll("button")].find((each) => each.textContent.trim() === "Re-roll").click();
          await painted;
        }}""")
        page.wait_for_timeout(200)
        anew = page.evaluate("long.splice(0)")
        page.locator(f"{name} .kexue-transport button").first.click()
        page.wait_for_timeout(PLAYING)
        return anew, page.evaluate("long.splice(0)")


def steps_a_second(page: Page, name: str) -> float:
    """Of a GAN that plays at full speed."""
    return page.evaluate(
        """async ([name, time]) => {
          const { explorer } = document.querySelector(name);
          const [before, began] = [explorer.steps, performance.now()];
          await new Promise((done) => setTimeout(done, time));
          return (1000 * (explorer.steps - before)) / (performance.now() - began);
        }""",
        [name, PLAYING // 2],
    )


def speeds(browser: Browser, address: str) -> dict[str, list[float]]:
    """Steps a second in a worker and without one, in blocks that take turns."""
    with (
        opened(browser, f"{address}/{GAN}") as worker,
        opened(browser, f"{address}/{GAN}", script=NO_WORKER) as alone,
    ):
        pages = {"in a worker": worker, "in the page's thread": alone}
        names = {place: gan(page) for place, page in pages.items()}
        found: dict[str, list[float]] = {place: [] for place in pages}
        for place, page in pages.items():
            page.locator(f"{names[place]} .kexue-speed select").first.select_option("full")
        for _ in range(BLOCKS):
            for place, page in pages.items():
                page.bring_to_front()
                play = page.locator(f"{names[place]} .kexue-transport button").first
                play.click()
                found[place].append(steps_a_second(page, names[place]))
                play.click()
        return found


def told(tasks: list[float]) -> tuple[object, ...]:
    """How many tasks, how long all of them took, and the longest."""
    return len(tasks), f"{sum(tasks):.0f}", f"{max(tasks, default=0):.0f}"


def main() -> None:
    """Open the book as each of the readers."""
    book = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build" / "html"
    if not (book / CHAPTER).exists():
        sys.exit(f"{book / CHAPTER} is missing: `make book` builds it.")
    with open_browser() as browser:
        with slow_server(book) as address:
            paint, at_once = touched(browser, address, 0)
            _, after = touched(browser, address, READING)
        rows = [("first paint", f"{paint:.0f}"), ("first live frame, touched at once", f"{at_once:.0f}")]
        rows += [(f"first live frame, touched after {READING // 1000} s", f"{after:.0f}")]
        waits = print_table(f"{CHAPTER} at 1.6 Mbit/s, the page's thread slowed {SLOWER} times", ("", "ms"), rows)
        with serve_folder(book) as address:
            rows = []
            for slower, how in ((1, ""), (SLOWER, f", slowed {SLOWER} times")):
                anew, playing = long_tasks(browser, address, slower)
                rows += [(f"while it trains anew{how}", *told(anew))]
                rows += [(f"while it plays for {PLAYING // 1000} s{how}", *told(playing))]
            title = f"Long tasks of the GAN of {GAN}"
            tasks = print_table(title, ("", "number", "ms in all", "longest"), rows)
            both = speeds(browser, address)
        chromium = browser.version
    steps = print_table(
        "The GAN's steps a second, played at full speed",
        ("", "steps/s"),
        [(k, f"{middle(v):.0f}") for k, v in both.items()],
    )
    worker, alone = both.values()
    shares = sorted(one / other for one, other in zip(worker, alone, strict=True))
    heads, row = ("median", "lowest", "highest"), (f"{each:.2f}" for each in (middle(shares), shares[0], shares[-1]))
    title = "Steps in a worker, as a multiple of those in the page's thread"
    ratio = print_table(title, ("", *heads), [("in a worker", *row)], heads)
    code = (
        "book/dropout.ipynb",
        "book/fgan.ipynb",
        "kexue_widgets/dropout.py",
        "kexue_widgets/fgan/explorers.py",
        *PAGE,
    )
    store(__file__, [waits, tasks, ratio, steps], code, {"Chromium": chromium})
    print(f"\nin a worker it makes {middle(shares):.2f} times the steps of the page's thread (target: 0.95)")


if __name__ == "__main__":
    main()
