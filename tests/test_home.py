"""What pages say of the book's home on the network, with one and without."""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from sphinx.errors import ExtensionError

from kexue_widgets.book.home import configure

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CONF = """
extensions = ["myst_nb", "kexue_widgets.book.home"]
project = "Kexue, live"
html_theme = "sphinx_book_theme"
nb_execution_mode = "off"
exclude_patterns = ["html"]
"""
PAGE = f"""# Masks

What a mask does, in one sentence.

<figure><img alt="A mask" src="data:image/png;base64,{PIXEL}"></figure>
"""
MARKDOWN_NOTEBOOK = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"  # as the first page is one
NOTEBOOK = {
    "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Cells\n\nSome cells."}],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Builds a book of two pages; returns the folder of its pages."""

    def built(**settings: str) -> Path:
        source = tmp_path_factory.mktemp("book")
        (source / "conf.py").write_text(CONF)
        (source / "index.md").write_text(MARKDOWN_NOTEBOOK + PAGE + "\n```{toctree}\n:hidden:\nbook/cells\n```\n")
        (source / "book").mkdir()
        (source / "book" / "cells.ipynb").write_text(json.dumps(NOTEBOOK))
        options = [f"-D{name}={value}" for name, value in settings.items()]
        command = [sys.executable, "-m", "sphinx", "-qW", *options, source, source / "html"]
        said = subprocess.run(command, capture_output=True, text=True)
        if said.returncode:
            raise ValueError(said.stderr)
        return source / "html"

    return built


@pytest.fixture(scope="module")
def at_home(build: Callable[..., Path]) -> Path:
    return build(kexue_home="https://github.com/Someone/live")


def content(page: Path, name: str) -> str:
    found = re.search(rf'<meta (?:name|property)="{name}" content="([^"]*)"', page.read_text("utf-8"))
    return found[1] if found else ""


def test_a_shared_link_shows_title_description_and_the_first_figure(at_home: Path) -> None:
    page = at_home / "index.html"
    assert content(page, "og:title") == "Masks"
    assert content(page, "og:description") == "What a mask does, in one sentence."
    assert content(page, "og:url") == "https://someone.github.io/live/index.html"
    address = content(page, "og:image")
    assert address.startswith("https://someone.github.io/live/_images/")
    assert (at_home / "_images" / address.rpartition("/")[2]).read_bytes() == base64.b64decode(PIXEL)


def test_pages_name_their_address_and_are_on_the_map(at_home: Path) -> None:
    assert '<link rel="canonical" href="https://someone.github.io/live/book/cells.html"' in (
        at_home / "book" / "cells.html"
    ).read_text("utf-8")
    places = [each.text for each in ElementTree.parse(at_home / "sitemap.xml").iter() if each.tag.endswith("loc")]
    assert "https://someone.github.io/live/book/cells.html" in places
    assert 'href="/live/_static/' in (at_home / "404.html").read_text("utf-8")


def test_pages_lead_to_binder_colab_and_a_form_for_mistakes(at_home: Path) -> None:
    page = (at_home / "book" / "cells.html").read_text("utf-8")
    assert "https://mybinder.org/v2/gh/Someone/live/" in page
    assert "https://colab.research.google.com/github/Someone/live/" in page
    assert "https://github.com/Someone/live/issues/new" in page


def test_with_an_empty_home_nothing_points_anywhere_and_pages_have_a_description(build: Callable[..., Path]) -> None:
    pages = build(kexue_home="")
    assert content(pages / "index.html", "description") == "What a mask does, in one sentence."
    for page in pages.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(r'og:|twitter:|rel="canonical"|mybinder|/issues/new', text), page
    assert not (pages / "sitemap.xml").exists()
    assert not (pages / "_images").exists()


def test_the_home_is_a_repository_and_its_pages_may_lie_elsewhere() -> None:
    config = SimpleNamespace(kexue_home="https://example.org/live", html_baseurl="", html_theme_options={})
    with pytest.raises(ExtensionError, match=r"kexue_home must be https://github.com/owner/name, got 'https://example"):
        configure(None, config)
    config.kexue_home, config.html_baseurl = "https://github.com/someone/live", "https://example.org/book"
    configure(None, config)
    assert config.html_baseurl == config.ogp_site_url == "https://example.org/book/"
    assert config.notfound_urls_prefix == "/book/"
