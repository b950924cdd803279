"""The embedded server's life: start or adopt, watch, restart, stop. One supervisor a data directory."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from ringfence.base.postgres import cluster, postmaster, sockets, starting
from ringfence.base.postgres.binaries import Binaries
from ringfence.base.postgres.connection import ask
from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.identity import choose
from ringfence.base.postgres.lock import DirectoryLock, holder
from ringfence.base.postgres.places import FALLBACK, Place, recall, settle
from ringfence.base.postgres.server import Server


@dataclass(frozen=True, slots=True)
class Status:
    """What runs now: the server's pid and the pid of the process that supervises it, None for what does not run."""

    server_pid: int | None
    supervisor_pid: int | None
    cluster: Path


class EmbeddedPostgres:
    """The server of one data directory; `start` makes it run, however the last one ended."""

    def __init__(  # noqa: PLR0913 - each is a choice of the operator or of a test
        self,
        data_directory: Path,
        binaries: Binaries,
        *,
        outermost: Path | None = None,
        database: str = "ringfence",
        socket_base: Path = Path("/tmp"),  # noqa: S108 - made and checked by `sockets`
        fallback: Path = FALLBACK,
        durable: bool = True,
    ) -> None:
        """Starts nothing yet.

        `outermost` is the highest directory above `data_directory` that is Ringfence's alone and may be opened for the
        server's group. `durable=False` is for tests.
        """
        self._home = data_directory.absolute()
        self._outermost = (outermost or data_directory).absolute()
        self._binaries = binaries
        self._database = database
        self._socket_base = socket_base
        self._fallback = fallback
        self._durable = durable
        self._turn = threading.Lock()
        self._locks: list[DirectoryLock] = []
        self._place: Place | None = None
        self._server: Server | None = None

    def start(self) -> Server:
        """The running server: adopted when one survived, else started, and made first when there is none.

        Raises PostgresError, and then holds nothing.
        """
        with self._turn:
            if self._server is not None:
                return self._server
            try:
                self._server = self._open()
            except BaseException:
                self._release()
                raise
            return self._server

    def stop(self) -> None:
        """Stops the server cleanly and waits for it; does nothing when it is not started. Its address stays."""
        with self._turn:
            if self._server is None or self._place is None:
                return
            running = postmaster.find(self._place.cluster)
            if running is not None:
                postmaster.stop(self._place, running.pid)
            sockets.clear(self._home, self._place.identity)
            self._server = None
            self._release()

    def give_up_address(self) -> None:
        """Takes the socket's directory away, before the data directory is deleted; nothing runs on it any more."""
        sockets.remove(self._home, choose(recall(self._home, fallback=self._fallback)))

    def is_alive(self) -> bool:
        """Whether the postmaster runs; costs microseconds."""
        return self._server is not None and postmaster.is_alive(self._server.pid)

    def ensure_running(self) -> bool:
        """Restarts a server that died, at the same address; says whether it had to.

        Raises PostgresError when the restart fails; calling again tries again.
        """
        with self._turn:
            if self._server is None or self._place is None or postmaster.is_alive(self._server.pid):
                return False
            self._server = self._run(self._place)
            return True

    def watch(self, stopped: threading.Event, *, every: timedelta, report: Callable[[str], None]) -> None:
        """Keeps the server running until `stopped` is set; the body of a thread. Reports each death in words."""
        while not stopped.wait(every.total_seconds()):
            try:
                if self.ensure_running():
                    report("The database server had died and was restarted.")
            except (PostgresError, OSError) as error:  # a full disk: the settings cannot be written anew
                report(f"The database server died and could not be restarted: {error}")

    def status(self) -> Status:
        """What runs on this data directory, whoever started it; takes nothing."""
        place = recall(self._home, fallback=self._fallback)
        running = postmaster.find(place)
        return Status(running.pid if running else None, holder(self._home), place)

    def find_running(self) -> Server | None:
        """The server that another process supervises, for short commands beside it; None when none answers."""
        directory = recall(self._home, fallback=self._fallback)
        running = postmaster.find(directory)
        return None if running is None else self._adopt(directory, running, note=None)

    def _open(self) -> Server:
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home = self._home.resolve()
        self._outermost = self._outermost.resolve()
        self._locks.append(DirectoryLock(self._home))
        place = settle(self._home, self._binaries, outermost=self._outermost, fallback=self._fallback)
        self._place = place
        if place.cluster.parent != self._home:
            self._locks.append(DirectoryLock(place.cluster.parent))  # a copied data directory names the same cluster
        if not cluster.exists(place.cluster):
            cluster.make(self._home, place, durable=self._durable)
        return self._find_survivor(place) or self._run(place)

    def _release(self) -> None:
        for lock in self._locks:
            lock.release()
        self._locks.clear()

    def _find_survivor(self, place: Place) -> Server | None:
        running = starting.settle(place.cluster)
        if running is None:
            return None
        server = self._adopt(place.cluster, running, note=place.note)
        if server is None:
            raise PostgresError(
                f"A server (pid {running.pid}) runs on {place.cluster} and does not answer.",
                f"Look at {postmaster.log_file(place.cluster)}; if it hangs, end it with: kill -QUIT {running.pid}",
            )
        return server

    def _adopt(self, directory: Path, running: postmaster.Postmaster, *, note: str | None) -> Server | None:
        if running.socket_directory is None:
            return None
        server = self._describe(directory, running.pid, running.socket_directory)
        answer = ask(server)
        if answer is None or answer.data_directory != directory:
            return None
        return replace(server, version=answer.version, adopted=True, note=note)

    def _run(self, place: Place) -> Server:
        socket_directory = sockets.prepare(self._home, place.identity, base=self._socket_base)
        cluster.configure(place, socket_directory, durable=self._durable)
        pid = starting.start(place)
        server = replace(self._describe(place.cluster, pid, socket_directory), note=place.note)
        answer = ask(server)
        if answer is None:
            raise PostgresError("The database server started and does not answer.", f"Look at {server.log_file}.")
        return replace(server, version=answer.version)

    def _describe(self, directory: Path, pid: int, socket_directory: Path) -> Server:
        return Server(
            socket_directory=socket_directory,
            database=self._database,
            version=self._binaries.version,
            pid=pid,
            cluster=directory,
            log_file=postmaster.log_file(directory),
            adopted=False,
            note=None,
            password=cluster.password(self._home),
        )
