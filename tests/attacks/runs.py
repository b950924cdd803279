"""Rows of a run, planted by SQL for attacks on the database itself."""

from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls.tenancy import Database, OrgScope, Statement, nothing
from tests.world import Cast

_TALK = Statement("insert into app.conversation (id, user_id, agent_id) values ($1, $2, $1)", nothing)
_RUN = Statement(
    "insert into app.run (id, conversation_id, user_id, agent_id, agent_version, agent_digest, model, status, role) "
    "values ($1, $2, $3, $1, 1, '', 'scripted:demo', 'queued', 'member')",
    nothing,
)
_LEASE = Statement("insert into app.run_lease (run_id, until) values ($1, '-infinity')", nothing)


def wide(cast: Cast, org: OrgId) -> OrgScope:
    """The scope of an administrator of one of Northwind's organizations."""
    return OrgScope(cast.northwind, org, Role.ADMIN)


async def plant_run(database: Database, cast: Cast, user: UserId, org: OrgId) -> UUID:
    """A queued run of a conversation of its own, which nobody holds."""
    talk, run = ids.new(), ids.new()
    await database.write(wide(cast, org), _TALK(talk, user), _RUN(run, talk, user), _LEASE(run))
    return run
