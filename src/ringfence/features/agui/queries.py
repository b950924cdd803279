"""The statements of threads, which are a client's names for conversations: one function, one statement."""

from typing import Any
from uuid import UUID

from ringfence.base.principal import AgentId, UserId
from ringfence.controls.tenancy import Bound, Statement, nothing, scalar

_LOCK = Statement("select from (select pg_advisory_xact_lock($1::text::bigint)) held", nothing)
# The user's own conversation of this id, or the first with this agent whose id ends as the thread's name says.
_FIND = Statement(
    "select coalesce((select c.id from app.conversation c where c.id = $1 and c.user_id = $2), "
    "(select c.id from app.conversation c where c.user_id = $2 and c.agent_id = $3 "
    "and right(replace(c.id::text, '-', ''), 14) = $4 order by c.id limit 1))",
    scalar,
)


def lock(number: int) -> Bound[None]:
    """Holds a thread's name until the transaction ends: two first messages at once open one conversation."""
    return _LOCK(str(number))


def find(given: UUID | None, user_id: UserId, agent_id: AgentId, tail: str) -> Bound[Any]:
    """The conversation that a thread names, or None."""
    return _FIND(given, user_id, agent_id, tail)
