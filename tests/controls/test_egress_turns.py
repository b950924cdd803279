"""An organization whose tools never answer holds up itself: others have their turns, by count and not by luck."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ringfence.base import ids
from ringfence.base.principal import PartnerId
from ringfence.controls.egress import Bounds, Egress, EgressError, Failure, parse_named
from ringfence.controls.egress import egress as parts
from ringfence.controls.egress.turns import SHARE, Turns
from ringfence.controls.identity import BadKeySet
from ringfence.controls.identity.key_sets import KeySets
from tests.world import Stage

ROSE, THORN = ids.new(), ids.new()


@asynccontextmanager
async def slow_server() -> AsyncIterator[tuple[str, list[str], asyncio.Event]]:
    """A server that answers /quick at once and all else when it is told to; its address, and what arrived."""
    arrived: list[str] = []
    go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        arrived.append(path)
        if path != "/quick":
            await go.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", arrived, go
    finally:
        server.close()


async def until(arrived: list[str], number: int) -> None:
    async with asyncio.timeout(60):
        while len(arrived) < number:  # noqa: ASYNC110 - the claim is about the server's side
            await asyncio.sleep(0.01)


@pytest.mark.promise("AGT-06", "TEN-07")
async def test_an_organization_with_slow_tools_has_its_share_and_others_are_answered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "_CALLS", 8)
    async with slow_server() as (place, arrived, go):
        egress = Egress(parse_named(place))
        noisy = [asyncio.create_task(egress.request("GET", f"http://{place}/slow", whose=ROSE)) for _ in range(20)]
        await until(arrived, 8 // SHARE)
        for _ in range(5):
            assert (await egress.request("GET", f"http://{place}/quick", whose=THORN)).status == 200
        assert (arrived.count("/slow"), arrived.count("/quick")) == (8 // SHARE, 5)
        go.set()
        assert {answer.status for answer in await asyncio.gather(*noisy)} == {200}
        await egress.close()


@pytest.mark.promise("AGT-06", "TEN-07")
async def test_a_name_server_that_never_answers_holds_a_share_of_the_threads_even_after_its_calls_gave_up(
    monkeypatch: pytest.MonkeyPatch,
):
    never, asked, real = threading.Event(), list[str](), socket.getaddrinfo

    def look_up(host: str, *more: object, **options: object) -> object:
        if host != "slow.example":
            return real("127.0.0.1", 443)
        asked.append(host)
        never.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    egress, hurry = Egress(), Bounds(connect_s=0.2)
    try:
        for _ in range(2):  # The second round comes when the first has given up, and finds its threads still there.
            calls = (egress.request("GET", "https://slow.example/", bounds=hurry, whose=ROSE) for _ in range(10))
            failures = await asyncio.gather(*calls, return_exceptions=True)
            assert {f.failure for f in failures if isinstance(f, EgressError)} == {Failure.TIMEOUT}
            assert len(asked) == 16 // SHARE
        with pytest.raises(EgressError) as refused:
            await egress.request("GET", "https://quick.example/", whose=THORN)
        assert refused.value.failure is not Failure.TIMEOUT, "it was looked up, and is a private address"
    finally:
        never.set()
        await egress.close()


async def test_who_gives_up_waiting_leaves_its_place_and_nobody_is_remembered():
    turns = Turns(SHARE)
    first = await turns.take(ROSE)
    waiting = asyncio.create_task(turns.take(ROSE))
    others = [await turns.take(ids.new()) for _ in range(SHARE - 1)]
    behind_all = asyncio.create_task(turns.take(THORN))
    await asyncio.sleep(0)
    for task in (waiting, behind_all):
        task.cancel()
    await asyncio.gather(waiting, behind_all, return_exceptions=True)
    first()
    again = await asyncio.wait_for(turns.take(THORN), 60)
    for give_back in (again, *others):
        give_back()
    assert turns.owners == 0
    (await turns.take(None))()
    assert turns.owners == 0


@pytest.mark.promise("AGT-06", "TEN-07")
async def test_a_partners_key_servers_have_its_share_of_the_calls(stage: Stage):
    northwind, southwind, never = PartnerId(ids.new()), PartnerId(ids.new()), asyncio.Event()
    looked_up: list[str] = []

    async def resolve(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        if host == "slow.example":
            await never.wait()
        return ["10.0.0.7"]

    egress = Egress(resolve=resolve)
    async with stage.open() as database:
        sets = KeySets(database, egress)
        slow = [asyncio.create_task(sets.fetch(northwind, "https://slow.example/keys")) for _ in range(100)]
        await asyncio.sleep(0)
        with pytest.raises(BadKeySet, match="refused_address"):
            await sets.fetch(southwind, "https://quick.example/keys")
    assert looked_up == ["slow.example"] * 64 + ["quick.example"]
    never.set()
    await asyncio.gather(*slow, return_exceptions=True)
    await egress.close()
