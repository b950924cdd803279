"""The server's own database role: bound by row security, or the server does not start."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ringfence.controls.tenancy import DangerousRole, Database, refuse_dangerous
from tests.world import Stage

ROLE = "rf_test_server"


@contextmanager
def role(stage: Stage, made: str, *grants: str) -> Iterator[str]:
    """A role of its own for the server, and its URL; gone afterwards."""
    password = secrets.token_hex(8)
    with stage.admin() as admin:
        admin.execute(f"create role {ROLE} login password '{password}' {made}".encode())
        try:
            admin.execute(
                b"do $$ begin execute format('grant connect on database %I to rf_test_server', "
                b"current_database()); end $$"
            )
            for grant in grants:
                admin.execute(grant.encode())
            yield make_conninfo(stage.app_url, user=ROLE, password=password)
        finally:
            admin.execute(f"drop owned by {ROLE}; drop role {ROLE}".encode())


async def refusal(stage: Stage, url: str) -> str:
    database = Database(url, keys=stage.key, size=1)
    try:
        await refuse_dangerous(database)
    except DangerousRole as refused:
        return str(refused)
    finally:
        await database.close()
    return "serves"


@pytest.mark.promise("TEN-01")
async def test_the_product_serves_on_its_own_role(stage: Stage):
    assert await refusal(stage, stage.app_url) == "serves"


@pytest.mark.promise("TEN-01")
async def test_the_product_refuses_to_serve_as_a_superuser(stage: Stage):
    told = await refusal(stage, stage.admin_url)
    assert "is a superuser" in told
    assert "RINGFENCE_DATABASE_URL of the role ringfence_app" in told


@pytest.mark.promise("TEN-01")
@pytest.mark.parametrize(
    ("made", "grant", "fault"),
    [
        ("bypassrls", "select 1", "has BYPASSRLS"),
        ("replication", "select 1", "has REPLICATION"),
        ("noinherit", f"grant ringfence_owner to {ROLE}", "can become ringfence_owner"),
        ("", f"grant pg_read_server_files to {ROLE}", "can become pg_read_server_files"),
        ("", f"grant pg_read_all_data to {ROLE}", "reaches the context keys"),
        ("", f"create table app.planted (id int); alter table app.planted owner to {ROLE}", "owns 1 of"),
    ],
)
async def test_the_product_refuses_to_serve_on_a_role_that_row_security_does_not_bind(
    stage: Stage, made: str, grant: str, fault: str
):
    with role(stage, made, grant) as url:
        assert fault in await refusal(stage, url)


@pytest.mark.promise("TEN-01")
@pytest.mark.parametrize("change", ["no force row level security", "disable row level security"])
async def test_the_product_refuses_to_serve_over_an_unprotected_table(stage: Stage, change: str):
    with stage.admin() as admin:
        admin.execute(f"alter table app.message {change}".encode())
        told = await refusal(stage, stage.app_url)
        admin.execute("alter table app.message enable row level security, force row level security")
    assert told == "Without forced row security: message. Declare each with ctx.protect in a migration."


@pytest.mark.promise("TEN-01")
@pytest.mark.parametrize(
    "attempt",
    [
        "set role ringfence_owner",
        "set role ringfence_gate",
        "set session authorization ringfence_owner",
        "alter table app.run disable row level security",
        "alter table app.run no force row level security",
        "drop policy tenant on app.run",
        "create policy mine on app.run using (true)",
        "alter role ringfence_app bypassrls",
        "truncate app.run",
        "create table app.mine (id int)",
        "create temporary table run (id int)",
        "create function app.mine() returns int language sql as 'select 1'",
        "select kid from ctx.key",
        "set local row_security = off; select id from app.run",
        "alter table app.run owner to ringfence_app",
        "call ctx.protect('app.run', scope => 'platform')",
        "copy app.run to program 'true'",
    ],
)
def test_the_products_own_role_cannot_step_past_row_security(stage: Stage, attempt: str):
    with psycopg.connect(stage.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(attempt.encode())
