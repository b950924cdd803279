"""Rows that a superuser's SQL wrote into a log: they are shown, streamed and sealed, and hold up none of the others."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes import siem_server
from tests.sealed import seal_all
from tests.streaming import desk, root_of
from tests.visiting import visit
from tests.world import Stage

DETAILS = {
    "a list": "'[]'",
    "a text": "'\"x\"'",
    "a number beyond any double": "'{\"user_id\": 1e400}'",
    "an integer beyond what is exact": "'{\"count\": 123456789012345678901234567890}'",
    "four hundred lists": "('{\"a\": ' || repeat('[', 400) || repeat(']', 400) || '}')",
    "markup": '\'{"<img src=x onerror=alert(1)>": "<script>alert(2)</script>"}\'',
    "lines": '\'{"route": "a\\nb]\\"\\\\"}\'',
    "a long text": "'{\"x\": \"' || repeat('y', 90000) || '\"}'",
}
ROW = "('org', %(org)s, app.time_ordered_id(), '<b>', E'x\\n=1', 'success', E'\\r\\n<i>', '<u>', ({})::jsonb)"
RAW = (
    "insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome, reason, target_kind, details) "
    "values " + ", ".join(map(ROW.format, DETAILS.values()))
)
MARKUP = (b"<script>alert", b"<img src=x", b"<b>", b"<u>", b"\r\n<i>")


@pytest.mark.promise("AUD-05", "AUD-02")
async def test_what_raw_sql_wrote_is_shown_and_streamed_and_holds_nothing_up(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        answer = await it.home.log_in("ada", role="admin")
        ada = it.home.client.as_(answer.body["session_token"])
        stream = await it.add(kind="webhook", url=hooks.url)
        with stage.admin() as admin:
            admin.execute(RAW.encode(), {"org": it.orgs["rose"]})
        await seal_all(it.home.kernel.database)
        listed = await ada("GET", "/api/v1/audit-log")
        assert listed.status == 200, listed.body
        raw: list[Any] = [one["details"] for one in listed.body["items"] if one["actor"]["kind"] == "<b>"]
        assert len(raw) == len(DETAILS)
        assert [type(one) for one in raw] == [dict] * len(DETAILS)
        page = (await (await visit(it.home, ada)).get()).body
        assert [one for one in MARKUP if one in page] == []
        await seal_all(it.home.kernel.database)
        await it.follow()
        state = await it.state(stream)
        assert (state["lag"], state["last_error"]) == (0, None)
        events = [event for hook in hooks.requests for event in hook.events]
        assert root_of(events) == await it.root(), "what came is what the tree has hashed"
