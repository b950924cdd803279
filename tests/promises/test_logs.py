"""MON-01 on the running server: its log says what happened and to which request, and nothing that anybody said."""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

import pytest

from ringfence.base.log import ALLOWED_FIELDS
from tests.served import Answer, request
from tests.served_cast import Cast

pytestmark = pytest.mark.promise("MON-01")
FORWARDED = "203.0.113.77"
CARD = "4111 1111 1111 1111"


@dataclass(frozen=True)
class Heard:
    """What a server was told, and what it wrote down meanwhile."""

    secrets: list[str]
    answers: list[Answer]
    lines: list[dict[str, Any]]
    raw: str


@pytest.fixture(scope="module")
def heard(served: Cast) -> Heard:
    start = served.server.log.stat().st_size
    mark = secrets.token_hex(8)
    alice = served.northwind.user("alice", "rose", name=f"Alice {mark}", email=f"{mark}@rose.example")
    alice.finish(alice.ask(f"My card is {CARD}, my word is {mark}.")["id"])
    base_url, headers = served.server.base_url, {"X-Forwarded-For": FORWARDED}
    answers = [
        alice.call("GET", f"/runs?cursor={mark}", headers=headers),
        alice.call("POST", "/runs", {"agent_id": mark, mark: mark}, headers=headers),
        request(base_url, "POST", "/api/v1/embed/auth", body={"token": mark}, headers=headers),
        request(base_url, "GET", f"/{mark}", bearer=mark, headers=headers),
        served.northwind.call("PATCH", "/settings", {"security_contact": f"{mark}@northwind.example"}),
    ]
    told = [mark, CARD, "4111", "rose.example", FORWARDED, alice.session, alice.refresh, served.northwind.api_key]
    raw = _logged(served, start, answers[-1].headers["request-id"])
    return Heard(told, answers, [json.loads(line) for line in raw.splitlines()], raw)


def _logged(served: Cast, start: int, last: str) -> str:
    """What was logged since, once the last request's line is there: it is written behind the answer."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        raw = served.server.log.read_bytes()[start:].decode()
        if last in raw and raw.endswith("\n"):
            return raw
        time.sleep(0.02)
    raise AssertionError("the last request is not in the log")


def test_no_token_address_card_number_or_word_of_a_person_is_in_the_log(heard: Heard):
    assert [one for one in heard.secrets if one in heard.raw] == []
    assert "127.0.0.1" not in heard.raw


def test_each_line_has_fields_of_the_list_alone(heard: Heard):
    assert {name for line in heard.lines for name in line} <= ALLOWED_FIELDS


def test_each_request_is_in_the_log_under_the_id_that_its_caller_got(heard: Heard):
    """The control: the log does speak of these very requests."""
    logged = {line["request_id"]: line for line in heard.lines if line["event"] == "request"}
    for answer in heard.answers:
        assert logged[answer.headers["request-id"]]["status"] == answer.status


def test_a_request_is_logged_by_the_pattern_of_its_route(heard: Heard):
    routes = {line["route"] for line in heard.lines if line["event"] == "request"}
    assert "/api/v1/runs/{run_id}" in routes
    assert None in routes
