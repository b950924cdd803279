"""Which organizations and partners a probe looks into: a few at random each time, by the owners in the keystore.

A probe reads each inside its own scope, one at a time, as the server itself may; no look-up tells it of tenants.
"""

import random
from uuid import UUID

from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.controls.keystore import Keystore
from ringfence.controls.tenancy import PLATFORM_ID, OrgScope, PartnerScope

MOST = 20


def organizations(keystore: Keystore) -> list[OrgScope]:
    """Some organizations, as the system sees them."""
    found = [OrgId(identifier) for identifier in _owners(keystore, "organization/")]
    return [OrgScope(PartnerId(PLATFORM_ID), org_id, Role.OPERATOR) for org_id in found]


def partners(keystore: Keystore) -> list[PartnerScope]:
    """Some partners, as the system sees them."""
    return [PartnerScope(PartnerId(identifier)) for identifier in _owners(keystore, "partner/")]


def _owners(keystore: Keystore, prefix: str) -> list[UUID]:
    paths = [path for path in keystore.inventory() if path.startswith(prefix) and path.count("/") == 1]
    some = random.sample(paths, min(MOST, len(paths)))  # a sample for a look, no secret
    return [UUID(path.removeprefix(prefix)) for path in some]
