"""The guide in JupyterLab: run from top to bottom, then asked, cited from and written in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import lab

from kexue_widgets.guide import ARTICLES, Citation, cite, smart_search

BOOK = Path(__file__).parents[2] / "book"
COMMENT = ".jp-OutputArea-output .widget-textarea textarea"


def test_the_chapter_runs_and_answers_questions(tmp_path: Path, visit: Callable) -> None:
    folder = tmp_path / "book"
    shutil.copytree(BOOK, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "data"))
    with lab.running(folder, tmp_path) as address:
        seen = visit(f"{address}/lab/tree/guide.ipynb")
        page = seen.page
        lab.run_all(page)
        search = page.get_by_role("group", name=smart_search(BOOK).description, exact=True).first
        search.get_by_role("searchbox").fill("怎么随机模拟化学反应")
        search.locator(".kexue-passage").filter(has_text=ARTICLES[3].title).first.wait_for()
        assert search.get_by_role("link").count() == 0  # these lead from page to page of the built book

        citation = page.get_by_role("group", name=Citation().description, exact=True).first
        citation.get_by_label("format").select_option("APA")
        citation.locator("pre").filter(has_text=cite(ARTICLES[0], "APA")).wait_for()

        page.locator(COMMENT).fill("A formula: $x^2$")
        page.locator(".widget-htmlmath-content mjx-container").last.wait_for()
        assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
        assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
        assert seen.errors == []
