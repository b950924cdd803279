"""Finds the Chromium of this machine and starts it; nothing is downloaded, and without one the tests fail."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# The pages of these tests are public names that are served from this machine, which Chromium would ask a person about.
_ALWAYS = ("--disable-features=LocalNetworkAccessChecks", "--force-color-profile=srgb")


def find() -> str:
    """The path of a Chromium; AssertionError with the mend where there is none."""
    named = os.environ.get("CHROMIUM")
    found = [path for name in ([named] if named else _NAMES) if (path := shutil.which(name))]
    if not found:
        looked = named or ", ".join(_NAMES)
        raise AssertionError(f"no browser ({looked}): apt-get install chromium, or name one by CHROMIUM=/path")
    return found[0]


@contextmanager
def launched(arguments: Sequence[str] = ()) -> Iterator[Browser]:
    """A running browser, ended with the block."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find(), args=[*_ALWAYS, *sandbox, *arguments], chromium_sandbox=not sandbox
        )
        try:
            yield browser
        finally:
            browser.close()
