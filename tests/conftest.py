"""Browsers and the built book for the tests of pages; those of the machinery need neither."""

import importlib.util
from contextlib import suppress

import pytest

from kexue_widgets import BOOK

pytest_plugins = ["browsing"] if importlib.util.find_spec("playwright") else []

# Everybody's run tries the same examples, so that a change is to blame for what fails; with --hypothesis-profile=default each
# run tries others.
with suppress(ImportError):  # the core's tests need pytest alone
    from hypothesis import settings

    settings.register_profile("same", derandomize=True)
    settings.load_profile("same")


@pytest.fixture(autouse=True)
def no_book_is_being_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sphinx in this process tells its kernels by the environment that it builds a book; what comes after it is none."""
    monkeypatch.setenv(BOOK, "")  # and so, in the end, none is left that was not there
