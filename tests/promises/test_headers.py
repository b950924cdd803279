"""What every answer tells a browser, whoever gives it: root, slice, framework or refusal. CRY-04 (in part)."""

import json
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import pytest

from ringfence.app import routed
from ringfence.controls.limits import ClientAddress
from ringfence.features.edge.asgi import App, Edge
from ringfence.features.ops import Told
from tests.served import request
from tests.served_cast import Cast

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
BY_PROGRAMS = {"cache-control": "no-store", "content-security-policy": "default-src 'none'; frame-ancestors 'none'"}


async def answered(app: App, path: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
    }
    with suppress(ZeroDivisionError):  # The root's own handler logs it; the answer has gone out by then.
        await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:])


def edge(app: App, *, is_https: bool) -> Edge:
    return Edge(app, client_address=ClientAddress(()), is_https=is_https)


@pytest.mark.promise("CRY-04")
@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/nothing", "/healthz", "/openapi.json", "/"])
def test_every_answer_carries_the_headers_that_browsers_obey(served: Cast, path: str):
    for answer in (request(served.server.base_url, "GET", path), request(served.server.base_url, "PUT", path)):
        assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
        assert "server" not in answer.headers
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.promise("CRY-04")
def test_what_a_session_reads_is_kept_by_no_cache_and_shown_in_no_page(served: Cast):
    for path in ("/me", "/runs", "/conversations", "/approvals", "/runs/none"):
        answer = served.alice.call("GET", path)
        assert {name: answer.headers.get(name) for name in BY_PROGRAMS} == BY_PROGRAMS


@pytest.mark.promise("CRY-04")
async def test_where_the_public_address_is_https_every_answer_insists_on_it_for_two_years():
    for path in ("/healthz", "/nothing"):
        headers = (await answered(edge(routed(Told()), is_https=True), path))[1]
        assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        assert "strict-transport-security" not in (await answered(edge(routed(Told()), is_https=False), path))[1]


@pytest.mark.promise("CRY-04")
async def test_what_nobody_foresaw_is_a_500_without_a_word_of_its_cause():
    api = routed(Told())

    @api.get("/broken")
    async def broken() -> int:
        secret = 0
        return 1 // secret

    status, headers, body = await answered(edge(api, is_https=False), "/broken")
    problem = json.loads(body)
    assert (status, problem["code"]) == (500, "internal_error")
    assert problem["request_id"] == headers["request-id"]
    assert not any(word in body for word in (b"ZeroDivision", b"secret", b"Traceback", b".py"))
