"""The scripts that tests run in pages, from files beside this one."""

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

_PATIENCE_S = 60


def script(name: str) -> str:
    """The script's text."""
    return (Path(__file__).parent / "js" / f"{name}.js").read_text()


def settle(place: Page | Frame) -> None:
    """Waits for what a look at a page takes for granted: a click goes on once the next page begins to arrive.

    A machine that stands still in the wrong moment else shows half of a page, or what fades in before it has.
    """
    place.evaluate(script("settled"))


def becomes(place: Page | Frame, look: str, wanted: Any) -> None:
    """Waits until a script's value is the wanted one."""
    until = time.monotonic() + _PATIENCE_S
    while (found := place.evaluate(look)) != wanted:
        assert time.monotonic() < until, found
        time.sleep(0.05)
