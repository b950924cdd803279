"""Keeps AUD-05, CRY-01. Where a stream goes and what signs it, as both lie sealed under the key of the log's owner.

Proved in tests/promises/test_audit_streams.py.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from ringfence.base.crypto import Secret
from ringfence.controls.deliveries import owner_of
from ringfence.controls.signatures import WebhookSecret
from ringfence.controls.tenancy import Scope
from ringfence.controls.vault import KeyOwner, Vault, fields


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a stream goes: `url` for webhooks, `host` with `port` and authorities for syslog, `to` for mail."""

    url: str | None = None
    host: str | None = None
    port: int | None = None
    ca_pem: str | None = None
    to: str | None = None

    def __repr__(self) -> str:
        return "<target of a stream>"


class Secrets(msgspec.Struct, frozen=True, omit_defaults=True):
    """What signs a webhook, what signed it until `former_until`, and the Authorization header that it carries."""

    current: str
    former: str | None = None
    former_until: datetime | None = None
    authorization: str | None = None

    def __repr__(self) -> str:
        return "<secrets of a stream>"

    def signing(self, at: datetime) -> list[WebhookSecret]:
        """The newest secret, and the one before it while receivers still learn the new one."""
        texts = [self.current]
        if self.former is not None and self.former_until is not None and at < self.former_until:
            texts.append(self.former)
        return [WebhookSecret.parse(text) for text in texts]

    def header(self) -> Secret | None:
        """The value of the Authorization header, where there is one."""
        return None if self.authorization is None else Secret(self.authorization.encode("ascii"))


def key_owner(scope: Scope) -> KeyOwner:
    """Under whose key the streams of this scope's log lie."""
    return owner_of(scope, None)


def seal_target(vault: Vault, scope: Scope, stream_id: UUID, target: Target) -> bytes:
    """The record of where a stream goes."""
    return vault.seal_json(key_owner(scope), fields.AUDIT_STREAM_TARGET, stream_id, target)


def open_target(vault: Vault, scope: Scope, stream_id: UUID, record: bytes) -> Target:
    """Where a stream goes; Tampered."""
    opened = vault.open(key_owner(scope), fields.AUDIT_STREAM_TARGET, stream_id, record)
    return msgspec.json.decode(opened, type=Target)


def seal_secrets(vault: Vault, scope: Scope, stream_id: UUID, secrets: Secrets) -> bytes:
    """The record of what signs a stream."""
    return vault.seal_json(key_owner(scope), fields.AUDIT_STREAM_SECRET, stream_id, secrets)


def open_secrets(vault: Vault, scope: Scope, stream_id: UUID, record: bytes) -> Secrets:
    """What signs a stream; Tampered."""
    opened = vault.open(key_owner(scope), fields.AUDIT_STREAM_SECRET, stream_id, record)
    return msgspec.json.decode(opened, type=Secrets)
