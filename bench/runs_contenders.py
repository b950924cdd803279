"""The servers of the run measurement: a real `ringfence serve`, the floor in its own environment, and the model."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.processes import children, cores, pin
from bench.served import settings, stopped_at_end
from bench.wire import post
from ringfence.base.postgres import EmbeddedPostgres, Server
from tests import served
from tests.world_postgres import binaries, scratch_directory

_ROOT = Path(__file__).parents[1]
_FLOOR_PYTHON = _ROOT / ".venv-bench" / "bin" / "python"
_MODEL = "fake-20"
_SAID = "How do I water a rose?"
_START_S = 30.0


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who answers with a stream: where, to which requests (one a client), and how an answer is known."""

    name: str
    pid: int
    port: int
    requests: list[bytes]
    marker: bytes
    ending: bytes


@dataclass(frozen=True, slots=True)
class Houses:
    """All of them, up at the same time."""

    ours: Contender
    floor: Contender
    model: Contender
    postgres_pid: int
    admin_url: str

    def servers(self) -> list[Contender]:
        """Those that are compared."""
        return [self.ours, self.floor]


@contextmanager
def open_houses(*, clients: int) -> Iterator[Houses]:
    """Starts all, each server on the contender's core and the rest beside it; ends what it started."""
    one, others = cores()
    with ExitStack() as stack:
        directory = stack.enter_context(scratch_directory())
        model = stack.enter_context(_model())
        process = stack.enter_context(
            stopped_at_end(served.Process(directory / "data", settings(directory, _model_url(model))))
        )
        process.start()
        ours = _ours(process, clients)
        floor = stack.enter_context(_floor(model, clients))
        postgres = running_postgres(directory / "data")
        for pid in (ours.pid, floor.pid):
            pin(pid, one)
        for pid in (os.getpid(), model.pid, postgres.pid, *children(postgres.pid)):
            pin(pid, others)
        yield Houses(ours, floor, model, postgres.pid, postgres.superuser_dsn)
        pin(os.getpid(), one | others)


@contextmanager
def open_wires(wires: Mapping[str, tuple[str, str]], *, clients: int) -> Iterator[tuple[list[Contender], Contender]]:
    """Ringfence over each wire, all in one process, and the floor.

    `wires` gives for each provider the module of its local server and the setting that leads to it.
    """
    one, others = cores()
    with ExitStack() as stack:
        directory = stack.enter_context(scratch_directory())
        chat = stack.enter_context(_model())
        servers = {name: stack.enter_context(_vendor(module)) for name, (module, _) in wires.items()}
        urls = {setting: servers[name][1] for name, (_, setting) in wires.items()}
        urls |= {setting.replace("BASE_URL", "API_KEY"): "bench" for setting in urls}
        process = stack.enter_context(
            stopped_at_end(served.Process(directory / "data", settings(directory, _model_url(chat)) | urls))
        )
        process.start()
        partner = served.make_partner(process, "northwind", ["rose"], model=f"openai:{_MODEL}")
        users = [partner.user(f"user-{number}", "rose") for number in range(clients)]
        ours = [_asking("openai", process, partner.agent, users)]
        ours += [_asking(name, process, partner.add_agent(f"{name}:{_MODEL}"), users) for name in wires]
        floor = stack.enter_context(_floor(chat, clients))
        postgres = running_postgres(directory / "data")
        for pid in (process.pid, floor.pid):
            pin(pid, one)
        vendors = [pid for pid, _ in servers.values()]
        for pid in (os.getpid(), chat.pid, *vendors, postgres.pid, *children(postgres.pid)):
            pin(pid, others)
        yield ours, floor
        pin(os.getpid(), one | others)


def running_postgres(data: Path) -> Server:
    """The embedded server that a process supervises."""
    found = EmbeddedPostgres(data / "postgres", binaries(), outermost=data).find_running()
    if found is None:
        raise LookupError("the embedded database does not run")
    return found


def _ours(process: served.Process, clients: int) -> Contender:
    partner = served.make_partner(process, "northwind", ["rose"], model=f"openai:{_MODEL}")
    users = [partner.user(f"user-{number}", "rose") for number in range(clients)]
    return _asking("Ringfence", process, partner.agent, users)


def _asking(name: str, process: served.Process, agent: str, users: list[served.User]) -> Contender:
    body = json.dumps({"agent_id": agent, "input": {"text": _SAID}}).encode()
    requests = [
        post("/api/v1/runs", body, "Accept: text/event-stream", f"Authorization: Bearer {user.session}")
        for user in users
    ]
    port = urlsplit(process.base_url).port or 0
    return Contender(name, process.pid, port, requests, b"event: message.delta", b"event: run.completed")


@contextmanager
def _model() -> Iterator[Contender]:
    command = [sys.executable, "-m", "tests.fakes.model_server", "0"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - as asked for above
            port = urlsplit(process.stdout.readline().strip()).port or 0
            message = {"role": "user", "content": _SAID}
            body = {"model": _MODEL, "stream": True, "messages": [message], "stream_options": {"include_usage": True}}
            asked = [post("/v1/chat/completions", json.dumps(body).encode())]
            yield Contender("model alone", process.pid, port, asked, b'"content":"zq0', b"[DONE]")
        finally:
            process.terminate()


@contextmanager
def _vendor(module: str) -> Iterator[tuple[int, str]]:
    """The process of a vendor's local server, and its base URL."""
    command = [sys.executable, "-m", f"tests.fakes.{module}", "0"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - as asked for above
            yield process.pid, process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def _floor(model: Contender, clients: int) -> Iterator[Contender]:
    if not _FLOOR_PYTHON.exists():
        raise FileNotFoundError("the floor's environment is missing: run tools/bootstrap bench")
    port = _free_port()
    command = [
        str(_FLOOR_PYTHON), "-m", "uvicorn", "--app-dir", "bench", "floor_app:app", "--port", str(port),
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    environment = os.environ | {"BENCH_MODEL": _MODEL, "BENCH_MODEL_URL": _model_url(model)}
    with subprocess.Popen(command, cwd=_ROOT, env=environment) as process:
        try:
            _await(f"http://127.0.0.1:{port}/health")
            body = {
                "threadId": "t", "runId": "r", "state": {}, "tools": [], "context": [], "forwardedProps": {},
                "messages": [{"id": "m", "role": "user", "content": _SAID}],
            }  # fmt: skip
            request = post("/agui", json.dumps(body).encode(), "Accept: text/event-stream")
            yield Contender("floor", process.pid, port, [request] * clients, b"TEXT_MESSAGE_CONTENT", b"RUN_FINISHED")
        finally:
            process.send_signal(signal.SIGINT)


def _model_url(model: Contender) -> str:
    return f"http://127.0.0.1:{model.port}/v1"


def _free_port() -> int:
    import socket  # noqa: PLC0415 - for this alone

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _await(url: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise TimeoutError(f"nobody serves at {url}")
