"""Probes that what was made invalid is known within five seconds. Keeps EMB-05.

Proved in tests/evidence/test_probes_state.py.
"""

import asyncio
from datetime import timedelta

from ringfence.base import clock, ids
from ringfence.base.principal import SessionId
from ringfence.controls.coordination import Kind
from ringfence.controls.tenancy import PlatformScope
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

PROMISED_S = 5.0
_LOOK_EVERY_S = 0.1


async def _invalidation(ground: Ground) -> Finding:
    """Ends a session that never was, and waits until this process knows by its own poll; another one must live on."""
    ended, living = SessionId(ids.new()), SessionId(ids.new())
    issued_at = clock.now()
    await ground.database.write(PlatformScope(), ground.invalidation.publish(Kind.SESSION, ended))
    begun = clock.monotonic()
    is_known = False
    while not is_known and clock.monotonic() - begun <= PROMISED_S:
        is_known = ground.invalidation.is_revoked(issued_at=issued_at, session_id=ended)
        if not is_known:
            await asyncio.sleep(_LOOK_EVERY_S)
    took_ms = round((clock.monotonic() - begun) * 1000)
    return weighed(
        [] if is_known else [f"not known after {PROMISED_S:g} s"],
        well=f"A revocation was known to this process after {took_ms / 1000:.1f} s, without being told.",
        faulty=f"A revocation was not known to this process after {PROMISED_S:g} s.",
        looked_at=1,
        control=not ground.invalidation.is_revoked(issued_at=issued_at, session_id=living),
        facts={"milliseconds": took_ms},
    )


_TITLE = "Revocations are known within five seconds"
PROBES = (Probe("invalidation.time", ("EMB-05",), _TITLE, timedelta(minutes=5), _invalidation),)
