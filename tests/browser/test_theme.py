"""A host's theme gives the widget its colours, and cannot take away what a person must be able to see."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.model import Gate
from tests.browser.scripts import becomes, script, settle
from tests.browser.widget import Widget

THEMES = {
    "white on white": "--rf-ink: #fff; --rf-paper: #fff; --rf-accent: #fff",
    "black on black": "--rf-ink: #000; --rf-paper: #000; --rf-accent: #000",
    "transparent": "--rf-ink: transparent; --rf-paper: transparent; --rf-accent: rgb(0 0 0 / 0)",
    "almost the same": "--rf-ink: #777; --rf-paper: #787878; --rf-accent: #797979",
    "huge radius": "--rf-radius: 5000px",
    "negative radius": "--rf-radius: -50px",
    "font from elsewhere": '--rf-font: url("https://stranger.example/f"), "x"; --rf-paper: url(https://stranger.example/p)',
    "font of no size": "--rf-font: 0/0 a",
    "braces": "--rf-ink: {display: none}; --rf-font: {all: unset}",
    "nonsense": "--rf-ink: expression(alert(1)); --rf-paper: var(--nothing); --rf-radius: calc(1px * 1e9)",
    "colour of another kind": "--rf-ink: oklch(0.99 0 0); --rf-paper: color(display-p3 1 1 1)",
    "a host that hides it": "color: transparent; font-size: 0; line-height: 0; letter-spacing: -9em",
}


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    ("theme", "scheme"),
    [(name, "light") for name in THEMES] + [(name, "dark") for name in ("white on white", "transparent")],
)
def test_no_theme_hides_that_an_ai_answers(desk: Desk, theme: str, scheme: str):
    url = desk.house.host.page(css=f"ringfence-chat {{ {THEMES[theme]} }}")
    widget = desk.visit(url, color_scheme=scheme).open()
    expect(widget.disclosure).to_be_visible()
    settle(widget.frame)
    seen = widget.disclosure.evaluate(script("seen"))
    assert seen["contrast"] >= 4.5, seen
    assert seen["opacity"] == 1, seen
    assert seen["size"] >= 11, seen
    assert seen["width"] >= 40, seen
    assert seen["height"] >= 10, seen
    assert seen["isOnTop"], seen
    expect(widget.composer).to_be_editable()


@pytest.mark.promise("EMB-07")
def test_a_theme_colours_the_widget_and_may_change_while_it_is_open(desk: Desk):
    url = desk.house.host.page(css="ringfence-chat { --rf-paper: #fdf6e3; --rf-accent: #7a1fa2 }")
    widget = desk.visit(url, color_scheme="light").open()
    paper = "() => getComputedStyle(document.body).backgroundColor"
    becomes(widget.frame, paper, "rgb(253, 246, 227)")
    widget.page.evaluate("document.querySelector('ringfence-chat').style.setProperty('--rf-paper', '#ffeeee')")
    becomes(widget.frame, paper, "rgb(255, 238, 238)")


@pytest.mark.promise("EMB-07")
def test_nothing_shifts_while_an_answer_streams_and_nothing_in_the_host_page_at_all(desk: Desk):
    context = desk.context()
    context.add_init_script(script("shifts"))
    page = context.new_page()
    page.goto(desk.house.host.page())
    gate = Gate()
    words = [f"word{at} " + ("\n\n" if at % 25 == 24 else "") for at in range(200)]
    widget = Widget(page).open()
    widget.ask(desk.house.model.plan("shift", ["Before. ", gate, *words, "\n\n- a\n- b\n\n```\ncode\n```\n\nEnd."]))
    expect(widget.answer).to_contain_text("Before.")
    settle(widget.frame)
    page.wait_for_timeout(800)
    begun = len(widget.evaluate("shifts"))
    gate.open()
    expect(widget.answer).to_contain_text("End.")
    page.wait_for_timeout(300)
    assert widget.evaluate("shifts")[begun:] == []
    assert page.evaluate("shifts") == []
