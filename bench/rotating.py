"""How fast a root key is replaced, and how fast what lies under an old key is sealed anew."""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from uuid import UUID

import uvloop

from bench.figures import Bound, Figure, Section
from bench.rounds import Plan, Spread, spread
from ringfence.base import clock, ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls import audit
from ringfence.controls.coordination import Invalidation
from ringfence.controls.keystore import FileKeystore, KeyOwner, LocalRoot, disk
from ringfence.controls.keystore.entry import Entry, EntryKind
from ringfence.controls.keystore.epoch import Epoch
from ringfence.controls.tenancy import Database, OrgScope, PlatformScope, Statement, nothing
from ringfence.controls.vault import PLACES, Rotations, Vault, fields
from tests.world import make_template, plant_cast, stage
from tests.world_postgres import shared_cluster

_ORGANIZATIONS, _USERS_EACH = 10_000, 2
_MESSAGES = 10_000
_TEXT = b"Roses like a deep watering once a week, in the morning, at the root. " * 3
_METHOD = f"""\
A keystore of {_ORGANIZATIONS:,} organizations with {_USERS_EACH} users each gets a new root key: every key is opened,
sealed anew under a new epoch's key, written and flushed, and the old epoch is overwritten and erased. Then
{_MESSAGES:,} messages of one user, {len(_TEXT)} bytes each, are sealed anew by `Rotations` (read, opened, sealed,
exchanged), all places looked at, in one process beside PostgreSQL."""
_FILL = Statement(
    "insert into app.message (id, conversation_id, user_id, run_id, author, text) "
    "select m.id, $2, $3, $4, 'user', m.text from unnest($1::uuid[], $5::bytea[]) as m (id, text)",
    nothing,
)
_TALK = Statement("insert into app.conversation (id, user_id, agent_id) values ($1, $2, $1)", nothing)
_RUN = Statement(
    "insert into app.run (id, conversation_id, user_id, agent_id, agent_version, agent_digest, model, status, role) "
    "values ($1, $2, $3, $2, 1, '', 'm', 'completed', 'member')",
    nothing,
)
_CLOSE = Statement("update app.key_rotation set state = 'kept' where id = $1", nothing)


def measure(plan: Plan) -> Section:
    """Organizations a second, and values a second."""
    rounds = max(2, plan.rounds)
    with tempfile.TemporaryDirectory() as directory:
        root = _root_rotations(Path(directory), rounds)
    values = _reseal(rounds)
    figures = [Figure("organizations a second, root rotation", root, Bound.AT_LEAST, 2000, digits=0)]
    told = [
        ("keys a second, root rotation", Spread(*(each * (1 + _USERS_EACH) for each in _parts(root))).told(0)),
        ("values sealed anew a second", values.told(0)),
    ]
    return Section("rotation", "Rotation of keys", _METHOD, figures, told)


def _parts(found: Spread) -> tuple[float, float, float]:
    return found.median, found.low, found.high


def _root_rotations(data: Path, rounds: int) -> Spread:
    keystore = FileKeystore.beside(data, encryption_key=None)
    _fill(data / "keystore", keystore)
    keystore.close()
    keystore = FileKeystore.beside(data, encryption_key=None)
    if keystore.status().owners != _ORGANIZATIONS * (1 + _USERS_EACH):
        raise RuntimeError("the keystore is not what is to be measured")
    found: list[float] = []
    for number in range(rounds):
        new = LocalRoot(Secret(os.urandom(32)), f"round {number}")
        began = time.perf_counter()
        keystore.rotate_root(new)
        found.append(_ORGANIZATIONS / (time.perf_counter() - began))
    keystore.close()
    return spread(found)


def _fill(directory: Path, keystore: FileKeystore) -> None:
    """Keys as `create` makes them, written as one epoch: thirty thousand flushes would take longer than the rest."""
    entries: list[Entry] = []
    for _ in range(_ORGANIZATIONS):
        org = OrgId(ids.new())
        users = [KeyOwner.user(org, UserId(ids.new())) for _ in range(_USERS_EACH)]
        entries += [_key(owner) for owner in (KeyOwner.organization(org), *users)]
    root = LocalRoot.from_file(directory.parent / "root.key")
    number = keystore.status().epoch + 1
    Epoch.write(directory, number, root=root, entries=entries).close()
    disk.replace(directory / "CURRENT", f"{number}\n".encode())


def _key(owner: KeyOwner) -> Entry:
    return Entry(EntryKind.KEY, owner.path, clock.now(), 1, ids.new().bytes, Secret(os.urandom(64)))


def _reseal(rounds: int) -> Spread:
    with (
        shared_cluster() as server,
        tempfile.TemporaryDirectory() as directory,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        make_template(server)
        with stage(server) as staged:

            async def run() -> Spread:
                async with staged.open(size=2) as database:
                    return await _resealed(database, Path(directory), rounds)

            return runner.run(run())


async def _resealed(database: Database, data: Path, rounds: int) -> Spread:
    keystore = FileKeystore.beside(data, encryption_key=None)
    vault = Vault(keystore)
    cast = await plant_cast(database)
    alice = KeyOwner.user(cast.rose, cast.alice)
    for owner in (KeyOwner.organization(cast.rose), alice):
        keystore.create(owner)
    scope, talk = OrgScope(cast.northwind, cast.rose, Role.OPERATOR), ids.new()
    await database.write(scope, _TALK(talk, cast.alice), _RUN(talk, talk, cast.alice))
    for _ in range(_MESSAGES // 1000):
        rows: list[UUID] = [ids.new() for _ in range(1000)]
        texts = [vault.seal(alice, fields.MESSAGE_TEXT, row, _TEXT) for row in rows]
        await database.write(scope, _FILL(rows, talk, cast.alice, talk, texts))
    found: list[float] = []
    for _ in range(rounds):
        rotations = Rotations(
            database, keystore, vault, Invalidation(database), holder=ids.new(), places=PLACES, kept_days=0
        )
        asked = await rotations.ask(alice, "command", actor=audit.Actor.operator())
        began = time.perf_counter()
        done = await rotations.advance(asked, seconds=600)
        found.append(done.resealed / (time.perf_counter() - began))
        await database.write(PlatformScope(), _CLOSE(asked))
    keystore.close()
    return spread(found)
