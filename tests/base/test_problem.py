"""Refusals: problem details with a stable code, and nothing that was meant for the log."""

import json
from typing import Any

import pytest

from ringfence.base import problem
from ringfence.base.problem import FieldError, Problem


def _members(refusal: Problem) -> dict[str, Any]:
    return json.loads(refusal.body("a-request-id"))


@pytest.mark.promise("EMB-08")
def test_a_refusal_is_problem_details_with_a_code_and_the_requests_id():
    assert _members(problem.conflict("kid_taken", "This key id is taken.")) == {
        "type": "urn:ringfence:problem:kid_taken",
        "title": "Conflict",
        "status": 409,
        "code": "kid_taken",
        "detail": "This key id is taken.",
        "request_id": "a-request-id",
    }


def test_faults_of_the_input_are_named_by_their_place():
    refusal = problem.unprocessable("invalid_request", "It does not fit.", [FieldError("/name", "Too long.")])
    assert _members(refusal)["errors"] == [{"pointer": "/name", "detail": "Too long."}]
    assert "errors" not in _members(problem.unprocessable("invalid_request", "It does not fit."))


@pytest.mark.promise("MON-01")
def test_the_cause_of_a_refusal_is_never_sent():
    refusal = problem.unavailable("database_busy", "Try again.", cause="a private cause")
    assert refusal.cause == "a private cause"
    assert b"private" not in refusal.body("a-request-id")
    assert "private" not in str(refusal)


@pytest.mark.parametrize(
    ("refusal", "status", "code", "headers"),
    [
        (problem.bad_request("invalid_cursor", ""), 400, "invalid_cursor", {}),
        (problem.unauthorized("session_expired", ""), 401, "session_expired", {"WWW-Authenticate": "Bearer"}),
        (problem.forbidden(), 403, "forbidden", {}),
        (problem.not_found(), 404, "not_found", {}),
        (problem.conflict("kid_taken", ""), 409, "kid_taken", {}),
        (problem.too_large("body_too_large", ""), 413, "body_too_large", {}),
        (problem.unprocessable("invalid_request", ""), 422, "invalid_request", {}),
        (problem.too_many("", retry_after_seconds=7), 429, "rate_limited", {"Retry-After": "7"}),
        (problem.unavailable("stale_process", ""), 503, "stale_process", {"Retry-After": "1"}),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
def test_each_refusal_has_its_status_and_what_http_asks_beside_it(
    refusal: Problem, status: int, code: str, headers: dict[str, str]
):
    assert (refusal.status, refusal.code, refusal.headers) == (status, code, headers)


def test_a_refusal_for_the_rate_keeps_the_headers_of_its_limit():
    refusal = problem.too_many("", retry_after_seconds=7, headers={"RateLimit": '"auth";r=0;t=7'})
    assert refusal.headers == {"RateLimit": '"auth";r=0;t=7', "Retry-After": "7"}


def test_unknown_foreign_and_forbidden_things_are_refused_alike():
    assert problem.not_found().body("a-request-id") == problem.not_found().body("a-request-id")
    assert "exist" not in problem.not_found().detail
