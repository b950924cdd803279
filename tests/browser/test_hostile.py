"""Whatever a model says is text: nothing in an answer runs, loads, leads away or hides."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.watch import navigations
from tests.browser.widget import Widget

BAIT = "https://stranger.example"
ACTIVE = {
    "script": "<script>alert(1)</script><script src=https://stranger.example/a.js></script>",
    "handlers": "<img src=x onerror=alert(1)><svg/onload=alert(1)><details open ontoggle=alert(1)>",
    "frame": f"<iframe src={BAIT}></iframe><object data={BAIT}></object><embed src={BAIT}>",
    "form": f"<form action={BAIT}><input name=q autofocus onfocus=alert(1)><button>Log in</button></form>",
    "style": f"<style>@import url({BAIT}); * {{ display: none }}</style><link rel=stylesheet href={BAIT}>",
    "meta": f'<meta http-equiv=refresh content="0;url={BAIT}"><base href={BAIT}>',
    "image": f"![a]({BAIT}/a.png) ![b][ref]\n\n[ref]: {BAIT}/b.png",
    "badge": f"[![build]({BAIT}/c.svg)](javascript:alert(1))",
    "fence": "```html\n<script>alert(1)</script>\n``` \n\n````\n```\n<img src=x onerror=alert(2)>",
    "table": "| a |\n|---|\n| <img src=x onerror=alert(1)> [x](javascript:alert(1)) |",
    "unclosed": "**bold _it `code [link](http://a.example ```js\n<b onclick=alert(1)",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt; &#x3C;img src=x onerror=alert(1)&#x3E;",
}
LINKS = [
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a]( javascript:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](java&#x0A;script:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](<javascript:alert(1)>)",
    "[a](vbscript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](blob:http://127.0.0.1/x)",
    "[a](file:///etc/passwd)",
    "[a](//stranger.example/x)",
    "[a](\\\\stranger.example)",
    "[a](https://good.example@stranger.example/)",
    "[a][x]\n\n[x]: javascript:alert(1)",
    "[javascript:alert(1)]\n\n[javascript:alert(1)]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "javascript:alert(1)",
    "![a](javascript:alert(1))",
]
FOREIGN = "script, iframe, object, embed, form, input, style, link, meta, base, img[src^=http], audio, video"


def told(desk: Desk, text: str) -> Widget:
    """A widget in which the model has said the text, and then, in another run, that it is done."""
    widget = desk.visit().open().ask(desk.house.model.plan("hostile", [text]))
    expect(widget.answer).to_be_visible()
    widget.rest()
    widget.ask(desk.house.model.plan("done", ["All quiet."]))
    expect(widget.answer).to_contain_text("All quiet.")
    return widget


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize("text", ACTIVE.values(), ids=ACTIVE)
def test_an_answer_that_carries_markup_is_shown_as_text(desk: Desk, text: str):
    widget = desk.visit().open()
    gone = navigations(widget.page)
    widget.ask(desk.house.model.plan("hostile", [*text, "\n\nAll quiet."]))
    expect(widget.answer).to_contain_text("All quiet.")
    assert widget.answer.locator(FOREIGN).count() == 0
    assert widget.evaluate("() => [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
                           ".filter(name => name.startsWith('on'))") == []  # fmt: skip
    assert gone == []


@pytest.mark.promise("EMB-07")
def test_no_disguise_makes_a_link_of_a_script(desk: Desk):
    text = "\n\n".join(LINKS) + "\n\n[good](https://good.example/a?b=c)\n\nAll quiet."
    widget = desk.visit().open().ask(desk.house.model.plan("links", [text]))
    expect(widget.answer).to_contain_text("All quiet.")
    links = widget.answer.locator("a[href]")
    expect(links).to_have_count(1)  # what reads Markdown may come after the words
    hrefs = [link.get_attribute("href") or "" for link in links.all()]
    assert hrefs == ["https://good.example/a?b=c"]
    assert (links.first.get_attribute("rel") or "").split() == ["noopener", "noreferrer", "nofollow"] or {
        "noopener",
        "noreferrer",
    } <= set((links.first.get_attribute("rel") or "").split())
    assert links.first.get_attribute("target") == "_blank"


@pytest.mark.promise("EMB-07")
def test_a_link_shows_its_host_whatever_its_words_claim(desk: Desk):
    text = "[https://bank.example](https://stranger.example/log-in) and [click](https://elsewhere.example)."
    widget = desk.visit().open().ask(desk.house.model.plan("hosts", [text]))
    expect(widget.answer).to_contain_text("stranger.example")
    expect(widget.answer).to_contain_text("elsewhere.example")


@pytest.mark.promise("EMB-07")
def test_bidi_overrides_do_not_reorder_what_is_read(desk: Desk):
    widget = desk.visit().open().ask(desk.house.model.plan("bidi", ["pay \u202e001\u202c kr \u2066x\u2069 done"]))
    expect(widget.answer).to_contain_text("done")
    assert not set(widget.answer.inner_text()) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.promise("EMB-07")
@pytest.mark.parametrize(
    "pieces",
    [
        ["x" * 100_000] * 10,
        ["".join(f"- item {at}\n" for at in range(start, start + 500)) for start in range(0, 10_000, 500)],
        ["> " * 2_000 + "deep"],
        ["*a **b _c `d [e](" * 3_000],
    ],
    ids=["a line of 1 MB", "10,000 list items", "2,000 quotes deep", "50,000 openers"],
)
def test_the_page_stays_usable_under_a_huge_answer(desk: Desk, pieces: list[str]):
    widget = desk.visit().open().ask(desk.house.model.plan("huge", pieces))
    expect(widget.answer).to_be_visible()
    widget.rest()
    assert widget.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    widget.ask(desk.house.model.plan("done", ["All quiet."]))
    expect(widget.answer).to_contain_text("All quiet.")
