"""The statements of vectors: one function, one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ringfence.base.principal import UserId
from ringfence.controls.tenancy import Bound, Statement, nothing, scalar


@dataclass(frozen=True, slots=True)
class StampRow:
    """What tells whether the segments of the organization, or of a user, are still the same."""

    is_own: bool
    count: int
    mark: int


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A segment's id, and how long it is as it lies there."""

    id: UUID
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A segment, sealed under its file's owner."""

    id: UUID
    file_id: UUID
    vectors: bytes


@dataclass(frozen=True, slots=True)
class NewSegment:
    """A segment to enter, sealed under its file's owner."""

    id: UUID
    file_id: UUID
    part: int
    user_id: UserId | None
    model: str
    vectors: bytes


# Nothing where the organization wants no generative AI: its words go to no model.
_STAMPS = Statement(
    "select s.user_id is not null as is_own, count(*), bit_xor(uuid_hash_extended(s.id, 0)) from app.vector_segment s"
    " where s.model = $1 and (s.user_id is null or s.user_id = $2)"
    " and exists (select from app.organization o where o.generative_ai) group by 1",
    StampRow,
)
_LISTED = Statement(
    "select id, octet_length(vectors) from app.vector_segment"
    " where model = $1 and user_id is not distinct from $2 order by file_id desc, part limit $3",
    ListedRow,
)
_SEALED = Statement(
    "select id, file_id, vectors from app.vector_segment"
    " where model = $1 and user_id is not distinct from $2 and id = any($3::uuid[])",
    SealedRow,
)
_MAY_EMBED = Statement(
    "select o.generative_ai and app.may_spend($1) and o.status = 'active' and not exists ("
    "select from app.app_user u where u.id = $1 and u.status = 'restricted') from app.organization o",
    scalar,
)
_FORGET = Statement("delete from app.vector_segment where file_id = $1", nothing)
_ENTER = Statement(
    "insert into app.vector_segment (file_id, part, user_id, id, model, vectors) values ($1, $2, $3, $4, $5, $6)",
    nothing,
)
_DONE = Statement(
    "delete from app.embedding_work where file_id = $1 and holder = $2 and attempts = $3 returning file_id", scalar
)
_LATER = Statement(
    "update app.embedding_work set next_at = clock_timestamp() + make_interval(secs => $4::float8), holder = null,"
    " attempts = $5 where file_id = $1 and holder = $2 and attempts = $3",
    nothing,
)
_SPENT = Statement(
    "insert into app.spending (run_id, user_id, month, tokens, cost_micros)"
    " select $1, $2, app.this_month(), $3, $4 where app.has_budget()",
    nothing,
)


def stamps(model: str, user_id: UserId | None) -> Bound[StampRow]:
    """The segments of a model, by whether they are the user's own; none where there are none."""
    return _STAMPS(model, user_id)


def listed(model: str, user_id: UserId | None, limit: int) -> Bound[ListedRow]:
    """The segments of one owner, of the newest files first."""
    return _LISTED(model, user_id, limit)


def sealed(model: str, user_id: UserId | None, ids: Sequence[UUID]) -> Bound[SealedRow]:
    """These segments of one owner."""
    return _SEALED(model, user_id, list(ids))


def may_embed(user_id: UserId | None) -> Bound[bool]:
    """Whether the organization lets models work for it, something left to spend, and no data that is restricted."""
    return _MAY_EMBED(user_id)


def forget(file_id: UUID) -> Bound[None]:
    """Deletes the vectors of a file."""
    return _FORGET(file_id)


def enter(segment: NewSegment) -> Bound[None]:
    """Enters a segment."""
    return _ENTER(segment.file_id, segment.part, segment.user_id, segment.id, segment.model, segment.vectors)


def done(file_id: UUID, *, holder: UUID, attempt: int) -> Bound[UUID]:
    """Ends the work on a file; no row where this holder had lost it."""
    return _DONE(file_id, holder, attempt)


def later(file_id: UUID, *, holder: UUID, attempt: int, seconds: float, counted: int) -> Bound[None]:
    """Lets the work be tried again in so many seconds, with so many attempts counted."""
    return _LATER(file_id, holder, attempt, seconds, counted)


def spent(spending_id: UUID, user_id: UserId | None, *, tokens: int, cost_micros: int) -> Bound[None]:
    """Counts what was spent, where the organization has a limit."""
    return _SPENT(spending_id, user_id, tokens, cost_micros)
