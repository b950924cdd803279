"""The statements of files' text and of the work of taking it out: one function, one statement."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from ringfence.base.principal import UserId
from ringfence.controls.tenancy import Bound, Statement, nothing, scalar

Note = Literal["no_text", "cut"]


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A chunk of a file, sealed."""

    file_id: UUID
    seq: int
    passage: bytes


_INSERT = Statement(
    "insert into app.file_chunk (file_id, user_id, seq, passage) "
    "select $1, $2::uuid, entered.seq, entered.passage from unnest($3::int[], $4::bytea[]) as entered (seq, passage)",
    nothing,
)
_READ = Statement(
    "select file_id, seq, passage from app.file_chunk where file_id = $1 and seq >= $2 order by seq limit $3",
    PassageRow,
)
_RESTRICTED = Statement(
    "select exists (select from app.organization where status = 'restricted') "
    "or exists (select from app.app_user where id = $1::uuid and status = 'restricted')",
    scalar,
)
_FENCE = Statement("select app.fence_file($1, $2, $3)", nothing)
_CLEAR = Statement("delete from app.file_chunk where file_id = $1", nothing)
_READY = Statement(
    "update app.file set status = 'ready', refused_code = null, text_note = $2, text_chars = $3, "
    "ready_at = clock_timestamp() where id = $1 and status = 'processing'",
    nothing,
)
_FAIL = Statement(
    "update app.file set status = 'failed', refused_code = $2 where id = $1 and status = 'processing'", nothing
)
_END = Statement("delete from app.file_work where file_id = $1", nothing)
_DEFER = Statement(
    "update app.file_work set holder = null, attempts = attempts - $4, "
    "next_at = clock_timestamp() + make_interval(secs => $5) where file_id = $1 and holder = $2 and attempts = $3",
    nothing,
)


def insert(file_id: UUID, user_id: UserId | None, *, seqs: list[int], passages: list[bytes]) -> Bound[None]:
    """Inserts chunks of one file."""
    return _INSERT(file_id, user_id, seqs, passages)


def read(file_id: UUID, *, since: int, limit: int) -> Bound[PassageRow]:
    """Chunks of a file from this one on, in order."""
    return _READ(file_id, since, limit)


def restricted(user_id: UserId | None) -> Bound[bool]:
    """Whether nothing is to be done with what is this user's, or the organization's."""
    return _RESTRICTED(user_id)


def fence(file_id: UUID, holder: UUID, attempt: int) -> Bound[None]:
    """Raises Fenced unless this process still has this attempt at the file; holds its work until the end."""
    return _FENCE(file_id, holder, attempt)


def clear(file_id: UUID) -> Bound[None]:
    """Deletes the chunks of a file, and with them what was entered of them into an index."""
    return _CLEAR(file_id)


def ready(file_id: UUID, *, note: Note | None, chars: int) -> Bound[None]:
    """The file can be read by agents, as far as there is text in it."""
    return _READY(file_id, note, chars)


def fail(file_id: UUID, code: str) -> Bound[None]:
    """The file cannot be read, for this reason."""
    return _FAIL(file_id, code)


def end(file_id: UUID) -> Bound[None]:
    """Nothing is to be done with the file any more."""
    return _END(file_id)


def defer(file_id: UUID, holder: UUID, attempt: int, *, uncounted: int, seconds: float) -> Bound[None]:
    """Lets the file be tried again in a while; `uncounted` is 1 where the attempt was none."""
    return _DEFER(file_id, holder, attempt, uncounted, seconds)
