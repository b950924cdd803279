"""Probe that files lie sealed in the object store, each under its own organization and a key of that one.

Of an object the probe reads the first 60 bytes, which say format and key; never what it holds.
Keeps CRY-01, TEN-07. Proved in tests/evidence/test_probes_objects.py.
"""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final
from uuid import UUID

from ringfence.base.principal import OrgId
from ringfence.controls.objects import MARKER_PATH, Listed, NoObject, ObjectKey, ObjectStore, is_audit_path
from ringfence.controls.vault import KeyOwner, fields, key_id_of_stream
from ringfence.evidence.probes.envelopes import Keys
from ringfence.evidence.probes.probe import Finding, Ground, Outcome, Probe, weighed

_NOBODY: Final = OrgId(UUID(int=0))
"""Whose directory the planted objects lie in: no organization has this id."""
_HEAD_BYTES: Final = 60
_MOST: Final = 200
_PLAIN: Final = b"This was never sealed by anybody. " * 4


async def _sealed(ground: Ground) -> Finding:
    """Plants a sealed object and a plain one: the same look must pass the one and point at the other."""
    store = ground.objects
    if store is None:
        return Finding(Outcome.UNKNOWN, "This process holds no object store.", 0, control=False)
    good, plain = ObjectKey.new(_NOBODY), ObjectKey.new(_NOBODY)
    row = good.object_id
    await store.put(good, ground.vault.seal_stream(KeyOwner.platform(), fields.FILE_CONTENT, row, _once(_PLAIN)))
    await store.put(plain, _once(_PLAIN))
    try:
        keys = await asyncio.to_thread(Keys.of, ground.keystore)
        control = await _fault(store, keys, good.path, good) is None and await _fault(store, keys, plain.path, plain)
        found = [one async for one in _sample(ground, store)]
        faults = [
            fault for one in found if (fault := await _fault(store, keys, one.path, one.key)) and one.path != plain.path
        ]
    finally:
        await store.delete(good, plain)
    return weighed(
        faults,
        well=f"{len(found)} objects are sealed, each under its own organization and a key of that one.",
        faulty="{} objects are not sealed under a key of the organization that they lie under.",
        looked_at=len(found) + 1,
        control=bool(control),
        facts={"objects": len(found)},
    )


async def _sample(ground: Ground, store: ObjectStore) -> AsyncGenerator[Listed]:
    """The next objects of the store, where the look before ended; from the beginning behind the last."""
    count = 0
    async for found in store.list_("", after=ground.memory.get("objects.sealed")):
        if (found.key is not None and found.key.org_id == _NOBODY) or is_audit_path(found.path):
            continue  # what lies in the folder of the audit log, audit.published looks at
        if found.path == MARKER_PATH:
            continue
        count += 1
        if count > _MOST:
            return
        ground.memory["objects.sealed"] = found.path
        yield found
    ground.memory.pop("objects.sealed", None)


async def _fault(store: ObjectStore, keys: Keys, path: str, key: ObjectKey | None) -> str | None:
    """What is wrong with an object; None for one that is well, or gone since it was listed."""
    if key is None:
        return f"{path}: no name of ours"
    try:
        head = b"".join([piece async for piece in store.get(key, length=_HEAD_BYTES)])
    except NoObject:
        return None
    key_id = key_id_of_stream(head)
    if key_id is None:
        return f"{path}: not sealed"
    owner = KeyOwner.platform() if key.org_id == _NOBODY else KeyOwner.organization(key.org_id)
    return None if keys.may_seal(key_id, owner, "objects") else f"{path}: under the key of another owner"


async def _once(content: bytes) -> AsyncGenerator[bytes]:
    yield content


PROBES = (
    Probe("objects.sealed", ("CRY-01", "TEN-07"), "Files lie sealed in the object store", timedelta(hours=1), _sealed),
)
