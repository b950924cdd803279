"""Four processes that read what one organization sealed, until its key is destroyed by a fifth: when did each stop?"""

import asyncio
import contextlib
import os
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ringfence.base import ids
from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.base.problem import Problem
from ringfence.controls.coordination import Invalidation, Kind
from ringfence.controls.identity import destruction
from ringfence.controls.keystore import Destroyed, KeyOwner, Keystore
from ringfence.controls.tenancy import OrgScope
from ringfence.controls.vault import Vault, fields
from tests.world import Stage

READERS = 4
SETTLED_SECONDS = 2.5
_PAUSE_SECONDS = 0.005
_GIVE_UP_SECONDS = 60.0
_ROW = ids.new()


@dataclass(frozen=True)
class Reading:
    """Where processes meet: a database, a way to open the keystore, and a directory for what they tell."""

    stage: Stage
    directory: Path
    open: Callable[[], Keystore]


async def destroy_beneath_readers(reading: Reading, *, settles: bool) -> list[float]:
    """Seconds from the beginning of the destruction to each reader's last success; inf for one that never stopped.

    With `settles` the readers hear of the erasure first, forget the key, and read it again before it is destroyed.
    """
    org_id = OrgId(ids.new())
    owner = KeyOwner.organization(org_id)
    keys = reading.open()
    keys.create(owner)
    record = Vault(keys).seal_text(owner, fields.MESSAGE_TEXT, _ROW, "canary")
    with _readers(reading, owner, record) as readers:
        await _until_all("ready", reading, readers)
        began = await _erase(reading, keys, org_id, settles=settles)
        await _until_all("last", reading, readers)
    keys.close()
    return [float((reading.directory / f"{pid}.last").read_text()) - began for pid in readers]


async def _erase(reading: Reading, keys: Keystore, org_id: OrgId, *, settles: bool) -> float:
    """As an erasure does it: asked for and told in one transaction, destroyed after it."""
    scope = OrgScope(PartnerId(ids.new()), org_id, Role.PARTNER)
    async with reading.stage.open(size=2) as database:
        publish = Invalidation(database).publish
        await database.write(scope, destruction.request(org_id), publish(Kind.KEY, org_id))
        if settles:
            await asyncio.sleep(SETTLED_SECONDS)
        began = time.monotonic()
        await destruction.finish(database, keys, system_id=ids.new())
    return began


@contextmanager
def _readers(reading: Reading, owner: KeyOwner, record: bytes) -> Iterator[list[int]]:
    children: list[int] = []
    try:
        for _ in range(READERS):
            child = os.fork()
            if child == 0:
                _run(lambda: _read_on(reading, owner, record))
            children.append(child)
        yield children
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, 9)
            os.waitpid(child, 0)


def _run(story: Callable[[], object]) -> None:
    """Ends this fork after its story, whatever happens: it must not go on as the test."""
    try:
        asyncio.set_event_loop(None)
        # NOTE: the fork has its parent's running loop by name only; a new one is its own.
        asyncio._set_running_loop(None)
        asyncio.run(story())  # pyright: ignore[reportArgumentType] - a coroutine
    except BaseException:  # noqa: BLE001 - a fork tells it and ends
        traceback.print_exc()
    finally:
        os._exit(0)


async def _read_on(reading: Reading, owner: KeyOwner, record: bytes) -> None:
    keys = reading.open()
    vault = Vault(keys)
    async with reading.stage.open(size=1) as database:
        invalidation = Invalidation(database)
        invalidation.subscribe(Kind.KEY, keys.forget_subject, forget_all=keys.forget_all)
        await invalidation.poll()
        polling = asyncio.create_task(invalidation.run())
        last, until = time.monotonic(), time.monotonic() + _GIVE_UP_SECONDS
        vault.open_text(owner, fields.MESSAGE_TEXT, _ROW, record)
        (reading.directory / f"{os.getpid()}.ready").touch()
        while True:
            with contextlib.suppress(Problem):
                vault.open_text(owner, fields.MESSAGE_TEXT, _ROW, record)
                last = time.monotonic()
            if _is_destroyed(keys, owner) or last > until:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        polling.cancel()
    told = last if last <= until else float("inf")
    draft = reading.directory / f"{os.getpid()}.draft"
    draft.write_text(str(told))
    draft.rename(draft.with_suffix(".last"))


def _is_destroyed(keys: Keystore, owner: KeyOwner) -> bool:
    try:
        keys.unwrap(owner)
    except Destroyed:
        return True
    except Problem:
        return False
    return False


async def _until_all(suffix: str, reading: Reading, readers: list[int]) -> None:
    until = time.monotonic() + 2 * _GIVE_UP_SECONDS
    while not all((reading.directory / f"{pid}.{suffix}").exists() for pid in readers):
        if time.monotonic() > until:
            raise TimeoutError(f"a reader never was {suffix}")
        await asyncio.sleep(0.02)
