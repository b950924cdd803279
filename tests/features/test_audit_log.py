"""Reading a log over HTTP: pages, filters, exports."""

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ringfence.base import ids
from tests.house import Answer, Client, House, house
from tests.world import Stage

LOG = "/api/v1/audit-log"


@dataclass(frozen=True)
class Acted:
    """A house in which things happened: Ada reads Rose's log."""

    home: House
    ada: Client
    rose: str
    alice: str

    async def list_(self, query: str = "", path: str = LOG) -> list[dict[str, Any]]:
        answer = await (self.home.api if "partner" in path else self.ada)("GET", f"{path}?{query}")
        assert answer.status == 200, answer.body
        return answer.body["items"]


@asynccontextmanager
async def acted(stage: Stage, data: Path) -> AsyncIterator[Acted]:
    async with house(stage, data) as home:
        alice = await home.log_in(name="Alice")
        ada = await home.session("ada", role="admin")
        org_id, user_id = alice.body["organization"]["id"], alice.body["user"]["id"]
        path = f"/api/v1/partner/organizations/{org_id}/users/{user_id}"
        for change in ({"display_name": "Al"}, {"status": "restricted"}, {"status": "active"}):
            assert (await home.api("PATCH", path, change)).status == 200
        assert (await ada("GET", "/api/v1/partner/settings")).status == 403
        yield Acted(home, ada, org_id, user_id)


def actions(items: list[dict[str, Any]]) -> list[str]:
    return [item["action"] for item in items]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.promise("AUD-05")
async def test_a_log_is_read_newest_first_by_actor_target_action_outcome_and_time(stage: Stage, tmp_path: Path):
    async with acted(stage, tmp_path) as here:
        everything = await here.list_()
        assert everything[0]["action"] == "access.denied"
        assert [item["id"] for item in everything] == sorted((item["id"] for item in everything), reverse=True)
        assert set(actions(await here.list_(f"actor={here.alice}"))) == {"auth.exchange"}
        on_alice = await here.list_(f"target={here.alice}")
        assert {"user.changed", "user.restricted", "user.resumed"} <= set(actions(on_alice))
        assert {item["target"]["id"] for item in on_alice} == {here.alice}
        assert set(actions(await here.list_("action=user.*"))) >= {"user.changed", "user.restricted", "user.created"}
        assert set(actions(await here.list_("action=user.restricted"))) == {"user.restricted"}
        assert actions(await here.list_("outcome=refused")) == ["access.denied"]
        assert {item["actor"]["kind"] for item in await here.list_("actor_kind=api_key")} == {"api_key"}
        assert actions(await here.list_(f"actor={here.alice}&action=user.*&outcome=success")) == []
        oldest, newest = moment(everything[-1]["at"]), moment(everything[0]["at"])
        later = quote((newest + timedelta(microseconds=1)).isoformat())
        assert await here.list_(f"from={quote(newest.isoformat())}&to={later}") == everything[:1]
        assert await here.list_(f"to={quote(oldest.isoformat())}") == []
        assert await here.list_(f"from={later}") == []


@pytest.mark.promise("AUD-05")
async def test_pages_follow_each_other_without_gap_or_repetition_while_more_is_written(stage: Stage, tmp_path: Path):
    async with acted(stage, tmp_path) as here:
        expected = [item["id"] for item in await here.list_("action=user.*")]
        found: list[str] = []
        cursor = ""
        while True:
            page = (await here.ada("GET", f"{LOG}?action=user.*&limit=2{cursor}")).body
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            await here.home.log_in("bob")
            cursor = f"&cursor={page['next_cursor']}"
        assert found == expected
        assert len(expected) > 4


async def test_a_cursor_of_another_filter_or_another_log_is_refused(stage: Stage, tmp_path: Path):
    async with acted(stage, tmp_path) as here:
        cursor = (await here.ada("GET", f"{LOG}?limit=1")).body["next_cursor"]
        assert (await here.ada("GET", f"{LOG}?limit=1&cursor={cursor}")).status == 200
        assert (await here.ada("GET", f"{LOG}?outcome=refused&cursor={cursor}")).code == "invalid_cursor"
        theirs = f"/api/v1/partner/organizations/{here.rose}/audit-log"
        assert (await here.home.api("GET", f"{theirs}?limit=1&cursor={cursor}")).status == 200
        assert (await here.home.api("GET", f"/api/v1/partner/audit-log?cursor={cursor}")).code == "invalid_cursor"


