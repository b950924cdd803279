"""A model server on loopback that speaks the OpenAI chat wire; the model's name decides how it behaves.

As a process: `python -m tests.fakes.model_server PORT` (0 for a free one; the first line of output is its base URL).
In a test: `async with model_server.serve() as server: server.base_url`.

  fake-N            N pieces at once                    slow-N-MS          N pieces, MS milliseconds before each
  tool-current_time calls the tool, then answers        tools-parallel     two calls in interleaved fragments
  bad-json-arguments  a call whose arguments are cut    no-usage, unknown-finish, length, content-filter, refusal
  hang              never answers                       hang-mid           three pieces, then silence
  cut               three pieces, then hangs up         cut-before         hangs up before its first byte
  garbage           events that are no JSON             html, json         a page; an answer in one piece
  huge              10 MB of pieces                     huge-event         one event of 2 MB
  401, 404, 429, 500, redirect                          429-then-ok, 500-then-ok   fails each first of two calls
  error-in-stream   an error after one piece            error-at-once      an error in place of the first piece
  half-event        ends inside an event               json-empty, 400-huge   no answer; a refusal of 1 MB
  obey              makes the calls that the user's lines say: `TOOL {"its": "arguments"}`; then says what came
  no-done           closes after the finish without [DONE]    crlf         CRLF, comments, event and id lines
GET /stats gives the counters, GET /requests the bodies that came.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from tests.fakes import responses_server, wire_server

_NAMED = re.compile(r"(?:fake|slow)-(\d+)(?:-(\d+))?$")
_ORDER = re.compile(r"^(\w+) (\{.*)$", re.MULTILINE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_END = b"0\r\n\r\n"
_LOG_LENGTH = 10_000


@dataclass
class Stats:
    """Counts the calls for an answer, those answered to their end, and those that the caller gave up."""

    calls: int = 0
    finished: int = 0
    aborted: int = 0


@dataclass
class Received:
    """One request as it came."""

    headers: bytes
    body: dict[str, Any]


@dataclass
class State:
    """What a server has seen."""

    base_url: str = ""
    stats: Stats = field(default_factory=Stats)
    connections: int = 0
    requests: list[Received] = field(default_factory=list)
    by_model: Counter[str] = field(default_factory=Counter)
    ready: dict[str, bytes] = field(default_factory=dict)
    abort_seen: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def serve(port: int = 0) -> AsyncIterator[State]:
    """Gives a running server's state; it ends with the block."""
    state = State()
    open_connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(state, open_connections), "127.0.0.1", port, backlog=1024)
    state.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield state
    finally:
        server.close()
        for connection in list(open_connections):
            connection.abort()
        await server.wait_closed()


