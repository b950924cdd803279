"""Everything by keyboard, nothing stolen, and a screen reader hears each answer once."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.model import Call, Gate
from tests.browser.scripts import becomes, script
from tests.browser.widget import Widget

ORDER = {"customer": "Nordlys ApS", "amount": 420, "currency": "DKK"}


def press_until(widget: Widget, name: str, *, key: str = "Tab") -> None:
    """Presses the key until what has this name has the focus in the frame, visibly."""
    for _ in range(25):
        said, style, width = widget.evaluate(script("focused"))
        if name in said:
            assert style != "none", f"{name} has the focus and does not show it"
            assert float(width.removesuffix("px")) >= 2
            return
        widget.page.keyboard.press(key)
    raise AssertionError(f"{key} never reaches {name}")


def to_launcher(page: Page) -> None:
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.localName === 'ringfence-chat'"):
            return
    raise AssertionError("Tab never reaches the launcher")


@pytest.mark.promise("EMB-07", "AIS-04")
def test_the_whole_scene_by_keyboard_alone(desk: Desk):
    widget = desk.visit()
    keyboard = widget.page.keyboard
    to_launcher(widget.page)
    keyboard.press("Enter")
    expect(widget.ready().composer).to_be_focused()
    keyboard.type("first line")
    keyboard.press("Shift+Enter")
    keyboard.type(desk.house.model.plan("refund", [Call("refund", ORDER)], ["That is settled."]))
    keyboard.press("Enter")
    expect(widget.asked).to_contain_text(re.compile(r"first line\s+tell refund"))
    expect(widget.card.get_by_role("heading")).to_be_focused()  # nobody was writing
    press_until(widget, "Approve")
    keyboard.press("Enter")
    expect(widget.answer).to_contain_text("That is settled.")
    assert [one.body for one in desk.house.host.asked] == [ORDER]
    keyboard.press("Escape")
    expect(widget.composer).to_be_hidden()
    becomes(widget.page, "() => document.activeElement.localName", "ringfence-chat")


@pytest.mark.promise("EMB-07")
def test_escape_stops_an_answer_before_it_closes_anything(desk: Desk):
    question = desk.house.model.plan("stopped", ["Begun ", Gate(), "never said"])
    widget = desk.visit().open().ask(question)
    expect(widget.answer).to_contain_text("Begun")
    widget.page.keyboard.press("Escape")
    widget.rest()
    expect(widget.composer).to_be_visible()


@pytest.mark.promise("EMB-07")
def test_the_focus_stays_with_whoever_types(desk: Desk):
    gate = Gate()
    widget = desk.visit().open()
    widget.ask(desk.house.model.plan("busy", ["Words ", gate, Call("refund", ORDER)], ["End."]))
    expect(widget.answer).to_contain_text("Words")
    widget.page.keyboard.type("half a ")
    gate.open()
    expect(widget.card).to_be_visible()
    widget.page.keyboard.type("thought")
    expect(widget.composer).to_have_value("half a thought")


@pytest.mark.promise("EMB-07")
def test_a_screen_reader_is_told_each_answer_once(desk: Desk):
    gate = Gate()
    widget = desk.visit().open()
    widget.evaluate(script("listen"))
    widget.ask(desk.house.model.plan("spoken", ["Alpha ", "beta ", gate, "gamma."]))
    expect(widget.answer).to_contain_text("Alpha beta")
    gate.open()
    expect(widget.answer).to_contain_text("gamma.")
    becomes(widget.frame, "() => spoken.some((text) => text.includes('gamma'))", True)
    widget.page.wait_for_timeout(1200)
    spoken = " ".join(widget.evaluate("() => spoken"))
    assert [spoken.count(word) for word in ("Alpha", "beta", "gamma")] == [1, 1, 1], spoken
