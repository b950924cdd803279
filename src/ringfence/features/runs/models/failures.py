"""Gives one ModelError for each way in which asking a provider fails; the world learns the kind, the log the cause."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ringfence.base.outbound import Failure, OutboundError

from .protocol import ModelError, ModelErrorCode
from .retry import parse_retry_after

_TRY_LATER = frozenset({408, 409, 425})
_CAUSE_CHARS = 64
_CODE_TEXT = "code {code}, type {type}, status {status}"


_LIMITED = (
    "rate_limit_exceeded", "rate_limit_error", "429", "insufficient_quota", "RESOURCE_EXHAUSTED",
)  # fmt: skip
_REFUSED = {
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "invalid_prompt": 400,
    "400": 400,
    "INVALID_ARGUMENT": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "PERMISSION_DENIED": 403,
    "not_found_error": 404,
    "request_too_large": 413,
}
_RETRY_INFO = "google.rpc.RetryInfo"
_KEY_INVALID = "API_KEY_INVALID"


class ErrorWire(msgspec.Struct):
    """A provider's error. Its message is not read: it may repeat content or parts of a key."""

    type: str | int | None = None
    code: str | int | None = None
    status: str | int | None = None
    details: Any = None


class _ErrorBody(msgspec.Struct):
    error: ErrorWire | None = None


def bad_answer(cause: str) -> ModelError:
    """Says that the provider sent something that is no answer."""
    detail = "The model provider sent an answer that cannot be read."
    return ModelError(ModelErrorCode.BAD_ANSWER, detail, cause=cause)


def cut_off() -> ModelError:
    """Says that the answer stopped before its end."""
    return ModelError(ModelErrorCode.CUT_OFF, "The model's answer broke off before its end.", is_retryable=True)


def unreadable_call() -> ModelError:
    """Says that the provider could not read what its own model asked for: another try may be better."""
    detail = "The model provider sent an answer that cannot be read."
    return ModelError(ModelErrorCode.BAD_ANSWER, detail, is_retryable=True, cause="a malformed call")


def too_large(cause: str) -> ModelError:
    """Says that the provider sent more than we take."""
    return ModelError(ModelErrorCode.TOO_LARGE, "The model's answer is larger than allowed.", cause=cause)


def from_outbound(error: OutboundError) -> ModelError:
    """Gives the error of a call that failed on its way."""
    match error.failure:
        case Failure.TIMEOUT:
            detail = "The model provider did not answer in time."
            return ModelError(ModelErrorCode.TIMEOUT, detail, cause=error.cause)
        case Failure.TOO_LARGE:
            return too_large(error.cause)
        case Failure.MALFORMED:
            return bad_answer(error.cause)
        case Failure.DISCONNECTED | Failure.UNREACHABLE:
            return _unavailable(None, error.cause)


def from_broken_stream(error: OutboundError) -> ModelError:
    """Gives the error of an answer that had begun."""
    return cut_off() if error.failure is Failure.DISCONNECTED else from_outbound(error)


def from_status(status: int, headers: Mapping[str, str], body: bytes) -> ModelError:
    """Gives the error of an answer whose status is not 200."""
    wire = _error_of(body)
    cause = f"status {status}, {_describe(wire)}"
    retry_after_s = parse_retry_after(headers.get("Retry-After")) or _retry_delay_s(wire)
    if status == 429:  # noqa: PLR2004 - an HTTP status is its own name
        return _rate_limited(wire, cause, retry_after_s)
    if status >= 500 or status in _TRY_LATER:  # noqa: PLR2004 - an HTTP status is its own name
        error = _unavailable(status, cause)
        error.retry_after_s = retry_after_s
        return error
    if any(detail.get("reason") == _KEY_INVALID for detail in _details(wire)):
        status = 401  # Said with a status of 400.
    return ModelError(ModelErrorCode.REJECTED, _why_rejected(status, wire), status=status, cause=cause)


def from_error_object(value: object) -> ModelError:
    """Gives the error that a provider put into its stream after a status of 200."""
    try:
        wire = msgspec.convert(value, ErrorWire, strict=False)
    except msgspec.ValidationError:
        wire = ErrorWire()
    cause = f"error in the stream, {_describe(wire)}"
    if _names(wire, *_LIMITED):
        return _rate_limited(wire, cause, _retry_delay_s(wire))
    for name, status in _REFUSED.items():
        if _names(wire, name):
            return ModelError(ModelErrorCode.REJECTED, _why_rejected(status, wire), status=status, cause=cause)
    return _unavailable(None, cause)


def _rate_limited(wire: ErrorWire, cause: str, retry_after_s: float | None) -> ModelError:
    is_retryable = not _names(wire, "insufficient_quota")  # Waiting does not fill an empty account.
    detail = "The model provider limits how often it may be asked."
    code = ModelErrorCode.RATE_LIMITED
    return ModelError(code, detail, is_retryable=is_retryable, status=429, cause=cause, retry_after_s=retry_after_s)


def _unavailable(status: int | None, cause: str) -> ModelError:
    detail = "The model provider cannot be reached or does not work."
    return ModelError(ModelErrorCode.UNAVAILABLE, detail, is_retryable=True, status=status, cause=cause)


def _why_rejected(status: int, wire: ErrorWire) -> str:
    if status in {401, 403}:
        return "The model provider refused the key that is configured for it."
    if status == 402:  # noqa: PLR2004 - an HTTP status is its own name
        return "The account at the model provider cannot pay."
    if _names(wire, "context_length_exceeded"):
        return "The conversation is longer than this model can read."
    if status == 404:  # noqa: PLR2004 - an HTTP status is its own name
        return "The model provider does not know this model."
    return "The model provider refused the request."


def _error_of(body: bytes) -> ErrorWire:
    try:
        return msgspec.json.decode(body, type=_ErrorBody).error or ErrorWire()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ErrorWire()


def _names(wire: ErrorWire, *names: str) -> bool:
    return str(wire.code) in names or str(wire.type) in names or str(wire.status) in names


def _details(wire: ErrorWire) -> list[dict[str, Any]]:
    listed = cast("list[object]", wire.details) if isinstance(wire.details, list) else []
    return [cast("dict[str, Any]", detail) for detail in listed if isinstance(detail, dict)]


def _retry_delay_s(wire: ErrorWire) -> float | None:
    """Gives what a google.rpc.RetryInfo asks for, as it stands in the body: `34s`, `0.5s`."""
    for detail in _details(wire):
        if str(detail.get("@type", "")).endswith(_RETRY_INFO):
            digits = str(detail.get("retryDelay", "")).removesuffix("s")[:9]
            return float(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else None
    return None


def _describe(wire: ErrorWire) -> str:
    return _CODE_TEXT.format(code=_clip(wire.code), type=_clip(wire.type), status=_clip(wire.status))


def _clip(value: str | int | None) -> str:
    """Gives a provider's word in a form that is safe for a log line."""
    text = str(value)[:_CAUSE_CHARS]
    return "".join(char if char.isascii() and (char.isalnum() or char in "_-.") else "?" for char in text)
