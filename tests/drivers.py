"""Chromium, Firefox and WebKit (Safari's) with the same two methods: `open` an address, `evaluate` a function without arguments."""

import itertools
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import browsers
from browsing import ALONE, FLAGS, HANGS, end
from playwright.sync_api import Page, sync_playwright
from websocket import WebSocket, create_connection

OFFLINE = {f"network.proxy.{name}": "127.0.0.1" for name in ("http", "ssl")}
OFFLINE |= {"network.proxy.type": 1, "network.proxy.http_port": 9, "network.proxy.ssl_port": 9}


class MissingError(RuntimeError):
    """There is no such browser here."""


@contextmanager
def running(*command: object, **options: Any) -> Iterator[subprocess.Popen]:
    """A program that ends with the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        end(process)


class Chromium:
    """A page of Playwright's."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, url: str) -> None:
        self.page.goto(url)

    def evaluate(self, function: str) -> Any:
        """What a JavaScript function, to be called without arguments, promises."""
        return json.loads(self.page.evaluate(f"() => ({function})().then(JSON.stringify)"))


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A Chromium for as long as the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.find(), args=[*FLAGS, ALONE])
        yield Chromium(browser.new_page())
        browser.close()


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

    def open(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def evaluate(self, function: str) -> Any:
        """What a JavaScript function, to be called without arguments, promises."""
        expression = f"({function})().then(JSON.stringify)"
        answer = self.ask("script.evaluate", expression=expression, target={"context": self.tab}, awaitPromise=True)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])


@contextmanager
def firefox() -> Iterator[Firefox]:
    """A Firefox for as long as the block; a MissingError where there is none."""
    path = browsers.find("firefox")
    if path is None:
        raise MissingError("no Firefox: `python tests/browsers.py` installs one on Debian, FIREFOX names one")
    with TemporaryDirectory() as folder:
        profile = Path(folder)
        preferences = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in OFFLINE.items())
        (profile / "user.js").write_text("\n".join(preferences))
        command = [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        with running(*command) as process:
            active = profile / "WebDriverBiDiServer.json"
            while not (active.exists() and active.read_text().endswith("}")):
                assert process.poll() is None, f"{path} ended at once"
                time.sleep(0.1)
            server = json.loads(active.read_text())
            address = f"ws://{server['ws_host']}:{server['ws_port']}/session"
            yield Firefox(create_connection(address, timeout=HANGS / 1000, suppress_origin=True))


class WebKit:
    """A WebKit that is spoken to in WebDriver (https://www.w3.org/TR/webdriver2/), which tells nothing of the console."""

    def __init__(self, address: str) -> None:
        self.address = f"{address}/session"
        self.address += "/" + self.ask("", capabilities={})["sessionId"]
        self.ask("/timeouts", script=HANGS, pageLoad=HANGS)

    def ask(self, command: str, **params: object) -> Any:
        """The result of a command."""
        content = json.dumps(params).encode()
        request = urllib.request.Request(self.address + command, content, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=2 * HANGS / 1000) as answer:
            return json.load(answer)["value"]

    def open(self, url: str) -> None:
        self.ask("/url", url=url)

    def evaluate(self, function: str) -> Any:
        """What a JavaScript function, to be called without arguments, promises."""
        script = f"({function})().then(JSON.stringify).catch(String).then(arguments[0])"
        return json.loads(self.ask("/execute/async", script=script, args=[]))

    def close(self) -> None:
        urllib.request.urlopen(urllib.request.Request(self.address, method="DELETE"), timeout=60).close()


@contextmanager
def screen() -> Iterator[str]:
    """Name of a display that is not there."""
    reader, writer = os.pipe()
    with running(
        "Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x900x24", "-nolisten", "tcp", pass_fds=[writer]
    ):
        os.close(writer)
        with open(reader) as number:
            yield f":{number.readline().strip()}"


@contextmanager
def webkit() -> Iterator[WebKit]:
    """A WebKit for as long as the block; a MissingError where there is none."""
    path = browsers.find("webkit")
    if path is None or shutil.which("Xvfb") is None:
        raise MissingError(
            "no WebKit with Xvfb: `python tests/browsers.py` installs them on Debian, WEBKIT names a driver"
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nowhere = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")}
    with screen() as display:
        environment = {**os.environ, **nowhere, "no_proxy": "127.0.0.1", "DISPLAY": display}
        with running(path, f"--port={port}", env=environment) as driver:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                assert driver.poll() is None, f"{path} ended at once"
                time.sleep(0.1)
            webkit = WebKit(f"http://127.0.0.1:{port}")
            yield webkit
            webkit.close()


BROWSERS = {"chromium": chromium, "firefox": firefox, "webkit": webkit}
