"""Cuts off a user, an organization, a partner or a key, and lets them back. Keeps EMB-05, PRV-03, KEY-01.

Each locks the row first and takes the time after: whoever vouched for a session held that row, so the session is older.
The publication stands in the same transaction; `echo` publishes once more after the commit, which covers whoever read
the row without a lock (a run that goes on) while the change was under way. Proved in tests/promises/test_embed.py.
"""

from dataclasses import dataclass
from uuid import UUID

from ringfence.base import problem
from ringfence.base.principal import KeyId, OrgId, UserId
from ringfence.controls.coordination import Invalidation, Kind
from ringfence.controls.tenancy import Bound, Database, OrgTx, PartnerTx, Scope, Statement, nothing, scalar

_LOCK_USER = Statement("select status from app.app_user where id = $1 for no key update", scalar)
_SET_USER = Statement(
    "update app.app_user set status = $2, sessions_from = case when $2 = 'restricted' then clock_timestamp()"
    " else sessions_from end where id = $1 returning id",
    scalar,
)
_LOCK_DIRECTORY = Statement("select status from app.directory where org_id = $1 for no key update", scalar)
_SET_DIRECTORY = Statement(
    "update app.directory set status = $2, sessions_from = case when $2 = 'restricted' then clock_timestamp()"
    " else sessions_from end where org_id = $1 returning org_id",
    scalar,
)
_SET_ORGANIZATION = Statement(
    "update app.organization set status = $1, sessions_from = case when $1 = 'restricted' then clock_timestamp()"
    " else sessions_from end",
    scalar,
)
_LOCK_PARTNER = Statement("select status from app.partner for no key update", scalar)
_SET_PARTNER = Statement(
    "update app.partner set status = $1, sessions_from = case when $1 = 'restricted' then clock_timestamp()"
    " else sessions_from end returning partner_id",
    scalar,
)
# NOTE: the partner's row stands for its signing keys: whoever vouches by one holds it `for share`. A key set's row
# stands for its list of keys: whoever adds a fetched one holds it, and adds none to a revoked set.
_REVOKE_KEY_SET = Statement(
    "update app.key_set set status = 'revoked', revoked_at = clock_timestamp() where id = $1 and status = 'active'"
    " returning id",
    scalar,
)
_REVOKE_SIGNING_KEYS = Statement(
    "update app.signing_key set status = 'revoked', sessions_from = clock_timestamp(), revoked_at = clock_timestamp()"
    " where (id = $1 or set_id = $1) and status = 'active' returning id",
    scalar,
)
_DELETE_SECRET = Statement("delete from app.signing_secret where key_id = $1", nothing)
_LOCK_API_KEY = Statement("select id from app.api_key where id = $1 for no key update", scalar)
_REVOKE_API_KEY = Statement(
    "update app.api_key set revoked_at = clock_timestamp() where id = $1 and revoked_at is null returning id", scalar
)
RESTRICTED = "restricted"
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class CutOff:
    """What became invalid, to be published once more after the commit."""

    kind: Kind
    subject_id: UUID


async def set_user_status(tx: OrgTx, invalidation: Invalidation, user_id: UserId, status: str) -> CutOff | None:
    """Restricts or resumes a user; None when that changed nothing. Problem 404 for an unknown one."""
    before = await tx.get(_LOCK_USER(user_id))
    if before == status:
        return None
    cut = CutOff(Kind.USER, user_id)
    await tx.run(_SET_USER(user_id, status), *_published(invalidation, cut, status))
    return cut


async def set_organization_status(
    tx: PartnerTx, invalidation: Invalidation, org_id: OrgId, status: str
) -> CutOff | None:
    """Restricts or resumes an organization, in the directory and in its own row; None when that changed nothing."""
    before = await tx.get(_LOCK_DIRECTORY(org_id))
    if before == status:
        return None
    cut = CutOff(Kind.ORGANIZATION, org_id)
    await tx.run(_SET_DIRECTORY(org_id, status), *_published(invalidation, cut, status))
    async with tx.narrow(org_id) as org_tx:
        await org_tx.run(_SET_ORGANIZATION(status))
    return cut


async def set_partner_status(tx: PartnerTx, invalidation: Invalidation, status: str) -> CutOff | None:
    """Restricts or resumes the transaction's own partner; None when that changed nothing."""
    before = await tx.get(_LOCK_PARTNER())
    if before == status:
        return None
    cut = CutOff(Kind.PARTNER, tx.scope.partner_id)
    await tx.run(_SET_PARTNER(status), *_published(invalidation, cut, status))
    return cut


async def revoke_signing_key(tx: PartnerTx, invalidation: Invalidation, key_id: UUID) -> None:
    """Revokes a signing key, or a key set with all its keys, and every session that they vouched for.

    A shared secret is deleted with it. Problem 404 for none or a revoked one.
    """
    _, sets, keys, _ = await tx.pipeline(
        _LOCK_PARTNER(), _REVOKE_KEY_SET(key_id), _REVOKE_SIGNING_KEYS(key_id), _DELETE_SECRET(key_id)
    )
    if not sets and not keys:
        raise problem.not_found()
    await tx.run(*(invalidation.publish(Kind.SIGNING_KEY, revoked) for revoked in keys))


async def revoke_api_key(tx: PartnerTx, invalidation: Invalidation, key_id: KeyId) -> CutOff:
    """Revokes an API key; Problem 404 for none or a revoked one."""
    cut = CutOff(Kind.API_KEY, key_id)
    _, revoked = await tx.pipeline(_LOCK_API_KEY(key_id), _REVOKE_API_KEY(key_id))
    if not revoked:
        raise problem.not_found()
    await tx.run(invalidation.publish(cut.kind, key_id))
    return cut


async def echo(database: Database, invalidation: Invalidation, scope: Scope, cut: CutOff | None) -> None:
    """Publishes again what is committed now, and wakes this process; nothing for None."""
    if cut is None:
        return
    await database.write(scope, invalidation.publish(cut.kind, cut.subject_id))
    invalidation.wake()


def _published(invalidation: Invalidation, cut: CutOff, status: str) -> list[Bound[None]]:
    return [invalidation.publish(cut.kind, cut.subject_id)] if status == RESTRICTED else []
