"""Connections that never become a request, and bodies that never end: each costs its sender the connection."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ringfence.cli.uvicorn_protocol import BoundedProtocol
from ringfence.controls.identity import ApiKeyKind
from tests.house import house
from tests.world import Stage

HEAD = b"POST /api/v1/embed/auth HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def answering(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@dataclass
class Torrent:
    """An application that sends for as long as somebody takes it, and then leaves its answer unfinished."""

    gives_up: bool
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        listening = asyncio.create_task(receive())
        with suppress(TimeoutError):
            while not listening.done():
                async with asyncio.timeout(0.2 if self.gives_up else None):
                    await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        listening.cancel()
        self.ended.set()


@asynccontextmanager
async def listening(
    app: Any = answering, http: type[HttpToolsProtocol] = BoundedProtocol, kept_s: int = 5
) -> AsyncGenerator[Any]:
    """The server's own protocol before an application, which unless told only answers; gives the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=http, log_level="critical", lifespan="off", access_log=False, timeout_keep_alive=kept_s
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()
    server.should_exit = True
    await running
    listener.close()


async def answered(address: tuple[str, int], *pieces: bytes) -> bytes:
    """What comes back until the other side closes the connection, after these pieces and nothing more."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        async with asyncio.timeout(60):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await reader.read()
    except ConnectionError:
        return b"reset"
    finally:
        writer.close()


@pytest.mark.parametrize(
    "pieces",
    [(), (b"GET / HT",), (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n"), (b"\r\n",)],
    ids=["nothing", "half a line", "an empty line after a request", "an empty line"],
)
async def test_a_connection_on_which_no_request_begins_is_closed(
    pieces: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ringfence.cli.uvicorn_protocol.HEAD_S", 0.2)
    async with listening() as address:
        assert b"200" not in await answered(address, *pieces)


@pytest.mark.parametrize(
    "begin",
    [b"GET / HTTP/1.1\r\nX-Junk: ", b"GET /", HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Junk: "],
    ids=["header", "path", "trailer"],
)
async def test_an_endless_head_is_cut_off(begin: bytes):
    async with listening() as address:
        got = await answered(address, begin, *(b"x" * 65_536 for _ in range(200)))
        assert got == b"reset" or b"400" in got or b"204" in got


async def test_a_request_within_the_bounds_is_answered_and_its_connection_kept():
    one = HEAD + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000
    async with listening() as address:
        reader, writer = await asyncio.open_connection(*address)
        for _ in range(3):
            writer.write(one)
            assert b"204" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        writer.close()


def refusing(*headers: tuple[bytes, bytes]) -> Any:
    """An application that answers before it has read anything of the body."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"6"), *headers]})
        await send({"type": "http.response.body", "body": b"toobig"})

    return app


CLOSING = (b"connection", b"close")


