"""Pages under a content security policy: all is well under the one that `SECURITY.md` names, and a stricter one stops no figure."""

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import ROOT, QuietHandler
from playwright.sync_api import expect
from reader import READY, UPGRADED, Live

from kexue_widgets.dropout import Mask

NAMED = re.search(r"^    (default-src .*)$", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE)[1]
STRICTEST = "script-src 'self' 'wasm-unsafe-eval'; style-src 'self'"


@contextmanager
def serving(folder: Path, policy: str) -> Iterator[str]:
    class Handler(QuietHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("name", ["index", "book/dropout", "book/guide", "zh/book/reuse"])
def test_the_policy_that_is_named_lets_pages_do_all_they_do(book_dir: Path, visit, name: str) -> None:
    # Playwright waits by strings that the page evaluates.
    with serving(book_dir, NAMED.replace("'wasm-unsafe-eval'", "'unsafe-eval' 'wasm-unsafe-eval'")) as address:
        seen = visit(f"{address}/{name}.html")
        seen.page.evaluate(READY)
        seen.page.wait_for_function(UPGRADED)
        if name == "book/dropout":
            live = Live(seen.page, Mask)
            live.set("drop rate p", 0.25)
            assert live.values["p"] == 0.25
        seen.page.keyboard.press("Control+k")
        seen.page.keyboard.type("dropout")
        expect(seen.page.get_by_role("dialog").get_by_role("link").first).to_be_visible()
        seen.assert_clean()


def test_under_the_strictest_a_figure_still_computes(book_dir: Path, visit) -> None:
    with serving(book_dir, STRICTEST) as address:
        page = visit(f"{address}/book/dropout.html").page
        live = Live(page, Mask)
        live.set("drop rate p", 0.25)
        explorer = Mask(p=0.25)
        assert abs(live.arrays["mask"] - explorer.arrays["mask"]).max() == 0
