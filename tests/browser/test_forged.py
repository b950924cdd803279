"""Messages that were forged by the host page, by its other frames, by an opener: none is obeyed."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.host import POLICY
from tests.browser.scripts import script

# What a page gets hold of that has made the element's closed root an open one, as the tests' own glass does.
FRAME = "document.querySelector('ringfence-chat').shadowRoot.querySelector('iframe').contentWindow"


def frame_url(desk: Desk) -> str:
    origin = quote(desk.house.host.origin, safe="")
    return f"{desk.house.ringfence}/embed/{desk.house.northwind.agent}?origin={origin}"


@pytest.mark.promise("EMB-07")
def test_forged_messages_from_the_host_page_change_nothing(desk: Desk):
    widget = desk.visit(desk.house.host.page(script=script("forge"))).open()
    widget.composer.fill("a draft")
    expect(widget.button("Attach files")).to_be_visible()  # what comes after the first words is there
    before = widget.evaluate("() => document.body.innerText")
    widget.page.evaluate(f"forge({FRAME})")
    widget.page.wait_for_timeout(300)
    assert widget.page.evaluate("answers") == []
    assert widget.evaluate("() => document.body.innerText") == before
    expect(widget.composer).to_have_value("a draft")
    widget.ask(desk.house.model.plan("forged", ["Still ours."]))
    expect(widget.answer).to_contain_text("Still ours.")


@pytest.mark.promise("EMB-07")
def test_a_script_that_floods_the_widget_with_connects_gets_no_second_port(desk: Desk):
    siege = script("besiege") + f"window.target = () => {FRAME};"
    widget = desk.visit(desk.house.host.page(script=siege)).open()
    widget.page.evaluate("besiege()")
    widget.ask(desk.house.model.plan("flooded", ["Dry."]))
    expect(widget.answer).to_contain_text("Dry.")
    assert widget.page.evaluate("answers") == []


@pytest.mark.promise("EMB-07")
def test_only_the_parent_itself_can_connect_to_a_frame_and_no_frame_beside_it(desk: Desk):
    host = desk.house.host
    policy = POLICY + f" http://127.0.0.1:{host.port}; frame-src {{ringfence}} http://127.0.0.1:{host.port}"
    host.page("sibling", widgets="", script=script("besiege") + "window.target = () => parent.frames[0]; besiege();")
    held = f'<iframe src="{frame_url(desk)}"></iframe><iframe src="http://127.0.0.1:{host.port}/sibling"></iframe>'
    page = desk.page(host.page("bare", widgets=held, policy=policy.replace("frame-src {ringfence};", "", 1)))
    page.wait_for_timeout(700)
    assert page.frames[2].evaluate("answers") == []
    page.evaluate(script("besiege") + "window.target = () => window.frames[0]; besiege();")
    page.wait_for_function("() => window.answers.some(answer => answer.type === 'token')")  # the parent may


@pytest.mark.promise("EMB-07")
def test_a_page_that_opens_the_frame_in_a_window_cannot_connect_to_it(desk: Desk):
    desk.watch.expect("favicon")
    host = desk.house.host
    own = (
        script("besiege") + f"const opened = window.open('{frame_url(desk)}'); window.target = () => opened; besiege();"
    )
    with (context := desk.context()).expect_page() as opened:
        page = context.new_page()
        page.goto(host.page("opener", widgets="", script=own))
    opened.value.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    assert page.evaluate("answers") == []
    assert [url for url in desk.watch.urls if "/api/v1/" in url] == []


@pytest.mark.promise("EMB-07")
def test_two_widgets_in_one_page_keep_apart(desk: Desk):
    both = desk.house.host.widget('mode="inline"') * 2
    first = desk.visit(desk.house.host.page(widgets=both))
    second = type(first)(first.page, 1)
    first.ready()
    second.ready()
    first.ask(desk.house.model.plan("one", ["To the first."]))
    expect(first.answer).to_contain_text("To the first.")
    assert second.answers.count() == 0
    second.ask(desk.house.model.plan("two", ["To the second."]))
    expect(second.answer).to_contain_text("To the second.")
    assert first.inside.get_by_text("To the second.").count() == 0
