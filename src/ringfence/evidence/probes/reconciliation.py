"""Probes that every change has its entry in the audit log, and every entry its change. Keeps AUD-01 (in part).

A row that is declared `audited` carries the transaction that last changed it, and so does each entry: the two are held
against each other, organization by organization. Proved in tests/evidence/test_probes_audit.py.
"""

from datetime import timedelta
from uuid import UUID

from ringfence.base import clock, ids
from ringfence.controls.tenancy import OrgScope, PartnerScope, PlatformScope, gate
from ringfence.evidence.probes import sample
from ringfence.evidence.probes.audit_rows import (
    CHANGED_BY_ORG,
    CHANGED_BY_PARTNER,
    HORIZON,
    PLANT_ENTRY,
    RECORDED,
    RUNS_WITHOUT_ENTRY,
    USERS_WITHOUT_ROW,
    Changed,
)
from ringfence.evidence.probes.plant import nowhere, plant_run, rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_WINDOW = timedelta(hours=2)
_SLACK = timedelta(hours=1)
"""An entry's id may be a little older than its transaction; it is looked for further back than the change."""


async def _reconciliation(ground: Ground) -> Finding:
    """Plants a user without an entry, and an entry without a user: the same statements must point at both."""
    horizon: str = (await ground.database.read(PlatformScope(), HORIZON()))[0][0]
    since = ids.first_at(clock.now() - _WINDOW)
    faults: list[str] = []
    looked_at = 0
    for scope in sample.organizations(ground.keystore):
        changed, runs, users = await ground.database.read(
            scope, CHANGED_BY_ORG(horizon), RUNS_WITHOUT_ENTRY(since, _earlier()), USERS_WITHOUT_ROW(since)
        )
        faults += await _without_entry(ground, scope, changed)
        faults += ["a run without an entry"] * runs[0].without + ["an entry without a user"] * users[0].without
        looked_at += len(changed) + runs[0].seen + users[0].seen
    for partner in sample.partners(ground.keystore):
        changed = (await ground.database.read(partner, CHANGED_BY_PARTNER(horizon)))[0]
        faults += await _without_entry(ground, partner, changed)
        looked_at += len(changed)
    return weighed(
        faults,
        well=f"{looked_at} changes and entries of two hours were held against each other: none lacks the other.",
        faulty="{} changes lack an entry in the audit log, or entries lack their change.",
        # With nothing done for two hours, what was planted is all that there is to see.
        looked_at=looked_at + 2,
        control=await _sees_plants(ground, since),
        facts={"compared": looked_at},
    )


async def _without_entry(ground: Ground, scope: OrgScope | PartnerScope, changed: list[Changed]) -> list[str]:
    """The kinds of rows whose last change no log holds: neither their own scope's, nor its partner's."""
    left = {change.xid for change in changed}
    scopes: list[OrgScope | PartnerScope] = [scope]
    if left and isinstance(scope, OrgScope):
        partner = await gate.partner_of_organization(ground.database, scope.org_id)
        scopes += [PartnerScope(partner)] if partner is not None else []
    for each in scopes:
        if left:
            left -= set((await ground.database.read(each, RECORDED(_earlier(), sorted(left))))[0])
    return [f"a changed {change.kind} without an entry" for change in changed if change.xid in left]


async def _sees_plants(ground: Ground, since: UUID) -> bool:
    async with rolled_back(ground.database.org(nowhere())) as tx:
        await plant_run(tx)
        changed, _, users, recorded = await tx.pipeline(
            CHANGED_BY_ORG("0"), PLANT_ENTRY(ids.new(), ids.new()), USERS_WITHOUT_ROW(since), RECORDED(since, ["1"])
        )
    return "user" in {change.kind for change in changed} and users[0].without == 1 and not recorded


def _earlier() -> UUID:
    return ids.first_at(clock.now() - _WINDOW - _SLACK)


PROBES = (
    Probe(
        "audit.reconciliation",
        ("AUD-01",),
        "Every change has its entry in the audit log, every entry its change",
        timedelta(minutes=15),
        _reconciliation,
    ),
)
