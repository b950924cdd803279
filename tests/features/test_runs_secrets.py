"""Secrets in tools: put in for the request's own host at the moment of the call, and in nothing that anybody reads.

Mutations and the tests that turn red: no check of the host -> test_a_secret_goes_to_its_hosts_alone; headers kept
across origins -> test_a_redirect_takes_no_secret_along; no mask -> test_a_server_that_repeats_a_secret.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.crypto import Secret
from ringfence.base.principal import RunId
from ringfence.controls.egress import Egress, parse_named
from ringfence.controls.tenancy import OrgScope, scope_of
from ringfence.controls.vault import Tampered, secrets
from ringfence.features.runs import HttpToolbox
from ringfence.features.runs.declaration import HttpSpec, ToolDeclaration
from ringfence.features.runs.models import ToolCall
from tests.approving import decide, question
from tests.fakes import tool_server
from tests.running import Process, Script, Theatre, theatre
from tests.secrets_kept import CANARY, keep, log_of
from tests.world import Stage

NAME = "current_time"  # the one tool that the stage's agent has
AS_JSON = {"secret": "{secret:CRM_KEY}", "deep": [{"again": "key={secret:CRM_KEY};"}]}


@dataclass
class Desk:
    """The stage with two of the partner's servers, and a model that makes one call of one tool."""

    it: Theatre
    crm: tool_server.State
    other: tool_server.State
    egress: Egress
    run_id: RunId | None = None
    process: Process | None = None

    def begin(self, arguments: str = "{}", **spec: Any) -> Process:
        effect = spec.pop("effect", "read")
        request = HttpSpec(**{"method": "POST", "url": f"{self.crm.base_url}/echo", "body": AS_JSON, **spec})
        declared = ToolDeclaration(NAME, "Asks.", {"type": "object", "properties": {}}, "http", effect, http=request)
        script = Script([ToolCall("c1", NAME, arguments)], ["Done."])
        http = HttpToolbox(self.it.database, self.it.kernel.vault, self.egress)
        self.process = self.it.process(script, find=lambda _name: declared, http=http)
        return self.process

    async def told(self, **spec: Any) -> dict[str, Any]:
        """The tool's result of one run; nothing that is stored or said of it holds the secret in any spelling."""
        process = self.begin(**spec)
        self.run_id = (await self.it.start(process, "Go.")).run_id
        return await self.result(self.run_id)

    async def result(self, run_id: RunId) -> dict[str, Any]:
        assert (await self.it.final(run_id)).status == "completed"
        events = await self.it.stored(run_id)
        assert "s3cret" not in "".join(event.data.decode() for event in events)
        [done] = [json.loads(event.data) for event in events if event.kind == "tool.completed"]
        return done


