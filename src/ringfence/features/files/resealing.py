"""Objects under an owner's older keys are sealed anew under its newest, each as a new object that the row turns to.

Nothing is written over: whoever reads the former one goes on. It is doomed with the turn of the row, and buried once
the rotation has ended: until then its key is kept for backups of the database, and those name this object.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, final
from uuid import UUID

from ringfence.base import ids, log
from ringfence.base.principal import OrgId, UserId
from ringfence.controls.keystore import Destroyed, KeyOwner
from ringfence.controls.objects import NoObject, ObjectKey, ObjectStore
from ringfence.controls.tenancy import OrgScope, Statement, scalar
from ringfence.controls.vault import GRACE, Step, Tampered, Turn, fields, key_id_of_stream

from .holding import owner_of

_HEAD_BYTES: Final = 60
_FILES: Final = 20
_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    object_id: UUID | None
    size_bytes: int
    status: str
    user_id: UserId | None
    created_at: datetime


_COUNT = Statement("select count(*) from app.file", scalar)
_NEXT = Statement(
    "select id, object_id, size_bytes, status, user_id, created_at from app.file "
    "where ($1::text is null or id > $1::text::uuid) order by id limit $2",
    _Row,
)
_EXCHANGE = Statement("update app.file set object_id = $3 where id = $1 and object_id = $2 returning id", scalar)


@final
class Objects:
    """Keeps the Reseal protocol for the content of files.

    An upload that was under way counts as missed, for its pieces are under whatever key was newest: it ends, and the
    rotation with it. One that began when no writer held an old key any more keeps no rotation from its end.
    """

    name = "objects"

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def count(self, turn: Turn) -> int:
        """The files of an organization."""
        if not isinstance(turn.scope, OrgScope):
            return 0
        return (await turn.database.read(turn.scope, _COUNT()))[0][0]

    async def step(self, turn: Turn, after: str | None) -> Step:
        """Looks at the next few files, in the order of their ids."""
        if not isinstance(turn.scope, OrgScope):
            return Step(None, 0)
        rows: list[_Row] = (await turn.database.read(turn.scope, _NEXT(after, _FILES)))[0]
        seen = resealed = missed = damaged = moved = 0
        for row in rows:
            seen += 1
            try:
                outcome = await self._look(turn, turn.scope.org_id, row)
            except Tampered as refused:
                log.error("reseal_refused", table="app.file", row_id=row.id, code=refused.code)
                damaged += 1
                continue
            except NoObject as absent:
                # Deleted just now, or this process looks at another store: either way no key may go for it.
                log.error("reseal_refused", table="app.file", row_id=row.id, code=absent.code)
                missed += 1
                continue
            except Destroyed:
                continue  # The owner was erased meanwhile, and its files go with it.
            resealed += outcome is True
            missed += outcome is False
            moved += row.size_bytes if outcome is True else 0
            if moved >= _BYTES:
                break
        is_over = len(rows) < _FILES and seen == len(rows)
        return Step(None if is_over else str(rows[seen - 1].id), seen, resealed, missed=missed, damaged=damaged)

    async def _look(self, turn: Turn, org_id: OrgId, row: _Row) -> bool | None:
        """Whether it was sealed anew; None where it need not be."""
        if row.status == "uploading":
            return False if _may_be_older(turn, owner_of(org_id, row.user_id), row.created_at) else None
        if row.object_id is None:
            return None
        key = ObjectKey(org_id, row.object_id)
        head = b"".join([piece async for piece in self._store.get(key, length=_HEAD_BYTES)])
        owner = turn.leaves.get(key_id_of_stream(head) or b"")
        return None if owner is None else await self._seal_anew(turn, key, owner, row)

    async def _seal_anew(self, turn: Turn, key: ObjectKey, owner: KeyOwner, row: _Row) -> bool:
        plain = turn.vault.open_stream(owner, fields.FILE_CONTENT, row.id, self._store.get(key))
        new = ObjectKey.new(key.org_id)
        await self._store.put(new, turn.vault.seal_stream(owner, fields.FILE_CONTENT, row.id, plain))
        exchanged = _EXCHANGE(row.id, key.object_id, new.object_id)
        if (await turn.database.write(turn.scope, exchanged))[0]:
            return True
        await self._store.delete(new)
        return False


def _may_be_older(turn: Turn, owner: KeyOwner, begun_at: datetime) -> bool:
    """Whether an upload that began then may have something under a key that is being left."""
    if owner not in turn.leaves.values():
        return False
    newest = turn.vault.newest_key_id(owner)
    return newest in turn.leaves or begun_at < ids.made_at(UUID(bytes=newest)) + GRACE
