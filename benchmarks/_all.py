"""Every benchmark, whatever became of those before it: `make bench`. What has failed, and what was missing, is said at the end.

Those that take hours and keep results of their own are not run while these are of the code as it is.

Usage: python benchmarks/_all.py [NAME ...]
"""

import subprocess
import sys
import time
from importlib.util import find_spec

from _common import ROOT
from _stored import LONG
from _stored import main as keep_stored

HERE = ROOT / "benchmarks"
PEERS = ("basico", "bokeh", "distributed", "gillespy2", "panel", "ray", "rebop")


def main(names: list[str]) -> int:
    """Run them in turn; 1 if one has failed."""
    failed = []
    for name in names or sorted(path.stem for path in HERE.glob("[!_]*.py")):
        if name in LONG and LONG[name].path.exists() and LONG[name].is_current():
            print(f"\n== {name}: {LONG[name].path.name} is of the code as it is", flush=True)
            continue
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        if subprocess.run([sys.executable, HERE / f"{name}.py"], cwd=ROOT).returncode:
            failed.append(name)
        print(f"== {name}: {'FAILED' if name in failed else 'done'} in {time.monotonic() - began:.0f} s", flush=True)
    keep_stored()
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
