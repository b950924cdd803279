"""The log's lines: an event, ids and short words from a list; whatever else is said is not written."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from ringfence.base import log

RUN = UUID("0198c0de-cafe-7abc-8def-0123456789ab")
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What was logged, line by line."""
    file = io.StringIO()
    log.configure(json_lines=True, file=file)
    yield lambda: [json.loads(line) for line in file.getvalue().splitlines()]
    log.configure(json_lines=True)


class _DatabaseError(Exception):
    sqlstate = "23505"


def _fail(words: str) -> None:
    raise ValueError(words)


def test_a_line_says_what_happened_when_and_to_whom(lines: Lines):
    log.info("run_taken_over", run_id=RUN, attempt=2)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "run_taken_over", "level": "info", "run_id": str(RUN), "attempt": 2}


def test_each_level_writes_one_line_under_its_name(lines: Lines):
    log.info("began")
    log.warning("waited")
    log.error("failed")
    assert [line["level"] for line in lines()] == ["info", "warning", "error"]


def test_a_person_reads_words_instead_of_json():
    file = io.StringIO()
    log.configure(json_lines=False, file=file)
    log.info("began", text="a secret")
    log.configure(json_lines=True)
    assert "began" in file.getvalue()
    assert "secret" not in file.getvalue()
    assert "\x1b" not in file.getvalue()


@pytest.mark.promise("MON-01")
def test_a_field_that_is_not_on_the_list_is_dropped_and_counted(lines: Lines):
    log.info("request", status=200, text="dear diary", authorization="Bearer abc", email="alice@rose.example")
    (line,) = lines()
    assert line["dropped_fields"] == 3
    assert line.keys() == {"event", "level", "timestamp", "status", "dropped_fields"}


@pytest.mark.promise("MON-01")
def test_a_value_is_a_short_word_and_nothing_that_could_carry_more(lines: Lines):
    log.info("refused", reason="x" * 5_000, code={"text": "a secret"}, state="two\nlines\x1b[2J", count=None)
    (line,) = lines()
    assert (len(line["reason"]), line["code"], line["state"]) == (120, "dict", "two?lines?[2J")
    assert line["count"] is None


@pytest.mark.promise("MON-01")
def test_a_failure_is_logged_by_its_type_and_place_and_never_by_its_words(lines: Lines):
    try:
        _fail("the card 4111 1111 1111 1111")
    except ValueError as failure:
        log.error("unhandled", failure)
    (line,) = lines()
    assert line["error_type"] == "ValueError"
    assert line["error_at"].startswith("_fail:")
    assert "4111" not in json.dumps(line)


def test_a_refusal_of_the_database_is_logged_with_its_code(lines: Lines):
    log.error("journal_failed", _DatabaseError("Key (email)=(alice@rose.example) already exists"))
    (line,) = lines()
    assert (line["sqlstate"], line["error_at"]) == ("23505", "unknown")
    assert "alice" not in json.dumps(line)
