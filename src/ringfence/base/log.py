"""Structured log lines whose fields come from an allow-list; anything else is refused in tests and dropped in service.

Keeps MON-01: an event name and ids, never content, secrets or addresses (proved in tests/promises/test_logs.py).
"""

import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO
from uuid import UUID

import structlog

ALLOWED_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "request_id", "method", "route", "status", "code", "duration_ms",
        "partner_id", "org_id", "user_id", "session_id", "key_id", "agent_id", "conversation_id", "run_id",
        "holder", "attempt", "count", "table", "row_id", "job", "version", "pid", "port", "seq", "bytes",
        "error_type", "error_at", "sqlstate", "reason", "provider", "state",
    }
)  # fmt: skip
_MAX_TEXT = 120


def configure(*, json_lines: bool, file: TextIO = sys.stderr) -> None:
    """Sets up the process's log: JSON lines, or readable ones for a person; on standard error unless told."""
    renderer = structlog.processors.JSONRenderer() if json_lines else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            allow_listed,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(file=file),
        cache_logger_on_first_use=False,
    )


def allow_listed(
    _logger: object, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any] | Mapping[str, Any]:
    """The fields that may be written, each as a short scalar; the names of dropped ones are kept as a count."""
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
    structlog.get_logger().info(event, **fields)


def warning(event: str, **fields: object) -> None:
    """Writes one line of what went wrong and was handled."""
    structlog.get_logger().warning(event, **fields)


def error(event: str, failure: BaseException | None = None, **fields: object) -> None:
    """Writes one line of what failed: the error's type and place, never its text, which may hold content."""
    structlog.get_logger().error(event, **_place(failure), **fields)


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
