"""The command line's own caller: whom it asks again, and what it takes for an answer."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ringfence.cli import http
from ringfence.cli.http import Refused, call

STALE, AWAY, GARBLED = (503, {"code": "stale_process"}), (503, {"code": "database_unavailable"}), (502, None)


@contextmanager
def answering(*answers: tuple[int, object]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives these answers in turn, the last one for ever, and what it was sent."""
    left, sent = list(answers), list[bytes]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = left.pop(0) if len(left) > 1 else left[0]
            raw = b"<html>" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", sent
        finally:
            server.shutdown()
            thread.join()


def test_a_process_that_cannot_check_revocations_is_asked_again_with_the_same():
    with answering(STALE, STALE, (201, {"id": "x"})) as (url, sent):
        assert call(url, "POST", "/things", body={"name": "a"}) == {"id": "x"}
    assert sent == [b'{"name":"a"}'] * 3


@pytest.mark.parametrize(("answer", "code"), [(AWAY, "database_unavailable"), (GARBLED, "unknown")])
def test_nobody_else_is_asked_twice(answer: tuple[int, object], code: str):
    with answering(answer) as (url, sent), pytest.raises(Refused) as refused:
        call(url, "POST", "/things", body={})
    assert (refused.value.status, refused.value.code, len(sent)) == (answer[0], code, 1)


def test_one_that_stays_so_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "_PATIENCE_SECONDS", 0)
    with answering(STALE) as (url, _), pytest.raises(Refused, match="stale_process"):
        call(url, "POST", "/things", body={})
