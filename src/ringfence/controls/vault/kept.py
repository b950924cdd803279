"""Keeps SEC-01. What is sealed of a secret: its value together with its name and hosts.

Whoever can write rows cannot rename a secret or add a host to it: what counts is what was sealed. Opened in `secrets`
alone. Proved in tests/promises/test_secrets.py.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId
from ringfence.controls.keystore import KeyOwner
from ringfence.controls.vault import fields
from ringfence.controls.vault.sealing import Vault


class Kept(msgspec.Struct, frozen=True):
    """The plaintext of a record in app.secret.value."""

    name: str
    allowed_hosts: tuple[str, ...]
    value: bytes

    def __repr__(self) -> str:
        return "<kept secret>"


def seal_secret(  # noqa: PLR0913 - whose, which, and what of it
    vault: Vault, org_id: OrgId, secret_id: UUID, *, name: str, allowed_hosts: Sequence[str], value: Secret
) -> bytes:
    """The record of a secret, under its organization's key."""
    kept = Kept(name, tuple(allowed_hosts), value.reveal())
    return vault.seal_json(KeyOwner.organization(org_id), fields.SECRET_VALUE, secret_id, kept)
