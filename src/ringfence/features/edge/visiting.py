"""The visitor of our own pages: a cookie instead of a bearer token, and forms that only those pages can send.

The cookie is `__Host-`, HttpOnly, Secure and SameSite=Strict; a deployment without TLS (on one's own machine) cannot
have the first and the third. Keeps AUD-05, ACC-01. Proved in tests/promises/test_audit_page.py.
"""

from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from ringfence.base.crypto import Secret, equal
from ringfence.base.problem import Problem, bad_request, unauthorized
from ringfence.controls.identity import VISIT_LIFE, Visit
from ringfence.features.edge.call import Call

_COOKIE: Final = "ringfence_audit"
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 20


def cookie_name(call: Call) -> str:
    """What the cookie is called here: with a prefix that no other host and no plain connection can set, given TLS."""
    return f"__Host-{_COOKIE}" if _is_https(call) else _COOKIE


def keep(call: Call, response: Response, cookie: Secret) -> None:
    """Sets the cookie of a visit that was just opened."""
    _set(call, response, cookie.reveal().decode("ascii"), int(VISIT_LIFE.total_seconds()))


def forget(call: Call, response: Response) -> None:
    """Takes the cookie away."""
    _set(call, response, "", 0)


async def visit_of(call: Call) -> Visit:
    """Who comes with the request's cookie; Problem 401 as `identity.visits.visitor` has it."""
    text = call.request.cookies.get(cookie_name(call))
    if not text:
        raise unauthorized("no_visit", "Open the audit log from your product's settings.")
    return await call.kernel.identity.visits.visitor(text, call.origin)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; Problem 400 for what is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise bad_request("invalid_form", "This address takes a form of one of our pages.")
    try:
        fields = parse_qs((await request.body()).decode("ascii"), max_num_fields=_MOST_FIELDS, strict_parsing=True)
    except ValueError:
        raise bad_request("invalid_form", "This address takes a form of one of our pages.") from None
    return {name: values[-1] for name, values in fields.items()}


def check_page(call: Call) -> None:
    """Returns for a form that one of our own pages sent, as far as the browser says; Problem 403 for a foreign one.

    Our pages send no referrer, so their forms have the origin `null`: what the browser says of the site then decides.
    """
    headers = call.request.headers
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise _forged()
    if call.page not in {None, "null"}:
        raise _forged()


async def check_form(call: Call, visit: Visit) -> dict[str, str]:
    """The fields of a form of this visit's own pages; Problem 403 `forged_form` for any other."""
    check_page(call)
    fields = await form_of(call.request)
    if not equal(fields.get("form", "").encode(), visit.form_token.encode()):
        raise _forged()
    return fields


def is_click(request: Request) -> bool:
    """Whether a person just followed a link here, as the browser says: no crawler, no preview, no script, no frame."""
    headers = request.headers
    if headers.get("sec-purpose") or headers.get("purpose"):
        return False
    wanted = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-user": "?1"}
    return request.method == "GET" and all(headers.get(name) == value for name, value in wanted.items())


def _set(call: Call, response: Response, value: str, seconds: int) -> None:
    response.set_cookie(
        cookie_name(call),
        value,
        max_age=seconds,
        path="/",
        secure=_is_https(call),
        httponly=True,
        samesite="strict",
    )


def _is_https(call: Call) -> bool:
    return call.kernel.audience.startswith("https:")


def _forged() -> Problem:
    return Problem(403, "forged_form", "This was not sent by a page of yours that is open. Open the page again.")
