"""A real server process on a data directory of its own, and the cast as partners' users behind real tokens."""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ringfence.base import ids
from ringfence.base.crypto import PartnerKey
from ringfence.base.postgres import EmbeddedPostgres, Server
from tests.enrolling import enrolled
from tests.world import Stage
from tests.world_postgres import binaries, scratch_directory

_READY = re.compile(r"Ringfence (?:serves on (http://\S+) |works )")
_PROGRAM = "from ringfence.cli import main; main()"
# A test run asks more in a minute than a person: limits have tests of their own.
_LIMITED = ("auth", "default", "organization", "partner", "stream_tests", "key_rotations")
_LIMITS = ",".join(f"{name}=100000/60" for name in _LIMITED)


@dataclass(frozen=True)
class Answer:
    """A response: its JSON where there is any."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        return self.json["code"]


@dataclass
class Process:
    """One `ringfence serve`, or `worker`; `base_url` is known once it is ready. `name` tells processes apart."""

    data: Path
    environment: dict[str, str]
    name: str = "server"
    base_url: str = ""
    command: str = "serve"
    program: str = _PROGRAM
    popen: subprocess.Popen[str] | None = None

    @property
    def log(self) -> Path:
        """What the process wrote to stderr, over all its starts."""
        return self.data.parent / f"{self.name}.log"

    @property
    def pid(self) -> int:
        assert self.popen is not None
        return self.popen.pid

    @property
    def is_external(self) -> bool:
        """The database is somebody else's."""
        return "RINGFENCE_DATABASE_URL" in self.environment

    def start(self, *, seconds: float = 180) -> None:
        """Starts it in a process group of its own, and waits until it serves."""
        with self.log.open("a") as log:
            position = log.tell()
            self.popen = subprocess.Popen(
                [sys.executable, "-c", self.program, self.command], env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, text=True,
            )  # fmt: skip
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.popen.poll() is None:
            if found := _READY.search(self._since(position)):
                self.base_url = found[1] or ""
                return
            time.sleep(0.02)
        raise AssertionError(f"it does not serve: {self._since(position)[-3000:]}")

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends the whole process group and waits for it; SIGKILL leaves Postgres running, in a group of its own."""
        assert self.popen is not None
        if how is signal.SIGKILL:
            os.killpg(self.popen.pid, how)
        else:
            self.popen.send_signal(how)
        self.popen.wait(60)

    def send(self, what: signal.Signals) -> None:
        """Sends a signal and waits for nothing."""
        os.kill(self.pid, what)

    def kill_database(self) -> None:
        """Ends the embedded Postgres without a chance to write anything more."""
        os.kill(self.database().pid, signal.SIGKILL)

    def database(self) -> Server:
        """The embedded Postgres, as a superuser may look behind the curtain."""
        running = EmbeddedPostgres(self.data / "postgres", binaries(), outermost=self.data).find_running()
        assert running is not None
        return running

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of the program on the same data."""
        return subprocess.run(
            [sys.executable, "-c", _PROGRAM, *arguments], env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip

    def _since(self, position: int) -> str:
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode(errors="replace")


@contextmanager
def deployment_directory() -> Iterator[Path]:
    """A directory that the database's own uid can pass through, so that all data stays within it."""
    with scratch_directory() as directory:
        directory.chmod(0o711)
        yield directory


@contextmanager
def process(
    directory: Path,
    *,
    stage: Stage | None = None,
    name: str = "server",
    command: str = "serve",
    openai_base_url: str = "",
    **settings: str,
) -> Iterator[Process]:
    """A server process on `directory`/data that is stopped, database and all, at the end.

    With `stage`, on that database instead of one of its own: several such processes share data and database.
    """
    server = Process(directory / "data", _environment(directory, settings, openai_base_url), name, command=command)
    if stage is not None:
        server.environment["RINGFENCE_DATABASE_URL"] = stage.app_url
        if not server.data.exists():
            with stage.admin() as connection:
                connection.execute("delete from ctx.key")  # of the template's root, which this data does not have
            migrated = server.run("migrate", "--admin-url", stage.admin_url)
            assert migrated.returncode == 0, migrated.stderr
    server.start()
    try:
        yield server
    finally:
        if server.popen is not None:
            is_dead = server.popen.poll() is not None
            if is_dead and not server.is_external:
                server.start()
            if not is_dead or not server.is_external:
                server.send(signal.SIGCONT)
                server.kill(signal.SIGTERM)


@contextmanager
def model_server() -> Iterator[str]:
    """The fake of tests/fakes in a process of its own, so that it does not share a processor's turn; its base URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.model_server", "0"], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[1], start_new_session=True,
    ) as fake:  # fmt: skip
        assert fake.stdout is not None
        try:
            yield fake.stdout.readline().strip()
        finally:
            fake.kill()


@contextmanager
def tool_server() -> Iterator[str]:
    """The partner's API of tests/fakes in a process of its own; its base URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.tool_server", "0"], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[1], start_new_session=True,
    ) as fake:  # fmt: skip
        assert fake.stdout is not None
        try:
            yield fake.stdout.readline().strip()
        finally:
            fake.kill()


