"""The statements of files: one function, one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from ringfence.base.page import Window
from ringfence.base.principal import ConversationId, OrgId, UserId
from ringfence.controls.tenancy import Bound, Statement, gate, nothing, scalar

Purpose = Literal["message", "knowledge"]
Stage = Literal["upload", "scan", "read"]


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file, its name sealed."""

    id: UUID
    user_id: UserId | None
    purpose: Purpose
    conversation_id: ConversationId | None
    name: bytes
    media_type: str
    size_bytes: int
    object_id: UUID | None
    in_pieces: bool
    status: str
    refused_code: str | None
    created_at: datetime
    ready_at: datetime | None


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload in pieces: what was announced, what is here, and until when it is kept."""

    id: UUID
    user_id: UserId | None
    purpose: Purpose
    name: bytes
    media_type: str
    size_bytes: int
    received_bytes: int
    parts: int
    until: datetime


@dataclass(frozen=True, slots=True)
class PartRow:
    """A piece that is here."""

    seq: int
    object_id: UUID
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DoomedRow:
    """An object whose row is gone."""

    org_id: OrgId
    object_id: UUID


@dataclass(frozen=True, slots=True)
class Held:
    """Work on a file that a process claimed; whoever claims it again has another attempt, or another stage of it."""

    file_id: UUID
    holder: UUID
    attempt: int
    stage: str


_LOCK = Statement("select org_id from app.organization for no key update", scalar)
_COUNT = Statement("select count(*) from app.file where user_id is not distinct from $1", scalar)
_INSERT = Statement(
    "insert into app.file (id, user_id, purpose, name, media_type, size_bytes, object_id, in_pieces) "
    "values ($1, $2, $3, $4, $5, $6, $7::uuid, $7::uuid is null)",
    nothing,
)
_WORK = Statement(
    "insert into app.file_work (file_id, stage, next_at) "
    "values ($1, $2, clock_timestamp() + make_interval(secs => $3))",
    nothing,
)
_TURN = Statement("update app.file set object_id = $2 where id = $1 and status = 'uploading' returning id", scalar)
_ARRIVED = Statement(
    "update app.file set size_bytes = $3, media_type = $4, status = $5 "
    "where id = $1 and object_id = $2 and status = 'uploading' returning "
    "id, user_id, purpose, conversation_id, name, media_type, size_bytes, object_id, in_pieces, status, "
    "refused_code, created_at, ready_at",
    FileRow,
)
_STAGE = Statement(
    "update app.file_work set stage = $2, attempts = 0, holder = null, next_at = clock_timestamp() where file_id = $1",
    nothing,
)
# However slowly it comes: what is under way for ever would keep an old key from its end for ever.
_PUT_OFF = Statement(
    "update app.file_work w set next_at = least(clock_timestamp() + make_interval(secs => $2), "
    "f.created_at + interval '7 days') from app.file f "
    "where w.file_id = $1 and w.stage = 'upload' and f.id = w.file_id",
    nothing,
)
_GET = Statement(
    "select id, user_id, purpose, conversation_id, name, media_type, size_bytes, object_id, in_pieces, status, "
    "refused_code, created_at, ready_at from app.file where id = $1 and ($2::text is null or purpose = $2)",
    FileRow,
)
_LIST = Statement(
    "select id, user_id, purpose, conversation_id, name, media_type, size_bytes, object_id, in_pieces, status, "
    "refused_code, created_at, ready_at from app.file "
    "where ($1::uuid is null or id < $1) and purpose = $2 order by id desc limit $3",
    FileRow,
)
_DELETE_UNSENT = Statement(
    "delete from app.file where id = $1 and purpose = 'message' and conversation_id is null and status <> 'uploading' "
    "returning id",
    scalar,
)
_DELETE = Statement("delete from app.file where id = $1 and ($2::text is null or purpose = $2) returning id", scalar)
_UPLOAD = Statement(
    "select f.id, f.user_id, f.purpose, f.name, f.media_type, f.size_bytes, "
    "(select coalesce(sum(p.size_bytes), 0)::bigint from app.file_part p where p.file_id = f.id), "
    "(select count(*) from app.file_part p where p.file_id = f.id), w.next_at "
    "from app.file f join app.file_work w on w.file_id = f.id "
    "where f.id = $1 and f.status = 'uploading' and w.stage = 'upload' and f.in_pieces",
    UploadRow,
)
# Two requests at the same place: one row has this number, and whoever comes second finds another offset.
_ADD_PART = Statement(
    "insert into app.file_part (file_id, seq, object_id, size_bytes) select f.id, $2, $3, $4 from app.file f "
    "where f.id = $1 and f.status = 'uploading' "
    "and (select coalesce(sum(p.size_bytes), 0) from app.file_part p where p.file_id = f.id) = $5 "
    "on conflict do nothing returning seq",
    scalar,
)
_PARTS = Statement("select seq, object_id, size_bytes from app.file_part where file_id = $1 order by seq", PartRow)
_DROP_PARTS = Statement("delete from app.file_part where file_id = $1", nothing)
_DONE = Statement(
    "delete from app.file_work where file_id = $1 and holder = $2 and attempts = $3 and stage = $4 returning file_id",
    scalar,
)
_PASS_ON = Statement(
    "update app.file_work set stage = 'read', attempts = 0, holder = null, next_at = clock_timestamp() "
    "where file_id = $1 and holder = $2 and attempts = $3 and stage = $4 returning file_id",
    scalar,
)
_LATER = Statement(
    "update app.file_work set holder = null, next_at = clock_timestamp() + make_interval(secs => $5) "
    "where file_id = $1 and holder = $2 and attempts = $3 and stage = $4",
    nothing,
)
_SETTLE = Statement("update app.file set status = $2 where id = $1 and status = 'scanning'", nothing)
_REFUSE = Statement("update app.file set status = $2, refused_code = $3, object_id = null where id = $1", nothing)
# What was sealed anew stays as long as its key: a database that is put back to before then names it.
_DOOMED = Statement(
    "select d.org_id, d.object_id from app.doomed_object d where d.file_id is null or not exists ("
    "select from app.key_rotation r where r.ended_at is null "
    "and r.owner like 'organization/' || replace(d.org_id::text, '-', '') || '%') order by d.doomed_at limit $1",
    DoomedRow,
)
_LISTED = Statement("select object_id from app.doomed_object where org_id = $1 and object_id = any($2::uuid[])", scalar)
_BURIED = Statement("delete from app.doomed_object where org_id = $1 and object_id = any($2::uuid[])", nothing)
_KNOWN = Statement(
    "select object_id from app.file where object_id = any($1::uuid[]) union all "
    "select object_id from app.file_part where object_id = any($1::uuid[])",
    scalar,
)


def lock() -> Bound[OrgId]:
    """Holds the organization's row until the transaction ends: two uploads are counted one after the other."""
    return _LOCK()


