"""Migrations: in order, once, whole or not at all, and never blind to the rows that they change."""

import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from ringfence.base.postgres import (
    PostgresError,
    Server,
    dump_schema,
    find_drift,
    migrate,
    pending,
    set_role_password,
)
from tests.world_postgres import binaries, shared_cluster


@dataclass(frozen=True)
class House:
    """A database of its own, the directory of its migrations, and the role that owns what they make."""

    server: Server
    directory: Path
    name: str

    @property
    def admin_dsn(self) -> str:
        return self.server.dsn("ringfence_boot", self.server.password, database=self.name)

    def write(self, file: str, *statements: str, why: str = "-- Why: a test.") -> None:
        (self.directory / file).write_text("\n".join([why, *statements, ""]))

    def begin(self) -> None:
        self.write("0001_roles.sql", "-- as: admin", f"create role {self.name} nologin;")
        self.write("0002_run.sql", "create schema app; create schema things; create table things.run (id int);")

    def migrate(self) -> list[str]:
        return migrate(self.admin_dsn, self.directory, owner_role=self.name)

    def ask(self, question: str) -> object:
        with psycopg.connect(self.admin_dsn) as connection:
            row = connection.execute(question.encode()).fetchone()
        return row and row[0]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with shared_cluster() as running:
        yield running


@pytest.fixture
def house(server: Server, tmp_path: Path) -> House:
    name = f"house_{secrets.token_hex(4)}"
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    made = House(server, tmp_path, name)
    made.begin()
    return made


def test_migrations_apply_once_and_in_order_as_the_owner(house: House):
    assert pending(house.admin_dsn, house.directory, owner_role=house.name) == ["0001_roles", "0002_run"]
    assert house.migrate() == ["0001_roles", "0002_run"]
    assert house.ask("select relowner::regrole::text from pg_class where relname = 'run'") == house.name
    assert house.migrate() == []
    house.write("0003_more.sql", "alter table things.run add column more int;")
    assert house.migrate() == ["0003_more"]


def test_progress_is_reported_by_name(house: House):
    said: list[str] = []
    migrate(house.admin_dsn, house.directory, owner_role=house.name, report=said.append)
    assert said == ["Applying 0001_roles.", "Applying 0002_run."]


def test_a_changed_migration_is_refused_by_name(house: House):
    house.migrate()
    house.write("0002_run.sql", "create schema things; create table things.run (id bigint);")
    with pytest.raises(PostgresError, match="0002_run was changed after it had been applied"):
        house.migrate()


def test_line_ends_of_another_system_are_no_change(house: House):
    house.migrate()
    path = house.directory / "0002_run.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert house.migrate() == []


@pytest.mark.parametrize("new_name", [None, "0002_renamed.sql"])
def test_a_missing_or_renamed_migration_is_refused_by_name(house: House, new_name: str | None):
    house.migrate()
    gone = (house.directory / "0002_run.sql").rename(house.directory / (new_name or "run.txt"))
    assert gone.exists()
    with pytest.raises(PostgresError, match="has migration 0002_run, and there is no such file at number 0002"):
        house.migrate()


def test_a_gap_in_the_numbers_is_refused(house: House):
    house.write("0004_late.sql", "select 1;")
    with pytest.raises(PostgresError, match="0004_late stands where number 0003 is due"):
        house.migrate()


def test_a_failing_migration_leaves_nothing_and_names_its_line(house: House):
    house.write("0003_broken.sql", "create table things.half (id int);", "select nonsense;")
    with pytest.raises(PostgresError, match=r'0003_broken failed at line 3: column "nonsense" does not exist'):
        house.migrate()
    assert house.ask("select to_regclass('things.half')") is None
    assert pending(house.admin_dsn, house.directory, owner_role=house.name) == ["0003_broken"]


