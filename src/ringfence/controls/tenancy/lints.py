"""What the catalogue of a running database says about isolation. Keeps TEN-01, TEN-03.

Each file of schema/lints is a query with one row a fault and none when all is well. `ringfence doctor`, the start of a
server and the probes ask the same; tests/controls/test_lints.py plants each fault and sees it found.
"""

from dataclasses import dataclass
from importlib.resources import files

from ringfence.controls.tenancy.context import PlatformScope
from ringfence.controls.tenancy.database import Database
from ringfence.controls.tenancy.statement import Bound, Statement, nothing

PLANTED = Statement("select set_config('search_path', 'planted, pg_catalog', true)", nothing)
"""From here on the transaction sees the catalogue with a fault planted for each look (schema/0013_evidence.sql)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in the catalogue that isolation does not allow, and what mends it."""

    lint: str
    table: str
    fault: str
    mend: str

    def __str__(self) -> str:
        return f"{self.lint}: {self.table}: {self.fault}. Mend: {self.mend}"


async def faults(database: Database) -> list[Fault]:
    """Every fault that the lints find, asked with the server's own role in one round trip; none when all is well."""
    asked = [_lint(name, sql) for name, sql in queries().items()]
    found = await database.read(PlatformScope(), *asked)
    return [fault for rows in found for fault in rows]


async def found_when_planted(database: Database) -> frozenset[str]:
    """The lints that find the fault which is planted for each in a catalogue of its own: all, or they are blind."""
    asked = [_lint(name, sql) for name, sql in queries().items()]
    found = await database.read(PlatformScope(), PLANTED(), *asked)
    return frozenset(fault.lint for rows in found[1:] for fault in rows)


def queries() -> dict[str, str]:
    """The SQL of each lint by its name; each gives rows of (table, fault, mend)."""
    directory = files("ringfence") / "schema" / "lints"
    texts = sorted((file.name, file.read_text(encoding="utf-8")) for file in directory.iterdir())
    return {name.removesuffix(".sql"): text for name, text in texts}


def _lint(name: str, sql: str) -> Bound[Fault]:
    def row(table: str, fault: str, mend: str) -> Fault:
        return Fault(name, table, fault, mend)

    return Statement(sql, row)()
