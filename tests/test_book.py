"""The Sphinx extension, without a browser."""

from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_cache import get_cache
from sphinx.project import Project

from kexue_widgets.live.book import Search, read_again
from kexue_widgets.live.editions import folder_of, switches, whole_book


@pytest.fixture
def app(tmp_path: Path) -> SimpleNamespace:
    """A book of two chapters, executed and kept, of which one reads the other."""
    cache = get_cache(tmp_path / "cache")
    for name in ("reader", "other"):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(name, execution_count=1)])
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
        cache.cache_notebook_file(tmp_path / f"{name}.ipynb")
    config = SimpleNamespace(
        kexue_readers=["reader"],
        kexue_editions={".": "en", "zh": "zh_CN"},
        language="en",
        nb_execution_cache_path=str(tmp_path / "cache"),
    )
    builder = SimpleNamespace(format="html")
    return SimpleNamespace(config=config, builder=builder, project=Project(tmp_path, {".ipynb": "myst-nb"}))


def kept(app: SimpleNamespace) -> set[str]:
    return {Path(record.uri).stem for record in get_cache(app.config.nb_execution_cache_path).list_cache_records()}


def test_a_chapter_that_reads_others_is_executed_again_when_one_of_them_changes(app: SimpleNamespace) -> None:
    env = SimpleNamespace(found_docs={"reader", "other"})
    assert read_again(app, env, set(), {"other"}, set()) == ["reader"]
    assert kept(app) == {"other"}


@pytest.mark.parametrize(("language", "format"), [("zh_CN", "html"), ("en", "")])
def test_other_editions_and_builders_take_what_the_book_has_executed(
    app: SimpleNamespace, language: str, format: str
) -> None:
    app.config.language, app.builder.format = language, format
    env = SimpleNamespace(found_docs={"reader", "other"})
    assert read_again(app, env, set(), {"other"}, set()) == []
    assert kept(app) == {"reader", "other"}


def test_an_edition_lies_in_the_whole_book(app: SimpleNamespace, tmp_path: Path) -> None:
    app.outdir = tmp_path / "html"
    assert (folder_of(app), whole_book(app)) == (".", tmp_path / "html")
    assert [switch["url"] for switch in switches(app, "book/one")] == ["../zh/book/one.html"]
    app.config.language, app.outdir = "zh_CN", tmp_path / "html" / "zh"
    assert (folder_of(app), whole_book(app)) == ("zh", tmp_path / "html")
    assert [(switch["url"], switch["text"]) for switch in switches(app, "book/one")] == [
        ("../../book/one.html", "English")
    ]


def test_its_own_changes_are_not_the_business_of_others(app: SimpleNamespace) -> None:
    env = SimpleNamespace(found_docs={"reader", "other"})
    assert read_again(app, env, set(), {"reader"}, set()) == []
    assert kept(app) == {"reader", "other"}


def test_the_search_of_pages_cuts_chinese_into_characters_and_pairs_and_leaves_english_whole() -> None:
    search = Search({})
    assert search.split("GAN模型, noise_shape") == ["gan", "模", "型", "模型", "noise", "shape"]
    assert [search.stem(word) for word in ("divides", "divided", "模型")] == ["divid", "divid", "模型"]
    assert [word for word in ("the", "dropout", "型") if search.word_filter(word)] == ["dropout", "型"]
