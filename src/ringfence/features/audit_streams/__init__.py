"""Streams of the audit log to a customer's own systems: set up, paused, tried out, their secrets replaced.

The root includes `router`; what carries entries is `ringfence.controls.streams`, which the root runs by `carrier_of`.
"""

from ringfence.features.audit_streams.model import carrier_of
from ringfence.features.audit_streams.routes import router

__all__ = ["carrier_of", "router"]
