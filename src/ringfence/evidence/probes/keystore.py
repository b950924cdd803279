"""Probes of the keystore: who could read its files, how old keys are, and whether what is to be sealed anew is.

Keeps CRY-02, CRY-03 (in part). Proved in tests/evidence/test_probes_keystore.py.
"""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from ringfence.base import clock, ids
from ringfence.controls.keystore import FileKeystore, open_to_others
from ringfence.controls.tenancy import PlatformScope, Statement, nothing
from ringfence.controls.vault import KeyOwner
from ringfence.evidence.probes.plant import rolled_back
from ringfence.evidence.probes.probe import Finding, Ground, Outcome, Probe, weighed

_SLACK = timedelta(days=1)
"""The job of rotation comes once an hour and takes a few organizations at a time."""
_STILL = timedelta(minutes=30)


def _row(state: str, damaged: int, moved_at: datetime, next_at: datetime) -> tuple[str, int, datetime, datetime]:
    return state, damaged, moved_at, next_at


_ROTATIONS = Statement("select state, damaged, moved_at, next_at from app.key_rotation where ended_at is null", _row)
_PLANT = Statement(
    "insert into app.key_rotation (id, owner, cause, leaves, kept_days, next_at, moved_at) "
    "values ($1, 'platform', 'age', '{}', 0, $2, $2) on conflict (owner) where state in ('sealing', 'settling') "
    "do update set next_at = excluded.next_at, moved_at = excluded.moved_at",
    nothing,
)


async def _permissions(ground: Ground) -> Finding:
    """Plants a file that others may read in a directory of its own: the same look must point at it."""
    if not isinstance(ground.keystore, FileKeystore):
        return Finding(Outcome.UNKNOWN, "The keystore is not on this machine.", 0, control=True)
    looked_at = await asyncio.to_thread(ground.keystore.files)
    faults = await asyncio.to_thread(open_to_others, looked_at)
    return weighed(
        [f"{path.name}: {fault}" for path, fault in faults],
        well="The keystore's files and the root key's belong to this process's user, and to no one else.",
        faulty="{} files of the keystore can be used by others.",
        looked_at=len(looked_at),
        control=await asyncio.to_thread(_sees_open_file),
        facts={"files": len(looked_at)},
    )


def _sees_open_file() -> bool:
    with tempfile.TemporaryDirectory(prefix="ringfence-probe-") as directory:
        planted = Path(directory) / "planted.key"
        planted.touch(mode=0o600)
        before = open_to_others([Path(directory), planted])
        planted.chmod(0o640)
        return not before and [path for path, _ in open_to_others([Path(directory), planted])] == [planted]


async def _age(ground: Ground) -> Finding:
    """Holds every newest key against the limit; the plant is a key of a day before it."""
    inventory = await asyncio.to_thread(ground.keystore.inventory)
    limit = (ground.key_max_age or timedelta()) + _SLACK
    planted = {KeyOwner.platform().path: [ids.first_at(clock.now() - limit - _SLACK).bytes]}
    if ground.key_max_age is None:
        return weighed(
            [],
            well=f"{len(inventory)} owners have keys; they are rotated by command, no age is set for them.",
            faulty="",
            looked_at=len(inventory),
            control=bool(too_old(planted, limit)),
            facts={"owners": len(inventory)},
        )
    faults = too_old(inventory, limit)
    return weighed(
        faults,
        well=f"Every owner's newest key is younger than {ground.key_max_age.days} days.",
        faulty="{} owners' newest keys are older than they may be.",
        looked_at=len(inventory),
        control=bool(too_old(planted, limit)),
        facts={"owners": len(inventory), "max_age_days": ground.key_max_age.days},
    )


def too_old(inventory: Mapping[str, Sequence[bytes]], limit: timedelta) -> list[str]:
    """The path of each owner whose newest key is older than this."""
    horizon = clock.now() - limit
    newest = {path: found[-1] for path, found in inventory.items() if found}
    return [path for path, key_id in newest.items() if ids.made_at(UUID(bytes=bytes(key_id))) < horizon]


async def _rotation(ground: Ground) -> Finding:
    """Plants a rotation that has not moved since yesterday, in a transaction that is rolled back."""
    now = clock.now()
    found = (await ground.database.read(PlatformScope(), _ROTATIONS()))[0]
    faults = _stuck(found, now)
    yesterday = now - timedelta(days=1)
    async with rolled_back(ground.database.platform()) as tx:
        seen = (await tx.pipeline(_PLANT(ids.new(), yesterday), _ROTATIONS()))[1]
    return weighed(
        faults,
        well=f"{len(found)} rotations of keys are under way; none is stuck, and every value opened.",
        faulty="{} rotations of keys are stuck, or met values that do not open.",
        looked_at=len(found) + 1,
        control=bool(_stuck(seen, now)),
        facts={"under_way": len(found)},
    )


def _stuck(found: Sequence[tuple[str, int, datetime, datetime]], now: datetime) -> list[str]:
    faults = [f"rotation: {damaged} values do not open" for _, damaged, _, _ in found if damaged]
    return faults + [
        f"rotation {state}: has not moved since {clock.rfc3339(moved_at)}"
        for state, _, moved_at, next_at in found
        if next_at < now - _STILL and moved_at < now - _STILL
    ]


PROBES = (
    Probe(
        "keystore.permissions",
        ("CRY-02", "CRY-03"),
        "Nobody else can read the keystore's files",
        timedelta(minutes=5),
        _permissions,
    ),
    Probe("keystore.age", ("CRY-02",), "No key is older than it may be", timedelta(hours=1), _age),
    Probe("keystore.rotation", ("CRY-02",), "Rotations of keys come to their end", timedelta(minutes=15), _rotation),
)