def count(user_id: UserId | None) -> Bound[int]:
    """How many files the user has; without one, the organization's knowledge."""
    return _COUNT(user_id)


def used_bytes(org_id: OrgId) -> Bound[int]:
    """What all files of the organization take."""
    return gate.file_bytes(org_id)


def insert(  # noqa: PLR0913 - the columns of a row
    file_id: UUID,
    *,
    user_id: UserId | None,
    purpose: Purpose,
    name: bytes,
    media_type: str,
    size_bytes: int,
    object_id: UUID | None,
) -> Bound[None]:
    """A file that is being uploaded, in pieces where it has no object yet; what is announced of it counts already."""
    return _INSERT(file_id, user_id, purpose, name, media_type, size_bytes, object_id)


def work(file_id: UUID, stage: Stage, *, within: timedelta) -> Bound[None]:
    """Something to do with the file, due in a while."""
    return _WORK(file_id, stage, within.total_seconds())


def turn(file_id: UUID, object_id: UUID) -> Bound[UUID]:
    """Names the object that its content will lie in; the former one is doomed by a trigger."""
    return _TURN(file_id, object_id)


def arrived(file_id: UUID, object_id: UUID, *, size_bytes: int, media_type: str, status: str) -> Bound[FileRow]:
    """The content is there; no row where the file was deleted meanwhile, or is somebody else's by now."""
    return _ARRIVED(file_id, object_id, size_bytes, media_type, status)


