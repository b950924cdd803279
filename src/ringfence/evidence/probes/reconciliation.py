"""Probes that every change has its entry in the audit log, and every entry its change. Keeps AUD-01 (in part).

A row that is declared `audited` carries the transaction that last changed it, and so does each entry. What was
committed since the last look is held against each other in the database, in all organizations and of all partners at
once; what lacks the other is kept there, and the probe stays red for a day. Proved in
tests/evidence/test_probes_audit.py.
"""

import asyncio
from collections import Counter
from datetime import timedelta

from ringfence.base import clock, ids
from ringfence.controls.tenancy import gate
from ringfence.evidence.probes import sample
from ringfence.evidence.probes.audit_rows import PLANT_ENTRY, RUNS_WITHOUT_ENTRY
from ringfence.evidence.probes.plant import nowhere, plant_run, rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_WINDOW = timedelta(hours=2)
_SLACK = timedelta(hours=1)
"""An entry's id may be a little older than its transaction; it is looked for further back than the run."""


async def _reconciliation(ground: Ground) -> Finding:
    """Plants a user without an entry, and an entry without a user: the same look must point at both."""
    found = await gate.reconcile(ground.database)
    counted = Counter(found.faults)
    faults = [kind if times == 1 else f"{kind} ({times} times)" for kind, times in sorted(counted.items())]
    # A run's row carries no transaction: it is looked for in the log by its id, in some organizations each time.
    now, runs = clock.now(), 0
    since, earlier = ids.first_at(now - _WINDOW), ids.first_at(now - _WINDOW - _SLACK)
    for scope in await asyncio.to_thread(sample.organizations, ground.keystore):
        seen = (await ground.database.read(scope, RUNS_WITHOUT_ENTRY(since, earlier)))[0][0]
        faults += ["a run without an entry"] * seen.without
        runs += seen.seen
    return weighed(
        faults,
        well="What was committed since the last look was held against the log: no change and no entry lacks the other.",
        faulty="Within a day, {} kinds of changes lacked their entry in the audit log, or entries their change.",
        # With nothing done since, what was planted is all that there is to see.
        looked_at=found.compared + runs + 2,
        control=await _sees_plants(ground),
        facts={"compared": found.compared, "runs": runs},
    )


async def _sees_plants(ground: Ground) -> bool:
    async with rolled_back(ground.database.org(nowhere())) as tx:
        await plant_run(tx)
        before, _, after = await tx.pipeline(
            gate.unrecorded_here(), PLANT_ENTRY(ids.new(), ids.new()), gate.unrecorded_here()
        )
    return "a changed user without an entry" in before and after == ["an entry user.created without its change"]


PROBES = (
    Probe(
        "audit.reconciliation",
        ("AUD-01",),
        "Every change has its entry in the audit log, every entry its change",
        timedelta(minutes=1),
        _reconciliation,
    ),
)
