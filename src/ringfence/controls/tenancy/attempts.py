"""Tries by raw SQL to reach another organization, as whoever holds the server's own role could. Keeps TEN-01, TEN-06.

Each attempt is a transaction that is rolled back, whatever came of it. Whoever steals the role's password has no
context of any organization at all; most attempts give the thief a valid one of its own. Proved in
tests/evidence/test_canary_sql.py, where each control is switched off and its attempts are seen to succeed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from ringfence.controls.tenancy import escapes
from ringfence.controls.tenancy.context import OrgScope
from ringfence.controls.tenancy.database import Database

_REFUSED = "42501"
_SET = (
    "select set_config('ringfence.ctx', coalesce(%s, current_setting('ringfence.ctx', true)), true),"
    " set_config('statement_timeout', '2s', true), set_config('lock_timeout', '1s', true)"
)
# Each table with the column that says whose a row is; null where the rows are the platform's.
_TABLES = """
select c.relname::text, (select a.attname::text from pg_attribute a
  where a.attrelid = c.oid and not a.attisdropped and a.attname in ('scope_id', 'org_id', 'partner_id')
  order by array_position(array['scope_id', 'org_id', 'partner_id']::name[], a.attname) limit 1)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'app' and c.relkind in ('r', 'p') order by 1
"""
_PLANTED = ("organization", "app_user", "conversation", "run", "message")

Connection = psycopg.AsyncConnection[Any]
Words = sql.SQL | sql.Composed


class Result(StrEnum):
    """What came of an attempt."""

    DENIED = "denied"
    ALLOWED = "allowed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: under which context, at what, and what came of it (`detail`: rows or the error's code)."""

    context: str
    aim: str
    result: Result
    detail: str


@dataclass(frozen=True, slots=True)
class Tried:
    """All attempts; `own_rows` were seen by the same eyes, and `foreign_rows` were there to be seen."""

    attempts: tuple[Attempt, ...]
    own_rows: int
    foreign_rows: int
    tables: int

    def of(self, result: Result) -> list[Attempt]:
        """Those that came to this."""
        return [attempt for attempt in self.attempts if attempt.result is result]


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    column: str | None

    @property
    def words(self) -> sql.Identifier:
        return sql.Identifier("app", self.name)

    def victim(self, foreign: OrgScope, stranger: UUID) -> UUID:
        return stranger if self.column == "partner_id" else foreign.org_id


async def attempt_all(database: Database, own: OrgScope, foreign: OrgScope, *, stranger: UUID) -> Tried:
    """Tries everything from `own` against `foreign` and against the partner `stranger`; some 150 transactions."""
    url, keys = database.apart()
    contexts = {name: keys.sign(scope).decode() for name, scope in (("own", own), ("foreign", foreign))}
    async with await psycopg.AsyncConnection[Any].connect(url, autocommit=True, connect_timeout=5) as connection:
        tables = [_Table(str(name), column) for name, column in await (await connection.execute(_TABLES)).fetchall()]
        attempts = [
            *await _by_table(connection, tables, contexts["own"], foreign, stranger),
            *await _by_context(connection, tables, contexts["own"], own, foreign),
            *await _by_escape(connection, contexts["own"], foreign),
        ]
        own_rows = await _planted(connection, contexts["own"])
        return Tried(tuple(attempts), own_rows, await _planted(connection, contexts["foreign"]), len(tables))


async def _by_table(
    connection: Connection, tables: Sequence[_Table], context: str, foreign: OrgScope, stranger: UUID
) -> list[Attempt]:
    """Reads and changes in every table, under a good context of the attempter's own organization."""
    found: list[Attempt] = []
    for table in tables:
        for verb, words in _verbs(table).items():
            values = [] if table.column is None else [table.victim(foreign, stranger)]
            aim = f"{verb} app.{table.name}"
            found.append(await _try(connection, "own", context, aim=aim, words=words, values=values))
    return found


def _verbs(table: _Table) -> dict[str, Words]:
    if table.column is None:
        return {
            "read": sql.SQL("select count(*) from {}").format(table.words),
            "write into": sql.SQL("insert into {} default values").format(table.words),
        }
    column = sql.Identifier(table.column)
    return {
        "read": sql.SQL("select count(*) from {} where {} = %s").format(table.words, column),
        "change": sql.SQL("update {} set {} = {} where {} = %s").format(table.words, column, column, column),
        "delete from": sql.SQL("delete from {} where {} = %s").format(table.words, column),
        "write into": sql.SQL("insert into {} ({}) values (%s)").format(table.words, column),
    }


