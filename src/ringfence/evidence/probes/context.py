"""Probes that a statement without a good signed context is refused. Keeps TEN-01, TEN-02.

Proved in tests/evidence/test_probes_catalogue.py.
"""

import re
from datetime import timedelta

from ringfence.base import clock
from ringfence.controls.tenancy import DatabaseError, PlatformScope, Statement, nothing, scalar
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_REFUSED = "42501"
_KEPT = "tenancy.context"
_LIFETIME_SECONDS = 75
"""A context is good for a minute from its signature; a little more for clocks that differ."""
_OWN = Statement("select current_setting('ringfence.ctx')", scalar)
_PUT = Statement("select set_config('ringfence.ctx', $1, true)", nothing)
# An empty table's policy is never asked, so that the look asks for the context itself as well.
_LOOK = Statement("select count(*)::int from app.schedule union all select 0 where ctx.platform()", scalar)
_LOOK_ORG = Statement("select count(*)::int from app.message union all select 0 where ctx.org() is not null", scalar)


async def _context(ground: Ground) -> Finding:
    """The genuine context, put back by the same statement, is the plant: it must be let through."""
    own: str = (await ground.database.read(PlatformScope(), _OWN()))[0][0]
    tries = _forgeries(own)
    kept = ground.memory.get(_KEPT)
    if kept is not None and clock.monotonic() - kept[1] > _LIFETIME_SECONDS:
        tries["an expired context"] = kept[0]
    if kept is None or "an expired context" in tries:
        ground.memory[_KEPT] = (own, clock.monotonic())
    faults = [what for what, context in tries.items() if await _is_let_through(ground, context)]
    return weighed(
        faults,
        well=f"The database refused {len(tries)} statements whose context was missing, forged or expired.",
        faulty="The database let {} statements through whose context was missing, forged or expired.",
        looked_at=len(tries),
        control=await _is_let_through(ground, own),
        facts={"forgeries": len(tries)},
    )


def _forgeries(own: str) -> dict[str, str]:
    fields = own.split("|")
    other = "1" * 32
    as_org = "|".join([fields[0], fields[1], "org", other, other, other, "", "", "*", "operator", *fields[10:]])
    return {
        "no context": "",
        "a context without its signature": own.rpartition("|")[0] + "|",
        "a context with another signature": own[:-1] + ("0" if own[-1] != "0" else "1"),
        "a context that lives longer than it was signed for": own.replace(fields[10], str(int(fields[10]) + 3600), 1),
        "a context of another key": own.replace(fields[1], "planted", 1),
        "another scope under the same signature": as_org,
        "a context of an unknown form": re.sub(r"^v1", "v0", own),
    }


async def _is_let_through(ground: Ground, context: str) -> bool:
    """Whether a table can be read under this context; anything but the context's own refusal raises."""
    look = _LOOK_ORG() if "|org|" in context else _LOOK()
    try:
        await ground.database.read(PlatformScope(), _PUT(context), look)
    except DatabaseError as refused:
        if refused.sqlstate != _REFUSED:
            raise
        return False
    return True


PROBES = (
    Probe(
        _KEPT,
        ("TEN-01", "TEN-02"),
        "A statement without a good signed context is refused",
        timedelta(minutes=5),
        _context,
    ),
)
