"""Calls that wait end in time, keep their connections, and never speak in the clear with another host."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ringfence.base import clock
from ringfence.base.outbound import Failure, OutboundError
from ringfence.base.outbound_sync import SyncOutbound, left
from tests.fakes.stalling_proxy import Mood, Proxy, proxied


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked; by its path it is large, closes, or speaks nonsense."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path == "/nonsense":
            self.wfile.write(b"nonsense\r\n\r\n")
            self.close_connection = True
            return
        content = b"x" * 5000 if self.path == "/large" else self.path.encode() + b" " + body
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-From", str(self.client_address[1]))
        if self.path == "/last":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        del format, args


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(address: str) -> Iterator[Proxy]:
    with proxied(address) as made:
        yield made


def failure(http: SyncOutbound, path: str = "/", **more) -> Failure:
    with pytest.raises(OutboundError) as caught:
        http.call("POST", path, b"body", headers={}, **more)
    return caught.value.failure


def test_connections_are_kept_and_as_many_as_were_asked_for(address):
    http = SyncOutbound(address)
    answers = [http.call("POST", "/a", b"body", headers={}) for _ in range(3)]
    assert {answer.body for answer in answers} == {b"/a body"}
    assert len({answer.headers["X-From"] for answer in answers}) == 1
    http.close()
    seldom = SyncOutbound(address, kept=0)
    assert len({seldom.call("POST", "/a", headers={}).headers["X-From"] for _ in range(2)}) == 2


def test_an_answer_that_ends_its_connection_is_whole(address):
    http = SyncOutbound(address)
    assert [http.call("POST", "/last", headers={}).body for _ in range(2)] == [b"/last "] * 2
    http.close()


def test_a_kept_connection_that_was_closed_in_between_is_replaced(proxy):
    http = SyncOutbound(f"http://{proxy.address}")
    http.call("POST", "/", headers={})
    proxy.become(Mood.HANG_UP)
    proxy.become(Mood.FORWARD)
    assert http.call("POST", "/", headers={}).status == 200
    proxy.become(Mood.HANG_UP)
    assert failure(http) in {Failure.DISCONNECTED, Failure.UNREACHABLE}
    http.close()


def test_a_server_that_stalls_is_given_up_in_time(proxy):
    proxy.become(Mood.STALL)
    assert failure(SyncOutbound(f"http://{proxy.address}", total_s=0.1)) is Failure.TIMEOUT


def test_a_kept_connection_that_stalls_is_given_up_and_not_tried_twice(proxy):
    http = SyncOutbound(f"http://{proxy.address}")
    http.call("POST", "/", headers={})
    proxy.become(Mood.STALL)
    assert failure(http, total_s=0.1) is Failure.TIMEOUT


def test_nobody_listening_is_unreachable():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert failure(SyncOutbound(f"http://127.0.0.1:{bound.getsockname()[1]}")) is Failure.UNREACHABLE


def test_a_server_without_tls_is_unreachable_by_https(address):
    assert failure(SyncOutbound(address.replace("http:", "https:"))) is Failure.UNREACHABLE


def test_answers_that_are_too_large_or_no_http_are_refused(address):
    http = SyncOutbound(address, body_bytes=1000)
    assert failure(http, "/large") is Failure.TOO_LARGE
    assert failure(http, "/nonsense") is Failure.MALFORMED
    http.close()


def test_a_forked_child_has_connections_of_its_own(address, monkeypatch):
    http = SyncOutbound(address)
    parent = http.call("POST", "/", headers={}).headers["X-From"]
    kept = http._idle[0]
    monkeypatch.setattr("ringfence.base.outbound_sync.os.getpid", lambda: 1)
    assert http.call("POST", "/", headers={}).headers["X-From"] != parent
    http.close()
    kept.close()


@pytest.mark.parametrize(
    "origin",
    [
        "http://bao.example.com",
        "ftp://127.0.0.1",
        "https://",
        "https://host/path",
        "https://host/?query",
        "https://me:secret@host",
    ],
)
def test_an_address_that_is_no_origin_or_would_speak_in_the_clear_is_refused(origin):
    with pytest.raises(ValueError, match="the address must"):
        SyncOutbound(origin)


def test_no_time_left_is_a_timeout():
    with pytest.raises(TimeoutError):
        left(clock.monotonic() - 1)
