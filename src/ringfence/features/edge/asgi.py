"""Around every request: id, body cap, version, security headers, one log line. Pure ASGI, so that streams stream."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

from ringfence.base import clock, ids, log
from ringfence.base.problem import Problem, bad_request, too_large
from ringfence.controls.limits import ClientAddress
from ringfence.controls.limits import headers as limit_headers
from ringfence.features.edge import cors, versions
from ringfence.features.edge.errors import render
from ringfence.features.edge.reading import count_read

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Serve = Callable[[Receive, Send], Awaitable[None]]
"""The rest of an answer, once nothing of the routing is left."""

BODY_BYTES = 256 * 1024
HISTORY_BYTES = 1024 * 1024
"""Where clients of other people's protocols send a conversation along, whole, with each message."""
HEAD_BYTES = 32 * 1024
_WITH_HISTORY = ("/api/v1/agui/", "/api/v1/ui/")
# Bodies of files pass as they come: their handlers bound size and patience, by what the operator set.
_FILES = re.compile(
    r"POST /api/v1/files|PATCH /api/v1/files/uploads/[^/]*|POST /api/v1/partner/organizations/[^/]*/files"
)
_BODY_S = 15.0
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_LATER = "serve_later"
# What FastAPI keeps for the handler of a request.
_STACKS = ("fastapi_inner_astack", "fastapi_function_astack", "fastapi_middleware_astack")
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (versions.NAME.lower().encode(), versions.SPOKEN[0].encode()),
]
_REFUSED = 400
_API_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Edge:
    """The outermost application: nothing behind it sees an unbounded body or answers without a request id."""

    def __init__(self, app: App, *, client_address: ClientAddress, is_https: bool) -> None:
        self._app = app
        self._client_address = client_address
        self._extra = [(b"strict-transport-security", b"max-age=63072000; includeSubDomains")] if is_https else []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serves one request; lifespan passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"request-id", b"")
        request_id = given.decode() if _REQUEST_ID.fullmatch(given) else str(ids.new())
        peer = scope["client"][0] if scope.get("client") else "127.0.0.1"
        address = self._client_address(peer, headers.get(b"x-forwarded-for", b"").decode("latin-1"))
        state = scope.setdefault("state", {})
        state.update({"request_id": request_id, "address": address})
        answered = _Answered(scope, send, request_id, self._extra, headers.get(b"origin"))
        asked_first = cors.preflight(scope, headers)
        if asked_first is not None:
            await send({"type": "http.response.start", "status": 204, "headers": asked_first})
            await send({"type": "http.response.body"})
            return
        try:
            _check_head(scope["headers"])
            versions.check(headers)
            receive = await _bounded(scope, headers, receive)
            await self._app(scope, receive, answered)
            if (serve := state.pop(_LATER, None)) is not None:
                for name in _STACKS:
                    scope.pop(name, None)
                await serve(receive, answered)
        except Problem as refusal:
            if not answered.is_started:
                await render(refusal, request_id)(scope, receive, answered)
        finally:
            answered.log()


def serve_later(scope: MutableMapping[str, Any], serve: Serve) -> None:
    """Has the edge serve a long answer after the application has returned: its frames and stacks are let go by then."""
    scope["state"][_LATER] = serve


async def while_read(answer: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Sends a long answer to its end, or for as long as its reader is there; raises what it raises."""
    sending, listening = asyncio.ensure_future(answer), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait([sending, listening], return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        sending.cancel()
        listening.cancel()
        await asyncio.gather(sending, listening, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Answered:
    """The way out: adds headers to the first message and remembers the status for the log."""

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        send: Send,
        request_id: str,
        extra: list[tuple[bytes, bytes]],
        origin: bytes | None,
    ) -> None:
        self._scope = scope
        self._origin = origin
        self._send = send
        self._request_id = request_id
        self._extra = extra
        self._status = 0
        self._started = clock.monotonic()

    @property
    def is_started(self) -> bool:
        """The status line went out."""
        return self._status > 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self._status < _REFUSED:
                count_read(self._scope)
            headers = message.setdefault("headers", [])
            present = {name for name, _ in headers}
            is_page = any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers)
            ours = [*_HEADERS, *self._extra, *([] if is_page else _API_HEADERS)]
            if self._scope["state"].get("is_framed"):
                # Its own policy names the frame's ancestors; the older header knows none or all.
                present.add(b"x-frame-options")
            headers.append((b"request-id", self._request_id.encode()))
            headers.extend(pair for pair in ours if pair[0] not in present)
            page = self._scope["state"].get("page")
            headers.extend(cors.readable(self._scope["path"], self._origin, status=self._status, page=page))
            counted = limit_headers(self._scope["state"].get("limits", ()))
            headers.extend(
                (k.lower().encode(), v.encode()) for k, v in counted.items() if k.lower().encode() not in present
            )
        await self._send(message)

    def log(self) -> None:
        """One line a request: the route's pattern, never the address or the query."""
        route, caller = self._scope.get("route"), self._scope["state"].get("caller")
        log.info(
            "request",
            partner_id=getattr(caller, "partner_id", None),
            org_id=getattr(caller, "org_id", None),
            request_id=self._request_id,
            method=self._scope["method"],
            route=getattr(route, "path", None),
            status=self._status,
            duration_ms=round((clock.monotonic() - self._started) * 1000),
        )


def _check_head(headers: list[tuple[bytes, bytes]]) -> None:
    if sum(len(name) + len(value) for name, value in headers) > HEAD_BYTES:
        raise Problem(431, "headers_too_large", f"The headers of a request take at most {HEAD_BYTES} bytes.")


async def _bounded(scope: MutableMapping[str, Any], headers: dict[bytes, bytes], receive: Receive) -> Receive:
    """Reads the whole body and plays it to the application; raises 413 beyond its size, 408 for one that dawdles.

    The bodies of files pass unread.
    """
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return receive
    if _FILES.fullmatch(f"{scope['method']} {scope['path']}"):
        return receive
    most = HISTORY_BYTES if scope["path"].startswith(_WITH_HISTORY) else BODY_BYTES
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > most:
        raise _over(most)
    try:
        async with asyncio.timeout(_BODY_S):
            body = await _read(receive, most)
    except TimeoutError:
        raise Problem(
            408, "body_too_slow", f"A body arrives within {_BODY_S:g} s.", headers={"Connection": "close"}
        ) from None
    played = False

    async def replay() -> Message:
        nonlocal played
        if played:
            return await receive()
        played = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _read(receive: Receive, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            # Half a request is none: an act whose body may be left out would be done without what was asked.
            raise bad_request("incomplete_body", "The request ended before its body did.")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > most:
            raise _over(most)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _over(most: int) -> Problem:
    return too_large("body_too_large", f"A body takes at most {most} bytes.")
