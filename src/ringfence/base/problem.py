"""The one error that reaches a caller: RFC 9457 problem details with a stable code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of the input: where (a JSON pointer) and what, in words that quote no value."""

    pointer: str
    detail: str


class Problem(Exception):  # noqa: N818 - RFC 9457's own noun
    """A refusal with a status, a stable code and a detail that is safe for the world.

    `cause` is for the log alone; it is never sent.
    """

    def __init__(  # noqa: PLR0913 - the members of RFC 9457
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
        cause: str | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = tuple(errors)
        self.cause = cause

    def body(self, request_id: str) -> bytes:
        """The problem as application/problem+json."""
        members: dict[str, object] = {
            "type": f"urn:ringfence:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.errors:
            members["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in self.errors]
        return msgspec.json.encode(members)


def bad_request(code: str, detail: str) -> Problem:
    """400: the request cannot be read."""
    return Problem(400, code, detail)


def unauthorized(code: str, detail: str) -> Problem:
    """401 with the challenge that RFC 9110 section 11.6.1 demands."""
    return Problem(401, code, detail, headers={"WWW-Authenticate": "Bearer"})


def forbidden(detail: str = "Your credential does not carry the permission for this.") -> Problem:
    """403: the own organization, without the route's permission."""
    return Problem(403, "forbidden", detail)


def not_found() -> Problem:
    """404, the same for what is unknown, foreign or out of reach."""
    return Problem(404, "not_found", "There is no such thing here.")


def conflict(code: str, detail: str) -> Problem:
    """409: the state of the thing does not allow this now."""
    return Problem(409, code, detail)


def too_large(code: str, detail: str) -> Problem:
    """413: more bytes than this place takes."""
    return Problem(413, code, detail)


def unprocessable(code: str, detail: str, errors: Sequence[FieldError] = ()) -> Problem:
    """422: readable, but not what this place takes."""
    return Problem(422, code, detail, errors=errors)


def too_many(detail: str, *, retry_after_seconds: int, headers: Mapping[str, str] | None = None) -> Problem:
    """429 with Retry-After in whole seconds."""
    return Problem(429, "rate_limited", detail, headers={**(headers or {}), "Retry-After": str(retry_after_seconds)})


def unavailable(code: str, detail: str, *, cause: str | None = None) -> Problem:
    """503: a part that this needs is away; nothing was lost and trying again is right."""
    return Problem(503, code, detail, headers={"Retry-After": "1"}, cause=cause)


def storage_full(where: str) -> Problem:
    """503: a disk took no more; nothing that was answered is lost. `where` is told to the log alone."""
    return unavailable(
        "storage_full", "There is no room left to store this. Try again later.", cause=f"{where} is full"
    )
