"""The statements of conversations: one function, one statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.base.page import Window
from ringfence.base.principal import AgentId, ConversationId, RunId, UserId
from ringfence.controls.tenancy import Bound, Statement, nothing


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation without its content."""

    id: ConversationId
    user_id: UserId
    agent_id: AgentId
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A conversation with its first words, sealed; None while nothing was said."""

    id: ConversationId
    user_id: UserId
    agent_id: AgentId
    created_at: datetime
    updated_at: datetime
    message_id: UUID | None
    text: bytes | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message, sealed under its user's key."""

    id: UUID
    user_id: UserId
    run_id: RunId
    author: str
    text: bytes
    created_at: datetime
    citations: bytes | None


@dataclass(frozen=True, slots=True)
class MessageFileRow:
    """A file that came with a message; its name is sealed under its owner's key."""

    message_id: UUID
    id: UUID
    user_id: UserId | None
    name: bytes
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """How much went with a conversation."""

    runs: int
    messages: int


_INSERT = Statement(
    "insert into app.conversation (id, user_id, agent_id) select $1, $2, a.id from app.agent a "
    "where a.id = $3 and a.status = 'active' returning id, user_id, agent_id, created_at, updated_at",
    ConversationRow,
)
_GET = Statement(
    "select id, user_id, agent_id, created_at, updated_at from app.conversation where id = $1", ConversationRow
)
_LIST = Statement(
    "select c.id, c.user_id, c.agent_id, c.created_at, c.updated_at, m.id, m.text from app.conversation c "
    "left join lateral (select f.id, f.text from app.message f where f.conversation_id = c.id and f.author = 'user' "
    "order by f.id limit 1) m on true "
    "where ($1::uuid is null or c.id < $1) and ($2::uuid is null or c.agent_id = $2) order by c.id desc limit $3",
    ListedRow,
)
_MESSAGES = Statement(
    "select id, user_id, run_id, author, text, created_at, citations from app.message where conversation_id = $1 "
    "and ($2::uuid is null or id < $2) order by id desc limit $3",
    MessageRow,
)
_MESSAGE_FILES = Statement(
    "select mf.message_id, f.id, f.user_id, f.name, f.media_type, f.size_bytes from (select m.id from app.message m "
    "where m.conversation_id = $1 and ($2::uuid is null or m.id < $2) order by m.id desc limit $3) said "
    "join app.message_file mf on mf.message_id = said.id join app.file f on f.id = mf.file_id "
    "order by mf.message_id, mf.seq",
    MessageFileRow,
)
# Holds the conversation before its leases, as a message that interrupts does: two orders would be a deadlock. Not as
# hard as to hold up a journal, which holds a lease and then only asks that the conversation stays.
_COUNT = Statement(
    "select (select count(*) from app.run r where r.conversation_id = c.id), "
    "(select count(*) from app.message m where m.conversation_id = c.id) from app.conversation c where c.id = $1 "
    "for no key update of c",
    DeletedRow,
)
_STOP = Statement(
    "delete from app.run_lease l using app.run r where r.id = l.run_id and r.conversation_id = $1", nothing
)
_DELETE = Statement("delete from app.conversation where id = $1", nothing)


def insert(conversation_id: ConversationId, *, user_id: UserId, agent_id: AgentId) -> Bound[ConversationRow]:
    """Inserts a conversation with an active agent of the own partner; no row where there is none."""
    return _INSERT(conversation_id, user_id, agent_id)


def get(conversation_id: ConversationId) -> Bound[ConversationRow]:
    """One conversation."""
    return _GET(conversation_id)


def list_(window: Window, *, agent_id: AgentId | None) -> Bound[ListedRow]:
    """The window's conversations and one more, newest first; of one agent, or of all."""
    return _LIST(window.before, agent_id, window.limit + 1)


def messages(conversation_id: ConversationId, window: Window) -> Bound[MessageRow]:
    """The window's messages and one more, newest first."""
    return _MESSAGES(conversation_id, window.before, window.limit + 1)


def message_files(conversation_id: ConversationId, window: Window) -> Bound[MessageFileRow]:
    """The files that came with the messages of the window."""
    return _MESSAGE_FILES(conversation_id, window.before, window.limit + 1)


def count(conversation_id: ConversationId) -> Bound[DeletedRow]:
    """How much belongs to the conversation, which stays as it is until the transaction ends."""
    return _COUNT(conversation_id)


def stop(conversation_id: ConversationId) -> Bound[None]:
    """Deletes the leases of the conversation's runs: whoever executes one can write nothing more."""
    return _STOP(conversation_id)


def delete(conversation_id: ConversationId) -> Bound[None]:
    """Deletes the conversation; runs, leases, events and messages go with it by their foreign keys."""
    return _DELETE(conversation_id)
