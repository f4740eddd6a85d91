"""Caches and files: whole or not at all, made anew on any doubt, and dispensable."""

import errno
import os
import re
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from kexue_widgets import cache
from kexue_widgets.cache import Cache, private_folder, prune, whole_file, write_whole


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a process that has not warned yet."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_warned", False)
    monkeypatch.setattr(cache, "_written", {})
    return tmp_path / "cache"


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def never() -> bytes:
    raise AssertionError("made again")


# Files


@pytest.mark.parametrize("fails", ["write", "replace"])
def test_a_full_disk_leaves_the_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = tmp_path / "page.html"
    write_whole(path, "good")
    if fails == "replace":
        monkeypatch.setattr(os, "replace", full_disk)

    def rewrite() -> None:
        with whole_file(path) as file:
            file.write(b"half of a better o")
            if fails == "write":
                full_disk()

    with pytest.raises(OSError, match="No space left"):
        rewrite()
    assert path.read_text() == "good"
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.skipif(os.name == "nt", reason="no such limit")
@pytest.mark.parametrize("hides", [False, True])
def test_a_file_that_cannot_grow_is_named_whatever_its_writer_says(tmp_path: Path, hides: bool) -> None:
    import resource

    def rewrite() -> None:
        with whole_file(tmp_path / "page.html") as file:
            try:
                file.write(b"x" * 100_000)
                file.flush()
            except OSError:
                if hides:  # as torch does
                    raise RuntimeError("unexpected pos") from None
                raise

    write_whole(tmp_path / "page.html", "good")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match=r"File too large: .*page\.html'"):
            rewrite()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [each.read_text() for each in tmp_path.iterdir()] == ["good"]


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no such folder.page\.html"):
        write_whole(tmp_path / "no such folder" / "page.html", "")


def test_a_file_has_a_path() -> None:
    for path in (None, 3, b"x", ""):
        with pytest.raises(ValueError, match="path must be the path of a file, got"):
            write_whole(path, "text")


def test_an_error_says_which_folder_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    missing = re.escape(f"{tmp_path / 'missing' / 'folder'} does not exist")
    with pytest.raises(FileNotFoundError, match=missing):
        write_whole("missing/folder/page.html", "")


def test_a_file_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    write_whole(target, "old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o640)


# Caches


def test_what_was_made_is_found_by_another_process() -> None:
    assert Cache("things").get("a key", lambda: b"thing") == b"thing"
    assert Cache("things").get("a key", never) == b"thing"
    assert Cache("things").find("another key") is None


DAMAGE = {
    "empty": lambda whole: b"",
    "cut": lambda whole: whole[:-1],
    "longer": lambda whole: whole + b"!",
    "one bit": lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]),
    "foreign": lambda whole: b"something else altogether, and longer than a digest of 32 bytes",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_made_anew(root: Path, damage) -> None:
    things = Cache("things")
    things.put("a key", b"thing")
    (path,) = (root / "things").iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert things.find("a key") is None
    assert things.get("a key", lambda: b"thing") == b"thing"
    assert things.get("a key", never) == b"thing"


def test_a_file_under_anothers_name_is_not_taken_for_it(root: Path) -> None:
    things = Cache("things")
    things.put("one", b"1")
    (one,) = (root / "things").iterdir()
    things.put("two", b"2")
    (two,) = set((root / "things").iterdir()) - {one}
    two.write_bytes(one.read_bytes())
    assert things.find("two") is None


def test_without_a_folder_memory_serves_and_one_warning_says_so(root: Path, recwarn: pytest.WarningsRecorder) -> None:
    root.write_text("a file where the folder should be")
    things, others = Cache("things"), Cache("others")
    assert things.get("a key", lambda: b"thing") == b"thing"
    assert things.get("a key", never) == b"thing"
    assert others.get("a key", lambda: b"other") == b"other"
    assert private_folder("any") is None
    assert ["nothing can be kept in" in str(each.message) for each in recwarn] == [True]
    assert root.read_text() == "a file where the folder should be"


def test_on_a_full_disk_memory_serves(monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder) -> None:
    things = Cache("things")
    things.put("old", b"old")
    monkeypatch.setattr(os, "replace", full_disk)
    assert things.get("new", lambda: b"new") == b"new"
    assert things.get("new", never) == b"new"
    assert things.get("old", never) == b"old"
    assert ["No space left on device" in str(each.message) for each in recwarn] == [True]


