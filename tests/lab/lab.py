"""A JupyterLab of its own: a folder, a server on this machine, a browser page, and the kernel behind a notebook."""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from browsing import HANGS, end
from jupyter_client import BlockingKernelClient
from playwright.sync_api import Page

BOOK = Path(__file__).parents[2] / "book"
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Cells out of sight are drawn as well, so that a test can find them.
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@contextmanager
def running(folder: Path, home: Path) -> Iterator[str]:
    """Serve `folder`, with settings and run-time files in `home`; gives the address."""
    for name, settings in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    environment = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "TQDM_DISABLE": "1",  # a slow machine's progress bars
    }
    options = ["--no-browser", "--allow-root", "--expose-app-in-browser", "--ip=127.0.0.1", "--port=0"]
    options += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    log = (home / "server.log").open("w")
    server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log)
    try:
        yield _address(server, home)
    finally:
        end(server)  # and its kernels with it
        log.close()


def _address(server: subprocess.Popen, home: Path) -> str:
    """Where the server listens, once it answers."""
    deadline = time.monotonic() + HANGS / 1000
    while time.monotonic() < deadline and server.poll() is None:
        for path in (home / "runtime").glob("jpserver-*.json"):
            try:
                url = json.loads(path.read_text())["url"].rstrip("/")
                urllib.request.urlopen(f"{url}/api", timeout=60).close()
            except (OSError, ValueError):
                continue
            return url
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{(home / 'server.log').read_text()[-3000:]}")


def wait_for_kernel(page: Page) -> None:
    """Wait until the notebook that is open has its kernel: before, JupyterLab takes what is run for done, and runs nothing."""
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.isReady")
    page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.ready }")


def run_all(page: Page) -> None:
    """Run every cell of the notebook that is open, and wait until the kernel is idle."""
    wait_for_kernel(page)
    page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells') }")


@contextmanager
def chapter(name: str, home: Path, visit: Callable) -> Iterator[Page]:
    """A page on a copy of a chapter, run from top to bottom; in the end nothing may have complained."""
    shutil.copytree(BOOK, home / "book", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with running(home / "book", home) as address:
        seen = visit(f"{address}/lab/tree/{name}.ipynb")
        run_all(seen.page)
        yield seen.page
        for kind in ("stderr", "error"):
            assert seen.page.locator(f'[data-mime-type="application/vnd.jupyter.{kind}"]').count() == 0
        assert seen.errors == []


@contextmanager
def kernel(home: Path) -> Iterator[BlockingKernelClient]:
    """A second client of the one kernel that runs: what it executes, a cell could."""
    (connection,) = (home / "runtime").glob("kernel-*.json")
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=HANGS / 1000)
    yield client
    client.stop_channels()


def evaluate(client: BlockingKernelClient, code: str, expression: str) -> object:
    """Execute `code` in the kernel and return the JSON value of `expression`."""
    wanted = {"value": f"__import__('json').dumps({expression})"}
    reply = client.execute_interactive(
        code, user_expressions=wanted, timeout=HANGS / 1000, output_hook=lambda message: None
    )
    result = reply["content"]["user_expressions"]["value"]
    assert result["status"] == "ok", result
    return json.loads(ast.literal_eval(result["data"]["text/plain"]))
