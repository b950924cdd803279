"""The Trust Center as people meet it. RINGFENCE_SCREENSHOTS=dir keeps pictures of it there."""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.house import House
from tests.browser.scripts import script, settle
from tests.browser.test_axe import violations

KEPT = os.environ.get("RINGFENCE_SCREENSHOTS")
PAGES = ("/trust", "/trust/TEN-01", "/trust/ORG-01", "/trust/disclosure", "/trust/integrators", "/trust/TEN-99")
# Colours do not move boxes: every width once, each scheme once; all of them for the pictures.
LOOKS = list(product((320, 768, 1440), ("light", "dark"))) if KEPT else [(320, "light"), (768, "dark"), (1440, "dark")]
STATEMENTS = """\
[[statement]]
promise = "ORG-01"
statement = "Everybody with access to production took this year's training."
owner = "Head of People"
signed = 2026-01-01
expires = 2099-01-01
evidence = "https://operator.example/training.pdf"

[[exception]]
promise = "TEN-09"
reason = "One model provider works outside the allowed regions for organizations that opted in."
accepted_by = "CISO"
until = 2099-01-01
"""


@pytest.fixture(scope="module", autouse=True)
def _signed(shared_house: House) -> Iterator[None]:
    """A statement and an exception, so that the page has one of each."""
    file = shared_house.server.data / "statements.toml"
    file.write_text(STATEMENTS)
    yield
    file.unlink()


def visit(desk: Desk, path: str = "/trust", **options: Any) -> Page:
    desk.watch.expect("404")
    return desk.page(desk.house.ringfence + path, **options)


def keep(page: Page, name: str) -> None:
    if KEPT:
        page.screenshot(path=Path(KEPT) / f"{name}.png")


@pytest.mark.promise("TRU-01")
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_sticks_out_and_axe_finds_nothing_at_any_width(desk: Desk, width: int, scheme: str):
    for path in PAGES:
        page = visit(desk, path, viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.evaluate("() => document.querySelectorAll('details').forEach((one, at) => { one.open = at % 5 === 0 })")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, path
        settle(page)
        assert page.evaluate(script("overflowing")) == [], path
        assert page.evaluate(script("small")) == [], path
        if width != 768:  # which has the colours of the one and the boxes of the other
            assert violations(page.main_frame) == [], path
        keep(page, f"trust{path.removeprefix('/trust').replace('/', '-')}-{width}-{scheme}")
        page.close()


@pytest.mark.promise("TRU-01")
def test_text_of_twice_the_size_fits(desk: Desk):
    for path in PAGES[:3]:
        page = visit(desk, path, viewport={"width": 1280, "height": 900})
        page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 1280, path
        assert page.evaluate(script("overflowing")) == [], path


@pytest.mark.promise("TRU-01")
def test_filters_and_evidence_work_without_a_script(desk: Desk):
    page = visit(desk, java_script_enabled=False)
    rows = page.locator(".row")
    everything = rows.count()
    # A click goes on once the next page has begun to arrive: what it shows is waited for, never counted at once.
    page.get_by_role("navigation", name="Filter by framework").get_by_role("link", name="HIPAA").click()
    status = page.get_by_role("status")
    expect(status).to_contain_text(f"of {everything} controls that answer HIPAA")
    shown = int(status.inner_text().split(" of ")[0].split()[-1])
    assert 0 < shown < everything
    expect(rows).to_have_count(shown)
    page.get_by_role("link", name="Show all").click()
    expect(rows).to_have_count(everything)
    row = page.locator("#TEN-02")
    row.locator("summary").click()
    expect(row.get_by_text("Kept by")).to_be_visible()
    row.get_by_role("link", name="All about TEN-02").click()
    expect(page).to_have_title("TEN-02 · Trust Center · ringfence.test")


@pytest.mark.promise("TRU-01")
def test_the_page_is_walked_by_keyboard_from_the_skip_link_on(desk: Desk):
    page = visit(desk)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('summary')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("details[open]")).to_have_count(1)
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "2px"


@pytest.mark.promise("TRU-01")
def test_its_headings_and_tables_are_named_and_in_order(desk: Desk):
    page = visit(desk)
    assert page.locator("h1").count() == 1
    assert page.evaluate("() => document.documentElement.lang") == "en"
    assert page.evaluate("() => [...document.querySelectorAll('table')].every((one) => one.caption.textContent.trim())")
    expect(page.get_by_role("table", name="People's controls")).to_be_visible()


@pytest.mark.promise("TRU-01")
def test_printed_it_leaves_out_what_paper_cannot_do(desk: Desk):
    page = visit(desk, viewport={"width": 720, "height": 900}, color_scheme="dark")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Filter by state")).to_be_hidden()
    expect(page.locator("#TEN-01 .wording")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 720
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    if KEPT:
        (Path(KEPT) / "trust.pdf").write_bytes(printed)


@pytest.mark.promise("TRU-01")
def test_its_fonts_are_our_own(desk: Desk):
    page = visit(desk)
    assert page.evaluate("async () => (await document.fonts.ready, document.fonts.check('16px \"Inter Variable\"'))")
    fonts = [url for url in desk.watch.urls if url.endswith(".woff2")]
    assert fonts
    assert all(url.startswith(f"{desk.house.ringfence}/embed/assets/") for url in fonts)
