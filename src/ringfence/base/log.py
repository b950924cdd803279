"""Structured log lines whose fields come from an allow-list; anything else is dropped and counted.

Keeps MON-01: an event name and ids, never content, secrets or addresses (proved in tests/promises/test_logs.py).
Written by hand: the allow-list is ours in any case, and a log library took a seventh of the imports of a start.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO
from uuid import UUID

import msgspec

from ringfence.base import clock

ALLOWED_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "request_id", "method", "route", "status", "code", "duration_ms",
        "partner_id", "org_id", "user_id", "session_id", "key_id", "agent_id", "conversation_id", "run_id",
        "holder", "attempt", "count", "table", "row_id", "job", "version", "pid", "port", "seq", "bytes",
        "error_type", "error_at", "sqlstate", "reason", "provider", "state",
    }
)  # fmt: skip
_MAX_TEXT = 120


@dataclass(slots=True)
class _Sink:
    """Where this process's lines go, and in which form."""

    file: TextIO = field(default_factory=lambda: sys.stderr)
    json_lines: bool = True


_sink = _Sink()


def configure(*, json_lines: bool, file: TextIO | None = None) -> None:
    """Sets up the process's log: JSON lines, or readable ones for a person; on standard error unless told."""
    _sink.file, _sink.json_lines = file or sys.stderr, json_lines


def allow_listed(fields: Mapping[str, object]) -> dict[str, str | int | float | bool | None]:
    """The fields that may be written, each as a short scalar; dropped ones are counted, not named."""
    kept = {name: _scalar(value) for name, value in fields.items() if name in ALLOWED_FIELDS}
    dropped = len(fields) - len(kept)
    return {**kept, "dropped_fields": dropped} if dropped else kept


def _scalar(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value) if isinstance(value, UUID) else value if isinstance(value, str) else type(value).__name__
    return "".join(c if c.isprintable() else "?" for c in text[:_MAX_TEXT])


def info(event: str, **fields: object) -> None:
    """Writes one line of what happened."""
    _write("info", event, fields)


def warning(event: str, **fields: object) -> None:
    """Writes one line of what went wrong and was handled."""
    _write("warning", event, fields)


def error(event: str, failure: BaseException | None = None, **fields: object) -> None:
    """Writes one line of what failed: the error's type and place, never its text, which may hold content."""
    _write("error", event, {**_place(failure), **fields})


def _write(level: str, event: str, fields: Mapping[str, object]) -> None:
    line = {"timestamp": clock.rfc3339(clock.now()), "level": level, **allow_listed({**fields, "event": event})}
    if _sink.json_lines:
        text = msgspec.json.encode(line).decode()
    else:
        text = " ".join(f"{name}={value}" for name, value in line.items())
    _sink.file.write(text + "\n")
    _sink.file.flush()


def _place(failure: BaseException | None) -> dict[str, str]:
    if failure is None:
        return {}
    trace = failure.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace is not None else None
    at = f"{code.co_qualname}:{trace.tb_lineno}" if code is not None and trace is not None else "unknown"
    sqlstate = getattr(failure, "sqlstate", None)
    return {"error_type": type(failure).__name__, "error_at": at, **({"sqlstate": sqlstate} if sqlstate else {})}
