"""The widget at every size, in both schemes and languages, and under preferences that people set."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.model import Call
from tests.browser.scripts import becomes, script, settle
from tests.browser.widget import Widget

ORDER = {"customer": "Nordlys ApS", "amount": 420, "currency": "DKK"}


def scene(desk: Desk, widget: Widget) -> Widget:
    """An answer with code, a table and a list, a tool's line, and a card that waits."""
    words = (
        "A list:\n\n- one\n- two\n\n| Customer | Owes |\n|---|---|\n| Nordlys | 420 |\n\n```\n" + "code " * 30 + "\n```"
    )
    look, pay = Call("look_up_customer", {"name": "Nordlys"}), Call("refund", ORDER)
    widget.ask(desk.house.model.plan("scene", [look], [words, pay], ["That is settled."]))
    expect(widget.card).to_be_visible()
    settle(widget.frame)
    return widget


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize("width", [320, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_at_any_width(desk: Desk, width: int, scheme: str):
    widget = desk.visit(viewport={"width": width, "height": 640}, color_scheme=scheme).open()
    scene(desk, widget)
    assert widget.evaluate(script("overflowing")) == []
    box = widget.element.locator("iframe").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["width"] >= (320 if width == 320 else 380)


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    ("claims", "attributes", "lang", "speaks", "is_danish"),
    [
        ({"locale": "da"}, 'locale="en"', "en", "en-GB", True),
        ({}, 'locale="da"', "en", "en-GB", True),
        ({}, "", "da", "en-GB", True),
        ({}, "", "da-DK", "en-GB", True),
        ({"locale": "en"}, 'locale="da"', "da", "da-DK", False),
        ({}, "", "fr", "da-DK", False),
    ],
    ids=["token", "attribute", "page", "page with region", "token over all", "unknown language"],
)
def test_the_language_is_the_tokens_then_the_attributes_then_the_pages(
    desk: Desk, claims: dict[str, str], attributes: str, lang: str, speaks: str, is_danish: bool
):
    desk.house.host.tokens.claims = claims
    url = desk.house.host.page(widgets=desk.house.host.widget(attributes), lang=lang)
    widget = desk.visit(url, locale=speaks).open()
    expect(widget.disclosure).to_contain_text("AI-assistent" if is_danish else "AI assistant")
    becomes(widget.frame, "() => document.documentElement.lang.slice(0, 2)", "da" if is_danish else "en")


@pytest.mark.promise("EMB-07", "AIS-04")
def test_a_danish_card_is_danish_to_its_title(desk: Desk):
    desk.house.host.tokens.claims = {"locale": "da"}
    widget = scene(desk, desk.visit().open())
    expect(widget.card.get_by_role("heading")).to_have_text("Refundér 420 DKK til Nordlys ApS?")
    widget.button("Godkend").click()
    expect(widget.answer).to_contain_text("That is settled.")


@pytest.mark.promise("EMB-07")
def test_a_right_to_left_page_does_not_break_it(desk: Desk):
    url = desk.house.host.page(widgets=desk.house.host.widget('locale="ar"'), lang="ar")
    widget = scene(desk, desk.visit(url).open())
    assert widget.evaluate(script("overflowing")) == []


@pytest.mark.promise("EMB-07")
def test_text_at_twice_its_size_does_not_break_it(desk: Desk):
    widget = desk.visit(viewport={"width": 400, "height": 640}).open()
    widget.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    scene(desk, widget)
    assert widget.evaluate(script("overflowing")) == []
    size = widget.evaluate("() => parseFloat(getComputedStyle(document.querySelector('textarea')).fontSize)")
    assert size >= 24, "the text does not follow the reader's size"
    expect(widget.button("Approve")).to_be_enabled()
    widget.button("Approve").click()
    expect(widget.answer).to_contain_text("That is settled.")


@pytest.mark.promise("EMB-07")
def test_nothing_moves_for_whoever_wants_less_motion(desk: Desk):
    widget = scene(desk, desk.visit(reduced_motion="reduce").open())
    assert widget.evaluate("() => document.getAnimations().length") == 0
    assert widget.evaluate(script("moving")) == []


@pytest.mark.promise("EMB-07")
def test_with_forced_colours_controls_keep_an_outline(desk: Desk):
    widget = scene(desk, desk.visit(forced_colors="active").open())
    assert widget.evaluate(script("bare")) == []
    expect(widget.disclosure).to_be_visible()


@pytest.mark.promise("EMB-07")
def test_two_tabs_on_one_conversation_both_show_it_whole(desk: Desk):
    context = desk.context()
    url = desk.house.host.page()
    pages = [context.new_page() for _ in range(2)]
    for page in pages:
        page.goto(url)
    first, second = (Widget(page) for page in pages)
    first.open().ask(desk.house.model.plan("tab-one", ["Said to the first."]))
    expect(first.answer).to_contain_text("Said to the first.")
    second.open().open_latest()
    expect(second.answer).to_contain_text("Said to the first.")
    second.ask(desk.house.model.plan("tab-two", ["Said to the second."]))
    expect(second.answer).to_contain_text("Said to the second.")
    first.ask(desk.house.model.plan("tab-three", ["Said to the first again."]))
    expect(first.answer).to_contain_text("Said to the first again.")
    texts = [one["text"] for one in desk.house.messages() if one["author"] == "assistant"]
    assert [re.sub(r"\s+", " ", text) for text in texts] == [
        "Said to the first.", "Said to the second.", "Said to the first again."
    ]  # fmt: skip
