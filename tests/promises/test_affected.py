"""INC-02: who and what an incident touched is read from a log that verifies, and from nothing else."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ringfence.cli.affected import shown_as_text, tell
from ringfence.evidence.affected import Window, affected
from tests.promises.test_audit_reading import LOG, kept
from tests.world import Stage

pytestmark = pytest.mark.promise("INC-02")
ALICE, BOB, KEY, RUN = (f"00000000-0000-7000-8000-00000000000{number}" for number in range(1, 5))


def said(at: str, actor: tuple[str, str | None], action: str, target: Any = None, **details: object) -> bytes:
    entry = {
        "action": action,
        "actor": {"kind": actor[0], "id": actor[1]},
        "at": f"2026-11-22T{at}.000000Z",
        "details": details,
        "log": "org/x",
        "target": target,
    }
    return json.dumps(entry).encode()


def test_each_user_and_thing_that_an_entry_names_is_listed_with_its_first_and_last_moment():
    found = affected(
        [
            b'{"format":"ringfence-audit-export/1"}',
            b'{"index":0,"pruned":"aGFzaA=="}',
            said("10:00:00", ("user", ALICE), "run.started", {"kind": "run", "id": RUN}, agent_id=KEY),
            said("12:00:00", ("api_key", KEY), "user.changed", {"kind": "user", "id": BOB}),
            said("11:00:00", ("user", ALICE), "run.finished", {"kind": "run", "id": RUN}),
        ],
        Window(),
    ).as_json()
    assert found["users"] == {
        ALICE: {"entries": 2, "first": "2026-11-22T10:00:00.000000Z", "last": "2026-11-22T11:00:00.000000Z"},
        BOB: {"entries": 1, "first": "2026-11-22T12:00:00.000000Z", "last": "2026-11-22T12:00:00.000000Z"},
    }
    assert {kind: list(things) for kind, things in found["things"].items()} == {"agent": [KEY], "run": [RUN]}
    assert (found["entries"], found["pruned"], found["every_user"]) == (3, 1, False)


@pytest.mark.parametrize(
    ("line", "is_everybody"),
    [
        (said("10:00:00", ("api_key", KEY), "data.read", route="GET /users", count=3, minute="m"), True),
        (said("10:00:00", ("operator", None), "audit.exported", format="csv"), True),
        (said("10:00:00", ("user", ALICE), "data.read", route="GET /me", count=3, minute="m"), False),
        (said("10:00:00", ("api_key", KEY), "user.restricted", {"kind": "user", "id": BOB}), False),
    ],
)
def test_what_a_key_or_operator_read_of_an_organization_touches_all_of_its_users(line: bytes, is_everybody: bool):
    assert affected([line], Window()).is_everybody is is_everybody


def test_an_entry_that_raw_sql_wrote_stops_no_list_and_steers_no_terminal():
    forged = said("10:00:00", ("api_key", KEY), "data.read", count="many", thing_id="\x1b[2J")
    found = affected([forged, said("10:00:01", ("api_key", KEY), "data.read", route="GET /me", count=2)], Window())
    assert found.reads == {"-": 1, "GET /me": 2}
    assert "\x1b" not in shown_as_text(found)


async def printed(capsys: pytest.CaptureFixture[str], export: Path, code: int, **more: Any) -> str:
    terms: dict[str, Any] = {"actors": (), "since": None, "until": None, "keys": (), "is_json": True} | more
    assert await asyncio.to_thread(lambda: tell(export, **terms)) == code
    return capsys.readouterr().out


async def test_the_list_comes_from_a_verified_export_and_an_edited_one_gives_none(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    async with kept(stage, tmp_path) as here:
        alice = await here.home.log_in(name="Alice")
        bob = await here.home.log_in("bob", role="admin", name="Bob")
        await here.seal()
        ada = here.home.client.as_(bob.body["session_token"])
        export = await here.take(ada, f"{LOG}/export?format=verifiable")
        keys: Sequence[str] = [await here.key()]
        ids = {who.body["user"]["id"] for who in (alice, bob)}
        everything = json.loads(await printed(capsys, export, 0, keys=keys))
        assert ids <= set(everything["users"])
        of_bob = json.loads(await printed(capsys, export, 0, keys=keys, actors=[bob.body["user"]["id"]]))
        assert set(of_bob["users"]) == {bob.body["user"]["id"]}
        assert of_bob["acts"] == {"auth.exchange": 1}
        assert "auth.exchange" in await printed(capsys, export, 0, keys=keys, is_json=False)
        edited = tmp_path / "edited"
        edited.write_bytes(export.read_bytes().replace(b'"auth.exchange"', b'"auth.refresh"', 1))
        assert await printed(capsys, edited, 1, keys=keys) == ""
