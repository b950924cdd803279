"""A model that a test directs: it says what the test wrote down, and waits at a gate until the test opens it.

The last user's message names the story: `tell refund` tells the story that was planned under `refund`. A story is a
list of turns, one for each call of the model; a turn is pieces of text, calls of tools, and gates.
"""

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_NAMED = re.compile(r"\btell ([\w-]+)")
_HEAD = {"id": "chatcmpl-story", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "story"}
_PATIENCE_S = 30


@dataclass(frozen=True)
class Call:
    """A call of a tool with these arguments."""

    tool: str
    arguments: dict[str, Any]


@dataclass
class Gate:
    """Where the model waits until the test lets it go on."""

    _open: threading.Event = field(default_factory=threading.Event)

    def open(self) -> None:
        self._open.set()

    def wait(self) -> None:
        self._open.wait(_PATIENCE_S)


Piece = str | Call | Gate
Turn = Sequence[Piece]


@dataclass
class Model:
    """The stories, and the requests that came for them."""

    base_url: str
    stories: dict[str, list[Turn]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def plan(self, name: str, *turns: Turn) -> str:
        """Writes a story down; gives the message that asks for it."""
        self.stories[name] = list(turns)
        return f"tell {name}"

    def turn(self, request: dict[str, Any]) -> Turn:
        """What to say now: the story's first turn, or the one behind those that the request already holds."""
        self.requests.append(request)
        messages = request["messages"]
        asked = max(at for at, message in enumerate(messages) if message["role"] == "user")
        named = _NAMED.search(_text(messages[asked]["content"]))
        story = self.stories.get(named[1] if named else "", [["There is no such story."]])
        told = sum(message["role"] == "assistant" for message in messages[asked:])
        return story[min(told, len(story) - 1)]


@contextmanager
def directed() -> Iterator[Model]:
    """A model on loopback, in a thread of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.block_on_close = False
    model = server.model = Model(f"http://127.0.0.1:{server.server_port}/v1")  # pyright: ignore[reportAttributeAccessIssue] - the handler knows only its server
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        for gate in (piece for story in model.stories.values() for turn in story for piece in turn):
            if isinstance(gate, Gate):
                gate.open()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # The end of the connection ends the answer.

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model: Model = self.server.model  # pyright: ignore[reportAttributeAccessIssue] - set where the server is made
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self._tell(model.turn(request))
        except (BrokenPipeError, ConnectionResetError):
            return  # The caller stopped listening.

    def _tell(self, turn: Turn) -> None:
        calls = 0
        for piece in turn:
            if isinstance(piece, Gate):
                piece.wait()
            elif isinstance(piece, Call):
                self._event({"delta": {"tool_calls": [_called(piece, calls)]}})
                calls += 1
            else:
                self._event({"delta": {"content": piece}})
        self._event({"delta": {}, "finish_reason": "tool_calls" if calls else "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choice: dict[str, Any]) -> None:
        data = {**_HEAD, "choices": [{"index": 0, "finish_reason": None, **choice}]}
        self.wfile.write(b"data: " + json.dumps(data).encode() + b"\n\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing: a test's output is the test's."""


def _called(call: Call, index: int) -> dict[str, Any]:
    function = {"name": call.tool, "arguments": json.dumps(call.arguments)}
    return {"index": index, "id": f"call_{index}_{call.tool}", "type": "function", "function": function}


def _text(content: Any) -> str:
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
