"""The watch that every browser test keeps sees what it must."""

import re
import shutil

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import find
from tests.browser.watch import Watch

URL = "https://watched.example/"


def seen(browser: Browser, body: str, *, policy: str = "") -> Watch:
    """What the watch has to say of a page with this body."""
    context = browser.new_context()
    watch = Watch().on(context)
    watch.hosts.add("watched.example")
    headers = {"Content-Type": "text/html", **({"Content-Security-Policy": policy} if policy else {})}
    context.route("**/*", lambda route: route.fulfill(body=f"<title>x</title>{body}", headers=headers))
    page = context.new_page()
    page.goto(URL)
    page.wait_for_load_state("networkidle")
    context.close()
    return watch


def test_a_quiet_page_gives_the_watch_nothing_to_say(browser: Browser):
    assert seen(browser, "<p>quiet</p><script>console.log('said')</script>").problems == []


@pytest.mark.parametrize(
    ("body", "policy", "problem"),
    [
        ("<script>console.error('heard')</script>", "", "console: heard"),
        ("<script>setTimeout(() => { throw new Error('thrown') })</script>", "", "page error: .*thrown"),
        ("<script>Promise.reject(new Error('left'))</script>", "", "page error: .*left"),
        ("<script>alert('raised')</script>", "", "dialog: raised"),
        ("<img src='https://stranger.example/a.png'>", "", "asked a stranger: https://stranger.example"),
        ("<link rel=preconnect href=x><script src='/own.js'></script>", "script-src 'none'", "console: .*[Pp]olicy"),
        ("<script>fetch('https://stranger.example/').catch(() => {})</script>", "", "asked a stranger"),
    ],
)
def test_the_watch_reports(browser: Browser, body: str, policy: str, problem: str):
    watch = seen(browser, body, policy=policy)
    assert any(re.search(problem, one) for one in watch.problems), watch.problems
    watch.expect(problem)
    assert not any(re.search(problem, one) for one in watch.problems)


def test_without_a_browser_the_tests_fail_and_say_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(AssertionError, match="apt-get install chromium"):
        find()
