"""For nbval: chapters run as their outputs were stored, on one thread each, and without the progress bars of a slow machine."""

import os


def pytest_configure() -> None:
    os.environ |= {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
