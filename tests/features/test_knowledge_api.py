"""POST /api/v1/knowledge/search: shapes, hostile queries, and nothing of them in the log."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ringfence.base import ids, log
from ringfence.base.principal import OrgId, UserId
from tests.house import Client, House, house
from tests.shelf import enter
from tests.world import Stage

PATH = "/api/v1/knowledge/search"
TEXT = "The landlord returns the deposit within four weeks."


@asynccontextmanager
async def alice_in_rose(stage: Stage, data: Path) -> AsyncIterator[tuple[House, Client, Any]]:
    async with house(stage, data) as northwind:
        answer = await northwind.log_in("alice", "rose")
        scope = northwind.scope(answer)
        kernel = northwind.kernel
        await enter(kernel.database, kernel.vault, scope, [TEXT, "Roses need water."], name="terms.txt")
        user = UserId(UUID(answer.body["user"]["id"]))
        await enter(kernel.database, kernel.vault, scope, ["My own deposit slip."], name="slip.txt", user=user)
        yield northwind, northwind.client.as_(answer.body["session_token"]), scope


@pytest.mark.promise("TEN-07", "CRY-01")
async def test_search_over_http(stage: Stage, tmp_path: Path):
    async with alice_in_rose(stage, tmp_path) as (northwind, alice, _scope):
        found = await alice("POST", PATH, {"query": "When is a deposit returned?"})
        assert found.status == 200, found.body
        first = found.body["items"][0]
        assert (first["name"], first["locator"], first["part"]) == ("terms.txt", "page 1", 1)
        assert first["text"] == first["snippet"] == TEXT
        assert [item["name"] for item in found.body["items"]] == ["terms.txt", "slip.txt"]
        only = await alice("POST", PATH, {"query": "deposit", "file_ids": [found.body["items"][1]["file_id"]]})
        assert [item["name"] for item in only.body["items"]] == ["slip.txt"]
        one = await alice("POST", PATH, {"query": "deposit", "limit": 1})
        assert len(one.body["items"]) == 1
        mallory = await northwind.session("mallory", "thorn")
        assert (await mallory("POST", PATH, {"query": "deposit"})).body == {"items": []}
        ada = await northwind.session("ada", "rose", role="admin")
        names = [item["name"] for item in (await ada("POST", PATH, {"query": "deposit"})).body["items"]]
        assert names == ["terms.txt"], "an administrator's search is not everybody's letters"
        assert (await northwind.api("POST", PATH, {"query": "deposit"})).status == 403


HOSTILE = [
    ("deposit & ! | ( ) <-> :* ' -- ;", 200),
    ("deposit%' or 1=1; drop table app.file; --", 200),
    ("dep\u202eosit \u2066deposit\u2069 \u200bdeposit", 200),
    ("deposit \\ \\x00 {} $1 %s", 200),
    ("\U0001f600", 422),
    ("the of and", 422),
    ("...", 422),
    (" ", 422),
    ("", 422),
    ("deposit\x00", 422),
    ("\ud800", 422),
    ("a" * 1000, 422),
    ("deposit " * 125, 200),
    ("x" * 10_240, 422),
    (None, 422),
    (["deposit"], 422),
]


async def test_hostile_queries_have_clear_answers_and_no_query_is_logged(stage: Stage, tmp_path: Path):
    lines = io.StringIO()
    log.configure(json_lines=True, file=lines)
    try:
        async with alice_in_rose(stage, tmp_path) as (_northwind, alice, _scope):
            for query, status in HOSTILE:
                answer = await alice("POST", PATH, {"query": query})
                assert answer.status == status, (query, answer.body)
                if status == 200:
                    assert answer.body["items"][0]["name"] in {"terms.txt", "slip.txt"}, query
                else:
                    assert answer.code in {"nothing_to_search", "invalid_request"}
            for wrong in ({"limit": 0}, {"limit": 51}, {"file_ids": []}, {"file_ids": ["x"]}, {"other": 1}):
                assert (await alice("POST", PATH, {"query": "deposit", **wrong})).status == 422, wrong
            unknown = await alice("POST", PATH, {"query": "deposit", "file_ids": [str(ids.new())]})
            assert unknown.body == {"items": []}
    finally:
        log.configure(json_lines=True)
    assert "deposit" not in lines.getvalue()
    assert "drop table" not in lines.getvalue()


async def test_what_is_not_ready_is_not_found(stage: Stage, tmp_path: Path):
    async with alice_in_rose(stage, tmp_path) as (_northwind, alice, scope):
        with stage.admin() as admin:
            admin.execute("update app.file set status = 'failed' where org_id = %s", (OrgId(scope.org_id),))
        assert (await alice("POST", PATH, {"query": "deposit"})).body == {"items": []}
