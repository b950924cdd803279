"""Exchanges a partner's token for a session, in one transaction. Keeps EMB-01, EMB-02, EMB-03, EMB-06.

The signature is verified before the transaction, by a key that is read again in it under lock, with all else that may
change meanwhile. A refusal undoes everything and is recorded in a transaction of its own: in the partner's log where
its signature stood on the token, else collapsed on the platform. Proved in tests/promises/test_embed.py.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Never

from ringfence.base import clock
from ringfence.base.crypto import length_prefixed, sha256
from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.base.problem import Problem, unauthorized
from ringfence.controls import audit
from ringfence.controls.identity import partner_keys, partner_token, rows, sessions, users
from ringfence.controls.identity.grant import Grant, tenant
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.organizations import add_organization
from ringfence.controls.identity.partner_claims import PartnerClaims
from ringfence.controls.identity.partner_keys import FoundKey
from ringfence.controls.identity.refusals import RefusalReason, TokenRefused
from ringfence.controls.identity.rows import DirectoryRow, OrganizationRow, PartnerRow
from ringfence.controls.tenancy import OrgTx, PartnerScope, PartnerTx, gate
from ringfence.controls.vault import KeyOwner, fields

_ACTIVE = "active"
_TELLING = frozenset(
    {RefusalReason.PARTNER_RESTRICTED, RefusalReason.ORGANIZATION_RESTRICTED, RefusalReason.USER_RESTRICTED}
)
"""Reasons that are answered as they are: the partner's own signature stood on the token."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A token that its partner signed: by which key, and what it says."""

    partner_id: PartnerId
    key: FoundKey
    claims: PartnerClaims


async def exchange(means: Means, token: str, origin: audit.Origin, *, page: str | None) -> Grant:
    """The session that the token buys, once; `page` is the origin of the foreign page that asks, if one does.

    Problem 401 `invalid_token`, or `..._restricted`; 403 `origin_not_allowed`, which leaves the token unused; 413
    `token_too_large`; 429 for too many tries of one account.
    """
    partner_id, whose = None, list[audit.Proven]()
    try:
        unverified = partner_token.parse(token)
        partner_id = await gate.partner_of_issuer(means.database, unverified.issuer)
        verified = await _verify(means, unverified, partner_id)
        whose.append(audit.Proven.partner(verified.partner_id))
        if page is not None and not await means.origins.admits(verified.partner_id, page):
            _refuse(RefusalReason.ORIGIN_NOT_ALLOWED, means.origins.mend(page))
        await means.limits.check("auth_account", _account(verified.claims))
        async with means.database.partner(PartnerScope(verified.partner_id)) as tx:
            grant = await _admit(means, tx, verified, origin)
    except TokenRefused as refused:
        await _record(means, refused, partner_id, origin)
        raise _answer(means, refused) from None
    except Problem as refused:
        # Too many tries of one account, or a token of many kilobytes: what is refused before a reason is looked for.
        if refused.status < HTTPStatus.INTERNAL_SERVER_ERROR:  # what fails here, or moves its keys, refuses nobody
            means.attempts.note(refused.code, origin.address, *whose)
        raise
    means.key_uses.noted(verified.key.id)
    means.invalidation.wake()
    return grant


async def _verify(means: Means, unverified: partner_token.UnverifiedToken, partner_id: PartnerId | None) -> Verified:
    if partner_id is None:
        raise TokenRefused(RefusalReason.UNKNOWN_KEY, "no partner has this iss: the operator sets it, to the letter")
    key = await partner_keys.find(means, partner_id, unverified.kid)
    if key is None:
        raise TokenRefused(RefusalReason.UNKNOWN_KEY, "no active key is registered under this iss and kid")
    claims = partner_token.verify(unverified, key.registered, audience=means.audience, now=clock.now())
    return Verified(partner_id, key, claims)


async def _admit(means: Means, tx: PartnerTx, verified: Verified, origin: audit.Origin) -> Grant:
    claims = verified.claims
    partners, standing, directory, used, *_ = await tx.pipeline(
        rows.PARTNER(),
        rows.KEY_STANDING(verified.key.id),
        rows.DIRECTORY_BY_EXTERNAL_ID(claims.organization),
        rows.USE_TOKEN(claims.token_id, claims.replay_until),
        *means.key_uses.due(verified.key.id),
    )
    partner: PartnerRow = partners[0]
    if partner.status != _ACTIVE:
        _refuse(RefusalReason.PARTNER_RESTRICTED, "the operator has restricted this partner")
    if not standing or standing[0] != _ACTIVE:
        _refuse(RefusalReason.UNKNOWN_KEY, "the key was revoked a moment ago")
    if not used:
        _refuse(RefusalReason.REPLAYED, "this jti was used before: sign a token for each exchange")
    org_id = await _organization(means, tx, partner, claims, directory, origin)
    async with tx.narrow(org_id) as org_tx:
        return await _log_in(means, org_tx, verified, partner, origin)


