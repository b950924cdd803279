"""Keeps AUD-05, HOK-02. Batches as signed webhooks: one POST, no redirect, a bounded answer, 2xx or it did not arrive.

Three forms. `standard`: one object {type, timestamp, data: {log, first, end, events}}. `lines`: an event a line
(application/x-ndjson). `hec`: an object a line {time, source, sourcetype, event}, as HTTP event collectors take it.
Proved in tests/promises/test_audit_streams.py.
"""

from typing import Final
from uuid import UUID

import msgspec

from ringfence.base import clock
from ringfence.controls.egress import Bounds, Egress, EgressError
from ringfence.controls.signatures import headers
from ringfence.controls.streams.batch import Batch, Line, Published, message
from ringfence.controls.streams.kept import Secrets, Target
from ringfence.controls.streams.unsent import Unsent

BOUNDS: Final = Bounds(connect_s=5, first_byte_s=10, idle_s=5, total_s=15, body_bytes=65_536, redirects=0)
_JSON, _LINES = "application/json", "application/x-ndjson"
_OK: Final = range(200, 300)
_TOO_LARGE: Final = 413
_LONGEST_WAIT_S: Final = 3600


async def send(egress: Egress, target: Target, secrets: Secrets, batch: Batch, *, form: str) -> None:
    """Sends entries; Unsent."""
    media_type, body = {"standard": _standard, "lines": _in_lines, "hec": _collected}[form](batch)
    await _post(egress, target, secrets, message_id=batch.id, body=body, media_type=media_type, whose=batch.log.id)


async def send_checkpoint(egress: Egress, target: Target, secrets: Secrets, published: Published) -> None:
    """Sends a checkpoint; Unsent."""
    data = {"log": published.log.name, "size": published.size, "checkpoint": published.note}
    body = message("audit.checkpoint", published.at, data)
    await _post(egress, target, secrets, message_id=published.id, body=body, media_type=_JSON, whose=published.log.id)


def _standard(batch: Batch) -> tuple[str, bytes]:
    events = [line.event for line in batch.lines]
    data = {"log": batch.log.name, "first": batch.first, "end": batch.end, "events": events}
    return _JSON, message(batch.kind, batch.sealed_at, data)


def _in_lines(batch: Batch) -> tuple[str, bytes]:
    return _LINES, b"".join(line.json + b"\n" for line in batch.lines)


def _collected(batch: Batch) -> tuple[str, bytes]:
    return _JSON, b"".join(_for_collector(batch, line) + b"\n" for line in batch.lines)


def _for_collector(batch: Batch, line: Line) -> bytes:
    seconds = int(line.at.timestamp() * 1000) / 1000
    return msgspec.json.encode(
        {"time": seconds, "source": f"ringfence:{batch.log.name}", "sourcetype": "ocsf", "event": line.event}
    )


async def _post(  # noqa: PLR0913 - where to, signed by what, and what
    egress: Egress, target: Target, secrets: Secrets, *, message_id: str, body: bytes, media_type: str, whose: UUID
) -> None:
    now = clock.now()
    sent = headers(message_id, body, at=now, secrets=secrets.signing(now))
    sent |= {"Content-Type": media_type, "User-Agent": "Ringfence-Audit/1"}
    authorization = secrets.header()
    if authorization is not None:
        sent["Authorization"] = authorization.reveal().decode()
    try:
        answer = await egress.request("POST", target.url or "", headers=sent, body=body, bounds=BOUNDS, whose=whose)
    except EgressError as failure:
        raise Unsent(failure.failure.value) from failure
    if answer.status not in _OK:
        wait_s = _seconds(answer.headers.get("retry-after", ""))
        raise Unsent(f"http_{answer.status}", is_too_large=answer.status == _TOO_LARGE, wait_s=wait_s)


def _seconds(retry_after: str) -> float:
    """What a receiver asks for, at most an hour; a date counts as nothing."""
    if not retry_after.isascii() or not retry_after.isdigit():
        return 0
    return min(float(retry_after[:9]), _LONGEST_WAIT_S)
