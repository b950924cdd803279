"""A partner's API on loopback, as a tool calls it: answers by path and keeps what it got.

As a process: `python -m tests.fakes.tool_server PORT` (0 for a free one; the first line of output is its base URL).
In a test: `async with tool_server.serve() as server: server.base_url, server.place, server.requests`.

  /customers/...    a customer as JSON           /echo          what came, as JSON
  /hop/N            N redirects to itself, then the end
  /status/N         that status, a small body    /redirect/N?to=URL   status N and Location URL
  /large/N          N bytes of text              /endless       bytes without end, as fast as they go
  /drip             a byte every 0.05 s          /silent        never answers
  /half             a body cut short             /gzip          Content-Encoding: gzip, a bomb
  /garbage          no HTTP                      /bad-json      application/json that is none
  /binary           image/png                    /latin1        text in ISO-8859-1
  /cookie           sets one                     /repeat        the texts of the body's "said", bare
  /wide             a head without end           /say?text=T    T as text/plain
GET /requests gives what came: [{method, path, headers, body}], names in lower case. Any other path: 200 {"ok": true}.
"""

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.listening import listening

_MOST = 10_000


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass
class State:
    """What a server has seen, and where it is."""

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    received: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        """Scheme, host and port."""
        return f"http://{self.place}"

    @property
    def place(self) -> str:
        """What RINGFENCE_EGRESS_ALLOW must name."""
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def serve(port: int = 0) -> AsyncIterator[State]:
    """Gives a running server's state; it ends with the block."""
    state = State()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        await _one(state, reader, writer)

    async with listening(one, port) as state.port:
        yield state


async def _one(state: State, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _version = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    if path == "/requests":
        writer.write(_answer(json.dumps([asdict(one) for one in state.requests]).encode()))
        await writer.drain()
        return
    received = Received(method, path, headers, body.decode("utf-8", "replace"))
    if len(state.requests) < _MOST:
        state.requests.append(received)
    state.received.set()
    await _act(received, writer)


async def _act(received: Received, writer: asyncio.StreamWriter) -> None:
    parts = urlsplit(received.path)
    word, _, rest = parts.path[1:].partition("/")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if word == "silent":
        await asyncio.sleep(3600)
    elif word in {"endless", "drip"}:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" if word == "drip" else b"x" * 65_536)
            await writer.drain()
            await asyncio.sleep(0.05 if word == "drip" else 0)
    elif word == "wide":
        writer.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % at for at in range(500)) + b"\r\n")
    else:
        writer.write(_whole(word, rest, query, received))
    await writer.drain()


def _whole(word: str, rest: str, query: dict[str, str], received: Received) -> bytes:
    plain = {
        "half": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nshort",
        "garbage": b"I am no web server.\r\n\r\n",
        "bad-json": _answer(b'{"name": "Ros'),
        "binary": _answer(b"\x89PNG\x00\x01", kind="image/png"),
        "latin1": _answer("Sm\u00f8rrebr\u00f8d".encode("latin-1"), kind="text/plain; charset=ISO-8859-1"),
        "cookie": _answer(b"{}", more="Set-Cookie: a=b; Path=/\r\n"),
    }
    match word:
        case "echo":
            return _answer(json.dumps(asdict(received)).encode())
        case "status":
            return _answer(b'{"error": "planted status"}', status=int(rest))
        case "redirect":
            return _answer(b"", status=int(rest), more=f"Location: {query['to']}\r\n")
        case "hop" if rest != "0":
            return _answer(b"", status=302, more=f"Location: /hop/{int(rest) - 1}\r\n")
        case "gzip":
            return _answer(_bomb(), more="Content-Encoding: gzip\r\n")
        case "large":
            return _answer(b"x" * int(rest), kind="text/plain")
        case "say":
            return _answer(query["text"].encode(), kind="text/plain; charset=utf-8")
        case "repeat":
            return _answer("\n".join(received.json["said"]).encode(), kind="text/plain; charset=utf-8")
        case "customers":
            return _answer(json.dumps({"id": rest or "all", "name": "Dora Hansen", "owed": 450}).encode())
        case _:
            return plain.get(word) or _answer(b'{"ok": true}')


@cache
def _bomb() -> bytes:
    return gzip.compress(b"x" * 10_000_000, compresslevel=1)


def _answer(body: bytes, *, status: int = 200, kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} Answer\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}"
    return f"{head}Connection: close\r\n\r\n".encode() + body


async def main(port: int) -> None:
    """Serves until the process ends."""
    async with serve(port) as server:
        print(server.base_url, flush=True)  # noqa: T201 - its way to say where it listens
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