async def _organization(  # noqa: PLR0913 - what is known of the organization so far
    means: Means,
    tx: PartnerTx,
    partner: PartnerRow,
    claims: PartnerClaims,
    directory: list[DirectoryRow],
    origin: audit.Origin,
) -> OrgId:
    """The claims' organization, made now where the partner lets its tokens do that."""
    if not directory and partner.creates_organizations:
        made = await add_organization(
            tx,
            means.keystore,
            means.vault,
            external_id=claims.organization,
            name=claims.organization_name or claims.organization,
            region=partner.default_region,
        )
        if made is not None:
            actor = audit.Actor("partner", tx.scope.partner_id)
            created = audit.Action.ORGANIZATION_CREATED
            await audit.record(tx, actor, created, target=made, origin=origin, source="claims")
            async with tx.narrow(made) as org_tx:  # in its own log, too: its customer reads no other
                await audit.record(org_tx, actor, created, target=made, origin=origin, source="claims")
        directory = await tx.fetch(rows.DIRECTORY_BY_EXTERNAL_ID(claims.organization))
    if not directory:
        _refuse(RefusalReason.UNKNOWN_ORGANIZATION, "org names none of the partner's organizations: make it first")
    if directory[0].status != _ACTIVE:
        _refuse(RefusalReason.ORGANIZATION_RESTRICTED, "this organization is restricted")
    return directory[0].org_id


async def _log_in(means: Means, tx: OrgTx, verified: Verified, partner: PartnerRow, origin: audit.Origin) -> Grant:
    claims = verified.claims
    await means.vault.warm(KeyOwner.organization(tx.scope.org_id))
    organization = await _renamed(means, tx, claims, origin)
    user, is_new = await users.find_or_add(means, tx, claims)
    await means.vault.warm(KeyOwner.user(tx.scope.org_id, user.id))
    if user.status != _ACTIVE:
        _refuse(RefusalReason.USER_RESTRICTED, "this user is restricted")
    if not is_new and users.is_lowered(Role(user.role), claims.role):
        await users.end_sessions(means.invalidation, tx, user.id, reason="role_lowered")
    user = await users.rectify(means, tx, user, claims, origin=origin, is_new=is_new)
    where = sessions.Place(verified.partner_id, tenant(means, organization), user)
    return await sessions.begin(means, tx, where, key_id=verified.key.id, now=partner.now, origin=origin)


async def _renamed(means: Means, tx: OrgTx, claims: PartnerClaims, origin: audit.Origin) -> OrganizationRow:
    """The organization, under the name that the claims give it."""
    row = await tx.get(rows.ORGANIZATION())
    if claims.organization_name is None or claims.organization_name == tenant(means, row).name:
        return row
    owner = KeyOwner.organization(row.id)
    name = means.vault.seal_text(owner, fields.ORGANIZATION_NAME, row.id, claims.organization_name)
    renamed = audit.entry(
        audit.Actor("partner", tx.scope.partner_id),
        audit.Action.ORGANIZATION_CHANGED,
        target=row.id,
        origin=origin,
        within=row.id,
        fields=["name"],
    )
    await tx.run(rows.RENAME_ORGANIZATION(name), renamed)
    return OrganizationRow(row.id, row.external_id, name, row.region)


def _refuse(reason: RefusalReason, detail: str) -> Never:
    raise TokenRefused(reason, detail, verified_issuer=True)


def _account(claims: PartnerClaims) -> str:
    parts = (claims.issuer.encode(), claims.organization.encode(), claims.subject.encode())
    return sha256(length_prefixed(*parts)).hex()


async def _record(means: Means, refused: TokenRefused, partner_id: PartnerId | None, origin: audit.Origin) -> None:
    if not refused.verified_issuer or partner_id is None:
        await means.attempts.write(refused.reason.value, origin.address)
        return
    entry = audit.entry(
        audit.Actor("partner", partner_id),
        audit.Action.AUTH_EXCHANGE,
        outcome="refused",
        reason=refused.reason.value,
        origin=origin,
        within=partner_id,
    )
    await means.database.write(PartnerScope(partner_id), entry)


def _answer(means: Means, refused: TokenRefused) -> Problem:
    answer = refused.explained() if means.is_development else refused.problem()
    if refused.reason in _TELLING:
        return unauthorized(refused.reason.value, answer.detail)
    return answer
