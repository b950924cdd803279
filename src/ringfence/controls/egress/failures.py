"""Keeps AGT-06 (HTTP). The closed list of why a call gave no answer; proved in tests/controls/test_egress.py."""

from enum import StrEnum
from typing import Final


class Failure(StrEnum):
    """Why a call gave no whole answer."""

    INVALID_URL = "invalid_url"
    REFUSED_ADDRESS = "refused_address"
    REFUSED_REDIRECT = "refused_redirect"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"
    TOO_LARGE = "too_large"
    COMPRESSED = "compressed"
    MALFORMED = "malformed"


_TEXTS: Final = {
    Failure.INVALID_URL: "The address is not one that can be called.",
    Failure.REFUSED_ADDRESS: "The address is not open to tools: it must be public and speak https.",
    Failure.REFUSED_REDIRECT: "The server sent the call on to a place where it must not go.",
    Failure.UNRESOLVED: "The server's name is unknown.",
    Failure.UNREACHABLE: "The server cannot be reached.",
    Failure.UNTRUSTED: "The server could not prove its name.",
    Failure.TIMEOUT: "The server did not answer in time.",
    Failure.DISCONNECTED: "The server hung up in the middle of its answer.",
    Failure.TOO_LARGE: "The answer is too large.",
    Failure.COMPRESSED: "The answer is compressed, which nobody asked for.",
    Failure.MALFORMED: "The server's answer is not HTTP.",
}


_NEVER_SENT: Final = frozenset(
    {
        Failure.INVALID_URL,
        Failure.REFUSED_ADDRESS,
        Failure.UNRESOLVED,
        Failure.UNREACHABLE,
        Failure.UNTRUSTED,
    }
)


class EgressError(Exception):
    """Says that a call failed; `text` is safe for the world, `cause` is for the log and holds no content."""

    def __init__(self, failure: Failure, cause: str = "") -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.cause = cause
        self.is_redirected = False
        """A server has answered before, by sending the call on."""

    @property
    def text(self) -> str:
        """The failure in one sentence."""
        return _TEXTS[self.failure]

    @property
    def may_have_arrived(self) -> bool:
        """Whether the server may have read the request, and acted on it."""
        return self.is_redirected or self.failure not in _NEVER_SENT
