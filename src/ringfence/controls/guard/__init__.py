"""Keeps AIS-02 (in part): hidden characters and size, in and out, on every provider alike.

Proved in tests/controls/test_guard.py. Text from users, tools and models passes here before a model, a reader or the
database sees it. Open: injection patterns, secrets and personal data going out, links and images.
"""

from .inbound import Origin, inbound
from .outbound import Outbound, outbound

__all__ = ["Origin", "Outbound", "inbound", "outbound"]
