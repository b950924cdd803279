"""What a browser asks before a partner's page may call the API, and what it may read of the answers.

Only bearer tokens count here, never a cookie, so a page gains nothing by asking: preflights are answered to everybody.
The request itself is refused where the caller's partner does not allow the page's origin (`controls.identity.origins`).
A refusal may be read by any page: it holds nothing of anybody, and a client must see why it was refused.
"""

from collections.abc import MutableMapping
from typing import Any

from ringfence.features.edge import versions

PATHS = "/api/v1/"
_REFUSED = 400
_EXPOSED = (
    b"request-id, ringfence-version, ratelimit, ratelimit-policy, retry-after, x-vercel-ai-ui-message-stream, "
    b"content-disposition, location, tus-resumable, upload-expires, upload-length, upload-offset"
)
_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        (
            b"authorization, content-type, idempotency-key, last-event-id, range, request-id, ringfence-version, "
            b"tus-resumable, upload-length, upload-metadata, upload-offset"
        ),
    ),
    (b"access-control-max-age", b"7200"),
    (b"content-length", b"0"),
    (versions.NAME.lower().encode(), versions.SPOKEN[0].encode()),
]

Pairs = list[tuple[bytes, bytes]]


def preflight(scope: MutableMapping[str, Any], headers: dict[bytes, bytes]) -> Pairs | None:
    """The headers of a preflight's answer; None for any other request."""
    if scope["method"] != "OPTIONS" or not scope["path"].startswith(PATHS):
        return None
    origin = headers.get(b"origin")
    if origin is None or b"access-control-request-method" not in headers:
        return None
    return [(b"access-control-allow-origin", origin), *_PREFLIGHT, (b"vary", b"origin")]


def readable(path: str, origin: bytes | None, *, status: int, page: str | None) -> Pairs:
    """The headers that let a page read this answer; `page` is the origin that the caller's partner allows."""
    if origin is None or not path.startswith(PATHS):
        return []
    pairs = [(b"vary", b"origin")]
    if status >= _REFUSED or (page is not None and page.encode("latin-1") == origin):
        pairs += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED)]
    return pairs
