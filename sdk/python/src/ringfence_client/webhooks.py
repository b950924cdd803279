"""Verifies webhooks by Standard Webhooks: HMAC-SHA-256 over id, time and body, within five minutes."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from .errors import WebhookRefused

TOLERANCE_S = 300
_PREFIX = "whsec_"
_MOST_SIGNATURES = 20


class Webhook:
    """Holds the endpoint's secrets (`whsec_...`): during a rotation the new one and the old one."""

    def __init__(self, *secrets: str) -> None:
        if not secrets:
            raise ValueError("a webhook is verified with one secret at least")
        self._keys = [_key(secret) for secret in secrets]

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Any:
        """The event in a request, from its raw body and its headers. Raises WebhookRefused.

        The same event may come more than once: its header `webhook-id` stays the same, so do each id once.
        """
        given = {name.lower(): value for name, value in headers.items()}
        message_id, at, signed = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        if not message_id or not signed:
            raise WebhookRefused("the headers of a webhook are missing")
        _check_time(at)
        # Some servers give what is no UTF-8 in a header as lone surrogates: no signature fits those.
        content = b".".join((message_id.encode(errors="replace"), at.encode(), body))
        expected = [hmac.digest(key, content, hashlib.sha256) for key in self._keys]
        offered = [_signature(part) for part in signed.split(" ", _MOST_SIGNATURES)[:_MOST_SIGNATURES]]
        # Every pair is compared, so that the time tells nothing about which one would have fitted.
        if not sum(hmac.compare_digest(one, other) for one in expected for other in offered):
            raise WebhookRefused("no signature fits: compare the secret, and give the body as it came")
        try:
            return json.loads(body)
        except ValueError as error:
            raise WebhookRefused("the body is no JSON") from error


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a webhook's secret is whsec_ and base64") from error
    if not key:
        raise ValueError("a webhook's secret is not empty")
    return key


def _check_time(at: str) -> None:
    if not (at.isascii() and at.isdigit() and len(at) <= 12):  # noqa: PLR2004 - a time of day in the year 33658 has 12
        raise WebhookRefused("webhook-timestamp is no time")
    if abs(time.time() - int(at)) > TOLERANCE_S:
        raise WebhookRefused("the webhook is older than five minutes, or the clocks differ")


def _signature(part: str) -> bytes:
    version, _, encoded = part.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""
