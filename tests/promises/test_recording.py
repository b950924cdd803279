"""What the log records beyond acts: reads as counts. And that nothing changes in silence, nor what was recorded."""

import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.responses import Response

from ringfence.app import routed
from ringfence.base import ids
from ringfence.base.principal import OrgId, Role
from ringfence.controls import audit
from ringfence.controls.audit import Action, reads
from ringfence.controls.tenancy import DatabaseError, OrgScope, PartnerScope, Statement, nothing
from ringfence.features.edge import WriteDep
from ringfence.features.edge.access import AgentsWrite
from ringfence.features.ops import Told
from tests.attacks.matrix.scene import FORM
from tests.attacks.matrix.silence import Recorded, changing, silent
from tests.house import House, house, serving
from tests.served import deployment_directory, make_partner, process, request
from tests.visiting import visit
from tests.world import Stage

SETTINGS = "/api/v1/partner/settings"


@asynccontextmanager
async def at_home(stage: Stage, data: Path) -> AsyncIterator[tuple[House, str, str]]:
    """Northwind at home, with Alice of Rose logged in: her session, and Rose's id."""
    async with house(stage, data) as home:
        answer = await home.log_in()
        yield home, answer.body["session_token"], answer.body["organization"]["id"]


async def sealed(home: House, stage: Stage) -> None:
    """What was counted until now becomes entries, as it does once its minute is over."""
    await home.kernel.reads.flush()
    with stage.admin() as admin:
        admin.execute("update app.read_count set minute = minute - interval '2 minutes'")
    await home.kernel.reads.enter()


async def told(home: House, scope: OrgScope | PartnerScope) -> list[audit.Entry]:
    database = home.kernel.database
    async with database.org(scope) if isinstance(scope, OrgScope) else database.partner(scope) as tx:
        return [entry for entry in await audit.recent(tx, 200) if entry.action == Action.DATA_READ]


def rose(home: House, org_id: str) -> OrgScope:
    return OrgScope(home.partner_id, OrgId(UUID(org_id)), Role.OPERATOR)


@pytest.mark.promise("AUD-01")
async def test_the_reads_of_a_session_are_one_entry_with_their_count(stage: Stage, tmp_path: Path):
    async with at_home(stage, tmp_path) as (home, session, org_id):
        alice = home.client.as_(session)
        for _ in range(3):
            assert (await alice("GET", "/api/v1/me")).status == 200
        assert (await alice("GET", SETTINGS)).status == 403
        await sealed(home, stage)
        (entry,) = await told(home, rose(home, org_id))
        assert (entry.actor_kind, entry.outcome, entry.permission) == ("user", "success", "me:read")
        assert (entry.details["route"], entry.details["count"]) == ("GET /api/v1/me", 3)
        assert (len(entry.address_hash or b""), entry.network) == (16, "loopback")
        assert set(entry.details) == set(audit.FORMS[Action.DATA_READ].details)
        assert all(audit.FORMS[Action.DATA_READ].details[name](value) for name, value in entry.details.items())


@pytest.mark.promise("AUD-01", "KEY-02", "TEN-04")
async def test_a_keys_reads_are_in_its_partners_log_and_in_the_organizations_that_it_read(stage: Stage, tmp_path: Path):
    async with at_home(stage, tmp_path) as (home, _, org_id):
        users, secrets = (
            f"/api/v1/partner/organizations/{org_id}/users",
            f"/api/v1/partner/secrets?organization_id={org_id}",
        )
        for path in (SETTINGS, users, secrets):
            assert (await home.api("GET", path)).status == 200
        await sealed(home, stage)
        of_northwind = await told(home, PartnerScope(home.partner_id))
        of_rose = await told(home, rose(home, org_id))
        assert {entry.details["route"] for entry in of_northwind} == {
            "GET /api/v1/partner/settings",
            "GET /api/v1/partner/organizations/{org_id}/users",
            "GET /api/v1/partner/secrets",
        }
        assert {entry.details["route"] for entry in of_rose} == {
            "GET /api/v1/partner/organizations/{org_id}/users",
            "GET /api/v1/partner/secrets",
        }
        assert {(entry.actor_kind, entry.network) for entry in (*of_northwind, *of_rose)} == {("api_key", "loopback")}
        hashes = {entry.address_hash for entry in (*of_northwind, *of_rose)}
        assert len(hashes) == 2, "the two logs cannot be joined by an address"