BAD = [
    "limit=0", "limit=201", "limit=x", "cursor=x", "cursor=" + "A" * 201, "actor=alice", "actor_kind=admin", "action=*",
    "action=user", "action=user.*x", "action=" + "a" * 41 + ".*", "action=%00.*", "action=User.Changed", "target=1",
    "outcome=ok",
    "from=yesterday", "from=2026-01-01T00:00:00", "to=1", "from=-1", "to=2026-13-01T00:00:00Z", "from=%00",
]  # fmt: skip


async def test_bad_filters_are_refused_with_a_problem(stage: Stage, tmp_path: Path):
    async with acted(stage, tmp_path) as here:
        for query in BAD:
            answer = await here.ada("GET", f"{LOG}?{query}")
            assert (answer.status, "code" in answer.body) in {(422, True), (400, True)}, query
        assert len(await here.list_("from=0244-08-04T15:06:31%2B23:53&to=6496-01-14T04:44:12-23:59")) > 3
        extremes = "from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T23:59:59-14:00"
        assert len(await here.list_(extremes)) > 3
        assert await here.list_("from=9999-12-31T23:59:59-14:00") == []


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.body.decode().splitlines()]


@pytest.mark.promise("AUD-05")
async def test_an_export_holds_every_entry_and_its_own(stage: Stage, tmp_path: Path):
    async with acted(stage, tmp_path) as here:
        answer = await here.ada("GET", f"{LOG}/export")
        assert answer.headers["Content-Type"] == "application/jsonl"
        assert f'filename="audit-log-org-{here.rose}.jsonl"' in answer.headers["Content-Disposition"]
        exported = rows_of(answer)
        assert (exported[0]["action"], exported[0]["details"]) == (
            "audit.exported",
            {"format": "jsonl", "from_index": 0},
        )
        assert exported[0]["permission"] == "audit:read"
        listed = await here.list_()
        assert [entry["id"] for entry in exported] == [item["id"] for item in listed]
        for entry, item in zip(exported, listed, strict=True):
            assert moment(entry["at"]) == moment(item["at"])
            shared = set(item) - {"at", "index"}
            assert {name: entry[name] for name in shared} == {name: item[name] for name in shared}
            assert (entry["log"], entry["v"]) == (f"org/{here.rose}", 1)
        filtered = await here.ada("GET", f"{LOG}/export?action=user.*")
        assert {entry["action"].partition(".")[0] for entry in rows_of(filtered)} == {"user"}


@pytest.mark.promise("AUD-05")
async def test_a_csv_export_has_the_same_entries_and_no_formula(stage: Stage, tmp_path: Path):
    async with acted(stage, tmp_path) as here:
        evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "|x", "%x", "\uff1d1", '"=1"', 'a","=1', "\n=1"]
        with stage.admin() as admin:
            for text in evil:
                admin.execute(
                    "insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome, reason) "
                    "values ('org', %s, %s, 'system', 'run.started', 'success', %s)",
                    [here.rose, ids.new(), text],
                )
        answer = await here.ada("GET", f"{LOG}/export?format=csv")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
        assert len(rows) == len(await here.list_("limit=200"))
        reasons = [row["reason"] for row in reversed(rows) if row["action"] == "run.started"]
        assert reasons == [text if text[0] in '"a' else "'" + text for text in evil]
        assert rows[0]["action"] == "audit.exported"


async def test_each_export_is_in_the_log_that_was_taken_away(stage: Stage, tmp_path: Path):
    async with acted(stage, tmp_path) as here:
        theirs = f"/api/v1/partner/organizations/{here.rose}/audit-log"
        assert (await here.home.api("GET", f"{theirs}/export?format=csv")).status == 200
        assert (await here.home.api("GET", "/api/v1/partner/audit-log/export")).status == 200
        (in_rose,) = await here.list_("action=audit.exported")
        assert (in_rose["actor"]["kind"], in_rose["details"]) == ("api_key", {"format": "csv", "from_index": 0})
        (of_partner,) = await here.list_("action=audit.exported", path="/api/v1/partner/audit-log")
        assert of_partner["details"] == {"format": "jsonl", "from_index": 0}
