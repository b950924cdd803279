"""The server's process: found by its own pid file, started outside our session, stopped and waited for."""

import contextlib
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringfence.base import clock
from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.files import read_plain, size_bytes
from ringfence.base.postgres.places import Place

_STOP_SECONDS: Final = 30.0
_LOG_LIMIT_BYTES: Final = 10 << 20
_STATUS_LINE: Final = 7
_SOCKET_LINE: Final = 4


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A live postmaster of this cluster, as its pid file tells; `is_ready` when it takes connections."""

    pid: int
    socket_directory: Path | None
    is_ready: bool


def log_file(cluster: Path) -> Path:
    """Where the server logs."""
    return cluster / "server.log"


def find(cluster: Path) -> Postmaster | None:
    """The cluster's live postmaster, or None; a pid that meanwhile belongs to something else does not count."""
    lines = (read_plain(cluster / "postmaster.pid") or "").splitlines()
    if not lines or not lines[0].strip().lstrip("-").isdigit():
        return None
    pid = abs(int(lines[0]))
    if not is_alive(pid) or not _works_in(pid, cluster):
        return None
    socket = lines[_SOCKET_LINE].strip() if len(lines) > _SOCKET_LINE else ""
    is_ready = len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"
    return Postmaster(pid, Path(socket) if socket else None, is_ready)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie, which init may keep for a while, does not."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # as process 1 of a container we inherit it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = _proc(pid, "stat")
    return status is None or status.rpartition(")")[2].split()[0] not in "ZX"


def launch(place: Place) -> int:
    """The pid of a new postmaster, in a session of its own below init: neither Ctrl-C nor our death reaches it."""
    _forget_dead(place.cluster)
    log = log_file(place.cluster)
    if size_bytes(log) > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    postgres = [place.binaries.program("postgres"), "-D", place.cluster, "-c", "listen_addresses="]
    command = shlex.join(str(part) for part in postgres)
    script = f"{command} </dev/null >>{shlex.quote(str(log))} 2>&1 & echo $!"
    finished = place.identity.run(["/bin/sh", "-c", script])
    if not finished.stdout.strip().isdigit():
        raise PostgresError(f"The server could not be started: {finished.stderr.strip()[-300:]}", f"Look at {log}.")
    return int(finished.stdout)


def stop(place: Place, pid: int) -> None:
    """Stops the postmaster: open transactions are rolled back, then at once if that takes longer than 30 s."""
    for mode in ("fast", "immediate"):
        place.identity.run([place.binaries.program("pg_ctl"), "stop", "-D", place.cluster, "-m", mode, "-W", "-s"])
        if wait(lambda: not is_alive(pid), seconds=_STOP_SECONDS):
            return
    raise PostgresError(
        f"The server (pid {pid}) does not stop.", f"Look at {log_file(place.cluster)}, then kill {pid}."
    )


def end_orphans(place: Place) -> None:
    """Ends backends that outlived their postmaster in a long statement and hold its shared memory."""
    if not sys.platform.startswith("linux") or find(place.cluster) is not None:
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _is_orphan(int(entry.name), place):
            # Sent as the server's own uid: the kernel then allows no other target.
            place.identity.run(["/bin/kill", f"-{int(signal.SIGQUIT)}", entry.name])


def wait(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether the condition came true in time; looks every 10 ms."""
    deadline = clock.monotonic() + seconds
    while not condition():
        if clock.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _is_orphan(pid: int, place: Place) -> bool:
    try:
        owner = Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return False
    return owner == place.identity.uid and pid != os.getpid() and is_alive(pid) and _is_postgres_in(pid, place.cluster)


def _is_postgres_in(pid: int, cluster: Path) -> bool:
    name = _proc(pid, "comm")
    return name is not None and name.strip() == "postgres" and _works_in(pid, cluster)


def _forget_dead(cluster: Path) -> None:
    """Removes the pid file of a postmaster that is surely dead: a zombie or a reused pid would stop the next one.

    Two servers still cannot meet: the caller holds the lock, and Postgres checks the shared memory by itself.
    """
    if sys.platform.startswith("linux") and find(cluster) is None:
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _works_in(pid: int, cluster: Path) -> bool:
    """Whether the process's directory is the cluster, as every postmaster's is; where nobody can say, yes."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == cluster
    except OSError:
        return False


def _proc(pid: int, name: str) -> str | None:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
