"""The scene of the product: open, ask, watch a tool at work, agree or decline, read what came of it."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.model import Call, Gate

ORDER = {"customer": "Nordlys ApS", "amount": 420, "currency": "DKK"}
WORDS = "for Nordlys ApS, who paid 420 DKK too much"


def refund(desk: Desk) -> str:
    """A message that makes the model ask for a refund; it names the values that the card must trace."""
    return f"{desk.house.model.plan('refund', [Call('refund', ORDER)], ['That is settled.'])} {WORDS}"


@pytest.mark.promise("EMB-07")
def test_a_person_opens_the_widget_asks_and_sees_the_answer_grow(desk: Desk):
    gate = Gate()
    question = desk.house.model.plan("growing", ["One two ", gate, "three **four**."])
    widget = desk.visit().open()
    widget.ask(question)
    expect(widget.asked).to_contain_text(question)
    expect(widget.answer).to_contain_text("One two")
    gate.open()
    expect(widget.answer).to_contain_text("One two three four.")
    expect(widget.answer.locator("strong")).to_have_text("four")


@pytest.mark.promise("EMB-07")
def test_a_tool_call_is_one_line_that_opens_to_what_was_asked(desk: Desk):
    call = Call("look_up_customer", {"name": "Nordlys"})
    widget = desk.visit().open().ask(desk.house.model.plan("look", [call], ["Found them."]))
    expect(widget.answer).to_contain_text("Found them.")
    expect(widget.tool.get_by_text("Nordlys").last).to_be_hidden()
    widget.tool.locator("summary").click()
    expect(widget.tool.get_by_text("Nordlys").last).to_be_visible()
    assert [one.path for one in desk.house.host.asked] == ["/api/customers?name=Nordlys"]


@pytest.mark.promise("EMB-07", "AIS-04")
def test_the_card_shows_what_will_be_done_why_it_asks_and_until_when(desk: Desk):
    widget = desk.visit().open().ask(refund(desk))
    card = widget.card
    expect(card.get_by_role("heading")).to_have_text("Refund 420 DKK to Nordlys ApS?")
    for value in map(str, ORDER.values()):
        expect(card.locator("dd").get_by_text(value, exact=True)).to_be_visible()
    expect(card).to_contain_text("From your message")  # the evidence: each value stands in the person's own words
    expect(card).to_contain_text("Expires in")
    assert desk.house.host.asked == []


@pytest.mark.promise("EMB-07", "AIS-04")
def test_what_a_person_approves_is_done_once_with_exactly_those_arguments(desk: Desk):
    widget = desk.visit().open().ask(refund(desk))
    widget.button("Approve").click()
    expect(widget.answer).to_contain_text("That is settled.")
    asked = desk.house.host.asked
    assert [(one.method, one.path, one.body) for one in asked] == [("POST", "/api/refunds", ORDER)]
    assert asked[0].headers["X-Acting-For"] == desk.house.host.tokens.sub
    assert asked[0].headers["Idempotency-Key"]
    expect(widget.button("Approve")).to_have_count(0)


@pytest.mark.promise("EMB-07", "AIS-04")
def test_what_a_person_declines_is_not_done(desk: Desk):
    widget = desk.visit().open().ask(refund(desk))
    widget.button("Decline").click()
    expect(widget.answer).to_contain_text("That is settled.")
    expect(widget.button("Approve")).to_have_count(0)
    assert desk.house.host.asked == []


@pytest.mark.promise("EMB-07")
def test_a_person_stops_an_answer(desk: Desk):
    question = desk.house.model.plan("stopped", ["Begun ", Gate(), "never said"])
    widget = desk.visit().open().ask(question)
    expect(widget.answer).to_contain_text("Begun")
    widget.button("Stop").click()
    widget.rest()
    widget.ask(desk.house.model.plan("after", ["And on."]))
    expect(widget.answer).to_contain_text("And on.")


@pytest.mark.promise("EMB-07")
def test_earlier_conversations_are_found_in_the_history_and_a_new_one_begins_empty(desk: Desk):
    widget = desk.visit().open().ask(desk.house.model.plan("first", ["Kept for later."]))
    expect(widget.answer).to_contain_text("Kept for later.")
    widget.new_conversation()
    expect(widget.asked).to_have_count(0)
    widget.open_latest()
    expect(widget.answer).to_contain_text("Kept for later.")
