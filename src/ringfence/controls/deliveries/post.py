"""Who carries a message out of the house: files on this machine, or the operator's mail server. Keeps HOK-02.

Proved in tests/controls/test_mail.py.
"""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, final
from uuid import UUID

from ringfence.base import clock, mail
from ringfence.base.mail import BadMailServer, MailServer
from ringfence.controls.deliveries.letter import BadLetter, Letter, require_address

_KEPT_SECONDS = 30 * 24 * 3600.0
_NOBODY = "alerts@ringfence.invalid"
_OURSELVES = "ringfence@ringfence.invalid"


class Undelivered(Exception):  # noqa: N818 - what it names is the letter
    """A message did not go; `code` is ours, `is_final` where another try would change nothing."""

    def __init__(self, code: str, *, is_final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final


class Post(Protocol):
    """Takes a message, or raises Undelivered. A repeat of one that was taken does no harm."""

    async def deliver(self, delivery_id: UUID, letter: Letter) -> None:
        """Carries it out."""
        ...


@dataclass(frozen=True, slots=True)
class MailSettings:
    """As the operator set them: the server's URL (None: files), who we are, and who is alerted."""

    smtp_url: str | None = None
    sender: str | None = None
    alerts_to: str | None = None


@final
class FilePost:
    """Writes `<id>.eml`, readable by its owner alone: for development, or for a mail system that collects them."""

    def __init__(self, directory: Path, *, sender: str = _OURSELVES, alerts_to: str = _NOBODY) -> None:
        self._directory = directory
        self._sender = sender
        self._alerts_to = alerts_to

    async def deliver(self, delivery_id: UUID, letter: Letter) -> None:
        """Writes one whole file; a repeat writes the same file again."""
        raw = letter.mime(delivery_id, sender=self._sender, to=letter.to or self._alerts_to)
        try:
            await asyncio.to_thread(self._write, f"{delivery_id}.eml", raw)
        except OSError as failure:
            raise Undelivered("disk") from failure

    def _write(self, name: str, raw: bytes) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._directory / f".{name}"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        part.replace(self._directory / name)
        self._forget_old()

    def _forget_old(self) -> None:
        oldest = clock.now().timestamp() - _KEPT_SECONDS
        for path in self._directory.glob("*.eml"):
            with suppress(FileNotFoundError):  # Another process was quicker.
                if path.stat().st_mtime < oldest:
                    path.unlink()


@final
class SmtpPost:
    """Gives each message to the operator's mail server."""

    def __init__(self, server: MailServer, *, sender: str, alerts_to: str) -> None:
        self._server = server
        self._sender = sender
        self._alerts_to = alerts_to

    async def deliver(self, delivery_id: UUID, letter: Letter) -> None:
        """One connection for one message: mail is rare, and a connection kept open is one more to lose."""
        to = letter.to or self._alerts_to
        raw = letter.mime(delivery_id, sender=self._sender, to=to)
        try:
            await mail.send(self._server, raw, sender=self._sender, recipient=to)
        except mail.MailError as failure:
            raise Undelivered(failure.code, is_final=failure.is_final) from failure


def post_of(settings: MailSettings, *, directory: Path) -> Post:
    """The post that the settings ask for; BadMailServer says what is missing or wrong, and the mend."""
    sender = _address("RINGFENCE_MAIL_FROM", settings.sender)
    alerts_to = _address("RINGFENCE_ALERTS_TO", settings.alerts_to)
    if settings.smtp_url is None:
        return FilePost(directory, sender=sender or _OURSELVES, alerts_to=alerts_to or _NOBODY)
    if sender is None or alerts_to is None:
        raise BadMailServer("With RINGFENCE_SMTP_URL also set RINGFENCE_MAIL_FROM and RINGFENCE_ALERTS_TO.")
    return SmtpPost(MailServer.parse(settings.smtp_url), sender=sender, alerts_to=alerts_to)


def _address(variable: str, value: str | None) -> str | None:
    try:
        return None if value is None else require_address(value)
    except BadLetter:
        raise BadMailServer(f"{variable} is no single mail address, such as alerts@example.com.") from None
