"""axe finds nothing to complain of, in any state and either scheme."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, expect

from tests.browser.desk import Desk
from tests.browser.model import Call, Gate
from tests.browser.scripts import script, settle
from tests.browser.widget import Widget

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
ORDER = {"customer": "Nordlys ApS", "amount": 420, "currency": "DKK"}


def violations(frame: Frame) -> list[Any]:
    """What axe says of one document."""
    settle(frame)
    frame.evaluate(AXE.read_text())
    return frame.evaluate(script("axe"))


def clean(widget: Widget) -> None:
    assert violations(widget.frame) == []


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.mark.promise("EMB-07")
def test_axe_finds_nothing_in_a_page_with_a_closed_launcher(desk: Desk, scheme: str):
    widget = desk.visit(color_scheme=scheme)
    expect(widget.launcher).to_be_visible()
    assert violations(widget.page.main_frame) == []


@pytest.mark.promise("EMB-07")
def test_axe_finds_nothing_from_the_greeting_to_the_card(desk: Desk, scheme: str):
    widget = desk.visit(color_scheme=scheme).open()
    clean(widget)
    gate = Gate()
    words = "A [link](https://a.example), `code`.\n\n1. one\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n"
    call = Call("look_up_customer", {"name": "Nordlys"})
    widget.ask(desk.house.model.plan("axe", [call], [words, gate, Call("refund", ORDER)], ["That is settled."]))
    expect(widget.answer).to_contain_text("link")
    clean(widget)
    gate.open()
    expect(widget.card).to_be_visible()
    clean(widget)
    widget.button("Approve").click()
    expect(widget.answer).to_contain_text("That is settled.")
    clean(widget)
    widget.open_menu()
    clean(widget)


@pytest.mark.promise("EMB-07")
def test_axe_finds_nothing_in_an_error_nor_in_the_history(desk: Desk, scheme: str):
    desk.watch.expect("status of 500")
    desk.house.host.tokens.fault = "500"
    widget = desk.visit(color_scheme=scheme)
    widget.launcher.click()
    expect(widget.failure).to_be_visible()
    clean(widget)
    desk.house.host.tokens.fault = ""
    widget.failure.get_by_role("button").click()
    widget.ready().ask(desk.house.model.plan("kept", ["Kept."]))
    expect(widget.answer).to_contain_text("Kept.")
    widget.show_history()
    clean(widget)


@pytest.mark.promise("EMB-07")
def test_axe_complains_where_there_is_something_to_complain_of(desk: Desk):
    desk.watch.expect("Content Security Policy")
    page = desk.page(desk.house.host.page("bad", widgets="<button></button><img src='data:,x'>"))
    assert {one[0] for one in violations(page.main_frame)} >= {"button-name", "image-alt"}
