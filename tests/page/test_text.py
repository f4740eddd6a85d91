"""Questions and passages in the browser: cut as in Python, shown in time, copied."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from reader import assert_accessible

from kexue_widgets.live import Explorer, Passages, Query, View

TERMS = ["dropout drops", "词", "向量", "词向量", "café", "2"]
TEXTS = ["read on YYYY-MM-DD\n  or YYYY/MM/DD", *(f"text {number}" for number in range(1, 6)), ""]


class Words(Explorer):
    """The texts whose numbers are the terms of a question, each with a button that copies it."""

    question = Query("drops", TERMS, capacity=4, label="your question")
    views = (View(Passages("shown", TEXTS), title="texts"),)

    @staticmethod
    def frame(question):
        return {"numbers": question, "shown": question % 7}  # -1 becomes the empty text


QUESTIONS = [
    "词向量和词",
    "DROPOUT, ＤＲＯＰＳ; dropouts",
    "cafe\u0301 2 dropout的向量",
    "",
    "魑魅 zzz",
    "词 词 词 词 词 词",
    "ß İ é ñ",
]


def test_a_question_is_cut_as_in_python(show: Callable) -> None:
    seen, live = show(Words())
    field = live.root.get_by_role("searchbox", name="your question")
    kernel = Words()
    for question in QUESTIONS:
        live.after(lambda question=question: field.fill(question))
        kernel.question = question
        np.testing.assert_array_equal(live.arrays["numbers"], kernel.arrays["numbers"], err_msg=question)
    seen.assert_clean()


class Rows(Explorer):
    """The rows of a question's terms."""

    question = Query("drops", TERMS, rows=torch.arange(18.0).reshape(6, 3) / 8, capacity=4, label="your question")
    views = (View(Passages("shown", TEXTS), title="texts"),)

    @staticmethod
    def frame(question):
        return {"rows": question, "shown": question[:-1, 0]}


def test_the_rows_of_a_questions_terms_are_those_of_the_kernel(show: Callable) -> None:
    seen, live = show(Rows())
    kernel = Rows()
    for question in QUESTIONS:
        live.after(lambda question=question: live.root.get_by_role("searchbox").fill(question))
        kernel.question = question
        np.testing.assert_array_equal(live.arrays["rows"], kernel.arrays["rows"], err_msg=question)
    seen.assert_clean()


def test_what_was_understood_stands_below_the_field(show: Callable) -> None:
    _, live = show(Words())
    field = live.root.get_by_role("searchbox")
    live.after(lambda: field.fill("drops 词向量"))
    assert "understood: dropout · 词向量" in live.root.inner_text()
    live.after(lambda: field.fill("nothing"))
    assert "no word of this is in the index" in live.root.inner_text()
    assert live.root.locator("pre").count() == 0


def test_a_passage_has_the_day_and_is_copied(show: Callable) -> None:
    seen, live = show(Words(), permissions=["clipboard-read", "clipboard-write"])
    today = seen.page.evaluate("new Date().toLocaleDateString('sv')")
    expected = f"read on {today}\n  or {today.replace('-', '/')}"
    assert live.root.locator("pre").inner_text() == expected
    live.root.get_by_role("button", name="Copy").press("Enter")
    live.root.get_by_text("Copied.").wait_for()
    assert seen.page.evaluate("navigator.clipboard.readText()") == expected


def test_where_copying_is_forbidden_the_text_is_selected(show: Callable) -> None:
    seen, live = show(Words())
    seen.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    live.press("Copy")
    live.root.get_by_text("Selected: copy it").wait_for()
    assert seen.page.evaluate("getSelection().toString()").startswith("read on 2")


def test_a_link_carries_the_question(show: Callable) -> None:
    seen, live = show(Words())
    field = live.root.get_by_role("searchbox")
    live.after(lambda: field.fill("词 & 向量=100%"))
    assert "Words.question" in seen.page.url
    seen.page.reload()
    live = type(live)(seen.page, Words)
    live.until("explorer.arrays.numbers.data[1] === 2")
    assert live.values["question"] == "词 & 向量=100%"


def test_texts_are_accessible(show: Callable, axe_path: Path) -> None:
    seen, _ = show(Words())
    assert_accessible(seen.page, axe_path)
