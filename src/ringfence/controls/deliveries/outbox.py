"""Queues a message in the transaction of the act that it tells about: both are committed, or neither.

Keeps HOK-02, CRY-01. The message is sealed under the key of whom it belongs to, so that their erasure reaches it.
Proved in tests/controls/test_deliveries.py.
"""

from typing import final
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import UserId
from ringfence.controls.deliveries.letter import Letter
from ringfence.controls.tenancy import (
    Bound,
    OrgScope,
    PartnerScope,
    PlatformScope,
    Scope,
    Statement,
    nothing,
)
from ringfence.controls.vault import KeyOwner, Vault, fields

# One of the same key that is still on record is enough, whatever became of it.
_QUEUE = Statement(
    "insert into app.delivery (id, user_id, kind, dedupe, payload) values ($1, $2, $3, $4, $5) "
    "on conflict (scope_id, dedupe) do nothing",
    nothing,
)
_PLATFORM = PlatformScope()


@final
class Outbox:
    """Makes the statements that queue; who runs them in another scope than the one named is refused by the database."""

    __slots__ = ("_vault",)

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def alert(self, kind: str, *, subject: str, text: str, dedupe: str, within: Scope = _PLATFORM) -> Bound[None]:
        """A message to the operator (RINGFENCE_ALERTS_TO), for a transaction of the scope `within`.

        `kind` is a word of ours for the log. `dedupe` says what makes this alert one: a second with the same words in
        the same scope within thirty days is dropped, so put the occasion's id or day into it. BadLetter.
        """
        return self._queue(within, kind, Letter(None, subject, text), dedupe=dedupe, user_id=None)

    def message(  # noqa: PLR0913 - what a message consists of
        self,
        kind: str,
        *,
        to: str,
        subject: str,
        text: str,
        within: Scope,
        dedupe: str | None = None,
        user_id: UserId | None = None,
    ) -> Bound[None]:
        """A message to somebody, for a transaction of the scope `within`; with `user_id` it ends with that user.

        BadLetter for an address or subject that could forge a header.
        """
        return self._queue(within, kind, Letter(to, subject, text), dedupe=dedupe, user_id=user_id)

    def _queue(
        self, within: Scope, kind: str, letter: Letter, *, dedupe: str | None, user_id: UserId | None
    ) -> Bound[None]:
        delivery_id, owner = ids.new(), owner_of(within, user_id)
        # The hash is the scope's own, not the user's: whoever asks again may not know of a user.
        unique = (
            None
            if dedupe is None
            else self._vault.blind_index(owner_of(within, None), fields.DELIVERY_DEDUPE, f"{kind}\0{dedupe}")
        )
        sealed = self._vault.seal(owner, fields.DELIVERY_PAYLOAD, delivery_id, letter.packed())
        return _QUEUE(delivery_id, user_id, kind, unique, sealed)


def owner_of(scope: Scope, user_id: UUID | None) -> KeyOwner:
    """Under whose key a scope's messages lie; TypeError for a person, who has no key yet."""
    match scope:
        case PlatformScope():
            return KeyOwner.platform()
        case PartnerScope():
            return KeyOwner.partner(scope.partner_id)
        case OrgScope() if user_id is not None:
            return KeyOwner.user(scope.org_id, UserId(user_id))
        case OrgScope():
            return KeyOwner.organization(scope.org_id)
        case _:
            raise TypeError("a person who logs in has no key yet, and so no messages")
