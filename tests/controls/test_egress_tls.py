"""Bytes over TLS: to checked addresses alone, to a server that proves its name, and taken by it or not sent at all.

Mutations, and the tests that turn red: no check of the name -> test_a_server_of_another_name_gets_nothing; the system's
authorities beside those that were named -> test_only_the_authorities_that_were_named_count; the connection's end taken
for a receipt -> test_a_server_that_leaves_without_reading_has_got_nothing; alerts unread ->
test_a_server_that_wants_a_certificate_of_ours_has_got_nothing; no address guard -> test_a_private_address_is_refused.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ringfence.controls.egress import BadAuthorities, Bounds, Egress, EgressError, Failure, parse_named, trusting
from tests.fakes.siem_server import Papers

pytestmark = pytest.mark.promise("AGT-06")
# Only silence is waited for to the end of a bound: all else is found out by what comes, however slow the machine.
SOON, SILENCE = Bounds(connect_s=20, idle_s=30, total_s=60), Bounds(connect_s=20, idle_s=1, total_s=5)
ABRUPT = 20
PAYLOAD = b"".join(b"%d" % number for number in range(100_000))


class Ear:
    """A TLS server that reads to the end, or misbehaves as `way` says."""

    def __init__(self, way: str = "") -> None:
        self.way = way
        self.port = 0
        self.heard = b""
        self.tasks: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            await self.hear(reader, writer)
        finally:
            writer.transport.abort()

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.way == "leaves":
            return
        if self.way == "silent":
            await asyncio.sleep(3600)
        try:
            self.heard = await reader.read(-1)
        except (ConnectionError, ssl.SSLError):
            return
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def listening(papers: Papers, way: str = "") -> AsyncGenerator[Ear]:
    ear = Ear(way)
    server = await asyncio.start_server(ear.connected, "127.0.0.1", 0, ssl=papers.server)
    ear.port = server.sockets[0].getsockname()[1]
    try:
        yield ear
    finally:
        server.close()
        for task in ear.tasks:
            task.cancel()
        await asyncio.gather(*ear.tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def sent(
    papers: Papers, *, way: str = "", ca: str | None = None, host: str = "127.0.0.1", payload: bytes = PAYLOAD
) -> Ear:
    """What the server heard of the payload; named is what the operator allows."""
    async with listening(papers, way) as ear:
        egress = Egress(parse_named(f"{host}:{ear.port}"), resolve=_here)
        try:
            bounds = SILENCE if way == "silent" else SOON
            await egress.send_tls(host, ear.port, payload, ca_pem=ca or papers.ca_pem, bounds=bounds)
            await asyncio.sleep(0)
        finally:
            await egress.close()
        return ear


async def _here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


async def failure_of(papers: Papers, **how: Any) -> Failure:
    with pytest.raises(EgressError) as caught:
        await sent(papers, **how)
    return caught.value.failure


async def test_what_is_sent_arrives_whole_and_the_server_says_farewell():
    assert (await sent(Papers.issue())).heard == PAYLOAD
    assert (await sent(Papers.issue("logs.rose.example"), host="logs.rose.example")).heard == PAYLOAD


async def test_a_server_that_ends_without_a_farewell_of_tls_has_got_it():
    papers, heard = Papers.issue(), bytearray()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with papers.server.wrap_socket(listener.accept()[0], server_side=True) as connection:
            while data := connection.recv(65_536):
                heard.extend(data)

    serving = asyncio.create_task(asyncio.to_thread(serve))
    port = listener.getsockname()[1]
    egress = Egress(parse_named(f"127.0.0.1:{port}"))
    await egress.send_tls("127.0.0.1", port, PAYLOAD, ca_pem=papers.ca_pem, bounds=SOON)
    await serving
    await egress.close()
    listener.close()
    assert bytes(heard) == PAYLOAD


async def test_a_server_of_another_name_gets_nothing():
    assert await failure_of(Papers.issue("logs.thorn.example"), host="logs.rose.example") is Failure.UNTRUSTED


async def test_a_certificate_that_has_run_out_is_none():
    assert await failure_of(Papers.issue(days=-1)) is Failure.UNTRUSTED


async def test_only_the_authorities_that_were_named_count():
    papers = Papers.issue()
    assert await failure_of(papers, ca=Papers.issue().ca_pem) is Failure.UNTRUSTED
    async with listening(papers) as ear:
        egress = Egress(parse_named(f"127.0.0.1:{ear.port}"))
        with pytest.raises(EgressError) as refused:
            await egress.send_tls("127.0.0.1", ear.port, PAYLOAD, bounds=SOON)
        await egress.close()
    assert (refused.value.failure, ear.heard) == (Failure.UNTRUSTED, b"")


async def test_authorities_that_were_named_stand_instead_of_this_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    papers = Papers.issue()
    (tmp_path / "ca.pem").write_text(papers.ca_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert await failure_of(papers, ca=Papers.issue().ca_pem) is Failure.UNTRUSTED
    async with listening(papers) as ear:
        egress = Egress(parse_named(f"127.0.0.1:{ear.port}"))
        await egress.send_tls("127.0.0.1", ear.port, PAYLOAD, bounds=SOON)
        await egress.close()
    assert ear.heard == PAYLOAD, "without any, this machine's count"


async def test_a_server_that_leaves_without_reading_has_got_nothing():
    assert await failure_of(Papers.issue(), way="leaves") is Failure.DISCONNECTED


async def test_a_server_that_ends_before_it_has_read_has_got_nothing():
    papers = Papers.issue()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def serve() -> None:
        for _ in range(ABRUPT):
            plain, _address = listener.accept()
            papers.server.wrap_socket(plain, server_side=True).close()  # No farewell, and nothing read.

    serving = asyncio.create_task(asyncio.to_thread(serve))
    egress = Egress(parse_named(f"127.0.0.1:{port}"))
    for _ in range(ABRUPT):
        with pytest.raises(EgressError) as refused:
            await egress.send_tls("127.0.0.1", port, b"<110>1 - - - - - -", ca_pem=papers.ca_pem, bounds=SOON)
        assert refused.value.failure is Failure.DISCONNECTED
    await serving
    await egress.close()
    listener.close()


async def test_a_server_that_never_answers_has_a_deadline():
    assert await failure_of(Papers.issue(), way="silent") is Failure.TIMEOUT


async def test_a_server_that_wants_a_certificate_of_ours_has_got_nothing():
    papers = Papers.issue()
    papers.server.verify_mode = ssl.CERT_REQUIRED
    papers.server.load_verify_locations(cadata=papers.ca_pem)
    assert await failure_of(papers) is Failure.DISCONNECTED
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        plain, _address = listener.accept()
        with plain, pytest.raises(ssl.SSLError):
            papers.server.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False)

    serving = asyncio.create_task(asyncio.to_thread(serve))
    port = listener.getsockname()[1]
    egress = Egress(parse_named(f"127.0.0.1:{port}"))
    with pytest.raises(EgressError) as refused:
        await egress.send_tls("127.0.0.1", port, b"<110>1 - - - - - -", ca_pem=papers.ca_pem, bounds=SOON)
    assert refused.value.failure is Failure.DISCONNECTED
    await serving
    await egress.close()
    listener.close()


async def test_a_server_that_speaks_no_tls_is_named_so():
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    egress = Egress(parse_named(f"127.0.0.1:{port}"))
    with pytest.raises(EgressError) as refused:
        await egress.send_tls("127.0.0.1", port, PAYLOAD, bounds=SOON)
    assert refused.value.failure is Failure.DISCONNECTED
    server.close()
    with pytest.raises(EgressError) as refused:
        await egress.send_tls("127.0.0.1", port, PAYLOAD, bounds=SOON)
    assert refused.value.failure is Failure.UNREACHABLE
    await egress.close()
    with pytest.raises(EgressError):
        await egress.send_tls("127.0.0.1", port, PAYLOAD, bounds=SOON)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "localhost", "rebinding.example"]
)
async def test_a_private_address_is_refused_however_it_is_named(host: str):
    egress = Egress(resolve=_here)
    with pytest.raises(EgressError) as refused:
        await egress.send_tls(host, 6514, PAYLOAD, bounds=SOON)
    await egress.close()
    assert refused.value.failure is Failure.REFUSED_ADDRESS


@pytest.mark.parametrize(
    ("host", "port"),
    [("", 6514), ("a/b", 6514), ("a b.example", 6514), ("me@a.example", 6514), ("a.example:1", 6514), ("a.example", 0)],
)
async def test_what_is_no_host_and_port_is_refused(host: str, port: int):
    egress = Egress(resolve=_here)
    with pytest.raises(EgressError) as refused:
        await egress.send_tls(host, port, PAYLOAD, bounds=SOON)
    await egress.close()
    assert refused.value.failure is Failure.INVALID_URL


def test_authorities_are_certificates_of_authorities_and_nothing_else():
    papers = Papers.issue()
    assert trusting(papers.ca_pem).verify_mode is ssl.CERT_REQUIRED
    assert trusting(papers.ca_pem + "\n" + Papers.issue().ca_pem).check_hostname
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"  # gitleaks:allow - four letters
    cut, changed, long = papers.ca_pem[:-40], papers.ca_pem.replace("A", "B"), "x" * 70_000
    for bad in ("", "nonsense", key + papers.ca_pem, cut, changed, long):
        with pytest.raises(BadAuthorities):
            trusting(bad)
