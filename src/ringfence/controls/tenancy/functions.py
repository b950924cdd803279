"""The functions and triggers that isolation stands on, pinned by the build: owner, rights, settings, body.

schema/functions.txt is what the migrations make (`make schema` writes it, a test holds it against a database). A
function that somebody changes on the running system is a line that differs. Keeps TEN-01, TEN-04, AUD-02.
Proved in tests/evidence/test_probes_catalogue.py and tests/base/test_schema_drift.py.
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
order by 1
"""
"""One line for each function and trigger, without a parameter: `make schema` asks it as well."""
_LISTED = Statement(LISTED, str)


@dataclass(frozen=True, slots=True)
class Pinned:
    """What is listed, and what differs: changed or missing lines of the build's, and lines that it does not know."""

    listed: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


async def compare(database: Database) -> Pinned:
    """The running database's functions and triggers against the build's list."""
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
