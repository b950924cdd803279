"""Makes an organization: its key first, then its place in the partner's directory, then its row. Keeps EMB-01, CRY-01.

Proved in tests/promises/test_embed.py and tests/features/test_partners_api.py.
"""

import asyncio

from ringfence.base import ids
from ringfence.base.principal import OrgId
from ringfence.controls.identity import rows
from ringfence.controls.keystore import Keystore
from ringfence.controls.tenancy import PartnerTx
from ringfence.controls.vault import KeyOwner, Vault, fields


async def add_organization(  # noqa: PLR0913 - two handles and what the row holds
    tx: PartnerTx, keystore: Keystore, vault: Vault, *, external_id: str, name: str, region: str
) -> OrgId | None:
    """The new organization's id, or None where the partner has one of this external id already.

    The key is made before any row: a crash between leaves a key of nobody, never an organization without a key.
    """
    org_id = OrgId(ids.new())
    owner = KeyOwner.organization(org_id)
    if not await tx.fetch(rows.REGISTER(org_id, external_id, region)):
        return None
    await asyncio.to_thread(keystore.create, owner)
    sealed = vault.seal_text(owner, fields.ORGANIZATION_NAME, org_id, name)
    async with tx.narrow(org_id) as org_tx:
        await org_tx.run(rows.ADD_ORGANIZATION(org_id, external_id, sealed, region))
    return org_id
