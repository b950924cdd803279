"""Finds the process that parses a file, below the one that started it. Linux alone."""

import time
from pathlib import Path

_CHILD = b"ringfence.controls.extraction.child"
_CONFINED = "Seccomp:\t2"
SLOW_PAGE = (
    b"<!doctype html><title>Terms</title>" + b"<b></b>" * 150_000 + b"<p>Refunds within 30 days</p>"  # it takes a while
)


def parser_below(pid: int, *, confined: bool, seconds: float = 60) -> int:
    """The id of the parser that a process has, once it is there, or once it is confined and so about to parse."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for child in _children(pid):
            told = _read(child, "cmdline")
            if _CHILD in told and (not confined or _CONFINED.encode() in _read(child, "status")):
                return child
        time.sleep(0.002)
    raise AssertionError("nothing was parsed")


def is_gone(pid: int, *, seconds: float = 60) -> bool:
    """Whether the process ended in that time; one that nobody has waited for yet has."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = _read(pid, "stat").rpartition(b") ")[2][:1]
        if state in {b"", b"Z"}:
            return True
        time.sleep(0.02)
    return False


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in _read(pid, f"task/{task.name}/children").split()]
    return found


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""
