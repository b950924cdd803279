"""A form with one file in it (RFC 7578), read piece by piece: nothing of it is ever put on a disk in the clear."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import ClientDisconnect, Request

from ringfence.base.principal import OrgId, UserId
from ringfence.base.problem import Problem, bad_request, too_many, unprocessable
from ringfence.features.files.holding import Holding
from ringfence.features.files.receiving import refuse_large

AT_ONCE: Final = 8
"""How many bodies one user may be sending to a process: each holds up to 8 MiB of memory, however slowly it comes."""
_UNDER_WAY: Final = Counter[tuple[OrgId, UserId | None]]()
IDLE_S: Final = 15.0
"""How long a body may bring nothing at all."""
_FIELD: Final = b"file"
_FORM_BYTES: Final = 8192
"""What a form may have around its file."""


@dataclass(slots=True)
class _Seen:
    """What the parser has come across and nobody took yet."""

    pieces: deque[bytes] = field(default_factory=deque[bytes])
    headers: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    parts: int = 0
    is_headed: bool = False
    is_over: bool = False
    _name: bytes = b""
    _value: bytes = b""

    def begin(self) -> None:
        self.parts += 1

    def name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self.headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def headed(self) -> None:
        self.is_headed = True

    def data(self, data: bytes, start: int, end: int) -> None:
        self.pieces.append(data[start:end])

    def end(self) -> None:
        self.is_over = True


class FormFile:
    """The one file of a form. `open` gives its name and declared type, `pieces` its bytes, to the form's end."""

    def __init__(self, request: Request) -> None:
        from python_multipart.multipart import MultipartParser, parse_options_header  # noqa: PLC0415 - few need it

        # It would tell the log of single characters of what was sent.
        logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
        kind, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise Problem(415, "unsupported_media", "Send the file as multipart/form-data with a boundary.")
        self._seen = seen = _Seen()
        self._parse = MultipartParser(
            boundary,
            {
                "on_part_begin": seen.begin,
                "on_header_field": seen.name,
                "on_header_value": seen.value,
                "on_header_end": seen.header_end,
                "on_headers_finished": seen.headed,
                "on_part_data": seen.data,
                "on_end": seen.end,
            },
        ).write
        self._options = parse_options_header
        self._source = arriving(request)

    async def open(self) -> tuple[str, str]:
        """The name and the declared type, as they came. Problem 400 or 422 where it does not begin with a file."""
        while not self._seen.is_headed and await self._feed():
            pass
        if not self._seen.is_headed:
            raise unprocessable("no_file", "The form has no part named file.")
        _, said = self._options(self._seen.headers.get(b"content-disposition"))
        if said.get(b"name") != _FIELD or b"filename" not in said:
            raise unprocessable("no_file", "The form has one part, a file named file.")
        declared = self._seen.headers.get(b"content-type", b"").decode("latin-1")
        return _decoded(said[b"filename"]), declared

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The file's bytes. Raises at the end, if not before, where the form is cut or has a second part."""
        while True:
            while self._seen.pieces:
                yield self._seen.pieces.popleft()
            if self._seen.parts > 1:
                raise unprocessable("one_file", "The form has one part, a file named file.")
            if not await self._feed():
                break
        if not self._seen.is_over:
            raise _broken()

    async def _feed(self) -> bool:
        from python_multipart.exceptions import MultipartParseError  # noqa: PLC0415 - see above

        piece = await anext(self._source, None)
        if piece is None:
            return False
        try:
            self._parse(piece)
        except MultipartParseError:
            raise _broken() from None
        return True


def announced_bytes(request: Request, holding: Holding) -> int:
    """How long the body is said to be, before a byte of it is read. Problem 411, 413."""
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise Problem(411, "length_required", "Say how long the body is: Content-Length.")
    refuse_large(holding, max(0, int(length) - _FORM_BYTES))
    return int(length)


@contextmanager
def under_way(holding: Holding) -> Generator[None]:
    """A body under way. Problem 429 where the same user, or who fills the organization's knowledge, sends many."""
    whose = (holding.org_id, holding.user_id)
    if _UNDER_WAY[whose] >= AT_ONCE:
        detail = f"At most {AT_ONCE} files are sent at once."
        raise too_many(detail, retry_after_seconds=5, headers={"Connection": "close"})
    _UNDER_WAY[whose] += 1
    try:
        yield
    finally:
        _UNDER_WAY[whose] -= 1
        if not _UNDER_WAY[whose]:
            del _UNDER_WAY[whose]


async def arriving(request: Request) -> AsyncGenerator[bytes]:
    """The body as it arrives. Problem 400 where it is cut, 408 where it brings nothing for a while."""
    stream: AsyncIterator[bytes] = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(IDLE_S):
                piece = await anext(stream, None)
        except ClientDisconnect:
            raise bad_request("incomplete_body", "The request ended before its body did.") from None
        except TimeoutError:
            raise Problem(
                408, "body_too_slow", f"Nothing arrived for {IDLE_S:g} s.", headers={"Connection": "close"}
            ) from None
        if piece is None:
            return
        if piece:
            yield piece


def _decoded(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")


def _broken() -> Problem:
    return bad_request("invalid_form", "The form is cut off, or is not what its boundary says.")
