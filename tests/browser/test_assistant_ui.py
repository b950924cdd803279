"""assistant-ui's own AG-UI adapter, in a partner's page: it shows the stored conversation, and asks before a refund."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.agui.clients import client_output
from tests.browser.desk import Desk
from tests.browser.host import Host
from tests.browser.model import Call

POLICY = "default-src 'none'; script-src 'self'; connect-src 'self' {ringfence}; style-src 'self' 'unsafe-inline'"
REFUND = Call("refund", {"customer": "Dora", "amount": 450, "currency": "kr"})


@pytest.fixture(scope="module")
def bundle() -> str:
    """The page's script with all that it imports."""
    return client_output("bundle.mjs", "assistant_ui.jsx")


def _lay_out(host: Host, bundle: str) -> str:
    assert host.partner is not None
    host.pages["/js/chat"] = ("text/javascript", bundle, "")
    page = (
        f'<!doctype html><html lang="en" data-ringfence="{host.ringfence}" data-agent="{host.partner.agent}">'
        '<meta charset="utf-8"><title>Petal CRM</title><main id="chat"></main>'
        '<script type="module" src="/js/chat"></script></html>'
    )
    host.pages["/chat"] = ("text/html; charset=utf-8", page, POLICY.format(ringfence=host.ringfence))
    return f"{host.origin}/chat"


def _say(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()


@pytest.mark.promise("AGT-04", "AIS-04")
def test_assistant_ui_shows_a_conversation_and_its_approval_unchanged(desk: Desk, bundle: str):
    host, model = desk.house.host, desk.house.model
    page = desk.page(_lay_out(host, bundle))
    _say(page, model.plan("greet", ["Good ", "morning, *Dora*."]))
    expect(page.get_by_role("article").last).to_have_text("Good morning, *Dora*.")
    _say(page, model.plan("pay", ["I will. ", REFUND], ["Refunded."]))
    expect(page.get_by_role("group", name="refund").locator("code")).to_have_text(
        json.dumps(REFUND.arguments, separators=(",", ":"), sort_keys=True)
    )
    assert [asked.path for asked in host.asked] == []
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("article").last).to_contain_text("Refunded.")
    assert [asked.path for asked in host.asked] == ["/api/refunds"]
    said = [(one["author"], one["text"]) for one in desk.house.messages()]
    assert said == [
        ("user", "tell greet"),
        ("assistant", "Good morning, *Dora*."),
        ("user", "tell pay"),
        ("assistant", "I will. "),
        ("assistant", "Refunded."),
    ]