@pytest.mark.promise("AUD-01")
async def test_a_search_by_post_is_a_read_and_a_write_is_none(stage: Stage, tmp_path: Path):
    async with at_home(stage, tmp_path) as (home, session, org_id):
        await home.client.as_(session)("POST", "/api/v1/knowledge/search", {"query": "deposit"})
        await home.api("PATCH", SETTINGS, {"default_retention_period": 30})
        await sealed(home, stage)
        assert [entry.details["route"] for entry in await told(home, rose(home, org_id))] == [
            "POST /api/v1/knowledge/search"
        ]
        assert await told(home, PartnerScope(home.partner_id)) == []


@pytest.mark.promise("AUD-01")
async def test_counts_of_two_processes_add_up_and_a_late_one_has_its_own_entry(stage: Stage, tmp_path: Path):
    async with at_home(stage, tmp_path) as (home, session, org_id):
        other = audit.Reads(home.kernel.database, home.kernel.addresses)
        caller = await home.kernel.identity.caller(f"Bearer {session}", None)
        for counted in (home.kernel.reads, other):
            counted.note(caller, route="GET /api/v1/me", permission="me:read", address="127.0.0.1")
            assert await counted.flush() == 1
        assert await other.flush() == 0
        await sealed(home, stage)
        other.note(caller, route="GET /api/v1/me", permission="me:read", address="127.0.0.1")
        await other.flush()
        await sealed(home, stage)
        counts = [entry.details["count"] for entry in await told(home, rose(home, org_id))]
        # Two entries of one process's minute where it turned in between; the sum stays.
        assert sum(counts) == 3
        assert len(counts) >= 2


