"""AUD-05: a customer's own systems get the customer's own log: all of it, in order, at least once, and signed.

Mutations, and the tests that turn red: bounds not written before they are sent -> test_a_repeat_is_the_same_under_the_
same_id and test_no_entry_is_lost_or_out_of_order_whoever_is_killed; no fence -> test_who_lost_a_stream_changes_nothing;
one lane for all -> test_streams_that_hang_hold_nobody_else_up; entries read without their log's scope ->
test_nobody_gets_the_entries_of_another_log; redirects followed -> test_what_a_receiver_may_not_do_is_named.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ringfence.base import ids
from ringfence.base.principal import Role
from ringfence.controls import audit
from ringfence.controls.streams import rows
from ringfence.controls.tenancy import DatabaseError, OrgTx, Statement, scalar
from tests.fakes import siem_server
from tests.fakes.siem_server import Hook, Papers
from tests.house import house
from tests.streaming import QUICK, Desk, desk, root_of
from tests.world import Stage

pytestmark = pytest.mark.promise("AUD-05")


def sequences(hooks: list[Hook]) -> list[int]:
    return [event["metadata"]["sequence"] for hook in hooks for event in hook.events]


@pytest.mark.promise("HOK-02", "AUD-02")
async def test_entries_arrive_signed_in_order_and_as_their_leaves(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(120)
        await it.follow()
        events = [event for hook in hooks.requests for event in hook.events]
        state = await it.state(stream)
        assert [event["metadata"]["sequence"] for event in events] == list(range(state["size"]))
        assert root_of(events) == await it.root(), "what came is what the tree has hashed"
        assert all(hook.is_signed_by(stream["secret"]) for hook in hooks.requests)
        assert not any(hook.is_signed_by("whsec_" + "A" * 44) for hook in hooks.requests)
        assert {hook.json["type"] for hook in hooks.requests} == {"audit.entries"}
        assert (state["lag"], state["last_error"], state["waiting_since"]) == (0, None, None)
        assert state["last_delivered_at"]
        assert "secret" not in state
        assert len({hook.id for hook in hooks.requests}) == len(hooks.requests) == 3
        await it.follow()
        assert len(hooks.requests) == 3, "nothing is sent twice without need"


async def test_a_repeat_is_the_same_under_the_same_id(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        hooks.answers = [500, 503, 301]
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(3)
        for code in ("http_500", "http_503", "http_301"):
            await it.follow()
            state = await it.state(stream)
            assert (state["last_error"], state["failures"]) == (code, len(hooks.requests))
            assert state["lag"] == state["size"] > 0
            await it.write(5)
        await it.follow()
        first, *others = hooks.requests[:4]
        assert [(hook.id, hook.body) for hook in others] == [(first.id, first.body)] * 3
        assert all(hook.is_signed_by(stream["secret"]) for hook in hooks.requests)
        state = await it.state(stream)
        assert sequences([first, *hooks.requests[4:]]) == list(range(state["size"]))
        assert (state["lag"], state["failures"], state["last_error"]) == (0, 0, None)


async def test_no_entry_is_lost_or_out_of_order_whoever_is_killed(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(400)
        for at in (1, 4):
            child = await following(it, tmp_path, hooks.place)
            while len(hooks.requests) < at:
                await asyncio.wait_for(hooks.came.wait(), 60)
                hooks.came.clear()
            os.kill(child.pid, signal.SIGKILL)
            await child.wait()
            it.sql("update app.audit_stream_work set next_at = '-infinity'")  # The lease of the dead runs out.
        await it.follow()
        bodies = {hook.id: hook.body for hook in hooks.requests}
        assert all(bodies[hook.id] == hook.body for hook in hooks.requests)
        once = list({hook.id: hook for hook in hooks.requests}.values())
        assert sequences(once) == list(range((await it.state(stream))["size"]))


async def following(it: Desk, data: Path, place: str) -> asyncio.subprocess.Process:
    """A process of its own that follows until it is killed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.following_process", stdin=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    said = {"url": it.stage.app_url, "kid": it.stage.key.kid, "key": it.stage.key.secret.hex()}
    child.stdin.write(json.dumps({**said, "data": str(data), "place": place}).encode())
    child.stdin.close()
    return child


