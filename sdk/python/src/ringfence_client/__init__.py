"""Ringfence for Python back ends.

`TokenSigner` signs users in, `Partner` and `AsyncPartner` do what an API key may, `Session` and `AsyncSession` what one
user may, and `Webhook` verifies what Ringfence sends you. Answers are plain dicts, typed by `ringfence_client.shapes`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import Refused, RingfenceError, Unreachable, WebhookRefused
from .events import Event
from .tokens import TokenSigner
from .webhooks import Webhook

if TYPE_CHECKING:
    from .aio import AsyncSession
    from .aio_partner import AsyncPartner
    from .blocking import Session
    from .blocking_partner import Partner

# Whoever only signs tokens loads no HTTP client.
_LATER = {
    "AsyncPartner": "aio_partner",
    "AsyncSession": "aio",
    "Partner": "blocking_partner",
    "Session": "blocking",
}

__all__ = [
    "AsyncPartner",
    "AsyncSession",
    "Event",
    "Partner",
    "Refused",
    "RingfenceError",
    "Session",
    "TokenSigner",
    "Unreachable",
    "Webhook",
    "WebhookRefused",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATER[name]}", __name__), name)