def test_the_folder_is_the_users_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root.mkdir(mode=0o777)
    assert private_folder("things") == root / "things"
    assert root.stat().st_mode & 0o777 == 0o700
    # One that belongs to somebody else may hold anything.
    monkeypatch.setattr(os, "getuid", lambda: root.stat().st_uid + 1)
    with pytest.warns(UserWarning, match="it belongs to user"):
        assert private_folder("things") is None


def test_old_files_go_and_then_the_longest_unused_until_the_rest_fits(tmp_path: Path) -> None:
    now = time.time()
    for days, name in enumerate(["new", "used", "older", "oldest"]):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (now - 86400 * days, now - 86400 * 30))
    prune(tmp_path, lifetime=2.5 * 86400, room=10**6)
    assert {each.name for each in tmp_path.iterdir()} == {"new", "used", "older"}
    prune(tmp_path, lifetime=2.5 * 86400, room=250)
    assert {each.name for each in tmp_path.iterdir()} == {"new", "used"}


def test_a_clock_that_is_set_back_or_forth_costs_no_fresh_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, wrong in {"fresh": 0, "to come": 400, "server's": 0.02}.items():
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (time.time() + 86400 * wrong,) * 2)
    prune(tmp_path, room=250)  # those of a time to come are not the newest
    assert {each.name for each in tmp_path.iterdir()} == {"fresh", "server's"}
    now = time.time()
    monkeypatch.setattr(cache.time, "time", lambda: now - 86400 * 400)
    prune(tmp_path, room=10**6)
    assert {each.name for each in tmp_path.iterdir()} == {"fresh", "server's"}


def test_without_a_home_memory_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(name: str) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("platformdirs.user_cache_dir", homeless)
    with pytest.warns(UserWarning, match="nothing can be kept .could not determine the home"):
        assert private_folder("things") is None
    things = Cache("things")
    assert things.get("a key", lambda: b"thing") == b"thing"
    assert things.get("a key", never) == b"thing"


def test_a_process_that_writes_prunes_all_caches(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache("others").put("a key", b"thing")
    (path,) = (root / "others").iterdir()
    os.utime(path, (0, 0))
    monkeypatch.setattr(cache, "_written", {})  # as in a new process
    Cache("things").put("a key", b"thing")
    assert not path.exists()
    monkeypatch.setattr(cache, "ROOM", 1600)  # whose sixteenth is soon written
    monkeypatch.setattr(prune, "__defaults__", (cache.LIFETIME, 1600))
    for number in range(100):
        Cache("things").put(str(number), bytes(100))
    assert sum(each.stat().st_size for each in root.rglob("*") if each.is_file()) < 2000


def test_a_readers_own_folder_is_not_pruned(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "diary").write_text("years ago")
    os.utime(mine / "diary", (0, 0))
    Cache("things", mine).put("a key", b"thing")
    assert (mine / "diary").exists()
    assert Cache("things", mine).find("a key") == b"thing"


WRITER = """
import sys
from kexue_widgets.cache import Cache
for number in range(200):
    content = str(number % 7).encode() * 50_000
    assert Cache("things").get(f"key {number % 7}", lambda: content) == content
    Cache("things").put("one key", content)
    found = Cache("things").find("one key")
    assert found is not None and len(set(found)) == 1 and len(found) == 50_000
"""


def test_processes_and_threads_that_write_at_once_read_whole_files(root: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(root.parent)}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER], env=environment) for _ in range(2)]
    threads = [threading.Thread(target=Cache("threads").put, args=("a key", b"x" * 10**6)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert Cache("threads").find("a key") == b"x" * 10**6
    assert [each.wait() for each in writers] == [0, 0]
    assert not list(root.parent.rglob("*.partial"))


ENDLESS = """
import itertools, sys
from pathlib import Path
from kexue_widgets.cache import Cache
for number in itertools.count():
    Cache("things", Path(sys.argv[1])).put(f"key {number % 7}", str(number % 7).encode() * 500_000)
    print(number, flush=True)
"""


def test_a_writer_that_is_killed_leaves_whole_files_or_none(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ENDLESS, tmp_path], stdout=subprocess.PIPE, text=True) as writer:
        assert [writer.stdout.readline() for _ in range(9)][-1] == "8\n"
        writer.kill()
    for number in range(7):
        content = str(number).encode() * 500_000
        assert Cache("things", tmp_path).find(f"key {number}") == content


def test_nothing_is_said_where_all_is_well() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Cache("things").get("a key", lambda: b"thing")
