"""Two builds at once, and builds that are ended in the middle: small books, built by the command that builds the book."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from test_execution import ROOT, build, command, environment, write_book

CHAPTERS = {"one": ["print('first' + ' words')"], "two": ["print('other' + ' words')"]}
# Waits at a moment of the build, so that something else can happen there.
STOP = """
import os, sys, time
from pathlib import Path

def stop(moment):
    def here(app, *_):
        if os.environ.get("STOP") == moment:
            print("stopped", file=sys.stderr, flush=True)
            while not Path(app.srcdir, "go").exists():
                time.sleep(0.05)
    return here

def setup(app):
    for moment in ("env-updated", "html-page-context", "build-finished"):
        app.connect(moment, stop(moment))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    write_book(tmp_path, CHAPTERS, 2)
    config = tmp_path / "_config.yml"
    config.write_text(config.read_text().replace("execution, ", "execution, kexue_widgets.book.resuming, stop, "))
    (tmp_path / "stop.py").write_text(STOP)
    return tmp_path


def stopped_at(moment: str, book: Path) -> subprocess.Popen:
    """A build that waits at this moment."""
    began = subprocess.Popen(
        command(),
        cwd=book,
        env={**environment(book), "STOP": moment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = iter(began.stdout.readline, "")
    assert "stopped\n" in said
    return began


def assert_whole(book: Path) -> None:
    for name, words in {"one": "first words", "two": "other words"}.items():
        page = (book / "_build" / "html" / f"{name}.html").read_text()
        assert words in page
        assert page.rstrip().endswith("</html>")
    assert not list((book / "_build").rglob("unfinished"))


def test_of_two_builds_at_once_the_second_waits_for_the_first(book: Path) -> None:
    first = stopped_at("env-updated", book)
    second = subprocess.Popen(
        command(), cwd=book, env=environment(book), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert any("this one waits for it" in line for line in iter(second.stdout.readline, ""))
    assert not (book / "_build" / "html" / "one.html").exists()
    (book / "go").touch()
    for each in (first, second):
        rest = each.communicate()[0]
        assert each.returncode == 0, rest
        assert "executed in" not in rest  # by the second: the first had done it before it stopped
    assert_whole(book)


@pytest.mark.skipif(os.name == "nt", reason="there a process does not learn that its parent has ended")
def test_the_catalogues_wait_for_the_book_and_end_with_who_began_them(tmp_path: Path) -> None:
    (ROOT / "_build").mkdir(exist_ok=True)
    begin = "import subprocess, sys; subprocess.run([sys.executable, 'tests/catalogues.py', '--check'])"
    with FileLock(ROOT / "_build" / ".doctrees.lock"):
        parent = subprocess.Popen(
            [sys.executable, "-c", begin], cwd=ROOT, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
        )
        assert any("this one waits for it" in line for line in iter(parent.stderr.readline, ""))
        parent.kill()
        assert parent.stderr.read() == ""  # until both have closed it
    parent.wait()


@pytest.mark.parametrize(
    ("moment", "sign"),
    [("env-updated", signal.SIGINT), ("html-page-context", signal.SIGKILL), ("build-finished", signal.SIGKILL)],
)
def test_a_build_that_was_ended_in_the_middle_is_taken_up_again(book: Path, moment: str, sign: int) -> None:
    began = stopped_at(moment, book)
    os.killpg(began.pid, sign)
    assert began.wait() != 0
    page = book / "_build" / "html" / "one.html"
    if page.exists():
        page.write_text(page.read_text()[:100])  # as it may be left
    built = build(book)
    assert built.returncode == 0, built.stdout
    assert_whole(book)


def test_pages_of_a_build_that_was_not_ended_are_not_written_again(book: Path) -> None:
    assert build(book).returncode == 0
    page = book / "_build" / "html" / "one.html"
    before = page.stat().st_mtime_ns
    assert build(book).returncode == 0
    assert page.stat().st_mtime_ns == before
