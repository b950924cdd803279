"""Probes that what was erased is gone: keys are destroyed in time, and none of a destroyed owner is left.

Keeps PRV-01, CRY-03. Proved in tests/evidence/test_probes_state.py.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

from ringfence.base import clock, ids
from ringfence.base.principal import OrgId
from ringfence.controls.identity import destruction
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.tenancy import PlatformScope, Statement, gate, nothing
from ringfence.evidence.probes.plant import nowhere, rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_MOST = 1000
_LATE = timedelta(minutes=5)
_PLANT = Statement("insert into app.key_destruction (id, org_id) values ($1, $2)", nothing)


async def _keys(ground: Ground) -> Finding:
    """Plants: a destruction asked for an hour ago and never done, one that is undone, and a key below a tombstone."""
    pending = (await ground.database.read(PlatformScope(), gate.PENDING(_MOST)))[0]
    tombs = {path for path, _at in await asyncio.to_thread(ground.keystore.tombstones)}
    kept = list(await asyncio.to_thread(ground.keystore.inventory))
    faults = ["a key that should be destroyed by now"] * len(_late(pending))
    faults += ["a key of a destroyed owner"] * len(_left(tombs, kept))
    faults += ["a destroyed key that came back"] * len(await destruction.returned(ground.database, ground.keystore))
    gone = KeyOwner.organization(OrgId(ids.new())).path
    sees_key = _left({*tombs, gone}, [*kept, f"{gone}/user/{ids.new().hex}"])
    sees_undone = gone in destruction.held_in([*kept, f"{gone}/user/{ids.new().hex}"])
    return weighed(
        faults,
        well=f"No key waits to be destroyed, and none is left of {len(tombs)} erased organizations and users.",
        faulty="{} keys of erased organizations or users are still there.",
        looked_at=len(kept) + len(pending),
        control=bool(sees_key) and sees_undone and await _sees_pending(ground),
        facts={"pending": len(pending), "destroyed": len(tombs)},
    )


async def _sees_pending(ground: Ground) -> bool:
    scope, planted = nowhere(), UUID(int=ids.first_at(clock.now() - timedelta(hours=1)).int | 1)
    async with rolled_back(ground.database.org(scope)) as tx:
        found = (await tx.pipeline(_PLANT(planted, scope.org_id), gate.PENDING(_MOST)))[1]
    return planted in {one.id for one in _late(found)}


def _late(pending: list[gate.PendingDestruction]) -> list[gate.PendingDestruction]:
    return [one for one in pending if ids.made_at(one.id) < clock.now() - _LATE]


def _left(tombs: set[str], kept: list[str]) -> list[str]:
    """Keys at or below a path that was destroyed."""
    return [path for path in kept if path in tombs or path.partition("/user/")[0] in tombs]


PROBES = (Probe("erasure.keys", ("PRV-01", "CRY-03"), "Keys of the erased are destroyed", timedelta(minutes=5), _keys),)
