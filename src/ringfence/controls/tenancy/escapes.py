"""Statements that would lead around row security, each of which must be refused or find nothing. Keeps TEN-01, TEN-06.

Tried by `attempts`, with the server's own role and a good context of the attempter's own organization.
"""

from collections.abc import Mapping
from typing import Final, LiteralString

STATEMENTS: Final[Mapping[str, LiteralString]] = {
    "become the tables' owner": "set local role ringfence_owner",
    "become the gate": "set local role ringfence_gate",
    "become the sealer": "set local role ringfence_seal",
    "read the keys that sign contexts": "select count(*) from ctx.key",
    "add a key that signs contexts": "insert into ctx.key (kid, ipad, opad) values ('x', '', '')",
    "switch row security off for the session": "set local row_security = off; select count(*) from app.message",
    "switch row security off for a table": "alter table app.message disable row level security",
    "add a policy": "create policy wide on app.message using (true)",
    "empty a table past its policies": "truncate app.run_event",
    "start a program on the database's host": "copy app.message (id) to program 'true'",
    "read a file on the database's host": "select length(pg_read_file('/etc/hostname'))",
    "import a file of the database's host": "select lo_import('/etc/hostname')",
    "read passwords of roles": "select count(*) from pg_authid",
    "read what others ask": "select count(*) from pg_stat_activity where usename <> current_user and query <> '' "
    "and query not like '<%'",
    "read the planner's samples of rows": "select count(*) from pg_stats where schemaname = 'app'",
    "make a function that runs as somebody else": "create function app.wide() returns int language sql "
    "security definer as 'select 1'",
    "make a table to copy rows into": "create temporary table wide (id uuid)",
    "load code into the server": "create extension dblink",
}
LOAD: Final = "load rows past the policies"
ALSO_REFUSED: Final = {LOAD: frozenset({"0A000"})}
"""Refusals with a code of their own: Postgres has no COPY FROM under row security at all."""
PLANTED: Final = (
    "select (exists (select from app.organization))::int + (exists (select from app.app_user))::int"
    " + (exists (select from app.conversation))::int + (exists (select from app.run))::int"
    " + (exists (select from app.message))::int"
)
