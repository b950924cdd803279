"""Keeps AUD-05. Something made up that goes a stream's way once, so that a customer sees whether it arrives.

Proved in tests/promises/test_audit_streams.py.
"""

from typing import Any
from uuid import UUID

from ringfence.base import clock, ids
from ringfence.controls.audit import Action, Log
from ringfence.controls.deliveries import Outbox
from ringfence.controls.streams import ocsf
from ringfence.controls.streams.batch import Batch, Line
from ringfence.controls.streams.carrier import Carrier
from ringfence.controls.streams.rows import Stream
from ringfence.controls.streams.sealed import Sealed
from ringfence.controls.tenancy import Bound

_SUBJECT = "Test of the audit log's checkpoints"
_TEXT = "This address is to get a checkpoint of the audit log {} each day. This one is a test."


async def try_out(carrier: Carrier, outbox: Outbox, log: Log, row: Stream) -> Bound[None] | None:
    """Sends a test, or gives the statement that queues one where the stream goes by mail; Unsent."""
    stream = await carrier.open(log, row)
    if row.kind == "checkpoint_mail":
        text = _TEXT.format(log.name)
        return outbox.message("audit_test", to=stream.target.to or "", subject=_SUBJECT, text=text, within=log.reader)
    await carrier.carry(stream, _batch(log, row.id, row.next_index))
    return None


def _batch(log: Log, stream_id: UUID, at_index: int) -> Batch:
    now, test_id = clock.now(), ids.new()
    return Batch(
        f"{stream_id.hex}_test_{test_id.hex}",
        log,
        at_index,
        at_index,
        [_line(log, stream_id, test_id)],
        sealed_at=now,
        kind="audit.test",
    )


def _line(log: Log, stream_id: UUID, test_id: UUID) -> Line:
    """An event that says that it is a test: without a place in the log, and without a leaf."""
    now, action = clock.now(), Action.AUDIT_STREAM_TESTED
    rest: dict[str, Any] = dict.fromkeys(("actor_id", "reason", "permission", "request_id", "address_hash", "network"))
    made_up = Sealed(
        index=0,
        leaf_hash=b"",
        leaf=b"",
        sealed_at=now,
        id=str(test_id),
        at=now,
        actor_kind="system",
        action=action.value,
        target_kind="audit_stream",
        target_id=str(stream_id),
        outcome="success",
        details={},
        **rest,
    )
    event = ocsf.event(log, made_up)
    del event["raw_data"], event["metadata"]["sequence"], event["unmapped"]["leaf_hash"]
    event["metadata"]["labels"] = ["test"]
    return Line(None, now, action.value, event["severity_id"], event)
