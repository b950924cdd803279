"""Bad input of every kind: each has its code, nothing is lost, and the server goes on."""

import http.client
import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from ringfence.base import ids
from tests.served import Answer, request
from tests.served_cast import Cast

JSON = "application/json"
BIG = 300 * 1024


def post(cast: Cast, raw: bytes, **headers: str) -> Answer:
    """Alice starts a run with this very body."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    base_url = cast.server.base_url
    return request(base_url, "POST", "/api/v1/runs", bearer=cast.alice.session, raw=raw, headers=names)


def run_body(cast: Cast, text: Any = "Hello.", **more: Any) -> bytes:
    return json.dumps({"agent_id": cast.northwind.agent, "input": {"text": text}, **more}).encode()


def raw_text(cast: Cast, text: bytes) -> bytes:
    """A body whose text is these bytes, as they are."""
    return b'{"agent_id": "%s", "input": {"text": "%s"}}' % (cast.northwind.agent.encode(), text)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 422, "invalid_request"),
        (b"{", 400, "invalid_json"),
        (b"null", 422, "invalid_request"),
        (b"[]", 422, "invalid_request"),
        (b'"text"', 422, "invalid_request"),
        (b"NaN", 422, "invalid_request"),
        (b"{}{}", 400, "invalid_json"),
        (b"\xff\xfe{}", 400, "invalid_json"),
        (b"[" * 50_000, 400, "invalid_json"),
        (b'{"a":' * 50_000, 400, "invalid_json"),
        (b"\x00" * 100, 400, "invalid_json"),
    ],
    ids=["empty", "cut", "null", "list", "string", "NaN", "two", "not UTF-8", "deep list", "deep object", "NUL"],
)
def test_a_body_that_is_not_the_right_json_is_named_so(served: Cast, raw: bytes, status: int, code: str):
    answer = post(served, raw)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("text", [1, None, ["a"], {"a": 1}, True, "", "x" * 32_769], ids=repr)
def test_a_text_of_the_wrong_kind_is_refused_with_its_place(served: Cast, text: Any):
    answer = post(served, run_body(served, text))
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/body/input/text"]


@pytest.mark.parametrize(
    "text",
    [b"a\\u0000b", b"\\ud800", b"\\udfff and more", b"\\u0007"],
    ids=["NUL", "lone high surrogate", "lone low surrogate", "bell"],
)
def test_what_cannot_be_stored_as_text_is_refused(served: Cast, text: bytes):
    answer = post(served, raw_text(served, text))
    assert answer.status in {400, 422}
    assert answer.code in {"invalid_json", "invalid_request"}


@pytest.mark.parametrize("text", [b"\xff", b"\xc3(", b"\xed\xa0\x80", b"a\x00b", b"a\nb"], ids=repr)
def test_bytes_that_no_json_string_holds_are_refused(served: Cast, text: bytes):
    answer = post(served, raw_text(served, text))
    assert answer.status in {400, 422}
    assert answer.code in {"invalid_json", "invalid_request"}


def test_a_field_that_nobody_knows_is_refused(served: Cast):
    answer = post(served, run_body(served, org_id=served.northwind.organizations["thorn"]))
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/body/org_id"]


def test_a_body_that_is_too_large_is_refused_whatever_it_says_of_its_length(served: Cast):
    answer = post(served, run_body(served, "x" * BIG))
    assert (answer.status, answer.code) == (413, "body_too_large")
    assert chunked(served, b"x" * 1024, times=BIG // 1024) == 413


def chunked(served: Cast, chunk: bytes, *, times: int) -> int:
    """The status for a body that comes in chunks and never says how long it is."""
    connection = http.client.HTTPConnection(urlsplit(served.server.base_url).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {served.alice.session}", "Content-Type": JSON}
    try:
        connection.request(
            "POST", "/api/v1/runs", body=(chunk for _ in range(times)), headers=headers, encode_chunked=True
        )
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return 413  # refused and hung up before all was sent
    finally:
        connection.close()


@pytest.mark.promise("TEN-05")
@pytest.mark.parametrize(
    "bad", ["nothing", "0", "%00", "x" * 300, "../../partner/settings", "01a20231-823f-7d3a-bc79-ba0de6ca7580"]
)
def test_what_is_no_id_is_the_same_404_as_an_unknown_one(served: Cast, bad: str):
    for path in (f"/runs/{bad}", f"/conversations/{bad}", f"/runs/{bad}/events", f"/approvals/{bad}"):
        answer = served.alice.call("GET", path)
        assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.promise("TEN-05")
def test_an_id_of_somebody_else_answers_like_one_that_never_was(served: Cast):
    theirs = served.mallory.ask("Mine.")["id"]

    def told(run: str) -> dict[str, Any]:
        return {k: v for k, v in served.alice.call("GET", f"/runs/{run}").json.items() if k != "request_id"}

    assert told(theirs) == told(str(ids.new()))


@pytest.mark.promise("TEN-05")
def test_a_cursor_of_another_list_or_another_person_is_refused(served: Cast):
    for _ in range(2):
        served.mallory.ask("Mine.")
    theirs = served.mallory.call("GET", "/runs?limit=1").json["next_cursor"]
    assert served.mallory.call("GET", f"/runs?limit=1&cursor={theirs}").status == 200
    for user, path in ((served.alice, "/runs"), (served.zoe, "/runs"), (served.mallory, "/conversations")):
        answer = user.call("GET", f"{path}?limit=1&cursor={theirs}")
        assert (answer.status, answer.code) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=-1", "limit=x", "cursor=x", "cursor=" + "A" * 43, "cursor=%00"]
)
def test_a_bad_window_is_refused(served: Cast, query: str):
    answer = served.alice.call("GET", f"/runs?{query}")
    assert answer.status in {400, 422}
    assert answer.code in {"invalid_cursor", "invalid_limit", "invalid_request"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_a_method_that_an_address_does_not_take_is_named_so(served: Cast, method: str):
    answer = served.alice.call(method, "/runs")
    assert (answer.status, answer.code) == (405, "method_not_allowed")


@pytest.mark.parametrize("last", ["x", "1", "1:2:3", "-1:0", "1:-1", "99999999999:0", "\u0661:0"])
def test_a_last_event_id_that_no_event_carried_is_refused(served: Cast, last: str):
    run = served.alice.ask("Hello.")["id"]
    answer = served.alice.call("GET", f"/runs/{run}/events", headers={"Last-Event-ID": last.encode().decode("latin-1")})
    assert (answer.status, answer.code) == (400, "invalid_last_event_id")


def test_an_unknown_version_is_refused_and_the_known_one_taken(served: Cast):
    assert served.alice.call("GET", "/me", headers={"Ringfence-Version": "1999-01-01"}).code == "unknown_version"
    assert served.alice.call("GET", "/me", headers={"Ringfence-Version": "2026-11-21"}).status == 200


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "semi;colon", "\u00e9" * 10])
def test_a_request_id_of_ours_takes_the_place_of_a_strange_one(served: Cast, given: str):
    answer = served.alice.call("GET", "/me", headers={"Request-Id": given})
    assert answer.status == 200
    assert answer.headers["request-id"] != given
    assert served.alice.call("GET", "/me", headers={"Request-Id": "good-one-1"}).headers["request-id"] == "good-one-1"


def test_huge_headers_are_refused_and_hurt_nobody(served: Cast):
    answer = served.alice.call("GET", "/me", headers={"X-Junk": "x" * 60_000})
    assert (answer.status, answer.code) == (431, "headers_too_large")
    assert served.alice.call("GET", "/me").status == 200


@pytest.mark.parametrize("bad", ["", "x" * 256, "t\u00e9l\u00e9"])
def test_a_strange_idempotency_key_is_refused(served: Cast, bad: str):
    answer = post(served, run_body(served), Idempotency_Key=bad)
    assert answer.status in {400, 422}


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(served: Cast):
    key = secrets.token_hex(8)
    first, second = (post(served, run_body(served), Idempotency_Key=key) for _ in range(2))
    assert first.status == second.status == 202
    assert first.json["id"] == second.json["id"]
    other = post(served, run_body(served, "Something else."), Idempotency_Key=key)
    assert (other.status, other.code) == (422, "idempotency_mismatch")


def test_ten_at_once_with_one_key_make_one_run(served: Cast):
    key = secrets.token_hex(8)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: post(served, run_body(served), Idempotency_Key=key), range(10)))
    assert {answer.status for answer in answers} <= {202, 409}
    assert len({answer.json["id"] for answer in answers if answer.status == 202}) == 1
    assert {answer.code for answer in answers if answer.status == 409} <= {"idempotency_in_progress"}


@pytest.fixture(scope="module")
def asked(served: Cast) -> dict[str, Any]:
    """A question that stays open."""
    return served.alice.be_asked()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"decision": "Approve"}, 422, "invalid_request"),
        ({"decision": None}, 422, "invalid_request"),
        ({"decision": ["approve", "deny"]}, 422, "invalid_request"),
        ({"args_sha256": ""}, 422, "invalid_request"),
        ({"args_sha256": "0" * 63}, 422, "invalid_request"),
        ({"args_sha256": "\u0661" * 64}, 422, "invalid_request"),
        ({"args_sha256": 0}, 422, "invalid_request"),
        ({"args_sha256": "f" * 64}, 422, "args_mismatch"),
        ({"args": {}}, 422, "invalid_request"),
        ({"decision": "endorse"}, 422, "not_available_yet"),
    ],
    ids=repr,
)
def test_an_answer_that_is_none_is_refused_and_the_question_stays_open(
    served: Cast, asked: dict[str, Any], changes: dict[str, Any], status: int, code: str
):
    body = {"decision": "approve", "args_sha256": asked["args_sha256"], **changes}
    answer = served.alice.call("POST", f"/approvals/{asked['id']}", body)
    assert (answer.status, answer.code) == (status, code)
    assert served.alice.call("GET", f"/approvals/{asked['id']}").json["status"] == "pending"


@pytest.mark.parametrize("query", ["status=open", "status=", "conversation_id=x", "limit=0", "cursor=x"])
def test_a_bad_window_on_approvals_is_refused(served: Cast, query: str):
    assert served.alice.call("GET", f"/approvals?{query}").status in {400, 422}


def test_a_secret_is_shown_once_also_to_a_repeated_request(served: Cast):
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    shown = served.northwind.call("POST", "/api-keys", {"name": "once"}, headers=headers)
    again = served.northwind.call("POST", "/api-keys", {"name": "once"}, headers=headers)
    assert shown.status == 201
    assert (again.status, again.code) == (409, "already_done")
    assert shown.json["id"] in again.json["detail"]
    assert shown.json["key"].encode() not in again.raw


@pytest.fixture(scope="module", autouse=True)
def _nothing_was_lost(served: Cast) -> Iterator[None]:
    """Whatever came in: no fault of ours was logged, and Alice still talks."""
    before = len(served.server.log.read_text())
    yield
    assert '"unhandled"' not in served.server.log.read_text()[before:]
    assert served.alice.finish(served.alice.ask("Still there?")["id"])["status"] == "completed"
