"""Probes that what must be sealed is sealed: the newest values of every column, and what a moved record is worth.

Of a stored value the probe reads the first 17 bytes, which say format and key, and its length; never what it holds.
Keeps CRY-01. Proved in tests/evidence/test_probes_encryption.py.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

from ringfence.base import ids
from ringfence.controls import datamap
from ringfence.controls.tenancy import PlatformScope, Statement, nothing, scalar
from ringfence.controls.vault import KeyOwner, Tampered, Vault, fields
from ringfence.evidence.probes import sample
from ringfence.evidence.probes.envelopes import ANSWERS, Head, Keys, unsealed
from ringfence.evidence.probes.plant import rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Probe, weighed

_A_COLUMN = 20
_PLAIN = b"This was never sealed by anybody: its first byte alone says so, and so does the key that it names."


_HEADS = Statement("select place, head, size from app.sealed_heads($1)", Head)
_PLACES = Statement("select distinct place from app.sealed_places()", scalar)
_REFUSED = Statement(
    "select place || ' of ' || day from app.refused_record where last_at > now() - interval '1 day'", scalar
)
_PLANT_REFUSED = Statement(
    "insert into app.refused_record (place, row_id, count) values ('planted.planted', $1, 1)", nothing
)
_PLANT = Statement(
    "insert into app.idempotency (id, key_hash, request_hash, status, answer, expires_at) "
    "values ($1, $2, '', 200, $3, now())",
    nothing,
)


async def _coverage(ground: Ground) -> Finding:
    """Plants plain text among the answers, in a transaction that is rolled back: the same look must point at it."""
    keys = await asyncio.to_thread(Keys.of, ground.keystore)
    organizations = await asyncio.to_thread(sample.organizations, ground.keystore)
    scopes = [PlatformScope(), *organizations, *await asyncio.to_thread(sample.partners, ground.keystore)]
    within_reach = set((await ground.database.read(PlatformScope(), _PLACES()))[0])
    faults = [f"{place}: not within this look" for place in sorted(datamap.sealed() - within_reach)]
    places: set[str] = set()
    looked_at = 0
    for scope in scopes:
        heads = (await ground.database.read(scope, _HEADS(_A_COLUMN)))[0]
        faults += unsealed(heads, keys, scope)
        places |= {head.place for head in heads}
        looked_at += len(heads)
    return weighed(
        faults,
        well=f"{looked_at} values in {len(places)} columns are sealed under keys of their own organization or partner.",
        faulty="{} stored values or columns are not known to be sealed under a key of their own owner.",
        looked_at=looked_at,
        control=await _sees_plain(ground, keys),
        facts={
            "values": looked_at,
            "columns": len(places),
            "columns_in_map": len(datamap.sealed()),
            "scopes": len(scopes),
        },
    )


async def _sees_plain(ground: Ground, keys: Keys) -> bool:
    row = ids.new()
    async with rolled_back(ground.database.platform()) as tx:
        heads = (await tx.pipeline(_PLANT(row, row.bytes, _PLAIN), _HEADS(_A_COLUMN)))[1]
    return ANSWERS in unsealed(heads, keys, PlatformScope())


async def _binding(ground: Ground) -> Finding:
    """Opens a record of its own where it was sealed, which is the plant, and everywhere else, which must fail."""
    owner, row = KeyOwner.platform(), ids.new()
    record = ground.vault.seal(owner, fields.IDEMPOTENCY_ANSWER, row, _PLAIN)
    flipped = record[:-1] + bytes([record[-1] ^ 1])
    moves: dict[str, tuple[fields.Field, UUID, bytes]] = {
        "in another row": (fields.IDEMPOTENCY_ANSWER, ids.new(), record),
        "in another column": (fields.AGENT_VERSION_TOOLS, row, record),
        "in a column of another purpose": (fields.PARTNER_NAME, row, record),
        "with a bit changed": (fields.IDEMPOTENCY_ANSWER, row, flipped),
        "cut short": (fields.IDEMPOTENCY_ANSWER, row, record[:-1]),
        "as plain text": (fields.IDEMPOTENCY_ANSWER, row, _PLAIN),
    }
    faults = [f"opens {how}" for how, (field, place, what) in moves.items() if _opens(ground.vault, field, place, what)]
    faults += [f"opens {how}" for how in await _elsewhere(ground, row, record)]
    return weighed(
        faults,
        well=f"A sealed record opened in its own place and in none of {len(moves)} others.",
        faulty="A sealed record opened in {} places that are not its own.",
        looked_at=len(moves),
        control=_opens(ground.vault, fields.IDEMPOTENCY_ANSWER, row, record),
        facts={"places": len(moves)},
    )


async def _elsewhere(ground: Ground, row: UUID, record: bytes) -> list[str]:
    """Whether the record opens for another owner; none is asked where the deployment has no other."""
    others = (await asyncio.to_thread(sample.organizations, ground.keystore))[:1]
    return [
        "for another owner"
        for other in others
        if _opens(ground.vault, fields.IDEMPOTENCY_ANSWER, row, record, owner=KeyOwner.organization(other.org_id))
    ]


def _opens(vault: Vault, field: fields.Field, row: UUID, record: bytes, *, owner: KeyOwner | None = None) -> bool:
    try:
        vault.open(owner or KeyOwner.platform(), field, row, record)
    except Tampered:
        return False
    return True


async def _refused(ground: Ground) -> Finding:
    """Plants a refusal of just now, in a transaction that is rolled back."""
    refused = [str(one) for one in (await ground.database.read(PlatformScope(), _REFUSED()))[0]]
    async with rolled_back(ground.database.platform()) as tx:
        seen = (await tx.pipeline(_PLANT_REFUSED(ids.new().bytes), _REFUSED()))[1]
    return weighed(
        refused,
        well="No stored record was found changed in the last day.",
        faulty="{} stored records were found changed in the last day.",
        looked_at=1,
        control=any(str(one).startswith("planted.") for one in seen),
    )


PROBES = (
    Probe("encryption.coverage", ("CRY-01",), "What must be sealed is sealed", timedelta(minutes=15), _coverage),
    Probe(
        "encryption.binding", ("CRY-01",), "A sealed record opens in its place alone", timedelta(minutes=5), _binding
    ),
    Probe("encryption.refused", ("CRY-01",), "No stored record was changed", timedelta(minutes=5), _refused),
)
