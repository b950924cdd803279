"""A server on loopback that answers `POST /v1/embeddings`: near vectors for texts on the same themes, always the same.

A vector is the sum of the directions of a text's themes, each named by several words that share no stem, so that what
is found by meaning alone can be told from what is found by words. `fails` answers so many calls with that status first.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

DIMENSIONS = 64
_THEMES = (
    {"flat", "apartment", "housing", "bolig", "vivienda"},
    {"bill", "invoice", "faktura", "factura"},
    {"dog", "hound", "hund", "perro"},
    {"water", "irrigation", "sprinkler"},
)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class State:
    """What the server has seen, and how it behaves."""

    base_url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    fails: list[int] = field(default_factory=list)
    garbage: bytes | None = None
    dimensions: int = DIMENSIONS

    @property
    def texts(self) -> list[str]:
        return [text for body in self.bodies for text in body["input"]]


def vector(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """The same for the same text in every process."""
    found = set(re.findall(r"\w+", text.casefold()))
    themes = [f"theme {at}" for at, theme in enumerate(_THEMES) if theme & found]
    parts = [(_direction(theme, dimensions), 1.0) for theme in themes]
    parts.append((_direction(text, dimensions), 0.3))
    return [sum(each) for each in zip(*([share * one for one in way] for way, share in parts), strict=True)]


@lru_cache(maxsize=4096)
def _direction(seed: str, dimensions: int) -> tuple[float, ...]:
    return tuple(byte - 127.5 for byte in hashlib.shake_256(seed.encode()).digest(dimensions))


@asynccontextmanager
async def serve() -> AsyncIterator[State]:
    """Gives a running server's state; it ends with the block."""
    state = State()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = _LENGTH.search(head)
                body = json.loads(await reader.readexactly(int(length[1]) if length else 0))
                status, raw = _answered(state, body)
                head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
                writer.write(head.encode() + raw)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    state.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield state
    finally:
        server.close()


def _answered(state: State, body: dict[str, Any]) -> tuple[int, bytes]:
    state.bodies.append(body)
    if state.fails:
        return state.fails.pop(0), b"{}"
    if state.garbage is not None:
        return 200, state.garbage
    data = [
        {"object": "embedding", "index": at, "embedding": vector(text, state.dimensions)}
        for at, text in enumerate(body["input"])
    ]
    tokens = sum(len(text.split()) for text in body["input"])
    return 200, json.dumps({"object": "list", "data": data, "usage": {"prompt_tokens": tokens}}).encode()
