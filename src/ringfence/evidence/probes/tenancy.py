"""Probes of isolation by the catalogue: the server's role, every table, and the functions that they stand on.

Keeps TEN-01, TEN-04. Each look is taken twice, the second time at a catalogue with planted faults (schema planted).
Proved in tests/evidence/test_probes_catalogue.py.
"""

from datetime import timedelta

from ringfence.controls.tenancy import PlatformScope, Statement, functions, lints, role_faults, scalar
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_OFTEN = timedelta(minutes=5)
_OWNER = "ringfence_owner"
_PLANTS = ("gate.expire(", "trigger append_only ", "policy ")
_TABLES = Statement(
    "select count(*)::int from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')",
    scalar,
)


async def _role(ground: Ground) -> Finding:
    """The owner of the tables is the plant: the same look must say of it that it could walk past row security."""
    faults = await role_faults(ground.database)
    owner = await role_faults(ground.database, _OWNER)
    return weighed(
        faults,
        well="The server's database role is bound by row security: no superuser, no bypass, owner of nothing.",
        faulty="The server's database role could walk past row security in {} ways.",
        looked_at=1,
        control=any(fault.startswith("owns ") for fault in owner),
    )


async def _tables(ground: Ground) -> Finding:
    tables = (await ground.database.read(PlatformScope(), _TABLES()))[0][0]
    faults = [str(fault) for fault in await lints.faults(ground.database)]
    checks = frozenset(lints.queries())
    return weighed(
        faults,
        well=f"All {tables} tables have forced row security with a policy of the signed context, and no way around it.",
        faulty="The database's catalogue has {} faults of isolation.",
        looked_at=tables,
        control=await lints.found_when_planted(ground.database) == checks,
        facts={"tables": tables, "checks": len(checks)},
    )


async def _gate(ground: Ground) -> Finding:
    found = await functions.compare(ground.database)
    planted = await functions.compare_planted(ground.database)
    faults = [f"not as built: {line}" for line in found.missing] + [
        f"not of the build: {line}" for line in found.unknown
    ]
    return weighed(
        faults,
        well=f"All {found.listed} functions, triggers and policies of isolation are those of the build, to the byte.",
        faulty="{} lines of the database's functions, triggers and policies differ from the build.",
        looked_at=found.listed,
        control=all(any(line.startswith(plant) for line in planted.missing) for plant in _PLANTS),
        facts={"functions": found.listed},
    )


PROBES = (
    Probe("tenancy.role", ("TEN-01",), "The server's database role cannot bypass row security", _OFTEN, _role),
    Probe("tenancy.tables", ("TEN-01",), "Every table has forced row security with a policy", _OFTEN, _tables),
    Probe(
        "tenancy.gate",
        ("TEN-01", "TEN-04"),
        "The database's functions and policies are those of the build",
        _OFTEN,
        _gate,
    ),
)
