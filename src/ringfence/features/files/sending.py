"""A file on its way out: always as an attachment, never as something that a browser would run or show."""

import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Final
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from ringfence.base.problem import Problem, conflict
from ringfence.controls.objects import ObjectKey
from ringfence.controls.vault import Span, fields

from .bodies import FileOut
from .holding import Holding, owner_of
from .queries import FileRow

_RANGE: Final = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
_SENDABLE: Final = frozenset({"processing", "ready", "failed"})
_PLAIN: Final = re.compile(r"[^A-Za-z0-9 ._()-]")


async def respond(holding: Holding, row: FileRow, shown: FileOut, asked: str | None) -> Response:
    """The whole file, or the one range that was asked for. Problem 409, 416; 500 where its beginning does not open."""
    span = _span(asked, row.size_bytes)
    is_part = span.stop - span.start != row.size_bytes
    headers = {
        "Content-Disposition": disposition(shown.name),
        "Content-Length": str(span.stop - span.start),
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Download-Options": "noopen",
    }
    if is_part:
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{span.size_bytes}"
    pieces = aiter(content(holding, row, span))
    # What is changed or gone is refused while that can still be said: after the headers there is only a cut.
    first = await anext(pieces, b"")
    return StreamingResponse(_following(first, pieces), 206 if is_part else 200, headers, media_type=_type(row))


def disposition(name: str) -> str:
    """The header (RFC 6266): a plain name for old clients, and the true one (RFC 8187)."""
    plain = _PLAIN.sub("_", name) or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _type(row: FileRow) -> str:
    # A page that somebody handed in is never sent as one: what saves it knows it by its name.
    return "application/octet-stream" if row.media_type == "text/html" else row.media_type


def _span(asked: str | None, size_bytes: int) -> Span:
    match = _RANGE.fullmatch(asked.strip()) if asked else None
    if match is None or match.group() == "bytes=-":
        return Span(0, size_bytes, size_bytes)  # RFC 9110 section 14.2: what is no range of ours is not asked for
    first, last = match.groups()
    start = int(first) if first else max(0, size_bytes - int(last))
    stop = min(size_bytes, int(last) + 1) if first and last else size_bytes
    if first and last and int(last) < int(first):
        return Span(0, size_bytes, size_bytes)
    if start >= size_bytes:
        raise Problem(
            416,
            "range_not_satisfiable",
            f"This file has {size_bytes} bytes.",
            headers={"Content-Range": f"bytes */{size_bytes}"},
        )
    return Span(start, stop, size_bytes)


def content(holding: Holding, row: FileRow, span: Span) -> AsyncIterable[bytes]:
    """The bytes of a span of the file. Problem 409 `file_not_ready` where it was not let through."""
    if row.status not in _SENDABLE or row.object_id is None:
        raise conflict("file_not_ready", f"This file is {row.status}.")
    kernel, key = holding.kernel, ObjectKey(holding.org_id, row.object_id)
    owner = owner_of(holding.org_id, row.user_id)

    def read(offset: int, length: int) -> AsyncIterable[bytes]:
        return kernel.objects.get(key, offset=offset, length=length)

    return kernel.vault.open_span(owner, fields.FILE_CONTENT, row.id, read, span)


async def _following(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for piece in rest:
        yield piece
