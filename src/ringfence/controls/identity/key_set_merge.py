"""Brings a partner's registered keys in line with what its server says. Keeps EMB-01, EMB-05.

A kid is bound to its key: another key under a known kid is refused, not swapped, whatever its kind; a rotation brings a
new kid. A key that the set does not show any more vouches for no new session; the sessions that it vouched for go on.
A revoked kid stays revoked. Proved in tests/promises/test_key_sets.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from ringfence.base import ids
from ringfence.base.crypto import PublicKey
from ringfence.base.principal import PartnerId
from ringfence.controls import audit
from ringfence.controls.identity import key_set_rows as rows
from ringfence.controls.identity.jwks import KeyRefusal, KeySet, RefusedKey
from ringfence.controls.identity.key_set_rows import FetchRow, KnownRow
from ringfence.controls.tenancy import Bound, PartnerTx

NO_USABLE_KEYS: Final = "no_usable_keys"
MAX_REMEMBERED: Final = 200
"""Keys of a set that are remembered, those withdrawn in the last seven days included."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a set's answer means for the keys that are registered."""

    added: dict[str, PublicKey]
    kept: list[UUID]
    restored: list[UUID]
    withdrawn: list[UUID]
    swapped: dict[str, UUID]
    """Registered keys whose kid names another key now, by that kid."""
    refused: list[RefusedKey]

    @property
    def touches_keys(self) -> bool:
        """Whether a key begins or ends to vouch."""
        return bool(self.added or self.restored or self.withdrawn)

    @property
    def error(self) -> str | None:
        """What is wrong with the set as a whole, though it is one."""
        return None if self.added or self.kept or self.restored else NO_USABLE_KEYS


async def add(tx: PartnerTx, set_id: UUID, url: str, said: KeySet) -> None:
    """Registers a set with the keys that its server shows."""
    await tx.run(rows.ADD_KEY_SET(set_id, url), rows.ADD_FETCH(set_id))
    await merge(tx, set_id, said)


async def merge(tx: PartnerTx, set_id: UUID, said: KeySet, *, since: datetime | None = None) -> None:
    """Takes over what a set's server says; nothing for a set that was revoked meanwhile.

    `since` is the time of the claim to fetch it. Where a later one was made, this answer is old: a process that stood
    still would bring back what was withdrawn.
    """
    if not await tx.fetch(rows.LOCK_KEY_SET(set_id)):
        return
    _, known, fetched = await tx.pipeline(rows.FORGET(set_id), rows.KNOWN(set_id, list(said.keys)), rows.FETCH(set_id))
    before: FetchRow = fetched[0]
    if since is not None and before.attempted_at != since:
        return
    change = compare(known, said)
    refused = [{"kid": one.kid, "reason": one.reason.value} for one in change.refused]
    refused_before: list[dict[str, str | None]] = msgspec.json.decode(before.refused)
    await tx.run(
        *(rows.ADD_KEY(ids.new(), kid, key.kind.value, key.pem, set_id) for kid, key in change.added.items()),
        rows.RESTORE(change.restored),
        rows.WITHDRAW(change.withdrawn),
        rows.FETCHED(set_id, change.error, msgspec.json.encode(refused).decode()),
    )
    if change.touches_keys or refused != refused_before or before.error is not None:
        await tx.run(_entry(tx.scope.partner_id, set_id, change))
    told = {one["kid"] for one in refused_before if one["reason"] == KeyRefusal.KEY_CHANGED}
    await tx.run(*(_refusal(tx.scope.partner_id, key) for kid, key in change.swapped.items() if kid not in told))


def compare(known: Sequence[KnownRow], said: KeySet) -> Change:
    """What to do about each key: of those that the server shows, and of those that it showed before."""
    rows_by_kid = {row.kid: row for row in known}
    own = [row for row in known if row.is_of_set]
    change = Change({}, [], [], [], {}, list(said.refused))
    for kid, key in said.keys.items():
        row = rows_by_kid.get(kid)
        if row is not None:
            _take_known(change, row, key)
        elif len(own) + len(change.added) < MAX_REMEMBERED:
            change.added[kid] = key
        else:
            change.refused.append(RefusedKey(kid, KeyRefusal.TOO_MANY_KEYS))
    shown = {*change.kept, *change.restored}
    change.withdrawn.extend(row.id for row in own if not (row.id in shown or row.is_revoked or row.is_withdrawn))
    return change


def _take_known(change: Change, row: KnownRow, key: PublicKey) -> None:
    """A kid that is registered already: the same key goes on, and nothing else does."""
    if not row.is_of_set:
        change.refused.append(RefusedKey(row.kid, KeyRefusal.KID_TAKEN))
    elif row.is_revoked:
        change.refused.append(RefusedKey(row.kid, KeyRefusal.REVOKED))
    elif row.public_key_pem != key.pem:
        change.swapped[row.kid] = row.id
        change.refused.append(RefusedKey(row.kid, KeyRefusal.KEY_CHANGED))
    elif row.is_withdrawn:
        change.restored.append(row.id)
    else:
        change.kept.append(row.id)


def _entry(partner_id: PartnerId, set_id: UUID, change: Change) -> Bound[None]:
    return audit.entry(
        audit.Actor("partner", partner_id),
        audit.Action.KEY_SET_CHANGED,
        target=set_id,
        origin=audit.Origin.internal(),
        added=len(change.added) + len(change.restored),
        withdrawn=len(change.withdrawn),
        refused=len(change.refused),
    )


def _refusal(partner_id: PartnerId, key_id: UUID) -> Bound[None]:
    return audit.entry(
        audit.Actor("partner", partner_id),
        audit.Action.SIGNING_KEY_REFUSED,
        target=key_id,
        outcome="refused",
        reason=KeyRefusal.KEY_CHANGED.value,
        origin=audit.Origin.internal(),
    )
