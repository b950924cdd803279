"""Keeps EMB-01. Decides whether a token was signed by a registered partner, for us, just now.

Two steps, because the key lies in the database between them: `parse` reads the token and says which key it names,
`verify` holds it against that key. The checks stand in the order of design/identity.md (RFC 8725), each on a line of
its own; the single use of `jti` is the exchange's, in its transaction. No input raises anything but TokenRefused.

Proved by the vectors in tests/vectors/bad_tokens.json, tests/controls/test_partner_token.py (any bytes whatever) and
tests/promises/test_embed_tokens.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from ringfence.controls.identity import compact_token, partner_claims, signature
from ringfence.controls.identity.compact_token import CompactToken
from ringfence.controls.identity.partner_claims import PartnerClaims, is_identifier
from ringfence.controls.identity.refusals import RefusalReason, TokenRefused
from ringfence.controls.identity.signature import VerifyingKey
from ringfence.controls.identity.strict_json import JsonObject

_KEYS_IN_HEADER: Final = ("jku", "jwk", "x5u", "x5c")
_TOKEN_TYPES: Final = frozenset({"jwt", "application/jwt"})


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A partner's signing key as registered: the issuer it speaks for, its name and the checked key."""

    issuer: str
    kid: str
    key: VerifyingKey


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A well-formed token: which key it names. Nothing it says is known to be true."""

    issuer: str
    kid: str
    algorithm: str
    content: CompactToken


def parse(token: str | bytes) -> UnverifiedToken:
    """The issuer and key that the token names; TokenRefused for what cannot be a partner's token at all."""
    content = compact_token.read(token)
    _check_header(content.header)
    algorithm = content.header.get("alg")
    if not isinstance(algorithm, str):
        raise TokenRefused(RefusalReason.BAD_HEADER, "the header needs alg")
    if algorithm.lower() == "none":
        raise TokenRefused(RefusalReason.ALGORITHM_NONE, "an unsigned token proves nothing: sign it")
    kid = content.header.get("kid")
    if not is_identifier(kid):
        raise TokenRefused(RefusalReason.BAD_KEY_ID, "the header needs kid: the name under which the key is registered")
    issuer = content.payload.get("iss")
    if not is_identifier(issuer):
        raise TokenRefused(RefusalReason.BAD_ISSUER, "iss must be the issuer that the operator set for the partner")
    return UnverifiedToken(cast("str", issuer), cast("str", kid), algorithm, content)


def verify(token: UnverifiedToken, key: RegisteredKey | None, *, audience: str, now: datetime) -> PartnerClaims:
    """The claims of a token that the key's partner signed for this deployment.

    `key` is the registered key of (issuer, kid), or None where there is none. A TokenRefused behind the signature says
    `verified_issuer`.
    """
    if key is None:
        raise TokenRefused(RefusalReason.UNKNOWN_KEY, "no active key is registered under this iss and kid")
    if token.issuer != key.issuer:
        raise TokenRefused(RefusalReason.UNKNOWN_KEY, "the key is registered for another issuer")
    if token.kid != key.kid:
        raise TokenRefused(RefusalReason.UNKNOWN_KEY, "the key is registered under another kid")
    allowed = signature.algorithm_names(key.key)
    if token.algorithm not in allowed:
        names = " or ".join(sorted(allowed))
        raise TokenRefused(RefusalReason.WRONG_ALGORITHM, f"this key verifies {names} and nothing else")
    content = token.content
    if not signature.is_valid(key.key, message=content.signing_input, signature=content.signature):
        raise TokenRefused(
            RefusalReason.BAD_SIGNATURE, "the signature is not by the registered key: compare the key pair and the kid"
        )
    return partner_claims.check(content.payload, issuer=key.issuer, audience=audience, now=now)


def _check_header(header: JsonObject) -> None:
    for name in _KEYS_IN_HEADER:
        if name in header:
            raise TokenRefused(RefusalReason.KEY_IN_HEADER, f"{name} is refused: keys are registered, never sent along")
    if header.get("b64", True) is not True:
        raise TokenRefused(RefusalReason.UNENCODED_PAYLOAD, "b64 is refused: the payload is always encoded")
    if "crit" in header:
        raise TokenRefused(RefusalReason.CRITICAL_HEADER, "crit is refused: no extension is understood here")
    if "cty" in header and _is_token_type(header["cty"]):
        raise TokenRefused(RefusalReason.NESTED_TOKEN, "a token within a token is refused")
    if "typ" in header and not _is_token_type(header["typ"]):
        raise TokenRefused(RefusalReason.WRONG_TYPE, "typ must be JWT where it is given")


def _is_token_type(value: object) -> bool:
    return isinstance(value, str) and value.lower() in _TOKEN_TYPES
