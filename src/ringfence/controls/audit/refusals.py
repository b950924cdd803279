"""Refused credentials, collapsed per minute, reason and address hash. Keeps EMB-06, AUD-01, AUD-03.

What nobody proved is counted on the platform: a flood of bad tokens neither fills a log nor writes into the named
victim's. What was proven, and refused all the same (a session that ended, a key that was revoked), is counted in the
log of whose it was. The schedule makes entries of both once their minute is over. Proved in
tests/promises/test_attempts.py.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple, Self, final
from uuid import UUID

import msgspec

from ringfence.base import clock
from ringfence.base.principal import ActorKind, KeyId, OrgId, PartnerId, Principal, UserId
from ringfence.controls.audit.actions import Action
from ringfence.controls.audit.origin import AddressHasher, network_of
from ringfence.controls.audit.shapes import Unrecordable, a_code
from ringfence.controls.audit.tally import MINUTE_S, Tally
from ringfence.controls.tenancy import PLATFORM_ID, Database, gate

MOST: Final = 50_000
"""Beyond so many different counts in a second, addresses are counted as one and nobody is told apart."""
_NOBODY: Final = PLATFORM_ID
_encode: Final = msgspec.json.Encoder(uuid_format="canonical").encode


@dataclass(frozen=True, slots=True)
class Proven:
    """Whose credential it was, as its secret or signature showed before it was refused."""

    scope: str
    scope_id: UUID
    action: Action
    actor_kind: str
    actor_id: UUID
    subject_id: UUID = _NOBODY

    @classmethod
    def of(cls, caller: Principal) -> Self:
        """A credential that made a caller, who may not call like this."""
        if caller.org_id is not None and caller.user_id is not None:
            return cls.session(caller.org_id, caller.user_id, caller.session_id or _NOBODY)
        return cls.partner(caller.partner_id) if caller.key_id is None else cls.key(caller.partner_id, caller.key_id)

    @classmethod
    def session(cls, org_id: OrgId, user_id: UserId, session_id: UUID = _NOBODY) -> Self:
        """A session of a user, or without its id a visit of the log's page."""
        return cls("org", org_id, Action.AUTH_REFUSED, ActorKind.USER.value, user_id, session_id)

    @classmethod
    def partner(cls, partner_id: PartnerId) -> Self:
        """A token that the partner signed."""
        return cls("partner", partner_id, Action.AUTH_REFUSED, "partner", partner_id)

    @classmethod
    def key(cls, partner_id: PartnerId, key_id: KeyId) -> Self:
        """A partner's API key."""
        return cls("partner", partner_id, Action.API_KEY_REFUSED, ActorKind.API_KEY.value, key_id, key_id)


_NONE: Final = Proven("platform", PLATFORM_ID, Action.AUTH_REFUSED, "unknown", _NOBODY)


class Refused(NamedTuple):
    """What is counted together."""

    proven: Proven
    minute: int
    """Since 1970."""
    reason: str
    address: str


@final
class Attempts:
    """What this process refused: written at once where a request waits for the database anyway, else once a second."""

    def __init__(self, database: Database, addresses: AddressHasher) -> None:
        self._database = database
        self._addresses = addresses
        self._tally = Tally[Refused](lambda counted: gate.count_refusals(database, counted), self._row)

    def note(self, reason: str, address: str | None, proven: Proven = _NONE) -> None:
        """Counts a refusal, to be written within a second."""
        one = _refused(reason, address, proven)
        if len(self._tally) >= MOST:
            one = Refused(_NONE, one.minute, reason, "")
        self._tally.add(one)

    async def write(self, reason: str, address: str | None, proven: Proven = _NONE) -> None:
        """Counts a refusal before it is answered."""
        await gate.count_refusals(self._database, _encode([self._row(_refused(reason, address, proven), 1)]))

    async def flush(self) -> int:
        """Writes what was noted, in one statement; gives how many rows. What cannot be written is kept."""
        return await self._tally.flush()

    async def run(self) -> None:
        """Writes once a second, until cancelled."""
        await self._tally.run()

    def _row(self, refused: Refused, count: int) -> dict[str, object]:
        proven, address = refused.proven, refused.address
        return {
            "scope": proven.scope,
            "scope_id": proven.scope_id,
            "minute": refused.minute,
            "action": proven.action.value,
            "actor_kind": proven.actor_kind,
            "actor_id": proven.actor_id,
            "subject_id": proven.subject_id,
            "reason": refused.reason,
            "address_hash": self._addresses.hash(proven.scope_id, address).hex() if address else "",
            "network": network_of(address) if address else "",
            "count": count,
        }


def _refused(reason: str, address: str | None, proven: Proven) -> Refused:
    if not a_code(reason):
        raise Unrecordable("a refused credential: a reason is a short code")
    return Refused(proven, int(clock.now().timestamp()) // MINUTE_S, str(reason), address or "")
