"""Files in the widget: chosen, dropped or pasted, seen on their way, sent with a message, cited under its answer."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desk import Desk
from tests.browser.model import Call
from tests.browser.scripts import becomes, script
from tests.browser.test_axe import clean
from tests.browser.test_keyboard import press_until
from tests.browser.widget import Chosen, Widget

TERMS = Chosen("Handbook 2026.md", b"# Terms\n\nCustomers pay within thirty days.\n", "text/markdown")
LIES = Chosen("lies.pdf", b"MZ this is a program", "application/pdf")
LARGE = Chosen("large.txt", b"All work and no play. " * 100_000, "text/plain")
REFUSED = "status of 422"


def marks(desk: Desk) -> list[str]:
    """What stands for the first passage of each of the person's files, newest first."""
    files = desk.house.user().call("GET", "/files").json["items"]
    return [f"[{file['id'][-8:]}:1]" for file in files]


def none_is_left(desk: Desk) -> None:
    """What was taken away is gone from the server, too."""
    until = time.monotonic() + 60
    while desk.house.user().call("GET", "/files").json["items"]:
        assert time.monotonic() < until, "what was taken away is still there"
        time.sleep(0.05)


def answered(desk: Desk, widget: Widget) -> Widget:
    """Asks about a file; the answer cites it."""
    widget.attach(TERMS)
    expect(widget.ready_chips).to_have_count(1)
    files = desk.house.user().call("GET", "/files").json["items"]
    turns = (
        [Call("read_file", {"file_id": files[0]["id"]})],
        [f"Within thirty days {marks(desk)[0]}. Not [deadbeef:1]."],
    )
    return widget.ask(desk.house.model.plan("terms", *turns))


@pytest.mark.promise("AGT-07", "EMB-07")
def test_a_file_goes_with_a_message_and_the_answer_names_its_source(desk: Desk):
    widget = answered(desk, desk.visit().open())
    expect(widget.chips).to_have_count(0)
    expect(widget.answer).to_have_text(re.compile(r"^Within thirty days\s¹\. Not \[deadbeef:1\]\.$"))
    expect(widget.sources).to_have_text(re.compile(r"^1\s*Handbook 2026\.md, lines 1-3$"))
    expect(widget.sent_files).to_contain_text("Handbook 2026.md")
    for button in (widget.sources, widget.sent_files):
        with widget.page.expect_download() as download:
            button.click()
        assert download.value.suggested_filename == TERMS.name
        assert Path(download.value.path()).read_bytes() == TERMS.content
    clean(widget)
    widget.new_conversation()
    widget.open_latest()
    expect(widget.sources).to_have_count(1)
    expect(widget.sent_files).to_have_count(1)
    expect(widget.answer).to_have_text(re.compile(r"days\s¹\."))


@pytest.mark.promise("AGT-07", "EMB-07")
def test_a_large_file_shows_its_way_and_goes_on_after_a_cut(desk: Desk):
    desk.watch.expect("net::ERR_FAILED")
    widget = desk.visit().open()
    pieces: list[int] = []

    def piece(route: Route) -> None:
        pieces.append(len(route.request.post_data_buffer or b""))
        if route.request.method == "PATCH" and len(pieces) == 2:  # the second one is lost
            shown = widget.inside.get_by_role("progressbar")
            expect(shown).to_have_attribute("aria-valuenow", "23")  # half a megabyte of 2.2
            return route.abort()
        return route.continue_()

    widget.page.route("**/api/v1/files/uploads/*", piece)
    widget.attach(LARGE)
    expect(widget.button("Send")).to_be_disabled()
    widget.composer.fill("half a question")
    expect(widget.ready_chips).to_contain_text("2.2 MB")
    assert len(pieces) > 3
    expect(widget.button("Send")).to_be_enabled()
    expect(widget.composer).to_have_value("half a question")
    (stored,) = desk.house.user().call("GET", "/files").json["items"]
    assert (stored["size_bytes"], stored["status"]) == (len(LARGE.content), "ready")


@pytest.mark.promise("AGT-07", "EMB-07")
@pytest.mark.parametrize(("locale", "why"), [("en", "The content is not what"), ("da", "Indholdet er ikke det")])
def test_a_file_that_lies_says_why_and_is_removed_before_anything_is_sent(desk: Desk, locale: str, why: str):
    desk.watch.expect(REFUSED)
    desk.house.host.tokens.claims = {"locale": locale}
    widget = desk.visit(
        viewport={"width": 320, "height": 640}, color_scheme="dark" if locale == "da" else "light"
    ).open()
    widget.evaluate(script("listen"))
    widget.attach(LIES, Chosen("run.exe", b"MZ"), TERMS)
    expect(widget.chips.filter(has_text=why)).to_have_count(1)
    expect(widget.ready_chips).to_have_count(1)
    becomes(widget.frame, f"() => spoken.join(' ').split('lies.pdf: {why}').length", 2)
    widget.composer.fill("hello")
    widget.composer.press("Enter")
    expect(widget.asked).to_have_count(0)
    clean(widget)
    assert widget.evaluate(script("overflowing")) == []
    for _ in range(2):
        widget.inside.locator(".chip.failed .chip-remove").first.click()
    expect(widget.button("Send")).to_be_enabled()


@pytest.mark.promise("AGT-07", "EMB-07")
def test_by_drop_and_by_paste_and_taken_away_by_keyboard_alone(desk: Desk):
    widget = desk.visit().open()
    for how, name in (("drop", "dropped.txt"), ("paste", "pasted.txt")):
        widget.composer.focus()
        widget.evaluate(script("handed"), [how, name, "words"])
        expect(widget.chips.filter(has_text=name)).to_have_count(1)
    expect(widget.ready_chips).to_have_count(2)
    expect(widget.inside.locator(".drop")).to_have_count(0)
    press_until(widget, "Remove pasted.txt", key="Shift+Tab")
    widget.page.keyboard.press("Delete")
    expect(widget.chips).to_have_count(1)
    expect(widget.button("Remove dropped.txt")).to_be_focused()
    widget.page.keyboard.press("Escape")
    expect(widget.composer).to_be_focused()
    press_until(widget, "Remove dropped.txt", key="Shift+Tab")
    widget.page.keyboard.press("Enter")
    expect(widget.chips).to_have_count(0)
    expect(widget.composer).to_be_focused()
    press_until(widget, "Attach files", key="Shift+Tab")
    none_is_left(desk)


@pytest.mark.promise("AGT-07", "EMB-07")
def test_an_upload_is_stopped_by_whoever_began_it(desk: Desk):
    widget = desk.visit().open()
    widget.page.route("**/api/v1/files/uploads/*", lambda _: None)  # no piece ever arrives
    widget.attach(LARGE)
    expect(widget.inside.get_by_role("progressbar")).to_be_visible()
    widget.button("Remove large.txt").click()
    expect(widget.chips).to_have_count(0)
    expect(widget.composer).to_be_focused()
    none_is_left(desk)


@pytest.mark.promise("EMB-07")
def test_a_page_that_wants_no_files_has_no_way_to_send_one(desk: Desk):
    url = desk.house.host.page(widgets=desk.house.host.widget('files="off"'))
    widget = desk.visit(url).open()
    widget.open_menu()  # the part that brings the button is there
    expect(widget.button("Attach files")).to_have_count(0)
    widget.composer.focus()
    widget.evaluate(script("handed"), ["paste", "a.txt", "words"])
    expect(widget.chips).to_have_count(0)
