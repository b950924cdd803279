"""What every call has in common, sync or async: what is sent, what an answer means, and when to try again."""

import json
import random
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import httpx

from .errors import Refused, Unreachable

API_VERSION: Final = "2026-11-21"
TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
STREAM_TIMEOUT: Final = httpx.Timeout(60.0, connect=5.0)
"""A stream says something every 15 seconds."""
UPLOAD_TIMEOUT: Final = httpx.Timeout(120.0, connect=5.0)
"""A large file is looked at before the answer."""
TRIES: Final = 5
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_BASE_S, _CAP_S, _ASKED_CAP_S = 0.25, 8.0, 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request. A write carries an idempotency key, so that each of its tries is the same act."""

    method: str
    path: str
    query: Mapping[str, str | int | None] = field(default_factory=dict[str, "str | int | None"])
    body: Mapping[str, Any] | None = None
    key: str | None = None

    @property
    def params(self) -> dict[str, str | int]:
        """The query without what was left out."""
        return {name: value for name, value in self.query.items() if value is not None}

    def headers(self, bearer: str | None, *, accept: str = "application/json") -> dict[str, str]:
        """The request's headers in the name of `bearer`."""
        ours = {"Accept": accept, "Ringfence-Version": API_VERSION}
        if self.key is not None:
            ours["Idempotency-Key"] = self.key
        return ours if bearer is None else {**ours, "Authorization": f"Bearer {bearer}"}


def write(method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None) -> Call:
    """A call that changes something; `key` is yours where you may repeat it after a crash of your own."""
    return Call(method, path, body=body, key=key or new_key())


def new_key() -> str:
    """A key for one intent."""
    return secrets.token_urlsafe(18)


def path(template: str, **ids: str | int) -> str:
    """The path with its ids, each as one segment. Raises ValueError for what is no id."""
    return template.format(**{name: _segment(name, str(value)) for name, value in ids.items()})


def given(**members: Any) -> dict[str, Any]:
    """The members that were given: None leaves one out."""
    return {name: value for name, value in members.items() if value is not None}


def audit_query(  # noqa: PLR0913 - what a log is asked by
    *,
    actor: str | None = None,
    actor_kind: str | None = None,
    action: str | None = None,
    target: str | None = None,
    outcome: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, str | None]:
    """What to leave out of a log: `action` may end in `.*`, and `until` is exclusive."""
    return {
        "actor": actor,
        "actor_kind": actor_kind,
        "action": action,
        "target": target,
        "outcome": outcome,
        "from": None if since is None else since.isoformat(),
        "to": None if until is None else until.isoformat(),
    }


def read(response: httpx.Response) -> Any:
    """The JSON of an answer; Refused for everything but success. The body has been read."""
    if response.is_success:
        return json.loads(response.content) if response.content else None
    raise refusal(response)


def refusal(response: httpx.Response) -> Refused:
    """Why the server refused; a proxy's page has a code of its own."""
    try:
        problem: Any = json.loads(response.content)
    except ValueError:
        problem = None
    known: Mapping[str, Any] = cast("dict[str, Any]", problem) if isinstance(problem, dict) else dict[str, Any]()
    return Refused(response.status_code, known, retry_after_s=_seconds(response.headers.get("Retry-After")))


def pause_s(failure: Exception, *, tried: int, draw: Callable[[float, float], float] = random.uniform) -> float | None:
    """How long to wait before the next try, in seconds; None where there is none."""
    is_transient = isinstance(failure, Unreachable) or (isinstance(failure, Refused) and failure.is_transient)
    if not is_transient or tried >= TRIES:
        return None
    asked = failure.retry_after_s if isinstance(failure, Refused) else None
    if asked is not None and asked > _ASKED_CAP_S:
        return None
    return (asked or 0.0) + draw(0.0, min(_CAP_S, _BASE_S * 2**tried))


def _segment(name: str, value: str) -> str:
    # NOTE: refused, not escaped. A client folds ".." away and a proxy "%2F..": to erase the user ".." would be to erase
    # the organization.
    if not _ID.fullmatch(value):
        raise ValueError(f"{name}: {value!r} is no id")
    return value


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isascii() and value.isdigit() else None
