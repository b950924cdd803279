"""Renews a session by a single-use refresh token, and ends it. Keeps EMB-04, EMB-05, EMB-06.

One token buys one child. A retry of the newest parent within seconds gets the same child again, so fifty parallel
requests of one page leave one family and nobody logged out; any older token that comes back is a theft, and the whole
family ends. Proved in tests/promises/test_embed.py.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from ringfence.base.principal import PartnerId, Role
from ringfence.base.problem import Problem, unauthorized
from ringfence.controls import audit
from ringfence.controls.coordination import Kind
from ringfence.controls.identity import refresh_tokens, rows
from ringfence.controls.identity.grant import FAMILY_LIFE, Grant, Vouched, access_token, person, tenant
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.refresh_tokens import RefreshToken
from ringfence.controls.identity.rows import DirectoryRow, PartnerRow, RefreshRow, SessionRow, UserRow
from ringfence.controls.tenancy import OrgTx, PartnerScope, gate
from ringfence.controls.vault import KeyOwner

GRACE_SECONDS: Final = 10.0
_ACTIVE: Final = "active"
_NO_TOKEN: Final = "invalid_refresh_token"  # noqa: S105 - the code of a refusal


@dataclass(frozen=True, slots=True)
class State:
    """Everything that a refresh stands on, each row locked in order."""

    partner: PartnerRow
    organization: DirectoryRow
    user: UserRow
    session: SessionRow
    token: RefreshRow


async def refresh(means: Means, text: str, origin: audit.Origin, *, page: str | None) -> Grant:
    """The session's next two tokens; `page` is the origin of the foreign page that asks, if one does.

    Problem 401: `invalid_refresh_token` for what is none; `refresh_reused`, `session_ended`, `session_expired`,
    `..._restricted` or `session_revoked` where the token was one of a session's; 403 `origin_not_allowed` for one that
    the page may not use, and which stays unused.
    """
    async with _counted(means, origin):
        outcome = await _refresh(means, text, origin, page=page)
    if isinstance(outcome, Problem):
        means.invalidation.wake()
        raise outcome
    return outcome


async def _refresh(means: Means, text: str, origin: audit.Origin, *, page: str | None) -> Grant | Problem:
    token, partner_id = await _locate(means, text)
    is_admitted = await means.origins.admits(partner_id, page)
    async with means.database.partner(PartnerScope(partner_id)) as tx:
        partners, directory = await tx.pipeline(rows.PARTNER(), rows.DIRECTORY(token.org_id))
        if not directory:
            raise _invalid()
        async with tx.narrow(token.org_id) as org_tx:
            state = await _state(org_tx, token, partners[0], directory[0])
            if page is not None and not is_admitted:
                raise _not_here(means, page, origin, state.session, token)
            return await _decide(means, org_tx, token, state, origin)


async def logout(means: Means, text: str, origin: audit.Origin, *, page: str | None) -> None:
    """Ends the session of a refresh token, used or not; Problem 401 `invalid_refresh_token` for what is none.

    Problem 403 `origin_not_allowed` for a page that may not use it.
    """
    async with _counted(means, origin):
        await _logout(means, text, origin, page=page)
    means.invalidation.wake()


async def _logout(means: Means, text: str, origin: audit.Origin, *, page: str | None) -> None:
    token, partner_id = await _locate(means, text)
    is_admitted = await means.origins.admits(partner_id, page)
    async with means.database.partner(PartnerScope(partner_id)) as tx, tx.narrow(token.org_id) as org_tx:
        found = await org_tx.pipeline(
            rows.SESSION(token.session_id), rows.REFRESH(refresh_tokens.digest(token), token.session_id, GRACE_SECONDS)
        )
        if not found[0] or not found[1]:
            raise _invalid()
        session: SessionRow = found[0][0]
        if page is not None and not is_admitted:
            raise _not_here(means, page, origin, session, token)
        if not session.is_ended:
            await _end(means, org_tx, session, reason="logout", action=audit.Action.AUTH_LOGOUT, origin=origin)


@asynccontextmanager
async def _counted(means: Means, origin: audit.Origin) -> AsyncGenerator[None]:
    """Counts a token that is none of a session: nobody was proven, so no log but the platform's tells of it."""
    try:
        yield
    except Problem as refusal:
        if refusal.code == _NO_TOKEN:
            await means.attempts.write(_NO_TOKEN, origin.address)
        raise


async def _locate(means: Means, text: str) -> tuple[RefreshToken, PartnerId]:
    token = refresh_tokens.parse(text)
    if token is None:
        raise _invalid()
    partner_id = await gate.partner_of_organization(means.database, token.org_id)
    if partner_id is None:
        raise _invalid()
    return token, partner_id


