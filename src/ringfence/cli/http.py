"""A caller of our own API from the command line: standard library, JSON, one connection a request."""

import http.client
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ringfence.base import clock, ids

_TIMEOUT_SECONDS = 60
_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.5


class _ProblemBody(msgspec.Struct):
    code: str = "unknown"
    detail: str = ""


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The server answered with a problem."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


def call(
    base_url: str, method: str, path: str, *, bearer: str | None = None, body: Mapping[str, object] | None = None
) -> Any:  # noqa: ANN401 - whatever the server sends
    """The decoded answer; raises Refused for a problem and OSError when nobody answers."""
    connection, response = _request(base_url, method, path, bearer=bearer, body=body, headers={})
    try:
        raw = response.read()
    finally:
        connection.close()
    return msgspec.json.decode(raw) if raw else None


def hand_in(base_url: str, path: str, *, name: str, content: bytes, bearer: str) -> Any:  # noqa: ANN401 - see call
    """The decoded answer to a form with one file in it; raises as call does."""
    boundary = ids.new().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    form = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    connection, response = _request(base_url, "POST", path, bearer=bearer, body=form, headers=headers)
    try:
        raw = response.read()
    finally:
        connection.close()
    return msgspec.json.decode(raw)


def events(base_url: str, path: str, *, bearer: str, last_event_id: str | None) -> Iterator[tuple[str, str, Any]]:
    """The server-sent events of a run as (id, event, data), from behind `last_event_id`; ends with the stream."""
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last_event_id} if last_event_id else {})}
    connection, response = _request(base_url, "GET", path, bearer=bearer, body=None, headers=headers)
    try:
        fields: dict[str, str] = {}
        for raw in response:
            line = raw.decode().rstrip("\r\n")
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                yield fields.get("id", ""), fields["event"], msgspec.json.decode(fields.get("data", "null"))
                fields = {}
    finally:
        connection.close()


def _request(  # noqa: PLR0913 - the parts of a request
    base_url: str,
    method: str,
    path: str,
    *,
    bearer: str | None,
    body: Mapping[str, object] | bytes | None,
    headers: Mapping[str, str],
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """The answer, unread; raises Refused for a problem.

    A process that a busy machine kept from looking for revocations did nothing, and asks to be asked again: it is.
    """
    sent = {"Content-Type": "application/json", **headers}
    if bearer is not None:
        sent["Authorization"] = f"Bearer {bearer}"
    raw = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
    until = clock.monotonic() + _PATIENCE_SECONDS
    where = urlsplit(base_url)
    while True:
        connection = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=_TIMEOUT_SECONDS)
        connection.request(method, path, body=raw, headers=sent)
        response = connection.getresponse()
        if response.status < http.client.BAD_REQUEST:
            return connection, response
        refused = _refused(response.status, response.read())
        connection.close()
        if refused.code != "stale_process" or clock.monotonic() > until:
            raise refused
        time.sleep(_PAUSE_SECONDS)


def _refused(status: int, raw: bytes) -> Refused:
    try:
        problem = msgspec.json.decode(raw, type=_ProblemBody)
    except msgspec.DecodeError:
        problem = _ProblemBody()
    return Refused(status, problem.code, problem.detail)
