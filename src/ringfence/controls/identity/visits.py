"""Visits of the page of an organization's log: a link that works once, then a cookie for half an hour. Keeps AUD-05.

A visit only reads. It stands on the session (or the partner's API key) that asked for the link, and on its user, role,
organization and partner as they are at each request: what ends any of them ends the visit. Proved in
tests/promises/test_audit_page.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, final
from uuid import UUID

from ringfence.base import clock, ids
from ringfence.base.crypto import Secret, equal
from ringfence.base.principal import ActorKind, PartnerId, Principal, Role, UserId
from ringfence.base.problem import FieldError, Problem, unauthorized, unprocessable
from ringfence.controls import audit
from ringfence.controls.access import CARRIERS, CredentialKind, Permission
from ringfence.controls.identity import visit_rows as rows
from ringfence.controls.identity import visit_tokens
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.visit_rows import VisitRow
from ringfence.controls.identity.visit_tokens import Kind, VisitToken
from ringfence.controls.tenancy import Bound, OrgScope, OrgTx, gate

TICKET_LIFE: Final = timedelta(seconds=60)
VISIT_LIFE: Final = timedelta(minutes=30)
_ACTIVE: Final = "active"
_READERS: Final = CARRIERS[Permission.AUDIT_READ][CredentialKind.SESSION]


@dataclass(frozen=True, slots=True)
class Link:
    """A new link's ticket, shown once, and until when it can be used."""

    visit_id: UUID
    ticket: Secret
    until: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that goes on: who, until when, and what its pages' forms carry."""

    id: UUID
    principal: Principal
    expires_at: datetime
    form_token: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A visit that has just begun, with the cookie that carries it."""

    visit: Visit
    cookie: Secret


@final
class Visits:
    """Makes links, opens them, and knows the visitors of this process."""

    def __init__(self, means: Means, still_valid: Callable[[Principal], bool]) -> None:
        self._means = means
        self._still_valid = still_valid

    async def link(self, tx: OrgTx, maker: Principal, user_id: UserId, *, origin: audit.Origin) -> Link:
        """A link for a user who may read the log, in a transaction of its organization.

        Problem 404 for an unknown or restricted user, 401 `session_ended` for a session that has just ended, 422
        `not_an_administrator`.
        """
        role = await tx.get(rows.USER(user_id))
        if role not in _READERS:
            fault = FieldError("/user_id", "This user may not read the audit log.")
            raise unprocessable("not_an_administrator", "Only administrators of an organization read its log.", [fault])
        if maker.session_id is not None and await tx.find(rows.SESSION(maker.session_id)) is None:
            raise unauthorized("session_ended", "This session was ended. Log in again.")
        visit_id = ids.new()
        ticket = visit_tokens.new(Kind.TICKET, tx.scope.org_id, visit_id)
        created = audit.entry(
            maker,
            audit.Action.AUDIT_LINK_CREATED,
            target=visit_id,
            permission=Permission.AUDIT_READ,
            origin=origin,
            within=tx.scope.org_id,
            user_id=user_id,
        )
        added = rows.ADD(
            visit_id,
            user_id,
            maker.session_id,
            maker.key_id,
            role,
            maker.issued_at,
            self._digest(ticket),
            TICKET_LIFE.total_seconds(),
        )
        await tx.run(rows.FORGET_OLD(), added, created)
        return Link(visit_id, ticket.text, clock.now() + TICKET_LIFE)

    async def open(self, text: str, origin: audit.Origin) -> Opened:
        """The visit that a ticket buys, once. Problem 401: `invalid_link`, `link_used`, `link_expired`, `visit_ended`.

        A refusal of a ticket that was ours leaves an entry, too.
        """
        ticket, partner_id = await self._locate(Kind.TICKET, text, origin)
        scope = OrgScope(partner_id, ticket.org_id, Role.OPERATOR)
        async with self._means.database.org(scope) as tx:
            row = await tx.find(rows.VISIT(ticket.visit_id))
            if row is None or not equal(row.ticket_hash, self._digest(ticket)):
                raise self._refused(_invalid(), origin)
            cookie = visit_tokens.new(Kind.COOKIE, ticket.org_id, ticket.visit_id)
            refusal = self._unusable(row) or self._ended(row, self._principal(row, ticket, partner_id))
            if refusal is None:
                opening = rows.OPEN(ticket.visit_id, self._digest(cookie), VISIT_LIFE.total_seconds())
                refusal = None if await tx.find(opening) is not None else _used()
            await tx.run(_entry(row, ticket, refusal, origin))
        if refusal is not None:
            raise refusal
        return Opened(await self.visitor(cookie.text.reveal().decode("ascii"), origin), cookie.text)

    async def visitor(self, text: str, origin: audit.Origin) -> Visit:
        """Who comes with this cookie, as everything that it stands on is now.

        Problem 401: `no_visit` for what is none, `visit_expired`, `visit_ended`; 503 `stale_process`.
        """
        cookie, partner_id = await self._locate(Kind.COOKIE, text, origin)
        scope = OrgScope(partner_id, cookie.org_id, Role.OPERATOR)
        found: list[VisitRow] = (await self._means.database.read(scope, rows.VISIT(cookie.visit_id)))[0]
        if not found:
            raise self._refused(_none(), origin)
        row = found[0]
        if row.cookie_hash is None or not equal(row.cookie_hash, self._digest(cookie)):
            raise self._refused(_none(), origin)
        principal = self._principal(row, cookie, partner_id)
        whose = audit.Proven.session(cookie.org_id, row.user_id)
        if row.expires_at is None or row.expires_at <= row.now:
            raise self._refused(_expired(), origin, whose)
        refusal = self._ended(row, principal)
        if refusal is not None:
            raise self._refused(refusal, origin, whose)
        token = visit_tokens.form_token(self._means.visit_key, cookie)
        return Visit(cookie.visit_id, principal, row.expires_at, token)

    async def leave(self, visit: Visit, origin: audit.Origin) -> None:
        """Ends a visit."""
        principal = visit.principal
        closed = audit.entry(principal, audit.Action.AUDIT_PAGE_CLOSED, target=visit.id, origin=origin)
        assert principal.org_id is not None  # noqa: S101 - a visit is of an organization
        scope = OrgScope(principal.partner_id, principal.org_id, principal.role, principal.user_id)
        await self._means.database.write(scope, rows.END(visit.id), closed)

    async def _locate(self, kind: Kind, text: str, origin: audit.Origin) -> tuple[VisitToken, PartnerId]:
        token = visit_tokens.parse(kind, text)
        refusal = _invalid() if kind is Kind.TICKET else _none()
        if token is None:
            raise self._refused(refusal, origin)
        partner_id = await gate.partner_of_organization(self._means.database, token.org_id)
        if partner_id is None:
            raise self._refused(refusal, origin)
        return token, partner_id

    def _refused(self, refusal: Problem, origin: audit.Origin, *whose: audit.Proven) -> Problem:
        """The refusal, counted."""
        self._means.attempts.note(refusal.code, origin.address, *whose)
        return refusal

    def _unusable(self, row: VisitRow) -> Problem | None:
        """Why this ticket buys nothing any more."""
        if row.cookie_hash is not None:
            return _used()
        if row.ticket_until <= row.now:
            return unauthorized("link_expired", "This link was good for a minute. Open a new one from your product.")
        return None

    def _ended(self, row: VisitRow, principal: Principal) -> Problem | None:
        """Why nobody may go on with this visit: one condition a line."""
        if row.ended_at is not None:
            return _over()
        if row.is_session_over:
            return _over()
        if row.user_status != _ACTIVE:
            return _over()
        if row.organization_status != _ACTIVE:
            return _over()
        if row.partner_status != _ACTIVE:
            return _over()
        if row.role_now != row.role:
            return _over()
        if row.role not in _READERS:
            return _over()
        if row.session_id is not None and row.signing_key_status != _ACTIVE:
            return _over()
        cut_offs = (row.user_from, row.organization_from, row.partner_from)
        if any(moment is not None and row.vouched_at <= moment for moment in cut_offs):
            return _over()
        # NOTE: the API key of a partner stands in none of the organization's rows: this process' own knowledge decides.
        return None if self._still_valid(principal) else _over()

    def _principal(self, row: VisitRow, token: VisitToken, partner_id: PartnerId) -> Principal:
        return Principal(
            kind=ActorKind.USER,
            partner_id=partner_id,
            role=Role(row.role),
            issued_at=row.vouched_at,
            org_id=token.org_id,
            user_id=row.user_id,
            session_id=row.session_id,
            expires_at=row.expires_at,
            key_id=row.api_key_id,
            signing_key_id=row.signing_key_id,
        )

    def _digest(self, token: VisitToken) -> bytes:
        return visit_tokens.digest(self._means.visit_key, token)


def _entry(row: VisitRow, ticket: VisitToken, refusal: Problem | None, origin: audit.Origin) -> Bound[None]:
    return audit.entry(
        audit.Actor.user(row.user_id),
        audit.Action.AUDIT_PAGE_OPENED,
        target=ticket.visit_id,
        outcome="success" if refusal is None else "refused",
        reason=None if refusal is None else refusal.code,
        origin=origin,
        within=ticket.org_id,
    )


def _invalid() -> Problem:
    return unauthorized("invalid_link", "This is no link to an audit log. Open a new one from your product.")


def _used() -> Problem:
    return unauthorized("link_used", "This link was used before: each works once. Open a new one from your product.")


def _none() -> Problem:
    return unauthorized("no_visit", "Open the audit log from your product's settings.")


def _expired() -> Problem:
    return unauthorized("visit_expired", "This page was open for half an hour. Open it again from your product.")


def _over() -> Problem:
    return unauthorized("visit_ended", "Access to this page has ended. Log in to your product and open it again.")