@asynccontextmanager
async def desk(stage: Stage, data: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        it = await stack.enter_async_context(theatre(stage, data))
        crm = await stack.enter_async_context(tool_server.serve())
        other = await stack.enter_async_context(tool_server.serve())
        egress = Egress(parse_named(f"{crm.place},{other.place}"))
        stack.push_async_callback(egress.close)
        yield Desk(it, crm, other, egress)


@pytest.mark.promise("SEC-01", "SEC-02", "AGT-06")
async def test_a_secret_is_in_the_request_and_in_nothing_else(stage: Stage, tmp_path: Path):
    async with desk(stage, tmp_path) as it:
        secret_id = await keep(it.it, "CRM_KEY", it.crm.place)
        await keep(it.it, "CRM_TOKEN", it.crm.place, value="tok-s3cret-0123")
        done = await it.told(headers={"Authorization": "Bearer {secret:CRM_TOKEN}"})
        [got] = it.crm.requests
        assert got.json == {"secret": CANARY, "deep": [{"again": f"key={CANARY};"}]}
        assert got.headers["authorization"] == "Bearer tok-s3cret-0123"
        assert "[secret]" in done["text"]
        first, second = await log_of(it.it)
        assert (first.action, first.target_id, first.actor_kind) == ("secret.used", secret_id, "system")
        assert first.details == {"run_id": str(it.run_id), "version": 1, "host": it.crm.place}
        assert second.action == "secret.used"


@pytest.mark.promise("SEC-01", "SEC-02")
@pytest.mark.parametrize(("kept_for", "reason"), [("other", "host_not_allowed"), ("", "unknown_secret")])
async def test_a_secret_goes_to_its_hosts_alone(stage: Stage, tmp_path: Path, kept_for: str, reason: str):
    async with desk(stage, tmp_path) as it:
        if kept_for:
            await keep(it.it, "CRM_KEY", it.other.place)
        await keep(it.it, "CRM_KEY", it.crm.place, org=it.it.cast.thorn)
        done = await it.told()
        assert (done["is_error"], it.crm.requests) == (True, [])
        assert "credential" in done["text"]
        assert "CRM_KEY" not in done["text"]
        [refused] = await log_of(it.it)
        assert (refused.action, refused.outcome, refused.reason) == ("secret.refused", "refused", reason)
        assert await log_of(it.it, it.it.cast.thorn) == []


@pytest.mark.promise("SEC-01")
@pytest.mark.parametrize("value", ["user=app\r\npass=s3cret-1", "s3cret\u200b-with\u00ad-breaks", "long-s3cret-" * 400])
async def test_a_server_that_repeats_what_is_cleaned_or_cut(stage: Stage, tmp_path: Path, value: str):
    async with desk(stage, tmp_path) as it:
        await keep(it.it, "CRM_KEY", it.crm.place, value=value)
        done = await it.told(url=f"{it.crm.base_url}/repeat", body={"said": ["{secret:CRM_KEY}"] * 60})
        assert len(it.crm.requests) == 1
        assert "[secret]" in done["text"]


@pytest.mark.promise("SEC-01")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_takes_no_secret_along(stage: Stage, tmp_path: Path, status: int):
    async with desk(stage, tmp_path) as it:
        await keep(it.it, "CRM_KEY", it.crm.place, it.other.place, value="tok-s3cret-0123")
        away = f"{it.crm.base_url}/redirect/{status}?to={it.other.base_url}/echo"
        key = {"X-Key": "{secret:CRM_KEY}"}
        await it.told(method="GET", url=away, body={}, headers=key)
        assert [got.headers.get("x-key") for got in it.crm.requests] == ["tok-s3cret-0123"]
        assert [got.headers.get("x-key") for got in it.other.requests] == [None]
        await it.told(url=away)
        assert "s3cret" not in str(it.other.requests)
        await it.told(method="GET", url=f"{it.crm.base_url}/hop/1", body={}, headers=key)
        assert [got.headers.get("x-key") for got in it.crm.requests[-2:]] == ["tok-s3cret-0123"] * 2


@pytest.mark.promise("SEC-01")
async def test_what_cannot_be_sent_takes_nothing(stage: Stage, tmp_path: Path):
    async with desk(stage, tmp_path) as it:
        await keep(it.it, "CRM_KEY", it.crm.place)
        done = await it.told(arguments='{"unknown": 1}')
        assert (done["is_error"], it.crm.requests, await log_of(it.it)) == (True, [], [])
        done = await it.told(headers={"X-Key": "{secret:CRM_KEY}"})
        assert (done["text"], it.crm.requests) == (
            "The header X-Key cannot carry a secret of this organization: it is not plain ASCII text on one line.", [],
        )  # fmt: skip


@pytest.mark.promise("SEC-01")
async def test_a_text_that_looks_like_a_secret_is_not_one(stage: Stage, tmp_path: Path):
    """A secret's own text, and whatever comes from the model, is put in once and not read again."""
    async with desk(stage, tmp_path) as it:
        await keep(it.it, "OUTER", it.crm.place, value="{secret:CRM_KEY}")
        await keep(it.it, "CRM_KEY", it.crm.place)
        await it.told(body={"said": "{secret:OUTER}"})
        assert it.crm.requests[0].json == {"said": "{secret:CRM_KEY}"}


@pytest.mark.promise("SEC-01", "AIS-04")
async def test_whoever_agrees_to_a_call_sees_no_secret(stage: Stage, tmp_path: Path):
    async with desk(stage, tmp_path) as it:
        await keep(it.it, "CRM_KEY", it.crm.place)
        process = it.begin(effect="pay")
        started = await it.it.start(process, "Go.")
        await it.it.final(started.run_id)
        asked = await question(it.it, started.run_id)
        assert asked["args"] == {}
        assert "s3cret" not in json.dumps(asked)
        assert await log_of(it.it) == [], "it is taken when the call is made"
        await decide(it.it, process, asked)
        await process.executor.claim()
        done = await it.result(started.run_id)
        assert (done["is_error"], it.crm.requests[0].json["secret"]) == (False, CANARY)


@pytest.mark.promise("SEC-01")
async def test_only_whoever_holds_a_run_of_the_user_gets_a_secret(stage: Stage, tmp_path: Path):
    async with theatre(stage, tmp_path) as it:
        await keep(it, "CRM_KEY", "a.example")
        here = it.process(Script([60.0]))
        started = await it.start(here, "Go.")
        alice, bob = scope_of(it.caller()), scope_of(it.caller(it.cast.bob))
        run, holder = started.run_id, here.engine.holder

        async def take(scope: OrgScope, host: str, run_id: UUID = run, holder: UUID = holder) -> Secret:
            return await secrets.take(
                it.database, it.kernel.vault, scope, "CRM_KEY", host=host, run_id=run_id, holder=holder
            )

        taken = await take(alice, "a.example")
        assert (taken.reveal().decode(), repr(taken)) == (CANARY, "<secret>")
        for wrong in (
            take(alice, "a.example", holder=ids.new()),
            take(alice, "a.example", run_id=ids.new()),
            take(bob, "a.example"),
        ):
            with pytest.raises(secrets.Refused, match="run_not_held"):
                await wrong
        for host in ("b.example", "a.example:8443", "x.a.example", "A.EXAMPLE", "a.example.", ""):
            with pytest.raises(secrets.Refused, match="host_not_allowed"):
                await take(alice, host)


@pytest.mark.promise("SEC-01", "CRY-01")
@pytest.mark.parametrize("change", ["hosts", "name", "value", "organization"])
async def test_a_row_that_somebody_changed_opens_nothing(stage: Stage, tmp_path: Path, change: str):
    async with theatre(stage, tmp_path) as it:
        secret_id = await keep(it, "CRM_KEY", "a.example", also=("evil.example",))
        thorns = await keep(it, "THORNS", "a.example", org=it.cast.thorn)
        other = await keep(it, "OTHER", "a.example", value="another value")
        here = it.process(Script([60.0]))
        started = await it.start(here, "Go.")
        renamed = (
            "update app.secret set value = (select value from app.secret where id = %s), id = gen_random_uuid() "
            "where id = %s"
        )
        with stage.admin() as admin:
            admin.execute("set session_replication_role = replica")
            if change == "name":
                admin.execute("update app.secret set name = 'WAS' where id = %s", [secret_id])
                admin.execute("update app.secret set name = 'CRM_KEY' where id = %s", [other])
            elif change in {"value", "organization"}:
                source = other if change == "value" else thorns
                admin.execute(renamed.encode(), [source, secret_id])
        host = "evil.example" if change == "hosts" else "a.example"
        with pytest.raises(Tampered):
            await secrets.take(
                it.database, it.kernel.vault, scope_of(it.caller()), "CRM_KEY",
                host=host, run_id=started.run_id, holder=here.engine.holder,
            )  # fmt: skip
