"""A run's own stream, read back: its frames as kinds and members."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NamedTuple

import msgspec

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Told(NamedTuple):
    """One event."""

    kind: str
    data: dict[str, Any]


async def told(chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[Told | None]:
    """The events of these chunks, which hold whole frames; None for a sign of life."""
    async with aclosing(chunks):
        async for chunk in chunks:
            for frame in chunk.split(b"\n\n")[:-1]:
                yield _read(frame)


def _read(frame: bytes) -> Told | None:
    if frame.startswith(b":"):
        return None
    _id, event, data = frame.split(b"\n", 2)
    return Told(event.removeprefix(b"event: ").decode(), _decode(data.removeprefix(b"data: ")))