async def _by_context(
    connection: Connection, tables: Sequence[_Table], context: str, own: OrgScope, foreign: OrgScope
) -> list[Attempt]:
    """Reads what is planted, under every context that somebody could make up."""
    made_up = {
        "none": None,
        "empty": "",
        "forged": context.replace(own.org_id.hex, foreign.org_id.hex),
        "unsigned": context.replace(own.org_id.hex, foreign.org_id.hex)[:-64] + "0" * 64,
        "later": _later(context),
    }
    found: list[Attempt] = []
    for table in (table for table in tables if table.name in _PLANTED):
        words = sql.SQL("select count(*) from {} where org_id = %s").format(table.words)
        for name, text in made_up.items():
            aim = f"read app.{table.name}"
            found.append(await _try(connection, name, text, aim=aim, words=words, values=[foreign.org_id]))
    return found


async def _by_escape(connection: Connection, context: str, foreign: OrgScope) -> list[Attempt]:
    """Ways around row security, rather than through it."""
    found = [
        await _try(connection, "own", context, aim=aim, words=sql.SQL(words), values=[])
        for aim, words in escapes.STATEMENTS.items()
    ]
    return [*found, await _copy_in(connection, context), await _copy_out(connection, context, foreign)]


async def _try(  # noqa: PLR0913 - an attempt's parts
    connection: Connection, name: str, context: str | None, *, aim: str, words: Words, values: Sequence[UUID]
) -> Attempt:
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute(_SET, [context])
            done = await connection.execute(words, values or None)
            rows = (await done.fetchone() or (0,))[0] if done.description else done.rowcount
    except psycopg.Error as failure:
        return Attempt(name, aim, _refusal(aim, failure), failure.sqlstate or type(failure).__name__)
    # A statement that gives no number at all did what it should not: it would have raised.
    count = rows if isinstance(rows, int) else 1
    is_done = count > 0 or (aim in escapes.STATEMENTS and not done.description)
    return Attempt(name, aim, Result.ALLOWED if is_done else Result.DENIED, f"{count} rows")


def _refusal(aim: str, failure: psycopg.Error) -> Result:
    if failure.sqlstate == _REFUSED or failure.sqlstate in escapes.ALSO_REFUSED.get(aim, ()):
        return Result.DENIED
    # Any other refusal of a write comes behind row security, which let it pass: a missing value, a taken key.
    return Result.ALLOWED if aim.startswith("write into") else Result.UNCLEAR


async def _copy_in(connection: Connection, context: str) -> Attempt:
    aim = escapes.LOAD
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute(_SET, [context])
            async with connection.cursor().copy("copy app.message (org_id, id) from stdin"):
                pass
    except psycopg.Error as failure:
        return Attempt("own", aim, _refusal(aim, failure), failure.sqlstate or type(failure).__name__)
    return Attempt("own", aim, Result.ALLOWED, "taken")


async def _copy_out(connection: Connection, context: str, foreign: OrgScope) -> Attempt:
    aim = "copy app.message to the client"
    seen = b""
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute(_SET, [context])
            async with connection.cursor().copy("copy app.message (org_id, id) to stdout") as rows:
                async for row in rows:
                    seen += bytes(row)
    except psycopg.Error as failure:
        return Attempt("own", aim, _refusal(aim, failure), failure.sqlstate or type(failure).__name__)
    result = Result.ALLOWED if str(foreign.org_id).encode() in seen else Result.DENIED
    return Attempt("own", aim, result, f"{len(seen.splitlines())} rows of its own")


async def _planted(connection: Connection, context: str) -> int:
    """How many tables with something planted show it under its own context."""
    async with connection.transaction(force_rollback=True):
        await connection.execute(_SET, [context])
        row = await (await connection.execute(escapes.PLANTED)).fetchone()
    return int(row[0]) if row else 0


def _later(context: str) -> str:
    """The same context with its end put off by a year, under the old signature."""
    head, expires, signature = context.rsplit("|", 2)
    return f"{head}|{int(expires) + 31_536_000}|{signature}"
