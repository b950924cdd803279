"""Refuses to serve on a dangerous role or over an unprotected table. Keeps TEN-01.

FORCE row security is void for a superuser, for BYPASSRLS and, through SET ROLE, for a member of the owner: the default
role of an embedded Postgres is all of these. Proved in tests/promises/test_roles.py.
"""

from dataclasses import dataclass

from ringfence.controls.tenancy.context import PlatformScope
from ringfence.controls.tenancy.database import Database
from ringfence.controls.tenancy.statement import Statement


class DangerousRole(Exception):  # noqa: N818 - what it names is the role
    """The server's own role could bypass row security; the text says how and what to do."""


@dataclass(frozen=True, slots=True)
class _RoleRow:
    name: str
    is_super: bool
    bypasses: bool
    replicates: bool
    owned: int
    reaches: list[str]
    reads_keys: bool


_ROLE = Statement(
    """
select r.rolname::text, r.rolsuper, r.rolbypassrls, r.rolreplication,
  (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('app', 'ctx', 'gate') and c.relowner = r.oid),
  array(select m.rolname::text from pg_roles m
    where m.rolname <> r.rolname and pg_has_role(r.oid, m.oid, 'member')
      and (m.rolsuper or m.rolbypassrls or m.rolname like 'ringfence%'
        or m.rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
    order by 1),
  exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'ctx'
    and c.relname = 'key' and has_any_column_privilege(r.oid, c.oid, 'select, insert, update'))
from pg_roles r where r.rolname = coalesce($1, current_user)
""",
    _RoleRow,
)
_UNPROTECTED = Statement(
    """
select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'app' and c.relkind in ('r', 'p') and (not c.relrowsecurity or not c.relforcerowsecurity
  or not exists (select from pg_policy p where p.polrelid = c.oid))
order by 1
""",
    str,
)
_MEND = "Give the server RINGFENCE_DATABASE_URL of the role ringfence_app, which `ringfence migrate` makes."


async def refuse_dangerous(database: Database) -> None:
    """Raises DangerousRole unless the connection's role is bound by row security on every table."""
    roles, tables = await database.read(PlatformScope(), _ROLE(None), _UNPROTECTED())
    role: _RoleRow = roles[0]
    found = " and ".join(_faults(role))
    if found:
        raise DangerousRole(f"The database role {role.name} {found}: row security would not bind it. {_MEND}")
    if tables:
        raise DangerousRole(
            f"Without forced row security: {', '.join(tables)}. Declare each with ctx.protect in a migration."
        )


async def role_faults(database: Database, role: str | None = None) -> list[str]:
    """In which ways a role could walk past row security; by default the connection's own, which must give none."""
    return _faults((await database.read(PlatformScope(), _ROLE(role)))[0][0])


def _faults(role: _RoleRow) -> list[str]:
    faults = [
        ("is a superuser", role.is_super),
        ("has BYPASSRLS", role.bypasses),
        ("has REPLICATION", role.replicates),
        (f"owns {role.owned} of the product's tables", role.owned > 0),
        (f"can become {', '.join(role.reaches)}", bool(role.reaches)),
        ("reaches the context keys", role.reads_keys),
    ]
    return [text for text, is_so in faults if is_so]
