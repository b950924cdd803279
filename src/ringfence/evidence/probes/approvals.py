"""Probes that approvals end: none waits past its time, none is used and stays open. Keeps AIS-04 (in part).

Proved in tests/evidence/test_probes_audit.py.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from ringfence.base import clock, ids
from ringfence.controls.tenancy import Statement, Tx, nothing
from ringfence.evidence.probes import sample
from ringfence.evidence.probes.plant import nowhere, plant_run, rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_WINDOW = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Seen:
    all: int
    waiting: int


_APPROVALS = Statement(
    "select count(*)::int, (count(*) filter (where status in ('pending', 'approved') "
    "and app.approval_ends(expires_at, decided_at) < clock_timestamp() - interval '5 minutes'))::int "
    "from app.approval where id >= $1",
    _Seen,
)
_USED_UNSPENT = Statement(
    "select count(*)::int, (count(*) filter (where a.status <> 'spent'))::int from app.audit_queue q "
    "join app.approval a on a.id = q.target_id where q.id >= $1 and q.action = 'approval.spent'",
    _Seen,
)
_PLANT = Statement(
    "insert into app.approval (id, run_id, user_id, step, effect, call_binding, args_binding, details, approvers, "
    "created_at, expires_at) values ($1, $2, $3, 1, 'pay', sha256(''), sha256(''), '', 'admin', "
    "now() - interval '2 hours', now() - interval '1 hour')",
    nothing,
)
_PLANT_USE = Statement(
    "insert into app.audit_queue (id, actor_kind, action, target_kind, target_id, outcome) "
    "values ($1, 'system', 'approval.spent', 'approval', $2, 'success')",
    nothing,
)


async def _state(ground: Ground) -> Finding:
    """Plants an approval that expired an hour ago and still waits, and the use of one that is not spent."""
    since = ids.first_at(clock.now() - _WINDOW)
    looked_at = waiting = unspent = 0
    for scope in await asyncio.to_thread(sample.organizations, ground.keystore):
        rows = await ground.database.read(scope, _APPROVALS(since), _USED_UNSPENT(since))
        looked_at += rows[0][0].all
        waiting += rows[0][0].waiting
        unspent += rows[1][0].waiting
    async with rolled_back(ground.database.org(nowhere())) as tx:
        control = await _sees_plants(tx)
    return weighed(
        ["an approval that waits past its time"] * waiting + ["an approval that was used and not spent"] * unspent,
        well=f"Of {looked_at} approvals of two days none waits past its time, and each that was used is spent.",
        faulty="{} approvals wait past their time, or were used and are not spent.",
        # A deployment may go without approvals for days: then the planted ones are all that there is to see.
        looked_at=looked_at + 2,
        control=control,
        facts={"approvals": looked_at},
    )


async def _sees_plants(tx: Tx) -> bool:
    planted, since = await plant_run(tx), ids.first_at(clock.now() - _WINDOW)
    approval_id = ids.new()
    rows = await tx.pipeline(
        _PLANT(approval_id, planted.run_id, planted.user_id),
        _PLANT_USE(ids.new(), approval_id),
        _APPROVALS(since),
        _USED_UNSPENT(since),
    )
    return rows[2][0].waiting == 1 and rows[3][0].waiting == 1


PROBES = (Probe("approvals.state", ("AIS-04",), "Approvals expire and are used once", timedelta(minutes=15), _state),)
