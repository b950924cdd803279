"""What the function that puts entries back takes of somebody who calls it without a restore: it says so itself."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from ringfence.base import canonical_json, clock, ids, merkle
from ringfence.base.principal import OrgId
from ringfence.controls.audit import Log, heads, recent
from ringfence.controls.audit.instance import grow
from ringfence.controls.tenancy import Database, DatabaseError, PlatformScope, publication
from tests.world import Stage

HOLDER = ids.new()


def leaf(log: Log, **changed: object) -> tuple[UUID, bytes]:
    """A leaf that nobody ever sealed, in the one form."""
    one = ids.new()
    said: dict[str, object] = {
        "action": "user.erased",
        "actor": {"id": None, "kind": "system"},
        "address_hash": None,
        "at": "2026-01-02T03:04:05.000006Z",
        "details": {},
        "id": str(one),
        "index": 0,
        "log": log.name,
        "network": None,
        "outcome": "success",
        "permission": None,
        "reason": None,
        "request_id": None,
        "target": None,
        "v": 1,
    }
    return one, canonical_json.encode({**said, **changed})


async def replay(database: Database, log: Log, one: UUID, data: bytes, *, hashed: bytes | None = None) -> int:
    grown = grow(merkle.CompactRange(), [hashed or merkle.leaf_hash(data)])
    put_back = publication.replay(log.scope, log.id, grown, HOLDER, [one], [data])
    return (await database.write(PlatformScope(), put_back))[0][0]


@pytest.mark.promise("AUD-02", "AUD-04")
async def test_what_is_put_back_is_entered_though_the_caller_says_nothing(stage: Stage):
    log = Log.organization(OrgId(ids.new()))
    async with stage.open() as database:
        assert await replay(database, log, *leaf(log)) == 1
        async with heads.reading(database, log) as tx:
            told, forged = sorted(await recent(tx, 9), key=lambda one: one.action)
        assert (told.action, told.details) == ("audit.recovered", {"cause": "restored", "entries": 1})
        assert (told.actor_id, told.at > forged.at) == (HOLDER, True)


@pytest.mark.promise("AUD-02", "AUD-04")
async def test_a_leaf_that_is_not_what_is_sealed_is_not_put_back(stage: Stage):
    log, other = Log.organization(OrgId(ids.new())), Log.organization(OrgId(ids.new()))
    one, data = leaf(log)
    tomorrow = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    async with stage.open() as database:
        for wrong in (
            (one, data.replace(b"erased", b"killed"), merkle.leaf_hash(data)),
            (ids.new(), data, None),
            (*leaf(log, index=1), None),
            (*leaf(other), None),
            (*leaf(log, at=tomorrow), None),
        ):
            with pytest.raises(DatabaseError) as refused:
                await replay(database, log, *wrong[:2], hashed=wrong[2])
            assert refused.value.sqlstate == "22023", json.loads(wrong[1])
            assert await heads.find(database, log) is None
        assert await replay(database, log, one, data) == 1
