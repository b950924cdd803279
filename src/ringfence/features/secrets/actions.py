"""Secrets: kept, replaced, deleted, each in the partner's transaction, narrowed to the organization.

Keeps SEC-01, SEC-02. The database writes the audit entries; the statement before each act says who acts.
"""

from dataclasses import asdict
from typing import Final
from uuid import UUID

from ringfence.base import ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId, Principal
from ringfence.base.problem import FieldError, conflict, not_found, unprocessable
from ringfence.controls import audit
from ringfence.controls.access import Permission
from ringfence.controls.tenancy import Bound, OrgTx, PartnerTx, gate
from ringfence.controls.vault import seal_secret
from ringfence.features.edge import Answer, Call, json_of
from ringfence.features.secrets import queries
from ringfence.features.secrets.hosts import allowed
from ringfence.features.secrets.model import MODEL_KEYS, SecretNew, SecretOut, SecretStored
from ringfence.features.secrets.queries import SecretRow

MOST: Final = 200
"""Of one organization."""


async def keep(call: Call, tx: PartnerTx, caller: Principal, new: SecretNew) -> Answer:
    """The secret without its value, 201 for a new one and 200 for one that replaces another.

    Problem 404 for an organization out of reach, 422 `invalid_host` or `invalid_value`, 409 `too_many_secrets`.
    """
    hosts = allowed(new.allowed_hosts, named=call.kernel.egress_named)
    value = _sendable(new)
    async with tx.narrow(OrgId(new.organization_id)) as org_tx:
        await org_tx.get(queries.LOCK())
        known: UUID | None = await org_tx.find(queries.BY_NAME(new.name))
        secret_id = known or ids.new()
        org_id, vault = org_tx.scope.org_id, call.kernel.vault
        sealed = seal_secret(vault, org_id, secret_id, name=new.name, allowed_hosts=hosts, value=value)
        change = queries.REPLACE(secret_id, sealed, hosts)
        if known is None:
            change = await _addition(org_tx, queries.ADD(secret_id, new.name, sealed, hosts))
        await org_tx.run(_acting(call, caller, org_id), change)
        row = await org_tx.get(queries.SECRET(secret_id))
    stored = SecretStored(**asdict(row), replaced=known is not None)
    return Answer(200 if stored.replaced else 201, json_of(stored), secret_id)


async def delete(call: Call, tx: PartnerTx, caller: Principal, secret_id: UUID) -> Answer:
    """Nothing: no call gets it any more. Problem 404."""
    org_id = await organization(tx, secret_id)
    async with tx.narrow(org_id) as org_tx:
        # As `keep` does: or one that replaces it at the same moment would be told that it was kept.
        await org_tx.get(queries.LOCK())
        deleted = await org_tx.pipeline(_acting(call, caller, org_id), queries.DELETE(secret_id))
        if not deleted[1]:
            raise not_found()
    return Answer(204, subject_id=secret_id)


async def organization(tx: PartnerTx, secret_id: UUID) -> OrgId:
    """Which of the partner's organizations has this secret; Problem 404."""
    found: OrgId | None = await tx.find(gate.organization_of_secret(secret_id))
    if found is None:
        raise not_found()
    return found


def secret_out(row: SecretRow) -> SecretOut:
    """The secret's public shape."""
    return SecretOut(**asdict(row))


def _sendable(new: SecretNew) -> Secret:
    text = new.value.get_secret_value()
    if new.name in MODEL_KEYS and not (text.isascii() and text.isprintable() and " " not in text):
        detail = "A key for models goes into a header: printable ASCII without spaces or line breaks."
        raise unprocessable("invalid_value", detail, [FieldError("/value", detail)])
    return Secret(text.encode())


async def _addition(tx: OrgTx, addition: Bound[None]) -> Bound[None]:
    if await tx.get(queries.COUNT()) >= MOST:
        raise conflict("too_many_secrets", f"An organization keeps at most {MOST} secrets.")
    return addition


def _acting(call: Call, caller: Principal, org_id: OrgId) -> Bound[None]:
    return audit.acting(caller, permission=Permission.SECRETS_WRITE, origin=call.origin, within=org_id)
