"""Keeps EMB-01. Fetches a partner's key set, through the controls of every address that a tenant names.

One request, no redirect, a few seconds, a bounded answer, in the partner's own share of calls and look-ups.
Proved in tests/promises/test_key_sets.py.
"""

import asyncio
from typing import Final

from ringfence.base.principal import PartnerId
from ringfence.controls.egress import Bounds, Egress, EgressError
from ringfence.controls.identity import jwks
from ringfence.controls.identity.jwks import BadKeySet, KeySet

_BOUNDS: Final = Bounds(
    connect_s=3.0, first_byte_s=3.0, idle_s=2.0, total_s=5.0, body_bytes=jwks.MAX_BYTES, redirects=0
)
_ACCEPT: Final = {"Accept": "application/jwk-set+json, application/json"}
_FOUND: Final = 200


async def fetch(egress: Egress, url: str, *, whose: PartnerId) -> KeySet:
    """What the server says now; BadKeySet with the code of what went wrong, of the network's or of the document's."""
    try:
        answer = await egress.request("GET", url, headers=_ACCEPT, bounds=_BOUNDS, whose=whose)
    except EgressError as failed:
        raise BadKeySet(failed.failure.value) from None
    if answer.status != _FOUND:
        raise BadKeySet("bad_status")
    # Fifty keys cost a few milliseconds to check: not in the loop that serves everybody.
    return await asyncio.to_thread(jwks.read, answer.body)
