"""Rotates the keys of organizations, users, partners and the platform: on-line, and by whichever process is alive.

A rotation makes a new version of each key, so that what is written from then on lies under it; then it goes over all
places, a batch at a time, and seals anew what lies under an older version. Its progress is a row: whoever finds its
lease run out goes on at the next batch, and a batch that is done twice does no harm. Once a whole pass finds nothing,
begun after no writer can hold an old version any more, those are kept for as long as backups of the database need them,
then a last pass is made, and they are retired.

Keeps CRY-02. Proved in tests/controls/test_rotations.py.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, final
from uuid import UUID

from ringfence.base import clock, ids, log
from ringfence.base.principal import OrgId, PartnerId, Principal, Role
from ringfence.base.problem import Problem, not_found
from ringfence.controls import audit
from ringfence.controls.coordination import Invalidation, Kind
from ringfence.controls.keystore import Destroyed, KeyOwner, Keystore, Unknown
from ringfence.controls.tenancy import (
    PLATFORM_ID,
    Bound,
    Database,
    OrgScope,
    PartnerScope,
    PlatformScope,
    Scope,
    gate,
)
from ringfence.controls.vault import rotation_rows as rows
from ringfence.controls.vault.reseal import Reseal, Step, Turn, named_in
from ringfence.controls.vault.rotation_rows import Cause, Rotation, State
from ringfence.controls.vault.sealing import Vault

GRACE: Final = timedelta(minutes=10)
"""By then no writer holds a version from before: caches keep five minutes, and no transaction lasts as long."""
_LEASE: Final = timedelta(minutes=2)
_AGAIN: Final = timedelta(minutes=10)
"""A pass that found something is followed by another so much later: an upload under way may take hours."""
_FAILED: Final = timedelta(minutes=1)
_TURN_SECONDS: Final = 50.0
_REST: Final = 1.0
"""Beside what serves people, a step is followed by a rest as long as it took."""
_KEYS_AT_ONCE: Final = 50
_OPEN_AT_ONCE: Final = 20
_KEPT_RECORDS: Final = timedelta(days=365)
_PLATFORM: Final = PlatformScope()
_END: Final = "end"
"""The place of a pass that has looked at everything."""


class Lost(Exception):  # noqa: N818 - what it names is the lease
    """Another process has the rotation now."""


@final
class Rotations:
    """The rotations of one process; `places` are all that hold sealed values, by the composition root."""

    def __init__(  # noqa: PLR0913 - the handles of what it works on
        self,
        database: Database,
        keystore: Keystore,
        vault: Vault,
        invalidation: Invalidation,
        *,
        holder: UUID,
        places: Sequence[Reseal],
        kept_days: int,
    ) -> None:
        self._database = database
        self._keystore = keystore
        self._vault = vault
        self._invalidation = invalidation
        self._holder = holder
        self._places = tuple(places)
        self._kept_days = kept_days

    async def ask(
        self,
        owner: KeyOwner,
        cause: Cause,
        *,
        actor: audit.Actor | Principal,
        kept_days: int | None = None,
        origin: audit.Origin | None = None,
    ) -> UUID:
        """Asks for a rotation of the owner's keys, and of an organization's users'; the id of the one under way.

        The versions that are left are kept for `kept_days` (the setting's, unless told). Problem 404 for an owner
        without a key.
        """
        inventory = await asyncio.to_thread(self._keystore.inventory)
        leaves = [key_id for path, found in inventory.items() if owner.covers(path) for key_id in found]
        if not inventory.get(owner.path):
            raise not_found()
        days = self._kept_days if kept_days is None else kept_days
        asked = rows.ASK(ids.new(), owner.path, cause, leaves, days, clock.now())
        made = (await self._database.write(_PLATFORM, asked))[0]
        if not made:
            found = (await self._database.read(_PLATFORM, rows.OPEN_OF(owner.path)))[0]
            if found:
                return UUID(str(found[0]))
            return await self.ask(owner, cause, actor=actor, kept_days=kept_days, origin=origin)
        kind, target = named_in(owner)
        action = audit.Action.KEY_ROTATION_ASKED
        scope = (await self._scopes(owner))[0]
        within = scope.org_id if isinstance(scope, OrgScope) else None
        asked_from = origin or audit.Origin.internal()
        entry = audit.entry(actor, action, target=target, origin=asked_from, within=within, owner=kind, cause=cause)
        await self._database.write(scope, entry)
        return UUID(str(made[0]))

    async def ask_for_old(
        self, age: timedelta, cause: Cause, *, actor: audit.Actor, most: int = _OPEN_AT_ONCE
    ) -> list[UUID]:
        """Asks for the rotation of every organization, partner and the platform whose key is older; `most` of them."""
        inventory = await asyncio.to_thread(self._keystore.inventory)
        horizon = clock.now() - age
        old = [
            KeyOwner(path)
            for path, found in sorted(inventory.items(), key=lambda each: each[1][-1])
            if KeyOwner(path).scope.path == path and ids.made_at(UUID(bytes=bytes(found[-1]))) < horizon
        ]
        return [await self.ask(owner, cause, actor=actor) for owner in old[:most]]

    async def keep_young(self, age: timedelta) -> int:
        """The schedule's job: asks for what is older than this, a few organizations at a time; gives how many."""
        under_way: int = (await self._database.read(_PLATFORM, rows.OPEN()))[0][0]
        room = max(0, _OPEN_AT_ONCE - under_way)
        system = audit.Actor.system(self._holder)
        return len(await self.ask_for_old(age, "age", actor=system, most=room)) if room else 0

    async def work(self) -> int:
        """The schedule's job: goes on with what is due for some seconds; gives how many values it sealed anew."""
        ends = clock.monotonic() + _TURN_SECONDS
        done = 0
        while clock.monotonic() < ends:
            claimed = await self._claim(None)
            if claimed is None:
                break
            done += await self._go_on(claimed, ends, rest=_REST)
        await self._database.write(_PLATFORM, rows.EXPIRE(clock.now() - _KEPT_RECORDS))
        return done

    async def advance(self, rotation_id: UUID, *, seconds: float) -> Rotation:
        """Goes on with this one for so long, where nobody else does; gives how it stands then. Problem 404."""
        claimed = await self._claim(rotation_id)
        if claimed is not None:
            await self._go_on(claimed, clock.monotonic() + seconds, rest=0)
        return await self.get(rotation_id)

    async def get(self, rotation_id: UUID) -> Rotation:
        """How a rotation stands; Problem 404."""
        now = clock.now()
        found = (await self._database.read(_PLATFORM, rows.SHOWN(now, rotation_id, now, 1)))[0]
        if not found:
            raise not_found()
        return found[0]

    async def newest_of(self, owner: KeyOwner, *, most: int = 10) -> list[Rotation]:
        """The newest rotations of this owner's keys, newest first."""
        return (await self._database.read(_PLATFORM, rows.SHOWN_OF(clock.now(), owner.path, most)))[0]

    async def list_(self, *, ended_within: timedelta = timedelta(days=7), most: int = 1000) -> list[Rotation]:
        """Rotations under way and those that ended lately, newest first."""
        now = clock.now()
        return (await self._database.read(_PLATFORM, rows.SHOWN(now, None, now - ended_within, most)))[0]

    async def _claim(self, rotation_id: UUID | None) -> Rotation | None:
        now = clock.now()
        claimed = (await self._database.write(_PLATFORM, rows.CLAIM(self._holder, now, now + _LEASE, rotation_id)))[0]
        return await self.get(UUID(str(claimed[0]))) if claimed else None

    async def _go_on(self, rotation: Rotation, ends: float, *, rest: float) -> int:
        """Works on a claimed rotation until its pass ends or the time is over, then lets go of it."""
        try:
            return await self._work_on(rotation, ends, rest)
        except Lost:
            log.warning("rotation_lost", job=str(rotation.id))
            return 0
        except Problem as failure:
            # The keystore or the database refused: this one waits, so that it does not stand before the others.
            log.error("rotation_failed", failure, job=str(rotation.id))
            await self._database.write(_PLATFORM, rows.DEFER(rotation.id, self._holder, clock.now() + _FAILED))
            return 0
        finally:
            await self._database.write(_PLATFORM, rows.RELEASE(rotation.id, self._holder))

    async def _work_on(self, rotation: Rotation, ends: float, rest: float) -> int:
        leaves = await self._leaves(rotation)
        if not leaves:
            await self._held(rows.END(rotation.id, self._holder, "void", clock.now()))
            return 0
        # Another process may have made the new versions, and its word of that may not have come yet.
        self._keystore.forget(rotation.owner)
        scopes = await self._scopes(rotation.owner)
        # Again where a keystore was put back from its backup meanwhile: a newest version is never left.
        if rotation.rotated_at is None or await self._behind(leaves):
            await self._make_versions(rotation, leaves, scopes[0])
        visits = [(self._turn(rotation, scope, leaves), place) for scope in scopes for place in self._places]
        names = [f"{type(turn.scope).__name__}:{place.name}" for turn, place in visits]
        if rotation.pass_at is None:
            total = sum([await place.count(turn) for turn, place in visits])
            now = clock.now()
            await self._held(rows.BEGIN_PASS(rotation.id, self._holder, now, total, now + _LEASE))
        at = names.index(rotation.place) if rotation.place in names else 0
        after = rotation.after if rotation.place in names else None
        at = len(visits) if rotation.place == _END else at
        done = 0
        while at < len(visits) and clock.monotonic() < ends:
            turn, place = visits[at]
            began = clock.monotonic()
            step = await place.step(turn, after)
            after, at = step.after, at if step.after is not None else at + 1
            await self._moved(rotation, step, names[at] if at < len(names) else _END)
            done += step.resealed
            await asyncio.sleep(rest * (clock.monotonic() - began) if step.looked_at else 0)
        if at == len(visits):
            await self._end_pass(rotation, leaves, scopes[0])
        return done

    async def _moved(self, rotation: Rotation, step: Step, place: str) -> None:
        now, found = clock.now(), step.resealed + step.missed
        moved = (place, step.after, step.looked_at, found, step.resealed, step.damaged)
        await self._held(rows.ADVANCE(rotation.id, self._holder, *moved, now, now + _LEASE))

    async def _leaves(self, rotation: Rotation) -> dict[bytes, KeyOwner]:
        """Whose each key is that is being left, as far as it is still there: one that was destroyed is not."""
        inventory = await asyncio.to_thread(self._keystore.inventory)
        wanted = set(rotation.leaves)
        covered = {path: found for path, found in inventory.items() if rotation.owner.covers(path)}
        return {key_id: KeyOwner(path) for path, found in covered.items() for key_id in found if key_id in wanted}

    async def _behind(self, leaves: Mapping[bytes, KeyOwner]) -> list[KeyOwner]:
        """The owners whose newest key is one that is being left."""
        inventory = await asyncio.to_thread(self._keystore.inventory)
        owners = dict.fromkeys(leaves.values())
        return [owner for owner in owners if (found := inventory.get(owner.path)) and found[-1] in leaves]

    async def _make_versions(self, rotation: Rotation, leaves: Mapping[bytes, KeyOwner], scope: Scope) -> None:
        """A new version for each owner that has none yet; then every process is told to forget the old ones."""
        behind = await self._behind(leaves)
        for start in range(0, len(behind), _KEYS_AT_ONCE):
            await asyncio.to_thread(self._rotate, behind[start : start + _KEYS_AT_ONCE])
            await self._held(rows.HOLD(rotation.id, self._holder, clock.now() + _LEASE))
        told = self._invalidation.publish(Kind.KEY, named_in(rotation.owner)[1] or PLATFORM_ID)
        now = clock.now()
        await self._held(rows.ROTATED(rotation.id, self._holder, now, now + _LEASE), told)
        entry = self._turn(rotation, scope, leaves).entry(audit.Action.KEY_ROTATED, count=len(set(leaves.values())))
        await self._database.write(scope, entry)
        self._keystore.forget_all()

    def _rotate(self, owners: Sequence[KeyOwner]) -> None:
        for owner in owners:
            try:
                self._keystore.rotate(owner)
            except (Destroyed, Unknown):
                continue  # Erased since it was asked for.

    async def _end_pass(self, rotation: Rotation, leaves: Mapping[bytes, KeyOwner], scope: Scope) -> None:
        now, shown = clock.now(), await self.get(rotation.id)
        rotated_at, pass_at = shown.rotated_at or now, shown.pass_at or now
        settled = rotated_at + GRACE
        retired = max(settled, rotated_at + timedelta(days=rotation.kept_days))
        if pass_at < settled:
            await self._rest(rotation, "settling", until=settled)
        elif shown.found:
            await self._rest(rotation, "settling", until=now + _AGAIN)
        elif now < retired:
            await self._rest(rotation, "kept", until=retired)
        else:
            await self._retire(rotation, leaves, scope)

    async def _rest(self, rotation: Rotation, state: State, *, until: datetime) -> None:
        state = "kept" if rotation.state == "kept" else state
        now = clock.now()
        await self._held(rows.END_PASS(rotation.id, self._holder, state, until, now))

    async def _retire(self, rotation: Rotation, leaves: Mapping[bytes, KeyOwner], scope: Scope) -> None:
        """Nothing lies under the old versions any more: they go."""
        by_owner: dict[KeyOwner, list[bytes]] = {}
        for key_id, owner in leaves.items():
            by_owner.setdefault(owner, []).append(key_id)
        await asyncio.to_thread(self._keystore.retire, by_owner)
        entry = self._turn(rotation, scope, leaves).entry(audit.Action.KEY_RETIRED, count=len(leaves))
        await self._database.write(scope, entry)
        await self._held(rows.END(rotation.id, self._holder, "done", clock.now()))

    def _turn(self, rotation: Rotation, scope: Scope, leaves: Mapping[bytes, KeyOwner]) -> Turn:
        return Turn(self._database, self._keystore, self._vault, rotation.owner, self._holder, scope, leaves)

    async def _held(self, moved: Bound[object], *more: Bound[None]) -> None:
        """Writes a step of what this process holds; Lost where it holds it no more."""
        if not (await self._database.write(_PLATFORM, moved, *more))[0]:
            raise Lost

    async def _scopes(self, owner: KeyOwner) -> list[Scope]:
        """Where the owner's values lie, its own scope first; an answer to a partner may tell about an organization."""
        kind, identifier = named_in(owner.scope)
        if identifier is None:
            return [_PLATFORM]
        if kind == "partner":
            return [PartnerScope(PartnerId(identifier))]
        org_id = OrgId(identifier)
        partner_id = await gate.partner_of_organization(self._database, org_id)
        own = OrgScope(partner_id or PartnerId(PLATFORM_ID), org_id, Role.OPERATOR)
        return [own, PartnerScope(partner_id)] if partner_id is not None else [own]
