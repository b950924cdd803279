"""What a reviewer found about erasure: where something of the erased could still be read, or the erasure could fail."""

import asyncio
from pathlib import Path
from uuid import UUID

from ringfence.base import ids
from ringfence.base.principal import OrgId, Role, UserId
from ringfence.controls.tenancy import OrgScope, Statement, nothing
from tests.house import house
from tests.world import Stage

ORGANIZATIONS = "/api/v1/partner/organizations"
TALK = Statement("insert into app.conversation (id, user_id, agent_id) values ($1, $2, $1)", nothing)
RUN = Statement(
    "insert into app.run (id, conversation_id, user_id, agent_id, agent_version, agent_digest, model, status, role) "
    "values ($1, $2, $3, $1, 1, '', 'scripted:demo', 'running', 'member')",
    nothing,
)
LEASE = Statement("insert into app.run_lease (run_id, holder, attempt, until) values ($1, $1, 1, now())", nothing)
FENCE = Statement("select app.fence($1, $1, 1)", nothing)
TOUCH = Statement("update app.run set status = 'completed' where id = $1", nothing)


async def test_a_repeated_key_does_not_bring_an_erased_user_back(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = (await home.log_in()).body
        path = f"{ORGANIZATIONS}/{alice['organization']['id']}/users/{alice['user']['id']}"
        change = {"email": "alice@rose.example", "display_name": "Alice Liddell"}
        said = [(await home.api("PATCH", path, change, Idempotency_Key="once")).body for _ in range(2)]
        assert said[0] == said[1]
        assert (await home.api("DELETE", path)).status == 200
        again = await home.api("PATCH", path, change, Idempotency_Key="once")
        assert (again.status, again.code) == (404, "not_found")


async def test_a_repeated_key_does_not_bring_an_erased_organization_back(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        new = {"external_id": "lily", "name": "Lily and Daughters"}
        made = await home.api("POST", ORGANIZATIONS, new, Idempotency_Key="made")
        assert (await home.api("POST", ORGANIZATIONS, new, Idempotency_Key="made")).body == made.body
        path = f"{ORGANIZATIONS}/{made.body['id']}"
        assert (await home.api("PATCH", path, {"name": "Lily"}, Idempotency_Key="named")).status == 200
        certificates = [(await home.api("DELETE", path, Idempotency_Key="gone")).body for _ in range(2)]
        assert certificates[0] == certificates[1]
        assert (await home.api("PATCH", path, {"name": "Lily"}, Idempotency_Key="named")).status == 404
        assert (await home.api("POST", ORGANIZATIONS, new, Idempotency_Key="made")).status == 404


async def test_an_erasure_waits_for_a_journal_and_deadlocks_with_none(stage: Stage, tmp_path: Path):
    async with house(stage, tmp_path) as home:
        alice = (await home.log_in()).body
        org, user, run = OrgId(UUID(alice["organization"]["id"])), UserId(UUID(alice["user"]["id"])), ids.new()
        scope = OrgScope(home.partner_id, org, Role.MEMBER, user)
        await home.kernel.database.write(scope, TALK(run, user), RUN(run, run, user), LEASE(run))
        async with home.kernel.database.org(scope) as tx:
            await tx.run(FENCE(run))
            erasing = asyncio.create_task(home.api("DELETE", f"{ORGANIZATIONS}/{org}/users/{user}"))
            await asyncio.sleep(0.3)
            await tx.run(TOUCH(run))
        assert (await erasing).status == 200
