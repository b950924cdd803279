"""Canary organizations: two of one partner and one of another, in every deployment, with something planted in each.

Keeps TEN-06. Their partners and API keys are made by the controls, as the operator's command makes a partner, for the
API has no way to; all else is made by the public API, as a partner and its users would. Proved in
tests/evidence/test_canaries.py.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ringfence.base import clock, log
from ringfence.base.outbound import OutboundError
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.base.problem import Problem
from ringfence.controls import access, audit
from ringfence.controls.identity import CanaryPartner, Identity
from ringfence.controls.keystore import KeyOwner, Keystore
from ringfence.controls.tenancy import Database, OrgScope, PartnerScope, PlatformScope
from ringfence.controls.vault import Vault, fields
from ringfence.evidence import canary_planting as planting
from ringfence.evidence import canary_rows as rows
from ringfence.evidence import canary_tokens as tokens
from ringfence.evidence.caller import Caller

ROLES: Final = (Role.MEMBER, Role.ADMIN, Role.VIEWER)
PARTNER_NAME: Final = "Ringfence canaries"
HOUSES: Final[Mapping[str, tuple[str, ...]]] = {"first": ("a", "b"), "second": ("c",)}
"""The organizations of each partner: a and b are neighbours, c is of another partner."""
_SESSION_SHARE: Final = 0.8
_ENDED: Final = "ended"
_ENDS_WITHIN_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 1.0
_UNAUTHORIZED: Final = 401


class NotPlanted(Exception):  # noqa: N818 - what it names is the state
    """The canaries are not there: `was_there` says that they were."""

    def __init__(self, what: str, *, was_there: bool) -> None:
        super().__init__(what)
        self.was_there = was_there


@dataclass(frozen=True, slots=True)
class Canary:
    """One canary organization: its ids, the sessions of its users by role, its partner's key, and its marks."""

    name: str
    partner: CanaryPartner
    org_id: str
    sessions: Mapping[Role, str] = field(repr=False)
    users: Mapping[Role, str]
    api_key: str = field(repr=False)
    objects: Mapping[str, str]
    """Its ids by the name of the parameter that takes one; `signing_key_id` and `api_key_id` for the two key_ids."""

    @property
    def mark(self) -> str:
        """The word that is planted in its own content."""
        return self.partner.mark_of(self.name)

    @property
    def scope(self) -> OrgScope:
        """The organization as its administrator sees it."""
        return OrgScope(self.partner.id, OrgId(UUID(self.org_id)), Role.ADMIN, UserId(UUID(self.users[Role.ADMIN])))


