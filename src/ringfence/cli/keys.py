"""`ringfence keys`: how the keys stand, new ones for an owner, and a new root key; all beside running servers."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from ringfence.assembly import make_kernel, make_rotations
from ringfence.base import clock, ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId, PartnerId, UserId
from ringfence.base.problem import unprocessable
from ringfence.cli.deployment import Deployment, beside, choice_of, parts_of
from ringfence.cli.keys_progress import Progress, shown_by
from ringfence.controls import audit
from ringfence.controls.keystore import (
    FileKeystore,
    KeyOwner,
    KeystoreRefusal,
    KeystoreStatus,
    replace_file,
    root_named,
)
from ringfence.controls.tenancy import Database, PlatformScope
from ringfence.controls.vault import Rotation, Rotations
from ringfence.features.edge import Kernel
from ringfence.settings import Settings

T = TypeVar("T")
_SLICE_S: Final = 0.5
_DAYS = re.compile(r"([1-9]\d{0,3})d")


def status(*, is_json: bool) -> int:
    """Prints what the keystore says of itself, and the rotations."""

    async def ask(_kernel: Kernel, rotations: Rotations) -> list[Rotation]:
        return await rotations.list_()

    with beside(Settings(), command="keys_status") as deployment:
        found = deployment.keystore.status()
        listed = asyncio.run(_with(deployment, ask))
    print(json.dumps(as_json(found, listed), indent=2) if is_json else "\n".join(told(found, listed)))
    return 0


def rotate(owners: Sequence[KeyOwner], *, older_than: timedelta | None, kept_days: int | None) -> int:
    """Asks for the rotations and works on them until everything is sealed anew; 1 where a value did not open."""

    async def work(_kernel: Kernel, rotations: Rotations) -> list[Rotation]:
        actor = audit.Actor.operator()
        asked = [await rotations.ask(owner, "command", actor=actor, kept_days=kept_days) for owner in owners]
        if older_than is not None:
            asked += await rotations.ask_for_old(older_than, "command", actor=actor, most=sys.maxsize)
        with shown_by(sys.stdout) as progress:
            return [await _finished(rotations, one, progress) for one in asked]

    with beside(Settings(), command="keys_rotate") as deployment:
        done = asyncio.run(_with(deployment, work))
    print("\n".join(_line(one) for one in done) or "No key is older.")
    damaged = sum(one.damaged for one in done)
    if damaged:
        print(f"ringfence: {damaged} values do not open and were left as they are: see reseal_refused", file=sys.stderr)
    return 1 if damaged else 0


def rotate_root(to: str | None) -> int:
    """Seals the keystore under another root key: a new one in `root.key`, or the one at the place that is named."""
    with beside(Settings(), command="keys_rotate_root") as deployment:
        keystore, choice = deployment.keystore, choice_of(deployment.settings)
        if not isinstance(keystore, FileKeystore):
            raise KeystoreRefusal("this keystore has its root key in a service: rotate it there")
        before = keystore.status()
        in_file = before.root_source == str(choice.data / "root.key")
        if to in (None, "file") and not in_file:
            raise KeystoreRefusal(f"the root key is from {before.root_source}: name the new one, as --to env")
        if to in (None, "file"):
            replace_file(keystore, choice.data)
        else:
            given = deployment.settings.encryption_key_next
            secret = Secret(given.get_secret_value().encode()) if given is not None else None
            keystore.rotate_root(root_named(str(to), choice, given=secret))
            keystore.finish_root()
        asyncio.run(_noted(deployment))
        print("\n".join(_root_lines(before, keystore.status(), in_file=in_file, to=to)))
    return 0


def owners_of(*, organization: str | None, user: str | None, partner: str | None, platform: bool) -> list[KeyOwner]:
    """The owners that a command names; Problem 422 `invalid_id` for an id that is none."""
    owners: list[KeyOwner] = []
    if organization is not None:
        owners.append(KeyOwner.organization(OrgId(_id(organization))))
    if user is not None:
        org, _, person = user.partition("/")
        owners.append(KeyOwner.user(OrgId(_id(org)), UserId(_id(person))))
    if partner is not None:
        owners.append(KeyOwner.partner(PartnerId(_id(partner))))
    return [*owners, KeyOwner.platform()] if platform else owners


def age_of(text: str) -> timedelta:
    """A number of days as `90d`; Problem 422 `invalid_age`."""
    found = _DAYS.fullmatch(text)
    if found is None:
        raise unprocessable("invalid_age", "Write an age in days, such as 90d.")
    return timedelta(days=int(found[1]))


def told(found: KeystoreStatus, rotations: Sequence[Rotation]) -> list[str]:
    """The status as lines for a person."""
    oldest = f"; the oldest is of {clock.rfc3339(found.oldest)}" if found.oldest is not None else ""
    lines = [
        f"keystore   {found.driver}, epoch {found.epoch}",
        f"root key   {found.root_fingerprint}, this process has its own from {found.root_source or 'the keystore'}",
        f"before it  {_before(found)}",
        f"owners     {found.owners:,} with {found.versions:,} keys, {found.destroyed:,} destroyed{oldest}",
    ]
    if found.moving_to is not None:
        lines.append(f"moving     to {found.moving_to}: no key is made meanwhile; go on with ringfence keys move")
    return [*lines, *(f"rotation   {_line(one)}" for one in rotations)]


def as_json(found: KeystoreStatus, rotations: Sequence[Rotation]) -> dict[str, Any]:
    """The status for a machine."""
    shown = {
        name: clock.rfc3339(value) if name == "oldest" and value else value for name, value in asdict(found).items()
    }
    return {**shown, "previous_root_may_go": found.root_before is None, "rotations": [_shape(one) for one in rotations]}


def _shape(one: Rotation) -> dict[str, Any]:
    names = ("state", "cause", "percent", "total", "looked_at", "resealed", "damaged", "kept_days")
    return {
        "id": str(one.id),
        "owner": one.owner_path,
        **{name: getattr(one, name) for name in names},
        "next_at": clock.rfc3339(one.next_at),
        "requested_at": clock.rfc3339(one.requested_at),
        "ended_at": clock.rfc3339(one.ended_at) if one.ended_at is not None else None,
    }


def _line(one: Rotation) -> str:
    due = clock.rfc3339(one.next_at)
    said = {
        "sealing": f"{one.percent}% sealed anew",
        "settling": f"sealed anew; looked over once more from {due} on",
        "kept": f"sealed anew; the old keys are kept until {due}",
        "done": "done, and the old keys are gone",
        "void": "ended: the owner was erased",
    }[one.state]
    damaged = f"; {one.damaged} values do not open" if one.damaged else ""
    return f"{one.owner_path}: {said} ({one.resealed:,} values{damaged})"


def _before(found: KeystoreStatus) -> str:
    if found.root_before is None:
        return "none: ENCRYPTION_KEY_PREV is not needed, and may go"
    if found.root_before_is_held:
        return f"{found.root_before}, still needed: a process runs that has it alone; restart each with the new one"
    return f"{found.root_before}, needed by no process: it goes within a minute, and ENCRYPTION_KEY_PREV with it"


def _root_lines(before: KeystoreStatus, after: KeystoreStatus, *, in_file: bool, to: str | None) -> list[str]:
    if before.root_fingerprint == after.root_fingerprint:
        return [f"The keystore is under root key {after.root_fingerprint} already."]
    lines = [f"The keystore is under root key {after.root_fingerprint} now; {before.root_fingerprint} was replaced."]
    if to in (None, "file"):
        return [*lines, "It lies in root.key, where running processes find it. Back it up, apart from the keystore."]
    where = "RINGFENCE_ROOT_KEY" if to and to != "env" and not to.startswith("file:") else "ENCRYPTION_KEY"
    lines.append(f"Set {where} to the new one now, and restart every process, one after another: those that run go on.")
    if in_file:
        lines.append("Then remove root.key: it opens nothing any more.")
    return lines


async def _finished(rotations: Rotations, rotation_id: UUID, progress: Progress) -> Rotation:
    """Works on a rotation, or watches who does, until its first pass is over."""
    while True:
        one = await rotations.advance(rotation_id, seconds=_SLICE_S)
        progress.show(one.owner_path, percent=one.percent)
        if one.state != "sealing":
            return one
        if one.is_worked_on:
            await asyncio.sleep(_SLICE_S)


async def _noted(deployment: Deployment) -> None:
    async def note(kernel: Kernel, _rotations: Rotations) -> None:
        entry = audit.entry(audit.Actor.operator(), audit.Action.ROOT_ROTATED, origin=audit.Origin.internal())
        await kernel.database.write(PlatformScope(), entry)

    await _with(deployment, note)


async def _with(deployment: Deployment, act: Callable[[Kernel, Rotations], Awaitable[T]]) -> T:
    database = Database(deployment.database_url, keys=deployment.context_key, size=2)
    try:
        kernel = make_kernel(parts_of(deployment), database)
        return await act(kernel, make_rotations(deployment.settings, kernel, holder=ids.new()))
    finally:
        await database.close()


def _id(text: str) -> UUID:
    found = ids.parse(text)
    if found is None:
        raise unprocessable("invalid_id", "Name it by its id, as the API gives it.")
    return found
