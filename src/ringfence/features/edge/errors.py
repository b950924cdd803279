"""Every refusal leaves as problem+json: ours, the framework's, and whatever nobody foresaw."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ringfence.base import log
from ringfence.base.problem import MEDIA_TYPE, FieldError, Problem

_CODES = {404: "not_found", 405: "method_not_allowed", 400: "invalid_json", 413: "too_large", 415: "unsupported_media"}
_DETAILS = {
    404: "There is no such thing here.",
    405: "This address does not take that method.",
    400: "The body is not valid JSON in UTF-8.",
}


def install(app: FastAPI) -> None:
    """Registers the handlers."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unforeseen)


def render(refusal: Problem, request_id: str) -> Response:
    """The problem as a response; what stays inside is logged under the same request id."""
    if refusal.cause is not None or refusal.status >= 500:  # noqa: PLR2004 - server errors
        log.warning("refused", request_id=request_id, status=refusal.status, code=refusal.code, reason=refusal.cause)
    return Response(
        refusal.body(request_id), status_code=refusal.status, media_type=MEDIA_TYPE, headers=refusal.headers
    )


def request_id_of(request: Request) -> str:
    """The id that the edge gave this request."""
    return str(request.scope["state"]["request_id"])


async def _problem(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, Problem)  # noqa: S101 - registered for this type
    return render(failure, request_id_of(request))


async def _unforeseen(request: Request, _failure: Exception) -> Response:
    """A fault of ours: the root logs it under the id that the caller sees."""
    return render(Problem(500, "internal_error", "Something went wrong on our side."), request_id_of(request))


async def _invalid(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, RequestValidationError)  # noqa: S101 - registered for this type
    faults = failure.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return render(Problem(400, "invalid_json", _DETAILS[400]), request_id_of(request))
    errors = [FieldError(_pointer(fault["loc"]), str(fault["msg"])) for fault in faults[:20]]
    return render(
        Problem(422, "invalid_request", "The request does not fit what this address takes.", errors=errors),
        request_id_of(request),
    )


async def _framework(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)  # noqa: S101 - registered for this type
    status = failure.status_code
    refusal = Problem(status, _CODES.get(status, "refused"), _DETAILS.get(status, ""), headers=failure.headers)
    return render(refusal, request_id_of(request))


def _pointer(location: tuple[int | str, ...]) -> str:
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in location)
