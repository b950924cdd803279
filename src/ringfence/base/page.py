"""One page of a list and its cursor: stable under inserts, opaque, bound to the caller's scope by a MAC."""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from ringfence.base.problem import Problem, bad_request

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_ID_BYTES = 16
_MAC_BYTES = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Window:
    """What to read: `limit` rows that sort before `before` (ids are UUIDv7, newest first)."""

    limit: int
    before: UUID | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items and, where there is more, the cursor for the next page."""

    items: Sequence[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads cursors of one list of one scope; another scope's cursor is refused like garbage."""

    key: bytes
    scope: str

    def window(self, limit: int | None, cursor: str | None) -> Window:
        """The rows that a caller asks for; raises 400 `invalid_cursor` or `invalid_limit`."""
        wanted = DEFAULT_LIMIT if limit is None else limit
        if not 1 <= wanted <= MAX_LIMIT:
            raise bad_request("invalid_limit", f"limit must be between 1 and {MAX_LIMIT}.")
        return Window(wanted, None if cursor is None else self._open(cursor))

    def page(self, rows: Sequence[T], window: Window, row_id: Callable[[T], UUID]) -> Page[T]:
        """The page for rows that were read with one more than the window's limit."""
        items = rows[: window.limit]
        return Page(items, self._seal(row_id(items[-1])) if len(rows) > window.limit else None)

    def _mac(self, row_id: bytes) -> bytes:
        return hmac.digest(self.key, self.scope.encode() + b"\0" + row_id, "sha256")[:_MAC_BYTES]

    def _seal(self, row_id: UUID) -> str:
        return base64.urlsafe_b64encode(row_id.bytes + self._mac(row_id.bytes)).decode().rstrip("=")

    def _open(self, cursor: str) -> UUID:
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _invalid_cursor() from None
        if len(raw) != _ID_BYTES + _MAC_BYTES:
            raise _invalid_cursor()
        if not hmac.compare_digest(self._mac(raw[:_ID_BYTES]), raw[_ID_BYTES:]):
            raise _invalid_cursor()
        return UUID(bytes=raw[:_ID_BYTES])


def _invalid_cursor() -> Problem:
    return bad_request("invalid_cursor", "This cursor was not made for this list. Start again without one.")
