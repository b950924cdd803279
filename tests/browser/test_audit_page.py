"""The page of an organization's log as an administrator meets it. RINGFENCE_SCREENSHOTS=dir keeps pictures of it."""

import os
import re
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.desk import Desk
from tests.browser.scripts import script, settle
from tests.browser.test_axe import violations

KEPT = os.environ.get("RINGFENCE_SCREENSHOTS")
# Colours do not move boxes: every width once, each scheme once; all of them for the pictures.
LOOKS = list(product((320, 768, 1440), ("light", "dark"))) if KEPT else [(320, "light"), (768, "dark"), (1440, "dark")]


def link(desk: Desk, org: str = "rose") -> str:
    """The address that a new link of Ada's has here."""
    ada = desk.house.northwind.user("ada", org, role="admin", name="Ada Lund", locale="en")
    made = ada.call("POST", "/audit-log/links", {})
    assert made.status == 201, made.raw
    return desk.house.ringfence + "/audit?ticket=" + made.json["url"].partition("?ticket=")[2]


def opened(desk: Desk, **options: Any) -> Page:
    """The log, for a visitor with a browser of her own."""
    desk.watch.expect("404|401")
    page = desk.context(**options).new_page()
    page.goto(link(desk))
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log of Rose")
    page.wait_for_load_state()
    return page


def sealed(page: Page) -> Page:
    """The log once everything that it shows is sealed, but for what was recorded just now."""
    for _ in range(240):
        if page.locator(".row .number").filter(has_text="#").count():
            return page
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError("nothing was sealed")


def keep(page: Page, name: str) -> None:
    if KEPT:
        page.screenshot(path=Path(KEPT) / f"{name}.png", full_page=True)


def cookies(context: BrowserContext) -> list[tuple[str | None, object, object]]:
    return [(one.get("name"), one.get("httpOnly"), one.get("sameSite")) for one in context.cookies()]


@pytest.mark.promise("AUD-05")
def test_one_click_in_the_product_on_another_site_opens_the_log(desk: Desk):
    desk.watch.expect("404|401")
    address = link(desk)
    product_page = desk.house.host.page("settings", widgets=f'<a href="{address}">Audit log</a>')
    page = desk.page(product_page)
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log of Rose")
    expect(page).to_have_url(desk.house.ringfence + "/audit")  # no ticket is left in the address or in the history
    assert cookies(page.context) == [("ringfence_audit", True, "Strict")]
    page.go_back()
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The log is not open here")
    expect(page.get_by_role("alert")).to_contain_text("used before")


@pytest.mark.promise("AUD-05")
def test_what_only_looks_ahead_uses_no_link_up_and_a_person_is_asked(desk: Desk):
    address, context = link(desk), desk.context()
    page = context.new_page()
    page.set_extra_http_headers({"Purpose": "prefetch"})
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Open the audit log?")
    assert violations(page.main_frame) == []
    assert cookies(context) == []
    page.set_extra_http_headers({})
    page.get_by_role("button", name="Open the audit log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log of Rose")
    expect(page).to_have_url(desk.house.ringfence + "/audit")


@pytest.mark.promise("AUD-05")
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_sticks_out_and_axe_finds_nothing_at_any_width(desk: Desk, width: int, scheme: str):
    page = sealed(opened(desk, viewport={"width": width, "height": 900}, color_scheme=scheme))

    def check(name: str) -> None:
        settle(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(script("overflowing")) == [], name
        assert page.evaluate(script("small")) == [], name
        assert violations(page.main_frame) == [], name
        keep(page, f"audit-{name}-{width}-{scheme}")

    page.evaluate("() => document.querySelectorAll('.row details').forEach((one, at) => { one.open = at < 2 })")
    page.locator(".filter summary").click()
    check("log")
    page.goto(desk.house.ringfence + "/audit?actor=nobody&lang=da&outcome=refused")
    check("fault")
    page.goto(desk.house.ringfence + "/audit?action=approval.*&outcome=failure")
    check("empty")
    page.get_by_role("button", name="Verify this log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Every entry is as it was sealed")
    check("verified")
    page.get_by_role("button", name="Close this log").click()
    check("closed")


@pytest.mark.promise("AUD-05")
def test_everything_works_without_a_script(desk: Desk):
    page = sealed(opened(desk, java_script_enabled=False))
    page.get_by_role("navigation", name="What happened").get_by_role("link", name="This log").click()
    expect(page.get_by_role("status")).to_contain_text("This log")
    row = page.locator(".row").first
    row.locator("summary").click()
    expect(row.get_by_text("audit.page_opened")).to_be_visible()
    page.locator(".filter summary").click()
    page.get_by_label("Outcome").select_option("Refused")
    page.get_by_label("From (UTC)").fill("2020-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("outcome=refused"))
    expect(page).to_have_url(re.compile("from=2020-01-01"))
    page.goto(desk.house.ringfence + "/audit")
    page.get_by_role("button", name="Verify this log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Every entry is as it was sealed")
    expect(page.get_by_role("heading", name="What only you can check")).to_be_visible()
    page.get_by_role("link", name="Dansk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Revisionslog for Rose")


@pytest.mark.promise("AUD-05")
def test_what_is_downloaded_carries_a_name_and_the_page_stays(desk: Desk):
    page = sealed(opened(desk))
    for name, file in (("Verifiable export", ".jsonl"), ("Signed checkpoint", "checkpoint.txt"), ("CSV", ".csv")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        assert download.value.suggested_filename.endswith(file)
        assert Path(download.value.path()).stat().st_size > 0
    page.locator(".row", has_text="#").first.locator("summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download receipt").click()
    assert Path(download.value.path()).read_text().startswith("c2sp.org/tlog-proof@v1\n")


@pytest.mark.promise("AUD-05")
def test_the_page_is_walked_by_keyboard_from_the_skip_link_on(desk: Desk):
    page = opened(desk)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _ in range(240):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('.row summary')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".row details[open]")).to_have_count(1)
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth") == "2px"
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.more') !== null")


@pytest.mark.promise("AUD-05")
def test_headings_and_times_are_named_and_text_of_twice_the_size_fits(desk: Desk):
    page = opened(desk, viewport={"width": 1280, "height": 900})
    levels = page.evaluate("() => [...document.querySelectorAll('h1,h2,h3')].map((one) => +one.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.evaluate("() => [...document.querySelectorAll('.row time')].every((one) => one.dateTime.endsWith('Z'))")
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 1280
    assert page.evaluate(script("overflowing")) == []


@pytest.mark.promise("AUD-05")
def test_printed_it_leaves_out_what_paper_cannot_do(desk: Desk):
    page = opened(desk, viewport={"width": 720, "height": 900}, color_scheme="dark")
    page.emulate_media(media="print")
    expect(page.locator(".filter")).to_be_hidden()
    expect(page.get_by_role("button", name="Verify this log")).to_be_hidden()
    expect(page.locator(".row").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 720
    assert page.pdf(format="A4").startswith(b"%PDF")
