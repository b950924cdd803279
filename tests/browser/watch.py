"""Sees what a page does that nobody asked for: errors, refused content, dialogs, navigations, requests to strangers."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request, Response, WebError

_OURS = frozenset({"127.0.0.1", "localhost"})
_REFUSED = re.compile(r"Content.Security.Policy|Refused to|TrustedHTML|TrustedScript", re.IGNORECASE)


@dataclass
class Watch:
    """What happened in all pages of a context; `problems` is empty after a good test."""

    urls: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=lambda: set(_OURS))

    def on(self, context: BrowserContext) -> "Watch":
        """Begins to look."""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("dialog", self._dialog)
        return self

    def expect(self, pattern: str) -> None:
        """Lets what matches pass: the test provokes it."""
        self.expected.append(pattern)

    @property
    def problems(self) -> list[str]:
        """What nobody expected, in words."""
        found = [
            *(f"asked a stranger: {url}" for url in self.strangers),
            *(f"console: {text}" for text in self.console),
            *(f"page error: {text}" for text in self.errors),
            *(f"dialog: {text}" for text in self.dialogs),
        ]
        return [one for one in found if not any(re.search(pattern, one) for pattern in self.expected)]

    def _request(self, request: Request) -> None:
        self.urls.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname not in self.hosts:
            self.strangers.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or _REFUSED.search(message.text):
            self.console.append(f"{message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


def navigations(page: Page) -> list[str]:
    """Gives a list that grows by each address that the page or a frame of it goes to from now on."""
    seen: list[str] = []
    page.on("framenavigated", lambda frame: seen.append(frame.url))
    return seen


def finished(request: Request) -> Response:
    """The answer to a request that is finished."""
    response = request.response()
    assert response is not None
    return response
