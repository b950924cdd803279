"""What a server process holds at one moment: memory, descriptors, connections, and what it counts itself."""

import json
import socket
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.processes import memory_mb
from tests.served import Process

SPYGLASS = Path(__file__).with_name("spyglass")
_APP = "select count(*) from pg_stat_activity where usename = 'ringfence_app'"
_OF_A_TEST = ('"job":"http.', '"job":"trust.page"', '"job":"limits.authentication"', '"job":"isolation.')
_SIZES = (
    "select pg_database_size(current_database()), (select count(*) from app.run), (select count(*) from app.run_lease)"
)


@dataclass(frozen=True)
class Sample:
    """One look."""

    memory_mb: float
    descriptors: int
    connections: int
    tasks: int
    live: int
    frames: int
    readers: int
    holds: int

    @property
    def other_descriptors(self) -> int:
        """Those that are no connection to the database, whose number the pool bounds."""
        return self.descriptors - self.connections


@dataclass(frozen=True)
class Sizes:
    """What the database holds."""

    database_bytes: int
    log_bytes: int
    runs: int
    leases: int


@dataclass(frozen=True)
class Gauges:
    """Looks at one server that was started with the spyglass on that socket."""

    server: Process
    spyglass: Path

    def look(self, *, plant_mb: int = 0) -> Sample:
        """Everything at once; with `plant_mb`, after the server was made to leak."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(self.spyglass))
            asking.sendall(f"plant {plant_mb}".encode() if plant_mb else b"look")
            inside = json.loads(b"".join(iter(lambda: asking.recv(65_536), b"")))
        with psycopg.connect(self.server.database().superuser_dsn) as admin:
            connections = (admin.execute(_APP).fetchone() or (0,))[0]
        descriptors = len(list(Path(f"/proc/{self.server.pid}/fd").iterdir()))
        names = ("tasks", "live", "frames", "readers", "holds")
        memory = memory_mb(self.server.pid)[0]
        return Sample(memory, descriptors, connections, **{name: inside[name] for name in names})

    def sizes(self) -> Sizes:
        """The database's own."""
        server = self.server.database()
        with psycopg.connect(server.superuser_dsn) as admin:
            size, runs, leases = admin.execute(_SIZES).fetchone() or (0, 0, 0)
        log = sum(path.stat().st_size for path in (server.cluster / "pg_wal").iterdir() if path.is_file())
        return Sizes(size, log, runs, leases)

    def errors(self) -> list[str]:
        """The error lines of the server's log."""
        return errors_of(self.server)


def errors_of(server: Process) -> list[str]:
    """The error lines of a server's log, but for what probes must say of a deployment that is a test.

    It is no https, its limits are raised, and its public address answers nobody.
    """
    lines = [line for line in server.log.read_text().splitlines() if '"level":"error"' in line]
    return [line for line in lines if not ('"event":"probe_' in line and any(job in line for job in _OF_A_TEST))]


def growth_mb(samples: Sequence[Sample]) -> float:
    """How much more memory the last quarter of the samples shows than the second one."""
    quarter = max(1, len(samples) // 4)
    early, late = samples[quarter : 2 * quarter] or samples[:1], samples[-quarter:]
    return statistics.median(one.memory_mb for one in late) - statistics.median(one.memory_mb for one in early)
