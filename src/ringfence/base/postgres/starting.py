"""Starting a postmaster until it is ready, with patience for the remains of a killed one."""

import time
from pathlib import Path
from typing import Final

from ringfence.base import clock
from ringfence.base.postgres import postmaster
from ringfence.base.postgres.failure import PostgresError
from ringfence.base.postgres.files import read_plain, size_bytes
from ringfence.base.postgres.places import Place
from ringfence.base.postgres.postmaster import Postmaster

_READY_SECONDS: Final = 120.0  # recovery after a crash replays up to a gigabyte of log
_RETRY_SECONDS: Final = 20.0
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 2.0
# What a start says while backends of the killed postmaster still end.
_TRANSIENT: Final = ("is still in use", "lock file")


def start(place: Place) -> int:
    """The pid of a postmaster that takes connections.

    Backends of a killed postmaster hold its shared memory until they notice: the first tries fail, so this tries for
    20 s, and ends those that are busy in a long statement. Raises PostgresError with the server's own words.
    """
    deadline = clock.monotonic() + _RETRY_SECONDS
    pause = _FIRST_PAUSE_SECONDS
    while True:
        seen = size_bytes(postmaster.log_file(place.cluster))
        pid = postmaster.launch(place)
        if _becomes_ready(place.cluster, pid):
            return pid
        said = (read_plain(postmaster.log_file(place.cluster), start=seen) or "").strip()
        is_transient = any(each in said for each in _TRANSIENT)
        if not is_transient or clock.monotonic() > deadline:
            raise PostgresError(
                f"The database server did not start: {said[-600:] or 'it said nothing'}",
                f"The whole log is {postmaster.log_file(place.cluster)}.",
            )
        postmaster.end_orphans(place)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def settle(cluster: Path) -> Postmaster | None:
    """The cluster's postmaster once it is ready, or None once it has ended: it may be starting or stopping."""

    def is_settled() -> bool:
        running = postmaster.find(cluster)
        return running is None or running.is_ready

    postmaster.wait(is_settled, seconds=_READY_SECONDS)
    return postmaster.find(cluster)


def _becomes_ready(cluster: Path, pid: int) -> bool:
    def has_an_end() -> bool:
        return _is_ready(cluster, pid) or not postmaster.is_alive(pid)

    postmaster.wait(has_an_end, seconds=_READY_SECONDS)
    return _is_ready(cluster, pid)


def _is_ready(cluster: Path, pid: int) -> bool:
    running = postmaster.find(cluster)
    return running is not None and running.pid == pid and running.is_ready
