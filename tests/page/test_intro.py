"""The first page: a card for every chapter, with a thumbnail that computes."""

from collections.abc import Callable

from reader import UPGRADED

STEPS = "([thumbnail, steps]) => thumbnail.explorer.steps > steps"


def test_every_card_leads_to_its_chapter(book_http: str, visit: Callable) -> None:
    page = visit(f"{book_http}/book/intro.html").page
    for card in page.locator(".kexue-card").all():
        address = card.locator("a.sd-stretched-link").evaluate("link => link.href")
        assert page.request.get(address).ok


def test_thumbnails_compute(book_url: str, visit: Callable) -> None:
    seen = visit(f"{book_url}/book/intro.html")
    page = seen.page
    page.wait_for_function(UPGRADED)
    thumbnails = page.locator("kexue-explorer.kexue-thumbnail").all()
    assert len(thumbnails) == page.locator(".kexue-card").count() == 8
    for thumbnail in thumbnails:
        play = thumbnail.get_by_role("button", name="Play")
        if play.count():
            before = thumbnail.evaluate("thumbnail => thumbnail.explorer.steps")
            play.click()
            page.wait_for_function(STEPS, arg=[thumbnail.element_handle(), before + 3])
            thumbnail.get_by_role("button", name="Pause").click()
        else:
            before = thumbnail.inner_text()
            thumbnail.get_by_label("format").select_option("APA")
            page.wait_for_function(
                "([each, before]) => each.innerText !== before", arg=[thumbnail.element_handle(), before]
            )
        assert thumbnail.get_by_role("slider").count() == 0
    assert page.url.partition("#")[0].endswith("intro.html")
    seen.assert_clean()
