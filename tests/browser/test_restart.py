"""The server dies in the middle of an answer: the same window tells it to its end, as it is stored."""

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.house import House, open_house
from tests.browser.model import Call, Gate

DOWN = r"ERR_CONNECTION|ERR_INCOMPLETE_CHUNKED|ERR_INTERNET_DISCONNECTED|ERR_EMPTY_RESPONSE|status of 50[23]"
ORDER = {"customer": "Nordlys ApS", "amount": 420, "currency": "DKK"}


@pytest.fixture(scope="module")
def mortal_house() -> Iterator[House]:
    """A house whose server comes back on the same port."""
    with open_house() as opened:
        opened.server.environment["RINGFENCE_PORT"] = opened.server.base_url.rpartition(":")[2]
        yield opened


@pytest.fixture
def house(mortal_house: House) -> House:
    mortal_house.host.reset()
    return mortal_house


@pytest.mark.promise("EMB-07", "AGT-03", "AGT-04")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_the_same_window_finishes_the_answer_of_a_server_that_died(desk: Desk, how: signal.Signals):
    desk.watch.expect(DOWN)
    gate = Gate()
    widget = desk.visit().open().ask(desk.house.model.plan("mortal", ["One ", "two ", gate, "three four."]))
    expect(widget.answer).to_contain_text("One two")
    widget.composer.fill("a draft")
    desk.house.server.kill(how)
    expect(widget.notice).to_be_visible()
    gate.open()
    desk.house.server.start()
    expect(widget.answer).to_have_text("One two three four.")
    expect(widget.notice).to_have_count(0)
    expect(widget.composer).to_have_value("a draft")
    stored = [message["text"] for message in desk.house.messages() if message["author"] == "assistant"]
    assert stored == ["One two three four."]


@pytest.mark.promise("EMB-07", "AIS-04")
def test_a_card_outlives_the_server_and_is_still_done_once(desk: Desk):
    desk.watch.expect(DOWN)
    question = desk.house.model.plan("refund", [Call("refund", ORDER)], ["That is settled."])
    widget = desk.visit().open().ask(question)
    expect(widget.card).to_be_visible()
    desk.house.server.kill()
    desk.house.server.start()
    widget.button("Approve").click()
    expect(widget.answer).to_contain_text("That is settled.")
    assert [one.body for one in desk.house.host.asked] == [ORDER]


@pytest.mark.promise("EMB-07")
def test_a_browser_that_was_offline_catches_up(desk: Desk):
    desk.watch.expect(DOWN)
    gate = Gate()
    widget = desk.visit().open().ask(desk.house.model.plan("offline", ["Before ", gate, "and after."]))
    expect(widget.answer).to_contain_text("Before")
    widget.page.context.set_offline(True)
    expect(widget.notice).to_be_visible()
    gate.open()
    widget.page.context.set_offline(False)
    expect(widget.answer).to_have_text("Before and after.")
    expect(widget.notice).to_have_count(0)
