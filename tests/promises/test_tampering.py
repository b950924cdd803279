"""A stored record that somebody changed: 500 with a code, a line that names its place, a count, an entry, one alert."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ringfence.base import ids, log
from ringfence.base.principal import OrgId, UserId
from ringfence.controls.audit import recent
from ringfence.controls.deliveries import forget_refusals
from ringfence.controls.keystore import FileKeystore, KeyOwner
from ringfence.controls.vault import Tampered, Vault, fields
from tests.features.test_files import hand_in, objects
from tests.house import House, house
from tests.running import Script, theatre
from tests.world import Stage

FLIP = "update app.app_user set name = set_byte(name, 60, get_byte(name, 60) # 1) where id = %s"
SWAP = "update app.app_user a set name = a.subject where id = %s"
CUT = "update app.app_user set name = substr(name, 1, 40) where id = %s"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What this process logs."""
    written = io.StringIO()
    log.configure(json_lines=True, file=written)
    yield written
    log.configure(json_lines=True)


def harm(stage: Stage, how: str, user: str) -> None:
    with stage.admin() as admin:
        admin.execute(how.encode(), [user])


async def written(home: House) -> int:
    """Writes down what was refused, as the process does on its own."""
    return await home.kernel.refusals.write(home.kernel.database, home.kernel.outbox, holder=ids.new())


def kept(stage: Stage, question: str) -> list[Any]:
    with stage.admin() as admin:
        return admin.execute(question.encode()).fetchall()


@pytest.mark.promise("CRY-01")
@pytest.mark.parametrize("how", [FLIP, SWAP, CUT], ids=["a flipped bit", "another column's record", "cut short"])
async def test_a_changed_record_is_500_and_its_place_is_in_the_log(
    stage: Stage, tmp_path: Path, lines: io.StringIO, how: str
):
    async with house(stage, tmp_path) as home:
        alice = (await home.log_in(name="Alice Secretly")).body
        harm(stage, how, alice["user"]["id"])
        path = f"/api/v1/partner/organizations/{alice['organization']['id']}/users/{alice['user']['id']}"
        answer = await home.api("GET", path)
    assert (answer.status, answer.code) == (500, "integrity")
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    (refused,) = [line for line in told if line["event"] == "record_refused"]
    assert (refused["table"], UUID(refused["row_id"])) == ("app_user", UUID(alice["user"]["id"]))
    assert "Secretly" not in lines.getvalue()


def flip(stored: Path) -> None:
    was = stored.read_bytes()
    stored.write_bytes(was[:-3] + bytes([was[-3] ^ 1]) + was[-2:])


HARM: dict[str, Callable[[Path], object]] = {
    "a flipped bit": flip,
    "cut short": lambda stored: stored.write_bytes(stored.read_bytes()[:-5]),
    "never sealed": lambda stored: stored.write_bytes(b"Water the roses." * 20),
    "gone": Path.unlink,
}


@pytest.mark.promise("CRY-01")
async def test_a_changed_object_is_500_and_not_the_beginning_of_a_file(
    stage: Stage, tmp_path: Path, lines: io.StringIO
):
    async with house(stage, tmp_path) as home:
        alice = await home.session("alice")
        for how, harmed in HARM.items():
            made = (await hand_in(alice, "notes.txt", b"Alice's roses")).body["id"]
            [stored] = objects(tmp_path)
            harmed(stored)
            lines.truncate(lines.seek(0))
            answer = await alice("GET", f"/api/v1/files/{made}/content")
            assert (answer.status, answer.code) == (500, "integrity"), how
            place = stored.name if how == "gone" else made.replace("-", "")
            assert place in lines.getvalue(), how
            assert "unhandled" not in lines.getvalue(), how
            assert (await alice("DELETE", f"/api/v1/files/{made}")).status == 204
            stored.unlink(missing_ok=True)