class Connection(asyncio.Protocol):
    """Speaks just enough HTTP/1.1: keep-alive, Content-Length in, chunked out."""

    def __init__(self, state: State, open_connections: "set[Connection]") -> None:
        self._state = state
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
            self._state.stats.aborted += 1
            self._state.abort_seen.set()
            self._task.cancel()

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            found = _LENGTH.search(head)
            size = int(found[1]) if found else 0
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            self._route(head, body)

    def _route(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1]
        if path.endswith(b"/stats"):
            self._write_json(asdict(self._state.stats))
        elif path.endswith(b"/requests"):
            self._write_json([request.body for request in self._state.requests])
        elif path.endswith(b"/chat/completions"):
            self._chat(head, json.loads(body))
        elif path.endswith(b"/responses"):  # The vendor has both wires at one address, and so have we for benches.
            headers = {"authorization": "Bearer bench"}
            asked = wire_server.Request(path.decode(), headers, json.loads(body))
            self._transport.write(wire_server.whole(responses_server.answer(asked, 0)))
        else:
            self._write_json({"error": {"code": "not_found"}}, status=b"404 Not Found")

    def _chat(self, head: bytes, request: dict[str, Any]) -> None:
        state, model = self._state, request["model"]
        state.stats.calls += 1
        state.by_model[model] += 1
        if len(state.requests) < _LOG_LENGTH:
            state.requests.append(Received(head, request))
        named = _NAMED.match(model)
        if named and not named[2]:
            if model not in state.ready:
                state.ready[model] = _STREAM + b"".join(map(_chunk, _answer(model, int(named[1])))) + _END
            self._transport.write(state.ready[model])
            state.stats.finished += 1
        elif model in _PLAIN:
            self._transport.write(_PLAIN[model])
            state.stats.finished += 1
        elif model.endswith("-then-ok") and state.by_model[model] % 2:
            self._transport.write(_refusal(int(model[:3])))
        else:
            self._task = asyncio.get_running_loop().create_task(self._stream(model, request))

    async def _stream(self, model: str, request: dict[str, Any]) -> None:
        if model == "hang":
            await asyncio.sleep(3600)
        if model == "cut-before":
            self._transport.abort()
            return
        gap_s, events = _story(model, request)
        self._transport.write(_STREAM)
        for event in events:
            if gap_s:
                await asyncio.sleep(gap_s)
            self._transport.write(_chunk(event))
        if model == "hang-mid":
            await asyncio.sleep(3600)
        if model == "cut":
            await asyncio.sleep(0.01)  # Let the pieces arrive before the reset.
            self._transport.abort()
            return
        self._transport.write(_END)
        self._state.stats.finished += 1

    def _write_json(self, value: Any, status: bytes = b"200 OK") -> None:
        self._transport.write(_plain(status, b"application/json", json.dumps(value).encode()))


def _story(model: str, request: dict[str, Any]) -> tuple[float, Iterator[bytes]]:
    """Gives the seconds between events and the events."""
    named = _NAMED.match(model)
    if named:
        return int(named[2] or 0) / 1000, iter(_answer(model, int(named[1])))
    if model == "obey":
        return 0, iter(_obey(request["messages"]))
    if model.startswith("tool-") and request["messages"][-1]["role"] == "tool":
        said = request["messages"][-1]["content"]
        return 0, iter([_text(f"The tool said: {said}"), _finish("stop"), _usage(1), _DONE])
    make = _STORIES.get(model.removesuffix("-then-ok"), lambda: _answer(model, 20))
    return 0, iter(make())


def _answer(model: str, count: int) -> list[bytes]:
    pieces = [_text(f"zq{i} " if i < count - 1 else f"zq{i} zqend") for i in range(count)]
    return [_event({"delta": {"role": "assistant", "content": ""}}), *pieces, _finish("stop"), _usage(count), _DONE]


def _event(choice: dict[str, Any]) -> bytes:
    return _data({"choices": [{"index": 0, "finish_reason": None, **choice}]})


def _data(members: dict[str, Any]) -> bytes:
    head = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "fake"}
    return b"data: " + json.dumps({**head, **members}, separators=(",", ":")).encode() + b"\n\n"


def _text(text: str) -> bytes:
    return _event({"delta": {"content": text}})


def _finish(reason: str) -> bytes:
    return _event({"delta": {}, "finish_reason": reason})


