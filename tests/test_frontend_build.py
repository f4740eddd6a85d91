"""The front end is built again when what it is built of has changed."""

import importlib.util
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

HOOK = Path(__file__).parents[1] / "hatch_build.py"


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # The build tool itself is only there while a package is built.
    interface = SimpleNamespace(BuildHookInterface=object)
    monkeypatch.setitem(sys.modules, "hatchling.builders.hooks.plugin.interface", interface)
    spec = importlib.util.spec_from_file_location("hatch_build", HOOK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.FrontendBuild()
    made.root = tmp_path
    for name in ("page.js", "marks/lines.js", "node_modules/plot/plot.js", "tests/pump.test.js"):
        change(made.frontend / name, at=1)
    change(tmp_path / "kexue_widgets" / "static" / "page.js", at=2)
    return made


def change(path: Path, at: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (at, at))


@pytest.mark.parametrize("name", ["page.js", "marks/lines.js", "marks/new.js"])
def test_a_changed_source_is_built_again_at_any_depth(hook, name: str) -> None:
    assert hook.is_current()
    change(hook.frontend / name, at=3)
    assert not hook.is_current()


def test_what_npm_installs_and_the_tests_are_no_sources(hook) -> None:
    for name in ("node_modules/plot/plot.js", "tests/pump.test.js"):
        change(hook.frontend / name, at=3)
    assert hook.is_current()


def test_what_was_never_built_is_built(hook) -> None:
    (hook.root / "kexue_widgets" / "static" / "page.js").unlink()
    assert not hook.is_current()