@pytest.mark.promise("CRY-01")
async def test_a_changed_event_is_no_empty_stream(stage: Stage, tmp_path: Path):
    """An empty one would look like a cut: its reader would come back for ever."""
    async with theatre(stage, tmp_path) as it:
        there, here = it.process(Script(["Hello."])), it.process()
        run_id = (await it.start(there, "go")).run_id
        await it.final(run_id)
        await it.stream(here, run_id).begin()
        with stage.admin() as admin:
            admin.execute("update app.run_event set payload = set_byte(payload, 40, get_byte(payload, 40) # 1)")
        with pytest.raises(Tampered):
            await it.stream(here, run_id).begin()


@pytest.mark.promise("CRY-01")
async def test_a_changed_record_is_counted_entered_and_told_once_a_day(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        everybody = [(await home.log_in(name, name=name)).body for name in ("alice", "bob")]
        before = kept(stage, "select count(*) from app.delivery where kind = 'record_refused'")[0][0]
        for one in [*everybody, everybody[0]]:
            path = f"/api/v1/partner/organizations/{one['organization']['id']}/users/{one['user']['id']}"
            harm(stage, SWAP, one["user"]["id"])
            assert (await home.api("GET", path)).status == 500
            assert await written(home) == 1
        users = [UUID(one["user"]["id"]).hex for one in everybody]
        counts = kept(stage, "select encode(row_id, 'hex'), count, place from app.refused_record order by 1")
        assert [row for row in counts if row[0] in users] == [
            (users[0], 2, "app_user.name"),
            (users[1], 1, "app_user.name"),
        ]
        async with home.kernel.database.platform() as tx:
            entries = [one for one in await recent(tx, 50) if one.action == "record.refused"]
        assert {one.target_id for one in entries} >= {UUID(user) for user in users}
        assert all(one.details == {"table": "app_user", "column": "name"} for one in entries)
        alerts = kept(stage, "select count(*) from app.delivery where kind = 'record_refused'")[0][0]
        assert alerts - before <= 1 <= alerts


async def test_what_is_refused_anywhere_in_a_process_is_written_down(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        kernel, row = home.kernel, ids.new()
        writing = asyncio.create_task(kernel.refusals.run(kernel.database, kernel.outbox, holder=ids.new()))
        await asyncio.sleep(0)
        owner = KeyOwner.user(OrgId(ids.new()), UserId(ids.new()))
        kernel.keystore.create(owner)
        with pytest.raises(Tampered):
            await asyncio.to_thread(kernel.vault.open, owner, fields.MESSAGE_TEXT, row, b"never sealed by anybody")
        counted: set[bytes] = set()
        for _look in range(3000):
            counted = {at for (at,) in kept(stage, "select row_id from app.refused_record")}
            if row.bytes in counted:
                break
            await asyncio.sleep(0.02)
        assert row.bytes in counted
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing


async def test_what_could_not_be_written_down_is_tried_again(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        tampered = Tampered(fields.MESSAGE_TEXT, ids.new().bytes)
        home.kernel.refusals.note(tampered)
        with stage.admin() as admin:
            admin.execute("alter table app.refused_record rename to away")
            with pytest.raises(Exception, match="42P01"):
                await written(home)
            admin.execute("alter table app.away rename to refused_record")
        assert await written(home) == 1
        assert await written(home) == 0


async def test_counts_of_refusals_end_after_ninety_days(stage: Stage):
    async with stage.open(size=1) as database:
        with stage.admin() as admin:
            admin.execute(
                "insert into app.refused_record (day, place, row_id, count) values ('2020-01-01', 'x.y', '\\x00', 1)"
            )
        assert await forget_refusals(database) == 1
        assert await forget_refusals(database) == 0


def test_a_vault_that_is_asked_on_purpose_tells_nobody(tmp_path: Path):
    told: list[Tampered] = []
    vault = Vault(FileKeystore.beside(tmp_path, encryption_key=None), refused=told.append)
    for one in (vault, vault.untold()):
        with pytest.raises(Tampered):
            one.open(KeyOwner.platform(), fields.MESSAGE_TEXT, ids.new(), b"plain")
    assert len(told) == 1
