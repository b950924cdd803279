"""Streams of the audit log to a customer's own systems: what was sealed, in order, at least once, until it arrived.

A stream is followed by `Follower`, one process at a time; features keep its rows and try it out.

Keeps AUD-05. Proved in tests/promises/test_audit_streams.py.
"""

from ringfence.controls.streams import rows
from ringfence.controls.streams.carrier import Carrier, Opened
from ringfence.controls.streams.following import Follower
from ringfence.controls.streams.kept import (
    Secrets,
    Target,
    open_secrets,
    open_target,
    seal_secrets,
    seal_target,
)
from ringfence.controls.streams.rows import Stream
from ringfence.controls.streams.trial import try_out
from ringfence.controls.streams.turn import Means, Pace
from ringfence.controls.streams.unsent import Unsent

__all__ = [
    "Carrier",
    "Follower",
    "Means",
    "Opened",
    "Pace",
    "Secrets",
    "Stream",
    "Target",
    "Unsent",
    "open_secrets",
    "open_target",
    "rows",
    "seal_secrets",
    "seal_target",
    "try_out",
]
