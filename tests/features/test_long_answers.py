"""A long answer is served by the edge itself, once the application that made it has returned."""

import io
import sys
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ringfence.app import _Caught
from ringfence.base import log
from ringfence.controls.limits import ClientAddress
from ringfence.features.edge import asgi


class Long(Response):
    """Says how much of the routing is still there when it is served; fails where it is told to."""

    fails = False

    async def __call__(self, scope: Any, _receive: Any, _send: Any) -> None:
        asgi.serve_later(scope, self.serve)

    async def serve(self, _receive: asgi.Receive, send: asgi.Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if self.fails:
            raise ZeroDivisionError("planted words")
        await send({"type": "http.response.body", "body": b"%d frames of the routing" % _routing()})


def _routing() -> int:
    frame, found = sys._getframe(), 0
    while frame is not None:
        found += "fastapi" in frame.f_code.co_filename or "starlette" in frame.f_code.co_filename
        frame = frame.f_back
    return found


def make_app() -> asgi.App:
    api = FastAPI(openapi_url=None)

    @api.get("/long")
    async def _long(request: Request) -> Response:
        answer = Long()
        answer.fails = "fail" in request.url.query
        return answer

    return _Caught(asgi.Edge(api, client_address=ClientAddress(()), is_https=False))


async def ask(query: str) -> list[Any]:
    sent: list[Any] = []
    scope = {
        "type": "http", "method": "GET", "path": "/long", "raw_path": b"/long", "root_path": "", "headers": [],
        "scheme": "http", "http_version": "1.1", "query_string": query.encode(), "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await make_app()(scope, receive, send)
    return sent


async def test_a_long_answer_has_the_headers_of_every_answer():
    start, body = await ask("")
    headers = dict(start["headers"])
    assert body["body"] == b"0 frames of the routing"
    assert (start["status"], headers[b"x-content-type-options"], headers[b"cache-control"]) == (
        200, b"nosniff", b"no-store",
    )  # fmt: skip
    assert b"request-id" in headers


async def test_a_long_answer_that_fails_is_logged_without_its_words():
    said = io.StringIO()
    log.configure(json_lines=True, file=said)
    try:
        sent = await ask("fail")
    finally:
        log.configure(json_lines=True)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert '"event":"unhandled"' in said.getvalue()
    assert "ZeroDivisionError" in said.getvalue()
    assert "planted words" not in said.getvalue()
