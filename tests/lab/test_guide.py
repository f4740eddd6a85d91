"""The guide in JupyterLab: run from top to bottom, then asked, cited from and written in."""

from collections.abc import Callable
from pathlib import Path

import lab

from kexue_widgets.guide import ARTICLES, CHAPTERS, Citation, cite, smart_search

COMMENT = ".jp-OutputArea-output .widget-textarea textarea"


def test_the_chapter_runs_and_answers_questions(tmp_path: Path, visit: Callable) -> None:
    with lab.chapter("guide", tmp_path, visit) as page:
        search = page.get_by_role("group", name=smart_search(lab.BOOK).description, exact=True).first
        search.get_by_role("searchbox").fill("How long until the next chemical reaction?")
        search.locator(".kexue-passage").filter(has_text=CHAPTERS[3].title).first.wait_for()
        assert search.get_by_role("link").count() == 0  # these lead from page to page of the built book

        citation = page.get_by_role("group", name=Citation().description, exact=True).first
        citation.get_by_label("format").select_option("APA")
        citation.locator("pre").filter(has_text=cite(ARTICLES[0], "APA")).wait_for()

        page.locator(COMMENT).fill("A formula: $x^2$")
        page.locator(".widget-htmlmath-content mjx-container").last.wait_for()
