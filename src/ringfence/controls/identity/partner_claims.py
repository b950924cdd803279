"""Keeps EMB-01, EMB-03. What a partner's verified token says: who, of which organization, for how long.

Everything here runs behind the signature, in the order of design/identity.md, so each refusal is the partner's own.
Proved in tests/controls/test_partner_token.py and by the vectors of tests/vectors/bad_tokens.json.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Never, cast

from ringfence.base.principal import Role
from ringfence.controls.access import GRANTABLE_BY_EMBED
from ringfence.controls.identity.refusals import RefusalReason, TokenRefused

LEEWAY: Final = timedelta(seconds=30)
MAX_LIFE: Final = timedelta(hours=1)
MAX_ID_CHARACTERS: Final = 255
_MAX_NAME_CHARACTERS: Final = 200
_LAST_SECOND: Final = 253_402_300_799  # 9999-12-31T23:59:59Z: beyond it no datetime can be made
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,189}")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
# Control, surrogate, line and paragraph separators; and the marks that turn the direction of what follows them.
_UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTION_MARKS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PartnerClaims:
    """A partner's verified word about one of its users. Absent optional claims are None: they change nothing."""

    issuer: str
    subject: str
    organization: str
    token_id: str
    issued_at: datetime
    expires_at: datetime
    role: Role
    organization_name: str | None
    name: str | None
    email: str | None
    locale: str | None

    @property
    def replay_until(self) -> datetime:
        """Until when `token_id` must be remembered: the last moment at which the token could still be taken."""
        return self.expires_at + LEEWAY


def check(claims: Claims, *, issuer: str, audience: str, now: datetime) -> PartnerClaims:
    """The claims; TokenRefused (with `verified_issuer`) for the first one that does not hold."""
    if claims.get("iss") != issuer:
        _refuse(RefusalReason.BAD_ISSUER, "iss is not the issuer that this key is registered for")
    _check_audience(claims.get("aud"), audience)
    subject = _identifier(claims, "sub", RefusalReason.BAD_SUBJECT)
    issued_at, expires_at = _check_times(claims, now)
    return PartnerClaims(
        issuer=issuer,
        subject=subject,
        issued_at=issued_at,
        expires_at=expires_at,
        token_id=_identifier(claims, "jti", RefusalReason.BAD_TOKEN_ID),
        organization=_identifier(claims, "org", RefusalReason.BAD_ORGANIZATION),
        role=_role(claims),
        organization_name=_text(claims, "org_name"),
        name=_text(claims, "name"),
        email=_matching(claims, "email", _EMAIL),
        locale=_matching(claims, "locale", _LOCALE),
    )


def is_identifier(value: object) -> bool:
    """Whether it is a text of 1 to 255 characters, not blank, without control characters."""
    return isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARACTERS and bool(value.strip()) and _is_safe(value)


def _check_audience(value: object, audience: str) -> None:
    audiences: list[object] = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in audiences):
        _refuse(RefusalReason.WRONG_AUDIENCE, f'aud must be a string or a list of strings, with "{audience}" in it')
    if audience not in audiences:
        _refuse(RefusalReason.WRONG_AUDIENCE, f'aud does not name this deployment: put "{audience}" into it')


def _check_times(claims: Claims, now: datetime) -> tuple[datetime, datetime]:
    """When it was issued and when it expires, once the token's times hold at `now`."""
    issued_at = _moment(claims, "iat", RefusalReason.BAD_ISSUED_AT)
    if issued_at > now + LEEWAY:
        _refuse(RefusalReason.ISSUED_IN_THE_FUTURE, f"iat is {_skew(issued_at - now)}")
    expires_at = _moment(claims, "exp", RefusalReason.BAD_EXPIRY)
    if now - expires_at >= LEEWAY:  # not `expires_at + LEEWAY`, which overflows at the end of the calendar
        _refuse(RefusalReason.EXPIRED, f"exp was {_seconds(now - expires_at)} s ago: sign a token for each exchange")
    if expires_at <= issued_at:
        _refuse(RefusalReason.BAD_EXPIRY, "exp must be later than iat")
    if expires_at - issued_at > MAX_LIFE:
        _refuse(RefusalReason.LIVES_TOO_LONG, f"exp - iat is {_seconds(expires_at - issued_at)} s: at most 3600")
    if "nbf" in claims:
        not_before = _moment(claims, "nbf", RefusalReason.BAD_NOT_BEFORE)
        if not_before > now + LEEWAY:
            _refuse(RefusalReason.NOT_YET_VALID, f"nbf is {_skew(not_before - now)}")
    return issued_at, expires_at


def _moment(claims: Claims, name: str, reason: RefusalReason) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(reason, f"{name} must be a number: seconds since 1970 in UTC")
    if not 0 <= value <= _LAST_SECOND:
        _refuse(reason, f"{name} must be in seconds since 1970, not in milliseconds")
    return datetime.fromtimestamp(value, UTC)


def _identifier(claims: Claims, name: str, reason: RefusalReason) -> str:
    value = claims.get(name)
    if not is_identifier(value):
        _refuse(reason, f"{name} must be a text of 1 to {MAX_ID_CHARACTERS} characters without control characters")
    return cast("str", value)


def _role(claims: Claims) -> Role:
    value = claims.get("role", Role.MEMBER)
    if not isinstance(value, str) or value not in GRANTABLE_BY_EMBED:
        names = ", ".join(sorted(GRANTABLE_BY_EMBED))
        _refuse(RefusalReason.ROLE_REFUSED, f"role must be one of {names}; leave it out for member")
    return Role(value)


def _text(claims: Claims, name: str) -> str | None:
    """The claim's text; None where it is absent, null or blank, as many libraries send what they do not know."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        _refuse(RefusalReason.BAD_CLAIM, f"{name} must be a text")
    if len(value) > _MAX_NAME_CHARACTERS:
        _refuse(RefusalReason.BAD_CLAIM, f"{name} has at most {_MAX_NAME_CHARACTERS} characters")
    if not _is_safe(value):
        _refuse(RefusalReason.BAD_CLAIM, f"{name} holds control characters or marks that turn the text's direction")
    return value.strip() or None


def _matching(claims: Claims, name: str, form: re.Pattern[str]) -> str | None:
    value = _text(claims, name)
    if value is not None and not form.fullmatch(value):
        _refuse(RefusalReason.BAD_CLAIM, f"{name} has not the form of its kind; leave it out where it is unknown")
    return value


def _is_safe(text: str) -> bool:
    if text.isascii():
        return text.isprintable()
    return not any(
        unicodedata.category(character) in _UNSAFE_CATEGORIES or character in _DIRECTION_MARKS for character in text
    )


def _skew(ahead: timedelta) -> str:
    return (
        f"in the future, a clock skew of {_seconds(ahead)} s where {_seconds(LEEWAY)} s are allowed: "
        "set the signing host's clock by NTP"
    )


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())


def _refuse(reason: RefusalReason, detail: str) -> Never:
    raise TokenRefused(reason, detail, verified_issuer=True)
