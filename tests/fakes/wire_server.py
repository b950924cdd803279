"""Just enough HTTP/1.1 for a model server on loopback: keep-alive, Content-Length in, chunked out.

A wire gives `answer(request) -> Reply`; what came is kept, so that a test can say what a provider received.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, cast

_END = b"0\r\n\r\n"
_LOG_LENGTH = 10_000


@dataclass
class Request:
    """One request as it came; header names are lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Ending = Literal["end", "hang", "abort"]
ENDINGS: dict[str, Ending] = {"hang-mid": "hang", "cut": "abort"}
"""How the stories of these names end, on every wire."""


@dataclass
class Reply:
    """What goes back: a plain body, or pieces with a gap before each, and how it ends."""

    pieces: list[bytes]
    status: int = 200
    media_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    gap_s: float = 0
    ending: Ending = "end"


Answer = Callable[[Request, int], Reply]
"""Takes the request and how often its model was asked before."""


@dataclass
class State:
    """Where the server listens, and what it has seen."""

    root: str = ""
    base_url: str = ""
    requests: list[Request] = field(default_factory=list)
    by_model: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    abort_seen: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def serve(answer: Answer, *, prefix: str, port: int = 0) -> AsyncIterator[State]:
    """Gives a running server's state; it ends with the block."""
    state, open_connections = State(), set[Connection]()
    loop = asyncio.get_running_loop()
    make = lambda: Connection(state, answer, open_connections)  # noqa: E731 - one line, one use
    server = await loop.create_server(make, "127.0.0.1", port, backlog=1024)
    state.root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    state.base_url = state.root + prefix
    try:
        yield state
    finally:
        server.close()
        for connection in list(open_connections):
            connection.abort()
        await server.wait_closed()


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, state: State, answer: Answer, open_connections: "set[Connection]") -> None:
        self._state = state
        self._answer = answer
        self._open = open_connections
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class does not inherit from it
        self._open.add(self)
        self._state.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        if self._task is not None and not self._task.done():
            self._state.abort_seen.set()
            self._task.cancel()

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            size = int(headers.get("content-length", 0))
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            self._take(Request(first.split(" ")[1], headers, json.loads(body or b"{}")))

    def _take(self, request: Request) -> None:
        state = self._state
        model = str(request.body.get("model") or request.path)
        if len(state.requests) < _LOG_LENGTH:
            state.requests.append(request)
        reply = self._answer(request, state.by_model[model])
        state.by_model[model] += 1
        if not reply.gap_s and reply.ending == "end":
            self._transport.write(whole(reply))
        else:
            self._task = asyncio.get_running_loop().create_task(self._stream(_head(reply), reply))

    async def _stream(self, head: bytes, reply: Reply) -> None:
        self._transport.write(head)
        for piece in reply.pieces:
            await asyncio.sleep(reply.gap_s)
            self._transport.write(_chunk(piece))
        if reply.ending == "hang":
            await asyncio.sleep(3600)
        if reply.ending == "abort":
            await asyncio.sleep(0.01)  # Let the pieces arrive before the reset.
            self._transport.abort()
        else:
            self._transport.write(_END)


def whole(reply: Reply) -> bytes:
    """The reply's bytes, all at once."""
    return _head(reply) + b"".join(map(_chunk, reply.pieces)) + _END


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} Status", f"Content-Type: {reply.media_type}", "Transfer-Encoding: chunked"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    return "\r\n".join([*lines, "\r\n"]).encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def refusal(status: int, body: object, **headers: str) -> Reply:
    """An answer in place of a stream."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply([json.dumps(body).encode()], status, "application/json", named)


def event(data: object, *, name: str | None = None) -> bytes:
    """One server-sent event."""
    line = b"data: " + json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode() + b"\n\n"
    return line if name is None else b"event: " + name.encode() + b"\n" + line


class Refused(Exception):  # noqa: N818 - what the real server would refuse
    """The request is not of this wire."""


def require(condition: object, why: str) -> None:
    """Raises Refused where the real server would."""
    if not condition:
        raise Refused(why)


def only(members: dict[str, Any], allowed: set[str], where: str) -> None:
    """Refuses members that the real server does not know."""
    require(not set(members) - allowed, f"{where}: unknown {sorted(set(members) - allowed)}")


async def main(answer: Answer, prefix: str) -> None:
    """Serves as a process of its own: the port is its argument, its first line of output its base URL."""
    async with serve(answer, prefix=prefix, port=int(sys.argv[1])) as server:
        print(server.base_url, flush=True)  # noqa: T201 - its way to say where it listens
        await asyncio.Event().wait()


def run(answer: Answer, prefix: str) -> None:
    """Runs `main` on the fastest loop there is."""
    try:
        import uvloop  # noqa: PLC0415 - only a process of its own wants it

        uvloop.install()
    except ImportError:
        pass
    asyncio.run(main(answer, prefix))