@dataclass(slots=True)
class Canaries:
    """Makes the canaries, and finds them again in every process; sessions are kept for some minutes."""

    database: Database
    keystore: Keystore
    vault: Vault
    identity: Identity
    http: Caller
    audience: str
    patience_s: float = 0.0
    """How long planting waits for an API that does not answer yet: at its start a process plants before it serves."""
    _kept: dict[str, tuple[float, str, str]] = field(default_factory=dict[str, tuple[float, str, str]], repr=False)

    async def plant(self) -> int:
        """Makes whatever is missing and gives how many things that were; again changes nothing.

        For the schedule, which runs it once across all processes. Without an API that answers, nothing is made but
        the partners, and a later round goes on.
        """
        made, until = 0, clock.monotonic() + self.patience_s
        while True:
            try:
                for label, names in HOUSES.items():
                    made += await self._plant_partner(label, names)
            except (OutboundError, Problem, planting.Missing) as failure:
                if clock.monotonic() >= until:
                    log.warning("canaries_not_planted", reason=type(failure).__name__)
                    return made
            else:
                return made
            await asyncio.sleep(_AGAIN_SECONDS)

    async def find(self) -> dict[str, Canary]:
        """The canaries by name; NotPlanted where anything of them is missing or may not come in."""
        planted = (await self.database.read(PlatformScope(), rows.PLANTED()))[0]
        if len(planted) < sum(map(len, HOUSES.values())):
            raise NotPlanted("not planted yet", was_there=False)
        try:
            return await self._find_all()
        except (Problem, planting.Missing):
            self.forget()  # A session may have ended with a restriction that is lifted by now.
        try:
            return await self._find_all()
        except (Problem, planting.Missing) as failure:
            raise NotPlanted(str(failure), was_there=True) from failure

    def partner(self, label: str) -> CanaryPartner:
        """One of the canary partners."""
        return CanaryPartner(self.keystore, label)

    async def session(self, partner: CanaryPartner, name: str, role: Role) -> tuple[str, str]:
        """Session token and user id of the user of this role, by a token that the partner signs; Problem 401."""
        who = f"{name}/{role}"
        until, session, user = self._kept.get(who, (0.0, "", ""))
        if until > clock.monotonic():
            return session, user
        token = tokens.sign(partner, name, role, subject=role.value, audience=self.audience)
        grant = await self.identity.exchange(token, audit.Origin.internal())
        until = clock.monotonic() + grant.expires_in * _SESSION_SHARE
        self._kept[who] = (until, grant.session_token, str(grant.user.id))
        return grant.session_token, str(grant.user.id)

    async def ended_session(self, canary: Canary) -> str:
        """The session of a user who logged in and out again; it is over for the process that is asked, too."""
        until, session, _ = self._kept.get(_ENDED, (0.0, "", ""))
        if until > clock.monotonic():
            return session
        token = tokens.sign(canary.partner, canary.name, Role.MEMBER, subject="leaver", audience=self.audience)
        grant = await self.identity.exchange(token, audit.Origin.internal())
        await self.identity.logout(grant.refresh_token.reveal().decode("ascii"), audit.Origin.internal())
        await self._wait_until_over(grant.session_token)
        until = clock.monotonic() + grant.expires_in * _SESSION_SHARE
        self._kept[_ENDED] = (until, grant.session_token, str(grant.user.id))
        return grant.session_token

    @asynccontextmanager
    async def restricted_session(self, canary: Canary) -> AsyncGenerator[str]:
        """The session of a user who is restricted within this block, and let in again after it."""
        users = f"/api/v1/partner/organizations/{canary.org_id}/users"
        for user in await planting.Asker(self.http, canary.api_key).items(users):
            if user["status"] != "active":  # A proof that was killed left it so.
                await self.http.send("PATCH", f"{users}/{user['id']}", {"status": "active"}, bearer=canary.api_key)
        token = tokens.sign(canary.partner, canary.name, Role.MEMBER, subject="restricted", audience=self.audience)
        grant = await self.identity.exchange(token, audit.Origin.internal())
        path = f"{users}/{grant.user.id}"
        await self.http.send("PATCH", path, {"status": "restricted"}, bearer=canary.api_key)
        try:
            await self._wait_until_over(grant.session_token)
            yield grant.session_token
        finally:
            await self.http.send("PATCH", path, {"status": "active"}, bearer=canary.api_key)

    def forget(self) -> None:
        """Drops the sessions that are kept."""
        self._kept.clear()

    async def api_key(self, partner: CanaryPartner) -> tuple[str, str]:
        """The partner's newest API key and its id."""
        revoked = (await self.database.read(PartnerScope(partner.id), rows.REVOKED_KEYS()))[0][0]
        issued = partner.api_key(int(revoked))
        return issued.text.reveal().decode("ascii"), str(issued.id)

    async def _wait_until_over(self, session: str) -> None:
        """Returns when the process that is asked knows that the session is over, or could have known."""
        patience = clock.monotonic() + _ENDS_WITHIN_SECONDS
        while (await self.http.get("/api/v1/me", bearer=session)).status != _UNAUTHORIZED:
            if clock.monotonic() > patience:
                return  # The matrix shows it: whoever was cut off is let in.
            await asyncio.sleep(0.1)

    async def _plant_partner(self, label: str, names: tuple[str, ...]) -> int:
        partner = self.partner(label)
        made = await self._plant_rows(partner)
        key, _ = await self.api_key(partner)
        ask = planting.Asker(self.http, key)
        made += await planting.plant_partner(ask, partner, names)
        for name in names:
            made += await self._plant_organization(ask, partner, name)
        return made

    async def _plant_rows(self, partner: CanaryPartner) -> int:
        owner, scope = KeyOwner.partner(partner.id), PartnerScope(partner.id)
        await asyncio.to_thread(self.keystore.create, owner)
        name = self.vault.seal_text(owner, fields.PARTNER_NAME, partner.id, PARTNER_NAME)
        operator, internal = audit.Actor.operator(), audit.Origin.internal()
        async with self.database.partner(scope) as tx:
            added, revoked = await tx.pipeline(rows.ADD_PARTNER(name, partner.issuer), rows.REVOKED_KEYS())
            issued = partner.api_key(int(revoked[0]))
            scopes = sorted(one.value for one in access.PARTNER_SCOPES)
            keyed = await tx.fetch(rows.ADD_API_KEY(issued.id, issued.digest, scopes))
            if added:
                await tx.run(audit.entry(operator, audit.Action.PARTNER_CREATED, target=partner.id, origin=internal))
            if keyed:
                made = audit.Action.API_KEY_CREATED
                await tx.run(audit.entry(operator, made, target=issued.id, origin=internal, scope_count=len(scopes)))
        return len(added) + len(keyed)

    async def _plant_organization(self, ask: planting.Asker, partner: CanaryPartner, name: str) -> int:
        org_id = await planting.organization(ask, name)
        member, _ = await self.session(partner, name, Role.MEMBER)
        made = await planting.plant_conversation(ask.as_(member), partner.mark_of(name))
        made += await planting.plant_secret(ask, org_id)
        noted = (await self.database.read(PlatformScope(), rows.PLANTED()))[0]
        if rows.note(name, partner.id, UUID(org_id)) not in noted:
            await self.database.write(PlatformScope(), rows.NOTE_PLANTED(name, partner.id, UUID(org_id)))
            made += 1
        return made

    async def _find_all(self) -> dict[str, Canary]:
        return {name: await self._find(label, name) for label, names in HOUSES.items() for name in names}

    async def _find(self, label: str, name: str) -> Canary:
        partner = self.partner(label)
        key, key_id = await self.api_key(partner)
        sessions: dict[Role, str] = {}
        users: dict[Role, str] = {}
        for role in ROLES:
            sessions[role], users[role] = await self.session(partner, name, role)
        ask = planting.Asker(self.http, key)
        org_id = await planting.organization(ask, name)
        objects = {
            "org_id": org_id,
            "secret_id": await planting.found_secret(ask, org_id),
            "user_id": users[Role.MEMBER],
            "api_key_id": key_id,
            "version": "1",
            **await planting.found_of_partner(ask),
            **await planting.found_of_user(ask.as_(sessions[Role.MEMBER])),
        }
        return Canary(name, partner, objects["org_id"], sessions, users, key, objects)
