"""Every benchmark that has no record of this machine and of the code as it is, whatever became of those before it: `make bench`.

What has been measured is not measured again, so that an interrupted run goes on where it was; one that is named here is. What
has failed, and what was missing, is said at the end.

Usage: python benchmarks/_all.py [NAME ...]
"""

import subprocess
import sys
import time
from importlib.util import find_spec

from _common import ROOT, record_of
from _stored import LONG

HERE = ROOT / "benchmarks"
PEERS = ("basico", "bokeh", "distributed", "gillespy2", "panel", "ray", "rebop")


def is_current(name: str) -> bool:
    """Whether there is nothing to measure anew."""
    if name not in LONG:
        return record_of(name)[1]
    try:
        return LONG[name].path.exists() and LONG[name].is_current()
    except ValueError:  # it is damaged
        return False


def expected(name: str) -> str:
    """How long it will take, as far as that is known."""
    if name in LONG:
        return "takes hours"
    seconds = record_of(name)[0].get("seconds")
    return f"took {seconds / 60:.0f} min last time" if seconds else "was not timed before"


def run(name: str) -> bool:
    """Run a script; whether it has come to its end."""
    began = time.monotonic()
    good = subprocess.run([sys.executable, HERE / f"{name}.py"], cwd=ROOT).returncode == 0
    print(f"== {name}: {'done' if good else 'FAILED'} in {time.monotonic() - began:.0f} s", flush=True)
    return good


def main(names: list[str]) -> int:
    """Run them in turn; 1 if one has failed."""
    every = sorted(path.stem for path in HERE.glob("[!_]*.py"))
    if unknown := [name for name in names if name not in every]:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(every)}")
    wanted = names or [name for name in every if not is_current(name)]
    for name in every:
        print(f"{name}: {expected(name) if name in wanted else 'is of the code as it is'}")
    failed = []
    for place, name in enumerate(wanted, 1):
        print(f"\n== {place} of {len(wanted)}: {name}, {expected(name)}", flush=True)
        if not run(name):
            failed.append(name)
    print("\n== the tables of what has files of its own", flush=True)
    failed += [] if run("_stored") else ["_stored"]
    missing = [name for name in PEERS if find_spec(name) is None]
    print()
    if missing:
        print(
            f"Not compared, since they are not there: {', '.join(missing)}. `pip install --group peers` installs them."
        )
    for name in failed:
        print(f"FAILED: {name}. Alone: python benchmarks/{name}.py")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
