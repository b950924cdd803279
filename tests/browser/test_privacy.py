"""What the host page, its storage, its address bar and its other frames get to know: nothing."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.browser.chromium import find
from tests.browser.desk import Desk, stored
from tests.browser.model import Gate
from tests.browser.scripts import script
from tests.browser.watch import finished
from tests.browser.widget import Widget

# Runs in each frame first: notes what reaches the window by message.
EARS = """
window.heard = [];
addEventListener('message', event => heard.push(JSON.stringify(event.data)), true);
"""


def secrets(desk: Desk, context: BrowserContext) -> list[str]:
    """Grows by each token that passes between browser and servers."""
    found: list[str] = []

    def keep(response: Response) -> None:
        if response.url.endswith(("/agent-token", "/embed/auth", "/embed/refresh")):
            found.extend(value for name, value in response.json().items() if name.endswith("token"))

    context.on("requestfinished", lambda request: keep(finished(request)))
    return found


@pytest.mark.promise("EMB-07")
def test_no_token_is_in_a_url_in_the_hosts_page_in_the_frames_text_or_in_a_window_message(desk: Desk):
    context = desk.context()
    context.add_init_script(EARS)
    found = secrets(desk, context)
    page = context.new_page()
    page.goto(desk.house.host.page())
    widget = Widget(page).open().ask(desk.house.model.plan("secret", ["No secrets."]))
    expect(widget.answer).to_contain_text("No secrets.")
    assert len(found) >= 3  # the partner's, the session's, the refresh token
    heard = [word for frame in page.frames for word in frame.evaluate("() => window.heard || []")]
    assert any("connect" in word for word in heard)  # else the ears are deaf
    places = [*desk.watch.urls, page.content(), widget.frame.content(), *heard]
    assert [token for token in found for place in places if token in place] == []


@pytest.mark.promise("EMB-07")
def test_nothing_is_kept_in_the_browser(desk: Desk):
    page = desk.page(desk.house.host.page())
    widget = Widget(page).open().ask(desk.house.model.plan("kept", ["Not kept here."]))
    expect(widget.answer).to_contain_text("Not kept here.")
    assert stored(page.context) == {"cookies": [], "origins": []}
    look = "async () => [sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length]"
    assert [frame.evaluate(look) for frame in page.frames] == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.promise("EMB-07")
def test_the_widget_works_without_touching_any_storage(desk: Desk):
    widget = Widget(desk.page(desk.house.host.page(), init=script("traps"))).open()
    widget.ask(desk.house.model.plan("blocked", ["Storage is blocked."]))
    expect(widget.answer).to_contain_text("Storage is blocked.")
    assert [frame.evaluate("() => window.touched") for frame in widget.page.frames] == [[], []]


@pytest.mark.promise("EMB-07")
def test_the_widget_works_where_the_browser_blocks_third_party_storage(browser: Browser, desk: Desk, tmp_path: Path):
    profile = tmp_path / "Default"
    profile.mkdir()
    blocked = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}
    (profile / "Preferences").write_text(json.dumps(blocked))
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=find(), args=["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
    )
    desk.contexts.append(context)
    context.add_init_script(script("glass"))
    desk.watch.on(context)
    page = context.new_page()
    page.goto(desk.house.host.page())
    widget = Widget(page).open().ask(desk.house.model.plan("third", ["A guest without a cupboard."]))
    expect(widget.answer).to_contain_text("A guest without a cupboard.")
    assert widget.evaluate(SETS_A_COOKIE) is False, "the browser does not block what this test is about"


SETS_A_COOKIE = "() => { document.cookie = 'probe=1; SameSite=None; Secure'; return document.cookie.includes('probe') }"


def frames(page: Page) -> str:
    """What the host's own script sees of the frame's document."""
    return page.evaluate("""() => {
        const frame = document.querySelector("ringfence-chat").shadowRoot.querySelector("iframe");
        try { return frame.contentWindow.document.body.innerText } catch (error) { return error.name }
    }""")


@pytest.mark.promise("EMB-07")
def test_the_hosts_script_cannot_read_the_conversation(desk: Desk):
    gate = Gate()
    widget = desk.visit().open().ask(desk.house.model.plan("unread", ["Between us.", gate]))
    expect(widget.answer).to_contain_text("Between us.")
    assert frames(widget.page) == "SecurityError"
    assert "Between us." not in widget.page.content()
    gate.open()
