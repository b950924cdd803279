"""AUD-05: a visit stands on rows as they are: each of them ends it by itself, though others would end it, too."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from tests.house import AUDIENCE, house
from tests.visiting import click, visit
from tests.world import Stage

WAITING = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%audit_visit set opened_at%'"
)
STATUS = {
    "the user's": "update app.app_user set status = 'restricted' where id = %(user)s",
    "the organization's": "update app.organization set status = 'restricted' where org_id = %(org)s",
    "the partner's": "update app.partner set status = 'restricted' where partner_id = %(partner)s",
    "the visit's own end": "update app.audit_visit set ended_at = now() where org_id = %(org)s",
    "the session's end": "update app.session set ended_at = now() where org_id = %(org)s",
    "the session's time": "update app.session set expires_at = now() where org_id = %(org)s",
    "the signing key": "update app.signing_key set status = 'revoked' where partner_id = %(partner)s",
    "a role that reads no log": "update app.app_user set role = 'viewer' where id = %(user)s",
    "a cut of the user's sessions": "update app.app_user set sessions_from = now() where id = %(user)s",
    "a cut of the organization's": "update app.organization set sessions_from = now() where org_id = %(org)s",
    "a cut of the partner's": "update app.partner set sessions_from = now() where partner_id = %(partner)s",
}


@pytest.mark.promise("AUD-05", "EMB-05")
async def test_each_row_that_a_visit_stands_on_ends_it_by_itself(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = (await home.log_in("ada", role="admin")).body
        named = {"user": answer["user"]["id"], "org": answer["organization"]["id"], "partner": home.partner_id}
        visitor = await visit(home, home.client.as_(answer["session_token"]))
        kept: list[str] = []
        for name, change in STATUS.items():
            assert (await visitor.get()).status == 200, f"before {name}"
            with stage.admin() as admin:
                tables = ("app_user", "organization", "partner", "audit_visit", "session", "signing_key")
                for table in tables:
                    admin.execute(f"create temp table kept_{table} as select * from app.{table}".encode())
                admin.execute("set session_replication_role = 'replica'")
                admin.execute(change.encode(), named)
                if (await visitor.get()).status != 401:
                    kept.append(name)
                column = change.split(" set ")[1].split(" =")[0]
                table = change.split("app.")[1].split(" ")[0]
                key = {"organization": "org_id", "partner": "partner_id"}.get(table, "id")
                back = f"update app.{table} t set {column} = k.{column} from kept_{table} k where k.{key} = t.{key}"
                admin.execute(back.encode())
        assert kept == []


@pytest.mark.promise("AUD-05")
async def test_of_two_who_have_both_seen_an_unused_ticket_one_opens_it(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        answer = (await home.log_in("ada", role="admin")).body
        made = await home.client.as_(answer["session_token"])("POST", "/api/v1/audit-log/links", {})
        path = made.body["url"].partition(AUDIENCE)[2]
        with psycopg.connect(stage.admin_url) as held:
            held.execute("select from app.audit_visit where org_id = %s for update", [answer["organization"]["id"]])
            both = asyncio.gather(click(home.client, path), click(home.client, path))
            with stage.admin() as admin:
                while (admin.execute(WAITING).fetchone() or (0,))[0] < 2:  # noqa: ASYNC110 - the database tells nobody
                    await asyncio.sleep(0.02)
            held.rollback()
        assert sorted(one.status for one in await both) == [200, 401]
