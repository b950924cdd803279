"""Who may hold the frame: the partner's origins and nobody else, whatever the frame's address claims."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.host import POLICY
from tests.browser.widget import Widget

CAN = "script, form, input, textarea, button, a[href], [onclick]"


def frame_url(desk: Desk, origin: str) -> str:
    return f"{desk.house.ringfence}/embed/{desk.house.northwind.agent}?origin={quote(origin, safe='')}"


def api_calls(desk: Desk) -> list[str]:
    return [url for url in desk.watch.urls if "/api/v1/" in url]


@pytest.mark.promise("EMB-07")
def test_a_refused_origin_sees_its_own_name_and_the_mend_and_nothing_that_works(desk: Desk):
    desk.watch.expect("status of 403")
    stranger = f"http://127.0.0.1:{desk.house.host.port}"
    desk.house.host.page(widgets=desk.house.host.widget('mode="inline"'))
    widget = Widget(desk.page(f"{stranger}/index"))
    expect(widget.inside.get_by_text(stranger).first).to_be_visible()
    expect(widget.inside.get_by_text("allowed_origins")).to_be_visible()
    assert widget.inside.locator(CAN).count() == 0
    assert api_calls(desk) == []


@pytest.mark.promise("EMB-07")
def test_the_browser_itself_refuses_a_frame_whose_address_lies_about_its_parent(desk: Desk):
    host = desk.house.host
    host.page("liar", widgets=f'<iframe id="lie" src="{frame_url(desk, host.origin)}"></iframe>')
    desk.watch.expect("frame-ancestors")
    page = desk.page(f"http://127.0.0.1:{host.port}/liar")
    page.wait_for_load_state("networkidle")
    frame = page.frames[1]
    assert frame.url.startswith("chrome-error:"), frame.content()
    assert api_calls(desk) == []


@pytest.mark.promise("EMB-07")
def test_the_frame_by_itself_does_nothing(desk: Desk):
    desk.watch.expect("favicon")
    page = desk.page(frame_url(desk, desk.house.host.origin))
    page.wait_for_load_state("networkidle")
    page.evaluate("window.postMessage({ringfence: 1, type: 'connect'}, '*', [new MessageChannel().port1])")
    page.wait_for_timeout(300)
    assert page.get_by_role("textbox").count() == 0
    assert api_calls(desk) == []


@pytest.mark.promise("EMB-07")
def test_an_unknown_agent_is_told_in_general_words(desk: Desk):
    desk.watch.expect("404")
    agent = "0190d7c8-0000-7000-8000-000000000000"
    url = desk.house.host.page(widgets=desk.house.host.widget('mode="inline"', agent=agent))
    widget = Widget(desk.page(url))
    expect(widget.inside.get_by_text("There is no assistant to show here.")).to_be_visible()
    assert widget.inside.locator(CAN).count() == 0


@pytest.mark.promise("EMB-07")
def test_a_preview_domain_under_a_wildcard_works(desk: Desk):
    house = desk.house
    preview = "https://pr-7.preview.northwind.example"
    desk.watch.hosts.add("pr-7.preview.northwind.example")
    context = desk.context()
    html = house.host.pages[f"/{house.host.page().rpartition('/')[2]}"][1]
    policy = {"Content-Type": "text/html", "Content-Security-Policy": POLICY.format(ringfence=house.ringfence)}
    context.route(f"{preview}/**", lambda route: route.fulfill(body=html, headers=policy))
    context.route(f"{preview}/css/*", lambda route: route.fulfill(body="", headers={"Content-Type": "text/css"}))
    context.route(f"{preview}/agent-token", lambda route: route.fulfill(json={"token": house.host.token()}))
    page = context.new_page()
    page.goto(f"{preview}/")
    widget = Widget(page).open().ask(house.model.plan("preview", ["From a preview."]))
    expect(widget.answer).to_contain_text("From a preview.")