def _usage(count: int) -> bytes:
    return _data({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": count}})


def _call(index: int, arguments: str, *, call_id: str | None = None, name: str | None = None) -> bytes:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    head = {"id": call_id, "type": "function"} if call_id else {}
    return _event({"delta": {"tool_calls": [{"index": index, **head, "function": function}]}})


_DONE = b"data: [DONE]\n\n"
_ERROR = {"error": {"message": "planted-provider-words", "type": "server_error", "code": None}}
_THREE = [_text("one "), _text("two "), _text("three")]


def _time_call(*rest: str) -> list[bytes]:
    first = _call(0, "", call_id="call_a", name="current_time")
    return [first, *(_call(0, part) for part in rest), _finish("tool_calls"), _usage(5), _DONE]


def _obey(messages: list[dict[str, Any]]) -> list[bytes]:
    asked = max(at for at, message in enumerate(messages) if message["role"] == "user")
    answers = [message["content"] for message in messages[asked:] if message["role"] == "tool"]
    orders = _ORDER.findall(messages[asked]["content"])
    if len(answers) >= len(orders):
        return [_text(f"It said: {answers[-1] if answers else 'nothing'}"), _finish("stop"), _usage(1), _DONE]
    name, arguments = orders[len(answers)]
    return [_call(0, arguments, call_id=f"call_{len(messages)}", name=name), _finish("tool_calls"), _usage(5), _DONE]


def _parallel() -> list[bytes]:
    return [
        _call(0, "", call_id="call_a", name="current_time"),
        _call(1, '{"zone":', call_id="call_b", name="current_time"),
        _call(0, '{"zone": "UTC"}'),
        _call(1, '"Asia/Tokyo"}'),
        _finish("tool_calls"),
        _usage(9),
        _DONE,
    ]


def _crlf() -> list[bytes]:
    events = [b": keep-alive\n\n", b"event: message\nid: 1\n" + _text("one "), *_THREE[1:], _finish("stop"), _DONE]
    whole = b"".join(events).replace(b"\n", b"\r\n")
    return [whole[i : i + 7] for i in range(0, len(whole), 7)]


_STORIES: dict[str, Callable[[], list[bytes]]] = {
    "tool-current_time": lambda: _time_call('{"zone"', ': "Europe/', 'Copenhagen"}'),
    "bad-json-arguments": lambda: _time_call('{"zone": "Euro'),
    "tools-parallel": _parallel,
    "no-usage": lambda: [*_THREE, _finish("stop"), _DONE],
    "unknown-finish": lambda: [*_THREE, _finish("tired"), _usage(3), _DONE],
    "length": lambda: [*_THREE, _finish("length"), _usage(3), _DONE],
    "content-filter": lambda: [_text("one"), _finish("content_filter"), _usage(1), _DONE],
    "refusal": lambda: [_event({"delta": {"refusal": "I will not."}}), _finish("stop"), _usage(3), _DONE],
    "hang-mid": lambda: _THREE,
    "cut": lambda: _THREE,
    "no-done": lambda: [*_THREE, _finish("stop"), _usage(3)],
    "half-event": lambda: [*_THREE, _text("never read")[:30]],
    "garbage": lambda: [b"data: {[}\x00\xff nonsense\n\n"] * 20,
    "huge": lambda: [_text("x" * 10_000)] * 1_000,
    "huge-event": lambda: [_text("x" * 2_000_000), _finish("stop"), _DONE],
    "error-in-stream": lambda: [_text("one "), _data(_ERROR), _DONE],
    "error-at-once": lambda: [_data(_ERROR), _DONE],
    "crlf": _crlf,
}


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _plain(status: bytes, media_type: bytes, body: bytes, extra: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
    return head % (status, media_type, len(body), extra) + body


def _refusal(status: int, extra: bytes = b"") -> bytes:
    codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
    error = {"message": "planted-provider-words sk-planted", "type": "error", "code": codes.get(status)}
    return _plain(b"%d Status" % status, b"application/json", json.dumps({"error": error}).encode(), extra)


_WHOLE = {
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "one two three"}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 3},
}
_PLAIN = {
    "html": _plain(b"200 OK", b"text/html", b"<!doctype html>\n<title>Log in</title>\n"),
    "json": _plain(b"200 OK", b"application/json", json.dumps(_WHOLE).encode()),
    "redirect": _plain(b"302 Found", b"text/html", b"", b"Location: /v1/elsewhere\r\n"),
    "json-empty": _plain(b"200 OK", b"application/json", b'{"choices": []}'),
    "400-huge": _plain(b"400 Bad", b"text/plain", b"x" * 1_000_000),
    "401": _refusal(401),
    "404": _refusal(404),
    "429": _refusal(429, b"Retry-After: 3600\r\n"),
    "500": _refusal(500),
}


async def main(port: int) -> None:
    """Serves until the process ends."""
    async with serve(port) as server:
        print(server.base_url, flush=True)  # noqa: T201 - its way to say where it listens
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    asyncio.run(main(int(sys.argv[1])))
