"""Browsers and the built book for the tests of pages; those of the machinery need neither."""

import importlib.util

import pytest

from kexue_widgets import BOOK

pytest_plugins = ["browsing"] if importlib.util.find_spec("playwright") else []


@pytest.fixture(autouse=True)
def no_book_is_being_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sphinx in this process tells its kernels by the environment that it builds a book; what comes after it is none."""
    monkeypatch.setenv(BOOK, "")  # and so, in the end, none is left that was not there
