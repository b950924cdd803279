"""A message as it is queued and as it is sent: plain text, one recipient, no line that could become a header.

Keeps SDL-02. Proved in tests/controls/test_deliveries.py.
"""

import re
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import msgspec

from ringfence.base import ids

_SUBJECT_CHARACTERS = 200
_TEXT_CHARACTERS = 100_000
# ASCII alone (RFC 5321 section 4.1.2 without quoted names): an address that needs more is refused, not mangled.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,187}[A-Za-z0-9])?")
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


class BadLetter(Exception):  # noqa: N818 - what it names is the letter
    """A message that must not be sent as it is; says which part, never what it holds."""


@dataclass(frozen=True, slots=True)
class Letter:
    """`to` is None for whoever the operator named for alerts, so that a corrected setting also mends what waits."""

    to: str | None
    subject: str
    text: str

    def __post_init__(self) -> None:
        """Refuses what could forge a header or a second recipient; BadLetter."""
        if self.to is not None:
            require_address(self.to)
        if not self.subject or len(self.subject) > _SUBJECT_CHARACTERS or not self.subject.isprintable():
            raise BadLetter(f"a subject is one printable line of at most {_SUBJECT_CHARACTERS} characters")
        if len(self.text) > _TEXT_CHARACTERS or _UNWRITABLE.search(self.text) is not None:
            raise BadLetter(f"a text has at most {_TEXT_CHARACTERS} characters, all of which can be written")

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Reads what `packed` made."""
        return cls(**msgspec.json.decode(raw, type=dict[str, str | None]))  # pyright: ignore[reportArgumentType] - checked above

    def packed(self) -> bytes:
        """The letter as JSON, to be sealed."""
        return msgspec.json.encode({"to": self.to, "subject": self.subject, "text": self.text})

    def mime(self, delivery_id: UUID, *, sender: str, to: str) -> bytes:
        """The message (RFC 5322) with a Message-ID that each repeat has, too."""
        from email.message import EmailMessage  # noqa: PLC0415 - most processes send no mail
        from email.policy import SMTP  # noqa: PLC0415 - as above
        from email.utils import format_datetime  # noqa: PLC0415 - as above

        message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        message["From"] = require_address(sender)
        message["To"] = require_address(to)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(ids.made_at(delivery_id))
        message["Message-ID"] = f"<{delivery_id}@{sender.rpartition('@')[2]}>"
        # Machines wrote it: no answer of a holiday, please (RFC 3834 section 5).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        return message.as_bytes()


def require_address(address: str) -> str:
    """The address itself; BadLetter for what is none, or more than one."""
    if _ADDRESS.fullmatch(address) is None:
        raise BadLetter("this is no mail address")
    return address
