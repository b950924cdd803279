"""Runs the server of one deployment until it is told to stop; the database stops last."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from ringfence.base import log
from ringfence.cli.deployment import Deployment, parts_of
from ringfence.features.ops import Told

_WATCH = timedelta(seconds=1)


class PortInUse(Exception):  # noqa: N818 - what it names is the state
    """Somebody else listens there; the message says who, where the machine tells, and the mend."""


def listen(host: str, port: int, *, variable: str = "RINGFENCE_PORT") -> socket.socket:
    """A listening socket, taken before anything slow is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as failure:
        taken.close()
        pid = _listener(port)
        who = f" by the process with pid {pid}" if pid else ""
        mend = f"End that process, or choose another port: {variable}={port + 1}"
        raise PortInUse(f"Port {port} on {host} cannot be taken: {failure.strerror}{who}. {mend}") from failure
    taken.listen(2048)
    return taken


def serve(deployment: Deployment, listening: socket.socket, *, tour: Told, ready: Callable[[], None]) -> None:
    """Serves until SIGINT or SIGTERM: runs in flight are handed over, streams are closed, then it returns."""
    import uvicorn  # noqa: PLC0415 - costs a third of the start, and only serving needs it

    from ringfence.app import create_app  # noqa: PLC0415 - as above
    from ringfence.cli.uvicorn_protocol import BoundedProtocol  # noqa: PLC0415 - as above
    from ringfence.cli.uvicorn_server import Server  # noqa: PLC0415 - as above

    settings = deployment.settings
    parts = parts_of(deployment, tour)
    config = uvicorn.Config(
        create_app(parts),
        loop="uvloop",
        http=BoundedProtocol,
        lifespan="on",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
    )
    with _watched(deployment):
        Server(config, ready=ready, stopping=parts.stop).run(sockets=[listening])


def work(deployment: Deployment, *, ready: Callable[[], None]) -> None:
    """Executes what others accept, until SIGINT or SIGTERM: then everything in flight is handed over."""
    from ringfence.worker import work_until_stopped  # noqa: PLC0415 - costs as much as serving, and only this needs it

    with _watched(deployment):
        work_until_stopped(parts_of(deployment), ready=ready)


@contextmanager
def _watched(deployment: Deployment) -> Generator[None]:
    """Starts an embedded database again where it ends while we need it."""
    stopped = threading.Event()
    if deployment.embedded is not None:
        watch = partial(deployment.embedded.watch, stopped, every=_WATCH, report=_report_restart)
        threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        stopped.set()


def _report_restart(text: str) -> None:
    log.warning("database_restarted", reason=text)


def _listener(port: int) -> int | None:
    """The pid that listens on a TCP port, from /proc; None where that tells nothing."""
    wanted = f"{port:04X}"
    inodes: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == "0A" and fields[1].rsplit(":", 1)[1] == wanted:
                inodes.add(f"socket:[{fields[9]}]")
    for handle in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(handle.readlink()) in inodes:
                return int(handle.parts[2])
        except OSError:
            continue
    return None
