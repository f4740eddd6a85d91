"""Firefox gives a page opened by double-click less than Chromium does, not even an origin: it must compute all the same."""

import itertools
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import browsers
import pytest
from reader import UPGRADED
from test_pages import every_chapter
from websocket import WebSocket, create_connection

OFFLINE = {f"network.proxy.{name}": "127.0.0.1" for name in ("http", "ssl")}
OFFLINE |= {"network.proxy.type": 1, "network.proxy.http_port": 9, "network.proxy.ssl_port": 9}
# All explorers of a page compute the frame that is shown, one after the other. Those in closed solutions would wait.
COMPUTED = f"""async () => {{
  while (!({UPGRADED})()) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const details of document.querySelectorAll("details")) details.open = true;
  const found = [];
  for (const element of document.querySelectorAll("kexue-explorer")) {{
    element.scrollIntoView();
    const painted = new Promise((resolve) => element.addEventListener("kexue:frame", resolve, {{ once: true }}));
    const alert = element.querySelector("[role=alert]");
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(alert.innerText)), 30000));
    element.explorer.refresh();
    await Promise.race([painted, late]);
    found.push(Object.entries(element.explorer.arrays).map(([name, {{ shape, data }}]) => [name, shape, [...data]]));
  }}
  return found;
}}"""


class Firefox:
    """A Firefox that is spoken to in WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which needs no driver."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.ids = itertools.count()
        self.errors: list[str] = []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **params: object) -> dict:
        """The result of a command; errors that pages report meanwhile are kept."""
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(self.socket.recv())).get("id") != number:
            if message.get("method") == "log.entryAdded" and message["params"]["level"] == "error":
                self.errors.append(message["params"]["text"])
        assert message["type"] == "success", message
        return message["result"]

    def evaluate(self, function: str) -> object:
        """What a JavaScript function, to be called without arguments, promises."""
        expression = f"({function})().then(JSON.stringify)"
        answer = self.ask("script.evaluate", expression=expression, target={"context": self.tab}, awaitPromise=True)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    path = browsers.find("firefox")
    if path is None:
        pytest.skip("no Firefox: `python tests/browsers.py` installs one on Debian, FIREFOX names one")
    profile = tmp_path_factory.mktemp("profile")
    preferences = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in OFFLINE.items())
    (profile / "user.js").write_text("\n".join(preferences))
    command = [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        active = profile / "WebDriverBiDiServer.json"
        while not (active.exists() and active.read_text().endswith("}")):
            assert process.poll() is None, f"{path} ended at once"
            time.sleep(0.1)
        server = json.loads(active.read_text())
        address = f"ws://{server['ws_host']}:{server['ws_port']}/session"
        yield Firefox(create_connection(address, timeout=180, suppress_origin=True))
    finally:
        process.terminate()
        process.wait()


@every_chapter
def test_explorers_compute_in_firefox_what_they_do_in_chromium(
    book_dir: Path, visit: Callable, firefox: Firefox, name: str
) -> None:
    address = Path(book_dir, f"{name}.html").as_uri()
    expected = visit(address).page.evaluate(COMPUTED)
    assert expected
    assert all(expected)
    firefox.ask("browsingContext.navigate", context=firefox.tab, url=address, wait="complete")
    found = firefox.evaluate(COMPUTED)
    assert firefox.errors == []
    assert found == expected
