"""An organization's keys: rotated because its partner asks, by whichever process is alive, and how far that is.

The same rotation that the operator's command asks for: `ringfence keys rotate --organization ID`. Keeps CRY-02. Proved
in tests/promises/test_keys_rotated_by_partner.py.
"""

from datetime import timedelta
from typing import Final

from ringfence.base import ids
from ringfence.base.principal import OrgId, Principal
from ringfence.base.problem import conflict
from ringfence.controls.tenancy import PartnerScope
from ringfence.controls.vault import KeyOwner, Rotation, Rotations
from ringfence.features.edge import Answer, Call, Kernel, json_of
from ringfence.features.orgs import queries
from ringfence.features.orgs.model import KeyRotationOut, OrganizationKeysOut

_KEPT_AT_ONCE: Final = 3
"""So many sets of old keys of one organization are kept at once: each has a key for every user."""


async def ask(call: Call, caller: Principal, org_id: OrgId) -> Answer:
    """The rotation that was begun, or the one under way; Problem 409 `too_many_rotations`.

    The caller has seen that the organization is theirs, and holds the kernel's `key_turn`: this takes a connection
    beside that of the request, and many that did so at once would wait for each other.
    """
    rotations = _rotations(call.kernel)
    owner = KeyOwner.organization(org_id)
    kept = [one for one in await rotations.newest_of(owner) if one.state == "kept"]
    if len(kept) >= _KEPT_AT_ONCE:
        detail = "Old keys of three rotations are still kept for backups. Ask again when the oldest are destroyed."
        raise conflict("too_many_rotations", detail)
    rotation_id = await rotations.ask(owner, "api", actor=caller, origin=call.origin)
    return Answer(202, json_of(_shown(await rotations.get(rotation_id))), rotation_id)


async def shown(kernel: Kernel, org_id: OrgId) -> OrganizationKeysOut:
    """The newest rotations, newest first."""
    found = await _rotations(kernel).newest_of(KeyOwner.organization(org_id))
    return OrganizationKeysOut(organization_id=org_id, rotations=[_shown(one) for one in found])


async def check_owned(kernel: Kernel, caller: Principal, org_id: OrgId) -> None:
    """Problem 404 unless the organization is the caller's."""
    async with kernel.database.partner(PartnerScope(caller.partner_id)) as tx, tx.narrow(org_id) as org_tx:
        await org_tx.get(queries.ORGANIZATION())


def _rotations(kernel: Kernel) -> Rotations:
    return Rotations(
        kernel.database,
        kernel.keystore,
        kernel.vault,
        kernel.invalidation,
        holder=ids.new(),
        places=(),
        kept_days=kernel.key_kept_days,
    )


def _shown(one: Rotation) -> KeyRotationOut:
    ends = one.rotated_at + timedelta(days=one.kept_days) if one.rotated_at is not None else None
    return KeyRotationOut(
        id=one.id,
        state=one.state,
        cause=one.cause,
        percent=one.percent,
        resealed=one.resealed,
        damaged=one.damaged,
        old_keys_until=ends if one.ended_at is None else one.ended_at,
        requested_at=one.requested_at,
        ended_at=one.ended_at,
    )
