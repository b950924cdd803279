"""A secret's way through the whole product: it arrives at the server that it is for, and stands nowhere else.

Every public path that touches secrets is walked on a real server, with values that no guess would hit: made,
replaced, refused, listed, deleted; called, refused, redirected, timed out, approved, echoed; over every stream. Then
everything is searched, decoded: answers, prompts, logs, the database's own log with every statement and its values, a
dump, all files. The search has its controls: the names of the secrets, which stand in clear, and the servers that got
the values.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from tests.attacks.decoding import dump, found_in, found_in_files
from tests.served import (
    Answer,
    Partner,
    Process,
    User,
    deployment_directory,
    make_partner,
    model_server,
    process,
    request,
    tool_server,
)

pytestmark = pytest.mark.promise("SEC-01")
KINDS = ("header", "body", "model", "replaced", "deleted", "refused", "unused", "failed", "replayed", "named", "broken")
EVERY_STATEMENT = (
    "alter role ringfence_app set log_statement = 'all'",
    "alter role ringfence_app set log_parameter_max_length = -1",
    "alter role ringfence_app set log_error_verbosity = 'default'",
    "alter role ringfence_app set log_parameter_max_length_on_error = -1",
    "select pg_terminate_backend(pid, 60000) from pg_stat_activity where usename = 'ringfence_app'",
)
"""The database is told not to write down values; here it must, and the connections begin anew."""


@dataclass
class Walk:
    """A deployment in which every secret went its way, and all that came back."""

    server: Process
    northwind: Partner
    alice: User
    api: str
    model: str
    mark: str
    answers: list[Answer] = field(default_factory=list)

    def value(self, kind: str) -> str:
        return f"{self.mark}x{kind}x"

    @property
    def values(self) -> list[str]:
        return [self.value(kind) for kind in KINDS]

    def asks(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        answer = self.northwind.call(method, path, body, **more)
        self.answers.append(answer)
        return answer

    def users(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        answer = self.alice.call(method, path, body, **more)
        self.answers.append(answer)
        return answer

    def secret(self, suffix: str, kind: str, **changes: Any) -> Answer:
        place = self.api.removeprefix("http://")
        body = {
            "organization_id": self.northwind.organizations["rose"], "name": f"{self.mark.upper()}_{suffix}",
            "value": self.value(kind), "allowed_hosts": [place], **changes,
        }  # fmt: skip
        return self.asks("POST", "/secrets", body)

    def agent(self, path: str, *, effect: str = "read", seconds: int = 30, **changes: Any) -> str:
        tool = {
            "name": "lookup", "description": "Looks something up.", "kind": "http", "method": "POST",
            "url": self.api + path, "effect": effect, "limits": {"timeout_seconds": seconds}, "body": self.in_body(),
            "headers": {"Authorization": f"Bearer {{secret:{self.mark.upper()}_HEADER}}"},
            "parameters": {"type": "object", "properties": {"id": {"type": "string"}}}, **changes,
        }  # fmt: skip
        body = {"name": "Desk", "instructions": "Help.", "model": "openai:obey", "tools": [tool]}
        made = self.asks("POST", "/agents", body)
        assert made.status == 201, made.raw
        return made.json["id"]

    def in_body(self) -> dict[str, Any]:
        return {"key": f"{{secret:{self.mark.upper()}_BODY}}"}

    def ends(self, path: str, **changes: Any) -> str:
        """A run of one call; the tool's answer as the run's events tell it."""
        run = self.alice.ask('lookup {"id": "7"}', agent=self.agent(path, **changes))["id"]
        self.alice.finish(run)
        for shown in (f"/runs/{run}", f"/runs/{run}/events", "/runs", "/conversations"):
            self.users("GET", shown)
        self.users("GET", f"/runs/{run}/events", headers={"Accept": "text/event-stream"})
        return self.answers[-1].raw.decode()


@pytest.fixture(scope="module")
def walk() -> Iterator[Walk]:
    mark = f"cnry{secrets.token_hex(5)}"
    with deployment_directory() as directory, model_server() as model, tool_server() as api:
        places = ",".join(one.removeprefix("http://").split("/")[0] for one in (api, model))
        with process(directory, openai_base_url=model, egress_allow=places) as server:
            with psycopg.connect(server.database().superuser_dsn, autocommit=True) as admin:
                for statement in EVERY_STATEMENT:
                    admin.execute(statement.encode())
            northwind = make_partner(server, "northwind", ["rose"])
            it = Walk(server, northwind, northwind.user("alice", "rose"), api, model.removesuffix("/v1"), mark)
            _keep(it)
            _refuse(it)
            _call(it)
            _break(it)
            yield it


def _keep(it: Walk) -> None:
    assert it.secret("HEADER", "replaced").status == 201
    assert it.secret("HEADER", "header").json["replaced"]
    assert it.secret("BODY", "body").status == 201
    assert it.secret("UNUSED", "unused").status == 201
    own = [it.model.removeprefix("http://")]
    assert it.secret("", "model", name="MODEL_OPENAI", allowed_hosts=own).status == 201
    gone = it.secret("GONE", "deleted").json["id"]
    it.asks("GET", f"/secrets/{gone}")
    assert it.asks("DELETE", f"/secrets/{gone}").status == 204
    body = {
        "organization_id": it.northwind.organizations["rose"], "name": f"{it.mark.upper()}_REPLAYED",
        "value": it.value("replayed"), "allowed_hosts": ["a.example"],
    }  # fmt: skip
    for value in (it.value("replayed"), it.value("replayed"), it.value("replayed") + "-other"):
        it.asks("POST", "/secrets", body | {"value": value}, headers={"Idempotency-Key": "planted-key"})
    assert it.answers[-1].status == 422
    it.asks("GET", f"/secrets?organization_id={body['organization_id']}")
    assert it.answers[-1].raw.count(it.mark.upper().encode()) == 4


def _refuse(it: Walk) -> None:
    refused, before = it.value("refused"), len(it.answers)
    it.secret("BAD", "refused", allowed_hosts=["*.example.com"])
    it.secret("BAD", "refused", value=[refused])
    it.secret("BAD", "refused", value=refused + "\x00")
    it.secret("BAD", "refused", value=refused * 5_000)
    it.secret("BAD", "refused", value=refused * 15_000)
    it.secret("BAD", "refused", extra=refused)
    it.secret("BAD", "refused", name=it.value("named"))
    it.secret("BAD", "refused", allowed_hosts=[refused + "/x"])
    it.secret("BAD", "refused", organization_id=refused)
    it.secret("BAD", "refused", organization_id="00000000-0000-8000-8000-000000000000")
    it.asks("POST", "/secrets", raw=f'{{"value": "{refused}", '.encode())
    it.asks("POST", "/secrets", raw=f'["{refused}"]'.encode())
    it.asks("POST", "/secrets", raw=refused.encode(), headers={"Content-Type": "text/plain"})
    it.users("POST", "/partner/secrets", {"value": refused})
    tool = {"name": "a", "kind": "http", "headers": {"Authorization": f"Bearer {refused}"}}
    whole = {"description": "A.", "method": "GET", "url": "https://a.example/", "effect": "read"}
    it.asks("POST", "/agents", {"name": "A", "instructions": "A.", "model": "openai:obey", "tools": [tool | whole]})
    assert it.answers[-1].json["code"] == "literal_secret"
    assert {answer.status for answer in it.answers[before:]} == {400, 403, 404, 413, 422}


def _call(it: Walk) -> None:
    assert "[secret]" in it.ends("/echo")
    assert "[secret]" in it.ends("/echo", method="PUT")
    assert "status 500" in it.ends("/status/500")
    assert "in time" in it.ends("/silent", seconds=1)
    assert "hung up" in it.ends("/half")
    assert "sent the call on" in it.ends(f"/redirect/307?to={it.model}/v1/models")
    it.ends(f"/redirect/302?to={it.model}/stats", method="GET", body={})
    missing = {"key": "{secret:NOBODY_HAS_THIS}"}
    assert "not set up for this organization" in it.ends("/echo", body=missing)
    asked = it.alice.be_asked('lookup {"id": "7"}', agent=it.agent("/echo", effect="pay"))
    it.users("GET", f"/approvals/{asked['id']}")
    it.users("GET", "/approvals")
    it.users("POST", f"/approvals/{asked['id']}", {"decision": "approve", "args_sha256": asked["args_sha256"]})
    assert it.answers[-1].status == 200
    it.alice.finish(asked["run_id"])
    it.users("GET", f"/runs/{asked['run_id']}/events")
    agent = it.agent("/echo")
    said = {"id": secrets.token_hex(4), "role": "user", "content": 'lookup {"id": "8"}'}
    agui = {"threadId": "t", "runId": "r", "messages": [said], "tools": [], "context": [], "state": {}}
    it.users("POST", f"/agui/{agent}", agui | {"forwardedProps": {}})
    assert it.answers[-1].status == 200
    chat = {
        "id": "c",
        "messages": [{"id": "m", "role": "user", "parts": [{"type": "text", "text": 'lookup {"id": "9"}'}]}],
    }
    it.users("POST", f"/ui/{agent}", chat)
    body = {"agent_id": agent, "input": {"text": 'lookup {"id": "10"}'}}
    it.users("POST", "/runs", body, headers={"Accept": "text/event-stream"})
    assert "[secret]" in it.answers[-1].raw.decode()
    it.asks("GET", f"/agents/{agent}")
    it.asks("GET", "/agents")


def _break(it: Walk) -> None:
    """Faults of ours, with a value in the hand: a table that cannot be written, and a row that somebody changed."""
    with psycopg.connect(it.server.database().superuser_dsn, autocommit=True) as admin:
        admin.execute("revoke insert on app.secret from ringfence_app")
        admin.execute("revoke insert (org_id, id, name, value, allowed_hosts) on app.secret from ringfence_app")
        broken = it.secret("FAILED", "failed")
        admin.execute("grant insert (org_id, id, name, value, allowed_hosts) on app.secret to ringfence_app")
        assert broken.status == 500, broken.raw
        assert it.secret("BROKEN", "broken").status == 201
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update app.secret set value = (select value from app.secret where name = %s) where name = %s",
            [f"{it.mark.upper()}_UNUSED", f"{it.mark.upper()}_BROKEN"],
        )
    it.ends("/echo", body={"key": f"{{secret:{it.mark.upper()}_BROKEN}}"})
    assert "internal_error" in it.answers[-1].raw.decode()


def test_the_server_that_it_is_for_gets_it(walk: Walk):
    received = request(walk.api, "GET", "/requests").json
    assert len(received) >= 10
    assert {got["headers"].get("authorization") for got in received} == {f"Bearer {walk.value('header')}"}
    assert {json.loads(got["body"])["key"] for got in received if got["method"] != "GET"} == {walk.value("body")}


def test_no_answer_holds_a_value(walk: Walk):
    whole = b"\n".join(answer.raw + repr(answer.headers).encode() for answer in walk.answers)
    assert found_in(whole, walk.values) == set()
    assert found_in(whole + walk.value("header").encode().hex().encode(), walk.values) == {walk.value("header")}
    assert len(walk.answers) > 60


def test_no_model_reads_a_value(walk: Walk):
    asked = request(walk.model, "GET", "/requests").raw
    assert found_in(asked, walk.values) == set()
    assert b"[secret]" in asked


def test_no_log_holds_a_value(walk: Walk):
    assert found_in(walk.server.log.read_bytes(), [walk.mark, walk.mark.upper()]) == set()
    assert b"secret_refused" in walk.server.log.read_bytes()
    said = walk.server.database().log_file.read_bytes()
    assert found_in(said, walk.values) == set()
    assert f"{walk.mark.upper()}_HEADER".encode() in said, "it writes down every statement with its values"


def test_no_dump_and_no_file_holds_a_value(walk: Walk):
    whole = dump(walk.server.database())
    name = f"{walk.mark.upper()}_HEADER"
    assert found_in(whole, [*walk.values, name]) == {name}
    with psycopg.connect(walk.server.database().superuser_dsn, autocommit=True) as admin:
        admin.execute("checkpoint")
    assert found_in_files(walk.server.data, walk.values) == set()
    assert found_in_files(walk.server.data, [name]) != set()


@pytest.mark.promise("SEC-02")
def test_every_act_and_every_use_is_in_the_log(walk: Walk):
    with psycopg.connect(walk.server.database().superuser_dsn) as admin:
        rows = admin.execute(
            "select action, count(*), bool_and(scope = 'org' and scope_id = %s) from app.audit_queue "
            "where action like 'secret.%%' group by action",
            [walk.northwind.organizations["rose"]],
        ).fetchall()
        used = admin.execute("select sum(use_count) from app.secret").fetchone()
    found = {action: count for action, count, _ in rows}
    assert all(here for _, _, here in rows)
    assert {name: found[f"secret.{name}"] for name in ("created", "replaced", "deleted", "refused")} == {
        "created": 7, "replaced": 1, "deleted": 1, "refused": 1,
    }  # fmt: skip
    assert used is not None
    assert found["secret.used"] == used[0]
