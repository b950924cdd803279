"""What can go wrong with a call, as three exceptions."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_IN_PROGRESS = "idempotency_in_progress"


class RingfenceError(Exception):
    """Anything that this package raises about a call."""


class Unreachable(RingfenceError):  # noqa: N818 - what it names is what happened
    """No whole answer came: the network, or the server, was away. The cause is the exception's own cause."""


class Refused(RingfenceError):  # noqa: N818 - what it names is what happened
    """The server refused: problem details (RFC 9457).

    `code` is stable and meant for programs, `detail` for people, `request_id` for support. `errors` names the members
    of the request that were wrong, by JSON pointer. `retry_after_s` is what the server asked to wait, in seconds.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], *, retry_after_s: float | None = None) -> None:
        self.status = status
        self.code = str(problem.get("code") or f"http_{status}")
        self.detail = str(problem.get("detail") or problem.get("title") or "")
        self.request_id = cast("str | None", problem.get("request_id"))
        self.errors = cast("Sequence[Mapping[str, str]]", problem.get("errors") or ())
        self.retry_after_s = retry_after_s
        super().__init__(f"{status} {self.code}: {self.detail}")

    @property
    def is_transient(self) -> bool:
        """The same call may succeed later, under the same key: another one would do twice what is under way."""
        return self.status in _TRANSIENT or self.code == _IN_PROGRESS


class WebhookRefused(RingfenceError):  # noqa: N818 - what it names is what happened
    """A request is not a webhook of ours, or is too old. Answer it with 400 and do nothing."""
