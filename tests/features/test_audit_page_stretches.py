"""A log that takes longer to verify than a check may: its newest entries first, and what was not read is said."""

from datetime import datetime
from pathlib import Path

import pytest

from ringfence.base import clock
from ringfence.features.audit_page import verifying
from tests.house import house
from tests.sealed import seal_all
from tests.visiting import visit
from tests.world import Stage

STRETCH = 100
ACTS = (
    "insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome) "
    "select 'org', %s, app.time_ordered_id(), 'system', 'run.started', 'success' from generate_series(1, 250)"
)


class Ticking:
    """A clock on which each look takes five and a half seconds: ten looks are within a minute."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> datetime:
        """The time as it is."""
        return clock.now()

    def monotonic(self) -> float:
        """Later than before."""
        self.at += 5.5
        return self.at


@pytest.mark.promise("AUD-05")
async def test_a_long_log_is_verified_from_its_end_and_the_rest_when_it_is_asked_for(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(verifying, "STRETCH", STRETCH)
    monkeypatch.setattr(verifying, "PIECE", STRETCH // 2)
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin")
        visitor = await visit(home, home.client.as_(answer.body["session_token"]))
        rose = answer.body["organization"]["id"]
        with stage.admin() as admin:
            admin.execute(ACTS, [rose])
        await seal_all(home.kernel.database)
        whole = await visitor.verify()
        assert "Every entry is as it was sealed" in whole
        assert "were not read" not in whole
        monkeypatch.setattr(verifying, "clock", Ticking())
        newest = await visitor.verify()
        assert "Every entry is as it was sealed" not in newest
        assert "Everything that was checked fits; not everything was checked" in newest
        assert "Entries 100 to " in newest
        assert "Entries 0 to 99 were not read" in newest
        assert 'name="before" value="100"' in newest
        earlier = await visitor.verify(before="100")
        assert "Entries 0 to 99 of " in earlier
        assert "Entry 100 and those after it were not part of this check" in earlier
        assert "were not read" not in earlier
        with stage.admin() as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute(
                "update app.audit_queue q set outcome = 'refused' from app.audit_sealed s "
                "where s.entry_id = q.id and s.scope_id = %s and s.index = 60",
                [rose],
            )
        assert "Entry 60 was changed" not in await visitor.verify()
        assert "Entry 60 was changed" in await visitor.verify(before="100")
        for wrong in ("", "0", "-1", "x", "9" * 30, "\u0663"):
            assert "Entries 100 to " in await visitor.verify(before=wrong), wrong


@pytest.mark.promise("AUD-05")
async def test_what_is_sealed_before_a_stretch_is_held_against_what_it_gives(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(verifying, "STRETCH", 256)
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin")
        visitor = await visit(home, home.client.as_(answer.body["session_token"]))
        rose = answer.body["organization"]["id"]
        with stage.admin() as admin:
            admin.execute(ACTS, [rose])
            admin.execute(ACTS, [rose])
        await seal_all(home.kernel.database)
        assert "Every entry is as it was sealed" in await visitor.verify()
        with stage.admin() as admin:
            admin.execute("set session_replication_role = replica")
            # A hash over the first 256 leaves that they do not give: it went into the sealed root's neighbour.
            admin.execute("update app.audit_node set hash = sha256('x') where scope_id = %s and index = 0", [rose])
        assert "do not give the root that was sealed" in await visitor.verify()
