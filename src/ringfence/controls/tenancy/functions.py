"""The functions, triggers and policies that isolation stands on, pinned by the build: owner, rights, settings, body.

schema/functions.txt is what the migrations make (`make schema` writes it, a test holds it against a database). A
function that somebody changes on the running system is a line that differs; so is a policy that was given the shape of
another, such as an organization's where rows are one user's own, which no lint can tell from a good one.
Keeps TEN-01, TEN-04, AUD-02. Proved in tests/evidence/test_probes_catalogue.py and tests/base/test_schema_drift.py.
"""

from dataclasses import dataclass
from importlib.resources import files

from ringfence.controls.tenancy.context import PlatformScope
from ringfence.controls.tenancy.database import Database
from ringfence.controls.tenancy.lints import PLANTED
from ringfence.controls.tenancy.statement import Statement

_FILE = "functions.txt"
LISTED = """
select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') of '
  || pg_get_userbyid(p.proowner) || case when p.prosecdef then ' as definer' else '' end
  || ' [' || coalesce(array_to_string(p.proconfig, '; '), '') || '] ['
  || coalesce((select string_agg(grantee, ' ' order by grantee) from (
      select coalesce(r.rolname::text, 'public') as grantee from aclexplode(p.proacl) a
      left join pg_roles r on r.oid = a.grantee) as granted), 'default') || '] '
  || encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex')
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('app', 'ctx', 'gate')
union all
select 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass::text || ' ' || t.tgtype || t.tgenabled::text || ' '
  || t.tgfoid::regproc::text
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('app', 'ctx') and not t.tgisinternal
union all
select 'policy ' || p.polname || ' on ' || p.polrelid::regclass::text || ' for ' || p.polcmd::text
  || case when p.polpermissive then ' to ' else ' restrictive to ' end
  || (select string_agg(coalesce(r.rolname::text, 'public'), ' ' order by r.rolname)
      from unnest(p.polroles) role(id) left join pg_roles r on r.oid = role.id)
  || ' using ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '-')
  || ' check ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '-')
from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('app', 'ctx')
order by 1
"""
"""One line for each function, trigger and policy, without a parameter: `make schema` asks it as well."""
_LISTED = Statement(LISTED, str)


@dataclass(frozen=True, slots=True)
class Pinned:
    """What is listed, and what differs: changed or missing lines of the build's, and lines that it does not know."""

    listed: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


async def compare(database: Database) -> Pinned:
    """The running database's functions, triggers and policies against the build's list."""
    return _against((await database.read(PlatformScope(), _LISTED()))[0])


async def compare_planted(database: Database) -> Pinned:
    """The same look at the planted catalogue, in which a function and a trigger are not what the build made."""
    return _against((await database.read(PlatformScope(), PLANTED(), _LISTED()))[1])


def pinned() -> frozenset[str]:
    """The build's list."""
    text = (files("ringfence") / "schema" / _FILE).read_text(encoding="utf-8")
    return frozenset(text.splitlines())


def _against(live: list[str]) -> Pinned:
    expected, found = pinned(), frozenset(live)
    return Pinned(len(found), tuple(sorted(expected - found)), tuple(sorted(found - expected)))
