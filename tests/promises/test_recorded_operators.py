"""What the operator does is in the platform's log: commands, changed settings, log-ins of privileged database roles."""

import ast
import asyncio
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from ringfence.cli import deployment, doctor_database
from ringfence.cli.doctor_findings import Finding
from ringfence.cli.recording import note_configuration, recorded
from ringfence.controls import audit
from ringfence.controls.audit import Action
from ringfence.controls.tenancy import DatabaseError, watch_logins
from tests.world import Stage


async def of_the_platform(stage: Stage) -> list[audit.Entry]:
    async with stage.open() as database, database.platform() as tx:
        return await audit.recent(tx, 50)


def told_of(stage: Stage, *actions: Action) -> list[audit.Entry]:
    return [entry for entry in asyncio.run(of_the_platform(stage)) if entry.action in actions]


def begun(stage: Stage) -> list[tuple[str, str, str]]:
    found = told_of(stage, Action.COMMAND_RUN, Action.COMMAND_ENDED)
    return [(entry.action, entry.details["command"], entry.outcome) for entry in reversed(found)]


@pytest.mark.promise("TEN-10")
def test_a_command_and_what_became_of_it_are_entries_of_the_platform(stage: Stage):
    with recorded(stage.app_url, stage.key, "keys_status"):
        assert begun(stage)[-1] == ("command.run", "keys_status", "success"), "before anything is done"
    with pytest.raises(ZeroDivisionError), recorded(stage.app_url, stage.key, "probe"):
        _ = 1 // 0
    assert begun(stage)[-3:] == [
        ("command.ended", "keys_status", "success"),
        ("command.run", "probe", "success"),
        ("command.ended", "probe", "failure"),
    ]


@pytest.mark.promise("TEN-10")
def test_a_command_that_cannot_be_entered_is_not_run_but_the_doctor_is(stage: Stage):
    ran: list[str] = []
    with stage.admin() as admin:
        admin.execute("revoke insert (id) on app.audit_queue from ringfence_app")
    try:
        with pytest.raises(DatabaseError), recorded(stage.app_url, stage.key, "keys_rotate"):
            ran.append("keys_rotate")
        with recorded(stage.app_url, stage.key, "doctor"):
            ran.append("doctor")
    finally:
        with stage.admin() as admin:
            admin.execute("grant insert (id) on app.audit_queue to ringfence_app")
    assert ran == ["doctor"]


@pytest.mark.promise("TEN-10")
def test_every_command_that_opens_a_deployment_says_its_name():
    # By the signature no command can open one without; each name must be on the log's list.
    named: set[str] = set()
    for path in (Path(deployment.__file__).parent).glob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in {"beside", "opened", "_beside", "_asked"}:
                words = [keyword.value for keyword in call.keywords if keyword.arg == "command"] + call.args[:1]
                named |= {str(word.value) for word in words if isinstance(word, ast.Constant)}
    fits = audit.FORMS[Action.COMMAND_RUN].details["command"]
    assert {"serve", "worker", "migrate", "doctor", "demo", "keys_rotate", "partner_restrict", "where"} <= named
    assert [name for name in named if not fits(name)] == []


@pytest.mark.promise("AUD-01", "AUD-03")
def test_settings_that_differ_from_the_last_start_are_named_and_never_quoted(stage: Stage):
    def start(**settings: object) -> list[str]:
        return note_configuration(stage.app_url, stage.key, secret=b"k" * 32, process="serve", settings=settings)

    assert start(limits="", mode="production", smtp_url=SecretStr("smtp://ada:rose@mail")) == []
    assert start(limits="", mode="production", smtp_url=SecretStr("smtp://ada:rose@mail")) == []
    assert start(limits="auth=1/60", mode="production", smtp_url=SecretStr("smtp://ada:thorn@mail")) == [
        "limits",
        "smtp_url",
    ]
    (entry,) = told_of(stage, Action.CONFIGURATION_CHANGED)
    assert entry.details == {"process": "serve", "settings": ["limits", "smtp_url"]}
    with stage.admin() as admin:
        kept = str(admin.execute("select c::text from app.configuration c").fetchall())
    assert "auth=1/60" not in kept
    assert "thorn" not in kept


def watched(stage: Stage) -> None:
    if not watch_logins(stage.admin_url):
        pytest.skip("this PostgreSQL does not tell of log-ins")


@pytest.mark.promise("TEN-10")
def test_log_ins_of_a_privileged_role_are_one_entry_a_minute_and_the_servers_own_are_none(stage: Stage):
    watched(stage)
    with stage.admin() as admin:
        admin.execute("delete from app.database_login")
    for _ in range(3):
        stage.admin().close()
    asyncio.run(of_the_platform(stage))
    with stage.admin() as admin:
        (row,) = admin.execute("select role, sum(count)::int from app.database_login group by role").fetchall()
        assert row == ("superuser", 4)
        admin.execute("update app.database_login set minute = minute - interval '3 minutes'")
        admin.execute("select gate.enter_counts(100)")
    entries = told_of(stage, Action.DATABASE_LOGIN)
    assert sum(entry.details["count"] for entry in entries) == 4
    assert {entry.details["role"] for entry in entries} == {"superuser"}
    form = audit.FORMS[Action.DATABASE_LOGIN].details
    assert all(form[name](value) for entry in entries for name, value in entry.details.items())


@pytest.mark.promise("TEN-10")
async def test_the_doctor_tells_of_a_database_whose_log_ins_are_not_recorded(stage: Stage):
    """PostgreSQL 16 is one; a newer one is made one."""

    async def told() -> Finding:
        async with stage.open() as database:
            return next(found for found in await doctor_database._server(database) if found.name == "logins")

    is_newer = watch_logins(stage.admin_url)
    try:
        if is_newer:
            assert "are entries of the platform's log" in (await told()).what
            with stage.admin() as admin:
                admin.execute("drop event trigger ringfence_login")
        assert "are not in the audit log" in (await told()).what
        assert "PostgreSQL 17" in ((await told()).advice or "")
    finally:
        assert watch_logins(stage.admin_url) is is_newer


@pytest.mark.promise("TEN-10")
@pytest.mark.parametrize(
    ("harm", "mend"),
    [
        ("alter table app.database_login rename to gone", "alter table app.gone rename to database_login"),
        ("revoke all on app.database_login from ringfence_gate", "grant all on app.database_login to ringfence_gate"),
        ("revoke usage on schema app from ringfence_gate", "grant usage on schema app to ringfence_gate"),
    ],
)
def test_nobody_is_locked_out_when_a_log_in_cannot_be_counted(stage: Stage, harm: str, mend: str):
    watched(stage)
    with stage.admin() as admin:
        admin.execute(harm.encode())
        try:
            stage.admin().close()
            asyncio.run(of_the_platform(stage))
        finally:
            admin.execute(mend.encode())


@pytest.mark.promise("TEN-10")
def test_a_log_in_waits_for_no_lock(stage: Stage):
    watched(stage)
    with psycopg.connect(stage.admin_url) as holder:
        holder.execute("lock table app.database_login in access exclusive mode")
        stage.admin().close()
        holder.rollback()
