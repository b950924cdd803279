"""The files that came with a conversation's messages, as a model is told of them: small ones whole, others by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ringfence.base.principal import ConversationId, RunId, UserId
from ringfence.base.problem import Problem, conflict, not_found
from ringfence.controls import guard
from ringfence.controls.tenancy import Bound, Database, OrgScope, Statement, nothing, scalar
from ringfence.controls.vault import Vault, fields
from ringfence.features.files import passage_rows, passages
from ringfence.features.files.indexing import Chunk, owner_of

from . import citing
from .events import Source
from .hold import Hold
from .models import Attached, Passage

FILES: Final = 10
"""With one message."""
INLINE_CHARS: Final = 8_000
PART_CHUNKS: Final = 10
_KNOWN: Final = 100
UNATTACHED: Final = "RF004"


@dataclass(frozen=True, slots=True)
class AttachedRow:
    """A file that came with a message; its name is sealed."""

    message_id: UUID
    run_id: RunId
    file_id: UUID
    user_id: UserId | None
    name: bytes
    media_type: str
    chars: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Attachments:
    """A conversation's files by their messages, and what can be cited of those whose text is there."""

    by_message: Mapping[UUID, tuple[Attached, ...]] = field(default_factory=dict[UUID, tuple[Attached, ...]])
    of_run: tuple[Attached, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict[str, Source])


NONE: Final = Attachments()
_ATTACH = Statement("select app.attach_files($1, $2::uuid[])", nothing)
_OF_CONVERSATION = Statement(
    "select t.message_id, t.run_id, f.id, f.user_id, f.name, f.media_type, coalesce(f.text_chars, 0), "
    "(select count(*) from app.file_chunk c where c.file_id = f.id) from ("
    "select mf.message_id, m.run_id, mf.file_id, mf.seq from app.message m "
    "join app.message_file mf on mf.message_id = m.id where m.conversation_id = $1 "
    "order by m.id desc, mf.seq limit $2) t join app.file f on f.id = t.file_id order by t.message_id, t.seq",
    AttachedRow,
)
_STATUSES = Statement("select status from app.file where id = any ($1) and (user_id is null or user_id = $2)", scalar)


def attach(message_id: UUID, file_ids: Sequence[UUID]) -> Bound[None]:
    """Sends the files with a message; DatabaseError UNATTACHED where one is not there for its user, or not ready."""
    return _ATTACH(message_id, list(file_ids))


def of_conversation(conversation_id: ConversationId) -> Bound[AttachedRow]:
    """The files of the conversation's newest messages, in the order in which they came."""
    return _OF_CONVERSATION(conversation_id, _KNOWN)


async def refusal(database: Database, scope: OrgScope, user_id: UserId, file_ids: Sequence[UUID]) -> Problem | None:
    """Why these files cannot be sent: 404 for one that is not there, 409 `file_not_ready`; None where they can."""
    if not file_ids:
        return None
    found: list[str] = (await database.read(scope, _STATUSES(list(file_ids), user_id)))[0]
    waiting = [status for status in found if status != "ready"]
    if len(found) < len(file_ids):
        return not_found()
    return (
        None
        if not waiting
        else conflict("file_not_ready", f"A file is {waiting[0]}: only one that is ready can be sent.")
    )


async def opened(database: Database, vault: Vault, hold: Hold, rows: Sequence[AttachedRow]) -> Attachments:
    """The files of these rows; those that came with this run's message have their text, where it is short."""
    if not rows:
        return NONE
    mine = [row for row in rows if row.run_id == hold.run_id]
    is_short = sum(row.chars for row in mine) <= INLINE_CHARS
    texts = await _texts(database, vault, hold, mine) if mine and is_short else {}
    sources: dict[str, Source] = {}
    by_message: dict[UUID, tuple[Attached, ...]] = {}
    of_run: tuple[Attached, ...] = ()
    for row in rows:
        given = vault.open_text(owner_of(hold.scope.org_id, row.user_id), fields.FILE_NAME, row.file_id, row.name)
        name = guard.inbound(given, origin=guard.Origin.TOOL)  # A name is somebody's words, too.
        chunks = texts.get(row.file_id, ()) if row.run_id == hold.run_id else ()
        read = [citing.source(row.file_id, name, chunk) for chunk in chunks]
        sources |= citing.by_marker(read)
        quoted = tuple(Passage(one.marker, one.locator, chunk.text) for one, chunk in zip(read, chunks, strict=True))
        told = Attached(str(row.file_id), name, row.media_type, -(-row.chunks // PART_CHUNKS), quoted)
        by_message[row.message_id] = (*by_message.get(row.message_id, ()), told)
        if row.run_id == hold.run_id:
            of_run = (*of_run, told)
    return Attachments(by_message, of_run, sources)


async def _texts(
    database: Database, vault: Vault, hold: Hold, rows: Sequence[AttachedRow]
) -> dict[UUID, tuple[Chunk, ...]]:
    most = max(row.chunks for row in rows) + 1
    found = await database.read(hold.scope, *(passage_rows.read(row.file_id, since=1, limit=most) for row in rows))
    return {
        row.file_id: tuple(passages.opened(vault, owner_of(hold.scope.org_id, row.user_id), one) for one in chunks)
        for row, chunks in zip(rows, found, strict=True)
    }
