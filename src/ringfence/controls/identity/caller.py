"""Makes the Principal of a request, from a session token or an API key. Keeps EMB-04, EMB-05, KEY-01.

A session token is verified without the database; an API key is read once a minute. Either is then held against the
revocation state, at every request: what was cut off is out within five seconds, and a process that cannot know refuses.
A back end asks much at once with one key: once its minute is over, one request reads the key and the others wait for
it. Were each to read, all would queue for the key's row with a connection each, and count its uses once more each.
Proved in tests/promises/test_embed.py and tests/promises/test_keys_api.py.
"""

import asyncio
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, final

from ringfence.base import clock
from ringfence.base.crypto import equal, sha256
from ringfence.base.principal import ActorKind, KeyId, PartnerId, Principal, Role
from ringfence.base.problem import Problem, unauthorized
from ringfence.controls import audit
from ringfence.controls.identity import api_keys, rows, session_token
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.rows import ApiKeyRow, Network
from ringfence.controls.tenancy import Bound, PartnerScope, gate

_SCHEME: Final = "bearer"
_KEY_PREFIX: Final = "rf_"
_KEPT_SECONDS: Final = 60.0
_CAPACITY: Final = 4096
_ACTIVE: Final = "active"
_UNAUTHORIZED: Final = 401


@dataclass(slots=True)
class KnownKey:
    """An API key that was read from the database, and how often it was used since."""

    principal: Principal
    row: ApiKeyRow
    until: float
    uses: int = 0