@pytest.mark.parametrize(
    ("file", "text", "refusal"),
    [
        ("0003_silent.sql", "select 1;", "does not say why"),
        ("0003-dashes.sql", "-- Why: a test.", "is not a migration's name"),
        ("0003_ends.sql", "-- Why: a test.\nselect 1;\ncommit;\n", "begins or ends a transaction"),
        ("0003_begins.sql", "-- Why: a test.\nbegin;\n", "begins or ends a transaction"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_before_anything_runs(house: House, file: str, text: str, refusal: str):
    (house.directory / file).write_text(text)
    with pytest.raises(PostgresError, match=refusal):
        house.migrate()
    assert house.ask("select to_regnamespace('things')") is None


def test_files_without_a_number_are_no_migrations(house: House):
    (house.directory / "current.sql").write_text("create table never ();")
    assert house.migrate() == ["0001_roles", "0002_run"]


@pytest.mark.parametrize(
    "change",
    [
        "update app.run set id = 1;",
        'UPDATE only "app"."run" AS r SET id = 1;',
        "update run set id = 1;",
        "delete from app.run where id = 1;",
        "insert into app.run (id) select 1;",
        "merge into app.run using x on true when matched then delete;",
        "do $$ begin update app.run set id = 1; end $$;",
        "alter table app.run no force row level security; update app.run set id = 1;",
        "update app.run set id = 1; alter table app.run no force row level security;",
        "alter table app.r no force row level security; alter table app.r force row level security; delete from app.r;",
    ],
)
def test_a_migration_that_would_change_rows_unseen_is_refused_with_its_mend(house: House, change: str):
    house.write("0003_backfill.sql", change)
    with pytest.raises(PostgresError, match=r"0003_backfill\.sql changes rows of") as refused:
        house.migrate()
    assert "no force row level security" in refused.value.mend


@pytest.mark.parametrize(
    "harmless",
    [
        "-- update app.run set id = 1;",
        "/* delete from app.run; */",
        "create function things.f() returns void language sql as $$ update app.run set id = 1 $$;",
        "insert into app.run (id) values (1);",
        "update things.run set id = 1;",
        "grant select, update on app.run to public;",
        "create trigger t before update on app.run for each row execute function suppress_redundant_updates_trigger();",
        "insert into app.run (id) values (1) on conflict do nothing;",
    ],
)
def test_a_migration_that_changes_no_rows_blindly_is_left_alone(house: House, harmless: str):
    house.write("0003_run.sql", "create table app.run (id int);")
    house.write("0004_harmless.sql", harmless)
    assert house.migrate()[-1] == "0004_harmless"


def test_a_backfill_that_lifts_force_reaches_every_row(house: House):
    house.write("0003_run.sql", "create table app.run (id int); insert into app.run (id) values (1);")
    house.write(
        "0004_force.sql", "alter table app.run enable row level security; alter table app.run force row level security;"
    )
    house.write(
        "0005_backfill.sql",
        "alter table app.run no force row level security;",
        "update app.run set id = 2;",
        "alter table app.run force row level security;",
    )
    house.migrate()
    assert house.ask("select id from app.run") == 2
    assert house.ask(
        "select relforcerowsecurity from pg_class where relname = 'run' and relnamespace = 'app'::regnamespace"
    )


def test_two_runners_take_turns_and_each_migration_applies_once(house: House):
    house.write("0003_slow.sql", "select pg_sleep(0.5);")
    said: list[str] = []
    applied: list[str] = []

    def run() -> None:
        applied.extend(migrate(house.admin_dsn, house.directory, owner_role=house.name, report=said.append))

    runners = [threading.Thread(target=run) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sorted(applied) == ["0001_roles", "0002_run", "0003_slow"]
    assert said.count("Waiting for another migration of this database to end.") == 1


@pytest.mark.promise("OPS-01")
def test_a_table_that_is_held_stops_the_migration_and_says_so(house: House):
    house.migrate()
    house.write("0003_alter.sql", "set local lock_timeout = '50ms'; alter table things.run add column more int;")
    with psycopg.connect(house.admin_dsn) as holder:
        holder.execute("select id from things.run")
        with pytest.raises(PostgresError, match="0003_alter failed") as refused:
            house.migrate()
    assert "Something holds a table" in refused.value.mend
    assert house.migrate() == ["0003_alter"]


def test_on_a_managed_postgres_nobody_needs_to_be_superuser(house: House):
    admin = f"admin_{house.name}"
    with psycopg.connect(house.admin_dsn, autocommit=True) as connection:
        connection.execute(f"create role {admin} login createrole nosuperuser".encode())
        connection.execute(f"alter database {house.name} owner to {admin}".encode())
    set_role_password(house.admin_dsn, admin, "rose")
    dsn = house.server.dsn(admin, "rose", database=house.name)
    assert migrate(dsn, house.directory, owner_role=house.name) == ["0001_roles", "0002_run"]
    assert migrate(dsn, house.directory, owner_role=house.name) == []


def test_an_administrator_that_may_not_become_the_owner_is_told(house: House):
    house.migrate()
    with psycopg.connect(house.admin_dsn, autocommit=True) as connection:
        connection.execute(f"create role stranger_{house.name} login".encode())
    set_role_password(house.admin_dsn, f"stranger_{house.name}", "thorn")
    dsn = house.server.dsn(f"stranger_{house.name}", "thorn", database=house.name)
    with pytest.raises(PostgresError, match="refuses to migrate") as refused:
        migrate(dsn, house.directory, owner_role=house.name)
    assert "member of the owner" in refused.value.mend


def test_a_first_migration_without_the_owner_is_told(house: House):
    house.write("0001_roles.sql", "select 1;")
    with pytest.raises(PostgresError, match="0001_roles failed"):
        house.migrate()


def test_a_database_that_is_away_is_told_without_its_password(house: House):
    dsn = house.server.dsn("ringfence_boot", "thorn-secret", database=house.name)
    with pytest.raises(PostgresError, match="cannot be reached for migrations") as refused:
        migrate(dsn, house.directory, owner_role=house.name)
    assert "thorn-secret" not in str(refused.value)


def test_a_role_logs_in_with_the_password_it_was_given_and_no_other(house: House):
    house.migrate()
    with psycopg.connect(house.admin_dsn, autocommit=True) as connection:
        connection.execute(f"alter role {house.name} login".encode())
    set_role_password(house.admin_dsn, house.name, "it's \\ a passwörd")
    psycopg.connect(house.server.dsn(house.name, "it's \\ a passwörd", database=house.name)).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(house.server.dsn(house.name, "other", database=house.name)).close()
    assert str(house.ask(f"select rolpassword from pg_authid where rolname = '{house.name}'")).startswith(
        "SCRAM-SHA-256$"
    )


@pytest.mark.skipif(binaries().major != 18, reason="the committed dump is of the wheel's version")
def test_drift_between_the_database_and_the_committed_schema_is_shown(house: House):
    house.migrate()
    committed = house.directory / "current.sql"
    committed.write_text(dump_schema(house.admin_dsn, binaries()))
    assert find_drift(house.admin_dsn, binaries(), committed) == ""
    with psycopg.connect(house.admin_dsn) as connection:
        connection.execute("alter table things.run add column smuggled int")
    assert "+    smuggled integer" in find_drift(house.admin_dsn, binaries(), committed)
    assert "restrict" not in committed.read_text()
