"""A question to a person at rest: sealed under the key of the run's user, bound to its call and its arguments.

The bindings are keyed: a bare SHA-256 of `{"amount": 450}` would tell whoever reads a copy what was asked.

Keeps AIS-04, CRY-01. Proved in tests/promises/test_approvals.py.
"""

from typing import Any
from uuid import UUID

import msgspec

from ringfence.base.principal import OrgId, UserId
from ringfence.controls.vault import KeyOwner, Vault, fields

from .events import Evidence


class Details(msgspec.Struct, frozen=True):
    """What a person reads before deciding."""

    call_id: str
    tool: str
    titles: dict[str, str]
    args: dict[str, Any]
    args_sha256: str
    reason: str
    evidence: tuple[Evidence, ...]


def seal(vault: Vault, org_id: OrgId, user_id: UserId, approval_id: UUID, details: Details) -> bytes:
    """The record of the details."""
    owner = KeyOwner.user(org_id, user_id)
    return vault.seal(owner, fields.APPROVAL_DETAILS, approval_id, msgspec.json.encode(details))


def opened(vault: Vault, org_id: OrgId, user_id: UserId, approval_id: UUID, record: bytes) -> Details:
    """The details of a record; Tampered."""
    plain = vault.open(KeyOwner.user(org_id, user_id), fields.APPROVAL_DETAILS, approval_id, record)
    return msgspec.json.decode(plain, type=Details)


def bind_call(vault: Vault, org_id: OrgId, user_id: UserId, approval_id: UUID, idempotency_key: str) -> bytes:
    """What stands in the row for the call."""
    text = f"{approval_id} {idempotency_key}"
    return vault.blind_index(KeyOwner.user(org_id, user_id), fields.APPROVAL_CALL, text)


def bind_args(vault: Vault, org_id: OrgId, user_id: UserId, approval_id: UUID, args_sha256: str) -> bytes:
    """What stands in the row for the arguments."""
    text = f"{approval_id} {args_sha256}"
    return vault.blind_index(KeyOwner.user(org_id, user_id), fields.APPROVAL_ARGS, text)
