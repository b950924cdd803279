"""The demo's product as its first visitor meets it. RINGFENCE_SCREENSHOTS=dir keeps the README's pictures there."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk
from tests.browser.house import House
from tests.browser.widget import Widget
from tests.roots.test_demo import Demo
from tests.world_postgres import scratch_directory

KEPT = os.environ.get("RINGFENCE_SCREENSHOTS")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RINGFENCE_", "OPENAI_"))}
    with scratch_directory() as directory:
        environment = kept | {"RINGFENCE_DATA": str(directory / "data"), "RINGFENCE_PORT": "0", "DEMO_PORT": "0"}
        running = Demo(directory / "data", environment)
        running.start()
        yield running
        running.end(signal.SIGTERM)


@pytest.fixture
def house() -> None:
    """None is needed: the demo has all that there is."""


@dataclass
class Visitor:
    """Alice or Mallory in the demo's product."""

    desk: Desk
    demo: Demo

    def enter(self, name: str, **options: Any) -> Widget:
        """Logs in; gives the closed widget."""
        page = self.desk.page(self.demo.state["demo_url"], **options)
        page.get_by_role("button", name=f"Log in as {name}").click()
        expect(page.get_by_role("heading", name="Open balances")).to_be_visible()
        return Widget(page)


@pytest.fixture
def visitor(browser: Browser, house: House, desk: Desk, demo: Demo) -> Visitor:
    desk.watch.expect("favicon")
    return Visitor(desk, demo)


def keep(page: Page, name: str) -> None:
    """Takes a picture if one is wanted."""
    if KEPT:
        page.wait_for_timeout(700)  # what fades in is in by then
        page.screenshot(path=Path(KEPT) / f"{name}.png", animations="disabled")


def to_the_card(widget: Widget, late: str = "Which customers are late?", remind: str = "Remind Nordlys") -> None:
    """Asks for who is late, and for a reminder: it asks before it sends."""
    widget.ask(late)
    expect(widget.answer).to_contain_text("Havblik Hotel")
    widget.rest()
    widget.ask(remind)
    for shown in (widget.card.get_by_role("heading"), widget.card.get_by_role("button").first):
        expect(shown).to_be_in_viewport(ratio=1)  # nobody agrees to what they do not see


@pytest.mark.promise("EMB-07", "AIS-04", "OPS-01")
def test_the_assistant_in_the_demos_product_looks_up_drafts_asks_and_acts(visitor: Visitor):
    widget = visitor.enter("Alice").open()
    keep(widget.page, "greeting")
    to_the_card(widget)
    keep(widget.page, "approval")
    widget.button("Approve").click()
    expect(widget.answer).to_contain_text("Done: the reminder went to mette@nordlys.example")
    expect(widget.page.locator("#activity")).to_contain_text("Reminder about 4,200 DKK sent to Nordlys ApS")


@pytest.mark.promise("EMB-07", "TEN-05")
def test_mallory_in_the_same_product_sees_her_own_customers_alone(visitor: Visitor):
    widget = visitor.enter("Mallory").open().ask("Which customers are late?")
    expect(widget.answer).to_contain_text("Bramble Foods")
    assert "Nordlys" not in widget.frame.content()


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    ("name", "options", "locale"),
    [
        ("dark", {"color_scheme": "dark"}, ""),
        ("phone", {"viewport": {"width": 320, "height": 640}, "device_scale_factor": 2}, ""),
        ("danish", {"locale": "da-DK"}, "da"),
    ],
    ids=["dark", "320 px", "Danish"],
)
def test_the_demos_product_shows_the_card_in(visitor: Visitor, name: str, options: dict[str, Any], locale: str):
    widget = visitor.enter("Alice", **options)
    if locale:
        widget.element.evaluate("(element, locale) => element.setAttribute('locale', locale)", locale)
    widget.open().new_conversation()
    if locale:
        to_the_card(widget, "Hvilke kunder er bagud?", "Ryk Nordlys")
    else:
        to_the_card(widget)
    keep(widget.page, name)
    widget.button("Afvis" if locale else "Decline").click()
    widget.rest()


@pytest.mark.promise("AUD-05", "OPS-01")
def test_ada_opens_her_organizations_log_from_the_product_and_verifies_it(visitor: Visitor):
    product = visitor.enter("Ada").page
    with product.expect_popup() as popup:
        product.get_by_role("link", name="Audit log").click()
    log = popup.value
    expect(log.get_by_role("heading", level=1)).to_have_text("Audit log of Rose")
    expect(log.locator(".row", has_text="Logged in through the product").first).to_be_visible()
    log.get_by_role("button", name="Verify this log").click()
    expect(log.get_by_role("heading", level=1)).to_have_text("Every entry is as it was sealed")
    others = visitor.enter("Alice").page
    expect(others.get_by_role("link", name="Audit log")).to_have_count(0)
