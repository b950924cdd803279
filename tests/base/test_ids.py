"""Identifiers: in the order of their making, and in one spelling."""

import threading
import uuid

import pytest

from ringfence.base import ids


def test_an_id_is_a_uuid_of_version_7_with_the_standards_variant():
    made = ids.new()
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


def test_ids_sort_in_the_order_in_which_they_were_made():
    made = [ids.new() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_still_sort_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch):
    before = ids.new()
    monkeypatch.setattr("ringfence.base.ids.time.time_ns", lambda: 0)
    assert ids.new() > before


def test_threads_that_make_ids_at_once_make_no_id_twice():
    made: list[uuid.UUID] = []
    threads = [threading.Thread(target=lambda: made.extend(ids.new() for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({made_id.int >> 64 for made_id in made}) == 8_000


def test_the_time_of_an_id_is_the_time_of_its_making(monkeypatch: pytest.MonkeyPatch):
    later_ms = (ids.new().int >> 80) + 86_400_000
    monkeypatch.setattr("ringfence.base.ids._last", 0)
    monkeypatch.setattr("ringfence.base.ids.time.time_ns", lambda: later_ms * 1_000_000)
    assert ids.new().int >> 80 == later_ms


def test_an_id_is_read_in_its_one_spelling():
    made = ids.new()
    assert ids.parse(str(made)) == made


@pytest.mark.parametrize("spelling", ["{0}", "urn:uuid:{0}", "{0.hex}", " {0}", "{0}\n", "{0}0", "", "rose", "\0", "é"])
def test_any_other_spelling_of_an_id_is_no_id(spelling: str):
    text = "{" + str(ids.new()) + "}" if spelling == "{0}" else spelling.format(ids.new())
    assert ids.parse(text) is None


def test_upper_case_is_another_spelling():
    assert ids.parse("0198C0DE-CAFE-7ABC-8DEF-0123456789AB") is None