@pytest.mark.promise("AUD-01")
async def test_what_could_not_be_written_is_kept_and_a_full_count_refuses_reads(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with at_home(stage, tmp_path) as (home, session, org_id):
        alice = home.client.as_(session)
        with stage.admin() as admin:
            admin.execute("revoke execute on function gate.count_reads(text) from ringfence_app")
            assert (await alice("GET", "/api/v1/me")).status == 200
            with pytest.raises(DatabaseError):
                await home.kernel.reads.flush()
            monkeypatch.setattr(reads, "MOST", 1)
            refused = await alice("GET", "/api/v1/me")
            assert (refused.status, refused.code) == (503, "not_recorded")
            admin.execute("grant execute on function gate.count_reads(text) to ringfence_app")
        await sealed(home, stage)
        assert [entry.details["count"] for entry in await told(home, rose(home, org_id))] == [1]
        assert (await alice("GET", "/api/v1/me")).status == 200


@pytest.mark.promise("AUD-01")
async def test_whoever_looks_at_the_page_is_counted_by_permission_and_refused_by_a_full_count(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with house(stage, tmp_path) as home:
        answer = await home.log_in("ada", role="admin")
        visitor = await visit(home, home.client.as_(answer.body["session_token"]))
        assert (await visitor.get()).status == 200
        await sealed(home, stage)
        found = await told(home, rose(home, answer.body["organization"]["id"]))
        assert ("GET /audit", "audit:read") in {(entry.details["route"], entry.permission) for entry in found}
        form = await visitor.form()
        monkeypatch.setattr(reads, "MOST", 0)
        assert (await visitor.get()).status == 503
        assert (await visitor.send("/audit/verify", form=form)).status == 503
        assert (await visitor.send("/audit/close", form="x")).status == 403
        assert (await visitor.send("/audit/close", form=form)).status == 200, "access can be given up all the same"
        assert (await visitor.get()).status == 401


@pytest.mark.promise("AUD-01", "TEN-01")
async def test_no_tenant_writes_reads_into_another_log(stage: Stage, tmp_path: Path):
    async with at_home(stage, tmp_path) as (home, _, org_id):
        count = Statement("select gate.count_reads($1)", nothing)
        with pytest.raises(DatabaseError, match="42501"):
            await home.kernel.database.write(rose(home, org_id), count("[]"))
        forged = Statement(
            "insert into app.read_count (minute, actor_kind, actor_id, route, permission, address_hash, network, count)"
            " values (now(), 'user', $1, '', '', '', '', 1)",
            nothing,
        )
        with pytest.raises(DatabaseError, match="42501"):
            await home.kernel.database.write(rose(home, org_id), forged(ids.new()))


_ROWS = """
insert into app.audit_queue (scope, scope_id, id, actor_kind, action, outcome) values ('org', $1, $1, 'system', 'user.created', 'success');
insert into app.audit_sealed (scope, scope_id, index, entry_id, leaf_hash) values ('org', $1, 0, $1, sha256(''));
insert into app.audit_node (scope, scope_id, level, index, hash) values ('org', $1, 1, 0, sha256(''));
insert into app.audit_log (scope, scope_id, size, root, frontier) values ('org', $1, 1, sha256(''), sha256(''));
insert into app.audit_checkpoint (scope, scope_id, size, note) values ('org', $1, 1, 'signed');
insert into app.audit_instance_leaf (index, scope, scope_id, size, text) values ($2, 'org', $1, 1, 'signed');
insert into app.audit_sealer (shard) values (0) on conflict do nothing;
insert into app.discrepancy (id, kind, scope, scope_id, xid) values ($1, 'planted', 'org', $1, '1')
"""  # noqa: E501 - one row a line
_CHANGES = {
    "audit_queue": "outcome = 'failure'",
    "audit_sealed": "leaf_hash = sha256('x')",
    "audit_node": "hash = sha256('x')",
    "audit_log": "root = sha256('x')",
    "audit_checkpoint": "note = 'forged'",
    "audit_instance_leaf": "text = 'forged'",
    "audit_sealer": "horizon = '0'",
    "discrepancy": "kind = 'none'",
}
# What the one who seals does for a living: to go on. What it may let go of: tests/attacks/test_log_by_sql.py.
_ITS_WORK = {("ringfence_seal", "audit_sealer", "update")}
# Where the queue reads on is no record of anything: going back would seal nothing twice, for an entry has one index.
_NO_RECORD = {("ringfence_owner", "audit_sealer", "update")}


@pytest.mark.promise("AUD-02")
@pytest.mark.parametrize("role", ["ringfence_app", "ringfence_gate", "ringfence_seal", "ringfence_owner"])
def test_no_role_of_the_product_changes_deletes_or_empties_what_was_recorded(stage: Stage, role: str):
    with stage.admin() as admin:
        for statement in _ROWS.replace("$1", f"'{ids.new()}'").replace("$2", str(random.randrange(1 << 60))).split(";"):
            admin.execute(statement.encode())
        let_through: set[tuple[str, str, str]] = set()
        for table, change in _CHANGES.items():
            for attempt in (f"update app.{table} set {change}", f"delete from app.{table}", f"truncate app.{table}"):
                verb = attempt.partition(" ")[0]
                if is_let_through(stage, role, table, attempt):
                    let_through.add((role, table, verb))
        assert let_through == {one for one in _ITS_WORK | _NO_RECORD if one[0] == role}


def is_let_through(stage: Stage, role: str, table: str, attempt: str) -> bool:
    """Whether a role could do that to rows that it sees, in a transaction that is taken back."""
    with psycopg.connect(stage.admin_url) as connection:
        connection.execute(f"set local role {role}".encode())
        if role == "ringfence_owner":
            # An owner sees no row under forced row security, and would change none: it lifts that first.
            connection.execute(f"alter table app.{table} no force row level security".encode())
        try:
            return connection.execute(attempt.encode()).rowcount != 0
        except psycopg.errors.InsufficientPrivilege:
            return False
        finally:
            connection.rollback()


planted = APIRouter(prefix="/api/v1/partner")
_RENAME = Statement("update app.agent set name = name where id = $1", nothing)


@planted.post("/planted-silent", status_code=204)
async def silently(caller: AgentsWrite, call: WriteDep) -> Response:
    """Changes something and says nothing of it."""
    await call.kernel.database.write(PartnerScope(caller.partner_id), _RENAME(ids.new()))
    return Response(status_code=204)


@pytest.mark.promise("AUD-01", "TEN-04")
async def test_a_route_that_changes_something_in_silence_is_named(stage: Stage, tmp_path: Path):
    # The walk over every route of the API description is tests/attacks/matrix/test_matrix.py.
    async with house(stage, tmp_path) as home, serving(home.kernel, None, planted) as client:
        api, told = client.as_(home.api.bearer), dict[str, Recorded]()
        agent = {"name": "New", "instructions": "Be brief.", "model": "scripted:fast"}
        for path, body in {"/api/v1/partner/planted-silent": None, "/api/v1/partner/agents": agent}.items():
            request_id = str(ids.new())
            assert (await api("POST", path, body, Request_Id=request_id)).status < 300
            with stage.admin() as admin:
                rows = admin.execute("select scope, action from app.audit_queue where request_id = %s", [request_id])
                told[f"POST {path}"] = Recorded(frozenset((str(scope), str(action)) for scope, action in rows))
        assert silent([*told, "GET /api/v1/partner/settings"], told.get) == [
            "POST /api/v1/partner/planted-silent: no entry"
        ]
        assert silent(["POST /api/v1/partner/nobody-may"], told.get) == [
            "POST /api/v1/partner/nobody-may: nobody could call it"
        ]
        of_partner = {"POST /api/v1/partner/organizations/{org_id}": told["POST /api/v1/partner/agents"]}
        assert silent(of_partner, of_partner.get) == [
            "POST /api/v1/partner/organizations/{org_id}: no entry in the log of its org"
        ]


# Routes that the API description does not show, and that the walk over it so does not call: what of them changes
# something, by whatever method, and the test that looks for its entry.
UNSHOWN = {
    "POST /audit/open": "tests/promises/test_audit_page.py: links, openings and refused ones are entries",
    "POST /audit/verify": "the same",
    "POST /audit/close": "the same",
}


@pytest.mark.promise("AUD-01")
def test_no_route_that_changes_something_hides_from_the_walk():
    def unshown(*planted: APIRouter) -> set[str]:
        api = routed(Told())
        for router in planted:
            api.include_router(router)
        shown = {f"{way.upper()} {path}" for path, ways in api.openapi()["paths"].items() for way in ways}
        found = list(iter_route_contexts(api.routes))
        every = {f"{way} {one.path}" for one in found for way in one.methods or {"ANY"}}
        return set(changing(every - shown))

    hidden = APIRouter(include_in_schema=False)
    hidden.add_api_route("/planted", silently, methods=["PUT"])
    assert unshown() == set(UNSHOWN)
    assert unshown(hidden) - set(UNSHOWN) == {"PUT /planted"}


@pytest.mark.long
@pytest.mark.promise("AUD-01", "KEY-02")
def test_streams_and_downloads_are_counted_and_a_server_that_stops_writes_what_it_counted():
    with deployment_directory() as directory, process(directory) as server:
        alice = make_partner(server, "northwind", ["rose"]).user("alice", "rose")
        run = alice.ask("Good morning.")
        assert alice.finish(run["id"])["status"] == "completed"
        uploaded = request(
            server.base_url, "POST", "/api/v1/files", bearer=alice.session, raw=FORM.content, headers=FORM.headers
        )
        assert alice.call("GET", f"/files/{uploaded.json['id']}/content").status == 200
        assert alice.call("GET", f"/runs/{run['id']}/events").status == 200
        server.kill(signal.SIGTERM)
        server.start()
        with psycopg.connect(server.database().superuser_dsn) as admin:
            routes = admin.execute(
                "select route from app.read_count union all select details ->> 'route' from app.audit_queue"
                " where action = 'data.read'"
            ).fetchall()
    assert {"GET /api/v1/files/{file_id}/content", "GET /api/v1/runs/{run_id}/events"} <= {row[0] for row in routes}