async def at_length(_scope: Any, _receive: Any, send: Any) -> None:
    """Answers with 50 kB, and closes."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"50000"), CLOSING]})
    await send({"type": "http.response.body", "body": b"x" * 50_000})


async def after_all_is_sent(address: tuple[str, int]) -> tuple[bytes, bytes]:
    """What a client gets that sends its whole body before it looks for an answer; and then to a second request."""
    reader, writer = await asyncio.open_connection(*address)
    first, second = b"", b""
    try:
        async with asyncio.timeout(60):
            writer.write(HEAD + b"Content-Length: 20000000\r\n\r\n")
            for _ in range(40):
                writer.write(b"x" * 500_000)
                await writer.drain()
            first = await reader.readuntil(b"toobig")
            writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
            second = await reader.readuntil(b"toobig")
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    writer.close()
    return first, second


@pytest.mark.parametrize("headers", [(), (CLOSING,)], ids=["the connection is kept", "the connection is closed"])
async def test_who_is_refused_while_still_sending_gets_the_answer(headers: tuple[tuple[bytes, bytes], ...]):
    async with listening(refusing(*headers)) as address:
        first, second = await after_all_is_sent(address)
    assert first.startswith(b"HTTP/1.1 413")
    assert second.startswith(b"HTTP/1.1 413") is not bool(headers)


@pytest.mark.parametrize("in_one", [True, False], ids=["in one piece", "behind the rest of the body"])
async def test_nothing_is_served_behind_an_answer_that_closes_the_connection(in_one: bool):
    served: list[str] = []
    refuse = refusing(CLOSING)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        served.append(scope["path"])
        await refuse(scope, receive, send)

    second = HEAD.replace(b"/api/v1/embed/auth", b"/second") + b"Content-Length: 0\r\n\r\n"
    async with listening(app) as address:
        reader, writer = await asyncio.open_connection(*address)
        async with asyncio.timeout(60):
            writer.write(HEAD + b"Content-Length: 10\r\n\r\n")
            first = await reader.readuntil(b"toobig")
            writer.write(b"x" * 10 + (second if in_one else b""))
            if not in_one:
                writer.write(second)
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
    assert first.startswith(b"HTTP/1.1 413")
    assert served == ["/api/v1/embed/auth"]


@pytest.mark.parametrize("nonsense", [b"zz\r\n", b"1;" + b"x" * 70_000], ids=["no chunk", "an endless chunk's head"])
async def test_whoever_sends_nonsense_behind_a_closing_answer_is_cut_off_in_silence(nonsense: bytes):
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
    async with listening(refusing(CLOSING)) as address:
        reader, writer = await asyncio.open_connection(*address)
        async with asyncio.timeout(60):
            writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            await reader.readuntil(b"toobig")
            writer.write(nonsense)
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
    assert failures == []


async def test_a_closing_answer_whose_reader_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ringfence.cli.uvicorn_protocol.UNREAD_S", 0.5)
    cut = asyncio.Event()

    class Watched(BoundedProtocol):
        @override
        def connection_made(self, transport: asyncio.Transport) -> None:
            # All of the answer stays in our own buffer, which is not full: nobody is asked to pause.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            super().connection_made(transport)

        @override
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            cut.set()

    async with listening(at_length, Watched) as address:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, address)
        await asyncio.get_running_loop().sock_sendall(client, HEAD + b"Content-Length: 0\r\n\r\n")
        async with asyncio.timeout(60):
            await cut.wait()
        client.close()


async def test_uvicorn_alone_resets_the_connection_of_whom_it_refuses():
    """The cause of what is above: were this mended over there, we could do without."""
    async with listening(refusing(CLOSING), HttpToolsProtocol) as address:
        got, _ = await after_all_is_sent(address)
    assert got == b""


@pytest.mark.parametrize("headers", [(), (CLOSING,)], ids=["the connection is kept", "the connection is closed"])
@pytest.mark.parametrize("limit", ["LINGER_S", "LINGER_IDLE_S"])
async def test_the_rest_of_a_refused_body_is_taken_for_a_while_alone(
    headers: tuple[tuple[bytes, bytes], ...], limit: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(f"ringfence.cli.uvicorn_protocol.{limit}", 0.3)
    cut = asyncio.Event()

    class Watched(BoundedProtocol):
        @override
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            cut.set()

    async with listening(refusing(*headers), Watched, kept_s=75) as address:
        _, writer = await asyncio.open_connection(*address)
        writer.write(HEAD + b"Content-Length: 20000000\r\n\r\n" + b"x" * 1000)
        async with asyncio.timeout(60):
            while limit == "LINGER_S" and not cut.is_set():
                writer.write(b"x")
                await asyncio.sleep(0.05)
            await cut.wait()
        writer.close()


@pytest.mark.parametrize("gives_up", [False, True], ids=["an answer goes on", "an answer was given up"])
async def test_a_connection_whose_reader_takes_nothing_is_cut(gives_up: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ringfence.cli.uvicorn_protocol.UNREAD_S", 0.5)
    torrent, cut = Torrent(gives_up), asyncio.Event()

    class Watched(BoundedProtocol):
        @override
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            cut.set()

    async with listening(torrent, Watched) as address:
        reader, writer = await asyncio.open_connection(*address, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(60):
            assert b"200" in await reader.readline()
            await torrent.ended.wait()
            await cut.wait()
        writer.close()


async def test_a_reader_that_makes_room_in_time_is_not_cut(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ringfence.cli.uvicorn_protocol.UNREAD_S", 2)
    async with listening(Torrent(gives_up=False)) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(60):
            for _ in range(16):
                assert len(await reader.readexactly(4_000_000)) == 4_000_000
                await asyncio.sleep(0.15)
        writer.close()


async def test_a_body_that_dawdles_is_408_and_half_a_body_is_no_request(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ringfence.features.edge.asgi._BODY_S", 0.2)
    async with house(stage, tmp_path) as home:
        port = int(home.client.base_url.rpartition(":")[2])
        got = await answered(("127.0.0.1", port), HEAD + b"Content-Length: 90\r\n\r\n{")
        assert b"408" in got.split(b"\r\n", 1)[0]
        assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "body_too_slow"


async def test_a_key_is_not_rotated_by_half_a_request(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        port = int(home.client.base_url.rpartition(":")[2])
        keys = (await home.api("GET", "/api/v1/partner/api-keys")).body["items"]
        head = f"POST /api/v1/partner/api-keys/{keys[0]['id']}/rotate HTTP/1.1\r\nHost: x\r\n"
        credential = f"Authorization: Bearer {home.api.bearer}\r\nContent-Length: 25\r\n\r\n"
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write((head + credential).encode())
        await writer.drain()
        writer.close()
        await asyncio.sleep(0.3)
        assert len((await home.api("GET", "/api/v1/partner/api-keys")).body["items"]) == len(keys)


async def test_made_up_keys_are_limited_by_address(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path, limits="default=20/60,auth=1000/60,partner=1000/60") as home:
        stranger = home.client.as_(home.kernel.identity.issue_key(ApiKeyKind.LIVE).text.reveal().decode())
        refused = [(await stranger("GET", "/api/v1/partner/settings")).status for _ in range(30)]
        assert (refused[0], refused[-1]) == (401, 429)
