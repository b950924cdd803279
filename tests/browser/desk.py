"""A desk with a browser on it: opens pages, each in a context of its own, and looks over all of them."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from tests.browser.house import House
from tests.browser.scripts import script
from tests.browser.watch import Watch
from tests.browser.widget import Widget

_PATIENCE_MS = 60_000
expect.set_options(timeout=_PATIENCE_MS)


@dataclass
class Desk:
    """What a test works with; at its end nothing may have happened that it did not expect."""

    browser: Browser
    house: House
    watch: Watch = field(default_factory=Watch)
    contexts: list[BrowserContext] = field(default_factory=list)

    def context(self, **options: Any) -> BrowserContext:
        """Another visitor's browser profile, under the watch."""
        settings: dict[str, Any] = {"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options}
        context = self.browser.new_context(**settings)
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(script("glass"))
        self.contexts.append(context)
        self.watch.on(context)
        return context

    def page(self, url: str, *, init: str = "", **options: Any) -> Page:
        """A page of a new visitor; `init` runs in each of its frames before anything else."""
        context = self.context(**options)
        if init:
            context.add_init_script(init)
        page = context.new_page()
        page.goto(url)
        return page

    def visit(self, url: str = "", **options: Any) -> Widget:
        """The widget in a page of a new visitor: by default a bubble, closed."""
        return Widget(self.page(url or self.house.host.page(), **options))

    def close(self) -> None:
        """Closes all contexts."""
        for context in self.contexts:
            context.close()


def stored(context: BrowserContext) -> StorageState:
    """Cookies, local storage and databases of every origin in a context."""
    return context.storage_state(indexed_db=True)
