"""An export on its way: little of it is held, nobody waits for it, and nothing stays when its reader goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from ringfence.features.audit_log import sending
from tests.house import Client, House, house
from tests.world import Stage

LOG = "/api/v1/audit-log"
MANY = 40_000
ACTS = (
    "insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome, request_id) "
    "select 'org', %s, app.time_ordered_id(), 'system', 'run.started', 'success', gen_random_uuid()::text "
    "from generate_series(1, %s)"
)


@dataclass
class Long:
    """A house whose Rose has a long log, read by Ada."""

    home: House
    ada: Client
    rose: str

    @asynccontextmanager
    async def export(self, query: str = "") -> AsyncIterator[aiohttp.ClientResponse]:
        """An export of which nothing was read yet, through a connection of its own with a small buffer."""
        async with aiohttp.ClientSession(read_bufsize=1024) as http:
            headers = {"Authorization": f"Bearer {self.ada.bearer}"}
            async with http.get(f"{self.ada.base_url}{LOG}/export{query}", headers=headers) as response:
                assert response.status == 200
                yield response

    def under_way(self) -> int:
        """Tasks of this process that send an export, or wait for its reader to go."""
        names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
        return sum(name in {"Download._send", "_gone"} for name in names)

    async def at_rest(self) -> None:
        """Waits until there are none."""
        for _ in range(1200):
            if not self.under_way():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("an export is still under way")


@asynccontextmanager
async def long(stage: Stage, data: Path) -> AsyncIterator[Long]:
    async with house(stage, data) as home:
        answer = await home.log_in("ada", role="admin")
        rose = answer.body["organization"]["id"]

        def fill() -> None:
            with stage.admin() as admin:
                admin.execute(ACTS, [rose, MANY])
                admin.execute("analyze app.audit_queue")

        # Beside the loop: a house that hears nothing for seconds is stale, and answers nobody.
        await asyncio.to_thread(fill)
        yield Long(home, home.client.as_(answer.body["session_token"]), rose)


def counted(home: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the pages that are read from the database from now on."""
    pages: list[int] = []
    read = type(home.kernel.database).read

    async def counting(*args: object) -> list[list[object]]:
        found = await read(*args)  # pyright: ignore[reportArgumentType] - as it was called
        if len(found[0]) == sending.PAGE:
            pages.append(len(found[0]))
        return found

    monkeypatch.setattr(type(home.kernel.database), "read", counting)
    return pages


@pytest.mark.promise("AUD-05")
async def test_an_export_that_nobody_takes_is_not_read_from_the_database(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with long(stage, tmp_path) as here:
        pages = counted(here.home, monkeypatch)
        async with here.export() as response:
            await response.content.readany()
            before = -1
            while before != len(pages):
                before = len(pages)
                await asyncio.sleep(0.3)
            assert 1 <= len(pages) < MANY // sending.PAGE // 2
            whole = await response.content.read()
        assert len(pages) >= MANY // sending.PAGE
        assert whole.count(b"\n") > MANY // 2


@pytest.mark.promise("AUD-05")
@pytest.mark.parametrize("query", ["", "?format=csv"])
async def test_a_reader_that_hangs_up_leaves_nothing_behind(stage: Stage, tmp_path: Path, query: str):
    async with long(stage, tmp_path) as here:
        async with here.export(query) as response:
            await response.content.readany()
            assert here.under_way() > 0
            response.close()
        await here.at_rest()
        assert (await here.ada("GET", f"{LOG}?limit=1")).status == 200


@pytest.mark.promise("AUD-05")
async def test_others_are_answered_while_a_log_is_exported(stage: Stage, tmp_path: Path):
    async with long(stage, tmp_path) as here:

        async def drain() -> int:
            async with here.export() as response:
                return (await response.content.read()).count(b"\n")

        exporting = asyncio.create_task(drain())
        answered = 0
        while not exporting.done():
            assert (await here.ada("GET", "/api/v1/me")).status == 200
            answered += 1
        assert answered > 3
        assert await exporting >= MANY


@pytest.mark.promise("AUD-05")
async def test_an_export_ends_with_the_session_that_asked_for_it(stage: Stage, tmp_path: Path):
    async with long(stage, tmp_path) as here:
        me = (await here.ada("GET", "/api/v1/me")).body
        async with here.export() as response:
            await response.content.readany()
            path = f"/api/v1/partner/organizations/{here.rose}/users/{me['user']['id']}"
            assert (await here.home.api("PATCH", path, {"status": "restricted"})).status == 200
            await here.home.settle()
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.content.read()


async def test_a_slow_reader_is_cut_off(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sending, "_SEND_S", 0.2)
    async with long(stage, tmp_path) as here, here.export() as response:
        await response.content.readany()
        await here.at_rest()
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.content.read()
