"""Brings a database's schema forward: one runner at a time, one transaction a file, nothing half done."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from ringfence.base.postgres import migration_files
from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.migration_files import Migration

_LOCK_KEY: Final = 0x52_46_4D_49_47  # RFMIG; any number that nobody else takes
_LOCK_WAIT: Final = "10min"
_TABLE_LOCK_WAIT: Final = "5s"  # longer would queue every request behind us
_STATEMENT_LIMIT: Final = "5min"
_OLDEST: Final = 160_000
_HISTORY_EXISTS: Final = """
select exists (select from pg_tables where schemaname = 'migration' and tablename = 'ringfence_migration')
"""

Connection = psycopg.Connection[tuple[object, ...]]


def silent(_: str) -> None:
    """Reports to nobody."""


def migrate(admin_dsn: str, directory: Path, *, owner_role: str, report: Callable[[str], None] = silent) -> list[str]:
    """The names of the migrations that were applied now, in order; none when the schema was up to date.

    `admin_dsn` is a superuser or, on a managed Postgres, a role that may create roles and owns the database; a direct
    connection, as a pooler loses the lock. Raises PostgresError; the files before the failing one stay applied.
    """
    migrations = migration_files.load(directory)
    try:
        with psycopg.connect(admin_dsn, autocommit=True, application_name="ringfence migrate") as connection:
            if connection.info.server_version < _OLDEST:
                version = connection.info.server_version // 10_000
                raise PostgresError(
                    f"PostgreSQL {version} is too old for Ringfence.", "Use a server of version 16 or newer."
                )
            _take_turn(connection, report)
            done = _check_history(connection, migrations, owner_role)
            return [_apply(connection, each, owner_role, report) for each in migrations[done:]]
    except psycopg.OperationalError as error:
        raise PostgresError(
            f"The database cannot be reached for migrations: {str(error).strip()}", "Check the admin URL."
        ) from error
    except psycopg.Error as error:
        raise PostgresError(
            f"The database refuses to migrate: {str(error).strip()}",
            "The admin URL must name the role that ran the first migration, or one that is a member of the owner.",
        ) from error


def pending(admin_dsn: str, directory: Path, *, owner_role: str) -> list[str]:
    """The names of the migrations that are still to be applied; the history is checked as for `migrate`."""
    migrations = migration_files.load(directory)
    with psycopg.connect(admin_dsn, autocommit=True, application_name="ringfence migrate") as connection:
        done = _check_history(connection, migrations, owner_role)
    return [each.name for each in migrations[done:]]


def _take_turn(connection: Connection, report: Callable[[str], None]) -> None:
    """Takes the session's advisory lock, which the server gives back however we end."""
    row = connection.execute("select pg_try_advisory_lock(%s)", [_LOCK_KEY]).fetchone()
    if row == (True,):
        return
    report("Waiting for another migration of this database to end.")
    try:
        connection.execute("select set_config('lock_timeout', %s, false)", [_LOCK_WAIT])
        connection.execute("select pg_advisory_lock(%s)", [_LOCK_KEY])
    except psycopg.errors.LockNotAvailable as error:
        raise PostgresError(
            f"Another migration of this database has been running for more than {_LOCK_WAIT}.",
            "Look for its session in pg_stat_activity (application_name `ringfence migrate`).",
        ) from error


def _check_history(connection: Connection, migrations: Sequence[Migration], owner_role: str) -> int:
    """How many migrations are applied; refuses a history that the files do not tell."""
    applied = _read_history(connection, owner_role)
    for position, (version, name, checksum) in enumerate(applied):
        file = migrations[position] if position < len(migrations) else None
        if file is None or (file.version, file.name) != (version, name):
            raise PostgresError(
                f"The database has migration {name}, and there is no such file at number {version:04d}.",
                "Use the release that made it or a newer one; never rename, renumber or remove an applied migration.",
            )
        if file.checksum != checksum:
            raise PostgresError(
                f"Migration {name} was changed after it had been applied.",
                "Restore the file as it was, and put the change into a new migration.",
            )
    return len(applied)


def _read_history(connection: Connection, owner_role: str) -> list[tuple[int, str, str]]:
    if not _has_history(connection):
        return []
    with connection.transaction():
        _become(connection, owner_role)
        rows = connection.execute("select version, name, checksum from migration.ringfence_migration order by version")
        return [(int(str(version)), str(name), str(checksum)) for version, name, checksum in rows]


def _has_history(connection: Connection) -> bool:
    # Not to_regclass: it needs a right on the schema, which a managed administrator has only as the owner.
    return connection.execute(_HISTORY_EXISTS).fetchone() == (True,)


def _apply(connection: Connection, migration: Migration, owner_role: str, report: Callable[[str], None]) -> str:
    report(f"Applying {migration.name}.")
    try:
        with connection.transaction():
            connection.execute("select set_config('lock_timeout', %s, true)", [_TABLE_LOCK_WAIT])
            connection.execute("select set_config('statement_timeout', %s, true)", [_STATEMENT_LIMIT])
            if not migration.as_admin:
                _become(connection, owner_role)
            connection.execute(migration.text.encode())
            connection.execute("reset role")
            _record(connection, migration, owner_role)
    except psycopg.Error as error:
        raise _explain(migration, error) from error
    return migration.name


def _record(connection: Connection, migration: Migration, owner_role: str) -> None:
    if not _has_history(connection):
        _make_history(connection, owner_role)
    _become(connection, owner_role)
    connection.execute(
        "insert into migration.ringfence_migration (version, name, checksum) values (%s, %s, %s)",
        [migration.version, migration.name, migration.checksum],
    )


def _make_history(connection: Connection, owner_role: str) -> None:
    """The table of what was applied, the owner's; the first migration must have made the owner."""
    owner = sql.Identifier(owner_role)
    may_become = connection.execute("select pg_has_role(current_user, %s, 'set')", [owner_role]).fetchone()
    if may_become != (True,):
        # Since Postgres 16 whoever creates a role administers it, and is not yet a member that may become it.
        connection.execute(sql.SQL("grant {} to current_user with set true, inherit false").format(owner))
    _become(connection, owner_role)
    may_create = connection.execute("select has_database_privilege(current_database(), 'create')").fetchone()
    if may_create != (True,):
        connection.execute("reset role")
        row = connection.execute("select current_database()").fetchone() or ("",)
        database = sql.Identifier(str(row[0]))
        connection.execute(sql.SQL("grant create on database {} to {}").format(database, owner))
        _become(connection, owner_role)
    connection.execute("create schema migration")
    connection.execute("""
        create table migration.ringfence_migration (
            version int primary key,
            name text not null,
            checksum text not null,
            applied_at timestamptz not null default now()
        )""")


def _become(connection: Connection, role: str) -> None:
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))


def _explain(migration: Migration, error: psycopg.Error) -> PostgresError:
    line = ""
    position = error.diag.statement_position
    if position is not None and position.isdigit():
        line = f" at line {migration.text[: int(position)].count(chr(10)) + 1}"
    told = error.diag.message_primary or str(error).strip()
    if isinstance(error, psycopg.errors.LockNotAvailable):
        mend = f"Something holds a table for more than {_TABLE_LOCK_WAIT}; run the migration again when it is idle."
    else:
        mend = "Nothing of this file was kept; mend it and run the migration again."
    return PostgresError(f"Migration {migration.name} failed{line}: {told}.", mend)
