"""What the kernel tells of a process: its CPU time, its memory, the cores it may use. Linux alone."""

import os
from contextlib import suppress
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME, _CHILD_UTIME, _CHILD_STIME = 11, 12, 13, 14  # behind the name, see proc(5)
_PARENT = 1


def cpu_seconds(pid: int) -> float:
    """User and system time of one process and all its threads."""
    fields = _stat(pid)
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS_A_SECOND


def family_cpu_seconds(pid: int) -> float:
    """The same of a process, its living children and those that it has outlived: a postmaster and its backends."""
    living = 0.0
    for child in children(pid):
        with suppress(OSError):  # one that ends while we look is among those that it has outlived
            living += cpu_seconds(child)
    fields = _stat(pid)
    reaped = (int(fields[_CHILD_UTIME]) + int(fields[_CHILD_STIME])) / _TICKS_A_SECOND
    return cpu_seconds(pid) + reaped + living


def children(pid: int) -> list[int]:
    """The living children of a process."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int(_stat(int(entry.name))[_PARENT]) == pid:
                found.append(int(entry.name))
        except OSError:
            continue  # It ended while we looked.
    return found


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident and proportional set size in MB (10^6 bytes)."""
    sizes = {"Rss": 0.0, "Pss": 0.0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in sizes:
            sizes[name] = int(rest.split()[0]) * 1024 / 1e6
    return sizes["Rss"], sizes["Pss"]


def cores() -> tuple[set[int], set[int]]:
    """The one core of a contender, and those of everything else; the same one where there is no second."""
    usable = sorted(os.sched_getaffinity(0))
    return {usable[0]}, set(usable[1:]) or {usable[0]}


def pin(pid: int, chosen: set[int]) -> None:
    """Keeps a process, all its threads, on the chosen cores; what it starts later inherits them."""
    with suppress(FileNotFoundError):  # a backend may end while we look, and a thread of one that does not
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), chosen)


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
