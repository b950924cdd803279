"""Probes that no run is left behind: one whose process died is taken over within seconds. Keeps AGT-03.

Proved in tests/evidence/test_probes_state.py.
"""

from datetime import timedelta

from ringfence.base import ids
from ringfence.controls.tenancy import Statement, gate, nothing
from ringfence.evidence.probes.plant import nowhere, plant_run, rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_LAPSED_S = 60.0
_PLANT = Statement(
    "insert into app.run_lease (run_id, holder, attempt, until) values ($1, $2, 1, now() - interval '1 hour')", nothing
)


async def _overdue(ground: Ground) -> Finding:
    """Plants an abandoned run in an organization that never is: the same look must count it."""
    found = await gate.lapsed_runs(ground.database, seconds=_LAPSED_S)
    async with rolled_back(ground.database.org(nowhere())) as tx:
        planted = await plant_run(tx)
        before, _, after = await tx.pipeline(
            gate.LAPSED(_LAPSED_S), _PLANT(planted.run_id, ids.new()), gate.LAPSED(_LAPSED_S)
        )
    return weighed(
        ["a run under way"] * found.active,
        well=f"No run under way waits for longer than {_LAPSED_S:g} s for a process to take it over.",
        faulty="{} runs under way were left behind: nobody took them over.",
        looked_at=found.all_leases + 1,
        control=after[0].active == before[0].active + 1,
        facts={"accepted_and_not_final": found.all_leases, "queued_longer": found.queued},
    )


PROBES = (Probe("runs.overdue", ("AGT-03",), "No run is left behind", timedelta(minutes=1), _overdue),)
