"""What goes in and comes out: a partner's signing keys, of three kinds."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import Field, TypeAdapter

from ringfence.features.edge import Input, Line, Output
from ringfence.features.partners.model import DAY_SECONDS, Overlap
from ringfence.features.partners.signing_key_queries import SigningKeyRow

Kind = Literal["public_key", "jwks", "shared_secret"]


class SigningKeyNew(Input):
    """A key to verify the partner's tokens, in exactly one form.

    `kid`, `algorithm` and `public_key_pem`; or `jwks_url` alone; or `kid` with `algorithm: HS256`, whose secret is made
    here and shown once. `replaces` lets an older registration go on for `overlap_seconds`.
    """

    kid: Line | None = None
    algorithm: Literal["RS256", "ES256", "EdDSA", "Ed25519", "HS256"] | None = None
    public_key_pem: Annotated[str, Field(max_length=16_384)] | None = None
    jwks_url: Annotated[str, Field(max_length=2048)] | None = None
    replaces: Annotated[UUID, Field(strict=False)] | None = None
    overlap_seconds: Overlap = DAY_SECONDS


class SetKeyOut(Output):
    """A key of a set; one that the server does not show any more is `withdrawn` and vouches for no new session."""

    id: UUID
    kid: str
    algorithm: str
    status: Literal["active", "withdrawn", "revoked"]
    last_used_at: datetime | None


class RefusedKeyOut(Output):
    """A key that the server shows and that is not taken."""

    kid: str | None
    reason: str


class SigningKeyOut(Output):
    """A registration: a public key, a shared secret, or the address of a key set with the keys found there."""

    id: UUID
    kind: Kind
    kid: str | None
    algorithm: str | None
    public_key_pem: str | None
    jwks_url: str | None
    status: Annotated[
        Literal["active", "expired", "stale", "revoked"],
        Field(description="`stale`: the set's server was away for a day, so its keys verify nothing until it is back."),
    ]
    expires_at: datetime | None
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: Annotated[datetime | None, Field(description="To the hour.")]
    fetched_at: Annotated[datetime | None, Field(description="When the set was last read.")]
    last_error: Annotated[str | None, Field(description="Why the last try gave no set, or no key.")]
    keys: list[SetKeyOut]
    refused_keys: list[RefusedKeyOut]

    @classmethod
    def of(cls, row: SigningKeyRow) -> Self:
        """The registration's public shape."""
        return cls(**_members(row))


class SigningKeyShown(SigningKeyOut):
    """A registration just made; `secret` is shown now and never again."""

    secret: Annotated[str | None, Field(description="The HS256 key: the bytes of this text, as it stands.")]

    @classmethod
    def showing(cls, row: SigningKeyRow, secret: str | None) -> Self:
        """The registration's public shape, with its secret where it has one."""
        return cls(**_members(row), secret=secret)


_KEYS: Final = TypeAdapter(list[SetKeyOut])
_REFUSED: Final = TypeAdapter(list[RefusedKeyOut])


def _members(row: SigningKeyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": _kind(row),
        "kid": row.kid,
        "algorithm": row.algorithm,
        "public_key_pem": row.public_key_pem,
        "jwks_url": row.jwks_url,
        "status": row.status,
        "expires_at": row.expires_at,
        "created_at": row.created_at,
        "revoked_at": row.revoked_at,
        "last_used_at": row.last_used_at,
        "fetched_at": row.fetched_at,
        "last_error": row.last_error,
        "keys": _KEYS.validate_json(row.keys),
        "refused_keys": _REFUSED.validate_json(row.refused),
    }


def _kind(row: SigningKeyRow) -> Kind:
    if row.jwks_url is not None:
        return "jwks"
    return "shared_secret" if row.public_key_pem is None else "public_key"