def _environment(directory: Path, settings: Mapping[str, str], openai_base_url: str) -> dict[str, str]:
    base = {name: value for name, value in os.environ.items() if not name.startswith(("RINGFENCE_", "OPENAI_"))}
    environment = base | {
        "RINGFENCE_DATA": str(directory / "data"),
        "RINGFENCE_PORT": "0",
        "RINGFENCE_PUBLIC_URL": "http://ringfence.test",
        "RINGFENCE_LIMITS": _LIMITS,
        "RINGFENCE_LEASE_SECONDS": "1",
        **{f"RINGFENCE_{name.upper()}": value for name, value in settings.items()},
    }
    if "RINGFENCE_PG_BIN" in os.environ:
        environment["RINGFENCE_PG_BIN"] = os.environ["RINGFENCE_PG_BIN"]
    if openai_base_url:
        environment |= {"OPENAI_BASE_URL": openai_base_url, "OPENAI_API_KEY": "sk-of-the-fake"}
    return environment


def request(
    base_url: str,
    method: str,
    path: str,
    *,
    bearer: str | None = None,
    body: object = None,
    raw: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request; problems are answers, not exceptions.

    A process that a busy machine kept from looking for revocations refuses, and asks to be asked again: it is.
    """
    sent = {"Content-Type": "application/json", **(headers or {})}
    if bearer is not None:
        sent["Authorization"] = f"Bearer {bearer}"
    data = raw if raw is not None else None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(base_url + path, data=data, headers=sent, method=method)
    until = time.monotonic() + 60
    while (answer := _answered(asked)).status == 503 and b'"stale_process"' in answer.raw and time.monotonic() < until:
        time.sleep(0.5)
    return answer


def _answered(asked: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(asked, timeout=90) as response:
            return Answer(response.status, dict(response.headers), response.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, dict(refusal.headers), refusal.read())


@dataclass
class Partner:
    """A partner as its own engineers see it: an API key, a signing key, organizations by external id."""

    server: Process
    id: str
    api_key: str
    issuer: str
    agent: str = ""
    organizations: dict[str, str] = field(default_factory=dict)
    key: PartnerKey = field(init=False)

    def call(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        """A request with the partner's API key."""
        return request(self.server.base_url, method, f"/api/v1/partner{path}", bearer=self.api_key, body=body, **more)

    def take_key(self, kid: str) -> None:
        """Registers a new signing key and signs with it from now on."""
        self.key = PartnerKey.kept_in(self.server.data.parent / f"{secrets.token_hex(4)}.pem", kid)
        registered = {"kid": kid, "algorithm": self.key.algorithm, "public_key_pem": self.key.public_pem}
        assert self.call("POST", "/signing-keys", registered).status == 201

    def claims(self, sub: str, org: str, **changes: Any) -> dict[str, Any]:
        """Good claims for a user, changed where asked; None removes one."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": self.server.environment["RINGFENCE_PUBLIC_URL"], "sub": sub, "org": org,
            "iat": now, "exp": now + 600, "jti": str(ids.new()), "name": sub.capitalize(), **changes,
        }  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def exchange(self, sub: str, org: str, **changes: Any) -> Answer:
        """The answer to a token of these claims."""
        token = self.key.sign(self.claims(sub, org, **changes))
        return request(self.server.base_url, "POST", "/api/v1/embed/auth", body={"token": token})

    def add_asking_agent(self, *, name: str = "Careful") -> str:
        """An agent that asks before it tells the time, in the way of the scripted model; its tool reaches nothing."""
        tool = {
            "name": "current_time", "kind": "http", "description": "Gives the time in a zone.", "method": "POST",
            "url": "https://api.example.com/time", "effect": "send", "title": {"en": "Ask for the time in {zone}"},
            "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]},
        }  # fmt: skip
        body = {"name": name, "instructions": "Be careful.", "model": "scripted:fast", "tools": [tool]}
        answer = self.call("POST", "/agents", body)
        assert answer.status == 201, answer.raw
        return answer.json["id"]

    def add_agent(self, model: str, *, name: str = "Concierge", instructions: str = "Be brief.") -> str:
        """Another agent, with the one built-in tool; its id."""
        tools = [{"name": "current_time", "kind": "builtin"}]
        answer = self.call(
            "POST", "/agents", {"name": name, "instructions": instructions, "model": model, "tools": tools}
        )
        assert answer.status == 201, answer.raw
        return answer.json["id"]

    def user(self, sub: str, org: str, **changes: Any) -> "User":
        """A user with a session."""
        answer = self.exchange(sub, org, **changes)
        assert answer.status == 200, answer.raw
        return User(self, answer.json["session_token"], answer.json["refresh_token"], answer.json["user"]["id"])


@dataclass
class User:
    """A user's browser."""

    partner: Partner
    session: str
    refresh: str
    id: str

    def call(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        """A request with the user's session."""
        base_url = self.partner.server.base_url
        return request(base_url, method, f"/api/v1{path}", bearer=self.session, body=body, **more)

    def ask(self, text: str, *, conversation: str | None = None, agent: str | None = None) -> dict[str, Any]:
        """Starts a run."""
        body: dict[str, Any] = {"agent_id": agent or self.partner.agent, "input": {"text": text}}
        if conversation is not None:
            body["conversation_id"] = conversation
        answer = self.call("POST", "/runs", body)
        assert answer.status == 202, answer.raw
        return answer.json

    def at(self, server: Process) -> "User":
        """The same browser, speaking to another process."""
        partner = copy(self.partner)
        partner.server = server
        return replace(self, partner=partner)

    def events(self, run: str, last: str | None = None) -> list[tuple[str, str, Any]]:
        """The run's events as (id, event, data), from behind `last`, until the stream ends."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        answer = self.call("GET", f"/runs/{run}/events", headers=headers)
        assert answer.status == 200, answer.raw
        return parse_events(answer.raw.decode())

    def finish(self, run: str, *, seconds: float = 90) -> dict[str, Any]:
        """The run once it is final."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.call("GET", f"/runs/{run}").json
            if found["status"] in {"completed", "failed", "cancelled", "expired", "waiting"}:
                return found
            time.sleep(0.05)
        raise AssertionError(f"run {run} is not final")

    def be_asked(self, text: str = "What time is it in Europe/Paris?", *, agent: str | None = None) -> dict[str, Any]:
        """A run of this user that waits for an answer; the question as the user sees it."""
        run = self.ask(text, agent=agent or self.partner.add_asking_agent())
        assert self.finish(run["id"])["status"] == "waiting"
        path = f"/approvals?status=pending&conversation_id={run['conversation_id']}"
        return self.call("GET", path).json["items"][0]


def parse_events(text: str) -> list[tuple[str, str, Any]]:
    """The events of a text/event-stream body."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return found


def make_partner(server: Process, name: str, organizations: list[str], *, model: str = "scripted:fast") -> Partner:
    """A partner made by the operator, with its signing key, organizations and one agent made by its API key."""
    issuer = f"https://{name}.{secrets.token_hex(4)}.example"
    partner = Partner(server, *enrolled(server.environment, name.capitalize(), issuer), issuer)
    partner.take_key(f"{name}-1")
    for external_id in organizations:
        answer = partner.call("POST", "/organizations", {"external_id": external_id, "name": external_id.capitalize()})
        assert answer.status == 201, answer.raw
        partner.organizations[external_id] = answer.json["id"]
    partner.agent = partner.add_agent(model)
    return partner
