"""Connections that never become a request, and bodies that never end: each costs its sender the connection."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from ringfence.cli.uvicorn_protocol import BoundedProtocol
from ringfence.controls.identity import ApiKeyKind
from tests.house import house
from tests.world import Stage

HEAD = b"POST /api/v1/embed/auth HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def answering(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def listening() -> AsyncGenerator[tuple[str, int]]:
    """The server's own protocol before an application that only answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(answering, http=BoundedProtocol, log_level="critical", lifespan="off", access_log=False)
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
        async with asyncio.timeout(10):
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
            assert b"204" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
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
