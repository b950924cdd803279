"""Identity: made once by the roots, asked by every route and by whoever goes on with a run.

Keeps EMB-01, EMB-04, EMB-05, PRV-03. Proved in tests/promises/test_embed.py.
"""

from dataclasses import dataclass
from typing import final

from ringfence.base.crypto import Secret
from ringfence.base.principal import ActorKind, KeyId, OrgId, PartnerId, Principal, Role
from ringfence.base.problem import Problem
from ringfence.controls import audit
from ringfence.controls.identity import api_keys, exchange, refresh, rows
from ringfence.controls.identity.api_keys import ApiKeyKind
from ringfence.controls.identity.caller import Callers
from ringfence.controls.identity.grant import Grant
from ringfence.controls.identity.key_sets import KeySets
from ringfence.controls.identity.means import Means
from ringfence.controls.identity.origins import Origins
from ringfence.controls.identity.rows import ResumedRow
from ringfence.controls.identity.visits import Visits
from ringfence.controls.tenancy import OrgScope, gate

_ACTIVE = "active"


class AccessEnded(Exception):  # noqa: N818 - reads as the claim it is where it is caught
    """The user of a run may not go on: `reason` is a short code for the run's end and its entry."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new API key: `text` is shown once, `digest` is what is stored."""

    id: KeyId
    text: Secret
    digest: bytes


@final
class Identity:
    """Turns credentials into principals, and partners' tokens into sessions."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._callers = Callers(means)
        self.visits = Visits(means, self._callers.still_valid)
        """Of the page of an organization's log."""

    async def caller(self, authorization: str | None, address: str | None) -> Principal:
        """The verified caller of a request; Problem 401 with the reason's code, 503 `stale_process`."""
        return await self._callers.caller(authorization, address)

    def still_valid(self, principal: Principal) -> bool:
        """Whether a caller of a while ago may go on, for a stream; Problem 503 when nobody can know."""
        return self._callers.still_valid(principal)

    def issue_key(self, kind: ApiKeyKind) -> IssuedKey:
        """A new API key, stored nowhere yet."""
        made = api_keys.generate(kind)
        digest = api_keys.digest(self._means.pepper.reveal(), made.text.reveal().decode("ascii"))
        return IssuedKey(made.id, made.text, digest)

    async def resume(self, claimed: gate.ClaimedRun) -> Principal:
        """The user of a run that goes on without a request, with the role of today; AccessEnded where it may not."""
        scope = OrgScope(claimed.partner_id, claimed.org_id, Role.OPERATOR)
        found = (await self._means.database.read(scope, rows.RESUMED(claimed.user_id)))[0]
        if not found:
            raise AccessEnded("user_erased")
        row: ResumedRow = found[0]
        if row.partner_status != _ACTIVE:
            raise AccessEnded("partner_restricted")
        if row.organization_status != _ACTIVE:
            raise AccessEnded("organization_restricted")
        if row.user_status != _ACTIVE:
            raise AccessEnded("user_restricted")
        return Principal(
            kind=ActorKind.USER,
            partner_id=claimed.partner_id,
            role=Role(row.role),
            issued_at=row.now,
            org_id=claimed.org_id,
            user_id=claimed.user_id,
        )

    async def partner_of(self, org_id: OrgId) -> PartnerId | None:
        """Whose an organization is, for the operator's command line; None for one that there is not, or was erased."""
        return await gate.partner_of_organization(self._means.database, org_id)

    @property
    def attempts(self) -> audit.Attempts:
        """Where refused credentials are counted."""
        return self._means.attempts

    @property
    def key_sets(self) -> KeySets:
        """Partners' keys by address."""
        return self._means.key_sets

    @property
    def origins(self) -> Origins:
        """Which pages may hold a partner's sessions."""
        return self._means.origins

    async def admit(self, principal: Principal, page: str | None, address: str | None) -> None:
        """Returns when a caller may call from the page that it calls from; Problem 403 otherwise, which is recorded.

        A partner's API key has no business in any page: `api_key_in_browser` tells whoever put it there.
        """
        if page is None:
            return
        refusal: Problem | None = None
        if principal.kind is ActorKind.API_KEY:
            refusal = Problem(
                403, "api_key_in_browser", "An API key is for servers. Revoke this one: whoever opens the page has it."
            )
        elif not await self._means.origins.admits(principal.partner_id, page):
            refusal = Problem(403, "origin_not_allowed", self._means.origins.mend(page))
        if refusal is not None:
            self._means.attempts.note(refusal.code, address, audit.Proven.of(principal))
            raise refusal

    async def exchange(self, token: str, origin: audit.Origin, *, page: str | None = None) -> Grant:
        """The session that a partner's token buys, once; `page` is the origin of a foreign page that asks."""
        return await exchange.exchange(self._means, token, origin, page=page)

    async def refresh(self, token: str, origin: audit.Origin, *, page: str | None = None) -> Grant:
        """The next two tokens of a session."""
        return await refresh.refresh(self._means, token, origin, page=page)

    async def logout(self, token: str, origin: audit.Origin, *, page: str | None = None) -> None:
        """Ends the session of a refresh token."""
        await refresh.logout(self._means, token, origin, page=page)
