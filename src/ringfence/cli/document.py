"""The OpenAPI document without a server, a database or a key."""

import msgspec

from ringfence.app import routed
from ringfence.features.ops import Told


def openapi_json() -> str:
    """The document as indented JSON."""
    document = routed(Told()).openapi()
    return msgspec.json.format(msgspec.json.encode(document)).decode()
