"""How the API speaks on the running server to a partner's engineer: EMB-08 (in part), RAT-01, EMB-02, OPS-01."""

import re

import pytest

from ringfence import API_VERSION
from tests.served import request
from tests.served_cast import Cast


@pytest.mark.promise("EMB-08")
def test_the_api_describes_itself_as_openapi_3_1_in_a_dated_version(served: Cast):
    document = request(served.server.base_url, "GET", "/openapi.json")
    assert document.json["openapi"].startswith("3.1")
    assert document.json["info"]["version"] == document.headers["ringfence-version"] == API_VERSION
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", API_VERSION)


@pytest.mark.promise("EMB-08")
def test_a_caller_who_expects_another_version_is_told(served: Cast):
    assert served.alice.call("GET", "/me", headers={"Ringfence-Version": API_VERSION}).status == 200
    for wanted in ("1999-01-01", "2099-01-01", "newest", "", f"{API_VERSION}T00:00", "\xe9"):
        answer = served.alice.call("GET", "/me", headers={"Ringfence-Version": wanted})
        assert (answer.status, answer.code) == (400, "unknown_version")
        assert API_VERSION in answer.json["detail"]


@pytest.mark.promise("EMB-08")
def test_every_answer_says_its_version_and_every_operation_documents_it(served: Cast):
    url = served.server.base_url
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    answers = [
        request(url, "GET", "/healthz"),
        request(url, "GET", "/nowhere"),
        request(url, "GET", "/api/v1/me"),
        request(url, "PUT", "/api/v1/runs"),
        request(url, "POST", "/api/v1/runs", raw=b"{", bearer=served.alice.session),
        request(url, "GET", "/api/v1/me", headers={"Ringfence-Version": "1999-01-01"}),
        request(url, "OPTIONS", "/api/v1/me", headers=preflight),
    ]
    assert {answer.headers["ringfence-version"] for answer in answers} == {API_VERSION}
    assert "ringfence-version" in answers[-1].headers["access-control-allow-headers"]
    document = request(url, "GET", "/openapi.json").json
    operations = [one for path in document["paths"].values() for one in path.values()]
    named = {"$ref": "#/components/parameters/RingfenceVersion"}
    assert [one for one in operations if named not in one["parameters"]] == []
    assert document["components"]["parameters"]["RingfenceVersion"]["schema"]["enum"] == [API_VERSION]
    assert [
        response for one in operations for response in one["responses"].values()
        if "Ringfence-Version" not in response["headers"]
    ] == []  # fmt: skip


@pytest.mark.promise("EMB-08")
def test_a_request_has_an_id_which_may_be_the_callers_own(served: Cast):
    for given, kept in (("my-own-request-id", True), ("short", False), ("a b" * 5, False)):
        answer = served.alice.call("GET", "/runs/none", headers={"Request-Id": given})
        assert (answer.headers["request-id"] == given) is kept
        assert answer.json["request_id"] == answer.headers["request-id"]
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.promise("RAT-01")
def test_answers_tell_what_is_left_of_the_limit(served: Cast):
    logged_in = served.northwind.exchange("alice", "rose")
    for answer, rule in ((served.alice.call("GET", "/me"), "organization"), (logged_in, "auth")):
        assert re.search(rf'"{rule}";r=\d+;t=\d+', answer.headers["ratelimit"])
        assert f'"{rule}";q=' in answer.headers["ratelimit-policy"]
    assert '"partner"' in served.northwind.call("GET", "/settings").headers["ratelimit"]


@pytest.mark.promise("EMB-02")
def test_no_route_takes_a_password_and_a_partners_token_is_the_only_way_in(served: Cast):
    document = request(served.server.base_url, "GET", "/openapi.json").json
    open_posts = {
        path for path, operations in document["paths"].items()
        if "post" in operations and "security" not in operations["post"]
    }  # fmt: skip
    embed = {f"/api/v1/embed/{act}" for act in ("auth", "refresh", "logout")}
    assert open_posts == {"/api/v1/oauth/token", *embed}
    # A secret for tools is no password of ours: its field says how to show what is typed (JSON Schema's format).
    assert "password" not in str(document).lower().replace("'format': 'password'", "")


@pytest.mark.promise("OPS-01")
def test_a_load_balancer_learns_that_the_process_lives_and_is_ready(served: Cast):
    for path, status in (("/healthz", "ok"), ("/readyz", "ready")):
        answer = request(served.server.base_url, "GET", path)
        assert (answer.status, answer.json) == (200, {"status": status})
