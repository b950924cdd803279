"""Keeps AGT-06 (HTTP). What is sent, what comes back, and how much of it; proved in tests/controls/test_egress.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .target import Target


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, and where."""

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Holds the most that one call may take, redirects and name server included: seconds, bytes of body, redirects."""

    connect_s: float = 5.0
    first_byte_s: float = 30.0
    idle_s: float = 10.0
    total_s: float = 30.0
    body_bytes: int = 1_000_000
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """Holds a whole answer; header names are in lower case, and a header that came twice is its last."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