async def test_nobody_gets_the_entries_of_another_log(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        logs: dict[str, str | None] = {"/rose": "rose", "/thorn": "thorn", "/northwind": None}
        for path, org in logs.items():
            await it.add(org, kind="webhook", url=f"http://{hooks.place}{path}")
        for org in logs.values():
            await it.write(7, org)
        await it.follow()
        for path, org in logs.items():
            events = [event for hook in hooks.of(path) for event in hook.events]
            assert {event["metadata"]["log_name"] for event in events} == {it.log(org).name}
            assert {json.loads(event["raw_data"])["log"] for event in events} == {it.log(org).name}
            assert root_of(events) == await it.root(org)


@pytest.mark.parametrize("form", ["lines", "hec"])
async def test_other_receivers_get_a_line_for_each_event(stage: Stage, tmp_path: Path, form: str):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        token = "Splunk 6f0c2b0e"
        stream = await it.add(kind="webhook", url=hooks.url, form=form, authorization=token)
        await it.write(4)
        await it.follow()
        (hook,) = hooks.requests
        lines = [json.loads(line) for line in hook.body.splitlines()]
        events = [line["event"] for line in lines] if form == "hec" else lines
        assert root_of(events) == await it.root()
        assert hook.headers["authorization"] == token
        assert hook.is_signed_by(stream["secret"])
        state = await it.state(stream)
        assert (state["has_authorization"], token in json.dumps(state)) == (True, False)
        if form == "hec":
            assert {line["source"] for line in lines} == {f"ringfence:{it.log().name}"}
            assert all(abs(line["time"] * 1000 - line["event"]["time"]) < 1 for line in lines)


@pytest.mark.promise("AGT-06")
async def test_syslog_over_tls_carries_each_entry_with_structured_data(stage: Stage, tmp_path: Path):
    papers = Papers.issue()
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    async with desk(stage, tmp_path, f"127.0.0.1:{port}") as it:
        stream = await it.add(kind="syslog", host="127.0.0.1", port=port, ca_pem=papers.ca_pem)
        await it.write(60)
        await it.follow()
        assert (await it.state(stream))["last_error"] == "unreachable"
        async with siem_server.syslog(papers, port) as logs:
            await it.follow()
        state = await it.state(stream)
        assert (state["lag"], state["has_ca"], state["last_error"]) == (0, True, None)
        assert root_of([message.event for message in logs.messages]) == await it.root()
        for index, message in enumerate(logs.messages):
            assert (message.sd_id, message.parameters["index"]) == ("ringfence@32473", str(index))
            assert message.parameters["log"] == it.log().name == message.event["metadata"]["log_name"]
            assert message.parameters["id"] == message.event["metadata"]["uid"]
            assert message.parameters["action"] == message.msgid == message.event["message"]
            assert (message.host, message.pri // 8) == ("ringfence.test", 13)


async def test_syslog_goes_to_no_server_that_its_authorities_do_not_vouch_for(stage: Stage, tmp_path: Path):
    async with siem_server.syslog(Papers.issue()) as logs, desk(stage, tmp_path, logs.place) as it:
        stream = await it.add(kind="syslog", host="127.0.0.1", port=logs.port, ca_pem=Papers.issue().ca_pem)
        await it.write(1)
        await it.follow()
        state = await it.state(stream)
        assert (state["last_error"], state["lag"], logs.messages) == ("untrusted", state["size"], [])


async def test_streams_that_hang_hold_nobody_else_up(stage: Stage, tmp_path: Path):
    async with (
        siem_server.webhooks() as hooks,
        siem_server.webhooks() as stuck,
        desk(stage, tmp_path, hooks.place, stuck.place) as it,
    ):
        for path in ("/silent", "/silent", "/silent"):
            await it.add(kind="webhook", url=f"http://{stuck.place}{path}")
        it.sql("update app.audit_stream_work set is_slow = true")  # As one turn, or one failure, makes them.
        alive = await it.add("thorn", kind="webhook", url=hooks.url)
        await it.write(2)
        await it.write(2, "thorn")
        follower = it.follower(replace(QUICK, streams=1, slow_streams=2))
        running = asyncio.create_task(follower.run())
        for _ in range(3):
            await asyncio.wait_for(arrived(it, alive), 60)
            await it.write(3, "thorn")
        await asyncio.wait_for(arrived(it, alive), 60)
        assert len(stuck.requests) == 2, "they have two places, and no more"
        await follower.drain(within_s=0.1)
        await running
        await follower.settle()


async def arrived(it: Desk, stream: dict[str, Any]) -> None:
    """Waits until all that is sealed has arrived."""
    state = await it.state(stream)
    while state["lag"]:
        await asyncio.sleep(0.02)
        state = await it.state(stream)


async def test_one_process_at_a_time_works_a_stream(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(150)
        followers = [it.follower() for _ in range(4)]
        begun = await asyncio.gather(*(one.start_due() for one in followers))
        await asyncio.gather(*(one.settle() for one in followers))
        assert sum(begun) == 1
        assert sequences(hooks.requests) == list(range((await it.state(stream))["size"]))


async def test_who_lost_a_stream_changes_nothing(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        hooks.hold = asyncio.Event()
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(150)
        late = it.follower()
        await late.start_due()
        await asyncio.wait_for(hooks.came.wait(), 60)
        it.sql("update app.audit_stream_work set next_at = '-infinity'")
        late_hold, hooks.hold = hooks.hold, None
        await it.follow()
        state = await it.state(stream)
        assert (state["lag"], len({hook.id for hook in hooks.requests})) == (0, len(hooks.requests) - 1)
        late_hold.set()
        await late.settle()
        assert await it.state(stream) == state
        assert sequences(hooks.requests[1:]) == list(range(state["size"]))


@pytest.mark.promise("AUD-04")
async def test_entries_that_left_the_log_after_their_year_leave_a_gap_and_stop_nothing(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(120)
        gone = "delete from app.audit_queue q using app.audit_sealed s where s.scope_id = %s and s.index < %s"
        it.sql(gone + " and q.scope_id = s.scope_id and q.id = s.entry_id", it.orgs["rose"], 60)
        await it.follow()
        state = await it.state(stream)
        assert (state["lag"], sequences(hooks.requests)) == (0, list(range(60, state["size"])))
        assert hooks.requests[0].json["data"]["first"] == 50, "a batch without any entry is not sent"


@pytest.mark.promise("AUD-02")
async def test_a_log_with_a_hole_is_not_carried_past_it(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(60)
        it.sql("delete from app.audit_sealed where scope_id = %s and index = 55", it.orgs["rose"])
        for _ in range(2):
            await it.follow()
        state = await it.state(stream)
        assert (state["last_error"], state["next_index"]) == ("log_incomplete", 50)
        assert sequences(hooks.requests) == list(range(50))


@pytest.mark.promise("CRY-03")
async def test_a_stream_whose_row_was_exchanged_goes_nowhere(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=f"http://{hooks.place}/rose")
        other = await it.add("thorn", kind="webhook", url=f"http://{hooks.place}/thorn")
        await it.write(1)
        mine, theirs = "select target from app.audit_stream where id = %s", "update app.audit_stream set target ="
        it.sql(f"{theirs} ({mine}) where id = %s", other["id"], stream["id"])
        await it.follow()
        assert hooks.of("/rose") == [], "neither where it went"
        assert not any(
            event["metadata"]["log_name"] == it.log().name for hook in hooks.requests for event in hook.events
        )
        with stage.admin() as admin:
            said = "select last_error from app.audit_stream_work where stream_id = %s"
            assert admin.execute(said.encode(), [stream["id"]]).fetchone() == ("unreadable",)


@pytest.mark.promise("TEN-04")
async def test_no_user_of_an_organization_sets_up_or_moves_a_stream_whatever_sql_they_run(stage: Stage, tmp_path: Path):
    async with desk(stage, tmp_path) as it:
        stream = await it.add(kind="checkpoint_mail", to="ada@rose.example")
        scope = replace(it.scope(), role=Role.ADMIN, user_id=ids.new())
        database = it.home.kernel.database
        for statement in (
            rows.ADD(ids.new(), "checkpoint_mail", None, b"target", None),
            rows.DELETE(UUID(stream["id"])),
            rows.PAUSE(UUID(stream["id"])),
        ):
            with pytest.raises(DatabaseError) as refused:
                await database.write(scope, statement)
            assert refused.value.sqlstate == "42501"
        moved = Statement("update app.audit_stream set target = 'elsewhere' where id = $1", scalar)
        with pytest.raises(DatabaseError) as refused:
            await database.write(it.scope(), moved(UUID(stream["id"])))
        assert refused.value.sqlstate == "42501"
        assert (await it.state(stream))["to"] == "ada@rose.example"


async def test_a_batch_that_is_too_large_goes_in_smaller_ones(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        hooks.most_bytes = 12_000
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(60)
        for _ in range(30):
            await it.follow()
        taken = [hook for hook in hooks.requests if len(hook.body) <= hooks.most_bytes]
        assert sequences(taken) == list(range((await it.state(stream))["size"]))


async def test_what_a_receiver_may_not_do_is_named(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        ways = {"/redirect": "refused_redirect", "/endless": "too_large"}
        streams = [await it.add(kind="webhook", url=f"http://{hooks.place}{path}") for path in ways]
        await it.write(1)
        await it.follow()
        assert [(await it.state(one))["last_error"] for one in streams] == list(ways.values())
        assert not hooks.of("/elsewhere")


async def test_a_receiver_that_asks_for_time_gets_it(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        hooks.answers, hooks.retry_after = [429], "600"
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(1)
        for _ in range(3):
            await it.follow()
        assert ((await it.state(stream))["last_error"], len(hooks.requests)) == ("http_429", 1)
        assert (await it.ask("PATCH", stream, body={"status": "paused"})).status == 200
        assert (await it.ask("PATCH", stream, body={"status": "active"})).status == 200
        await it.follow()
        assert (await it.state(stream))["lag"] == 0, "whoever resumes it does not wait"


async def test_a_stream_that_was_put_off_by_a_clock_which_was_a_week_ahead_goes_on(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(1)
        it.sql("update app.audit_stream_work set next_at = now() + interval '50 minutes'")
        await it.follow()
        assert hooks.requests == [], "a pause may be as long"
        it.sql("update app.audit_stream_work set next_at = now() + interval '7 days'")
        await it.follow()
        assert (await it.state(stream))["lag"] == 0


async def test_a_paused_stream_goes_on_where_it_stopped(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=hooks.url)
        await it.write(3)
        await it.follow()
        assert (await it.ask("PATCH", stream, body={"status": "paused"})).body["status"] == "paused"
        await it.write(4)
        await it.follow()
        assert (len(hooks.requests), (await it.state(stream))["lag"] > 0) == (1, True)
        assert (await it.ask("PATCH", stream, body={"status": "active"})).body["status"] == "active"
        await it.write(1)
        await it.follow()
        assert sequences(hooks.requests) == list(range((await it.state(stream))["size"]))


async def test_a_stream_begins_with_what_comes_from_now_on(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        await it.write(9)
        begun = await it.add(kind="webhook", url=hooks.url, from_index=None)
        await it.write(1)
        await it.follow()
        assert sequences(hooks.requests)[0] == begun["next_index"] == begun["size"] >= 9


@pytest.mark.promise("HOK-02", "SEC-01")
async def test_while_a_secret_is_replaced_receivers_may_know_either(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        stream = await it.add(kind="webhook", url=hooks.url)
        rotated = (await it.ask("POST", stream, "/rotate-secret", {"overlap_seconds": 60})).body
        await it.write(1)
        await it.follow()
        assert [hooks.requests[0].is_signed_by(one["secret"]) for one in (stream, rotated)] == [True, True]
        last = (await it.ask("POST", stream, "/rotate-secret", {"overlap_seconds": 0})).body
        await it.write(1)
        await it.follow()
        assert [hooks.requests[1].is_signed_by(one["secret"]) for one in (stream, rotated, last)] == [
            False, False, True,
        ]  # fmt: skip
        assert len({stream["secret"], rotated["secret"], last["secret"]}) == 3
        assert (await it.state(stream))["secret_rotated_at"]


async def test_a_test_says_what_became_of_it_and_takes_no_place_in_the_log(stage: Stage, tmp_path: Path):
    papers = Papers.issue()
    async with (
        siem_server.webhooks() as hooks,
        siem_server.syslog(papers) as logs,
        desk(stage, tmp_path, hooks.place, logs.place) as it,
    ):
        hook = await it.add(kind="webhook", url=hooks.url)
        syslog = await it.add(kind="syslog", host="127.0.0.1", port=logs.port, ca_pem=papers.ca_pem)
        hooks.answers = [200, 403]
        tried = [(await it.ask("POST", one, "/test")).body for one in (hook, hook, syslog)]
        assert tried == [
            {"delivered": True, "error": None},
            {"delivered": False, "error": "http_403"},
            {"delivered": True, "error": None},
        ]
        assert hooks.requests[0].json["type"] == "audit.test"
        assert hooks.requests[0].is_signed_by(hook["secret"])
        event = logs.messages[0].event
        assert (event["metadata"]["labels"], "raw_data" in event, "sequence" in event["metadata"]) == (
            ["test"], False, False,
        )  # fmt: skip
        assert (await it.state(hook))["next_index"] == 0


async def test_a_checkpoint_goes_out_each_day_by_webhook_and_by_mail(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        hook = await it.add(kind="checkpoint_webhook", url=hooks.url)
        mail = await it.add(kind="checkpoint_mail", to="ada@rose.example")
        await it.write(3)
        await it.follow()
        assert hooks.requests == [], "nothing is published yet"
        size, note = (await it.state(hook))["size"], "a signed note\n"
        it.sql(
            "update app.audit_log set published_size = size, checkpoint = %s, published_at = now() where scope_id = %s",
            note,
            it.orgs["rose"],
        )
        hooks.answers = [500]
        for _ in range(4):
            await it.follow()
        refused, taken = hooks.requests
        assert (refused.id, refused.body) == (taken.id, taken.body)
        assert taken.is_signed_by(hook["secret"])
        assert (taken.json["type"], taken.json["data"]) == (
            "audit.checkpoint",
            {"log": it.log().name, "size": size, "checkpoint": note},
        )
        states = [await it.state(one) for one in (hook, mail)]
        assert [(one["next_index"], one["lag"], one["last_error"]) for one in states] == [(size, None, None)] * 2
        assert letters(it) == 1
        assert (await it.ask("POST", mail, "/test")).body == {"delivered": True, "error": None}
        assert letters(it) == 2
        it.sql("update app.audit_stream_work set next_at = '-infinity'")  # The next day.
        await it.follow()
        assert len(hooks.requests) == 3


def letters(it: Desk) -> int:
    """How many letters about this log wait for the courier."""
    with it.stage.admin() as admin:
        row = admin.execute(
            "select count(*) from app.delivery where scope_id = %s and kind in ('audit_checkpoint', 'audit_test')",
            [it.orgs["rose"]],
        ).fetchone()
    return row[0] if row else 0


@pytest.mark.promise("PRV-01")
async def test_the_streams_of_an_erased_organization_end_with_it(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        await it.add(kind="webhook", url=hooks.url)
        await it.write(2)
        assert (await it.home.api("DELETE", f"/api/v1/partner/organizations/{it.orgs['rose']}")).status == 200
        await it.follow()
        assert hooks.requests == []
        with stage.admin() as admin:
            left = admin.execute("select (select count(*) from app.audit_stream), count(*) from app.audit_stream_work")
            assert left.fetchone() == (0, 0)


@pytest.mark.promise("AUD-01", "AUD-03")
async def test_each_change_of_a_stream_leaves_its_entry_in_the_log_that_it_carries(stage: Stage, tmp_path: Path):
    async with siem_server.webhooks() as hooks, desk(stage, tmp_path, hooks.place) as it:
        for org in ("rose", None):
            stream = await it.add(org, kind="webhook", url=hooks.url)
            await it.ask("PATCH", stream, body={"status": "paused"})
            await it.ask("PATCH", stream, body={"status": "paused"})
            await it.ask("PATCH", stream, body={"status": "active"})
            await it.ask("POST", stream, "/rotate-secret")
            hooks.answers = [500]
            await it.ask("POST", stream, "/test")
            assert (await it.ask("DELETE", stream)).status == 204
            said = [one for one in await entries(it, org) if str(one.target_id) == stream["id"]]
            assert [(one.action.removeprefix("audit_stream."), one.outcome) for one in reversed(said)] == [
                ("created", "success"),
                ("paused", "success"),
                ("resumed", "success"),
                ("secret_rotated", "success"),
                ("tested", "failure"),
                ("deleted", "success"),
            ]
            assert {json.dumps(one.details) for one in said} == {'{"kind": "webhook"}'}
            assert {one.permission for one in said} == {"audit_streams:write"}
            assert [(await it.ask(way, stream)).status for way in ("GET", "DELETE")] == [404, 404]


async def entries(it: Desk, org: str | None) -> list[audit.Entry]:
    scope, database = it.scope(org), it.home.kernel.database
    opened = database.org(scope) if org else database.partner(scope)  # pyright: ignore[reportArgumentType] - as `scope` made it
    async with opened as tx:
        assert isinstance(tx, OrgTx) is (org is not None)
        return await audit.recent(tx, 50)


PEM = Papers.issue().ca_pem
KEY = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"  # gitleaks:allow - four letters
BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "invalid_request"),
    ({"kind": "pigeon"}, "invalid_request"),
    ({"kind": "webhook"}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "host": "siem.example"}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "to": "a@b.example"}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "form": "cef"}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "from_index": -1}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "from_index": 2**53}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "authorization": "a\r\nb: c"}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "authorization": ""}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "authorization": "ø"}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example", "secret": "mine"}, "invalid_request"),
    ({"kind": "webhook", "url": "https://siem.example/" + "x" * 2048}, "invalid_request"),
    ({"kind": "webhook", "url": "http://siem.example/"}, "invalid_url"),
    ({"kind": "webhook", "url": "https://user@siem.example/"}, "invalid_url"),
    ({"kind": "webhook", "url": "https://siem.example/#part"}, "invalid_url"),
    ({"kind": "webhook", "url": "https://127.0.0.1/"}, "invalid_url"),
    ({"kind": "webhook", "url": "https://[::ffff:10.0.0.1]/"}, "invalid_url"),
    ({"kind": "webhook", "url": "https://169.254.169.254/latest"}, "invalid_url"),
    ({"kind": "webhook", "url": "https://0x7f.1/"}, "invalid_url"),
    ({"kind": "webhook", "url": "https://localhost/"}, "invalid_url"),
    ({"kind": "webhook", "url": "ftp://siem.example/"}, "invalid_url"),
    ({"kind": "webhook", "url": "https://siem.example:25/"}, "invalid_url"),
    ({"kind": "checkpoint_webhook", "url": "file:///etc/passwd"}, "invalid_url"),
    ({"kind": "checkpoint_webhook", "url": "https://siem.example", "from_index": 0}, "invalid_request"),
    ({"kind": "checkpoint_webhook", "url": "https://siem.example", "form": "lines"}, "invalid_request"),
    ({"kind": "syslog"}, "invalid_request"),
    ({"kind": "syslog", "host": "logs.example", "port": 0}, "invalid_request"),
    ({"kind": "syslog", "host": "logs.example", "port": 65_536}, "invalid_request"),
    ({"kind": "syslog", "host": "logs.example", "authorization": "x"}, "invalid_request"),
    ({"kind": "syslog", "host": "logs.example", "port": 514}, "invalid_host"),
    ({"kind": "syslog", "host": "logs.example:6514"}, "invalid_host"),
    ({"kind": "syslog", "host": "https://logs.example"}, "invalid_host"),
    ({"kind": "syslog", "host": "10.1.2.3"}, "invalid_host"),
    ({"kind": "syslog", "host": "[fd00::1]"}, "invalid_host"),
    ({"kind": "syslog", "host": "logs"}, "invalid_host"),
    ({"kind": "syslog", "host": "logs.example", "ca_pem": "nonsense"}, "unusable_ca"),
    ({"kind": "syslog", "host": "logs.example", "ca_pem": ""}, "unusable_ca"),
    ({"kind": "syslog", "host": "logs.example", "ca_pem": PEM[:200]}, "unusable_ca"),
    ({"kind": "syslog", "host": "logs.example", "ca_pem": KEY + PEM}, "unusable_ca"),
    ({"kind": "checkpoint_mail"}, "invalid_request"),
    ({"kind": "checkpoint_mail", "to": "ada"}, "invalid_address"),
    ({"kind": "checkpoint_mail", "to": "ada@rose.example, eve@evil.example"}, "invalid_address"),
    ({"kind": "checkpoint_mail", "to": "ada@rose.example\r\nBcc: eve@evil.example"}, "invalid_request"),
    ({"kind": "checkpoint_mail", "to": "ada@rose.example", "url": "https://siem.example"}, "invalid_request"),
]


async def test_what_is_no_stream_is_refused_with_its_place(stage: Stage, tmp_path: Path):
    async with desk(stage, tmp_path) as it:
        for body, code in BAD:
            answer = await it.home.api("POST", it.path(), body)
            assert (answer.status, answer.code) == (422, code), (body, answer.body)
            assert answer.body["errors"][0]["pointer"]
            assert KEY not in json.dumps(answer.body)
        assert (await it.home.api("GET", it.path())).body["items"] == []


async def test_a_log_has_ten_streams_and_a_stream_that_is_not_signed_no_secret(stage: Stage, tmp_path: Path):
    async with desk(stage, tmp_path) as it:
        body = {"kind": "checkpoint_mail", "to": "ada@rose.example"}
        answers = await asyncio.gather(*(it.home.api("POST", it.path(), body) for _ in range(12)))
        assert sorted(answer.status for answer in answers) == [201] * 10 + [409] * 2
        assert {answer.code for answer in answers if answer.status == 409} == {"too_many_audit_streams"}
        made = next(answer.body for answer in answers if answer.status == 201)
        refused = await it.ask("POST", made, "/rotate-secret")
        assert (made["secret"], refused.status, refused.code) == (None, 409, "no_secret")
        page = (await it.home.api("GET", it.path() + "?limit=4")).body
        rest = (await it.home.api("GET", it.path() + f"?cursor={page['next_cursor']}")).body
        assert (len(page["items"]), len(rest["items"]), rest["next_cursor"]) == (4, 6, None)
        assert (await it.home.api("POST", it.path("thorn"), body)).status == 201, "each log has its own"


@pytest.mark.promise("TEN-01")
async def test_a_stream_of_another_partner_or_another_log_does_not_exist(stage: Stage, tmp_path: Path):
    async with desk(stage, tmp_path) as it:
        stream = await it.add(kind="checkpoint_mail", to="ada@rose.example")
        async with house(stage, tmp_path) as other:
            for api, path in (
                (other.api, it.path()),
                (it.home.api, it.path("thorn")),
                (it.home.api, it.path(None)),
            ):
                one = f"{path}/{stream['id']}"
                answers = [
                    await api("GET", one),
                    await api("DELETE", one),
                    await api("PATCH", one, {"status": "paused"}),
                    await api("POST", f"{one}/rotate-secret"),
                    await api("POST", f"{one}/test"),
                ]
                assert [(answer.status, answer.code) for answer in answers] == [(404, "not_found")] * 5
            assert (await other.api("GET", it.path())).status == 404
            assert (await other.api("POST", it.path(), {"kind": "checkpoint_mail", "to": "a@b.example"})).status == 404
        assert (await it.state(stream))["status"] == "active"


@pytest.mark.promise("SEC-01")
async def test_a_secret_is_shown_once_even_to_who_asks_again(stage: Stage, tmp_path: Path):
    async with desk(stage, tmp_path) as it:
        body = {"kind": "webhook", "url": "https://siem.example/"}
        first = await it.home.api("POST", it.path(), body, Idempotency_Key="once-and-no-more")
        again = await it.home.api("POST", it.path(), body, Idempotency_Key="once-and-no-more")
        assert first.body["secret"].startswith("whsec_")
        assert (again.status, again.code) == (409, "already_done")
        assert first.body["id"] in again.body["detail"]
        with stage.admin() as admin:
            rows = admin.execute("select target, secret from app.audit_stream").fetchall()
        assert not any(b"siem.example" in bytes(target) or b"whsec" in bytes(secret) for target, secret in rows)
