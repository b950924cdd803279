"""Calls to hosts that others named: what is refused on the way, and what breaks off. Real sockets on loopback.

Mutations, and the tests that turn red: no check of each address -> test_one_private_address_among_public_ones; a second
resolution -> test_a_name_is_resolved_once; redirects left to the client -> test_a_redirect_into_the_private_network;
headers kept -> test_a_redirect_to_another_origin_takes_nothing_along; no bound on the body, compression taken ->
test_an_answer_without_end_or_sense; no deadline -> test_a_drip_has_a_deadline.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from ringfence.controls.egress import Answer, Bounds, Egress, EgressError, Failure, parse, parse_named
from ringfence.controls.egress.exchange import Request
from ringfence.controls.egress.redirects import followed
from tests.fakes import tool_server

pytestmark = pytest.mark.promise("AGT-06")
# Only silence is waited for to the end of a bound: all else is found out by what comes, however slow the machine.
SOON = Bounds(connect_s=20, first_byte_s=30, idle_s=30, total_s=60, body_bytes=100_000)


class Names:
    """A name server that answers in turn, and counts."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(f"{host}:{port}")
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@asynccontextmanager
async def opened(*named: str, names: Names | None = None) -> AsyncGenerator[Egress]:
    egress = Egress(parse_named(",".join(named)), resolve=names)
    try:
        yield egress
    finally:
        await egress.close()


async def got(path: str, bounds: Bounds = SOON) -> Answer:
    async with tool_server.serve() as server, opened(server.place) as egress:
        return await egress.request("GET", server.base_url + path, bounds=bounds)


async def failure_of(path: str, bounds: Bounds = SOON) -> EgressError:
    with pytest.raises(EgressError) as caught:
        await got(path, bounds)
    assert caught.value.text.endswith(".")
    return caught.value


async def test_a_call_arrives_as_it_was_made_and_its_answer_comes_back_whole():
    async with tool_server.serve() as server, opened(server.place) as egress:
        answer = await egress.request(
            "POST", f"{server.base_url}/status/418?q=1", headers={"X-Tool": "a"}, body=b"{}", bounds=SOON
        )
        assert (answer.status, answer.body) == (418, b'{"error": "planted status"}')
        received = server.requests[0]
        assert (received.method, received.path, received.body) == ("POST", "/status/418?q=1", "{}")
        assert received.headers == {
            "host": server.place,
            "x-tool": "a",
            "accept-encoding": "identity",
            "content-length": "2",
        } | {name: received.headers[name] for name in received.headers if name == "connection"}


async def test_a_name_is_looked_up_by_the_system_where_nothing_else_is_given():
    async with tool_server.serve() as server, opened(f"localhost:{server.port}") as egress:
        answer = await egress.request("GET", f"http://localhost:{server.port}/echo", bounds=SOON)
        assert (answer.status, server.requests[0].headers["host"]) == (200, f"localhost:{server.port}")


@pytest.mark.promise("TEN-07")
async def test_no_two_calls_share_a_connection_or_a_cookie():
    async with tool_server.serve() as server, opened(server.place) as egress:
        for _ in range(2):
            await egress.request("GET", f"{server.base_url}/cookie", bounds=SOON)
        assert server.connections == 2
        assert not any("cookie" in received.headers for received in server.requests)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}/", "https://127.0.0.1:{}/", "https://[::ffff:127.0.0.1]:{}/"])
async def test_what_nobody_named_is_not_even_connected_to(url: str):
    async with tool_server.serve() as server, opened() as egress:
        with pytest.raises(EgressError) as refused:
            await egress.request("GET", url.format(server.port), bounds=SOON)
        assert (refused.value.failure, server.connections) == (Failure.REFUSED_ADDRESS, 0)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1%lo"]
)
async def test_one_private_address_among_public_ones_refuses_the_name(address: str):
    names = Names(["93.184.216.34", address])
    async with opened(names=names) as egress:
        with pytest.raises(EgressError) as refused:
            await egress.request("GET", "https://rebinding.example/", bounds=SOON)
    assert refused.value.failure is Failure.REFUSED_ADDRESS


async def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked():
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with tool_server.serve() as server, opened(f"tools.test:{server.port}", names=names) as egress:
        answer = await egress.request("GET", f"http://tools.test:{server.port}/echo", bounds=SOON)
        assert (answer.status, names.asked) == (200, [f"tools.test:{server.port}"])
        assert server.requests[0].headers["host"] == f"tools.test:{server.port}"


async def test_a_name_that_turns_private_after_the_check_leads_to_what_was_checked():
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    async with opened(names=names) as egress:
        # The guard of the tests' sockets names the address to which the connection would have gone.
        with pytest.raises(AssertionError, match=r"tried to reach 93\.184\.216\.34"):
            await egress.request("GET", "https://rebinding.example/", bounds=SOON)
    assert len(names.asked) == 1


async def test_a_name_without_addresses_or_of_nonsense_is_unknown():
    for answer in ([], ["nonsense"]):
        async with opened(names=Names(answer)) as egress:
            with pytest.raises(EgressError) as refused:
                await egress.request("GET", "https://nowhere.example/", bounds=SOON)
        assert refused.value.failure is Failure.UNRESOLVED


async def test_a_name_server_that_never_answers_has_a_deadline():
    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(3600)
        return []

    egress = Egress(resolve=never)
    with pytest.raises(EgressError) as refused:
        await egress.request("GET", "https://slow.example/", bounds=Bounds(connect_s=0.05))
    assert refused.value.failure is Failure.TIMEOUT
    await egress.close()


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://[::ffff:127.0.0.1]/",
        "http://127.0.0.1:1/",
        "https://0x7f000001/",
        "https://user@example.com/",
        "//localhost/",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