@final
class Callers:
    """Knows the callers of this process."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._known: OrderedDict[bytes, KnownKey] = OrderedDict()
        self._flights: dict[bytes, asyncio.Task[KnownKey]] = {}

    async def caller(self, authorization: str | None, address: str | None) -> Principal:
        """The verified caller.

        Problem 401: `missing_credential`, `invalid_credential`, `session_expired`, `session_revoked`, `key_expired`,
        `key_revoked`, `address_refused`, `partner_restricted`; 429 for many unproved keys; 503 `stale_process`.
        """
        credential = self._bearer(authorization, address)
        self._means.invalidation.check_fresh()
        if credential.startswith(_KEY_PREFIX):
            return await self._by_key(credential, address)
        return self._by_session(credential, address)

    def still_valid(self, principal: Principal) -> bool:
        """Whether a caller of a while ago may go on; raises 503 `stale_process` when this process cannot know."""
        self._means.invalidation.check_fresh()
        if principal.expires_at is not None and principal.expires_at <= clock.now():
            return False
        return not self._is_revoked(principal)

    def _bearer(self, authorization: str | None, address: str | None) -> str:
        if not authorization:
            raise unauthorized("missing_credential", "Send a session token or an API key: Authorization: Bearer ...")
        scheme, _, credential = authorization.partition(" ")
        if scheme.lower() != _SCHEME or not credential:
            raise self._refused(_invalid(), address)
        return credential

    def _by_session(self, token: str, address: str | None) -> Principal:
        means = self._means
        try:
            claims = session_token.authentic(token, means.session_key, issuer=means.audience)
        except Problem:
            raise self._refused(_invalid(), address) from None
        whose = audit.Proven.session(claims.org, claims.sub, claims.sid)
        if claims.is_over(clock.now()):
            raise self._refused(session_token.expired(), address, whose)
        principal = Principal(
            kind=ActorKind.USER,
            partner_id=claims.par,
            role=claims.role,
            issued_at=claims.issued_at,
            org_id=claims.org,
            user_id=claims.sub,
            session_id=claims.sid,
            expires_at=claims.expires_at,
            signing_key_id=claims.skey,
        )
        if self._is_revoked(principal):
            raise self._refused(
                unauthorized("session_revoked", "This session was ended. Log in again."), address, whose
            )
        return principal

    def _refused(self, refusal: Problem, address: str | None, *whose: audit.Proven) -> Problem:
        """The refusal, counted."""
        self._means.attempts.note(refusal.code, address, *whose)
        return refusal

    async def _by_key(self, text: str, address: str | None) -> Principal:
        parsed = api_keys.parse(text)
        if parsed is None:
            raise self._refused(_invalid(), address)
        slot = sha256(text.encode("ascii"))
        known = self._known.get(slot)
        if known is None or known.until <= clock.monotonic() or self._is_revoked(known.principal):
            known = await self._fetched(slot, text, parsed.id, address)
        try:
            _check(known.row, address)
        except Problem as refusal:
            whose = audit.Proven.key(known.principal.partner_id, parsed.id)
            await self._means.attempts.write(refusal.code, address, whose)
            raise
        known.uses += 1
        return known.principal

    async def _fetched(self, slot: bytes, text: str, key_id: KeyId, address: str | None) -> KnownKey:
        """The key as somebody reads it at this moment, or else as this request does."""
        flight = self._flights.get(slot)
        if flight is None:
            known = self._known.get(slot)
            reading = self._read(text, key_id, uses=known.uses if known is not None else 0, address=address)
            flight = self._flights[slot] = asyncio.create_task(reading)
            flight.add_done_callback(lambda done: self._landed(slot, done))
            # Who hangs up takes nothing away from the others.
            return await asyncio.shield(flight)
        try:
            known = await asyncio.shield(flight)
        except Problem as refusal:
            if refusal.status != _UNAUTHORIZED:
                raise
        else:
            # It may have taken a while.
            self._means.invalidation.check_fresh()
            if not self._is_revoked(known.principal):
                return known
        # A refusal is each one's own, from its own address, and counted as such.
        return await self._read(text, key_id, uses=0, address=address)

    def _landed(self, slot: bytes, flight: asyncio.Task[KnownKey]) -> None:
        del self._flights[slot]
        # Asking for the exception tells asyncio that somebody knows it, though all may have hung up.
        if not flight.cancelled() and flight.exception() is None:
            self._keep(slot, flight.result())

    async def _read(self, text: str, key_id: KeyId, *, uses: int, address: str | None) -> KnownKey:
        """The key as the database has it now, with the uses of the last minute written back.

        Its row is locked for the moment of reading, so a revocation that is under way is waited for.
        """
        means = self._means
        partner_id = await gate.partner_of_api_key(means.database, key_id)
        if partner_id is None:
            await means.attempts.write("unknown_api_key", address)
            raise _invalid()
        scope = PartnerScope(partner_id)
        found = (await means.database.write(scope, rows.API_KEY(key_id)))[0]
        if not found or not equal(found[0].digest, api_keys.digest(means.pepper.reveal(), text)):
            await means.attempts.write("wrong_api_key", address)
            raise _invalid()
        row: ApiKeyRow = found[0]
        if row.revoked_at is None and row.partner_status == _ACTIVE:
            await means.database.write(scope, self._used(key_id, partner_id, uses + 1, address))
        return KnownKey(_key_principal(partner_id, key_id, row), row, clock.monotonic() + _KEPT_SECONDS, uses=-1)

    def _used(self, key_id: KeyId, partner_id: PartnerId, uses: int, address: str | None) -> Bound[None]:
        hashed = None if address is None else self._means.addresses.hash(partner_id, address)
        return rows.COUNT_USE(key_id, hashed, uses)

    def _keep(self, slot: bytes, known: KnownKey) -> None:
        self._known[slot] = known
        self._known.move_to_end(slot)
        if len(self._known) > _CAPACITY:
            self._known.popitem(last=False)

    def _is_revoked(self, principal: Principal) -> bool:
        return self._means.invalidation.is_revoked(
            issued_at=principal.issued_at,
            user_id=principal.user_id,
            org_id=principal.org_id,
            partner_id=principal.partner_id,
            session_id=principal.session_id,
            signing_key_id=principal.signing_key_id,
            key_id=principal.key_id,
        )


def _key_principal(partner_id: PartnerId, key_id: KeyId, row: ApiKeyRow) -> Principal:
    return Principal(
        kind=ActorKind.API_KEY,
        partner_id=partner_id,
        role=Role.PARTNER,
        issued_at=row.now,
        expires_at=row.expires_at,
        key_id=key_id,
        scopes=frozenset(row.scopes),
    )


def _check(row: ApiKeyRow, address: str | None) -> None:
    """Returns when the key may be used now and from there; the secret matched, so the answer may say why not."""
    if row.revoked_at is not None:
        raise unauthorized("key_revoked", "This API key was revoked.")
    if row.expires_at is not None and row.expires_at <= clock.now():
        raise unauthorized("key_expired", "This API key has expired.")
    if row.partner_status != _ACTIVE:
        raise unauthorized("partner_restricted", "Access was restricted.")
    if not row.networks:
        return
    if address is None or not _is_within(address, row.networks):
        raise unauthorized("address_refused", "This API key may not be used from this address.")


def _is_within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _invalid() -> Problem:
    return unauthorized("invalid_credential", "This credential is not one of this deployment.")