def stage(file_id: UUID, to: Stage) -> Bound[None]:
    """What is to be done next, at once."""
    return _STAGE(file_id, to)


def put_off(file_id: UUID, *, within: timedelta) -> Bound[None]:
    """Gives an upload more time, up to seven days after it began."""
    return _PUT_OFF(file_id, within.total_seconds())


def get(file_id: UUID, purpose: Purpose | None = None) -> Bound[FileRow]:
    """One file."""
    return _GET(file_id, purpose)


def list_(window: Window, purpose: Purpose) -> Bound[FileRow]:
    """The window's files and one more, newest first."""
    return _LIST(window.before, purpose, window.limit + 1)


def delete(file_id: UUID, purpose: Purpose | None = None) -> Bound[UUID]:
    """Deletes a file; its objects are doomed by triggers."""
    return _DELETE(file_id, purpose)


def delete_unsent(file_id: UUID) -> Bound[UUID]:
    """Deletes a file that went with no message; waits for one that is being sent, and leaves it."""
    return _DELETE_UNSENT(file_id)


def upload(file_id: UUID) -> Bound[UploadRow]:
    """An upload in pieces that is not finished."""
    return _UPLOAD(file_id)


def add_part(file_id: UUID, part: PartRow, *, at: int) -> Bound[int]:
    """A piece that begins at this offset; no row where the upload is at another by now."""
    return _ADD_PART(file_id, part.seq, part.object_id, part.size_bytes, at)


def parts(file_id: UUID) -> Bound[PartRow]:
    """The pieces in their order."""
    return _PARTS(file_id)


def drop_parts(file_id: UUID) -> Bound[None]:
    """Deletes the pieces; their objects are doomed by a trigger."""
    return _DROP_PARTS(file_id)


def done(held: Held) -> Bound[UUID]:
    """Ends the work; no row for a process that lost it meanwhile."""
    return _DONE(held.file_id, held.holder, held.attempt, held.stage)


def pass_on(held: Held) -> Bound[UUID]:
    """Hands the file on to be read; no row for a process that lost it meanwhile."""
    return _PASS_ON(held.file_id, held.holder, held.attempt, held.stage)


def later(held: Held, *, seconds: float) -> Bound[None]:
    """Gives the work back, for another try in a while."""
    return _LATER(held.file_id, held.holder, held.attempt, held.stage, seconds)


def settle(file_id: UUID, *, status: str) -> Bound[None]:
    """A scanned file goes on."""
    return _SETTLE(file_id, status)


def refuse(file_id: UUID, *, status: str, code: str) -> Bound[None]:
    """A file that nobody gets: its row stays and says why, its object is doomed by a trigger."""
    return _REFUSE(file_id, status, code)


def doomed(most: int) -> Bound[DoomedRow]:
    """Objects that nothing needs any more, oldest first; for the platform's own scope."""
    return _DOOMED(most)


def listed(org_id: OrgId, object_ids: list[UUID]) -> Bound[UUID]:
    """Those of these objects that wait for their end; for the platform's own scope."""
    return _LISTED(org_id, object_ids)


def buried(org_id: OrgId, object_ids: list[UUID]) -> Bound[None]:
    """The store has deleted them."""
    return _BURIED(org_id, object_ids)


def known(object_ids: list[UUID]) -> Bound[UUID]:
    """Those of these objects that rows of the organization name."""
    return _KNOWN(object_ids)
