"""Plants things for a probe in a transaction that is always rolled back, so that nothing of them stays."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import OrgId, PartnerId, Role
from ringfence.controls.tenancy import PLATFORM_ID, OrgScope, Statement, Tx, nothing

T = TypeVar("T", bound=Tx)


@asynccontextmanager
async def rolled_back(opened: AbstractAsyncContextManager[T]) -> AsyncGenerator[T]:
    """The transaction, which is undone at the block's end whatever came of it."""
    async with opened as tx:
        yield tx
        await tx.undo()


_ORGANIZATION = Statement(
    "insert into app.organization (external_id, name, region) values ('planted', '', 'eu')", nothing
)
_USER = Statement("insert into app.app_user (id, subject_index, subject, address) values ($1, '', '', '')", nothing)
_CONVERSATION = Statement("insert into app.conversation (id, user_id, agent_id) values ($1, $2, $1)", nothing)
_RUN = Statement(
    "insert into app.run (id, conversation_id, user_id, agent_id, agent_version, agent_digest, model, status, role, "
    "created_at, finished_at) values ($1, $2, $3, $2, 1, '', 'planted', $4, 'member', "
    "now() - interval '1 day', case when $4 = 'completed' then now() end)",
    nothing,
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A user with a conversation and a run, in an organization of their own; none of them is ever committed."""

    user_id: UUID
    conversation_id: UUID
    run_id: UUID


def nowhere() -> OrgScope:
    """An organization that does not exist, for a transaction that is rolled back."""
    return OrgScope(PartnerId(PLATFORM_ID), OrgId(ids.new()), Role.OPERATOR)


async def plant_run(tx: Tx, *, status: str = "running") -> Planted:
    """Plants an organization with a user, a conversation and a run of yesterday, without an entry of any."""
    planted = Planted(ids.new(), ids.new(), ids.new())
    await tx.run(
        _ORGANIZATION(),
        _USER(planted.user_id),
        _CONVERSATION(planted.conversation_id, planted.user_id),
        _RUN(planted.run_id, planted.conversation_id, planted.user_id, status),
    )
    return planted
