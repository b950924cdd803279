import asyncio
import subprocess
import sys

import pytest

from ringfence.base.outbound import Bounds, Failure, Outbound, OutboundError
from tests.fakes import model_server

BOUNDS = Bounds(first_byte_s=30, idle_s=30, total_s=60, body_bytes=1_000_000)
# For what stalls: long enough to be reached at all.
SOON = Bounds(first_byte_s=1, idle_s=1, total_s=20, body_bytes=1_000_000)


async def ask(model: str, bounds: Bounds = BOUNDS) -> tuple[int, bytes]:
    outbound = Outbound()
    try:
        async with model_server.serve() as server:
            url = f"{server.base_url}/chat/completions"
            body = b'{"model": "%s", "messages": []}' % model.encode()
            async with outbound.post(url, body, headers={}, bounds=bounds) as answer:
                return answer.status, await answer.read()
    finally:
        await outbound.close()


async def failure_of(model: str, bounds: Bounds = BOUNDS) -> Failure:
    with pytest.raises(OutboundError) as caught:
        await ask(model, bounds)
    return caught.value.failure


async def test_an_answer_arrives_whole():
    status, body = await ask("fake-20")
    assert status == 200
    assert body.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("model", "failure"),
    [
        ("hang", Failure.TIMEOUT),
        ("hang-mid", Failure.TIMEOUT),
        ("cut-before", Failure.DISCONNECTED),
        ("cut", Failure.DISCONNECTED),
        ("huge", Failure.TOO_LARGE),
    ],
)
async def test_a_broken_server_is_a_named_failure(model, failure):
    assert await failure_of(model, SOON if failure is Failure.TIMEOUT else BOUNDS) is failure


async def test_the_whole_call_has_a_deadline():
    bounds = Bounds(first_byte_s=5, idle_s=5, total_s=0.3)
    assert await failure_of("slow-100-20", bounds) is Failure.TIMEOUT


async def test_a_redirect_is_not_followed():
    assert await ask("redirect") == (302, b"")


async def test_nobody_listening_is_unreachable():
    outbound = Outbound()
    with pytest.raises(OutboundError) as caught:
        async with outbound.post("http://127.0.0.1:9/", b"", headers={}, bounds=BOUNDS):
            pass
    assert caught.value.failure is Failure.UNREACHABLE
    await outbound.close()


async def test_an_address_that_is_none_is_malformed():
    outbound = Outbound()
    with pytest.raises(OutboundError) as caught:
        async with outbound.post("no address", b"", headers={}, bounds=BOUNDS):
            pass
    assert caught.value.failure is Failure.MALFORMED
    await outbound.close()


async def test_a_closed_client_refuses():
    outbound = Outbound()
    await outbound.close()
    with pytest.raises(OutboundError) as caught:
        async with outbound.post("http://127.0.0.1:9/", b"", headers={}, bounds=BOUNDS):
            pass
    assert caught.value.failure is Failure.UNREACHABLE


async def test_no_environment_variable_redirects_a_call(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert (await ask("fake-2"))[0] == 200


async def test_leaving_early_hangs_up():
    outbound = Outbound()
    async with model_server.serve() as server:
        url, body = f"{server.base_url}/chat/completions", b'{"model": "slow-1000-10", "messages": []}'
        async with outbound.post(url, body, headers={}, bounds=BOUNDS) as answer:
            await anext(aiter(answer))
        async with asyncio.timeout(60):
            await server.abort_seen.wait()
    await outbound.close()


async def test_finishing_waits_no_longer_than_told():
    outbound = Outbound()
    async with model_server.serve() as server:
        url, body = f"{server.base_url}/chat/completions", b'{"model": "hang-mid", "messages": []}'
        async with outbound.post(url, body, headers={}, bounds=Bounds()) as answer:
            await answer.finish(within_s=0.01)
    await outbound.close()


def test_importing_the_door_does_not_import_aiohttp():
    code = "import sys, ringfence.base.outbound; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_preparing_the_door_imports_aiohttp():
    code = "import sys, ringfence.base.outbound as o; o.Outbound().prepare(); sys.exit('aiohttp' not in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_preparing_twice_is_harmless():
    outbound = Outbound()
    outbound.prepare()
    outbound.prepare()
