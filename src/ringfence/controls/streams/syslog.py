"""Keeps AUD-05. Batches as syslog over TLS: RFC 5425 frames of RFC 5424 messages, each with structured data.

The element `ringfence@32473` names log, index, id, action, outcome and actor, so that a receiver routes without reading
JSON; the message is the OCSF event. 32473 is the enterprise number for documentation (RFC 5612): Ringfence has none of
its own. Everything is ASCII, so there is no byte order mark. Proved in tests/promises/test_audit_streams.py.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ringfence.base import clock
from ringfence.controls.egress import Bounds, Egress, EgressError
from ringfence.controls.streams.batch import Batch, Line
from ringfence.controls.streams.kept import Target
from ringfence.controls.streams.ocsf_classes import HIGH, INFORMATIONAL, LOW, MEDIUM
from ringfence.controls.streams.unsent import Unsent

SD_ID: Final = "ringfence@32473"
BOUNDS: Final = Bounds(connect_s=5, idle_s=10, total_s=20)
_FACILITY: Final = 13
"""Log audit (RFC 5424 table 1)."""
_LEVELS: Final = MappingProxyType({INFORMATIONAL: 6, LOW: 5, MEDIUM: 4, HIGH: 3})
_MSGID_CHARS: Final = 32


async def send(egress: Egress, target: Target, batch: Batch, *, hostname: str) -> None:
    """Sends entries over one connection, which the receiver ends when it has them; Unsent."""
    frames = b"".join(frame(batch, line, hostname=hostname) for line in batch.lines)
    try:
        await egress.send_tls(
            target.host or "", target.port or 0, frames, ca_pem=target.ca_pem, bounds=BOUNDS, whose=batch.log.id
        )
    except EgressError as failure:
        raise Unsent(failure.failure.value) from failure


def frame(batch: Batch, line: Line, *, hostname: str) -> bytes:
    """One message behind its length (RFC 5425 section 4.3)."""
    said = f"<{_FACILITY * 8 + _LEVELS[line.severity]}>1 {clock.rfc3339(line.at)} {_word(hostname, 255)} ringfence - "
    said += f"{_word(line.action, _MSGID_CHARS)} {_data(_parameters(batch, line))} "
    raw = said.encode("ascii") + json.dumps(line.event, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"%d %b" % (len(raw), raw)


def _parameters(batch: Batch, line: Line) -> dict[str, str]:
    metadata: dict[str, Any] = line.event["metadata"]
    index = {} if line.index is None else {"index": str(line.index)}
    return {
        "log": batch.log.name,
        **index,
        "id": metadata["uid"],
        "action": line.action,
        "outcome": line.event["unmapped"]["outcome"],
        "batch": batch.id,
    }


def _data(parameters: Mapping[str, str]) -> str:
    return f"[{SD_ID} " + " ".join(f'{name}="{_escaped(value)}"' for name, value in parameters.items()) + "]"


def _escaped(value: str) -> str:
    r"""A parameter's value: `"`, `\` and `]` behind a backslash (RFC 5424 section 6.3.3)."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _word(text: str, most: int) -> str:
    """Printable ASCII without spaces, or the nil value."""
    return "".join(letter for letter in text if "!" <= letter <= "~")[:most] or "-"
