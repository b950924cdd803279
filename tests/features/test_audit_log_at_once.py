"""Exports at once: so many of a log, so many of a partner, so many in all; the others are told to come back."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest
from starlette.types import Message

from ringfence.base import clock
from ringfence.base.principal import ActorKind, OrgId, PartnerId, Principal, Role
from ringfence.base.problem import Problem
from ringfence.features.audit_log import Reading, own_organization, sending
from ringfence.features.audit_log.slots import A_LOG, Slots
from tests.house import Answer, Client, House, house
from tests.world import Stage

LOG = "/api/v1/audit-log"
MANY = 20_000
ACTS = (
    "insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome, request_id) "
    "select 'org', %s, app.time_ordered_id(), 'system', 'run.started', 'success', gen_random_uuid()::text "
    "from generate_series(1, %s)"
)


@dataclass(frozen=True)
class Hoard:
    """A house whose Rose has a long log, and connections to it of which nobody reads."""

    home: House
    ada: Client
    stack: AsyncExitStack

    async def stall(self, path: str, client: Client) -> aiohttp.ClientResponse:
        """Begins an export and takes a little of it, through a connection of its own with a small buffer."""
        http = await self.stack.enter_async_context(aiohttp.ClientSession(read_bufsize=1024))
        headers = {"Authorization": f"Bearer {client.bearer}"}
        answer = await self.stack.enter_async_context(http.get(client.base_url + path, headers=headers))
        assert answer.status == 200
        await answer.content.readany()
        return answer

    async def export(self) -> Answer:
        """Ada's export, of as little as can be."""
        return await self.ada("GET", f"{LOG}/export?action=auth.exchange")

    async def once_free(self) -> Answer:
        """The export that follows the refusals, once a place is free."""
        async with asyncio.timeout(60):
            while (answer := await self.export()).status != 200:  # noqa: ASYNC110 - what the API says is no event
                await asyncio.sleep(0.05)
        return answer


@asynccontextmanager
async def hoard(stage: Stage, data: Path) -> AsyncIterator[Hoard]:
    async with house(stage, data) as home, AsyncExitStack() as stack:
        answer = await home.log_in("ada", role="admin")

        def fill() -> None:
            with stage.admin() as admin:
                admin.execute(ACTS, [answer.body["organization"]["id"], MANY])

        await asyncio.to_thread(fill)
        yield Hoard(home, home.client.as_(answer.body["session_token"]), stack)


@pytest.mark.promise("AUD-05")
async def test_a_third_export_of_a_log_is_refused_until_one_is_over_and_chat_goes_on(stage: Stage, tmp_path: Path):
    async with hoard(stage, tmp_path) as here:
        held = [await here.stall(f"{LOG}/export{query}", here.ada) for query in ("", "?format=csv")]
        assert len(held) == A_LOG
        refused = await here.export()
        assert (refused.status, refused.code) == (429, "too_many_exports")
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert int(refused.headers["Retry-After"]) > 0
        # Nobody took anything away, so nothing says so.
        exported = (await here.ada("GET", f"{LOG}?action=audit.exported")).body["items"]
        assert len(exported) == A_LOG
        answers = await asyncio.gather(*(here.ada("GET", "/api/v1/me") for _ in range(30)))
        assert {answer.status for answer in answers} == {200}
        assert (await here.ada("GET", f"{LOG}?limit=1")).status == 200
        held[0].close()
        assert (await here.once_free()).status == 200
        assert (await held[1].content.read()).count(b"\r\n") > MANY // 2
        assert [(await here.export()).status for _ in range(5)] == [200] * 5


async def test_a_reader_that_takes_nothing_loses_its_place(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with hoard(stage, tmp_path) as here:
        monkeypatch.setattr(sending, "_SEND_S", 0.5)
        for _ in range(A_LOG):
            await here.stall(f"{LOG}/export", here.ada)
        assert (await here.once_free()).status == 200


async def test_a_reader_that_takes_a_little_now_and_then_loses_its_place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sending, "_SEND_S", 0.3)
    monkeypatch.setattr(sending, "_SLOWEST", 1_000)
    slots, forever, sent = Slots(), asyncio.Event(), list[Message]()

    async def endless() -> AsyncGenerator[bytes, None]:
        while True:
            yield b"x" * 10

    async def send(message: Message) -> None:
        sent.append(message)
        # Never as long as the whole patience, and yet far less than a thousand bytes a second.
        await asyncio.sleep(0.05)

    async def receive() -> Message:
        await forever.wait()
        return {"type": "http.disconnect"}

    slot = slots.take(reading(), connections=4)
    download = sending.Download(endless(), name="x", media_type="text/csv", slot=slot)
    async with asyncio.timeout(60):
        await download.serve(receive, send)
    assert sent
    slots.take(reading(), connections=4).give_back()


def test_of_all_partners_together_as_many_export_as_a_share_of_the_connections():
    slots = Slots()
    held = [slots.take(reading(1, log), connections=16) for log in (1, 1, 2)]
    assert refusal(slots, reading(1, 3)) == (429, "too_many_exports")
    held.append(slots.take(reading(2, 4), connections=16))
    assert refusal(slots, reading(3, 5)) == (503, "exports_busy")
    held.pop(0).give_back()
    held[0].give_back()
    held[0].give_back()
    assert refusal(slots, reading(3, 5)) is None
    assert [refusal(slots, reading(1, log)) for log in (1, 3)] == [None, None]


def test_an_answer_that_nobody_served_keeps_no_place():
    slots = Slots()
    for _ in range(9):
        slots.take(reading(), connections=16)
    assert refusal(slots, reading()) is None


def refusal(slots: Slots, of: Reading) -> tuple[int, str] | None:
    """How a place is refused; where it is not, it is given back at once."""
    try:
        slots.take(of, connections=16).give_back()
    except Problem as problem:
        return problem.status, problem.code
    return None


def reading(partner: int = 1, org: int = 1) -> Reading:
    """A log of this organization of this partner."""
    return own_organization(
        Principal(
            kind=ActorKind.USER,
            partner_id=PartnerId(UUID(int=partner)),
            role=Role.ADMIN,
            issued_at=clock.now(),
            org_id=OrgId(UUID(int=org)),
        )
    )