async def _state(tx: OrgTx, token: RefreshToken, partner: PartnerRow, organization: DirectoryRow) -> State:
    found = await tx.pipeline(
        rows.USER_OF_SESSION(token.session_id),
        rows.SESSION(token.session_id),
        rows.REFRESH(refresh_tokens.digest(token), token.session_id, GRACE_SECONDS),
    )
    if not all(found):
        raise _invalid()
    return State(partner, organization, found[0][0], found[1][0], found[2][0])


async def _decide(means: Means, tx: OrgTx, token: RefreshToken, state: State, origin: audit.Origin) -> Grant | Problem:
    """The grant, or the refusal that is answered once this transaction is committed."""
    refusal = _refusal(state)
    if refusal is not None:
        await _record(tx, state, origin, reason=refusal.code)
        return refusal
    if state.token.is_used and not (state.token.is_within_grace and state.token.is_childs_turn):
        reused = audit.Action.AUTH_REFRESH_REUSED
        await _end(means, tx, state.session, reason="refresh_reused", action=reused, origin=origin)
        return unauthorized("refresh_reused", "This refresh token was used before, so its session was ended.")
    return await _renew(means, tx, token, state, origin)


def _refusal(state: State) -> Problem | None:
    """Why this session may not go on, whatever its token."""
    if state.session.is_ended:
        return unauthorized("session_ended", "This session was ended. Log in again.")
    if state.session.is_over:
        return unauthorized("session_expired", f"A session lasts {FAMILY_LIFE.seconds // 3600} hours. Log in again.")
    if state.partner.status != _ACTIVE:
        return unauthorized("partner_restricted", "Access was restricted.")
    if state.organization.status != _ACTIVE:
        return unauthorized("organization_restricted", "Access was restricted.")
    if state.user.status != _ACTIVE:
        return unauthorized("user_restricted", "Access was restricted.")
    if state.session.key_status != _ACTIVE:
        return unauthorized("session_revoked", "The key that vouched for this session was revoked. Log in again.")
    cut_offs = (state.partner.sessions_from, state.organization.sessions_from, state.user.sessions_from)
    if any(moment is not None and state.session.created_at <= moment for moment in cut_offs):
        return unauthorized("session_revoked", "This session was revoked. Log in again.")
    return None


async def _renew(means: Means, tx: OrgTx, token: RefreshToken, state: State, origin: audit.Origin) -> Grant:
    child = refresh_tokens.child(token, means.refresh_key.reveal())
    user, session, scope = state.user, state.session, tx.scope
    renewed = audit.entry(
        audit.Actor.user(user.id),
        audit.Action.AUTH_REFRESH,
        target=session.id,
        origin=origin,
        within=scope.org_id,
        user_id=user.id,
    )
    parent = refresh_tokens.digest(token)
    first_time = (
        ()
        if state.token.is_used
        else (rows.USE_REFRESH(parent), rows.ADD_REFRESH(refresh_tokens.digest(child), session.id, parent))
    )
    organization = (await tx.pipeline(rows.ORGANIZATION(), renewed, *first_time))[0][0]
    vouched = Vouched(scope.partner_id, scope.org_id, user.id, session.id, session.signing_key_id, Role(user.role))
    access, expires_in = access_token(means, vouched, now=session.now, until=session.expires_at)
    await means.vault.warm(KeyOwner.organization(scope.org_id), KeyOwner.user(scope.org_id, user.id))
    return Grant(access, expires_in, child.text, person(means, scope.org_id, user), tenant(means, organization))


async def _end(  # noqa: PLR0913 - a session's end and its entry
    means: Means, tx: OrgTx, session: SessionRow, *, reason: str, action: audit.Action, origin: audit.Origin
) -> None:
    await tx.run(
        rows.END_SESSION(session.id, reason),
        means.invalidation.publish(Kind.SESSION, session.id),
        audit.entry(
            audit.Actor.user(session.user_id),
            action,
            target=session.id,
            origin=origin,
            within=tx.scope.org_id,
            user_id=session.user_id,
        ),
    )


async def _record(tx: OrgTx, state: State, origin: audit.Origin, *, reason: str) -> None:
    """The refusal as an entry; it commits, for nothing else was done."""
    await audit.record(
        tx,
        audit.Actor.user(state.user.id),
        audit.Action.AUTH_REFRESH,
        target=state.session.id,
        outcome="refused",
        reason=reason,
        origin=origin,
        user_id=state.user.id,
    )


def _not_here(means: Means, page: str, origin: audit.Origin, session: SessionRow, token: RefreshToken) -> Problem:
    whose = audit.Proven.session(token.org_id, session.user_id, session.id)
    means.attempts.note("origin_not_allowed", origin.address, whose)
    return Problem(403, "origin_not_allowed", means.origins.mend(page))


def _invalid() -> Problem:
    return unauthorized(_NO_TOKEN, "This is no refresh token of a session here.")