async def test_a_redirect_into_the_private_network_is_refused(to: str):
    assert (await failure_of(f"/redirect/302?to={to}")).failure is Failure.REFUSED_REDIRECT


async def test_a_redirect_is_followed_three_times_and_no_more():
    assert (await got("/hop/3")).body == b'{"ok": true}'
    assert (await failure_of("/hop/4")).failure is Failure.REFUSED_REDIRECT


async def test_a_public_server_cannot_lead_to_a_place_that_only_the_operator_names():
    named = parse_named("127.0.0.1:9001")
    request = Request("GET", parse("https://example.com/"), {}, None)
    with pytest.raises(EgressError, match="refused_redirect"):
        followed(request, 302, {"location": "http://127.0.0.1:9001/"}, named=named)
    with pytest.raises(EgressError, match="refused_redirect"):
        followed(request, 302, {"location": "https://127.0.0.1:9001/"}, named=named)


async def test_https_is_never_left_even_for_a_named_place():
    named = parse_named("127.0.0.1:9001")
    request = Request("GET", parse("https://127.0.0.1:9001/", named=named), {}, None)
    with pytest.raises(EgressError, match="refused_redirect"):
        followed(request, 302, {"location": "http://127.0.0.1:9001/"}, named=named)


async def test_a_redirect_to_another_origin_takes_nothing_along():
    headers = {"Authorization": "Bearer t", "Cookie": "a", "X-Tool": "b", "Idempotency-Key": "k", "User-Agent": "R"}
    headers |= {"Accept": "text/plain; key=t"}  # the tool's, too: a declaration may put a secret there
    async with tool_server.serve() as first, tool_server.serve() as other, opened(first.place, other.place) as egress:
        url = f"{first.base_url}/redirect/302?to={other.base_url}/echo"
        assert (await egress.request("GET", url, headers=headers, bounds=SOON)).status == 200
        assert headers.keys() <= {name.title() for name in first.requests[0].headers}
        assert other.requests[0].headers.keys() <= {"host", "user-agent", "accept-encoding", "connection"}


@pytest.mark.parametrize(("method", "status"), [("POST", 307), ("POST", 308), ("DELETE", 307), ("POST", 302)])
async def test_an_act_is_not_sent_on_to_another_origin(method: str, status: int):
    async with tool_server.serve() as first, tool_server.serve() as other, opened(first.place, other.place) as egress:
        url = f"{first.base_url}/redirect/{status}?to={other.base_url}/echo"
        body = b"{}" if method == "POST" else None
        with pytest.raises(EgressError, match="refused_redirect"):
            await egress.request(method, url, body=body, bounds=SOON)
        assert (len(first.requests), other.connections) == (1, 0)


async def test_an_act_is_repeated_at_its_own_origin_and_answered_elsewhere_by_a_page():
    async with tool_server.serve() as server, opened(server.place) as egress:
        await egress.request("POST", f"{server.base_url}/redirect/307?to=/echo", body=b"{}", bounds=SOON)
        await egress.request("POST", f"{server.base_url}/redirect/303?to=/echo", body=b"{}", bounds=SOON)
        assert [(one.method, one.body) for one in server.requests[1::2]] == [("POST", "{}"), ("GET", "")]


@pytest.mark.parametrize(
    ("path", "failure"),
    [
        ("/large/50000000", Failure.TOO_LARGE),
        ("/endless", Failure.TOO_LARGE),
        ("/silent", Failure.TIMEOUT),
        ("/half", Failure.DISCONNECTED),
        ("/garbage", Failure.MALFORMED),
        ("/wide", Failure.MALFORMED),
        ("/gzip", Failure.COMPRESSED),
    ],
)
async def test_an_answer_without_end_or_sense_is_a_named_failure(path: str, failure: Failure):
    bounds = replace(SOON, first_byte_s=0.5) if failure is Failure.TIMEOUT else SOON
    assert (await failure_of(path, bounds)).failure is failure


async def test_a_drip_has_a_deadline():
    bounds = Bounds(first_byte_s=1, idle_s=1, total_s=0.4)
    assert (await failure_of("/drip", bounds)).failure is Failure.TIMEOUT


@pytest.mark.parametrize(
    ("path", "bounds"),
    [("/silent", Bounds(first_byte_s=0.1, total_s=600)), ("/drip", Bounds(idle_s=0.01, total_s=600))],
)
async def test_waiting_for_the_first_byte_and_for_the_next_is_bounded_apart(path: str, bounds: Bounds):
    async with asyncio.timeout(60):
        assert (await failure_of(path, bounds)).cause == "no bytes in time"


async def test_an_answer_of_exactly_the_bound_is_whole():
    assert len((await got("/large/100000")).body) == 100_000
    assert (await failure_of("/large/100001")).failure is Failure.TOO_LARGE


async def test_nobody_listening_and_a_closed_door_are_unreachable():
    async with opened("127.0.0.1:1") as egress:
        with pytest.raises(EgressError, match="unreachable"):
            await egress.request("GET", "http://127.0.0.1:1/", bounds=SOON)
    with pytest.raises(EgressError, match="unreachable"):
        await egress.request("GET", "http://127.0.0.1:1/", bounds=SOON)


async def test_a_server_that_cannot_prove_its_name_is_untrusted():
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, opened(place) as egress:
        with pytest.raises(EgressError, match="untrusted"):
            await egress.request("GET", f"https://{place}/", bounds=SOON)


async def test_a_proxy_in_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert (await got("/echo")).status == 200


def test_the_application_starts_without_what_only_a_call_needs():
    program = "import sys, ringfence.app; print({'aiohttp', 'jsonschema_rs'} & sys.modules.keys())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"
