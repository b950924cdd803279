"""Sessions are renewed unseen; a token endpoint that fails is told in one sentence with one action."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Response, expect

from tests.browser.desk import Desk
from tests.browser.house import House, open_house
from tests.browser.model import Gate
from tests.browser.watch import finished
from tests.browser.widget import Widget

SESSION_S = 5
# A request that the machine held up comes after its session; the widget renews that, and asks again.
LATE = "status of 401"


@pytest.fixture(scope="module")
def short_house() -> Iterator[House]:
    """A house in which a session lasts five seconds."""
    with open_house(session_seconds=str(SESSION_S)) as opened:
        yield opened


@pytest.fixture
def house(short_house: House) -> House:
    short_house.host.reset()
    return short_house


def renewed(desk: Desk, widget: Widget, times: int) -> None:
    """Waits until the session was renewed so often from now on."""
    seen = len(desk.watch.urls)

    def count() -> int:
        return sum(url.endswith("/embed/refresh") for url in desk.watch.urls[seen:])

    for _ in range(600):
        if count() >= times:
            return
        widget.page.wait_for_timeout(100)
    raise AssertionError(f"renewed {count()} times in 60 s")


@pytest.mark.promise("EMB-07")
def test_a_session_is_renewed_without_losing_draft_or_stream(desk: Desk):
    desk.watch.expect(LATE)
    gate = Gate()
    widget = desk.visit().open().ask(desk.house.model.plan("long", ["Begun ", gate, "and ended."]))
    expect(widget.answer).to_contain_text("Begun")
    widget.composer.fill("a draft")
    renewed(desk, widget, 2)
    gate.open()
    expect(widget.answer).to_contain_text("Begun and ended.")
    expect(widget.composer).to_have_value("a draft")
    assert desk.house.messages()[-1]["text"] == "Begun and ended."


@pytest.mark.promise("EMB-07")
def test_a_token_of_a_minute_is_asked_for_once_however_long_the_chat(desk: Desk):
    desk.watch.expect(LATE)
    desk.house.host.tokens.lifetime_s = 2  # it is over long before the chat is
    widget = desk.visit().open()
    for name in ("first", "second"):
        widget.page.wait_for_timeout(1000 * SESSION_S + 500)
        widget.ask(desk.house.model.plan(name, [f"The {name}."]))
        expect(widget.answer).to_contain_text(f"The {name}.")
    assert sum(url.endswith("/embed/refresh") for url in desk.watch.urls) >= 2
    assert desk.house.host.tokens.served == 1


@pytest.mark.promise("EMB-07")
def test_what_is_written_while_the_page_still_signs_in_is_not_lost(desk: Desk):
    desk.watch.expect(LATE)
    desk.house.host.tokens.delay_s = 2
    widget = desk.visit()
    widget.launcher.click()
    widget.composer.fill(desk.house.model.plan("early", ["Heard you."]))
    widget.composer.press("Enter")
    widget.ready()
    if widget.composer.input_value():
        widget.composer.press("Enter")
    expect(widget.answer).to_contain_text("Heard you.")


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize("fault", ["500", "html", "empty", "expired", "slow"])
def test_a_token_endpoint_that_fails_is_said_in_a_sentence_and_mended_by_one_action(desk: Desk, fault: str):
    desk.watch.expect("status of (500|401)")
    desk.house.host.tokens.fault = fault
    widget = desk.visit()
    widget.launcher.click()
    expect(widget.failure).to_be_visible()
    said = widget.failure.inner_text()
    assert "planted" not in said
    desk.house.host.tokens.fault = ""
    widget.failure.get_by_role("button").click()
    widget.ready().ask(desk.house.model.plan("mended", ["Mended."]))
    expect(widget.answer).to_contain_text("Mended.")


@pytest.mark.promise("EMB-07", "ACC-02")
def test_another_users_token_in_the_middle_drops_the_conversation(desk: Desk):
    desk.watch.expect(LATE)
    context = desk.context()
    refresh: list[str] = []

    def keep(response: Response) -> None:
        if response.url.endswith(("/embed/auth", "/embed/refresh")) and response.ok:
            refresh.append(response.json()["refresh_token"])

    context.on("requestfinished", lambda request: keep(finished(request)))
    page = context.new_page()
    page.goto(desk.house.host.page())
    widget = Widget(page).open().ask(desk.house.model.plan("private", ["For Alice alone."]))
    expect(widget.answer).to_contain_text("For Alice alone.")
    desk.house.host.tokens.sub = bob = f"bob-beside-{desk.house.host.tokens.sub}"
    desk.house.log_out(refresh[-1])
    widget.page.wait_for_timeout(1000 * SESSION_S + 500)
    widget.ask("meant for Alice's conversation")
    expect(widget.notice).to_contain_text("signed in as somebody else")
    for words in ("For Alice alone.", "meant for"):
        assert words not in widget.frame.content()
    assert desk.house.user(bob).call("GET", "/conversations").json["items"] == []
    widget.ask(desk.house.model.plan("bobs", ["For Bob."]))
    expect(widget.answer).to_contain_text("For Bob.")
    assert desk.house.messages()[-1]["text"] == "For Bob."
